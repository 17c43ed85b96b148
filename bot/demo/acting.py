"""What the invented officials do with a case, one act after the other, as far as there was time for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from bot.demo.agenda import Agenda, Life
from bot.demo.data import Course, Words
from bot.demo.office import Filed, Office
from storage import answers, casework, joining, notes, problems
from storage.answers import Asked
from storage.casework import Work
from storage.handling import RefusedError
from storage.joining import Pair
from storage.lifecycle import OVER

ASKED_DAYS = 15
"""Days in which a firm may answer."""
OLD, FORGOTTEN = timedelta(days=21), 0.12
"""Of cases that are older, so few are left lying."""
SOON = 30
"""Working days."""
CONSENT: Mapping[str, Callable[[Filed], bool]] = {
    "needs_info": lambda case: case.firm.reply != "code_only",
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
    steps = _course(office, case).steps
    for step, days in steps:
        yield office.pause(days)
        if not await _take(office, words, case, step):
            return
        goes_on = step != steps[-1][0]
        if step == "needs_info" and (goes_on or (not _is_old(office, case) and office.happens(0.5))):
            later = timedelta(days=office.one((1, 2, 3, 5)), minutes=office.one(range(500)))
            agenda.add(office.app.clock() + later, _replies(office, words, case))


def _course(office: Office, case: Filed) -> Course:
    """One that the firm agreed to; few old cases still wait for officials in the end."""
    open_to = [
        course
        for course in office.shares.courses
        if all(CONSENT[step](case) for step, _ in course.steps if step in CONSENT)
    ]
    old = _is_old(office, case)
    left = [FORGOTTEN if old and _is_owed(office, course) else 1.0 for course in open_to]
    return office.weighted(open_to, [course.share * weight for course, weight in zip(open_to, left, strict=True)])


def _is_old(office: Office, case: Filed) -> bool:
    return office.ends - case.firm.begins > OLD


def _is_owed(office: Office, course: Course) -> bool:
    """Whether officials owe an act soon where it ends."""
    last = office.app.script.statuses[course.steps[-1][0] if course.steps else "submitted"]
    return last.days is not None and last.days < SOON


async def _take(office: Office, words: Words, case: Filed, step: str) -> bool:
    """Bring the case one step further; False where that is not to be, since the firm did something else meanwhile."""
    status = office.app.script.statuses[step]
    async with office.at_work(case, office.supervisor if status.directed else case.handler) as work:
        if work.case.line.status in OVER:
            return False
        try:
            if step == "in_review":
                await _begin(office, work)
            elif step == "needs_info":
                await _ask(office, words, work)
            else:
                reasons = [reason.id for reason in status.reasons if not reason.duty]
                await casework.set_status(work, step, reason=office.one(reasons) if reasons else "")
        except RefusedError:
            return False
    if step == "needs_info":
        await office.hand_over()
    if step == "in_review":
        await _group(office, case)
    if step == "qualified":
        await _answer(office, words, case)
    return True


async def _begin(office: Office, work: Work) -> None:
    """Open the case and take it; some put a word or a note on it."""
    case_id = work.case.line.id
    await casework.open_first(work.session, case_id, work.at)
    await casework.claim(work)
    if office.happens(0.4):
        await notes.write(work.session, work.ring, case_id, work.by, office.one(office.shares.notes), at=work.at)
    if office.happens(0.25):
        await casework.tag(work, office.one(office.shares.tags))


async def _ask(office: Office, words: Words, work: Work) -> None:
    text = office.one(words.asked)
    asked = Asked(piece=text, until=(work.at + timedelta(days=ASKED_DAYS)).date(), statuses=("needs_info",))
    await answers.ask(
        work.session, work.ring, work.case, await _said(office, work, text), asked, by=work.by,
        version=work.case.line.version, now=work.at,
    )  # fmt: skip


async def _answer(office: Office, words: Words, case: Filed) -> None:
    """Tell the firm where its case stands; not all are told at once."""
    if case.firm.reply == "code_only" or not office.happens(0.5):
        return
    async with office.at_work(case, case.handler) as work:
        said = await _said(office, work, office.one(words.answered))
        await answers.answer(work.session, work.ring, work.case, said, by=work.by, now=work.at)
    await office.hand_over()


async def _said(office: Office, work: Work, text: str) -> answers.Words:
    """These words for the firm, signed by the service."""
    lane = work.case.lane or ""
    service = office.app.script.assistant.service.name[work.case.case.language]
    seen = await answers.newest(work.session, lane)
    return answers.Words(lane=lane, text=text, signed=service[:1].upper() + service[1:], seen=seen)


async def _group(office: Office, case: Filed) -> None:
    """Put the case under the recurring problem that it belongs to."""
    for one in office.shares.recurring:
        if one.problem == case.firm.problem and one.platform in {None, case.firm.platform}:
            async with office.at_work(case, case.handler) as work:
                await problems.put(
                    work.session, work.ring, case.id, office.problems[one.title], by=work.by, at=work.at,
                    version=work.version,
                )  # fmt: skip
            return


async def _merge(office: Office, case: Filed, into: int) -> None:
    """The same firm told the same again: one case is enough."""
    async with office.at_work(case, office.supervisor) as work:
        if work.case.line.status not in OVER:
            pair = Pair(one=case.id, other=into)
            with suppress(RefusedError):  # The first may be over by now.
                await joining.merge(work.session, work.ring, work.script, pair, by=work.by, at=work.at, words="")


async def _replies(office: Office, words: Words, case: Filed) -> Life:
    """The firm answers what it was asked, some days later."""
    of = f"{case.firm.begins.day} {words.months[case.firm.begins.month - 1]}"
    await case.talk.say(office.one(words.replies).format(of=of, n=office.one(range(1000, 9999))))
    yield timedelta()
