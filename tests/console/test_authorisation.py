"""Who may what: every route of the console by role, every case by team and agreement, every group of fields by role.

To add a route: one line in `ROUTES`. Where a form needs another field to get past its first checks: one in `FORM`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

import httpx
import pytest
from sqlalchemy import select
from starlette.routing import Route

from console.fields import ORDER
from console.forms import SESSION_COOKIE
from storage import officials, references, teams
from storage.access import Role
from storage.desk_tables import CaseRow, OfficialRow
from stories.types import Answer, Case
from tests.console import firm
from tests.console.conftest import TOKEN, Desk, script

ROLES: tuple[Role, ...] = get_args(Role)
OPEN = None
"""For who is not logged in too."""
ALL = frozenset(ROLES)
READS = frozenset({"agent", "supervisor", "mediator"})
HANDLES = frozenset({"agent", "supervisor"})
MANAGES = frozenset({"administrator", "dpo_admin"})
ADMINISTRATOR = frozenset({"administrator"})
SUPERVISOR = frozenset({"supervisor"})
FIGURES = frozenset({"agent", "supervisor", "analyst"})

ROUTES: Mapping[str, frozenset[str] | None] = {
    "GET /login": OPEN,
    "POST /login": OPEN,
    "GET /login/code": OPEN,
    "POST /login/code": OPEN,
    "GET /login/oidc": OPEN,
    "GET /login/oidc/back": OPEN,
    "GET /login/oidc/done": OPEN,
    "GET /logout/oidc": OPEN,
    "POST /logout": OPEN,
    "POST /language": OPEN,
    "GET /password": ALL,
    "POST /password": ALL,
    "GET /account": ALL,
    "GET /account/factor": ALL,
    "POST /account/factor": ALL,
    "GET /account/totp.svg": ALL,
    "POST /account/factor/codes": ALL,
    "POST /account/factor/remove": ALL,
    "POST /account/sessions": ALL,
    "POST /account/unlink": ALL,
    "GET /account/oidc": ALL,
    "GET /accounts": MANAGES,
    "GET /accounts/new": MANAGES,
    "POST /accounts/new": MANAGES,
    "GET /accounts/{id}": MANAGES,
    "POST /accounts/{id}": MANAGES,
    "POST /accounts/{id}/close": MANAGES,
    "POST /accounts/{id}/reopen": MANAGES,
    "POST /accounts/{id}/unlock": MANAGES,
    "POST /accounts/{id}/factor": MANAGES,
    "POST /accounts/{id}/password": MANAGES,
    "POST /accounts/{id}/cases": MANAGES,
    "GET /teams": ADMINISTRATOR,
    "POST /teams": ADMINISTRATOR,
    "GET /teams/{id}": ADMINISTRATOR,
    "POST /teams/{id}": ADMINISTRATOR,
    "GET /script": ADMINISTRATOR,
    "GET /script/words": ADMINISTRATOR,
    "GET /script/edit": ADMINISTRATOR,
    "POST /script/edit": ADMINISTRATOR,
    "GET /script/platforms": ADMINISTRATOR,
    "GET /script/platform": ADMINISTRATOR,
    "POST /script/platform": ADMINISTRATOR,
    "GET /script/problems": ADMINISTRATOR,
    "GET /script/problem": ADMINISTRATOR,
    "POST /script/problem": ADMINISTRATOR,
    "GET /script/problem/new": ADMINISTRATOR,
    "POST /script/problem/new": ADMINISTRATOR,
    "GET /script/questions": ADMINISTRATOR,
    "POST /script/questions": ADMINISTRATOR,
    "GET /script/changes": ADMINISTRATOR,
    "GET /script/history": ADMINISTRATOR,
    "POST /script/publish": ADMINISTRATOR,
    "POST /script/discard": ADMINISTRATOR,
    "POST /script/bring-over": ADMINISTRATOR,
    "POST /script/back": ADMINISTRATOR,
    "GET /script/trial": ADMINISTRATOR,
    "POST /script/trial": ADMINISTRATOR,
    "GET /": ALL,
    "GET /cases": READS,
    "GET /cases/{reference}": READS,
    "POST /cases/{reference}/identity": READS,
    "POST /cases/{reference}/notes": READS,
    "POST /cases/{reference}/notes/{id}": READS,
    "GET /cases/{reference}/fields/{key}": HANDLES,
    "POST /cases/{reference}/claim": HANDLES,
    "POST /cases/{reference}/status": HANDLES,
    "POST /cases/{reference}/release": HANDLES,
    "POST /cases/{reference}/assign": HANDLES,
    "POST /cases/{reference}/team": HANDLES,
    "POST /cases/{reference}/tag": HANDLES,
    "POST /cases/{reference}/snooze": HANDLES,
    "POST /cases/{reference}/urgency": HANDLES,
    "POST /cases/{reference}/reclassify": HANDLES,
    "POST /cases/{reference}/fields/{key}": HANDLES,
    "GET /cases/{reference}/files/{id}": READS,
    "GET /cases/{reference}/answer": HANDLES,
    "POST /cases/{reference}/answer": HANDLES,
    "POST /cases/{reference}/take": HANDLES,
    "POST /cases/{reference}/hand-back": HANDLES,
    "GET /cases/{reference}/said": HANDLES,
    "POST /cases/{reference}/presence": HANDLES,
    "GET /conversations/{conversation}/answer": HANDLES,
    "POST /conversations/{conversation}/answer": HANDLES,
    "POST /conversations/{conversation}/take": HANDLES,
    "POST /conversations/{conversation}/hand-back": HANDLES,
    "GET /conversations/{conversation}/said": HANDLES,
    "POST /conversations/{conversation}/presence": HANDLES,
    "GET /audit": frozenset({"dpo_admin"}),
    "POST /bulk": HANDLES,
    "POST /bulk/do": HANDLES,
    "GET /bulk/{bulk}": HANDLES,
    "POST /bulk/{bulk}/undo": HANDLES,
    "GET /canned": SUPERVISOR,
    "POST /canned": SUPERVISOR,
    "GET /conversations": HANDLES,
    "GET /exports": FIGURES,
    "POST /exports": FIGURES,
    "GET /exports/{id}": FIGURES,
    "GET /exports/{id}/file": FIGURES,
    "POST /exports/{id}/drop": FIGURES,
    "GET /cases/{reference}/problem": HANDLES,
    "POST /cases/{reference}/problem": HANDLES,
    "POST /cases/{reference}/problem/out": HANDLES,
    "GET /cases/{reference}/joining": HANDLES,
    "POST /cases/{reference}/merge": SUPERVISOR,
    "POST /cases/{reference}/unmerge": SUPERVISOR,
    "POST /cases/{reference}/split": SUPERVISOR,
    "POST /cases/{reference}/link": HANDLES,
    "POST /cases/{reference}/unlink": HANDLES,
    "GET /problems": FIGURES,
    "GET /problems/new": HANDLES,
    "POST /problems/new": HANDLES,
    "GET /problems/{problem}": FIGURES,
    "GET /problems/{problem}/name": HANDLES,
    "POST /problems/{problem}/name": HANDLES,
    "POST /problems/{problem}/close": HANDLES,
    "POST /problems/{problem}/reopen": HANDLES,
    "POST /problems/{problem}/merge": SUPERVISOR,
    "GET /stories": HANDLES,
    "POST /cases/{reference}/story": HANDLES,
    "GET /stories/{id}": HANDLES,
    "POST /stories/{id}": HANDLES,
    "POST /stories/{id}/propose": HANDLES,
    "POST /stories/{id}/approve": HANDLES,
    "POST /stories/{id}/back": HANDLES,
    "POST /stories/{id}/discard": HANDLES,
    "GET /stories/{id}/file": HANDLES,
    "POST /stories/{id}/put": HANDLES,
    "GET /models/exchange": ADMINISTRATOR,
    "POST /models/exchange": ADMINISTRATOR,
    "GET /models/exchange/file": ADMINISTRATOR,
    "POST /models/exchange/take": ADMINISTRATOR,
    "GET /keys": ALL,
    "POST /keys": ALL,
    "GET /views": READS,
    "POST /views": READS,
    "POST /views/{view}": READS,
    "POST /views/{view}/remove": READS,
    "GET /review": ADMINISTRATOR,
    "POST /review/undo": ADMINISTRATOR,
    "GET /review/second": ADMINISTRATOR,
    "GET /review/{id}": ADMINISTRATOR,
    "POST /review/{id}": ADMINISTRATOR,
    "GET /review/decided": ADMINISTRATOR,
    "GET /review/quality": ADMINISTRATOR,
    "GET /review/drawing": ADMINISTRATOR,
    "POST /review/drawing": ADMINISTRATOR,
    "GET /models": ADMINISTRATOR,
    "POST /models/train": ADMINISTRATOR,
    "POST /models/jobs/{id}/cancel": ADMINISTRATOR,
    "GET /models/rollback": ADMINISTRATOR,
    "POST /models/rollback": ADMINISTRATOR,
    "POST /models/promotions/{id}/second": ADMINISTRATOR,
    "POST /models/promotions/{id}/refuse": ADMINISTRATOR,
    "GET /models/{version}": ADMINISTRATOR,
    "GET /models/{version}/card": ADMINISTRATOR,
    "GET /models/{version}/file": ADMINISTRATOR,
    "GET /models/{version}/messages": ADMINISTRATOR,
    "GET /models/{version}/cases": SUPERVISOR,
    "POST /models/{version}/promote": ADMINISTRATOR,
    "POST /models/{version}/shadow": ADMINISTRATOR,
    "POST /models/{version}/note": ADMINISTRATOR,
    "GET /tryout": ADMINISTRATOR,
    "POST /tryout": ADMINISTRATOR,
    "GET /drift": ADMINISTRATOR,
    "GET /unreadable": ADMINISTRATOR,
    "GET /unreadable/{id}": ADMINISTRATOR,
}
"""Every route, and the roles that get more than a refusal."""
GROUPS: Mapping[str, frozenset[str]] = dict.fromkeys(ORDER, READS)
"""Every group of fields, and the roles that read it on the page of a case that they may read."""
HIDDEN = frozenset({"company", "contact"})
"""The groups that a reason opens, where one must be given."""
MARKERS: Mapping[str, tuple[str, str]] = {
    "platform": ("shop_name", "Boutique Cobalt"),
    "problem": ("reason_text", "motif vermillon"),
    "impact": ("funds_held_eur", "734219"),
    "evidence": ("evidence_pending", "releve outremer"),
    "steps": ("federation", "Federation Indigo"),
    "wish": ("outcome_text", "voeu magenta"),
    "company": ("legal_name", "Maison Ocre"),
    "contact": ("email", "sienne@exemple.example"),
    "consent": ("training", ""),
    "urgency": ("deadline_kind", "obligation fiscale"),
}
"""A field of each group with a value that stands nowhere else; none where the group has only yes or no."""
FORM = {
    "nonce": "x",
    "reason": "une raison",
    "words": "des mots",
    "text": "un texte",
    "version": "0",
    "name": "Un nom",
    "form": "value",
}
"""What gets a form past its first checks."""


def markers() -> dict[str, Answer]:
    given: dict[str, Answer] = {}
    for key, value in MARKERS.values():
        kept: object = {"funds_held_eur": 734219, "evidence_pending": [value], "training": True}.get(key, value)
        given[key] = Answer(value="tax" if key == "deadline_kind" else kept, by="form", confirmed=True)
    return given


def case(reference: str, *, shared: bool, platform: str) -> Case:
    filed = firm.case(reference)
    given = {"share_mediateur": shared, "platform_id": platform}
    changes = {key: Answer(value=value, by="form") for key, value in given.items()}
    return replace(filed, fields={**filed.fields, **markers(), **changes})


@dataclass(slots=True)
class Four:
    """Cases of the reader's team and of another, shared with the mediator or not, and what a path may name."""

    cases: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    """By reference: of the reader's team, shared."""

    def read_by(self, role: Role) -> set[str]:
        match role:
            case "agent" | "supervisor":
                return {reference for reference, (own, _) in self.cases.items() if own}
            case "mediator":
                return {reference for reference, (_, shared) in self.cases.items() if shared}
            case _:
                return set()


async def four(desk: Desk) -> Four:
    made = Four()
    async with desk.database.begin() as session:
        await teams.ensure(session, "Accueil", desk.now)
        other = await teams.create(session, "Ailleurs", desk.now)
        await teams.change(session, other, name="Ailleurs", platforms=["etsy"])
    for own in (True, False):
        for shared in (True, False):
            reference = references.new(2026, f"fiction{own:d}{shared:d}".encode())
            await firm.file(
                desk.database, desk.ring, case(reference, shared=shared, platform="amazon" if own else "etsy")
            )
            made.cases[reference] = (own, shared)
    return made


async def log_in(desk: Desk, role: Role) -> None:
    """Be an official of this role in the first team, supervisors too."""
    await desk.log_in(role)
    async with desk.database.begin() as session:
        row = (await session.scalars(select(OfficialRow).where(OfficialRow.login == "c.fictive"))).one()
        row.team_id = (await teams.every(session))[0].id if role in HANDLES else None


def routes(desk: Desk) -> Iterator[tuple[str, str]]:
    """Every method and path of the console."""
    for route in desk.console.routes:
        if isinstance(route, Route):
            yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")


def filled(path: str, reference: str, number: int) -> str:
    named = {"{reference}": reference, "{key}": "platform_id"}
    return re.sub(r"\{\w+\}", lambda found: named.get(found[0], str(number)), path)


async def send(desk: Desk, method: str, path: str, token: str) -> httpx.Response:
    if method == "GET":
        return await desk.browser.get(f"/console{path}")
    return await desk.browser.request(method, f"/console{path}", data={**FORM, "token": token})


async def token_of(desk: Desk) -> str:
    found = TOKEN.search((await desk.open("/account")).text)
    return found[1] if found else ""


def test_every_route_stands_in_the_table(desk: Desk) -> None:
    assert {f"{method} {path}" for method, path in routes(desk)} == set(ROUTES)


def test_every_group_stands_in_the_table() -> None:
    assert set(GROUPS) == set(MARKERS) == {one.group for one in script().fields.values()}


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_opens_what_the_table_says_and_is_refused_the_rest(desk: Desk, role: Role) -> None:
    made = await four(desk)
    await log_in(desk, role)
    reference = next(iter(made.read_by(role) or made.cases))
    for route, may in ROUTES.items():
        if may is OPEN:
            continue
        async with desk.database.begin() as session:
            row = (await session.scalars(select(OfficialRow).where(OfficialRow.login == "c.fictive"))).one()
            number, row.closed_at, row.must_change, row.role = row.id, None, False, role
        if not await officials.session(desk.database, desk.browser.cookies[SESSION_COOKIE], now=desk.now):
            desk.carry(await _again(desk))
        method, path = route.split(" ", 1)
        answer = await send(desk, method, filled(path, reference, number), await token_of(desk))
        assert answer.status_code < 500, route
        assert not answer.headers.get("location", "").startswith("/console/login"), route
        assert (answer.status_code == 403) == (role not in may), (route, answer.status_code)


async def _again(desk: Desk) -> str:
    """A new session, after a route has ended the last."""
    given = await officials.reset(desk.database, "c.fictive")
    async with desk.database.begin() as session:
        (await session.scalars(select(OfficialRow).where(OfficialRow.login == "c.fictive"))).one().must_change = False
    return await officials.log_in(desk.database, login="c.fictive", password=given, now=desk.now) or ""


async def test_who_is_not_logged_in_is_led_to_the_log_in(desk: Desk) -> None:
    made = await four(desk)
    reference = next(iter(made.cases))
    for route, may in ROUTES.items():
        method, path = route.split(" ", 1)
        if may is OPEN:
            continue
        answer = await send(desk, method, filled(path, reference, 1), "")
        assert answer.status_code == 303, route
        assert answer.headers["location"].startswith("/console/login"), route
        assert not any(value and value in answer.text for _, value in MARKERS.values()), route


@pytest.mark.parametrize("role", ROLES)
async def test_no_role_reads_or_changes_a_case_that_is_not_its_own_by_any_route(desk: Desk, role: Role) -> None:
    made = await four(desk)
    await log_in(desk, role)
    token, before = await token_of(desk), await _kept(desk)
    for reference in made.cases.keys() - made.read_by(role):
        for route in ROUTES:
            method, path = route.split(" ", 1)
            if "{reference}" in path:
                answer = await send(desk, method, filled(path, reference, 1), token)
                assert answer.status_code in {403, 404}, (route, made.cases[reference])
                assert "motif vermillon" not in answer.text, route
    assert await _kept(desk) == before


@pytest.mark.parametrize("role", ROLES)
async def test_a_list_names_the_cases_that_its_reader_may_open_and_no_other(desk: Desk, role: Role) -> None:
    made = await four(desk)
    await log_in(desk, role)
    for route, may in ROUTES.items():
        method, path = route.split(" ", 1)
        if may is OPEN or method != "GET" or "{" in path or role not in may:
            continue
        text = (await desk.open(path)).text
        assert not {one for one in made.cases if one in text} - made.read_by(role), route
    if role in READS:
        text = (await desk.open("/cases")).text
        assert {one for one in made.cases if one in text} == made.read_by(role)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_reads_the_groups_of_fields_that_the_table_says(desk: Desk, role: Role) -> None:
    made = await four(desk)
    await log_in(desk, role)
    for reference in made.read_by(role) or made.cases:
        text = (await desk.open(f"/cases/{reference}")).text
        for group, (_, marker) in MARKERS.items():
            assert (f'id="group-{group}"' in text) == (role in GROUPS[group]), group
            assert not marker or (_plain(marker) in _plain(text)) == (role in GROUPS[group]), group


@pytest.mark.parametrize("role", sorted(READS))
async def test_where_a_reason_is_asked_for_no_role_reads_whose_case_it_is(desk: Desk, role: Role) -> None:
    made = await four(desk)
    await log_in(desk, role)
    desk.console.state.desk = replace(desk.console.state.desk, identity_reason=True)
    for reference in made.read_by(role):
        text = (await desk.open(f"/cases/{reference}")).text
        for group, (_, marker) in MARKERS.items():
            assert not marker or (_plain(marker) in _plain(text)) == (group not in HIDDEN), group
        for route in ROUTES:
            method, path = route.split(" ", 1)
            if method == "GET" and "{reference}" in path:
                named = filled(path.replace("{key}", "legal_name"), reference, 1)
                text = _plain((await desk.open(named)).text)
                assert not {one for one in HIDDEN if _plain(MARKERS[one][1]) in text}, route


def _plain(text: str) -> str:
    """Without the spaces that amounts are written with."""
    return "".join(text.split()).replace("\u202f", "").replace("\xa0", "")


async def _kept(desk: Desk) -> list[tuple[object, ...]]:
    async with desk.database.read() as session:
        found = await session.execute(select(CaseRow.__table__).order_by(CaseRow.id))
        return [tuple(row) for row in found]
