"""After a turn was read: say what was noted, give something, then ask for what is wanted next."""

from __future__ import annotations

from stories import asking, summary
from stories.asking import NOT_A_FIELD
from stories.effects import Say
from stories.exchange import Exchange
from stories.learning import correcting
from stories.opening import open_summary, warn_of_deadline, warn_of_owner
from stories.sending import settle_guess


def proceed(x: Exchange) -> None:
    """Say what this turn changed, and go on."""
    if x.known.filed:
        _after_filing(x)
        return
    if x.elsewhere:
        if x.turn.head.choice is None and not any(isinstance(effect, Say) for effect in x.effects):
            x.say("door_open", choices=x.buttons("i_sell", "erase"))
        return
    came_back = "i_sell" in x.known.told and "i_sell" not in x.before.told
    if x.known.narrative and (not x.before.narrative or came_back):
        if asking.next_asked(x) == "confirm_summary":
            x.say("thanks_story")
        else:
            open_summary(x)
    elif not x.known.narrative and "platform_id" in x.changes():
        x.say("noted_platform")
    else:
        _say_changes(x)
    warn_of_deadline(x)
    warn_of_owner(x)
    if x.before.asking == "confirm_problem" and len(x.known.narrative) > len(x.before.narrative) and not correcting(x):
        _take_guess(x)
    if x.known.narrative and "primary_category" in x.known.answers and "platform_id" in x.known.answers:
        _advise(x)
    asking.ask_next(x)


def _take_guess(x: Exchange) -> None:
    """The person told more instead of choosing: the question is not put twice, the best guess stands."""
    if "primary_category" not in x.known.answers:
        settle_guess(x)


def _say_changes(x: Exchange) -> None:
    """The lines that this turn changed, under the numbers the person knows."""
    if not x.known.narrative:
        return
    x.set(lines=summary.order(x.script, x.known))
    changed = summary.changed(x.script, x.before, x.known)
    if x.before.asking == "confirm_summary":
        if changed:
            x.say("corrected_short")
        return
    shown = [field for field in changed if field not in summary.CONSENTS]
    if shown:
        key = "corrected" if any(field in x.before.answers and field != "categories" for field in shown) else "noted"
        x.say(key, text=x.word(key) + "\n" + summary.text(x.script, x.known, shown))


def _advise(x: Exchange) -> None:
    """Give before asking: what to do tonight, and what to save."""
    category = x.script.categories[x.category or "other"]
    if not category.tonight[x.language] or x.has_told(f"advice:{category.id}"):
        return
    steps = " ".join(category.tonight[x.language])
    things = ", ".join(thing[:1].lower() + thing[1:] for thing in category.evidence[x.language])
    save = x.word("advice.save", things=things) if things else ""
    x.say("advice", text=f"{steps}\n{save}".strip().replace("{platform}", x.platform))


def _after_filing(x: Exchange) -> None:
    """What was said after filing is added to the case; a question left open comes again."""
    x.set(lines=summary.order(x.script, x.known))
    changed, told = x.changes(), len(x.known.narrative) > len(x.before.narrative)
    answered = x.before.asking in changed
    if changed or told:
        _say_added(x, thanked=answered and not told)
    if told and "other_platforms" in changed:
        x.say("new_case_hint")
    if x.before.asking == "anything_else" and told:
        x.set(asking=None)
    if answered and x.before.asking not in summary.CONSENTS:
        _next_of_more(x)
    elif x.known.asking is not None:
        asking.ask_next(x)


def _say_added(x: Exchange, *, thanked: bool) -> None:
    shown = summary.changed(x.script, x.before, x.known)
    key = "thanks_noted" if thanked else "added"
    block = summary.text(x.script, x.known, shown) if shown else ""
    x.say(key, text=f"{x.word(key, reference=', '.join(x.known.filed))}\n{block}".strip())
    if "share_platform" in x.changes():
        x.say("share_changed")


def _next_of_more(x: Exchange) -> None:
    """The next optional question, with a pause after every few."""
    more = asking.more_wanted(x)
    if not more:
        x.set(asking=None)
        x.say("more_done")
        return
    put = [one for one in x.known.asked if one in x.known.answers and one not in NOT_A_FIELD and one not in _BEFORE]
    if len(put) % x.script.assistant.more_at_once:
        asking.ask(x, more[0])
    else:
        asking.put(x, "ask.more", None, ("more_questions",))


_BEFORE = frozenset({"platform_id", "share_platform", "email", "phone"})
"""Questions put before filing do not count."""
