"""A comparison as pages tell it: one sentence, the gate's reasons, and every figure behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from console import labels, meanings
from console.counts import thousands
from console.curves import SHARES, Drawing, accuracy_at, draw
from console.wording import Words
from nlu.acts import ACTS
from nlu.comparison import Cell, Check, Comparison, LabelFigures, LanguageFigures, Period, Verdict

SURE = 0.05
"""A difference that comes by chance less often than this is one."""
LEAST = 0.001
"""Odds that are told as they are; smaller ones are not told apart."""
MEASURED = frozenset({"time", "size"})
"""Checks whose values are no shares."""
OF_CASES = frozenset({"replay"})
"""Checks whose items are cases: an administrator reads none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that the gate asks for, in words."""

    text: str
    passed: bool
    href: str
    """The messages that speak against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLine:
    """A label in the table; pairs are before and after."""

    label: str
    texts: int
    precision: tuple[str, str]
    recall: tuple[str, str]
    f1: tuple[str, str]
    change: str
    interval: str
    odds: str
    better: bool
    worse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A cell of the confusion matrix; it leads to its messages."""

    count: int
    href: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What was taken for what: a row a meaning, a column what the candidate said."""

    kind: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square | None, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One language, drawn and told."""

    name: str
    texts: str
    counted: str
    """Which messages these are."""
    accuracy: tuple[str, str]
    calibration: tuple[str, str]
    drawing: Drawing
    bins: tuple[tuple[str, str, int], ...]
    shares: tuple[tuple[str, str, str], ...]


def meaning(said: Words, label: str) -> str:
    """What a label means, in words: a problem, an act, or neither."""
    name = meanings.name(said, f"{meanings.ACT}{label}" if label in ACTS else label)
    return name[:1].upper() + name[1:]


def sentence(said: Words, made: Comparison) -> str:
    """What counts, in one line: better, worse, and what to do."""
    counts = f"{said.count('judged.better', made.better)}, {said.count('judged.worse', made.worse)}."
    if made.advice == "too_few":
        return said("judged.too_few", labelled=made.labelled, needed=made.needed)
    return f"{counts} {said(f'advice.{made.advice}')}"


def chance(said: Words, made: Comparison) -> str:
    """Whether the difference could be chance, in words."""
    return said("judged.sure" if made.odds < SURE else "judged.chance", odds=odds(said, made.odds))


def reasons(said: Words, version: str, verdict: Verdict) -> list[Reason]:
    """What the gate asked for, the refusals first."""
    told = [_reason(said, version, check) for check in verdict.checks]
    return sorted(told, key=lambda one: one.passed)


def _reason(said: Words, version: str, check: Check) -> Reason:
    key = f"gate.{check.name}.{'passed' if check.passed else 'refused'}"
    values = {name: _told(said, check, name, value) for name, value in check.values.items()}
    try:
        text = said(key, **values)
    except KeyError:  # A gate of another time, with other checks.
        text = said("gate.other", name=check.name.replace("_", " "))
    shown = check.items and not check.passed and check.name not in OF_CASES
    href = _messages(version, check=check.name, label=str(check.values.get("label", ""))) if shown else ""
    return Reason(text=text, passed=check.passed, href=href)


def _told(said: Words, check: Check, name: str, value: str | float) -> str:
    """A value of a check: labels by their names, shares in per cent."""
    if name == "language":
        return said("gate.in", language=said(f"language.{value}")) if value else ""
    if isinstance(value, str):
        return f"« {meaning(said, value)} »" if said.language == "fr" else f"“{meaning(said, value)}”"
    if isinstance(value, int):
        return str(value)
    return labels.decimal(said, value) if check.name in MEASURED else share(said, value)


def lines(said: Words, made: Comparison) -> Mapping[str, Sequence[LabelLine]]:
    """The table of labels, in all languages and in each, by its title; what got worse first."""
    groups: dict[str, list[LabelFigures]] = {}
    for one in made.labels:
        groups.setdefault(said("figures.all") if one.language is None else said(f"language.{one.language}"), []).append(
            one
        )
    return {
        title: [_line(said, one) for one in sorted(each, key=lambda of: (of.f1[1] - of.f1[0], of.label))]
        for title, each in groups.items()
    }


def _line(said: Words, of: LabelFigures) -> LabelLine:
    change, sure = of.f1[1] - of.f1[0], of.odds < SURE
    return LabelLine(
        label=meaning(said, of.label),
        texts=of.texts,
        precision=_pair(said, of.precision),
        recall=_pair(said, of.recall),
        f1=_pair(said, of.f1),
        change=points(said, change),
        interval=said("figures.between", low=points(said, of.change[0]), high=points(said, of.change[1])),
        odds=odds(said, of.odds),
        better=sure and change > 0,
        worse=sure and change < 0,
    )


def matrices(said: Words, made: Comparison) -> list[Matrix]:
    """Of problems, and of acts."""
    problems = {*labels.names(said, "primary_category"), "nothing"}
    parts = {
        "problems": [cell for cell in made.confusion if cell.expected in problems],
        "acts": [cell for cell in made.confusion if cell.expected not in problems],
    }
    return [_matrix(said, made, kind, each) for kind, each in parts.items() if each]


def _matrix(said: Words, made: Comparison, kind: str, cells: Sequence[Cell]) -> Matrix:
    counts = Counter({(cell.expected, cell.told): len(cell.items) for cell in cells})
    rows, columns = (sorted({pair[at] for pair in counts}, key=lambda one: meaning(said, one)) for at in (0, 1))
    return Matrix(
        kind=said(f"matrix.{kind}"),
        columns=tuple(meaning(said, one) for one in columns),
        rows=tuple(
            (meaning(said, row), tuple(_square(said, made, row, column, counts[row, column]) for column in columns))
            for row in rows
        ),
    )


def _square(said: Words, made: Comparison, expected: str, told: str, count: int) -> Square | None:
    if not count:
        return None
    about = said("matrix.cell", expected=meaning(said, expected), told=meaning(said, told))
    return Square(count=count, href=_messages(made.candidate, expected=expected, told=told), about=about)


def spoken(said: Words, of: LanguageFigures) -> Spoken:
    return Spoken(
        name=said(f"language.{of.language}"),
        texts=thousands(said, of.texts),
        counted="" if of.real is None else said("figures.real" if of.real else "figures.mixed"),
        accuracy=(_within(said, of, 0), _within(said, of, 1)),
        calibration=_pair(said, of.calibration_error),
        drawing=draw(of),
        bins=tuple((share(said, one.told), share(said, one.right), one.of) for one in of.bins if one.of),
        shares=tuple((share(said, at), _at(said, at, of, 0), _at(said, at, of, 1)) for at in SHARES),
    )


def _within(said: Words, of: LanguageFigures, which: int) -> str:
    found = of.accuracy[which]
    return said(
        "figures.within", value=share(said, found.value), low=share(said, found.low), high=share(said, found.high)
    )


def _at(said: Words, at: float, of: LanguageFigures, which: int) -> str:
    found = accuracy_at(at, of.curve[which])
    return said("none") if found is None else share(said, found)


def flips(made: Comparison) -> dict[str, tuple[int, str]]:
    """How many messages were fixed, broken, or are wrong either way, and where they are listed."""
    found = {"fixed": made.fixed, "broken": made.broken, "both_wrong": made.both_wrong}
    return {kind: (len(each), _messages(made.candidate, of=kind) if each else "") for kind, each in found.items()}


def periods(said: Words, made: Comparison) -> list[tuple[str, Period]]:
    """When messages of the test were said, in words."""
    since = next((labels.day(said, one.since) for one in made.periods if one.since), "")
    return [(said("periods.lately" if one.since else "periods.before", when=since), one) for one in made.periods]


def share(said: Words, value: float) -> str:
    """A share of one in per cent, with one decimal where it is small."""
    return said("percent", value=labels.decimal(said, round(100 * value, 1)))


def odds(said: Words, value: float) -> str:
    return share(said, value) if value >= LEAST else said("percent.less", value=share(said, LEAST))


def points(said: Words, value: float) -> str:
    """A difference of shares, with its sign."""
    number = labels.decimal(said, round(100 * abs(value), 1))
    return f"{'−' if value < 0 else '+'}{number}" if number != "0" else "0"


def _pair(said: Words, pair: tuple[float, float]) -> tuple[str, str]:
    return share(said, pair[0]), share(said, pair[1])


def _messages(version: str, **of: str) -> str:
    return f"/models/{version}/messages?{urlencode(of)}"
