"""When an event takes place: its dates, of which a series has many."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from commands.core.recurrence import Occurrence, Series
from storage import schedule
from storage.events import Event

_A_ZONE = timedelta(days=2)  # local times and the moments that they are lie no further apart


def series(event: Event) -> Series:
    """All dates of an event; one that is no series has a single one."""
    return Series(event.start, event.timezone, event.rrule, event.moved_dates, event.cancelled_dates)


def coming(event: Event, now: datetime) -> Occurrence | None:
    """The date that has not ended yet: the one that is on, or else the next; None if there is none left."""
    return series(event).next(now - timedelta(minutes=event.minutes))


def ends(event: Event, one: Occurrence) -> datetime:
    """The moment at which a date ends, in UTC."""
    return one.at + timedelta(minutes=event.minutes)


def on(event: Event, original: datetime) -> Occurrence | None:
    """The date that the rule has at a local time; None if it is no date, or was cancelled."""
    local = event.moved_dates.get(original, original).replace(tzinfo=UTC)
    found = series(event).between(local - _A_ZONE, local + _A_ZONE)
    return next((one for one in found if one.original == original), None)


def on_day(event: Event, day: date, now: datetime) -> Occurrence | None:
    """The date on a day by the event's own clock, if it is not over."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found = series(event).between(noon - _A_ZONE, noon + _A_ZONE)
    return next((one for one in found if one.local.date() == day and ends(event, one) > now), None)


def last_ends(event: Event) -> datetime | None:
    """When the last date ends, for what takes place once; nobody knows it of a series."""
    only = None if event.rrule else on(event, event.start)
    return ends(event, only) if only else None


def elsewhere(local: datetime, timezone: str, other: str) -> datetime:
    """A local time of one zone by the clock of another."""
    return schedule.instant(local, timezone).astimezone(ZoneInfo(other)).replace(tzinfo=None)


def next_dates(event: Event, now: datetime, most: int = 4) -> list[Occurrence]:
    """The dates ahead, the first few."""
    found: list[Occurrence] = []
    after = now - timedelta(minutes=event.minutes)
    while len(found) < most and (one := series(event).next(after)):
        found.append(one)
        after = one.at
    return found
