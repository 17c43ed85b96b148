"""What happens without words: a reminder falls due, the register answers, a person blocks us or sends a place."""

from __future__ import annotations

import json
from datetime import timedelta

from stories.effects import Erase, Silence, WakeLater
from stories.exchange import Exchange
from stories.types import Answer, Event

QUIET: frozenset[Event] = frozenset({"not_addressed", "blocked", "unblocked"})
"""Events that are owed no answer."""


def remind(x: Exchange) -> None:
    """Remind of a draft left alone, at most as often as the script has days; then erase it when its time is over."""
    days = x.script.assistant.reminder_days
    if x.known.taken:
        x.effects.extend((WakeLater(after=timedelta(days=1)), Silence(because="taken_over")))
        return
    if x.known.filed or not x.known.narrative:
        x.effects.append(Silence(because="nothing_due"))
        return
    done = x.known.reminders
    if x.turn.remindable and not x.known.reminders_stopped and done < len(days):
        later = days[done + 1] if done + 1 < len(days) else x.script.assistant.draft_days
        x.say("reminder", choices=x.buttons("resume", "later", "erase", "stop"))
        x.effects.append(WakeLater(after=timedelta(days=later - days[done])))
        x.set(reminders=done + 1)
        return
    x.effects.extend((Erase(), Silence(because="nothing_due")))
    x.known = type(x.known)(language=x.language, noticed=True)


def happen(x: Exchange, event: Event) -> bool:
    """Answer what was done instead of writing; True where the turn is over."""
    x.heard = True
    if event == "blocked":
        x.set(noticed=False)  # What we said last was dropped: the notice may never have been shown.
    if event in QUIET:
        x.effects.append(Silence(because=event))  # type: ignore[arg-type]  # The quiet ones are reasons.
        return True
    if event == "group":
        if x.has_told("group"):
            x.effects.append(Silence(because="group"))
        else:
            x.say("event.group")
        return True
    x.say(f"event.{event}")
    return False


def register(x: Exchange) -> None:
    """Keep what the register knows of the company; what the firm itself said stays."""
    found: dict[str, str] = json.loads(x.turn.text)
    for field, value in found.items():
        if field in x.script.fields and x.given(field) is None:
            x.know(field, Answer(value=value, by="registry", message=x.turn.head.key))
    if found.get("legal_name"):
        x.know("identity_source", Answer(value="registry", by="registry"))
        x.say("company_found", values={"name": found["legal_name"], "town": found.get("postal_code", "")})
    else:
        x.know("identity_source", Answer(value="declared", by="registry"))
        x.say("company_unknown")
