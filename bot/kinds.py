"""What a file really is: its bytes alone say so, and what is on no list here is not kept."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Final

import puremagic

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic"})
MAGIC: Final[Mapping[str, str]] = {
    ".jfif": "image/jpeg", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".jpe": "image/jpeg", ".png": "image/png",
    ".webp": "image/webp", ".gif": "image/gif", ".pdf": "application/pdf", ".wav": "audio/wav", ".mp3": "audio/mpeg",
    ".mpga": "audio/mpeg", ".aac": "audio/aac", ".amr": "audio/amr",
}  # fmt: skip
"""By the extension that puremagic gives."""
BRANDS: Final[Mapping[bytes, str]] = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash"), "video/mp4"),
    **dict.fromkeys((b"MSNV", b"M4V ", b"M4VH"), "video/mp4"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3g2a"), "video/3gpp"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
    b"qt  ": "video/quicktime",
}
"""By the brand in the first box of an ISO media file: puremagic knows some only."""
OFFICE: Final[Mapping[str, str]] = {
    "wordprocessingml.document.main+xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "spreadsheetml.sheet.main+xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OPEN_DOCUMENTS = frozenset({
    "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
})  # fmt: skip
PROGRAMS = re.compile(r"vbaproject|macrosheets|activex|^basic/|^scripts/|\.(exe|dll|js|vbs|jar)$", re.IGNORECASE)
"""Parts of a document that are programs."""
HEAD = 4096
MOST_PARTS = 5_000
MOST_UNPACKED = 500_000_000
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
PROGRAM_TEXT = re.compile(r"\s*(<[a-z!?]|#!|%!|\{\\rtf|@echo\b)", re.IGNORECASE)
"""How markup, scripts and print programs begin."""
MARKUP = re.compile(r"<\s*(!doctype|html|script|svg|body|iframe|\?php|\?xml)\b", re.IGNORECASE)
HEADER = re.compile(
    r"^(return-path|received|from|to|subject|date|message-id|mime-version|delivered-to):", re.IGNORECASE
)
HEADERS = 3
"""So many different ones make a text a mail."""


def recognise(data: bytes) -> str | None:
    """The media type of a file that may be kept; None for anything else."""
    head = data[:HEAD]
    if head[:4] == b"PK\x03\x04":
        return _document(data)
    if not zipfile.is_zipfile(io.BytesIO(data)):  # Else it is two things at once.
        return _sound_or_picture(head) or _text(data)
    return _picture_only(head)


def _sound_or_picture(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12])
    if head[:4] == b"OggS":
        return "audio/ogg" if re.search(rb"OpusHead|\x01vorbis|Speex ", head[:128]) else None
    if _is_mpeg_sound(head):
        return "audio/mpeg"
    return MAGIC.get(_magic(head))


def _picture_only(head: bytes) -> str | None:
    """A picture with something behind it: officials see a copy, which is the picture alone."""
    found = _sound_or_picture(head)
    return found if found in PICTURES - {"image/heic"} else None


def _magic(head: bytes) -> str:
    """The extension that puremagic is surest of."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ""
    return str(found[0].extension) if found else ""


def _is_mpeg_sound(head: bytes) -> bool:
    """Whether a frame of MPEG audio, layer III, begins here."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # noqa: PLR2004  # ISO 11172-3, 2.4.1.3.
        return False
    return head[2] >> 4 not in {0, 15} and head[2] >> 2 & 3 != 3  # noqa: PLR2004


def _document(data: bytes) -> str | None:
    """A word processor's or a spreadsheet's file without programs; any other archive is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                return None
            if any(PROGRAMS.search(name) for name in names) or any(part.flag_bits & 1 for part in parts):
                return None
            if "mimetype" in names:
                return _open_document(archive)
            if "[Content_Types].xml" in names:
                return _office(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError):
        return None
    return None


def _open_document(archive: zipfile.ZipFile) -> str | None:
    found = _part(archive, "mimetype").strip()
    return found if found in OPEN_DOCUMENTS else None


def _office(archive: zipfile.ZipFile) -> str | None:
    types = _part(archive, "[Content_Types].xml")
    if "macroEnabled" in types:
        return None
    return next((found for mark, found in OFFICE.items() if mark in types), None)


def _part(archive: zipfile.ZipFile, name: str) -> str:
    """The beginning of a part: what it unpacks to is not trusted."""
    with archive.open(name) as part:
        return part.read(1_000_000).decode("utf-8", "replace")


def _text(data: bytes) -> str | None:
    """Plain words, a table or a mail; None where it is no text, or one that a machine would run."""
    text = _decoded(data)
    if text is None or not text.strip() or CONTROLS.search(text):
        return None
    lines = text.lstrip("\ufeff").splitlines()
    if len({m[1].lower() for line in lines[:60] if (m := HEADER.match(line))}) >= HEADERS:
        return "message/rfc822"
    if PROGRAM_TEXT.match(text.lstrip("\ufeff")) or MARKUP.search(text):
        return None
    return "text/csv" if _is_table([line for line in lines[:20] if line.strip()]) else "text/plain"


def _decoded(data: bytes) -> str | None:
    utf_16 = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if utf_16 else ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _is_table(lines: list[str]) -> bool:
    """Whether every line has as many separators as the first."""
    return len(lines) > 1 and any(len({line.count(mark) for line in lines} | {0}) == 2 for mark in ";\t,")  # noqa: PLR2004  # Zero and one other number.
