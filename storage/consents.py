"""What a firm agreed to in two cases taken together: the stricter one holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stories.types import Answer

CONSENTS: Mapping[str, Sequence[Any]] = {
    "share_platform": ("no", "anonymised", "named"),
    "share_mediateur": (False, True),
    "share_dgccrf": (False, True),
    "quote_anonymised": (False, True),
    "training": (False, True),
}
"""The values of each, least first."""
UNLESS_REFUSED = frozenset({"training"})
"""Said by default, with a way to object."""


def stricter(own: Mapping[str, Answer], other: Mapping[str, Answer]) -> dict[str, Answer]:
    """What must be set in the one case so that it allows no more than the other; nothing where it does not."""
    found = {}
    for name, steps in CONSENTS.items():
        least = min(_rank(name, own.get(name)), _rank(name, other.get(name)))
        if least < _rank(name, own.get(name)):
            found[name] = Answer(value=steps[least], by="rule")
    return found


def refuses(fields: Mapping[str, Answer]) -> bool:
    """Whether these answers object to being learnt from."""
    answer = fields.get("training")
    return answer is not None and answer.state == "given" and answer.value is False


def _rank(name: str, answer: Answer | None) -> int:
    steps = CONSENTS[name]
    if answer is None or answer.state != "given" or answer.value not in steps:
        return len(steps) - 1 if name in UNLESS_REFUSED else 0
    return steps.index(answer.value)
