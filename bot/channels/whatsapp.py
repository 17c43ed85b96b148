"""WhatsApp's payloads as messages, and what it tells of lines of ours. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.channels.channel import Unreadable
from storage.arrivals import Arrival, Delivery
from stories.types import Attachment, AttachmentKind, Event, Message

NAME = "whatsapp"
MEDIA: Mapping[str, AttachmentKind] = {
    "image": "photo", "document": "document", "audio": "audio", "video": "video",
}  # fmt: skip
EVENTS: Mapping[str, Event] = {"sticker": "sticker", "contacts": "contact", "location": "location"}
QUIET = frozenset({"reaction", "revoke", "system", "request_welcome"})
"""What says nothing to us: a thumb is no answer, and a message taken back stays as it was told."""
CAME: Mapping[str, Delivery] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed",
}  # fmt: skip
CLOSED = frozenset({131047})
"""More than 24 hours since the person last wrote."""
UNREACHABLE = frozenset({130497, 131021, 131026, 131030, 131050})
"""No such number, not allowed, too old an app, or a person who wants none of it."""


class Part(BaseModel):
    """A part of a payload: what we do not name is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Contact(Part):
    """Who writes: the network's own id for this business, and the phone number where the person shows it."""

    user_id: str | None = None
    wa_id: str | None = None


class Metadata(Part):
    phone_number_id: str


class Value(Part):
    """Messages to one number, and what is told of those from it."""

    metadata: Metadata
    contacts: tuple[Contact, ...] = ()
    messages: tuple[dict[str, Any], ...] = ()
    statuses: tuple[dict[str, Any], ...] = ()


class Change(Part):
    field: str
    value: dict[str, Any]


class Entry(Part):
    changes: tuple[Change, ...] = ()


class Payload(Part):
    """What WhatsApp sends in one call: the messages of many people, to several numbers."""

    object: Literal["whatsapp_business_account"]
    entry: tuple[Entry, ...]


class Text(Part):
    body: str


class Media(Part):
    id: str
    sha256: str = ""
    mime_type: str = ""
    caption: str = ""
    filename: str = ""
    voice: bool = False


class Reply(Part):
    """A button, or a row of a list."""

    id: str


class Interactive(Part):
    button_reply: Reply | None = None
    list_reply: Reply | None = None


class Pressed(Part):
    """A button of a template."""

    text: str


class Said(Part):
    """What a message holds, also in its new version."""

    type: str
    text: Text | None = None
    image: Media | None = None
    document: Media | None = None
    audio: Media | None = None
    video: Media | None = None
    interactive: Interactive | None = None
    button: Pressed | None = None


class Edit(Part):
    original_message_id: str
    message: Said


class Incoming(Said):
    """One message, with who sent it and when."""

    id: str = Field(min_length=1)
    timestamp: int
    sender: str | None = Field(default=None, alias="from")
    from_user_id: str | None = None
    group_id: str | None = None
    edit: Edit | None = None


class Fault(Part):
    code: int


class Status(Part):
    """What became of a message of ours."""

    id: str
    status: str
    errors: tuple[Fault, ...] = ()


def decode(body: bytes, phone_id: str) -> list[Message]:
    """The messages of a whole batch to this number. Raises Unreadable, with those that could be read all the same."""
    found: list[Message] = []
    problem = ""
    for value in _values(body, phone_id):
        for raw in value.messages:
            try:
                found.extend(_messages(Incoming.model_validate(raw), value))
            except (ValidationError, Unreadable, OverflowError, OSError) as error:
                problem = problem or _where(error)
    if problem:
        raise Unreadable(problem, found)
    return found


def arrivals(body: bytes, phone_id: str) -> list[Arrival]:
    """How far lines from this number have come; nothing where the payload cannot be read."""
    try:
        values = list(_values(body, phone_id))
    except Unreadable:
        return []
    return [one for value in values for raw in value.statuses if (one := _arrival(raw)) is not None]


def _values(body: bytes, phone_id: str) -> Iterator[Value]:
    try:
        payload = Payload.model_validate_json(body)
        changes = [change for entry in payload.entry for change in entry.changes if change.field == "messages"]
        values = [Value.model_validate(change.value) for change in changes]
    except ValidationError as error:
        raise Unreadable(_where(error)) from error
    return (value for value in values if value.metadata.phone_number_id == phone_id)


def _where(error: Exception) -> str:
    """Which part is wrong, and how, without what stands there."""
    if isinstance(error, Unreadable):
        return str(error)
    if not isinstance(error, ValidationError):
        return f"timestamp: {type(error).__name__}"
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(step) for step in first['loc'])}: {first['type']}"


def _messages(incoming: Incoming, value: Value) -> Iterator[Message]:
    if incoming.type in QUIET:
        return
    common: dict[str, Any] = {
        "channel": NAME,
        "key": incoming.id,
        "position": incoming.timestamp,
        "sent_at": datetime.fromtimestamp(incoming.timestamp, UTC),
    }
    if incoming.group_id is not None:
        yield Message(chat=incoming.group_id, event="group", **common)
        return
    said: Said = incoming.edit.message if incoming.type == "edit" and incoming.edit is not None else incoming
    edits = incoming.edit.original_message_id if said is not incoming and incoming.edit is not None else None
    yield Message(chat=_person(incoming, value.contacts), edits=edits, **common, **_content(said))


def _person(incoming: Incoming, contacts: Sequence[Contact]) -> str:
    """The person's id for this business, which stays when the phone number is hidden; else the number."""
    if incoming.from_user_id:
        return incoming.from_user_id
    alone = len(contacts) == 1
    for contact in contacts:
        if contact.user_id and (contact.wa_id == incoming.sender or alone):
            return contact.user_id
    if incoming.sender:
        return incoming.sender
    raise Unreadable("messages.from: missing")


def _content(said: Said) -> dict[str, Any]:
    """The parts of a message that say something; a kind that we do not know is an event."""
    kind = said.type
    media: Media | None = getattr(said, kind) if kind in MEDIA else None
    if kind == "text" and said.text is not None:
        return {"text": said.text.body}
    if media is not None:
        return {"text": media.caption, "attachments": (_attachment(kind, media),)}
    if kind == "button" and said.button is not None:
        return {"text": said.button.text}
    pressed = said.interactive and (said.interactive.button_reply or said.interactive.list_reply)
    if pressed:
        return {"choice": pressed.id}
    return {"event": EVENTS.get(kind, "unsupported")}


def _attachment(kind: str, media: Media) -> Attachment:
    media_type = media.mime_type.partition(";")[0].strip()
    return Attachment(
        id=media.id, lasting=media.sha256, kind="voice" if media.voice else MEDIA[kind], name=media.filename,
        media_type=media_type,
    )  # fmt: skip


def _arrival(raw: Mapping[str, Any]) -> Arrival | None:
    """What one status tells; None where it is none that we know."""
    try:
        status = Status.model_validate(raw)
    except ValidationError:
        return None
    came = CAME.get(status.status)
    if came is None:
        return None
    codes = {fault.code for fault in status.errors}
    because: Literal["closed", "unreachable"] | None = None
    if came == "failed":
        because = "closed" if codes & CLOSED else "unreachable" if codes & UNREACHABLE else None
    return Arrival(line=status.id, came=came, because=because)
