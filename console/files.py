"""The files of a case: what there is, what became of each, and the copy that an official opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import identity, labels
from console.auth import for_officials, reader
from console.pages import desk, go, row_id, words
from console.wording import Words
from storage import cases, matters, references
from storage.access import seen_by
from storage.attachments import StoredFile
from storage.filenames import saved, shown
from storage.inbox import row_key
from stories.formats import weight
from stories.types import Attachment

SANDBOXED = (
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Chromium shows a PDF all the same where it opens by itself, in no frame: its viewer stands outside the sandbox."""
INLINE = ("image/", "audio/", "application/pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file on the page of its case."""

    id: int
    name: str
    kind: str
    size: str
    when: str
    at: str
    status: str
    href: str
    """Where it opens; nothing where it must not."""


def listed(said: Words, reference: str, files: Sequence[StoredFile]) -> list[File]:
    """The files of a case, as they came."""
    return [
        File(
            id=file.id,
            name=shown(file.name) or said.named("file.kind", file.kind),
            kind=said.named("file.type", file.media_type) if file.status == "kept" else "",
            size=weight(file.size, said.language) if file.size else "",
            when=labels.stamp(said, file.created_at),
            at=file.created_at.isoformat(),
            status=said(f"file.status.{_status(file)}"),
            href=_href(reference, file),
        )
        for file in files
    ]


def named(said: Words, key: str, sent: Sequence[Attachment], files: Mapping[tuple[str, int], str]) -> list[Named]:
    """The files of one message in the transcript; `files` says where each opens, by message and place."""
    return [
        Named(name=shown(file.name) or said.named("file.kind", file.kind), href=files.get((row_key(key), place), ""))
        for place, file in enumerate(sent)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A file beside the message it came with."""

    name: str
    href: str


def places(reference: str, files: Sequence[StoredFile]) -> dict[tuple[str, int], str]:
    """Where each file opens, by its message and its place there."""
    return {(file.message, file.ordinal): _href(reference, file) for file in files}


@for_officials("read_cases")
async def show(request: Request) -> Response:
    """The copy that officials see: of a picture, without what it says of place and device."""
    house, wanted = desk(request), row_id(request.path_params["id"])
    reference = references.read(request.path_params["reference"])
    async with house.database.read() as session:
        filed = await cases.show(session, house.ring, reference, within=seen_by(reader(request))) if reference else None
        said = await matters.told(session, house.ring, filed) if filed is not None else {}
        sent = await matters.files(session, house.ring, said)
        file = next((one for one in sent if one.id == wanted and _opens(one)), None)
        if filed is None or file is None:
            raise HTTPException(status_code=404)
        if not await identity.is_open(session, request, filed):  # In a file nothing can be blanked out.
            return go(request, f"/cases/{filed.line.reference}#group-company")
    try:
        data = await house.files.read(house.ring, file.lane, str(file.shown_digest))
    except FileNotFoundError as error:
        raise HTTPException(status_code=404) from error
    return Response(data, headers=_headers(words(request), file))


def _headers(said: Words, file: StoredFile) -> dict[str, str]:
    media_type = str(file.shown_type)
    name = saved(file.name or said.named("file.kind", file.kind), media_type)
    inline = media_type.startswith(INLINE)
    return {
        "Content-Type": f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type,
        "Content-Disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": SANDBOXED,
    }


def _opens(file: StoredFile) -> bool:
    return file.status == "kept" and file.shown_digest is not None


def _href(reference: str, file: StoredFile) -> str:
    return f"/cases/{reference}/files/{file.id}" if _opens(file) else ""


def _status(file: StoredFile) -> str:
    return "unshown" if file.status == "kept" and file.shown_digest is None else file.status


ROUTES = [Route("/cases/{reference}/files/{id}", show)]
