"""What the fake homeserver hands out: rooms as Synapse describes them, and what people say in them."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any

from bench.fake_homeserver import SERVER, USER_ID, message, person
from config.data import read_json

Json = dict[str, Any]

AT_ONCE = 100  # events of one room in one sync, as Synapse has it

# As people type them: words, sentences, facets, compounds, slips; in the two languages of the interface.
_SOUGHT = (
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

_numbers = itertools.count()


def searches() -> list[str]:
    """So many different searches that hardly one is made twice: each alone, then with each of the cities."""
    cities = sorted({practice["city"] for practice in read_json("practices.json")["practices"]})
    return [f"{words} {city}".strip() for city in ("", *cities) for words in _SOUGHT]


def room_id(number: int) -> str:
    """The id of one of the rooms; the first is the hub."""
    return f"!bench{number:04}:{SERVER}"


def few_rooms(rooms: int, people: int) -> Json:
    """The first sync of a bot that is in a few rooms in which nobody has spoken yet."""
    return {"join": {room_id(number): joined(_state(number, people)) for number in range(rooms)}}


def many_rooms(rooms: int, people: int) -> Json:
    """The first sync of a bot that is in many rooms, with the last twenty messages of each.

    Into the hub it has only just come; there a `!ping` waits.
    """
    join = {}
    for number in range(rooms):
        speakers = [person((number * 7 + place) % people) for place in range(5)]
        state = [*_state(number, people), *(_membership(number, user) for user in speakers)]
        talk = _talk(number, 20, speakers)
        if number == 0:
            own = next(event for event in state if event["state_key"] == USER_ID)
            state.remove(own)
            talk = [*talk[:-2], own, said("$ping", speakers[0], "!ping")]
        join[room_id(number)] = joined(talk, state, people=people, heroes=speakers)
    return {"join": join}


def meanwhile(rooms: int, people: int) -> Json:
    """What a bot in many rooms has missed: two messages in each, and a `!ping` in the hub."""
    join = {room_id(number): joined(_talk(number, 2, [person(number % people)])) for number in range(rooms)}
    join[room_id(0)]["timeline"]["events"].append(said("$ping-again", person(0), "!ping"))
    return {"join": join}


def first_command(text: str) -> Json:
    """A command in the hub, by which to see whether a bot is there."""
    return {"join": {room_id(0): joined([said("$first", person(0), text)])}}


@dataclass(frozen=True)
class Backlog:
    """The syncs in which a backlog is handed out, and the commands of each room in their order."""

    syncs: list[Json]
    commands: dict[str, list[str]]


def backlog(texts: list[str], commands: int, rooms: int, people: int) -> Backlog:
    """So many commands, spread evenly over the rooms and the people."""
    of_room: dict[str, list[Json]] = {room_id(number): [] for number in range(rooms)}
    for number in range(commands):
        command = said(f"$command{number}", person(number % people), texts[number % len(texts)])
        of_room[room_id(number % rooms)].append(command)
    syncs = []
    for start in range(0, -(-commands // rooms), AT_ONCE):
        parts = {room: events[start : start + AT_ONCE] for room, events in of_room.items()}
        syncs.append({"join": {room: joined(part) for room, part in parts.items() if part}})
    return Backlog(syncs, {room: [event["event_id"] for event in events] for room, events in of_room.items()})


def joined(
    timeline: list[Json],
    state: list[Json] | None = None,
    *,
    people: int | None = None,
    heroes: list[str] | None = None,
) -> Json:
    """What a sync says of a room that the bot is in; how many people there are, only when that changes."""
    summary: Json = {}
    if people is not None:
        summary = {"m.joined_member_count": people + 1, "m.invited_member_count": 0, "m.heroes": heroes or []}
    return {
        "timeline": {"events": timeline, "limited": False, "prev_batch": "p1"},
        "state": {"events": state or []},
        "account_data": {"events": []},
        "ephemeral": {"events": []},
        "unread_notifications": {"notification_count": 0, "highlight_count": 0},
        "summary": summary,
    }


def said(event_id: str, sender: str, text: str) -> Json:
    """A message that someone wrote."""
    return message(event_id, sender, {"msgtype": "m.text", "body": text, "m.mentions": {}})


def _talk(room: int, messages: int, speakers: list[str]) -> list[Json]:
    """People among themselves."""
    words = "We met the partner city last week and will send the minutes and the plan for the autumn round."
    return [
        said(f"$talk{room:019}{next(_numbers):019}", speakers[place % len(speakers)], f"{words} {place}")
        for place in range(messages)
    ]


def _membership(room: int, user_id: str) -> Json:
    name = user_id[1:].split(":")[0].capitalize()
    content = {"membership": "join", "displayname": name, "avatar_url": f"mxc://{SERVER}/{name * 3}"}
    return _state_event(room, "m.room.member", user_id, user_id, content)


def _state_event(room: int, event_type: str, state_key: str, sender: str, content: Json) -> Json:
    return {
        "type": event_type,
        "state_key": state_key,
        "event_id": f"$state{room:019}{next(_numbers):019}",
        "sender": sender,
        "origin_server_ts": int(time.time() * 1000) - 86_400_000,
        "content": content,
        "unsigned": {"age": 86_400_000},
    }


def _state(room: int, people: int) -> list[Json]:
    """The state of a room, in the order in which it came about; the bot is the last who came."""
    host = person(room % people)
    levels: Json = {
        "users": {person((room + 1) % people): 50, USER_ID: 50},
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
    contents: dict[str, Json] = {
        "m.room.create": {"room_version": "12"},
        "m.room.power_levels": levels,
        "m.room.canonical_alias": {"alias": f"#bench{room}:{SERVER}"},
        "m.room.join_rules": {"join_rule": "public"},
        "m.room.history_visibility": {"history_visibility": "shared"},
        "m.room.guest_access": {"guest_access": "forbidden"},
        "m.room.name": {"name": f"Working group {room}"},
        "m.room.topic": {"topic": "What cities learn from each other, and with whom they do it."},
    }
    state = [_state_event(room, event_type, "", host, content) for event_type, content in contents.items()]
    return [*state, _membership(room, USER_ID)]
