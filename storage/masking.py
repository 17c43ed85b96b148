"""Texts without what names a firm, its people or its buyers: typed placeholders stand in their place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from storage.folding import fold
from stories.types import Answer, Case

NAMES: Mapping[str, str] = {
    "legal_name": "company", "shop_name": "company", "name": "person", "seller_account_id": "number",
    "foreign_id": "number", "listing_ids": "number", "ticket_ids": "number",
}  # fmt: skip
"""Fields of a case that name somebody, and what stands in their place."""
SHORTEST = 3
"""Letters of a name that is looked for: shorter ones are in every other word."""
FORMS = re.compile(r"\b(?:sarl|sasu?|eurl|eirl|sci|scop|snc|sa|ei|ltd|gmbh|monsieur|madame|mme|mr?)\b", re.IGNORECASE)
"""What stands beside a name and is none."""
LETTERS: Mapping[str, str] = {
    "a": "[aàáâãäå]", "c": "[cç]", "e": "[eèéêë]", "i": "[iìíîï]", "n": "[nñ]", "o": "[oòóôõö]", "u": "[uùúûü]",
    "y": "[yýÿ]",
}  # fmt: skip
PLACEHOLDER = re.compile(r"\[(?:email|link|iban|card|siren|siret|phone|number|company|person)\]")

LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"')]{3,500}")
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?(?!\w)", re.IGNORECASE)
DATE = re.compile(r"(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{2}|\d{4})|\d{4}-\d{2}-\d{2})(?![\d./-])")
OWN = re.compile(r"PV-\d{4}-[0-9A-Z]{5}-[0-9A-Z]", re.IGNORECASE)
RUN = re.compile(r"(?<![\w.,-])(?:\+|00)?\d(?:[ .\u00a0\u202f-]?(?:\d|\(0\))){7,22}(?![\w-])(?!\s?(?:€|euros?))")
CODE = re.compile(
    r"(?<![\w-])(?=[\w-]*\d[\w-]*\d)(?=[\w-]*[a-z])[a-z0-9][a-z0-9-]{6,30}[a-z0-9](?![\w-])", re.IGNORECASE
)
"""An account, order or listing number with letters in it."""


def mask(text: str, names: Mapping[str, str] | None = None) -> str:
    """The text with `[email]`, `[company]`, `[number]`… instead of what names anybody.

    `names`: what the case calls its own, as `names_of` gives it.
    """
    for kind, pattern in (("link", LINK), ("email", EMAIL)):
        text = pattern.sub(f"[{kind}]", text)
    if names:
        text = _looked_for(frozenset(names)).sub(lambda found: f"[{names[_key(found[0])]}]", text)
    text = IBAN.sub(lambda found: "[iban]" if sum(map(str.isdigit, found[0])) > 9 else found[0], text)  # noqa: PLR2004
    text = RUN.sub(lambda found: found[0] if DATE.fullmatch(found[0]) else f"[{_kind(found[0])}]", text)
    return CODE.sub(lambda found: found[0] if OWN.fullmatch(found[0]) or DATE.match(found[0]) else "[number]", text)


def names_of(case: Case) -> dict[str, str]:
    """What a case calls its company, people and accounts, folded, and the kind of each."""
    return names_in(case.fields)


def names_in(fields: Mapping[str, Answer]) -> dict[str, str]:
    """The same of what a conversation knows."""
    return {_key(said): kind for said, kind in _said(fields) if len(_key(said)) >= SHORTEST}


def _said(fields: Mapping[str, Answer]) -> Iterator[tuple[str, str]]:
    for field, kind in NAMES.items():
        answer = fields.get(field)
        held = answer.value if answer is not None and answer.state == "given" else None
        for said in held if isinstance(held, list | tuple) else [held] if isinstance(held, str) else []:
            yield str(said), kind
            if kind != "number":
                yield FORMS.sub(" ", str(said)), kind
            if kind == "person":
                yield from ((part, kind) for part in re.split(r"[^\w]+", FORMS.sub(" ", str(said))))


def _key(said: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(said)))


@lru_cache(maxsize=64)
def _looked_for(names: Collection[str]) -> re.Pattern[str]:
    return re.compile(any_of(names), re.IGNORECASE)


def any_of(names: Collection[str]) -> str:
    """A pattern of folded names: the longest first, whatever their accents, and what stands between their words."""
    longest = sorted(names, key=len, reverse=True)
    loose = (r"[\W_]+".join("".join(map(_letter, word)) for word in name.split()) for name in longest)
    return rf"(?<![^\W_])(?:{'|'.join(loose)})(?![^\W_])"


def _letter(letter: str) -> str:
    return LETTERS.get(letter, re.escape(letter))


def _kind(run: str) -> str:
    """What a long number is."""
    import phonenumbers
    from stdnum import luhn
    from stdnum.fr import siren, siret

    digits = re.sub(r"\D", "", run)
    if siret.is_valid(digits):
        return "siret"
    if siren.is_valid(digits):
        return "siren"
    try:
        if phonenumbers.is_possible_number(phonenumbers.parse(run, "FR")) and run[0] in "+0":
            return "phone"
    except phonenumbers.NumberParseException:
        return "number"
    return "card" if len(digits) in range(13, 20) and luhn.is_valid(digits) else "number"
