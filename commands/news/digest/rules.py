"""When a digest is due, and how much of a week fits into one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from commands.core import hours
from storage.schedule import instant

LATE = timedelta(days=1)  # a digest that is later than this is folded into the next
MOST_LINES = 22  # of headings and entries, so that all of it fits a phone


def week(moment: datetime, zone: str) -> str:
    """The ISO week of a moment by the clock of a zone: `2027-W09`."""
    year, number, _ = moment.astimezone(ZoneInfo(zone)).isocalendar()
    return f"{year}-W{number:02}"


def last_at(now: datetime, weekday: int, hour: int, zone: str) -> datetime:
    """The last `hour` o'clock on a weekday (0 is Monday) by the clock of a zone, `now` included; in UTC."""
    here = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    local = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    local -= timedelta(days=(local.weekday() - weekday) % 7)
    moment = instant(local, zone)
    return moment if moment <= now else instant(local - timedelta(days=7), zone)


def morning_after(now: datetime, zone: str) -> datetime | None:
    """When the night ends that it is by the clock of a zone, in UTC; None by day."""
    hour = now.astimezone(ZoneInfo(zone)).hour
    return None if hour in hours.CHOSEN else instant(hours.morning(now, zone), zone)


def next_at(now: datetime, weekday: int, hour: int, zone: str, told: str | None) -> datetime:
    """The next `hour` o'clock on a weekday (0 is Monday) by the clock of a zone that is after `now` and in a
    later ISO week than the one that was `told` last; in UTC.
    """
    here = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    local = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    local += timedelta(days=(weekday - local.weekday()) % 7)
    while True:
        moment = instant(local, zone)
        if moment > now and (told is None or week(moment, zone) > told):
            return moment
        local += timedelta(days=7)


def fitting(counts: Sequence[int], most: int = MOST_LINES) -> list[int]:
    """How many entries of each section are shown, so that these and a heading each are `most` lines at most.

    What has the most gives way first, the later sections before the earlier ones; one entry of each stays.
    """
    shown = list(counts)
    while sum(shown) + len(shown) > most and max(shown, default=1) > 1:
        longest = max(range(len(shown)), key=lambda place: (shown[place], place))
        shown[longest] -= 1
    return shown
