"""What the classifier learns from and what it becomes, and scripts that are changed by forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    op.add_column("conversations", sa.Column("model", sa.String(), nullable=True))
    op.create_table(
        "jobs",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("asked_by", BIG, nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("version", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["officials.id"], name=op.f("fk_jobs_asked_by_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_table(
        "drawings",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", BIG, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["officials.id"], name=op.f("fk_drawings_by_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drawings")),
    )
    op.create_table(
        "looks",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("official_id", BIG, nullable=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("samples", BIG, nullable=False),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_looks_official_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_table(
        "publications",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("hash", sa.String(), nullable=True),
        sa.Column("by", BIG, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["officials.id"], name=op.f("fk_publications_by_officials")),
        sa.ForeignKeyConstraint(["hash"], ["scripts.hash"], name=op.f("fk_publications_hash_scripts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )
    op.create_table(
        "script_drafts",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["officials.id"], name=op.f("fk_script_drafts_owner_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_drafts")),
    )
    op.create_index(op.f("ix_script_drafts_owner_id"), "script_drafts", ["owner_id"], unique=False)
    op.create_table(
        "models",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("job_id", BIG, nullable=True),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("comparison", sa.JSON(), nullable=True),
        sa.Column("verdict", sa.JSON(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["officials.id"], name=op.f("fk_models_author_id_officials")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_models_job_id_jobs")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_models")),
    )
    op.create_table(
        "promotions",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("by", BIG, nullable=True),
        sa.Column("seconded_by", BIG, nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["officials.id"], name=op.f("fk_promotions_by_officials")),
        sa.ForeignKeyConstraint(["seconded_by"], ["officials.id"], name=op.f("fk_promotions_seconded_by_officials")),
        sa.ForeignKeyConstraint(["version"], ["models.version"], name=op.f("fk_promotions_version_models")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
    )
    op.create_index("ix_promotions_status", "promotions", ["status", "id"], unique=False)
    op.create_table(
        "readings",
        sa.Column("turn_id", BIG, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("odds", sa.Float(), nullable=False),
        sa.Column("act", sa.String(), nullable=True),
        sa.Column("act_odds", sa.Float(), nullable=False),
        sa.Column("story", sa.Boolean(), nullable=False),
        sa.Column("abstained", sa.Boolean(), nullable=False),
        sa.Column("unknown", sa.Float(), nullable=False),
        sa.Column("shadow", sa.String(), nullable=True),
        sa.Column("shadow_problem", sa.String(), nullable=True),
        sa.Column("shadow_act", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_readings_turn_id_turns")),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_at"), "readings", ["at"], unique=False)
    op.create_table(
        "samples",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("turn_id", BIG, nullable=True),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=True),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("drawn_at", INSTANT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_samples_case_id_cases")),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_samples_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_samples_turn_id")),
    )
    op.create_index(op.f("ix_samples_case_id"), "samples", ["case_id"], unique=False)
    op.create_index("ix_samples_part_status", "samples", ["part", "status", "said_at"], unique=False)
    op.create_index(op.f("ix_samples_person"), "samples", ["person"], unique=False)
    op.create_index(
        "ix_samples_waiting", "samples", ["id"], unique=False, postgresql_where=WAITING, sqlite_where=WAITING
    )
    op.create_table(
        "story_drafts",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("reader_id", BIG, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["officials.id"], name=op.f("fk_story_drafts_author_id_officials")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_story_drafts_case_id_cases")),
        sa.ForeignKeyConstraint(["reader_id"], ["officials.id"], name=op.f("fk_story_drafts_reader_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_drafts")),
        sa.UniqueConstraint("case_id", "name", name=op.f("uq_story_drafts_case_id_name")),
    )
    op.create_index(op.f("ix_story_drafts_case_id"), "story_drafts", ["case_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("sample_id", BIG, nullable=False),
        sa.Column("official_id", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("act", sa.String(), nullable=True),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_decisions_official_id_officials")),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name=op.f("fk_decisions_sample_id_samples")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_official_id"), "decisions", ["official_id"], unique=False)
    op.create_index(op.f("ix_decisions_sample_id"), "decisions", ["sample_id"], unique=False)
    op.create_table(
        "model_samples",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("sample_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name=op.f("fk_model_samples_sample_id_samples")),
        sa.ForeignKeyConstraint(["version"], ["models.version"], name=op.f("fk_model_samples_version_models")),
        sa.PrimaryKeyConstraint("version", "sample_id", name=op.f("pk_model_samples")),
    )
    op.create_index("ix_model_samples_sample_id", "model_samples", ["sample_id"], unique=False)


def downgrade() -> None:
    for name in (
        "model_samples", "decisions", "story_drafts", "samples", "readings", "promotions", "models", "script_drafts",
        "publications", "looks", "drawings", "jobs",
    ):  # fmt: skip
        op.drop_table(name)
    op.drop_column("conversations", "model")
