"""What was done to a case, in words: a title, then its details."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from console import fields, labels
from console.wording import Words
from storage.cases import CaseChange
from stories.formats import PARIS, percent
from stories.types import Answer, Case


def told(words: Words, change: CaseChange, case: Case) -> list[str]:
    """The title of an act, then one line for each of its details."""
    about, category = change.changes.about, fields.main_problem(case)
    title = (TITLES.get(change.act, _plain))(words, change.act, about)
    return [title, *_details(words, change, category)]


def reason(words: Words, name: str) -> str:
    """The words of a reason, of whichever status."""
    every = (one for known in words.script.statuses.values() for one in known.reasons)
    return next((one.label[words.language] for one in every if one.id == name), name)


def day(words: Words, at: datetime) -> str:
    """A day as officials read it."""
    local = at.astimezone(PARIS)
    return f"{local:%d/%m/%Y}" if words.language == "fr" else f"{local:%d %b %Y}"


def _plain(words: Words, act: str, _about: Mapping[str, Any]) -> str:
    return words.named("deed", act)


def _assigned(words: Words, _act: str, about: Mapping[str, Any]) -> str:
    if about.get("to"):
        return words("deed.assigned.to", to=about["to"])
    return words("deed.assigned.nobody", old=about.get("from") or "–")


def _moved(words: Words, _act: str, about: Mapping[str, Any]) -> str:
    return words("deed.moved.to", to=about.get("to", ""))


def _tagged(words: Words, _act: str, about: Mapping[str, Any]) -> str:
    if "added" in about:
        return words("deed.tagged.added", tag=about["added"])
    return words("deed.tagged.removed", tag=about.get("removed", ""))


def _snoozed(words: Words, _act: str, about: Mapping[str, Any]) -> str:
    if not about.get("until"):
        return words("deed.snoozed.back")
    return words("deed.snoozed.until", day=day(words, datetime.fromisoformat(about["until"])))


def _verified(words: Words, _act: str, about: Mapping[str, Any]) -> str:
    key = str(about.get("field", ""))
    name = fields.label(words, key, None)
    return words("deed.verified.holds" if about.get("holds") else "deed.verified.not", label=name)


JOINING = frozenset({"merged", "unmerged", "split", "linked", "unlinked"})
TITLES: Mapping[str, Callable[[Words, str, Mapping[str, Any]], str]] = {
    "assigned": _assigned,
    "moved": _moved,
    "tagged": _tagged,
    "snoozed": _snoozed,
    "verified": _verified,
}


def _details(words: Words, change: CaseChange, category: str | None) -> Iterator[str]:
    made, about = change.changes, change.changes.about
    if made.status:
        old, new = (labels.status(words, name) for name in made.status)
        yield words("case.history.status", new=new, old=old)
    if change.act == "status" and about.get("reason"):
        yield words("deed.reason", reason=reason(words, about["reason"]))
    yield from _named(words, change.act, about)
    if change.act == "reclassified":
        yield from _reclassified(words, about)
        return
    for key, answer in made.fields.items():
        if key == "level" or key not in fields.ELSEWHERE:
            yield from _changed(words, key, answer, made.before.get(key), category)
    if made.narrative:
        yield words("case.history.words")


def _named(words: Words, act: str, about: Mapping[str, Any]) -> Iterator[str]:
    """What else an act was about: a piece asked for, another case, a recurring problem."""
    if act == "asked" and about.get("piece"):
        yield words("deed.asked.piece", piece=about["piece"], day=day(words, datetime.fromisoformat(about["until"])))
    if act in JOINING:
        yield from (words("deed.other", reference=about[one]) for one in ("from", "into", "case") if about.get(one))
    if about.get("title"):
        yield words("deed.problem", title=about["title"])


def _reclassified(words: Words, about: Mapping[str, Any]) -> Iterator[str]:
    def name(one: object) -> str:
        return labels.problem(words, str(one))

    if about.get("old") != about.get("new"):
        old = name(about["old"]) if about.get("old") else words("cases.unknown")
        if str(about.get("by", "")).startswith("model"):
            sure = percent(float(about.get("confidence", 0)) * 100, words.language)
            old = words("deed.machine", problem=old, percent=sure)
        yield words("deed.reclassified.main", old=old, new=name(about.get("new")))
    for one in about.get("added", ()):
        if one != about.get("new"):
            yield words("deed.reclassified.added", problem=name(one))
    for one in about.get("removed", ()):
        if one != about.get("old"):
            yield words("deed.reclassified.removed", problem=name(one))


def _changed(words: Words, key: str, new: Answer, old: Answer | None, category: str | None) -> Iterator[str]:
    name, now = labels.label(words, key, category), _said(words, key, new, category)
    if old is None:
        yield words("case.history.added", label=name, new=now)
    elif (was := _said(words, key, old, category)) != now:
        yield words("case.history.field", label=name, old=was, new=now)


def _said(words: Words, key: str, answer: Answer, category: str | None) -> str:
    return words.named("urgency", str(answer.value)) if key == "level" else labels.said(words, key, answer, category)
