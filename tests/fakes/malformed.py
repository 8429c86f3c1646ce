"""What a broken homeserver, or anybody in a room, may send: well-formed syncs with a few changes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

Json = dict[str, Any]

CORPUS = Path(__file__).parent / "malformed.json"
BOT = "@proxenos:test.localhost"
SERVERS = ("test.localhost", "elsewhere.localhost", "[::1]:8448", "x" * 300)
WORDS = (
    "!ping",
    "!help",
    "!search cycle paths country:DE",
    "!practice 1",
    "register",
    "!share\nTitle: x\nSummary: y\nThemes: climate",
    "> <@ada:test.localhost> !ping\n\n!ping",
    "@proxenos ping",
    "more",
    "!pin 1",
    "cancel",
    "!invitations",
    "hello there",
)

NAMES = ("", "\ud800", "\0", "a", "state_key", "event_id", "x" * 300)


def nested(depth: int, inside: Any = "x") -> Any:
    """An object in a list in an object in a list."""
    for _ in range(depth):
        inside = [{"a": inside}]
    return inside


ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    2**53,
    -(2**80),
    10**400,
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "half \udfff pair \ud83d",
    "\u202e\u2066",
    "@room",
    "!" * 50,
    "x" * 70_000,
    "é" * 17_000,
    "> " * 9_000,
    "<b>" * 5_000,
    BOT,
    "!ping",
    "m.room.member",
    "%s %(a)s {} {a} {0.__class__}",
    "'; DROP TABLE inbox; --",
    lambda: [],
    lambda: {},
    lambda: [[]],
    lambda: [None],
    lambda: [{}],
    lambda: {"a": None},
    lambda: {"": ""},
    lambda: {"\ud800": "\0"},
    lambda: {"events": None},
    lambda: {"event_id": {"a": 1}},
    lambda: {"user_ids": 7},
    lambda: nested(3),
    lambda: nested(60),
    lambda: nested(400),
)


class Mutator:
    """Changes well-formed syncs by the chance that it is given, which may be hypothesis's."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.numbers = 0

    def sync(self, hub: str) -> tuple[Json, int]:
        """A sync without its token, and how many events stand in it."""
        body: Json = {
            "rooms": {
                "join": {room: self._joined() for room in self._rooms()},
                "invite": {room: {"invite_state": {"events": self._stripped()}} for room in self._rooms()},
                "leave": {room: self._joined() for room in self._rooms()},
            },
            "to_device": {"events": [self._to_device() for _ in range(2)]},
            "account_data": {"events": [{"type": "m.direct", "content": {"@ada:test.localhost": ["!a"]}}]},
            "presence": {"events": [{"type": "m.presence", "sender": "@ada:test.localhost", "content": {}}]},
            "device_lists": {"changed": ["@ada:test.localhost"], "left": []},
            "device_one_time_keys_count": {"signed_curve25519": 50},
            "device_unused_fallback_key_types": ["signed_curve25519"],
        }
        body["rooms"]["join"][hub] = {"timeline": {"events": [self._event() for _ in range(4)]}}
        events = _count(body)
        for _ in range(self.chance.randint(1, 12)):
            body = self._changed(body, hub)
        # In the hub only what people say is odd: a homeserver that tells us to leave it is to be believed.
        section = body.get("rooms")
        if isinstance(section, dict):
            for kind in ("invite", "leave", "knock"):
                if isinstance(section.get(kind), dict):
                    section[kind].pop(hub, None)
        return body, events

    def _rooms(self) -> Iterator[str]:
        for _ in range(self.chance.randint(0, 2)):
            yield f"!odd{self.chance.randint(0, 30)}:test.localhost"

    def _user(self) -> str:
        return (
            f"@{self.chance.choice(('ada', 'ben', 'eve', 'proxenos', 'odd'))}:{self.chance.choice(SERVERS)}"
        )

    def _event_id(self) -> str:
        self.numbers += 1
        known = self.chance.randint(0, 3) == 0
        return (
            f"$known{self.chance.randint(0, 20)}" if known else f"$odd{self.numbers}-{self.chance.random()}"
        )

    def _joined(self) -> Json:
        return {
            "summary": {"m.joined_member_count": 2, "m.invited_member_count": 0, "m.heroes": [self._user()]},
            "state": {"events": [self._state() for _ in range(3)]},
            "timeline": {
                "events": [self.chance.choice((self._event, self._state))() for _ in range(4)],
                "limited": False,
                "prev_batch": "s1",
            },
            "ephemeral": {"events": []},
            "account_data": {"events": []},
            "unread_notifications": {"notification_count": 0},
        }

    def _event(self) -> Json:
        kind = self.chance.choice(
            ("m.room.message",) * 5 + ("m.reaction", "m.room.redaction", "m.room.encrypted", "m.sticker")
        )
        event: Json = {
            "type": kind,
            "event_id": self._event_id(),
            "sender": self._user(),
            "origin_server_ts": 1_770_000_000_000 + self.chance.randint(-(10**9), 10**12),
            "content": self._content(kind),
            "unsigned": {"age": 1, "membership": "join"},
        }
        if kind == "m.room.redaction":
            event["redacts"] = self._event_id()
        return event

    def _content(self, kind: str) -> Json:
        target = self._event_id()
        match kind:
            case "m.reaction":
                relation = {"rel_type": "m.annotation", "event_id": target, "key": "👍"}
                return {"m.relates_to": relation}
            case "m.room.redaction":
                return {"redacts": target, "reason": "why"}
            case "m.room.encrypted":
                return {
                    "algorithm": "m.megolm.v1.aes-sha2",
                    "sender_key": "k",
                    "device_id": "D",
                    "session_id": "s",
                    "ciphertext": "AwgAEnACgAkLmt6qF84IK++J7UDH2Za1YVchHyprqTqsg",
                }
        words = self.chance.choice(WORDS)
        content: Json = {
            "msgtype": self.chance.choice(("m.text", "m.text", "m.emote", "m.notice", "m.file")),
            "body": words,
            "format": "org.matrix.custom.html",
            "formatted_body": f"<p>{words}</p>",
            "m.mentions": {"user_ids": [BOT]},
        }
        match self.chance.randint(0, 4):
            case 0:
                content["m.relates_to"] = {"rel_type": "m.replace", "event_id": target}
                content["m.new_content"] = {"msgtype": "m.text", "body": words, "m.mentions": {}}
            case 1:
                content["m.relates_to"] = {
                    "rel_type": "m.thread",
                    "event_id": target,
                    "m.in_reply_to": {"event_id": target},
                }
            case 2:
                content["m.relates_to"] = {"m.in_reply_to": {"event_id": target}}
        return content

    def _state(self) -> Json:
        user = self._user()
        event_type, state_key, content = self.chance.choice(
            (
                ("m.room.create", "", {"room_version": "12", "additional_creators": [user]}),
                ("m.room.member", user, {"membership": "join", "displayname": "Ada"}),
                ("m.room.member", BOT, {"membership": "join", "displayname": "Proxenos"}),
                ("m.room.member", user, {"membership": "leave"}),
                ("m.room.power_levels", "", {"users": {user: 100}, "events": {"m.room.name": 50}}),
                ("m.room.name", "", {"name": "A room"}),
                ("m.room.canonical_alias", "", {"alias": "#a:test.localhost"}),
                ("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"}),
                ("m.room.tombstone", "", {"body": "moved", "replacement_room": "!odd1:test.localhost"}),
                ("m.room.pinned_events", "", {"pinned": [self._event_id()]}),
                ("m.room.join_rules", "", {"join_rule": "invite"}),
            )
        )
        return {
            "type": event_type,
            "state_key": state_key,
            "event_id": self._event_id(),
            "sender": user,
            "origin_server_ts": 1_770_000_000_000,
            "content": copy.deepcopy(content),
            "unsigned": {"prev_content": {"membership": "invite"}},
        }

    def _stripped(self) -> list[Json]:
        invitation = {
            "type": "m.room.member",
            "state_key": BOT,
            "sender": self._user(),
            "content": {"membership": "invite", "is_direct": True, "displayname": "Proxenos"},
        }
        return [*(self._state() for _ in range(2)), invitation]

    def _to_device(self) -> Json:
        cipher = {"curve25519key": {"type": self.chance.choice((0, 1, 7)), "body": "AwogWd"}}
        content: Json = {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": "k", "ciphertext": cipher}
        if self.chance.randint(0, 1):
            return {"type": "m.room.encrypted", "sender": self._user(), "content": content}
        request = {"action": "request", "requesting_device_id": "D", "request_id": "1", "body": {}}
        return {"type": "m.room_key_request", "sender": self._user(), "content": request}

    # --- changes

    def _changed(self, body: Json, hub: str) -> Json:
        """The same with one change somewhere; the sections of the hub stay."""
        parent: Any = body
        key: Any = None
        while True:
            keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
            if not keys:
                return body
            key = self.chance.choice(keys)
            child = parent[key]
            if not isinstance(child, dict | list) or not child or self.chance.randint(0, 3) == 0:
                break
            parent = child
        if key == hub or (parent is body and key == "rooms"):
            return body
        self._change(parent, key)
        return body

    def _change(self, parent: Any, key: Any) -> None:
        odd = self.chance.choice(ODD)
        odd = odd() if callable(odd) else odd  # made anew, as it may be changed in its turn
        match self.chance.randint(0, 5):
            case 0:
                del parent[key]
            case 1 if isinstance(parent, dict):
                parent[self.chance.choice(("", "\ud800", "\0", "a", "state_key", "event_id", "x" * 300))] = (
                    odd
                )
            case 2 if isinstance(parent, list):
                parent.insert(self.chance.randint(0, len(parent)), odd)
            case 3:
                parent[key] = [parent[key]] if isinstance(parent[key], str) else str(parent[key])[:1000]
            case _:
                parent[key] = odd


def recorded() -> list[Json]:
    """Syncs that were kept: what once broke something, and a sample of all kinds."""
    kept: list[Json] = json.loads(CORPUS.read_text("utf-8"))
    return kept


def _count(body: Json) -> int:
    found = len(body["to_device"]["events"]) + 2
    for kind in body["rooms"].values():
        for section in kind.values():
            found += sum(len(part["events"]) for part in section.values() if "events" in part)
    return found
