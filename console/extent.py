"""One recurring problem in figures, in words: each number leads to its cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from console import labels
from console.counts import FEWEST_TOLD, OPEN, OVER, Counter, Number, Trend
from console.wording import Words
from storage.extent import STANDINGS, Extent, Losses
from storage.figures import BEFORE
from stories import formats

TALLEST = 48
"""Units of the tallest bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One week of the chart."""

    label: str
    number: Number
    height: int
    top: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the cases."""

    label: str
    number: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What firms say they lost, of one kind of time."""

    period: str
    n: Number
    median: str
    span: str
    standings: tuple[Share, ...]
    estimates: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the page of a problem shows of its reach."""

    cases: Number
    firms: Number
    states: tuple[Share, ...]
    answered: Number
    answered_share: str
    trend: Trend
    bars: tuple[Bar, ...]
    losses: tuple[Loss, ...]
    measures: tuple[Share, ...]
    platforms: tuple[Share, ...]


def figures(said: Words, problem_id: int, extent: Extent, *, whole: bool) -> Figures:
    """`whole`: the reader reads the cases too."""
    counter, under = Counter(said=said, whole=whole), {"group": problem_id}
    told = counter.parts([extent.open, extent.closed], [{**under, **OPEN}, {**under, **OVER}])
    labelled = zip((said("problem.open"), said("problem.closed")), told, strict=True)
    named = [Share(label=label, number=number) for label, number in labelled]
    if extent.withdrawn:
        number = counter.one(extent.withdrawn, {**under, "status": "withdrawn"})
        named.append(Share(label=said("problem.withdrawn"), number=number))
    *earlier, (since, now) = extent.weeks
    before = sum(count for _, count in earlier[-BEFORE:])
    shown = whole or not 0 < extent.answered < FEWEST_TOLD
    share = formats.percent(100 * extent.answered / extent.cases, said.language) if extent.cases and shown else ""
    return Figures(
        cases=counter.one(extent.cases, under),
        firms=counter.one(extent.firms, under),
        states=tuple(named),
        answered=counter.one(extent.answered),
        answered_share=share,
        trend=counter.trend(now, before, {**under, "filed_from": f"{since:%Y-%m-%d}"}),
        bars=tuple(_bars(counter, problem_id, extent)),
        losses=tuple(_losses(said, counter, extent)),
        measures=tuple(_measures(said, counter, extent)),
        platforms=tuple(_platforms(said, counter, under, extent)),
    )


def _bars(counter: Counter, problem_id: int, extent: Extent) -> Iterator[Bar]:
    counts = [count for _, count in extent.weeks]
    filters = [
        {
            "group": problem_id,
            "filed_from": f"{since:%Y-%m-%d}",
            "filed_to": f"{since + timedelta(days=6):%Y-%m-%d}",
        }
        for since, _ in extent.weeks
    ]
    most = max([*counts, 1])
    numbers = counter.parts(counts, filters)
    for (since, count), number in zip(extent.weeks, numbers, strict=True):
        drawn = min(FEWEST_TOLD, most) if number.hidden else count
        height = round(TALLEST * drawn / most)
        yield Bar(label=f"{since:%d/%m}", number=number, height=height, top=TALLEST - height)


def _losses(said: Words, counter: Counter, extent: Extent) -> Iterator[Loss]:
    for period, losses in sorted(extent.losses.items(), key=lambda one: -one[1].n):
        numbers = counter.parts([losses.standings[name] for name in STANDINGS], [None] * len(STANDINGS))
        told = counter.whole or losses.n >= FEWEST_TOLD
        estimates = losses.estimates if counter.whole or losses.estimates >= FEWEST_TOLD else 0
        yield Loss(
            period=labels.value(said, "loss_period", period) if period else said("problem.loss.no_period"),
            n=counter.one(losses.n),
            median=formats.money(losses.median, said.language) if told else said("count.hidden"),
            span=_span(said, losses) if counter.whole else "",
            standings=tuple(
                Share(label=said(f"standing.{name}"), number=number)
                for name, number in zip(STANDINGS, numbers, strict=True)
            ),
            estimates=said.count("problem.loss.estimates", estimates) if estimates else "",
        )


def _span(said: Words, losses: Losses) -> str:
    least, most = (formats.money(value, said.language) for value in (min(losses.values), max(losses.values)))
    return said("problem.loss.span", least=least, most=most)


def _measures(said: Words, counter: Counter, extent: Extent) -> Iterator[Share]:
    for kind, count in sorted(extent.measures.items(), key=lambda one: -one[1]):
        yield Share(label=labels.value(said, "measure_kind", kind), number=counter.one(count))


def _platforms(said: Words, counter: Counter, under: dict[str, int], extent: Extent) -> Iterator[Share]:
    ordered = sorted(extent.platforms.items(), key=lambda one: -one[1])
    filters = [{**under, "platform": platform} if platform else None for platform, _ in ordered]
    numbers = counter.parts([count for _, count in ordered], filters)
    for (platform, _), number in zip(ordered, numbers, strict=True):
        label = labels.value(said, "platform_id", platform) if platform else said("cases.unknown")
        yield Share(label=label, number=number)
