"""Those who write to the number in the fake WhatsApp: what each does becomes a message of a webhook."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.whatsapp import FakeWhatsapp
    from tests.fakes.whatsapp_wire import Sent


class Person:
    """Somebody on WhatsApp; who hides the phone number is known by the id for this business alone."""

    def __init__(self, fake: FakeWhatsapp, user_id: str, *, phone: str | None = "33600000001") -> None:
        self._fake, self.user_id, self.phone = fake, user_id, phone
        self.wrote_at: datetime | None = None
        """When the 24 hours began in which it may be answered freely."""

    @property
    def heard(self) -> list[Sent]:
        """What was said to this person."""
        return [one for one in self._fake.sent if one.to in {self.user_id, self.phone}]

    @property
    def contact(self) -> dict[str, Any]:
        number = {"wa_id": self.phone} if self.phone else {}
        return {"profile": {"name": "Firme fictive"}, "user_id": self.user_id, **number}

    async def writes(self, text: str) -> str:
        """Write a text; gives the id of the message."""
        return await self.sends(type="text", text={"body": text})

    async def sends(self, **content: Any) -> str:
        """Send anything, as the Cloud API calls it; gives the id of the message."""
        message = self.message(**content)
        await self._fake.bring(self, message)
        return str(message["id"])

    def message(self, **content: Any) -> dict[str, Any]:
        number = {"from": self.phone} if self.phone else {}
        at = int(self._fake.clock().timestamp())
        return {"id": self._fake.wamid(), "from_user_id": self.user_id, "timestamp": str(at), **number, **content}

    async def presses(self, title: str) -> str:
        """Press the newest button, or row of a list, that is called so."""
        shown = next(one for one in reversed(self.heard) if title in one.options.values())
        return await self.presses_button(next(key for key, name in shown.options.items() if name == title), shown)

    async def presses_button(self, key: str, shown: Sent) -> str:
        """Press the button, or row of a list, with this id under a message, even one that is no longer there."""
        title = shown.options.get(key, key)
        kind = "button_reply" if shown.buttons else "list_reply"
        reply = {"type": kind, kind: {"id": key, "title": title}}
        return await self.sends(type="interactive", context={"id": shown.id}, interactive=reply)

    async def sends_file(
        self, content: bytes, *, kind: str = "document", mime_type: str = "application/pdf", **more: Any
    ) -> str:
        """Send an image, a document, a sound or a film."""
        media = self._fake.upload(content, mime_type)
        return await self.sends(type=kind, **{kind: {"id": media, "mime_type": mime_type, "sha256": "x", **more}})

    async def reads(self) -> None:
        """Open the chat: all that was said there is read."""
        await self._fake.tell([(one.id, "read", 0) for one in self.heard])
