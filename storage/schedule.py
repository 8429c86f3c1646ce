"""The schedule: what the clock does. The rows are the truth; whatever wakes the program only reads them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH, ZoneInfo

from sqlalchemy import Column, Index, delete, text
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, News, Tx, UtcDateTime


class DueRow(SQLModel, table=True):
    """Something to be done at a moment, which was said as a local time in a zone."""

    __tablename__ = "schedule"
    __table_args__ = (
        # In the order in which rows are claimed: many may be due at the same moment.
        Index(
            "schedule_due",
            "due_at",
            "key",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "schedule_ended",
            "done_at",
            sqlite_where=text("state <> 'waiting'"),
            postgresql_where=text("state <> 'waiting'"),
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


class HeededZone(SQLModel, table=True):
    """A zone, and the digest of the rules by which the moments of its waiting rows were worked out."""

    __tablename__ = "heeded_zone"

    name: str = Field(primary_key=True)
    rules: str


_WAITING = text("state = 'waiting'")  # to the letter, or no partial index fits


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
    tx.news.add(News.SCHEDULE)
    return row


def move_room(tx: Tx, old_room: str, new_room: str) -> None:
    """Let rows that wait for a room (`for_room` in their payload) be for the one that took its place."""
    its = col(DueRow.payload)["for_room"].as_string() == old_room
    for row in tx.session.exec(select(DueRow).where(DueRow.state == "waiting", its)):
        row.payload = {**row.payload, "for_room": new_room}
        tx.session.add(row)


def next_due(tx: Tx) -> datetime | None:
    """The moment at which the next row falls due."""
    due = select(DueRow.due_at).where(_WAITING).order_by(col(DueRow.due_at), col(DueRow.key))
    return tx.session.exec(due.limit(1)).first()


def claim(tx: Tx) -> DueRow | None:
    """The longest-due row, locked until the transaction ends, so that nobody else runs it."""
    statement = (
        select(DueRow)
        .where(_WAITING, col(DueRow.due_at) <= tx.now)
        .order_by(col(DueRow.due_at), col(DueRow.key))
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
        delete(DueRow).where(text("state <> 'waiting'"), col(DueRow.done_at) < moment)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def changed_zones(tx: Tx) -> list[str]:
    """The zones of waiting rows whose rules are not those that were heeded last."""
    zones = tx.session.exec(select(DueRow.timezone).where(_WAITING, DueRow.timezone != "UTC").distinct())
    heeded = {zone: tx.session.get(HeededZone, zone) for zone in sorted(zones)}
    return [zone for zone, then in heeded.items() if then is None or then.rules != _rules(zone)]


def heed_zone(tx: Tx, zone: str, after: str = "", limit: int = 500) -> str | None:
    """Give waiting rows of a zone the moment that their local time means by the rules of now.

    At most `limit` rows, those whose keys follow `after`; returns the last key, or None when all were seen.
    """
    rows = tx.session.exec(
        select(DueRow)
        .where(_WAITING, DueRow.timezone == zone, DueRow.key > after)
        .order_by(col(DueRow.key))
        .limit(limit)
    ).all()
    for row in rows:
        row.due_at = instant(datetime.fromisoformat(row.local_time), zone)
    if len(rows) == limit:
        return rows[-1].key
    tx.session.merge(HeededZone(name=zone, rules=_rules(zone)))
    return None


def _rules(zone: str) -> str:
    """A digest of a zone's rules, as zoneinfo finds them."""
    places = [Path(folder, zone) for folder in TZPATH]
    found = next((place for place in places if place.is_file()), None)
    data = found.read_bytes() if found else files("tzdata").joinpath("zoneinfo", zone).read_bytes()
    return hashlib.sha256(data).hexdigest()


def next_local(now: datetime, timezone: str, hour: int) -> datetime:
    """The naive local time of the next `hour` o'clock after `now`."""
    here = now.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    candidate = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    return candidate if candidate > here else candidate + timedelta(days=1)
