"""Events of the network: what and when, in which rooms it was announced, who comes, and what came of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Column,
    DateTime,
    LargeBinary,
    Text,
    UniqueConstraint,
    and_,
    delete,
    func,
    or_,
    text,
    update,
)
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime


class EventKind(StrEnum):
    """What an event is (`DOMAIN.md`, Events)."""

    KICK_OFF = "kick_off"
    SUMMIT = "summit"
    PEER_EXCHANGE = "peer_exchange"
    TRAINING = "training"
    WORKING_GROUP = "working_group"
    DEADLINE = "deadline"


class EventState(StrEnum):
    """How far an event has come."""

    DRAFT = "draft"  # for its host and moderators only
    ANNOUNCED = "announced"
    RESCHEDULED = "rescheduled"  # announced, and moved since
    OVER = "over"  # with all its dates
    CANCELLED = "cancelled"


class Answer(StrEnum):
    """What somebody said to an event."""

    GOING = "going"
    WAITING = "waiting"  # wants to go, when a place becomes free
    MAYBE = "maybe"
    NOT_GOING = "not_going"
    ASKED = "asked"  # it was moved since they answered


#: The states in which an event is ahead for everybody.
AHEAD = (EventState.ANNOUNCED, EventState.RESCHEDULED)


class Event(SQLModel, table=True):
    """Something that takes place, once or by a rule.

    `start`, and the times in `moved` and `cancelled` (ISO 8601), are local times in `timezone`; the keys of
    `moved` and what is in `cancelled` are starts as the rule has them. `title` and `summary` are by language,
    that of who wrote them first. `last_at` is when the last date ends, None for a series without an end.
    `sequence` rises with every change that calendars should hear of.
    """

    __tablename__ = "event"
    __table_args__ = {"sqlite_autoincrement": True}

    number: int = Field(default=None, primary_key=True)  # the database gives it
    uid: str = Field(unique=True)  # in calendars, for ever
    source: str | None = Field(default=None, unique=True)  # the record that it was imported from
    kind: str
    state: str = EventState.DRAFT
    title: dict[str, str] = Field(sa_column=Column(JsonColumn, nullable=False))
    summary: dict[str, str] = Field(sa_column=Column(JsonColumn, nullable=False))
    start: datetime = Field(sa_column=Column(DateTime(), nullable=False))
    timezone: str
    minutes: int  # 0 for a deadline
    rrule: str | None = None
    moved: dict[str, str] = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    cancelled: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    place: str | None = Field(default=None, sa_type=Text)
    link: str | None = Field(default=None, sa_type=Text)
    host: str | None = Field(default=None, index=True)
    capacity: int | None = None
    themes: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    reason: str | None = Field(default=None, sa_type=Text)  # why it was cancelled
    sequence: int = 0
    last_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    # The moment at which its cards are to show the numbers of now; None while they do.
    cards_due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))

    @property
    def moved_dates(self) -> dict[datetime, datetime]:
        """The single dates of a series that were moved: from when the rule has them, to when they are."""
        return {datetime.fromisoformat(old): datetime.fromisoformat(new) for old, new in self.moved.items()}

    @property
    def cancelled_dates(self) -> set[datetime]:
        """The single dates of a series that were cancelled, as the rule has them."""
        return {datetime.fromisoformat(one) for one in self.cancelled}


class EventCard(SQLModel, table=True):
    """A room in which an event was announced; `message` is the outbox key of its card there."""

    __tablename__ = "event_card"

    event: int = Field(primary_key=True, foreign_key="event.number", ondelete="CASCADE")
    room_id: str = Field(primary_key=True, index=True)
    message: str
    by: str | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EventAnswer(SQLModel, table=True):
    """What somebody said to an event, for all its dates but those in `skips` (local, as the rule has them).

    People wait for a place in the order of `id`. `reminders` are how many minutes before they want to be
    reminded, None for what is usual; `calendar_sequence` is that of the calendar file that they have,
    -1 where that one is of other dates.
    """

    __tablename__ = "event_answer"
    __table_args__ = (UniqueConstraint("event", "user_id"), {"sqlite_autoincrement": True})

    id: int = Field(default=None, primary_key=True)  # the database gives it
    event: int = Field(foreign_key="event.number", ondelete="CASCADE")
    user_id: str = Field(index=True)
    answer: str
    skips: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    reminders: list[int] | None = Field(default=None, sa_column=Column(JsonColumn, nullable=True))
    calendar_sequence: int | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EventTap(SQLModel, table=True):
    """A reaction that gave an answer, so that taking it back takes the answer back."""

    __tablename__ = "event_tap"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    reaction: str = Field(unique=True)  # its event id
    event: int = Field(foreign_key="event.number", ondelete="CASCADE", index=True)
    user_id: str = Field(index=True)
    answer: str


class EventOrganiser(SQLModel, table=True):
    """Somebody who may make events without being a moderator."""

    __tablename__ = "event_organiser"

    user_id: str = Field(primary_key=True)
    by: str | None = None
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EventFeedback(SQLModel, table=True):
    """Somebody who was asked how a date of an event was, and what they said."""

    __tablename__ = "event_feedback"

    event: int = Field(primary_key=True, foreign_key="event.number", ondelete="CASCADE")
    start: datetime = Field(sa_column=Column(DateTime(), primary_key=True))  # local, as the rule has it
    user_id: str = Field(primary_key=True, index=True)
    verdict: str | None = None  # good, fair, poor, absent
    words: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EventMaterial(SQLModel, table=True):
    """Something that belongs to an event: words, such as a link, or a file."""

    __tablename__ = "event_material"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int = Field(default=None, primary_key=True)  # the database gives it
    event: int = Field(foreign_key="event.number", ondelete="CASCADE", index=True)
    words: str | None = Field(default=None, sa_type=Text)
    name: str | None = None
    content_type: str | None = None
    data: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    by: str | None = Field(default=None, index=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


# --- events


def get(tx: Tx, number: int) -> Event | None:
    """The event with this number."""
    return tx.session.get(Event, number)


def by_source(tx: Tx, source: str) -> Event | None:
    """The event that was imported from this record."""
    return tx.session.exec(select(Event).where(Event.source == source)).first()


def keep(tx: Tx, event: Event) -> Event:
    """Insert or update an event."""
    tx.session.add(event)
    tx.session.flush()
    return event


def remove(tx: Tx, event: Event) -> None:
    """Delete an event with all that belongs to it."""
    tx.session.delete(event)
    tx.session.flush()


def not_over(tx: Tx, states: Collection[EventState] = AHEAD) -> list[Event]:
    """The events in these states with a date that has not ended yet, by number."""
    ends = or_(col(Event.last_at).is_(None), col(Event.last_at) > tx.now)
    return list(
        tx.session.exec(select(Event).where(col(Event.state).in_(states), ends).order_by(col(Event.number)))
    )


def hosted_by(tx: Tx, user_id: str) -> list[Event]:
    """The events that somebody hosts, by number."""
    return list(tx.session.exec(select(Event).where(Event.host == user_id).order_by(col(Event.number))))


# --- cards


def cards(tx: Tx, event: int) -> list[EventCard]:
    """The rooms in which an event was announced, in that order."""
    found = select(EventCard).where(EventCard.event == event)
    return list(tx.session.exec(found.order_by(col(EventCard.at), EventCard.room_id)))


def card(tx: Tx, event: int, room_id: str) -> EventCard | None:
    """The card of an event in a room."""
    return tx.session.get(EventCard, (event, room_id))


def cards_in(tx: Tx, room_id: str) -> list[EventCard]:
    """The cards of a room."""
    found = select(EventCard).where(EventCard.room_id == room_id)
    return list(tx.session.exec(found.order_by(col(EventCard.event))))


def cards_by(tx: Tx, user_id: str) -> list[EventCard]:
    """The cards that somebody had put up."""
    found = select(EventCard).where(EventCard.by == user_id)
    return list(tx.session.exec(found.order_by(col(EventCard.event), EventCard.room_id)))


def keep_card(tx: Tx, one: EventCard) -> None:
    """Insert or update a card."""
    tx.session.add(one)
    tx.session.flush()


def remove_card(tx: Tx, one: EventCard) -> None:
    """Forget a card."""
    tx.session.delete(one)
    tx.session.flush()


# --- answers


def answer(tx: Tx, event: int, user_id: str) -> EventAnswer | None:
    """What somebody said to an event."""
    found = select(EventAnswer).where(EventAnswer.event == event, EventAnswer.user_id == user_id)
    return tx.session.exec(found).first()


def answer_by_id(tx: Tx, answer: int) -> EventAnswer | None:
    """The answer with this id, if it still stands."""
    return tx.session.get(EventAnswer, answer)


def answers(tx: Tx, event: int, *given: Answer) -> list[EventAnswer]:
    """The answers to an event, or those of some kinds, in the order in which they came."""
    found = select(EventAnswer).where(EventAnswer.event == event)
    if given:
        found = found.where(col(EventAnswer.answer).in_(given))
    return list(tx.session.exec(found.order_by(col(EventAnswer.id))))


def answers_after(tx: Tx, event: int, given: Answer, after: int, limit: int) -> list[EventAnswer]:
    """The next answers of a kind to an event, by id, that follow the id `after`."""
    found = select(EventAnswer).where(
        EventAnswer.event == event, EventAnswer.answer == given, EventAnswer.id > after
    )
    return list(tx.session.exec(found.order_by(col(EventAnswer.id)).limit(limit)))


def without_calendar(
    tx: Tx, event: int, sequence: int, after: int, limit: int, *, new: bool
) -> list[EventAnswer]:
    """The next answers, by id, of those who have an older calendar file of an event than this sequence, or
    one though they have said that they don't come; with `new` also of those who come and have none."""
    has_wrong = and_(
        col(EventAnswer.calendar_sequence).is_not(None),
        or_(col(EventAnswer.calendar_sequence) != sequence, col(EventAnswer.answer) == Answer.NOT_GOING),
    )
    comes = and_(col(EventAnswer.calendar_sequence).is_(None), col(EventAnswer.answer) == Answer.GOING)
    found = select(EventAnswer).where(
        EventAnswer.event == event, EventAnswer.id > after, or_(has_wrong, comes) if new else has_wrong
    )
    return list(tx.session.exec(found.order_by(col(EventAnswer.id)).limit(limit)))


def own_reminders(tx: Tx, event: int) -> set[int]:
    """How many minutes before it somebody who chose that wants to be reminded of an event."""
    chosen = select(EventAnswer.reminders).where(
        EventAnswer.event == event, EventAnswer.answer == Answer.GOING, text("reminders IS NOT NULL")
    )
    return {minutes for one in tx.session.exec(chosen) for minutes in one or ()}


def answers_of(tx: Tx, user_id: str) -> list[EventAnswer]:
    """What somebody said to all events."""
    found = select(EventAnswer).where(EventAnswer.user_id == user_id)
    return list(tx.session.exec(found.order_by(col(EventAnswer.event))))


def counts(tx: Tx, event: int) -> dict[Answer, int]:
    """How many gave each answer to an event."""
    found = tx.session.exec(
        select(EventAnswer.answer, func.count())
        .where(EventAnswer.event == event)
        .group_by(EventAnswer.answer)
    )
    return {Answer(given): count for given, count in found}


def keep_answer(tx: Tx, one: EventAnswer) -> EventAnswer:
    """Insert or update an answer."""
    tx.session.add(one)
    tx.session.flush()
    return one


def remove_answer(tx: Tx, one: EventAnswer) -> None:
    """Forget an answer."""
    tx.session.delete(one)
    tx.session.flush()


def ask_anew(tx: Tx, event: int, *, but: str | None) -> None:
    """Set all answers to an event but its host's back to asked; no reaction stands for one any more."""
    tx.session.execute(
        update(EventAnswer)
        .where(col(EventAnswer.event) == event, col(EventAnswer.user_id) != (but or ""))
        .values(answer=Answer.ASKED, skips=[])
    )
    tx.session.execute(delete(EventTap).where(col(EventTap.event) == event))
    tx.session.expire_all()


def first_waiting(tx: Tx, event: int) -> EventAnswer | None:
    """Who waits the longest for a place."""
    found = select(EventAnswer).where(EventAnswer.event == event, EventAnswer.answer == Answer.WAITING)
    return tx.session.exec(found.order_by(col(EventAnswer.id)).limit(1)).first()


# --- reactions


def tap(tx: Tx, reaction: str) -> EventTap | None:
    """The answer that a reaction (its event id) gave."""
    return tx.session.exec(select(EventTap).where(EventTap.reaction == reaction)).first()


def taps(tx: Tx, event: int, user_id: str) -> list[EventTap]:
    """The reactions with which somebody answered an event and that are still there, oldest first."""
    found = select(EventTap).where(EventTap.event == event, EventTap.user_id == user_id)
    return list(tx.session.exec(found.order_by(col(EventTap.id))))


def taps_of(tx: Tx, user_id: str) -> list[EventTap]:
    """The reactions with which somebody answered events."""
    return list(
        tx.session.exec(select(EventTap).where(EventTap.user_id == user_id).order_by(col(EventTap.id)))
    )


def keep_tap(tx: Tx, one: EventTap) -> None:
    """Remember a reaction that gives an answer."""
    tx.session.add(one)
    tx.session.flush()


def remove_taps(tx: Tx, found: list[EventTap]) -> None:
    """Forget reactions."""
    for one in found:
        tx.session.delete(one)
    tx.session.flush()


# --- who may make events


def organiser(tx: Tx, user_id: str) -> EventOrganiser | None:
    """Somebody who may make events, if they may."""
    return tx.session.get(EventOrganiser, user_id)


def allow(tx: Tx, user_id: str, by: str) -> bool:
    """Let somebody make events; False if they could already."""
    if organiser(tx, user_id):
        return False
    tx.session.add(EventOrganiser(user_id=user_id, by=by, at=tx.now))
    tx.session.flush()
    return True


def disallow(tx: Tx, user_id: str) -> bool:
    """Let somebody make no more events; False if they could not anyway."""
    found = organiser(tx, user_id)
    if found:
        tx.session.delete(found)
        tx.session.flush()
    return found is not None


# --- what came of it


def feedback(tx: Tx, event: int, start: datetime, user_id: str) -> EventFeedback | None:
    """What somebody who was asked said about a date of an event."""
    return tx.session.get(EventFeedback, (event, start, user_id))


def feedbacks(tx: Tx, event: int, start: datetime) -> list[EventFeedback]:
    """All who were asked about a date of an event, with what they said."""
    found = select(EventFeedback).where(EventFeedback.event == event, EventFeedback.start == start)
    return list(tx.session.exec(found.order_by(col(EventFeedback.at), EventFeedback.user_id)))


def feedbacks_of(tx: Tx, user_id: str) -> list[EventFeedback]:
    """What somebody was asked about events, and said."""
    found = select(EventFeedback).where(EventFeedback.user_id == user_id)
    return list(tx.session.exec(found.order_by(col(EventFeedback.event), col(EventFeedback.start))))


def last_feedback(tx: Tx, event: int) -> datetime | None:
    """The last date of an event about which people were asked (local, as the rule has it)."""
    return tx.session.exec(select(func.max(EventFeedback.start)).where(EventFeedback.event == event)).one()


def keep_feedback(tx: Tx, one: EventFeedback) -> None:
    """Insert or update what somebody said."""
    tx.session.add(one)
    tx.session.flush()


def materials(tx: Tx, event: int) -> list[EventMaterial]:
    """What belongs to an event, in the order in which it came."""
    found = select(EventMaterial).where(EventMaterial.event == event)
    return list(tx.session.exec(found.order_by(col(EventMaterial.id))))


def materials_by(tx: Tx, user_id: str) -> list[EventMaterial]:
    """What somebody added to events."""
    found = select(EventMaterial).where(EventMaterial.by == user_id)
    return list(tx.session.exec(found.order_by(col(EventMaterial.id))))


def keep_material(tx: Tx, one: EventMaterial) -> None:
    """Keep something with an event."""
    tx.session.add(one)
    tx.session.flush()


# --- being forgotten


def forget_answers(tx: Tx, user_id: str) -> None:
    """Forget what somebody said to events."""
    tx.session.execute(delete(EventAnswer).where(col(EventAnswer.user_id) == user_id))
    tx.session.expire_all()


def forget_taps(tx: Tx, user_id: str) -> None:
    """Forget the reactions with which somebody answered events."""
    tx.session.execute(delete(EventTap).where(col(EventTap.user_id) == user_id))
    tx.session.expire_all()


def forget_feedback(tx: Tx, user_id: str) -> None:
    """Forget what somebody was asked about events, and said."""
    tx.session.execute(delete(EventFeedback).where(col(EventFeedback.user_id) == user_id))
    tx.session.expire_all()


def forget_host(tx: Tx, user_id: str) -> None:
    """Leave the events that somebody hosts without the name."""
    tx.session.execute(update(Event).where(col(Event.host) == user_id).values(host=None))
    tx.session.expire_all()


def forget_cards_by(tx: Tx, user_id: str) -> None:
    """Leave cards without the name of who had them put up."""
    tx.session.execute(update(EventCard).where(col(EventCard.by) == user_id).values(by=None))
    tx.session.expire_all()


def forget_material_by(tx: Tx, user_id: str) -> None:
    """Leave material without the name of who added it."""
    tx.session.execute(update(EventMaterial).where(col(EventMaterial.by) == user_id).values(by=None))
    tx.session.expire_all()


def forget_organiser(tx: Tx, user_id: str) -> None:
    """Forget that somebody may make events, and to whom they gave that right."""
    tx.session.execute(delete(EventOrganiser).where(col(EventOrganiser.user_id) == user_id))
    tx.session.execute(update(EventOrganiser).where(col(EventOrganiser.by) == user_id).values(by=None))
    tx.session.expire_all()
