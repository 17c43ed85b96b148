"""Who may do what, and which cases who may see: the one place that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from sqlalchemy import ColumnElement, false, true

from storage.desk_tables import CaseRow

Role = Literal["agent", "supervisor", "mediator", "analyst", "administrator", "dpo_admin"]
Act = Literal[
    "read_cases", "read_identity", "handle_cases", "direct_cases", "note_privately", "group_problems", "read_figures",
    "export_pseudonyms", "export_names", "keep_canned", "manage_accounts", "manage_teams", "read_audit",
    "read_unreadable", "label_messages", "train_models", "edit_script", "write_stories",
]  # fmt: skip
"""`handle_cases`: note, answer, ask, reclassify, qualify, take a free case. `direct_cases`: assign to others, merge,
close, reopen, act on many. `read_figures`: counts and sums that name no firm. `label_messages`: say what masked
messages mean. `train_models`: train, compare, promote and roll back. `write_stories`: make a test of a transcript."""

ROLES: tuple[Role, ...] = get_args(Role)
MAY: Mapping[Act, frozenset[Role]] = {
    "read_cases": frozenset({"agent", "supervisor", "mediator"}),
    "read_identity": frozenset({"agent", "supervisor", "mediator"}),
    "handle_cases": frozenset({"agent", "supervisor"}),
    "direct_cases": frozenset({"supervisor"}),
    "note_privately": frozenset({"mediator"}),
    "group_problems": frozenset({"agent", "supervisor"}),
    "read_figures": frozenset({"agent", "supervisor", "analyst"}),
    "export_pseudonyms": frozenset({"agent", "supervisor", "analyst"}),
    "export_names": frozenset({"supervisor"}),
    "keep_canned": frozenset({"supervisor"}),
    "manage_accounts": frozenset({"administrator", "dpo_admin"}),
    "manage_teams": frozenset({"administrator"}),
    "read_audit": frozenset({"dpo_admin"}),
    "read_unreadable": frozenset({"administrator"}),
    "label_messages": frozenset({"administrator"}),
    "train_models": frozenset({"administrator"}),
    "edit_script": frozenset({"administrator"}),
    "write_stories": frozenset({"agent", "supervisor"}),
}
"""From the table of roles in the script's `statuses.yml` and its notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """Who works at the desk."""

    id: int
    login: str
    name: str
    role: Role
    team_id: int | None = None
    """None: of a supervisor, all teams; of an agent, none yet."""
    must_change: bool = False
    """Still has the one-time password."""


def may(role: Role, act: Act) -> bool:
    return role in MAY[act]


def sees_team(official: Official, team_id: int | None) -> bool:
    """Whether an agent or supervisor may read the cases of a team, as `seen_by` asks it of a row."""
    if official.team_id is None:
        return official.role == "supervisor"
    return official.role in {"agent", "supervisor"} and official.team_id == team_id


@lru_cache(maxsize=256)
def seen_by(official: Official) -> ColumnElement[bool]:
    """Which rows of `cases` this official may read, as a condition of a query; the same one each time."""
    match official.role:
        case "supervisor" if official.team_id is None:
            return true()
        case "agent" | "supervisor":
            return CaseRow.team_id == official.team_id if official.team_id is not None else false()
        case "mediator":
            return CaseRow.share_mediateur.is_(true())
        case _:
            return false()


def counted_by(official: Official) -> ColumnElement[bool]:
    """Which rows of `cases` stand behind the figures that this official reads."""
    return true() if official.role == "analyst" else seen_by(official)
