"""Common filters of the list, and the neighbours of a case, read no rows of other cases."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ["filed_at", "id", "status", "platform_id", "primary_category", "urgency_level", "team_id", "snoozed_until"]


def upgrade() -> None:
    op.drop_index("ix_cases_filed_at", table_name="cases")
    op.create_index("ix_cases_filed_at", "cases", COLUMNS)
    op.drop_index("ix_cases_platform_id", table_name="cases")
    op.create_index("ix_cases_platform_id", "cases", ["platform_id", "primary_category", "id"])


def downgrade() -> None:
    op.drop_index("ix_cases_platform_id", table_name="cases")
    op.create_index("ix_cases_platform_id", "cases", ["platform_id"])
    op.drop_index("ix_cases_filed_at", table_name="cases")
    op.create_index("ix_cases_filed_at", "cases", ["filed_at", "id"])
