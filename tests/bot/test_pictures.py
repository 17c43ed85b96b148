"""Officials see the picture, and not where it was taken."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.pictures import UnshowableError, copied
from tests.bot.samples import archive, box, picture


def test_a_copy_says_nothing_of_place_and_device() -> None:
    original = picture(located=True)
    assert b"SecretPhone" in original
    copy, media_type = copied(original)
    assert media_type == "image/jpeg"
    assert b"Exif" not in copy
    assert b"SecretPhone" not in copy
    assert not Image.open(io.BytesIO(copy)).getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_the_same_holds_of_other_pictures(kind: str) -> None:
    copy, _ = copied(picture(kind, located=True))
    assert b"SecretPhone" not in copy


def test_words_in_a_picture_s_file_are_left_out() -> None:
    said = PngInfo()
    said.add_text("Author", "Jeanne Secret")
    said.add_itxt("XML:com.adobe.xmp", "<x>Jeanne Secret</x>")
    written = io.BytesIO()
    Image.new("P", (4, 4)).save(written, "PNG", pnginfo=said)
    assert b"Jeanne Secret" in written.getvalue()
    copy, _ = copied(written.getvalue())
    assert b"Jeanne Secret" not in copy
    assert Image.open(io.BytesIO(copy)).text == {}  # type: ignore[attr-defined]


def test_a_comment_and_what_hides_behind_a_picture_are_left_out() -> None:
    written = io.BytesIO()
    Image.new("RGB", (4, 4)).save(written, "JPEG", comment=b"Jeanne Secret", xmp=b"<x>Jeanne Secret</x>")
    copy, _ = copied(written.getvalue() + archive({"secret.exe": "MZ Jeanne Secret"}))
    assert b"Jeanne Secret" not in copy


def test_a_picture_taken_sideways_stands_upright() -> None:
    copy, _ = copied(picture(turned=True))
    upright = Image.open(io.BytesIO(copy))
    assert upright.size == (30, 40)
    top = upright.convert("RGB").getpixel((15, 5))
    assert isinstance(top, tuple)
    assert top[0] > 150


def test_what_is_clear_stays_clear() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (4, 4), (1, 2, 3, 0)).save(written, "WEBP", lossless=True)
    copy, media_type = copied(written.getvalue())
    assert media_type == "image/png"
    assert Image.open(io.BytesIO(copy)).mode == "RGBA"


@pytest.mark.parametrize(
    "broken",
    [picture("PNG")[:60], picture()[:200], b"\xff\xd8\xff\xe0" + b"0" * 50, box(b"heic"), b"", picture("TIFF")],
)
def test_what_cannot_be_opened_here_has_no_copy(broken: bytes) -> None:
    with pytest.raises(UnshowableError):
        copied(broken)


def test_a_picture_that_would_fill_the_memory_is_not_unpacked() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")
    with pytest.raises(UnshowableError):
        copied(bomb)
