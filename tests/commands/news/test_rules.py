"""When a digest is due, and how much fits into one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.news.digest import rules


@pytest.mark.parametrize(
    ("now", "weekday", "hour", "zone", "told", "expected"),
    [
        ("2027-03-01T07:59", 0, 9, "Europe/Berlin", None, "2027-03-01T08:00"),
        ("2027-03-01T08:00", 0, 9, "Europe/Berlin", None, "2027-03-08T08:00"),
        # Told on Monday, moved to Friday: not twice in this week.
        ("2027-03-02T12:00", 4, 9, "Europe/Berlin", "2027-W09", "2027-03-12T08:00"),
        # Not told yet this week, moved to Friday: still in this week.
        ("2027-03-02T12:00", 4, 9, "Europe/Berlin", "2027-W08", "2027-03-05T08:00"),
        # The Sunday on which clocks go forward, and the one on which they go back.
        ("2027-03-27T12:00", 6, 9, "Europe/Berlin", None, "2027-03-28T07:00"),
        ("2027-10-30T12:00", 6, 9, "Europe/Berlin", None, "2027-10-31T08:00"),
        ("2027-03-01T00:00", 0, 9, "Asia/Kathmandu", None, "2027-03-01T03:15"),
        ("2027-03-01T00:00", 6, 21, "America/Sao_Paulo", "2027-W08", "2027-03-08T00:00"),
        # The year ends within the week.
        ("2026-12-29T12:00", 4, 9, "Europe/Berlin", "2026-W53", "2027-01-08T08:00"),
    ],
)
def test_next(now: str, weekday: int, hour: int, zone: str, told: str | None, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert rules.next_at(moment, weekday, hour, zone, told) == datetime.fromisoformat(expected).replace(
        tzinfo=UTC
    )


@settings(max_examples=60)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.lists(st.tuples(st.integers(0, 6), st.integers(6, 21)), min_size=1, max_size=8),
    st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Kiritimati"]),
)
def test_whatever_is_changed_one_comes_a_week(
    now: datetime, changes: list[tuple[int, int]], zone: str
) -> None:
    """However often day and hour are changed: never two in one ISO week, at the hour that was said, and never
    more than two weeks of waiting."""
    told: str | None = None
    for weekday, hour in changes:
        due = rules.next_at(now, weekday, hour, zone, told)
        there = due.astimezone(ZoneInfo(zone))
        assert (there.weekday(), there.hour) == (weekday, hour)
        assert now < due <= now + timedelta(days=14, hours=1)
        assert told is None or rules.week(due, zone) > told
        now, told = due, rules.week(due, zone)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([], []),
        ([3], [3]),
        ([2, 3, 1], [2, 3, 1]),
        ([5, 6, 5, 4, 3, 1], [3, 3, 3, 3, 3, 1]),
        ([40], [21]),
        ([1] * 15, [1] * 15),
    ],
)
def test_what_fits(counts: list[int], shown: list[int]) -> None:
    assert rules.fitting(counts) == shown
