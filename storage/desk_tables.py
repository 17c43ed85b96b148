"""The tables of the desk. What a firm or an official wrote is sealed; what stands open here names no firm."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base

UNINDEXED = text("indexed_at IS NULL")
OPEN = text("status NOT IN ('closed', 'merged', 'withdrawn', 'anonymised')")
OF_OPEN = ("team_id", "assignee_id", "status", "due_at", "asked_until", "firm_at", "filed_at", "urgency_level",
           "conversation_id", "share_mediateur")  # fmt: skip
"""What the first page counts open cases by, without their rows."""
OF_LIST = ("status", "platform_id", "primary_category", "urgency_level", "team_id", "snoozed_until")
"""What the list is mostly filtered by."""


class CaseRow(Base):
    """A case: the columns officials sort by stand open, the document is sealed."""

    __tablename__ = "cases"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(unique=True)
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("turns.id"))
    """The turn; none where an official entered it by hand."""
    part: Mapped[int] = mapped_column(default=0)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    channel: Mapped[str]
    language: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    platform_id: Mapped[str | None]
    primary_category: Mapped[str | None] = mapped_column(index=True)
    urgency_level: Mapped[str | None]
    urgency_reasons: Mapped[list[str]]
    deadline_date: Mapped[str | None]
    """As ISO date, month or year: what is known of it."""
    filed_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    script_hash: Mapped[str]
    code_hash: Mapped[str | None]
    digest: Mapped[str]
    """SHA-256 of the canonical JSON of what was filed, hex."""
    erasure_requested_at: Mapped[datetime | None]
    document: Mapped[bytes]
    """Sealed: `stories.types.Case` as JSON, as it is now."""
    siren: Mapped[bytes | None] = mapped_column(index=True)
    siret: Mapped[bytes | None] = mapped_column(index=True)
    email: Mapped[bytes | None] = mapped_column(index=True)
    phone: Mapped[bytes | None] = mapped_column(index=True)
    share_platform: Mapped[str | None]
    """no, anonymised or named; none: not said."""
    share_mediateur: Mapped[bool] = mapped_column(default=False, server_default=false())
    share_dgccrf: Mapped[bool] = mapped_column(default=False, server_default=false())
    answerable: Mapped[bool] = mapped_column(default=True, server_default=true())
    """There is a way to answer the firm."""
    loss_band: Mapped[int | None]
    """The declared loss, as how many figures its euros have: 4 is 1,000 to 9,999."""
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    """Whose queue it is in."""
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"), index=True)
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problems.id"))
    """The recurring problem that it was put under."""
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    closure_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counts what officials and the firm changed: who saves an older one is told."""
    opened_at: Mapped[datetime | None]
    """When an official first opened it."""
    firm_at: Mapped[datetime | None]
    """When the firm last wrote after filing, and no official has acted since."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When officials owe their next act; none while another is waited for."""
    due_left: Mapped[int | None]
    """The working days that were left when the clock was paused."""
    asked_until: Mapped[datetime | None]
    """Until when the firm may answer what it was asked."""
    snoozed_until: Mapped[datetime | None]
    indexed_at: Mapped[datetime | None]
    """When its words were last made searchable; none: they are to be."""
    __table_args__ = (
        UniqueConstraint("filed_by", "part"),
        Index("ix_cases_filed_at", "filed_at", "id", *OF_LIST),
        Index("ix_cases_platform_id", "platform_id", "primary_category", "id"),
        Index("ix_cases_team_id_status", "team_id", "status", "id"),
        Index("ix_cases_problem_id_status", "problem_id", "status", "team_id"),
        Index("ix_cases_open", *OF_OPEN, postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_cases_unindexed", "id", postgresql_where=UNINDEXED, sqlite_where=UNINDEXED),
    )


class CaseChangeRow(Base):
    """What changed in a case after it was filed; rows are only added."""

    __tablename__ = "case_changes"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id"))
    at: Mapped[datetime]
    by: Mapped[str]
    """person, clock, or the login of an official."""
    act: Mapped[str] = mapped_column(default="amended", server_default="amended")
    """What was done, as `storage.handling.Deed` names it."""
    changes: Mapped[bytes]
    """Sealed: what was set, and what it was before."""


class CaseCategoryRow(Base):
    """A problem category that a case names, main or not."""

    __tablename__ = "case_categories"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    category: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (Index("ix_case_categories_category", "category", "case_id"),)


class CaseTagRow(Base):
    """A word that officials put on a case."""

    __tablename__ = "case_tags"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    tag: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (Index("ix_case_tags_tag", "tag", "case_id"),)


class CaseLinkRow(Base):
    """Two cases that an official tied together; the smaller id comes first."""

    __tablename__ = "case_links"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    other_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    __table_args__ = (Index("ix_case_links_other_id", "other_id"),)


class CaseVisitRow(Base):
    """An official's last look at a case, and whether they are writing in it."""

    __tablename__ = "case_visits"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, autoincrement=False)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime]
    writing_at: Mapped[datetime | None]


class NoteRow(Base):
    """An official's note on a case; a mediator's own are read by that mediator alone."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("officials.id"))
    private: Mapped[bool]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class NoteVersionRow(Base):
    """What a note said from a moment on; the latest holds."""

    __tablename__ = "note_versions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"), index=True)
    at: Mapped[datetime]
    text: Mapped[bytes]
    """Sealed."""


class MentionRow(Base):
    """An official whom a note calls."""

    __tablename__ = "mentions"
    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"), primary_key=True, autoincrement=False)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime | None]


class ProblemRow(Base):
    """A problem that recurs across firms, under a name that officials gave it."""

    __tablename__ = "problems"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    about: Mapped[bytes]
    """Sealed: what officials say of it, in one or two sentences."""
    platform_id: Mapped[str | None]
    category: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("problems.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("officials.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=0)


class TeamRow(Base):
    """Officials who share a queue, and the platforms whose cases come to it."""

    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)
    platforms: Mapped[list[str]]
    """Ids; what no team takes comes to the oldest team."""
    created_at: Mapped[datetime]


class ViewRow(Base):
    """A search that an official keeps, alone or for all."""

    __tablename__ = "views"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), index=True)
    name: Mapped[str]
    query: Mapped[str]
    """As in the address of the list."""
    shared: Mapped[bool]
    created_at: Mapped[datetime]


class CannedRow(Base):
    """An answer that is ready to be sent, with variables."""

    __tablename__ = "canned"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    language: Mapped[str]
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("name", "language"),)


class SubmissionRow(Base):
    """A form that was carried out: sent twice, it is carried out once."""

    __tablename__ = "submissions"
    nonce: Mapped[str] = mapped_column(primary_key=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    led_to: Mapped[str]
    """The page it led to."""


class ExportRow(Base):
    """A file of many cases, asked for by an official and made in the background."""

    __tablename__ = "exports"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), index=True)
    query: Mapped[str]
    """As in the address of the list."""
    form: Mapped[str]
    """csv, xlsx or jsonl."""
    named: Mapped[bool]
    """With identities; otherwise pseudonymised."""
    reason: Mapped[bytes | None]
    """Sealed: why identities are needed, as the official wrote it."""
    status: Mapped[str]
    """waiting, running, done, failed, cancelled or gone."""
    error: Mapped[str | None]
    """The kind of the failure, without anybody's words."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    lease_until: Mapped[datetime | None]
    digest: Mapped[str | None]
    """SHA-256 of the file, hex; none: there is no file."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class OfficialRow(Base):
    """An official's account."""

    __tablename__ = "officials"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    must_change: Mapped[bool] = mapped_column(default=False)
    failed: Mapped[int] = mapped_column(default=0)
    """Wrong passwords in a row."""
    locked_until: Mapped[datetime | None]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    closed_at: Mapped[datetime | None]
    """Since when nobody may log in to it."""
    totp: Mapped[bytes | None]
    """Sealed: the secret of the second factor; none: there is none."""
    totp_step: Mapped[int | None]
    """The time step of the last code used: a code holds once."""
    recovery: Mapped[list[str] | None]
    """Blind indexes, hex, of the codes that stand in once each for the second factor."""
    subject: Mapped[bytes | None] = mapped_column(unique=True)
    """Blind index of issuer and subject, where the account logs in through OpenID Connect."""
    visited_at: Mapped[datetime | None]
    """When the visit before this one ended: what is new since then is new to them."""
    created_at: Mapped[datetime]


class OfficialSessionRow(Base):
    """An official who is logged in somewhere."""

    __tablename__ = "official_sessions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    csrf: Mapped[str]
    proven: Mapped[bool] = mapped_column(default=True, server_default=true())
    """The second factor was given, or there is none."""
    browser: Mapped[str | None]
    """What the browser calls itself, shortened."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
