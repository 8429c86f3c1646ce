"""Who takes part in matching, who blocked whom, and who was introduced to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "participation",
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("takes_part", sa.Boolean(), nullable=False),
        sa.Column("snoozed_until", UtcDateTime, nullable=True),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("shown", JsonColumn, nullable=False),
    )
    op.create_table(
        "blocked_person",
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("blocked_id", sa.String(), primary_key=True),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_index("ix_blocked_person_blocked_id", "blocked_person", ["blocked_id"])
    op.create_table(
        "introduction",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("room_key", sa.String(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("introduction_asker", "introduction", ["asker"])
    op.create_index("introduction_asked", "introduction", ["asked"])
