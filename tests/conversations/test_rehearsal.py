"""A conversation played in memory ends as it does through the whole stack."""

from __future__ import annotations

import pytest

from nlu.backend import NLU
from nlu.recording import record
from nlu.rehearsal import rehearse
from storage.hours import allowed
from stories import story
from stories.script import Script
from tests.conversations.story import Step, Story, everyone

STORIES = everyone()


@pytest.mark.parametrize("told", [one for _, one in STORIES], ids=[name for name, _ in STORIES])
def test_every_conversation_ends_in_memory_as_it_tells(script: Script, classifier: NLU, told: Story) -> None:
    assert rehearse(script, classifier, told, allowed).differences == ()


def played(script: Script, classifier: NLU, text: str) -> list[tuple[int | None, str]]:
    (told,) = story.read(f'version: "3.1"\nstories:\n- story: x\n{text}')
    return [(one.step, one.part) for one in rehearse(script, classifier, told, allowed).differences]


def test_whatever_comes_otherwise_is_told_with_its_step(script: Script, classifier: NLU) -> None:
    text = """
  steps:
  - user: Amazon a suspendu mon compte vendeur le 3 novembre
  - slot_was_set:
    - platform_id: etsy
    - incident_date: {value: "2026-11-03"}
  - action: utter_receipt
  - bot: "Bonsoir"
  - choices: [named, dance]
  - asking: loss_eur
  - choice: share_platform=no
  - action: action_listen
  - choice: send
  filed: 1
  case: {platform_id: etsy, primary_category: account_suspension, facets.no_notice: "yes"}
"""
    assert played(script, classifier, text) == [
        (2, "platform_id"),
        (3, "action"),
        (4, "bot"),
        (5, "choices"),
        (6, "asking"),
        (8, "action"),
        (None, "platform_id"),
        (None, "facets.no_notice"),
    ]


def test_a_code_that_was_not_given_cannot_be_written(script: Script, classifier: NLU) -> None:
    assert played(script, classifier, '  steps:\n  - user: "{code}"\n  filed: 2\n') == [
        (1, "given"),
        (None, "filed"),
    ]


@pytest.mark.parametrize("told", [one for _, one in STORIES][::12], ids=[name for name, _ in STORIES][::12])
def test_what_is_recorded_of_a_conversation_is_what_comes_of_it(script: Script, classifier: NLU, told: Story) -> None:
    recorded = record(script, classifier, told, allowed)
    assert rehearse(script, classifier, recorded, allowed).well
    assert [step for step in recorded.steps if step.is_said] == [step for step in told.steps if step.is_said]
    for expected, found in zip(told.expected_cases, recorded.expected_cases, strict=False):
        assert found["primary_category"] == expected.get("primary_category", found["primary_category"])


def test_what_officials_know_better_is_expected_all_the_same(script: Script, classifier: NLU) -> None:
    told = Story(
        story="x",
        steps=(Step(user="Amazon a suspendu mon compte"), Step(choice="share_platform=no"), Step(choice="send")),
    )
    recorded = record(script, classifier, told, allowed, truth={"primary_category": "listing_removal"})
    (wrong,) = rehearse(script, classifier, recorded, allowed).differences
    assert (wrong.part, wrong.expected, wrong.found) == ("primary_category", "listing_removal", "account_suspension")
