"""Events are changed, moved and cancelled, and everybody hears of it who should."""

from __future__ import annotations

import pytest

from storage import events
from storage.events import Answer, EventState
from tests.commands.events.meetings import (
    DATEN,
    DATES,
    EXCHANGE,
    TRAINING,
    answer_of,
    card,
    card_html,
    delivered,
    make,
    tap,
    untap,
)
from tests.commands.practices.clock import wait
from tests.golden import check
from tests.transcript import ADA, BEN, MIA, Chat

YES, MAYBE, NO = "✅", "❔", "❌"


def test_fields_are_changed(dates: Chat) -> None:
    """One by one, or with the form that is handed out; the card follows."""
    number = make(dates)
    assert "Changed in #1 Heat plans: Place." in dates.say(MIA, f"event edit {number} place Room 7")
    assert "Room 7" in card(dates, number)
    form = dates.say(MIA, f"event edit {number}")
    assert "Length: 2 hours" in form
    filled = form.partition("!")[2].replace("Title: Heat plans", "Title: Heat and rain")
    assert "Changed in #1 Heat and rain: Title." in dates.say(MIA, f"!{filled}")
    assert "Nothing of" in dates.say(MIA, f"event edit {number} place Room 7")
    assert "event move 1" in dates.say(MIA, f"event edit {number} when tomorrow")
    assert "A place" not in dates.say(MIA, f"event edit {number} place -")
    assert "Where" not in dates.say(ADA, f"event {number}")
    assert "can only be changed by its host" in dates.say(ADA, f"event edit {number} place Home")


def test_calendars_hear_of_what_concerns_them(dates: Chat) -> None:
    number = make(dates)
    dates.say(MIA, f"event edit {number} places 9")
    assert _sequence(dates, number) == 0
    dates.say(MIA, f"event edit {number} place Room 7")
    assert _sequence(dates, number) == 1
    dates.say(MIA, f"event move {number} 17 March 10:00")
    dates.say(MIA, "yes")
    assert _sequence(dates, number) == 2
    dates.say(MIA, f"event cancel {number} no room")
    dates.say(MIA, "yes")
    assert _sequence(dates, number) == 3


def _sequence(chat: Chat, number: int) -> int:
    with chat.reading() as tx:
        event = events.get(tx, number)
        assert event
        return event.sequence


def test_a_new_date_asks_everybody_but_the_host_again(dates: Chat) -> None:
    """In the rooms and in private, once; before it is confirmed nothing happens."""
    number = make(dates, TRAINING, "#ud-dates, #ud-termine")
    tap(dates, ADA, number, YES)
    yes = dates.last_event
    tap(dates, BEN, number, NO)
    dates.say(MIA, f"going {number}")
    wait(dates, seconds=5)
    delivered(dates)
    asked = dates.say(MIA, f"event move {number} 18 March 14:00")
    assert "New time: Thursday, 18 March 2027, 14:00 (Europe/Berlin)" in asked
    assert answer_of(dates, number, ADA) == Answer.GOING
    told = dates.say(MIA, "yes")
    assert "It was: Tuesday, 16 March 2027, 10:00 (Europe/Berlin)" in told
    assert "Alle werden neu gefragt" in told
    private = wait(dates, seconds=5)
    assert sorted(lane for lane, said in private if "Can you come" in said or "can you come" in said) == [
        dates.dm(ADA),
        dates.dm(BEN),
    ]
    assert wait(dates, days=1) == []
    assert answer_of(dates, number, ADA) == Answer.ASKED
    assert answer_of(dates, number, BEN) == Answer.ASKED
    assert answer_of(dates, number, MIA) == Answer.GOING
    untap(dates, ADA, yes)
    assert answer_of(dates, number, ADA) == Answer.ASKED
    assert "The date is new" in dates.say(ADA, f"event {number}")
    tap(dates, ADA, number, YES)
    assert answer_of(dates, number, ADA) == Answer.GOING


def test_a_card_says_that_it_moved(dates: Chat) -> None:
    number = make(dates, TRAINING, "#ud-dates, #ud-termine")
    dates.say(MIA, f"event move {number} 18 March 14:00")
    dates.say(MIA, "yes")
    for language, room in (("en", DATES), ("de", DATEN)):
        check(f"events/moved_{language}.txt", card(dates, number, room))
        check(f"events/moved_{language}.html", card_html(dates, number, room))


def test_a_card_says_that_it_is_cancelled_and_why(dates: Chat) -> None:
    """Those who wanted to come are told; those who did not are left in peace."""
    number = make(dates, TRAINING, "#ud-dates, #ud-termine")
    tap(dates, ADA, number, YES)
    tap(dates, BEN, number, NO)
    wait(dates, seconds=5)
    delivered(dates)
    dates.say(MIA, f"event cancel {number}")
    assert "Is it right?" in dates.say(MIA, "The speaker is ill.")
    assert "has been cancelled" in dates.say(MIA, "yes")
    for language, room in (("en", DATES), ("de", DATEN)):
        check(f"events/cancelled_{language}.txt", card(dates, number, room))
        check(f"events/cancelled_{language}.html", card_html(dates, number, room))
    private = wait(dates, seconds=5)
    assert [lane for lane, said in private if "The speaker is ill." in said] == [dates.dm(ADA)]
    assert "Nothing is planned" in dates.say(ADA, "events")
    assert "has been cancelled" in dates.say(ADA, f"going {number}")
    assert tap(dates, ADA, number, YES) == ""
    assert "has been cancelled" in dates.say(MIA, f"event move {number} tomorrow 10:00")
    assert wait(dates, days=30) == []


def test_who_has_not_heard_of_the_move_only_hears_of_the_cancellation(dates: Chat) -> None:
    number = make(dates)
    dates.say(ADA, f"going {number}")
    dates.say(MIA, f"event move {number} 18 March 14:00")
    dates.say(MIA, "yes")
    dates.say(MIA, f"event cancel {number} no room")
    dates.say(MIA, "yes")
    private = wait(dates, seconds=5)
    assert ["cancelled" in said for lane, said in private if lane == dates.dm(ADA)] == [True]


def test_a_draft_is_moved_and_cancelled_in_silence(dates: Chat) -> None:
    dates.say(MIA, TRAINING)
    dates.say(MIA, "yes")
    dates.say(MIA, "event move 1 18 March 14:00")
    assert "everybody" not in dates.say(MIA, "yes")
    assert len(dates.answers) == 1
    with dates.reading() as tx:
        event = events.get(tx, 1)
        assert event
        assert event.state == EventState.DRAFT


@pytest.mark.parametrize("typed", ["4 March to 11 March 16:00", "4.3. auf 11.3. 16:00", "11 March 16:00"])
def test_one_date_of_a_series_is_moved(dates: Chat, typed: str) -> None:
    """Those who come stay, and are told; the others dates are as before."""
    number = make(dates, EXCHANGE)
    tap(dates, ADA, number, YES)
    wait(dates, seconds=5)
    delivered(dates)
    if "Which" in dates.say(MIA, f"event move {number} {typed}"):
        dates.say(MIA, "only this date")
    told = dates.say(MIA, "yes")
    assert "It was: Thursday, 4 March 2027, 15:00 (Europe/Berlin)" in told
    assert "Moved: 4 March 2027 becomes 11 March 2027" in card(dates, number)
    assert "Next: Thursday, 11 March 2027, 16:00–17:15" in card(dates, number)
    private = wait(dates, seconds=5)
    assert ["notgoing 1 11 March 2027" in said for lane, said in private if lane == dates.dm(ADA)] == [True]
    assert answer_of(dates, number, ADA) == Answer.GOING
    wait(dates, days=13)
    delivered(dates)
    wait(dates, days=1)
    assert "Next: Thursday, 1 April 2027, 15:00–16:15" in dates.say(ADA, f"event {number}")


def test_one_date_of_a_series_is_cancelled(dates: Chat) -> None:
    number = make(dates, EXCHANGE)
    dates.say(ADA, f"going {number}")
    wait(dates, seconds=5)
    delivered(dates)
    dates.say(MIA, f"event cancel {number} 1 April: it is a holiday")
    told = dates.say(MIA, "yes")
    assert "This date of #1 Monthly exchange is cancelled: Thursday, 1 April 2027" in told
    assert "Not on: 1 April 2027" in card(dates, number)
    private = wait(dates, seconds=5)
    assert ["it is a holiday" in said for lane, said in private if lane == dates.dm(ADA)] == [True]
    assert "The next dates: 4 March 2027, 6 May 2027" in dates.say(ADA, f"notgoing {number} 1 April")


def test_a_whole_series_moves_along_its_rule(dates: Chat) -> None:
    number = make(dates, EXCHANGE)
    dates.say(MIA, f"event move {number} 9 March 17:00")
    dates.say(MIA, "the whole series")
    assert "every month on the second Tuesday" in dates.say(MIA, "yes")


def test_the_clock_of_the_event_counts_when_it_is_moved(dates: Chat) -> None:
    """Wherever its host is just now; another one has to be written."""
    number = make(dates)
    dates.say(MIA, "timezone Kathmandu")
    assert "14:00 (Europe/Berlin)" in dates.say(MIA, f"event move {number} 18 March 14:00")
    dates.say(MIA, "cancel")
    dates.say(MIA, f"event move {number}")
    assert "14:00 (Europe/Berlin)" in dates.say(MIA, "18 March 14:00")
    dates.say(MIA, "cancel")
    assert "14:00 (Europe/Lisbon)" in dates.say(MIA, f"event move {number} 18 March 14:00 Lisbon")
