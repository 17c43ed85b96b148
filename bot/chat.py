"""The conversation on the web: a page that needs no JavaScript."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot import uploads
from bot.channels import webchat
from bot.lines import Line
from bot.markup import markup
from bot.pages import words
from bot.uploads import Posted, posted
from bot.visit import Front, Talk, Visit, keep_ticket, page, talk_of, too_fast, visit, waits
from stories.formats import weight
from stories.types import Message
from stories.wording import word

TEXT_LIMIT = 20_000
RETURNS = frozenset({"/", "/formulaire"})


async def show(request: Request) -> Response:
    """Show the notice, the conversation so far and the field to write in."""
    seen = await visit(request)
    return await _chat(seen)


async def _chat(seen: Visit, *, status: int = 200, text: str = "", problem: str = "", wrong: str = "") -> HTMLResponse:
    """`wrong`: the field that the problem lies in."""
    talk = await talk_of(seen) if seen.chat else Talk(lines=[], waiting=False)
    lines = talk.lines
    return page(
        seen, "chat.html", status=status, here="chat", switch="post", notice=notice(seen), lines=lines,
        live=_live(lines), answer_at=_first_answer(lines), last=lines[-1].id if lines else "0", pending=talk.waiting,
        text=text, problem=problem, wrong=wrong, receipts=seen.known.filed if seen.known else (), **about_files(seen),
    )  # fmt: skip


def about_files(seen: Visit) -> Mapping[str, object]:
    """What a page with a field for files says of them."""
    most = seen.front.app.most
    words_of_most = weight(most, seen.language)
    said = words(seen.language)["files_hint"].format(count=uploads.AT_ONCE, most=words_of_most)
    return {"files_hint": said, "most": most, "most_words": words_of_most, "files_at_once": uploads.AT_ONCE}


def notice(seen: Visit, *, asks: bool = True) -> Markup:
    """What stands before the first word is typed; `asks`: with the first question."""
    script, language = seen.front.app.script, seen.language
    lines = word(script, language, "notice").splitlines()
    if asks:
        lines.append(f"**{word(script, language, 'ask.story')}**")
    link = Markup('<a href="/confidentialite?langue={}">{}</a>').format(language, words(language)["privacy_named"])
    return markup("\n\n".join(lines), language).replace(words(language)["privacy_named"], link)


async def receive(request: Request) -> Response:
    """Keep a message, then answer: at once to a script, with the page itself to a browser without one."""
    async with posted(request) as sent:
        seen = await visit(request)
        text = sent.fields.get("text", "")
        problem, status, wrong = _refusal(seen, sent, request)
        if problem and _is_script(request):
            return JSONResponse({"problem": problem}, status_code=status)
        if problem:
            return await _chat(seen, status=status, text=text, problem=problem, wrong=wrong)
        message = _message(seen, sent)
        message = replace(message, attachments=await uploads.keep(seen.front.app, message, sent))
    back = sent.fields.get("back", "/")
    response = await post(seen, [message], wait=not _is_script(request), back=back if back in RETURNS else "/")
    keep_ticket(response, seen, message.chat)
    return response


def _message(seen: Visit, sent: Posted) -> Message:
    text, choice = sent.fields.get("text", ""), sent.fields.get("choice", "")[:200]
    return Message(
        channel=webchat.NAME, chat=seen.chat or webchat.new_chat(), text=text.strip(), choice=choice or None,
        key=webchat.message_key(sent.fields.get("key", ""), text, choice, *sent.content),
    )  # fmt: skip


async def post(seen: Visit, messages: Sequence[Message], *, wait: bool, back: str = "/") -> Response:
    """Keep messages of one chat durably; then show the answer, or say that they are kept."""
    front, app = seen.front, seen.front.app
    with app.hub.watching(app.ring.lane(messages[0].lane)) as event:
        await app.door.receive(messages, app.clock())
        app.hub.told("inbox", "")
        if not wait:
            return JSONResponse({"kept": True}, status_code=202)
        await _answered(front, messages[0], event)
    return RedirectResponse(f"{seen.home}#reponse" if back == "/" else seen.base + back, status_code=303)


async def _answered(front: Front, message: Message, event: asyncio.Event) -> None:
    """Wait until nothing of this lane is unanswered, as long as a page may take."""
    until, lane = time.monotonic() + front.patience, front.app.ring.lane(message.lane)
    while await waits(front.app, lane) and (left := until - time.monotonic()) > 0:
        try:
            await asyncio.wait_for(event.wait(), min(left, 1.0))
        except TimeoutError:
            continue
        event.clear()


def _refusal(seen: Visit, sent: Posted, request: Request) -> tuple[str, int, str]:
    """Why a message is not taken, as which status, and which field is to be changed; nothing where it is."""
    said, text = words(seen.language), sent.fields.get("text", "")
    if not text.strip() and not sent.fields.get("choice") and not sent.files:
        return said["empty"], 422, "text"
    if wrong := uploads.problems(sent, seen.front.app.most, seen.language):
        return "\n".join([*wrong, said["files_again"]]), 422, "file"
    if len(text) > TEXT_LIMIT:
        return said["too_long"].format(count=len(text)), 422, "text"
    if too_fast(seen, request):
        return said["too_fast"], 429, ""
    return "", 200, ""


def _live(lines: Sequence[Line]) -> frozenset[str]:
    """The lines whose buttons still count: those said since the person last spoke."""
    spoke = max((at for at, line in enumerate(lines) if line.who == "you"), default=-1)
    return frozenset(line.id for line in lines[spoke + 1 :])


def _first_answer(lines: Sequence[Line]) -> str:
    spoke = max((at for at, line in enumerate(lines) if line.who == "you"), default=-1)
    return lines[spoke + 1].id if spoke + 1 < len(lines) else ""


def _is_script(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
