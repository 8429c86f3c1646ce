"""How long something lasts, as people type it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.events.rules import length, minutes

START = datetime(2027, 3, 16, 15, 0)  # noqa: DTZ001 - local on purpose


@pytest.mark.parametrize(
    ("typed", "lasts"),
    [
        ("90", 90),
        ("90 min", 90),
        ("90 Minuten", 90),
        ("2 h", 120),
        ("2h", 120),
        ("1,5 Stunden", 90),
        ("1.5 hours", 90),
        ("1 h 30", 90),
        ("1 Stunde und 15 Minuten", 75),
        ("1 hour and 15 minutes", 75),
        ("2 Tage", 2880),
        ("2 days", 2880),
        ("0", 0),
        ("bis 17 Uhr", 120),
        ("bis 17:30", 150),
        ("until 5pm", 120),
        ("until 17.30", 150),
        ("1:30", 90),
        ("eineinhalb Stunden", 90),
        ("anderthalb Stunden", 90),
        ("zwei Stunden", 120),
        ("eine Stunde", 60),
        ("half an hour", 30),
        ("ganztägig", 480),
        ("bis 1 Uhr", 600),  # in the night
    ],
)
def test_lengths_are_understood(typed: str, lasts: int) -> None:
    found = length(typed)
    assert found is not None
    assert minutes(START, found) == lasts


@pytest.mark.parametrize("typed", ["", "lang", "2 months", "bis 25 Uhr", "-5", "9999 days", "🙂", "1 h x"])
def test_what_is_no_length_is_refused(typed: str) -> None:
    assert length(typed) is None


@given(st.text(max_size=40))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    found = length(typed)
    assert found is None or minutes(START, found) >= 0
