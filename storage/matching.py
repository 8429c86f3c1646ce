"""Who takes part in matching and how, who blocked whom, and who was introduced to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Column, Index, UniqueConstraint, case, delete, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col, select

from storage import asking
from storage.database import JsonColumn, Tx, UtcDateTime
from storage.members import Line, Side

# Why somebody did not want to meet; the other reasons are ids of themes that are not theirs.
TOO_FAR = "far"
NO_TIME = "time"
_NO_TIME_FOR = timedelta(days=30)
_REASONS_COUNT_FOR = timedelta(days=365)


class Participation(SQLModel, table=True):
    """How a member takes part in matching; who has no row takes part, by name.

    `named` is whether others read their name before both agreed to meet, `shown` whom they were shown, in the
    order of the numbers: the first five by `match`, the others elsewhere (empty: nobody, or nobody who is
    still there), `unanswered` how many introductions in a row they have not answered.
    """

    __tablename__ = "participation"

    user_id: str = Field(primary_key=True)
    takes_part: bool = True
    snoozed_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    named: bool = True
    shown: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    unanswered: int = 0

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
    """Two or three members who were proposed to each other, by one of them or by a round.

    `state` is open (answers are missing), accepted, declined, expired (somebody did not answer) or withdrawn.
    `room_key` is the outbox row of the room that was opened for them, `room_id` that room once the bot has
    said hello in it. `hours` are the moments (ISO 8601, UTC) that were proposed there for a first call, in
    the order of their numbers, `meets_at` is the one that was agreed on, and `sequence` how often that has
    been changed.
    """

    __tablename__ = "introduction"
    __table_args__ = (
        Index("introduction_round", "round_id"),
        Index("introduction_room", "room_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    round_id: int | None = None
    state: str = "open"
    proposed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    room_key: str | None = None
    room_id: str | None = None
    hours: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    meets_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    sequence: int = 0


class IntroductionPerson(SQLModel, table=True):
    """One of those who were proposed to each other.

    `asker` is whether it was they who asked to meet the other: that is their yes. `told_at` is when they were
    asked whether they want to. `answer` is yes, no, silent (not in time) or away (they left, paused or
    blocked), `reason` why not as far as it makes later matches better. `untold` is whether they have still to
    hear that it is over. `chosen` are the numbers of the hours that suit them, by the reactions that said so.
    Of what came of it: whether they `met`, what they `took` home (practice, adoption, talk or nothing), and a
    `note` of their own.
    """

    __tablename__ = "introduction_person"
    __table_args__ = (UniqueConstraint("introduction_id", "user_id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    introduction_id: int
    user_id: str = Field(index=True)
    asker: bool = False
    told_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    answer: str | None = None
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    reason: str | None = None
    untold: bool = False
    chosen: dict[str, int] = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    met: bool | None = None
    took: str | None = None
    note: str | None = None

    def answers(self, answer: str, now: datetime) -> None:
        """Take down what they answered."""
        self.answer, self.answered_at = answer, now

    @property
    def knows(self) -> bool:
        """Whether they have heard of the introduction."""
        return self.asker or self.told_at is not None


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


class Said(NamedTuple):
    """One thing that somebody offers or needs, read with those of everybody: some ten thousand objects of the
    ORM would take most of the time of an answer."""

    user_id: str
    theme: str
    text: str


def lines_of_all(tx: Tx, side: Side) -> dict[str, list[Said]]:
    """What everybody offers, or needs, by Matrix id, in the order in which they said it."""
    lines = select(Line.user_id, Line.theme, Line.text).where(Line.side == side).order_by(col(Line.id))
    found: defaultdict[str, list[Said]] = defaultdict(list)
    for line in map(Said._make, tx.connection.execute(lines)):
        found[line.user_id].append(line)
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


def all_blocked(tx: Tx, among: Sequence[str] | None = None) -> list[BlockedPerson]:
    """Who blocked whom; only among a few people, if they are given."""
    everyone = select(BlockedPerson)
    if among is not None:
        everyone = everyone.where(
            col(BlockedPerson.user_id).in_(among), col(BlockedPerson.blocked_id).in_(among)
        )
    return list(tx.session.exec(everyone))


# --- introductions


def introduce(
    tx: Tx, people: Sequence[str], *, asker: str | None = None, round_id: int | None = None
) -> Introduction:
    """Write down that these people, two or three, are proposed to each other."""
    row = Introduction(round_id=round_id, proposed_at=tx.now)
    tx.session.add(row)
    tx.session.flush()
    for user_id in people:
        person = IntroductionPerson(introduction_id=_id(row), user_id=user_id)
        if user_id == asker:
            person.asker = True
            person.answers("yes", tx.now)
        tx.session.add(person)
    tx.session.flush()
    return row


def introduction(tx: Tx, number: int) -> Introduction | None:
    """The introduction of this number."""
    return tx.session.get(Introduction, number)


def person(tx: Tx, number: int) -> tuple[Introduction, IntroductionPerson] | None:
    """One of those in an introduction, by the number of their part in it."""
    found = tx.session.get(IntroductionPerson, number)
    row = introduction(tx, found.introduction_id) if found else None
    return (row, found) if row and found else None


def introduced(tx: Tx, row: Introduction) -> list[IntroductionPerson]:
    """Who is proposed to each other, whoever asked for it first."""
    them = select(IntroductionPerson).where(IntroductionPerson.introduction_id == row.id)
    order = (col(IntroductionPerson.asker).desc(), col(IntroductionPerson.user_id))
    return list(tx.session.exec(them.order_by(*order)))


def introductions_of(tx: Tx, user_id: str) -> list[tuple[Introduction, IntroductionPerson]]:
    """Those in which someone was proposed to others, oldest first, with their own part in it."""
    theirs = (
        select(Introduction, IntroductionPerson)
        .where(IntroductionPerson.introduction_id == Introduction.id, IntroductionPerson.user_id == user_id)
        .order_by(col(Introduction.id))
    )
    return [(row, person) for row, person in tx.session.exec(theirs)]


def hours_agreed(tx: Tx, user_id: str) -> list[tuple[datetime, list[str]]]:
    """The hours ahead at which somebody meets others, the next one first, with the Matrix ids of these."""
    found = []
    for row, own in introductions_of(tx, user_id):
        if row.state == "accepted" and own.answer == "yes" and row.meets_at and row.meets_at > tx.now:
            them = (one for one in introduced(tx, row) if one.user_id != user_id)
            found.append((row.meets_at, [one.user_id for one in them if one.answer == "yes"]))
    return sorted(found)


def introduction_in(tx: Tx, room_id: str) -> Introduction | None:
    """The introduction for which a room was opened."""
    return tx.session.exec(select(Introduction).where(Introduction.room_id == room_id)).first()


def proposed_pairs(tx: Tx, among: Sequence[str] | None = None) -> Iterator[tuple[int, str, str, datetime]]:
    """Who was ever proposed to whom: the number of the introduction, both Matrix ids in order, and when; only
    among a few people, if they are given."""
    one, other = aliased(IntroductionPerson), aliased(IntroductionPerson)
    pairs = (
        select(col(Introduction.id), one.user_id, other.user_id, col(Introduction.proposed_at))
        .where(col(one.introduction_id) == col(Introduction.id))
        .where(col(other.introduction_id) == col(Introduction.id), col(one.user_id) < col(other.user_id))
        .order_by(col(Introduction.id))
    )
    if among is not None:
        pairs = pairs.where(col(one.user_id).in_(among), col(other.user_id).in_(among))
    for number, first, second, moment in tx.session.exec(pairs):
        yield number or 0, first, second, moment


def requests_since(tx: Tx, user_id: str, moment: datetime, *, told: bool = False) -> list[datetime]:
    """When since a moment someone was asked something, or is still to be asked: whether they want to meet
    others, by them or by a round, or what they know. With `told` only when they have read so."""
    return all_requests_since(tx, moment, told=told, of=user_id).get(user_id, [])


def all_requests_since(
    tx: Tx, moment: datetime, *, told: bool = False, of: str | None = None
) -> dict[str, list[datetime]]:
    """The same for everyone who was asked something, or for one of them, by their Matrix ids."""
    meeting = (
        select(IntroductionPerson, Introduction.proposed_at)
        .join(Introduction, col(Introduction.id) == col(IntroductionPerson.introduction_id))
        .where(
            col(IntroductionPerson.asker).is_(False),
            or_(col(IntroductionPerson.told_at) > moment, col(Introduction.proposed_at) > moment),
        )
    )
    if of is not None:
        meeting = meeting.where(IntroductionPerson.user_id == of)
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for person, proposed_at in tx.session.exec(meeting):
        at = person.told_at or (None if told or person.answer else proposed_at)
        if at and at > moment:
            found[person.user_id].append(at)
    for user_id, at in asking.asked_since(tx, moment, told=told, of=of):
        found[user_id].append(at)
    return {user_id: sorted(moments) for user_id, moments in found.items()}


def reasons_against(tx: Tx, user_id: str | None = None) -> dict[str, set[str]]:
    """Why people, or one of them, lately did not want to meet somebody, by Matrix id: what still counts."""
    given = select(IntroductionPerson).where(
        col(IntroductionPerson.reason).is_not(None),
        col(IntroductionPerson.answered_at) > tx.now - _REASONS_COUNT_FOR,
    )
    if user_id is not None:
        given = given.where(IntroductionPerson.user_id == user_id)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in tx.session.exec(given):
        lately = one.answered_at is not None and tx.now - one.answered_at < _NO_TIME_FOR
        if one.reason and (lately or one.reason != NO_TIME):
            found[one.user_id].add(one.reason)
    return found


@dataclass(frozen=True)
class Outcomes:
    """What came of all introductions: how many rooms were opened, how many people told what came of it,
    and of these how many met, and how many took something home."""

    rooms: int
    told: int
    met: int
    helped: int


def outcomes(tx: Tx) -> Outcomes:
    """What came of all introductions, in sum."""
    counted = select(
        func.count(col(IntroductionPerson.met)),
        func.sum(case((col(IntroductionPerson.met).is_(True), 1), else_=0)),
        func.sum(case((col(IntroductionPerson.took).in_(("practice", "adoption", "talk")), 1), else_=0)),
    )
    told, met, helped = tx.session.exec(counted).one()
    opened = select(func.count()).select_from(Introduction).where(Introduction.state == "accepted")
    return Outcomes(tx.session.exec(opened).one(), told, met or 0, helped or 0)


def _id(row: Introduction) -> int:
    return row.id or 0  # every row that was written has one


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


def forget_introductions(tx: Tx, user_id: str) -> list[int]:
    """Forget whom someone was introduced to; returns the introductions of which others know."""
    known: list[int] = []
    for row, person in introductions_of(tx, user_id):
        tx.session.delete(person)
        tx.session.flush()
        if any(one.knows for one in introduced(tx, row)):
            known.append(_id(row))
        else:
            remove_if_alone(tx, row)
    return known


def remove_if_alone(tx: Tx, row: Introduction) -> None:
    """Let an introduction of which one is left, or nobody, be gone with what was said about it; unless they
    have still to hear that it is over."""
    left = introduced(tx, row)
    if len(left) > 1 or any(one.untold for one in left):
        return
    for person in left:
        tx.session.delete(person)
    tx.session.delete(row)
    tx.session.flush()
