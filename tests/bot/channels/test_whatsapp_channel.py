"""WhatsApp end to end, against a network as strict as Meta's: asked, answered, refused, slowed down, forged."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.channel import Retry, Unreachable
from bot.delivery import deliver
from storage import inbox, unreadable
from storage.crypto import KeyRing
from storage.database import Database
from storage.tables import OutboxRow
from stories.effects import Say
from stories.script import Script
from stories.types import Choice
from tests.bot.channels.wired_whatsapp import PAGE, Wired, wired
from tests.fakes.whatsapp import VERIFY, payload, signature

DAY = 24 * 3600


@pytest.fixture
async def sqlite(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "whatsapp.db")
    database = Database(f"sqlite:///{tmp_path / 'whatsapp.db'}")
    yield database
    await database.close()


@pytest.fixture
async def tiny(sqlite: Database, ring: KeyRing, script: Script) -> AsyncIterator[Wired]:
    async with wired(sqlite, ring, script=script) as both:
        yield both


@pytest.fixture
async def real(sqlite: Database, ring: KeyRing, script: Script) -> AsyncIterator[Wired]:
    async with wired(sqlite, ring, script=script, talks=True) as both:
        yield both


async def test_a_story_is_answered_and_a_press_is_understood(real: Wired) -> None:
    person = real.fake.person()
    await person.writes("amazon a fermé mon compte en octobre, personne ne répond")
    await real.work()
    assert person.heard[0].text.startswith("Bonjour. Je suis Portevoix")
    await person.presses("A. Rien sur mon dossier")
    await real.work()
    assert "Envoyer" in person.heard[-1].options.values()
    await person.presses("Envoyer")
    await real.work()
    assert any("PV-2026-" in one.text for one in person.heard)
    assert not any("**" in one.text for one in person.heard)


async def test_a_choice_can_be_typed_by_its_number(real: Wired) -> None:
    person = real.fake.person()
    await person.writes("amazon a fermé mon compte en octobre, personne ne répond")
    await real.work()
    assert len(person.heard[-1].rows) > 3
    await person.writes("1")
    await real.work()
    assert "Envoyer" in person.heard[-1].options.values()


async def test_what_was_written_is_marked_as_read_with_three_dots(tiny: Wired) -> None:
    person = tiny.fake.person()
    first = await person.writes("un")
    for _ in range(100):
        if tiny.fake.seen:
            break
        await asyncio.sleep(0.01)
    assert tiny.fake.seen == [first]


async def test_meta_is_recognised_when_it_first_calls(tiny: Wired) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
    answer = await tiny.web.get("/hooks/whatsapp", params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    for wrong in ({"hub.verify_token": "é"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        assert (await tiny.web.get("/hooks/whatsapp", params={**asked, **wrong})).status_code == 403


@pytest.mark.parametrize(
    "forged",
    [None, "", "sha256=", "sha256=" + "0" * 64, "sha1=x", signature(b"other"), "é", signature(b"{}", "other secret")],
)
async def test_a_forged_call_is_refused_and_leaves_no_trace(tiny: Wired, forged: str | None) -> None:
    person = tiny.fake.person()
    body = json.dumps(
        payload({"contacts": [person.contact], "messages": [person.message(type="text", text={"body": "x"})]})
    )
    headers = {} if forged is None else {b"x-hub-signature-256": forged.encode()}
    answer = await tiny.web.post("/hooks/whatsapp", content=body, headers=headers)
    assert answer.status_code == 403
    assert await tiny.received() == 0
    async with tiny.app.database.read() as session:
        assert await unreadable.count(session) == 0


async def test_a_signature_without_its_name_is_forged(tiny: Wired) -> None:
    bare = signature(b"{}").removeprefix("sha256=")
    assert await tiny.fake.post(b"{}", bare) == 403


async def test_a_body_that_is_replayed_counts_once(tiny: Wired) -> None:
    tiny.fake.faults.duplicate = 2
    person = tiny.fake.person()
    await person.writes("un")
    await tiny.work()
    assert tiny.fake.statuses == [200, 200, 200]
    assert [one.text for one in person.heard] == ["1: un"]


async def test_of_a_half_malformed_batch_what_can_be_read_is_answered_and_the_rest_kept_for_an_administrator(
    tiny: Wired,
) -> None:
    person = tiny.fake.person()
    broken = person.message(type="text", text={"corps": "secret"})
    await tiny.fake.bring(person, broken, person.message(type="text", text={"body": "lisible"}))
    await tiny.work()
    assert tiny.fake.statuses == [200]
    assert [one.text for one in person.heard] == ["1: lisible"]
    async with tiny.app.database.read() as session:
        (kept,) = await unreadable.latest(session, tiny.app.ring, limit=9)
    assert (kept.channel, kept.problem) == ("whatsapp", "text.body: missing")


async def test_a_person_who_hides_the_number_goes_on_with_the_same_conversation(tiny: Wired) -> None:
    person = tiny.fake.person(phone="33600000001")
    await person.writes("un")
    await tiny.work()
    person.phone = None
    await person.writes("deux")
    await tiny.work()
    assert [one.text for one in person.heard] == ["1: un", "2: deux"]
    assert {one.to for one in person.heard} == {"FR.1001"}


async def test_statuses_move_a_line_forward_whatever_their_order(tiny: Wired) -> None:
    person = tiny.fake.person()
    await person.writes("un")
    await tiny.work()
    assert (await tiny.transcript())[-1].came is None
    tiny.fake.faults.reorder = True
    await person.reads()
    await tiny.fake.deliver()
    await tiny.fake.deliver()
    assert set(tiny.fake.statuses) == {200}
    assert (await tiny.transcript())[-1].came == "read"
    assert await tiny.received() == 1


async def test_a_status_that_comes_before_the_line_is_noted_counts(tiny: Wired) -> None:
    person = tiny.fake.person()
    await person.writes("un")
    await tiny.fake.tell([("wamid.HBgLMzM2MDAwMDAwMDAVAgA000002", "read", 0)])
    await tiny.work()
    assert person.heard[0].id.endswith("000002")
    assert (await tiny.transcript())[-1].came == "read"


async def test_a_dropped_connection_is_tried_again(tiny: Wired) -> None:
    tiny.fake.faults.drop = 1
    person = tiny.fake.person()
    await person.writes("un")
    await tiny.work()
    tiny.clock.pass_(10)
    await tiny.work()
    assert [one.text for one in person.heard] == ["1: un", "1: un"]
    async with tiny.app.database.read() as session:
        assert (await inbox.ledger(session)).balances


async def test_too_many_messages_to_one_person_wait_and_nobody_else_does(tiny: Wired) -> None:
    tiny.fake.faults.busy = 1
    one, other = tiny.fake.person(), tiny.fake.person("FR.1002", phone="33600000002")
    await one.writes("un")
    await tiny.work()
    await other.writes("deux")
    await tiny.work()
    assert (len(one.heard), len(other.heard)) == (0, 1)
    tiny.clock.pass_(7)
    await tiny.work()
    assert [line.text for line in one.heard] == ["1: un"]
    async with tiny.app.database.read() as session:
        assert set(await session.scalars(select(OutboxRow.attempts))) == {0}


async def test_when_meta_is_down_the_line_waits(tiny: Wired) -> None:
    tiny.fake.faults.broken = 1
    person = tiny.fake.person()
    with pytest.raises(Retry) as caught:
        await tiny.channel.send(person.user_id, Say(key="k", text="x"))
    assert caught.value.counts


async def test_who_cannot_be_reached_is_marked_so_until_it_writes(tiny: Wired) -> None:
    person = tiny.fake.person()
    tiny.fake.faults.forbidden = 1
    await person.writes("un")
    await tiny.work()
    reach = await tiny.reach()
    assert reach is not None
    assert reach.unreachable_at == tiny.clock.now
    assert (await tiny.transcript())[-1].came == "failed"
    await person.writes("deux")
    await tiny.work()
    assert (await tiny.reach() or reach).unreachable_at is None
    assert [one.text for one in person.heard] == ["2: deux"]


async def test_a_number_that_turns_out_to_be_none_is_marked_by_its_status(tiny: Wired) -> None:
    person = tiny.fake.person()
    await person.writes("un")
    await tiny.work()
    tiny.fake.waiting.clear()
    await tiny.fake.tell([(person.heard[0].id, "failed", 131026)])
    reach = await tiny.reach()
    assert reach is not None
    assert reach.unreachable_at is not None


async def test_a_wrong_token_is_told_loudly_with_the_setting_and_nothing_is_lost(
    sqlite: Database, ring: KeyRing, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    async with wired(sqlite, ring, script=script, token="expired") as both:
        await both.fake.person().writes("un secret")
        with caplog.at_level(logging.DEBUG):
            await both.work()
        assert "WHATSAPP_TOKEN" in caplog.text
        assert "un secret" not in caplog.text
        async with both.app.database.read() as session:
            (row,) = await session.scalars(select(OutboxRow))
    assert (row.status, row.attempts) == ("waiting", 0)


async def test_a_message_whatsapp_does_not_take_holds_no_other(tiny: Wired) -> None:
    person = tiny.fake.person()
    await person.writes(" ")
    await tiny.work()
    long = Say(key="k", text="x", choices=(Choice(id="i" * 300, label="l"),))
    with pytest.raises(Exception, match="131009"):
        await tiny.channel.send(person.user_id, long)


async def test_nobody_of_that_name_cannot_be_reached(tiny: Wired) -> None:
    with pytest.raises(Unreachable):
        await tiny.channel.send("FR.9", Say(key="k", text="x"))


async def test_after_a_day_lines_of_the_program_are_dropped_with_the_reason(tiny: Wired) -> None:
    person = tiny.fake.person()
    tiny.fake.faults.broken = 1
    await person.writes("un")
    await tiny.work()
    tiny.clock.pass_(DAY + 1)
    await tiny.work()
    assert person.heard == []
    async with tiny.app.database.read() as session:
        (row,) = await session.scalars(select(OutboxRow))
    assert (row.status, row.error) == ("dropped", "closed")


async def test_after_a_day_an_official_waits_the_template_goes_once_and_the_next_message_lets_the_answer_out(
    tiny: Wired,
) -> None:
    person = tiny.fake.person()
    await person.writes("un")
    await tiny.work()
    tiny.clock.pass_(DAY + 1)
    await tiny.official_says("Votre dossier est complet.")
    await tiny.official_says("Bonne journée.")
    await tiny.work()
    tiny.clock.pass_(3600)
    await tiny.work()
    assert [one.template for one in person.heard] == ["", "reponse_en_attente:fr"]
    reach = await tiny.reach()
    assert reach is not None
    assert reach.announced_at is not None
    assert [line.came for line in await tiny.transcript() if line.sender == "official"] == ["closed", "waiting"]
    await person.writes("me voilà")
    await tiny.work()
    assert [one.text for one in person.heard[2:]] == ["Votre dossier est complet.", "Bonne journée.", "2: me voilà"]
    assert (await tiny.reach() or reach).announced_at is None


async def test_without_a_template_an_official_waits_in_silence(sqlite: Database, ring: KeyRing, script: Script) -> None:
    async with wired(sqlite, ring, script=script, template=None) as both:
        person = both.fake.person()
        await person.writes("un")
        await both.work()
        both.clock.pass_(DAY + 1)
        await both.official_says("Votre dossier est complet.")
        await both.work()
        assert len(person.heard) == 1
        await person.writes("deux")
        await both.work()
        assert [one.text for one in person.heard[1:]] == ["Votre dossier est complet.", "2: deux"]


@pytest.mark.parametrize("late", [False, True])
async def test_where_the_network_says_the_day_is_over_it_is(tiny: Wired, late: bool) -> None:  # noqa: FBT001
    person = tiny.fake.person()
    await person.writes("un")
    await tiny.work()
    tiny.fake.faults.lapsed_late = late
    person.wrote_at = None
    await tiny.official_says("Votre dossier est complet.")
    await tiny.work()
    await tiny.fake.deliver()
    await tiny.work()
    assert [one.template for one in person.heard] == ["", "reponse_en_attente:fr"]
    tiny.clock.pass_(5)
    await person.writes("deux")
    await tiny.work()
    assert [one.text for one in person.heard[2:]] == ["Votre dossier est complet.", "2: deux"]


async def test_a_template_that_is_not_approved_is_told_loudly(tiny: Wired, caplog: pytest.LogCaptureFixture) -> None:
    tiny.fake.templates = set()
    person = tiny.fake.person()
    await person.writes("un")
    await tiny.work()
    tiny.clock.pass_(DAY + 1)
    await tiny.official_says("Votre dossier est complet.")
    await deliver(tiny.app)
    assert "WHATSAPP_TEMPLATE" in caplog.text


async def test_our_page_is_named_once_where_the_case_is_against_the_owner_of_whatsapp(real: Wired) -> None:
    person = real.fake.person()
    await person.writes("Instagram a fermé ma boutique instagram en octobre, personne ne répond")
    await real.work()
    await person.writes("ils ne disent rien")
    await real.work()
    told = [one.text for one in person.heard if PAGE in one.text]
    assert len(told) == 1
    assert "Meta" in told[0]
    other = real.fake.person("FR.1002", phone="33600000002")
    await other.writes("amazon a fermé mon compte en octobre, personne ne répond")
    await real.work()
    assert not any(PAGE in one.text for one in other.heard)
