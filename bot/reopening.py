"""Back to a conversation from any browser: by the link it gave, or by a case's reference and access code."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels import webchat
from bot.chat import post
from bot.guard import read_form
from bot.pages import language_of, words
from bot.visit import Visit, address_of, keep_ticket, page, visit
from storage import cases, references
from storage.cases import Home
from storage.conversations import resumable
from stories.requests import CODE, REFERENCE, normal
from stories.types import Message

REFUSAL_SECONDS = 0.2
"""A refusal takes at least this long, whether or not there is such a case."""
DASHES = re.compile("[\u2010-\u2015\u2212]")
CODE_DIGITS = 16


async def follow(request: Request) -> Response:
    """A link given in the conversation opens it in this browser."""
    seen = await visit(request)
    app = seen.front.app
    async with app.database.read() as session:
        found = await resumable(session, app.ring, request.path_params["token"])
    if found is None or found[0] != webchat.NAME:
        said = words(seen.language)
        return page(seen, "simple.html", status=404, title=said["resume_title"], text=said["resume_text"])
    return _enter(seen, found[1])


async def show(request: Request) -> Response:
    """Ask for reference and access code."""
    return _form(await visit(request), {}, {})


async def receive(request: Request) -> Response:
    """Open the conversation of the case; a wrong code and a case that is none are answered alike."""
    form = await read_form(request)
    seen = await visit(request)
    wanted = form.get("switch") or form.get("langue")
    seen = replace(seen, language=language_of(wanted, seen.language))
    if "switch" in form:
        return _form(seen, form, {})
    said = words(seen.language)
    reference, code = read_reference(form.get("reference", "")), read_code(form.get("code", ""))
    if reference is None or code is None:
        wrong = {"reference": reference is None, "code": code is None}
        found = {name: said[f"invalid_{name}"] for name, is_wrong in wrong.items() if is_wrong}
        return _form(seen, form, found, status=422)
    if not _may_try(seen, request, reference):
        return _form(seen, form, {}, refused=said["reopen_slowly"], status=429)
    home = await _home(seen, reference, code)
    if home is None:
        return _form(seen, form, {}, refused=said["reopen_refused"], status=403)
    return await _open(seen, home, reference)


def read_reference(typed: str) -> str | None:
    """The reference in what was typed or pasted, as it is kept; None where there is none, or a mistyped one."""
    text = DASHES.sub("-", " ".join(typed.split()))
    found = REFERENCE.search(text) or REFERENCE.search(f"PV-{text}")
    return references.read(normal(found)) if found else None


def read_code(typed: str) -> str | None:
    """The digits of an access code, however they are parted; None where they are none."""
    text = re.sub(r"\d", lambda digit: str(int(digit[0])), DASHES.sub("-", " ".join(typed.split())))
    digits = re.sub(r"\D", "", text)
    if len(digits) == CODE_DIGITS:
        return digits
    found = CODE.search(text)
    return "".join(found.groups()) if found else None


def _may_try(seen: Visit, request: Request, reference: str) -> bool:
    """Count a try against the address it comes from and against the reference, whether there is one or not."""
    tries = seen.front.tries
    return all([tries.allows(f"from {address_of(request)}"), tries.allows(f"of {reference}")])


async def _home(seen: Visit, reference: str, code: str) -> Home | None:
    app, since = seen.front.app, time.monotonic()
    async with app.database.read() as session:
        home = await cases.home(session, app.ring, reference, code)
    if home is None:
        await asyncio.sleep(max(0.0, REFUSAL_SECONDS - (time.monotonic() - since)))
    return home


async def _open(seen: Visit, home: Home, reference: str) -> Response:
    """The conversation itself where it was held on this page; else a fresh one that takes the case up."""
    if seen.known is not None and reference in seen.known.filed:
        return RedirectResponse("/", status_code=303)
    if home.channel == webchat.NAME and home.chat is not None:
        return _enter(seen, home.chat)
    chat = webchat.new_chat()
    opened = Message(channel=webchat.NAME, chat=chat, key=f"opened:{reference}", text=reference, event="opened")
    response = await post(seen, [opened], wait=True)
    keep_ticket(response, seen, chat)
    return response


def _enter(seen: Visit, chat: str) -> Response:
    response = RedirectResponse("/", status_code=303)
    keep_ticket(response, seen, chat)
    return response


def _form(
    seen: Visit, typed: Mapping[str, str], wrong: Mapping[str, str], *, refused: str = "", status: int = 200
) -> Response:
    draft = seen.known is not None and bool(seen.known.narrative) and not seen.known.filed
    return page(
        seen, "reopen.html", status=status, switch="form", typed=typed, wrong=wrong, refused=refused, draft=draft
    )
