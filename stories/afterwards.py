"""What a person may ask about a filed case: where it stands, its access code, the optional questions."""

from __future__ import annotations

from stories.asking import ask, more_wanted, put
from stories.effects import AmendCase
from stories.exchange import Exchange
from stories.formats import moment
from stories.requests import references_wanted
from stories.types import KnownCase


def status(x: Exchange) -> bool:
    """Where the person's own cases stand, or one that reference and code open."""
    wanted = references_wanted(x.known, x.turn.messages)
    cases = {case.reference: case for case in x.turn.cases}
    shown = [reference for reference, _ in wanted] or [case.reference for case in x.turn.cases if case.own]
    codes = dict(wanted)
    x.set(proving=None)
    for reference in shown:
        if reference in cases:
            show_status(x, cases[reference])
        elif codes.get(reference) is None:
            x.set(proving=reference)
            x.say("status_ask_code", values={"reference": reference})
        else:
            x.say("status_unknown")
    if not shown:
        x.say("status_draft" if x.known.narrative else "status_none")
    return x.known.proving is not None


def take_up(x: Exchange) -> None:
    """Go on here with a case filed elsewhere, as its own conversation would."""
    case = x.turn.opened
    if case is None:
        x.say("status_unknown")
        return
    x.set(
        language=case.language, noticed=True, narrative=case.narrative, answers=case.fields,
        filed=(case.reference,), filed_at=case.filed_at,
    )  # fmt: skip
    for known in x.turn.cases:
        show_status(x, known)
        x.set(ended="withdrawn" if known.status == "withdrawn" else None)
    put(x, "taken_up", None, ("add", "more_questions"))


def show_status(x: Exchange, case: KnownCase) -> None:
    status = x.script.statuses[case.status]
    values = {
        "reference": case.reference,
        "filed": moment(case.filed_at, x.language),
        "status": status.label[x.language],
        "explain": status.explain[x.language],
    }
    x.say("status", values=values)
    if case.joined is not None:
        x.say("status_joined", values={"reference": case.reference, "joined": case.joined})


def code(x: Exchange) -> bool:
    """Give a fresh access code: only its hash is kept, the one before no longer opens."""
    if not x.known.filed:
        x.say("code_none")
        return False
    for reference in x.known.filed:
        x.effects.append(AmendCase(reference=reference, code_hash=x.turn.supplies.code_hash))
    x.say("code", secret="access_code", values={"reference": ", ".join(x.known.filed)})  # noqa: S106
    return False


def more(x: Exchange) -> bool:
    """The next optional question; when a few were answered, a pause is offered."""
    if not x.known.filed:
        return False
    left = more_wanted(x)
    if not left:
        x.set(asking=None)
        x.say("more_done")
        return True
    ask(x, left[0])
    return True
