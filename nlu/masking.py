"""The masked copy of a text: contacts, account numbers, names and buyers' data give way to typed placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stories.types import Entity

PLACEHOLDERS = {
    "email": "[e-mail]",
    "phone": "[téléphone]",
    "iban": "[IBAN]",
    "card": "[carte]",
    "access_code": "[code]",
    "order_number": "[commande]",
    "siren": "[SIREN]",
    "siret": "[SIRET]",
    "siret_invalid": "[SIRET]",
    "vat": "[TVA]",
    "name": "[nom]",
    "legal_name": "[entreprise]",
}
_PERSON = re.compile(
    r"(?<!\w)(?:M\.|Mr\.?|Mme\.?|Mlle|Mrs\.?|Ms\.?|Monsieur|Madame|Mademoiselle|(?i:monsieur|madame|mme|mlle|mr|"
    r"mrs))[ \u00a0]"
    r"(?P<who>[^\W\d_][\w'’-]{1,30}(?:[ \u00a0](?:(?:de|du|le|la|van|von)[ \u00a0])?[A-ZÀ-Ý][\w'’-]{1,30}){0,2})"
)
_BUYER = re.compile(
    r"(?<!\w)(?i:client|cliente|acheteur|acheteuse|buyer|customer)(?i:,?[ \u00a0](?:nommée?|appelée?|called|"
    r"named))?[ \u00a0]"
    r"(?!M\.|M(?:r|me|lle|rs|s)\b|Monsieur|Madame|"
    r"Mademoiselle)(?P<who>[A-ZÀ-Ý][\w'’-]{1,30}(?:[ \u00a0][A-ZÀ-Ý][\w'’-]{1,30}){0,2})"
)
_LONG_DIGITS = re.compile(r"(?<![\w.])(?:\d[ .-]?){11,30}\d(?!\w)")
_NOT_WHO = frozenset({"le", "la", "les", "l", "et", "ou", "qui", "a", "est", "ne", "and", "who", "has"})


def mask(text: str, entities: Iterable[Entity]) -> str:
    """The text with what identifies someone replaced. Numbers as long as an account's go even if nothing read them."""
    for start, end, placeholder in reversed(_spans(text, entities)):
        text = text[:start] + placeholder + text[end:]
    return _LONG_DIGITS.sub("[numéro]", text)


def mask_in_place(text: str, entities: Iterable[Entity]) -> str:
    """The same with placeholders cut or filled to the length of what they replace, so that all else keeps its place."""
    for start, end, placeholder in _spans(text, entities):
        text = text[:start] + _as_long(placeholder, end - start) + text[end:]
    return _LONG_DIGITS.sub(lambda found: _as_long("[numéro]", len(found[0])), text)


def _as_long(placeholder: str, length: int) -> str:
    return placeholder[:length].ljust(length, "_")


def _spans(text: str, entities: Iterable[Entity]) -> list[tuple[int, int, str]]:
    """What is to be replaced and by what, in order; no two overlap."""
    spans = [(one.start, one.end, PLACEHOLDERS[one.field]) for one in entities if one.field in PLACEHOLDERS]
    spans += _third_parties(text)
    kept: list[tuple[int, int, str]] = []
    for start, end, placeholder in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, placeholder))
    return kept


def _third_parties(text: str) -> Iterator[tuple[int, int, str]]:
    for pattern in (_PERSON, _BUYER):
        for found in pattern.finditer(text):
            if found["who"].split()[0].lower() not in _NOT_WHO:
                yield found.start("who"), found.end("who"), "[personne]"
