"""Every story of stories/conversations, played through the whole stack on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import documents
from bot.app import App
from bot.channels.terminal import Clock, Terminal
from bot.talk import Talk
from nlu.backend import NLU
from storage.crypto import KeyRing
from storage.database import Database
from stories.effects import Say
from stories.script import Script
from tests.conversations.expecting import expect, expect_case
from tests.conversations.story import Story, everyone, given, sent

STORIES = everyone()


@pytest.mark.parametrize("story", [story for _, story in STORIES], ids=[name for name, _ in STORIES])
async def test_conversation(database: Database, ring: KeyRing, script: Script, classifier: NLU, story: Story) -> None:
    terminal, clock = Terminal(), Clock(story.begins)
    app = App(
        database=database, ring=ring, script=script, nlu=classifier, channels={terminal.name: terminal}, clock=clock,
        burst=timedelta(),
    )  # fmt: skip
    talk = Talk(app, terminal, clock, chat="firm")
    said: list[Say] = []
    slots: dict[str, str] = {}
    for place, step in enumerate(story.steps, 1):
        if step.is_said:
            said = [say async for over in talk.take(sent(step, slots)) for say in over.said]
            slots |= given("\n".join(say.text for say in said))
        else:
            expect(script, step, said, await talk.known(), f"step {place}")
    async with database.read() as session:
        filed = await documents.of_conversation(session, ring, script, talk.lane)
    if story.messages_from_firm is not None:
        assert story.messages <= story.messages_from_firm
    if story.filed is not None:
        assert len(filed) == story.filed
    if story.expected_cases:
        assert len(filed) == len(story.expected_cases)
        for found, expected in zip(filed, story.expected_cases, strict=True):
            expect_case(found, expected)
