"""Sending once, in order, whatever the homeserver does; what can never be sent is parked."""

from __future__ import annotations

import asyncio

import pytest

from bot.matrix.gateway import Limited, LoggedOut, Refused, Unavailable
from commands.members import service
from storage import dialogs, files, outbox
from storage.outbox import OutboxState
from tests.bot.pipeline.scene import BOT, Scene
from tests.fakes.homeserver import SERVER

NOTE = {"msgtype": "m.notice", "body": "note", "m.mentions": {}}


def notes(scene: Scene, to: str, *bodies: str, source: str = "test") -> None:
    """Put messages into the outbox, as a command or a job would."""
    with scene.database.write(f"{source}:{to}") as tx:
        for body in bodies:
            outbox.message(tx, to, {**NOTE, "body": body})


@pytest.mark.parametrize(
    ("retry_after", "waits"), [(4.2, [4.2, 4.2]), (None, [0.5, 1.0])], ids=["told", "not told"]
)
async def test_a_limit_is_waited_for_as_long_as_told(
    scene: Scene, retry_after: float | None, waits: list[float]
) -> None:
    """With the homeserver's number, or with growing pauses where it gives none; then it is sent once."""
    scene.gateway.fail_next("send_event", Limited(retry_after), times=2)
    asked = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
    assert scene.waits == waits


async def test_a_limited_room_holds_up_no_other(scene: Scene) -> None:
    """While one room waits, more rooms than there are connections get their answers."""
    others = [scene.ada.create_room(preset="public_chat") for _ in range(20)]
    for room_id in others:
        scene.homeserver.as_user(BOT).join(room_id)
    scene.held = asyncio.Event()
    limited = others[:18]
    for room_id in limited:
        scene.gateway.fail_next("send_event", Limited(60.0), room=room_id)
    async with scene.running():
        asked = {room_id: scene.ada.send(room_id, "!ping") for room_id in [*others, scene.hub]}
        free = [*others[18:], scene.hub]
        async with asyncio.timeout(60):
            while not all(scene.answers(room_id, asked[room_id]) for room_id in free):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert [room_id for room_id in limited if scene.answers(room_id, asked[room_id])] == []
        scene.held.set()
        await scene.settled()
    assert [scene.answers(room_id, event_id) for room_id, event_id in asked.items()] == [["pong"]] * 21
    assert scene.waits == [60.0] * 18


@pytest.mark.parametrize("after", [False, True], ids=["not sent yet", "sent without an answer"])
async def test_who_is_forgotten_is_not_told_of_any_more(scene: Scene, after: bool) -> None:
    """What waits about them is dropped; what may have gone out is taken back."""
    room_id = scene.direct(scene.ada)
    await scene.run_once()
    before = scene.said(room_id)
    error = Unavailable("hung up") if after else Limited(60.0)
    scene.gateway.fail_next("send_event", error, after=after)
    scene.held = asyncio.Event()
    with scene.database.write("test") as tx:
        for body in ("Ben works on cycling", "Ben has joined"):
            outbox.message(tx, room_id, {**NOTE, "body": body}, about=scene.ben.user_id)
        outbox.message(tx, room_id, NOTE)
    async with scene.running():
        async with asyncio.timeout(60):
            while not scene.waits:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        with scene.database.write("forget") as tx:
            service.forget(tx, scene.ben.user_id, practices_too=False, reason="on request")
        scene.held.set()
        await scene.settled()
    assert scene.said(room_id) == [*before, "note"]
    assert scene.dead_letters() == []


async def test_a_homeserver_that_is_away_for_a_while(scene: Scene) -> None:
    """5xx and dropped connections are waited out; each message arrives once, and in order."""
    scene.gateway.fail_next("send_event", Unavailable("502"), times=5)
    scene.gateway.fail_next("send_event", Unavailable("hung up"), times=3, after=True)
    asked = [scene.ada.send(scene.hub, "!ping") for _ in range(4)]
    await scene.run_once()
    assert [scene.answers(scene.hub, one) for one in asked] == [["pong"]] * 4
    assert scene.said(scene.hub) == ["pong"] * 4


async def test_what_is_refused_is_parked_and_the_rest_goes_on(scene: Scene) -> None:
    """A dead letter keeps the reason; what comes after it in the same room is sent."""
    scene.gateway.fail_next("send_event", Refused(403, "M_FORBIDDEN", "no"), room=scene.hub)
    asked = [scene.ada.send(scene.hub, "!ping") for _ in range(2)]
    await scene.run_once()
    assert [scene.answers(scene.hub, one) for one in asked] == [[], ["pong"]]
    assert [letter.error for letter in scene.dead_letters()] == ["403 M_FORBIDDEN no"]
    await scene.run_once()
    assert scene.said(scene.hub) == ["pong"]


async def test_what_no_homeserver_takes_is_parked(scene: Scene) -> None:
    """Too large, half a surrogate pair, a number beyond all numbers: found before it is sent for ever."""
    with scene.database.write("test") as tx:
        for body in ("x" * 70_000, "half \ud83d", "fine"):
            outbox.message(tx, scene.hub, {**NOTE, "body": body})
        outbox.message(tx, scene.hub, {**NOTE, "number": 2**60})
    await scene.run_once()
    assert scene.said(scene.hub) == ["fine"]
    assert [str(letter.error)[:3] for letter in scene.dead_letters()] == ["413", "400", "400"]


async def test_a_row_that_makes_no_sense_is_parked(scene: Scene) -> None:
    """A bug of ours in one row does not end the program, at this start or the next."""
    with scene.database.write("test") as tx:
        outbox.add(tx, scene.hub, outbox.Action.INVITE, {"no": "user"})
        outbox.add(tx, scene.hub, outbox.Action.FILE, {}, data=b"no name")
        outbox.edit(tx, scene.hub, NOTE, key="never sent")
        outbox.message(tx, scene.hub, NOTE)
    await scene.run_once()
    assert scene.said(scene.hub) == ["note"]
    assert len(scene.dead_letters()) == 3


async def test_being_logged_out_ends_the_program_and_parks_nothing(scene: Scene) -> None:
    """What waits is sent when the operator has let the bot in again."""
    scene.gateway.fail_next("send_event", LoggedOut("gone"))
    asked = scene.ada.send(scene.hub, "!ping")
    with pytest.raises(LoggedOut):
        await scene.run_once()
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
    assert scene.dead_letters() == []


async def test_a_thread_on_an_unknown_event_is_answered_outside_of_it(scene: Scene) -> None:
    """The homeserver refuses such an answer for good; it still refers to the command."""
    asked = scene.ada.send(scene.hub, "!ping")
    room, stored = scene.homeserver.find(asked)
    stored.event["content"]["m.relates_to"] = {"rel_type": "m.thread", "event_id": "$unknown"}
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
    assert scene.dead_letters() == []
    assert room.room_id == scene.hub


async def test_an_answer_stays_in_its_thread(scene: Scene) -> None:
    """Where the homeserver knows the thread."""
    root = scene.ada.send(scene.hub, "about pinging")
    asked = scene.ada.send(scene.hub, "!ping", thread=root)
    await scene.run_once()
    answer = scene.homeserver.timeline(scene.hub)[-1]
    assert answer["content"]["m.relates_to"]["event_id"] == root
    assert scene.answers(scene.hub, asked) == ["pong"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_one_direct_chat_whatever_is_lost_on_the_way(scene: Scene, after: bool) -> None:
    """A room whose creation was not answered is found again by its alias; messages wait for it in order."""
    scene.gateway.fail_next("create_room", Unavailable("hung up"), times=2, after=after)
    notes(scene, scene.ada.user_id, "one", "two")
    await scene.run_once()
    notes(scene, scene.ada.user_id, "three", source="later")
    await scene.run_once()
    chats = [room_id for room_id in scene.homeserver.rooms if room_id != scene.hub]
    assert len(chats) == 1
    assert scene.said(chats[0]) == ["one", "two", "three"]
    assert scene.homeserver.rooms[chats[0]].membership(scene.ada.user_id) == "invite"
    told = scene.homeserver.account_data[BOT, "m.direct"][1]
    assert told == {scene.ada.user_id: chats}


async def test_a_direct_chat_of_which_only_half_was_made(scene: Scene) -> None:
    """The homeserver was cut off after the alias and before the invitation: the bot completes the room."""
    notes(scene, scene.ada.user_id, "one")
    with scene.database.read() as tx:
        (row,) = outbox.pending(tx, [scene.ada.user_id])[scene.ada.user_id]
    half = scene.homeserver.create_room(
        BOT, {"preset": "private_chat", "room_alias_name": f"proxenos-{row.txn_id[2:22]}"}
    )
    await scene.run_once()
    assert scene.homeserver.rooms[half].membership(scene.ada.user_id) == "invite"
    assert scene.said(half) == ["one"]


async def test_what_is_said_in_a_new_direct_chat_is_heard(scene: Scene) -> None:
    """The bot made the room and ended before it wrote so down; who is in it already is answered."""
    created = scene.homeserver.create_room(
        BOT, {"preset": "private_chat", "is_direct": True, "invite": [scene.ada.user_id]}
    )
    scene.ada.join(created)
    asked = scene.ada.send(created, "ping")
    await scene.run_once()
    assert scene.answers(created, asked) == ["pong"]
    notes(scene, scene.ada.user_id, "hello")
    await scene.run_once()
    assert "hello" in scene.said(created)


async def test_a_new_direct_chat_where_the_old_one_was_left(scene: Scene) -> None:
    """Who left the room is invited to a new one."""
    notes(scene, scene.ada.user_id, "one")
    await scene.run_once()
    (old,) = (room_id for room_id in scene.homeserver.rooms if room_id != scene.hub)
    scene.ada.join(old)
    scene.ada.leave(old)
    await scene.run_once()
    assert scene.homeserver.rooms[old].membership(BOT) == "leave"
    notes(scene, scene.ada.user_id, "two", source="later")
    await scene.run_once()
    (new,) = (room_id for room_id in scene.homeserver.rooms if room_id not in (scene.hub, old))
    assert scene.said(new) == ["two"]


@pytest.mark.parametrize("method", ["reserve_upload", "upload", "send_event"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_file_is_sent_once(scene: Scene, method: str, after: bool) -> None:
    """Whichever step is lost on the way, there is one message, and its address has the bytes."""
    scene.gateway.fail_next(method, Unavailable("hung up"), times=2, after=after)
    with scene.database.write("test") as tx:
        files.send(
            tx,
            scene.hub,
            b"BEGIN:VCALENDAR",
            content_type="text/calendar",
            filename="summit.ics",
            content={"msgtype": "m.file", "m.mentions": {}},
        )
    await scene.run_once()
    (sent,) = (event for event in scene.homeserver.timeline(scene.hub) if event["type"] == "m.room.message")
    assert sent["content"]["filename"] == "summit.ics"
    assert scene.homeserver.media[sent["content"]["url"]][1] == b"BEGIN:VCALENDAR"


async def test_a_file_whose_address_expired_gets_a_new_one(scene: Scene) -> None:
    """The bot was away for longer than the homeserver holds an address."""
    with scene.database.write("test") as tx:
        content = {"msgtype": "m.file"}
        key = files.send(
            tx, scene.hub, b"bytes", content_type="text/plain", filename="a.txt", content=content
        )
        files.keep_content_uri(tx, key, f"mxc://{SERVER}/expired")
    await scene.run_once()
    (sent,) = (event for event in scene.homeserver.timeline(scene.hub) if event["type"] == "m.room.message")
    assert scene.homeserver.media[sent["content"]["url"]][1] == b"bytes"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_pins_stay_beside_those_of_others(scene: Scene, after: bool) -> None:
    """Pinned once, unpinned without a trace, whatever the others have pinned."""
    scene.mia.set_power(scene.hub, BOT, 50)
    scene.mia.set_state(scene.hub, "m.room.pinned_events", {"pinned": ["$theirs", 7]})
    scene.gateway.fail_next("put_state", Unavailable("hung up"), times=2, after=after)
    with scene.database.write("test") as tx:
        key = outbox.message(tx, scene.hub, NOTE)
        outbox.pin(tx, scene.hub, key=key)
    await scene.run_once()
    pinned = scene.homeserver.rooms[scene.hub].content("m.room.pinned_events")["pinned"]
    assert pinned[0] == "$theirs"
    assert len(pinned) == 2
    scene.gateway.fail_next("put_state", Unavailable("hung up"), times=2, after=after)
    with scene.database.write("later") as tx:
        outbox.unpin(tx, scene.hub, key=key)
    await scene.run_once()
    assert scene.homeserver.rooms[scene.hub].content("m.room.pinned_events") == {"pinned": ["$theirs"]}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_reactions_edits_and_redactions_happen_once(scene: Scene, after: bool) -> None:
    """They find the message that they are about by its place in the outbox, before it is marked as sent."""
    scene.gateway.fail_next("send_event", Unavailable("hung up"), times=4, after=after)
    scene.gateway.fail_next("redact", Unavailable("hung up"), times=2, after=after)
    with scene.database.write("test") as tx:
        key = outbox.message(tx, scene.hub, NOTE)
        outbox.reaction(tx, scene.hub, "\N{THUMBS UP SIGN}", key=key)
        outbox.edit(tx, scene.hub, {**NOTE, "body": "better"}, key=key)
        gone = outbox.message(tx, scene.hub, NOTE)
        outbox.redact(tx, scene.hub, "forgotten", key=gone)
    await scene.run_once()
    ours = [event for event in scene.homeserver.timeline(scene.hub) if event["sender"] == BOT][1:]
    assert [event["type"] for event in ours] == [
        "m.room.message",
        "m.reaction",
        "m.room.message",
        "m.room.message",
        "m.room.redaction",
    ]
    assert ours[1]["content"]["m.relates_to"]["event_id"] == ours[0]["event_id"]
    assert ours[2]["content"]["m.relates_to"] == {"rel_type": "m.replace", "event_id": ours[0]["event_id"]}
    assert ours[3]["content"] == {}


async def test_a_reaction_that_is_there_already_is_no_failure(scene: Scene) -> None:
    """The homeserver no longer knew the transaction and refuses the same reaction again."""
    scene.gateway.fail_next("send_event", Refused(400, "M_DUPLICATE_ANNOTATION"))
    with scene.database.write("test") as tx:
        outbox.reaction(tx, scene.hub, "\N{THUMBS UP SIGN}", event_id=scene.ada.send(scene.hub, "good"))
    await scene.run_once()
    assert scene.dead_letters() == []


async def test_more_than_a_batch_keeps_its_order(scene: Scene) -> None:
    """Whatever has to wait in the middle of it."""
    bodies = [str(number) for number in range(70)]
    scene.gateway.fail_next("send_event", Limited(1.0), times=3)
    notes(scene, scene.hub, *bodies)
    await scene.run_once()
    assert scene.said(scene.hub) == bodies


async def test_a_room_goes_on_while_what_was_said_is_being_marked(scene: Scene) -> None:
    """Message after message, each by itself: in their order, once, and all of them marked in the end."""
    bodies = [str(number) for number in range(45)]
    async with scene.running() as app:
        await scene.settled()
        for body in bodies:
            notes(scene, scene.hub, body, source=body)
            app.sender.notify([scene.hub])
            await asyncio.sleep(0.001)
        await scene.settled()
    assert scene.said(scene.hub) == bodies


async def test_a_tap_that_is_quicker_than_the_mark_counts(scene: Scene) -> None:
    """The question arrived and was tapped while the bot was away, which did not know that it had arrived."""
    chat = scene.direct(scene.ada)
    scene.ada.send(chat, "register")
    await scene.run_once()
    with scene.database.write("test") as tx:  # as a kill between sending and marking leaves it
        asked = dialogs.active(tx, scene.ada.user_id)
        assert asked is not None
        assert asked.prompt is not None
        question = outbox.by_key(tx, asked.prompt)
        assert question is not None
        stored = tx.session.get_one(outbox.OutboxRow, question.id)
        event_id, stored.state, stored.event_id = str(stored.event_id), OutboxState.PENDING, None
    scene.ada.react(event_id, "\N{CROSS MARK}")
    scene.held = asyncio.Event()
    scene.gateway.fail_next("send_event", Limited(60.0))
    async with scene.running():
        async with asyncio.timeout(60):
            while open_dialog(scene):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        scene.held.set()
        await scene.settled()
    assert scene.said(chat)[-1].startswith("Cancelled")


async def test_a_tap_on_something_else_answers_nothing(scene: Scene) -> None:
    """While the question has not arrived, a cross on one's own words does not cancel it."""
    chat = scene.direct(scene.ada)
    own = scene.ada.send(chat, "register")
    scene.held = asyncio.Event()
    scene.gateway.fail_next("send_event", Limited(60.0))
    async with scene.running():
        async with asyncio.timeout(60):
            while not open_dialog(scene):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        scene.ada.react(own, "\N{CROSS MARK}")
        again = scene.ada.send(scene.hub, "!ping")
        async with asyncio.timeout(60):
            while not scene.answers(scene.hub, again):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert open_dialog(scene)
        scene.held.set()
        await scene.settled()
    assert open_dialog(scene)


def open_dialog(scene: Scene) -> bool:
    """Whether Ada is in the middle of a dialog."""
    with scene.database.read() as tx:
        return dialogs.active(tx, scene.ada.user_id) is not None
