"""The key ring: seals what firms say, and finds it again without reading it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BlindKind = Literal["lane", "siren", "siret", "email", "phone", "resume", "recovery", "subject", "totp"]
KEY_BYTES, NONCE_BYTES, KEY_ID_BYTES = 32, 12, 4


class SealError(Exception):
    """The keys do not open this data; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """Keys by id: the current one seals, every one opens. The blinding key is not rotated: look-ups depend on it."""

    current: str
    """Eight hex digits."""
    keys: Mapping[str, bytes] = field(repr=False)
    blinding: bytes = field(repr=False)
    _ciphers: dict[str, AESGCM] = field(default_factory=dict, repr=False, compare=False)

    def seal(self, table: str, column: str, row_id: int | str, data: bytes) -> bytes:
        """AES-256-GCM, bound to its place: sealed data moved to another row or column does not open.

        A file outside the database is bound to its conversation and its digest instead.
        """
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher(self.current).encrypt(nonce, data, _place(table, column, row_id, self.current))
        return bytes.fromhex(self.current) + nonce + sealed

    def open(self, table: str, column: str, row_id: int | str, sealed: bytes) -> bytes:
        """What was sealed there. Raises SealError."""
        key_id, rest = sealed[:KEY_ID_BYTES].hex(), sealed[KEY_ID_BYTES:]
        if key_id not in self.keys:
            raise SealError(f"{table} {row_id} was sealed with key {key_id}, which is not in the key file: restore it")
        try:
            return self._cipher(key_id).decrypt(
                rest[:NONCE_BYTES], rest[NONCE_BYTES:], _place(table, column, row_id, key_id)
            )
        except InvalidTag as error:
            raise SealError(f"{table} {row_id}: {column} was altered, or sealed with another key") from error

    def blind(self, kind: BlindKind, value: str) -> bytes:
        """A keyed digest that is equal for equal values: finds a row without saying what it holds."""
        return hmac.digest(self.blinding, f"{kind}\0{_normal(kind, value)}".encode("utf-8", "surrogatepass"), "sha256")

    def lane(self, lane: str) -> str:
        """The name under which storage knows `Message.lane`, which itself identifies a person."""
        return self.blind("lane", lane)[:16].hex()

    def hash_code(self, code: str) -> str:
        """What is kept of an access code, hex; spaces and dashes in it do not count."""
        return hmac.digest(self.blinding, b"code\0" + re.sub(r"\D", "", code).encode(), "sha256").hex()

    def proves(self, code: str, code_hash: str) -> bool:
        """Whether this is the access code of which that is the hash, in constant time."""
        return bool(code_hash) and hmac.compare_digest(self.hash_code(code), code_hash)

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose, the same for good; says nothing of the others."""
        return hmac.digest(self.blinding, f"derive\0{purpose}".encode(), "sha256")

    def check(self, key_id: str) -> bytes:
        """What the database keeps of a key, to know it again: says nothing of the key."""
        return hashlib.sha256(b"portevoix key check" + self.keys[key_id] + self.blinding).digest()

    def _cipher(self, key_id: str) -> AESGCM:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            cipher = self._ciphers[key_id] = AESGCM(self.keys[key_id])
        return cipher


def new_ring() -> KeyRing:
    """A ring of one fresh key."""
    key_id = secrets.token_hex(KEY_ID_BYTES)
    return KeyRing(
        current=key_id, keys={key_id: secrets.token_bytes(KEY_BYTES)}, blinding=secrets.token_bytes(KEY_BYTES)
    )


def read_ring(path: Path) -> KeyRing:
    """The ring kept in a file. Raises SealError where the file is damaged."""
    try:
        data = json.loads(path.read_text("ascii"))
        keys = {key_id: base64.b64decode(key) for key_id, key in data["keys"].items()}
        ring = KeyRing(current=data["current"], keys=keys, blinding=base64.b64decode(data["blinding"]))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise SealError(f"the key file {path} is damaged: restore it from its copy") from error
    if ring.current not in keys or any(len(key) != KEY_BYTES for key in (*keys.values(), ring.blinding)):
        raise SealError(f"the key file {path} is damaged: restore it from its copy")
    return ring


def keep_ring(ring: KeyRing, path: Path) -> None:
    """Write a new ring so that only its owner can read it, whole or not at all. Raises FileExistsError."""
    data = {
        "about": "Without this file nothing in the database can be read. Keep a copy of it away from the database.",
        "current": ring.current,
        "keys": {key_id: base64.b64encode(key).decode() for key_id, key in ring.keys.items()},
        "blinding": base64.b64encode(ring.blinding).decode(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # Made with mode 0600.
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(data, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def _place(table: str, column: str, row_id: int | str, key_id: str) -> bytes:
    return f"{table}.{column}.{row_id}.{key_id}".encode()


def _normal(kind: BlindKind, value: str) -> str:
    match kind:
        case "lane" | "resume" | "recovery" | "subject" | "totp":
            return value
        case "email":
            return value.strip().casefold()
        case "siren" | "siret":
            return re.sub(r"\D", "", value)
        case "phone":
            return re.sub(r"^(?:00)?33(?=\d{9}$)", "0", re.sub(r"\D", "", value))
