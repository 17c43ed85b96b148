"""The audit log, and where it was cut."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
UNSEALED = sa.text("n IS NULL")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("official_id", BIG, nullable=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("n", BIG, nullable=True),
        sa.Column("chain", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("n", name=op.f("uq_audit_n")),
    )
    with op.batch_alter_table("audit") as table:
        table.create_index(table.f("ix_audit_at"), ["at"])
        table.create_index("ix_audit_subject", ["subject", "id"])
        table.create_index("ix_audit_official_id", ["official_id", "id"])
        table.create_index("ix_audit_act", ["act", "id"])
        table.create_index("ix_audit_unsealed", ["id"], postgresql_where=UNSEALED, sqlite_where=UNSEALED)
    op.create_table(
        "audit_cuts",
        sa.Column("n", BIG, autoincrement=False, nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_cuts")),
    )


def downgrade() -> None:
    op.drop_table("audit_cuts")
    op.drop_table("audit")
