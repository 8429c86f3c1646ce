"""The inbox: what was said to the bot, journaled before anything is done about it, and the sync token."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, bindparam, case, delete, func, insert, select, text, update
from sqlmodel import Field, SQLModel

from storage.database import JsonColumn, News, Tx, UtcDateTime, detached
from storage.statements import Statement


class Kind(StrEnum):
    """What an inbox event is to the bot."""

    MESSAGE = "message"
    EDIT = "edit"
    REACTION = "reaction"
    UNTAPPED = "untapped"  # a reaction that counts for something was taken back
    INVITE = "invite"
    ENCRYPTED = "encrypted"
    MEMBERSHIP = "membership"
    UPGRADE = "upgrade"  # the room has been replaced by another one
    TOO_LONG = "too_long"  # a message longer than the bot reads; its words are not kept
    FETCHED = "fetched"  # a file that somebody sent has been downloaded, or can't be
    LIMITED = "limited"  # the message with which its sender, or the room, passed the limit


class InboxState(StrEnum):
    """How far an inbox event has come."""

    NEW = "new"
    UNREADABLE = "unreadable"  # encrypted, and its key has not come yet
    DONE = "done"
    FAILED = "failed"  # its handler raised; answered with the reference, never run again
    WITHDRAWN = "withdrawn"  # its sender took it back before it was run
    REFUSED = "refused"  # an invitation that the rule does not allow


class InboxEvent(SQLModel, table=True):
    """One event that was addressed to the bot."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index(
            "inbox_new",
            "room_id",
            "seq",
            sqlite_where=text("state = 'new'"),
            postgresql_where=text("state = 'new'"),
        ),
        Index("inbox_received", "received_at"),
        Index("inbox_megolm", "megolm"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(unique=True)
    room_id: str
    sender: str = Field(index=True)
    kind: str
    content: dict[str, Any] = Field(sa_column=Column(JsonColumn, nullable=False))
    sent_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    megolm: str | None = None  # the session it was encrypted with, and once it is read its place in there
    state: str = InboxState.NEW
    done_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    reference: str | None = None


class Cursor(SQLModel, table=True):
    """A named position in a stream: how far something was read."""

    __tablename__ = "cursor"

    name: str = Field(primary_key=True)
    value: str


inbox = InboxEvent.__table__  # type: ignore[attr-defined]
SYNC = "sync"
TERM = "term"
_COLUMNS = [column.name for column in inbox.columns if column.name != "seq"]
# Statements of the hot path are built once: building one costs more than running it.
_TAKE = Statement(
    update(inbox)
    .where(
        inbox.c.seq
        == select(func.min(inbox.c.seq))
        .where(inbox.c.room_id == bindparam("room"), inbox.c.state == text("'new'"))
        .scalar_subquery()
    )
    .values(state=InboxState.DONE, done_at=bindparam("moment"))
    .returning(inbox)
)
_FIND = select(inbox).where(inbox.c.event_id == bindparam("event"))
_UNREADABLE = (
    select(inbox)
    .where(
        inbox.c.megolm == bindparam("session"),
        inbox.c.room_id == bindparam("room"),
        inbox.c.state == InboxState.UNREADABLE,
    )
    .order_by(inbox.c.seq)
)
_READ_BEFORE = select(inbox.c.event_id).where(inbox.c.megolm == bindparam("place"))
_KEEP_CURSOR = text(
    "INSERT INTO cursor (name, value) VALUES (:name, :value)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_AT_ONCE = 1000  # a statement takes 32,766 parameters in SQLite, 65,535 in PostgreSQL


def journal(tx: Tx, events: list[InboxEvent]) -> int:
    """Keep `events` in their order, pass over those that are known already; returns how many are new."""
    known: set[str] = set()
    for start in range(0, len(events), _AT_ONCE):
        ids = [event.event_id for event in events[start : start + _AT_ONCE]]
        known.update(tx.connection.scalars(select(inbox.c.event_id).where(inbox.c.event_id.in_(ids))))
    fresh = {e.event_id: e for e in events if e.event_id not in known}
    if fresh:
        tx.news.add(News.INBOX)
        tx.connection.execute(
            insert(inbox), [{name: getattr(e, name) for name in _COLUMNS} for e in fresh.values()]
        )
    return len(fresh)


def last_heard(tx: Tx) -> datetime | None:
    """When the newest event was said, by its homeserver's clock: ours may have been set since."""
    return tx.connection.scalar(select(inbox.c.sent_at).order_by(inbox.c.seq.desc()).limit(1))


def waiting_rooms(tx: Tx) -> list[str]:
    """The rooms with events that wait, the longest-waiting room first."""
    return list(
        tx.connection.scalars(
            text("SELECT room_id FROM inbox WHERE state = 'new' GROUP BY room_id ORDER BY MIN(seq)")
        )
    )


def take_next(tx: Tx, room_id: str) -> InboxEvent | None:
    """The oldest event of the room that waits, if any; it is done when this transaction is."""
    taken = _TAKE.dicts(tx, {"room": room_id, "moment": tx.now})
    return detached(InboxEvent, taken[0]) if taken else None


def find(tx: Tx, event_id: str) -> InboxEvent | None:
    """The inbox event with this id, if it was journaled."""
    row = tx.connection.execute(_FIND, {"event": event_id}).mappings().first()
    return InboxEvent(**row) if row else None


def said_before(tx: Tx, room_id: str, sender: str, *, limit: int) -> list[dict[str, Any]]:
    """The contents of what someone last said in a room and was dealt with, newest first."""
    found = (
        select(inbox.c.content)
        .where(
            inbox.c.sender == sender,
            inbox.c.room_id == room_id,
            inbox.c.kind == Kind.MESSAGE,
            inbox.c.state == InboxState.DONE,
        )
        .order_by(inbox.c.seq.desc())
        .limit(limit)
    )
    return list(tx.connection.scalars(found))


def unreadable(tx: Tx, room_id: str, session_id: str) -> list[InboxEvent]:
    """The events of a room that wait for the key of a Megolm session, in their order."""
    found = tx.connection.execute(_UNREADABLE, {"room": room_id, "session": session_id}).mappings()
    return [InboxEvent(**row) for row in found]


def read_before(tx: Tx, place: str) -> str | None:
    """The event that stood at this place of a Megolm session: another one there is a replay."""
    found: str | None = tx.connection.scalar(_READ_BEFORE, {"place": place})
    return found


def remove(tx: Tx, event_id: str) -> None:
    """Take an event out, as if it had never been journaled."""
    tx.connection.execute(delete(inbox).where(inbox.c.event_id == event_id))


def mark(tx: Tx, event_id: str, state: InboxState, reference: str | None = None) -> None:
    """Say how the event ended."""
    tx.connection.execute(
        update(inbox)
        .where(inbox.c.event_id == event_id)
        .values(state=state, done_at=tx.now, reference=reference)
    )


def refused_invitations(tx: Tx, limit: int) -> list[InboxEvent]:
    """The newest invitations that were refused, newest first."""
    found = tx.connection.execute(
        select(inbox)
        .where(inbox.c.kind == Kind.INVITE, inbox.c.state == InboxState.REFUSED)
        .order_by(inbox.c.seq.desc())
        .limit(limit)
    ).mappings()
    return [detached(InboxEvent, row) for row in found]


def replace_content(tx: Tx, event_id: str, content: dict[str, Any]) -> None:
    """Exchange the content of an event that still waits, because its sender edited it."""
    tx.connection.execute(update(inbox).where(inbox.c.event_id == event_id).values(content=content))


def withdraw(tx: Tx, event_id: str) -> None:
    """Take back an event, as its sender did: its words go at once, and one that still waits is never run."""
    waits = inbox.c.state.in_((InboxState.NEW, InboxState.UNREADABLE))
    tx.connection.execute(
        update(inbox)
        .where(inbox.c.event_id == event_id)
        .values(
            state=case((waits, InboxState.WITHDRAWN), else_=inbox.c.state),
            content={},
            done_at=func.coalesce(inbox.c.done_at, tx.now),
        )
    )


def edits(tx: Tx, event_id: str, sender: str) -> list[InboxEvent]:
    """The edits of a message that its sender made, whether they can be read yet or not."""
    found = tx.connection.execute(
        select(inbox).where(inbox.c.sender == sender, inbox.c.kind.in_((Kind.EDIT, Kind.ENCRYPTED)))
    ).mappings()
    return [event for row in found if replaces(event := InboxEvent(**row), event_id)]


def replaces(event: InboxEvent, event_id: str) -> bool:
    """Whether this is an edit of the other event."""
    relation = event.content.get("m.relates_to")
    return (
        isinstance(relation, dict)
        and relation.get("rel_type") == "m.replace"
        and relation.get("event_id") == event_id
    )


def forget_before(tx: Tx, moment: datetime) -> int:
    """Delete dealt-with events received before `moment`; returns how many."""
    result = tx.connection.execute(
        delete(inbox).where(inbox.c.received_at < moment, inbox.c.state != InboxState.NEW)
    )
    return result.rowcount


def sync_token(tx: Tx) -> str | None:
    """The position in the homeserver's stream up to which everything is journaled; None at the very start."""
    cursor = tx.session.get(Cursor, SYNC)
    return cursor.value if cursor else None


def keep_sync_token(tx: Tx, token: str) -> None:
    """Move the position; in the same transaction as the events that it covers."""
    tx.connection.execute(_KEEP_CURSOR, {"name": SYNC, "value": token})


def new_term(tx: Tx) -> str:
    """Count one more term of a process that leads; returns its number."""
    cursor = tx.session.get(Cursor, TERM)
    term = str(int(cursor.value) + 1 if cursor else 1)
    tx.connection.execute(_KEEP_CURSOR, {"name": TERM, "value": term})
    return term
