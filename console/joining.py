"""Merge, split and link cases: what is proposed, what stands in the way, and what is shown of what was joined."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import essentials, files, forms, labels, naming, transcript, veil
from console.auth import for_officials, reader
from console.files import File
from console.grouping import filed_case, meanwhile
from console.once import once
from console.pages import desk, done, page, row_id, words
from console.transcript import Bubble
from console.wording import Words
from storage import cases, joining, matters, references, replies, splitting
from storage.access import seen_by
from storage.cases import FiledCase
from storage.handling import MeanwhileError, RefusedError
from storage.joining import Pair, Proposal, Related
from storage.splitting import Matter

LONGEST = 500
"""Letters of a reason."""
NEW = "PV-…-…"
"""What stands for the reference of a case that is not made yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another case, in a line."""

    reference: str
    version: int
    text: str
    signs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a merged case holds, shown on the kept one."""

    other: Other
    language: str
    story: tuple[str, ...]
    lines: tuple[Bubble, ...]
    """What was said about it and not about the kept one."""
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What a case is joined to."""

    reference: str
    into: Other | None
    merged: tuple[Told, ...]
    linked: tuple[Other, ...]
    proposed: int


async def panel(request: Request, session: AsyncSession, filed: FiledCase, *, alone: bool) -> Panel:
    """What the page of a case shows of the cases joined to it. `alone`: its firm has no other that could be merged."""
    house, said, within = desk(request), words(request), seen_by(reader(request))
    found = await joining.joined(session, filed.line.id, within=within)
    is_open = filed.line.status not in {"merged", "withdrawn", "anonymised"}
    proposed = await joining.proposals(session, house.ring, filed, within=within) if is_open and not alone else []
    return Panel(
        reference=filed.line.reference,
        into=_other(said, found.into) if found.into else None,
        merged=tuple([await _told(request, session, filed, one) for one in found.merged]),
        linked=tuple(_other(said, one) for one in found.linked),
        proposed=len(proposed),
    )


async def _told(request: Request, session: AsyncSession, kept: FiledCase, one: Related) -> Told:
    house, said = desk(request), words(request)
    gone = await cases.show(session, house.ring, one.reference)
    if gone is None:
        raise HTTPException(status_code=404)
    shown = {line.id for line in matters.in_order(await matters.told(session, house.ring, kept))}
    told = await matters.told(session, house.ring, gone)
    elsewhere = {lane: [line for line in lines if line.id not in shown] for lane, lines in told.items()}
    lines, sent = matters.in_order(elsewhere), await matters.files(session, house.ring, elsewhere)
    for filed in (kept, gone):
        over = await veil.of(session, request, filed)
        gone, lines, sent = over.filed(gone), over.lines(lines), over.files(sent)
    return Told(
        other=_other(said, one),
        language=gone.line.language,
        story=tuple(passage.text for passage in gone.case.narrative),
        lines=tuple(transcript.bubbles(said, lines, {}, files.places(one.reference, sent))),
        files=tuple(files.listed(said, one.reference, sent)),
    )


@for_officials("handle_cases")
async def show(request: Request) -> Response:
    return await _form(request, await filed_case(request), {})


async def _form(
    request: Request, filed: FiledCase, typed: Mapping[str, str], *, wrong: str = "", status: int = 200
) -> Response:
    house, said, within = desk(request), words(request), seen_by(reader(request))
    async with house.database.read() as session:
        found = await joining.joined(session, filed.line.id, within=within)
        proposed = await joining.proposals(session, house.ring, filed, within=within)
    stays = [word for word in request.query_params.get("stays", "").split(",") if said.knows(f"stays.{word}")]
    known = dict(naming.categories(said))
    named = [one for one in _problems(filed) if one in known]
    return page(
        request, "cases/joining.html", status=status, filed=filed.line, typed=typed, wrong=wrong, longest=LONGEST,
        done=done(request),
        into=_other(said, found.into) if found.into else None, merged=[_other(said, one) for one in found.merged],
        linked=[_other(said, one) for one in found.linked], proposed=[_proposed(said, one) for one in proposed],
        stays=[said(f"stays.{word}") for word in stays], platforms=naming.platforms(said),
        told=[(one, known[one]) for one in named],
        further=[(one, name) for one, name in naming.categories(said) if one not in named],
        preview=_notice(filed, NEW, _firm_words(request, filed)) if filed.lane else "",
    )  # fmt: skip


@for_officials("direct_cases")
async def merge(request: Request) -> Response:
    """Merge this case and another; the form says which one is kept."""
    house = desk(request)

    async def act(session: AsyncSession, one: FiledCase, pair: Pair, fields: Mapping[str, str]) -> str:
        if fields.get("sure") != "yes":
            raise RefusedError("not_sure")
        other = await _named(request, session, fields)
        pair = Pair(one=other.id, other=pair.one, other_version=pair.one_version)
        if fields.get("keep") == "other":
            pair = Pair(one=one.line.id, other=other.id, one_version=pair.other_version)
        by, at = reader(request), house.clock()
        await joining.merge(session, house.ring, house.script, pair, by=by, at=at, words=_reason(fields))
        kept = other.reference if fields.get("keep") == "other" else one.line.reference
        return f"/cases/{kept}?done=merge"

    return await _carry_out(request, act)


@for_officials("direct_cases")
async def unmerge(request: Request) -> Response:
    house = desk(request)

    async def act(session: AsyncSession, one: FiledCase, pair: Pair, fields: Mapping[str, str]) -> str:
        found = await joining.joined(session, one.line.id, within=seen_by(reader(request)))
        if found.into is None:
            raise RefusedError("not_merged")
        pair = Pair(one=one.line.id, other=found.into.id, one_version=pair.one_version)
        stays = await joining.unmerge(
            session, house.ring, pair, by=reader(request), at=house.clock(), words=_reason(fields)
        )
        return f"/cases/{one.line.reference}/joining?done=unmerge&stays={','.join(stays)}"

    return await _carry_out(request, act)


@for_officials("handle_cases")
async def link(request: Request) -> Response:
    return await _tie(request, joining.link, "link")


@for_officials("handle_cases")
async def unlink(request: Request) -> Response:
    return await _tie(request, joining.unlink, "unlink")


async def _tie(request: Request, tie: Callable[..., Awaitable[None]], deed: str) -> Response:
    house = desk(request)

    async def act(session: AsyncSession, one: FiledCase, pair: Pair, fields: Mapping[str, str]) -> str:
        other = await _named(request, session, fields)
        pair = Pair(one=one.line.id, other=other.id, one_version=pair.one_version)
        await tie(session, house.ring, pair, by=reader(request), at=house.clock(), words=_reason(fields))
        return f"/cases/{one.line.reference}/joining?done={deed}"

    return await _carry_out(request, act)


@for_officials("direct_cases")
async def split(request: Request) -> Response:
    """File one of the matters of this case as a case of its own."""
    house, said = desk(request), words(request)
    reference = references.new(house.clock().year, secrets.token_bytes(8))

    async def act(session: AsyncSession, one: FiledCase, pair: Pair, fields: Mapping[str, str]) -> str:
        platform = fields.get("platform") or one.line.platform_id
        if fields.get("category", "") not in said.script.categories:
            raise RefusedError("split_choose")
        known = platform if platform in dict(naming.platforms(said)) else one.line.platform_id
        matter = Matter(reference=reference, category=fields["category"], platform_id=known)
        by, at = reader(request), house.clock()
        await splitting.split(
            session, house.ring, house.script, one.line.id, matter, by=by, at=at, words=_reason(fields),
            version=pair.one_version or 0,
        )  # fmt: skip
        if fields.get("tell") == "yes" and one.lane is not None:
            text = _notice(one, reference, _firm_words(request, one))
            await replies.reply(session, house.ring, one.lane, text, now=at)
        return f"/cases/{reference}?done=split"

    return await _carry_out(request, act)


Act = Callable[[AsyncSession, FiledCase, Pair, Mapping[str, str]], Awaitable[str]]


async def _carry_out(request: Request, act: Act) -> Response:
    """Do it with a reason, or show the form again with what was typed and why nothing was done.

    `act` gets the case, and a pair that so far names it alone.
    """
    said, filed, fields = words(request), await filed_case(request), await forms.read(request)
    pair = Pair(one=filed.line.id, other=filed.line.id, one_version=row_id(fields.get("version")))

    async def acted(session: AsyncSession) -> str:
        if not _reason(fields):
            raise RefusedError("why")
        return await act(session, filed, pair, fields)

    try:
        return await once(request, fields, acted)
    except MeanwhileError:
        filed = await filed_case(request)
        return await _form(request, filed, fields, wrong=meanwhile(said, filed), status=409)
    except RefusedError as refused:
        wrong = said(f"refused.{refused.because}", **refused.values)
        return await _form(request, filed, fields, wrong=wrong, status=422)
    except LookupError as error:
        raise HTTPException(status_code=404) from error


async def _named(request: Request, session: AsyncSession, fields: Mapping[str, str]) -> Related:
    """The other case that the form names. Raises RefusedError."""
    reference = references.read(fields.get("other", "") or fields.get("reference", ""))
    found = await joining.find(session, reference, within=seen_by(reader(request))) if reference else None
    if found is None:
        raise RefusedError("no_case")
    return found


def _reason(fields: Mapping[str, str]) -> str:
    return " ".join(fields.get("words", "").split())[:LONGEST]


def _other(said: Words, one: Related, signs: str = "") -> Other:
    parts = (
        naming.platform(said, one.platform_id), naming.category(said, one.category), labels.status(said, one.status),
        labels.day(said, one.filed_at),
    )  # fmt: skip
    return Other(reference=one.reference, version=one.version, text=" · ".join(parts), signs=signs)


def _proposed(said: Words, one: Proposal) -> Other:
    return _other(said, one.case, ", ".join(said(f"sign.{sign}") for sign in one.signs))


def _problems(filed: FiledCase) -> list[str]:
    """The further problems that the case tells: what may be taken out of it."""
    main, listed = essentials.given(filed.case, "primary_category"), essentials.given(filed.case, "categories") or ()
    ids = [str(one["id"]) if isinstance(one, Mapping) else str(one) for one in listed]
    return [one for one in ids if one != main]


def _firm_words(request: Request, filed: FiledCase) -> Words:
    """The console's sentences in the language of the firm."""
    return Words(filed.case.language, desk(request).script)


def _notice(filed: FiledCase, reference: str, said: Words) -> str:
    return said("split.notice", first=filed.line.reference, second=reference)


ROUTES = [
    Route("/cases/{reference}/joining", show),
    Route("/cases/{reference}/merge", merge, methods=["POST"]),
    Route("/cases/{reference}/unmerge", unmerge, methods=["POST"]),
    Route("/cases/{reference}/split", split, methods=["POST"]),
    Route("/cases/{reference}/link", link, methods=["POST"]),
    Route("/cases/{reference}/unlink", unlink, methods=["POST"]),
]
