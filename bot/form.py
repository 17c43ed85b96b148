"""The same questions on one page: what is filled in goes into the same conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot import uploads
from bot.channels import webchat
from bot.chat import about_files, notice, post
from bot.pages import language_of, words
from bot.sheet import FILES, OPTIONAL, STORY, Checked, check, fields_of, known_answers, sheet
from bot.uploads import Posted, posted
from bot.visit import Visit, keep_ticket, page, too_fast, visit
from nlu.backend import NLUError
from stories.types import Conversation, Message


async def show(request: Request) -> Response:
    """The form, with what the conversation told already."""
    seen = await visit(request)
    typed = known_answers(seen.front.app.script, seen.known) if seen.known else {}
    return _form(seen, typed, {})


async def receive(request: Request) -> Response:
    """Keep the form as one message of the conversation; or show beside the fields what cannot be used."""
    async with posted(request) as sent:
        form, seen = sent.fields, await visit(request)
        wanted = form.get("switch") or form.get("langue")
        seen = replace(seen, language=language_of(wanted, seen.language))
        if "switch" in form:
            return _form(seen, form, {})
        checked = await _check(seen, form)
        problems = {**checked.problems, **_of_files(seen, sent)}
        if problems:
            return _form(seen, form, problems, status=422)
        if too_fast(seen, request):
            return _form(seen, form, {STORY: words(seen.language)["too_fast"]}, status=429)
        chat = seen.chat or webchat.new_chat()
        *before, filled = _messages(seen, sent, checked, chat)
        filled = replace(filled, attachments=await uploads.keep(seen.front.app, filled, sent))
    response = await post(seen, [*before, filled], wait=True)
    keep_ticket(response, seen, chat)
    return response


def _of_files(seen: Visit, sent: Posted) -> dict[str, str]:
    """What is wrong with the files; a browser forgets them with every page that is not what was wanted."""
    wrong = uploads.problems(sent, seen.front.app.most, seen.language)
    return {FILES: "\n".join([*wrong, words(seen.language)["files_again"]])} if wrong else {}


async def _check(seen: Visit, form: Mapping[str, str]) -> Checked:
    app = seen.front.app
    known = replace(seen.known or Conversation(), language=seen.language)
    asked = sheet(app.script, seen.language)
    try:
        return await asyncio.to_thread(check, app.script, asked, form, app.nlu, known=known, at=app.clock())
    except NLUError:
        return Checked(problems={}, plainer={})


def _messages(seen: Visit, sent: Posted, checked: Checked, chat: str) -> list[Message]:
    """The form as one message, after the change of language where there is one."""
    app, form = seen.front.app, sent.fields
    fields = fields_of(sheet(app.script, seen.language), form, checked.plainer)
    story = fields.pop(STORY, "")
    already = known_answers(app.script, seen.known) if seen.known else {}
    fields = {name: text for name, text in fields.items() if already.get(name) != form.get(name, "no").strip()}
    nonce = form.get("key", "")
    content = [*(part for pair in sorted(fields.items()) for part in pair), *sent.content]
    filled = Message(
        channel=webchat.NAME, chat=chat, key=webchat.message_key(nonce, story, *content), text=story, fields=fields
    )
    if seen.language == (seen.known.language if seen.known else "fr"):
        return [filled]
    choice = f"language:{seen.language}"
    turned = Message(channel=webchat.NAME, chat=chat, key=webchat.message_key(nonce, choice), choice=choice)
    return [turned, filled]


def _form(seen: Visit, typed: Mapping[str, str], found: Mapping[str, str], *, status: int = 200) -> HTMLResponse:
    asked = sheet(seen.front.app.script, seen.language)
    optional = [name for name in OPTIONAL if name in asked]
    return page(
        seen, "form.html", status=status, here="form", switch="form", notice=notice(seen, asks=False), sheet=asked,
        typed=typed, problems=found, optional=optional, opened=any(typed.get(name) for name in optional),
        **about_files(seen),
        told=[passage.text for passage in seen.known.narrative] if seen.known else [],
    )  # fmt: skip
