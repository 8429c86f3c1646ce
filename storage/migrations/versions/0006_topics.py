"""What a message of the bot is about, and who writes a practice together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the change."""
    op.add_column("outbox", sa.Column("topic", sa.String(), nullable=True))
    some = sa.text("topic IS NOT NULL")
    op.create_index("outbox_topic", "outbox", ["topic"], sqlite_where=some, postgresql_where=some)
    op.create_table(
        "practice_author",
        sa.Column("practice", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["practice"], ["practice.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("practice", "user_id"),
    )
    op.create_index("ix_practice_author_user_id", "practice_author", ["user_id"])
