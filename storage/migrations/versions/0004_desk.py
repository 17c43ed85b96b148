"""The desk: teams, queues, notes, problems, views, exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
NEW = ("note_versions", "mentions", "notes", "case_visits", "case_tags", "case_links", "case_categories", "views",
       "submissions", "problem_changes", "problems", "exports", "teams", "canned", "audit_cuts", "audit")  # fmt: skip
"""The tables it makes, those that lean on others first."""
UNINDEXED = sa.text("indexed_at IS NULL")
OPEN = sa.text("status NOT IN ('closed', 'merged', 'withdrawn', 'anonymised')")
OF_OPEN = ["team_id", "assignee_id", "status", "due_at", "asked_until", "firm_at", "filed_at", "urgency_level",
           "conversation_id", "share_mediateur"]  # fmt: skip
WANTED = sa.text("wants_human")


def upgrade() -> None:
    _make_tables()
    _make_tables_of_cases()
    _add_columns()
    _add_columns_of_officials()


def _make_tables() -> None:
    op.create_table(
        "canned",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned")),
        sa.UniqueConstraint("name", "language", name=op.f("uq_canned_name_language")),
    )
    op.create_table(
        "teams",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("platforms", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "exports",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("official_id", BIG, nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("done", BIG, nullable=False),
        sa.Column("total", BIG, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_exports_official_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    with op.batch_alter_table("exports") as table:
        table.create_index(table.f("ix_exports_official_id"), ["official_id"])
    op.create_table(
        "problems",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("merged_into", BIG, nullable=True),
        sa.Column("created_by", BIG, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["officials.id"], name=op.f("fk_problems_created_by_officials")),
        sa.ForeignKeyConstraint(["merged_into"], ["problems.id"], name=op.f("fk_problems_merged_into_problems")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problems")),
    )
    op.create_table(
        "submissions",
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("official_id", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("led_to", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_submissions_official_id_officials")),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_submissions")),
    )
    with op.batch_alter_table("submissions") as table:
        table.create_index(table.f("ix_submissions_at"), ["at"])
    op.create_table(
        "views",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["officials.id"], name=op.f("fk_views_owner_id_officials")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
    )
    with op.batch_alter_table("views") as table:
        table.create_index(table.f("ix_views_owner_id"), ["owner_id"])


def _make_tables_of_cases() -> None:
    op.create_table(
        "case_categories",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_categories_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "category", name=op.f("pk_case_categories")),
    )
    with op.batch_alter_table("case_categories") as table:
        table.create_index("ix_case_categories_category", ["category", "case_id"])
    op.create_table(
        "case_links",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("other_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_links_case_id_cases")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_case_links_other_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "other_id", name=op.f("pk_case_links")),
    )
    with op.batch_alter_table("case_links") as table:
        table.create_index("ix_case_links_other_id", ["other_id"])
    op.create_table(
        "case_tags",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_tags_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "tag", name=op.f("pk_case_tags")),
    )
    with op.batch_alter_table("case_tags") as table:
        table.create_index("ix_case_tags_tag", ["tag", "case_id"])
    op.create_table(
        "case_visits",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("official_id", BIG, autoincrement=False, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("writing_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_visits_case_id_cases")),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_case_visits_official_id_officials")),
        sa.PrimaryKeyConstraint("case_id", "official_id", name=op.f("pk_case_visits")),
    )
    op.create_table(
        "notes",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["officials.id"], name=op.f("fk_notes_author_id_officials")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notes_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    with op.batch_alter_table("notes") as table:
        table.create_index(table.f("ix_notes_case_id"), ["case_id"])
    op.create_table(
        "mentions",
        sa.Column("note_id", BIG, autoincrement=False, nullable=False),
        sa.Column("official_id", BIG, autoincrement=False, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_mentions_note_id_notes")),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("fk_mentions_official_id_officials")),
        sa.PrimaryKeyConstraint("note_id", "official_id", name=op.f("pk_mentions")),
    )
    op.create_table(
        "note_versions",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("note_id", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_note_versions_note_id_notes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_versions")),
    )
    with op.batch_alter_table("note_versions") as table:
        table.create_index(table.f("ix_note_versions_note_id"), ["note_id"])

    op.create_table(
        "problem_changes",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("problem_id", BIG, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("other_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_problem_changes_case_id_cases")),
        sa.ForeignKeyConstraint(["other_id"], ["problems.id"], name=op.f("fk_problem_changes_other_id_problems")),
        sa.ForeignKeyConstraint(["problem_id"], ["problems.id"], name=op.f("fk_problem_changes_problem_id_problems")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_changes")),
    )
    with op.batch_alter_table("problem_changes") as table:
        table.create_index(table.f("ix_problem_changes_problem_id"), ["problem_id"])


def _add_columns() -> None:
    with op.batch_alter_table("case_changes") as table:
        table.add_column(sa.Column("act", sa.String(), server_default="amended", nullable=False))
    with op.batch_alter_table("cases") as table:
        table.add_column(sa.Column("share_platform", sa.String(), nullable=True))
        table.add_column(sa.Column("share_mediateur", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("share_dgccrf", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("answerable", sa.Boolean(), server_default=sa.true(), nullable=False))
        table.add_column(sa.Column("loss_band", BIG, nullable=True))
        table.add_column(sa.Column("team_id", BIG, nullable=True))
        table.add_column(sa.Column("assignee_id", BIG, nullable=True))
        table.add_column(sa.Column("problem_id", BIG, nullable=True))
        table.add_column(sa.Column("merged_into", BIG, nullable=True))
        table.add_column(sa.Column("closure_reason", sa.String(), nullable=True))
        table.add_column(sa.Column("version", BIG, server_default="0", nullable=False))
        table.add_column(sa.Column("opened_at", INSTANT, nullable=True))
        table.add_column(sa.Column("firm_at", INSTANT, nullable=True))
        table.add_column(sa.Column("due_at", INSTANT, nullable=True))
        table.add_column(sa.Column("due_left", BIG, nullable=True))
        table.add_column(sa.Column("asked_until", INSTANT, nullable=True))
        table.add_column(sa.Column("snoozed_until", INSTANT, nullable=True))
        table.add_column(sa.Column("indexed_at", INSTANT, nullable=True))
        for column in ("assignee_id", "due_at", "merged_into", "team_id"):
            table.create_index(table.f(f"ix_cases_{column}"), [column])
        table.create_index("ix_cases_problem_id_status", ["problem_id", "status", "team_id"])
        table.create_index("ix_cases_open", OF_OPEN, postgresql_where=OPEN, sqlite_where=OPEN)
        table.create_index("ix_cases_team_id_status", ["team_id", "status", "id"])
        table.create_index("ix_cases_unindexed", ["id"], postgresql_where=UNINDEXED, sqlite_where=UNINDEXED)
        table.create_foreign_key(table.f("fk_cases_assignee_id_officials"), "officials", ["assignee_id"], ["id"])
        table.create_foreign_key(table.f("fk_cases_problem_id_problems"), "problems", ["problem_id"], ["id"])
        table.create_foreign_key(table.f("fk_cases_team_id_teams"), "teams", ["team_id"], ["id"])
        table.create_foreign_key(table.f("fk_cases_merged_into_cases"), "cases", ["merged_into"], ["id"])
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("takes_up", sa.String(), nullable=True))
        table.create_index(table.f("ix_conversations_takes_up"), ["takes_up"])
        table.add_column(sa.Column("taken_by", BIG, nullable=True))
        table.add_column(sa.Column("taken_until", INSTANT, nullable=True))
        table.create_index("ix_conversations_wants_human", ["id"], postgresql_where=WANTED, sqlite_where=WANTED)
        table.create_foreign_key(table.f("fk_conversations_taken_by_officials"), "officials", ["taken_by"], ["id"])


def _add_columns_of_officials() -> None:
    with op.batch_alter_table("official_sessions") as table:
        table.add_column(sa.Column("proven", sa.Boolean(), server_default=sa.true(), nullable=False))
        table.add_column(sa.Column("browser", sa.String(), nullable=True))
    with op.batch_alter_table("officials") as table:
        table.add_column(sa.Column("team_id", BIG, nullable=True))
        table.add_column(sa.Column("closed_at", INSTANT, nullable=True))
        table.add_column(sa.Column("totp", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("totp_step", BIG, nullable=True))
        table.add_column(sa.Column("recovery", sa.JSON(), nullable=True))
        table.add_column(sa.Column("subject", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("visited_at", INSTANT, nullable=True))
        table.create_unique_constraint(table.f("uq_officials_subject"), ["subject"])
        table.create_foreign_key(table.f("fk_officials_team_id_teams"), "teams", ["team_id"], ["id"])


def downgrade() -> None:
    _drop_columns_of_officials()
    _drop_columns()
    for table in NEW:
        op.drop_table(table)


def _drop_columns_of_officials() -> None:
    with op.batch_alter_table("officials") as table:
        table.drop_constraint(table.f("fk_officials_team_id_teams"), type_="foreignkey")
        table.drop_constraint(table.f("uq_officials_subject"), type_="unique")
        for name in ("visited_at", "subject", "recovery", "totp_step", "totp", "closed_at", "team_id"):
            table.drop_column(name)
    with op.batch_alter_table("official_sessions") as table:
        table.drop_column("browser")
        table.drop_column("proven")


def _drop_columns() -> None:
    with op.batch_alter_table("conversations") as table:
        table.drop_constraint(table.f("fk_conversations_taken_by_officials"), type_="foreignkey")
        table.drop_index("ix_conversations_wants_human", postgresql_where=WANTED, sqlite_where=WANTED)
        table.drop_index(table.f("ix_conversations_takes_up"))
        table.drop_column("takes_up")
        table.drop_column("taken_until")
        table.drop_column("taken_by")
    with op.batch_alter_table("cases") as table:
        table.drop_constraint(table.f("fk_cases_merged_into_cases"), type_="foreignkey")
        table.drop_constraint(table.f("fk_cases_team_id_teams"), type_="foreignkey")
        table.drop_constraint(table.f("fk_cases_problem_id_problems"), type_="foreignkey")
        table.drop_constraint(table.f("fk_cases_assignee_id_officials"), type_="foreignkey")
        table.drop_index("ix_cases_unindexed", postgresql_where=UNINDEXED, sqlite_where=UNINDEXED)
        table.drop_index("ix_cases_team_id_status")
        table.drop_index("ix_cases_open", postgresql_where=OPEN, sqlite_where=OPEN)
        table.drop_index("ix_cases_problem_id_status")
        for column in ("team_id", "merged_into", "due_at", "assignee_id"):
            table.drop_index(table.f(f"ix_cases_{column}"))
        for name in (
            "indexed_at",
            "snoozed_until",
            "asked_until",
            "due_left",
            "due_at",
            "firm_at",
            "opened_at",
            "version",
            "closure_reason",
            "merged_into",
            "problem_id",
            "assignee_id",
            "team_id",
            "loss_band",
            "answerable",
            "share_dgccrf",
            "share_mediateur",
            "share_platform",
        ):
            table.drop_column(name)
    with op.batch_alter_table("case_changes") as table:
        table.drop_column("act")
