"""A pseudonymised row names no firm, and tells its place only where enough firms share it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stories import pseudonyms
from stories.pseudonyms import COUNTS, EUROS, SHARES, Cells, Filed
from stories.script import default_folder, load
from stories.types import Answer, Case, Passage

SCRIPT = load(default_folder())
SECRETS: dict[str, Any] = {
    "legal_name": "Moulin Fictif", "siren": "732829320", "siret": "73282932000074", "foreign_id": "BE0123",
    "name": "Claire", "email": "a@b.example", "phone": "0601020304", "postal_code": "59000",
    "seller_account_id": "A1B2C3", "shop_name": "Le Moulin", "listing_ids": ["B00XYZ"], "ticket_ids": ["T-77"],
    "outcome_text": "mes mots", "reason_text": "leurs mots", "summary_validated": "tout", "federation": "FEDE",
    "platform_name_typed": "amazone", "clause_cited": "art. 3", "category_answers.brand": "Marque",
}  # fmt: skip


def filed(number: int = 1, **fields: Any) -> Filed:  # Any JSON.
    given = {name.replace("__", "."): Answer(value=held) for name, held in fields.items()}
    case = Case(
        reference=f"PV-2026-0000{number}-0", language="fr", channel="webchat",
        filed_at=datetime(2026, 11, 23, tzinfo=UTC), fields=given, narrative=(Passage(message="1", text="récit"),),
    )  # fmt: skip
    return Filed(id=number, case=case, status="submitted", closure_reason=None)


def rows(*cases: Filed, key: bytes = b"k" * 32) -> list[dict[str, Any]]:
    cells, table = Cells(), pseudonyms.columns(SCRIPT, named=False)
    for one in cases:
        cells.count(one.case, pseudonyms.firm(key, one))
    return [pseudonyms.pseudonymised(SCRIPT, table, one, key, cells) for one in cases]


def many(count: int, start: int = 0, **fields: Any) -> list[Filed]:  # Any JSON.
    given = {"platform_id": "amazon", "primary_category": "funds_withheld", **fields}
    return [filed(start + one, siren=f"{start + one:09}", **given) for one in range(count)]


def test_nothing_that_names_a_firm_or_was_written_freely_is_left() -> None:
    given = {name.replace(".", "__"): held for name, held in SECRETS.items()}
    (row,) = rows(filed(**given, loss_eur=12_345.67, incident_date={"value": "2026-10-03", "precision": "day"}))
    said = repr(row)
    for held in SECRETS.values():
        assert (held[0] if isinstance(held, list) else held) not in said
    assert "PV-2026" not in said
    assert "récit" not in said
    assert row["loss_eur"] == "10000..49999"
    assert row["incident_date"] == "2026-10"
    assert row["filed"] == "2026-11"


def test_pseudonyms_are_the_same_in_one_table_and_others_in_the_next() -> None:
    cases = [filed(1, siren="732829320"), filed(2, siren="732829320"), filed(3, siren="552100554")]
    first, second, third = rows(*cases)
    assert first["firm"] == second["firm"] != third["firm"]
    assert len({row["case"] for row in (first, second, third)}) == 3
    again = rows(*cases, key=b"other" * 8)
    assert not {row["firm"] for row in again} & {first["firm"], third["firm"]}
    assert not {row["case"] for row in again} & {first["case"], second["case"]}


def test_a_department_is_told_where_five_firms_share_it_with_platform_and_problem() -> None:
    found = rows(*many(5, region="32", department="59"), *many(4, 10, region="32", department="62"))
    assert {row["department"] for row in found[:5]} == {"59"}
    assert {row["department"] for row in found[5:]} == {None}


def test_a_region_is_told_where_those_without_department_are_five_among_themselves() -> None:
    alone = rows(*many(6, region="32", department="59"), *many(4, 10, region="32", department="62"))
    assert {row["region"] for row in alone[6:]} == {None}
    more = rows(*many(4, region="32", department="62"), *many(1, 10, region="32", department="60"))
    assert {row["region"] for row in more} == {"32"}
    assert {row["department"] for row in more} == {None}


def test_five_cases_of_one_firm_are_one_firm() -> None:
    same = [filed(one, siren="732829320", region="32", department="59") for one in range(6)]
    assert {row["region"] for row in rows(*same)} == {None}


def test_a_branch_is_a_section_of_the_naf() -> None:
    assert pseudonyms.branch("47.91B") == "G"
    assert pseudonyms.branch("01.11Z") == "A"
    assert pseudonyms.branch("") is None
    assert {row["naf"] for row in rows(*many(5, naf="47.91B"))} == {"G"}
    assert {row["naf"] for row in rows(*many(4, naf="47.91B"))} == {None}


@pytest.mark.parametrize(
    ("number", "edges", "said"),
    [
        (0, EUROS, "0"), (0.4, EUROS, "0"), (1, EUROS, "1..999"), (999.9, EUROS, "1..999"), (1000, EUROS, "1000..4999"),
        (2_000_000, EUROS, "500000+"), (-3, EUROS, "0"), (4, COUNTS, "1..4"), (250, COUNTS, "250+"),
        (5, SHARES, "0..9"), (100, SHARES, "100+"),
    ],
)  # fmt: skip
def test_a_number_is_told_by_its_band(number: float, edges: tuple[int, ...], said: str) -> None:
    assert pseudonyms.band(number, edges) == said


def test_a_named_row_has_all_that_was_said() -> None:
    table = pseudonyms.columns(SCRIPT, named=True)
    case = filed(legal_name="Moulin Fictif", loss_eur=12_345.67, facets__no_notice="yes", categories=[
        {"id": "funds_withheld", "confidence": 0.9, "source": "model", "confirmed": False}
    ])  # fmt: skip
    row = pseudonyms.plain(SCRIPT, table, case)
    assert row["case"] == "PV-2026-00001-0"
    assert row["legal_name"] == "Moulin Fictif"
    assert row["loss_eur"] == 12_345.67
    assert row["facets"] == {"no_notice": "yes"}
    assert row["categories"] == ["funds_withheld"]
