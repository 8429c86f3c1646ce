"""What becomes of practices (adoptions, thanks, questions), and what people keep an eye on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "gap",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("facets", JsonColumn, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("asked"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_last_at"), ["last_at"], unique=False)

    op.create_table(
        "watch",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(), nullable=True),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("facets", JsonColumn, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_until", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "number"),
    )
    op.create_table(
        "adoption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_at", UtcDateTime, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice", "country", "place"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("adoption", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_adoption_user_id"), ["user_id"], unique=False)

    op.create_table(
        "bookmark",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("practice", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "practice"),
    )
    op.create_table(
        "question",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("practice", sa.Integer(), nullable=False),
        sa.Column("asker", sa.String(), nullable=True),
        sa.Column("answerer", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_in", sa.String(), nullable=True),
        sa.Column("asker_agrees", sa.Boolean(), nullable=True),
        sa.Column("answerer_agrees", sa.Boolean(), nullable=True),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["practice"], ["practice.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_answerer"), ["answerer"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_asker"), ["asker"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_practice"), ["practice"], unique=False)

    op.create_table(
        "thanks",
        sa.Column("practice", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["practice"], ["practice.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("practice", "user_id"),
    )
    with op.batch_alter_table("thanks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_thanks_user_id"), ["user_id"], unique=False)
