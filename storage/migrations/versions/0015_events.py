"""Events, where they were announced, who comes, and what came of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "event",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("uid", sa.String(), nullable=False, unique=True),
        sa.Column("source", sa.String(), nullable=True, unique=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", JsonColumn, nullable=False),
        sa.Column("summary", JsonColumn, nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("rrule", sa.String(), nullable=True),
        sa.Column("moved", JsonColumn, nullable=False),
        sa.Column("cancelled", JsonColumn, nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("themes", JsonColumn, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=True),
        sa.Column("cards_due_at", UtcDateTime, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_host", "event", ["host"])
    op.create_table(
        "event_card",
        _of_event(primary_key=True),
        sa.Column("room_id", sa.String(), primary_key=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_event_card_room_id", "event_card", ["room_id"])
    op.create_table(
        "event_answer",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_event(),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("skips", JsonColumn, nullable=False),
        sa.Column("reminders", JsonColumn, nullable=True),
        sa.Column("calendar_sequence", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("event", "user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_answer_user_id", "event_answer", ["user_id"])
    op.create_table(
        "event_tap",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("reaction", sa.String(), nullable=False, unique=True),
        _of_event(),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_tap_event", "event_tap", ["event"])
    op.create_index("ix_event_tap_user_id", "event_tap", ["user_id"])
    op.create_table(
        "event_organiser",
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "event_feedback",
        _of_event(primary_key=True),
        sa.Column("start", sa.DateTime(), primary_key=True),
        sa.Column("user_id", sa.String(), primary_key=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_event_feedback_user_id", "event_feedback", ["user_id"])
    op.create_table(
        "event_material",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_event(),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_material_event", "event_material", ["event"])
    op.create_index("ix_event_material_by", "event_material", ["by"])


def _of_event(*, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(
        "event",
        sa.Integer(),
        sa.ForeignKey("event.number", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )
