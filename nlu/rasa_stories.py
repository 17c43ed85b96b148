"""Conversations out to Rasa's stories and in again, byte for byte: what Rasa has no word for is a marked comment."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from nlu.examples import ExampleError
from stories import story
from stories.story import StoryError

MARK = "#| "
"""Begins a line that is Portevoix's own."""
HEAD = "{mark}{count} lines marked like this one are Portevoix's own: keep them where they are.\n"
_HEAD = re.compile(
    re.escape(MARK) + r"(\d+) lines marked like this one are Portevoix's own: keep them where they are\.\n"
)
_STORY = frozenset({"story", "steps"})
_STEP = frozenset({"user", "action", "bot", "slot_was_set"})
"""What Rasa's stories say as ours do."""
_PLAIN = re.compile(r"[\w.=:-]+|\"[\w.=: -]+\"")
"""A button's id that can stand in braces."""
_BUTTON = re.compile(r"\{intent: choice, entities: \[\{choice: (?:'([\w.=:-]+)'|(\"[\w.=: -]+\"))\}\]\}")
"""A button pressed is an intent of its own, with its id as the entity."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def to_rasa(text: str, file: str) -> str:
    """A file of stories/conversations as Rasa reads it. Raises ExampleError."""
    _check(text, file, 0)
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if line.startswith(MARK.rstrip()) or _BUTTON.search(line):
            raise ExampleError(
                file, number, f"a line can neither begin with {MARK.rstrip()} nor hold a button of Rasa's"
            )
    buttons, marked = set[int](), set[int]()
    for number, is_button in _own(yaml.compose(text, Loader=_LOADER), lines, file):
        (buttons if is_button else marked).add(number)
    out = [
        MARK + line if number in marked else _pressed(line, file, number + 1) if number in buttons else line
        for number, line in enumerate(lines)
    ]
    return HEAD.format(mark=MARK, count=len(marked)) + "".join(out)


def from_rasa(text: str, file: str) -> str:
    """The file as it was. Raises ExampleError where a line of Portevoix's was dropped, or it is no conversation."""
    head = _HEAD.match(text)
    if head is None:
        raise ExampleError(file, 1, "the first line, which counts the lines of Portevoix's, is missing")
    lines = text[head.end() :].splitlines(keepends=True)
    kept = sum(line.startswith(MARK) for line in lines)
    if kept != int(head[1]):
        raise ExampleError(file, 1, f"{head[1]} lines are Portevoix's own, and {kept} are there")
    out = "".join(
        line.removeprefix(MARK) if line.startswith(MARK) else _BUTTON.sub(r"choice: \1\2", line) for line in lines
    )
    _check(out, file, 1)
    return out


def _check(text: str, file: str, before: int) -> None:
    try:
        story.read(text)
    except StoryError as error:
        raise ExampleError(file, error.line + before, error.problem) from error


def _own(root: yaml.Node | None, lines: list[str], file: str) -> Iterator[tuple[int, bool]]:
    """The lines, from 0, that Rasa has no word for; and those, with True, that press a button."""
    for item in _items(root, "stories"):
        for key, value in _pairs(item):
            if key.value not in _STORY:
                _must(_first(item) != key, file, key, "write `story` first")
                yield from ((number, False) for number in _range(key, value, lines))
        for step in _items(item, "steps"):
            yield from _of_step(step, lines, file)


def _of_step(step: yaml.Node, lines: list[str], file: str) -> Iterator[tuple[int, bool]]:
    pairs = _pairs(step)
    first = pairs[0][0]
    if first.value == "choice":
        _must(not getattr(step, "flow_style", False), file, first, "write the step on lines of its own")
        yield first.start_mark.line, True
    elif first.value not in _STEP:
        others = {key.value for key, _ in pairs} & (_STEP | {"choice"})
        _must(not others, file, first, f"write `{min(others, default='')}` first")
        yield from ((number, False) for number in _range(first, pairs[-1][1], lines))
        return
    for key, inner in pairs[1:]:
        _must(key.start_mark.line != first.start_mark.line, file, key, "write it on a line of its own")
        yield from ((number, False) for number in _range(key, inner, lines))


def _range(key: yaml.Node, value: yaml.Node, lines: list[str]) -> range:
    """The lines of an entry; what follows on the last one belongs to it."""
    end = value.end_mark
    last = end.line if end.column and lines[end.line][: end.column].strip() else end.line - 1
    while last > key.start_mark.line and not lines[last].strip():
        last -= 1
    return range(key.start_mark.line, max(last, key.start_mark.line) + 1)


def _pressed(line: str, file: str, number: int) -> str:
    before, _, after = line.partition("choice:")
    found = _PLAIN.match(after.lstrip(" "))
    if found is None or not after.startswith(" ") or after.startswith("  "):
        raise ExampleError(file, number, "write the button's id plainly, as in `choice: send`")
    named = found[0] if found[0].startswith('"') else f"'{found[0]}'"
    return f"{before}{{intent: choice, entities: [{{choice: {named}}}]}}{after[1 + found.end() :]}"


def _must(holds: bool, file: str, node: yaml.Node, problem: str) -> None:  # noqa: FBT001  # Reads as a sentence.
    if not holds:
        raise ExampleError(file, node.start_mark.line + 1, problem)


def _items(node: yaml.Node | None, key: str) -> list[yaml.Node]:
    found = next((value for name, value in _pairs(node) if name.value == key), None)
    return list(found.value) if isinstance(found, yaml.SequenceNode) else []


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _first(node: yaml.Node) -> yaml.Node:
    return _pairs(node)[0][0]
