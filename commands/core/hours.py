"""The hours at which the bot speaks of its own accord, each by the clock of who hears it.

By day, from eight in the morning to eight in the evening, anything may be said. At night nothing rings, but
what is about something that begins too early to be told of in the morning: a reminder an hour before. What
one person asks of another waits for the morning; what the bot itself brings people to (introductions,
questions to the network) waits for their working hours (`DOMAIN.md`, The network: its people are often
part-time officers). What comes days later, a thank-you or a question how it went, comes at ten, when the day
has begun. Who chooses an hour, of a digest or an announcement, may choose one near the night: it rings
nowhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from storage.schedule import instant, next_local

MORNING, EVENING = 8, 20
WORKING_HOURS = range(9, 17)  # an hour that begins in one of these, Monday to Friday
AFTERWARDS = 10  # what comes days later comes at this hour
CHOSEN = range(6, 22)  # the hours from which one may choose
_IN_TIME = timedelta(hours=1)  # so long before something begins one should know of it


def asleep(now: datetime, zone: str, begins: datetime | None = None) -> bool:
    """Whether it is night for somebody, and what they are to be told of `begins` late enough to be told in
    the morning."""
    if MORNING <= now.astimezone(ZoneInfo(zone)).hour < EVENING:
        return False
    return begins is None or begins - instant(morning(now, zone), zone) >= _IN_TIME


def morning(now: datetime, zone: str) -> datetime:
    """The naive local time in a zone at which the next morning begins."""
    return next_local(now, zone, MORNING)


def afterwards(moment: datetime, zone: str) -> datetime:
    """The naive local time in a zone at which what comes on the day of a moment is said."""
    there = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return there.replace(hour=AFTERWARDS, minute=0, second=0, microsecond=0)


def works(moment: datetime, zone: str) -> bool:
    """Whether an hour lies inside the working day of somebody who lives in a zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.weekday() < 5 and local.hour in WORKING_HOURS


def next_working_hour(now: datetime, zone: str) -> datetime:
    """The naive local time from which someone may be disturbed: now, or when their working day begins."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if works(now, zone):
        return local
    if local.hour >= WORKING_HOURS.start:
        local += timedelta(days=1)
    while local.weekday() >= 5:
        local += timedelta(days=1)
    return local.replace(hour=WORKING_HOURS.start, minute=0, second=0, microsecond=0)
