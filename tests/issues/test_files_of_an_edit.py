"""Telegram sends a photo again with each edit of its caption, and it was then kept and announced a second time."""

from __future__ import annotations

from stories.effects import KeepAttachment
from stories.types import Attachment
from tests.stories.talk import CLOSED, Talk


def _photo(file: str, lasting: str) -> Attachment:
    return Attachment(id=file, lasting=lasting, kind="photo")


def _kept(talk: Talk) -> list[str]:
    return [effect.attachment.id for effect in talk.effects if isinstance(effect, KeepAttachment)]


def _with_a_photo() -> Talk:
    talk = Talk().tell(CLOSED, attachments=(_photo("A", "a"),))
    assert _kept(talk) == ["A"]
    return talk


def test_the_photo_of_an_edited_caption_is_kept_once() -> None:
    talk = _with_a_photo().tell(CLOSED.replace("15", "25"), edits="m1", attachments=(_photo("A2", "a"),))
    assert _kept(talk) == []
    assert "files.came_one" not in talk.keys
    assert talk.value("loss_eur") == 25_000


def test_a_caption_taken_away_brings_no_file_either() -> None:
    assert _kept(_with_a_photo().tell("", edits="m1", attachments=(_photo("A2", "a"),))) == []


def test_a_photo_put_in_the_place_of_another_is_kept() -> None:
    assert _kept(_with_a_photo().tell(CLOSED, edits="m1", attachments=(_photo("B", "b"),))) == ["B"]


def test_a_file_sent_twice_is_two_files() -> None:
    assert _kept(_with_a_photo().tell("", attachments=(_photo("A", "a"),))) == ["A"]
