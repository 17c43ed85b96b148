"""The parts of a Bot API Update that we read; whatever else it holds is left alone."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[int, Field(ge=0, lt=2**33)]
"""Since 1970; no date that no calendar has."""
NOTICES = frozenset({
    "boost_added", "channel_chat_created", "chat_background_set", "chat_owner_changed", "chat_owner_left",
    "chat_shared", "checklist_tasks_added", "checklist_tasks_done", "community_chat_added", "community_chat_joined",
    "community_chat_removed", "connected_website", "delete_chat_photo", "direct_message_price_changed",
    "forum_topic_closed", "forum_topic_created", "forum_topic_edited", "forum_topic_reopened",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "gift_upgrade_sent", "giveaway_completed",
    "giveaway_created", "group_chat_created", "left_chat_member", "managed_bot_created",
    "message_auto_delete_timer_changed", "migrate_from_chat_id", "migrate_to_chat_id", "new_chat_members",
    "new_chat_photo", "new_chat_title", "paid_message_price_changed", "pinned_message", "poll_option_added",
    "poll_option_deleted", "proximity_alert_triggered", "refunded_payment", "successful_payment",
    "suggested_post_approval_failed", "suggested_post_approved", "suggested_post_declined", "suggested_post_paid",
    "suggested_post_refunded", "supergroup_chat_created", "user_shared", "users_shared", "video_chat_ended",
    "video_chat_participants_invited", "video_chat_scheduled", "video_chat_started", "write_access_allowed",
})  # fmt: skip
"""What a message may hold that nobody said: Telegram tells of the chat itself."""


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class User(Part):
    id: int


class Chat(Part):
    id: int
    type: str


class Entity(Part):
    type: str
    user: User | None = None


class File(Part):
    file_id: Annotated[str, Field(min_length=1)]
    file_unique_id: str = ""
    file_size: int | None = None
    file_name: str = ""
    mime_type: str = ""
    duration: int | None = None


class Photo(Part):
    file_id: Annotated[str, Field(min_length=1)]
    file_unique_id: str = ""
    width: int
    height: int
    file_size: int | None = None


class Sticker(Part):
    emoji: str = ""


class Contact(Part):
    phone_number: str
    user_id: int | None = None


class RepliedTo(Part):
    sender: Annotated[User | None, Field(alias="from")] = None


class Written(Part):
    """A message as Telegram has it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    message_id: int
    date: Seconds
    chat: Chat
    sender: Annotated[User | None, Field(alias="from")] = None
    edit_date: Seconds | None = None
    text: str = ""
    caption: str = ""
    entities: tuple[Entity, ...] = ()
    caption_entities: tuple[Entity, ...] = ()
    media_group_id: str | None = None
    reply_to_message: RepliedTo | None = None
    photo: tuple[Photo, ...] = ()
    document: File | None = None
    voice: File | None = None
    audio: File | None = None
    video: File | None = None
    video_note: File | None = None
    animation: File | None = None
    sticker: Sticker | None = None
    contact: Contact | None = None
    location: dict[str, Any] | None = None
    venue: dict[str, Any] | None = None

    @property
    def words(self) -> str:
        """Its text, or what stands under its picture."""
        return self.text or self.caption

    @property
    def marks(self) -> tuple[Entity, ...]:
        return self.entities + self.caption_entities

    @property
    def is_notice(self) -> bool:
        """Whether Telegram says something of the chat, and nobody said anything."""
        return not NOTICES.isdisjoint(self.model_extra or ())


class Under(Part):
    """The message whose button was pressed; of an old one Telegram keeps no more."""

    message_id: int
    chat: Chat


class Press(Part):
    id: Annotated[str, Field(min_length=1)]
    sender: Annotated[User, Field(alias="from")]
    data: str
    message: Under | None = None


class Membership(Part):
    status: str


class Member(Part):
    """What became of us in a chat."""

    chat: Chat
    date: Seconds
    new_chat_member: Membership


class Update(Part):
    """One thing that Telegram tells us; a kind that we do not ask for is left alone."""

    update_id: Annotated[int, Field(ge=0, lt=2**63)]
    message: Written | None = None
    edited_message: Written | None = None
    channel_post: Written | None = None
    callback_query: Press | None = None
    my_chat_member: Member | None = None
