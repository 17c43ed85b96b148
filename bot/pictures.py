"""The copy of a picture that officials see: the picture alone, without where, when and with what it was taken."""

from __future__ import annotations

import io
from threading import Lock

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 50_000_000
"""A phone's largest picture; what unpacks to more is not unpacked."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 90
BROKEN = (
    UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError,
    SyntaxError, EOFError,
)  # fmt: skip
"""What Pillow raises of files that are none, or too large."""
UNPACKING = Lock()
"""One picture at a time: unpacked, a large one takes hundreds of megabytes."""


class UnshowableError(Exception):
    """This picture cannot be opened here, or would fill the memory."""


def copied(data: bytes) -> tuple[bytes, str]:
    """The picture anew, upright, and its media type: nothing of the file but its pixels. Raises UnshowableError.

    Of one that moves, the first moment.
    """
    try:
        with UNPACKING, Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise UnshowableError
            upright = ImageOps.exif_transpose(picture)
            return _saved(upright, lossless=picture.format in {"PNG", "GIF"})
    except BROKEN as error:
        raise UnshowableError from error


def _saved(picture: Image.Image, *, lossless: bool) -> tuple[bytes, str]:
    clear = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    pixels = picture.convert("RGBA" if clear else "L" if picture.mode in {"1", "L"} else "RGB")
    pixels.info.clear()
    pixels.getexif().clear()
    written = io.BytesIO()
    if clear or lossless:
        pixels.save(written, "PNG")
        return written.getvalue(), "image/png"
    pixels.save(written, "JPEG", quality=QUALITY, subsampling=0)
    return written.getvalue(), "image/jpeg"
