"""The outbox: everything the bot wants said or done in Matrix, kept in the transaction that wants it.

A row's transaction id is a pure function of its key, and its key is a pure function of its cause: whatever
is repeated after a crash, the homeserver recognises. The destination (`lane`) of a row is a room id, or a
user id where the direct chat with that person is meant; rows of one lane are delivered in their order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, bindparam, func, insert, select, text, update
from sqlmodel import Field, SQLModel

from storage import rooms
from storage.database import JsonColumn, News, Tx, UtcDateTime, detached
from storage.statements import Statement

Json = dict[str, Any]


class Action(StrEnum):
    """What a row of the outbox does."""

    MESSAGE = "message"
    REACTION = "reaction"
    EDIT = "edit"
    REDACTION = "redaction"
    PIN = "pin"
    UNPIN = "unpin"
    FILE = "file"
    PICTURE = "picture"  # a file that is made of an SVG when it is sent
    ROOM = "room"
    INVITE = "invite"
    JOIN = "join"
    FOLLOW = "follow"
    LEAVE = "leave"
    FETCH = "fetch"


#: What people read: all that has words in it, be they those that a picture has for who can't see it.
WORDS = (Action.MESSAGE, Action.EDIT, Action.FILE, Action.PICTURE)


class OutboxState(StrEnum):
    """How far a row of the outbox has come."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"  # can never succeed; kept with its error for moderators and operators


class OutboxRow(SQLModel, table=True):
    """One thing to be done in Matrix."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_pending",
            "lane",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("outbox_event", "event_id"),
        Index("outbox_about", "about"),
        Index("outbox_answers", "answers"),
        Index(
            "outbox_topic",
            "topic",
            sqlite_where=text("topic IS NOT NULL"),
            postgresql_where=text("topic IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    lane: str
    action: str
    content: Json = Field(sa_column=Column(JsonColumn, nullable=False))
    target_key: str | None = None
    target_event: str | None = None
    data: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    content_uri: str | None = None
    about: str | None = None
    answers: str | None = None
    topic: str | None = None
    state: str = OutboxState.PENDING
    error: str | None = None
    room_id: str | None = None
    event_id: str | None = None
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))

    @property
    def txn_id(self) -> str:
        """The Matrix transaction id of this row: the same for ever."""
        return transaction_id(self.key)


class OutboxPerson(SQLModel, table=True):
    """That a message (its key in the outbox) tells of a person, among others."""

    __tablename__ = "outbox_person"

    message: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True, index=True)


#: Of whom a message tells, by Matrix ids.
About = str | tuple[str, ...] | None

_LOOKED_BACK = 5_000  # rows of all rooms in which the last message of one is looked for


def transaction_id(key: str) -> str:
    """The Matrix transaction id of the row with this key."""
    return "px" + hashlib.sha256(key.encode()).hexdigest()[:40]


outbox = OutboxRow.__table__  # type: ignore[attr-defined]
persons = OutboxPerson.__table__  # type: ignore[attr-defined]
# Statements of the hot path are built once: building one costs more than running it.
_ADD = Statement(
    insert(outbox).inline(),
    (
        *("key", "lane", "action", "content", "target_key", "target_event", "data", "about", "answers"),
        *("topic", "state", "created_at"),
    ),
)
_ADD_PERSONS = insert(persons)
_PENDING = Statement(
    select(outbox)
    .where(outbox.c.lane == bindparam("lane"), outbox.c.state == text("'pending'"))
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
)
_UNMARKED = select(outbox.c.key).where(
    outbox.c.lane.in_(bindparam("lanes", expanding=True)),
    outbox.c.state == text("'pending'"),
    outbox.c.topic.is_not(None),
    outbox.c.event_id.is_(None),
)
_MARK_SENT = Statement(
    update(outbox)
    .where(outbox.c.key == bindparam("done_key"))
    .values(
        state=OutboxState.SENT,
        room_id=bindparam("done_room"),
        event_id=bindparam("done_event"),
        sent_at=bindparam("moment"),
        data=None,
    )
)


def add(
    tx: Tx,
    to: str,
    action: Action,
    content: Json,
    *,
    target_key: str | None = None,
    target_event: str | None = None,
    data: bytes | None = None,
    about: About = None,
    answers: str | None = None,
    topic: str | None = None,
) -> str:
    """Put one row into the outbox and return its key; the typed functions below are easier to read.

    `about` is the person whom the content tells of, or several of them, so that it can be redacted when one
    asks to be forgotten; `answers` is the event id of the command that it answers; `topic` says what the
    message is about (`practice:12`), for what people do under it.
    """
    key = tx.next_key()
    lane = _lane_of_person(tx, to) if to.startswith("@") else to
    tx.lanes.add(lane)
    tx.news.add(News.OUTBOX)
    row = {
        "key": key,
        "lane": lane,
        "action": action,
        "content": content,
        "target_key": target_key,
        "target_event": target_event,
        "data": data,
        "about": about if isinstance(about, str) else None,
        "answers": answers,
        "topic": topic,
        "state": OutboxState.PENDING,
        "created_at": tx.now,
    }
    _ADD.run(tx, row)
    if about and not isinstance(about, str):
        tx.connection.execute(_ADD_PERSONS, [{"message": key, "user_id": one} for one in about])
    return key


def _lane_of_person(tx: Tx, user_id: str) -> str:
    # What waits for a direct chat that is only being made must not be overtaken by what comes after it.
    waits = select(outbox.c.id).where(outbox.c.lane == user_id, outbox.c.state == text("'pending'")).limit(1)
    if tx.connection.scalar(waits) is not None:
        return user_id
    return rooms.direct_chat(tx, user_id) or user_id


def message(
    tx: Tx,
    to: str,
    content: Json,
    *,
    about: About = None,
    answers: str | None = None,
    topic: str | None = None,
) -> str:
    """Send an `m.room.message`; returns the row's key."""
    return add(tx, to, Action.MESSAGE, content, about=about, answers=answers, topic=topic)


def reaction(tx: Tx, room_id: str, emoji: str, *, key: str | None = None, event_id: str | None = None) -> str:
    """React to a message, given by its outbox key or its event id."""
    return add(tx, room_id, Action.REACTION, {"key": emoji}, target_key=key, target_event=event_id)


def edit(tx: Tx, room_id: str, content: Json, *, key: str, about: About = None) -> str:
    """Replace the content of one of the bot's own messages; what it is about stays (see `set_topic`)."""
    return add(tx, room_id, Action.EDIT, content, target_key=key, about=about)


def redact(tx: Tx, room_id: str, reason: str, *, key: str | None = None, event_id: str | None = None) -> str:
    """Redact a message."""
    return add(tx, room_id, Action.REDACTION, {"reason": reason}, target_key=key, target_event=event_id)


def pin(tx: Tx, room_id: str, *, key: str) -> str:
    """Pin one of the bot's own messages beside what is pinned already."""
    return add(tx, room_id, Action.PIN, {}, target_key=key)


def unpin(tx: Tx, room_id: str, *, key: str) -> str:
    """Take the pin from one of the bot's own messages and leave the other pins alone."""
    return add(tx, room_id, Action.UNPIN, {}, target_key=key)


def room(tx: Tx, request: Json) -> str:
    """Create a room from the body of `/createRoom`; its alias is derived from the row."""
    return add(tx, f"room:{tx.source}", Action.ROOM, request)


def invite(tx: Tx, room_id: str, user_id: str) -> str:
    """Invite someone into a room."""
    return add(tx, room_id, Action.INVITE, {"user_id": user_id})


def join(tx: Tx, room_id: str) -> str:
    """Accept an invitation."""
    return add(tx, room_id, Action.JOIN, {})


def follow(tx: Tx, old: str, new: str, via: list[str]) -> str:
    """Go from a room into the one that replaces it, by way of the servers `via`."""
    return add(tx, new, Action.FOLLOW, {"old": old, "via": via})


def leave(tx: Tx, room_id: str) -> str:
    """Leave a room or reject its invitation."""
    return add(tx, room_id, Action.LEAVE, {})


def waiting_lanes(tx: Tx) -> list[str]:
    """The lanes with rows that wait, the longest-waiting first."""
    return list(
        tx.connection.scalars(
            text("SELECT lane FROM outbox WHERE state = 'pending' GROUP BY lane ORDER BY MIN(id)")
        )
    )


def pending(tx: Tx, lanes: list[str], limit: int = 20) -> dict[str, list[OutboxRow]]:
    """The oldest rows that wait in each of the lanes, at most `limit` of a lane, in their order."""
    found: dict[str, list[OutboxRow]] = {}
    for lane in lanes:
        if rows := _PENDING.dicts(tx, {"lane": lane, "most": limit}):
            found[lane] = [detached(OutboxRow, row) for row in rows]
    return found


def by_key(tx: Tx, key: str) -> OutboxRow | None:
    """The row with this key."""
    row = tx.connection.execute(select(outbox).where(outbox.c.key == key)).mappings().first()
    return OutboxRow(**row) if row else None


def by_event(tx: Tx, event_id: str) -> OutboxRow | None:
    """The row that became this event, which is how the bot knows its own messages."""
    row = tx.connection.execute(select(outbox).where(outbox.c.event_id == event_id)).mappings().first()
    return OutboxRow(**row) if row else None


def message_of(tx: Tx, event_id: str) -> OutboxRow | None:
    """The message of the bot that people see under this event id, be it that of an edit."""
    found = by_event(tx, event_id)
    if found and found.action == Action.EDIT and found.target_key:
        return by_key(tx, found.target_key)
    return found


def said_last(
    tx: Tx, lanes: tuple[str, ...], since: datetime, *, limit: int
) -> list[tuple[str | None, datetime]]:
    """What the last messages to some lanes are about, and when they were written; the latest first."""
    newest = select(func.max(outbox.c.id)).scalar_subquery()
    found = (
        select(outbox.c.topic, outbox.c.created_at)
        .where(
            outbox.c.id > newest - _LOOKED_BACK,
            outbox.c.lane.in_(lanes),
            outbox.c.action == Action.MESSAGE,
            outbox.c.state != OutboxState.DEAD,
            outbox.c.created_at > since,
        )
        .order_by(outbox.c.id.desc())
        .limit(limit)
    )
    return [(topic, at) for topic, at in tx.connection.execute(found)]


def last_topic(tx: Tx, room_id: str) -> str | None:
    """What the last message in a room is about, if it is no older than an hour."""
    newest = select(func.max(outbox.c.id)).scalar_subquery()
    found = (
        select(outbox.c.topic)
        .where(
            outbox.c.id > newest - _LOOKED_BACK,
            outbox.c.lane == room_id,
            outbox.c.action == Action.MESSAGE,
            outbox.c.created_at > tx.now - timedelta(hours=1),
        )
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    topic: str | None = tx.connection.scalar(found)
    return topic


def on_topic(tx: Tx, topic: str) -> list[OutboxRow]:
    """The messages about something that people can see, or will, oldest first."""
    found = tx.connection.execute(
        select(outbox)
        .where(outbox.c.topic == topic, outbox.c.state != OutboxState.DEAD)
        .order_by(outbox.c.id)
    ).mappings()
    return [OutboxRow(**row) for row in found]


def asked_since(tx: Tx, about: str, topic: str, since: datetime) -> datetime | None:
    """When people were last told of somebody in a message about one thing of a kind (`topic`), since then."""
    theirs = (outbox.c.about == about) & (outbox.c.created_at >= since)
    last = select(outbox.c.created_at).where(theirs, outbox.c.topic.startswith(f"{topic}:", autoescape=True))
    found: datetime | None = tx.connection.scalar(last.order_by(outbox.c.id.desc()).limit(1))
    return found


def set_topic(tx: Tx, key: str, topic: str | None) -> None:
    """Say anew what a message is about, because an edit made it another answer."""
    tx.connection.execute(update(outbox).where(outbox.c.key == key).values(topic=topic))


def unmarked(tx: Tx, lanes: list[str]) -> dict[str, str]:
    """The keys of messages on a topic that are not known to be sent, by their transaction ids."""
    return {transaction_id(key): key for key in tx.connection.scalars(_UNMARKED, {"lanes": lanes})}


def heard(tx: Tx, key: str, event_id: str) -> None:
    """Take down which event a message became that was sent, but could not be marked so.

    It still waits: sending it again gives the same event. But people may have done something under it.
    """
    tx.connection.execute(update(outbox).where(outbox.c.key == key).values(event_id=event_id))


def answer_to(tx: Tx, event_id: str) -> OutboxRow | None:
    """The first message that answered the command with this event id."""
    row = (
        tx.connection.execute(
            select(outbox).where(outbox.c.answers == event_id).order_by(outbox.c.id).limit(1)
        )
        .mappings()
        .first()
    )
    return OutboxRow(**row) if row else None


@dataclass(frozen=True)
class Delivered:
    """A row that was carried out: where, and as which event (None for what is no event).

    `said` is whether people can read it.
    """

    key: str
    room_id: str | None
    event_id: str | None
    said: bool = False


def mark_sent(tx: Tx, delivered: list[Delivered]) -> list[Delivered]:
    """Say that rows were carried out; a file's bytes are no longer needed.

    Returns those that are no longer there: somebody was forgotten while they were on their way.
    """
    if not delivered:
        return []
    marked = _MARK_SENT.run_for_each(
        tx,
        [
            {"done_key": d.key, "done_room": d.room_id, "done_event": d.event_id, "moment": tx.now}
            for d in delivered
        ],
    )
    if marked == len(delivered):
        return []
    keys = [d.key for d in delivered]
    known = set(tx.connection.scalars(select(outbox.c.key).where(outbox.c.key.in_(keys))))
    return [d for d in delivered if d.key not in known]


def arrives(tx: Tx, key: str) -> bool:
    """Whether a message was sent, or is going to be."""
    row = by_key(tx, key)
    return row is not None and row.state != OutboxState.DEAD


def waits(tx: Tx, key: str) -> bool:
    """Whether a row is still to be carried out."""
    pending = (outbox.c.key == key) & (outbox.c.state == OutboxState.PENDING)
    return tx.connection.scalar(select(outbox.c.id).where(pending)) is not None


def edit_waits(tx: Tx, lane: str, key: str) -> bool:
    """Whether an edit of the message with this key is still to be sent to where that is."""
    pending = (outbox.c.lane == lane) & (outbox.c.state == text("'pending'")) & (outbox.c.target_key == key)
    found = select(outbox.c.id).where(pending, outbox.c.action == Action.EDIT).limit(1)
    return tx.connection.scalar(found) is not None


def mark_dead(tx: Tx, key: str, error: str) -> None:
    """Park a row that can never succeed."""
    tx.connection.execute(
        update(outbox).where(outbox.c.key == key).values(state=OutboxState.DEAD, error=error, data=None)
    )


def dead_letters(tx: Tx) -> list[OutboxRow]:
    """What could never be delivered, oldest first."""
    found = tx.connection.execute(
        select(outbox).where(outbox.c.state == OutboxState.DEAD).order_by(outbox.c.id)
    ).mappings()
    return [OutboxRow(**row) for row in found]


def count_dead(tx: Tx) -> int:
    """How many rows could never be delivered."""
    dead = select(func.count()).select_from(outbox).where(outbox.c.state == OutboxState.DEAD)
    return tx.connection.scalar(dead) or 0


def forget_before(tx: Tx, moment: datetime) -> int:
    """Blank the content of rows dealt with before `moment`; returns how many.

    Key, event id and topic stay: cards are edited, and people reply to them, long after their text was
    needed here.
    """
    result = tx.connection.execute(
        update(outbox)
        .where(
            outbox.c.created_at < moment,
            outbox.c.state != OutboxState.PENDING,
            outbox.c.content != text("'{}'"),
        )
        .values(content={}, data=None)
    )
    return result.rowcount


def said_about(tx: Tx, user_id: str) -> list[OutboxRow]:
    """The messages in Matrix that tell of this person, alone or with others."""
    among = select(persons.c.message).where(persons.c.user_id == user_id)
    found = tx.connection.execute(
        select(outbox)
        .where(
            (outbox.c.about == user_id) | outbox.c.key.in_(among),
            outbox.c.state == OutboxState.SENT,
            outbox.c.event_id.is_not(None),
        )
        .order_by(outbox.c.id)
    ).mappings()
    return [OutboxRow(**row) for row in found]
