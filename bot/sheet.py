"""The plain form: its questions in order, what is known already, and what must be written otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.pages import words
from nlu.backend import NLU, Ask, Expecting
from stories.answers import Said, Unclear, read
from stories.formats import partial_date
from stories.script import Question, Script
from stories.types import Answer, Conversation, Language
from stories.wording import word

STORY, FILES = "narrative_original", "file"
OPTIONAL = ("role", "legal_name", "siret", "seller_since", "jobs_total", "platform_share_pct", "internal_complaint")
READ = ("incident_date", "loss_pct_turnover", "loss_eur", "deadline_date", "email", "phone", *OPTIONAL)
"""What must be readable where it is filled in; the platform and the story may be anything."""
TICKS = ("share_mediateur", "share_dgccrf", "quote_anonymised")
MARKS = " \u00a0?."
STORY_LIMIT, ANSWER_LIMIT = 20_000, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question as the form shows it."""

    name: str
    """The field of a case."""
    label: str
    look: Literal["story", "text", "email", "tel", "choose", "pick", "tick"] = "text"
    help: str = ""
    options: Sequence[tuple[str, str]] = ()
    none: str = ""
    """What an empty choice is called."""
    fills: str = ""
    """What a browser may fill it with."""


def sheet(script: Script, language: Language) -> Mapping[str, Field]:
    """Every question of the form, by name, in order."""
    return {
        field.name: field for field in (*_problem(script, language), *_optional(script, language), *_reply(language))
    }


def known_answers(script: Script, known: Conversation) -> dict[str, str]:
    """What the conversation told already, as the form would hold it."""
    typed = {name: _typed(script, name, answer, known.language) for name, answer in known.answers.items()}
    return {name: text for name, text in typed.items() if text}


def fields_of(form: Mapping[str, Field], typed: Mapping[str, str], plainer: Mapping[str, str]) -> dict[str, str]:
    """What is posted to the conversation: all that was filled in, and each box as yes or no."""
    filled = {name: typed[name].strip() for name in form if typed.get(name, "").strip() and name not in TICKS}
    return filled | dict(plainer) | {name: "yes" if typed.get(name) == "yes" else "no" for name in TICKS}


def filled_in(form: Mapping[str, Field], fields: Mapping[str, str]) -> Iterable[str]:
    """A form that was posted, in words, one line an answer."""
    for name, text in fields.items():
        field = form.get(name)
        if field is None or (field.look == "tick" and text != "yes"):
            continue
        said = dict(field.options).get(text, text)
        yield field.label if field.look == "tick" else f"{field.label.rstrip(MARKS)}\u00a0: {said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of a form that was sent in."""

    problems: Mapping[str, str]
    """What cannot be used, by field, in the order of the form."""
    plainer: Mapping[str, str]
    """Answers that only the NLU can read, as anybody can: a date as 2026-10, a sum in digits."""


def check(
    script: Script, form: Mapping[str, Field], typed: Mapping[str, str], nlu: NLU, *, known: Conversation, at: datetime
) -> Checked:
    """Read a form. CPU-bound: call it off the event loop. Raises NLUError."""
    unreadable, plainer = _read(script, form, typed, nlu, language=known.language, at=at)
    found = {**unreadable, **_missing(typed, known), **_malformed(form, typed, words(known.language))}
    return Checked(problems={name: found[name] for name in form if name in found}, plainer=plainer)


def _missing(typed: Mapping[str, str], known: Conversation) -> dict[str, str]:
    said, found = words(known.language), {}
    if not typed.get(STORY, "").strip() and not known.narrative:
        found[STORY] = said["invalid_story"]
    for way in ("email", "phone"):
        if typed.get("preferred_channel") == way and not typed.get(way, "").strip():
            found[way] = said[f"invalid_{way}_needed"]
    return found


def _malformed(form: Mapping[str, Field], typed: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, field in form.items():
        text = typed.get(name, "")
        limit = STORY_LIMIT if name == STORY else ANSWER_LIMIT
        if len(text) > limit:
            found[name] = said["invalid_long"].format(count=len(text), limit=limit)
        elif text and field.look in {"choose", "pick"} and text not in {id_ for id_, _ in field.options}:
            found[name] = said["invalid_choice"]
    return found


def _read(
    script: Script, form: Mapping[str, Field], typed: Mapping[str, str], nlu: NLU, *, language: Language, at: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    asked = [
        (question, text)
        for name in READ
        if name in form and (text := typed.get(name, "").strip()) and len(text) <= ANSWER_LIMIT
        if (question := script.question(name)) is not None and question.kind != "choice"
    ]
    asks = [replace(_ask(question, text, at, language), platforms=script.platforms) for question, text in asked]
    understood = nlu.understand_many(asks) if asks else []
    found, plainer = {}, {}
    for (question, text), understanding in zip(asked, understood, strict=True):
        said = Said(text=text, entities=understanding.entities, at=at, language=language)
        match read(script, question, said):
            case Unclear(key=key, values=values):
                found[question.key] = word(script, language, key, **values)
            case None:
                found[question.key] = words(language)["invalid"]
            case answer if not isinstance(read(script, question, replace(said, entities=())), Answer):
                plainer[question.key] = _plain(answer)
            case _:
                pass
    return found, plainer


def _plain(answer: Answer) -> str:
    match answer.value:
        case {"value": date, "precision": _}:
            return str(date)
        case float(number) if number == int(number):
            return str(int(number))
        case value:
            return str(value)


def _ask(question: Question, text: str, at: datetime, language: Language) -> Ask:
    expecting = Expecting(
        asking=question.key, kind=question.kind, options=tuple(option.id for option in question.options)
    )
    return Ask(text=text, at=at, expecting=expecting, language=language)


def _problem(script: Script, language: Language) -> Sequence[Field]:
    said = words(language)
    categories = [(category.id, category.label[language]) for category in script.offered.values()]
    platforms = [(platform.id, platform.name) for platform in script.platforms.platforms]
    kind = _chosen(script, "deadline_kind", language)
    return (
        Field(name=STORY, look="story", label=said["form_story"], help=said["form_story_help"]),
        Field(name="platform_id", label=said["form_platform"], help=said["form_platform_help"], options=platforms),
        Field(
            name="primary_category", look="choose", label=said["form_problem"], help=said["form_problem_help"],
            none=said["form_problem_none"],
            options=[option for option in categories if option[0] != "out_of_scope"],
        ),
        Field(name="incident_date", label=said["form_when"], help=said["form_when_help"]),
        Field(name="loss_pct_turnover", label=said["form_pct"], help=said["form_pct_help"]),
        Field(name="loss_eur", label=said["form_eur"], help=said["form_eur_help"]),
        Field(name="deadline_date", label=said["form_deadline_date"], help=said["form_deadline_help"]),
        *([replace(kind, label=said["form_deadline_kind"])] if kind else []),
    )  # fmt: skip


def _optional(script: Script, language: Language) -> Iterable[Field]:
    for name in OPTIONAL:
        question = script.question(name)
        if question is None:
            continue
        yield _chosen(script, name, language) or Field(
            name=name, label=question.ask[language], fills="organization" if name == "legal_name" else ""
        )


def _chosen(script: Script, name: str, language: Language) -> Field | None:
    """A question of the script that offers its answers."""
    question = script.question(name)
    if question is None or not question.options:
        return None
    options = [(option.id, option.label[language]) for option in question.options]
    none = words(language)["form_none"]
    return Field(name=name, look="choose", label=question.ask[language], options=options, none=none)


def _reply(language: Language) -> Sequence[Field]:
    said = words(language)
    sharing = [(way, said[f"form_share_{way}"]) for way in ("no", "anonymised", "named")]
    reply = [
        ("chat", said["form_reply_chat"]), ("email", said["form_reply_email"]),
        ("phone", said["form_reply_phone"]), ("code_only", said["form_reply_none"]),
    ]  # fmt: skip
    return (
        Field(
            name="share_platform", look="pick", label=said["form_sharing"], help=said["form_sharing_help"],
            options=sharing,
        ),
        Field(name="share_mediateur", look="tick", label=said["form_mediateur"]),
        Field(name="share_dgccrf", look="tick", label=said["form_dgccrf"]),
        Field(name="quote_anonymised", look="tick", label=said["form_quote"]),
        Field(name="preferred_channel", look="pick", label=said["form_reply"], options=reply),
        Field(name="email", look="email", label=said["form_email"], fills="email"),
        Field(name="phone", look="tel", label=said["form_phone"], fills="tel"),
        Field(name="name", label=said["form_name"], fills="name"),
    )  # fmt: skip


def _typed(script: Script, name: str, answer: Answer, language: Language) -> str:
    """An answer as its field would hold it."""
    if answer.state != "given":
        return ""
    match answer.value:
        case True:
            return "yes"
        case False | None:
            return ""
        case {"value": _, "precision": _} as date:
            return partial_date(date, language, answer.raw).removeprefix("le ")
        case str(id_) if name == "platform_id" and id_ in script.by_platform:
            return answer.raw if id_ == "other" and answer.raw else script.by_platform[id_].name
        case float(number):
            return f"{number:g}"
        case str() | int() as value:
            return str(value)
        case _:
            return ""
