"""The weekly digest: who gets it and when, what moderators picked for it, and what happened in a week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Column, Index, Text, bindparam, delete, func, text, update
from sqlmodel import Field, SQLModel, col, select

from storage import schedule
from storage.database import Tx, UtcDateTime
from storage.events import EventCard
from storage.members import Member
from storage.practices import VISIBLE, Practice
from storage.reuse import Adoption, AdoptionState


class Digest(SQLModel, table=True):
    """The digest of a room, or of a member in their direct chat (`lane`: a room id, or a user id).

    It is due at `hour` o'clock on a `weekday` (0 is Monday) by the clock of `timezone`, or where that is None
    of the member or the network. What happened up to `since` was told or is not to be; `week` is the ISO week
    (`2027-W09`) of the last one. `next_at` is when the next one is due.
    """

    __tablename__ = "digest"
    __table_args__ = (
        Index("digest_due", "next_at", "id", sqlite_where=text("active"), postgresql_where=text("active")),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True)  # the database gives it
    lane: str = Field(unique=True)
    active: bool = True
    weekday: int
    hour: int
    timezone: str | None = None
    since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    week: str | None = None
    next_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Pick(SQLModel, table=True):
    """A practice that a moderator picked for the digest, and why."""

    __tablename__ = "digest_pick"

    practice: int = Field(primary_key=True, foreign_key="practice.number", ondelete="CASCADE")
    reason: str = Field(default="", sa_type=Text)
    by: str | None = Field(default=None, index=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Greeting(SQLModel, table=True):
    """That a message in a room (`message`: its key in the outbox) names somebody who is new."""

    __tablename__ = "digest_greeting"

    message: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True, index=True)
    lane: str


# --- who gets it, and when


def of(tx: Tx, lane: str) -> Digest | None:
    """The digest of a room, or of a member by their user id."""
    return tx.session.exec(select(Digest).where(Digest.lane == lane)).first()


def keep(tx: Tx, row: Digest | Pick | Greeting) -> None:
    """Insert or update a row; what the database gives is set."""
    tx.session.add(row)
    tx.session.flush()


def due(tx: Tx, limit: int) -> list[Digest]:
    """Some of the digests that are due, the longest-due first."""
    return list(
        tx.session.exec(
            select(Digest)
            .where(col(Digest.active), col(Digest.next_at) <= tx.now)
            .order_by(col(Digest.next_at), col(Digest.id))
            .limit(limit)
        )
    )


def wake(tx: Tx, moment: datetime, part: int = 1) -> None:
    """Have the digests sent that are due at a moment."""
    local = moment.astimezone(UTC).replace(tzinfo=None)
    schedule.plan(tx, f"digests:{local.isoformat()}:{part}", "digests", local, "UTC", {"part": part})


def plan_anew(tx: Tx, lane: str) -> None:
    """Have it worked out at once when a digest is due, as the clock of its reader is another."""
    row = of(tx, lane)
    if row and row.active:
        row.next_at = tx.now
        keep(tx, row)
        wake(tx, tx.now)


def told_after(tx: Tx, moment: datetime) -> list[Digest]:
    """The digests that told all up to a later moment."""
    return list(tx.session.exec(select(Digest).where(col(Digest.active), col(Digest.since) > moment)))


def zone_of(tx: Tx, lane: str) -> str | None:
    """The time zone that was chosen for a room's digest."""
    row = of(tx, lane)
    return row.timezone if row else None


def move(tx: Tx, old_room: str, new_room: str) -> None:
    """Let the digest of a room be that of the one which took its place."""
    if of(tx, new_room) is None:
        tx.session.execute(update(Digest).where(col(Digest.lane) == old_room).values(lane=new_room))
        tx.session.expire_all()


def forget(tx: Tx, user_id: str) -> None:
    """Forget somebody's digest."""
    tx.session.execute(delete(Digest).where(col(Digest.lane) == user_id))
    tx.session.expire_all()


# --- what moderators picked


def pick(tx: Tx, practice: int) -> Pick | None:
    """What was said when a practice was picked."""
    return tx.session.get(Pick, practice)


def picks(tx: Tx, since: datetime, until: datetime) -> list[Pick]:
    """What was picked after a moment and up to another and everyone may see, in that order."""
    return list(
        tx.session.exec(
            select(Pick)
            .join(Practice, col(Practice.number) == col(Pick.practice))
            .where(col(Practice.status).in_(VISIBLE), col(Pick.at) > since, col(Pick.at) <= until)
            .order_by(col(Pick.at), col(Pick.practice))
        )
    )


def picks_by(tx: Tx, user_id: str) -> list[Pick]:
    """What one moderator picked."""
    return list(tx.session.exec(select(Pick).where(Pick.by == user_id).order_by(col(Pick.practice))))


def forget_picker(tx: Tx, user_id: str) -> None:
    """Forget who picked what one moderator picked."""
    tx.session.execute(update(Pick).where(col(Pick.by) == user_id).values(by=None))
    tx.session.expire_all()


def remove_pick(tx: Tx, row: Pick) -> None:
    """Pick no longer."""
    tx.session.delete(row)
    tx.session.flush()


def forget_picks_before(tx: Tx, moment: datetime) -> None:
    """Forget what was picked before a moment."""
    tx.session.execute(delete(Pick).where(col(Pick.at) < moment))
    tx.session.expire_all()


# --- what happened


def announced(tx: Tx, since: datetime, until: datetime) -> set[int]:
    """The events that were announced for the first time after a moment and up to another."""
    first = func.min(EventCard.at)
    found = select(EventCard.event).group_by(col(EventCard.event)).having(first > since, first <= until)
    return set(tx.session.exec(found))


class Reuse(NamedTuple):
    """What a city does with a practice."""

    practice: int
    city: str
    state: str
    outcome: str | None  # where it was told in this time


def reused(tx: Tx, since: datetime, until: datetime) -> list[Reuse]:
    """What cities said after a moment and up to another of what they take over and what came of it, in that
    order. Who only dropped something is not there."""
    told = tx.session.exec(
        select(Adoption)
        .join(Practice, col(Practice.number) == col(Adoption.practice))
        .where(
            col(Practice.status).in_(VISIBLE),
            col(Adoption.updated_at) > since,
            col(Adoption.updated_at) <= until,
        )
        .order_by(col(Adoption.updated_at), col(Adoption.id))
    )
    found = [
        Reuse(
            one.practice,
            one.city,
            one.state,
            one.outcome if one.outcome_at and one.outcome_at > since else None,
        )
        for one in told
    ]
    return [one for one in found if one.outcome or one.state != AdoptionState.DROPPED]


_PEOPLE = text(
    "SELECT practice, COUNT(DISTINCT person) FROM ("
    "SELECT number AS practice, author AS person FROM practice"
    " UNION ALL SELECT practice, user_id FROM practice_author"
    " UNION ALL SELECT practice, user_id FROM adoption WHERE updated_at > :since AND updated_at <= :until"
    " UNION ALL SELECT practice, user_id FROM thanks WHERE at > :since AND at <= :until"
    " UNION ALL SELECT practice, user_id FROM bookmark WHERE at > :since AND at <= :until"
    " UNION ALL SELECT practice, asker FROM question WHERE asked_at > :since AND asked_at <= :until"
    " UNION ALL SELECT practice, answerer FROM question WHERE answered_at > :since AND answered_at <= :until"
    ") AS part WHERE practice IN :numbers GROUP BY practice"
).bindparams(
    bindparam("since", type_=UtcDateTime()),
    bindparam("until", type_=UtcDateTime()),
    bindparam("numbers", expanding=True),
)


def people(tx: Tx, practices: Iterable[int], since: datetime, until: datetime) -> Counter[int]:
    """How many different people took part in practices after a moment and up to another: who wrote them, took
    them over, said thanks, bookmarked, asked or answered."""
    numbers = sorted(set(practices))
    found = tx.connection.execute(_PEOPLE, {"numbers": numbers, "since": since, "until": until})
    return Counter({practice: count for practice, count in found})  # noqa: C416  # a row is no pair to mypy


def newcomers(tx: Tx, since: datetime, until: datetime) -> list[Member]:
    """The members who agreed to be greeted by name after a moment and up to another, in that order."""
    return list(
        tx.session.exec(
            select(Member)
            .where(
                col(Member.greeted_at).is_not(None),
                col(Member.greeted_at) > since,
                col(Member.greeted_at) <= until,
            )
            .order_by(col(Member.greeted_at), Member.user_id)
        )
    )


def greetings(tx: Tx, user_id: str) -> list[Greeting]:
    """The messages in rooms that name somebody who was new."""
    return list(
        tx.session.exec(select(Greeting).where(Greeting.user_id == user_id).order_by(Greeting.message))
    )


def forget_greetings(tx: Tx, user_id: str) -> None:
    """Forget which messages named somebody."""
    tx.session.execute(delete(Greeting).where(col(Greeting.user_id) == user_id))
    tx.session.expire_all()
