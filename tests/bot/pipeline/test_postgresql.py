"""The same pipeline with PostgreSQL, which is stricter about what can be stored."""

from __future__ import annotations

import asyncio

from bot.matrix.gateway import Json, Unavailable
from bot.pipeline.dispatcher import Dispatcher
from commands.core.conversation import Conversation
from commands.core.registry import load
from storage import inbox
from storage.database import Database
from tests.bot.pipeline.scene import BOT, Scene
from tests.bot.pipeline.test_receiver import ODD_EVENTS


async def test_a_backlog_in_several_rooms(scene_on_postgresql: Scene) -> None:
    """Each room in its order, everything once, a failing command in the middle, faults on the way."""
    scene = scene_on_postgresql
    rooms = [scene.hub, *(scene.ada.create_room(preset="public_chat") for _ in range(3))]
    for room_id in rooms[1:]:
        scene.homeserver.as_user(BOT).join(room_id)
    await scene.run_once()
    asked = {
        room_id: [
            scene.ada.send(room_id, "!about" if number == 7 else f"!language {'de' if number % 2 else 'en'}")
            for number in range(40)
        ]
        for room_id in rooms
    }
    scene.gateway.fail_next("send_event", Unavailable("hung up"), times=5, after=True)
    await scene.run_once()
    for room_id, commands in asked.items():
        answered = [
            event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
            for event in scene.homeserver.timeline(room_id)
            if event["sender"] == BOT and event["type"] == "m.room.message"
        ]
        assert answered == commands


async def test_two_processes_work_off_one_backlog(scene_on_postgresql: Scene) -> None:
    """Whichever of them runs a command, it is run once, and in its turn within the room."""
    scene = scene_on_postgresql
    await scene.run_once()
    chats = [scene.hub, *(scene.direct(user) for user in (scene.ada, scene.ben, scene.mia))]
    await scene.run_once()
    people = (scene.ada, scene.ada, scene.ben, scene.mia)
    asked = {
        room_id: [user.send(room_id, f"!language {('de', 'en')[number % 2]}") for number in range(30)]
        for user, room_id in zip(people, chats, strict=True)
    }
    other = Database(scene.database.url.render_as_string(hide_password=False))
    done: list[set[str]] = []
    async with scene.running() as app:

        def tell(lanes: set[str]) -> None:
            done.append(lanes)
            app.sender.notify(lanes)

        helper = Dispatcher(other, Conversation(load(), scene.network), on_done=tell)
        helping = asyncio.create_task(helper.run())
        await app.receiver.heard.wait()
        while len(done) < 3:
            helper.notify(chats)
            await asyncio.sleep(0)
            if not waiting(other):
                break
        await scene.settled()
        helper.stop()
        await helping
    other.close()
    for room_id, commands in asked.items():
        answered = [
            event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
            for event in scene.homeserver.timeline(room_id)
            if event["sender"] == BOT and "m.relates_to" in event["content"]
        ]
        assert answered == commands


def waiting(database: Database) -> list[str]:
    """The rooms in which something is still to be done."""
    with database.read() as tx:
        return inbox.waiting_rooms(tx)


async def test_odd_events_can_be_stored_or_are_passed_over(scene_on_postgresql: Scene) -> None:
    """NUL, halves of surrogate pairs and numbers that are none stop nothing."""
    scene = scene_on_postgresql
    odd = iter(ODD_EVENTS)

    def meddle(body: Json) -> Json:
        room = body.get("rooms", {}).get("join", {}).get(scene.hub)
        if room and any(event["sender"] == scene.ada.user_id for event in room["timeline"]["events"]):
            room["timeline"]["events"].insert(0, next(odd))
        return body

    async with scene.running():
        await scene.settled()
        scene.gateway.changes = meddle
        for event in ODD_EVENTS:
            asked = scene.ada.send(scene.hub, "!ping")
            await scene.settled()
            assert scene.answers(scene.hub, asked) == ["pong"], str(event)[:300]
