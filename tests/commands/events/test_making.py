"""Who makes events, how they are asked for, and where they are announced."""

from __future__ import annotations

import pytest

from storage import events, rooms
from storage.events import EventState
from tests.commands.events.meetings import DATEN, DATES, EXCHANGE, TRAINING, card, card_html, make
from tests.golden import check
from tests.transcript import ADA, BEN, MIA, OUT, Chat

DIALOG = (
    ("event new", "Kind (1/12)"),
    ("4", "Title (2/12)"),
    ("Heat plans", "Summary (3/12)"),
    ("We write one together.", "When (4/12)"),
    ("Tue 16 March 10:00", "Length (5/12)"),
    ("ok", "Place (6/12)"),
    ("skip", "Link (7/12)"),
    ("https://example.org/heat", "Places (8/12)"),
    ("30", "Themes (9/12)"),
    ("climate adaptation", "Title in the other language (10/12)"),
    ("Hitzepläne", "Summary in the other language (11/12)"),
    ("skip", "Host (12/12)"),
    ("ok", "When: Tuesday, 16 March 2027, 10:00 (Europe/Berlin)"),
)


def test_a_german_form_tells_of_an_end_on_the_next_day(daten: Chat) -> None:
    """With the words that lie near, and themes whose names may hold an "und"."""
    shown = daten.say(
        MIA,
        "veranstaltung neu\nart: arbeitsgruppe\ntitel: Hitze\nzusammenfassung: Wir reden.\n"
        "wann: 16.3. 10 Uhr\ndauer: bis 9\nthemen: Klimaanpassung; Bürgerbeteiligung",
    )
    assert "Dauer: bis 09:00 Uhr am nächsten Tag" in shown
    assert "Themen: Klimaanpassung · Bürgerbeteiligung" in shown


def test_an_event_is_asked_for_and_asked_back(dates: Chat) -> None:
    """With the whole date and its zone; before the yes there is no event."""
    for said, answer in DIALOG:
        assert answer in dates.say(MIA, said)
    with dates.reading() as tx:
        assert events.hosted_by(tx, MIA) == []
    made = dates.say(MIA, "yes")
    assert "#1 Heat plans" in made
    assert "Tuesday, 16 March 2027, 10:00–12:00 (Europe/Berlin)" in made
    assert "announce 1 in #ud-events" in made


def test_a_form_in_one_message_is_asked_back_too(daten: Chat) -> None:
    asked = daten.say(
        MIA,
        "termin neu\nArt: Arbeitsgruppe\nTitel: Radwege\nBeschreibung: Wir planen weiter.\n"
        "Wann: Di 16.3. 15 Uhr\nDauer: bis 17 Uhr\nPlätze: 12",
    )
    assert "Wann: Dienstag, 16. März 2027, 15:00 Uhr (Europe/Berlin)" in asked
    assert "Stimmt alles?" in asked
    made = daten.say(MIA, "ja")
    assert "Dienstag, 16. März 2027, 15:00–17:00 Uhr (Europe/Berlin)" in made


@pytest.mark.parametrize("kind", ["working group", "party"])
def test_a_form_leaves_an_event_that_was_begun(dates: Chat, kind: str) -> None:
    """It is asked back about, for which there is no room beside the other one."""
    for said in ("event new", "4", "Heat plans", "pause"):
        dates.say(MIA, said)
    form = f"event new\nkind: {kind}\ntitle: Bikes\nsummary: More.\nwhen: Tue 16 March 10:00"
    told = dates.say(MIA, form)
    assert told.endswith(
        "The form with “Heat plans” that you began earlier is still kept, and I can ask about only one of"
        " a kind at a time. resume goes on with it, cancel then discards it; after that, send this one again."
    )
    assert ("Kind: Please choose" in told) == (kind == "party")
    assert dates.say(MIA, "resume").startswith("Let's go on where you stopped.\n\nSummary (3/12)")


def test_what_is_wrong_in_a_form_is_told_at_once(dates: Chat) -> None:
    answer = dates.say(MIA, "event new\nkind: party\ntitle: x\nlength: long\nlink: example.org\nplaces: many")
    for wrong in ("Kind", "no web address", "as a length", "number of places"):
        assert wrong in answer
    assert "(1/" in answer  # and asked again, nothing else


@pytest.mark.parametrize(("user", "told"), [(ADA, "Please ask Mia"), (OUT, "our main room")])
def test_others_make_no_events(dates: Chat, user: str, told: str) -> None:
    for form in ("event new", TRAINING):
        assert told in dates.say(user, form)
    with dates.reading() as tx:
        assert events.hosted_by(tx, user) == []


def test_moderators_let_others_make_events(dates: Chat) -> None:
    """And take it back; what somebody hosts already stays theirs."""
    assert "Please ask Mia" in dates.say(ADA, "event new")
    assert "Only moderators" in dates.say(ADA, "event allow Ada")
    assert dates.say(MIA, "event allow Ada") == "Ada can set up events now: event new"
    assert "could already" in dates.say(MIA, "event allow Ada")
    assert "Is it right?" in dates.say(ADA, TRAINING)
    assert "#1 Heat plans" in dates.say(ADA, "yes")
    assert "can no longer" in dates.say(MIA, "event disallow Ada")
    assert "Please ask Mia" in dates.say(ADA, "event new")
    assert "Changed" in dates.say(ADA, "event edit 1 places 5")
    assert "could be several" not in dates.say(MIA, f"event allow {BEN}")
    assert "I don't find" in dates.say(MIA, "event allow Nobody")


def test_who_may_no_longer_make_events_can_t_finish_the_form(dates: Chat) -> None:
    dates.say(MIA, "event allow Ada")
    dates.say(ADA, TRAINING)
    dates.say(MIA, "event disallow Ada")
    assert "Please ask Mia" in dates.say(ADA, "yes")


def test_a_draft_is_seen_by_nobody_else(dates: Chat) -> None:
    dates.say(MIA, TRAINING)
    dates.say(MIA, "yes")
    for said in ("event 1", "going 1", "material 1", "attendees 1", "event edit 1 title x"):
        assert "There is no event #1" in dates.say(BEN, said)
    assert dates.say(BEN, "events") == "Nothing is planned at the moment."
    assert "#1 Heat plans" in dates.say(MIA, "events mine")
    assert "I have answered you in our direct chat" in dates.in_hub(MIA, "!event 1")


def test_it_is_announced_once_in_each_room(dates: Chat) -> None:
    """In the language of each; who asks again is told."""
    number = make(dates, TRAINING, "#ud-dates, #ud-termine")
    assert "#1 Heat plans" in card(dates, number)
    assert "#1 Hitzepläne" in card(dates, number, DATEN)
    assert "I don't do that twice" in dates.say(MIA, f"announce {number} in Dates")
    assert dates.say(MIA, f"!announce {number}", room=DATES).count("Heat plans") == 1
    assert len(dates.answers) == 1


def test_the_host_announces_only_where_they_are(dates: Chat) -> None:
    dates.say(MIA, "event allow Ada")
    dates.say(ADA, TRAINING)
    dates.say(ADA, "yes")
    with dates.database.write("leave") as tx:
        rooms.keep_member(tx, DATEN, ADA, "leave")
    assert "I know no room" in dates.say(ADA, "announce 1 in #ud-termine")
    assert "In which room" in dates.say(ADA, "announce 1")
    assert "is announced in Dates" in dates.say(ADA, "announce 1 in #ud-dates")
    assert "can only be changed by its host" in dates.say(BEN, "announce 1 in #ud-dates")


def test_what_is_past_is_not_announced(dates: Chat) -> None:
    dates.say(MIA, TRAINING)
    dates.say(MIA, "yes")
    dates.clock.forward(days=30)
    assert "has passed" in dates.say(MIA, "announce 1 in #ud-dates")
    with dates.reading() as tx:
        event = events.get(tx, 1)
        assert event
        assert event.state == EventState.DRAFT


def test_events_are_listed_by_date_and_theme(dates: Chat) -> None:
    """In the time zone of the reader, which is named; in a room in that of the event."""
    make(dates)
    make(dates, EXCHANGE)
    dates.say(ADA, "timezone Kathmandu")
    check("events/list_en.txt", dates.say(ADA, "events"))
    assert "#2" not in dates.say(ADA, "events climate")
    assert "Nothing is planned on this theme" in dates.say(ADA, "events housing")
    there = dates.in_hub(ADA, "!events")
    assert "Kathmandu" not in there
    assert "10:00–12:00 (Europe/Berlin)" in there


def test_the_other_languages_are_marked(dates: Chat) -> None:
    make(dates, EXCHANGE, "#ud-dates, #ud-termine")
    assert "auf Englisch" in card(dates, 1, DATEN)
    assert "in English" not in card(dates, 1)


@pytest.mark.parametrize(("language", "room"), [("en", DATES), ("de", DATEN)])
def test_cards(dates: Chat, language: str, room: str) -> None:
    make(dates, TRAINING, "#ud-dates, #ud-termine")
    make(dates, EXCHANGE, "#ud-dates, #ud-termine")
    for number, name in ((1, "announced"), (2, "series")):
        check(f"events/{name}_{language}.txt", card(dates, number, room))
        check(f"events/{name}_{language}.html", card_html(dates, number, room))


def test_a_hostile_title_stays_words(dates: Chat) -> None:
    make(dates, TRAINING.replace("title: Heat plans", "title: <b onclick=x>@room</b> [x](javascript:1)"))
    shown = card_html(dates, 1)
    assert "<b onclick" not in shown
    assert "@room" not in card(dates, 1)


def test_another_host_is_told(dates: Chat) -> None:
    """And may do from then on what a host may."""
    dates.say(MIA, f"{TRAINING}\nhost: Ada")
    told = dates.say(MIA, "yes")
    assert "Mia has named you as the host of #1 Heat plans" in told
    assert "Changed" in dates.say(ADA, "event edit 1 places 5")
    assert "Ben" not in dates.say(ADA, "event edit 1 title Heat and rain")
    assert "Mia has named you" in dates.say(MIA, "event edit 1 host Ben")
    assert "There is no event #1" not in dates.say(BEN, "event 1")


def test_a_form_without_its_first_line_is_an_event_where_that_shows(dates: Chat) -> None:
    """And else rather a practice, which everybody may share."""
    filled = TRAINING.partition("\n")[2]
    assert "Is it right?" in dates.say(MIA, filled)
    dates.say(MIA, "cancel")
    assert "registered members" in dates.say(ADA, "title: Trees\nsummary: Shade.\nthemes: climate")
