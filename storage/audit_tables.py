"""The tables of the audit log: ids and keyed digests, never words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base

UNSEALED = text("n IS NULL")


class AuditRow(Base):
    """Who did or read what: ids and digests, never words. The sealer numbers and chains the rows in order."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    official_id: Mapped[int | None]
    """None: nobody who is logged in, or the program itself."""
    act: Mapped[str]
    subject: Mapped[str]
    """What it was done to: `case:` and an id, `official:` and an id…; empty: nothing of its own."""
    digest: Mapped[str]
    """Keyed digest of what else belongs to it, hex; empty where there is nothing."""
    mac: Mapped[bytes]
    """Keyed digest of all the above, made with the row: nobody without the keys can add or change one."""
    n: Mapped[int | None] = mapped_column(unique=True)
    chain: Mapped[bytes | None]
    __table_args__ = (
        Index("ix_audit_subject", "subject", "id"),
        Index("ix_audit_official_id", "official_id", "id"),
        Index("ix_audit_act", "act", "id"),
        Index("ix_audit_unsealed", "id", postgresql_where=UNSEALED, sqlite_where=UNSEALED),
    )


class AuditCutRow(Base):
    """Where older entries of the audit log were taken away for good."""

    __tablename__ = "audit_cuts"
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The last entry taken away."""
    chain: Mapped[bytes]
    at: Mapped[datetime]
    signature: Mapped[bytes]
