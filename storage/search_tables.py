"""The tables by which cases are found, and what was done to many at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, Table, Text, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.desk_tables import CaseRow

GONE = "INSERT INTO case_found(case_found, rowid, words) VALUES ('delete', old.case_id, old.words);"
ADDED = "INSERT INTO case_found(rowid, words) VALUES (new.case_id, new.words);"
COLUMNS = "words, content='case_words', content_rowid='case_id', tokenize='unicode61 remove_diacritics 0'"
FULL_TEXT = (
    f"CREATE VIRTUAL TABLE case_found USING fts5({COLUMNS})",
    f"CREATE TRIGGER case_words_added AFTER INSERT ON case_words BEGIN {ADDED} END",
    f"CREATE TRIGGER case_words_gone AFTER DELETE ON case_words BEGIN {GONE} END",
    f"CREATE TRIGGER case_words_changed AFTER UPDATE ON case_words BEGIN {GONE} {ADDED} END",
)
"""SQLite's index of words, which follows the table by itself."""
FOUND = "case_found"
"""What the names of SQLite's own tables for it begin with."""


class CaseWordsRow(Base):
    """The words of a case's masked copy, folded and stemmed: what it is searched by."""

    __tablename__ = "case_words"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


class BulkRow(Base):
    """What an official did to many cases at once; for an hour it can be undone."""

    __tablename__ = "bulks"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), index=True)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    record: Mapped[dict[str, Any]]
    """`storage.bulk.Done` as JSON: ids and open columns."""


WORDS: Any = CaseWordsRow.__table__
BY_WORD = Index("ix_case_words_words", CaseWordsRow.words, postgresql_using="gin").ddl_if(dialect="postgresql")
Index("ix_cases_updated_at", CaseRow.updated_at, CaseRow.id)
Index("ix_cases_urgency_level", CaseRow.urgency_level, CaseRow.deadline_date, CaseRow.id)


@event.listens_for(WORDS, "after_create")
def _index_words(_: Table, connection: Connection, **__: object) -> None:
    for statement in FULL_TEXT if connection.dialect.name == "sqlite" else ():
        connection.exec_driver_sql(statement)
