"""What a story plainly says of the case besides values: flags, the state of the account, steps taken, who writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from nlu.counts import no_notice
from nlu.page import Mention, Page

_ACCOUNT = (
    r"(?:compte|boutique|acces|account|shop|store|profil|magasin|je suis|j'ai ete|i was|i'm|i am|m'ont|m'a|nous a|"
    r"nous ont|on a ete|we were|we are)(?:[ ']\w{1,14}){0,4}?[ ']"
)


_SETS = frozenset({"outcomes"})
_TOOK = (
    r"(?:retir\w{1,4}|supprim\w{1,4}|desactiv\w{1,5}|suspen\w{1,5}|ferm(?:e|es|ee|ees|ent)|dereferenc\w{1,6}|"
    r"enlev\w{1,4}|"
    r"blo[qk]\w{1,4}|coup(?:e|es|ee|ees|ent)|disparu\w{0,2}|masqu\w{1,4}|invisibles?|inactives?|removed?|took down|"
    r"taken down|"
    r"takes? down|hid|deleted|delisted|suspended|pulled|vanished|deactivated|hidden|blocked|gone)"
)
_WANT = (
    r"(?:(?:je|j'|j|on|nous) ?(?:veux|veut|voulons|voudrais|voudrait|voudrions|demande|demandons|souhaite|souhaitons|"
    r"souhaiterais|souhaiterions|aimerais|aimerait|aimerions|exige|exigeons|reclame|reclamons|attends|attendons)|"
    r"(?:i|we)(?:'d| would)? ?(?:just |only |really )?(?:want|like|need|ask for|demand|expect|"
    r"wish))(?:[ '][a-z']{1,14}){0,5}?[ ']"
)


class Cue(BaseModel):
    """One thing that can be said of a case, and the ways to say it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    value: str | bool
    patterns: tuple[str, ...]
    hint: str
    unless: str = ""
    confidence: float = 1.0


class _Compiled:
    def __init__(self, cue: Cue) -> None:
        self.cue = cue
        ways = "|".join(cue.patterns).replace("{account}", _ACCOUNT)
        ways = ways.replace("{took}", _TOOK).replace("{want}", _WANT)
        self.said = re.compile(rf"(?<![a-z])(?:{ways})(?![a-z])")
        self.hint = frozenset(cue.hint.split())
        unless = cue.unless.replace("n't", r"\w{0,6}n't")
        denied = rf"(?<![a-z])(?:{unless})(?![a-z])(?:[ ']\w{{1,12}}){{0,3}}[ ']?$"
        self.denied = re.compile(denied) if cue.unless else None

    def mention(self, page: Page) -> Mention | None:
        """Its first mention that nothing before denies."""
        if page.words.isdisjoint(self.hint):
            return None
        for found in self.said.finditer(page.folded):
            inside = found[0].rpartition(" ")[0]
            if self.denied and (self.denied.search(page.before(found.start(), 30)) or self.denied.search(inside)):
                continue
            return Mention(
                field=self.cue.field,
                value=self.cue.value,
                start=found.start(),
                end=found.end(),
                confidence=self.cue.confidence,
            )
        return None


def read_cues(page: Page) -> list[Mention]:
    """Each flag or state once, at its first clear mention; a set with all that was said of it."""
    found: dict[str, Mention] = {}
    for mention in (*no_notice(page), *_said(page)):
        known = found.get(mention.field)
        if mention.field in _SETS:
            first = known if known and known.start < mention.start else mention
            found[mention.field] = replace(first, value=[*(known.value if known else ()), mention.value])
        elif known is None:
            found[mention.field] = mention
    if (none := found.get("facets.no_reason_given")) and "reason_given" not in found:
        found["reason_given"] = replace(none, field="reason_given", value="none", confidence=0.9)
    if (scope := found.get("measure_scope")) and scope.value == "partial" and _is_shut(found):
        del found["measure_scope"]
    return list(found.values())


def _is_shut(found: Mapping[str, Mention]) -> bool:
    """Offers were taken too, but the account is gone: that is not only a part."""
    status = found.get("account_status")
    return status is not None and status.value in {"suspended", "closed"}


def _said(page: Page) -> Iterator[Mention]:
    for cue in _cues():
        if mention := cue.mention(page):
            yield mention


@cache
def _cues() -> tuple[_Compiled, ...]:
    text = (resources.files("nlu") / "cues.yml").read_text(encoding="utf-8")
    return tuple(_Compiled(Cue.model_validate(item)) for item in yaml.safe_load(text))
