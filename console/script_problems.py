"""The problems and questions of the script: their order, their finer kinds, and which are no longer offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.forms import Fields
from console.pages import desk, page, words
from console.script_draft import Refusal, Work, for_editors, identify, read, save, work
from console.script_places import OWN
from console.wording import Words
from storage import scripts
from stories import editing, phrases
from stories.pieces import Category
from stories.script import LANGUAGES, Script

ASSISTANT, QUESTIONS = "assistant.yml", "questions.yml"
ENOUGH = 40
"""Examples from which a new problem can be learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A question in the order in which it is asked after filing."""

    key: str
    rank: str
    """Its place from 1; empty: it is not asked."""
    name: str
    ask: str
    at: str
    """Its address."""


class _RefusedError(Exception):
    """A form that cannot be carried out as it is."""

    def __init__(self, field: str, key: str, **values: object) -> None:
        super().__init__(key)
        self.field, self.key, self.values = field, key, values


@for_editors
async def show_all(request: Request) -> Response:
    held, said = await work(request), words(request)
    used = (await read(held.draft.base.sources)).categories
    async with desk(request).database.read() as session:
        learnt = await scripts.learnt(session)
    known = learnt if learnt is not None else frozenset(desk(request).packaged.categories)
    listed = sorted(held.script.categories.values(), key=lambda one: (one.retired, one.label[said.language]))
    changed = {one.id for one in listed if used.get(one.id) != one}
    return page(
        request, "script/problems.html", problems=listed, changed=changed, unlearnt={*held.script.offered} - known
    )


@for_editors
async def show(request: Request) -> Response:
    held = await work(request)
    return await _page(request, held, _known(held.script, request.query_params.get("id", "")))


@for_editors
async def change(request: Request) -> Response:
    """One of the forms of a problem: its questions' order, its finer kinds, its guideline, whether it is offered."""
    fields = await forms.read(request)
    held = await work(request)
    one = _known(held.script, fields.get("id", ""))
    file = f"categories/{one.id}.yml"
    try:
        text = held.draft.sources[file] if held.is_old(fields) else _changed(held.draft.sources[file], one, fields)
    except _RefusedError as error:
        refusal = Refusal(said=words(request)(f"script_refused.{error.key}", **error.values), field=error.field)
        return await _page(request, held, one, fields, refusal)
    led_to = f"/script/problem?id={one.id}&saved=1"
    saved = await save(request, fields, held, {file: text}, led_to=led_to)
    return saved if isinstance(saved, Response) else await _page(request, await work(request), one, fields, saved)


@for_editors
async def show_questions(request: Request) -> Response:
    return _questions_page(request, await work(request))


@for_editors
async def order_questions(request: Request) -> Response:
    """The order in which every firm is asked for more."""
    fields = await forms.read(request)
    held = await work(request)
    try:
        order = _order(fields, _candidates(desk(request).packaged, held.script))
    except _RefusedError as error:
        refusal = Refusal(said=words(request)(f"script_refused.{error.key}", **error.values), field=error.field)
        return _questions_page(request, held, fields, refusal)
    text = editing.put(held.draft.sources[ASSISTANT], ("more",), order)
    saved = await save(request, fields, held, {ASSISTANT: text}, led_to="/script/questions?saved=1")
    return saved if isinstance(saved, Response) else _questions_page(request, await work(request), fields, saved)


def _changed(text: str, one: Category, fields: Fields) -> str:
    """The file of a problem after one of its forms. Raises _RefusedError."""
    match fields.get("do"):
        case "order":
            return editing.put(text, ("more",), _order(fields, _own(one)))
        case "guideline":
            return editing.put(text, ("guideline",), fields.get("guideline", "").strip())
        case "add":
            return _with_sub_issue(text, one, fields)
        case "retire" | "restore" as act:
            sub_issue = fields.get("sub_issue")
            if sub_issue is not None and sub_issue not in {each.id for each in one.sub_issues}:
                raise HTTPException(status_code=404)
            path = ("retired",) if sub_issue is None else ("sub_issues", sub_issue, "retired")
            return editing.put(text, path, act == "retire")
    raise HTTPException(status_code=400)


def _with_sub_issue(text: str, one: Category, fields: Fields) -> str:
    label = {language: fields.get(f"sub_{language}", "").strip() for language in LANGUAGES}
    for language in LANGUAGES:
        if not label[language]:
            raise _RefusedError(f"sub_{language}", "empty")
    new = identify(label["en"]) or identify(label["fr"])
    if not new or new in {each.id for each in one.sub_issues}:
        raise _RefusedError("sub_en", "exists", name=label["en"])
    entry = {"id": new, "label": label}
    if not one.sub_issues:
        return editing.put(text, ("sub_issues",), [entry])
    return editing.add(text, ("sub_issues",), entry)


def _order(fields: Fields, candidates: Sequence[str]) -> list[str]:
    """The questions that were given a place, by that place. Raises _RefusedError."""
    placed = []
    for at, key in enumerate(candidates):
        typed = fields.get(f"rank {key}", "").strip()
        if typed and not (typed.isascii() and typed.isdecimal()):
            raise _RefusedError(f"rank {key}", "number", typed=typed)
        if typed:
            placed.append((int(typed[:4]), at, key))
    return [key for _, _, key in sorted(placed)]


def _own(one: Category) -> list[str]:
    return list(dict.fromkeys((*one.more, *(question.key for question in one.questions))))


def _candidates(packaged: Script, script: Script) -> list[str]:
    return [key for key in dict.fromkeys((*script.assistant.more, *packaged.assistant.more)) if script.question(key)]


def _known(script: Script, name: str) -> Category:
    found = script.categories.get(name)
    if found is None:
        raise HTTPException(status_code=404)
    return found


def _places(order: Sequence[str], typed: Mapping[str, str]) -> dict[str, str]:
    """The place of each question, as the order has it or as it was typed."""
    return {**{key: str(at) for at, key in enumerate(order, 1)}, **{
        name.removeprefix("rank "): text for name, text in typed.items() if name.startswith("rank ")
    }}  # fmt: skip


def _ranked(
    said: Words, script: Script, keys: Sequence[str], places: Mapping[str, str], of: Category | None
) -> list[Ranked]:
    own = {question.key for question in of.questions} if of else set[str]()
    found = []
    for key in keys:
        question = script.question(key, of.id if of else None)
        if question is not None:
            file = f"categories/{of.id}.yml#questions/" if of and key in own else f"{QUESTIONS}#"
            asks, name = question.ask[said.language], question.short[said.language]
            found.append(Ranked(key=key, rank=places.get(key, ""), name=name, ask=asks, at=f"{file}{key}"))
    return found


async def _page(
    request: Request, held: Work, one: Category, typed: Mapping[str, str] | None = None, refusal: Refusal | None = None
) -> Response:
    said, file = words(request), f"categories/{one.id}.yml"
    async with desk(request).database.read() as session:
        learnt = await scripts.learnt(session)
        known = one.id in (desk(request).packaged.categories if learnt is None else learnt)
        examples = ENOUGH if known else await scripts.examples(session, one.id)
    typed = typed or {}
    return page(
        request, "script/problem.html", status=refusal.status if refusal else 200, one=one, refusal=refusal,
        typed=typed, version=held.draft.version, saved="saved" in request.query_params,
        own=[phrase for name in OWN for phrase in phrases.below(held.draft.sources, f"{file}#{name}")],
        questions=_ranked(said, held.script, _own(one), _places(one.more, typed), one),
        examples=examples, enough=ENOUGH, unlearnt=not known and not one.retired,
        published=one.id in desk(request).script.categories,
    )  # fmt: skip


def _questions_page(
    request: Request, held: Work, typed: Mapping[str, str] | None = None, refusal: Refusal | None = None
) -> Response:
    said, script = words(request), held.script
    keys = _candidates(desk(request).packaged, script)
    others = [key for key in script.questions if key not in keys]
    return page(
        request, "script/questions.html", status=refusal.status if refusal else 200, refusal=refusal,
        version=held.draft.version, saved="saved" in request.query_params,
        questions=_ranked(said, script, keys, _places(script.assistant.more, typed or {}), None),
        others=_ranked(said, script, others, {}, None),
        problems=sorted(script.offered.values(), key=lambda one: one.label[said.language]),
    )  # fmt: skip


ROUTES = [
    Route("/script/problems", show_all, methods=["GET"]),
    Route("/script/problem", show, methods=["GET"]),
    Route("/script/problem", change, methods=["POST"]),
    Route("/script/questions", show_questions, methods=["GET"]),
    Route("/script/questions", order_questions, methods=["POST"]),
]
