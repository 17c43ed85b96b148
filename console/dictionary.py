"""The data dictionary of an export: what each column is called, holds and means, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console import labels
from console.wording import Words
from stories.pseudonyms import FILING, Column
from stories.script import LANGUAGES, Script

HEADINGS = ("column", "fr", "en", "type", "values", "note_fr", "note_en")
NOTES = ("export.note.kept", "export.note.cells", "export.note.row", "export.note.form")
NAMED = ("export.note.named", "export.note.form")


def rows(script: Script, table: Sequence[Column]) -> list[tuple[str, ...]]:
    """A row a column of the export, as `HEADINGS` names them."""
    french, english = (Words(language, script) for language in LANGUAGES)
    return [
        (
            column.name, _label(french, column.name), _label(english, column.name), _type(script, column),
            _values(french, english, column), _note(french, column), _note(english, column),
        )
        for column in table
    ]  # fmt: skip


def notes(script: Script, *, named: bool) -> list[str]:
    """What the export guarantees and what it does not, in both languages."""
    said = [Words(language, script) for language in LANGUAGES]
    return [words(key) for words in said for key in (NAMED if named else NOTES)]


def _label(words: Words, name: str) -> str:
    return words(f"export.column.{name}") if name in FILING else labels.label(words, name)


def _type(script: Script, column: Column) -> str:
    known = script.fields.get(column.name)
    return "text" if column.rule != "plain" or known is None else known.type


def _values(french: Words, english: Words, column: Column) -> str:
    if column.rule != "plain":
        return ""
    pairs = zip(_named(french, column.name), _named(english, column.name), strict=True)
    return " | ".join(f"{name} = {one} / {other}" for (name, one), (_, other) in pairs)


def _named(words: Words, name: str) -> Iterator[tuple[str, str]]:
    """The ids that a column may hold, with their names."""
    script, language = words.script, words.language
    match name:
        case "status":
            yield from ((key, status.label[language]) for key, status in script.statuses.items())
        case "channel" | "language":
            yield from ((key, words.named(name, key)) for key in (("fr", "en") if name == "language" else CHANNELS))
        case "platform_id" | "primary_category" | "categories" | "other_platforms" | "sub_issues":
            yield from labels.names(words, name).items()
        case "level" | "reasons" | "deadline_kind":
            kind = {"level": "urgency", "reasons": "reason", "deadline_kind": "deadline"}[name]
            yield from ((key, words.named(kind, key)) for key in script.fields[name].values)
        case _ if name in script.fields:
            yield from ((key, labels.value(words, name, key)) for key in script.fields[name].values)


CHANNELS = ("webchat", "web_form", "telegram", "whatsapp", "terminal")


def _note(words: Words, column: Column) -> str:
    if column.name in {"case", "firm", "filed"}:
        return words(f"export.column.{column.name}.note")
    return "" if column.rule == "plain" else words(f"export.rule.{column.rule}")
