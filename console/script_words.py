"""What the assistant says, changed in both languages at once, and looked at for plain words before it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.forms import Fields
from console.pages import page, words
from console.script_draft import Change, Refusal, Work, for_editors, save, work
from console.script_places import matches, place
from console.wording import Words
from stories import phrases
from stories.phrases import SLOT, Phrase
from stories.plain import MOST_WORDS, familiar, long_sentences, promises
from stories.script import LANGUAGES
from stories.types import Language

SHOWN = 60
"""Phrases on one page of the search; who wants others, narrows it."""
TOPICS = ("", "faq", "wording", "questions.yml", "categories/", "letters", "emergencies.yml", "law.yml")
LONGEST = 6000
Typed: TypeAlias = Mapping[str, Mapping[Language, str]]
"""The texts of a form, by address and language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is wrong with a text; `bars`: it cannot be kept so."""

    said: str
    bars: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One phrase on a page: as the draft has it, and as it is in use."""

    at: str
    where: str
    texts: Mapping[Language, str]
    used: Mapping[Language, str]
    changed: bool
    remarks: Mapping[Language, Sequence[Remark]]
    slots: str
    listed: bool
    rows: int


@for_editors
async def show_found(request: Request) -> Response:
    """The phrases that hold some words, or those of a topic."""
    held, said, asked = await work(request), words(request), request.query_params
    wanted, topic = asked.get("q", "").strip(), asked.get("topic", "")
    topic = topic if topic in TOPICS else ""
    found = phrases.search(held.draft.sources, wanted) if wanted else phrases.phrases(held.draft.sources)
    found = [one for one in found if matches(one, topic)] if wanted or topic else []
    rows = [_row(held, said, one) for one in found[:SHOWN]]
    return page(
        request, "script/words.html", rows=rows, count=len(found), shown=SHOWN, wanted=wanted, topic=topic,
        topics=TOPICS,
    )  # fmt: skip


@for_editors
async def show(request: Request) -> Response:
    held, at = await work(request), request.query_params.getlist("at")
    return _page(request, held, _asked(held, at))


@for_editors
async def change(request: Request) -> Response:
    """Keep the texts of a form, unless they break a rule; those that are merely not plain are kept when told so."""
    fields = await forms.read(request, most=4 * forms.LARGEST)
    held, said = await work(request), words(request)
    found = _asked(held, fields.getlist("at"))
    typed = {one.at: _typed(fields, one) for one in found}
    every = [remark for one in found for told in remarks_on(said, one, typed[one.at]).values() for remark in told]
    stopped = any(one.bars for one in every) or (bool(every) and "anyway" not in fields)
    if stopped and not held.is_old(fields):
        return _page(request, held, found, typed, Refusal(said=said("script.words.look")))
    files = dict(_files(held, found, typed))
    changes = tuple(
        Change(field=f"{language} {one.at}", file=file, path=path)
        for one in found
        for language in LANGUAGES
        for file, path in [phrases.place(one.at, language)]
        if file in files
    )
    led_to = "/script/edit?" + urlencode([*(("at", at) for at in fields.getlist("at")), ("saved", "1")])
    saved = await save(request, fields, held, files, led_to=led_to, changes=changes)
    if isinstance(saved, Response):
        return saved
    return _page(request, await work(request), found, typed, saved)


def remarks_on(said: Words, phrase: Phrase, texts: Mapping[Language, str]) -> dict[Language, list[Remark]]:
    """What is wrong with the new words of a phrase, by language."""
    slots = {language: set(SLOT.findall(texts[language])) for language in LANGUAGES}
    found: dict[Language, list[Remark]] = {}
    for language in LANGUAGES:
        text = texts[language]
        told = [] if text.strip() else [Remark(said=said("script_remark.empty"), bars=True)]
        if unknown := sorted(slots[language] - phrase.slots):
            told.append(Remark(said=said("script_remark.unknown", names=_braced(unknown)), bars=True))
        if lacking := sorted(set().union(*slots.values()) - slots[language]):
            told.append(Remark(said=said("script_remark.lacking", names=_braced(lacking)), bars=True))
        if forbidden := promises(text):
            told.append(Remark(said=said("script_remark.promises", words=", ".join(forbidden)), bars=True))
        told += [
            Remark(said=said("script_remark.long", start=" ".join(one.split()[:5]), most=MOST_WORDS), bars=False)
            for one in long_sentences(text)
        ]
        if language == "fr" and (tu := familiar(text)):
            told.append(Remark(said=said("script_remark.familiar", words=", ".join(tu)), bars=False))
        if told:
            found[language] = told
    return found


def _braced(names: Sequence[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _asked(held: Work, addresses: Sequence[str]) -> list[Phrase]:
    found = [one for at in addresses for one in phrases.below(held.draft.sources, at)]
    if not found:
        raise HTTPException(status_code=404)
    return found


def _typed(fields: Fields, phrase: Phrase) -> dict[Language, str]:
    """The texts of a form; one that is missing, or differs in the spaces at its end alone, stays as it was."""
    typed = {
        language: fields.get(f"{language} {phrase.at}", phrase.texts[language]).replace("\r\n", "\n").rstrip()
        for language in LANGUAGES
    }
    return {
        language: phrase.texts[language] if text == phrase.texts[language].rstrip() else text[:LONGEST]
        for language, text in typed.items()
    }


def _files(held: Work, found: Sequence[Phrase], typed: Typed) -> Iterator[tuple[str, str]]:
    sources = dict(held.draft.sources)
    for one in found:
        changed = phrases.reworded(sources, one, typed[one.at])
        sources |= changed
        yield from changed.items()


def _page(
    request: Request, held: Work, found: Sequence[Phrase], typed: Typed | None = None, refusal: Refusal | None = None
) -> Response:
    said = words(request)
    rows = [_row(held, said, one) for one in found]
    if typed:
        rows = [
            replace(row, texts=typed[one.at], remarks=remarks_on(said, one, typed[one.at]))
            for row, one in zip(rows, found, strict=True)
        ]
    every = [remark for row in rows for told in row.remarks.values() for remark in told]
    may_stand = bool(every) and not any(remark.bars for remark in every)
    return page(
        request, "script/edit.html", status=refusal.status if refusal else 200, rows=rows, refusal=refusal,
        version=held.draft.version, saved="saved" in request.query_params, may_stand=may_stand,
        asked=list(dict.fromkeys(one.at for one in found)), title=place(said, held.script, found[0].at),
    )  # fmt: skip


def _row(held: Work, said: Words, phrase: Phrase) -> Row:
    used = _used(held, phrase)
    longest = max(len(text) // 60 + text.count("\n") for text in phrase.texts.values())
    return Row(
        at=phrase.at,
        where=place(said, held.script, phrase.at).text,
        texts=phrase.texts,
        used=used,
        changed=used != phrase.texts,
        remarks={},
        slots=_braced(sorted(phrase.slots & {name for text in phrase.texts.values() for name in SLOT.findall(text)})),
        listed=phrase.listed,
        rows=min(2 + longest, 24),
    )


def _used(held: Work, phrase: Phrase) -> Mapping[Language, str]:
    """The words that are in use today; those of the draft where it changes nothing there."""
    if not {phrases.place(phrase.at, language)[0] for language in LANGUAGES} & held.draft.files.keys():
        return phrase.texts
    found = {one.at: one for one in phrases.below(held.draft.base.sources, phrase.at)}
    return found[phrase.at].texts if phrase.at in found else {"fr": "", "en": ""}


ROUTES = [
    Route("/script/words", show_found, methods=["GET"]),
    Route("/script/edit", show, methods=["GET"]),
    Route("/script/edit", change, methods=["POST"]),
]
