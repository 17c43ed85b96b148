"""A few of the examples that come with Portevoix: enough for DIET to learn in a minute."""

from __future__ import annotations

from pathlib import Path

import yaml

from nlu import default_data
from nlu.examples import NOTHING, TASKS, Example, Task, read
from stories.types import Language

LABELS: dict[Task, tuple[str, ...]] = {
    "problems": ("account_suspension", "funds_withheld", "invoicing_documents", NOTHING),
    "acts": ("affirm", "deny", "human", "inform"),
}
EACH: dict[Language, int] = {"fr": 30, "en": 15}
"""Examples of a label."""
LONGEST = 90
"""Characters."""


def write_subset(folder: Path) -> int:
    """Write the shortest examples of one label, in our form; how many they are."""
    count = 0
    examples = [
        e for e in read(default_data()) if len(e.labels) == 1 and e.expecting is None and len(e.text) <= LONGEST
    ]
    for task in TASKS:
        for label in LABELS[task]:
            for language, each in EACH.items():
                of = [e for e in examples if (e.task, e.language, e.labels[0]) == (task, language, label)]
                count += _write(folder / language / task / f"{label}.yml", of[:each])
    return count


def _write(path: Path, examples: list[Example]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    said = [{"text": example.text} for example in examples]
    item = {"intent": examples[0].labels[0], "examples": said}
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": [item]}, allow_unicode=True), encoding="utf-8")
    return len(said)
