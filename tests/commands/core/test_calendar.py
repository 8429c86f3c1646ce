"""Calendar files as two independent readers see them: the same instants, through every change.

One is icalendar with recurring-ical-events, which knows the zones by their names; the other is vobject,
which reads them from the file's own VTIMEZONE.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import vobject

from commands.core.calendar import Entry, invitation
from commands.core.recurrence import Series

TITLE = (
    "Gründächer, Straßenbäume; „Kühlung“ für die Fußgängerzone\\Altstadt: ein Austausch über Pflanzen,"
    " Bewässerung und Pflege 🌳🌳🌳 – mit Überlänge"
)
DETAILS = "Erste Zeile, mit Komma; und Semikolon\nZweite Zeile: 🌡️ C:\\neu"
START = "2027-03-02T15:00"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def entry(start: str = START, timezone: str = "Europe/Berlin", **more: Any) -> Entry:
    return Entry(
        uid="event-3@proxenos",
        summary=TITLE,
        description=DETAILS,
        location="Rathaus, Großer Saal; 2. Stock",
        url="https://meet.example/a,b;c?d=e&f",
        organizer='Stadt "Köln", Amt: 1; 2',
        start=local(start),
        timezone=timezone,
        changed_at=datetime(2027, 3, 1, 9, 0, tzinfo=UTC),
        **{"sequence": 0, "duration": timedelta(minutes=90), **more},
    )


def by_name(file: bytes, year: int) -> list[tuple[datetime, datetime]]:
    """Begins and ends in a year, as icalendar and recurring-ical-events see them."""
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(file)).between(
        date(year, 1, 1), date(year + 1, 1, 1)
    )
    return sorted((one.start.astimezone(UTC), one.end.astimezone(UTC)) for one in found)


def by_file(file: bytes, year: int) -> list[tuple[datetime, datetime]]:
    """The same, as vobject and dateutil see them."""
    events = vobject.readOne(file.decode()).vevent_list
    moved = {_utc(one.recurrence_id.value): one for one in events if hasattr(one, "recurrence_id")}
    found = []
    for event in events:
        length = event.duration.value if hasattr(event, "duration") else timedelta()
        if hasattr(event, "dtend"):
            length = _utc(event.dtend.value) - _utc(event.dtstart.value)
        begins = [event.dtstart.value]
        if event.rruleset and not hasattr(event, "recurrence_id"):
            end = datetime(year + 1, 1, 1, tzinfo=event.dtstart.value.tzinfo)
            begins = [one for one in _before(event.rruleset, end) if _utc(one) not in moved]
        found += [(_utc(one), _utc(one) + length) for one in begins]
    return sorted(pair for pair in found if pair[0].year == year)


def _before(dates: Iterable[datetime], end: datetime) -> list[datetime]:
    found = []
    for one in dates:
        if one >= end:
            break
        found.append(one)
    return found


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def ours(one: Entry, year: int) -> list[tuple[datetime, datetime]]:
    """The same, as the program's own clock sees them."""
    series = Series(one.start, one.timezone, one.rrule, one.moved, one.cancelled)
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    return [(found.at, found.at + (one.duration or timedelta())) for found in series.between(begin, end)]


def test_bytes_are_as_calendars_want_them() -> None:
    """CRLF, folded at 75 octets and never inside a letter; nothing in them that no file may have."""
    file = invitation(replace(entry(), description="a\x00b\x0bc\r\nd\re"))
    assert file.endswith(b"END:VCALENDAR\r\n")
    assert file.count(b"\n") == file.count(b"\r\n") == file.count(b"\r")
    for line in file.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    assert b"\x00" not in file
    assert b"DESCRIPTION:a b c\\nd\\ne\r\n" in file


def test_words_come_out_as_they_went_in() -> None:
    """Commas, semicolons, backslashes, quotation marks, lines and emoji, for both readers."""
    file = invitation(entry(), name="Urban Diplomacy, Termine")
    (one,) = icalendar.Calendar.from_ical(file).events
    other = vobject.readOne(file.decode()).vevent
    assert (str(one["summary"]), other.summary.value) == (TITLE, TITLE)
    assert (str(one["description"]), other.description.value) == (DETAILS, DETAILS)
    place = "Rathaus, Großer Saal; 2. Stock"
    assert (str(one["location"]), other.location.value) == (place, place)
    link = "https://meet.example/a,b;c?d=e&f"
    assert (str(one["url"]), other.url.value) == (link, link)
    name = "Stadt 'Köln', Amt: 1; 2"
    assert (one["organizer"].params["CN"], other.organizer.params["CN"]) == (name, [name])


@pytest.mark.parametrize(
    "one",
    [
        entry(),
        entry("2027-03-28T02:30"),  # the hour that is skipped
        entry("2027-10-31T02:30"),  # the hour that comes twice
        entry("2027-03-28T03:15"),
        entry("2027-10-31T01:00", duration=timedelta(hours=4)),  # over the change
        entry(timezone="America/Sao_Paulo"),
        entry(timezone="Asia/Kathmandu"),
        entry(timezone="America/New_York", start="2027-11-07T01:30"),
        entry(timezone="Africa/Casablanca", rrule="FREQ=WEEKLY;BYDAY=TU"),
        entry(timezone="Asia/Jerusalem", rrule="FREQ=WEEKLY;BYDAY=TU"),
        entry(timezone="Australia/Lord_Howe", rrule="FREQ=WEEKLY;BYDAY=TU"),
        entry(timezone="UTC", rrule="FREQ=DAILY;COUNT=10"),
        entry(duration=None),
        entry(rrule="FREQ=WEEKLY;BYDAY=TU"),
        entry(rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20271026T235959"),
        entry(rrule="FREQ=MONTHLY;BYDAY=1TU"),
        entry("2027-01-31T09:00", rrule="FREQ=MONTHLY;BYMONTHDAY=-1"),
        entry("2024-02-29T10:00", rrule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        entry(
            rrule="FREQ=WEEKLY;BYDAY=TU",
            sequence=3,
            moved={local("2027-03-09T15:00"): local("2027-03-10T16:30")},
            cancelled={local("2027-03-16T15:00"), local("2027-03-30T15:00")},
        ),
    ],
)
def test_both_readers_see_the_same_instants(one: Entry) -> None:
    """And the program's own clock too; years ahead as well."""
    file = invitation(one)
    for year in (2027, 2028, 2036):
        assert by_name(file, year) == by_file(file, year) == ours(one, year)


def test_a_meeting_through_its_life() -> None:
    """New, moved, one date moved, cancelled: one UID, a rising sequence, and what calendars act upon."""
    new = entry(rrule="FREQ=WEEKLY;BYDAY=TU")
    moved = replace(new, sequence=1, start=local("2027-03-03T10:00"), rrule="FREQ=WEEKLY;BYDAY=WE")
    single = replace(moved, sequence=2, moved={local("2027-03-10T10:00"): local("2027-03-11T09:00")})
    files = [
        invitation(new),
        invitation(moved),
        invitation(single),
        invitation(replace(single, sequence=3), method="CANCEL"),
    ]
    read = [icalendar.Calendar.from_ical(file) for file in files]
    assert {str(event["uid"]) for file in read for event in file.events} == {"event-3@proxenos"}
    assert [{event["sequence"] for event in file.events} for file in read] == [{0}, {1}, {2}, {3}]
    assert [str(file["method"]) for file in read] == ["PUBLISH", "PUBLISH", "PUBLISH", "CANCEL"]
    assert {str(event["status"]) for event in read[3].events} == {"CANCELLED"}
    for one, file in zip((new, moved, single), files, strict=False):
        assert by_name(file, 2027) == by_file(file, 2027) == ours(one, 2027)
    assert b"RECURRENCE-ID;TZID=Europe/Berlin:20270310T100000\r\n" in files[2]


def test_the_same_entry_makes_the_same_file() -> None:
    """Otherwise nobody could tell whether it changed."""
    assert invitation(entry()) == invitation(entry())


def test_many_entries_share_their_zones() -> None:
    """A feed names each zone once, from its earliest event on."""
    many = [replace(entry(f"20{27 + n}-03-02T15:00"), uid=f"event-{n}") for n in range(3)]
    file = invitation(*many, replace(entry(timezone="Asia/Kathmandu"), uid="k"), name="Termine")
    assert file.count(b"BEGIN:VTIMEZONE") == 2
    assert file.count(b"BEGIN:VEVENT") == 4
    assert b"X-WR-CALNAME:Termine\r\n" in file
    assert by_name(file, 2029) == ours(many[2], 2029)


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Africa/Casablanca"]
)
def test_the_clock_in_the_file_is_that_of_the_zone(zone: str) -> None:
    """Around every change of ten years, to the hour; by the VTIMEZONE alone."""
    file = invitation(entry(timezone=zone))
    clock = vobject.readOne(file.decode()).vevent.dtstart.value.tzinfo
    here = ZoneInfo(zone)
    for year in range(2027, 2037):
        for month in range(1, 13):
            for day in range(1, months.monthrange(year, month)[1] + 1):
                for hour in (0, 1, 2, 3, 4, 12):
                    naive = local(f"{year}-{month:02}-{day:02}T{hour:02}:30")
                    there = naive.replace(tzinfo=here)
                    # What clocks skip or show twice, readers take as they like.
                    if there.astimezone(UTC) == naive.replace(tzinfo=here, fold=1).astimezone(UTC):
                        assert naive.replace(tzinfo=clock).utcoffset() == there.utcoffset(), naive


def test_no_line_of_a_file_can_be_forged() -> None:
    """Whatever stands in a link or a name, it stays one line of its own kind."""
    evil = replace(
        entry(),
        url="https://x.example/\r\nATTENDEE:mailto:a@b",
        organizer="A\r\nATTENDEE:mailto:a@b",
        summary="A\nB\r\nC",
    )
    file = invitation(evil)
    assert b"\r\nATTENDEE" not in file
    assert b"SUMMARY:A B C\r\n" in file
