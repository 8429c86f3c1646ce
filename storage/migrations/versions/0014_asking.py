"""Questions to the whole network, and whom each was brought to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "network_question",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("asker", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tokens", JsonColumn, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_in", sa.String(), nullable=True),
        sa.Column("asked_room", sa.String(), nullable=True),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_network_question_asker", "network_question", ["asker"])
    op.create_table(
        "answer_request",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "question",
            sa.Integer(),
            sa.ForeignKey("network_question.number", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("tokens", JsonColumn, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=True),
        sa.Column("thanked", sa.Boolean(), nullable=False),
        sa.Column("follow_up", sa.Text(), nullable=True),
        sa.Column("follow_up_answer", sa.Text(), nullable=True),
        sa.UniqueConstraint("question", "user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answer_request_user_id", "answer_request", ["user_id"])
    op.create_index("ix_answer_request_asked_at", "answer_request", ["asked_at"])
