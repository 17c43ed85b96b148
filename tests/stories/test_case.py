"""A filed case is read by others: its form holds whatever the firm said or left out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from stories.case import document
from stories.script import Script, default_folder, load
from stories.types import Answer, Case, Passage

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "case.schema.json").read_text(encoding="utf-8"))
STORY = "amazone m'a viré début octobre, j'ai perdu environ 20% du chiffre"


@cache
def script() -> Script:
    return load(default_folder())


def case(**fields: Answer) -> Case:
    return Case(
        reference="PV-2026-7K3QX-M",
        language="fr",
        channel="terminal",
        filed_at=datetime(2026, 11, 23, 21, 58, tzinfo=UTC),
        fields=fields,
        narrative=(Passage(message="line-1", text=STORY), Passage(message="line-2", text="et personne répond")),
    )


def nested(**fields: Answer) -> dict[str, Any]:
    """Give the document of a case with these fields, checked against its schema."""
    found = document(script(), case(**fields), status="submitted")
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    return found


def test_every_field_of_the_schema_is_there_and_no_other() -> None:
    found = nested()
    for group, schema in SCHEMA["properties"].items():
        if group not in {"states", "provenance"}:
            assert set(found[group]) == set(schema["properties"]), group


def test_an_absent_value_is_null_and_its_state_says_why() -> None:
    found = nested(
        loss_eur=Answer(state="declined", raw="je préfère ne pas répondre"), jobs_total=Answer(state="unknown")
    )
    assert found["impact"]["loss_eur"] is None
    assert found["states"]["loss_eur"] == "declined"
    assert found["states"]["jobs_total"] == "unknown"
    assert found["states"]["legal_name"] == "not_asked"
    for fields in (found[group] for group in found if group not in {"states", "provenance"}):
        for name, value in fields.items():
            assert (value is None) == (found["states"][name] != "given"), name


def test_a_date_keeps_its_precision() -> None:
    date = Answer(value={"value": "2026-10", "precision": "month"}, approx=True)
    assert nested(incident_date=date)["problem"]["incident_date"] == {
        "value": "2026-10",
        "precision": "month",
        "approx": True,
    }


def test_a_day_that_is_kept_as_a_text_is_a_date_too() -> None:
    found = nested(deadline_date=Answer(value="2026-11-30"))
    assert found["urgency"]["deadline_date"] == {"value": "2026-11-30", "precision": "day", "approx": False}


def test_a_value_says_which_words_gave_it() -> None:
    share = Answer(
        value=20, by="rule", message="line-1", start=42, end=54, approx=True, confirmed=True, raw="environ 20%"
    )
    found = nested(loss_pct_turnover=share)
    assert found["impact"]["loss_pct_turnover"] == 20
    assert found["provenance"]["loss_pct_turnover"] == {
        "message": "line-1",
        "span": [42, 54],
        "text": STORY[42:54],
        "method": "rule",
        "by": "rule",
        "confidence": 1.0,
        "confirmed_by_firm": True,
        "approx": True,
    }


def test_a_problem_says_how_sure_the_model_was_and_where_it_read_it() -> None:
    problem = {"id": "account_suspension", "confidence": 0.93, "source": "model", "confirmed": True}
    read = {**problem, "message": "line-1", "span": [0, 30]}
    found = nested(categories=Answer(value=[read], by="rule"))
    assert found["problem"]["categories"] == [problem]
    assert found["provenance"]["categories.account_suspension"]["text"] == STORY[:30]
    assert found["provenance"]["categories.account_suspension"]["method"] == "model"


def test_facets_and_answers_of_the_category_are_maps() -> None:
    found = nested(
        **{
            "facets.no_notice": Answer(value="yes"),
            "category_answers.appeals": Answer(value=2),
            "category_answers.scope": Answer(state="declined"),
        }
    )
    assert found["problem"]["facets"] == {"no_notice": "yes"}
    assert found["problem"]["category_answers"] == {"appeals": 2, "scope": None}
    assert found["states"]["category_answers.scope"] == "declined"


def test_what_is_no_field_of_a_case_stays_out() -> None:
    found = nested(confirm_problem=Answer(value="anything"))
    assert "confirm_problem" not in json.dumps(found)


def test_the_story_is_kept_as_it_was_told() -> None:
    assert nested()["problem"]["narrative_original"] == f"{STORY}\n\net personne répond"


@settings(deadline=None)
@given(st.data())
def test_any_field_may_be_left_out_in_any_way(data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(script().fields))))
    declined, unknown = Answer(state="declined"), Answer(state="unknown")
    nested(**{name: data.draw(st.sampled_from((declined, unknown))) for name in names - {"level", "reasons", "facets"}})
