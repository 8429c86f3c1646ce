"""What the bot keeps of who answers events, and what becomes of it."""

from __future__ import annotations

import json

from sqlmodel import select

from storage import events
from storage.events import EventState
from storage.schedule import DueRow
from tests.commands.events.meetings import EXCHANGE, TRAINING, card, delivered, make, tap
from tests.commands.practices.clock import wait
from tests.transcript import ADA, BEN, MIA, OUT, Chat


def test_mydata_holds_the_answers(dates: Chat) -> None:
    number = make(dates, EXCHANGE)
    tap(dates, ADA, number, "✅")
    dates.say(ADA, f"notgoing {number} 1 April")
    dates.say(ADA, "mydata")
    (file,) = dates.files
    held = json.loads(file.data or b"")
    assert held["event_answer"][0]["answer"] == "going"
    assert held["event_answer"][0]["skips"] == ["2027-04-01T15:00:00"]
    assert held["event_tap"] == [{"event": number, "answer": "going"}]
    assert any("one entry on events" in line for line in held["summary"]["English"])


def test_a_host_who_is_forgotten_leaves_the_event_without_a_name(dates: Chat) -> None:
    """On the card too; a draft goes altogether."""
    dates.say(MIA, "event allow Ada")
    for _ in range(2):
        dates.say(ADA, TRAINING)
        dates.say(ADA, "yes")
    dates.say(ADA, "announce 1 in #ud-dates")
    assert "Host: Ada" in card(dates, 1)
    delivered(dates)
    dates.say(ADA, "forgetme")
    dates.say(ADA, "yes")
    wait(dates, seconds=5)
    assert "Ada" not in card(dates, 1)
    with dates.reading() as tx:
        assert [(one.number, one.state) for one in events.not_over(tx)] == [(1, EventState.ANNOUNCED)]
        assert events.get(tx, 2) is None
        assert events.organiser(tx, ADA) is None


def test_the_clock_s_rows_hold_no_person(dates: Chat) -> None:
    """Whoever is forgotten is in none of them."""
    number = make(dates)
    for user in (ADA, BEN):
        dates.say(user, f"going {number}")
    dates.say(MIA, f"event move {number} 18 March 14:00")
    dates.say(MIA, "yes")
    dates.say(ADA, f"going {number}")
    wait(dates, seconds=5)
    wait(dates, days=17, hours=6)
    wait(dates, days=1)
    dates.say(MIA, f"material {number} https://example.org/slides")
    wait(dates, days=1)
    with dates.reading() as tx:
        found = list(tx.session.exec(select(DueRow)))
        assert len(found) > 5
        assert not [row.key for row in found if "@" in row.key or "@" in json.dumps(row.payload)]


def test_who_is_not_in_the_network_sees_nothing(dates: Chat) -> None:
    number = make(dates)
    for said in ("events", f"event {number}", f"going {number}", f"material {number}"):
        assert "Please join" in dates.say(OUT, said)
