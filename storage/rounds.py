"""Rounds of matching: when each is, how it was drawn, and who was put together with whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from sqlalchemy import Column, Index, delete, func, insert, or_
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.database import JsonColumn, Tx, UtcDateTime
from storage.matching import Introduction, IntroductionPerson, Participation
from storage.members import Line, Member
from storage.rooms import RoomMember

T = TypeVar("T")

_AT_ONCE = 1_000  # members
_LOOK_BACK = 3  # rounds


class RoundState(StrEnum):
    """How far a round is."""

    PLANNED = "planned"
    OFF = "off"  # planned, but put off until moderators want rounds again
    DRAWING = "drawing"  # its time has come; who meets whom is being worked out
    SENDING = "sending"  # drawn; one group after the other is asked
    OVER = "over"  # everyone has been asked


class Round(SQLModel, table=True):
    """A round of matching.

    `local_time` (ISO 8601 without offset) and `timezone` say when it begins, `revision` how often that was
    set. `wanted_by` wait for a preview. What was so at `drawn_at` is what it was drawn from: `digest` tells
    whether one has the same before one, and with that and the `seed` comes the same outcome.
    """

    __tablename__ = "matching_round"

    id: int | None = Field(default=None, primary_key=True)
    local_time: str
    timezone: str
    revision: int = 1
    state: str = RoundState.PLANNED
    seed: int
    announced_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    wanted_by: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    drawn_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    digest: str | None = None
    peers: int = 0
    pairs: int = 0
    threes: int = 0
    alone: int = 0


class Place(SQLModel, table=True):
    """Where somebody was put in a round.

    Those of the same `number` are to meet; who is the only one of theirs was left over. `value` is what the
    group is worth on average over its pairs, `sort` what it is to this one (`commands.matching.rules.Sort`),
    `dealt_with` whether they have been asked, or told that nobody was left.
    """

    __tablename__ = "round_place"
    __table_args__ = (Index("round_place_number", "round_id", "number"),)

    round_id: int = Field(primary_key=True)
    user_id: str = Field(primary_key=True, index=True)
    number: int
    value: float = 0.0
    sort: str | None = None
    dealt_with: bool = False


@dataclass(frozen=True, slots=True)
class Attendant:
    """A member who takes part, with what they offer and need."""

    member: Member
    offers: list[Line]
    needs: list[Line]


# --- rounds


def get(tx: Tx, number: int) -> Round | None:
    """The round of this number."""
    return tx.session.get(Round, number)


def latest(tx: Tx, *, over: bool = False) -> Round | None:
    """The newest round, or the newest that is over."""
    newest = select(Round).order_by(col(Round.id).desc()).limit(1)
    return tx.session.exec(newest.where(Round.state == RoundState.OVER) if over else newest).first()


def add(tx: Tx, row: Round) -> Round:
    """Add a round."""
    tx.session.add(row)
    tx.session.flush()
    return row


def to_work_out(tx: Tx) -> Round | None:
    """The round that is to be drawn, or of which somebody wants a preview."""
    ahead = select(Round).where(Round.state != RoundState.OVER).order_by(col(Round.id))
    waiting = (row for row in tx.session.exec(ahead) if row.state == RoundState.DRAWING or row.wanted_by)
    return next(waiting, None)


def wanted_by(tx: Tx, user_id: str) -> list[Round]:
    """The rounds of which somebody waits for a preview."""
    return [row for row in tx.session.exec(select(Round)) if user_id in row.wanted_by]


def forget_wish(tx: Tx, user_id: str) -> None:
    """Forget that somebody waits for a preview."""
    for row in wanted_by(tx, user_id):
        row.wanted_by = [one for one in row.wanted_by if one != user_id]
    tx.session.flush()


# --- who takes part


def taking_part(tx: Tx, hub_room: str) -> Iterator[Attendant]:
    """The members in the hub room who take part at this moment, by Matrix id; read bit by bit, so that even a
    large network needs little memory."""
    after = ""
    while True:
        page = _taking_part(select(Member), tx, hub_room).where(col(Member.user_id) > after)
        found = list(tx.session.exec(page.order_by(col(Member.user_id)).limit(_AT_ONCE)))
        if not found:
            return
        after = found[-1].user_id
        within = col(Line.user_id).between(found[0].user_id, after)
        lines: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
        for line in tx.session.exec(select(Line).where(within).order_by(col(Line.id))):
            lines[line.user_id, line.side].append(line)
        for one in found:
            yield Attendant(one, lines[one.user_id, "offer"], lines[one.user_id, "need"])
        tx.session.expunge_all()


def count_taking_part(tx: Tx, hub_room: str) -> int:
    """How many these are."""
    counted = _taking_part(select(func.count(col(Member.user_id))), tx, hub_room)
    return int(tx.session.exec(counted).one())


def _taking_part(query: SelectOfScalar[T], tx: Tx, hub_room: str) -> SelectOfScalar[T]:
    active = or_(col(Participation.snoozed_until).is_(None), col(Participation.snoozed_until) <= tx.now)
    return (
        query.join(RoomMember, col(RoomMember.user_id) == col(Member.user_id))
        .outerjoin(Participation, col(Participation.user_id) == col(Member.user_id))
        .where(
            col(RoomMember.room_id) == hub_room,
            col(RoomMember.membership) == "join",
            or_(col(Participation.user_id).is_(None), col(Participation.takes_part).is_(True) & active),
        )
    )


# --- places


def keep_places(tx: Tx, round_id: int, places: list[dict[str, object]]) -> None:
    """Keep where everyone is put: the fields of `Place` but the first and the last. In plain dicts: of ten
    thousand rows the chat should notice nothing."""
    if places:
        tx.connection.execute(insert(Place).values(round_id=round_id, dealt_with=False), places)


def places_of(tx: Tx, user_id: str) -> list[Place]:
    """Where somebody was put, oldest first."""
    theirs = select(Place).where(Place.user_id == user_id).order_by(col(Place.round_id))
    return list(tx.session.exec(theirs))


def places(tx: Tx, round_id: int) -> list[Place]:
    """All places of a round, group by group."""
    of_round = select(Place).where(Place.round_id == round_id)
    return list(tx.session.exec(of_round.order_by(col(Place.number), Place.user_id)))


def next_groups(tx: Tx, round_id: int, after: int, limit: int) -> list[list[Place]]:
    """The next groups, of higher numbers than `after`, that nobody has dealt with yet."""
    open_ = (Place.round_id == round_id, col(Place.number) > after, col(Place.dealt_with).is_(False))
    numbers = select(Place.number).where(*open_).distinct().order_by(col(Place.number)).limit(limit)
    found = tx.session.exec(
        select(Place)
        .where(*open_, col(Place.number).in_(list(tx.session.exec(numbers))))
        .order_by(col(Place.number), Place.user_id)
    )
    return [list(group) for _, group in groupby(found, key=lambda place: place.number)]


def number_of_their_own(tx: Tx, place: Place) -> int:
    """The number of somebody who is in no group: their own, or one that nobody has yet."""
    of_round = Place.round_id == place.round_id
    others = select(func.count(col(Place.user_id))).where(of_round, Place.number == place.number)
    if tx.session.exec(others).one() == 1:
        return place.number
    return tx.session.exec(select(func.max(Place.number)).where(of_round)).one() + 1


def waited(tx: Tx, before: int) -> dict[str, int]:
    """In how many of the last rounds before this one, in a row, somebody was left over, was not asked before
    it was stopped, or met nobody though it was not they who didn't want to or didn't answer."""
    earlier = (col(Round.id) < before, col(Round.drawn_at).is_not(None))
    numbers = tx.session.exec(
        select(Round.id).where(*earlier).order_by(col(Round.id).desc()).limit(_LOOK_BACK)
    )
    found: dict[str, int] = {}
    for count, number in enumerate(numbers):
        for user_id in _disappointed(tx, number or 0):
            if found.get(user_id, 0) == count:
                found[user_id] = count + 1
    return found


def _disappointed(tx: Tx, round_id: int) -> set[str]:
    alone = (
        select(func.min(Place.user_id))
        .where(Place.round_id == round_id)
        .group_by(col(Place.number))
        .having(func.count(col(Place.user_id)) == 1)
    )
    turned_down = select(IntroductionPerson.user_id).where(
        IntroductionPerson.introduction_id == Introduction.id,
        Introduction.round_id == round_id,
        col(Introduction.state).in_(("declined", "expired", "withdrawn")),
        or_(col(IntroductionPerson.answer) == "yes", col(IntroductionPerson.answer).is_(None)),
    )
    not_asked = select(Place.user_id).where(
        Place.round_id == Round.id,
        Round.id == round_id,
        Round.state == RoundState.OVER,
        col(Place.dealt_with).is_(False),
    )
    return {one for query in (alone, turned_down, not_asked) for one in tx.session.exec(query)}


def alone_before(tx: Tx, user_id: str, round_id: int) -> bool:
    """Whether somebody was left over in the last round that they were in before this one."""
    earlier = [place for place in places_of(tx, user_id) if place.round_id < round_id]
    return bool(earlier) and len(group(tx, earlier[-1].round_id, earlier[-1].number)) == 1


def group(tx: Tx, round_id: int, number: int) -> list[Place]:
    """Those who were put together under a number."""
    theirs = select(Place).where(Place.round_id == round_id, Place.number == number)
    return list(tx.session.exec(theirs.order_by(Place.user_id)))


def introduced(tx: Tx, round_id: int) -> dict[str, int]:
    """How many introductions of a round there are in each state."""
    counted = select(Introduction.state, func.count(col(Introduction.id)))
    return dict(
        tx.session.exec(counted.where(Introduction.round_id == round_id).group_by(Introduction.state)).all()
    )


def take_out(tx: Tx, place: Place) -> None:
    """Take somebody out of a round who can't be in it any more."""
    tx.session.delete(place)
    tx.session.flush()


def forget_places(tx: Tx, user_id: str) -> None:
    """Forget where somebody was put."""
    tx.session.execute(delete(Place).where(col(Place.user_id) == user_id))
    tx.session.expire_all()


def forget_places_before(tx: Tx, moment: datetime) -> None:
    """Forget who was put together with whom in rounds that were drawn before a moment."""
    old = select(Round.id).where(col(Round.drawn_at) < moment)
    tx.session.execute(delete(Place).where(col(Place.round_id).in_(old)))
    tx.session.expire_all()
