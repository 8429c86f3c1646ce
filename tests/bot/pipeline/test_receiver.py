"""What the bot hears, what it does not want to hear, and what must not stop it from hearing."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.matrix.gateway import Json, LoggedOut, Refused, Unavailable
from bot.pipeline.journal import Batch, Journal, is_echo
from storage import inbox, rooms
from storage.database import Tx
from storage.inbox import InboxState
from tests.bot.pipeline.scene import BOT, Scene

CANARY = "a word between friends, and nobody else's business"


def nested(depth: int, inside: Any = "x") -> Any:
    """An object in an object in an object."""
    for _ in range(depth):
        inside = {"a": inside}
    return inside


def message(**changes: Any) -> Json:
    """A command as it comes with a sync; `...` leaves a field out."""
    whole = {
        "type": "m.room.message",
        "event_id": "$odd",
        "sender": "@eve:test.localhost",
        "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": "!ping"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def said(**content: Any) -> Json:
    """A command with an odd content."""
    return message(content={"msgtype": "m.text", "body": "!ping", **content}, origin_server_ts=2**53)


ODD_TIMES: list[Any] = [..., None, "now", -1, 0, 2**80, 1.5, float("nan"), True, []]
ODD_EVENTS: list[Any] = [
    None,
    7,
    "event",
    [],
    {},
    message(type=...),
    message(type=7),
    message(type={"a": "b"}),
    message(event_id=...),
    message(event_id=None),
    message(event_id=["$a"]),
    message(sender=...),
    message(sender=7),
    message(sender={"a": 1}),
    message(sender="nobody"),
    message(content=...),
    message(content=None),
    message(content="!ping"),
    message(content=["!ping"]),
    *(message(origin_server_ts=ts, event_id=f"$ts{n}") for n, ts in enumerate(ODD_TIMES)),
    message(state_key={}, type="m.room.member"),
    message(state_key="@eve:test.localhost", type="m.room.member", content={"membership": {"a": 1}}),
    message(state_key=BOT, type="m.room.member", content={"membership": "join", "displayname": ["x"]},
            unsigned={"prev_content": []}),
    message(state_key="", type="m.room.power_levels", content={"users": [], "events": 7}),
    message(state_key="", type="m.room.name", content={"name": nested(3)}),
    message(unsigned=7),
    said(body=None),
    said(body=7),
    said(body={"a": "!ping"}),
    said(body=["!ping"]),
    said(body=""),
    said(body="!"),
    said(body="!\0pi\0ng"),
    said(body="!ping \ud800 \udfff"),
    said(body="!" + "ping" * 20_000),
    said(body="> <@a:b> x\n" * 5_000),
    said(msgtype=7),
    said(msgtype={"a": "m.notice"}),
    said(msgtype=None),
    said(**{"m.mentions": 7}),
    said(**{"m.mentions": {"user_ids": 7}}),
    said(**{"m.mentions": {"user_ids": [7, None, {}]}}),
    said(**{"m.mentions": nested(400)}),
    said(**{"m.mentions": {"user_ids": [float("inf"), -(10**400)]}}),
    said(**{"m.relates_to": 7}),
    said(**{"m.relates_to": []}),
    said(**{"m.relates_to": {"rel_type": 7, "event_id": 7}}),
    said(**{"m.relates_to": {"m.in_reply_to": 7}}),
    said(**{"m.relates_to": {"m.in_reply_to": {"event_id": ["$a"]}}}),
    said(**{"m.relates_to": {"rel_type": "m.thread"}}),
    said(**{"m.relates_to": {"rel_type": "m.thread", "event_id": {"a": 1}}}),
    said(**{"m.relates_to": nested(400)}),
    said(**{"m.relates_to": {"\ud800": "\0", "x": float("nan")}}),
    said(**{"m.relates_to": {"rel_type": "m.replace", "event_id": "$none"}, "m.new_content": 7}),
    said(**{"m.relates_to": {"rel_type": "m.replace", "event_id": "$none"}, "m.new_content": {"body": 7}}),
    said(**{"m.relates_to": {"rel_type": "m.replace", "event_id": 7}, "m.new_content": {"body": "!ping"}}),
    message(type="m.reaction", content={"m.relates_to": {"rel_type": "m.annotation", "event_id": "$a"}}),
    message(type="m.reaction", content={"m.relates_to": {"rel_type": "m.annotation", "key": 7}}),
    message(type="m.reaction", content={"m.relates_to": nested(400)}),
    message(type="m.room.redaction", redacts=7, content={"redacts": {}}),
    message(type="m.room.redaction", redacts=None),
    message(type="m.room.redaction", redacts="$nothing"),
    message(type="m.room.encrypted", content={"ciphertext": nested(50)}),
]  # fmt: skip

ODD_SECTIONS: list[Any] = [
    None,
    7,
    [],
    {},
    {"timeline": None},
    {"timeline": []},
    {"timeline": {"events": None}},
    {"timeline": {"events": {"a": 1}}},
    {"timeline": {"events": [], "limited": True, "prev_batch": None}},
    {"timeline": {"events": [], "limited": "yes"}},
    {"state": {"events": [None, 7, {}, {"type": "m.room.create", "state_key": "", "content": {}}]}},
    {"state": [], "summary": []},
    {"summary": {"m.joined_member_count": "3", "m.heroes": 7}},
    {"invite_state": {"events": [None, {}, {"type": "m.room.member", "state_key": BOT, "content": {}}]}},
]


async def test_odd_events_stop_nothing(scene: Scene) -> None:
    """Whatever stands among the events of a sync, the command beside it is answered, once."""
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
    assert next(odd, "all were heard") == "all were heard"


@pytest.mark.parametrize("section", ["join", "invite", "leave", "knock"])
async def test_odd_rooms_stop_nothing(scene: Scene, section: str) -> None:
    """The same for what a sync says about whole rooms."""
    odd = iter(ODD_SECTIONS)

    def meddle(body: Json) -> Json:
        if body.get("rooms", {}).get("join"):
            body["rooms"].setdefault(section, {})["!odd:test.localhost"] = next(odd, {})
        return body

    async with scene.running():
        await scene.settled()
        scene.gateway.changes = meddle
        for _ in ODD_SECTIONS:
            asked = scene.ada.send(scene.hub, "!ping")
            await scene.settled()
            assert scene.answers(scene.hub, asked) == ["pong"]


@pytest.mark.parametrize("rooms", [None, 7, [], {"join": None}, {"join": [], "invite": 7, "leave": "x"}])
async def test_a_sync_without_sense_stops_nothing(scene: Scene, rooms: Any) -> None:
    """The next one is heard."""
    bodies = iter([True])

    def meddle(body: Json) -> Json:
        return {"next_batch": body["next_batch"], "rooms": rooms} if next(bodies, False) else body

    async with scene.running():
        await scene.settled()
        scene.gateway.changes = meddle
        scene.ada.send(scene.hub, "not heard")
        await scene.settled()
        asked = scene.ada.send(scene.hub, "!ping")
        await scene.settled()
    assert scene.answers(scene.hub, asked) == ["pong"]


async def test_an_unknown_position_is_not_the_end(scene: Scene) -> None:
    """A homeserver that was set back does not know where we were; what it has is compared with the inbox."""
    before = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    while_away = scene.ada.send(scene.hub, "!ping")
    scene.gateway.fail_next("sync", Refused(400, "M_UNKNOWN_POS"))
    await scene.run_once()
    assert scene.answers(scene.hub, before) == ["pong"]
    assert scene.answers(scene.hub, while_away) == ["pong"]


async def test_a_gap_behind_an_unknown_position_is_read_by_its_time(scene: Scene) -> None:
    """More than one sync brings was said meanwhile; all of it is answered, and nothing older again."""
    before = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    asked = [scene.ada.send(scene.hub, "!ping") for _ in range(230)]
    scene.gateway.fail_next("sync", Refused(400, "M_UNKNOWN_POS"))
    await scene.run_once()
    assert [scene.answers(scene.hub, one) for one in (before, *asked)] == [["pong"]] * 231


async def test_a_homeserver_that_always_refuses_ends_the_program(scene: Scene) -> None:
    """A sync from the start that is refused as well is nothing to wait for."""
    scene.gateway.fail_next("sync", Refused(403, "M_FORBIDDEN"), times=2)
    with pytest.raises(Refused):
        await scene.run_once()


async def test_being_logged_out_ends_the_program(scene: Scene) -> None:
    """Nothing can be heard any more, and the operator has to know."""
    scene.gateway.fail_next("sync", LoggedOut("gone"), times=10)
    with pytest.raises(LoggedOut):
        await scene.run_once()


async def test_a_homeserver_that_is_away_is_waited_for(scene: Scene) -> None:
    """With longer and longer pauses, up to half a minute; then everything is answered."""
    asked = scene.ada.send(scene.hub, "!ping")
    scene.gateway.fail_next("sync", Unavailable("502"), times=9)
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
    assert scene.waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


async def test_an_answer_lost_on_the_way_is_asked_for_again(scene: Scene) -> None:
    """A sync whose answer never came is simply repeated."""
    asked = scene.ada.send(scene.hub, "!ping")
    scene.gateway.fail_next("sync", Unavailable("hung up"), times=2, after=True)
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]


async def test_a_long_gap_is_read_page_by_page(scene: Scene) -> None:
    """What was said while the bot was away is answered in its order, also where pages fail at first."""
    await scene.run_once()
    asked = []
    for number in range(150):
        asked.append(scene.ada.send(scene.hub, "!ping"))
        scene.ben.send(scene.hub, f"chatter {number}")
    scene.gateway.fail_next("messages", Unavailable("502"), times=2)
    await scene.run_once()
    answered = [
        event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
        for event in scene.homeserver.timeline(scene.hub)
        if event["sender"] == BOT and event["type"] == "m.room.message"
    ]
    assert answered == asked


async def test_a_gap_that_cannot_be_read_does_not_stop_the_rest(scene: Scene) -> None:
    """What the sync itself brought is answered."""
    await scene.run_once()
    *_, last = [scene.ada.send(scene.hub, "!ping") for _ in range(120)]
    scene.gateway.fail_next("messages", Refused(403, "M_FORBIDDEN"))
    await scene.run_once()
    assert scene.answers(scene.hub, last) == ["pong"]


@pytest.mark.parametrize("page", [{}, {"chunk": None}, {"chunk": {}}, {"chunk": [None, 7], "end": 7}])
async def test_an_odd_page_does_not_stop_the_rest(
    scene: Scene, page: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of history that is none counts as the last one."""
    await scene.run_once()
    *_, last = [scene.ada.send(scene.hub, "!ping") for _ in range(120)]

    async def messages(*_args: object, **_options: object) -> Json:
        return page

    monkeypatch.setattr(scene.gateway, "messages", messages)
    await scene.run_once()
    assert scene.answers(scene.hub, last) == ["pong"]


async def test_a_backlog_from_before_joining_reaches_back_to_the_invitation(scene: Scene) -> None:
    """Everything between invitation and join is answered, however much it is, and nothing older."""
    room_id = scene.ada.create_room(preset="private_chat")
    early = scene.ada.send(room_id, "!ping")
    scene.ada.invite(room_id, BOT)
    asked = [scene.ada.send(room_id, "!ping") for _ in range(130)]
    await scene.run_once()
    assert scene.answers(room_id, early) == []
    assert [scene.answers(room_id, one) for one in asked] == [["pong"]] * 130


async def test_commands_pile_up_behind_a_join(scene: Scene) -> None:
    """The bot joined and stopped before it heard so; the invitation lies pages back."""
    room_id = scene.ada.create_room(preset="private_chat")
    await scene.run_once()
    early = scene.ada.send(room_id, "!ping")
    scene.ada.invite(room_id, BOT)
    asked = [scene.ada.send(room_id, "!ping") for _ in range(60)]
    scene.homeserver.as_user(BOT).join(room_id)
    asked += [scene.ada.send(room_id, "!ping") for _ in range(60)]
    scene.homeserver.as_user(BOT).set_display_name("Proxy")
    asked += [scene.ada.send(room_id, "!ping") for _ in range(120)]
    await scene.run_once()
    assert scene.answers(room_id, early) == []
    assert [scene.answers(room_id, one) for one in asked] == [["pong"]] * 240


async def test_a_new_name_is_no_arrival(scene: Scene) -> None:
    """What was said before the bot got its name is answered, also at the very first start."""
    asked = scene.ada.send(scene.hub, "!ping")
    scene.homeserver.as_user(BOT).set_display_name("Proxenos")
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]


async def test_what_is_too_old_is_counted_and_not_answered(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fortnight is the limit; the number of what was passed over is in the log."""
    moments = itertools.chain(
        [datetime.now(UTC) - timedelta(days=15)] * 2, itertools.repeat(datetime.now(UTC))
    )
    await scene.run_once()
    scene.homeserver.now = lambda: next(moments)
    old = [scene.ada.send(scene.hub, "!ping") for _ in range(2)]
    asked = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    assert [scene.answers(scene.hub, one) for one in old] == [[], []]
    assert scene.answers(scene.hub, asked) == ["pong"]
    assert "too_old_to_answer" in capsys.readouterr().out


async def test_what_others_say_to_each_other_is_nowhere_in_the_database(scene: Scene, tmp_path: Path) -> None:
    """Messages that are not for the bot are looked at once and not kept, not even in a page given back."""
    asked = scene.ada.send(scene.hub, "!ping first")
    scene.ada.send(scene.hub, CANARY)
    scene.ben.send(scene.hub, f"yes: {CANARY}", reply_to=asked)
    scene.ben.edit(scene.ben.send(scene.hub, "hm"), CANARY)
    scene.ben.react(asked, CANARY)
    waiting = scene.ada.send(scene.hub, f"!ping {CANARY}")
    scene.ada.redact(waiting)
    meant_for_others = scene.ada.send(scene.hub, "!ping")
    scene.ada.edit(meant_for_others, CANARY)
    scene.mia.set_state(scene.hub, "m.room.topic", {"topic": CANARY})
    await scene.run_once()
    scene.database.close()
    for file in sorted(tmp_path.iterdir()):  # noqa: ASYNC240 - the bot has stopped
        assert CANARY.encode() not in file.read_bytes(), file.name


@pytest.mark.parametrize(
    ("event", "spoken"),
    [
        (message(content={"msgtype": "m.text", "body": CANARY}), True),
        (message(type="m.sticker", content={"body": CANARY, "url": "mxc://x/y"}), True),
        (message(type="m.room.encrypted", content={"ciphertext": CANARY}), True),
        (message(content={"msgtype": "m.notice", "body": CANARY}), False),
        (message(sender=BOT, content={"msgtype": "m.text", "body": CANARY}), False),
        (message(type="m.room.topic", state_key="", content={"topic": CANARY}), False),
    ],
)
async def test_of_talk_is_kept_that_there_was_some(scene: Scene, event: Json, spoken: bool) -> None:
    """Whoever spoke, and whatever was said: one mark for the room."""
    await scene.run_once()
    room = {"timeline": {"events": [event]}, "state": {"events": []}}
    with scene.database.write("sync:x") as tx:
        scene.app.receiver.journal.take(tx, Batch({"rooms": {"join": {scene.hub: room}}}))
    with scene.database.read() as tx:
        found = rooms.get(tx, scene.hub)
        assert found
        assert found.spoken is spoken
        assert inbox.find(tx, "$odd") is None


async def test_an_edit_into_talk_with_others_is_kept_nowhere(scene: Scene, tmp_path: Path) -> None:
    """Also where the command had been answered long before."""
    asked = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    scene.ada.edit(asked, f"Ben, just between us: {CANARY}")
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
    scene.database.close()
    for file in sorted(tmp_path.iterdir()):  # noqa: ASYNC240 - the bot has stopped
        assert CANARY.encode() not in file.read_bytes(), file.name


async def test_what_is_taken_back_is_forgotten_with_its_edits(scene: Scene, tmp_path: Path) -> None:
    """Whether it was answered, or waits still; that it was answered is remembered."""
    room_id = scene.direct(scene.ada)
    await scene.run_once()
    asked = scene.ada.send(room_id, f"!themes {CANARY}")
    scene.gate.opened.set()
    await scene.run_once()
    edited = scene.ada.edit(asked, f"!help {CANARY}")
    others = scene.ben.send(scene.hub, "!help search")
    await scene.run_once()
    scene.ada.redact(asked)
    scene.mia.redact(others)
    await scene.run_once()
    for event_id in (asked, edited):
        taken_back = scene.journaled(event_id)
        assert taken_back is not None
        assert (taken_back.state, taken_back.content) == (InboxState.DONE, {})
    kept = scene.journaled(others)
    assert kept is not None
    assert kept.content["body"] == "!help search"


async def test_a_command_in_the_inbox_waits_through_a_stop(scene: Scene) -> None:
    """Journaled before a stop, carried out after the next start, though the sync does not bring it again."""
    asked = scene.ada.send(scene.hub, "!ping")
    body = await scene.gateway.sync(None, timeout_ms=0)
    with scene.database.write("sync") as tx:
        scene.app.receiver.journal.take(tx, Batch(body, first=True))
        assert inbox.waiting_rooms(tx) == [scene.hub]
    found = scene.journaled(asked)
    assert found is not None
    assert found.state == InboxState.NEW
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]


OWN = message(sender=BOT)


@pytest.mark.parametrize(
    ("rooms", "echo"),
    [
        ({}, True),
        ({"join": {"!a": {"timeline": {"events": [OWN, OWN], "limited": False}, "summary": {}}}}, True),
        ({"join": {"!a": {"timeline": {"events": [OWN, message()]}}}}, False),
        (
            {"join": {"!a": {"timeline": {"events": [OWN]}}, "!b": {"timeline": {"events": [message()]}}}},
            False,
        ),
        ({"join": {"!a": {"timeline": {"events": [message(sender=BOT, state_key="")]}}}}, False),
        (
            {"join": {"!a": {"timeline": {"events": [OWN]}, "state": {"events": [message(state_key="")]}}}},
            False,
        ),
        ({"join": {"!a": {"timeline": {"events": [OWN], "limited": True}}}}, False),
        ({"join": {"!a": {"timeline": {"events": []}, "summary": {"m.joined_member_count": 3}}}}, False),
        ({"invite": {"!a": {}}}, False),
        ({"leave": {"!a": {}}}, False),
    ],
)
def test_only_what_the_bot_itself_said_may_be_heard_again(rooms: Json, echo: bool) -> None:
    """Whatever others said or did, and whatever changed a room, is written down at once."""
    assert is_echo({"next_batch": "s2", "rooms": rooms}, BOT) == echo


async def test_an_outage_is_one_line_in_the_log_and_its_end_another(scene: Scene) -> None:
    """Also where some calls are answered while others are not."""
    failures = iter([Unavailable("502")] * 4)

    def fail(body: Json) -> Json:
        for failure in failures:
            raise failure
        return body

    with capture_logs() as logs:
        async with scene.running():
            await scene.settled()
            scene.gateway.changes = fail
            scene.gateway.fail_next("send_event", Unavailable("503"), times=2)
            asked = [scene.ada.send(scene.hub, "!ping") for _ in range(3)]
            await scene.settled()
    assert [scene.answers(scene.hub, one) for one in asked] == [["pong"]] * 3
    told = [entry["event"] for entry in logs if entry["event"].startswith("homeserver_")]
    assert told[:2] == ["homeserver_away", "homeserver_back"]
    assert len(told) <= 4  # that nothing is heard, and that nothing could be said, may lie apart


class Stumbling(Journal):
    """A journal with a bug of ours: it can't write what it hears of one room."""

    def _joined(self, tx: Tx, room_id: str, *rest: Any) -> None:
        super()._joined(tx, room_id, *rest)
        if room_id != self.network.hub_room:
            raise ZeroDivisionError


async def test_a_room_that_cannot_be_written_down_stops_nothing(scene: Scene) -> None:
    """What the same sync tells of other rooms is heard, and the position moves on."""
    await scene.run_once()
    other = scene.ben.create_room(preset="public_chat")
    scene.homeserver.as_user(BOT).join(other)
    asked = scene.ada.send(scene.hub, "!ping")
    with capture_logs() as logs:
        async with scene.running() as app:
            app.receiver.journal = Stumbling(scene.network, timedelta(days=14))
            await scene.settled()
            again = scene.ada.send(scene.hub, "!ping")
            await scene.settled()
    assert [scene.answers(scene.hub, one) for one in (asked, again)] == [["pong"], ["pong"]]
    assert [entry["room"] for entry in logs if entry["event"] == "room_not_understood"] == [other]
    with scene.database.read() as tx:
        assert rooms.get(tx, other) is None
