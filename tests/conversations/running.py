"""Plays conversations on channels under faults, and tells how each of them ended: `portevoix stories test`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nlu.backend import NLU
from storage.crypto import new_ring
from storage.migrate import migrate
from stories.script import Script
from tests.conversations.expecting import expect, expect_case
from tests.conversations.playing import Fault, Play
from tests.conversations.stage import CHANNELS, Stage
from tests.conversations.story import Story


@dataclass(slots=True, kw_only=True)
class Ended:
    """How the conversations on one channel ended under one fault."""

    channel: str
    fault: str
    played: int = 0
    messages: int = 0
    differ: list[str] = field(default_factory=list)
    """Those that were answered, or ended, otherwise than they tell."""
    lost: list[str] = field(default_factory=list)
    twice: int = 0
    repeated: int = 0
    refused: int = 0

    @property
    def well(self) -> bool:
        return not (self.differ or self.lost or self.twice)


async def play(stage: Stage, channel: str, story: Story, fault: Fault, *, ended: Ended, name: str) -> None:
    """Play one conversation, and count it in."""
    async with CHANNELS[channel](stage, story, fault) as played:
        if fault.name not in played.person.faults or not played.can_tell(story):
            return
        ended.played += 1
        try:
            await played.through(
                story,
                lambda step, said, known, place: (
                    None
                    if fault.tells_otherwise or played.shows_itself(step)
                    else expect(stage.script, step, said, known, place)
                ),
            )
            await _compare(played, story, fault)
        except AssertionError as error:
            ended.differ.append(f"{name}: {error}")
        count = await played.count(story.filed)
        ended.messages += count.said
        ended.lost += [f"{name}: {one}" for one in count.lost]
        ended.twice += count.twice
        ended.repeated += count.repeated
        ended.refused += count.refused


async def run(
    script: Script, nlu: NLU, stories: Sequence[tuple[str, Story]], channels: Iterable[str], faults: Sequence[Fault]
) -> AsyncIterator[Ended]:
    """Play all of them everywhere; a channel has only the faults of its network."""
    with tempfile.TemporaryDirectory() as folder:
        empty, used = Path(folder) / "empty.db", Path(folder) / "used.db"
        await migrate(f"sqlite:///{empty}")
        stage = Stage(url=f"sqlite:///{used}", ring=new_ring(), script=script, nlu=nlu)
        for channel in channels:
            for fault in faults:
                ended = Ended(channel=channel, fault=fault.name)
                for name, story in stories:
                    _renew(used, empty)
                    await play(stage, channel, story, fault, ended=ended, name=name)
                if ended.played:
                    yield ended


def _renew(used: Path, empty: Path) -> None:
    """Begin with an empty database again."""
    for left in used.parent.glob(f"{used.name}*"):
        left.unlink()
    shutil.copy(empty, used)


async def _compare(played: Play, story: Story, fault: Fault) -> None:
    """The cases that were filed with those that the conversation tells."""
    filed = await played.filed()
    if fault.hides_buttons:
        return
    if story.filed is not None:
        assert len(filed) == story.filed, f"{len(filed)} cases were filed"
    if story.expected_cases:
        assert len(filed) == len(story.expected_cases), f"{len(filed)} cases were filed"
        if not fault.tells_otherwise:
            for found, expected in zip(filed, story.expected_cases, strict=True):
                expect_case(found, expected)
