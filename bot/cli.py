"""The `portevoix` command: what it can be asked, and which module does it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from bot.settings import read
from bot.values import CommandError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 2 where it cannot be done, with the reason on one line."""
    asked = _parser().parse_args(arguments)
    module, _, function = asked.runs.partition(":")
    try:
        settings = read(os.environ)
        return int(getattr(import_module(f"bot.commands.{module}"), function)(settings, asked) or 0)
    except CommandError as error:
        print(f"portevoix: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="portevoix",
        description="A conversation in which a small firm reports its problem with an online marketplace.",
        epilog="Settings come from the environment: PORT, HOST, DATABASE_URL, PORTEVOIX_HOME, PUBLIC_URL, …",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add(commands, "serve", "serving:serve", "answer firms and officials: web and worker in one process")
    _add(commands, "web", "serving:web", "answer firms and officials; needs a worker beside it")
    _add(commands, "worker", "serving:worker", "take the turns and deliver the answers")
    _add(commands, "migrate", "serving:migrate", "bring the database up to date")
    demo = _add(commands, "demo", "demo:demo", "fill an empty database with invented cases, to try the console")
    demo.add_argument("--cases", metavar="N", type=int, default=300, help="so many; 300 if absent")
    demo.add_argument("--month", action="store_true", help="instead, messages in which a new practice appears")
    _conversations(commands)
    _cases(commands)
    _understanding(commands)
    _officials(commands)
    _networks(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # argparse gives this type no public name.


def _add(commands: Commands, name: str, runs: str, does: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=does, description=does[0].upper() + does[1:] + ".")
    command.set_defaults(runs=runs)
    return command


def _group(commands: Commands, name: str, does: str) -> Commands:
    group = commands.add_parser(name, help=does, description=does[0].upper() + does[1:] + ".")
    return group.add_subparsers(title="commands", required=True, metavar="COMMAND")


def _conversations(commands: Commands) -> None:
    chat = _add(commands, "chat", "chat:chat", "tell a story in this terminal")
    chat.add_argument("--json", action="store_true", help="read and write one JSON object a line")
    chat.add_argument("--language", choices=("fr", "en"), help="speak this language from the start")
    chat.add_argument("--database", metavar="URL", help="keep it there; otherwise nothing is kept")
    replay = _add(commands, "replay", "replay:replay", "take the turns of a conversation again and compare")
    replay.add_argument("conversation", metavar="CONVERSATION", help="as `chat --json` and `ledger` name it")
    replay.add_argument("--reparse", action="store_true", help="with what today's model understands")
    ledger = _add(commands, "ledger", "ledger:ledger", "count what was received, processed and answered")
    ledger.add_argument("--json", action="store_true")


def _cases(commands: Commands) -> None:
    cases = _group(commands, "cases", "read what was filed")
    listing = _add(cases, "list", "cases:listing", "list the cases, newest first")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    show = _add(cases, "show", "cases:show", "show one case")
    show.add_argument("reference", metavar="REF", help="PV-2026-XXXXX-C")
    show.add_argument("--json", action="store_true", help="as docs/case.schema.json describes it")


def _understanding(commands: Commands) -> None:
    nlu = _group(commands, "nlu", "train and try the classifier")
    _add(nlu, "train", "model:train", "train on the examples and put the result in use")
    _add(nlu, "models", "versions:listing", "list the versions of the classifier, newest first")
    promote = _add(nlu, "promote", "versions:promote", "put a version into service that has passed the gate")
    promote.add_argument("version", metavar="VERSION", help="as `nlu models` names it")
    rollback = _add(nlu, "rollback", "versions:roll_back", "put the version before into service again")
    rollback.add_argument("--emergency", action="store_true", help="in running conversations too")
    evaluate = _add(nlu, "evaluate", "model:evaluate", "measure it on a file of messages, or by cross-validation")
    measured = evaluate.add_mutually_exclusive_group()
    measured.add_argument(
        "file", metavar="FILE", nargs="?", type=Path, help="lines of JSON, or Rasa YAML: see docs/nlu.md"
    )
    measured.add_argument(
        "--cross-validation", action="store_true", help="over the examples; what is done without FILE"
    )
    evaluate.add_argument("--errors", action="store_true", help="list what was understood otherwise than expected")
    evaluate.add_argument("--words", action="store_true", help="with the words of those messages")
    validate = _add(nlu, "validate", "validate:validate", "say what is wrong with the examples, or may be")
    validate.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="otherwise the examples in use")
    validate.add_argument("--against", metavar="FILE", type=Path, help="test messages that the examples must not hold")
    validate.add_argument("--suggest", action="store_true", help="doubtful labels too; takes a minute or two")
    parse = _add(nlu, "parse", "parse:parse", "show what is understood of a text")
    parse.add_argument("text", metavar="TEXT", nargs="?", help="otherwise each line of the input: see docs/nlu.md")
    export = _add(nlu, "export", "exchange:write", "write the examples out, to edit them")
    export.add_argument("--rasa", metavar="FOLDER", type=Path, help="as a project that a Rasa server is trained on")
    bring = _add(nlu, "import", "exchange:bring_in", "take examples in, from Rasa YAML")
    bring.add_argument("source", metavar="SOURCE", type=Path, help="a folder or Rasa project: all there are; or a file")
    bring.add_argument("--language", choices=("fr", "en"), help="of files that lie in no folder of a language")
    stories = _group(commands, "stories", "play the conversations that come with Portevoix")
    played = _add(stories, "test", "stories:test", "play them on every channel, over fake networks")
    played.add_argument("--faults", action="store_true", help="under every fault of those networks; takes long")
    played.add_argument("--channel", action="append", metavar="CHANNEL", help="on this one; again for another")
    played.add_argument("--only", metavar="TEXT", help="those with this in their name")
    rasa = _group(commands, "rasa", "carry everything to a Rasa project and back")
    out = _add(rasa, "export", "rasa:write", "write examples, sentences and conversations as a Rasa project")
    out.add_argument("target", metavar="FOLDER|ZIP", type=Path, help="a new folder, or a file that ends in .zip")
    back = _add(rasa, "import", "rasa:bring_in", "show what was changed in such a project, and take it in")
    back.add_argument("source", metavar="FOLDER|ZIP", type=Path)
    back.add_argument("--dry-run", action="store_true", help="only show it")
    script = _group(commands, "script", "check what the assistant says, and take back what was published")
    check = _add(script, "check", "model:check", "read a script and say what is wrong with it")
    check.add_argument("folder", metavar="FOLDER", nargs="?", type=Path)
    back = _add(script, "back", "script:back", "put the script that comes with Portevoix into service again")
    back.add_argument("--by", metavar="LOGIN", required=True, help="the administrator who answers for it")


def _officials(commands: Commands) -> None:
    officials = _group(commands, "officials", "give officials their accounts")
    acts = {
        "add": "create an account",
        "reset": "give an account a new one-time password",
        "close": "let nobody log in to an account any more",
    }
    for name, does in acts.items():
        command = _add(officials, name, f"officials:{name}", does)
        command.add_argument("login", metavar="LOGIN")
        if name == "add":
            command.add_argument("--name", help="as colleagues see it; the login if absent")
            command.add_argument("--role", default="agent")
            command.add_argument("--team", help="whose cases they read; an agent's is the oldest team if absent")
    audit = _group(commands, "audit", "look after the log of what officials read and did")
    _add(audit, "verify", "audit:verify", "find a changed, missing or moved entry")
    _add(audit, "purge", "audit:purge", "take away the entries older than AUDIT_MONTHS, and leave a signed cut")


def _networks(commands: Commands) -> None:
    telegram = _group(commands, "telegram", "connect a Telegram bot: see docs/telegram.md")
    _add(telegram, "set-webhook", "telegram:set_webhook", "have Telegram call PUBLIC_URL, and tell it the commands")
    _add(telegram, "check", "telegram:check", "show who the bot is, whether messages get through, and what to do")
    poll = _add(telegram, "poll", "telegram:poll", "ask Telegram for messages and answer them, without web pages")
    poll.add_argument("--remove-webhook", action="store_true", help="first, so that Telegram can be asked")
