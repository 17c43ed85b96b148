"""Whose case it is: where a reason must be given for it, it stays hidden until one is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import fields as case_fields
from console import forms
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk
from console.sheet import IDENTITY, Read
from console.wording import Words
from storage import cases, handling, identity, references
from storage.access import seen_by
from storage.cases import CaseChange, FiledCase
from storage.conversations import Line
from storage.handling import Change
from stories.types import Answer

SHORTEST_NAME = 3
"""Letters of what is blanked out in the text."""
SHORTEST, LONGEST = 5, 500
"""Letters of a reason."""


async def is_open(session: AsyncSession, request: Request, filed: FiledCase) -> bool:
    """Whether the reader may see whose case this is."""
    house = desk(request)
    return not house.identity_reason or await identity.may_open(session, reader(request), filed.line.id, house.clock())


def veil(said: Words, read: Read) -> Read:
    """What was read, without company and contact; what names them is blanked out in the texts."""
    filed, names = read.filed, _names(said, read.filed)
    case = replace(
        filed.case,
        fields={key: answer for key, answer in filed.case.fields.items() if not is_hidden(said, key)},
        narrative=tuple(replace(one, text=_blanked(one.text, names)) for one in filed.case.narrative),
    )
    changes = tuple(_veiled(said, one) for one in filed.changes)
    return replace(
        read, filed=replace(filed, case=case, changes=changes), lines=blanked(said, filed, read.lines), veiled=True
    )


def blanked(said: Words, filed: FiledCase, lines: Sequence[Line]) -> list[Line]:
    """A conversation in which what names the firm is blanked out."""
    names = _names(said, filed)
    return [
        replace(
            line,
            text=_blanked(line.text, names),
            fields={key: _blanked(text, names) for key, text in line.fields.items()},
        )
        for line in lines
    ]


def is_hidden(said: Words, key: str) -> bool:
    return case_fields.group_of(said, key) in IDENTITY


def _veiled(said: Words, change: CaseChange) -> CaseChange:
    shown = {key: answer for key, answer in change.changes.fields.items() if not is_hidden(said, key)}
    return replace(change, changes=replace(change.changes, fields=shown))


def _names(said: Words, filed: FiledCase) -> re.Pattern[str] | None:
    """What says whose case it is, as it stands now and as it stood before, longest first."""
    pairs = [*filed.case.fields.items()]
    for change in filed.changes:
        pairs += [*change.changes.fields.items(), *((key, old) for key, old in change.changes.before.items() if old)]
    texts = {text for key, answer in pairs if _is_name(said, key) for text in _written(answer)}
    found = sorted((text for text in texts if len(text) >= SHORTEST_NAME), key=len, reverse=True)
    return re.compile("|".join(map(_pattern, found)), re.IGNORECASE) if found else None


def _is_name(said: Words, key: str) -> bool:
    """Whether a field holds free text that says who somebody is."""
    field = said.script.fields.get(key)
    return field is not None and field.group in IDENTITY and field.pii != "none" and not field.values


def _written(answer: Answer) -> Iterator[str]:
    """A value as it is kept and as it was typed."""
    if answer.state == "given":
        yield from (text.strip() for text in (answer.value, answer.raw) if isinstance(text, str))


def _pattern(name: str) -> str:
    """Numbers are found however they are spaced."""
    return r"[\s.-]?".join(name) if name.isdecimal() else re.escape(name)


def _blanked(text: str, names: re.Pattern[str] | None) -> str:
    """As long as before, so that the places of other words still hold."""
    return names.sub(lambda found: "█" * len(found[0]), text) if names else text


@for_officials("read_identity")
async def give_reason(request: Request) -> Response:
    """Write down why the reader must know whose case it is, which opens it to them for some hours."""
    fields, house, official = await forms.read(request), desk(request), reader(request)
    reference, reason = references.read(request.path_params["reference"]), fields.get("reason", "").strip()
    if len(reason) < SHORTEST:
        raise HTTPException(status_code=422)

    async def act(session: AsyncSession) -> str:
        found = await cases.show(session, house.ring, reference, within=seen_by(official)) if reference else None
        if found is None:
            raise HTTPException(status_code=404)
        made = Change(deed="identity", by=official.login, at=house.clock(), words=reason[:LONGEST])
        await handling.change(session, house.ring, found.line.id, made)
        return f"/cases/{found.line.reference}#group-company"

    return await once(request, fields, act)


ROUTES = [Route("/cases/{reference}/identity", give_reason, methods=["POST"])]
