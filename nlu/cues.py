"""What a story plainly says of the case besides values: flags, the state of the account, steps taken, who writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    """Each flag or state once, at its first clear mention."""
    found: dict[str, Mention] = {}
    for mention in (*no_notice(page), *_said(page)):
        found.setdefault(mention.field, mention)
    return list(found.values())


def _said(page: Page) -> Iterator[Mention]:
    for cue in _cues():
        if mention := cue.mention(page):
            yield mention


@cache
def _cues() -> tuple[_Compiled, ...]:
    text = (resources.files("nlu") / "cues.yml").read_text(encoding="utf-8")
    return tuple(_Compiled(Cue.model_validate(item)) for item in yaml.safe_load(text))
