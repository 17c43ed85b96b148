"""Officials find the newest case first, and see of each value who said it and in which words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from sqlalchemy import select, update

from storage import cases, handling, outbox, references
from storage.tables import ConversationRow, OutboxRow
from stories.effects import AmendCase
from stories.types import Answer, Choice, Passage
from tests.console import firm
from tests.console.conftest import START, Desk
from tests.console.firm import Told

REFERENCE = references.new(2026, b"fiction")
ANSWERED = (
    Told(by="bot", text="Bonjour."),
    Told(by="person", key="m1", text="Mon compte est fermé."),
    Told(by="official", text="Votre dossier est complet."),
    Told(by="official", text="Bonne journée."),
)
EVIL = '</dd><script>alert(1)</script><b id=evil>&amp;\'" onfocus="x'


class Ids(HTMLParser):
    """The ids of a page, and where its own links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags |= {tag, *(f"{tag}[{name}]" for name in found)}
        self.ids += [found["id"] or ""] if "id" in found else []
        target = found.get("href") or ""
        self.links |= {target[1:]} if target.startswith("#") else set()


def field(html: str, key: str) -> str:
    """What the page says of a field, without its markup."""
    inside = re.search(rf'id="field-{key}".*?</dd>', html, re.DOTALL)
    assert inside is not None, key
    return " ".join(re.sub(r"<[^>]*>", " ", f"<{inside[0]}").split())


async def opened(desk: Desk, path: str = f"/cases/{REFERENCE}") -> str:
    page = await desk.open(path)
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize(
    ("channel", "changes", "said"),
    [
        ("telegram", {}, "dans la conversation (Telegram)"),
        ("terminal", {}, "par e-mail"),
        ("terminal", {"email": Answer(state="declined")}, "aucun moyen de répondre"),
        ("telegram", {"preferred_channel": Answer(value="code_only")}, "aucun moyen de répondre, sauf"),
        ("webchat", {"preferred_channel": Answer(value="phone"), "phone": Answer(value="+331990")}, "par téléphone"),
    ],
)  # fmt: skip
async def test_how_to_answer_is_said_before_anyone_asks(
    desk: Desk, channel: str, changes: dict[str, Answer], said: str
) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE, channel=channel, **changes), ())
    assert said in unescape(await opened(desk, "/cases?col=answer"))
    assert said in await opened(desk)


async def test_each_value_says_who_said_it_and_whether_the_firm_confirmed_it(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    html = await opened(desk)
    assert "environ 20 % confirmé par l’entreprise lu par une règle" in field(html, "loss-pct-turnover")
    assert "confirmé par l’entreprise proposé par la machine, 93 %" in field(html, "primary-category")
    assert "machine, non confirmé lu par une règle" in field(html, "facets-no-notice")
    assert "pris au registre registre des entreprises" in field(html, "legal-name")
    assert "par défaut, non confirmé choix par défaut" in field(html, "share-dgccrf")
    assert "le 30 novembre 2026" in field(html, "deadline-date")
    assert "proposé par la machine, 88 %" in field(html, "categories-invoicing-documents")
    assert "début octobre 2026" in field(html, "incident-date")


async def test_declined_unknown_and_not_asked_are_told_apart(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    html = await opened(desk)
    assert "préfère ne pas répondre" in field(html, "loss-eur")
    assert "ne sait pas" in field(html, "jobs-total")
    not_asked = re.findall(r'class="not-asked">(.*?)</p>', html, re.DOTALL)
    assert any("Argent retenu" in group for group in not_asked)
    assert not any("Personnes dans l" in group for group in not_asked)


async def test_each_value_leads_to_its_words_and_the_words_back(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    html = await opened(desk)
    page = Ids(html)
    assert len(page.ids) == len(set(page.ids))
    assert page.links <= set(page.ids)
    assert {"words-loss-pct-turnover", "field-loss-pct-turnover", "words-outcomes"} <= page.links
    assert re.search(r'<a href="#field-loss-pct-turnover"[^>]*>environ 20%</a></mark>', html)
    assert re.search(r'<a href="#field-outcomes"[^>]*>récupérer mes factures</a></mark>', html)


async def test_the_conversation_shows_buttons_edits_and_no_secret(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    html = await opened(desk)
    assert re.search(r"a choisi</span>\s*Tout le compte", html)
    assert '<a href="#line-5">corrige le message de' in html
    assert "modifié plus tard" in html
    assert "1234 5678" not in html


async def test_what_happened_after_filing_is_told(desk: Desk) -> None:
    await desk.log_in()
    case = replace(firm.case(REFERENCE), linked=(references.new(2026, b"another"),))
    await firm.file(desk.database, desk.ring, case)
    changes = AmendCase(
        reference=REFERENCE,
        fields={"loss_eur": Answer(value=15000, approx=True)},
        narrative=(Passage(message="m9", text="et mon deuxième compte aussi"),),
        status="withdrawn",
    )
    async with desk.database.begin() as session:
        await handling.amend(session, desk.ring, changes, at=desk.now, turn_id=None)
        await cases.ask_erasure(session, [REFERENCE], desk.now)
    html = await opened(desk)
    for said in (
        "préfère ne pas répondre → environ 15 000 €", "et mon deuxième compte aussi", "Effacement demandé",
        "Dossier retiré", "État : Retiré", f"/console/cases/{case.linked[0]}", "L’entreprise a ajouté un récit.",
    ):  # fmt: skip
        assert said in html.replace("\u202f", " ").replace("\xa0", " "), said


async def test_what_was_sent_can_be_compared_with_the_receipt(desk: Desk) -> None:
    await desk.log_in()
    case = firm.case(REFERENCE)
    await firm.file(desk.database, desk.ring, case)
    async with desk.database.read() as session:
        filed = await cases.show(session, desk.ring, REFERENCE)
    assert filed is not None
    assert filed.digest in await opened(desk)


async def test_html_in_every_field_is_shown_as_it_was_typed(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    honest = {path: Ids(await opened(desk, path)).tags for path in ("/cases?col=problem", f"/cases/{REFERENCE}")}
    scripts = desk.page.text.count("<script")
    reference = references.new(2026, b"hostile")
    case = firm.case(reference)
    fields = {key: replace(answer, value=EVIL, raw=EVIL, by="official") for key, answer in case.fields.items()}
    fields |= {"level": Answer(value="high"), "reasons": Answer(value=[EVIL]), "categories": Answer(value=[EVIL])}
    told = (
        Told(by="bot", text=EVIL, choices=(Choice(id=EVIL, label=EVIL),)),
        Told(by="person", key="m1", text=EVIL, edits=EVIL),
        Told(by="person", key="m2", choice=EVIL),
        Told(by="person", key="m4", fields={EVIL: EVIL, "outcomes": EVIL}),
    )
    hostile = replace(case, fields=fields, narrative=(Passage(message="m1", text=EVIL),), linked=(EVIL,))
    await firm.file(desk.database, desk.ring, hostile, told)
    for path, plain in zip(("/cases?col=problem", f"/cases/{reference}"), honest.values(), strict=True):
        page = Ids(await opened(desk, path))
        assert "evil" not in page.ids
        assert not any(tag.endswith("[onfocus]") for tag in page.tags)
        assert page.tags - {"b", "br"} <= plain | {"table", "caption", "thead", "tbody", "tr", "th", "td"} | {
            f"{tag}[{name}]" for tag in ("table", "tr", "th", "td", "thead", "tbody", "caption")
            for name in ("class", "role", "scope", "data-label")
        }  # fmt: skip
        assert desk.page.text.count("<script") == scripts


@pytest.mark.parametrize("typed", ["PV-2026-ZZZZZ-Z", "rien", "%27%3B--", REFERENCE[:-1] + "0"])
async def test_a_case_that_does_not_exist_is_said_plainly(desk: Desk, typed: str) -> None:
    await desk.log_in()
    page = await desk.open(f"/cases/{typed}")
    assert page.status_code == 404
    assert "Cette page n’existe pas" in page.text


async def test_a_reference_may_be_typed_as_it_is_heard(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE), ())
    assert REFERENCE in await opened(desk, f"/cases/{REFERENCE.lower().replace('-', '')}")


async def test_the_desk_speaks_the_officials_language_and_shows_the_firms_own(desk: Desk) -> None:
    await desk.log_in()
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE))
    await desk.open(f"/cases/{REFERENCE}")
    html = (await desk.post("/language", language="en", next=f"/cases/{REFERENCE}")).text
    assert '<html lang="en">' in html
    assert "about 20% confirmed by the firm read by a rule" in field(html, "loss-pct-turnover")
    assert '<ol class="lines" lang="fr">' in html


async def test_whether_and_when_a_line_got_there_is_said(desk: Desk) -> None:
    lane = await firm.file(desk.database, desk.ring, firm.case(REFERENCE, channel="whatsapp"), ANSWERED)
    async with desk.database.begin() as session:
        (first, second, third) = await session.scalars(select(OutboxRow).where(OutboxRow.lane == lane))
        first.status, first.delivery = "done", "read"
        second.error = outbox.CLOSED
        third.status = "failed"
        await session.execute(
            update(ConversationRow).values(
                open_until=START - timedelta(hours=1), announced_at=START, unreachable_at=None
            )
        )
    await desk.log_in()
    page = await opened(desk)
    for words in (
        ">lu<", "attend que l’entreprise écrive (fenêtre de 24 h close)", "échec de l’envoi",
        "La fenêtre de 24 h est close depuis le 24/11/2026 08:00.",
        "Modèle « une réponse vous attend » envoyé le 24/11/2026 09:00.",
    ):  # fmt: skip
        assert words in page, words
    assert "Injoignable" not in page


async def test_a_firm_that_cannot_be_reached_is_told_at_the_top(desk: Desk) -> None:
    await firm.file(desk.database, desk.ring, firm.case(REFERENCE, channel="whatsapp"))
    async with desk.database.begin() as session:
        await session.execute(update(ConversationRow).values(unreachable_at=START))
    await desk.log_in()
    page = await opened(desk)
    assert "Injoignable dans la conversation" in page
    assert "Injoignable ici depuis le 24/11/2026 09:00." in page
