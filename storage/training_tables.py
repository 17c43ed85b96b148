"""The tables of what the classifier learns from and what it becomes. Words are sealed and masked; labels stand open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base

UNDECIDED = text("status = 'waiting'")


class ReadingRow(Base):
    """What the classifier made of a person's message: labels and numbers, no words."""

    __tablename__ = "readings"
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    language: Mapped[str]
    by: Mapped[str]
    """The reader's name and version."""
    problem: Mapped[str | None]
    """The likeliest problem; none: it told none."""
    odds: Mapped[float] = mapped_column(Float)
    """Of the likeliest problem, 0 to 1."""
    act: Mapped[str | None]
    act_odds: Mapped[float] = mapped_column(Float)
    story: Mapped[bool]
    """It tells something: a problem was looked for."""
    abstained: Mapped[bool]
    """No problem was likely enough to be taken for granted."""
    unknown: Mapped[float] = mapped_column(Float)
    """Share of its words that the model has never seen, 0 to 1."""
    shadow: Mapped[str | None]
    """The version that read it too, without being heard."""
    shadow_problem: Mapped[str | None]
    shadow_act: Mapped[str | None]


class SampleRow(Base):
    """A message that was drawn to be labelled: masked, and sealed."""

    __tablename__ = "samples"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id"), unique=True)
    """The turn in which it was said; none where it was brought in from a file."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    person: Mapped[bytes] = mapped_column(index=True)
    """Blind index of who said it: one person's messages are all learnt from, or all tested on."""
    part: Mapped[str]
    """learning, or test: sealed, and never learnt from."""
    reason: Mapped[str]
    """uncertain, disagreement, diverse, random, corrected (by an official), or brought (from a file)."""
    chance: Mapped[float] = mapped_column(Float)
    """Its probability of being drawn, above 0 to 1: figures weigh it by the inverse."""
    language: Mapped[str]
    text: Mapped[bytes]
    """Sealed: the message with typed placeholders for names, numbers and addresses; empty once erased."""
    told: Mapped[dict[str, Any]]
    """What was understood: {"by": name, "problems": {label: odds}, "acts": {label: odds}}."""
    asked: Mapped[dict[str, Any] | None]
    """What the bot had just asked, as `nlu.backend.Expecting`."""
    said_at: Mapped[datetime]
    drawn_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="waiting")
    """waiting, labelled, skipped, or withdrawn: erased, or its person objects."""
    version: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        Index("ix_samples_waiting", "id", postgresql_where=UNDECIDED, sqlite_where=UNDECIDED),
        Index("ix_samples_part_status", "part", "status", "said_at"),
    )


class DrawingRow(Base):
    """How messages are drawn to be labelled; rows are only added, the latest holds."""

    __tablename__ = "drawings"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("officials.id"))
    size: Mapped[int]
    """So many messages are kept waiting."""
    shares: Mapped[dict[str, Any]]
    """Per cent, by reason."""


class DecisionRow(Base):
    """What an official said that a message means; the latest that was not undone holds."""

    __tablename__ = "decisions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sample_id: Mapped[int] = mapped_column(ForeignKey("samples.id"), index=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), index=True)
    at: Mapped[datetime]
    labels: Mapped[list[str]]
    """Problems, the main one first; `nothing` alone: none of these. Empty where an act says all."""
    act: Mapped[str | None]
    spans: Mapped[list[str]]
    """Values in the text, each `name:start:end`."""
    undone_at: Mapped[datetime | None]


class ModelRow(Base):
    """A version of the classifier, and where it comes from."""

    __tablename__ = "models"
    version: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    """SHA-256 of its manifest, hex: no other file is loaded under this name."""
    status: Mapped[str]
    """candidate, refused (by the gate), live, retired, or gone (its files are deleted)."""
    kind: Mapped[str]
    """embedded, or rasa."""
    created_at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    """None: the program itself, at its first start."""
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    about: Mapped[dict[str, Any]]
    """Lineage and figures: the manifest without its calibration."""
    comparison: Mapped[dict[str, Any] | None]
    """`nlu.comparing.Comparison` as JSON, against the model that was live then; ids of samples, no words."""
    verdict: Mapped[dict[str, Any] | None]
    """`nlu.gate.Verdict` as JSON."""
    notes: Mapped[str] = mapped_column(default="")


class ModelSampleRow(Base):
    """A sample that a model learnt from: when its words are erased, the model is known."""

    __tablename__ = "model_samples"
    version: Mapped[str] = mapped_column(ForeignKey("models.version"), primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("samples.id"), primary_key=True, autoincrement=False)
    __table_args__ = (Index("ix_model_samples_sample_id", "sample_id"),)


class PromotionRow(Base):
    """What was done to the model in use; rows are only added. The latest that is done says which one it is."""

    __tablename__ = "promotions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    act: Mapped[str]
    """promoted, rolled_back, emergency (a roll-back that reaches running conversations), shadowed or unshadowed."""
    version: Mapped[str] = mapped_column(ForeignKey("models.version"))
    before: Mapped[str | None]
    """The version in use until then."""
    by: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    seconded_by: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    status: Mapped[str] = mapped_column(default="done")
    """proposed: it waits for a second person; done; refused."""
    __table_args__ = (Index("ix_promotions_status", "status", "id"),)


class JobRow(Base):
    """A training, asked for by an official and done by a process of its own."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    """embedded, or rasa: trained on a Rasa server."""
    status: Mapped[str] = mapped_column(default="waiting")
    """waiting, running, done, failed or cancelled."""
    stage: Mapped[str] = mapped_column(default="")
    share: Mapped[float] = mapped_column(Float, default=0.0)
    """How much is behind us, 0 to 1."""
    log: Mapped[list[str]]
    """`ISO time<TAB>stage`, a line each; no words of anybody."""
    error: Mapped[str | None]
    """The kind of the failure: a key of the console's words."""
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    notes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    """When it was asked to stop."""
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    version: Mapped[str | None]
    """The model that came of it."""


class LookRow(Base):
    """A look at the sealed test set: each is counted, since what is looked at often is learnt by heart."""

    __tablename__ = "looks"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    official_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    version: Mapped[str]
    """The model that was measured on it."""
    samples: Mapped[int]


class PublicationRow(Base):
    """A script that was put into service; the latest is in use, none: the one that comes with Portevoix."""

    __tablename__ = "publications"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    hash: Mapped[str | None] = mapped_column(ForeignKey("scripts.hash"))
    """None: back to the one that comes with Portevoix."""
    by: Mapped[int] = mapped_column(ForeignKey("officials.id"))
    note: Mapped[str] = mapped_column(default="")


class DraftRow(Base):
    """A script that is being changed by forms."""

    __tablename__ = "script_drafts"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), index=True)
    base: Mapped[str]
    """Hash of the script that it began from."""
    sources: Mapped[dict[str, Any]]
    """The files that differ from it, by path."""
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class StoryDraftRow(Base):
    """A conversation test in the making: a transcript, rewritten by one official and read by another."""

    __tablename__ = "story_drafts"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("officials.id"))
    reader_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    """The second reader."""
    name: Mapped[str]
    text: Mapped[bytes]
    """Sealed: the conversation as YAML; empty once erased."""
    status: Mapped[str] = mapped_column(default="draft")
    """draft, proposed, approved, or withdrawn."""
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("case_id", "name"),)
