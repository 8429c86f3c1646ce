"""Rooms are what their state says, however odd it is."""

from __future__ import annotations

import math
from typing import Any

import pytest

from storage import rooms
from storage.database import Database
from storage.rooms import Room

ADA, BEN, BOT = "@ada:x", "@ben:x", "@bot:x"
Json = dict[str, Any]


@pytest.mark.parametrize(
    ("version", "levels", "level"),
    [
        ("12", {"users": {ADA: 50}}, 50),
        ("12", {"users": {}}, 0),
        ("12", {"users_default": 25}, 25),
        ("12", {"users": {ADA: 0}, "users_default": 25}, 0),
        ("1", {"users": {ADA: "50"}}, 50),  # before version 10 levels could be written as strings
        ("1", {"users": {ADA: " -1 "}}, -1),
        ("1", {"users": {ADA: 50.5}}, 50.5),
        ("12", {}, 0),
        ("12", {"users": []}, 0),
        ("12", {"users": None, "users_default": None}, 0),
        ("12", {"users": {ADA: None}, "users_default": 10}, 10),
        ("12", {"users": {ADA: True}}, 0),
        ("12", {"users": {ADA: {}}, "users_default": []}, 0),
        ("12", {"users": {ADA: "²"}}, 0),
        ("12", {"users": {ADA: "--5"}}, 0),
        ("12", {"users": {ADA: "fifty"}}, 0),
    ],
)
def test_power_is_read_from_the_state(version: str, levels: Json, level: float) -> None:
    """Who is not named has the default; what is no level counts as absent."""
    assert Room(room_id="!r", version=version, creators=[BEN], power_levels=levels).power(ADA) == level


@pytest.mark.parametrize(
    ("version", "levels", "level"),
    [
        ("12", {"users": {ADA: 50}}, math.inf),
        ("13", {"users": {}}, math.inf),
        ("12", {}, math.inf),
        ("11", {"users": {ADA: 100}}, 100),
        ("11", {"users": {BEN: 100}}, 0),
        ("11", {}, 100),  # a room without levels is its creator's
        ("org.example.unknown", {"users": {}}, 0),
        ("²", {"users": {}}, 0),
    ],
)
def test_creators_stand_above_all_from_version_12(version: str, levels: Json, level: float) -> None:
    """Before, the creator has what the levels say."""
    assert Room(room_id="!r", version=version, creators=[ADA], power_levels=levels).power(ADA) == level


def test_the_level_that_state_needs() -> None:
    """An own level for the event type, else the default, else 50."""
    room = Room(room_id="!r", power_levels={"events": {"m.room.pinned_events": 75}, "state_default": 60})
    assert room.needed_for_state("m.room.pinned_events") == 75
    assert room.needed_for_state("m.room.name") == 60
    assert Room(room_id="!r").needed_for_state("m.room.name") == 50
    assert Room(room_id="!r", power_levels={"events": "no"}).needed_for_state("m.room.name") == 50


def state(event_type: str, content: Any, state_key: Any = "", sender: Any = BEN) -> Json:
    """A state event of the raw sync."""
    return {"type": event_type, "content": content, "state_key": state_key, "sender": sender}


def test_state_makes_the_room(database: Database) -> None:
    """Creators, levels, name, alias, encryption and members are taken from the events."""
    with database.write() as tx:
        tx.session.add(Room(room_id="!r"))
        room = rooms.get(tx, "!r")
        assert room is not None
        for event in (
            state("m.room.create", {"room_version": "12", "additional_creators": [ADA, 7]}),
            state("m.room.power_levels", {"users": {"@mia:x": 50}}),
            state("m.room.name", {"name": "Lobby"}),
            state("m.room.canonical_alias", {"alias": "#lobby:x"}),
            state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}),
            state("m.room.encryption", {}),
            state("m.room.member", {"membership": "join", "displayname": "Ada"}, ADA, ADA),
            state("m.room.member", {"membership": "join"}, "@mia:x", "@mia:x"),
            state("m.room.member", {"membership": "leave"}, "@mia:x", "@mia:x"),
        ):
            rooms.apply_state(tx, room, event, BOT)
    with database.read() as tx:
        room = rooms.get(tx, "!r")
        assert room is not None
        assert (room.version, room.creators) == ("12", [BEN, ADA])
        assert (room.power(ADA), room.power("@mia:x")) == (math.inf, 50)
        assert (room.name, room.alias, room.encrypted) == ("Lobby", "#lobby:x", True)
        assert [(person.user_id, person.display_name) for person in rooms.people(tx, "!r")] == [(ADA, "Ada")]
        assert rooms.membership(tx, "!r", "@mia:x") == "leave"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "m.room.name", "content": {"name": "no state key"}},
        state("m.room.name", None),
        state("m.room.name", {"name": {"deep": []}}),
        state("m.room.name", {"name": "x"}, state_key="other"),
        state("m.room.canonical_alias", {"alias": ["#a:x"]}),
        state("m.room.create", {"room_version": 12, "additional_creators": {"a": 1}}, sender=None),
        state("m.room.create", {"additional_creators": [None, {}, []]}),
        state("m.room.member", {"membership": ["join"]}, ADA),
        state("m.room.member", {"membership": "join", "displayname": {"a": "b"}}, ADA),
        state("m.room.member", {"membership": "invite", "is_direct": "yes"}, BOT, sender=None),
        state("m.room.member", [], ADA),
        state("m.room.member", {}, 7),
        state("m.room.power_levels", []),
        state(None, {}),  # type: ignore[arg-type]
    ],
)
def test_malformed_state_does_no_harm(database: Database, event: Json) -> None:
    """Whatever comes, the room can be kept and asked afterwards."""
    with database.write() as tx:
        tx.session.add(Room(room_id="!r", name="Lobby"))
        room = rooms.get(tx, "!r")
        assert room is not None
        rooms.apply_state(tx, room, event, BOT)
    with database.read() as tx:
        room = rooms.get(tx, "!r")
        assert room is not None
        assert room.power("@nobody:x") == 0
        assert room.alias is None
        assert room.direct_with is None
        assert rooms.direct_chat(tx, ADA) is None


def test_a_direct_chat_is_known_by_either_invitation(database: Database) -> None:
    """Someone invited the bot to one, or the bot invited someone."""
    for inviter, invited in ((ADA, BOT), (BOT, ADA)):
        with database.write() as tx:
            room = Room(room_id=f"!{inviter}")
            tx.session.add(room)
            invitation = {"membership": "invite", "is_direct": True}
            rooms.apply_state(tx, room, state("m.room.member", invitation, invited, inviter), BOT)
            assert room.direct_with == ADA


def test_the_direct_chat_is_one_that_both_are_in(database: Database) -> None:
    """Left rooms and rooms with others are none; one that is still an invitation comes last."""
    with database.write() as tx:
        known: list[tuple[str, Json, str]] = [
            ("!left-by-them", {}, "leave"),
            ("!left-by-us", {"membership": "leave"}, "join"),
            ("!crowd", {"people": 3}, "join"),
            ("!encrypted", {"encrypted": True}, "join"),
            ("!invited", {}, "invite"),
        ]
        for room_id, values, theirs in known:
            given: Json = {"room_id": room_id, "direct_with": ADA, "people": 2, **values}
            tx.session.add(Room(**given))
            rooms.keep_member(tx, room_id, ADA, theirs)
        tx.session.flush()
        assert rooms.direct_chat(tx, ADA) == "!encrypted"
        rooms.keep_member(tx, "!encrypted", ADA, "leave")
        assert rooms.direct_chat(tx, ADA) == "!invited"
        assert rooms.direct_chat(tx, BEN) is None
