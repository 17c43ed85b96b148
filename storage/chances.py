"""How likely each message is to be drawn for labelling: pure arithmetic over what was read of all of them.

A message is drawn where its own lasting random number lies below its chance (Poisson sampling with permanent random
numbers, Ohlsson 1995). Chances depend on what was read, not on what was drawn; a round may raise them. So the chance of
a message is its greatest so far, and figures that weigh each drawn message by the inverse are unbiased (Horvitz and
Thompson 1952).
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Why = Literal["uncertain", "disagreement", "diverse", "random"]
WHYS: tuple[Why, ...] = get_args(Why)
LEAST_RANDOM = 5
"""Per cent: below, some messages would have next to no chance."""
RARE = 4.0
"""How much more a message of only unknown words weighs than one of known words, among the diverse."""
HALVINGS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A message that may be drawn, as far as its reading tells."""

    turn_id: int
    language: str
    problem: str | None
    odds: float
    act: str | None
    act_odds: float
    story: bool
    unknown: float
    differs: bool
    """The firm, an official or another model says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """A message's chance of being drawn, as the sum of its chances for each reason."""

    parts: Mapping[Why, float]

    @property
    def whole(self) -> float:
        return min(1.0, sum(self.parts.values()))

    def why(self, number: float) -> Why | None:
        """The reason for which a message of this random number is drawn; none: it is not."""
        reached, scale = 0.0, max(1.0, sum(self.parts.values()))
        for why, part in self.parts.items():
            reached += part / scale
            if number < reached:
                return why
        return "random" if self.whole >= 1 else None


def chances(pool: Sequence[Candidate], shares: Mapping[Why, int], expected: float) -> list[Chance]:
    """So that about `expected` of the pool are drawn, for each reason in these shares (per cent).

    A share of which no message of the pool is in question goes to the random.
    """
    weights = _weights(pool)
    given = {why: shares[why] / sum(shares.values()) for why in WHYS}
    for why in WHYS:
        if why != "random" and not any(weights[why]):
            given["random"] += given[why]
            given[why] = 0.0
    sums = {why: sum(weights[why]) or 1.0 for why in WHYS}
    each = [{why: given[why] * weights[why][at] / sums[why] for why in WHYS} for at in range(len(pool))]
    scale = _scale([sum(parts.values()) for parts in each], min(expected, len(pool)))
    return [Chance(parts={why: scale * part for why, part in parts.items()}) for parts in each]


def number(key: bytes, turn_id: int) -> float:
    """The lasting random number of a message, from 0 to below 1."""
    return int.from_bytes(hmac.digest(key, str(turn_id).encode(), "sha256")[:6]) / (1 << 48)


def _weights(pool: Sequence[Candidate]) -> Mapping[Why, list[float]]:
    strata = Counter(_stratum(one) for one in pool)
    return {
        "uncertain": [(1 - (one.odds if one.story else one.act_odds)) ** 2 for one in pool],
        "disagreement": [float(one.differs) for one in pool],
        "diverse": [(1 + RARE * one.unknown) / strata[_stratum(one)] for one in pool],
        "random": [1.0] * len(pool),
    }


def _stratum(one: Candidate) -> tuple[str, str | None]:
    return one.language, one.problem if one.story else one.act


def _scale(shares: Sequence[float], expected: float) -> float:
    """By what to multiply these shares, so that they sum up to what is expected, none counting for more than 1."""
    if not shares or expected >= len(shares):
        return 1 / min(shares, default=1.0)
    low, high = 0.0, 1 / min(shares)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if sum(min(1.0, middle * one) for one in shares) < expected:
            low = middle
        else:
            high = middle
    return high
