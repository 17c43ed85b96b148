"""What may be done to a case, as the forms beside it offer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.datastructures import ImmutableMultiDict

import stories.case
from console import deadlines, deeds, labels
from console.deadlines import Due
from console.wording import Words
from storage import lifecycle
from storage.access import Official
from storage.cases import FiledCase
from storage.teams import Team
from stories.formats import PARIS, percent
from stories.types import Understanding
from stories.urgency import LEVELS

LIKELY = 3
"""As many of the classifier's guesses are offered first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed into a form that could not be carried out: it is shown again."""

    form: str = ""
    fields: ImmutableMultiDict[str, str] = field(default_factory=ImmutableMultiDict)

    def get(self, form: str, name: str, default: str = "") -> str:
        return self.fields.get(name, default) if form == self.form else default

    def has(self, form: str, name: str, value: str, default: bool) -> bool:  # noqa: FBT001  # Called from templates.
        """Whether a box or button of that value is chosen."""
        return value in self.fields.getlist(name) if form == self.form else default


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of a list to choose from."""

    id: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Options under a heading."""

    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A status that may follow."""

    id: str
    label: str
    firm_reads: str
    """What the firm will read, in its own language."""
    blocked: str
    """Why it cannot be set; nothing where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """All that the forms beside a case need."""

    version: int
    holder: str
    mine: bool
    free: bool
    due: Due | None
    waits: str
    """Who is waited for, where officials owe nothing."""
    steps: tuple[Step, ...]
    reasons: tuple[Group, ...]
    tells: bool
    """The new status can be told to the firm in its conversation."""
    people: tuple[Option, ...]
    teams: tuple[Option, ...]
    problems: tuple[Group, ...]
    further: tuple[Option, ...]
    levels: tuple[Option, ...]
    tags: tuple[str, ...]
    tags_used: tuple[str, ...]
    callable: tuple[Official, ...]
    """Whom a note may call."""
    snoozed: str
    tomorrow: str
    """The first day until which the case may be put off, ISO."""


def panel(
    words: Words, filed: FiledCase, reader: Official, now: datetime, *, holder: Official | None,
    people: Sequence[Official], teams: Sequence[Team], tags: Sequence[str], tags_used: Sequence[str],
    heard: Understanding | None,
) -> Panel:  # fmt: skip
    line, case = filed.line, filed.case
    steps = tuple(_steps(words, filed, reader))
    open_ids = {step.id for step in steps if not step.blocked}
    snoozed = line.snoozed_until if line.snoozed_until is not None and line.snoozed_until > now else None
    return Panel(
        version=line.version,
        holder=holder.name if holder else "",
        mine=holder is not None and holder.id == reader.id,
        free=holder is None,
        due=deadlines.due(words, now, line.due_at) if line.due_at is not None else None,
        waits=_waits(words, filed),
        steps=steps,
        reasons=tuple(_reasons(words, open_ids)),
        tells=filed.lane is not None and stories.case.way_to_answer(case) == "chat",
        people=tuple(Option(id=one.login, label=one.name, chosen=one.id == line.assignee_id) for one in people),
        teams=tuple(Option(id=str(team.id), label=team.name, chosen=team.id == line.team_id) for team in teams),
        problems=tuple(_problems(words, filed, heard)),
        further=tuple(_further(words, filed)),
        levels=tuple(
            Option(id=level, label=words.named("urgency", level), chosen=level == (line.urgency_level or "normal"))
            for level in LEVELS
        ),
        tags=tuple(tags),
        tags_used=tuple(tag for tag in tags_used if tag not in tags),
        callable=tuple(one for one in people if one.id != reader.id),
        snoozed=deeds.day(words, snoozed) if snoozed else "",
        tomorrow=(now.astimezone(PARIS).date() + timedelta(days=1)).isoformat(),
    )


def _steps(words: Words, filed: FiledCase, reader: Official) -> Iterator[Step]:
    for status in lifecycle.following(words.script, filed.line.status):
        tried = [reason.id for reason in status.reasons] or [""]
        found = [
            lifecycle.refusal(
                words.script, filed.case, filed.line.status, status.id, role=reader.role, reason=reason
            )
            for reason in tried
        ]  # fmt: skip
        because = None if None in found else found[0]
        yield Step(
            id=status.id,
            label=status.label[words.language],
            firm_reads=status.explain[filed.case.language],
            blocked=words(f"refused.{because}") if because else "",
        )


def _reasons(words: Words, statuses: set[str]) -> Iterator[Group]:
    for status in words.script.statuses.values():
        if status.id in statuses and status.reasons:
            options = tuple(Option(id=one.id, label=one.label[words.language]) for one in status.reasons)
            yield Group(label=status.label[words.language], options=options)


def _problems(words: Words, filed: FiledCase, heard: Understanding | None) -> Iterator[Group]:
    """All categories, first those that the classifier thought likeliest."""
    now = filed.line.primary_category
    names = {category.id: category.label[words.language] for category in words.script.categories.values()}
    likely = [label for label in (heard.problems if heard else ()) if label.id in names and label.id != now][:LIKELY]
    if likely:
        yield Group(
            label=words("reclassify.likely"),
            options=tuple(
                Option(id=one.id, label=f"{names[one.id]} ({percent(one.probability * 100, words.language)})")
                for one in likely
            ),
        )
    first = {one.id for one in likely}
    rest = sorted((name, key) for key, name in names.items() if key not in first)
    yield Group(
        label=words("reclassify.all"),
        options=tuple(Option(id=key, label=name, chosen=key == now) for name, key in rest),
    )


def _further(words: Words, filed: FiledCase) -> Iterator[Option]:
    named = set(stories.case.problems(filed.case)) - {filed.line.primary_category}
    every = sorted((labels.problem(words, key), key) for key in words.script.categories)
    for name, key in every:
        yield Option(id=key, label=name, chosen=key in named)


def _waits(words: Words, filed: FiledCase) -> str:
    known: Mapping[str, str] = {one.id: one.waits_on for one in words.script.statuses.values()}
    return words.named("waits", known.get(filed.line.status, "nobody"))
