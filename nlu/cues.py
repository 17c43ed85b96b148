"""What a story plainly says of the case besides values: flags, the state of the account, steps taken, who writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from nlu.cue_words import ORDER, SHORTHAND, WISH, is_about_others
from nlu.notice import no_notice
from nlu.page import STEM, Mention, Page

_SHEETS = ("answers", "facets", "status", "account", "steps", "people", "wishes")
_WISHES = re.compile(rf"(?<![a-z])(?:{WISH}|{ORDER})")
_OURS = frozenset({"account_status", "measure_scope", "measure_duration", "internal_complaint", "internal_reply"})
"""What is told of the firm, and not of others it knows."""
_IF = re.compile(
    r"(?<![a-z])(?:si (?:je|j'|on|nous|jamais|tu)|s'ils?|if (?:i|we|they|you)|(?:they|he|she)(?:'d| would|"
    r" could| might)|"
    r"(?:ils|elle|on) (?:pourrai(?:en)?t|risque(?:nt|rai(?:en)?t)?))(?![a-z])"
)
"""What is told after is no fact yet."""
_JOINS = r"(?:et|mais|donc|puis|and|but|so)(?![a-z])"
"""What is denied before these is not denied after them."""
_SETS = frozenset({"outcomes", "authority_reported"})
_OUTSIDE = frozenset({"platform_mediator", "mediateur_entreprises", "court_case", "lawyer"})
_INTERNAL = frozenset({"internal_complaint", "internal_reply"})
"""What an answer about others than the platform says nothing of."""


class Cue(BaseModel):
    """One thing that can be said of a case, and the ways to say it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    value: str | bool
    patterns: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """The ways to say it that are clear only as an answer to the question."""
    hint: str = ""
    """Words, by their first four letters, without which it is not said."""
    unless: str = ""
    """Said shortly before, denies it."""
    later: str = ""
    """Said shortly after, denies it."""
    absent: str = ""
    """Said anywhere in the message, denies it."""
    confidence: float = 1.0


class _Compiled:
    def __init__(self, cue: Cue) -> None:
        self.cue = cue
        self.said = _compile(cue.patterns)
        self.wish = bool(cue.patterns) and all(way.startswith("{want}") for way in cue.patterns)
        self.hint = frozenset(word[:STEM] for word in cue.hint.split())
        unless = cue.unless.replace("| ", "|").replace("n't", r"\w{0,6}n't")
        denied = rf"(?<![a-z])(?:{unless})(?![a-z])(?:[ '](?!{_JOINS})\w{{1,12}}){{0,3}}[ ']?$"
        self.denied = re.compile(denied) if cue.unless else None
        later = cue.later.replace("| ", "|")
        self.later = (
            re.compile(rf"(?:[ ,']{{1,2}}\w{{1,12}}){{0,3}}[ ,']{{1,2}}(?:{later})(?![a-z])") if cue.later else None
        )
        self.absent = re.compile(rf"(?<![a-z])(?:{cue.absent})(?![a-z])") if cue.absent else None
        self.ours = cue.field in _OURS

    @cached_property
    def answered(self) -> re.Pattern[str]:
        """The ways to answer with it; what is asked for needs no words that say it is wished."""
        return _compile((*self.cue.asked, *(way.removeprefix("{want}") for way in self.cue.patterns if self.wish)))

    def mention(self, page: Page, wishes: Sequence[int]) -> Mention | None:
        """Its first mention that nothing before denies; `wishes` says where wishes begin."""
        places = (self.said.match(page.folded, start) for start in wishes)
        said = filter(None, places) if self.wish else self.said.finditer(page.folded)
        return next((self._mention(found) for found in said if not self._is_denied(page, found)), None)

    def answer(self, page: Page) -> Mention | None:
        """Its first mention as an answer to the question that it answers."""
        if not (self.cue.asked or self.wish):
            return None
        said = self.answered.finditer(page.folded)
        return next((self._mention(found) for found in said if not self._is_negated(page, found)), None)

    def _mention(self, found: re.Match[str]) -> Mention:
        return Mention(
            field=self.cue.field,
            value=self.cue.value,
            start=found.start(),
            end=found.end(),
            confidence=self.cue.confidence,
        )

    def _is_negated(self, page: Page, found: re.Match[str]) -> bool:
        inside = found[0].rpartition(" ")[0]
        return self.denied is not None and bool(
            self.denied.search(page.before(found.start(), 60)) or self.denied.search(inside)
        )

    def _is_denied(self, page: Page, found: re.Match[str]) -> bool:
        if self._is_negated(page, found):
            return True
        if self.later and self.later.match(page.after(found.end(), 60)):
            return True
        if self.absent and self.absent.search(page.folded):
            return True
        if self.ours and _IF.search(page.before(found.start(), 80)):
            return True
        return self.ours and is_about_others(page, found.start(), found.end())


def read_cues(page: Page) -> list[Mention]:
    """Each flag or state once, at its first clear mention; a set with all that was said of it."""
    found: dict[str, Mention] = {}
    for mention in (*no_notice(page), *_answers(page), *_said(page)):
        known = found.get(mention.field)
        if mention.field in _SETS:
            found[mention.field] = _joined(known, mention)
        elif known is None:
            found[mention.field] = mention
    for field, value, implied, so in _IMPLIED:
        said = found.get(field)
        if said is not None and said.value == value and implied not in found:
            found[implied] = replace(said, field=implied, value=so, confidence=min(said.confidence, 0.9))
    unanswered, complained = found.get("facets.complaint_unanswered"), found.get("internal_complaint")
    if unanswered and complained and complained.value == "yes" and "internal_reply" not in found:
        found["internal_reply"] = replace(unanswered, field="internal_reply", value="none", confidence=0.8)
    if (scope := found.get("measure_scope")) and scope.value == "partial" and _is_shut(found):
        del found["measure_scope"]
    return list(found.values())


_IMPLIED = (
    ("facets.no_reason_given", "yes", "reason_given", "none"),
    ("reason_given", "generic", "facets.no_reason_given", "yes"),
    ("facets.court_pending", "yes", "court_case", "pending"),
)
"""What says one thing says the other too."""


def _joined(known: Mention | None, more: Mention) -> Mention:
    """A set with one more; its words are those of the first, or of all where they run into each other."""
    if known is None:
        return replace(more, value=[more.value])
    if more.value in known.value:
        return known
    first, last = sorted((known, more), key=lambda one: one.start)
    end = max(first.end, last.end) if last.start <= first.end else first.end
    return replace(first, value=[*known.value, more.value], end=end)


def _is_shut(found: Mapping[str, Mention]) -> bool:
    """Offers were taken too, but the account is gone: that is not only a part."""
    status = found.get("account_status")
    return status is not None and status.value in {"suspended", "closed"}


def _answers(page: Page) -> Iterator[Mention]:
    """What answers the question that was asked."""
    for cue in _by_field().get(page.asking, ()):
        if mention := cue.answer(page):
            yield mention


def _said(page: Page) -> Iterator[Mention]:
    wishes = [found.start() for found in _WISHES.finditer(page.folded)]
    cues, by_stem = _cues(), _by_stem()
    for place in sorted({place for stem in page.stems for place in by_stem.get(stem, ())}):
        cue = cues[place]
        if page.asking in _OUTSIDE and cue.cue.field in _INTERNAL:
            continue
        if mention := cue.mention(page, wishes):
            yield mention


@cache
def _cues() -> tuple[_Compiled, ...]:
    """The cues in the order of their files: the first that is said gives a field its value."""
    texts = ((resources.files("nlu") / f"cues_{sheet}.yml").read_text(encoding="utf-8") for sheet in _SHEETS)
    return tuple(_Compiled(Cue.model_validate(item)) for text in texts for item in yaml.safe_load(text))


@cache
def _by_field() -> Mapping[str, list[_Compiled]]:
    cues: dict[str, list[_Compiled]] = {}
    for cue in _cues():
        cues.setdefault(cue.cue.field, []).append(cue)
    return cues


@cache
def _by_stem() -> Mapping[str, list[int]]:
    """The places of the cues that a word of this stem may say."""
    places: dict[str, list[int]] = {}
    for place, cue in enumerate(_cues()):
        for stem in cue.hint:
            places.setdefault(stem, []).append(place)
    return places


def _compile(ways: Sequence[str]) -> re.Pattern[str]:
    joined = "|".join(ways)
    for name, words in SHORTHAND.items():
        joined = joined.replace(f"{{{name}}}", words)
    return re.compile(rf"(?<![a-z])(?:{joined})(?![a-z])")
