"""Writes into the audit log what officials read and do: nothing is shown, and no form carried out, unrecorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response

from console.forms import signed_in
from console.pages import Desk, desk, row_id
from storage import audit, handling, references
from storage.access import Act
from storage.audit import Entry
from storage.desk_tables import CaseRow
from storage.together import Together

Recorder: TypeAlias = Together[Entry, None]
READINGS: frozenset[Act] = frozenset({
    "read_cases", "read_identity", "handle_cases", "direct_cases", "note_privately", "group_problems", "read_figures",
    "read_unreadable", "read_audit", "label_messages", "write_stories",
})  # fmt: skip
"""Pages for whoever may do one of these show what firms told, or who read it."""
KINDS = {
    "accounts": "official", "exports": "export", "problems": "problem", "review": "sample", "stories": "story",
    "teams": "team",
}  # fmt: skip
"""What the id in the address of a page names."""
SECRET = frozenset({"token", "nonce", "password", "current", "new", "again", "code"})
"""Fields of forms of which not even a digest is kept."""
OK = 200


def recorder(house: Desk) -> Recorder:
    """Writes the readings of all who read at once in one transaction."""

    async def write(entries: Sequence[Entry]) -> Sequence[None]:
        async with house.database.begin() as session:
            await audit.record(session, house.ring, *entries)
        return [None] * len(entries)

    return Together(write)


def showing(request: Request, count: int) -> None:
    """Tell that the page lists so many cases: it is a reading, whatever else it is for."""
    request.state.shown = count


async def read(request: Request, act: Act | None, response: Response) -> None:
    """Record that a page was read, before it is sent; where that fails, the page is not shown."""
    shown = getattr(request.state, "shown", None)
    reads = act in READINGS or "reference" in request.path_params or shown is not None
    if request.method not in {"GET", "HEAD"} or response.status_code != OK or not reads:
        return
    subject = _subject(request) or ("" if shown is None else f"cases:{shown}")
    about = {**request.path_params, "query": request.url.query}
    await _write(request, Entry(
        official_id=_reader(request), act=_named(request, "read"), subject=subject, reference=_reference(request),
        about=about, at=desk(request).clock(),
    ))  # fmt: skip


async def note(
    request: Request, act: str, *, official_id: int | None, subject: str = "", about: Mapping[str, Any] | None = None
) -> None:
    """Record what is neither a page of cases nor a form that acts once: log-in, log-out, a file that is taken away."""
    at = desk(request).clock()
    await _write(request, Entry(official_id=official_id, act=act, subject=subject, about=about or {}, at=at))


async def acted(request: Request, session: AsyncSession, fields: Mapping[str, str], led_to: str) -> None:
    """Record in the transaction of a form what it did, once for each case that it changed."""
    held, reference = dict.fromkeys(handling.changed(session)), _reference(request)
    if reference is not None:
        own = await session.scalar(select(CaseRow.id).where(CaseRow.reference == reference))
        held |= {own: None} if own is not None else {}
    subjects = [f"case:{case_id}" for case_id in held] or [_subject(request) or _made(led_to)]
    sent = fields.multi_items() if isinstance(fields, ImmutableMultiDict) else fields.items()
    about = {"sent": [pair for pair in sent if pair[0] not in SECRET]}
    who, named, at = _reader(request), _named(request, "do"), desk(request).clock()
    entries = (Entry(official_id=who, act=named, subject=one, about=about, at=at) for one in subjects)
    await audit.record(session, desk(request).ring, *entries)


async def _write(request: Request, entry: Entry) -> None:
    await cast("Recorder", request.app.state.recorder).ask([entry])


def _reader(request: Request) -> int | None:
    found = signed_in(request)
    return found.official.id if found is not None else None


def _named(request: Request, verb: str) -> str:
    """The act as the log names it, from the address of the page: `read.case.files`, `do.cases.bulk`."""
    path: str = request.scope["route"].path
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    if path.startswith("/cases/{"):
        parts[0] = "case"
    return ".".join((verb, *(parts or ["home"])))


def _reference(request: Request) -> str | None:
    typed = request.path_params.get("reference")
    return references.read(typed) if typed else None


def _subject(request: Request) -> str:
    """What a page without a case is about, by the id in its address."""
    path: str = request.scope["route"].path
    if "version" in request.path_params:
        return f"model:{request.path_params['version']}"
    return _kind(path, row_id(request.path_params.get("id")))


def _made(led_to: str) -> str:
    """What a form made, by the id in the page it leads to."""
    parts = led_to.partition("?")[0].split("/")
    return _kind(led_to, row_id(parts[2])) if len(parts) > 2 else ""  # noqa: PLR2004  # "", the topic, the id.


def _kind(path: str, found: int | None) -> str:
    topic = path.split("/")[1]
    return f"{KINDS.get(topic, topic)}:{found}" if found is not None else ""
