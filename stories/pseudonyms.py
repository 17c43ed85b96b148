"""Cases as rows of a table: with all that was said, or pseudonymised so that no firm is named and amounts are bands.

What pseudonymised rows guarantee: no name, contact, number, account, reference or free text; a department only where
at least five firms share it together with platform and main problem, otherwise the region, otherwise nothing; the same
for the branch of trade. What they do not: a row is still one case, and whoever knows a firm's story may know its row by
the rest. It is personal data, and no row may be published.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from stories import case as documents
from stories.script import Script
from stories.types import Case

Rule = Literal["plain", "euros", "count", "share", "decade", "month", "place", "branch"]
"""How a value is made coarser."""
ENOUGH = 5
"""Of fewer firms none is told apart by where it is."""
EUROS = (1, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000)
COUNTS = (1, 5, 10, 50, 250)
SHARES = tuple(range(10, 110, 10))
FILING = ("case", "firm", "status", "filed", "channel", "language", "closure_reason")
"""What every row has besides the fields of the script."""
BY_NAME: Mapping[str, Rule] = {
    "department": "place", "region": "place", "naf": "branch", "founded_year": "decade",
}  # fmt: skip
BY_TYPE: Mapping[str, Rule] = {
    "money": "euros", "int": "count", "percent": "share", "date": "month", "partial_date": "month",
}  # fmt: skip
BRANCHES = (
    (1, "A"), (5, "B"), (10, "C"), (35, "D"), (36, "E"), (41, "F"), (45, "G"), (49, "H"), (55, "I"), (58, "J"),
    (64, "K"), (68, "L"), (69, "M"), (77, "N"), (84, "O"), (85, "P"), (86, "Q"), (90, "R"), (94, "S"), (97, "T"),
    (99, "U"),
)  # fmt: skip
"""The first division of each section of the NAF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table."""

    name: str
    rule: Rule = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A case, and what is known of it besides."""

    id: int
    case: Case
    status: str
    closure_reason: str | None


@dataclass(slots=True)
class Cells:
    """How many firms share a place or a branch with one platform and one problem."""

    firms: set[bytes] = field(default_factory=set)
    """Of the whole table, as far as they are counted."""
    places: dict[tuple[Any, ...], dict[str, set[bytes]]] = field(default_factory=dict)
    """By platform, problem and region: the firms of each department."""
    branches: dict[tuple[Any, ...], set[bytes]] = field(default_factory=dict)

    def count(self, case: Case, firm: bytes) -> None:
        _add(self.firms, firm)
        cell = _cell(case)
        departments = self.places.setdefault((*cell, _given(case, "region")), {})
        _add(departments.setdefault(str(_given(case, "department") or ""), set()), firm)
        _add(self.branches.setdefault((*cell, branch(_given(case, "naf"))), set()), firm)

    def shows_department(self, case: Case) -> bool:
        departments = self.places.get((*_cell(case), _given(case, "region")), {})
        return len(departments.get(str(_given(case, "department") or ""), ())) >= ENOUGH

    def shows_region(self, case: Case) -> bool:
        """Whether the firms of a region whose department is not shown are enough among themselves."""
        departments = self.places.get((*_cell(case), _given(case, "region")), {})
        hidden = (firms for name, firms in departments.items() if not name or len(firms) < ENOUGH)
        return self.shows_department(case) or len(set[bytes]().union(*hidden)) >= ENOUGH

    def shows_branch(self, case: Case) -> bool:
        return len(self.branches.get((*_cell(case), branch(_given(case, "naf"))), ())) >= ENOUGH


def columns(script: Script, *, named: bool) -> list[Column]:
    """Those of a table, in their order."""
    own = [Column(name=name) for name in FILING if not (named and name == "firm")]
    if named:
        return [*own, *(Column(name=name) for name in script.fields)]
    return [*own, *_coarse(script)]


def _coarse(script: Script) -> Iterator[Column]:
    for name, known in script.fields.items():
        if name in BY_NAME:
            yield Column(name=name, rule=BY_NAME[name])
        elif known.type != "text" and not (known.type in {"list", "map"} and known.pii != "none"):
            yield Column(name=name, rule=BY_TYPE.get(known.type, "plain"))


def firm(key: bytes, filed: Filed) -> bytes:
    """Who filed it, as one table knows them; a firm without a number is one with each case."""
    siren = _given(filed.case, "siren") or str(_given(filed.case, "siret") or "")[:9]
    known = f"siren {siren}" if siren else f"case {filed.id}"
    return hmac.digest(key, known.encode(), "sha256")[:12]


def pseudonymised(script: Script, table: Sequence[Column], filed: Filed, key: bytes, cells: Cells) -> dict[str, Any]:
    """A row without names. `key` is made for this one table and kept nowhere."""
    case = filed.case
    row = _filing(filed) | {
        "case": hmac.new(key, f"row {filed.id}".encode(), hashlib.sha256).hexdigest()[:16],
        "firm": firm(key, filed).hex() if _given(case, "siren") or _given(case, "siret") else None,
        "filed": f"{case.filed_at:%Y-%m}",
    }
    for column in table[len(FILING) :]:
        held = value(script, case, column.name)
        row[column.name] = None if held is None or _hidden(cells, case, column.name) else coarse(column.rule, held)
    return row


def plain(script: Script, table: Sequence[Column], filed: Filed) -> dict[str, Any]:
    """A row with all that was said."""
    row = _filing(filed) | {"case": filed.case.reference, "filed": f"{filed.case.filed_at:%Y-%m-%d}"}
    return {column.name: row.get(column.name, value(script, filed.case, column.name)) for column in table}


def value(script: Script, case: Case, name: str) -> Any:  # noqa: ANN401  # Any JSON: what a field may hold.
    """The value of a field: dates as text, ids of lists alone; None where there is none."""
    if name in documents.MAPS:
        inner = {key: answer for key, answer in case.fields.items() if key.startswith(f"{name}.")}
        held = {key.removeprefix(f"{name}."): documents.value(script, key, of) for key, of in inner.items()}
        return {key: _short(one) for key, one in held.items() if one is not None} or None
    answer = case.fields.get(name)
    return _short(documents.value(script, name, answer)) if answer is not None else None


def coarse(rule: Rule, held: Any) -> Any:  # noqa: ANN401  # Any JSON.
    """A value as far as a pseudonymised row tells it."""
    match rule:
        case "euros":
            return band(held, EUROS)
        case "count":
            return band(held, COUNTS)
        case "share":
            return band(held, SHARES)
        case "decade":
            return f"{int(held) // 10 * 10}"
        case "month":
            return str(held)[:7]
        case "branch":
            return branch(held)
        case "plain" | "place":
            return held


def band(number: float, edges: Sequence[int]) -> str:
    """Between which edges a number lies: `1000..4999`, and `500000+` above the last."""
    whole = max(0, int(number))
    at = sum(edge <= whole for edge in edges)
    if at == len(edges):
        return f"{edges[-1]}+"
    low, high = edges[at - 1] if at else 0, edges[at] - 1
    return str(low) if low == high else f"{low}..{high}"


def branch(naf: Any) -> str | None:  # noqa: ANN401  # A text, or nothing.
    """The section of an activity code: `G` for 47.91B."""
    division = str(naf or "")[:2]
    return (
        next((letter for first, letter in reversed(BRANCHES) if int(division) >= first), None)
        if division.isascii() and division.isdecimal()
        else None
    )


def _hidden(cells: Cells, case: Case, name: str) -> bool:
    match name:
        case "department":
            return not cells.shows_department(case)
        case "region":
            return not cells.shows_region(case)
        case "naf":
            return not cells.shows_branch(case)
    return False


def _filing(filed: Filed) -> dict[str, Any]:
    case = filed.case
    return {
        "status": filed.status, "channel": case.channel, "language": case.language,
        "closure_reason": filed.closure_reason,
    }  # fmt: skip


def _cell(case: Case) -> tuple[Any, Any]:
    return _given(case, "platform_id"), _given(case, "primary_category")


def _given(case: Case, name: str) -> Any:  # noqa: ANN401  # Any JSON.
    answer = case.fields.get(name)
    return answer.value if answer is not None and answer.state == "given" else None


def _short(held: Any) -> Any:  # noqa: ANN401  # Any JSON.
    match held:
        case {"value": text}:
            return text
        case {"id": name}:
            return name
        case list() | tuple():
            return [_short(one) for one in held]
    return held


def _add(firms: set[bytes], one: bytes) -> None:
    """Count no further than is asked."""
    if len(firms) < ENOUGH:
        firms.add(one)
