"""How a conversation begins: help that cannot wait, the notice, the right door, and the first summary."""

from __future__ import annotations

from datetime import date

from stories import problems, summary
from stories.exchange import Exchange
from stories.folding import fold, words
from stories.formats import within
from stories.learning import learn_story, learn_values
from stories.requests import found_patterns
from stories.types import Choice

HEAVY = 15
"""A loss of at least so many per cent of turnover is heavy to tell."""


def alert(x: Exchange) -> bool:
    """Help that cannot wait, by rule, before anything else; True where a person is in distress.

    Of several signs of distress the gravest is answered, once a message.
    """
    folded = fold(x.turn.text)
    distress = False
    for emergency in x.script.emergencies:
        distressing = emergency.counts_as == "distress"
        if not found_patterns(emergency.patterns.all, emergency.unless.all, folded) or (distress and distressing):
            continue
        distress = distress or distressing
        x.alerted = True
        if not x.has_told(f"emergency:{emergency.id}") or distressing:
            x.say(f"emergency.{emergency.id}", text=emergency.say[x.language].replace("{platform}", x.platform))
    return distress


def warn_of_deadline(x: Exchange) -> None:
    """A date limit within a week is an emergency too, however it was said."""
    limit = x.given("deadline_date")
    if limit is None or not within(date.fromisoformat(limit), x.turn.at, 7) or x.has_told("emergency:deadline"):
        return
    for emergency in x.script.emergencies:
        if emergency.id == "deadline":
            x.say("emergency.deadline", text=emergency.say[x.language].replace("{platform}", x.platform))


def warn_of_owner(x: Exchange) -> None:
    """Whoever is accused here and runs this channel can read along: our own page is named, once."""
    platform = x.script.by_platform.get(str(x.given("platform_id")))
    channel = x.turn.head.channel
    if platform is None or channel not in platform.runs or not x.turn.page or x.has_told(f"owner:{channel}"):
        return
    x.say(f"owner.{channel}", values={"link": x.turn.page})


def choose_language(x: Exchange) -> None:
    """The first words choose the language, until the person does."""
    heard = x.turn.understanding.language
    open_yet = not x.known.language_chosen and not x.known.narrative and not x.known.filed
    if heard is not None and open_yet and len(words(x.turn.text)) > 1:
        x.set(language=heard)


def greet(x: Exchange) -> None:
    """The notice, once, before anything is asked."""
    if x.known.noticed:
        return
    x.set(noticed=True)
    if not x.turn.notice_shown:
        x.say(
            "notice",
            choices=x.buttons("faq_confidential", "form", "language:en" if x.language == "fr" else "language:fr"),
        )


def show_door(x: Exchange) -> bool:
    """Name the right door to a person whose problem is not a seller's; the story is kept, in case it is."""
    folded = fold(x.turn.text)
    door = next((d for d in x.script.doors if found_patterns(d.patterns.all, d.unless.all, folded)), None)
    heard = {label.id: label.probability for label in x.turn.understanding.problems}
    outside = heard.get("out_of_scope", 0.0)
    inside = max((p for name, p in heard.items() if name != "out_of_scope"), default=0.0)
    if door is None and (outside < x.script.assistant.sure or inside >= x.script.assistant.likely):
        return False
    name = door.id if door else "general"
    if x.has_told(f"door:{name}"):
        return False
    learn_values(x, [])
    learn_story(x)
    text = door.say[x.language] if door else x.word("door.general")
    choices = (Choice(id="i_sell", label=x.word("button.i_sell")), *x.buttons("erase"))
    x.say(f"door.{name}", text=text, choices=choices)
    x.set(asking=None, offered=tuple(choice.id for choice in choices))
    return True


def open_summary(x: Exchange) -> None:
    """Thank for the story in a few words, and show at once what was read in it."""
    x.set(lines=summary.order(x.script, x.known))
    if len(x.turn.text) > LONG:
        x.say("long")
    text = summary.text(x.script, x.known)
    if not text:
        x.say("thanks_story")
        return
    x.say("opening", text=f"{x.word(_sympathy(x), **_loss(x))}\n{text}\n\n{_example(x)}")


LONG = 20_000
"""A longer text is kept whole; its beginning is read."""


def _sympathy(x: Exchange) -> str:
    loss = x.given("loss_pct_turnover")
    if loss is not None and loss >= HEAVY:
        return "opening.loss"
    if x.given("facets.retaliation_fear") == "yes":
        return "opening.fear"
    if problems.decide(x.script, x.known) == "account_suspension":
        return "opening.suspended"
    return "opening"


def _loss(x: Exchange) -> dict[str, str]:
    answer = x.known.answers.get("loss_pct_turnover")
    return {"share": summary.plain(x.script, x.language, "loss_pct_turnover", answer)} if answer else {}


def _example(x: Exchange) -> str:
    """How to correct, shown on a line that is there."""
    if "incident_date" in x.known.lines:
        return x.word("how_to_correct", number=str(x.known.lines.index("incident_date") + 1))
    return x.word("how_to_correct_platform")
