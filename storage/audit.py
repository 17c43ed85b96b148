"""The audit log: who did or read what, in ids and keyed digests, numbered and chained in one order.

Each entry carries a keyed digest of its own content from the moment it is written; the sealer numbers the entries and
chains them. What that proves, and what it cannot, says `storage.audit_proof`.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.audit_tables import AuditCutRow, AuditRow
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow
from storage.ids import IDS

AUDIT: Any = AuditRow.__table__
BEGINNING = bytes(32)
"""What the first entry is chained to."""
SETTLING = timedelta(seconds=1)
"""Younger entries are not numbered yet: one that was begun before may still come."""
AT_ONCE = 1000
ALONE = text("SELECT pg_advisory_xact_lock(7230500)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be written down."""

    official_id: int | None
    """None: nobody who is logged in, or the program itself."""
    act: str
    subject: str = ""
    """`case:` and an id, `official:` and an id…; empty: nothing of its own."""
    reference: str | None = None
    """Of the case that is the subject, where its id is not known."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else belongs to it; only its keyed digest is kept."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last entry that was numbered."""

    n: int
    chain: bytes


async def record(session: AsyncSession, ring: KeyRing, *entries: Entry) -> None:
    """Write down acts, in the transaction that carries them out."""
    wanted = {entry.reference for entry in entries if entry.reference}
    found = select(CaseRow.reference, CaseRow.id).where(CaseRow.reference.in_(wanted))
    ids = {row.reference: row.id for row in await session.execute(found)} if wanted else {}
    rows = [
        _row(ring, entry, f"case:{ids.get(entry.reference, entry.reference)}" if entry.reference else entry.subject)
        for entry in entries
    ]
    if rows:
        await session.execute(insert(AUDIT), rows)


async def seal(session: AsyncSession, ring: KeyRing, now: datetime) -> Head | None:
    """Number the entries that have settled and chain them to those before; None where there was none to number.

    One sealer at a time: others wait for it.
    """
    await alone(session)
    settled = select(AuditRow).where(AuditRow.n.is_(None), AuditRow.at <= now - SETTLING)
    waiting = (await session.scalars(settled.order_by(AuditRow.id).limit(AT_ONCE))).all()
    if not waiting:
        return None
    last = await head(session)
    sealed = []
    for row in waiting:
        last = Head(n=last.n + 1, chain=link(ring, last.chain, last.n + 1, row.mac))
        sealed.append({"row": row.id, "number": last.n, "link": last.chain})
    numbered = update(AUDIT).where(AUDIT.c.id == bindparam("row"))
    await (await session.connection()).execute(numbered.values(n=bindparam("number"), chain=bindparam("link")), sealed)
    return last


async def alone(session: AsyncSession) -> None:
    """Hold the end of the log until this transaction ends; on SQLite whoever writes holds it anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(ALONE)


async def head(session: AsyncSession) -> Head:
    """The last entry that was numbered, be it still there or cut away."""
    numbered = select(AuditRow.n, AuditRow.chain).where(AuditRow.n.is_not(None)).order_by(AuditRow.n.desc()).limit(1)
    cut = select(AuditCutRow.n, AuditCutRow.chain).order_by(AuditCutRow.n.desc()).limit(1)
    found = [(await session.execute(each)).first() for each in (numbered, cut)]
    ends = [Head(n=row.n, chain=row.chain) for row in found if row is not None]
    return max(ends, key=lambda end: end.n, default=Head(n=0, chain=BEGINNING))


def mac(ring: KeyRing, row: AuditRow) -> bytes:
    """The keyed digest of what an entry says."""
    return _mac(ring, row.id, row.at, row.official_id, row.act, row.subject, row.digest)


def link(ring: KeyRing, before: bytes, n: int, content: bytes) -> bytes:
    """The chain up to the entry of this number."""
    return hmac.digest(ring.derive("audit chain"), before + n.to_bytes(8, "big") + content, "sha256")


def _row(ring: KeyRing, entry: Entry, subject: str) -> dict[str, Any]:
    row_id, digest = IDS.new(entry.at), _digest(ring, subject, entry.about)
    return {
        "id": row_id,
        "at": entry.at,
        "official_id": entry.official_id,
        "act": entry.act,
        "subject": subject,
        "digest": digest,
        "mac": _mac(ring, row_id, entry.at, entry.official_id, entry.act, subject, digest),
    }


def _mac(ring: KeyRing, row_id: int, at: datetime, *said: int | str | None) -> bytes:
    return hmac.digest(ring.derive("audit entry"), _plain([row_id, at.astimezone(UTC).isoformat(), *said]), "sha256")


def _digest(ring: KeyRing, subject: str, about: Mapping[str, Any]) -> str:
    """Each case has a key of its own: equal words about two cases do not show as equal."""
    if not about:
        return ""
    key = ring.derive(f"audit {subject}" if subject.startswith("case:") else "audit")
    return hmac.digest(key, _plain(about), "sha256").hex()


def _plain(held: object) -> bytes:
    return json.dumps(held, sort_keys=True, separators=(",", ":"), default=str).encode()
