"""Full-text search in the words of cases: PostgreSQL's own, and FTS5 of SQLite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from storage.desk_tables import CaseRow
from storage.folding import stems
from storage.search_tables import CaseWordsRow

PART = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a text search asks for, in stems; several stems in one tuple follow each other."""

    all: tuple[tuple[str, ...], ...]
    none: tuple[tuple[str, ...], ...] = ()


def read_words(text: str) -> Words:
    """Words that must all occur, `"in this order"`, and `-word` that must not."""
    wanted, unwanted = list[tuple[str, ...]](), list[tuple[str, ...]]()
    for found in PART.finditer(text):
        if words := tuple(stems(found["phrase"] or found["word"] or "")):
            (unwanted if found["minus"] else wanted).append(words)
    return Words(all=tuple(wanted), none=tuple(unwanted))


def holds(words: Words) -> ColumnElement[bool]:
    """Whether a case has these words."""
    if words.all:
        return CaseRow.id.in_(_having(words.all, words.none))
    return sa.and_(sa.true(), *(CaseRow.id.not_in(_having([phrase])) for phrase in words.none))


def _having(wanted: Sequence[Sequence[str]], unwanted: Sequence[Sequence[str]] = ()) -> sa.Select[int]:
    ordered = [f"({' <-> '.join(phrase)})" for phrase in wanted] + [f"!({' <-> '.join(one)})" for one in unwanted]
    quoted = " AND ".join(_quoted(phrase) for phrase in wanted) + "".join(f" NOT {_quoted(one)}" for one in unwanted)
    matches = Matches(sa.literal(" & ".join(ordered)), sa.literal(quoted))
    return sa.select(CaseWordsRow.case_id).where(matches)


def _quoted(phrase: Sequence[str]) -> str:
    return f'"{" ".join(phrase)}"'


class Matches(FunctionElement[bool]):
    """A row of `case_words` has what is asked for, as PostgreSQL and as SQLite want it asked."""

    name = "matches"
    inherit_cache = True
    type = sa.Boolean()


@compiles(Matches, "postgresql")
def _on_postgresql(element: Matches, compiler: Any, **more: Any) -> str:  # noqa: ANN401  # SQLAlchemy's own.
    asked, _ = element.clauses
    return f"case_words.words @@ to_tsquery('simple', {compiler.process(asked, **more)})"


@compiles(Matches, "sqlite")
def _on_sqlite(element: Matches, compiler: Any, **more: Any) -> str:  # noqa: ANN401  # SQLAlchemy's own.
    _, asked = element.clauses
    found = f"SELECT rowid FROM case_found WHERE case_found MATCH {compiler.process(asked, **more)}"  # noqa: S608
    return f"case_words.case_id IN ({found})"
