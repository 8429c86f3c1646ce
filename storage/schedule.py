"""The schedule: what the clock does. The rows are the truth; whatever wakes the program only reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Index, delete, text
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime


class DueRow(SQLModel, table=True):
    """Something to be done at a moment, which was said as a local time in a zone."""

    __tablename__ = "schedule"
    __table_args__ = (
        Index(
            "schedule_due",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    key: str = Field(primary_key=True)
    job: str
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    local_time: str  # ISO 8601 without offset, as it was said
    timezone: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    state: str = "waiting"  # waiting, done, skipped, failed
    done_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    reference: str | None = None


def instant(local: datetime, timezone: str) -> datetime:
    """The moment, in UTC, of a naive local time in a zone.

    A local time that the change of clocks skips is taken an hour later, one that comes twice the first time.
    """
    return local.replace(tzinfo=ZoneInfo(timezone), fold=0).astimezone(UTC)


def plan(
    tx: Tx, key: str, job: str, local: datetime, timezone: str, payload: dict[str, Any] | None = None
) -> DueRow:
    """Have `job` run at the local time `local` (naive) in `timezone`; the same key again is the same row."""
    existing = tx.session.get(DueRow, key)
    if existing:
        return existing
    row = DueRow(
        key=key,
        job=job,
        due_at=instant(local, timezone),
        local_time=local.isoformat(),
        timezone=timezone,
        payload=payload or {},
    )
    tx.session.add(row)
    tx.session.flush()
    return row


def move_room(tx: Tx, old_room: str, new_room: str) -> None:
    """Let rows that wait for a room (`for_room` in their payload) be for the one that took its place."""
    for row in tx.session.exec(select(DueRow).where(DueRow.state == "waiting")):
        if row.payload.get("for_room") == old_room:
            row.payload = {**row.payload, "for_room": new_room}
            tx.session.add(row)


def next_due(tx: Tx) -> datetime | None:
    """The moment at which the next row falls due."""
    row = tx.session.exec(
        select(DueRow).where(DueRow.state == "waiting").order_by(col(DueRow.due_at)).limit(1)
    ).first()
    return row.due_at if row else None


def claim(tx: Tx) -> DueRow | None:
    """The longest-due row, locked until the transaction ends, so that nobody else runs it."""
    statement = (
        select(DueRow)
        .where(DueRow.state == "waiting", col(DueRow.due_at) <= tx.now)
        .order_by(col(DueRow.due_at), DueRow.key)
        .limit(1)
    )
    if not tx.sqlite:
        statement = statement.with_for_update(skip_locked=True)
    return tx.session.exec(statement).first()


def finish(tx: Tx, row: DueRow, state: str, reference: str | None = None) -> None:
    """Say how a row ended."""
    row.state = state
    row.done_at = tx.now
    row.reference = reference
    tx.session.add(row)
    tx.session.flush()


def planned(tx: Tx, prefix: str, *, since: datetime) -> int:
    """How many rows whose keys begin like this were or are due after a moment."""
    found = tx.session.exec(
        select(DueRow.key).where(
            col(DueRow.key).startswith(prefix, autoescape=True), col(DueRow.due_at) > since
        )
    )
    return len(found.all())


def forget_before(tx: Tx, moment: datetime) -> int:
    """Delete rows that ended before `moment`; returns how many."""
    result = tx.session.execute(
        delete(DueRow).where(col(DueRow.state) != "waiting", col(DueRow.done_at) < moment)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def next_local(now: datetime, timezone: str, hour: int) -> datetime:
    """The naive local time of the next `hour` o'clock after `now`."""
    here = now.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    candidate = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    return candidate if candidate > here else candidate + timedelta(days=1)
