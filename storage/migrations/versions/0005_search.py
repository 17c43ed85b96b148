"""What cases are found by, and what was done to many of them at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from storage.search_tables import FULL_TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "case_words",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_words_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_words")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_case_words_words", "case_words", ["words"], postgresql_using="gin")
    else:
        for statement in FULL_TEXT:
            op.execute(statement)
    op.create_table(
        "bulks",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("official_id", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_bulks_official_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulks")),
    )
    op.create_index(op.f("ix_bulks_official_id"), "bulks", ["official_id"])
    op.create_index("ix_cases_updated_at", "cases", ["updated_at", "id"])
    op.create_index("ix_cases_urgency_level", "cases", ["urgency_level", "deadline_date", "id"])


def downgrade() -> None:
    op.drop_index("ix_cases_urgency_level", "cases")
    op.drop_index("ix_cases_updated_at", "cases")
    op.drop_table("bulks")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE case_found")
    op.drop_table("case_words")
