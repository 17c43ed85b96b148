"""Values are read from messages as people write them, and never at the price of an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.backend import Expecting
from nlu.entities import read
from nlu.masking import mask
from stories.script import Platforms, default_folder
from stories.types import Entity, Language

SHEETS = Path(__file__).parent / "sentences"
PLATFORMS = Platforms.model_validate(yaml.safe_load((default_folder() / "platforms.yml").read_text(encoding="utf-8")))
AT = datetime(2026, 11, 23, 22, 47)  # noqa: DTZ001  # A time without a zone is taken as Paris time.
SURE = 0.4
SHARE_EXACT = 0.95
LANGUAGES: tuple[Language, ...] = ("fr", "en")

Held = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    sheet: str
    text: str
    at: datetime
    expecting: Expecting | None
    holds: frozenset[Held]


def _value(value: object, *, approx: bool) -> str:
    if isinstance(value, Mapping) and "precision" in value:
        return ("~" if value["approx"] else "") + str(value["value"])
    return f"{value!r}{' about' if approx else ''}"


def _written(field: str, value: object, text: str, *rest: str) -> Held:
    """A mention as the sheets write it: field, value, words, and `about` where it is only about that."""
    if isinstance(value, str) and field.endswith(("_since", "date", "_on")):
        return field, value, text
    return field, _value(value, approx="about" in rest), text


def _lines(language: Language) -> Iterator[Line]:
    for path in sorted((SHEETS / language).glob("*.yml")):
        sheet = yaml.safe_load(path.read_text(encoding="utf-8"))
        for line in sheet["mentions"]:
            yield Line(
                sheet=path.name,
                text=line["text"],
                at=line.get("at", sheet["at"]),
                expecting=Expecting(**line["expecting"]) if "expecting" in line else None,
                holds=frozenset(_written(*held) for held in line["holds"]),
            )


def _read(text: str, language: Language, expecting: Expecting | None = None, at: datetime = AT) -> tuple[Entity, ...]:
    return read(text, at=at, language=language, platforms=PLATFORMS, expecting=expecting)


def _found(line: Line, language: Language) -> frozenset[Held]:
    entities = _read(line.text, language, line.expecting, line.at)
    return frozenset(
        (one.field, _value(one.value, approx=one.approx), one.text) for one in entities if one.confidence >= SURE
    )


@pytest.mark.parametrize(("language", "least"), [("fr", 1000), ("en", 500)])
def test_the_sheets_are_read_exactly(language: Language, least: int) -> None:
    """Field, value, precision and words must all be right; a value that nobody said counts as a miss too."""
    right = missed = 0
    for line in _lines(language):
        found = _found(line, language)
        right += len(found & line.holds)
        missed += len(found ^ line.holds)
        if found != line.holds:
            print(f"{line.sheet}: {line.text}\n  missed {line.holds - found}\n  instead {found - line.holds}")  # noqa: T201
    assert right >= least
    assert right / (right + missed) >= SHARE_EXACT


@given(text=st.text(max_size=300), language=st.sampled_from(LANGUAGES))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_an_exception_and_spans_match(text: str, language: Language) -> None:
    for entity in _read(text, language):
        assert text[entity.start : entity.end] == entity.text


PIECES = (
    "15 000 €", "le 8", "le 31 février", "-20 %", "150 %", "depuis 99999 ans", "dans 4000 jours", "sur", "Amazon",
    "ali", "avant le 30", "œuf", "e\u0301te\u0301", "\u200b", "\u202e", "👩\u200d🍳", "½", "٣٤", "société ", "SARL",
    "je m'appelle", "il y a", "12", "un", "mille", "million", "a@b.fr", "06 12 34 56 78", "FR76", "b0", "\n", "  ",
    ".", ",", "'", "’", "%", "/", "depuis", "par mois", "perdu", "2026", "29 février", "B08N5WRWNW", "https://x.fr/",
    "une dizaine de", "ſ", "İ", "ß", "\x00",
)  # fmt: skip
KINDS = (
    "choice", "yes_no", "text", "money", "percent", "partial_date", "integer", "days", "company", "email", "phone",
    "platform", "problem",
)  # fmt: skip


@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=14),
    glue=st.sampled_from((" ", "", "-")),
    kind=st.sampled_from(KINDS),
    asking=st.sampled_from(("platform_id", "loss_eur", "deadline_date", "seller_since", "jobs_total", "notice_days")),
    language=st.sampled_from(LANGUAGES),
)
@settings(max_examples=500, deadline=None)
def test_any_answer_is_read_without_an_exception_and_spans_match(
    pieces: list[str], glue: str, kind: str, asking: str, language: Language
) -> None:
    text = glue.join(pieces)
    for entity in _read(text, language, Expecting(asking=asking, kind=kind)):
        assert text[entity.start : entity.end] == entity.text


@pytest.mark.parametrize(
    "piece",
    ["20 % ", "15 000 € ", "le 8 ", "cent ", "a.", "a@", "B", "1 ", "Mme Xx ", "http://", "\u202e", "👩\u200d🍳"],
)
def test_a_hundred_thousand_characters_take_no_longer_than_their_number(piece: str) -> None:
    text = (piece * (100_000 // len(piece)))[:100_000]
    started = perf_counter()
    mask(text, _read(text, "fr"))
    assert perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("écrivez à jean@exemple.fr ou 06 12 34 56 78", "écrivez à [e-mail] ou [téléphone]"),
        ("commande 404-1234567-7654321 de la cliente Mme Durand", "commande [commande] de la cliente Mme [personne]"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189", "IBAN [IBAN]"),
        ("l'acheteur Paul Petit a menti", "l'acheteur [personne] a menti"),
        ("mon siret 732 829 320 00074", "mon siret [SIRET]"),
        ("je m'appelle Jeanne Martin, société Dupont Fictif SARL", "je m'appelle [nom], société [entreprise]"),
        ("je perds 15 000 € par mois", "je perds 15 000 € par mois"),
        ("carte 4970 1000 0000 0055", "carte [carte]"),
        ("compte 12345 67890 12345678901 25", "compte [numéro]"),
        ("my customer Mr Smith", "my customer Mr [personne]"),
    ],
)
def test_what_identifies_someone_is_masked(text: str, masked: str) -> None:
    assert mask(text, _read(text, "fr")) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Mme Dupuis a demandé un remboursement", "Mme [personne] a demandé un remboursement"),
        ("a client called John Smith says it never came", "a client called [personne] says it never came"),
        (
            "ma cliente s'appelle Sophie Lambert et habite 12 rue des Lilas 75011 Paris",
            "ma cliente s'appelle [personne] et habite [adresse]",
        ),
        ("livré au 4 bis avenue Jean Jaurès, 69007 Lyon", "livré au [adresse]"),
        ("sent to 27 Mill Lane, Leeds LS1 4AP on Monday", "sent to [adresse] on Monday"),
        ("au téléphone, un certain Karim m'a dit non", "au téléphone, un certain [personne] m'a dit non"),
        ("Kevin du support vendeur ne répond plus", "[personne] du support vendeur ne répond plus"),
        ("I spoke to Priya from seller support", "I spoke to [personne] from seller support"),
        ("mon salarié Thomas Roche va partir", "mon salarié [personne] va partir"),
        ("M. et Mme Lefèvre ont ouvert un litige", "M. et Mme [personne] ont ouvert un litige"),
        ("monsieur dupont m'a mis une étoile", "monsieur [personne] m'a mis une étoile"),
        ("the buyer, Mrs Anna Kowalska, opened a case", "the buyer, Mrs [personne], opened a case"),
        ("commande 404-1234567-7654321 de Jean-Pierre Morel", "commande [commande] de [personne]"),
        ("Maître Vidal, notre avocat, a écrit", "Maître [personne], notre avocat, a écrit"),
        ("l'acheteuse (Claire Petit) a menti", "l'acheteuse ([personne]) a menti"),
        ("il s'appelle Marc Petit, tel 0612345678", "il s'appelle [personne], tel [téléphone]"),
        ("au 23 rue Victor Hugo le colis est revenu", "au [adresse] le colis est revenu"),
        ("Client Amazon depuis 2015, puis client Darty", "Client Amazon depuis 2015, puis client Darty"),
        ("notre boutique s'appelle Lune de Bois, sur Etsy", "notre boutique s'appelle Lune de Bois, sur Etsy"),
        ("Amazon a fermé mon compte, Cdiscount aussi", "Amazon a fermé mon compte, Cdiscount aussi"),
        ("le support d'Amazon m'a donné 3 jours", "le support d'Amazon m'a donné 3 jours"),
    ],
)
def test_third_persons_and_addresses_are_masked_and_brands_stay(text: str, masked: str) -> None:
    assert mask(text, _read(text, "fr")) == masked


def test_identifiers_are_masked_wherever_they_stand_in_a_long_text() -> None:
    text = "bla " * 20_000 + "jean@exemple.fr"
    assert mask(text, _read(text, "fr")).endswith("bla [e-mail]")


def test_a_text_says_the_same_with_decomposed_accents_and_double_spaces() -> None:
    plain = _read("viré début octobre, perdu environ 20 %", "fr")
    odd = _read("vire\u0301  de\u0301but  octobre,\u200b perdu environ\u00a020\u202f%", "fr")
    assert [(one.field, one.value) for one in plain] == [(one.field, one.value) for one in odd]


def test_a_weekday_counts_from_the_message_in_paris() -> None:
    late: Any = datetime.fromisoformat("2026-11-23T23:30:00+00:00")
    (yesterday,) = _read("hier", "fr", at=late)
    assert yesterday.value == {"value": "2026-11-23", "precision": "day", "approx": False}
