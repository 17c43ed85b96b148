"""`portevoix stories test`: the conversations of the script, played on every channel, under every fault."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot import model
from bot.given import read_script
from bot.settings import Settings
from bot.values import CommandError

if TYPE_CHECKING:
    from tests.conversations.playing import Fault
    from tests.conversations.story import Story

CHECKOUT = Path(__file__).parents[2]
Stories: TypeAlias = "Sequence[tuple[str, Story]]"


def test(settings: Settings, asked: Namespace) -> int:
    """Print how the conversations ended, a line a channel and fault; 1 where one did not end well."""
    if not (CHECKOUT / "tests" / "conversations").is_dir():
        raise CommandError("the fake networks come with a checkout: run the command of one")
    sys.path.append(str(CHECKOUT))
    from tests.conversations import playing, stage, story

    channels = asked.channel or list(stage.CHANNELS)
    faults = playing.FAULTS if asked.faults else playing.FAULTS[:1]
    stories = [(name, one) for name, one in story.everyone() if (asked.only or "") in name]
    if not stories:
        raise CommandError(f"no conversation is called {asked.only!r}: see stories/conversations")
    return asyncio.run(_play(settings, channels, faults, stories))


async def _play(settings: Settings, channels: list[str], faults: Sequence[Fault], stories: Stories) -> int:
    from tests.conversations import running

    script = read_script(settings.script_folder)
    nlu = model.load(settings, script, model.tell)
    print(f"{'channel':18} {'fault':10} played messages differ lost twice repeated refused", flush=True)
    well = True
    async for ended in running.run(script, nlu, stories, channels, faults):
        counted = (len(ended.differ), len(ended.lost), ended.twice, ended.repeated, ended.refused)
        print(
            f"{ended.channel:18} {ended.fault:10} {ended.played:6} {ended.messages:8} "
            "{:6} {:4} {:5} {:8} {:7}".format(*counted),
            flush=True,
        )
        for one in (*ended.differ, *ended.lost):
            print(f"  {one}", flush=True)
        well = well and ended.well
    return int(not well)
