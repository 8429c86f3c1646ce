"""Events are changed, moved and cancelled, and everybody hears of it who should."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage import events, rooms
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
from tests.transcript import ADA, BEN, BOT, HUB, MIA, Chat

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


@pytest.mark.parametrize("number", [1, 2])
def test_a_field_does_not_end_a_form_with_a_mistake(dates: Chat, number: int) -> None:
    """Who is asked what was wrong, and turns to a field of another event or the same, loses neither."""
    for _ in range(2):
        make(dates)
    asked = dates.say(MIA, "event edit 1\ntitle: Heat and rain\nsummary: Anew.\nlength: bananas")
    assert "Length" in asked
    said = dates.say(MIA, f"!event edit {number} title")
    assert "The form with “Heat and rain” that you began earlier is still kept" in said
    said = dates.say(MIA, "resume")
    assert "This is about: #1 Heat plans" in said
    assert "This is about: #1 Heat plans" in dates.say(MIA, "3 hours")
    assert "Changed in #1 Heat and rain: Title, Summary and Length." in dates.say(MIA, "yes")
    assert "So far it says" in dates.say(MIA, f"!event edit {number} title")


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


def test_only_what_is_wrong_in_a_form_is_asked_again(dates: Chat) -> None:
    """What was right is kept, and what stands there is offered."""
    number = make(dates, TRAINING)
    said = dates.say(MIA, f"event edit {number}\nplace: Room 7\nplaces: many")
    assert "Places: " in said
    assert "Room 7" not in said
    assert "• Place: Room 7" in dates.say(MIA, "9")
    assert "Changed in #1 Heat plans: Place and Places." in dates.say(MIA, "yes")


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


WEEKLY = """\
event new
kind: working group
title: Jour fixe
summary: We meet.
when: {when}
length: 60 min"""


def _both_moderate(chat: Chat) -> None:
    with chat.database.write("moderators") as tx:
        hub = rooms.get(tx, HUB)
        assert hub
        hub.power_levels = {"users": {BOT: 100, MIA: 50, BEN: 50}}
        tx.session.add(hub)


def _cancelled(chat: Chat, number: int) -> list[str]:
    with chat.reading() as tx:
        event = events.get(tx, number)
        assert event
        return event.cancelled


def test_two_who_cancel_the_same_date_do_not_cancel_two(dates: Chat) -> None:
    """The date that is shown is the one that is meant, and it is named before it counts."""
    _both_moderate(dates)
    number = make(dates, WEEKLY.format(when="every tuesday 15:00"))
    for user in (MIA, BEN):
        assert "2 March 2027" in dates.say(user, f"event cancel {number} ill")
        assert "Which: only this date · Tuesday, 2 March 2027" in dates.say(user, "1")
    dates.say(MIA, "yes")
    assert "has been changed since I asked, so I have done nothing" in dates.say(BEN, "yes")
    assert _cancelled(dates, number) == ["2027-03-02T15:00:00"]


def test_a_date_that_is_over_when_it_is_confirmed_moves_no_other(dates: Chat) -> None:
    number = make(dates, WEEKLY.format(when="every tuesday 15:00"))
    dates.say(MIA, f"event move {number} thursday 4 march 15:00")
    dates.say(MIA, "1")
    dates.clock.now = datetime(2027, 3, 2, 15, 30, tzinfo=UTC)
    assert "is over or cancelled meanwhile, so I have done nothing" in dates.say(MIA, "yes")
    assert "Next: Tuesday, 9 March 2027" in dates.say(MIA, f"event {number}")


def test_a_move_to_a_time_that_has_passed_meanwhile_is_none(dates: Chat) -> None:
    number = make(dates)
    dates.say(MIA, f"event move {number} in 5 minutes")
    dates.clock.forward(minutes=30)
    assert "has passed meanwhile, so #1 Heat plans stays as it is" in dates.say(MIA, "yes")
    assert "16 March 2027" in dates.say(MIA, f"event {number}")


def test_a_series_moves_by_what_its_next_date_moves_by(dates: Chat) -> None:
    """What becomes of it is shown first; with as many dates as were left; what is cancelled stays so."""
    number = make(dates, WEEKLY.format(when="every tuesday and thursday 15:00, 8 times"))
    wait(dates, days=2)  # Tuesday is over
    delivered(dates)
    dates.say(MIA, f"event cancel {number} 11 March: holiday")
    dates.say(MIA, "yes")
    delivered(dates)
    dates.say(MIA, f"event move {number} friday 5 march 16:00")
    shown = dates.say(MIA, "2")
    assert "every Wednesday and Friday, 7 times" in shown
    told = dates.say(MIA, "yes")
    assert "Next: Friday, 5 March 2027, 16:00" in told
    assert "Not on: 12 March 2027" in told


def test_a_series_is_not_moved_beyond_its_end(dates: Chat) -> None:
    number = make(dates, WEEKLY.format(when="every tuesday 15:00 until 30 april"))
    dates.say(MIA, f"event move {number} 6 may 15:00")
    dates.say(MIA, "2")
    assert "would have no date left" in dates.say(MIA, "yes")
    assert "Next: Tuesday, 2 March 2027" in dates.say(MIA, f"event {number}")


def test_a_series_of_which_all_dates_are_cancelled_is_cancelled(dates: Chat) -> None:
    number = make(dates, WEEKLY.format(when="every wednesday 15:00 2 times"))
    dates.say(ADA, f"going {number}")
    told = ""
    for _ in range(2):
        wait(dates, seconds=10)
        delivered(dates)
        dates.say(MIA, f"event cancel {number} ill")
        dates.say(MIA, "1")
        told = dates.say(MIA, "yes")
    assert "has been cancelled" in told
    private = [said for lane, said in wait(dates, seconds=10) if lane == dates.dm(ADA)]
    assert ["goes on" in said for said in private if "cancelled" in said] == [False]
    assert "Nothing is planned" in dates.say(ADA, "events")


def test_with_its_last_date_a_series_is_over(dates: Chat) -> None:
    """The dates that were stay what they were."""
    number = make(dates, WEEKLY.format(when="every tuesday 15:00 2 times"))
    wait(dates, days=3)
    delivered(dates)
    dates.say(ADA, f"going {number}")
    dates.say(MIA, f"event cancel {number} 9 march: ill")
    dates.say(MIA, "yes")
    private = [said for lane, said in wait(dates, seconds=10) if lane == dates.dm(ADA)]
    assert ["There are no more dates" in said for said in private if "cancelled" in said] == [True]
    assert "Nothing is planned" in dates.say(ADA, "events")
    assert "This is over" in card(dates, number)


def test_news_wait_for_the_morning_unless_they_are_urgent(dates: Chat) -> None:
    """It is one in the night in Los Angeles: of what is a week ahead one hears at eight."""
    number = make(dates)
    dates.say(BEN, "timezone Los Angeles")
    for user in (ADA, BEN):
        dates.say(user, f"going {number}")
    wait(dates, seconds=10)
    dates.say(MIA, f"event move {number} 18 march 15:00")
    dates.say(MIA, "yes")
    dates.say(MIA, f"event edit {number} place Room 7")
    assert [lane for lane, said in wait(dates, seconds=10) if "can you come" in said.casefold()] == [
        dates.dm(ADA)
    ]
    assert [lane for lane, said in wait(dates, hours=7) if "can you come" in said.casefold()] == [
        dates.dm(BEN)
    ]
    soon = make(dates, TRAINING.replace("16 March 2027 10:00", "2 March 2027 8:30"))
    dates.clock.now = datetime(2027, 3, 2, 6, 45, tzinfo=UTC)
    dates.say(BEN, "timezone Berlin")
    dates.say(BEN, f"going {soon}")
    wait(dates, seconds=10)
    dates.say(MIA, f"event cancel {soon} ill")
    dates.say(MIA, "yes")
    assert dates.dm(BEN) in [lane for lane, said in wait(dates, seconds=10) if "ill" in said]


def test_the_day_of_a_single_event_may_be_named_when_it_moves(dates: Chat) -> None:
    number = make(dates)
    asked = dates.say(MIA, f"event move {number} 16 march to 18 march 15:00")
    assert "New time: Thursday, 18 March 2027, 15:00" in asked


def test_who_announces_hears_who_can_see_it(dates: Chat) -> None:
    number = make(dates)
    assert "Every member of the network can see it now" in dates.say(MIA, f"announce {number} in #ud-termine")
