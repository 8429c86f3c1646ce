"""Who gets the weekly digest and what moderators picked for it; announcements; who agreed to be greeted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("lane", sa.String(), nullable=False, unique=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("week", sa.String(), nullable=True),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "digest_due",
        "digest",
        ["next_at", "id"],
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "digest_pick",
        sa.Column(
            "practice",
            sa.Integer(),
            sa.ForeignKey("practice.number", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_digest_pick_by", "digest_pick", ["by"])
    op.create_table(
        "outbox_person",
        sa.Column("message", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), primary_key=True),
    )
    op.create_index("ix_outbox_person_user_id", "outbox_person", ["user_id"])
    op.create_table(
        "announcement",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rooms", JsonColumn, nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("rrule", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_announcement_by", "announcement", ["by"])
    op.create_index(
        "announcement_next",
        "announcement",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.add_column("member", sa.Column("greeted_at", UtcDateTime, nullable=True))
