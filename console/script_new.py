"""A new problem for the script, so that a new practice gets a label of its own."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.forms import Fields
from console.pages import page, words
from console.script_draft import Change, Refusal, Work, for_editors, identify, save, work
from console.script_words import Remark, remarks_on
from console.wording import Words
from stories import editing
from stories.phrases import Phrase
from stories.script import LANGUAGES, Script
from stories.types import Language

ASSISTANT = "assistant.yml"
TEXTS = ("label", "short", "definition")
QUESTION = ("ask", "question_short")
KINDS = ("text", "yes_no", "money", "percent", "days", "partial_date", "integer")
"""Kinds of question that need no options."""
EMPTY: Mapping[Language, str] = {"fr": "", "en": ""}


@for_editors
async def show(request: Request) -> Response:
    return _page(request, await work(request), {"kind": "text"})


@for_editors
async def create(request: Request) -> Response:
    """Write the file of a new problem."""
    fields = await forms.read(request)
    held, said = await work(request), words(request)
    name = identify(fields.get("label_en", ""))
    remarks = _remarks(said, fields)
    if not held.is_old(fields) and (refusal := _refusal(said, held.script, name, fields, remarks)) is not None:
        return _page(request, held, fields, refusal, remarks)
    file = f"categories/{name}.yml"
    files = {file: _written(name, fields)}
    if "offer" in fields:
        first = [*held.script.assistant.first_problems, name]
        files[ASSISTANT] = editing.put(held.draft.sources[ASSISTANT], ("first_problems",), first)
    changes = tuple(
        Change(field=f"{key}_{language}", file=file, path=(key, language)) for key in TEXTS for language in LANGUAGES
    )
    if _asks(fields):
        changes += (Change(field="question_short_en", file=file, path=("questions",)),)
    saved = await save(request, fields, held, files, led_to=f"/script/problem?id={name}&saved=1", changes=changes)
    return saved if isinstance(saved, Response) else _page(request, await work(request), fields, saved)


def _pair(fields: Mapping[str, str], name: str) -> dict[Language, str]:
    return {language: " ".join(fields.get(f"{name}_{language}", "").split()) for language in LANGUAGES}


def _asks(fields: Mapping[str, str]) -> bool:
    return any(_pair(fields, name)[language] for name in QUESTION for language in LANGUAGES)


def _remarks(said: Words, fields: Mapping[str, str]) -> dict[str, list[Remark]]:
    """What is wrong with the words, by field."""
    found = {}
    for name in (*TEXTS, *(QUESTION if _asks(fields) else ())):
        phrase = Phrase(at="", texts=EMPTY)
        for language, told in remarks_on(said, phrase, _pair(fields, name)).items():
            found[f"{name}_{language}"] = told
    return found


def _refusal(
    said: Words, script: Script, name: str, fields: Fields, remarks: Mapping[str, list[Remark]]
) -> Refusal | None:
    every = [one for told in remarks.values() for one in told]
    if any(one.bars for one in every) or (every and "anyway" not in fields):
        return Refusal(said=said("script.words.look"))
    if not name:
        return Refusal(said=said("script_refused.name"), field="label_en")
    if name in script.categories:
        return Refusal(said=said("script_refused.exists", name=fields.get("label_en", "")), field="label_en")
    if _asks(fields) and fields.get("kind") not in KINDS:
        return Refusal(said=said("script_refused.choose"), field="kind")
    return None


def _written(name: str, fields: Mapping[str, str]) -> str:
    """The file of the problem, as YAML."""
    written: dict[str, object] = {"id": name, **{key: _pair(fields, key) for key in TEXTS}}
    written["guideline"] = fields.get("guideline", "").replace("\r\n", "\n").strip()
    if _asks(fields):
        key = identify(_pair(fields, "question_short")["en"])
        ask, short = _pair(fields, "ask"), _pair(fields, "question_short")
        written["questions"] = [{"key": key, "kind": fields.get("kind", "text"), "ask": ask, "short": short}]
        written["more"] = [key]
    return "".join(f"{key}: {editing.render(value)}\n" for key, value in written.items())


def _page(
    request: Request, held: Work, typed: Mapping[str, str], refusal: Refusal | None = None,
    remarks: Mapping[str, list[Remark]] | None = None,
) -> Response:  # fmt: skip
    told = remarks or {}
    every = [one for some in told.values() for one in some]
    return page(
        request, "script/new.html", status=refusal.status if refusal else 200, typed=typed, refusal=refusal,
        remarks=told, kinds=KINDS, version=held.draft.version,
        may_stand=bool(every) and not any(one.bars for one in every),
    )  # fmt: skip


ROUTES = [
    Route("/script/problem/new", show, methods=["GET"]),
    Route("/script/problem/new", create, methods=["POST"]),
]
