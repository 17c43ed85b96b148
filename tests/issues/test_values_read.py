"""Values that were read wrongly once: lengths of time, whole numbers, jobs, steps, and what is no date or name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest
import yaml

from nlu.backend import Expecting
from nlu.entities import read
from stories.script import Platforms, default_folder
from stories.types import Entity, Language

PLATFORMS = Platforms.model_validate(yaml.safe_load((default_folder() / "platforms.yml").read_text(encoding="utf-8")))
AT = datetime(2026, 11, 23, 22, 47)  # noqa: DTZ001  # A time without a zone is taken as Paris time.


def _read(text: str, asking: str = "", kind: str = "text", language: Language = "fr") -> dict[str, Entity]:
    expecting = Expecting(asking=asking, kind=kind) if asking else None
    found = read(text, at=AT, language=language, platforms=PLATFORMS, expecting=expecting)
    return {one.field: one for one in reversed(found)}


@pytest.mark.parametrize(
    ("text", "days", "approx"),
    [
        ("un an", 365, True),
        ("1 an", 365, True),
        ("one year", 365, True),
        ("2 ans", 730, True),
        ("a week", 7, False),
        ("a month", 30, False),
        ("une semaine", 7, False),
        ("pas un jour", 0, False),
        ("not a single day", 0, False),
        ("un mois et demi", 45, False),
        ("deux semaines", 14, False),
        ("3 ou 4 jours", 3, True),
        ("15", 15, False),
    ],
)
def test_days_are_counted_in_any_unit(text: str, days: int, approx: bool) -> None:  # noqa: FBT001  # A table's column.
    found = _read(text, "notice_days", "days")["notice_days"]
    assert (found.value, found.approx) == (days, approx)


@pytest.mark.parametrize(
    ("text", "value", "approx"),
    [("3 ou 4", 3, True), ("entre 3 et 5", 4, True), ("3-4", 3, True), ("une dizaine", 10, True), ("12", 12, False)],
)
def test_a_whole_number_between_two_is_only_about_that(text: str, value: int, approx: bool) -> None:  # noqa: FBT001  # A table's column.
    found = _read(text, "jobs_total", "integer")["jobs_total"]
    assert (found.value, found.approx) == (value, approx)


@pytest.mark.parametrize("text", ["20,5", "10,5"])
def test_half_a_person_is_no_number_of_people(text: str) -> None:
    assert "jobs_total" not in _read(text, "jobs_total", "integer")


@pytest.mark.parametrize("text", ["oui mais non", "oui et non", "yes and no", "non, enfin si", "oui enfin non"])
def test_a_yes_taken_back_is_no_answer(text: str) -> None:
    assert "lawyer" not in _read(text, "lawyer", "yes_no")


def test_jobs_at_risk_are_told_from_all_jobs() -> None:
    found = _read("3 salariés dont 2 menacés")
    assert (found["jobs_total"].value, found["jobs_at_risk"].value) == (3, 2)


def test_a_feast_by_which_the_firm_may_close_is_no_name_and_no_incident() -> None:
    found = _read("on risque de fermer d'ici Noël")
    assert "name" not in found
    assert "incident_date" not in found
    assert found["survival_risk"].value == "possible"


def test_a_mediator_and_a_lawyer_are_both_read() -> None:
    found = _read("j'ai deja saisi le médiateur, un avocat s'en occupe")
    assert found["lawyer"].value is True
    assert found["mediateur_entreprises"].value == "ongoing"


def test_since_when_one_lives_on_benefits_is_no_incident() -> None:
    assert "incident_date" not in _read("Je suis au RSA depuis 2 mois")


@pytest.mark.parametrize("since", ["depuis", "de puis", "depui", "dps"])
def test_since_is_read_however_it_is_spelled(since: str) -> None:
    value = _read(f"je vends sur etsy {since} 2019")["seller_since"].value
    assert isinstance(value, Mapping)
    assert value["value"] == "2019"


@pytest.mark.parametrize(
    "text",
    [
        "la boutique de ma cousine est fermée",
        "le compte de mon voisin a été suspendu",
        "Octopia ferme notre compte dans deux jours",
        "j'ai peur que mon compte soit suspendu",
        "ma banque a fermé mon compte courant",
    ],
)
def test_an_account_of_others_or_a_fear_is_not_the_state_of_the_account(text: str) -> None:
    assert "account_status" not in _read(text)


def test_views_a_day_set_no_deadline() -> None:
    assert "deadline_date" not in _read("views went from 900 a day to 12", language="en")


def test_a_fear_of_being_cut_off_overnight_is_no_missing_notice() -> None:
    assert "facets.no_notice" not in _read("j'ai peur qu'ils me coupent du jour au lendemain")
