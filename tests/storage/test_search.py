"""Officials find a case by the words said in it, and by what they ask of it, however they write; others' stay shut."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from storage import handling, indexing, references, replies, search, teams
from storage.access import Official, Role
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow, CaseTagRow, NoteRow, NoteVersionRow, OfficialRow, TeamRow
from storage.handling import Change
from storage.ids import IDS
from storage.masking import mask
from storage.query import FILTERS, Query, read_address, read_query
from storage.search import Asker
from storage.tables import ConversationRow
from stories.types import Answer, Attachment
from tests.console import firm
from tests.console.conftest import script
from tests.console.firm import Told

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
"""A day after the cases were filed."""
A, B, C = (references.new(2026, bytes([0, 0, 0, number])) for number in (1, 2, 3))


def asker(ring: KeyRing, role: Role = "supervisor", team: int | None = None, of: int = 1) -> Asker:
    official = Official(id=of, login="c.fictive", name="Claire Fictive", role=role, team_id=team)
    return Asker(official=official, ring=ring, script=script(), now=NOW)


def asked(address: str) -> Query:
    query = read_address(address, script())
    assert query.complaints == ()
    return query


async def index_all(database: Database, ring: KeyRing) -> None:
    done = 1
    while done:
        async with database.begin() as session:
            done = await indexing.index(session, ring, NOW)


async def found(database: Database, who: Asker, query: Query) -> list[str]:
    async with database.read() as session:
        rows = list(await session.scalars(search.select(who, query)))
        assert await search.count(session, who, query) == len(rows) or query.after
    return [row.reference for row in rows]


async def file(database: Database, ring: KeyRing, reference: str, said: Iterable[str] = (), **changes: Answer) -> None:
    told = [Told(by="person", key=f"m{number}", text=text) for number, text in enumerate(said, 1)]
    filed = replace(firm.case(reference), fields=firm.fields() | changes)
    await firm.file(database, ring, filed, told)


async def searched(database: Database, ring: KeyRing, text: str) -> list[str]:
    return sorted(await found(database, asker(ring), read_query([("q", text)], script())))


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("facture", True),  # The narrative says “factures”.
        ("FACTURES Comptable", True),
        ("viré", True),
        ("vire octobre", True),
        ('"plus sortir mes factures"', True),
        ('"factures mes sortir"', False),
        ("facture -comptable", False),
        ("viré facture -remboursement -bloquer", True),
        ("viré facture -remboursement -comptable", False),
        ("facture -remboursement", True),
        ("-remboursement", True),
        ("-facture", False),
        ("blocked", True),  # A line of the conversation says “blocking”.
        ("contrat", True),  # The name of a file.
        ("bonjour", False),  # Only the program says it.
        ("moulin", False),  # The firm's own name is masked.
        ("inventé", False),
        ("' OR 1=1 --", False),
        ('"""', None),
        ("NEAR(facture", False),
    ],
)
async def test_a_case_is_found_by_its_words(
    database: Database,
    ring: KeyRing,
    text: str,
    finds: bool | None,  # noqa: FBT001  # pytest passes it by name; none: it cannot be asked.
) -> None:
    said = Told(by="person", key="m9", text="They keep blocking the Éditions du Moulin Fictif, see contact@x.example")
    sent = Told(by="person", key="m10", files=(Attachment(id="f", kind="document", name="Contrats 2026.pdf"),))
    await firm.file(database, ring, firm.case(A), (*firm.TOLD, said, sent))
    await index_all(database, ring)
    query = read_query([("q", text)], script())
    if finds is None:
        assert [complaint.name for complaint in query.complaints] == ["q"]
        return
    assert await found(database, asker(ring), query) == ([A] if finds else [])


async def test_what_is_written_later_is_searched_too_but_not_a_mediators_note(
    database: Database, ring: KeyRing
) -> None:
    lane = await firm.file(database, ring, firm.case(A), firm.TOLD)
    await index_all(database, ring)
    async with database.begin() as session:
        session.add(official_row(7))
        await session.flush()
        (case_id,) = await session.scalars(CaseRow.__table__.select().with_only_columns(CaseRow.id))
        for private, text in ((False, "rappeler la trésorière"), (True, "confidence du dirigeant")):
            note, version = IDS.new(NOW), IDS.new(NOW)
            session.add(NoteRow(id=note, case_id=case_id, author_id=7, private=private, created_at=NOW))
            await session.flush()
            sealed = ring.seal("note_versions", "text", version, text.encode())
            session.add(NoteVersionRow(id=version, note_id=note, at=NOW, text=sealed))
        await indexing.stale(session, case_id)
    await index_all(database, ring)
    assert await searched(database, ring, "tresoriere") == [A]
    assert await searched(database, ring, "confidence") == []
    async with database.begin() as session:
        await replies.reply(session, ring, lane, "Nous attendons la plateforme demain.", now=NOW)
    await index_all(database, ring)
    assert await searched(database, ring, "demain") == [A]


def official_row(of: int, **columns: object) -> OfficialRow:
    return OfficialRow(
        id=of, login=f"o{of}", name="O", role="supervisor", password_hash="x", created_at=NOW, **columns
    )  # fmt: skip


async def test_a_reference_or_a_firms_own_number_finds_its_case_alone(database: Database, ring: KeyRing) -> None:
    await file(
        database, ring, A, siren=Answer(value="552100554"), siret=Answer(value="55210055400013"),
        phone=Answer(value="+33612345678"), email=Answer(value="jeanne@moulin.example"),
    )  # fmt: skip
    await file(database, ring, B)
    await index_all(database, ring)
    for typed in (
        A, A.lower().replace("-", ""), "552 100 554", "55210055400013", "06 12 34 56 78", "+33 6 12 34 56 78",
        "Jeanne@Moulin.example",
    ):  # fmt: skip
        assert await searched(database, ring, typed) == [A], typed
    assert await searched(database, ring, "552 100 555") == []
    analyst = asker(ring, "analyst")
    within = search.matching(analyst, asked("q=55210055400013"), within=lambda _: CaseRow.id > 0)
    async with database.read() as session:
        assert list(await session.scalars(within)) == []


def test_a_name_is_masked_among_the_underscores_of_a_file_name() -> None:
    assert mask("kbis_moulin_fictif_2026.pdf", {"moulin fictif": "company"}) == "kbis_[company]_2026.pdf"
    assert mask("moulins fictifs", {"moulin fictif": "company"}) == "moulins fictifs"


def test_a_masked_text_keeps_its_sense_and_names_nobody() -> None:
    text = (
        "SIRET 55210055400013 (siren 552 100 554), 06 12 34 56 78, jean@x.fr, FR76 3000 6000 0112 3456 7890 189, "
        "4111 1111 1111 1111, commande 405-1234567-1234567, vendeur A1B2C3D4E5, le 12/10/2026, 10 000 000 €, "
        "EDITIONS DU MOULIN-FICTIF"
    )
    assert mask(text, {"editions du moulin fictif": "company"}) == (
        "SIRET [siret] (siren [siren]), [phone], [email], [iban], [card], commande [number], vendeur [number], "
        "le 12/10/2026, 10 000 000 €, [company]"
    )


async def test_officials_see_only_what_is_theirs_whatever_they_ask(database: Database, ring: KeyRing) -> None:
    await file(database, ring, A, share_mediateur=Answer(value=True))
    await file(database, ring, B, share_mediateur=Answer(value=False))
    async with database.begin() as session:
        await teams.ensure(session, "Accueil", NOW)
        other = IDS.new(NOW)
        session.add(TeamRow(id=other, name="Nord", platforms=[], created_at=NOW))
        await session.flush()
        await session.execute(update(CaseRow).where(CaseRow.reference == B).values(team_id=other))
    await index_all(database, ring)
    for address in ("", "q=facture", f"team={other}", f"q={A}"):
        assert set(await found(database, asker(ring, "agent", other), asked(address))) <= {B}
        assert set(await found(database, asker(ring, "mediator"), asked(address))) <= {A}
        assert await found(database, asker(ring, "analyst"), asked(address)) == []


async def test_each_filter_parts_the_cases(database: Database, ring: KeyRing) -> None:
    """`A` is all that may be asked for, `B` is none of it."""
    await firm.file(database, ring, firm.case(A, loss_eur=Answer(value=12_000)), firm.TOLD, wants_human=True)
    plain = {
        "platform_id": Answer(value="etsy"), "primary_category": Answer(value="fees"), "level": Answer(value="normal"),
        "categories": Answer(value=[]), "reasons": Answer(value=[]), "deadline_date": Answer(state="unknown"),
        "share_platform": Answer(state="unknown"), "share_mediateur": Answer(value=False),
    }  # fmt: skip
    await firm.file(database, ring, firm.case(B, channel="terminal", **plain), (), wants_human=False)
    async with database.begin() as session:
        await teams.ensure(session, "Accueil", NOW)
        session.add(official_row(1, visited_at=firm.FILED + timedelta(hours=1)))
        await session.flush()
        (case_id,) = await session.scalars(
            CaseRow.__table__.select().with_only_columns(CaseRow.id).where(CaseRow.reference == A)
        )
        session.add(CaseTagRow(case_id=case_id, tag="pressant"))
        team = IDS.new(NOW)
        session.add(TeamRow(id=team, name="Nord", platforms=[], created_at=NOW))
        await session.flush()
        await session.execute(
            update(CaseRow).where(CaseRow.reference == A).values(
                team_id=team, assignee_id=1, status="needs_info", opened_at=NOW, firm_at=NOW, erasure_requested_at=NOW,
                due_at=NOW - timedelta(days=1), share_dgccrf=True, updated_at=NOW, merged_into=case_id,
                filed_at=NOW - timedelta(days=40), answerable=True,
            )
        )  # fmt: skip
        await session.execute(update(ConversationRow).where(ConversationRow.wants_human).values(unreachable_at=NOW))
        await session.execute(update(CaseRow).where(CaseRow.reference == B).values(answerable=False, language="en"))
    await index_all(database, ring)
    only_a = [
        "status=needs_info", "waits=firm", "platform=amazon", "problem=account_suspension", "named=no_human_contact",
        "urgency=high", "reason=deadline_%3C%3D7d", f"team={team}", "assignee=me", "assignee=1", "channel=webchat",
        "language=fr", "filed_to=2026-11-01", "changed_from=2026-11-24", "deadline_to=2026-12-01", "overdue=yes",
        "person=yes", "answer=possible", "answer=unreachable", "share=anonymised", "mediator=yes", "dgccrf=yes",
        "tag=pressant", "group=none&opened=yes", "loss=10000", "merged=yes", "opened=yes", "wrote=yes", "erasure=yes",
        "new=yes", "q=facture&urgency=high&platform=amazon&platform=etsy",
    ]  # fmt: skip
    for address in only_a:
        assert await found(database, asker(ring), asked(address)) == [A], address
    only_b = [
        "assignee=none", "filed_from=2026-11-20", "changed_to=2026-11-23", "overdue=no", "person=no", "answer=none",
        "share=unsaid", "mediator=no", "dgccrf=no", "without_tag=pressant", "merged=no", "opened=no", "wrote=no",
        "erasure=no", "language=en", "waits=officials", "channel=terminal",
    ]  # fmt: skip
    for address in only_b:
        assert await found(database, asker(ring), asked(address)) == [B], address
    for address in ("group=any", "files=yes", "snoozed=only", "loss=1000000"):
        assert await found(database, asker(ring), asked(address)) == [], address
    assert await found(database, asker(ring), asked("files=no&snoozed=shown")) == [B, A]


async def test_a_sleeping_case_is_hidden_until_its_day(database: Database, ring: KeyRing) -> None:
    await file(database, ring, A)
    for until, seen in ((NOW + timedelta(days=1), []), (NOW - timedelta(minutes=1), [A])):
        async with database.begin() as session:
            await session.execute(update(CaseRow).values(snoozed_until=until))
        assert await found(database, asker(ring), asked("")) == seen
        assert await found(database, asker(ring), asked("snoozed=shown")) == [A]


@pytest.mark.parametrize("sort", ["newest", "oldest", "urgency", "due", "changed", "loss"])
async def test_every_order_is_the_same_read_at_once_or_a_case_at_a_time(
    database: Database, ring: KeyRing, sort: str
) -> None:
    levels = ["critical", "normal", None, "high", "high", "high", "normal", None]
    deadlines = [None, "2026-12", None, "2026-11-30", None, "2026-11-30", "2026-11-02", None]
    for number, (level, deadline) in enumerate(zip(levels, deadlines, strict=True)):
        await file(database, ring, references.new(2026, bytes([0, 0, number, 128])))
        async with database.begin() as session:
            newest = await session.scalar(
                CaseRow.__table__.select().with_only_columns(CaseRow.id).order_by(CaseRow.id.desc()).limit(1)
            )
            await session.execute(
                update(CaseRow).where(CaseRow.id == newest).values(
                    urgency_level=level, deadline_date=deadline, loss_band=None if number % 3 else number,
                    due_at=None if number % 4 == 1 else NOW + timedelta(days=number % 3),
                    updated_at=NOW - timedelta(days=number % 2),
                )
            )  # fmt: skip
    whole = await found(database, asker(ring), Query(sort=sort))
    after, walked = "", list[str]()
    while True:
        query = Query(sort=sort, after=after)
        async with database.read() as session:
            row = await session.scalar(search.select(asker(ring), query).limit(1))
        if row is None:
            break
        walked.append(row.reference)
        after = search.place(query, row)
    assert walked == whole
    assert len(whole) == 8


@pytest.mark.parametrize(
    "address",
    ["status=open", "status=draft",
     "platform=amazone", "urgency=yes", "overdue=maybe", "filed_from=2026-13-01", "filed_to=9999-12-31",
     "team=x", "assignee=-1", "colour=red", "sort=best", "col=secret", "loss=5", "language=fr&language=en",
     "team=99999999999999999999", "filed_from=20261101"],
)  # fmt: skip
def test_what_cannot_be_asked_is_named_and_not_passed_over(address: str) -> None:
    query = read_address(address, script())
    assert [complaint.name for complaint in query.complaints] == [address.partition("=")[0]]


@pytest.mark.parametrize(
    "after",
    ["x", "1", "2026-11-23T00:00:00_1", "2026-11-23T00:00:00+00:00_x", "_1", "a_b_c_d",
     "0001-01-01T00:00:00+00:00_1", "2026-11-23T00:00:00+00:00_99999999999999999999"],
)  # fmt: skip
def test_a_place_that_is_none_is_told_apart(ring: KeyRing, after: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # Whatever is wrong with it.
        search.select(asker(ring), Query(after=after))


def test_every_filter_has_its_condition_and_a_query_its_address() -> None:
    assert FILTERS.keys() == search.CONDITIONS.keys()
    assert len(FILTERS) >= 20
    query = asked("status=closed&status=resolved&q=%22a+b%22+-c&sort=due&col=loss&filed_from=2026-01-02")
    assert read_address(query.address(), script()) == query
    assert query.without("status", "closed").filters["status"] == ("resolved",)


async def test_two_workers_index_each_case_and_an_amendment_makes_it_stale(database: Database, ring: KeyRing) -> None:
    for number in range(6):
        await file(database, ring, references.new(2026, bytes([0, 0, number, 64])))
    await asyncio.gather(index_all(database, ring), index_all(database, ring))
    assert len(await searched(database, ring, "facture")) == 6
    async with database.begin() as session:
        case_id = await session.scalar(CaseRow.__table__.select().with_only_columns(CaseRow.id).limit(1))
        assert case_id is not None
        made = Change(deed="amended", by="person", at=NOW, fields={"categories": Answer(value=[])})
        await handling.change(session, ring, case_id, made)
    await index_all(database, ring)
    assert len(await found(database, asker(ring), asked("named=no_human_contact"))) == 5


async def test_a_case_that_is_spoilt_holds_no_other_up(database: Database, ring: KeyRing) -> None:
    await file(database, ring, A)
    await file(database, ring, B)
    async with database.begin() as session:
        await session.execute(firm.broken(A))
    await index_all(database, ring)
    assert await searched(database, ring, "facture") == [B]
