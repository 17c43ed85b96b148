"""One act on many cases: first what would change, then done, then, for an hour, undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import deeds, forms, labels
from console.asking import asker
from console.auth import for_officials
from console.once import once
from console.pages import desk, may, page, row_id, words
from console.wording import Words
from storage import bulk, search
from storage.bulk import Act, Chosen, Plan, Refused, Wish
from storage.desk_tables import CaseRow
from storage.query import YEARS, read_address
from storage.search import Asker
from stories.formats import PARIS

Fields = ImmutableMultiDict[str, str]
ACTS: tuple[Act, ...] = get_args(Act)
WAKES = time(6)
"""The hour in Paris at which a sleeping case is back on its day."""
LONGEST_WORDS = 500


class UnclearError(Exception):
    """The form does not say what to do; `because` names the sentence that says what is missing."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases that stay as they are for one reason."""

    why: str
    references: tuple[str, ...]


@for_officials("handle_cases")
async def ask(request: Request) -> Response:
    """What would change, before anything does."""
    house, said, who, fields = desk(request), words(request), asker(request), await forms.read(request)
    try:
        wish = _wish(request, who, fields)
        async with house.database.read() as session:
            ids = await _ids(session, who, fields)
            made = await bulk.plan(session, who, wish, ids)
    except UnclearError as error:
        return page(request, "list/unclear.html", status=422, why=said(error.because), query=fields.get("query", ""))
    except LookupError as error:
        raise HTTPException(status_code=400) from error
    return page(
        request,
        "list/plan.html",
        what=_what(said, wish.act, made.name, wish.value),
        will=made.references,
        refused=_groups(said, made.refused),
        sentence=_outcome(said, "bulk.will", len(made.will), len(made.refused)),
        fields=_carried(fields, made),
        query=fields.get("query", ""),
        act=wish.act,
    )


@for_officials("handle_cases")
async def do(request: Request) -> Response:
    who, fields = asker(request), await forms.read(request)
    try:
        wish = _wish(request, who, fields)
        chosen = _chosen(fields)
    except UnclearError as error:
        raise HTTPException(status_code=400) from error

    async def act(session: AsyncSession) -> str:
        return f"/bulk/{await bulk.carry_out(session, who, wish, chosen)}"

    try:
        return await once(request, fields, act)
    except LookupError as error:
        raise HTTPException(status_code=400) from error


@for_officials("handle_cases")
async def show(request: Request) -> Response:
    house, said, who = desk(request), words(request), asker(request)
    of = row_id(request.path_params["bulk"])
    async with house.database.read() as session:
        kept = await bulk.find(session, who.official, of) if of is not None else None
    if kept is None:
        raise HTTPException(status_code=404)
    done = kept.done
    back = [Refused(reference=reference, because="changed_since") for reference in done.kept]
    undone = kept.undone_at is not None
    return page(
        request,
        "list/done.html",
        id=kept.id,
        what=_what(said, done.act, done.name, done.value),
        sentence=_outcome(said, "bulk.undone", len(done.items) - len(back), len(back)) if undone
        else _outcome(said, "bulk.done", len(done.items), len(done.refused)),
        changed=[item.reference for item in done.items if item.reference not in done.kept],
        refused=_groups(said, back if undone else done.refused),
        undone=undone,
        may_undo=bool(done.items) and kept.may_be_undone(who.now),
        until=labels.stamp(said, kept.at + bulk.UNDONE_WITHIN),
    )  # fmt: skip


@for_officials("handle_cases")
async def undo(request: Request) -> Response:
    who, fields = asker(request), await forms.read(request)
    of = row_id(request.path_params["bulk"])

    async def act(session: AsyncSession) -> str:
        await bulk.undo(session, who, of if of is not None else 0)
        return f"/bulk/{of}"

    try:
        return await once(request, fields, act)
    except LookupError as error:
        raise HTTPException(status_code=404) from error


def _wish(request: Request, who: Asker, fields: Fields) -> Wish:
    """Raises UnclearError where a value lacks or cannot be, and HTTPException for what this official may not do."""
    act = next((one for one in ACTS if one == fields.get("act")), None)
    if act is None:
        raise HTTPException(status_code=400)
    if act != "claim" and not may(request, "direct_cases"):
        raise HTTPException(status_code=403)
    typed = " ".join(fields.get(act, "").split())
    reason = fields.get("words", "").strip().replace("\0", "")[:LONGEST_WORDS]
    match act:
        case "claim":
            return Wish(act=act, value=who.official.id)
        case "assign" if typed == "none":
            return Wish(act=act)
        case "assign" | "move" | "group" if (value := row_id(typed)) is not None:
            return Wish(act=act, value=value, words=reason)
        case "tag" if typed and len(typed) <= bulk.LONGEST_TAG and "\0" not in typed:
            return Wish(act=act, value=typed.casefold())
        case "snooze" if (until := _morning(typed)) is not None and until > who.now:
            return Wish(act=act, value=until)
        case "close" if typed in {one.id for one in who.script.statuses["closed"].reasons}:
            return Wish(act=act, value=typed, words=reason)
    raise UnclearError(f"bulk.lacks.{act}")


def _morning(typed: str) -> datetime | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return datetime.combine(day, WAKES, PARIS) if day.year in YEARS else None


async def _ids(session: AsyncSession, who: Asker, fields: Fields) -> Sequence[int]:
    """The cases that are meant: those ticked, or all that the search finds. Raises UnclearError."""
    if fields.get("scope") == "all":
        query = read_address(fields.get("query", ""), who.script)
        found = search.matching(who, query).with_only_columns(CaseRow.id).limit(bulk.MOST + 1)
        ids = list(await session.scalars(found))
        if len(ids) > bulk.MOST or query.complaints:
            raise UnclearError("bulk.lacks.fewer")
    else:
        ids = [found_id for typed in fields.getlist("case") if (found_id := row_id(typed)) is not None]
    if not ids:
        raise UnclearError("bulk.lacks.case")
    return ids[: bulk.MOST]


def _carried(fields: Fields, made: Plan) -> dict[str, str]:
    """What the form of the dry run sends on: the wish, and each case with the version that was seen."""
    act = made.wish.act
    seen = " ".join(f"{one.id}.{one.version}" for one in made.will)
    return {"act": act, act: fields.get(act, ""), "query": fields.get("query", ""), "seen": seen}


def _chosen(fields: Fields) -> list[Chosen]:
    """Raises UnclearError."""
    chosen = []
    for pair in fields.get("seen", "").split()[: bulk.MOST]:
        case, _, version = pair.partition(".")
        case_id, number = row_id(case), row_id(version)
        if case_id is None or number is None:
            raise UnclearError("bulk.lacks.case")
        chosen.append(Chosen(id=case_id, version=number))
    if not chosen:
        raise UnclearError("bulk.lacks.case")
    return chosen


def _what(said: Words, act: Act, name: str, value: object) -> str:
    """The act in words."""
    told: Mapping[Act, str] = {
        "claim": said("bulk.what.claim"),
        "assign": said("bulk.what.assign", name=name) if name else said("bulk.what.free"),
        "move": said("bulk.what.move", name=name),
        "tag": said("bulk.what.tag", name=value),
        "snooze": said("bulk.what.snooze", day=labels.stamp(said, value)) if isinstance(value, datetime) else "",
        "close": said("bulk.what.close", reason=deeds.reason(said, str(value))),
        "group": said("bulk.what.group", name=name),
    }
    return told[act]


def _outcome(said: Words, key: str, changed: int, refused: int) -> str:
    return said("bulk.outcome", changed=said.count(key, changed), refused=said.count("bulk.refused", refused))


def _groups(said: Words, refused: Sequence[Refused]) -> list[Group]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for one in refused:
        by_reason[one.because].append(one.reference)
    return [
        Group(why=said(f"bulk.because.{because}"), references=tuple(references))
        for because, references in by_reason.items()
    ]


ROUTES = [
    Route("/bulk", ask, methods=["POST"]),
    Route("/bulk/do", do, methods=["POST"]),
    Route("/bulk/{bulk}", show),
    Route("/bulk/{bulk}/undo", undo, methods=["POST"]),
]
