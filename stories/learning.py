"""What a turn teaches: corrections of numbered lines, the answer to what was asked, values and problems told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from stories import problems, summary
from stories.answers import SURE, Said, Unclear, read
from stories.effects import LookUpCompany
from stories.exchange import Exchange
from stories.folding import fold, words
from stories.formats import first_day
from stories.picking import is_no, pick
from stories.types import Answer, Entity, Passage

GENERIC = {"money": "_eur", "number": "_eur", "percent": "_pct", "date": "_date"}
"""Values of which the text does not say what they are, and the fields they may correct."""
INVALID = {"percent_invalid": "unclear.percent", "date_invalid": "unclear.date", "siret_invalid": "unclear.siret"}
LISTS = {"listing_ids", "ticket_ids"}
OWNED = frozenset({
    "incident_date", "notice_days", "account_status", "seller_since", "loss_eur", "loss_pct_turnover", "loss_period",
    "platform_share_pct", "funds_held_eur", "stock_blocked_eur",
})  # fmt: skip
"""What is told of one platform and not of another, where a story names two."""
DATES = {"incident_date", "seller_since", "internal_complaint_date", "reply_date", "discovered_date"}
LIMITS = {"deadline_date", "deadline_kind"}
"""What a filed case keeps, unless a message speaks of a limit."""
_CORRECTING = re.compile(
    r"\b(?:en fait|plutot|pardon|erreur|trompee?|je corrige|correction|c'est pas|ce n'est pas|c'etait pas|au lieu|"
    r"finalement|actually|rather|i meant|my mistake|instead|correct(?:ion)?|should be|it's not|it was not|wasn't)\b"
    r"|\b(?:le montant|la perte|la date|the amount|the loss|the date)\b.{0,10}\b(?:c'est|est|is)\b"
    r"|\bn'est pas\b.{0,40}\bc'est\b|\bisn't\b.{0,40}\bit's\b"
    r"|^(?:non|no)\b[ ,]"
)
LEAST = 100
"""A bare number below this corrects no sum of money."""
_SHARING_LETTER = re.compile(r"\b([ABC])\b(?=.*(?:partage|sharing))")
_VAGUE = frozenset({"rien du tout", "nothing at all"})
"""Said of anything, and so no choice of what may be shared."""
_UNSURE = re.compile(
    r"\b(?:peut[- ]etre|je (?:ne )?sais pas (?:trop|si|bien)|pas sure?|not sure|maybe|don'?t know (?:if|whether))\b"
)
_LIMIT = re.compile(
    r"\b(?:deadline|date limite|delais?|echeance|time limit|due|avant le|d'ici|jusqu'(?:au?|en)|before|until|by)\b"
)
FEW = 6
"""A message of at most so many words says one thing."""


def correcting(x: Exchange) -> bool:
    """Whether the person takes something back."""
    acts = x.turn.understanding.acts
    likely = bool(acts) and acts[0].id == "correct" and acts[0].probability > 0.8  # noqa: PLR2004
    return likely or bool(_CORRECTING.search(fold(x.turn.text)))


def learn_corrections(x: Exchange, said: list[summary.Correction]) -> str | None:
    """Take the corrected lines; the field to ask for where a line was named without a value, or with one unread."""
    for one in said:
        if not one.text:
            return one.field
        if not correct(x, one.field, one.text, one.start, one.end):
            return one.field
    return None


def correct(x: Exchange, field: str, text: str, start: int, end: int) -> bool:
    """Give a field the value that a passage of the turn says; False where it says none."""
    if field in {"primary_category", "categories"}:
        return correct_problem(x, field, text)
    question = x.script.question(field, x.category)
    if question is None:
        return False
    inside = [_shifted(e, start) for e in x.turn.understanding.entities if start <= e.start and e.end <= end]
    answer = read(x.script, question, said(x, text, inside))
    if isinstance(answer, Unclear):
        x.say(answer.key, values=dict(answer.values))
        return False
    if answer is None:
        return False
    place = replace(
        answer, start=start + (answer.start or 0), end=start + (answer.end if answer.end is not None else len(text))
    )
    keep(x, field, replace(x.located(place), confirmed=True))
    return True


def _shifted(entity: Entity, by: int) -> Entity:
    return replace(entity, start=entity.start - by, end=entity.end - by)


def correct_problem(x: Exchange, field: str, text: str) -> bool:
    question = x.script.questions["primary_category"]
    answer = read(x.script, question, said(x, text, ()))
    if field == "categories":
        if is_no(text):
            x.know("categories", Answer(value=[c for c in problems.heard(x.known) if c["id"] == x.category], raw=text))
            return True
        named = [str(answer.value)] if isinstance(answer, Answer) and answer.value else []
        named += [p.id for p in x.turn.understanding.problems if p.probability >= x.script.assistant.likely]
        for problem in dict.fromkeys(named):
            add_problem(x, problem, raw=text)
        return bool(named)
    top = x.turn.understanding.problems[:1]
    if isinstance(answer, Answer) and answer.value:
        settle(x, str(answer.value), raw=text)
    elif top and top[0].probability >= x.script.assistant.likely:
        settle(x, top[0].id, raw=text)
    else:
        return False
    return True


def said(x: Exchange, text: str, entities: Iterable[Entity]) -> Said:
    return Said(text=text, entities=tuple(entities), at=x.turn.at, language=x.language)


def keep(x: Exchange, field: str, answer: Answer) -> None:
    """Keep an answer, and what follows from it."""
    if field in {"siret", "siren"} and answer.state == "given":
        x.know("siren", replace(answer, value=str(answer.value)[:9]))
        if len(str(answer.value)) == 14:  # noqa: PLR2004  # A SIRET holds its SIREN.
            x.know("siret", answer)
        if x.turn.registry and not x.has_told(f"lookup:{answer.value}"):
            x.effects.append(LookUpCompany(number=str(answer.value)))
        return
    if field == "deadline_date" and isinstance(answer.value, dict):
        answer = replace(answer, value=first_day(answer.value).isoformat())
    known = x.script.fields.get(field)
    if known is not None and known.type == "set" and answer.state == "given" and not isinstance(answer.value, list):
        answer = replace(answer, value=[answer.value])
    if field == "platform_id" and answer.value == "other" and answer.raw:
        x.know("platform_name_typed", replace(answer, value=answer.raw.strip()))
    x.know(field, answer)


def learn_values(x: Exchange, used: list[tuple[int, int]]) -> list[Unclear]:
    """Keep what the text tells of any field; what cannot be right is given back with the reason."""
    takes_back, unclear = correcting(x), []
    seen: set[str] = set()
    for entity in x.turn.understanding.entities:
        if any(start <= entity.start < end for start, end in used):
            continue
        if entity.field in INVALID:
            unclear.append(Unclear(key=INVALID[entity.field], values={"typed": entity.text}))
            continue
        _give_to_other(x, entity)
        field = _field(x, entity, takes_back=takes_back, again=entity.field in seen)
        if field is not None:
            seen.add(entity.field)
            keep(x, field, x.located(_answer(x, field, entity)))
            if field in {"email", "phone"} and x.known.asking == "confirm_summary":
                x.know("preferred_channel", Answer(value=field, by="rule", message=x.turn.head.key))
    return unclear


def learn_choices(x: Exchange, text: str) -> None:
    """Hear the sharing choice in plain words of its own, asked or not: "ne leur dites rien"."""
    question = x.script.questions["share_platform"]
    if x.known.asking == "share_platform":
        return
    late = (x.known.asking == "confirm_summary" or x.known.filed) and len(words(text)) <= 2 * FEW
    least = 2 if late else 3
    plain = [(o.id, [w for w in o.words.all if len(w.split()) >= least and w not in _VAGUE]) for o in question.options]
    chosen = pick(plain, text)
    named = _SHARING_LETTER.search(text) if late else None
    if named is not None:
        chosen = question.options[ord(named[1]) - ord("A")].id
    if chosen is not None and chosen != x.given("share_platform"):
        x.know("share_platform", Answer(value=chosen, raw=text, message=x.turn.head.key, confirmed=True))


def _give_to_other(x: Exchange, entity: Entity) -> None:
    """Keep a value beside the second platform too, where it is told after its name: it may become a case of its own."""
    named = x.given("other_platforms")
    field = "incident_date" if entity.field == "date" else entity.field
    if not named or field not in OWNED or entity.confidence < SURE:
        return
    key, start, end = x.turn.locate(entity.start, entity.end)
    owner = next((p for p in reversed(named) if p["message"] == key and p["span"][0] < start), None)
    if owner is not None and field not in owner["values"]:
        told = {"value": entity.value, "raw": entity.text, "span": [start, end], "approx": entity.approx}
        grown = {**owner, "values": {**owner["values"], field: told}}
        kept = x.known.answers["other_platforms"]
        x.know("other_platforms", replace(kept, value=[grown if p is owner else p for p in named]))


def _answer(x: Exchange, field: str, entity: Entity) -> Answer:
    value = entity.value
    if field in LISTS:
        value = [*(x.given(field) or []), value]
    if field == "other_platforms":
        key, start, end = x.turn.locate(entity.start, entity.end)
        value = [*(x.given(field) or []), {"id": entity.value, "message": key, "span": [start, end], "values": {}}]
    return Answer(
        value=value,
        raw=entity.text,
        by=entity.by,
        start=entity.start,
        end=entity.end,
        confidence=entity.confidence,
        approx=entity.approx,
    )


def _field(x: Exchange, entity: Entity, *, takes_back: bool, again: bool) -> str | None:
    """The field that a value of the text fills or replaces; None: none for sure."""
    field = entity.field
    if field in GENERIC:
        small = field == "number" and not (isinstance(entity.value, int | float) and entity.value >= LEAST)
        return _only_of_kind(x, GENERIC[field]) if takes_back and not again and not small else None
    if entity.confidence < SURE or not _is_field(x, field):
        return None
    kept = x.known.answers.get(field)
    if x.known.filed and field in OWNED and _names_another(x):
        return None
    if kept is None or kept.state != "given":
        return field
    if kept.value == entity.value and field not in LISTS:
        return None
    if field == "platform_id":
        return _platform_field(x, entity, takes_back=takes_back, again=again)
    if field in LISTS:
        return field if entity.value not in kept.value else None
    if again or (field in DATES and not takes_back) or _keeps_limit(x, field):
        return None
    if x.turn.late or (kept.confirmed and not takes_back and kept.by == "registry"):
        return None
    return field


def _keeps_limit(x: Exchange, field: str) -> bool:
    return bool(x.known.filed) and field in LIMITS and not _LIMIT.search(fold(x.turn.text))


def _names_another(x: Exchange) -> bool:
    """The turn speaks of a platform that the filed case is not about."""
    named = [e.value for e in x.turn.understanding.entities if e.field == "platform_id" and e.confidence >= SURE]
    return any(one != x.given("platform_id") for one in named)


def _platform_field(x: Exchange, entity: Entity, *, takes_back: bool, again: bool) -> str | None:
    """A second platform replaces the first only where the person takes the first back, or says nothing else."""
    if not again and not x.turn.late and (takes_back or (x.before.narrative and len(words(x.turn.text)) <= FEW)):
        return "platform_id"
    others = [p["id"] for p in x.given("other_platforms") or []]
    return "other_platforms" if entity.value not in others else None


def _only_of_kind(x: Exchange, ending: str) -> str | None:
    """The one field of a kind that has a value, the last shown where there are several."""
    fields = [f for f in (x.known.lines or tuple(x.known.answers)) if ending in f and x.given(f) is not None]
    return fields[-1] if fields else None


def _is_field(x: Exchange, field: str) -> bool:
    name = field.split(".", maxsplit=1)[0]
    return field in x.script.fields or name in {"facets", "category_answers"} or name in x.script.fields


def learn_story(x: Exchange) -> None:
    """Keep the person's own words, and the problems heard in them."""
    for message in x.turn.messages:
        if message.text.strip():
            x.set(narrative=(*x.known.narrative, Passage(message=message.key, text=message.text)))
    sells = [p for p in x.turn.understanding.problems if p.id not in problems.FALLBACK]
    if x.elsewhere and x.before.narrative and sells and sells[0].probability >= x.script.assistant.sure:
        x.has_told("i_sell")
    found = problems.hear(x.script, x.known, x.turn)
    if found is not None:
        x.know("categories", found)
    if not x.before.narrative and _UNSURE.search(fold(x.turn.text)):
        x.has_told("unsure")
    settled = x.known.answers.get("primary_category")
    if settled is not None and correcting(x) and _take_back_problem(x, str(settled.value)):
        pass
    elif settled is None or (settled.by.startswith("model:") and not settled.confirmed):
        decided = problems.decide(x.script, x.known)
        if isinstance(decided, str) and decided != (settled.value if settled else None):
            settle(x, decided, by=f"model:{x.turn.understanding.by}")
    x.heard = True


def _take_back_problem(x: Exchange, old: str) -> bool:
    """The person says that it is another problem: the first is set aside, with what it implied."""
    top = x.turn.understanding.problems[:1]
    if not top or top[0].probability < x.script.assistant.likely or top[0].id in {old, *problems.FALLBACK}:
        return False
    rest = [c for c in problems.heard(x.known) if c["id"] != old]
    x.know("categories", replace(x.known.answers["categories"], value=rest))
    if old == "account_suspension":
        x.forget("account_status")
    settle(x, top[0].id)
    return True


def settle(x: Exchange, problem: str, *, by: str = "person", raw: str = "") -> None:
    """Make a problem the main one, with what the measure then is."""
    source = next((c for c in problems.heard(x.known) if c["id"] == problem), None)
    span = source.get("span") if source else None
    model = by.startswith("model:")
    x.know(
        "primary_category",
        Answer(
            value=problem,
            raw=raw,
            by=by,
            message=source.get("message") if source and span else x.turn.head.key,
            start=span[0] if span else None,
            end=span[1] if span else None,
            confidence=source["confidence"] if model and source else 1.0,
            confirmed=not model,
        ),
    )
    if not model:
        add_problem(x, problem, raw=raw)


def add_problem(x: Exchange, problem: str, *, raw: str) -> None:
    """Note that the firm itself names this problem."""
    rest = [c for c in problems.heard(x.known) if c["id"] != problem]
    said_by = {"id": problem, "confidence": 1.0, "source": "firm", "confirmed": True, "message": x.turn.head.key}
    x.know("categories", Answer(value=[said_by, *rest], raw=raw, confirmed=True))


def amend_edited(x: Exchange) -> None:
    """An edited message amends the values that came from it; its new words are kept beside the old."""
    edited = x.turn.head.edits
    for entity in x.turn.understanding.entities:
        kept = x.known.answers.get(entity.field)
        if _is_field(x, entity.field) and entity.confidence >= SURE and (kept is None or kept.message == edited):
            keep(x, entity.field, x.located(_answer(x, entity.field, entity)))
    passages = (Passage(message=message.key, text=message.text) for message in x.turn.messages)
    x.set(narrative=(*x.known.narrative, *passages))
    x.heard = True
    x.say("edited")
