"""Calendar files (RFC 5545) that telephones and calendars take in, replace and take out again."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from commands.core.recurrence import WEEKDAYS, Rule, nth_of_month
from storage.schedule import instant

if TYPE_CHECKING:
    from icalendar import Component, Event

Method = Literal["PUBLISH", "CANCEL"]
Status = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]

# Who keeps no mail address has this one in calendars (RFC 2606 keeps the name free).
_NO_ADDRESS = "mailto:nobody@invalid"
_YEARS = 12  # for which the change of clocks is written out where no rule tells it


@dataclass(frozen=True)
class Entry:
    """An event as a calendar sees it.

    `start` is naive local time in the IANA zone `timezone`; `rrule`, `moved` and `cancelled` are those of
    `recurrence.Series`. `uid` stays the same for ever, `sequence` rises with every change; `changed_at`
    (aware) is the moment of the last one. A `duration` of None is a moment, like a deadline. `organizer` is
    a name.
    """

    uid: str
    sequence: int
    summary: str
    start: datetime
    timezone: str
    changed_at: datetime
    duration: timedelta | None = None
    description: str = ""
    location: str = ""
    url: str = ""
    organizer: str = ""
    rrule: str | None = None
    moved: Mapping[datetime, datetime] = field(default_factory=dict)
    cancelled: AbstractSet[datetime] = frozenset()
    status: Status = "CONFIRMED"


def invitation(*entries: Entry, method: Method = "PUBLISH", name: str = "") -> bytes:
    """A calendar file (UTF-8, CRLF) that brings the entries into a calendar or, with CANCEL, takes them out.

    What is there already under the same UID is replaced by a higher sequence. `name` is what a calendar that
    subscribes to the file is called.
    """
    from icalendar import Calendar

    file = Calendar()
    file.add("prodid", "-//Proxenos//Proxenos//EN")
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", method)
    if name:
        file.add("x-wr-calname", _clean(name))
    first: dict[str, int] = {}
    for entry in entries:
        if entry.timezone != "UTC":
            first[entry.timezone] = min(entry.start.year, first.get(entry.timezone, 9999))
    for timezone, year in sorted(first.items()):
        file.add_component(_timezone(timezone, year))
    for entry in entries:
        sent = replace(entry, status="CANCELLED") if method == "CANCEL" else entry
        for event in _events(sent):
            file.add_component(event)
    return bytes(file.to_ical())


def _events(entry: Entry) -> Iterator[Event]:
    """The event, and those of its dates that were moved."""
    whole = _event(entry, entry.start, series=entry.rrule is not None)
    if entry.rrule:
        whole.add("rrule", _rule(entry))
        cancelled = sorted(entry.cancelled)
        if cancelled:
            whole.add("exdate", [_local(one, entry.timezone) for one in cancelled])
    yield whole
    for original, new in sorted(entry.moved.items()):
        if original not in entry.cancelled:
            single = _event(entry, new)
            single.add("recurrence-id", _local(original, entry.timezone))
            yield single


def _event(entry: Entry, start: datetime, *, series: bool = False) -> Event:
    from icalendar import Event, vCalAddress

    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    if series:
        event.add("dtstart", _local(start, entry.timezone))
        if entry.duration:
            event.add("duration", entry.duration)
    else:
        # Both as clocks show them. Readers do not agree on what a duration is over a change of clocks, and
        # the second of two equal hours has no other name than the one in UTC.
        begin = instant(start, entry.timezone)
        event.add("dtstart", _shown(begin, entry.timezone))
        if entry.duration:
            end = _shown(begin + entry.duration, entry.timezone)
            event.add("dtend", end.astimezone(UTC) if end.fold else end)
    event.add("summary", _clean(entry.summary).replace("\n", " "))
    for name, text in (("description", entry.description), ("location", entry.location)):
        if text:
            event.add(name, _clean(text))
    if entry.url:
        event.add("url", "".join(entry.url.split()))
    organizer = vCalAddress(_NO_ADDRESS)
    if entry.organizer:
        organizer.params["CN"] = " ".join(_clean(entry.organizer).replace('"', "'").split())
    event.add("organizer", organizer)
    event.add("status", entry.status)
    return event


def _local(moment: datetime, timezone: str) -> datetime:
    return moment.replace(tzinfo=UTC if timezone == "UTC" else ZoneInfo(timezone))


def _shown(moment: datetime, timezone: str) -> datetime:
    return moment.astimezone(UTC if timezone == "UTC" else ZoneInfo(timezone))


def _clean(text: str) -> str:
    """A text without the control characters that no calendar file may have."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") else " " for c in unified)


def _rule(entry: Entry) -> dict[str, object]:
    """The rule as icalendar wants it; its end is a moment (RFC 5545, 3.3.10)."""
    rule = Rule.read(entry.rrule or "")
    parts = dict(part.split("=") for part in str(replace(rule, until=None)).split(";"))
    found: dict[str, object] = {name: value.split(",") for name, value in parts.items()}
    if rule.until:
        found["UNTIL"] = instant(rule.until, entry.timezone)
    return found


@dataclass(frozen=True)
class _Change:
    """One change of clocks: when it is by the clock before it, and from which offset to which."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool


def _timezone(timezone: str, year: int) -> Component:
    """How the clocks of a zone go from the year before `year` on."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    found = Timezone()
    found.add("tzid", timezone)
    groups: dict[tuple[object, ...], list[_Change]] = {}
    for change in _changes(timezone, year - 1):
        key = (change.before, change.after, change.name, change.summer, change.before == change.after)
        groups.setdefault(key, []).append(change)
    for changes in groups.values():
        one = changes[0]
        part = TimezoneDaylight() if one.summer else TimezoneStandard()
        part.add("dtstart", one.local)
        part.add("tzoffsetfrom", one.before)
        part.add("tzoffsetto", one.after)
        part.add("tzname", one.name)
        rule = _yearly(changes)
        if rule:
            part.add("rrule", rule)
        for change in () if rule else changes[1:]:
            part.add("rdate", [change.local])
        found.add_component(part)
    return found


def _yearly(changes: list[_Change]) -> dict[str, object] | None:
    """The rule by which the changes come every year, as the European ones do; None where there is none."""
    years = [change.local.year for change in changes]
    if len(changes) < _YEARS - 1 or years != list(range(years[0], years[0] + len(years))):
        return None
    if len({(c.local.month, c.local.weekday(), c.local.time()) for c in changes}) > 1:
        return None
    month, weekday = changes[0].local.month, WEEKDAYS[changes[0].local.weekday()]
    for last in (True, False):
        places = {nth_of_month(change.local.date(), last=last) for change in changes}
        if len(places) == 1:
            return {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": f"{places.pop()}{weekday}"}
    return None


@lru_cache(maxsize=64)
def _changes(timezone: str, year: int) -> tuple[_Change, ...]:
    """The state at the start of a year, and the changes of the following years."""
    zone = ZoneInfo(timezone)
    moment = datetime(year, 1, 1, tzinfo=UTC)
    here = moment.astimezone(zone)
    offset = _offset(moment, zone)
    found = [_Change(datetime(year, 1, 1), offset, offset, here.tzname() or timezone, bool(here.dst()))]  # noqa: DTZ001
    end = datetime(year + _YEARS + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        later = moment + timedelta(days=1)
        if _offset(later, zone) != _offset(moment, zone):
            at = _first_after(moment, later, zone)
            before, there = _offset(moment, zone), at.astimezone(zone)
            local = (at + before).replace(tzinfo=None)
            name = there.tzname() or timezone
            found.append(_Change(local, before, _offset(at, zone), name, bool(there.dst())))
        moment = later
    return tuple(found)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _first_after(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The moment, to the second, from which a zone has the offset that it has at `late`."""
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, zone) == _offset(late, zone):
            late = middle
        else:
            early = middle
    return late
