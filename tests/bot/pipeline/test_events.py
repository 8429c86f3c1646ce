"""Hundreds of people answer an event at once, and take their answers back."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

import pytest

from commands.core import letters
from commands.events import cards, service, views
from storage import events, inbox
from storage.database import Tx
from storage.events import Answer, Event, EventKind, EventState
from tests.bot.pipeline.scene import BOT, PATIENCE, Scene
from tests.fakes.homeserver import SERVER, FakeUser

PEOPLE, PLACES, LEAVING = 500, 100, 50


def announce(scene: Scene) -> None:
    """Announce an event with a hundred places in the hub room."""
    with scene.database.write("event") as tx:
        # So near that nobody is left to sleep, whenever the test runs.
        soon: datetime = (tx.now + timedelta(minutes=50)).replace(tzinfo=None)
        event = Event(
            uid="summit@test",
            kind=EventKind.SUMMIT,
            state=EventState.DRAFT,
            title={"en": "Summit"},
            summary={"en": "All of us."},
            start=soon,
            timezone="UTC",
            minutes=60,
            capacity=PLACES,
            created_at=tx.now,
            updated_at=tx.now,
        )
        events.keep(tx, event)
        ctx = letters.to_room(tx, scene.network, scene.hub)
        assert ctx.room
        service.announce(ctx, event, [ctx.room])


def said(tx: Tx, answer: Answer) -> list[str]:
    return [one.user_id for one in events.answers(tx, 1, answer)]


async def shown(scene: Scene, numbers: str) -> list[str]:
    """Wait until the card says so; returns what its edits said until then."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await scene.settled()
            edits = [
                event["content"]["m.new_content"]["body"]
                for event in scene.homeserver.timeline(scene.hub)
                if event["sender"] == BOT and "m.new_content" in event["content"]
            ]
            if edits and numbers in edits[-1]:
                return edits
            await asyncio.sleep(0.05)


async def test_five_hundred_people_answer_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred go, the others wait in their order and move up in it, each told once; the card is edited a
    few times."""
    monkeypatch.setattr(cards, "SETTLE", timedelta(seconds=1))
    await scene.run_once()
    announce(scene)
    await scene.run_once()
    card = next(
        event["event_id"]
        for event in scene.homeserver.timeline(scene.hub)
        if event["sender"] == BOT and event["type"] == "m.room.message"
    )
    people = [scene.homeserver.as_user(f"@person{number:03}:{SERVER}") for number in range(PEOPLE)]
    for person in people:
        person.join(scene.hub)
    names = [person.user_id for person in people]
    begun = time.monotonic()
    async with scene.running():
        taps = [person.react(card, views.REACTIONS[0]) for person in people]
        await shown(scene, f"{PLACES} of {PLACES} places taken · {PEOPLE - PLACES} waiting")
        with scene.database.read() as tx:
            assert said(tx, Answer.GOING) == names[:PLACES]
            assert said(tx, Answer.WAITING) == names[PLACES:]
        for person, tap in zip(people[:LEAVING], taps, strict=False):
            person.redact(tap)
        edits = await shown(scene, f"{PLACES} of {PLACES} places taken · {PEOPLE - PLACES - LEAVING} waiting")
        with scene.database.read() as tx:
            assert said(tx, Answer.GOING) == names[LEAVING : PLACES + LEAVING]
            assert said(tx, Answer.WAITING) == names[PLACES + LEAVING :]
    letters_by = private(scene)
    assert told_of(letters_by, "A place has become free") == names[PLACES : PLACES + LEAVING]
    assert told_of(letters_by, "on the waiting list") == names[PLACES:]
    # At most one in a time, however many answer in it.
    assert len(edits) <= (time.monotonic() - begun) / cards.SETTLE.total_seconds() + 1


def private(scene: Scene) -> dict[str, list[str]]:
    """What the bot said to each person in their direct chat, by their id."""
    return {
        user_id: scene.homeserver.said(room_id, BOT)
        for room_id, room in scene.homeserver.rooms.items()
        for (kind, user_id) in room.state()
        if kind == "m.room.member" and user_id != BOT and room_id != scene.hub
    }


def told_of(letters_by: dict[str, list[str]], words: str) -> list[str]:
    """Who was told something, as often as they were."""
    return [user_id for user_id in sorted(letters_by) for body in letters_by[user_id] if words in body]


async def test_a_tap_taken_back_long_after_is_still_known(scene: Scene) -> None:
    """What was said to the bot is forgotten after some weeks; an answer to an event counts until then."""
    await scene.run_once()
    announce(scene)
    await scene.run_once()
    card = next(
        event["event_id"]
        for event in scene.homeserver.timeline(scene.hub)
        if event["sender"] == BOT and event["type"] == "m.room.message"
    )
    ada: FakeUser = scene.ada
    tap = ada.react(card, views.REACTIONS[0])
    await scene.run_once()
    with scene.database.write("housekeeping") as tx:
        assert said(tx, Answer.GOING) == [ada.user_id]
        inbox.forget_before(tx, tx.now + timedelta(days=1))
    ada.redact(tap)
    await scene.run_once()
    with scene.database.read() as tx:
        assert said(tx, Answer.GOING) == []
