"""The table of what was done to recurring problems: ids and names of acts, no words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base


class ProblemChangeRow(Base):
    """What was done to a recurring problem; rows are only added."""

    __tablename__ = "problem_changes"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problems.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    """The login of an official."""
    act: Mapped[str]
    """created, reworded, grouped, ungrouped, merged, closed or reopened."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    """The case that was put under it, or taken out."""
    other_id: Mapped[int | None] = mapped_column(ForeignKey("problems.id"))
    """The problem whose cases came to it."""
