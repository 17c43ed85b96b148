"""Officials answer firms in their own conversation, see beforehand how it gets through, and never twice or blindly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select, update

from console.forms import SESSION_COOKIE
from storage import cases, conversations, officials, references, takeovers
from storage.cases import FiledCase
from storage.desk_tables import CaseRow, OfficialRow
from storage.tables import ConversationRow, InboxRow, OutboxRow
from stories.types import Answer
from tests.console import firm
from tests.console.conftest import Desk

REFERENCE = references.new(2026, b"answered")
BASE = f"/cases/{REFERENCE}"
SERVICE = "Le service Portevoix (démonstration)"


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def field(desk: Desk, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', desk.page.text)
    assert found, name
    return found[1]


async def filed(desk: Desk, channel: str = "webchat", **changes: Answer) -> str:
    await desk.log_in("agent")
    return await firm.file(desk.database, desk.ring, firm.case(REFERENCE, channel=channel, **changes))


async def said(desk: Desk, lane: str) -> list[conversations.Line]:
    async with desk.database.read() as session:
        lines = await conversations.transcript(session, desk.ring, lane)
    return [line for line in lines if line.sender == "official"]


async def shown(desk: Desk) -> FiledCase:
    async with desk.database.read() as session:
        found = await cases.show(session, desk.ring, REFERENCE)
    assert found
    return found


async def write(desk: Desk, text: str, **more: str) -> None:
    """Send the form that is shown."""
    sent = {"nonce": field(desk, "nonce"), "seen": field(desk, "seen"), "version": field(desk, "version"), **more}
    await desk.post(f"{BASE}/answer", text=text, **{"sign": "service", **sent})


async def another(desk: Desk, name: str) -> str:
    """A colleague of the same team, with the session that opens the console."""
    given = await officials.create(desk.database, login="d.autre", name=name, role="agent", now=desk.now)
    async with desk.database.begin() as session:
        team = await session.scalar(select(OfficialRow.team_id).where(OfficialRow.team_id.is_not(None)))
        await session.execute(update(OfficialRow).values(must_change=False, team_id=team))
    return await officials.log_in(desk.database, login="d.autre", password=given, now=desk.now) or ""


async def test_an_answer_is_signed_sent_once_and_noted_on_the_timeline(desk: Desk) -> None:
    lane = await filed(desk)
    await desk.open(BASE)
    assert "L’entreprise la lit à sa prochaine visite" in text_of(desk.page.text)
    form = {"text": "Nous étudions votre dossier.", "sign": "service", "nonce": field(desk, "nonce"), "seen": "0"}
    await desk.post(f"{BASE}/answer", **form, back="case")
    await desk.post(f"{BASE}/answer", **form, back="case")
    (line,) = await said(desk, lane)
    assert (line.text, line.signed) == ("Nous étudions votre dossier.", SERVICE)
    assert "Nous étudions votre dossier." in desk.page.text
    assert [change.act for change in (await shown(desk)).changes] == ["replied"]


async def test_the_preview_shows_what_the_firm_will_read_and_sends_nothing(desk: Desk) -> None:
    lane = await filed(desk)
    await desk.open(f"{BASE}/answer")
    await write(desk, "Bonjour <b>", preview="1", sign="name")
    assert "Ce que l’entreprise lira Claire Fictive, le service Portevoix (démonstration) Bonjour <b>" in text_of(
        desk.page.text
    )
    assert await said(desk, lane) == []
    await write(desk, "Bonjour <b>", sign="name")
    assert [line.signed for line in await said(desk, lane)] == ["Claire Fictive, le service Portevoix (démonstration)"]


@pytest.mark.parametrize(
    ("columns", "told", "came"),
    [
        ({"open_until": datetime(2026, 11, 24, 20, tzinfo=UTC)}, "part tout de suite sur WhatsApp", "waiting"),
        ({"open_until": datetime(2026, 11, 23, 20, tzinfo=UTC)}, "modèle approuvé « une réponse vous attend »", None),
        ({"unreachable_at": datetime(2026, 11, 23, 20, tzinfo=UTC)}, "attendra que l’entreprise écrive", None),
    ],
)
async def test_the_official_sees_before_writing_whether_it_leaves(
    desk: Desk, columns: dict[str, datetime], told: str, came: str | None
) -> None:
    lane = await filed(desk, "whatsapp")
    async with desk.database.begin() as session:
        await session.execute(update(ConversationRow).values(columns))
    await desk.open(f"{BASE}/answer")
    assert told in text_of(desk.page.text)
    await write(desk, "Bonjour")
    (line,) = await said(desk, lane)
    assert came is None or line.came == came


async def test_the_state_of_each_line_is_shown_and_never_goes_back(desk: Desk) -> None:
    lane = await filed(desk, "whatsapp")
    await desk.open(f"{BASE}/answer")
    await write(desk, "Bonjour")
    assert "pas encore envoyé" in text_of(desk.page.text)
    async with desk.database.begin() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.sender == "official").values(status="done"))
    assert [line.came for line in await said(desk, lane)] == ["handed"]
    async with desk.database.begin() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.sender == "official").values(delivery="read"))
    await desk.open(f"{BASE}/said")
    assert ">lu<" in desk.page.text


async def test_a_firm_that_wants_no_answer_is_said_before_a_text_is_written(desk: Desk) -> None:
    lane = await filed(desk, "telegram", preferred_channel=Answer(value="code_only"))
    await desk.open(BASE)
    page = text_of(desk.page.text)
    assert "ne veut pas de réponse sur Telegram" in page
    assert 'href="mailto:contact%40moulin-fictif.example"' in desk.page.text
    assert 'id="answer-text"' not in desk.page.text
    await desk.post(f"{BASE}/answer", text="Bonjour", nonce="n", seen="0")
    assert desk.page.status_code == 422
    assert await said(desk, lane) == []


async def test_on_our_own_page_it_waits_for_the_firm_to_come_back_by_its_code(desk: Desk) -> None:
    lane = await filed(desk, preferred_channel=Answer(value="code_only"))
    await desk.open(f"{BASE}/answer")
    assert "si elle revient avec son code" in text_of(desk.page.text)
    await write(desk, "Bonjour")
    assert len(await said(desk, lane)) == 1


async def test_two_officials_see_each_other_and_the_second_confirms(desk: Desk) -> None:
    lane = await filed(desk)
    mine = desk.browser.cookies.get(SESSION_COOKIE, domain="portevoix.example") or ""
    theirs = await another(desk, "Diane Autre")
    await desk.open(f"{BASE}/answer")
    await desk.post(f"{BASE}/presence", writes="1")
    early = desk.page
    await desk.open(f"{BASE}/answer")
    early = desk.page
    desk.carry(theirs)
    await desk.open(f"{BASE}/answer")
    assert "Claire Fictive est en train d’écrire." in text_of(desk.page.text)
    await write(desk, "Réponse de Diane")
    desk.carry(mine)
    desk.page = early
    await write(desk, "Réponse de Claire")
    assert desk.page.status_code == 409
    page = text_of(desk.page.text)
    assert "Une autre réponse est partie entre-temps." in page
    assert "Réponse de Diane" in page
    assert "Réponse de Claire" in page
    assert len(await said(desk, lane)) == 1
    await write(desk, "Réponse de Claire")
    assert [line.text for line in await said(desk, lane)] == ["Réponse de Diane", "Réponse de Claire"]
    desk.wait(minutes=5)
    desk.carry(theirs)
    await desk.open(f"{BASE}/answer")
    assert "Claire Fictive" not in desk.page.text.partition('class="presence"')[2].partition("</div>")[0]


async def test_a_piece_is_asked_for_with_a_day_and_the_clock_stops(desk: Desk) -> None:
    lane = await filed(desk)
    await desk.open(f"{BASE}/answer?piece=piece-0&until=2026-12-04")
    proposed = unescape(desk.page.text.partition('dir="auto" required>')[2].partition("</textarea>")[0])
    assert "le message de suspension ou de fermeture" in proposed
    assert "le 4 décembre 2026" in proposed
    before = (await shown(desk)).line
    assert before.due_at is not None
    await write(desk, proposed, piece="piece-0", until="2026-12-04")
    after = await shown(desk)
    assert (after.line.status, after.line.due_at) == ("needs_info", None)
    assert after.line.asked_until == datetime(2026, 12, 4, 17, tzinfo=UTC)
    assert [change.act for change in after.changes] == ["status", "asked"]
    assert [line.text for line in await said(desk, lane)] == [proposed]
    async with desk.database.read() as session:
        assert await session.scalar(select(CaseRow.due_left)) == 3


async def test_a_piece_is_not_asked_for_by_yesterday_nor_from_a_changed_case(desk: Desk) -> None:
    lane = await filed(desk)
    await desk.open(f"{BASE}/answer?piece=piece-0&until=2026-11-23")
    assert "Choisissez un jour à venir." in text_of(desk.page.text)
    await desk.open(f"{BASE}/answer?piece=piece-0&until=2026-12-04")
    async with desk.database.begin() as session:
        await session.execute(update(CaseRow).values(version=CaseRow.version + 1))
    await write(desk, "Bonjour", piece="piece-0", until="2026-12-04")
    assert desk.page.status_code == 409
    assert await said(desk, lane) == []
    assert (await shown(desk)).line.status == "submitted"


async def test_nothing_is_sent_with_a_variable_that_has_no_value(desk: Desk) -> None:
    lane = await filed(desk)
    await desk.open(f"{BASE}/answer")
    await write(desk, "Votre dossier {deadline}")
    assert "Il manque une valeur pour {deadline}." in text_of(desk.page.text)
    assert await said(desk, lane) == []


async def test_an_official_asks_for_the_conversation_and_gives_it_back(desk: Desk) -> None:
    lane = await filed(desk)
    await desk.open(f"{BASE}/answer")
    await desk.post(f"{BASE}/take", nonce="n1")
    assert "Le changement est demandé." in text_of(desk.page.text)
    async with desk.database.begin() as session:
        row = (await session.scalars(select(InboxRow).where(InboxRow.sender == "official"))).one()
        row.status = "done"
        me = await session.scalar(select(OfficialRow.id))
        taken = {"taken_by": me, "taken_until": desk.now + timedelta(minutes=30)}
        await session.execute(update(ConversationRow).values(taken))
    await desk.open(f"{BASE}/answer")
    assert "Vous parlez dans cette conversation, jusqu’au 24/11/2026 09:30." in text_of(desk.page.text)
    desk.wait(minutes=10)
    await desk.open(f"{BASE}/answer")
    await write(desk, "Je vous lis.")
    async with desk.database.read() as session:
        hands = await takeovers.hands(session, lane)
    assert hands.until == desk.now + takeovers.LASTS
    await desk.post(f"{BASE}/hand-back", nonce="n3")
    assert [change.act for change in (await shown(desk)).changes] == ["taken_over", "replied", "handed_back"]


async def test_nobody_writes_into_a_conversation_in_which_another_speaks(desk: Desk) -> None:
    lane = await filed(desk)
    theirs = await another(desk, "Diane Autre")
    async with desk.database.begin() as session:
        me = await session.scalar(select(OfficialRow.id).where(OfficialRow.login == "c.fictive"))
        await session.execute(update(ConversationRow).values(taken_by=me, taken_until=desk.now + timedelta(minutes=9)))
    desk.carry(theirs)
    await desk.open(f"{BASE}/answer")
    await write(desk, "Bonjour")
    assert "Claire Fictive parle dans cette conversation en ce moment." in text_of(desk.page.text)
    await desk.post(f"{BASE}/take", nonce="n2")
    assert desk.page.status_code == 422
    assert await said(desk, lane) == []


async def test_a_person_asked_for_before_filing_is_reached_and_only_then(desk: Desk) -> None:
    await filed(desk)
    async with desk.database.begin() as session:
        await session.execute(update(CaseRow).values(conversation_id=None))
        number = await session.scalar(select(ConversationRow.id))
    await desk.open(f"/conversations/{number}/answer")
    assert desk.page.status_code == 404
    async with desk.database.begin() as session:
        await session.execute(update(ConversationRow).values(wants_human=True))
    await desk.open("/conversations")
    assert "demande une personne" in desk.page.text
    await desk.open(f"/conversations/{number}/answer")
    assert firm.STORY.split(",", maxsplit=1)[0] in unescape(desk.page.text)
    await desk.post(f"/conversations/{number}/answer", text="Bonjour", nonce="n4", seen="0")
    assert "Prenez d’abord la conversation en main." in text_of(desk.page.text)


@pytest.mark.parametrize("path", [BASE + "/answer", BASE + "/said", "/conversations"])
async def test_whoever_may_not_handle_cases_neither_writes_nor_listens(desk: Desk, path: str) -> None:
    await desk.log_in("analyst")
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    await desk.open(path)
    assert desk.page.status_code == 403
