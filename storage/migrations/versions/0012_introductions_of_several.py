"""Introductions of two or three, each with an answer of their own, and what came of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from storage.database import JsonColumn, UtcDateTime

revision = "0012"
down_revision = "0011"

_BEFORE = sa.table(
    "introduction",
    sa.column("id", sa.Integer()),
    sa.column("asker", sa.String()),
    sa.column("asked", sa.String()),
    sa.column("state", sa.String()),
    sa.column("told", sa.Boolean()),
    sa.column("asked_at", UtcDateTime),
    sa.column("answered_at", UtcDateTime),
)
_PERSON = sa.table(
    "introduction_person",
    sa.column("id", sa.Integer()),
    sa.column("introduction_id", sa.Integer()),
    sa.column("user_id", sa.String()),
    sa.column("asker", sa.Boolean()),
    sa.column("told_at", UtcDateTime),
    sa.column("answer", sa.String()),
    sa.column("answered_at", UtcDateTime),
    sa.column("untold", sa.Boolean()),
    sa.column("chosen", JsonColumn),
)
_SCHEDULE = sa.table(
    "schedule",
    sa.column("key", sa.String()),
    sa.column("job", sa.String()),
    sa.column("due_at", UtcDateTime),
    sa.column("local_time", sa.String()),
    sa.column("timezone", sa.String()),
    sa.column("payload", JsonColumn),
    sa.column("state", sa.String()),
)
_ANSWERS = {"accepted": "yes", "declined": "no", "withdrawn": "away"}
_TIME_TO_ANSWER = timedelta(days=7)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "introduction_person",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("asker", sa.Boolean(), nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("untold", sa.Boolean(), nullable=False),
        sa.Column("chosen", JsonColumn, nullable=False),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("took", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.UniqueConstraint("introduction_id", "user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_introduction_person_user_id", "introduction_person", ["user_id"])
    _part_people()
    op.drop_index("introduction_asker", "introduction")
    op.drop_index("introduction_asked", "introduction")
    with op.batch_alter_table("introduction", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("asked_at", new_column_name="proposed_at")
        table.drop_column("asker")
        table.drop_column("asked")
        table.drop_column("told")
        table.drop_column("answered_at")
        table.add_column(sa.Column("round_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("room_id", sa.String(), nullable=True))
        table.add_column(sa.Column("hours", JsonColumn, nullable=False, server_default="[]"))
        table.add_column(sa.Column("meets_at", UtcDateTime, nullable=True))
        table.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("introduction_round", "introduction", ["round_id"])
    op.create_index("introduction_room", "introduction", ["room_id"])
    op.add_column("participation", sa.Column("unanswered", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("room", sa.Column("spoken", sa.Boolean(), nullable=False, server_default=sa.false()))


def _part_people() -> None:
    """Give each of the two an answer of their own; who was asked has a week from now to answer."""
    bind = op.get_bind()
    end = datetime.now(UTC).replace(microsecond=0) + _TIME_TO_ANSWER
    for row in bind.execute(sa.select(_BEFORE)).mappings().all():
        asker = {
            "introduction_id": row["id"],
            "user_id": row["asker"],
            "asker": True,
            "told_at": None,
            "answer": "yes",
            "answered_at": row["asked_at"],
            "untold": False,
            "chosen": {},
        }
        asked = {
            **asker,
            "user_id": row["asked"],
            "asker": False,
            "told_at": row["asked_at"] if row["told"] else None,
            "answer": _ANSWERS.get(row["state"]),
            "answered_at": row["answered_at"],
        }
        bind.execute(sa.insert(_PERSON), [asker, asked])
        if row["state"] != "open":
            continue
        part = bind.scalar(
            sa.select(_PERSON.c.id).where(
                _PERSON.c.introduction_id == row["id"], _PERSON.c.user_id == row["asked"]
            )
        )
        payload = {"person": part}
        bind.execute(
            sa.update(_SCHEDULE)
            .where(_SCHEDULE.c.key == f"introduction_request:{row['id']}")
            .values(payload=payload)
        )
        if row["told"]:
            expiry = {
                "key": f"introduction_expiry:{part}",
                "job": "introduction_expiry",
                "due_at": end,
                "local_time": end.replace(tzinfo=None).isoformat(),
                "timezone": "UTC",
                "payload": payload,
                "state": "waiting",
            }
            bind.execute(sa.insert(_SCHEDULE), [expiry])
