"""The commands `portevoix nlu parse`, `validate` and `evaluate`, run as people and programs run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.batches import LONGEST, batches
from tests.bot.test_cli import run
from tests.nlu.conftest import write_examples

FROZEN = {"id": "a", "text": "Amazon ne me paie plus, mon argent est bloqué", "lang": "fr"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a few examples and the model learnt from them."""
    folder = tmp_path_factory.mktemp("home")
    write_examples(folder / "data")
    done = run("nlu", "train", home=folder)
    assert done.returncode == 0, done.stderr.decode()
    return folder


def parse(home: Path, lines: Sequence[dict[str, Any] | bytes]) -> tuple[int, list[dict[str, Any]]]:
    given = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines)
    done = run("nlu", "parse", home=home, given=given)
    assert b"Traceback" not in done.stderr
    return done.returncode, [json.loads(raw) for raw in done.stdout.splitlines()]


def written(path: Path, *lines: dict[str, Any] | str) -> str:
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines), encoding="utf-8")
    return str(path)


def test_each_line_is_answered_in_order(home: Path) -> None:
    status, told = parse(home, [{"id": at, "text": "oui"} for at in range(100)] + [FROZEN])
    assert (status, [one["id"] for one in told]) == (0, [*range(100), "a"])
    assert (told[0]["primary"], told[0]["act"]) == (None, "affirm")
    assert (told[-1]["primary"], told[-1]["platform_id"], told[-1]["language"]) == ("funds_withheld", "amazon", "fr")
    assert list(told[-1]) == [
        "id", "primary", "labels", "scores", "act", "acts", "facets", "platform_id", "platforms", "entities", "spans",
        "language", "by",
    ]  # fmt: skip


def test_a_bad_line_is_answered_with_its_error_and_the_others_as_ever(home: Path) -> None:
    bad: list[dict[str, Any] | bytes] = [
        b"bonjour",
        b"",
        {"id": 3},
        {"id": 4, "text": "a", "expecting": "x"},
        b'{"text": "' + b"a" * LONGEST + b'"}',
    ]
    status, told = parse(
        home, [*bad, {"id": "\ud83d", "text": "a\ud83d"}, {"id": 7, "text": "ils gardent tout " * 6000}]
    )
    assert (status, [one["id"] for one in told]) == (1, [None, None, 3, 4, None, "\ud83d", 7])
    assert [one["error"].split(":")[0] for one in told[:5]] == [f"line {at}" for at in range(1, 6)]
    assert not any("error" in one for one in told[5:])


def test_an_answer_does_not_wait_for_the_next_line(home: Path) -> None:
    command = [sys.executable, "-m", "bot", "nlu", "parse"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PORTEVOIX_HOME": str(home)}
    ) as talking:
        assert talking.stdin is not None
        assert talking.stdout is not None
        for said in ("oui", "non"):
            talking.stdin.write(json.dumps({"id": said, "text": said}).encode() + b"\n")
            talking.stdin.flush()
            assert json.loads(talking.stdout.readline())["id"] == said
        talking.stdin.close()
    assert talking.returncode == 0


def test_one_text_may_be_given_as_it_is(home: Path) -> None:
    done = run("nlu", "parse", FROZEN["text"], home=home)
    assert json.loads(done.stdout)["primary"] == "funds_withheld"


def test_the_lines_that_wait_are_taken_together_and_no_more_at_once_than_allowed() -> None:
    out, into = os.pipe()
    os.write(into, b"1\n2\n3\n4\n5")
    reading = batches(out, 3)
    assert [one.raw for one in next(reading)] == [b"1", b"2", b"3"]
    assert [(one.number, one.raw) for one in next(reading)] == [(4, b"4")]
    os.write(into, b"5\n")
    os.close(into)
    assert [(one.number, one.raw) for one in next(reading)] == [(5, b"55")]
    assert list(reading) == []
    os.close(out)


def test_a_file_of_messages_is_measured(home: Path, tmp_path: Path) -> None:
    first = {**FROZEN, "primary": "funds_withheld", "platform_id": "amazon"}
    other = {"id": "wrong", "text": "non merci", "lang": "fr", "act": "affirm"}
    done = run("nlu", "evaluate", written(tmp_path / "test.jsonl", first, other), "--errors", home=home)
    said = done.stdout.decode()
    assert done.returncode == 0
    assert "fr: 2 messages" in said
    assert 'wrong\tact\t"affirm" → "deny"' in said
    assert "non merci" not in said


def test_a_file_with_lines_that_cannot_be_used_is_not_measured(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "test.jsonl", {"text": "a"}, FROZEN | {"primary": "funds"}, {"text": "b", "act": "deny"})
    done = run("nlu", "evaluate", path, home=home)
    told = done.stderr.decode()
    assert done.returncode == 2
    assert f"{path}:1: nothing is expected" in told
    assert f"{path}:2: 'funds' is no problem" in told
    assert run("nlu", "evaluate", str(tmp_path / "none.jsonl"), home=home).returncode == 2
    assert run("nlu", "evaluate", "--errors", home=home).returncode == 2


def test_what_is_wrong_with_the_examples_is_told_by_file_and_line(home: Path, tmp_path: Path) -> None:
    texts = written(tmp_path / "test.jsonl", {"text": "notre compte pro a été clôturé par la plateforme"}, "{}")
    done = run("nlu", "validate", "--against", texts, home=home)
    told = done.stdout.decode()
    assert done.returncode == 1
    assert f"{home}/data/fr/acts/affirm.yml:5: error: 5 examples of affirm, and 30 are needed: write 25 more" in told
    assert f"{texts}:1: error: the same as the example at fr/problems/account_suspension.yml:8" in told
    assert f'{texts}:2: error: "text" must be the message' in told
    assert run("nlu", "validate", str(tmp_path / "none"), home=home).returncode == 2
