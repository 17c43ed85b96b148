"""What Telegram sends becomes messages, and what we say becomes what Telegram takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.channel import Unreadable
from bot.channels.telegram import Me, decode, encode, rows, split_press
from bot.channels.telegram_text import LIMIT, slices, units
from stories.effects import Say
from stories.types import Attachment, Choice, Message
from tests.fakes.telegram_html import visible

PAYLOADS = Path(__file__).parent / "payloads" / "telegram"
ME = Me(id=700_000_001, username="portevoix_bot")


def body(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def read(name: str, me: Me = ME) -> Message:
    (message,) = decode(body(name), me)
    return message


def test_a_text_comes_with_its_chat_its_id_its_place_and_its_time() -> None:
    assert read("text") == Message(
        channel="telegram", chat="5120044", key="211", position=831001, text="Amazon a fermé mon compte hier soir.",
        sent_at=datetime.fromtimestamp(1795428211, UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("start", "/start"),
        ("command_with_name", "/statut PV-2026-7K3QZ-M"),
        ("sticker_thumb", "👍🏽"),
        ("own_contact", "+33612345678"),
        ("forwarded", "Votre compte est suspendu pour 30 jours."),
        ("photo", "La page de suspension"),
        ("album", "Mes factures"),
    ],
)
def test_what_is_said_in_other_ways_is_text(name: str, text: str) -> None:
    assert read(name).text == text
    assert read(name).event is None


@pytest.mark.parametrize(
    ("name", "attachment"),
    [
        ("photo", Attachment(id="AgAClarge", lasting="a3", kind="photo", media_type="image/jpeg", size=182044)),
        (
            "document",
            Attachment(
                id="BQACdoc",
                lasting="d1",
                kind="document",
                name="releve octobre.pdf",
                media_type="application/pdf",
                size=88211,
            ),
        ),
        (
            "voice",
            Attachment(id="AwACvoice", lasting="v1", kind="voice", media_type="audio/ogg", size=33100, seconds=14),
        ),
        (
            "audio",
            Attachment(
                id="CQACaudio",
                lasting="s1",
                kind="audio",
                name="appel.m4a",
                media_type="audio/mp4",
                size=900100,
                seconds=61,
            ),
        ),
        (
            "video",
            Attachment(id="BAACvideo", lasting="f1", kind="video", media_type="video/mp4", size=2500100, seconds=9),
        ),
        ("video_note", Attachment(id="DQACnote", lasting="f2", kind="video", size=410100, seconds=5)),
        (
            "animation",
            Attachment(
                id="CgACgif",
                lasting="g1",
                kind="video",
                name="ecran.mp4",
                media_type="video/mp4",
                size=120100,
                seconds=3,
            ),
        ),
    ],
)
def test_a_file_is_named_as_telegram_names_it(name: str, attachment: Attachment) -> None:
    assert read(name).attachments == (attachment,)
    assert read(name).event is None


def test_the_files_of_an_album_belong_together() -> None:
    assert read("album").album == "13790001"
    assert read("document").album is None


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("sticker_cat", "sticker"),
        ("other_contact", "contact"),
        ("location", "location"),
        ("venue", "location"),
        ("poll", "unsupported"),
        ("dice", "unsupported"),
        ("something_new", "unsupported"),
        ("group_command", "group"),
        ("group_mention", "group"),
        ("group_reply", "group"),
        ("channel_post", "not_addressed"),
        ("blocked", "blocked"),
        ("unblocked", "unblocked"),
    ],
)
def test_what_is_done_without_words_is_an_event_that_keeps_none(name: str, event: str) -> None:
    message = read(name)
    assert (message.event, message.text, message.attachments) == (event, "", ())


@pytest.mark.parametrize(
    "name",
    [
        "group_talk", "group_other_command", "group_joined", "added_to_group", "auto_delete_timer",
        "live_location_moves", "reaction",
    ],
)  # fmt: skip
def test_what_is_not_said_to_us_is_nothing(name: str) -> None:
    assert decode(body(name), ME) == []


def test_a_group_is_declined_too_while_we_do_not_know_our_own_name() -> None:
    nameless = Me(id=ME.id)
    assert read("group_command", nameless).event == "group"
    assert read("group_reply", nameless).event == "group"
    assert decode(body("group_mention"), nameless) == []


def test_an_edit_names_the_message_it_changes_and_has_a_key_of_its_own() -> None:
    edited = read("edited")
    assert (edited.key, edited.edits, edited.text) == (
        "211.1795429100", "211", "Amazon a fermé mon compte le 3 octobre."
    )  # fmt: skip
    assert edited.sent_at == datetime.fromtimestamp(1795429100, UTC)
    caption = read("edited_caption")
    assert (caption.edits, caption.text, len(caption.attachments)) == ("214", "La page du 3 octobre", 1)


def test_a_press_is_a_choice_and_says_how_it_is_answered() -> None:
    press = read("press")
    assert (press.key, press.choice) == ("press:2198843209999", "share_platform=anonymised")
    assert split_press(press.press or "") == ("2198843209999", 260)
    assert read("press_on_old").press == "2198843200001:12"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda u: u["message"].pop("chat"), "message.chat: missing"),
        (lambda u: u["message"].update(date="tomorrow"), "message.date: int_parsing"),
        (lambda u: u["message"].update(date=2**60), "message.date: less_than"),
        (lambda u: u["message"].update(text={"secret": "words"}), "message.text: string_type"),
        (lambda u: u.pop("update_id"), "update_id: missing"),
    ],
)
def test_a_payload_that_cannot_be_read_says_where_and_keeps_the_words_to_itself(change: Any, problem: str) -> None:
    update = json.loads(body("text"))
    change(update)
    with pytest.raises(Unreadable) as unreadable:
        decode(json.dumps(update).encode(), ME)
    assert str(unreadable.value) == problem
    assert unreadable.value.__cause__ is None


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"update_id": "x"}'])
def test_what_is_no_update_is_unreadable(garbage: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(garbage, ME)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["message", "chat", "id", "type", "date", "message_id", "text", "photo", "from"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_comes_is_read_or_unreadable(value: Any) -> None:
    try:
        decode(json.dumps({"update_id": 1, "message": value}).encode(), ME)
    except Unreadable:
        return


def test_strong_words_are_marked_and_everything_else_stays_text() -> None:
    (line,) = encode(Say(key="x", text="**Dossier** : <b>10 000 €</b> & « oui » ?"))
    assert line.html == ("<b>Dossier</b>\u00a0: &lt;b&gt;10\u00a0000\u00a0€&lt;/b&gt; &amp; «\u00a0oui\u00a0»\u00a0?")
    assert line.plain == "Dossier\u00a0: <b>10\u00a0000\u00a0€</b> & «\u00a0oui\u00a0»\u00a0?"


def test_two_short_buttons_share_a_row_and_a_long_one_stands_alone() -> None:
    labels = ["Oui", "Non", "Je ne sais pas", "Je préfère ne pas répondre", "Pourquoi ?", "Aide"]
    laid = rows([Choice(id=str(n), label=label) for n, label in enumerate(labels)])
    assert [[choice.label for choice in row] for row in laid] == [
        ["Oui", "Non"], ["Je ne sais pas"], ["Je préfère ne pas répondre"], ["Pourquoi ?", "Aide"]
    ]  # fmt: skip


def test_a_long_text_is_cut_after_a_paragraph_or_a_sentence_and_keeps_its_buttons_to_the_end() -> None:
    sentence = "Une phrase qui dit **ce qui** s'est passé. "
    text = (sentence * 40).strip() + "\n\n" + (sentence * 120).strip()
    lines = encode(Say(key="x", text=text, choices=(Choice(id="a", label="A"),)))
    assert len(lines) == 3
    assert all(line.plain.endswith(".") for line in lines)
    assert [bool(line.rows) for line in lines] == [False, False, True]
    assert " ".join(line.plain for line in lines).split() == text.replace("**", "").split()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.integers(20, 80))
def test_every_part_fits_is_well_formed_and_nothing_is_lost(text: str, most: int) -> None:
    parts = slices(text, most=most)
    assert all(units(part.plain) <= most for part in parts)
    assert all(visible(part.html) == part.plain for part in parts)
    whole = slices(text, most=10**6)[0].plain
    assert "".join("".join(part.plain for part in parts).split()) == "".join(whole.split())


def test_the_limit_counts_as_telegram_does() -> None:
    assert [units(part.plain) for part in slices("😀" * 3000)] == [LIMIT, 6000 - LIMIT]


def test_a_secret_is_veiled_so_that_no_lock_screen_shows_it() -> None:
    code = encode(Say(key="x", text="Votre code : 1234 5678 9012 3456. Gardez-le.", secret="access_code"))
    assert code[0].html == "Votre code\u00a0: <tg-spoiler>1234 5678 9012 3456</tg-spoiler>. Gardez-le."
    link = encode(Say(key="x", text="Le lien : https://a.example/reprendre/Zk-3", secret="resume_link"))
    assert "<tg-spoiler>https://a.example/reprendre/Zk-3</tg-spoiler>" in link[0].html
