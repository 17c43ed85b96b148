"""Where a person brings the file that their messaging app does not hand over: a page behind a signed link."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot import files, links, uploads
from bot.app import App
from bot.pages import language_of, words
from bot.uploads import Posted, posted
from bot.visit import Visit, front_of, language_now, page, stranger, too_fast
from storage import attachments, conversations
from storage.attachments import StoredFile
from storage.filenames import shown
from storage.filestore import digest_of
from storage.outbox import Fetch
from stories.formats import weight
from stories.types import Attachment

AWAITED = frozenset({"too_large", "gone"})
"""Of these files a link was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who follows a link, and the file that it is for."""

    seen: Visit
    file: StoredFile | None
    """None where the link is none, its day is over, or the draft was erased."""
    token: str

    @property
    def awaited(self) -> StoredFile | None:
        return self.file if self.file is not None and self.file.status in AWAITED else None


async def show(request: Request) -> Response:
    """Ask for the file; or say that it is here, or that the link no longer works."""
    return _page(await _asked(request))


async def receive(request: Request) -> Response:
    """Keep the file, and have it looked at as any other."""
    async with posted(request) as sent:
        asked = await _asked(request)
        file, app = asked.awaited, asked.seen.front.app
        if file is None:
            return _page(asked)
        problem = _problem(asked, sent)
        if not problem and too_fast(asked.seen, request):
            problem = words(asked.seen.language)["too_fast"]
        if problem:
            return _page(asked, problem=problem)
        await _take_in(app, file, sent.files[0])
    return RedirectResponse(request.url.path, status_code=303)


async def _asked(request: Request) -> Asked:
    app, token = front_of(request).app, request.path_params["token"]
    of = links.file_of(app.ring, token, app.clock())
    async with app.database.read() as session:
        file = await attachments.get(session, app.ring, of) if of is not None else None
    spoken = await language_now(app, file.lane) if file else None
    wanted = request.query_params.get("langue") or spoken
    language = language_of(wanted, request.headers.get("accept-language", ""))
    return Asked(seen=stranger(request, language), file=file, token=token)


def _page(asked: Asked, *, problem: str = "") -> Response:
    seen, said = asked.seen, words(asked.seen.language)
    if asked.file is None:
        return page(seen, "simple.html", status=404, title=said["deposit_ended"], text=said["deposit_ended_text"])
    if asked.awaited is None:
        return page(seen, "simple.html", switch="link", title=said["deposit_done"], text=said["deposit_done_text"])
    most = weight(seen.front.app.most, seen.language)
    return page(
        seen, "deposit.html", status=422 if problem else 200, switch="link", problem=problem, token=asked.token,
        file_name=shown(asked.file.name), hint=said["deposit_hint"].format(most=most), most=seen.front.app.most,
        most_words=most, files_at_once=1,
    )  # fmt: skip


def _problem(asked: Asked, sent: Posted) -> str:
    language = asked.seen.language
    if not sent.files:
        return words(language)["deposit_none"]
    return "\n".join(uploads.problems(sent, asked.seen.front.app.most, language))


async def _take_in(app: App, file: StoredFile, brought: UploadFile) -> None:
    """Keep the bytes under their row's name, then owe the look at them: broken off, the link still works."""
    data = await files.gather(uploads.chunks(brought), app.most)
    digest, name = digest_of(data), uploads.name_of(brought)
    sealed = app.ring.seal("attachments", "name", file.id, name.encode())
    async with app.database.begin() as session:
        if not await attachments.settle(session, file, file.status, digest=digest, size=len(data), name=sealed):
            return
    await app.files.keep(app.ring, file.lane, digest, data)
    here = Attachment(id=f"{files.STORED}{file.id}", kind="document", name=name, size=len(data))
    wanted = Fetch(lane=file.lane, message=file.message, ordinal=file.ordinal, attachment=here)
    async with app.database.begin() as session:
        home = await conversations.home(session, app.ring, file.lane)
        if home is not None and await attachments.settle(session, file, "quarantined", settled_at=None):
            await files.expect_upload(app, session, wanted, channel=home[0], chat=home[1])
