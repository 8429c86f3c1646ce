"""What the fake homeserver hands out: rooms as Synapse describes them, and what people say in them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.fake_homeserver import SERVER, USER_ID, message, person

Json = dict[str, Any]

AT_ONCE = 100  # events of one room in one sync, as Synapse has it

# As people type them: words, sentences, facets, compounds, slips; in the two languages of the interface.
SEARCHES = (
    "radwege",
    "klimabudgt",
    "cycle paths",
    "autofreie innenstadt",
    "water scarcity",
    "hochwasser starkregen",
    "food policy",
    "bürgerbeteiligung haushalt",
    "participatory budgeting",
    "theme:climate heat in schools",
    "städtepartnerschaft ukraine",
    "integration of migrants country:PL",
    "wohnen",
    "affordable housing vienna",
    "how can a small city reduce the traffic in its centre",
    "künstliche intelligenz register",
    "artifical inteligence",
    "tourismus steuern",
    "green bonds",
    "solar energy for residents",
    "welche städte arbeiten über die grenze hinweg zusammen",
    "cross-border cooperation",
    "theme:mobility language:en",
    "jugendaustausch",
    "violence prevention",
    "kantinen bio",
    "partizipatives budgett",
    "refugees writers artists",
    "country:DE klimaschutz",
    "circular economy",
    "kreislaufwirtschaft",
    "gender equality in public space",
    "menschenrechte",
    "open data transparancy",
    "car free day",
    "passivhaus stadtteil",
    "peace education mayors",
    "wasser sparen",
    "voluntary local review sdg",
    "freiwilliger lokaler bericht nachhaltigkeitsziele",
)


def room_id(number: int) -> str:
    """The id of one of the rooms; the first is the hub."""
    return f"!bench{number:04}:{SERVER}"


def quiet_rooms(rooms: int) -> Json:
    """The first sync of a bot that is in a few rooms in which nobody has spoken yet."""
    return {"join": {room_id(number): joined(_state(number, 10)) for number in range(rooms)}}


def joined(timeline: list[Json], state: list[Json] | None = None, *, people: int = 10) -> Json:
    """What a sync says of a room that the bot is in."""
    return {
        "timeline": {"events": timeline, "limited": False, "prev_batch": "p1"},
        "state": {"events": state or []},
        "account_data": {"events": []},
        "ephemeral": {"events": []},
        "unread_notifications": {"notification_count": 0, "highlight_count": 0},
        "summary": {"m.joined_member_count": people + 1, "m.invited_member_count": 0},
    }


@dataclass(frozen=True)
class Backlog:
    """The syncs in which a backlog is handed out, and the commands of each room in their order."""

    syncs: list[Json]
    commands: dict[str, list[str]]


def backlog(texts: Iterator[str], commands: int, rooms: int) -> Backlog:
    """So many commands, spread evenly over the rooms, said by ten people."""
    said: dict[str, list[Json]] = {room_id(number): [] for number in range(rooms)}
    numbers = itertools.count()
    for room in itertools.islice(itertools.cycle(said), commands):
        number = next(numbers)
        event_id = f"$command{number}"
        said[room].append(message(event_id, person(number % 10), text_content(next(texts))))
    syncs = []
    for start in range(0, -(-commands // rooms), AT_ONCE):
        parts = {room: events[start : start + AT_ONCE] for room, events in said.items()}
        syncs.append({"join": {room: joined(part) for room, part in parts.items() if part}})
    return Backlog(syncs, {room: [event["event_id"] for event in events] for room, events in said.items()})


def text_content(text: str) -> Json:
    """A message as a current client sends it."""
    return {"msgtype": "m.text", "body": text, "m.mentions": {}}


def _state(number: int, people: int) -> list[Json]:
    """The state events of a room, the newest last: they stand in the timeline of a new room."""
    host = person(number % people)
    levels: Json = {
        "users": {person((number + 1) % people): 50, USER_ID: 50},
        "users_default": 0,
        "events": {
            "m.room.name": 50,
            "m.room.power_levels": 100,
            "m.room.history_visibility": 100,
            "m.room.canonical_alias": 50,
            "m.room.avatar": 50,
            "m.room.tombstone": 150,
            "m.room.server_acl": 100,
            "m.room.encryption": 100,
        },
        "events_default": 0,
        "state_default": 50,
        "ban": 50,
        "kick": 50,
        "redact": 50,
        "invite": 0,
        "historical": 100,
    }
    contents: list[tuple[str, str, Json]] = [
        ("m.room.create", "", {"room_version": "12"}),
        ("m.room.member", host, member_content(host)),
        ("m.room.power_levels", "", levels),
        ("m.room.canonical_alias", "", {"alias": f"#bench{number}:{SERVER}"}),
        ("m.room.join_rules", "", {"join_rule": "public"}),
        ("m.room.history_visibility", "", {"history_visibility": "shared"}),
        ("m.room.guest_access", "", {"guest_access": "forbidden"}),
        ("m.room.name", "", {"name": f"Working group {number}"}),
        ("m.room.topic", "", {"topic": "What cities learn from each other, and with whom they do it."}),
        ("m.room.member", USER_ID, member_content(USER_ID)),
    ]
    return [
        {
            "type": event_type,
            "state_key": state_key,
            "event_id": f"$state{number}.{place}",
            "sender": state_key if event_type == "m.room.member" else host,
            "origin_server_ts": int(time.time() * 1000) - 86_400_000,
            "content": content,
            "unsigned": {"age": 86_400_000},
        }
        for place, (event_type, state_key, content) in enumerate(contents)
    ]


def member_content(user_id: str) -> Json:
    """The membership of somebody who is in a room."""
    return {"membership": "join", "displayname": user_id[1:].split(":")[0].capitalize(), "avatar_url": None}
