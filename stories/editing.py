"""Changes single values in the text of a YAML file; every byte beside them stays, comments and order too."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import yaml

from stories.script import Loader

Path: TypeAlias = tuple[str, ...]
"""Names from the root to a value; an entry of a list is named by its `id` or `key`, else by its place from 0."""
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_NOT_PLAIN = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
"""Words that YAML reads as something else than text."""
_ESCAPED = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON leaves as it is and YAML does not."""
_BLOCK = ("|", ">")


class EditError(Exception):
    """The text cannot be changed there without touching something else."""


def read(text: str) -> Any:  # noqa: ANN401  # YAML may hold anything.
    return yaml.load(text, Loader=Loader)  # noqa: S506  # The C twin of SafeLoader.


def name(entry: object, place: int) -> str:
    """What an entry of a list is called in a path."""
    known = entry if isinstance(entry, Mapping) else {}
    return str(known.get("id") or known.get("key") or place)


def put(text: str, path: Path, value: object) -> str:
    """Give the value at a path, or a new key of the mapping above it. Raises EditError."""
    whole = read(text)
    wanted = copy.deepcopy(whole)
    above = _held(wanted, path[:-1])
    above[_key(above, path[-1])] = value
    node = _node(text, path[:-1], whole)
    entry = _child(node, _held(whole, path[:-1]), path[-1])
    if entry is None:
        changed = _insert(text, node, f"{_shown_key(path[-1])}: {render(value)}")
    else:
        changed = _replace(text, entry, value)
    return _checked(changed, wanted, path)


def add(text: str, path: Path, value: object) -> str:
    """Add an entry at the end of the list at a path. Raises EditError."""
    whole = read(text)
    wanted = copy.deepcopy(whole)
    entries = _held(wanted, path)
    if not isinstance(entries, list):
        raise EditError(f"{'/'.join(path)} is no list")
    entries.append(value)
    return _checked(_insert(text, _node(text, path, whole), render(value)), wanted, path)


def line(text: str, path: Path) -> int:
    """The line, from 1, of the value at a path."""
    return int(_node(text, path, read(text)).start_mark.line) + 1


def render(value: object) -> str:
    """A value in YAML's flow form: texts in double quotes, on one line."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_shown_key(str(key))}: {render(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(render(one) for one in value) + "]"
        case _:
            return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _shown_key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) and key not in _NOT_PLAIN else render(key)


def _key(held: Any, step: str) -> Any:  # noqa: ANN401  # A key of a mapping, or a place in a list.
    if isinstance(held, list):
        for place, entry in enumerate(held):
            if name(entry, place) == step:
                return place
    elif isinstance(held, dict):
        return step
    raise EditError(f"there is no {step}")


def _held(data: Any, path: Path) -> Any:  # noqa: ANN401  # YAML may hold anything.
    for step in path:
        try:
            data = data[_key(data, step)]
        except KeyError as error:
            raise EditError(f"there is no {step}") from error
    return data


def _child(node: yaml.Node, data: Any, step: str) -> yaml.Node | None:  # noqa: ANN401  # YAML may hold anything.
    key = _key(data, step)
    if isinstance(node, yaml.SequenceNode):
        return node.value[key]  # type: ignore[no-any-return]  # The stubs leave it open.
    return next((value for of, value in node.value if of.value == key), None)


def _node(text: str, path: Path, data: Any) -> yaml.Node:  # noqa: ANN401  # YAML may hold anything.
    node: yaml.Node | None = yaml.compose(text, Loader=Loader)
    for step in path:
        if node is None or isinstance(node, yaml.ScalarNode):
            break
        node, data = _child(node, data, step), _held(data, (step,))
    if node is None:
        raise EditError(f"there is no {'/'.join(path)}")
    return node


def _replace(text: str, node: yaml.Node, value: object) -> str:
    start, end = node.start_mark.index, _end(text, node)
    shown = render(value)
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        shown = f" {shown}"  # A collection in flow form stands deeper than what holds it.
        if isinstance(node, yaml.SequenceNode) and isinstance(value, list) and value:
            shown = ("\n" + " " * node.start_mark.column).join(f"- {render(one)}" for one in value)
    before = "" if start == 0 or text[start - 1] in " \n[{,:-" else " "
    return text[:start] + before + shown + text[end:]


def _insert(text: str, within: yaml.Node, shown: str) -> str:
    """Put an entry behind the last one of a collection."""
    node = cast("yaml.CollectionNode", within)
    if node.flow_style:
        at = _end(text, _last(node)) if node.value else node.end_mark.index - 1
        return text[:at] + (", " if node.value else "") + shown + text[at:]
    entry = " " * node.start_mark.column + ("- " if isinstance(node, yaml.SequenceNode) else "") + shown
    at = _next_line(text, node)
    return text[:at] + ("\n" if at and text[at - 1] != "\n" else "") + entry + "\n" + text[at:]


def _last(node: yaml.CollectionNode) -> yaml.Node:
    last: yaml.Node | tuple[yaml.Node, yaml.Node] = node.value[-1]
    if not isinstance(last, tuple):
        return last
    key, value = last
    return key if value.start_mark.index == value.end_mark.index else value


def _leaf(node: yaml.Node) -> yaml.Node:
    """The last node of a block, at whose end the block ends."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style:
        node = _last(node)
    return node


def _end(text: str, node: yaml.Node) -> int:
    """Where a node ends, without the comments and empty lines behind it."""
    leaf = _leaf(node)
    end = int(leaf.end_mark.index)
    if isinstance(leaf, yaml.ScalarNode) and leaf.style in _BLOCK:
        return leaf.start_mark.index + len(text[leaf.start_mark.index : end].rstrip())
    return end


def _next_line(text: str, node: yaml.Node) -> int:
    """Where the line behind a block begins."""
    leaf = _leaf(node)
    if isinstance(leaf, yaml.ScalarNode) and leaf.style in _BLOCK:
        at = int(leaf.end_mark.index)
        return at - (len(text[:at]) - len(text[:at].rstrip(" ")))
    at = text.find("\n", _end(text, node))
    return len(text) if at < 0 else at + 1


def _checked(text: str, wanted: object, path: Path) -> str:
    try:
        same = read(text) == wanted
    except yaml.YAMLError as error:
        raise EditError(f"{'/'.join(path)} cannot be changed here") from error
    if not same:
        raise EditError(f"{'/'.join(path)} cannot be changed alone")
    return text
