"""The page on what changes: an alert in words on it and on the first page, and themes that lead to the labelling."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import update

from storage.training_tables import ReadingRow, SampleRow
from tests.console import classifier
from tests.console.conftest import Desk


async def test_a_new_practice_is_told_on_the_first_page_and_its_messages_are_one_click_away(desk: Desk) -> None:
    await desk.log_in("administrator")
    async with desk.database.begin() as session:
        await classifier.months(session, desk.ring, desk.now)
    assert "Le modèle hésite plus souvent" in (await desk.open("/")).text
    page = (await desk.open("/drift")).text
    assert "Le modèle hésite plus souvent" in page
    assert "caution" in page
    assert page.count("<blockquote>") == 3
    link = re.search(r'href="/console/review\?only=([\d,]+)"', page)
    assert link
    assert {int(one) for one in link[1].split(",")} == set(range(1070, 1110))
    page = (await desk.open(f"/review?only={link[1]}")).text
    form = re.search(r'<form[^>]*action="/console(/review/\d+\?only=[^"]*)".*?</form>', page, re.DOTALL)
    assert form
    nonce = re.search(r'name="nonce" value="([^"]*)"', form[0])
    await desk.post(form[1], nonce=nonce[1] if nonce else "", version="0", main="other", **{"from": "queue"})
    assert desk.page.url.params["only"] == link[1]
    assert "caution carbone" in desk.page.text


async def test_calm_weeks_raise_nothing(desk: Desk) -> None:
    await desk.log_in("administrator")
    async with desk.database.begin() as session:
        await classifier.months(session, desk.ring, desk.now - timedelta(days=3))
        await session.execute(update(ReadingRow).values(abstained=False, unknown=0.05, problem="funds_withheld"))
    assert "Les messages changent" not in (await desk.open("/")).text
    assert "Rien d’inhabituel cette semaine." in (await desk.open("/drift")).text


async def test_of_few_messages_the_page_says_that_they_are_too_few(desk: Desk) -> None:
    await desk.log_in("administrator")
    async with desk.database.begin() as session:
        await classifier.read(session, desk.now - timedelta(days=1), [{"abstained": True}] * 12)
    assert "Récits cette semaine : 12. Il en faut 30 pour conclure." in (await desk.open("/drift")).text


async def test_agreement_weighs_each_message_by_its_chance_and_what_was_undone_does_not_count(desk: Desk) -> None:
    await desk.log_in("administrator")
    at = desk.now - timedelta(days=1)
    async with desk.database.begin() as session:
        along = [
            {"shadow": "x", "shadow_problem": problem, "shadow_act": "inform"} for problem in ("funds_withheld", None)
        ]
        turns = await classifier.read(session, at, along)
        by = await classifier.official_id(session)
        for number, (turn_id, chance) in enumerate(zip(turns, (0.1, 0.3), strict=True), 1):
            session.add(
                classifier.drawn(desk.ring, number, "texte", at, turn_id=turn_id, chance=chance, status="labelled")
            )
        await session.flush()
        undone = classifier.decided(1, by, at, "other")
        undone.undone_at = desk.now
        session.add_all(
            [classifier.decided(1, by, at, "funds_withheld"), undone, classifier.decided(2, by, at, "other")]
        )
    page = (await desk.open("/drift")).text
    assert 'data-label="Accord avec les agents"><span>75 %' in page
    assert 'data-label="Accord en silence">50 %' in page


async def test_messages_of_the_sealed_test_are_in_no_theme(desk: Desk) -> None:
    await desk.log_in("administrator")
    async with desk.database.begin() as session:
        await classifier.months(session, desk.ring, desk.now)
        await session.execute(update(SampleRow).values(part="test"))
    assert "caution" not in (await desk.open("/drift")).text


async def test_the_alert_and_the_list_tell_the_same_share_of_a_problem(desk: Desk) -> None:
    await desk.log_in("administrator")
    async with desk.database.begin() as session:
        calm, now = desk.now - timedelta(days=10), desk.now - timedelta(days=1)
        told = [{"problem": "funds_withheld"}] * 20
        others = [{"problem": "other"}] * 60
        await classifier.read(session, calm, [*told, *others, *[{"abstained": True}] * 20])
        await classifier.read(session, now, [*told * 3, *[{"problem": "other"}] * 20, *[{"abstained": True}] * 20])
    page = (await desk.open("/drift")).text
    alert = re.search(r"60\s%[^<]*20\s%", page)
    assert alert
    assert re.search(r"<strong>60\s%</strong> <span[^>]*>[^<]*20\s%", page)
