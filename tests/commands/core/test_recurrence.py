"""What comes again: on the local clock, through its changes, with single dates moved and cancelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.core.recurrence import HORIZON, Rule, Series, describe, moved_rule
from config.texts import texts


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moments(series: Series, after: str, until: str) -> list[str]:
    return [f"{one.at:%d.%m. %H:%M}" for one in series.between(utc(after), utc(until))]


def test_a_weekly_hour_stays_when_clocks_change() -> None:
    """Nine o'clock in Berlin on the three Sundays around both nights; in UTC it is another hour."""
    series = Series(local("2027-01-03T09:00"), "Europe/Berlin", "FREQ=WEEKLY;BYDAY=SU")
    assert moments(series, "2027-03-15", "2027-04-05") == ["21.03. 08:00", "28.03. 07:00", "04.04. 07:00"]
    assert moments(series, "2027-10-18", "2027-11-08") == ["24.10. 07:00", "31.10. 08:00", "07.11. 08:00"]


def test_half_past_two_in_both_nights_of_the_change() -> None:
    """The hour that is skipped is taken an hour later (03:30), the one that comes twice the first time."""
    series = Series(local("2027-03-01T02:30"), "Europe/Berlin", "FREQ=DAILY")
    assert moments(series, "2027-03-27", "2027-03-29T12:00") == [
        "27.03. 01:30",
        "28.03. 01:30",
        "29.03. 00:30",
    ]
    assert moments(series, "2027-10-30", "2027-11-01T12:00") == [
        "30.10. 00:30",
        "31.10. 00:30",
        "01.11. 01:30",
    ]


@pytest.mark.parametrize(
    ("zone", "at"),
    [("America/Sao_Paulo", "12:00"), ("Asia/Kathmandu", "03:15"), ("Europe/Kyiv", "07:00"), ("UTC", "09:00")],
)
def test_nine_o_clock_elsewhere(zone: str, at: str) -> None:
    """Each zone has its own nine o'clock."""
    found = Series(local("2027-01-04T09:00"), zone, "FREQ=DAILY").next(utc("2027-03-01"))
    assert found
    assert f"{found.at:%H:%M}" == at


def test_single_dates_are_moved_and_cancelled() -> None:
    """A moved date is at its new time only, in whichever window that is; a cancelled one is nowhere."""
    series = Series(
        local("2027-03-02T15:00"),
        "Europe/Berlin",
        "FREQ=WEEKLY;BYDAY=TU",
        moved={
            local("2027-03-09T15:00"): local("2027-03-10T16:00"),
            local("2027-03-23T15:00"): local("2027-05-01T10:00"),
            local("2027-03-12T15:00"): local("2027-03-13T15:00"),  # no date of the rule: since changed
        },
        cancelled={local("2027-03-16T15:00")},
    )
    assert moments(series, "2027-03-01", "2027-03-31") == ["02.03. 14:00", "10.03. 15:00", "30.03. 13:00"]
    (moved,) = series.between(utc("2027-05-01"), utc("2027-05-02"))
    assert (moved.original, moved.local) == (local("2027-03-23T15:00"), local("2027-05-01T10:00"))
    found = series.next(utc("2027-03-10T15:00"))
    assert found
    assert found.original == local("2027-03-30T15:00")
    assert series.has(local("2027-03-16T15:00"))
    assert not series.has(local("2027-03-12T15:00"))


def test_what_takes_place_once() -> None:
    """Without a rule there is one date; moved, there is the new one; cancelled, none."""
    start = local("2027-03-02T15:00")
    assert moments(Series(start, "Europe/Berlin"), "2027-01-01", "2028-01-01") == ["02.03. 14:00"]
    assert Series(start, "Europe/Berlin").next(utc("2027-03-02T14:00")) is None
    assert Series(start, "Europe/Berlin", cancelled={start}).next(utc("2027-01-01")) is None
    moved = Series(start, "Europe/Berlin", moved={start: local("2028-02-29T10:00")})
    assert moments(moved, "2027-01-01", "2029-01-01") == ["29.02. 09:00"]


def test_the_29th_of_february_is_a_date_of_leap_years() -> None:
    """As RFC 5545 has it, and 2100 is none; in words this is said."""
    series = Series(local("2028-02-29T10:00"), "Europe/Berlin", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")
    assert [one.local.year for one in series.between(utc("2027-01-01"), utc("2041-01-01"))] == [
        2028, 2032, 2036, 2040,
    ]  # fmt: skip
    found = series.next(utc("2096-03-01"))
    assert found
    assert found.local.year == 2104
    assert describe(series.rrule or "", series.start, texts("en")) == (
        "every year on 29 February (only in leap years)"
    )


def test_count_and_until_end_a_series() -> None:
    """UNTIL is a local day and belongs to it; a moved or cancelled date counts."""
    start = local("2027-03-02T15:00")
    cancelled = {local("2027-03-09T15:00")}
    three = Series(start, "Europe/Berlin", "FREQ=WEEKLY;BYDAY=TU;COUNT=3", cancelled=cancelled)
    assert moments(three, "2027-01-01", "2030-01-01") == ["02.03. 14:00", "16.03. 14:00"]
    assert three.next(utc("2027-03-16T14:00")) is None
    until = Series(start, "Europe/Berlin", "FREQ=DAILY;UNTIL=20270304")
    assert moments(until, "2027-01-01", "2030-01-01") == ["02.03. 14:00", "03.03. 14:00", "04.03. 14:00"]


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=9", "FREQ=WEEKLY;BYDAY=1TU",
        "FREQ=MONTHLY;BYDAY=TU", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=1000000",
        "FREQ=DAILY;COUNT=1000000", "FREQ=DAILY;COUNT=0", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1", "FREQ=MONTHLY;BYDAY=6MO", "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;COUNT=3;UNTIL=20270101", "", "nonsense",
        "FREQ=DAILY;UNTIL=soon", "FREQ=YEARLY;BYEASTER=1", "FREQ=WEEKLY;BYSETPOS=1", "FREQ=DAILY;COUNT=x",
    ],
)  # fmt: skip
def test_other_rules_are_refused(rrule: str) -> None:
    """What is not known here can't be expanded by surprise."""
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        Series(local("2027-03-02T15:00"), "UTC", rrule or "FREQ=")


_RULES = [
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH,SU",
    "FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31", "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=5WE", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY",
    "FREQ=YEARLY;INTERVAL=3;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;BYMONTH=6;BYDAY=1MO",
]  # fmt: skip


@given(
    st.sampled_from(_RULES),
    st.datetimes(local("2000-01-01"), local("2004-12-31")),
    st.integers(0, 3000),
)
@settings(max_examples=150, deadline=None)
def test_a_window_shows_what_the_whole_series_has_there(rrule: str, start: datetime, days: int) -> None:
    """Beginning near the window gives the same dates as counting from the start."""
    start = start.replace(second=0, microsecond=0)
    rule, begin = Rule.read(rrule), start + timedelta(days=days)
    end = begin + timedelta(days=400)
    whole = list(rule.dates(start, start, end))
    assert list(rule.dates(start, begin, end)) == [one for one in whole if one >= begin]


def test_an_old_rule_costs_no_more_than_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a daily rule from the year 2000 a few dates are made, not ten thousand."""
    made = 0
    dates = Rule.dates

    def counted(self: Rule, start: datetime, begin: datetime, end: datetime) -> object:
        nonlocal made
        near = self._nearest_begin(start, begin)
        made += (begin - near).days
        return dates(self, start, begin, end)

    monkeypatch.setattr(Rule, "dates", counted)
    found = Series(local("2000-01-01T09:00"), "Europe/Berlin", "FREQ=DAILY").next(utc("2027-03-01"))
    assert found
    assert found.at == utc("2027-03-01T08:00")
    assert made < 5


def test_the_end_of_time_is_no_fault() -> None:
    """Whoever looks far ahead finds nothing, and no error."""
    series = Series(local("2027-03-02T15:00"), "Asia/Kathmandu", "FREQ=YEARLY;INTERVAL=1000")
    assert series.next(utc("2027-04-01")) is None
    assert series.next(datetime.max.replace(tzinfo=UTC) - HORIZON / 2) is None
    assert series.between(utc("2027-01-01"), datetime.max.replace(tzinfo=UTC)) != []


@pytest.mark.parametrize(
    ("rrule", "new", "moved"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2027-03-03T10:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"),
        ("FREQ=WEEKLY;BYDAY=TU,TH", "2027-03-05T15:00", "FREQ=WEEKLY;BYDAY=FR,SU"),
        ("FREQ=MONTHLY;BYDAY=1TU", "2027-03-11T15:00", "FREQ=MONTHLY;BYDAY=2TH"),
        ("FREQ=MONTHLY;BYDAY=1TU", "2027-03-29T15:00", "FREQ=MONTHLY;BYDAY=-1MO"),
        ("FREQ=MONTHLY;BYDAY=-1TU", "2027-03-31T15:00", "FREQ=MONTHLY;BYDAY=-1WE"),
        ("FREQ=MONTHLY;BYMONTHDAY=2", "2027-03-05T15:00", "FREQ=MONTHLY;BYMONTHDAY=5"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=2", "2027-04-05T15:00", "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=5"),
        ("FREQ=DAILY;COUNT=5", "2027-03-05T15:00", "FREQ=DAILY;COUNT=5"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2027-03-03T10:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ],
)
def test_a_rule_moves_with_its_start(rrule: str, new: str, moved: str) -> None:
    """From Tuesday, 2 March; the new start is a date of the new rule."""
    tuesday = local("2027-03-02T15:00")
    assert moved_rule(rrule, tuesday, tuesday, local(new)) == moved
    series = Series(local(new), "UTC", moved)
    assert series.has(local(new))


@pytest.mark.parametrize(
    ("rrule", "old", "new", "moved"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,TH", "2027-03-04T15:00", "2027-03-05T15:00", "FREQ=WEEKLY;BYDAY=WE,FR"),
        (
            "FREQ=WEEKLY;BYDAY=TU;COUNT=5",
            "2027-03-23T15:00",
            "2027-03-26T11:00",
            "FREQ=WEEKLY;BYDAY=FR;COUNT=2",
        ),
    ],
)
def test_a_rule_moves_by_what_its_date_moves_by(rrule: str, old: str, new: str, moved: str) -> None:
    """Later than its start, 2 March; what has been does not come again."""
    assert moved_rule(rrule, local("2027-03-02T15:00"), local(old), local(new)) == moved


def test_occurrences_know_their_clock() -> None:
    """What is shown is the moment in its zone."""
    series = Series(local("2027-03-28T02:30"), "Europe/Berlin")
    (one,) = series.between(utc("2027-03-27"), utc("2027-03-29"))
    assert (one.local, one.timezone) == (local("2027-03-28T02:30"), "Europe/Berlin")
    assert f"{one.at.astimezone(ZoneInfo(one.timezone)):%H:%M}" == "03:30"
