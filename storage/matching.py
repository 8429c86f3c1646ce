"""Who takes part in matching and how, who blocked whom, and who was introduced to whom."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Column, Index, delete, or_
from sqlmodel import Field, SQLModel, col, select

from storage import asking
from storage.database import JsonColumn, Tx, UtcDateTime
from storage.members import Line


class Participation(SQLModel, table=True):
    """How a member takes part in matching; who has no row takes part, by name.

    `named` is whether others read their name before both agreed to meet, `shown` whom they were shown last,
    in the order of the numbers.
    """

    __tablename__ = "participation"

    user_id: str = Field(primary_key=True)
    takes_part: bool = True
    snoozed_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    named: bool = True
    shown: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))

    def active(self, now: datetime) -> bool:
        """Whether they can be matched at a moment."""
        return self.takes_part and (self.snoozed_until is None or self.snoozed_until <= now)


class BlockedPerson(SQLModel, table=True):
    """Someone whom a member does not want to meet; known to nobody else."""

    __tablename__ = "blocked_person"

    user_id: str = Field(primary_key=True)
    blocked_id: str = Field(primary_key=True, index=True)
    since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Introduction(SQLModel, table=True):
    """Two members who were proposed to each other: `asker` asked for it, `asked` was asked.

    `state` is open, accepted, declined or withdrawn, `told` whether the asked one has been asked yet,
    `room_key` the outbox row of the room that was opened for them.
    """

    __tablename__ = "introduction"
    __table_args__ = (
        Index("introduction_asker", "asker"),
        Index("introduction_asked", "asked"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    asker: str
    asked: str
    state: str = "open"
    told: bool = False
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    room_key: str | None = None

    def other(self, user_id: str) -> str:
        """The other of the two."""
        return self.asked if user_id == self.asker else self.asker


def participation(tx: Tx, user_id: str) -> Participation:
    """How someone takes part."""
    return tx.session.get(Participation, user_id) or Participation(user_id=user_id)


def participations(tx: Tx) -> dict[str, Participation]:
    """How those take part who ever said something about it."""
    return {row.user_id: row for row in tx.session.exec(select(Participation))}


def keep(tx: Tx, row: Participation) -> None:
    """Insert or update how someone takes part."""
    tx.session.merge(row)
    tx.session.flush()


def lines_of_all(tx: Tx) -> dict[tuple[str, str], list[Line]]:
    """What everybody offers and needs, by Matrix id and side, in the order in which they said it."""
    found: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in tx.session.exec(select(Line).order_by(col(Line.id))):
        found[line.user_id, line.side].append(line)
    return found


# --- blocking


def block(tx: Tx, user_id: str, blocked_id: str) -> bool:
    """Let someone not meet another; False if it was so already."""
    if tx.session.get(BlockedPerson, (user_id, blocked_id)):
        return False
    tx.session.add(BlockedPerson(user_id=user_id, blocked_id=blocked_id, since=tx.now))
    tx.session.flush()
    return True


def unblock(tx: Tx, user_id: str, blocked_id: str) -> bool:
    """Take it back; False if there was nothing to take back."""
    row = tx.session.get(BlockedPerson, (user_id, blocked_id))
    if row:
        tx.session.delete(row)
        tx.session.flush()
    return row is not None


def blocked_by(tx: Tx, user_id: str) -> list[BlockedPerson]:
    """Whom someone blocked, the longest blocked first."""
    mine = select(BlockedPerson).where(BlockedPerson.user_id == user_id)
    return list(tx.session.exec(mine.order_by(col(BlockedPerson.since), BlockedPerson.blocked_id)))


def all_blocked(tx: Tx) -> list[BlockedPerson]:
    """Who blocked whom."""
    return list(tx.session.exec(select(BlockedPerson)))


# --- introductions


def introduce(tx: Tx, asker: str, asked: str) -> Introduction:
    """Write down that someone asked to meet another."""
    row = Introduction(asker=asker, asked=asked, asked_at=tx.now)
    tx.session.add(row)
    tx.session.flush()
    return row


def introduction(tx: Tx, number: int) -> Introduction | None:
    """The introduction of this number."""
    return tx.session.get(Introduction, number)


def introductions(tx: Tx) -> list[Introduction]:
    """All introductions, oldest first."""
    return list(tx.session.exec(select(Introduction).order_by(col(Introduction.id))))


def introductions_of(tx: Tx, user_id: str) -> list[Introduction]:
    """Those in which someone asked or was asked, oldest first."""
    theirs = or_(col(Introduction.asker) == user_id, col(Introduction.asked) == user_id)
    return list(tx.session.exec(select(Introduction).where(theirs).order_by(col(Introduction.id))))


def requests_since(tx: Tx, moment: datetime, user_id: str | None = None) -> dict[str, list[datetime]]:
    """When each person, or only one, has been asked something of others since a moment: to meet somebody, or
    to answer a question of the network."""
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    meeting = select(Introduction.asked, Introduction.asked_at).where(col(Introduction.asked_at) > moment)
    if user_id is not None:
        meeting = meeting.where(Introduction.asked == user_id)
    for asked, at in (*tx.session.exec(meeting), *asking.asked_since(tx, moment, user_id)):
        found[asked].append(at)
    return found


# --- being forgotten


def forget_participation(tx: Tx, user_id: str) -> None:
    """Forget how someone takes part, and that others were shown them."""
    tx.session.execute(delete(Participation).where(col(Participation.user_id) == user_id))
    tx.session.expire_all()
    for row in participations(tx).values():
        if user_id in row.shown:
            # The others keep their numbers.
            row.shown = ["" if shown == user_id else shown for shown in row.shown]
    tx.session.flush()


def forget_blocks(tx: Tx, user_id: str) -> None:
    """Forget whom someone blocked and who blocked them."""
    theirs = or_(col(BlockedPerson.user_id) == user_id, col(BlockedPerson.blocked_id) == user_id)
    tx.session.execute(delete(BlockedPerson).where(theirs))
    tx.session.expire_all()


def forget_introductions(tx: Tx, user_id: str) -> None:
    """Forget whom someone was introduced to."""
    theirs = or_(col(Introduction.asker) == user_id, col(Introduction.asked) == user_id)
    tx.session.execute(delete(Introduction).where(theirs))
    tx.session.expire_all()
