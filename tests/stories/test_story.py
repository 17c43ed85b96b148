"""The form of conversations: written as it is read, and what is wrong named by its line."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stories import story
from stories.formats import PARIS
from stories.likeness import left
from stories.story import Step, Story, StoryError

FOLDER = Path(story.__file__).parent / "conversations"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=80) | st.sampled_from(
    ["- oui\n- non", "  deux\n espaces ", "# rien", "a: b", "'", "😡\n\nfin", "oui\n", "---", "{code}"]
)
NAMES = st.from_regex(r"[a-z_]{1,10}(=[a-z]{1,5})?", fullmatch=True)
VALUES = (
    st.none() | st.booleans() | st.integers(-10, 10**6) | st.sampled_from(["no", "2026-10", "2026-10-12", "1e3", ""])
)
SAID = st.one_of(
    st.builds(lambda text: Step(user=text), TEXTS.filter(lambda text: not text.endswith("\n"))),
    st.builds(lambda text, key: Step(user=text, key=key), TEXTS.filter(lambda text: not text.endswith("\n")), NAMES),
    st.builds(lambda name: Step(choice=name), NAMES),
    st.builds(lambda texts: Step(burst=tuple(texts)), st.lists(TEXTS, min_size=1, max_size=3)),
    st.builds(lambda seconds: Step(wait=seconds), st.integers(0, 10**6)),
    st.builds(
        lambda days: Step(choice="send", at=datetime(2026, 11, 23, tzinfo=PARIS) + timedelta(days=days)),
        st.integers(0, 99),
    ),
)
EXPECTED = st.one_of(
    st.builds(lambda name: Step(action=f"utter_{name}"), NAMES),
    st.builds(lambda text: Step(bot=text), TEXTS),
    st.builds(lambda name: Step(asking=name), st.none() | NAMES),
    st.builds(
        lambda slots: Step(slot_was_set=tuple(slots)),
        st.lists(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3), min_size=1, max_size=3),
    ),
)
STORIES = st.builds(
    lambda name, steps, case: Story(story=name, steps=tuple(steps), case=case),
    NAMES,
    st.lists(SAID | EXPECTED, min_size=1, max_size=6),
    st.dictionaries(NAMES, VALUES, max_size=4),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(STORIES, min_size=1, max_size=2))
def test_what_is_written_is_read_as_it_was(stories: list[Story]) -> None:
    text = story.write(stories)
    assert story.read(text) == tuple(stories)
    assert story.write(story.read(text)) == text


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yml")), ids=lambda path: path.stem)
def test_the_conversations_that_come_with_portevoix_mean_the_same_once_written_again(path: Path) -> None:
    stories = story.read(path.read_text(encoding="utf-8"))
    assert story.read(story.write(stories)) == stories


HEAD = 'version: "3.1"\nstories:\n- story: x\n  steps:\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("- a\n- b: [\n", 3),
        (HEAD + "  - user: bonjour\n  - user: oui\n    asking: x\n", 6),
        (HEAD + "  - user: bonjour\n  - dance: x\n", 6),
        (HEAD + "  - user: [a]\n", 5),
        (HEAD.replace("3.1", "2.0") + "  - user: a\n", 1),
        (HEAD + "  - user: &a bonjour\n  - user: *a\n", 6),
        (HEAD + "  - case: " + "[" * 30 + "]" * 30 + "\n", 5),
        (HEAD + "  - user: a\n  begins: 2026-13-45T10:00:00\n", 1),
        ("a" * 70_000, 1),
    ],
)
def test_what_is_wrong_is_named_by_its_line(text: str, line: int) -> None:
    with pytest.raises(StoryError) as raised:
        story.read(text)
    assert raised.value.line == line


ORIGINAL = "Je suis Solange Fictive et Amazon a fermé ma boutique de laine, 11 400 euros gelés, 12 rue des Lilas."
PRIVATE = {"name": ["Solange Fictive", "Solange"], "address": ["12 rue des Lilas"]}


@pytest.mark.parametrize(
    ("rewritten", "kinds"),
    [
        ("Une mercière ne peut plus vendre depuis mardi.", set()),
        ("SOLANGE ne peut plus vendre.", {"name"}),
        ("Ils gardent 11.400 € depuis mai 2026.", {"number"}),
        ("On est au 12, rue des lilas.", {"address"}),
        ("Alors : Amazon a fermé ma boutique de laine !", {"run"}),
        ("Amazon a fermé ma boutique hier.", set()),
        ("Solangelie vend 40 articles en 2026.", set()),
    ],
)
def test_what_is_left_of_the_original_is_found(rewritten: str, kinds: set[str]) -> None:
    assert {one.kind for one in left([ORIGINAL], PRIVATE, [rewritten])} == kinds  # type: ignore[arg-type]


def test_a_text_that_was_not_rewritten_is_one_long_run() -> None:
    (run,) = [one for one in left([ORIGINAL], {}, ["Autre chose.", ORIGINAL]) if one.kind == "run"]
    assert run.text == 1
    assert run.words == ORIGINAL.removesuffix(".")
