"""What the audit log proves: that nothing in it was changed, moved, added or taken out, from the last cut to its end.

Whoever can write to the database but has not the key file cannot alter an entry, add one, exchange two or take one
out of the middle without being found. Entries taken from the *end* leave a shorter chain that is whole: they are found
only against a `Head` that is kept elsewhere (the worker keeps one beside the key file, and `portevoix audit verify`
prints one to be written down). What was never numbered, the last seconds, can be taken away unseen. Whoever has the
key file and the database can write any log: keep them apart.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit
from storage.audit import BEGINNING, Entry, Head
from storage.audit_tables import AuditCutRow, AuditRow
from storage.crypto import KeyRing

Fault = Literal["changed", "moved", "missing", "returned", "unsealed", "cut", "shortened", "replaced"]
"""`returned`: an entry that was cut away is there. `cut`: a cut that was not made with our keys. `shortened`: the log
ends before the head kept elsewhere. `replaced`: it is not the log which that head ends."""
LATE = timedelta(minutes=1)
"""An entry this old is numbered, if the sealer runs."""
READ_AT_ONCE = 1000
CUT_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something is wrong with the log, and where."""

    fault: Fault
    first: int
    """The number of the entry; of one without a number, its row id."""
    last: int


@dataclass(slots=True, kw_only=True)
class Proof:
    """What a look at the whole log found."""

    begins: int = 1
    """The first number that must be there."""
    head: Head
    """The last that is there."""
    findings: list[Finding] = field(default_factory=list)

    def find(self, fault: Fault, first: int, last: int | None = None) -> None:
        self.findings.append(Finding(fault=fault, first=first, last=first if last is None else last))


async def verify(session: AsyncSession, ring: KeyRing, now: datetime, known: Head | None = None) -> Proof:
    """Look at every entry from the last cut on. `known`: where the log is known to have come."""
    await _one_moment(session)
    proof = Proof(head=Head(n=0, chain=BEGINNING))
    for cut in await session.scalars(select(AuditCutRow).order_by(AuditCutRow.n)):
        if not hmac.compare_digest(cut.signature, _signature(ring, cut.n, cut.chain, cut.at)):
            proof.find("cut", cut.n)
        proof.head = Head(n=cut.n, chain=cut.chain)
    proof.begins = proof.head.n + 1
    after = 0
    while rows := await _numbered(session, after):
        for row in rows:
            _check(ring, proof, row, known)
            after = row.n or after
        session.expunge_all()
    if known is not None and known.n > proof.head.n:
        proof.find("shortened", proof.head.n + 1, known.n)
    late = select(AuditRow.id).where(AuditRow.n.is_(None), AuditRow.at < now - LATE).order_by(AuditRow.id)
    for row_id in await session.scalars(late):
        proof.find("unsealed", row_id)
    return proof


async def _one_moment(session: AsyncSession) -> None:
    """Look at one moment of the log, whatever is added or cut away meanwhile; SQLite does so anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


async def _numbered(session: AsyncSession, after: int) -> Sequence[AuditRow]:
    wanted = select(AuditRow).where(AuditRow.n > after).order_by(AuditRow.n).limit(READ_AT_ONCE)
    return (await session.scalars(wanted)).all()


def _check(ring: KeyRing, proof: Proof, row: AuditRow, known: Head | None) -> None:
    n, chain = row.n or 0, row.chain or b""
    if n < proof.begins:
        proof.find("returned", n)
        return
    follows = n == proof.head.n + 1
    if not follows:
        proof.find("missing", proof.head.n + 1, n - 1)
    if not hmac.compare_digest(row.mac, audit.mac(ring, row)):
        proof.find("changed", n)
    elif follows and not hmac.compare_digest(chain, audit.link(ring, proof.head.chain, n, row.mac)):
        proof.find("moved", n)
    elif known is not None and known.n == n and not hmac.compare_digest(chain, known.chain):
        proof.find("replaced", n)
    proof.head = Head(n=n, chain=chain)


async def purge(session: AsyncSession, ring: KeyRing, before: datetime, now: datetime) -> int:
    """Take away the oldest entries, as far as they are older than `before`, and leave a signed cut; their number.

    Not all at once where there are many: call it until it gives 0.
    """
    await audit.alone(session)
    young = await session.scalar(select(func.min(AuditRow.n)).where(AuditRow.at >= before, AuditRow.n.is_not(None)))
    old = select(AuditRow.n, AuditRow.chain).where(AuditRow.at < before, AuditRow.n.is_not(None))
    if young is not None:
        old = old.where(AuditRow.n < young)
    gone = (await session.execute(old.order_by(AuditRow.n).limit(CUT_AT_ONCE))).all()
    if not gone:
        return 0
    last = Head(n=gone[-1].n or 0, chain=gone[-1].chain or b"")
    await session.execute(delete(AuditCutRow))
    signature = _signature(ring, last.n, last.chain, now)
    session.add(AuditCutRow(n=last.n, chain=last.chain, at=now, signature=signature))
    await session.execute(delete(AuditRow).where(AuditRow.n <= last.n))
    await audit.record(session, ring, Entry(official_id=None, act="purge", subject=f"audit:{last.n}", at=now))
    return len(gone)


def _signature(ring: KeyRing, n: int, chain: bytes, at: datetime) -> bytes:
    content = n.to_bytes(8, "big") + chain + at.astimezone(UTC).isoformat().encode()
    return hmac.digest(ring.derive("audit cut"), content, "sha256")
