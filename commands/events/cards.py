"""The cards that stand for events in rooms: put up once, kept current, a few edits however many answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from commands.core import letters
from commands.core.context import Context, Network
from commands.core.nodes import Block
from commands.events import views
from storage import events, outbox, schedule
from storage.database import Tx
from storage.events import Event, EventCard
from storage.rooms import Room

SETTLE = timedelta(seconds=3)  # from the first answer until the cards show it, with all that came meanwhile
_LONGEST_WAIT = timedelta(minutes=1)  # between two looks at an edit that is still on its way
Say = Callable[[Context], Sequence[Block]]
_GIVEN_UP = timedelta(minutes=2)  # a renewal that has not come by then never will


def put_up(tx: Tx, network: Network, event: Event, room_id: str, by: str | None) -> bool:
    """Put up the card of an event in a room; False if one stands there already."""
    known = events.card(tx, event.number, room_id)
    if known and outbox.arrives(tx, known.message):
        return False
    there = letters.to_room(tx, network, room_id)
    message = letters.write(
        there, views.card(there, event), topic=views.topic(event), reactions=views.REACTIONS
    )
    card = known or EventCard(event=event.number, room_id=room_id, message=message, at=tx.now)
    card.message, card.by, card.at = message, by, tx.now
    events.keep_card(tx, card)
    return True


def later(tx: Tx, event: Event, wait: timedelta = SETTLE) -> None:
    """Let all cards show the numbers of an event in a moment, if that is not about to happen anyway."""
    # Far from now on either side only if it failed, or if the clock was set back.
    if event.cards_due_at and abs(tx.now - event.cards_due_at) < _GIVEN_UP:
        return
    event.cards_due_at = tx.now + wait
    events.keep(tx, event)
    due = event.cards_due_at.replace(tzinfo=None)
    payload = {"event": event.number, "waited": wait.total_seconds()}
    schedule.plan(tx, f"event_cards:{event.number}:{due.isoformat()}", "event_cards", due, "UTC", payload)


def renew(tx: Tx, network: Network, event: Event, waited: timedelta = SETTLE) -> None:
    """Let all cards show what an event says now; later, where an edit of one is still on its way.

    `waited` is how long it was since the last look: the longer the homeserver takes, the seldomer the next.
    """
    event.cards_due_at = None
    events.keep(tx, event)
    standing = [card for card in events.cards(tx, event.number) if outbox.arrives(tx, card.message)]
    if any(outbox.edit_waits(tx, card.room_id, card.message) for card in standing):
        later(tx, event, min(1.5 * waited, _LONGEST_WAIT))
        return
    for card in standing:
        there = letters.to_room(tx, network, card.room_id)
        if there.room and there.room.membership == "join":
            letters.rewrite(there, views.card(there, event), key=card.message, lane=card.room_id)


def tell(tx: Tx, network: Network, event: Event, say: Say) -> None:
    """Say something under each card, where people can answer anew by a tap."""
    for card in events.cards(tx, event.number):
        there = letters.to_room(tx, network, card.room_id)
        if there.room and there.room.membership == "join":
            shown = outbox.by_key(tx, card.message)
            replied = shown.event_id if shown else None
            letters.write(there, say(there), topic=views.topic(event), reply_to=replied)


def move(tx: Tx, network: Network, old: Room, new: Room) -> None:
    """Put the cards of a room up again in the one that took its place; the old messages stay."""
    for card in events.cards_in(tx, old.room_id):
        event = events.get(tx, card.event)
        events.remove_card(tx, card)
        if event and event.state in events.AHEAD:
            put_up(tx, network, event, new.room_id, card.by)
