"""Short versions of practices in other languages, and their vectors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "practice_translation",
        sa.Column("practice", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("outdated", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("practice", "language"),
    )
    op.create_table(
        "practice_vector",
        sa.Column("practice", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("practice"),
    )
    with op.batch_alter_table("practice_vector", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_vector_serial"), ["serial"], unique=False)
