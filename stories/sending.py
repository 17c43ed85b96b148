"""Sending: what was confirmed is filed, and the receipt is given."""

from __future__ import annotations

from stories import asking, filing, learning, problems
from stories.exchange import Exchange
from stories.formats import moment
from stories.letters import rights
from stories.types import Answer, Case


def send(x: Exchange) -> bool:
    """File what the summary showed; True where the turn is over. Before the summary was seen, show it first."""
    if x.known.filed:
        x.say("already_sent", values={"reference": ", ".join(x.known.filed)})
        return True
    if not x.known.narrative:
        return False
    if x.known.asking != "confirm_summary" or "share_platform" not in x.known.answers:
        take_defaults(x)
        asking.ask_next(x)
        return True
    receive(x, filing.file(x))
    return True


def take_defaults(x: Exchange) -> None:
    """The person wants to send now: what was not chosen takes its default, and the summary shows it."""
    if "platform_id" not in x.known.answers:
        if "platform_id" not in x.known.asked:
            return
        x.know("platform_id", Answer(state="unknown", by="default"))
    if "primary_category" not in x.known.answers:
        settle_guess(x)
    x.has_told("split")
    if "share_platform" not in x.known.answers:
        x.know("share_platform", Answer(value=filing.DEFAULTS["share_platform"], by="default"))


def settle_guess(x: Exchange) -> None:
    """The best guess becomes the main problem, unconfirmed; without one, the firm's own words are it."""
    doubt = problems.decide(x.script, x.known)
    guess = doubt if isinstance(doubt, str) else doubt.guess
    by = "default" if guess is None else f"model:{x.turn.understanding.by or 'heard before'}"
    learning.settle(x, guess or "other", by=by)


def receive(x: Exchange, cases: list[Case]) -> None:
    """The receipt: date, reference, what follows and when, what it does not do, rights that may apply, the service."""
    references = ", ".join(case.reference for case in cases)
    channel = x.given("preferred_channel") or "chat"
    consents = [x.word(f"receipt.{one}") for one in ("share_mediateur", "share_dgccrf") if x.given(one)]
    blocks = [
        x.word("receipt", moment=moment(x.turn.at, x.language), reference=references),
        x.word("receipt.two") if len(cases) > 1 else "",
        " ".join([x.word("receipt.next"), x.word(f"receipt.reply_{channel}"), *consents]),
        x.word("receipt.limits"),
        rights(x, most=2),
        x.word("receipt.service"),
        x.word("receipt.after"),
    ]
    text = "\n\n".join(block for block in blocks if block)
    choices = x.buttons("more_questions", "letter", "rights", "add", "receipt")
    asking.offer(x, "receipt", text, None, choices)
