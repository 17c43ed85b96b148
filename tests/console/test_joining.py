"""One firm told the same facts twice, or two matters at once: a person decides, and can take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
from sqlalchemy import select, update

from storage import cases, conversations, handling, references
from storage.cases import FiledCase
from storage.conversations import CONVERSATION
from storage.desk_tables import CaseRow
from storage.handling import Change
from storage.tables import ConversationRow
from stories.effects import AmendCase
from stories.types import Answer, Conversation
from tests.console import firm
from tests.console.conftest import START, Desk
from tests.console.test_problems import TITLE, line, name, put, reference, said, submit

SIREN = Answer(value="732829320", confirmed=True)
NOTHING: Mapping[str, Answer] = MappingProxyType({})
WHY = "Même histoire, racontée deux fois."


async def file(
    desk: Desk, number: int, fields: Mapping[str, Answer] = NOTHING, *, channel: str = "webchat", **more: Answer
) -> None:
    case = firm.case(reference(number), channel=channel)
    await firm.file(desk.database, desk.ring, replace(case, fields={**case.fields, **fields, **more}, filed_at=START))


async def opened(desk: Desk, number: int) -> FiledCase:
    async with desk.database.read() as session:
        filed = await cases.show(session, desk.ring, reference(number))
    assert filed is not None
    return filed


async def act(desk: Desk, number: int, path: str, **fields: str) -> str:
    """Do it from the joining page of a case; what the next page says."""
    await desk.open(f"/cases/{reference(number)}/joining")
    version = str((await line(desk, number)).version)
    return await submit(desk, f"/cases/{reference(number)}/{path}", **{"version": version, "words": WHY} | fields)


async def merge(desk: Desk, kept: int, gone: int, **fields: str) -> str:
    return await act(desk, kept, "merge", **{"other": reference(gone), "keep": "this", "sure": "yes"} | fields)


async def joined(desk: Desk, number: int) -> str:
    """What the page of a case says of the cases joined to it."""
    page = (await desk.open(f"/cases/{reference(number)}")).text
    return page.split('id="joined"')[1].split("</section>")[0]


def sharing(filed: FiledCase) -> tuple[object, object]:
    return filed.case.fields["share_platform"].value, filed.case.fields["share_mediateur"].value


async def test_the_same_firm_with_the_same_facts_is_proposed_and_nothing_else(desk: Desk) -> None:
    await desk.log_in()
    mail = Answer(value="autre@fictif.example")
    for number, fields in enumerate((
        {"siren": SIREN}, {"siren": SIREN, "email": mail}, {"email": mail},
        {"siren": SIREN, "platform_id": Answer(value="etsy")},
        {"siren": SIREN, "incident_date": Answer(value={"value": "2025-01-03", "precision": "day"})},
    ), 1):  # fmt: skip
        await file(desk, number, {"email": Answer(state="declined"), **fields})
    page = said((await desk.open(f"/cases/{reference(1)}/joining")).text)
    assert f"{reference(2)} Amazon" in page
    assert "même SIREN" in page
    assert not any(reference(number) in page for number in (3, 4, 5))
    assert "1 dossier semble raconter les mêmes faits" in said((await desk.open(f"/cases/{reference(1)}")).text)
    await desk.open(f"/cases/{reference(3)}/joining")
    assert "même adresse e-mail" in said(desk.page.text)


async def test_the_kept_case_shows_what_the_other_holds_and_the_stricter_consent_wins(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1, channel="telegram", siren=SIREN, share_platform=Answer(value="named"))
    await file(desk, 2, siren=SIREN, share_mediateur=Answer(value=False), share_platform=Answer(value="anonymised"))
    problem = await name(desk)
    await put(desk, 2, problem)
    page = await merge(desk, 1, 2)
    assert f"Dossier rattaché à celui-ci : {reference(2)}" in page
    assert page.count(firm.STORY) >= 3, "the story of each, and the message it came with"
    assert page.count("récupérer mes factures") >= 2, "what was filled in on a form, in each conversation"
    kept, gone = await opened(desk, 1), await opened(desk, 2)
    assert sharing(kept) == ("anonymised", False)
    assert kept.changes[-1].changes.before["share_platform"] == Answer(value="named")
    assert (gone.line.status, gone.line.problem_id, kept.line.problem_id) == ("merged", None, problem)
    assert gone.line.due_at is None
    assert "Entreprises distinctes 1 Dossiers 1" in said((await desk.open(f"/problems/{problem}")).text)
    assert f"rattaché au dossier {reference(1)}" in said((await desk.open(f"/cases/{reference(2)}")).text)


async def test_a_merger_is_undone_with_status_problem_deadline_and_consents(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1, share_platform=Answer(value="named"), share_mediateur=Answer(value=True))
    await file(desk, 2, share_platform=Answer(value="no"), share_mediateur=Answer(value=False))
    problem = await name(desk)
    await put(desk, 2, problem)
    before = await opened(desk, 2)
    await merge(desk, 1, 2)
    page = await act(desk, 2, "unmerge")
    assert "reste tel quel" not in page
    kept, gone = await opened(desk, 1), await opened(desk, 2)
    assert sharing(kept) == ("named", True)
    assert (gone.line.status, gone.line.due_at, gone.line.problem_id) == ("submitted", before.line.due_at, problem)
    assert [change.act for change in gone.changes] == ["grouped", "merged", "unmerged"]


async def test_what_changed_since_the_merger_stays_and_is_said(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1, share_platform=Answer(value="named"), share_mediateur=Answer(value=True))
    await file(desk, 2, share_platform=Answer(value="anonymised"), share_mediateur=Answer(value=False))
    await merge(desk, 1, 2)
    firms = {"share_platform": Answer(value="no", confirmed=True)}
    async with desk.database.begin() as session:
        amended = AmendCase(reference=reference(1), fields=firms)
        await handling.amend(session, desk.ring, amended, at=desk.now, turn_id=None)
        withdrawn = AmendCase(reference=reference(2), status="withdrawn")
        await handling.amend(session, desk.ring, withdrawn, at=desk.now, turn_id=None)
    page = await act(desk, 2, "unmerge")
    assert "l’accord de partage avec la plateforme" in page
    assert "l’état du dossier séparé" in page
    assert sharing(await opened(desk, 1)) == ("no", True)
    assert (await opened(desk, 2)).line.status == "withdrawn"


async def test_another_merged_case_still_binds_the_kept_one(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1, share_platform=Answer(value="named"))
    for number in (2, 3):
        await file(desk, number, share_platform=Answer(value="no"))
        await merge(desk, 1, number)
    await act(desk, 2, "unmerge")
    assert sharing(await opened(desk, 1))[0] == "no"


async def test_a_merged_case_whose_firm_takes_an_accord_back_binds_the_kept_one(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1, share_platform=Answer(value="named"))
    await file(desk, 2, share_platform=Answer(value="named"))
    await merge(desk, 1, 2)
    async with desk.database.begin() as session:
        amended = AmendCase(reference=reference(2), fields={"share_platform": Answer(value="no")})
        await handling.amend(session, desk.ring, amended, at=desk.now, turn_id=None)
    assert sharing(await opened(desk, 1))[0] == "no"


async def test_cases_of_a_merged_case_follow_it_and_come_back_with_it(desk: Desk) -> None:
    await desk.log_in()
    for number in (1, 2, 3):
        await file(desk, number)
    await merge(desk, 2, 3)
    await merge(desk, 1, 2)
    assert reference(3) in await joined(desk, 1)
    await act(desk, 2, "unmerge")
    assert reference(3) in await joined(desk, 2)
    assert reference(3) not in await joined(desk, 1)


@pytest.mark.parametrize(
    ("fields", "more", "why"),
    [
        ({"siren": Answer(value="552100554")}, {}, "Les SIREN diffèrent"),
        ({"platform_id": Answer(value="etsy")}, {}, "Les plateformes diffèrent"),
        ({}, {"sure": ""}, "une personne doit avoir vérifié"),
        ({}, {"words": " "}, "Dites pourquoi"),
        ({}, {"other": "PV-2026-00000-0"}, "Aucun dossier n’a cette référence"),
        ({}, {"other": reference(1)}, "C’est le même dossier"),
    ],
)
async def test_two_firms_or_two_matters_are_never_merged(
    desk: Desk, fields: dict[str, Answer], more: dict[str, str], why: str
) -> None:
    await desk.log_in()
    await file(desk, 1, siren=SIREN)
    await file(desk, 2, fields)
    assert why in await merge(desk, 1, 2, **more)
    assert (await opened(desk, 2)).line.status == "submitted"


async def test_a_case_that_is_on_its_way_is_not_merged(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1)
    await file(desk, 2)
    async with desk.database.begin() as session:
        await session.execute(
            update(CaseRow).where(CaseRow.reference == reference(2)).values(status="transmitted_platform")
        )
    assert "ne permet pas" in await merge(desk, 1, 2)


async def test_who_merges_a_case_that_changed_meanwhile_is_told(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1)
    await file(desk, 2)
    filed = await opened(desk, 1)
    async with desk.database.begin() as session:
        tagged = Change(deed="tagged", by="m.ailleurs", at=desk.now)
        await handling.change(session, desk.ring, filed.line.id, tagged)
    page = await merge(desk, 1, 2, version="0")
    assert "m.ailleurs" in page
    assert f'value="{WHY}"' in desk.page.text
    assert (await opened(desk, 2)).line.status == "submitted"


async def test_agents_link_but_neither_merge_nor_split(desk: Desk) -> None:
    await desk.log_in("agent")
    await file(desk, 1)
    await file(desk, 2)
    for path in ("merge", "unmerge", "split"):
        await act(desk, 1, path, other=reference(2), sure="yes", category="fees_commissions")
        assert desk.page.status_code == 403
    page = await act(desk, 1, "link", other=f" {reference(2).lower()} ")
    assert "Les deux dossiers sont liés." in page
    assert f"Lié à {reference(2)}" in page
    assert f"Lié à {reference(1)}" in said((await desk.open(f"/cases/{reference(2)}")).text)
    assert "déjà liés" in await act(desk, 1, "link", other=reference(2))
    await act(desk, 2, "unlink", other=reference(1))
    acts = [change.act for change in (await opened(desk, 1)).changes]
    assert acts == ["linked", "unlinked"]


async def test_a_second_matter_becomes_a_case_of_its_own_and_the_firm_is_told(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1, siren=SIREN, loss_eur=Answer(value=5000))
    first = await opened(desk, 1)
    async with desk.database.begin() as session:
        (row,) = await session.scalars(select(ConversationRow))
        state = CONVERSATION.dump_json(Conversation(filed=(reference(1),)))
        row.state = desk.ring.seal("conversations", "state", row.id, state)
        await session.execute(update(CaseRow).values(code_hash="c" * 64))
    page = await act(desk, 1, "split", category="invoicing_documents", platform="amazon", tell="yes")
    second = page.split("Dossier ")[1].split()[0]
    assert references.read(second) == second != reference(1)
    async with desk.database.read() as session:
        new = await cases.show(session, desk.ring, second)
        assert new is not None
        assert (new.lane, new.case.filed_at, new.line.team_id) == (first.lane, first.case.filed_at, first.line.team_id)
        assert new.case.fields["primary_category"].value == "invoicing_documents"
        assert new.case.fields["siren"] == SIREN
        assert sharing(new) == sharing(first)
        assert "loss_eur" not in new.case.fields
        assert new.case.narrative == first.case.narrative
        hashes = set(await session.scalars(select(CaseRow.code_hash)))
        assert hashes == {"c" * 64}
        (row,) = await session.scalars(select(ConversationRow))
        known = CONVERSATION.validate_json(desk.ring.open("conversations", "state", row.id, row.state))
        told = await conversations.transcript(session, desk.ring, first.lane or "")
    assert known.filed == (reference(1), second)
    assert told[-1].sender == "official"
    assert second in told[-1].text
    listed = (await opened(desk, 1)).case.fields["categories"].value
    assert [entry["id"] for entry in listed] == ["account_suspension", "no_human_contact"]
    assert f"Lié à {reference(1)}" in page


async def test_the_matter_that_is_the_case_is_not_split_off(desk: Desk) -> None:
    await desk.log_in()
    await file(desk, 1)
    assert "déjà le problème principal" in await act(desk, 1, "split", category="account_suspension")
    assert "Choisissez le problème" in await act(desk, 1, "split", category="x")
    assert TITLE not in desk.page.text
