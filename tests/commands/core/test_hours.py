"""When somebody may be spoken to, by their own clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from commands.core import hours

BERLIN, LOS_ANGELES = "Europe/Berlin", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("now", "zone", "begins", "asleep"),
    [
        ("2027-03-01 06:59", BERLIN, None, True),  # one minute to eight
        ("2027-03-01 07:00", BERLIN, None, False),
        ("2027-03-01 18:59", BERLIN, None, False),
        ("2027-03-01 19:00", BERLIN, None, True),  # eight in the evening
        ("2027-03-01 19:00", LOS_ANGELES, None, False),
        ("2027-03-01 20:00", BERLIN, "2027-03-01 21:00", False),  # in an hour
        ("2027-03-01 20:00", BERLIN, "2027-03-02 07:59", False),  # too early to be told of at eight
        ("2027-03-01 20:00", BERLIN, "2027-03-02 08:00", True),
        ("2027-03-27 21:00", BERLIN, "2027-03-28 07:00", True),  # clocks go forward: that is nine
    ],
)
def test_the_night(now: str, zone: str, begins: str | None, asleep: bool) -> None:
    """From eight in the evening to eight in the morning, unless what begins can't wait."""
    about = datetime.fromisoformat(begins).replace(tzinfo=UTC) if begins else None
    assert hours.asleep(datetime.fromisoformat(now).replace(tzinfo=UTC), zone, about) is asleep


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2027, 3, 5, 16, 30, tzinfo=UTC), "2027-03-08 09:00"),  # Friday, 17:30 in Berlin
        (datetime(2027, 3, 5, 15, 30, tzinfo=UTC), "2027-03-05 16:30"),
        (datetime(2027, 3, 5, 2, 0, tzinfo=UTC), "2027-03-05 09:00"),
        (datetime(2027, 3, 7, 12, 0, tzinfo=UTC), "2027-03-08 09:00"),  # a Sunday
    ],
)
def test_the_next_working_hour(now: datetime, expected: str) -> None:
    """Now, if somebody works; else when their next working day begins."""
    assert f"{hours.next_working_hour(now, 'Europe/Berlin'):%Y-%m-%d %H:%M}" == expected
