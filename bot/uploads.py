"""Forms that may bring files: what is too large is passed by while it comes in, and nothing else is lost by it.

Of a large file the greater part lies in an unnamed file of the system, as long as the request lasts.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from bot import files
from bot.app import App
from bot.guard import BODY_LIMIT, MOST_FIELDS, clean, read_form
from bot.pages import words
from bot.visit import address_of, front_of
from stories.formats import weight
from stories.types import Attachment, Language, Message

AT_ONCE = 5
"""Files of one message."""
PARTS = 50
"""Files in a form, of which all but the first few are refused in words."""
PASSED_BY = 40
"""How many times the largest file a form is read as far as, before it is refused altogether."""
BESIDE = 20
"""How many forms with files may come in from one address side by side."""
CHUNK = 64 * 1024
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a page sent."""

    fields: Mapping[str, str]
    files: Sequence[UploadFile] = ()

    @property
    def content(self) -> Iterator[str]:
        """What tells these files from others."""
        for file in self.files:
            yield from (name_of(file), str(file.size))


class Sieve(MultiPartParser):
    """Takes a form apart without keeping more of a file than may be kept."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None], *, most: int) -> None:
        super().__init__(headers, stream, max_files=PARTS, max_fields=MOST_FIELDS, max_part_size=BODY_LIMIT)
        self._most, self._told = most, 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        file = self._current_part.file
        if file is None:
            self._told += end - start
            if self._told > BODY_LIMIT:
                raise HTTPException(413)
        if file is None or (self._current_files <= AT_ONCE and (file.size or 0) <= self._most):
            super().on_part_data(data, start, end)


@asynccontextmanager
async def posted(request: Request) -> AsyncIterator[Posted]:
    """A form, with or without files; the files are gone afterwards.

    Raises HTTPException: 413 where it is too long, 400 where it has too many parts or is no form, 429 where too many
    come from one address.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        yield Posted(fields=await read_form(request))
        return
    with _coming_in(request):
        form = await _read(request, front_of(request).app.most)
        try:
            yield _posted(form)
        finally:
            await form.close()


@contextmanager
def _coming_in(request: Request) -> Iterator[None]:
    """Count a form with files for as long as its files lie here. Raises HTTPException 429."""
    coming, address = front_of(request).coming_in, address_of(request)
    if coming[address] >= BESIDE:
        raise HTTPException(429)
    coming[address] += 1
    try:
        yield
    finally:
        coming[address] -= 1
        if not coming[address]:
            del coming[address]


async def _read(request: Request, most: int) -> FormData:
    try:
        return await Sieve(request.headers, _stream(request, PASSED_BY * most), most=most).parse()
    except MultiPartException as error:
        raise HTTPException(400) from error


def problems(sent: Posted, most: int, language: Language) -> list[str]:
    """What is wrong with the files of a form, a line each."""
    said, found = words(language), []
    if len(sent.files) > AT_ONCE:
        return [said["files_many"].format(count=len(sent.files), most=AT_ONCE)]
    for file in sent.files:
        if (file.size or 0) > most:
            found.append(said["file_large"].format(name=name_of(file), most=weight(most, language)))
        elif not file.size:
            found.append(said["file_empty"].format(name=name_of(file)))
    return found


async def keep(app: App, message: Message, sent: Posted) -> tuple[Attachment, ...]:
    """Keep the files of a message that is about to enter the inbox. Raises TooLarge."""
    lane = app.ring.lane(message.lane)
    return tuple(
        [
            await files.take_upload(app, lane, message.key, place, name_of(file), chunks(file))
            for place, file in enumerate(sent.files)
        ]
    )


def name_of(file: UploadFile) -> str:
    """As the person's device calls it, without its folders."""
    given = clean(file.filename or "").replace("\n", " ")
    return PurePosixPath(PureWindowsPath(given).name).name[-LONGEST_NAME:]


def _posted(form: FormData) -> Posted:
    """An empty field for files is sent as a file without a name."""
    fields = {name: clean(value) for name, value in form.multi_items() if isinstance(value, str)}
    brought = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    return Posted(fields=fields, files=[file for file in brought if file.filename or file.size])


async def _stream(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body. Raises HTTPException 413 where it has no end."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise HTTPException(413)
        yield chunk


async def chunks(file: UploadFile) -> AsyncIterator[bytes]:
    """What a file holds, from its beginning."""
    await file.seek(0)
    while chunk := await file.read(CHUNK):
        yield chunk
