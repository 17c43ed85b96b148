"""The dialogue: a pure function from what we know and what was said to what we know and do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, assert_never

from stories import filing, taking
from stories.afterwards import take_up
from stories.asking import NOT_A_FIELD
from stories.choosing import choose
from stories.effects import AmendCase, Effect, Say, Silence, WakeLater
from stories.events import QUIET, happen, register, remind
from stories.exchange import Exchange
from stories.files import keep_files, tell_news
from stories.fitting import fit, heard
from stories.forms import fill_form
from stories.opening import alert, choose_language, greet
from stories.proceeding import proceed
from stories.reading import read_text
from stories.script import Script
from stories.types import Conversation, Event, Step, Turn

STEPS = 10
"""How many answers "back" can undo."""


def advance(script: Script, known: Conversation, turn: Turn) -> tuple[Conversation, Sequence[Effect]]:
    """Take one turn: learn, then ask, summarise or file. Pure: equal arguments give equal results."""
    known, turn = fit(script, known), replace(turn, understanding=heard(script, turn.understanding))
    x = Exchange(script=script, turn=turn, known=known, before=known)
    match turn.head.sender:
        case "official":
            taking.change_hands(x)
        case "clock" if turn.head.event == "handed_back":
            taking.change_hands(x)
        case "clock":
            remind(x)
        case "registry":
            taking.hush(x, register)
        case "files":
            taking.hush(x, tell_news)
        case "person":
            take(x)
        case never:
            assert_never(never)
    close(x)
    return replace(x.known, **_reached(known, turn)), tuple(x.effects)


def _reached(known: Conversation, turn: Turn) -> Mapping[str, Any]:
    """How far the conversation has come in the channel's own sequence."""
    sent = [message.sent_at for message in turn.messages if message.sent_at is not None and not turn.late]
    return {
        "position": max(known.position, *(message.position for message in turn.messages)),
        "said_at": max([*sent, *([known.said_at] if known.said_at else [])], default=None),
    }


def expecting(script: Script, known: Conversation) -> tuple[str, str, tuple[str, ...]] | None:
    """What was asked last: its name, the kind of its question, the ids of its options; None where nothing was."""
    if known.asking is None:
        return None
    if known.asking in NOT_A_FIELD:
        return known.asking, "text", tuple(one.partition("=")[2] for one in known.offered if "=" in one)
    main = known.answers.get("primary_category")
    question = script.question(known.asking, str(main.value) if main else None)
    if question is None:
        return known.asking, "text", ()
    return known.asking, question.kind, tuple(option.id for option in question.options)


def listening(known: Conversation) -> bool:
    """Whether the story is being told, so that short messages in a burst are taken as one."""
    return not known.narrative or known.asking in {"story", "anything_else"}


def take(x: Exchange) -> None:
    """One turn of a person, whatever its form."""
    event = x.turn.head.event
    if _happens_aside(x, event):
        return
    x.set(confirming=None)
    choose_language(x)
    alerted = alert(x)
    greet(x)
    if x.turn.flooded and not x.has_told("flooded"):
        x.say("flooded")
    files = any(message.attachments for message in x.turn.messages)
    if files:
        keep_files(x)
    if event is not None:
        over = happen(x, event)
    elif x.turn.head.choice is not None:
        over = choose(x, x.turn.head.choice)
    elif x.turn.head.fields:
        over = fill_form(x)
    elif files and not x.turn.text.strip():
        over = False
    else:
        over = read_text(x, alerted=alerted)
    if not over:
        proceed(x)


def _happens_aside(x: Exchange, event: Event | None) -> bool:
    """What is no part of the dialogue; False where the turn is one."""
    if event is not None and (event in QUIET or event == "group"):
        happen(x, event)
    elif event == "opened":
        take_up(x)
    elif x.known.taken and not x.turn.head.fields:
        taking.listen(x)
    else:
        return False
    return True


def close(x: Exchange) -> None:
    """What follows from the turn as a whole: a filed case is amended, answers can be undone, a draft is watched."""
    changed = x.changes()
    _amend(x)
    told_before = bool(x.before.narrative)
    if changed and told_before and x.known.steps == x.before.steps and x.turn.head.sender == "person":
        was = {name: x.before.answers.get(name) for name in changed}
        x.set(steps=(*x.known.steps, Step(asking=x.before.asking, answers=was))[-STEPS:])
    if x.turn.head.sender == "person":
        _watch(x)
    if not any(isinstance(effect, Say | Silence) for effect in x.effects):
        x.effects.append(Silence(because="recorded"))


def _amend(x: Exchange) -> None:
    """What was told after filing goes into the filed cases."""
    if not x.before.filed or x.known.filed != x.before.filed:
        return
    changed = x.changes()
    told = x.known.narrative[len(x.before.narrative) :]
    if changed or told:
        fields = filing.amended(x, changed)
        x.effects.extend(AmendCase(reference=one, fields=fields, narrative=told) for one in x.known.filed)


def _watch(x: Exchange) -> None:
    """A draft left alone is reminded, then erased; a filed case is not."""
    if x.known.filed:
        if not x.before.filed:
            x.effects.append(WakeLater(after=None))
    elif x.known.narrative:
        script = x.script.assistant
        reminds = x.turn.remindable and not x.known.reminders_stopped and not x.elsewhere
        x.effects.append(WakeLater(after=timedelta(days=script.reminder_days[0] if reminds else script.draft_days)))
        x.set(reminders=0)
