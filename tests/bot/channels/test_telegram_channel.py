"""Telegram from end to end: a person writes there, and is answered there, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.channel import Gone, Retry, TooLarge, Unreachable
from bot.delivery import deliver
from bot.intake import take_turns
from storage import inbox, unreadable
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow
from storage.tables import ConversationRow
from stories.effects import Say
from stories.types import Attachment, Choice
from tests.bot.channels.wired import ADDRESS, Wired, wired
from tests.bot.site import STORY
from tests.fakes.telegram_people import BOT

OK = 200


def texts(both: Wired, chat: int = 7) -> list[str]:
    return [one.text for one in both.fake.said(chat)]


async def test_a_message_is_kept_before_it_is_acknowledged_and_answered(tiny: Wired) -> None:
    await tiny.fake.person().writes("Bonjour")
    assert await tiny.received() == 1
    assert tiny.fake.waiting == []
    await tiny.settle()
    assert texts(tiny) == ["1: Bonjour"]
    assert tiny.fake.actions == [7]


@pytest.mark.parametrize("secret", [None, b"", b"wrong", b"\xc3\xa9"])
async def test_a_forged_call_is_refused_and_leaves_no_trace(real: Wired, secret: bytes | None) -> None:
    body = json.dumps({"update_id": 1, "message": real.fake.person().message(text="faux")}).encode()
    headers = {} if secret is None else {b"x-telegram-bot-api-secret-token": secret}
    answer = await real.web.post(ADDRESS, content=body, headers=headers)
    assert answer.status_code == 403
    assert await real.received() == 0
    async with real.app.database.read() as session:
        assert await unreadable.count(session) == 0


async def test_two_bots_have_two_secrets(tiny: Wired, sqlite: Database, ring: KeyRing) -> None:
    async with wired(sqlite, ring) as same:
        assert same.channel.secret == tiny.channel.secret
    assert len(tiny.channel.secret) == 64


async def test_what_is_called_again_and_again_is_taken_once(tiny: Wired) -> None:
    tiny.fake.faults.repeat = 3
    await tiny.fake.person().writes("Bonjour")
    await tiny.settle()
    assert await tiny.received() == 1
    assert texts(tiny) == ["1: Bonjour"]


async def test_a_payload_that_cannot_be_read_is_acknowledged_and_kept(tiny: Wired) -> None:
    body = json.dumps({"update_id": 1, "message": {"text": "mes mots"}}).encode()
    for _ in range(2):
        assert await tiny.fake.call_hook(body, tiny.channel.secret) == OK
    async with tiny.app.database.read() as session:
        (kept,) = await unreadable.latest(session, tiny.app.ring, limit=9)
        assert await unreadable.content(session, tiny.app.ring, kept.id) == body
    assert kept.problem == "message.message_id: missing"
    assert await tiny.received() == 0


async def test_an_album_has_one_answer(sqlite: Database, ring: KeyRing) -> None:
    async with wired(sqlite, ring, burst=timedelta(seconds=1)) as both:
        await both.hook()
        await both.fake.person().sends_files(b"a", b"b", b"c", kind="photo", caption="Les trois pages")
        await both.settle()
        assert len(both.fake.said()) == 1
        assert "Les trois pages" in texts(both)[0]


async def test_a_group_is_declined_once_and_nothing_said_there_is_kept(real: Wired) -> None:
    group = real.fake.group()
    await group.writes("Vous avez vu les nouveaux frais ?")
    await group.writes("/aide@portevoix_bot")
    await group.writes("et là ?", reply_to_message={"message_id": 1, "from": {"id": BOT}})
    await real.settle()
    (said,) = texts(real, -1007)
    assert "message privé" in said
    assert [line.text for line in await real.transcript(-1007) if line.sender == "person"] == ["", ""]
    async with real.app.database.read() as session:
        assert (await inbox.ledger(session)).unanswered == {"group": 1}


async def test_who_blocks_us_gets_nothing_more_until_the_bot_is_let_in_again(tiny: Wired) -> None:
    ana = tiny.fake.person()
    await ana.writes("Bonjour")
    await take_turns(tiny.app)
    await ana.blocks()
    await tiny.settle()
    assert texts(tiny) == []
    async with tiny.app.database.read() as session:
        (row,) = await session.scalars(select(ConversationRow))
    assert row.unreachable_at is not None
    await ana.unblocks()
    await ana.writes("Me revoilà")
    await tiny.settle()
    assert texts(tiny)[-1].endswith("Me revoilà")
    async with tiny.app.database.read() as session:
        (row,) = await session.scalars(select(ConversationRow))
    assert row.unreachable_at is None


async def test_a_403_is_shown_and_holds_nobody_else(tiny: Wired) -> None:
    tiny.fake.faults.blocked.add(7)
    await tiny.fake.person(7).writes("un")
    await tiny.fake.person(8).writes("deux")
    await tiny.settle()
    assert texts(tiny, 8) == ["1: deux"]
    async with tiny.app.database.read() as session:
        found = {row.unreachable_at is None for row in await session.scalars(select(ConversationRow))}
    assert found == {True, False}


async def test_a_chat_told_to_wait_waits_and_no_other_does(tiny: Wired) -> None:
    tiny.fake.faults.too_many[7] = [30]
    await tiny.fake.person(7).writes("un")
    await tiny.fake.person(8).writes("deux")
    await take_turns(tiny.app)
    while await deliver(tiny.app):
        pass
    assert [one.chat for one in tiny.fake.sent] == [8]
    tiny.clock.pass_(29)
    assert await deliver(tiny.app) == 0
    tiny.clock.pass_(1)
    await tiny.settle()
    assert [one.chat for one in tiny.fake.sent] == [8, 7]


async def test_one_chat_gets_a_few_lines_at_once_and_then_one_a_second(tiny: Wired) -> None:
    tiny.fake.person()
    for _ in range(5):
        await tiny.channel.send("7", Say(key="x", text="a"))
    with pytest.raises(Retry) as late:
        await tiny.channel.send("7", Say(key="x", text="a"))
    assert late.value.after == timedelta(seconds=1)
    assert not late.value.counts
    tiny.clock.pass_(1)
    await tiny.channel.send("7", Say(key="x", text="a"))


async def test_the_bot_says_thirty_lines_a_second_and_no_more(tiny: Wired) -> None:
    for chat in range(1, 32):
        tiny.fake.person(chat)
    for chat in range(1, 31):
        await tiny.channel.send(str(chat), Say(key="x", text="a"))
    with pytest.raises(Retry):
        await tiny.channel.send("31", Say(key="x", text="a"))


async def test_a_long_line_that_is_cut_off_goes_on_where_it_was(tiny: Wired) -> None:
    tiny.fake.person()
    say = Say(key="letter", text=("Une phrase de la lettre. " * 400).strip())
    tiny.fake.faults.too_many[7] = [1]
    with pytest.raises(Retry):
        await tiny.channel.send("7", say)
    tiny.fake.faults.too_many[7] = []
    await tiny.channel.send("7", say)
    assert " ".join(texts(tiny)) == say.text
    assert len(texts(tiny)) == 3


async def test_a_line_whose_marks_telegram_cannot_read_is_sent_without_them(tiny: Wired) -> None:
    tiny.fake.person()
    tiny.fake.faults.unparsed = 1
    await tiny.channel.send("7", Say(key="x", text="**Oui** & non", choices=(Choice(id="a", label="A"),)))
    (said,) = tiny.fake.said()
    assert (said.text, said.html, said.labels) == ("Oui & non", "Oui & non", ["A"])


async def test_a_group_that_moved_is_followed(tiny: Wired) -> None:
    tiny.fake.group(-1005)
    tiny.fake.faults.migrated[-5] = -1005
    for text in ("un", "deux"):
        await tiny.channel.send("-5", Say(key="x", text=text))
    assert texts(tiny, -1005) == ["un", "deux"]
    assert [call for call, asked in tiny.fake.calls if str(asked.get("chat_id")) == "-5"] == ["sendMessage"]


async def test_a_line_for_a_chat_that_is_gone_is_unreachable(tiny: Wired) -> None:
    with pytest.raises(Unreachable):
        await tiny.channel.send("99", Say(key="x", text="a"))


async def test_typing_is_shown_now_and_then_however_much_is_written(tiny: Wired) -> None:
    ana = tiny.fake.person()
    for n in range(6):
        await ana.writes(f"message {n}")
        await asyncio.sleep(0)
    tiny.clock.pass_(5)
    await ana.writes("encore")
    await tiny.settle()
    assert len(tiny.fake.actions) <= 2


async def test_a_file_is_fetched_unless_it_is_larger_than_may_be_kept(tiny: Wired) -> None:
    tiny.fake.files |= {"F": (b"facture", 7), "G": (b"", 30_000_000)}
    fetch = tiny.channel.fetch
    assert await fetch(Attachment(id="F", kind="document"), most=100) == b"facture"
    with pytest.raises(TooLarge):
        await fetch(Attachment(id="F", kind="document"), most=3)
    with pytest.raises(TooLarge):
        await fetch(Attachment(id="G", kind="document"), most=100_000_000)
    asked = len(tiny.fake.calls)
    with pytest.raises(TooLarge):
        await fetch(Attachment(id="F", kind="document", size=101), most=100)
    assert len(tiny.fake.calls) == asked
    with pytest.raises(Gone):
        await fetch(Attachment(id="nowhere", kind="document"), most=100)


async def test_a_press_is_answered_its_buttons_go_and_it_chooses(real: Wired) -> None:
    ana = real.fake.person()
    await ana.writes("/start")
    await real.settle()
    notice = next(one for one in real.fake.said() if "English" in one.labels)
    press = await ana.presses("English")
    await real.settle()
    assert press in real.fake.answered
    assert notice.rows == []
    assert any("English" in text for text in texts(real)[-2:])


async def test_a_stale_button_is_answered_that_its_question_is_closed(real: Wired) -> None:
    ana = real.fake.person()
    await ana.writes(STORY)
    await real.settle()
    asked = next(one for one in reversed(real.fake.said()) if one.rows)
    label = asked.labels[0]
    await ana.writes("A")
    await real.settle()
    press = await ana.presses(label, under=asked)
    await real.settle()
    assert any("déjà close" in text for text in texts(real)[-3:])
    assert press in real.fake.answered
    assert asked.rows == []
    again = await ana.presses(label, under=asked)
    await real.settle()
    assert again in real.fake.answered


async def test_an_edited_message_is_read_again_and_is_no_new_answer(real: Wired) -> None:
    ana = real.fake.person()
    told = await ana.writes(STORY)
    await real.settle()
    before = len(texts(real))
    await ana.edits(told, STORY.replace("20%", "35%"))
    await real.settle()
    new = texts(real)[before:]
    assert any("message modifié" in text for text in new)
    said = [line for line in await real.transcript() if line.sender == "person"]
    assert ["20%" in said[0].text, "35%" in said[1].text] == [True, True]
    assert said[1].edits == str(told)


async def test_a_case_is_filed_in_a_whole_conversation_under_repeats_and_disorder(real: Wired) -> None:
    ana = real.fake.person()
    real.fake.faults.repeat = 1
    await ana.writes("/start")
    await real.settle()
    await ana.writes(STORY)
    await real.settle()
    for _ in range(6):
        labels = [label for one in real.fake.said() for label in one.labels]
        if "Envoyer" in labels:
            break
        await ana.writes("A")
        await real.settle()
    await ana.presses("Envoyer")
    await real.settle()
    await ana.writes("mon code")
    await real.settle()
    async with real.app.database.read() as session:
        (case,) = await session.scalars(select(CaseRow))
        assert (await inbox.ledger(session)).balances
    assert (case.channel, case.platform_id) == ("telegram", "amazon")
    assert case.reference in " ".join(texts(real))
    assert sum("<tg-spoiler>" in one.html for one in real.fake.said()) == 1


@pytest.mark.parametrize("command", ["/langue", "/language@portevoix_bot"])
async def test_the_language_command_turns_to_the_other_language(real: Wired, command: str) -> None:
    ana = real.fake.person()
    await ana.writes(command)
    await real.settle()
    assert any("English" in text for text in texts(real))
    await ana.writes(command)
    await real.settle()
    assert any("français" in text for text in texts(real)[-2:])


async def test_the_process_is_ready_once_the_library_is_loaded(tiny: Wired) -> None:
    assert (await tiny.web.get("/health")).json()["ready"]
    opening: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    object.__setattr__(tiny.app, "opening", opening)
    health = await tiny.web.get("/health")
    assert (health.status_code, health.json()["ready"]) == (503, False)
    opening.set_result(None)
    assert (await tiny.web.get("/health")).status_code == OK
