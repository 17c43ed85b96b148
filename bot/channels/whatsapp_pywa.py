"""WhatsApp through pywa's client, types and signature check; its dispatcher and server are not used."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx

from bot.channels import whatsapp
from bot.channels.channel import Closed, Gone, Hooked, Refused, Retry, TooLarge, Unreachable
from bot.channels.settings import WHATSAPP_API, WhatsappSettings
from bot.channels.whatsapp_lines import Outgoing, encode
from storage.arrivals import Arrival
from stories.effects import Say
from stories.types import Attachment, Language, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pywa.errors import WhatsAppError
    from pywa.types.callback import Button, SectionList

WINDOW = timedelta(hours=24)
PATIENCE = httpx.Timeout(20, connect=5)
SIGNATURE = "x-hub-signature-256"
SOON = timedelta(seconds=5)
PAUSES: Mapping[int, timedelta] = {
    4: timedelta(minutes=1),
    80007: timedelta(minutes=1),
    130429: timedelta(seconds=2),
    131048: timedelta(minutes=10),
    131056: timedelta(seconds=6),
    131057: timedelta(minutes=1),
    131064: timedelta(minutes=10),
}
"""What is slowed down, and for how long: the application, the account, the number, the pair of numbers."""
LOCKED = frozenset({0, 3, 10, 190, *range(200, 300), 368, 401, 403, 131005, 131031, 131042, 131045, 133010})
"""Nothing can be sent until an operator has looked: a token, a permission, a payment, the number itself."""
LOCKED_PAUSE = timedelta(minutes=5)
TEMPLATES = range(132000, 133000)
WRONG = frozenset({100, 131008, 131009, 131051})
"""The message itself is not one that WhatsApp takes."""
GONE = frozenset({100, 131052})
"""The same of a file: there is none of this id any more."""
NOT_FOUND, BROKEN = 404, 500

LOG = logging.getLogger(__name__)
logging.getLogger("pywa").setLevel(logging.ERROR)  # It would log requests, which hold words.


class Whatsapp(Hooked):
    """A number of WhatsApp on Meta's Cloud API."""

    name = whatsapp.NAME
    window = WINDOW

    def __init__(self, settings: WhatsappSettings) -> None:
        from pywa.utils import webhook_updates_validator
        from pywa_async.client import WhatsApp as Client

        self._settings = settings
        self._is_signed: Callable[..., bool] = webhook_updates_validator
        self._session = httpx.AsyncClient(timeout=PATIENCE)
        self._client = Client(
            phone_id=settings.phone_id, token=settings.token, session=self._session, validate_updates=False
        )
        self._session.base_url = httpx.URL(str(self._session.base_url).replace(WHATSAPP_API, settings.api, 1))
        self.announces = settings.template is not None

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = headers.get(SIGNATURE, "")
        return (
            given.startswith("sha256=")
            and given.isascii()
            and self._is_signed(app_secret=self._settings.app_secret, request_body=body, x_hub_signature=given)
        )

    def challenge(self, query: Mapping[str, str]) -> str | None:
        token = query.get("hub.verify_token", "").encode()
        ours = hmac.compare_digest(token, self._settings.verify_token.encode())
        return query.get("hub.challenge") if ours and query.get("hub.mode") == "subscribe" else None

    def decode(self, body: bytes) -> Sequence[Message]:
        return whatsapp.decode(body, self._settings.phone_id)

    def arrivals(self, body: bytes) -> Sequence[Arrival]:
        return whatsapp.arrivals(body, self._settings.phone_id)

    async def send(self, chat: str, say: Say) -> str | None:
        """Hand over a line, in as many messages as it needs; the last one's id."""
        line = None
        for outgoing in encode(say):
            with self._remedied():
                sent = await self._client.send_message(to=chat, text=outgoing.text, buttons=_buttons(outgoing))
            line = sent.id
        return line

    async def announce(self, chat: str, language: Language) -> None:
        """Send the approved template, which has no words of the case."""
        from pywa.types.templates import TemplateLanguage

        languages = {"fr": TemplateLanguage.FRENCH, "en": TemplateLanguage.ENGLISH}
        with self._remedied():
            await self._client.send_template(to=chat, name=self._settings.template, language=languages[language])

    async def seen(self, messages: Sequence[Message]) -> None:
        """The ticks turn blue and the three dots show, under the last message of each person."""
        last = {message.chat: message.key for message in messages}
        await asyncio.gather(*(self._client.indicate_typing(message_id=key) for key in last.values()))

    async def fetch(self, attachment: Attachment, *, most: int) -> bytes:
        with self._remedied(fetching=True):
            media = await self._client.get_media_url(attachment.id)
            if media.file_size > most:
                raise TooLarge(attachment.kind, media.file_size)
            content = bytearray()
            async for chunk in self._client.stream_media(media.url):
                content += chunk
                if len(content) > most:
                    raise TooLarge(attachment.kind, len(content))
        return bytes(content)

    async def close(self) -> None:
        await self._session.aclose()

    @contextmanager
    def _remedied(self, *, fetching: bool = False) -> Iterator[None]:
        """What goes wrong there, named by its remedy."""
        from pywa.errors import WhatsAppError

        try:
            yield
        except WhatsAppError as error:
            raise self._remedy(error, fetching=fetching) from None  # Its text may hold words.
        except httpx.HTTPStatusError as error:
            raise _of_status(error.response.status_code) from None
        except httpx.TransportError as error:
            raise Retry(SOON) from error

    def _remedy(self, error: WhatsAppError, *, fetching: bool) -> Exception:
        code, status = error.code, error.status_code or 0
        if code in PAUSES:
            return Retry(PAUSES[code], counts=False)
        if code in whatsapp.CLOSED:
            return Closed(code)
        if code in whatsapp.UNREACHABLE:
            return Unreachable(code)
        if status >= BROKEN or error.is_transient:
            return Retry(SOON)
        if fetching and (code in GONE or status == NOT_FOUND):
            return Gone(code)
        if code in WRONG:
            LOG.error("WhatsApp does not take a message of ours: error %d", code)
            return Refused(code)
        return self._locked(code)

    def _locked(self, code: int) -> Retry:
        """What an operator must mend; until then everything waits."""
        if code in TEMPLATES:
            LOG.error(
                "WHATSAPP_TEMPLATE: WhatsApp does not take the template %s (error %d): see docs/whatsapp.md",
                self._settings.template, code,
            )  # fmt: skip
        elif code in LOCKED:
            LOG.error(
                "WHATSAPP_TOKEN or WHATSAPP_PHONE_ID: WhatsApp lets us send nothing (error %d): see docs/whatsapp.md",
                code,
            )
        else:
            return Retry(SOON)
        return Retry(LOCKED_PAUSE, counts=False)


def _of_status(status: int) -> Exception:
    """The remedy for a file that cannot be had."""
    return Gone(status) if status == NOT_FOUND else Retry(SOON)


def _buttons(outgoing: Outgoing) -> list[Button] | SectionList | None:
    from pywa.types.callback import Button, Section, SectionList, SectionRow

    if outgoing.rows:
        rows: list[Any] = [
            SectionRow(title=row.title, callback_data=row.id, description=row.description or None)
            for row in outgoing.rows
        ]
        return SectionList(button_title=outgoing.opens, sections=[Section(title=outgoing.opens, rows=rows)])
    return [Button(title=one.title, callback_data=one.id) for one in outgoing.buttons] or None
