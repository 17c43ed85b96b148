"""The conversations on every channel, over fake networks: the same answers, nothing lost, nothing filed twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nlu.backend import NLU
from storage.crypto import KeyRing
from stories.script import Script
from tests.conversations.playing import FAULTS, Fault
from tests.conversations.running import Ended, play
from tests.conversations.stage import CHANNELS, Stage
from tests.conversations.story import Story, everyone

STORIES = everyone()
SAMPLE = STORIES[::16]
"""A few of each kind; the others are played in `make test-full`."""
NETWORKS = [channel for channel in CHANNELS if channel != "terminal"]
"""What is played in the terminal stands in test_conversations.py, on both databases."""


@pytest.fixture
def stage(sqlite_template: Path, tmp_path: Path, ring: KeyRing, script: Script, classifier: NLU) -> Stage:
    path = tmp_path / "played.db"
    shutil.copy(sqlite_template, path)
    return Stage(url=f"sqlite:///{path}", ring=ring, script=script, nlu=classifier)


async def plays_well(stage: Stage, channel: str, story: Story, fault: Fault) -> None:
    async with CHANNELS[channel](stage, story, fault) as played:
        if fault.name not in played.person.faults or not played.can_tell(story):
            pytest.skip("this cannot happen there")
    ended = Ended(channel=channel, fault=fault.name)
    await play(stage, channel, story, fault, ended=ended, name=story.story)
    assert (ended.differ, ended.lost, ended.twice) == ([], [], 0)
    if fault.name == "none":
        assert ended.repeated == 0


@pytest.mark.parametrize("channel", NETWORKS)
@pytest.mark.parametrize("story", [story for _, story in SAMPLE], ids=[name for name, _ in SAMPLE])
async def test_a_conversation_is_the_same_on_every_channel(stage: Stage, channel: str, story: Story) -> None:
    await plays_well(stage, channel, story, FAULTS[0])


@pytest.mark.parametrize("fault", FAULTS[1:], ids=lambda fault: fault.name)
@pytest.mark.parametrize("channel", NETWORKS)
async def test_nothing_is_lost_or_filed_twice_under_any_fault(stage: Stage, channel: str, fault: Fault) -> None:
    name, story = SAMPLE[hash_of(channel, fault.name) % len(SAMPLE)]
    assert name
    await plays_well(stage, channel, story, fault)


@pytest.mark.full
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("channel", NETWORKS)
@pytest.mark.parametrize("story", [story for _, story in STORIES], ids=[name for name, _ in STORIES])
async def test_every_conversation_on_every_channel_under_every_fault(
    stage: Stage, channel: str, fault: Fault, story: Story
) -> None:
    await plays_well(stage, channel, story, fault)


def hash_of(*names: str) -> int:
    """A number that is the same in every run."""
    return sum(map(ord, " ".join(names)))
