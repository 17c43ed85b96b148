"""The gate: whether a candidate may be put into service, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources

import yaml
from pydantic import TypeAdapter

from nlu.backend import Ask
from nlu.comparing import LIKELY
from nlu.comparison import Check, Comparison, LabelFigures, Replay, Stories, Verdict
from nlu.embedded import EmbeddedNLU
from nlu.quality import Contradicted
from stories.types import Language

FALL = 0.03
"""A label's F1 may fall by so much; by more only where that may well be chance."""
DEEP_FALL = 0.10
"""By more than this it may never fall, chance or not."""
ENOUGH = 20
"""Texts of a label from which on a deep fall counts."""
CONTRADICTED = 0.10
"""Share of a label's new samples that may be contradicted."""
RISEN = 0.02
"""Share of a label's known examples of which more may be contradicted than before."""
FEW = 5
"""Fewer contradicted than this say nothing."""
LEAKED = 0.05
"""Share of the test that may be set aside because it is learnt from too: what is left is a test all the same."""
FEW_LEAKED = 3
"""Fewer than this may always be."""
ROUTED = 0.05
"""Share of the conversations replayed that may go to another team."""
QUESTIONS = 0.5
"""Questions more, a conversation replayed, that may be asked."""
_ANY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a model may take; more only where the one in use takes nearly as much."""

    milliseconds: float = 25.0
    megabytes: float = 100.0
    growth: float = 1.5
    """So many times what the model in use takes is always allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Must:
    """A text that every model must understand."""

    text: str
    language: Language
    problem: str | None = None
    act: str | None = None


@lru_cache(maxsize=1)
def musts() -> tuple[Must, ...]:
    text = (resources.files("nlu") / "must_pass.yml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Must, ...]).validate_python(yaml.safe_load(text))


def missed(live: EmbeddedNLU, candidate: EmbeddedNLU) -> list[Must]:
    """What the candidate must understand and does not; of labels that the model in use knows."""
    known = {*live.manifest["problems"], *live.manifest["acts"]}
    asked = [must for must in musts() if {must.problem, must.act} & known]
    read = candidate.understand_many([Ask(text=must.text, at=_ANY, language=must.language) for must in asked])
    told = [
        (one.problems[0].id if one.problems and one.problems[0].probability >= LIKELY else None, one.acts[0].id)
        for one in read
    ]
    return [
        must
        for must, (problem, act) in zip(asked, told, strict=True)
        if (must.problem is not None and must.problem != problem) or (must.act is not None and must.act != act)
    ]


def judge(
    comparison: Comparison,
    *,
    missed: Sequence[Must],
    contradicted: Sequence[Contradicted],
    risen: Sequence[Contradicted],
    budget: Budget | None = None,
) -> Verdict:
    """A check for each thing that is asked for, one for each label that speaks against the candidate.

    Names: labels, must_pass, leaks, new_labels, known_labels, time, size, replay, stories.
    """
    budget = budget or Budget()
    checks = [
        *_labels(comparison),
        Check(
            name="must_pass",
            passed=not missed,
            values={"of": len(musts()), "missed": len(missed)},
            items=tuple(must.text for must in missed),
        ),
        _leaks(comparison),
        *_contradicted("new_labels", contradicted, CONTRADICTED),
        *_contradicted("known_labels", risen, RISEN),
        _within("time", comparison.milliseconds, budget.milliseconds, budget.growth),
        _within("size", comparison.megabytes, budget.megabytes, budget.growth),
    ]
    checks += [] if comparison.replay is None else [_replay(comparison.replay)]
    checks += [] if comparison.stories is None else [_stories(comparison.stories)]
    return Verdict(checks=tuple(checks))


def _labels(comparison: Comparison) -> Iterator[Check]:
    """One failed check a label that has become worse, in all languages or in one; else one that all is well."""
    fallen = {figures.label: figures for figures in reversed(comparison.labels) if _has_fallen(figures)}
    for label, figures in sorted(fallen.items()):
        lost = [flip.item for flip in comparison.broken if label in {flip.expected, flip.candidate}]
        yield Check(
            name="labels",
            passed=False,
            values={
                "label": label,
                "language": figures.language or "",
                "texts": figures.texts,
                "before": round(figures.f1[0], 3),
                "after": round(figures.f1[1], 3),
            },
            items=tuple(lost),
        )
    if not fallen:
        yield Check(name="labels", passed=True, values={"labels": len({x.label for x in comparison.labels})})


def _has_fallen(figures: LabelFigures) -> bool:
    before, after = figures.f1
    surely = figures.language is None and before - after > FALL and figures.change[1] < 0
    return surely or (before - after > DEEP_FALL and figures.texts >= ENOUGH)


def _leaks(comparison: Comparison) -> Check:
    leaks, tested = len(comparison.aside), comparison.tested
    passed = leaks < FEW_LEAKED or leaks <= LEAKED * tested
    return Check(
        name="leaks",
        passed=passed,
        values={"leaks": leaks, "tested": tested},
        items=tuple(flip.item for flip in comparison.aside),
    )


def _contradicted(name: str, found: Sequence[Contradicted], share: float) -> Iterator[Check]:
    bad = [one for one in found if one.count >= FEW and one.count > share * one.of]
    for one in bad:
        yield Check(
            name=name,
            passed=False,
            values={"label": one.label, "contradicted": one.count, "of": one.of},
            items=one.names,
        )
    if not bad:
        yield Check(name=name, passed=True, values={"contradicted": sum(one.count for one in found)})


def _within(name: str, taken: tuple[float, float], budget: float, growth: float) -> Check:
    live, candidate = taken
    most = max(budget, growth * live)
    values = {"live": round(live, 1), "candidate": round(candidate, 1), "most": round(most, 1)}
    return Check(name=name, passed=candidate <= most, values=values)


def _replay(replay: Replay) -> Check:
    conversations = replay.conversations
    holds = len(replay.routed) <= ROUTED * conversations and replay.questions <= QUESTIONS * conversations
    values = {
        "conversations": conversations,
        "changed": len(replay.changed),
        "routed": len(replay.routed),
        "questions": replay.questions,
    }
    return Check(name="replay", passed=holds, values=values, items=tuple(map(str, replay.routed)))


def _stories(stories: Stories) -> Check:
    values = {"played": stories.played, "failed": len(stories.failed)}
    return Check(name="stories", passed=not stories.failed, values=values, items=stories.failed)
