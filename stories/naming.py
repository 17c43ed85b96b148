"""Which problem an answer names: by the words or the letter of an option, by its label, or as the NLU reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stories import problems
from stories.exchange import Exchange
from stories.folding import bare, fold, words
from stories.learning import FEW, settle
from stories.picking import DECLINED, UNKNOWN, is_yes, letter, pick

_DENIED = re.compile(
    r"\b(?:pas|non|ni|not|isn't|aren't)\b[^,.;!?]*"
    r"|\b(?:compte|account|shop|boutique)\b[^,.;!?]{0,20}\b(?:marche|fonctionne|va bien|ouvert|works?|fine|open|ok)\b",
    re.IGNORECASE,
)
"""What is said not to be so."""


def way_out(x: Exchange, text: str) -> str | None:
    """How a person leaves a question aside: `none`, `unknown` or `declined`; None where the text does not."""
    folded = fold(text)
    if bare(text) in {bare(one) for one in x.script.wording[x.language]["none_words"].split("|")}:
        return "none"
    if UNKNOWN.search(folded) and len(words(folded)) <= FEW:
        return "unknown"
    return "declined" if DECLINED.search(folded) and len(words(folded)) <= 2 * FEW else None


def named_problem(x: Exchange, text: str, doubt: str | problems.Doubt) -> str | None:
    """The problem that an answer names: by an option's words or letter, by its label, or as the NLU reads it."""
    options: list[tuple[str, Sequence[str]]] = []
    if isinstance(doubt, problems.Doubt) and doubt.tie is not None:
        options = [(a.problem, (a.label.fr, a.label.en, *a.words.all)) for a in doubt.tie.answers]
    offered = [one.removeprefix("confirm_problem=") for one in x.known.offered if one.startswith("confirm_problem=")]
    place = letter(text, len(offered))
    if place is not None and offered[place] in x.script.offered:
        return offered[place]
    if len(offered) == 2 and is_yes(text):  # noqa: PLR2004  # One problem and "none".
        return offered[0]
    chosen = pick(options, _DENIED.sub(" ", text)) or _remaining(pick(options, text), [one for one, _ in options])
    if chosen is not None:
        return chosen
    labels = [x.script.categories[one] for one in offered if one in x.script.offered]
    chosen = pick([(c.id, (c.label[x.language], c.short[x.language])) for c in labels], text)
    likely = [p.id for p in x.turn.understanding.problems if p.probability >= x.script.assistant.likely]
    return chosen or next((one for one in likely if one in offered), None)


def _remaining(denied: str | None, options: Sequence[str]) -> str | None:
    """The other of two options where only one was named, and denied."""
    left = [one for one in options if one != denied]
    return left[0] if denied is not None and len(left) == 1 else None


def confirm_problem_unasked(x: Exchange, text: str) -> None:
    """The words that separate two problems also tell where nobody asked: "tout le compte"."""
    main = x.known.answers.get("primary_category")
    if x.heard or main is None or main.confirmed or not main.by.startswith("model:") or len(words(text)) > FEW:
        return
    ties = [tie for tie in x.script.assistant.tie_breaks if main.value in tie.between]
    spoken = [(a.problem, [w for w in a.words.all if " " in w]) for tie in ties for a in tie.answers]
    if chosen := pick(spoken, _DENIED.sub(" ", text)):
        settle(x, chosen, raw=text)
