"""First tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING: dict[str, Any] = {
    "postgresql_where": sa.text("status = 'waiting'"),
    "sqlite_where": sa.text("status = 'waiting'"),
}
WISHED: dict[str, Any] = {
    "postgresql_where": sa.text("wake_at IS NOT NULL"),
    "sqlite_where": sa.text("wake_at IS NOT NULL"),
}


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("listening", sa.Boolean(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turns", BIG, nullable=False),
        sa.Column("resume_hash", sa.LargeBinary(), nullable=True),
        sa.Column("wants_human", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("lane", name=op.f("uq_conversations_lane")),
        sa.UniqueConstraint("resume_hash", name=op.f("uq_conversations_resume_hash")),
    )
    op.create_index("ix_conversations_wake_at", "conversations", ["wake_at"], unique=False, **WISHED)
    op.create_table(
        "inbox",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("bursts", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("turn_id", BIG, nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("lane", "key", name=op.f("uq_inbox_lane_key")),
    )
    op.create_index("ix_inbox_due", "inbox", ["due_at", "id"], unique=False, **WAITING)
    op.create_index("ix_inbox_waiting", "inbox", ["lane", "position", "id"], unique=False, **WAITING)
    op.create_table(
        "key_checks",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("check_value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_key_checks")),
    )
    op.create_table(
        "officials",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failed", BIG, nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officials")),
        sa.UniqueConstraint("login", name=op.f("uq_officials_login")),
    )
    op.create_table(
        "outbox",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("turn_id", BIG, nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_due", "outbox", ["due_at", "id"], unique=False, **WAITING)
    op.create_index("ix_outbox_lane", "outbox", ["lane", "id"], unique=False)
    op.create_index("ix_outbox_waiting", "outbox", ["lane", "position", "id"], unique=False, **WAITING)
    op.create_table(
        "scripts",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_scripts")),
    )
    op.create_table(
        "official_sessions",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("official_id", BIG, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["official_id"], ["officials.id"], name=op.f("fk_official_sessions_official_id_officials")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_official_sessions_token_hash")),
    )
    op.create_index(op.f("ix_official_sessions_official_id"), "official_sessions", ["official_id"], unique=False)
    op.create_table(
        "turns",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("n", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("script_hash", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_turns_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.UniqueConstraint("conversation_id", "n", name=op.f("uq_turns_conversation_id_n")),
    )
    op.create_table(
        "cases",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("filed_by", BIG, nullable=True),
        sa.Column("part", BIG, nullable=False),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("primary_category", sa.String(), nullable=True),
        sa.Column("urgency_level", sa.String(), nullable=True),
        sa.Column("urgency_reasons", sa.JSON(), nullable=False),
        sa.Column("deadline_date", sa.String(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("script_hash", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("erasure_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("siren", sa.LargeBinary(), nullable=True),
        sa.Column("siret", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_cases_conversation_id_conversations")
        ),
        sa.ForeignKeyConstraint(["filed_by"], ["turns.id"], name=op.f("fk_cases_filed_by_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("filed_by", "part", name=op.f("uq_cases_filed_by_part")),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
    )
    op.create_index(op.f("ix_cases_conversation_id"), "cases", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_cases_email"), "cases", ["email"], unique=False)
    op.create_index("ix_cases_filed_at", "cases", ["filed_at", "id"], unique=False)
    op.create_index(op.f("ix_cases_phone"), "cases", ["phone"], unique=False)
    op.create_index(op.f("ix_cases_platform_id"), "cases", ["platform_id"], unique=False)
    op.create_index(op.f("ix_cases_primary_category"), "cases", ["primary_category"], unique=False)
    op.create_index(op.f("ix_cases_siren"), "cases", ["siren"], unique=False)
    op.create_index(op.f("ix_cases_siret"), "cases", ["siret"], unique=False)
    op.create_index(op.f("ix_cases_status"), "cases", ["status"], unique=False)
    op.create_table(
        "case_changes",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("turn_id", BIG, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_changes_case_id_cases")),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_case_changes_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_changes")),
    )
    op.create_index(op.f("ix_case_changes_case_id"), "case_changes", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_case_changes_case_id"), table_name="case_changes")
    op.drop_table("case_changes")
    op.drop_index(op.f("ix_cases_status"), table_name="cases")
    op.drop_index(op.f("ix_cases_siret"), table_name="cases")
    op.drop_index(op.f("ix_cases_siren"), table_name="cases")
    op.drop_index(op.f("ix_cases_primary_category"), table_name="cases")
    op.drop_index(op.f("ix_cases_platform_id"), table_name="cases")
    op.drop_index(op.f("ix_cases_phone"), table_name="cases")
    op.drop_index("ix_cases_filed_at", table_name="cases")
    op.drop_index(op.f("ix_cases_email"), table_name="cases")
    op.drop_index(op.f("ix_cases_conversation_id"), table_name="cases")
    op.drop_table("cases")
    op.drop_table("turns")
    op.drop_index(op.f("ix_official_sessions_official_id"), table_name="official_sessions")
    op.drop_table("official_sessions")
    op.drop_table("scripts")
    op.drop_index("ix_outbox_waiting", table_name="outbox", **WAITING)
    op.drop_index("ix_outbox_lane", table_name="outbox")
    op.drop_index("ix_outbox_due", table_name="outbox", **WAITING)
    op.drop_table("outbox")
    op.drop_table("officials")
    op.drop_table("key_checks")
    op.drop_index("ix_inbox_waiting", table_name="inbox", **WAITING)
    op.drop_index("ix_inbox_due", table_name="inbox", **WAITING)
    op.drop_table("inbox")
    op.drop_index("ix_conversations_wake_at", table_name="conversations", **WISHED)
    op.drop_table("conversations")
