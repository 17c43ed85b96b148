"""Which case, filed elsewhere, a conversation goes on with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("takes_up", sa.String(), nullable=True))
    op.create_index(op.f("ix_conversations_takes_up"), "conversations", ["takes_up"])


def downgrade() -> None:
    op.drop_index(op.f("ix_conversations_takes_up"), "conversations")
    with op.batch_alter_table("conversations") as table:
        table.drop_column("takes_up")
