"""Who imports whom, where the clock is read, and how long a file may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("stories", "nlu", "storage", "console", "bot")
MAY_IMPORT = {
    "stories": set[str](),
    "nlu": {"stories"},
    "storage": {"stories"},
    "console": {"stories", "storage", "nlu"},
    "bot": {"stories", "nlu", "storage", "console"},
}
PURE = {"pydantic", "yaml"}
"""What the pure core may use beside the standard library."""
IMPURE = {
    "asyncio",
    "http",
    "os",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
    "urllib",
}
CHANNEL_LIBRARIES = {"aiogram", "telegram", "pywa", "pywa_async"}
LONGEST = 350
COMMITS = {"storage/database.py"}
"""`Database.begin` is the one place that commits."""
BROAD = {"bot/worker.py", "bot/web.py", "console/app.py"}
"""The worker's loop and the error pages, of firms and of officials, may catch anything."""

MODULES = sorted(path for room in OURS for path in (ROOT / room).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """The top-level packages a module imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], node


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_room_imports_only_the_rooms_below_it(path: Path) -> None:
    wrong = {found for found, _ in imports(path) if found in OURS and found != room(path)} - MAY_IMPORT[room(path)]
    assert wrong == set()


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) == "stories"], ids=name)
def test_the_core_is_pure(path: Path) -> None:
    found = {one for one, _ in imports(path)} - {"stories"}
    assert not found & IMPURE
    assert {one for one in found if not _is_standard(one)} <= PURE


def _is_standard(package: str) -> bool:
    import sys

    return package in sys.stdlib_module_names or package == "__future__"


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) != "bot"], ids=name)
def test_only_the_shell_imports_a_channel_library_or_reads_the_clock(path: Path) -> None:
    assert not {found for found, _ in imports(path)} & CHANNEL_LIBRARIES
    calls = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Attribute) and n.attr in {"now", "utcnow", "today"}]
    assert [n.lineno for n in calls if isinstance(n.value, ast.Name) and n.value.id in {"datetime", "date"}] == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_transaction_is_committed_in_one_place_and_everything_caught_in_two(path: Path) -> None:
    commits = [n.lineno for n in ast.walk(tree(path)) if isinstance(n, ast.Attribute) and n.attr == "commit"]
    assert commits == [] or name(path) in COMMITS
    broad = [n.lineno for n in ast.walk(tree(path)) if isinstance(n, ast.ExceptHandler) and _catches_all(n)]
    assert broad == [] or name(path) in BROAD


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_file_is_short_and_says_what_it_is_for(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST
    assert ast.get_docstring(tree(path))
