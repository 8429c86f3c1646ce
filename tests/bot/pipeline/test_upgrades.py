"""Rooms are upgraded: the bot follows, with all that belongs to the room."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.matrix.gateway import Refused
from commands.practices.transfer import import_record
from storage import practices, rooms, schedule
from storage.outbox import Json
from tests.bot.pipeline.scene import BOT, Scene
from tests.commands.practices.network import starter
from tests.fakes.homeserver import SERVER, FakeUser

TOMBSTONE = "m.room.tombstone"


def upgrade(scene: Scene, old: str, by: FakeUser, *, public: bool = True, **creation: Any) -> str:
    """Replace a room as a homeserver does: a new one that names the old, then a tombstone in the old."""
    new = by.create_room(
        preset="public_chat" if public else "private_chat",
        name="Lobby",
        creation_content={"predecessor": {"room_id": old}, **creation},
        power_level_content_override={"users": {BOT: 100}},
    )
    by.set_state(old, TOMBSTONE, {"body": "upgraded", "replacement_room": new})
    return new


def share(scene: Scene) -> int:
    """Put a practice into the library; returns its number."""
    with scene.database.write("share") as tx:
        import_record(tx, starter()[0])
        (practice,) = practices.everything(tx)
    return practice.number or 0


def give_power(scene: Scene) -> None:
    """Let the bot pin in the hub."""
    scene.mia.set_power(scene.hub, BOT, 50)


async def test_the_hub_moves_with_everything_that_belongs_to_it(scene: Scene) -> None:
    """Language, pinned cards, due rows; who is in the new hub is a guest, who made it a moderator."""
    give_power(scene)
    number = share(scene)
    await scene.run_once()
    scene.mia.send(scene.hub, f"!pin {number} clear and reusable")
    await scene.run_once()
    with scene.database.write("plan") as tx:
        later = tx.now.replace(year=tx.now.year + 1, tzinfo=None)
        schedule.plan(tx, "digest", "digest", later, "UTC", {"for_room": scene.hub})
        hub = rooms.get(tx, scene.hub)
        assert hub
        hub.language = "de"
    with capture_logs() as logs:
        async with scene.running():
            await scene.settled()
            new = upgrade(scene, scene.hub, scene.mia)
            await scene.settled()
            scene.ada.join(new)
            asked = scene.ada.send(new, f"!praxis {number}")
            pinned_by = scene.mia.send(new, "!unpin 99")
            await scene.settled()
    assert scene.homeserver.rooms[new].membership(BOT) == "join"
    card, answer, refusal = scene.said(new)
    assert "clear and reusable" in card
    pins = scene.homeserver.rooms[new].content("m.room.pinned_events")["pinned"]
    assert [scene.homeserver.find(pin)[1].event["content"]["body"] for pin in pins] == [card]
    assert scene.answers(new, asked) == [answer]
    assert "Mitglied" not in answer
    assert "Moderation" not in refusal
    assert scene.answers(new, pinned_by) == [refusal]
    with scene.database.read() as tx:
        (moved,) = practices.cards(tx, number)
        assert (moved.room_id, moved.reason) == (new, "clear and reusable")
        row = tx.session.get(schedule.DueRow, "digest")
        assert row
        assert row.payload == {"for_room": new}
        room = rooms.get(tx, new)
        assert room
        assert room.language == "de"
    (told,) = [entry for entry in logs if entry["event"] == "hub_room_moved"]
    assert told["hint"] == f"set HUB_ROOM to {new}"
    assert scene.dead_letters() == []
    # The settings still name the old room: the next start says so, and goes on in the new one.
    with capture_logs() as logs:
        await scene.run_once()
    assert [entry["new"] for entry in logs if entry["event"] == "hub_room_moved"] == [new]
    scene.ada.leave(new)
    refused = scene.ada.send(scene.hub, "!who")
    await scene.run_once()
    assert "Lobby" in scene.answers(scene.hub, refused)[0]


async def test_what_is_said_in_the_new_room_before_the_bot_is_there_is_answered(scene: Scene) -> None:
    """It is one conversation in two rooms, however much is said before the bot has followed."""
    await scene.run_once()
    new = upgrade(scene, scene.hub, scene.mia)
    scene.ada.join(new)
    asked = [scene.ada.send(new, "!ping") for _ in range(130)]
    await scene.run_once()
    assert [scene.answers(new, one) for one in asked] == [["pong"]] * 130


async def test_a_hub_can_move_twice(scene: Scene) -> None:
    """Each time from the room that it is now."""
    await scene.run_once()
    second = upgrade(scene, scene.hub, scene.mia)
    await scene.run_once()
    third = upgrade(scene, second, scene.mia)
    await scene.run_once()
    scene.ada.join(third)
    asked = scene.ada.send(third, "!who")
    await scene.run_once()
    assert scene.answers(third, asked)
    with scene.database.read() as tx:
        assert rooms.current(tx, scene.hub) == rooms.current(tx, second) == third
    assert "join" not in scene.answers(third, asked)[0]


async def test_an_upgrade_while_the_bot_was_away(scene: Scene) -> None:
    """The tombstone lies behind a gap."""
    await scene.run_once()
    new = upgrade(scene, scene.hub, scene.mia)
    for number in range(150):
        scene.ada.send(scene.hub, f"has everybody moved? {number}")
    await scene.run_once()
    assert scene.homeserver.rooms[new].membership(BOT) == "join"
    with scene.database.read() as tx:
        assert rooms.current(tx, scene.hub) == new


async def test_a_room_to_which_the_bot_was_not_invited(scene: Scene) -> None:
    """Joining is refused, which the log tells with what to do; the invitation that comes later is followed,
    though its sender is on a server whose invitations are not accepted."""
    await scene.run_once()
    with capture_logs() as logs:
        new = upgrade(scene, scene.hub, scene.mia, public=False)
        await scene.run_once()
    assert scene.homeserver.rooms[new].membership(BOT) == "leave"
    assert [entry["hint"] for entry in logs if entry["event"] == "upgrade_waits"] == [
        "invite the bot to the new room"
    ]
    stranger = scene.homeserver.as_user("@eve:elsewhere.localhost")
    scene.mia.invite(new, stranger.user_id)
    stranger.join(new)
    stranger.invite(new, BOT)
    await scene.run_once()
    with scene.database.read() as tx:
        assert rooms.current(tx, scene.hub) == new
    asked = scene.mia.send(new, "!ping")
    await scene.run_once()
    assert scene.answers(new, asked) == ["pong"]


async def test_a_direct_chat_moves(scene: Scene) -> None:
    """In the new one neither prefix nor mention is needed."""
    chat = scene.direct(scene.ada)
    await scene.run_once()
    new = scene.ada.create_room(
        preset="trusted_private_chat", invite=[BOT], creation_content={"predecessor": {"room_id": chat}}
    )
    scene.ada.set_state(chat, TOMBSTONE, {"replacement_room": new})
    await scene.run_once()
    asked = scene.ada.send(new, "ping")
    await scene.run_once()
    assert scene.answers(new, asked) == ["pong"]


async def test_who_may_not_say_so_moves_nothing(scene: Scene) -> None:
    """A guest's tombstone is none, even if a homeserver lets it through; the same in other events."""
    await scene.run_once()
    room = scene.homeserver.rooms[scene.hub]
    elsewhere = scene.ada.create_room(
        preset="public_chat", creation_content={"predecessor": {"room_id": scene.hub}}
    )
    content = {"replacement_room": elsewhere}
    with capture_logs() as logs:
        scene.homeserver.append(room, scene.ada.user_id, TOMBSTONE, content, state_key="")
        scene.homeserver.append(room, scene.mia.user_id, TOMBSTONE, content)
        scene.homeserver.append(room, scene.mia.user_id, TOMBSTONE, content, state_key="another")
        await scene.run_once()
    assert scene.homeserver.rooms[elsewhere].membership(BOT) == "leave"
    assert [entry["by"] for entry in logs if entry["event"] == "upgrade_not_allowed"] == [scene.ada.user_id]
    with scene.database.read() as tx:
        assert rooms.current(tx, scene.hub) == scene.hub


async def test_nobody_leads_the_bot_where_an_invitation_would_not(scene: Scene) -> None:
    """A stranger who rules a room that the bot is in can't send it to their own server's rooms."""
    stranger = scene.homeserver.as_user("@eve:elsewhere.localhost")
    own = stranger.create_room(preset="public_chat")
    scene.homeserver.as_user(BOT).join(own)
    await scene.run_once()
    new = upgrade(scene, own, stranger)
    await scene.run_once()
    assert scene.homeserver.rooms[new].membership(BOT) == "leave"


@pytest.mark.parametrize("predecessor", [None, {"room_id": "!other"}, "!other", []])
async def test_a_room_that_does_not_name_the_old_one_takes_nothing_over(
    scene: Scene, predecessor: Any
) -> None:
    """Whoever may write a tombstone can name any room; only that room's own word counts."""
    await scene.run_once()
    creation: Json = {} if predecessor is None else {"predecessor": predecessor}
    other = scene.ben.create_room(preset="public_chat", creation_content=creation)
    scene.mia.set_state(scene.hub, TOMBSTONE, {"replacement_room": other})
    await scene.run_once()
    with scene.database.read() as tx:
        assert rooms.current(tx, scene.hub) == scene.hub
    assert [letter.error for letter in scene.dead_letters()] == [
        f"{other} does not say that it replaces {scene.hub}"
    ]
    assert scene.homeserver.rooms[other].membership(BOT) == "leave"  # nobody sends the bot anywhere
    asked = scene.ada.send(scene.hub, "!who")
    await scene.run_once()
    assert scene.answers(scene.hub, asked)


@pytest.mark.parametrize(
    "content", [{}, {"replacement_room": 7}, {"replacement_room": "#a:b"}, {"replacement_room": ""}]
)
async def test_odd_tombstones_move_nothing(scene: Scene, content: Json) -> None:
    """Commands are answered before and after."""
    await scene.run_once()
    scene.mia.set_state(scene.hub, TOMBSTONE, content)
    asked = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
    assert scene.dead_letters() == []


async def test_servers_that_know_the_room_are_asked(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id of a room of version 12 names no server."""
    await scene.run_once()
    asked: list[tuple[str, ...]] = []
    join = scene.gateway.join

    async def note(room_id: str, *, via: tuple[str, ...] = ()) -> str:
        asked.append(tuple(via))
        return await join(room_id, via=via)

    monkeypatch.setattr(scene.gateway, "join", note)
    upgrade(scene, scene.hub, scene.mia)
    await scene.run_once()
    assert (SERVER,) in asked


async def test_a_crash_in_the_middle_moves_everything_once(scene: Scene) -> None:
    """The join is answered, the bot ends before it has written so; then it does it all again."""
    give_power(scene)
    number = share(scene)
    scene.mia.send(scene.hub, f"!pin {number}")
    await scene.run_once()
    new = upgrade(scene, scene.hub, scene.mia)
    scene.gateway.fail_next("state", Refused(403, "M_FORBIDDEN"), room=new)
    await scene.run_once()
    with scene.database.write("again") as tx:
        (letter,) = scene.dead_letters()
        tx.connection.exec_driver_sql("UPDATE outbox SET state = 'pending' WHERE key = ?", (letter.key,))
    await scene.run_once()
    with scene.database.write("again") as tx:
        tx.connection.exec_driver_sql("UPDATE outbox SET state = 'pending' WHERE action = 'follow'")
    await scene.run_once()
    assert len(scene.said(new)) == 1
