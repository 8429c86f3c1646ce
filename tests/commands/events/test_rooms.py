"""A room with cards is upgraded, or the bot is no longer in it."""

from __future__ import annotations

from commands.events import cards
from storage import events, rooms
from storage.rooms import Room
from tests.commands.events.meetings import DATES, card, make, tap
from tests.commands.practices.clock import wait
from tests.transcript import ADA, BOT, MIA, Chat

NEW = "!new:test.localhost"


def test_cards_are_put_up_again_in_the_room_that_takes_the_place(dates: Chat) -> None:
    """With the answers that there are; those of events that are over stay behind."""
    number, cancelled = make(dates), make(dates)
    dates.say(MIA, f"event cancel {cancelled} no room")
    dates.say(MIA, "yes")
    tap(dates, ADA, number, "✅")
    with dates.database.write("upgrade") as tx:
        old, new = rooms.get(tx, DATES), Room(room_id=NEW, version="12", people=4)
        assert old
        tx.session.add(new)
        rooms.keep_member(tx, NEW, BOT, "join")
        cards.move(tx, dates.network, old, new)
        assert events.cards_in(tx, DATES) == []
        assert [one.event for one in events.cards_in(tx, NEW)] == [number]
    assert "1 of 2 places taken" in card(dates, number, NEW)


def test_nothing_is_said_in_a_room_that_the_bot_has_left(dates: Chat) -> None:
    number = make(dates)
    tap(dates, ADA, number, "✅")
    with dates.database.write("leave") as tx:
        room = rooms.get(tx, DATES)
        assert room
        room.membership = "leave"
    wait(dates, seconds=5)
    dates.say(MIA, f"event cancel {number} no room")
    dates.say(MIA, "yes")
    told = wait(dates, seconds=5)
    assert [lane for lane, _ in told] == [dates.dm(ADA)]
    assert all(row.lane != DATES for row in dates.answers)
