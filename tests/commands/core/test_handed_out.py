"""Forms that were handed out are filled in line by line, without the command in front of them."""

from __future__ import annotations

import pytest

from tests.commands.events.meetings import EXCHANGE, furnish, make
from tests.commands.members.people import BEN_FORM
from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BEN, HUB, MIA, Chat


@pytest.fixture
def hosts(chat: Chat) -> Chat:
    """Mia hosts an event, and Ada has shared a practice."""
    chat.begin(_hosting)
    return chat


def _hosting(chat: Chat) -> None:
    furnish(chat)
    make(chat, EXCHANGE)
    register(chat, ADA)
    chat.say(ADA, WINTER)
    chat.say(ADA, "ok")


def test_lines_of_an_event(hosts: Chat) -> None:
    """One after the other, as the form is what is spoken of; and no longer, once something else is."""
    assert "found nothing" in hosts.say(MIA, "place: town hall")
    hosts.say(MIA, "event edit 1")
    assert "Changed in #1 Monthly exchange: Place" in hosts.say(MIA, "place: town hall")
    assert "Title" in hosts.say(MIA, "Title: Exchange of the month\nSummary: One asks, all help.")
    assert "All right, it stays as it is." in hosts.say(MIA, "ok")
    shown = hosts.say(MIA, "event 1")
    assert "town hall" in shown
    assert "Exchange of the month" in shown
    assert "found nothing" in hosts.say(MIA, "place: museum")
    assert "museum" not in hosts.say(MIA, "event 1")


def test_a_faulty_line_is_asked_for(hosts: Chat) -> None:
    hosts.say(MIA, "event edit 1")
    assert "place" in hosts.say(MIA, "places: many")
    hosts.say(MIA, "12")
    assert "Changed" in hosts.say(MIA, "yes")


def test_lines_that_begin_like_commands(hosts: Chat) -> None:
    """“Language” and “offers” are commands; a label with its colon is not, while the form is there."""
    hosts.say(ADA, "profile edit")
    assert "Ghent" not in hosts.say(ADA, "Organisation: Port of Antwerp")
    assert "Cycling to school" in hosts.say(ADA, "offers: mobility: Cycling to school")
    assert "Cycling to school" in hosts.say(ADA, "profile")
    assert "found nothing" in hosts.say(ADA, "organisation: port")


def test_a_search_and_a_command_stay_what_they_are(hosts: Chat) -> None:
    hosts.say(ADA, "edit 1")
    assert "#1 Cycling in winter" in hosts.say(ADA, "bicycle paths")
    hosts.say(ADA, "edit 1")
    assert "Monthly exchange" in hosts.say(ADA, "events")
    assert "#1" in hosts.say(ADA, "theme: climate adaptation")
    hosts.say(ADA, "edit 1")
    assert "Title" in hosts.say(ADA, "title: Cycling all winter")
    assert "Cycling all winter" in hosts.say(ADA, "1")


def test_what_comes_late_is_asked_about(hosts: Chat) -> None:
    """Who comes back after an hour may rather look for something."""
    hosts.say(ADA, "edit 1")
    hosts.clock.forward(hours=2)
    told = hosts.say(ADA, "title: Cycling all winter")
    assert "Changed" not in told
    assert "I am not sure whether “title: Cycling all winter” is meant" in told
    hosts.say(ADA, "yes")
    assert "Cycling all winter" in hosts.say(ADA, "1")


def test_an_empty_form_begins_with_a_line(chat_de: Chat) -> None:
    """What is left out is asked for; where the form was handed out in a room, people talk on."""
    chat_de.say(BEN, "formular registrieren")
    begun = chat_de.say(BEN, BEN_FORM.splitlines()[1])
    assert "(2/" in begun or "Organisation" in begun
    chat_de.say(BEN, "abbrechen")
    chat_de.in_hub(BEN, "!formular registrieren")
    assert not chat_de.say(BEN, "Name: Ben Ünal", room=HUB)
