"""The script by forms: changed, tried, published and taken back, and nothing typed is lost."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from storage import scripts, turns
from storage.desk_tables import OfficialRow
from storage.scripts import Draft
from storage.tables import ConversationRow, InboxRow, TurnRow
from storage.training_tables import DraftRow, PublicationRow
from stories.script import Script, parse
from tests.console.conftest import Desk, script

NONCES = iter(range(10_000))
NEW = {
    "label_fr": "Avis supprimés", "label_en": "Deleted reviews", "short_fr": "avis supprimés",
    "short_en": "deleted reviews", "definition_fr": "La plateforme retire vos avis.",
    "definition_en": "The platform takes your reviews away.", "guideline": "Not: ranking_visibility.",
    "ask_fr": "Combien d'avis ont disparu ?", "ask_en": "How many reviews are gone?",
    "question_short_fr": "Avis disparus", "question_short_en": "Reviews gone", "kind": "integer", "offer": "1",
}  # fmt: skip


@pytest.fixture
async def room(desk: Desk) -> Desk:
    await desk.log_in("administrator")
    return desk


async def drafted(desk: Desk) -> Draft:
    async with desk.database.read() as session:
        return await scripts.draft(session, script())


async def whole(desk: Desk) -> Script:
    return parse((await drafted(desk)).sources)


async def send(desk: Desk, path: str, **fields: str) -> str:
    """Open the page of a form and send it as it is, with these fields changed; what is shown then."""
    version = str((await drafted(desk)).version)
    await desk.open(path.replace("#", "%23"))
    given = {"nonce": f"n{next(NONCES)}", "version": version, **fields}
    await desk.post(path.partition("?")[0], **given)
    return unescape(desk.page.text)


async def add_alias(desk: Desk, alias: str) -> str:
    fnac = (await whole(desk)).by_platform["fnac"]
    given: dict[str, Any] = {name: "\n".join(getattr(fnac, name)) for name in ("misspellings", "domains")}
    aliases = "\n".join([*fnac.aliases, alias])
    return await send(
        desk, "/script/platform?id=fnac", id="fnac", name="Fnac", scope=fnac.scope, aliases=aliases, **given
    )


async def reword(desk: Desk, at: str, french: str, english: str, **fields: str) -> str:
    return await send(desk, f"/script/edit?at={at}", at=at, **{f"fr {at}": french, f"en {at}": english}, **fields)


async def try_out(desk: Desk, text: str, of: str = "draft") -> str:
    """One message of a trial chat; what it answers."""
    await desk.open(f"/script/trial?of={of}")
    sealed = re.findall(r'name="trial" value="([^"]+)"', desk.page.text)[0]
    await desk.post("/script/trial", trial=sealed, text=text)
    return unescape(desk.page.text)


async def test_an_alias_is_understood_in_the_trial_then_in_use_and_no_more_once_taken_back(room: Desk) -> None:
    said = "l'agitateur a fermé mon compte le 8 octobre"
    assert "1. Plateforme : Fnac" not in await try_out(room, said)
    assert "C’est enregistré dans le brouillon" in await add_alias(room, "l'agitateur")
    assert "1. Plateforme : Fnac" in await try_out(room, said)
    assert "1. Plateforme : Fnac" not in await try_out(room, said, of="used")
    await room.open("/script/changes")
    assert "<ins>fnac marketplace" in room.page.text
    assert "l'agitateur</ins>" in unescape(room.page.text)
    version = str((await drafted(room)).version)
    await room.post("/script/publish", nonce="p1", version=version, note="Ajout d'un nom")
    assert "C’est en service" in room.page.text
    assert "1. Plateforme : Fnac" in await try_out(room, said, of="used")
    await room.open("/script/history")
    assert "Ajout d'un nom" in unescape(room.page.text)
    latest = re.findall(r'name="latest" value="(\d+)"', room.page.text)[0]
    await room.post("/script/back", nonce="b1", latest=latest, hash="")
    assert "de nouveau en service" in room.page.text
    assert len(re.findall(r">\s*en service\s*</td>", room.page.text)) == 1
    assert "1. Plateforme : Fnac" not in await try_out(room, said, of="used")


async def test_a_trial_is_neither_filed_nor_kept(room: Desk) -> None:
    page = await try_out(room, "Cdiscount a fermé mon compte le 8 octobre")
    for choice in ("confirm_problem=account_suspension", "share_platform=no", "send"):
        sealed = re.findall(r'name="trial" value="([^"]+)"', room.page.text)[0]
        await room.post("/script/trial", trial=sealed, choice=choice)
        page = unescape(room.page.text)
    assert "Ici, un dossier serait déposé (PV-2026-" in page
    async with room.database.read() as session:
        for table in (ConversationRow, InboxRow, TurnRow):
            assert (await session.scalars(select(table))).first() is None


async def test_a_trial_that_was_tampered_with_begins_again(room: Desk) -> None:
    await room.open("/script/trial")
    await room.post("/script/trial", trial="AAAA", text="bonjour")
    assert "Racontez avec vos mots" in room.page.text


@pytest.mark.parametrize(
    ("french", "english", "told"),
    [
        ("C'est gratuit, jamais de frais.", "It is free.", "À ne pas promettre : jamais"),
        ("C'est anonyme.", "It is free.", "À ne pas promettre : anonyme"),
        ("C'est gratuit, {prenom}.", "It is free, {prenom}.", "ne sait pas remplacer {prenom}"),
        ("C'est gratuit pour {service}.", "It is free.", "Il manque ici {service}"),
        ("C'est gratuit.", " ", "Il faut un texte dans les deux langues."),
        ("C'est gratuit, tu vois.", "It is free.", "Tutoiement : tu."),
        ("C'est " + "vraiment " * 20 + "gratuit.", "It is free.", "Phrase de plus de 20 mots"),
    ],
)
async def test_words_that_break_a_rule_are_told_at_their_field_and_stay_typed(
    room: Desk, french: str, english: str, told: str
) -> None:
    page = await reword(room, "wording#faq_cost", french, english)
    assert room.page.status_code == 422
    assert told in page
    assert french in page
    assert (await drafted(room)).files == {}


async def test_words_that_are_merely_not_plain_are_kept_when_the_administrator_says_so(room: Desk) -> None:
    page = await reword(room, "wording#faq_cost", "C'est gratuit, tu vois.", "It is free.")
    assert 'name="anyway"' in page
    await reword(room, "wording#faq_cost", "C'est gratuit, tu vois.", "It is free.", anyway="1")
    assert (await whole(room)).wording["fr"]["faq_cost"] == "C'est gratuit, tu vois."
    assert (await drafted(room)).files.keys() == {"wording/fr.yml", "wording/en.yml"}


async def test_a_question_is_reworded_with_its_answers_in_one_form(room: Desk) -> None:
    at = "questions.yml#share_platform"
    await room.open(f"/script/edit?at={at.replace('#', '%23')}")
    fields = {
        f"fr {at}/options/no/label": "A. Ne rien dire",
        f"en {at}/why": "Nothing leaves without your “yes”: it's so.",
    }
    fields |= {f"fr {at}/why": "Rien ne part sans votre « oui »."}
    await room.post("/script/edit", at=at, nonce="q1", version="0", **fields)
    question = (await whole(room)).questions["share_platform"]
    assert question.options[0].label.fr == "A. Ne rien dire"
    assert question.why is not None
    assert question.why.en == "Nothing leaves without your “yes”: it's so."
    assert question.ask == script().questions["share_platform"].ask


async def test_a_list_and_a_letter_are_reworded_too(room: Desk) -> None:
    at = "categories/fees_commissions.yml#evidence"
    await reword(room, at, "Vos factures\n\nVos relevés", "Your invoices\nYour statements")
    assert (await whole(room)).categories["fees_commissions"].evidence.fr == ("Vos factures", "Vos relevés")
    letter = script().letters["fr"]["other"]
    await reword(room, "letters#other", letter + "\n\nMerci.", script().letters["en"]["other"])
    assert (await whole(room)).letters["fr"]["other"].endswith("Merci.")


async def test_who_was_slower_loses_nothing_and_overwrites_nothing(room: Desk) -> None:
    await room.open("/script/edit?at=wording%23faq_cost")
    await add_alias(room, "l'agitateur")
    at = "wording#faq_cost"
    fields = {f"fr {at}": "Gratuit.", f"en {at}": "Free."}
    await room.post("/script/edit", at=at, nonce="late", version="0", **fields)
    assert room.page.status_code == 409
    assert "Claire Fictive" in room.page.text
    assert ">Gratuit.</textarea>" in room.page.text
    assert (await drafted(room)).files.keys() == {"platforms.yml"}
    await room.post("/script/edit", at=at, nonce="again", version="1", **fields)
    assert (await whole(room)).wording["fr"]["faq_cost"] == "Gratuit."


async def test_a_form_sent_twice_adds_one_platform(room: Desk) -> None:
    await room.open("/script/platform")
    for _ in range(2):
        await room.post(
            "/script/platform", nonce="twice", version="0", id="", name="Bric à Brac", scope="b2c_goods", aliases="",
            misspellings="", domains="bricabrac.fr",
        )  # fmt: skip
        assert "C’est enregistré" in room.page.text
    assert (await whole(room)).by_platform["bric_a_brac"].domains == ("bricabrac.fr",)


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("aliases", "cdiscount pro", "« cdiscount pro » désigne déjà Cdiscount."),
        ("aliases", "vente", "« vente » est trop court ou trop courant"),
        ("misspellings", "x", "« x » est trop court"),
        ("domains", "https://fnac", "n’est pas l’adresse d’un site"),
        ("name", "", "Il faut un nom"),
        ("scope", "moon", "Choisissez dans la liste."),
    ],
)
async def test_a_name_that_would_mislead_is_refused_at_its_field(room: Desk, field: str, typed: str, told: str) -> None:
    fields = {"id": "fnac", "name": "Fnac", "scope": "b2c_goods", "aliases": "", "misspellings": "", "domains": ""}
    page = await send(room, "/script/platform?id=fnac", **{**fields, field: typed})
    assert room.page.status_code == 422
    assert told in page
    assert f'id="{field}-told"' in page


async def test_a_new_problem_is_offered_at_once_and_says_how_many_examples_it_needs(room: Desk) -> None:
    page = await send(room, "/script/problem/new", **NEW)
    assert "Exemples : 0 sur 40" in page
    new = await whole(room)
    made = new.categories["deleted_reviews"]
    assert (made.label.fr, made.questions[0].key, made.more) == ("Avis supprimés", "reviews_gone", ("reviews_gone",))
    assert new.assistant.first_problems[-1] == "deleted_reviews"
    page = await try_out(room, "Cdiscount ne va pas bien du tout, il faut faire quelque chose pour nous")
    assert "Avis supprimés" in page
    page = await send(room, "/script/problem/new", **NEW)
    assert "« Deleted reviews » existe déjà." in page


async def test_what_the_check_of_the_script_finds_is_told_at_its_field_with_its_place_in_the_details(
    room: Desk,
) -> None:
    page = await send(
        room,
        "/script/problem/new",
        **{**NEW, "question_short_en": "How many of all the reviews went away today, and when"},
    )
    assert room.page.status_code == 422
    assert "Ce nom est trop long pour un bouton" in page
    assert 'id="question_short_en-told"' in page
    assert "categories/deleted_reviews.yml:" in page
    assert (await drafted(room)).files == {}


async def test_a_problem_and_a_finer_kind_are_retired_and_come_back(room: Desk) -> None:
    path = "/script/problem?id=fees_commissions"
    await send(room, path, id="fees_commissions", do="retire")
    new = await whole(room)
    assert "fees_commissions" not in new.offered
    assert new.categories["fees_commissions"].label == script().categories["fees_commissions"].label
    assert "retiré" in room.page.text
    await send(room, path, id="fees_commissions", do="restore")
    await send(room, path, id="fees_commissions", do="retire", sub_issue="penalty")
    await send(room, path, id="fees_commissions", do="add", sub_fr="Frais cachés", sub_en="Hidden fees")
    made = (await whole(room)).categories["fees_commissions"]
    assert not made.retired
    assert [one.id for one in made.sub_issues if one.retired] == ["penalty"]
    assert made.sub_issues[-1].label.fr == "Frais cachés"
    assert "existe déjà" in await send(
        room, path, id="fees_commissions", do="add", sub_fr="Frais cachés", sub_en="Hidden fees"
    )


async def test_the_order_of_questions_is_that_of_their_places(room: Desk) -> None:
    path = "/script/problem?id=fees_commissions"
    given = {"rank notice_days": "1", "rank fee_name": "2", "rank siret": ""}
    await send(room, path, id="fees_commissions", do="order", **given)
    assert (await whole(room)).categories["fees_commissions"].more == ("notice_days", "fee_name")
    await send(room, "/script/questions", **{"rank siret": "1", "rank loss_eur": "2"})
    assert (await whole(room)).assistant.more == ("siret", "loss_eur")
    page = await send(room, "/script/questions", **{"rank siret": "premier"})
    assert "« premier » n’est pas un nombre." in page


async def test_the_search_finds_words_whatever_their_accents_and_leads_to_their_form(room: Desk) -> None:
    await room.open("/script/words?q=gratuit+debut+fin")
    assert "/script/edit?at=wording%23faq_cost" in room.page.text
    assert "1 texte trouvé." in room.page.text
    await room.open("/script/words?topic=faq")
    assert room.page.text.count("/script/edit?at=wording%23faq_") == 10


async def test_a_draft_that_this_version_cannot_read_is_told_and_can_be_thrown_away(room: Desk) -> None:
    await add_alias(room, "l'agitateur")
    async with room.database.begin() as session:
        await session.execute(update(DraftRow).values(sources={"law.yml": "- id: old\n"}))
    await room.open("/script/problems")
    assert room.page.status_code == 409
    assert "law.yml:1" in room.page.text
    await room.post("/script/discard", nonce="d1", version="1")
    assert "Le brouillon est vide." in room.page.text


async def test_an_outdated_draft_shows_what_differs_and_is_brought_over(room: Desk) -> None:
    await add_alias(room, "l'agitateur")
    async with room.database.begin() as session:
        admin = (await session.scalars(select(OfficialRow.id))).one()
        other = parse({**script().sources, "platforms.yml": script().sources["platforms.yml"].replace('"amz", ', "")})
        await turns.archive(session, other, room.now)
        session.add(PublicationRow(id=7, at=room.now, hash=other.digest, by=admin, note=""))
    await room.open("/script/changes")
    assert "Changé des deux côtés" in room.page.text
    assert "<del>amazon.fr" in room.page.text
    version = str((await drafted(room)).version)
    await room.post("/script/publish", nonce="p1", version=version, note="Ma note")
    assert room.page.status_code == 409
    await room.post("/script/bring-over", nonce="o1", version=version)
    draft = await drafted(room)
    assert (draft.files, draft.base.hash) == ({}, other.digest)
