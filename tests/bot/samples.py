"""Small files of every kind, made as programs make them, and bad ones."""

from __future__ import annotations

import io
import wave
import zipfile
from collections.abc import Mapping

from PIL import Image

PARIS = {1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 3.0)}


def picture(
    kind: str = "JPEG", *, size: tuple[int, int] = (40, 30), located: bool = False, turned: bool = False
) -> bytes:
    """A picture, red on its left and blue on its right; `located`: with a place and a device in it."""
    image = Image.new("RGB", size, (200, 0, 0))
    image.paste((0, 0, 200), (size[0] // 2, 0, *size))
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6
    if located:
        exif[0x010F] = "SecretPhone"
        exif.get_ifd(0x8825).update(PARIS)
    written = io.BytesIO()
    image.save(written, kind, **({"exif": exif} if located or turned else {}))
    return written.getvalue()


def archive(parts: Mapping[str, str | bytes], *, squeezed: bool = False) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED if squeezed else zipfile.ZIP_STORED) as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return written.getvalue()


def office(kind: str, **more: str) -> bytes:
    """A document of Word or Excel, as far as anybody looks; `kind` as in its list of types."""
    types = f'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
    return archive({"[Content_Types].xml": types, "word/document.xml": "<x/>", **more})


def open_document(kind: str, **more: str) -> bytes:
    return archive({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": "<x/>", **more})


def sound() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(8000)
        opened.writeframes(b"\0" * 1600)
    return written.getvalue()


def box(brand: bytes) -> bytes:
    """The beginning of a film or sound of an ISO media file."""
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0isommp41" + b"\0" * 64


OPUS = b"OggS\0\x02" + b"\0" * 20 + b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0" + b"\0" * 64
PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
MAIL = b"From: a@example.fr\r\nTo: b@example.fr\r\nSubject: Compte\r\n\r\n<html>Bonjour</html>"
GOOD: Mapping[str, bytes] = {
    "image/jpeg": picture(),
    "image/png": picture("PNG"),
    "image/webp": picture("WEBP"),
    "image/gif": picture("GIF"),
    "image/heic": box(b"heic"),
    "application/pdf": PDF,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": office("wordprocessingml.document"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": office("spreadsheetml.sheet"),
    "application/vnd.oasis.opendocument.text": open_document("text"),
    "application/vnd.oasis.opendocument.spreadsheet": open_document("spreadsheet"),
    "text/plain": "Import bloqué <3 à Varennes\nBMW refusée".encode("cp1252"),
    "text/csv": "\ufeffdate;montant\n1 oct.;12,50 €\n2 oct.;3\n".encode(),
    "message/rfc822": MAIL,
    "video/mp4": box(b"iso5"),
    "video/quicktime": box(b"qt  "),
    "video/3gpp": box(b"3gp4"),
    "audio/ogg": OPUS,
    "audio/mpeg": b"\xff\xf3\x44\xc4" + b"\0" * 413,
    "audio/mp4": box(b"M4A "),
    "audio/aac": b"\xff\xf1\x50\x80\x02\x1f\xfc" + b"\0" * 100,
    "audio/wav": sound(),
    "audio/amr": b"#!AMR\n" + b"\0" * 50,
}
BAD: Mapping[str, bytes] = {
    "nothing": b"",
    "blank": b" \n\t",
    "a program of Windows": b"MZ\x90\0" + b"\0" * 100,
    "a program of Linux": b"\x7fELF" + b"\0" * 60,
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "a batch file": b"@echo off\r\nformat c:\r\n",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a page behind words": b"Bonjour\n<script>alert(1)</script>",
    "a drawing with a script": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "an archive": archive({"a.txt": "x"}),
    "an archive that unpacks to a thousand times its size": archive({"a": b"\0" * 3_000_000}, squeezed=True),
    "half an archive": archive({"a.txt": "x"})[:-8],
    "a document with macros": office("wordprocessingml.document", **{"word/vbaProject.bin": "x"}),
    "a document that says it has macros": archive({
        "[Content_Types].xml": "application/vnd.ms-word.document.macroEnabled.main+xml", "word/document.xml": "",
    }),
    "a sheet with macros": open_document("spreadsheet", **{"Basic/Standard/Module1.xml": "x"}),
    "an old document, which may hold macros": bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 500,
    "two things at once": PDF + archive({"a.exe": "MZ"}),
    "bytes without meaning": bytes(range(256)) * 4,
    "a packed file": b"\x1f\x8b\x08" + b"\0" * 30,
}  # fmt: skip
