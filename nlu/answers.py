"""A bare answer read in the light of the question: "20", "le 8", "deux", "15k"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlu.calendar import LONGEST, unit_of
from nlu.date_meanings import ago
from nlu.numbers import NUMBER, QUANTITY, read_number, read_quantity, read_sum, whole
from nlu.page import Mention, Page

_NUMBER = re.compile(
    rf"(?:(?P<approx>(?<![a-z])(?:environ|a peu pres|vers|presque|about|around|roughly|dans les|"
    rf"~) ?))?(?P<number>{NUMBER})"
)
_UNIT = (
    r"(?P<unit>heures?|hours?|hrs?|h|jours?|jrs?|j|days?|semaines?|sem|weeks?|wks?|mois|months?|ans?|annees?|years?|"
    r"yrs?)"
)
_EITHER = rf"(?:(?:entre |between |de )?(?P<low>{NUMBER}) ?(?:a|et|ou|to|and|or|-|/) ?)"
"""The first of two numbers with the true one between them: "3 ou 4", "entre 3 et 5"."""
_LENGTH = re.compile(
    rf"{_EITHER}?(?P<quantity>{QUANTITY}|half an?) ?{_UNIT}?(?![a-z])(?P<half> et demie?| and a half)?"
)
_YEARS = re.compile(rf"(?P<quantity>{QUANTITY}) ?(?:ans?|annees?|years?|yrs?)(?![a-z])")
_NOTHING = re.compile(
    r"(?<![a-z])(?:aucune?s?(?! idee)|zero|pas un (?:seul|sou)|pas une (?:seule)?|rien(?: du tout)?|personne|"
    r"none|nothing|"
    r"nobody|no one|(?<![\d.,])0(?! ?[\d.,]))(?![a-z])"
)
_NO_DAY = re.compile(
    r"(?<![a-z])(?:(?:pas|meme pas) (?:meme )?une? (?:seule? )?|aucune? |zero |not (?:even )?(?:an?|one) (?:single )?)"
    r"(?:jour(?:nee)?|heure|minute|day|hour|minute|notice|preavis)(?![a-z])|(?<![a-z])(?:none|nothing) at all(?![a-z])"
)
_ONLY_ME = re.compile(
    r"(?<![a-z])(?:(?:just|only) me|(?:que |juste |rien que )?moi(?: toute?)? seule?|(?:que|juste) moi)(?![a-z])"
)
_ALONE = re.compile(rf"(?:\d{{1,2}} ?[:=)] ?|c'est |plutot |it's )?(?P<number>{NUMBER})[ .!]*")
_ROUND = re.compile(rf"{_EITHER}?(?P<number>{QUANTITY})(?![a-z])(?![.,]\d)")
_YES = re.compile(
    r"^ ?(?:oui|yes|ouais|si|yep|yeah|sure|absolute?ly|absolument|volontiers|exact(?:ement)?|tout a fait|"
    r"bien sur|of course|ok)(?![a-z])"
)
_NO = re.compile(
    r"^ ?(?:non|no|nan|pas du tout|pas pour (?:le moment|l'instant)|not (?:for now|at the moment)|pas encore|"
    r"jamais|not yet|never|nope)(?![a-z])"
)
_COUNTS_ELSE = re.compile(
    r" (?:peu|bon|petit|mois|jours?|semaines?|ans?|annees?|heures?|fois|personnes?|bit|little|lot|months?|weeks?|"
    r"days?|years?|hours?|times|people)(?![a-z])"
)
"""After a number that is no sum: "un peu plus de 4 000", "deux mois de salaire"."""
_IN_ALL = re.compile(
    rf"(?<![a-z])(?:so|donc|soit|making|total(?: of)?|en tout|ca fait) (?:that's |it's |"
    rf"ca fait )?(?P<number>{QUANTITY})(?![a-z])"
)
"""Before the number that others add up to."""
_EVE = re.compile(r"(?<![a-z])(?:la veille|le jour d'avant|the (?:day|night|evening) before)(?![a-z])")
_FORTNIGHT = re.compile(r"(?<![a-z])fortnight(?![a-z])")
_SAME_DAY = re.compile(
    r"(?<![a-z])(?:le jour meme|the same day|on the (?:same |very )?day|immediate(?:ly|ment)|sur le champ)(?![a-z])"
)
_BUT = re.compile(
    r"(?<![a-z])(?:mais|enfin|et|ou|puis|euh|but|and|or|well|actually|en fait|,)[ ,]*"
    r"(?:en fait |plutot |rather |actually )?"
    r"(?P<no>non|no|pas vraiment|pas trop|not really)?(?P<yes>si|oui|yes)?(?![a-z])"
)
"""What takes a yes or a no back: "oui mais non"."""
_DAYS = {"h": 1 / 24, "j": 1, "d": 1, "s": 7, "w": 7, "m": 30, "a": 365, "y": 365}
_HALF = {"half a", "half an"}
_LOOSE = {"money": ("money",), "percent": ("percent",), "partial_date": ("date", "incident_date")}
_SHARES = frozenset({"platform_share_pct", "category_answers.catalogue_share_pct"})
_MOST_WORDS = 12
_MOST = 100


def read_answer(page: Page, rest: Page, found: Sequence[Mention]) -> list[Mention]:
    """What was found, with the value that answers the question under the question's field.

    `rest` is the page without what was found.
    """
    if not page.asking:
        return [*found, *_number_alone(rest)]
    if page.kind == "integer" and (total := _total(page)):
        return [*(mention for mention in found if mention.field != page.asking), total]
    if any(mention.field == page.asking for mention in found):
        return list(found)
    for at, mention in enumerate(found):
        if _fits(page, mention):
            return [*found[:at], replace(mention, field=page.asking, confidence=1.0), *found[at + 1 :]]
    if len(page.folded.split(maxsplit=_MOST_WORDS)) > _MOST_WORDS:
        return list(found)
    bare = next(_bare(page, rest), None)
    return [*found, bare] if bare else list(found)


def _total(page: Page) -> Mention | None:
    """What the numbers of the answer add up to, where it says so."""
    said = _IN_ALL.search(page.folded)
    if said is None or said["number"] in {"a", "an"}:
        return None
    value, about = read_quantity(said["number"])
    start, end = said.span("number")
    return Mention(field=page.asking, value=whole(value), start=start, end=end, approx=about, confidence=0.95)


def _fits(page: Page, mention: Mention) -> bool:
    if mention.field in _LOOSE.get(page.kind, ()):
        return True
    if page.asking in {"jobs_at_risk", "jobs_lost"}:
        return mention.field == "jobs_total"
    return page.asking in _SHARES and mention.field in {"percent", "platform_share_pct"}


def _bare(page: Page, rest: Page) -> Iterator[Mention]:
    match page.kind:
        case "money" | "integer":
            yield from _number(page, rest)
        case "percent":
            yield from _percentage(page, rest)
        case "days":
            yield from _length(page, rest)
        case "partial_date":
            yield from _since_years(page, rest)
            yield from _ago(page, rest)
        case "yes_no":
            yield from _yes_no(page, rest)


def _number(page: Page, rest: Page) -> Iterator[Mention]:
    pattern = _ROUND if page.kind == "integer" else _NUMBER
    for found in pattern.finditer(rest.folded):
        if found["number"] in {"a", "an"}:
            continue
        if page.kind != "integer" and _COUNTS_ELSE.match(rest.folded, found.end()):
            continue
        value, round_number = read_quantity(found["number"])
        if page.kind == "integer":
            if value != int(value):
                continue
            value, round_number = _between(found, value, about=round_number)
        if page.kind == "money":
            value = read_sum(found["number"])
        yield Mention(
            field=page.asking,
            value=whole(value),
            start=found.start(),
            end=found.end(),
            approx=round_number or bool(found.groupdict().get("approx")),
            confidence=0.95,
        )
    yield from _nothing(page, rest)
    if page.asking == "jobs_total" and (alone := _ONLY_ME.search(rest.folded)):
        yield Mention(field=page.asking, value=1, start=alone.start(), end=alone.end(), confidence=0.9)


def _number_alone(rest: Page) -> Iterator[Mention]:
    """A number that is all there is, but for the number of a line of the summary before it."""
    if found := _ALONE.fullmatch(rest.folded):
        value = whole(read_number(found["number"]))
        yield Mention(field="number", value=value, start=found.start("number"), end=found.end("number"))


def _percentage(page: Page, rest: Page) -> Iterator[Mention]:
    for mention in _number(page, rest):
        yield mention if mention.value <= _MOST else replace(mention, field="percent_invalid")


def _length(page: Page, rest: Page) -> Iterator[Mention]:
    for pattern, days in ((_NO_DAY, 0), (_SAME_DAY, 0), (_EVE, 1), (_FORTNIGHT, 14)):
        if told := pattern.search(rest.folded):
            yield Mention(field=page.asking, value=days, start=told.start(), end=told.end(), confidence=0.9)
    for found in _LENGTH.finditer(rest.folded):
        halved = found["quantity"] in _HALF
        if not found["unit"] and (halved or found["quantity"] in {"a", "an", "few"}):
            continue
        amount, about = (0.5, False) if halved else read_quantity(found["quantity"])
        amount, about = _between(found, amount, about=about)
        days = int((amount + (0.5 if found["half"] else 0)) * _DAYS[(found["unit"] or "j")[0]])
        long = found["unit"] is not None and found["unit"][0] in "ay"
        yield Mention(field=page.asking, value=days, start=found.start(), end=found.end(), approx=about or long)
    yield from _nothing(page, rest)


def _between(found: re.Match[str], high: float, *, about: bool) -> tuple[float, bool]:
    """The middle of two whole numbers, where two are said; and whether it is only about that."""
    low = read_number(found["low"]) if found["low"] else high
    return (int((low + high) / 2), True) if low < high else (high, about)


def _since_years(page: Page, rest: Page) -> Iterator[Mention]:
    """The year from "10 ans" after "since when?"."""
    for found in _YEARS.finditer(rest.folded):
        amount, _ = read_quantity(found["quantity"].removesuffix(" d'").removesuffix(" of"))
        year = page.today.year - int(amount)
        if year > 0:
            value = {"value": f"{year:04}", "precision": "year", "approx": True}
            yield Mention(field=page.asking, value=value, start=found.start(), end=found.end(), approx=True)


def _ago(page: Page, rest: Page) -> Iterator[Mention]:
    """The day from "3 semaines" after a question about the past."""
    if page.asking == "deadline_date":
        return
    for found in _LENGTH.finditer(rest.folded):
        amount, about = read_quantity(found["quantity"])
        if found["unit"] and amount <= LONGEST[unit_of(found["unit"])]:
            partial = ago(page.today, amount, unit_of(found["unit"]), about=about)
            yield Mention(
                field=page.asking, value=partial.json(), start=found.start(), end=found.end(), approx=partial.approx
            )


def _nothing(page: Page, rest: Page) -> Iterator[Mention]:
    for found in _NOTHING.finditer(rest.folded):
        yield Mention(field=page.asking, value=0, start=found.start(), end=found.end(), confidence=0.9)


def _yes_no(page: Page, rest: Page) -> Iterator[Mention]:
    for pattern, value in ((_YES, True), (_NO, False)):
        found = pattern.search(rest.folded)
        if found and not any(x["no" if value else "yes"] for x in _BUT.finditer(rest.folded, found.end())):
            yield Mention(field=page.asking, value=value, start=found.start(), end=found.end())
