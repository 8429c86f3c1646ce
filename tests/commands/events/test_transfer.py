"""The events of the demo's network."""

from __future__ import annotations

from datetime import UTC, datetime

from commands.events.transfer import import_event
from config.data import read_json
from storage import events
from storage.events import EventState
from tests.commands.practices.clock import wait
from tests.commands.practices.network import bring, starter
from tests.transcript import ADA, MIA, Chat


def load(chat: Chat) -> int:
    """Load all of them; returns how many were new."""
    count = 0
    for record in read_json("network.json")["events"]:
        with chat.database.write(f"demo/{record['id']}") as tx:
            count += import_event(tx, record, chat.network)
    return count


def test_the_summit_and_the_kick_off_are_there(chat_de: Chat) -> None:
    """Loaded twice they are there once."""
    chat_de.clock.now = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    assert load(chat_de) == 8
    assert load(chat_de) == 0
    listed = chat_de.say(ADA, "termine") + chat_de.say(ADA, "mehr")
    assert "#1 Auftakt: Willkommen im Netzwerk" in listed
    assert "Donnerstag, 14. Januar 2027, 14:00–15:30 Uhr (Europe/Berlin)" in listed
    summit = chat_de.say(ADA, "termin 4")
    assert "Gipfeltreffen" in summit
    assert "Donnerstag, 16. September 2027, 10:00 Uhr bis Freitag, 17. September 2027, 16:30 Uhr" in summit
    assert "Stadthalle (Demo), Mannheim" in summit


def test_its_training_has_something_to_read_and_a_quiz(chat: Chat) -> None:
    chat.clock.now = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    bring(chat, *starter("mannheim-leitbild-2030"))
    load(chat)
    assert "• #1 Leitbild Mannheim 2030" in chat.say(ADA, "event 3")
    assert "Quiz of #3 Training: maturity self-assessment: 3 questions." in chat.say(MIA, "quiz show 3")


def test_what_is_past_when_it_is_loaded_is_over(chat: Chat) -> None:
    chat.clock.now = datetime(2027, 9, 1, 9, 0, tzinfo=UTC)
    load(chat)
    assert "Kick-off" not in chat.say(ADA, "events")
    assert "This is over" in chat.say(ADA, "event 1")
    with chat.reading() as tx:
        summit = events.get(tx, 4)
        assert summit
        assert summit.state == EventState.ANNOUNCED
    wait(chat, days=17)
    assert "21 September 2028" in chat.say(MIA, "event 4")
