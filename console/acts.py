"""What an official does to a case from its page: one form, one act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import cases, forms
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, row_id, words
from console.panel import Typed
from storage import casework, colleagues, replies, teams
from storage.casework import Work
from storage.handling import MeanwhileError, RefusedError
from stories import wording
from stories.case import way_to_answer
from stories.formats import PARIS, moment

Fields = ImmutableMultiDict[str, str]
Deed = Callable[[Work, Fields], Awaitable[None]]
Page = Callable[[Request], Awaitable[Response]]
LONGEST_WORDS = 2_000
"""Characters of what an official writes beside an act."""


class Shows(Protocol):
    """Shows the page of a form."""

    def __call__(self, request: Request, *, status: int, typed: Typed, wrong: str) -> Awaitable[Response]: ...


async def carry_out(
    request: Request, form: str, fields: Fields, do: Deed, *, anew: bool = False, shows: Shows = cases.render,
    place: str = "act",
) -> Response:  # fmt: skip
    """Do what a form about a case asks, once; where it cannot be done, show its page again with what was typed.

    `anew`: whatever was changed since the page was read does not matter. `place`: where on the case's page it leads.
    """
    house, who, said = desk(request), reader(request), words(request)
    version = None if anew else row_id(fields.get("version"))

    async def act(session: AsyncSession) -> str:
        filed = await cases.find(session, house, who, request.path_params["reference"])
        if not anew and version != filed.line.version:
            raise MeanwhileError
        work = Work(
            session=session, ring=house.ring, script=house.script, by=who, at=house.clock(), case=filed,
            version=version,
        )  # fmt: skip
        await do(work, fields)
        return f"/cases/{filed.line.reference}?done={form}#{place}"

    typed = Typed(form=form, fields=fields)
    try:
        return await once(request, fields, act)
    except MeanwhileError:
        return await shows(request, status=409, typed=typed, wrong=said("case.changed"))
    except RefusedError as refused:
        wrong = said(f"refused.{refused.because}", **refused.values)
        return await shows(request, status=422, typed=typed, wrong=wrong)


def note_of(fields: Fields, name: str = "words") -> str:
    """What an official wrote beside an act. Raises RefusedError where it is too long."""
    text = fields.get(name, "").strip()
    if len(text) > LONGEST_WORDS:
        raise RefusedError("long", most=LONGEST_WORDS)
    return text


async def _status(work: Work, fields: Fields) -> None:
    after = fields.get("status", "")
    reasons = {reason.id for reason in work.script.statuses[after].reasons} if after in work.script.statuses else set()
    reason = fields.get("reason", "")
    await casework.set_status(
        work, after, reason=reason if reason in reasons or not reasons else "", words=note_of(fields)
    )
    if fields.get("tell"):
        await _tell(work, after)


async def _tell(work: Work, after: str) -> None:
    """The firm reads in its conversation, and in its language, where its case stands."""
    case, lane = work.case.case, work.case.lane
    if lane is None or way_to_answer(case) != "chat":
        raise RefusedError("cannot_tell")
    status = work.script.statuses[after]
    text = wording.word(
        work.script, case.language, "status", reference=case.reference, filed=moment(case.filed_at, case.language),
        status=status.label[case.language], explain=status.explain[case.language],
    )  # fmt: skip
    await replies.reply(work.session, work.ring, lane, text, now=work.at)


async def _claim(work: Work, _fields: Fields) -> None:
    await casework.claim(work)


async def _release(work: Work, _fields: Fields) -> None:
    await casework.assign(work, None)


async def _assign(work: Work, fields: Fields) -> None:
    able = {one.login: one for one in await colleagues.at_work(work.session, work.case.line.id)}
    wanted = fields.get("to", "")
    if wanted and wanted not in able:
        raise RefusedError("cannot_have")
    await casework.assign(work, able.get(wanted))


async def _move(work: Work, fields: Fields) -> None:
    known = {str(team.id): team for team in await teams.every(work.session)}
    if fields.get("team", "") not in known:
        raise RefusedError("no_team")
    team = known[fields["team"]]
    await casework.move(work, team.id, team.name)


async def _tag(work: Work, fields: Fields) -> None:
    if "remove" in fields:
        await casework.untag(work, fields["remove"])
    else:
        await casework.tag(work, fields.get("tag", ""))


async def _snooze(work: Work, fields: Fields) -> None:
    if "back" in fields:
        await casework.snooze(work, None)
        return
    try:
        day = date.fromisoformat(fields.get("until", ""))
    except ValueError as error:
        raise RefusedError("day") from error
    await casework.snooze(work, datetime.combine(day, time(), PARIS))


async def _rank(work: Work, fields: Fields) -> None:
    level = fields.get("level", "")
    if level not in work.script.fields["level"].values:
        raise RefusedError("level")
    await casework.rank(work, level, note_of(fields))


async def _reclassify(work: Work, fields: Fields) -> None:
    main, further = fields.get("main", ""), fields.getlist("further")
    if not {main, *further} <= work.script.categories.keys():
        raise RefusedError("problem")
    await casework.reclassify(work, main, [one for one in further if one != main])


def _page(form: str, do: Deed, *, anew: bool = False) -> Page:
    @for_officials("handle_cases")
    async def act(request: Request) -> Response:
        return await carry_out(request, form, await forms.read(request), do, anew=anew)

    return act


DEEDS: tuple[tuple[str, Deed], ...] = (
    ("status", _status), ("release", _release), ("assign", _assign), ("team", _move), ("tag", _tag),
    ("snooze", _snooze), ("urgency", _rank), ("reclassify", _reclassify),
)  # fmt: skip
ROUTES = [
    Route("/cases/{reference}/claim", _page("claim", _claim, anew=True), methods=["POST"]),
    *(Route(f"/cases/{{reference}}/{form}", _page(form, do), methods=["POST"]) for form, do in DEEDS),
]
