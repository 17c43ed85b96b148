"""Labelling in the console: masked, one after the other, undone, and nothing lost between two who label."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path

from sqlalchemy import select, update

from nlu.held import Held, write_held
from storage import drawing, officials, samples
from storage.corrections import Labelled
from storage.drawing import FIRST
from storage.training_tables import ModelRow, SampleRow
from stories.types import Answer
from tests.console import classifier
from tests.console.classifier import LIVE
from tests.console.conftest import Desk, script
from tests.storage.chats import NOW, Chat, drawn

NAMED = {"legal_name": Answer(value="Éditions du Moulin")}
NONCE = re.compile(r'name="nonce" value="([^"]*)"')
VERSION = re.compile(r'name="version" value="(\d+)"')


async def waiting(desk: Desk, *chats: Chat) -> Sequence[SampleRow]:
    """An administrator, before whom these messages wait."""
    await desk.log_in("administrator")
    desk.now = NOW
    async with desk.database.begin() as session:
        for chat in chats or (Chat(desk.database, desk.ring, "a", answers=NAMED),):
            await chat.keep(session)
    rows = await drawn(desk.database, desk.ring)
    async with desk.database.begin() as session:
        await session.execute(update(SampleRow).values(part="learning"))
    return rows


async def send(desk: Desk, path: str, **fields: str | Sequence[str]) -> str:
    """Send a form of the page that is shown."""
    nonce, version = NONCE.findall(desk.page.text)[-1], VERSION.findall(desk.page.text)
    sent = {"nonce": nonce, **({"version": version[-1]} if version else {}), **fields}
    await desk.post(path, **sent)
    return unescape(desk.page.text)


async def labelled(desk: Desk) -> list[Labelled]:
    async with desk.database.read() as session:
        return await samples.labelled(session, desk.ring)


async def test_a_message_is_shown_masked_with_what_was_asked_and_what_was_understood(desk: Desk) -> None:
    question = "Bonjour Éditions du Moulin, que s'est-il passé ? Répondez à marie.fictive@exemple.example"
    await waiting(desk, Chat(desk.database, desk.ring, "a", answers=NAMED, question=question))
    page = (await desk.open("/review")).text
    assert "Ils ont fermé mon compte. Écrivez à [e-mail], [entreprise], commande [" in page
    assert "Bonjour [entreprise], que s&#39;est-il passé ? Répondez à [e-mail]" in page
    assert not any(name in page for name in ("Moulin", "paul@", "marie.fictive", "4459982"))
    assert "Suspension ou fermeture du compte vendeur" in page
    assert "60" in page[page.index('data-key="1"') :].split("</button>")[0]
    assert "0 aujourd’hui · 1 en attente" in page
    assert "Tiré" in page


async def test_of_a_message_that_is_tested_on_no_figure_of_the_program_is_shown(desk: Desk) -> None:
    await waiting(desk)
    async with desk.database.begin() as session:
        await session.execute(update(SampleRow).values(part="test"))
    page = (await desk.open("/review")).text
    assert "ses chiffres ne sont pas montrés" in page
    assert 'class="odds"' not in page


async def test_a_proposal_decides_at_once_and_undo_brings_the_message_back(desk: Desk) -> None:
    (row,) = await waiting(desk)
    await desk.open("/review")
    page = await send(desk, f"/review/{row.id}", main="account_suspension")
    assert desk.page.url.path == "/console/review"
    assert "1 aujourd’hui · 0 en attente" in page
    assert [(one.labels, one.act) for one in await labelled(desk)] == [(("account_suspension",), None)]
    page = await send(desk, "/review/undo")
    assert desk.page.url.path == f"/console/review/{row.id}"
    assert "Décision annulée" in page
    assert await labelled(desk) == []


async def test_several_labels_an_act_and_values_are_kept_as_they_stand_in_the_text(desk: Desk) -> None:
    (row,) = await waiting(desk)
    await desk.open("/review")
    await send(
        desk, f"/review/{row.id}", first="funds_withheld", also=["account_suspension", "funds_withheld"], act="inform",
        value=["platform_id", "loss_eur"], said=["mon compte", ""], decide="1",
    )  # fmt: skip
    (one,) = await labelled(desk)
    assert (one.labels, one.act) == (("funds_withheld", "account_suspension"), "inform")
    async with desk.database.read() as session:
        (held,) = await samples.decisions(session, row.id)
    assert held.decision.spans == ("platform_id:14:24",)
    page = (await desk.open(f"/review/{row.id}")).text
    assert "<mark>mon compte</mark>" in page
    assert re.search(r'name="first" value="funds_withheld"[^>]*checked', page)


async def test_an_act_none_of_these_and_a_skipped_message(desk: Desk) -> None:
    rows = await waiting(desk, *(Chat(desk.database, desk.ring, name, text=f"message {name}") for name in "abc"))
    for row, fields in zip(rows, ({"main": "act:human"}, {"main": "nothing"}, {"skip": "1"}), strict=True):
        await desk.open(f"/review/{row.id}")
        await send(desk, f"/review/{row.id}", **fields)
    assert {(one.labels, one.act) for one in await labelled(desk)} == {((), "human"), (("nothing",), None)}
    assert "Aucun message n’attend" in (await desk.open("/review")).text
    assert "message c" in (await desk.open("/review/decided?status=skipped")).text


async def test_words_that_are_not_in_the_text_come_back_as_they_were_typed(desk: Desk) -> None:
    (row,) = await waiting(desk)
    await desk.open("/review")
    page = await send(
        desk, f"/review/{row.id}", first="funds_withheld", value="loss_eur", said="12 000 euros", decide="1"
    )
    assert desk.page.status_code == 422
    assert "Ces mots ne sont pas dans le message" in page
    assert 'value="12 000 euros"' in page
    assert re.search(r'name="first" value="funds_withheld"[^>]*checked', page)
    await send(desk, f"/review/{row.id}", decide="1")
    assert "Choisissez d’abord une étiquette" in desk.page.text
    assert await labelled(desk) == []


async def test_who_decides_second_is_told_what_the_first_said_and_loses_nothing(desk: Desk) -> None:
    (row,) = await waiting(desk)
    await desk.open("/review")
    await officials.create(desk.database, login="d.fictif", name="Denis Fictif", role="administrator", now=NOW)
    async with desk.database.begin() as session:
        other = await officials.named(session, "d.fictif")
        made = samples.Decision(labels=("listing_removal",))
        await samples.decide(session, row.id, made, by=other, version=0, now=NOW)
    page = await send(desk, f"/review/{row.id}", main="funds_withheld")
    assert desk.page.status_code == 409
    assert "Quelqu’un vient de décider" in page
    assert f"Denis Fictif a dit : {script().categories['listing_removal'].label['fr']}" in page
    assert re.search(r'name="first" value="funds_withheld"[^>]*checked', page)
    assert [one.labels for one in await labelled(desk)] == [("listing_removal",)]
    await send(desk, f"/review/{row.id}", first="funds_withheld", decide="1")
    assert [one.labels for one in await labelled(desk)] == [("funds_withheld",)]


async def test_a_form_sent_twice_decides_once(desk: Desk) -> None:
    (row,) = await waiting(desk)
    await desk.open("/review")
    nonce = NONCE.findall(desk.page.text)[-1]
    token = desk.page
    for _ in range(2):
        desk.page = token
        await desk.post(f"/review/{row.id}", nonce=nonce, version="0", main="nothing")
        assert desk.page.status_code == 200
    async with desk.database.read() as session:
        assert len(await samples.decisions(session, row.id)) == 1


async def test_the_list_is_filtered_by_label_and_reason(desk: Desk) -> None:
    rows = await waiting(desk, *(Chat(desk.database, desk.ring, name, text=f"message {name}") for name in "ab"))
    for row, label in zip(rows, ("account_suspension", "funds_withheld"), strict=True):
        await desk.open(f"/review/{row.id}")
        await send(desk, f"/review/{row.id}", main=label, **{"from": "list"})
    assert desk.page.url.path == "/console/review/decided"
    texts = [desk.ring.open("samples", "text", row.id, row.text).decode() for row in rows]
    assert all(text in desk.page.text for text in texts)
    page = (await desk.open("/review/decided?label=funds_withheld")).text
    assert (texts[0] in page, texts[1] in page) == (False, True)
    assert "autre réponse" in page
    assert "Aucun message ne correspond" in (await desk.open("/review/decided?reason=brought")).text


async def test_how_messages_are_drawn_is_set_by_a_form_that_must_add_up(desk: Desk) -> None:
    await waiting(desk)
    await desk.open("/review/drawing")
    given = {"size": "60", "uncertain": "40", "disagreement": "30", "diverse": "20", "random": "10"}
    assert 'value="50"' in desk.page.text
    await send(desk, "/review/drawing", **{**given, "random": "9"})
    assert desk.page.status_code == 422
    assert 'value="30"' in desk.page.text
    await send(desk, "/review/drawing", **{**given, "uncertain": "50", "random": "0"})
    assert desk.page.status_code == 422
    await send(desk, "/review/drawing", **given)
    assert "C’est enregistré" in desk.page.text
    async with desk.database.read() as session:
        held = await drawing.plan(session)
    assert (held.size, held.shares["random"]) == (60, 10)
    await desk.open("/review/drawing")
    async with desk.database.begin() as session:
        by = await officials.named(session, "c.fictive")
        await drawing.set_plan(session, replace(FIRST, size=100), by=by, now=NOW)
    await send(desk, "/review/drawing", **{**given, "size": "70"})
    assert desk.page.status_code == 409
    assert 'value="70"' in desk.page.text


async def test_a_second_official_labels_some_again_blind_and_their_agreement_is_told(desk: Desk) -> None:
    rows = await waiting(desk, *(Chat(desk.database, desk.ring, name, text=f"message {name}") for name in "abc"))
    await officials.create(desk.database, login="d.fictif", name="Denis Fictif", role="administrator", now=NOW)
    async with desk.database.begin() as session:
        other = await officials.named(session, "d.fictif")
        for at, row in enumerate(rows):
            named = 1000 + at * 5 // 2  # 1000, 1002, 1005: two of them are drawn to be labelled twice.
            text = desk.ring.open("samples", "text", row.id, row.text)
            sealed = {"id": named, "text": desk.ring.seal("samples", "text", named, text)}
            await session.execute(update(SampleRow).where(SampleRow.id == row.id).values(sealed))
            made = samples.Decision(labels=("funds_withheld" if at else "other",))
            await samples.decide(session, named, made, by=other, version=0, now=NOW)
    assert "Relire 2 messages étiquetés par un collègue" in (await desk.open("/review")).text
    for label in ("other", "account_suspension"):
        page = (await desk.open("/review/second")).text
        assert "sans voir sa réponse" in page
        assert "Denis" not in page
        where = re.search(r"/review/(\d+)\" class", page)
        assert where is not None
        await send(desk, f"/review/{where[1]}", main=label, **{"from": "second"})
    assert "Aucun message n’attend" in desk.page.text
    assert "même étiquette : 50 % (messages relus : 2)." in _narrow((await desk.open("/review/decided")).text)


def _narrow(text: str) -> str:
    return unescape(text).replace("\xa0%", "\u202f%").replace(" %", "\u202f%")


async def test_labels_that_may_be_wrong_are_shown_and_lead_to_their_message(desk: Desk) -> None:
    text = "Mes ventes de novembre sont bloquées depuis trois semaines sur leur site"
    told = (("account_suspension", "a", text), ("funds_withheld", "b", f"{text} !"), ("other", "c", "Tout autre chose"))
    chats = [
        Chat(desk.database, desk.ring, name, text=said, problem=problem, odds=0.95) for problem, name, said in told
    ]
    by_turn = {row.turn_id: row for row in await waiting(desk, *chats)}
    for chat, label in zip(chats, ("account_suspension", "funds_withheld", "funds_withheld"), strict=True):
        row = by_turn[chat.turn]
        await desk.open(f"/review/{row.id}")
        await send(desk, f"/review/{row.id}", main=label)
    page = unescape((await desk.open("/review/quality")).text)
    suspects, twins = page.split('id="suspects"')[1].split('id="twins"')
    assert "Tout autre chose" in suspects
    assert "Le programme dit : Autre problème avec une place de marché, 95" in suspects
    assert text not in suspects
    assert all(f"/review/{by_turn[chat.turn].id}" in twins for chat in chats[:2])
    async with desk.database.begin() as session:
        await session.execute(update(SampleRow).values(part="test"))
    assert "Rien de douteux" in (await desk.open("/review/quality")).text


def held(label: str, *, told: str, given: float) -> Held:
    return Held(language="fr", labels=(label,), told=told, odds=0.92, given=given, found=())


async def test_what_the_model_in_use_learnt_is_doubted_by_its_cross_validation(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / LIVE).mkdir()
    (tmp_path / LIVE / "manifest.json").write_text("{}", encoding="utf-8")
    problems = {
        "sample:1": held("other", told="funds_withheld", given=0.03),
        "sample:2": held("other", told="other", given=0.92),
        "sample:3": held("fees_commissions", told="account_suspension", given=0.03),
    }
    acts = {"sample:5": held("affirm", told="deny", given=0.01)}
    write_held(tmp_path / LIVE, {"problems": problems, "acts": acts})
    desk.console.state.desk.models = tmp_path
    await desk.log_in("administrator")
    sure = {"told": {"by": LIVE, "problems": {"funds_withheld": 0.95}, "acts": {}}, "status": "labelled"}
    said = ("Doute appris", "Bien appris", "Corrigé depuis", "Pas encore appris", "Oui plutôt")
    async with desk.database.begin() as session:
        await classifier.put_in(session, desk.now)
        (await session.get_one(ModelRow, LIVE)).digest = hashlib.sha256(b"{}").hexdigest()
        by = await classifier.official_id(session)
        for number, text in enumerate(said, 1):
            told = sure if number in {2, 4} else {"status": "labelled"}
            session.add(classifier.drawn(desk.ring, number, text, desk.now, **told))
            await session.flush()
            made = classifier.decided(number, by, desk.now, *(["other"] if number < 5 else []))
            made.act = "affirm" if number == 5 else None
            session.add(made)
    page = unescape((await desk.open("/review/quality")).text)
    assert [text for text in said if text in page] == ["Doute appris", "Pas encore appris", "Oui plutôt"]
    assert "ne peut pas être relu" not in page
    assert page.index("Pas encore appris") < page.index("Doute appris")
    assert "Le programme dit : Fonds retenus ou versements bloqués, 92" in page
    (tmp_path / LIVE / "held.json").unlink()
    page = unescape((await desk.open("/review/quality")).text)
    assert [text for text in said if text in page] == ["Bien appris", "Pas encore appris", "Oui plutôt"]
    assert "ne peut pas être relu" in page


async def test_a_message_of_whom_objects_is_a_page_that_is_not_there(desk: Desk) -> None:
    (row,) = await waiting(desk)
    async with desk.database.begin() as session:
        await session.execute(update(SampleRow).values(status="withdrawn", text=b""))
    assert (await desk.open(f"/review/{row.id}")).status_code == 404
    assert (await desk.open("/review")).status_code == 200
    async with desk.database.read() as session:
        assert len((await session.scalars(select(SampleRow))).all()) == 1
