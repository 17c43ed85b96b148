"""The masked copy of a text: contacts, account numbers, names and buyers' data give way to typed placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlu.persons import find_addresses, find_persons
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
_LONG_DIGITS = re.compile(r"(?<![\w.])(?:\d[ .-]?){11,30}\d(?!\w)")
_KEPT = frozenset({"platform_id", "platform_name_typed", "shop_name"})
"""Names that are no person's."""


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
    entities = list(entities)
    spans = [(one.start, one.end, PLACEHOLDERS[one.field]) for one in entities if one.field in PLACEHOLDERS]
    kept_names = {one.text.lower() for one in entities if one.field in _KEPT}
    spans += [(start, end, "[personne]") for start, end in find_persons(text, kept_names)]
    spans += [(start, end, "[adresse]") for start, end in find_addresses(text)]
    kept: list[tuple[int, int, str]] = []
    for start, end, placeholder in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, placeholder))
    return kept
