"""Files, what cannot be read, and how far a channel lets us answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("ordinal", BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", BIG, nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("shown_digest", sa.String(), nullable=True),
        sa.Column("shown_type", sa.String(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("lane", "message", "ordinal", name=op.f("uq_attachments_lane_message_ordinal")),
    )
    op.create_index(op.f("ix_attachments_lane"), "attachments", ["lane"])
    op.create_table(
        "unreadable",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unreadable")),
        sa.UniqueConstraint("digest", name=op.f("uq_unreadable_digest")),
    )
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("unreachable_at", INSTANT, nullable=True))
        table.add_column(sa.Column("open_until", INSTANT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.drop_column("open_until")
        table.drop_column("unreachable_at")
    op.drop_table("unreadable")
    op.drop_table("attachments")
