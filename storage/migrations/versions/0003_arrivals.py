"""How far lines have come, and what waits for its person to write."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TOLD = sa.text("remote_id IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("remote_id", sa.String(), nullable=True))
        table.add_column(sa.Column("delivery", sa.String(), nullable=True))
    op.create_index(op.f("ix_outbox_remote_id"), "outbox", ["remote_id"], postgresql_where=TOLD, sqlite_where=TOLD)
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("announced_at", INSTANT, nullable=True))
    op.create_table(
        "arrivals",
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("remote_id", name=op.f("pk_arrivals")),
    )
    op.create_index(op.f("ix_arrivals_received_at"), "arrivals", ["received_at"])


def downgrade() -> None:
    op.drop_table("arrivals")
    with op.batch_alter_table("conversations") as table:
        table.drop_column("announced_at")
    op.drop_index(op.f("ix_outbox_remote_id"), "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("delivery")
        table.drop_column("remote_id")
