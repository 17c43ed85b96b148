"""The receipt of a filed case, for the browser that filed it: a page to print, and data with their fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.visit import Visit, page, visit
from storage import cases
from storage.cases import CASE, FiledCase
from storage.references import read
from stories import summary
from stories.formats import moment
from stories.script import Script
from stories.types import Case, Conversation
from stories.wording import word


async def show(request: Request) -> Response:
    """What was sent, and when."""
    seen, filed = await _own(request)
    case = as_filed(filed)
    return page(
        seen, "receipt.html", switch="link", reference=case.reference, when=moment(case.filed_at, seen.language),
        facts=list(facts(seen.front.app.script, replace(case, language=seen.language))),
        story=[passage.text for passage in case.narrative], digest=filed.digest,
    )  # fmt: skip


async def document(request: Request) -> Response:
    """What was filed, exactly: the fingerprint is that of `filed` in its canonical form."""
    _, filed = await _own(request)
    case = as_filed(filed)
    return JSONResponse(
        {
            "reference": case.reference,
            "filed_at": case.filed_at.isoformat(),
            "sha256": filed.digest,
            "sha256_of": "filed, as JSON with sorted keys, no spaces, UTF-8",
            "filed": CASE.dump_python(case, mode="json"),
        },
        headers={"Content-Disposition": f'attachment; filename="{case.reference}.json"'},
    )


async def _own(request: Request) -> tuple[Visit, FiledCase]:
    """The case of that reference. Raises HTTPException 404 where this browser neither filed it nor opened it."""
    seen = await visit(request)
    reference = read(request.path_params["reference"])
    if seen.chat is None or reference is None:
        raise HTTPException(404)
    async with seen.front.app.database.read() as session:
        filed = await cases.show(session, seen.front.app.ring, reference)
    taken_up = seen.known is not None and reference in seen.known.filed
    if filed is None or (filed.lane != seen.lane and not taken_up):
        raise HTTPException(404)
    return seen, filed


def as_filed(filed: FiledCase) -> Case:
    """The case as it was sent, without what was changed since."""
    case = filed.case
    for change in reversed(filed.changes):
        before = change.changes.before
        kept = {name: answer for name, answer in case.fields.items() if name not in before}
        fields = {**kept, **{name: answer for name, answer in before.items() if answer is not None}}
        told = len(case.narrative) - len(change.changes.narrative)
        case = replace(case, fields=fields, narrative=case.narrative[:told])
    return case


def facts(script: Script, case: Case) -> Iterator[tuple[str, str]]:
    """Every answer in words, in the order of the summary, then what else was given."""
    known = Conversation(language=case.language, answers=case.fields)
    shown = summary.lines(script, known)
    for line in shown:
        name, _, value = line.text.partition(":")
        answer = case.fields.get(line.field)
        refused = line.field in summary.CONSENTS and (answer is None or answer.value is False)
        yield name.strip(), word(script, case.language, "no") if refused else value.strip()
    for name, answer in case.fields.items():
        question = script.question(name)
        told = name in {"categories", *(line.field for line in shown)} or (name == "notice_days" and answer.value == 0)
        if answer.state == "given" and question is not None and not told:
            yield question.short[case.language], summary.plain(script, case.language, name, answer)
