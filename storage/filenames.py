"""Names of files: as a person may read them, and as they are safe to save under."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

EXTENSIONS: Final[Mapping[str, str]] = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "message/rfc822": ".eml",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/3gpp": ".3gp",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/wav": ".wav",
    "audio/amr": ".amr",
}
"""Every type that is kept, with the end of its name."""
TRICKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""What hides or turns round parts of a name."""
NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
LONGEST = 100


def shown(name: str) -> str:
    """A name as a person may read it: one line without tricks."""
    return TRICKS.sub("", name).strip()[:LONGEST]


def saved(name: str, media_type: str) -> str:
    """A name that is safe to save under: no path, nothing hidden, and the end that belongs to what it is."""
    plain = TRICKS.sub("", re.split(r"[/\\]", name)[-1])
    plain = NOT_IN_NAMES.sub("_", plain).strip(" .")
    end = EXTENSIONS.get(media_type, ".bin")
    stem = plain[: -len(end)] if plain.lower().endswith(end) else plain
    return (stem[:LONGEST].rstrip(" .") or "fichier") + end
