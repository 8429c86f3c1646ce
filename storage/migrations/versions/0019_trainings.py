"""Trainings: what to read before, their quiz, how somebody did in it, and who took part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "training",
        sa.Column("event", sa.Integer(), sa.ForeignKey("event.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("reading", JsonColumn, nullable=False),
        sa.Column("opens", sa.String(), nullable=False),
    )
    op.create_table(
        "training_question",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event", sa.Integer(), sa.ForeignKey("event.number", ondelete="CASCADE"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("question", JsonColumn, nullable=False),
        sa.Column("choices", JsonColumn, nullable=False),
        sa.Column("correct", JsonColumn, nullable=False),
        sa.Column("explanation", JsonColumn, nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_training_question_event", "training_question", ["event"])
    op.create_table(
        "training_result",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event", sa.Integer(), sa.ForeignKey("event.number", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("answers", JsonColumn, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("event", "user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_training_result_user_id", "training_result", ["user_id"])
    op.create_table(
        "training_record",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("held_at", UtcDateTime, nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.UniqueConstraint("user_id", "event", "start"),
        sqlite_autoincrement=True,
    )
