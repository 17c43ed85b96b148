"""The conversations of stories/conversations, and what is sent in each of their steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.channels.terminal import Line
from stories import story
from stories.story import CONVERSATIONS, Step, Story, given

__all__ = ["FOLDER", "Step", "Story", "everyone", "given", "read", "sent"]

FOLDER = CONVERSATIONS


def sent(step: Step, slots: Mapping[str, str]) -> Line:
    """What is done in a step, with what was given earlier in the conversation."""
    return Line(
        text=step.text(slots),
        choice=step.choice,
        burst=step.burst,
        wait=step.wait,
        edit=step.edit,
        key=step.key,
        at=step.at,
        official=step.official,
    )


def read(path: Path) -> tuple[Story, ...]:
    return story.read(path.read_text(encoding="utf-8"))


def everyone() -> list[tuple[str, Story]]:
    """Every story with its place, as a test is named: `fr/alert:the story`."""
    return [
        (f"{path.parent.name}/{path.stem}: {one.story}", one)
        for path in sorted(FOLDER.rglob("*.yml"))
        for one in read(path)
    ]
