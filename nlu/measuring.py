"""How well a file of messages is understood: what was expected of each against what was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OUTSIDE = "out_of_scope"
BINS = 10
MOST_CONFUSIONS = 15
EXPECTED = ("primary", "labels", "act", "facets", "platform_id", "entities")
"""What a line may say that should be understood; what it does not say is not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A message with what was expected of it, any of EXPECTED, and what `nlu.telling.document` told."""

    id: Any
    language: str
    text: str
    expected: Mapping[str, Any]
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that was told otherwise than expected."""

    sample: Sample
    what: str
    expected: Any
    told: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many; `extra` counts what was told though the line does not name it."""

    right: int
    of: int
    extra: int = 0

    @property
    def rate(self) -> float:
        return self.right / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How well something is found: shares between 0 and 1, of `of` that were to be found."""

    of: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one language, or of all messages."""

    language: str
    messages: int
    primary: Share
    """The main problem is the one expected, where one is."""
    nothing: Share
    """No problem is told, where none is expected."""
    macro_f1: float
    labels: Found
    """All problems of all messages together."""
    outside: Found
    calibration_error: float
    """Expected distance between the probability of the likeliest problem and its accuracy (ECE)."""
    act: Share
    platform: Share
    fields: Mapping[str, Share]
    """By field of a case, and `facets.NAME`."""
    confusions: Sequence[tuple[str, str, str, int]]
    """`primary` or `act`, what was expected, what was told, how often; the most frequent first."""

    def text(self) -> str:
        return "\n".join(_lines(self))


def measure(samples: Sequence[Sample]) -> list[Figures]:
    """Figures of each language, then of all where there are several."""
    languages = sorted({sample.language for sample in samples})
    each = [_figures(name, [s for s in samples if s.language == name]) for name in languages]
    return [*each, _figures("all", samples)] if len(each) > 1 else each


def differences(sample: Sample) -> list[Difference]:
    """Everything that a message was understood otherwise than expected."""
    found = [
        Difference(sample=sample, what=what, expected=sample.expected[what], told=sample.told[what])
        for what in ("primary", "act", "platform_id")
        if what in sample.expected and sample.expected[what] != sample.told[what]
    ]
    if "labels" in sample.expected and _problems(sample.expected) != set(sample.told["labels"]):
        told = sample.told["labels"]
        found.append(Difference(sample=sample, what="labels", expected=sorted(_problems(sample.expected)), told=told))
    return found + [
        Difference(sample=sample, what=name, expected=expected, told=told)
        for name, expected, told in _values(sample)
        if not agrees(expected, told)
    ]


def agrees(expected: Any, told: Any) -> bool:  # noqa: ANN401  # Values of fields are any JSON.
    """Whether a value is the one expected: lists in any order, of a date only what is expected of it."""
    if isinstance(expected, Mapping) and isinstance(told, Mapping):
        return all(agrees(part, told.get(name)) for name, part in expected.items())
    if isinstance(expected, list) and isinstance(told, list):
        return len(expected) == len(told) and all(any(agrees(one, other) for other in told) for one in expected)
    return isinstance(expected, bool) == isinstance(told, bool) and bool(expected == told)


def _problems(expected: Mapping[str, Any]) -> set[str]:
    """All problems expected: the main one is one of them, named again or not."""
    return {*expected["labels"], *([expected["primary"]] if expected.get("primary") else [])}


def _values(sample: Sample) -> Iterable[tuple[str, Any, Any]]:
    """Each value expected and the one told, by field."""
    for kind, prefix in (("entities", ""), ("facets", "facets.")):
        for name, expected in sample.expected.get(kind, {}).items():
            yield prefix + name, expected, sample.told[kind].get(name)


def _figures(language: str, samples: Sequence[Sample]) -> Figures:
    asked = [s for s in samples if "primary" in s.expected]
    pairs = [(s.expected["primary"], s.told["primary"]) for s in asked]
    main = [pair for pair in pairs if pair[0] is not None]
    labelled = [s for s in samples if "labels" in s.expected]
    acts = [(s.expected["act"], s.told["act"]) for s in samples if "act" in s.expected]
    counted = Counter((kind, *pair) for kind, all_ in (("primary", pairs), ("act", acts)) for pair in all_)
    confused = [(kind, str(e), str(t), n) for (kind, e, t), n in counted.most_common() if e != t]
    return Figures(
        language=language,
        messages=len(samples),
        primary=_share(main),
        nothing=_share([pair for pair in pairs if pair[0] is None]),
        macro_f1=_macro(main),
        labels=_found(
            sum(len(_problems(s.expected) & set(s.told["labels"])) for s in labelled),
            sum(len(s.told["labels"]) for s in labelled),
            sum(len(_problems(s.expected)) for s in labelled),
        ),
        outside=_one(pairs, OUTSIDE),
        calibration_error=_calibration_error([s for s in asked if s.expected["primary"] is not None]),
        act=_share(acts),
        platform=_share(
            [(s.expected["platform_id"], s.told["platform_id"]) for s in samples if "platform_id" in s.expected]
        ),
        fields=_fields(samples),
        confusions=confused[:MOST_CONFUSIONS],
    )


def _share(pairs: Sequence[tuple[Any, Any]]) -> Share:
    return Share(right=sum(expected == told for expected, told in pairs), of=len(pairs))


def _found(both: int, told: int, real: int) -> Found:
    """Precision, recall and F1; 0 where there is nothing to divide by."""
    return Found(of=real, precision=both / max(told, 1), recall=both / max(real, 1), f1=2 * both / max(told + real, 1))


def _one(pairs: Sequence[tuple[Any, Any]], label: str) -> Found:
    both = sum(expected == told == label for expected, told in pairs)
    return _found(both, sum(told == label for _, told in pairs), sum(expected == label for expected, _ in pairs))


def _macro(pairs: Sequence[tuple[Any, Any]]) -> float:
    """F1 of the main problem, the mean over every label expected or told."""
    labels = {label for pair in pairs for label in pair if label is not None}
    return sum(_one(pairs, label).f1 for label in labels) / max(len(labels), 1)


def _calibration_error(samples: Sequence[Sample]) -> float:
    bins: list[list[float]] = [[] for _ in range(BINS)]
    for sample in samples:
        label, odds = next(iter(sample.told["scores"].items()), ("", 0.0))
        true = {sample.expected["primary"], *sample.expected.get("labels", ())}
        bins[min(int(odds * BINS), BINS - 1)].append((label in true) - odds)
    return sum(abs(sum(gaps)) for gaps in bins) / max(len(samples), 1)


def _fields(samples: Sequence[Sample]) -> dict[str, Share]:
    right, of, extra = Counter[str](), Counter[str](), Counter[str]()
    for sample in samples:
        for name, expected, told in _values(sample):
            of[name] += 1
            right[name] += agrees(expected, told)
        for kind, prefix in (("entities", ""), ("facets", "facets.")):
            if kind in sample.expected:
                extra.update(prefix + name for name in sample.told[kind] if name not in sample.expected[kind])
    return {name: Share(right=right[name], of=of[name], extra=extra[name]) for name in sorted({*of, *extra})}


def _lines(x: Figures) -> Iterable[str]:
    yield f"{x.language}: {x.messages} messages"
    rows: list[tuple[int, str, Callable[[], str]]] = [
        (x.primary.of, "main problem", lambda: f"accuracy {x.primary.rate:.3f}, macro F1 {x.macro_f1:.3f}"),
        (x.primary.of, "its probability", lambda: f"is wrong by {x.calibration_error:.3f} (ECE)"),
        (x.nothing.of, "no problem", lambda: f"accuracy {x.nothing.rate:.3f}"),
        (x.labels.of, "all problems", lambda: f"micro F1 {x.labels.f1:.3f}, {_both(x.labels)}"),
        (x.outside.of, "out of scope", lambda: _both(x.outside)),
        (x.act.of, "act", lambda: f"accuracy {x.act.rate:.3f}"),
        (x.platform.of, "platform", lambda: f"accuracy {x.platform.rate:.3f}"),
    ]
    for of, name, figures in rows:
        if of:
            yield f"  {name:16} {of:5}  {figures()}"
    if x.fields:
        yield f"  {'field':40} right    of  exact  told besides"
    for name, share in x.fields.items():
        rate = f"{share.rate:.3f}" if share.of else ""
        yield f"  {name:40} {share.right:5} {share.of:5}  {rate:5}  {share.extra or ''}".rstrip()
    if x.confusions:
        yield "  most confused, expected → told"
    for kind, expected, told, count in x.confusions:
        yield f"  {count:5}  {kind}: {expected} → {told}"


def _both(found: Found) -> str:
    return f"precision {found.precision:.3f}, recall {found.recall:.3f}"
