"""Going, maybe, not going: by tap and by word, with places and a waiting list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from storage import events, outbox, rooms
from storage.events import Answer
from storage.schedule import DueRow
from tests.commands.events.meetings import (
    DATEN,
    DATES,
    EXCHANGE,
    TRAINING,
    answer_of,
    card,
    delivered,
    make,
    tap,
    untap,
)
from tests.commands.practices.clock import wait
from tests.transcript import ADA, BEN, HUB, MIA, OUT, Chat

YES, MAYBE, NO = "✅", "❔", "❌"


def test_a_tap_answers_and_the_card_shows_it(dates: Chat) -> None:
    """Without a word in the room; in every room where the card stands."""
    number = make(dates, TRAINING, "#ud-dates, #ud-termine")
    assert tap(dates, ADA, number, YES) == ""
    assert tap(dates, BEN, number, MAYBE, DATEN) == ""
    wait(dates, seconds=5)
    assert "1 of 2 places taken · 1 maybe" in card(dates, number)
    assert "1 von 2 Plätzen vergeben · 1 vielleicht" in card(dates, number, DATEN)


def test_other_taps_mean_nothing(dates: Chat) -> None:
    number = make(dates)
    assert tap(dates, ADA, number, "🎉") == ""
    assert tap(dates, OUT, number, YES) == ""
    assert answer_of(dates, number, ADA) is None
    assert answer_of(dates, number, OUT) is None


def test_taking_the_tap_back_takes_the_answer_back(dates: Chat) -> None:
    """What was tapped before counts again, as it still stands under the card."""
    number = make(dates)
    tap(dates, ADA, number, YES)
    yes = dates.last_event
    tap(dates, ADA, number, NO)
    no = dates.last_event
    assert answer_of(dates, number, ADA) == Answer.NOT_GOING
    untap(dates, BEN, no)
    assert answer_of(dates, number, ADA) == Answer.NOT_GOING
    untap(dates, ADA, no)
    assert answer_of(dates, number, ADA) == Answer.GOING
    untap(dates, ADA, yes)
    untap(dates, ADA, yes)
    assert answer_of(dates, number, ADA) is None


def test_taking_an_older_tap_back_changes_nothing(dates: Chat) -> None:
    number = make(dates)
    tap(dates, ADA, number, YES)
    yes = dates.last_event
    tap(dates, ADA, number, MAYBE)
    untap(dates, ADA, yes)
    assert answer_of(dates, number, ADA) == Answer.MAYBE


def test_words_stand_above_taps(dates: Chat) -> None:
    number = make(dates)
    tap(dates, ADA, number, YES)
    yes = dates.last_event
    dates.say(ADA, f"maybe {number}")
    untap(dates, ADA, yes)
    assert answer_of(dates, number, ADA) == Answer.MAYBE


def test_words_answer_in_both_languages(dates: Chat) -> None:
    number = make(dates)
    assert "Good: you are coming to #1 Heat plans." in dates.say(ADA, f"going {number}")
    assert "Schön: Sie kommen zu #1 Hitzepläne." in dates.say(BEN, f"dabei {number}")
    assert "Sie kommen nicht" in dates.say(BEN, f"komme nicht {number}")
    assert "vielleicht" in dates.say(BEN, f"vielleicht {number}")
    assert "Notiert" in dates.say(BEN, f"!nicht dabei {number}", room=DATEN)
    assert "There is no event #7" in dates.say(ADA, "going 7")
    assert "for example: going 3" in dates.say(ADA, "going heat").casefold()


def test_the_direct_chat_offers_the_taps(dates: Chat) -> None:
    number = make(dates)
    dates.say(ADA, f"event {number}")
    assert "you are coming" in dates.react(ADA, YES)
    tapped = dates.last_event
    assert "took back" in untap(dates, ADA, tapped, dates.dm(ADA))


def test_beyond_the_places_there_is_a_line(dates: Chat) -> None:
    """In its order; who moves up is told once, privately, and who leaves the line stands at its end later."""
    number = make(dates, TRAINING.replace("places: 2", "places: 1"))
    dates.say(MIA, f"going {number}")
    told = tap(dates, ADA, number, YES)
    assert "number 1 on the waiting list" in told
    assert dates.answers[0].lane == dates.dm(ADA)
    assert "number 2 on the waiting list" in dates.say(BEN, f"going {number}")
    assert "number 2" in dates.say(BEN, f"going {number}")
    dates.say(ADA, f"maybe {number}")
    assert "number 2 on the waiting list" in dates.say(ADA, f"going {number}")
    told = dates.say(MIA, f"notgoing {number}")
    assert told.count("A place has become free") == 1
    assert dates.answers[0].lane == dates.dm(BEN)
    assert answer_of(dates, number, BEN) == Answer.GOING
    assert answer_of(dates, number, ADA) == Answer.WAITING
    told = dates.say(MIA, f"event edit {number} places 5")
    assert "A place has become free" in told
    assert answer_of(dates, number, ADA) == Answer.GOING


def test_fewer_places_turn_nobody_away(dates: Chat) -> None:
    number = make(dates)
    for user in (ADA, BEN):
        dates.say(user, f"going {number}")
    assert "Nobody is turned away" in dates.say(MIA, f"event edit {number} places 1")
    assert "on the waiting list" in dates.say(MIA, f"going {number}")
    assert answer_of(dates, number, BEN) == Answer.GOING


def test_a_series_is_answered_as_a_whole_but_for_single_dates(dates: Chat) -> None:
    number = make(dates, EXCHANGE)
    assert "counts for the whole series" in dates.say(ADA, f"going {number}")
    assert "not on Thursday" not in dates.say(ADA, f"notgoing {number} 1 April")
    assert "The next dates: 4 March 2027, 1 April 2027" in dates.say(ADA, f"notgoing {number} 2 April")
    assert "Not on 1 April 2027." in dates.say(ADA, f"event {number}")
    assert "Ada (not on 1 April 2027)" in dates.say(MIA, f"attendees {number}")
    assert "on this date as well" in dates.say(ADA, f"going {number} 1.4.")
    assert "Not on" not in dates.say(ADA, f"event {number}")
    assert "First: going 1" in dates.say(BEN, f"notgoing {number} 1 April")


def test_names_are_for_the_host_and_moderators(dates: Chat) -> None:
    number = make(dates)
    for user in (ADA, BEN):
        dates.say(user, f"going {number}")
    assert "host and moderators" in dates.say(ADA, f"attendees {number}")
    listed = dates.in_hub(MIA, f"!attendees {number}")
    assert listed.startswith("I have answered you in our direct chat")
    assert {row.lane for row in dates.answers} == {HUB, dates.dm(MIA)}
    assert "coming (2)" in listed
    wait(dates, seconds=5)
    for shown in (card(dates, number), dates.say(ADA, f"event {number}"), dates.say(ADA, "events")):
        assert "Ben" not in shown


def test_the_card_is_edited_once_for_many_answers(dates: Chat) -> None:
    """And again only when its last edit has gone out."""
    number = make(dates)
    for user, emoji in ((ADA, YES), (BEN, YES), (MIA, MAYBE)):
        tap(dates, user, number, emoji)
    wait(dates, seconds=5)
    assert _edits(dates) == 1
    tap(dates, MIA, number, NO)
    wait(dates, seconds=5)
    assert _edits(dates) == 1
    delivered(dates)
    wait(dates, seconds=5)
    assert "2 of 2 places taken" in card(dates, number)
    assert "maybe" not in card(dates, number).split("\n\n")[3]


def test_a_homeserver_that_takes_no_edit_costs_little(dates: Chat) -> None:
    """The card is looked at ever more seldom, and is right soon after the homeserver is back."""
    number = make(dates)
    tap(dates, ADA, number, YES)
    wait(dates, seconds=5)
    tap(dates, BEN, number, YES)
    for _ in range(40):
        wait(dates, seconds=30)
    with dates.reading() as tx:
        keys = [row.key for row in tx.session.exec(select(DueRow).where(DueRow.job == "event_cards"))]
    assert len(keys) < 40
    assert max(map(len, keys)) < 60
    delivered(dates)
    wait(dates, minutes=1)
    assert "2 of 2 places taken" in card(dates, number)


def test_a_clock_that_was_ahead_does_not_stop_the_cards(dates: Chat) -> None:
    number = make(dates)
    dates.clock.forward(hours=5)
    tap(dates, ADA, number, YES)
    dates.clock.now -= timedelta(hours=5)
    tap(dates, BEN, number, YES)
    wait(dates, seconds=5)
    assert "2 of 2 places taken" in card(dates, number)


def _edits(chat: Chat) -> int:
    with chat.reading() as tx:
        return sum(row.action == "edit" for row in outbox.pending(tx, [DATES], limit=99).get(DATES, []))


def test_who_leaves_the_network_leaves_the_place(dates: Chat) -> None:
    """The next night: somebody else gets it."""
    number = make(dates, TRAINING.replace("places: 2", "places: 1"))
    dates.say(ADA, f"going {number}")
    dates.say(BEN, f"going {number}")
    with dates.database.write("leaving") as tx:
        rooms.keep_member(tx, HUB, ADA, "leave")
    told = wait(dates, days=1)
    assert [lane for lane, said in told if "A place has become free" in said] == [dates.dm(BEN)]
    assert answer_of(dates, number, ADA) is None


def test_who_is_forgotten_leaves_the_place(dates: Chat) -> None:
    number = make(dates, TRAINING.replace("places: 2", "places: 1"))
    dates.say(ADA, f"going {number}")
    dates.say(BEN, f"going {number}")
    dates.say(ADA, "forgetme")
    dates.say(ADA, "yes")
    told = wait(dates, seconds=5)
    assert [lane for lane, said in told if "A place has become free" in said] == [dates.dm(BEN)]
    with dates.reading() as tx:
        assert [one.user_id for one in events.answers(tx, number)] == [BEN]


def test_nobody_is_woken_for_a_place_that_becomes_free(dates: Chat) -> None:
    """It does at four in the morning, when the program looks who has left; what is near is told at once."""
    number = make(dates, TRAINING.replace("places: 2", "places: 1"))
    dates.say(ADA, f"going {number}")
    dates.say(BEN, f"going {number}")
    with dates.database.write("leaving") as tx:
        rooms.keep_member(tx, HUB, ADA, "leave")
    wait(dates, seconds=5)
    dates.clock.now = dates.clock.now.replace(hour=3) + timedelta(days=1)  # 4:00 in Berlin
    assert not [said for _, said in wait(dates, minutes=5) if "A place has become free" in said]
    assert answer_of(dates, number, BEN) == Answer.GOING
    told = wait(dates, hours=4)
    assert [lane for lane, said in told if "A place has become free" in said] == [dates.dm(BEN)]


def test_without_a_number_the_event_is_meant_that_was_spoken_of(dates: Chat) -> None:
    first, second = make(dates), make(dates, EXCHANGE)
    assert "number" in dates.say(BEN, "going")
    dates.say(ADA, f"event {first}")
    dates.say(ADA, "ich komme")
    assert answer_of(dates, first, ADA) == Answer.GOING
    assert answer_of(dates, second, ADA) is None


def test_signing_up_and_off_with_a_number_is_about_the_event(daten: Chat) -> None:
    """The words alone are about the network; with a number behind them nobody registers, or is forgotten."""
    make(daten)
    assert daten.say(ADA, "anmelden 1") == (
        "Meinen Sie #1 Hitzepläne? Dann genügt „ja“, und Ihre Zusage ist notiert. "
        "Oder schreiben Sie dabei 1.\n\n"
        "Möchten Sie Mitglied im Netzwerk werden? registrieren"
    )
    assert "Schön: Sie kommen zu #1 Hitzepläne." in daten.say(ADA, "ja")
    assert daten.say(ADA, "abmelden von 1") == (
        "Meinen Sie #1 Hitzepläne? Dann genügt „ja“, und Ihre Absage ist notiert. "
        "Oder schreiben Sie nicht dabei 1.\n\nMeinen Sie etwas anderes? abmelden"
    )
    assert daten.say(ADA, "nein") == "Gut, dann bleibt alles, wie es ist."
    assert "Wovon möchten Sie sich abmelden?" in daten.say(ADA, "abmelden")
    daten.say(ADA, "!abmelden 1")
    assert "Sie kommen nicht zu #1 Hitzepläne" in daten.say(ADA, "absagen")
    assert "#7 gibt es nicht" in daten.say(ADA, "anmelden 7")
    assert "Willkommen" in daten.say(ADA, "anmelden")


@pytest.mark.parametrize("before", [("no",), ("yes", "notgoing 1"), ("events",), ("no, I'm not sure",)])
def test_a_later_yes_is_for_something_else(dates: Chat, before: tuple[str, ...]) -> None:
    """The question waits only until something else is said."""
    make(dates)
    dates.say(ADA, "sign up for 1")
    for said in before:
        dates.say(ADA, said)
    dates.say(ADA, "ping")
    for said in ("yes", "thanks, yes"):
        told = dates.say(ADA, said)
        assert "coming" not in told
        assert "several things" not in told
    with dates.reading() as tx:
        found = events.answer(tx, 1, ADA)
        assert found is None or found.answer == Answer.NOT_GOING


def test_signing_up_by_a_tap_and_in_a_room(dates: Chat) -> None:
    make(dates)
    dates.say(ADA, "sign up for 1")
    assert "you are coming" in dates.react(ADA, "✅")
    assert dates.in_hub(ADA, "!sign off from 1").startswith(
        "Do you mean #1 Heat plans? Then write !notgoing 1."
    )


def test_signing_up_in_english(dates: Chat) -> None:
    make(dates)
    assert "Do you mean #1 Heat plans?" in dates.say(ADA, "register for 1")
    assert "you are coming" in dates.say(ADA, "yes")
    assert "Do you mean #1 Heat plans?" in dates.say(ADA, "unsubscribe 1")
    assert "you are not coming" in dates.say(ADA, "yes")
    dates.say(MIA, "event cancel 1 ill")
    dates.say(MIA, "yes")
    assert "has been cancelled" in dates.say(ADA, "sign up for 1")
