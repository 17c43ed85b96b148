"""The values that a message holds: platform, sums, shares, dates, numbers, and what is plainly said of the case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nlu.amounts import read_amounts
from nlu.answers import read_answer
from nlu.backend import Expecting
from nlu.contacts import read_contacts
from nlu.countries import read_countries
from nlu.counts import read_counts
from nlu.cues import read_cues
from nlu.firms import read_firm, with_turnover
from nlu.identifiers import read_identifiers
from nlu.names import read_names
from nlu.notice import no_notice_answered
from nlu.page import Mention, Page, lay_out
from nlu.periods import read_periods
from nlu.platforms import read_platforms
from nlu.shares import read_shares
from nlu.survival import read_survival
from nlu.timing import read_timing
from stories.script import Platforms
from stories.types import Entity, Language

_LOSSES = frozenset({"loss_eur", "loss_pct_turnover", "money", "percent"})
_LONGEST = 20_000
"""Beyond so many characters only identifiers are read: they must be masked wherever they stand."""


def read(
    text: str, *, at: datetime, language: Language, platforms: Platforms, expecting: Expecting | None = None
) -> tuple[Entity, ...]:
    """Every value in the text, in order; `text[entity.start:entity.end] == entity.text`. Never raises."""
    head = lay_out(text[:_LONGEST], at=at, language=language, expecting=expecting)
    found = _read(head, platforms)
    if len(text) > _LONGEST:
        known = {(entity.start, entity.end) for entity in found}
        whole = lay_out(text, at=at, language=language)
        far = (whole.entity(mention) for mention in read_identifiers(whole))
        found += [entity for entity in far if (entity.start, entity.end) not in known]
    return tuple(sorted(found, key=lambda entity: (entity.start, entity.end)))


def _read(page: Page, platforms: Platforms) -> list[Entity]:
    identifiers = read_identifiers(page)
    rest = page.without(identifiers)
    values = list(identifiers)
    for reader in (read_firm, read_counts, read_timing, read_contacts, read_shares, read_amounts):
        fresh = reader(rest)
        rest = rest.without(fresh)
        values += fresh
    values = list(with_turnover(page, read_answer(page, rest, values)))
    named = read_platforms(page, platforms)
    cues = [cue for cue in read_cues(page.without(identifiers)) if _belongs(page, cue, values)]
    found = [
        *values,
        *read_periods(page, values),
        *named,
        *read_countries(page, named),
        *cues,
        *no_notice_answered(page, values, cues),
        *read_survival(page, cues),
        *read_names(page, named),
    ]
    return [page.entity(mention) for mention in found]


def _belongs(page: Page, cue: Mention, values: Sequence[Mention]) -> bool:
    """Where a figure comes from is only said of a loss."""
    return cue.field != "loss_basis" or page.asking == "loss_basis" or any(one.field in _LOSSES for one in values)
