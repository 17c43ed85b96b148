"""What WhatsApp's payloads say: whole batches, one person whatever is shown of it, and nothing that is none of ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels import whatsapp
from bot.channels.channel import Unreadable
from storage.arrivals import Arrival
from stories.types import Attachment, Message
from tests.fakes.whatsapp import PHONE_ID

PAYLOADS = Path(__file__).parent / "payloads" / "whatsapp"


def body(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def decoded(name: str) -> list[Message]:
    return whatsapp.decode(body(name), PHONE_ID)


def test_a_text_becomes_a_message_and_the_advertisement_it_came_by_is_not_kept() -> None:
    assert decoded("text") == [
        Message(
            channel="whatsapp", chat="FR.1001", key="wamid.T1", position=1795424400,
            text="Amazon a fermé mon compte.", sent_at=datetime.fromtimestamp(1795424400, UTC),
        )
    ]  # fmt: skip


def test_files_keep_their_caption_name_and_kind() -> None:
    told = decoded("files")
    assert [message.text for message in told] == ["Le message reçu", "", "", "", "L'écran"]
    assert [message.attachments for message in told] == [
        (Attachment(id="901", lasting="x", kind="photo", media_type="image/jpeg"),),
        (Attachment(id="902", lasting="x", kind="document", name="décision.pdf", media_type="application/pdf"),),
        (Attachment(id="903", lasting="x", kind="voice", media_type="audio/ogg"),),
        (Attachment(id="904", lasting="x", kind="audio", media_type="audio/mpeg"),),
        (Attachment(id="905", lasting="x", kind="video", media_type="video/mp4"),),
    ]


def test_what_is_done_instead_of_writing_is_an_event() -> None:
    assert [message.event for message in decoded("events")] == [
        "sticker", "contact", "location", "unsupported", "unsupported", "unsupported",
    ]  # fmt: skip
    assert all(not message.text and not message.attachments for message in decoded("events"))


def test_a_thumb_a_message_taken_back_and_news_of_the_account_say_nothing() -> None:
    assert decoded("quiet") == []


def test_a_button_and_a_row_of_a_list_are_choices() -> None:
    told = decoded("replies")
    assert [message.choice for message in told] == ["split=two", "platform_id=amazon", None]
    assert told[2].text == "Lire la réponse"


def test_an_edited_message_names_the_one_it_replaces() -> None:
    (told,) = decoded("edit")
    assert (told.key, told.edits, told.text) == ("wamid.X1", "wamid.T1", "En fait, c'est Cdiscount.")


def test_a_group_is_told_apart_and_its_words_are_not_kept() -> None:
    (told,) = decoded("group")
    assert (told.chat, told.event, told.text) == ("Y2FwaV9ncm91cDox", "group", "")


def test_a_person_is_the_same_whether_or_not_the_number_is_shown() -> None:
    assert [(message.chat, message.text) for message in decoded("who")] == [
        ("FR.1001", "les deux"),
        ("FR.1001", "sans numéro"),
        ("33600000007", "sans identifiant"),
        ("FR.1001", "dans la fiche"),
    ]


def test_a_batch_is_read_whole_but_for_other_numbers() -> None:
    assert [(message.chat, message.text) for message in decoded("batch")] == [
        ("FR.1001", "premier"),
        ("FR.1001", "deuxième"),
        ("FR.1002", "troisième"),
    ]
    assert whatsapp.arrivals(body("batch"), PHONE_ID) == [Arrival(line="wamid.OURS", came="read")]


def test_statuses_tell_how_far_our_lines_came_and_why_not() -> None:
    assert decoded("statuses") == []
    assert whatsapp.arrivals(body("statuses"), PHONE_ID) == [
        Arrival(line="wamid.A", came="sent"),
        Arrival(line="wamid.B", came="delivered"),
        Arrival(line="wamid.C", came="read"),
        Arrival(line="wamid.D", came="failed", because="closed"),
        Arrival(line="wamid.E", came="failed", because="unreachable"),
        Arrival(line="wamid.F", came="failed"),
    ]


def test_of_a_batch_with_a_broken_message_the_others_are_read_and_its_words_are_not_told() -> None:
    with pytest.raises(Unreadable) as caught:
        decoded("half_malformed")
    assert [message.text for message in caught.value.read] == ["lisible"]
    assert str(caught.value) == "text.body: missing"


@pytest.mark.parametrize(
    "broken",
    [
        b"", b"no json", b"[]", b'{"object": "page", "entry": []}', b'{"object": "whatsapp_business_account"}',
        json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"changes": [{"field": "messages", "value": {"messages": []}}]}],
            }
        ).encode(),
        body("text").replace(b'"1795424400"', b'"99999999999999999"'),
        body("text").replace(b'"id": "wamid.T1"', b'"id": ""'),
        body("text").replace(b'"from', b'"to').replace(b'"user_id"', b'"x"'),
    ],
)  # fmt: skip
def test_what_is_no_payload_is_unreadable_and_tells_of_no_line(broken: bytes) -> None:
    with pytest.raises(Unreadable):
        whatsapp.decode(broken, PHONE_ID)
    assert whatsapp.arrivals(broken, PHONE_ID) == []
