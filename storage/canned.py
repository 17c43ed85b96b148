"""Answers that are ready to be sent: one text a name and language, with variables that are checked when it is saved."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.answers import LONGEST
from storage.desk_tables import CannedRow
from storage.handling import MeanwhileError, RefusedError
from storage.ids import IDS
from stories.script import LANGUAGES
from stories.types import Language

VARIABLES = ("reference", "platform", "status", "deadline", "service")
LONGEST_NAME = 80
FIRST: Mapping[str, tuple[str, str]] = {
    "Accusé de lecture": (
        "Bonjour,\nNous avons lu votre dossier {reference}. Nous l'étudions et nous revenons vers vous ici.",
        "Hello,\nWe have read your case {reference}. We are looking into it and will come back to you here.",
    ),
    "Où en est le dossier": (
        "Bonjour,\nVotre dossier {reference} est à cette étape : {status}. Vous n'avez rien à faire pour l'instant.",
        "Hello,\nYour case {reference} is at this stage: {status}. You need not do anything for now.",
    ),
    "Un délai court": (
        (
            "Bonjour,\nVotre dossier indique une date limite : {deadline}. Notre examen ne suspend pas ce délai. "
            "Faites votre démarche auprès de {platform} avant cette date, même sans nouvelle de nous."
        ),
        (
            "Hello,\nYour case names a time limit: {deadline}. Our work does not stop it. "
            "Take your step with {platform} before that day, even if you have not heard from us."
        ),
    ),
    "Nous ne pouvons pas obliger": (
        (
            "Bonjour,\nNous portons les problèmes qui se répètent auprès de {platform}. "
            "Nous ne pouvons pas l'obliger à agir dans un cas précis. Vos voies de recours restent ouvertes."
        ),
        (
            "Hello,\nWe raise problems that repeat with {platform}. "
            "We cannot make it act in one case. Your own ways to appeal stay open."
        ),
    ),
    "Merci pour les précisions": (
        "Bonjour,\nMerci pour ces précisions, elles sont ajoutées au dossier {reference}.",
        "Hello,\nThank you for these details, they are added to case {reference}.",
    ),
}
"""What a new desk begins with, in French and English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """One ready answer."""

    id: int
    name: str
    language: Language
    text: str
    version: int

    def missing(self, values: Mapping[str, str]) -> list[str]:
        """The variables for which there is no value."""
        return [name for name in variables(self.text) if not values.get(name)]

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with its values; what is missing stays as it is."""
        return self.text.format_map({name: values.get(name) or f"{{{name}}}" for name in VARIABLES})


def variables(text: str) -> list[str]:
    """The names in braces, each once. Raises RefusedError where one is unknown or a brace stands alone."""
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError as error:
        raise RefusedError("brace") from error
    named = list(dict.fromkeys(name for _, name, _, _ in pieces if name is not None))
    plain = all(not form and not conversion for _, _, form, conversion in pieces)
    for name in named:
        if name not in VARIABLES or not plain:
            raise RefusedError("variable", name=name or "{}")
    return named


async def every(session: AsyncSession) -> list[Canned]:
    """All that are in use, the French ones first, by name."""
    kept = select(CannedRow).where(CannedRow.removed_at.is_(None)).order_by(CannedRow.language.desc(), CannedRow.name)
    return [_canned(row) for row in await session.scalars(kept)]


async def ensure(session: AsyncSession, now: datetime) -> None:
    """Begin with a few, where none was ever kept."""
    if await session.scalar(select(CannedRow.id).limit(1)) is not None:
        return
    for name, texts in FIRST.items():
        for language, text in zip(LANGUAGES, texts, strict=True):
            await keep(session, name, language, text, now=now)


async def keep(session: AsyncSession, name: str, language: str, text: str, *, now: datetime) -> None:
    """Keep a new one, or one that was taken away before. Raises RefusedError."""
    name, text = _checked(name, text)
    if language not in LANGUAGES:
        raise RefusedError("language")
    known = select(CannedRow).where(CannedRow.name == name, CannedRow.language == language)
    row = (await session.scalars(known)).first()
    if row is not None and row.removed_at is None:
        raise RefusedError("exists", name=name)
    if row is not None:
        row.text, row.removed_at, row.version = text, None, row.version + 1
    else:
        session.add(CannedRow(id=IDS.new(now), name=name, language=language, text=text, version=0, created_at=now))
    await session.flush()


async def change(session: AsyncSession, canned_id: int, text: str, *, version: int) -> None:
    """Give it another text. Raises RefusedError, and MeanwhileError where somebody else has changed it."""
    row = await _hold(session, canned_id, version)
    _, row.text = _checked(row.name, text)
    row.version = version + 1
    await session.flush()


async def remove(session: AsyncSession, canned_id: int, *, version: int, now: datetime) -> None:
    """Take it away. Raises MeanwhileError where somebody else has changed it."""
    await _hold(session, canned_id, version)
    gone = update(CannedRow).where(CannedRow.id == canned_id)
    await session.execute(gone.values(removed_at=now, version=version + 1))


async def _hold(session: AsyncSession, canned_id: int, version: int) -> CannedRow:
    held = select(CannedRow).where(CannedRow.id == canned_id, CannedRow.removed_at.is_(None)).with_for_update()
    row = (await session.scalars(held)).first()
    if row is None or row.version != version:
        raise MeanwhileError
    return row


def _checked(name: str, text: str) -> tuple[str, str]:
    name, text = " ".join(name.split()), text.replace("\r\n", "\n").strip()
    if not name or not text:
        raise RefusedError("empty")
    if len(name) > LONGEST_NAME or len(text) > LONGEST:
        raise RefusedError("long", most=LONGEST if len(text) > LONGEST else LONGEST_NAME)
    variables(text)
    return name, text


def _canned(row: CannedRow) -> Canned:
    return Canned(
        id=row.id, name=row.name, language="en" if row.language == "en" else "fr", text=row.text, version=row.version
    )
