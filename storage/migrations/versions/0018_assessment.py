"""Self-assessments: their models, what was answered, with whom it is shared, who answers
together, what they want to reach."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "assessment_model",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("document", JsonColumn, nullable=False),
        sa.Column("loaded_at", UtcDateTime, nullable=True),
    )
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("answers", JsonColumn, nullable=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("assessment_user", "assessment", ["user_id"])
    op.create_table(
        "assessment_share",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("keys", JsonColumn, nullable=False),
        sa.Column("shared_at", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("assessment_share_user", "assessment_share", ["user_id"])
    op.create_table(
        "assessment_consent",
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_table(
        "assessment_team",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.String(), nullable=False, unique=True),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_assessment_team_city", "assessment_team", ["city"])
    op.create_table(
        "assessment_goal",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("due", sa.String(), nullable=False),
        sa.Column("set_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("user_id", "process"),
        sqlite_autoincrement=True,
    )
