"""Signed links that let a person bring a file which their messaging app does not hand over."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime, timedelta

from storage.crypto import KeyRing

LASTS = timedelta(hours=24)
NUMBER = 8
PROOF = 16
PURPOSE = b"upload\0"


def token(ring: KeyRing, file: int, now: datetime) -> str:
    """Lets whoever holds it bring this one file, which names its conversation, message and place, for a day."""
    said = file.to_bytes(NUMBER) + int((now + LASTS).timestamp()).to_bytes(NUMBER)
    return base64.urlsafe_b64encode(said + _proof(ring, said)).rstrip(b"=").decode()


def file_of(ring: KeyRing, held: str, now: datetime) -> int | None:
    """The id of the file that a token lets bring; None where it was made up, or its day is over."""
    try:
        read = base64.b64decode(held.encode() + b"=" * (-len(held) % 4), b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    said, proof = read[: 2 * NUMBER], read[2 * NUMBER :]
    if not hmac.compare_digest(_proof(ring, said), proof):
        return None
    until = int.from_bytes(said[NUMBER:])
    return int.from_bytes(said[:NUMBER]) if now.timestamp() < until else None


def _proof(ring: KeyRing, said: bytes) -> bytes:
    return hmac.digest(ring.blinding, PURPOSE + said, "sha256")[:PROOF]
