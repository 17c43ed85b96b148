"""One value changes, all else stays byte for byte, and any text survives."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stories.editing import EditError, Path, add, line, name, put, read, render
from stories.script import parse
from tests.stories.talk import script

TEXT = """# What comes first
- id: one   # the first
  label: {fr: "Un", en: One}   # short
  words: [a, b]  # typed
  # before the long one
  long: |-
    Several
    lines

  # behind the long one
- id: two
  list:
  - x
  # between
  - y

# The end
"""
WORDS = st.text(max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def leaves(data: Any, path: Path = ()) -> list[Path]:
    """The paths of all single values."""
    match data:
        case dict():
            return [found for key, one in data.items() for found in leaves(one, (*path, key))]
        case list():
            return [found for at, one in enumerate(data) for found in leaves(one, (*path, name(one, at)))]
    return [path]


@lru_cache
def places() -> list[tuple[str, Path]]:
    sources = script().sources
    return [(file, path) for file in sorted(sources) if file.endswith(".yml") for path in leaves(read(sources[file]))]


def kept(before: str, after: str) -> bool:
    """Whether `after` differs from `before` in one stretch alone."""
    head = next(
        (at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    tail = next(
        (at for at, (a, b) in enumerate(zip(reversed(before), reversed(after), strict=False)) if a != b),
        min(len(before), len(after)),
    )
    return head + tail >= len(before) - 200


@given(value=VALUES)
def test_whatever_is_rendered_is_read_again(value: object) -> None:
    assert read(render(value)) == value


@settings(max_examples=60, deadline=None)
@given(data=st.data(), text=WORDS)
def test_a_value_of_the_script_is_changed_alone(data: st.DataObject, text: str) -> None:
    file, path = data.draw(st.sampled_from(places()))
    before = script().sources[file]
    after = put(before, path, text)
    start = sum(len(one) for one in before.splitlines(keepends=True)[: line(before, path) - 1])
    assert after[:start] == before[:start]
    old = leaves(read(before))
    assert leaves(read(after)) == old or path[-1] in {"id", "key"}
    assert [one for one in before.splitlines() if one.lstrip().startswith("#")] == [
        one for one in after.splitlines() if one.lstrip().startswith("#")
    ]


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("one", "label", "fr"), "Deux", '"Un"', '"Deux"'),
        (("one", "label", "en"), "It's: a # b", "One}", '"It\'s: a # b"}'),
        (("one", "words"), ["c"], "[a, b]", '["c"]'),
        (("one", "long"), "Short", "|-\n    Several\n    lines", '"Short"'),
        (("two", "list", "0"), "z", "- x", '- "z"'),
        (("two", "list"), ["z", "w"], "- x\n  # between\n  - y", '- "z"\n  - "w"'),
        (("two", "list"), [], "- x\n  # between\n  - y", " []"),
    ],
)
def test_the_span_of_a_value_is_all_that_changes(path: Path, value: object, old: str, new: str) -> None:
    assert put(TEXT, path, value) == TEXT.replace(old, new, 1)


def test_a_key_is_added_behind_the_last_of_its_mapping() -> None:
    assert put(TEXT, ("one", "label", "de"), "Eins") == TEXT.replace("en: One}", 'en: One, de: "Eins"}')
    assert put(TEXT, ("two", "retired"), True) == TEXT.replace("  - y\n", "  - y\n  retired: true\n")  # noqa: FBT003
    assert read(put(TEXT, ("one", "retired"), True))[0]["retired"] is True  # noqa: FBT003


def test_an_entry_is_added_behind_the_last_of_its_list() -> None:
    assert add(TEXT, ("one", "words"), "c") == TEXT.replace("[a, b]", '[a, b, "c"]')
    assert add(TEXT, (), {"id": "three"}) == TEXT.replace("  - y\n", '  - y\n- {id: "three"}\n')
    assert add("a: []", ("a",), 1) == "a: [1]"
    assert add("a:\n- |+\n  x\n\n", ("a",), "y") == 'a:\n- |+\n  x\n\n- "y"\n'
    assert add("- a", (), "b") == '- a\n- "b"\n'


@settings(max_examples=60, deadline=None)
@given(text=WORDS, path=st.sampled_from([("platforms",), ("software",)]))
def test_any_entry_can_be_added_to_a_list_of_the_script(text: str, path: Path) -> None:
    before = script().sources["platforms.yml"]
    after = add(before, path, {"id": text})
    assert read(after)[path[0]][-1] == {"id": text}
    assert kept(before, after)


def test_what_cannot_be_found_or_changed_alone_is_refused() -> None:
    with pytest.raises(EditError, match="there is no three"):
        put(TEXT, ("three", "label"), "x")
    with pytest.raises(EditError, match="there is no b"):
        put("a: text\n", ("a", "b"), 2)
    with pytest.raises(EditError, match="a is no list"):
        add("a: text\n", ("a",), "x")
    with pytest.raises(EditError, match="changed alone"):
        put("a: !!str 1\nb: 2\na: 3\n", ("a",), 4)


def test_the_script_with_an_alias_more_is_a_script() -> None:
    sources = dict(script().sources)
    before = sources["platforms.yml"]
    sources["platforms.yml"] = put(before, ("platforms", "fnac", "aliases"), ["l'agitateur « 100 % » 🙂"])
    assert parse(sources).by_platform["fnac"].aliases == ("l'agitateur « 100 % » 🙂",)
