"""A room for events, events in it, and how people answer them."""

from __future__ import annotations

from storage import events, outbox, rooms
from storage.database import Tx
from storage.events import Answer, Event
from storage.inbox import Kind
from storage.outbox import Delivered
from storage.rooms import Room
from tests.transcript import ADA, BEN, BOT, MIA, Chat

DATES = "!dates:test.localhost"  # a room for events, in which all are
DATEN = "!daten:test.localhost"  # another, in which German is spoken

TRAINING = """\
event new
kind: training
title: Heat plans
summary: We write one together.
when: 16 March 2027 10:00
length: 2 hours
place: Town hall, room 2
link: https://example.org/heat
places: 2
themes: climate adaptation
title in the other language: Hitzepläne
summary in the other language: Wir schreiben gemeinsam einen."""

EXCHANGE = """\
event new
kind: peer exchange
title: Monthly exchange
summary: One city asks, everyone helps.
when: every first Thursday of the month 15:00
length: 75 min"""


def furnish(chat: Chat) -> None:
    """Add the rooms for events."""
    with chat.database.write("dates") as tx:
        for room_id, name, language in ((DATES, "Dates", None), (DATEN, "Termine", "de")):
            alias = f"#ud-{name.casefold()}:test.localhost"
            room = Room(room_id=room_id, version="12", name=name, alias=alias, people=4, language=language)
            room.since = chat.clock.now
            tx.session.add(room)
            for user in (BOT, ADA, BEN, MIA):
                rooms.keep_member(tx, room_id, user, "join")


def make(chat: Chat, form: str = TRAINING, *places: str) -> int:
    """Let Mia make an event and announce it, in the room for events unless others are named."""
    chat.say(MIA, form)
    chat.say(MIA, "yes")
    with chat.reading() as tx:
        number = max(event.number for event in events.hosted_by(tx, MIA))
    for place in places or ("#ud-dates",):
        chat.say(MIA, f"announce {number} in {place}")
    return number


def tap(chat: Chat, user: str, number: int, emoji: str, room: str = DATES) -> str:
    """Let somebody tap under the card in a room; returns what the bot says. `chat.last_event` is the tap."""
    with chat.reading() as tx:
        card = events.card(tx, number, room)
        row = outbox.by_key(tx, card.message) if card else None
    assert row
    with chat.database.write() as tx:
        outbox.mark_sent(tx, [Delivered(row.key, row.lane, f"$card-{row.id}")])
    relation = {"rel_type": "m.annotation", "event_id": f"$card-{row.id}", "key": emoji}
    return chat.event(user, Kind.REACTION, {"m.relates_to": relation}, room=room)


def untap(chat: Chat, user: str, reaction: str, room: str = DATES) -> str:
    """Let somebody take a reaction back."""
    return chat.event(user, Kind.UNTAPPED, {"reaction": reaction}, room=room)


def card(chat: Chat, number: int, room: str = DATES) -> str:
    """The text of a card as people see it, with its last edit."""
    return str(_shown(chat, number, room)["body"])


def card_html(chat: Chat, number: int, room: str = DATES) -> str:
    """The same as HTML."""
    return str(_shown(chat, number, room)["formatted_body"])


def _shown(chat: Chat, number: int, room: str) -> dict[str, object]:
    with chat.reading() as tx:
        found = events.card(tx, number, room)
        assert found
        first = outbox.by_key(tx, found.message)
        assert first
        edits = [
            row
            for row in outbox.pending(tx, [room], limit=1000).get(room, [])
            if row.target_key == first.key and row.action == outbox.Action.EDIT
        ]
        return edits[-1].content if edits else first.content


def delivered(chat: Chat) -> None:
    """Let the homeserver take all edits that wait; what people see is asked for before."""
    with chat.database.write() as tx:
        for lane in outbox.waiting_lanes(tx):
            for row in outbox.pending(tx, [lane], limit=1000)[lane]:
                outbox.mark_sent(tx, [Delivered(row.key, row.lane, f"$sent-{row.id}")])


def answer_of(chat: Chat, number: int, user: str) -> Answer | None:
    """What somebody said to an event."""
    with chat.reading() as tx:
        found = events.answer(tx, number, user)
        return Answer(found.answer) if found else None


def event(tx: Tx, number: int) -> Event:
    """The event with this number."""
    found = events.get(tx, number)
    assert found
    return found
