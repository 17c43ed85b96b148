"""What a candidate is measured on, and by whom: labelled messages, real conversations, those that the script tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

import stories
from bot import lessons
from nlu import gate, quality
from nlu.backend import Expecting
from nlu.comparing import shipped
from nlu.comparison import Comparison, Item, Stories, Verdict
from nlu.embedded import EmbeddedNLU
from nlu.examples import Example, Task
from nlu.held import read_held
from nlu.rehearsal import rehearse
from storage.corrections import Labelled
from storage.hours import allowed
from stories import story
from stories.script import Script

TOLD = Path(stories.__path__[0]) / "conversations"


def items(examples: Sequence[Example], labelled: Sequence[Labelled], at: datetime) -> list[Item]:
    """All that the meaning of is known."""
    return [*(shipped(one, at) for one in examples), *(item for one in labelled for item in _of_officials(one))]


def _of_officials(one: Labelled) -> Iterator[Item]:
    asked = Expecting(**one.asked) if one.asked is not None else None
    meant = lessons.meant(one)
    for task in get_args(Task):
        if task in meant:
            yield Item(
                name=f"sample:{one.id}", pool=one.part, text=one.text, language=one.language, task=task,
                labels=meant[task], expecting=asked, chance=one.chance, at=one.said_at,
            )  # fmt: skip


def played(script: Script, live: EmbeddedNLU, candidate: EmbeddedNLU, progress: Callable[[float], None]) -> Stories:
    """Play the conversations that come with Portevoix; failed are those that only the model in use plays as told."""
    paths = sorted(TOLD.rglob("*.yml"))
    count, failed = 0, []
    for done, path in enumerate(paths):
        progress(done / len(paths))
        for told in story.read(path.read_text(encoding="utf-8")):
            count += 1
            if not rehearse(script, candidate, told, allowed).well and rehearse(script, live, told, allowed).well:
                failed.append(f"{path.parent.name}/{path.stem}: {told.story}")
    return Stories(played=count, failed=tuple(failed))


def judged(comparison: Comparison, folders: tuple[Path, Path], models: tuple[EmbeddedNLU, EmbeddedNLU]) -> Verdict:
    """What the gate says; pairs are of the model in use and of the candidate. Raises NLUError."""
    held = [read_held(folder) for folder in folders]
    return gate.judge(
        comparison,
        missed=gate.missed(*models),
        contradicted=quality.contradicted(*held),
        risen=quality.risen(*held),
    )
