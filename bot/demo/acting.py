"""What the invented officials do with a case, one act after the other, as far as there was time for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.demo.agenda import Agenda, Life
from bot.demo.data import Course, Words
from bot.demo.office import Filed, Office
from storage import calendar
from storage.handling import Change

ASKED_DAYS, NEXT_ACT = 15, 5
"""Days in which a firm may answer; working days until officials owe their next act."""
OURS = frozenset({"in_review", "qualified", "platform_replied"})
"""Where officials owe the next act."""
CLOSURES = ("resolved_partial", "recorded_for_statistics", "platform_rejected", "referred_elsewhere", "not_reachable")
CONSENT: Mapping[str, Callable[[Filed], bool]] = {
    "transmitted_platform": lambda case: case.firm.share != "no",
    "in_mediation": lambda case: "mediator" in case.firm.habits,
    "referred": lambda case: "fraud_office" in case.firm.habits,
}
"""What the firm must have agreed to."""


async def officials_act(office: Office, agenda: Agenda, words: Words, case: Filed) -> Life:
    """The way of one case over the desk."""
    first = office.firsts.setdefault(case.firm.siret, case.id)
    if first != case.id:
        yield office.pause(1)
        await _merge(office, case, first)
        return
    for step, days in _course(office, case).steps:
        yield office.pause(days)
        if not await _move(office, case, step):
            return
        if step == "in_review" and office.happens(0.25):
            await office.tag(case, office.one(office.shares.tags))
        if step == "qualified":
            await _group(office, case)
        if step == "needs_info" and office.happens(0.7):
            later = timedelta(days=office.one((1, 2, 3, 5)), minutes=office.one(range(500)))
            agenda.add(office.app.clock() + later, _replies(office, words, case))


def _course(office: Office, case: Filed) -> Course:
    """One that the firm agreed to."""
    open_to = [
        course
        for course in office.shares.courses
        if all(CONSENT[step](case) for step, _ in course.steps if step in CONSENT)
    ]
    return office.weighted(open_to, [course.share for course in open_to])


async def _move(office: Office, case: Filed, status: str) -> bool:
    """Change the status, with the clock that goes with it."""
    now = office.app.clock()
    columns: dict[str, Any] = {
        "due_at": calendar.due(now, NEXT_ACT) if status in OURS else None,
        "asked_until": now + timedelta(days=ASKED_DAYS) if status == "needs_info" else None,
        "firm_at": None,
    }
    if status == "in_review":
        columns |= {"opened_at": now, "assignee_id": office.id_of(case.handler)}
    if status == "closed":
        columns["closure_reason"] = office.one(CLOSURES)
    return await office.act(case, Change(deed="status", by=case.handler, at=now, status=status, columns=columns))


async def _group(office: Office, case: Filed) -> None:
    """Put the case under the recurring problem that it belongs to."""
    for one in office.shares.recurring:
        if one.problem == case.firm.problem and one.platform in {None, case.firm.platform}:
            row_id = office.problems[one.title]
            made = Change(
                deed="grouped", by=case.handler, at=office.app.clock(), columns={"problem_id": row_id},
                about={"problem": row_id},
            )  # fmt: skip
            await office.act(case, made)
            return


async def _merge(office: Office, case: Filed, into: int) -> None:
    """The same firm told the same again: one case is enough."""
    made = Change(
        deed="merged", by=office.supervisor, at=office.app.clock(), status="merged",
        columns={"merged_into": into, "due_at": None}, about={"into": into},
    )  # fmt: skip
    await office.act(case, made)


async def _replies(office: Office, words: Words, case: Filed) -> Life:
    """The firm answers what it was asked, some days later."""
    of = f"{case.firm.begins.day} {words.months[case.firm.begins.month - 1]}"
    await case.talk.say(office.one(words.replies).format(of=of, n=office.one(range(1000, 9999))))
    yield timedelta()
