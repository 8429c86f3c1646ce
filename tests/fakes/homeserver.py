"""A homeserver in memory, as far as the program sees one; the contract tests hold it against a real one."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.matrix.content import check_content, check_json
from bot.matrix.gateway import Json, Refused, TooLarge

P = ParamSpec("P")
T = TypeVar("T")

SERVER = "test.localhost"
PAGE = 100  # events of a room in one sync
CREATOR = 2**53 - 1  # above all levels

KEPT_AT_REDACTION = {
    "m.room.member": {"membership"},
    "m.room.join_rules": {"join_rule", "allow"},
    "m.room.history_visibility": {"history_visibility"},
}
SHOWN_WITH_INVITE = (
    "m.room.create",
    "m.room.join_rules",
    "m.room.canonical_alias",
    "m.room.encryption",
    "m.room.name",
    "m.room.avatar",
    "m.room.topic",
)


def forbidden(reason: str = "") -> Refused:
    """What a homeserver says to somebody who may not."""
    return Refused(403, "M_FORBIDDEN", reason)


@dataclass
class Stored:
    """An event, its place in the stream, and who may recognise it by its transaction id."""

    position: int
    event: Json
    device: tuple[str, str] | None = None
    txn_id: str | None = None


@dataclass
class Room:
    """A room with all that was ever sent to it."""

    room_id: str
    version: str
    log: list[Stored] = field(default_factory=list)

    def state(self, position: int | None = None) -> dict[tuple[str, str], Json]:
        """The state up to a position of the stream (None: now)."""
        return {
            (stored.event["type"], stored.event["state_key"]): stored.event
            for stored in self.log
            if "state_key" in stored.event and (position is None or stored.position <= position)
        }

    def content(self, event_type: str, state_key: str = "") -> Json:
        """The content of a state event; empty when there is none."""
        event = self.state().get((event_type, state_key))
        return dict(event["content"]) if event else {}

    def memberships(self, user_id: str) -> list[tuple[int, str]]:
        """Positions and memberships of one user, in order."""
        return [
            (stored.position, stored.event["content"]["membership"])
            for stored in self.log
            if stored.event["type"] == "m.room.member" and stored.event["state_key"] == user_id
        ]

    def membership(self, user_id: str, position: int | None = None) -> str:
        """A user's membership up to a position; `leave` for who was never there."""
        known = [m for at, m in self.memberships(user_id) if position is None or at <= position]
        return known[-1] if known else "leave"

    def creators(self) -> set[str]:
        """Who stands above all power levels; nobody before version 12."""
        create = self.state()["m.room.create", ""]
        if self.version != "12":
            return set()
        return {create["sender"], *create["content"].get("additional_creators", [])}

    def power(self, user_id: str) -> int:
        """A user's power level."""
        if user_id in self.creators():
            return CREATOR
        levels = self.content("m.room.power_levels")
        return int(levels.get("users", {}).get(user_id, levels.get("users_default", 0)))

    def needed(self, what: str, *, state: bool = False) -> int:
        """The level that an event type or an action (invite, kick, ban, redact) takes."""
        levels = self.content("m.room.power_levels")
        if what in {"invite", "kick", "ban", "redact"}:
            return int(levels.get(what, 0 if what == "invite" else 50))
        default = levels.get("state_default", 50) if state else levels.get("events_default", 0)
        return int(levels.get("events", {}).get(what, default))


class FakeHomeserver:
    """Rooms, accounts and media of one server; all ids are numbers in order, so that tests can be exact."""

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.position = 0
        self.rooms: dict[str, Room] = {}
        self.aliases: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.media: dict[str, tuple[str, bytes | None, str, str]] = {}
        self.account_data: dict[tuple[str, str], tuple[int, Json]] = {}
        self.transactions: dict[tuple[str, ...], str] = {}
        self._waiting: set[asyncio.Event] = set()

    def gateway(self, user_id: str, device_id: str = "DEVICE") -> FakeGateway:
        """A gateway for one device of an account."""
        return FakeGateway(user_id, homeserver=self, device_id=device_id)

    def as_user(self, user_id: str) -> FakeUser:
        """Somebody with a Matrix client."""
        return FakeUser(self, user_id)

    def timeline(self, room_id: str) -> list[Json]:
        """All events of a room as a client sees them now."""
        room = self.rooms[room_id]
        return [self.shown(room, stored) for stored in room.log]

    def said(self, room_id: str, by: str) -> list[str]:
        """The bodies of the messages of one sender that have not been redacted, as first sent."""
        return [
            event["content"]["body"]
            for event in self.timeline(room_id)
            if event["type"] == "m.room.message" and event["sender"] == by and "body" in event["content"]
        ]

    def find(self, event_id: str) -> tuple[Room, Stored]:
        """The room and the record of an event."""
        for room in self.rooms.values():
            for stored in room.log:
                if stored.event["event_id"] == event_id:
                    return room, stored
        raise KeyError(event_id)

    # What follows is the homeserver's own work; the gateway and the users come in through here.

    def room_of(self, room_id: str, user_id: str) -> Room:
        """A room that the user is in."""
        room = self.rooms.get(room_id)
        if room is None or room.membership(user_id) != "join":
            raise forbidden(f"User {user_id} not in room {room_id}")
        return room

    def shown(
        self, room: Room, stored: Stored, *, to: str = "", device: tuple[str, str] | None = None
    ) -> Json:
        """An event as `/sync` gives it to one device."""
        event = copy.deepcopy(stored.event)
        unsigned: Json = event.setdefault("unsigned", {})
        unsigned["age"] = 0
        if to:
            unsigned["membership"] = room.membership(to, stored.position)
        if stored.txn_id is not None and device is not None and stored.device == device:
            unsigned["transaction_id"] = stored.txn_id
        return event

    def append(
        self,
        room: Room,
        sender: str,
        event_type: str,
        content: Json,
        *,
        state_key: str | None = None,
        device: tuple[str, str] | None = None,
        txn_id: str | None = None,
    ) -> str:
        """Put an event into a room without asking whether the sender may; returns its id."""
        self.position += 1
        event: Json = {
            "type": event_type,
            "event_id": f"$event{self.position}",
            "sender": sender,
            "content": copy.deepcopy(content),
            "origin_server_ts": int(self.now().timestamp() * 1000),
        }
        if state_key is not None:
            before = room.state().get((event_type, state_key))
            event["state_key"] = state_key
            if before:
                event["unsigned"] = {
                    "prev_content": copy.deepcopy(before["content"]),
                    "prev_sender": before["sender"],
                    "replaces_state": before["event_id"],
                }
        room.log.append(Stored(self.position, event, device, txn_id))
        self._wake()
        return str(event["event_id"])

    def send(
        self,
        room_id: str,
        sender: str,
        event_type: str,
        content: Json,
        *,
        device: tuple[str, str] | None = None,
        txn_id: str | None = None,
    ) -> str:
        """Send an event if the sender may."""
        room = self.room_of(room_id, sender)
        if room.power(sender) < room.needed(event_type):
            raise forbidden("You don't have permission to post that to the room.")
        if event_type == "m.room.message" and not isinstance(content.get("msgtype"), str):
            raise Refused(400, "M_UNKNOWN", "'msgtype' not in content")
        self._check_relation(room, sender, content.get("m.relates_to"))
        return self.append(room, sender, event_type, content, device=device, txn_id=txn_id)

    def _check_relation(self, room: Room, sender: str, relation: Any) -> None:
        if not isinstance(relation, dict):
            return
        if relation.get("rel_type") == "m.thread" and not any(
            stored.event["event_id"] == relation.get("event_id") for stored in room.log
        ):
            raise Refused(400, "M_UNKNOWN", "Can't send relation to unknown event")
        if relation.get("rel_type") == "m.annotation" and any(
            stored.event["sender"] == sender and stored.event["content"].get("m.relates_to") == relation
            for stored in room.log
        ):
            raise Refused(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice")

    def set_state(
        self, room_id: str, sender: str, event_type: str, content: Json, state_key: str = ""
    ) -> str:
        """Set state if the sender may; the same content again is the same event."""
        room = self.room_of(room_id, sender)
        if room.power(sender) < room.needed(event_type, state=True):
            raise forbidden("You don't have permission to post that to the room.")
        if state_key.startswith("@") and state_key != sender:
            raise forbidden("You are not allowed to set others state")
        if event_type == "m.room.power_levels":
            _check_creators(room.creators(), content)
        before = room.state().get((event_type, state_key))
        if before and before["content"] == content and before["sender"] == sender:
            return str(before["event_id"])
        return self.append(room, sender, event_type, content, state_key=state_key)

    def redact(
        self,
        room_id: str,
        sender: str,
        event_id: str,
        reason: str,
        *,
        device: tuple[str, str] | None = None,
        txn_id: str | None = None,
    ) -> str:
        """Redact an event if the sender may."""
        room = self.room_of(room_id, sender)
        target = next((stored for stored in room.log if stored.event["event_id"] == event_id), None)
        own = target is None or target.event["sender"] == sender
        if not own and room.power(sender) < room.needed("redact"):
            raise forbidden("You don't have permission to redact events")
        content = {"redacts": event_id} | ({"reason": reason} if reason else {})
        redaction_id = self.append(room, sender, "m.room.redaction", content, device=device, txn_id=txn_id)
        redaction = room.log[-1]
        redaction.event["redacts"] = event_id
        if target is not None:
            kept = KEPT_AT_REDACTION.get(target.event["type"], set())
            target.event["content"] = {k: v for k, v in target.event["content"].items() if k in kept}
            target.event["unsigned"] = {"redacted_by": redaction_id, "redacted_because": redaction.event}
        return redaction_id

    def create_room(self, creator: str, request: Json) -> str:
        """Make a room out of the body of `/createRoom`."""
        alias = None
        if name := request.get("room_alias_name"):
            alias = f"#{name}:{SERVER}"
            if alias in self.aliases:
                raise Refused(400, "M_ROOM_IN_USE", "Room alias already taken")
        invited: list[str] = list(request.get("invite", []))
        for user_id in invited:
            _check_user_id(user_id, errcode="M_UNKNOWN")
        version = str(request.get("room_version", "12"))
        number = len(self.rooms) + 1
        room = Room(f"!room{number}" if version == "12" else f"!room{number}:{SERVER}", version)
        public = request.get("preset", request.get("visibility")) in {"public_chat", "public"}
        trusted = invited if request.get("preset") == "trusted_private_chat" else []
        creation = {**request.get("creation_content", {}), "room_version": version}
        if version == "12" and trusted:
            creation["additional_creators"] = [*creation.get("additional_creators", []), *trusted]
        creators = {creator, *creation.get("additional_creators", [])} if version == "12" else set()
        levels = _levels(public, {} if version == "12" else dict.fromkeys([creator, *trusted], 100))
        levels |= request.get("power_level_content_override", {})
        _check_creators(creators, levels)

        self.rooms[room.room_id] = room
        self.append(room, creator, "m.room.create", creation, state_key="")
        self._set_membership(room, creator, creator, "join")
        state: dict[tuple[str, str], Json] = {("m.room.power_levels", ""): levels}
        if alias:
            self.aliases[alias] = room.room_id
            state["m.room.canonical_alias", ""] = {"alias": alias}
        state["m.room.join_rules", ""] = {"join_rule": "public" if public else "invite"}
        state["m.room.history_visibility", ""] = {"history_visibility": "shared"}
        for initial in request.get("initial_state", []):
            state[initial["type"], initial.get("state_key", "")] = initial["content"]
        if "name" in request:
            state["m.room.name", ""] = {"name": request["name"]}
        if "topic" in request:
            state["m.room.topic", ""] = {"topic": request["topic"]}
        for (event_type, state_key), content in state.items():
            self.append(room, creator, event_type, content, state_key=state_key)
        for user_id in invited:
            self._set_membership(room, creator, user_id, "invite", is_direct=bool(request.get("is_direct")))
        return room.room_id

    def join(self, user_id: str, room_id_or_alias: str) -> str:
        """Join a room that is public, or open to the members of another, or after an invitation."""
        room_id = room_id_or_alias
        if room_id.startswith("#"):
            if room_id not in self.aliases:
                raise Refused(404, "M_NOT_FOUND", f"Room alias {room_id} not found")
            room_id = self.aliases[room_id]
        room = self.rooms.get(room_id)
        if room is None:
            raise Refused(404, "M_UNKNOWN", "Can't join remote room")
        membership = room.membership(user_id)
        if membership == "join":
            return room_id
        rules = room.content("m.room.join_rules")
        neighbours = [
            self.rooms[allowed["room_id"]]
            for allowed in rules.get("allow", [])
            if allowed.get("room_id") in self.rooms
        ]
        welcome = (
            membership == "invite"
            or rules.get("join_rule") == "public"
            or any(neighbour.membership(user_id) == "join" for neighbour in neighbours)
        )
        if membership == "ban" or not welcome:
            raise forbidden("You are not invited to this room.")
        self._set_membership(room, user_id, user_id, "join")
        return room_id

    def leave(self, user_id: str, room_id: str) -> None:
        """Leave a room or reject its invitation; doing so again is no error."""
        room = self.rooms.get(room_id)
        if room is None:
            raise Refused(404, "M_UNKNOWN", "Not a known room")
        if not room.memberships(user_id):
            raise forbidden(f"{user_id} not in room {room_id}.")
        if room.membership(user_id) in {"join", "invite"}:
            self._set_membership(room, user_id, user_id, "leave")

    def invite(self, sender: str, room_id: str, user_id: str) -> None:
        """Invite somebody; who is invited already stays so."""
        _check_user_id(user_id, errcode="M_INVALID_PARAM")
        room = self.room_of(room_id, sender)
        membership = room.membership(user_id)
        if membership in {"join", "ban"} or room.power(sender) < room.needed("invite"):
            raise forbidden(f"{user_id} can't be invited")
        if membership != "invite":
            self._set_membership(room, sender, user_id, "invite")

    def remove(self, sender: str, room_id: str, user_id: str, membership: str) -> None:
        """Kick (`leave`) or ban somebody."""
        room = self.room_of(room_id, sender)
        if room.power(sender) < max(
            room.needed("ban" if membership == "ban" else "kick"), room.power(user_id) + 1
        ):
            raise forbidden("You cannot kick user.")
        self._set_membership(room, sender, user_id, membership)

    def set_display_name(self, user_id: str, name: str) -> None:
        """Change somebody's name here and in all their rooms."""
        if len(name) > 256:
            raise Refused(400, "M_UNKNOWN", "Displayname is too long (max 256)")
        self.names[user_id] = name
        for room in self.rooms.values():
            if room.membership(user_id) == "join":
                self._set_membership(room, user_id, user_id, "join")

    def _set_membership(
        self, room: Room, sender: str, user_id: str, membership: str, *, is_direct: bool = False
    ) -> None:
        content: Json = {"membership": membership}
        if membership in {"join", "invite"}:
            content["displayname"] = self.names.get(user_id, user_id[1:].partition(":")[0])
        if is_direct:
            content["is_direct"] = True
        self.append(room, sender, "m.room.member", content, state_key=user_id)

    def sync(self, user_id: str, device: tuple[str, str], since: int | None) -> Json:
        """What one device has not heard of yet."""
        rooms: dict[str, Json] = {"join": {}, "invite": {}, "leave": {}}
        for room in self.rooms.values():
            for section, body in self._room_news(room, user_id, device, since):
                rooms[section][room.room_id] = body
        answer: Json = {"next_batch": f"s{self.position}"}
        if rooms := {section: news for section, news in rooms.items() if news}:
            answer["rooms"] = rooms
        changed = [
            {"type": event_type, "content": copy.deepcopy(content)}
            for (owner, event_type), (position, content) in self.account_data.items()
            if owner == user_id and position > (since or 0)
        ]
        if changed:
            answer["account_data"] = {"events": changed}
        return answer

    def _room_news(
        self, room: Room, user_id: str, device: tuple[str, str], since: int | None
    ) -> Iterator[tuple[str, Json]]:
        own = room.memberships(user_id)
        if not own:
            return
        last, membership = own[-1]
        fresh = last > (since or 0)
        if membership == "invite":
            if fresh:
                yield "invite", {"invite_state": {"events": self._stripped(room, user_id)}}
        elif membership == "join":
            news = self._timeline(room, user_id, device, since, until=self.position)
            if news["timeline"]["events"]:
                yield "join", news
        elif fresh and since is not None:
            yield "leave", self._timeline(room, user_id, device, since, until=last)

    def _stripped(self, room: Room, user_id: str) -> list[Json]:
        state = room.state()
        invitation = state["m.room.member", user_id]
        shown = [state[event_type, ""] for event_type in SHOWN_WITH_INVITE if (event_type, "") in state]
        shown += [state["m.room.member", invitation["sender"]], invitation]
        return [{k: copy.deepcopy(e[k]) for k in ("type", "state_key", "sender", "content")} for e in shown]

    def _timeline(
        self, room: Room, user_id: str, device: tuple[str, str], since: int | None, *, until: int
    ) -> Json:
        start = since or 0
        own = room.memberships(user_id)
        changes = {membership for at, membership in own if at > start}
        was_in = since is not None and room.membership(user_id, start) == "join"
        is_in = own[-1][1] == "join"
        heard = [stored for stored in room.log if stored.position <= until]
        known: dict[tuple[str, str], Json] = {}
        if was_in and not (is_in and changes - {"join"}):
            heard = [stored for stored in heard if stored.position > start]
            limited = len(heard) > PAGE
            known = room.state(start)
        elif "join" in changes:
            limited = True  # a room just joined shows what was said before
        else:  # invited and gone again: nothing but that
            heard = [s for s in heard if s.position > start and s.event.get("state_key") == user_id]
            limited = False
        shown = heard[-PAGE:]
        before = shown[0].position - 1 if shown else until
        state = [
            event
            for key, event in room.state(before).items()
            if limited and known.get(key, {}).get("event_id") != event["event_id"]
        ]
        moved = limited or any(stored.event["type"] == "m.room.member" for stored in shown)
        return {
            "summary": _counts(room) if moved else {},
            "timeline": {
                "events": [self.shown(room, stored, to=user_id, device=device) for stored in shown],
                "limited": limited,
                "prev_batch": f"s{before}",
            },
            "state": {"events": copy.deepcopy(state)},
        }

    def messages(
        self, user_id: str, device: tuple[str, str], room_id: str, *, start: str, end: str | None, limit: int
    ) -> Json:
        """One page backwards."""
        room = self.room_of(room_id, user_id)
        first, last = position_of(end) if end else 0, position_of(start) if start else self.position
        page = [stored for stored in reversed(room.log) if first < stored.position <= last][:limit]
        answer: Json = {
            "start": start or f"s{last}",
            "chunk": [
                {**self.shown(room, stored, to=user_id, device=device), "room_id": room_id} for stored in page
            ],
        }
        if page:
            answer["end"] = f"s{page[-1].position - 1}"
        return answer

    def set_account_data(self, user_id: str, event_type: str, content: Json) -> None:
        """Keep something for an account, and tell its devices."""
        self.position += 1
        self.account_data[user_id, event_type] = (self.position, copy.deepcopy(content))
        self._wake()

    def _wake(self) -> None:
        for waiting in self._waiting:
            waiting.set()

    async def wait_for_news(self, seconds: float) -> None:
        """Wait until anything happens here, but no longer than this."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            await asyncio.wait_for(news.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(news)


@dataclass
class Fault:
    """What goes wrong with a coming call, before or after the homeserver has done what was asked."""

    method: str
    error: BaseException
    times: int
    after: bool
    room: str | None


def scripted(
    call: Callable[Concatenate[FakeGateway, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[FakeGateway, P], Coroutine[Any, Any, T]]:
    """Let a gateway's call be counted and fail as the test has told it to."""

    @wraps(call)
    async def perform(self: FakeGateway, /, *args: P.args, **kwargs: P.kwargs) -> T:
        await asyncio.sleep(0)  # as on a network, others come first
        self.calls.append(call.__name__)
        room = args[0] if args and isinstance(args[0], str) else None
        fault = self.next_fault(call.__name__, room)
        if fault and not fault.after:
            raise fault.error
        result = await call(self, *args, **kwargs)
        if fault:
            raise fault.error
        return result

    return perform


class FakeGateway:
    """`Gateway` for one device of an account at a `FakeHomeserver`."""

    def __init__(
        self,
        user_id: str = f"@proxenos:{SERVER}",
        *,
        homeserver: FakeHomeserver | None = None,
        device_id: str = "DEVICE",
    ) -> None:
        self.user_id = user_id
        self.device = (user_id, device_id)
        self.homeserver = homeserver or FakeHomeserver()
        self.calls: list[str] = []
        self.closed = False
        self._faults: list[Fault] = []

    def as_user(self, user_id: str) -> FakeUser:
        """Somebody with a Matrix client at the same homeserver."""
        return self.homeserver.as_user(user_id)

    def fail_next(
        self,
        method: str,
        error: BaseException,
        times: int = 1,
        *,
        after: bool = False,
        room: str | None = None,
    ) -> None:
        """Let the next calls of `method` (in `room`, if given) fail; `after` the effect has taken place, as
        when the connection drops before the answer comes."""
        self._faults.append(Fault(method, error, times, after, room))

    def next_fault(self, method: str, room: str | None) -> Fault | None:
        """The fault that is due for this call, counted down."""
        for fault in self._faults:
            if fault.method == method and fault.room in {None, room}:
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    def _once(self, key: tuple[str, ...], do: Callable[[], str]) -> str:
        key = (*self.device, *key)
        if key not in self.homeserver.transactions:
            self.homeserver.transactions[key] = do()
        return self.homeserver.transactions[key]

    @scripted
    async def sync(self, since: str | None, *, timeout_ms: int) -> Json:
        """What is new since a token; waits for news as long as told."""
        start = None if since is None else position_of(since)
        answer = self.homeserver.sync(self.user_id, self.device, start)
        if timeout_ms and start is not None and answer.keys() == {"next_batch"}:
            await self.homeserver.wait_for_news(timeout_ms / 1000)
            answer = self.homeserver.sync(self.user_id, self.device, start)
        return answer

    @scripted
    async def messages(self, room_id: str, *, start: str, end: str | None, limit: int = 100) -> Json:
        """One page of a room's history, backwards."""
        return self.homeserver.messages(self.user_id, self.device, room_id, start=start, end=end, limit=limit)

    @scripted
    async def joined_members(self, room_id: str) -> dict[str, str | None]:
        """Who is in the room."""
        room = self.homeserver.room_of(room_id, self.user_id)
        return {
            key: event["content"].get("displayname")
            for (event_type, key), event in room.state().items()
            if event_type == "m.room.member" and event["content"]["membership"] == "join"
        }

    @scripted
    async def state(self, room_id: str) -> list[Json]:
        """All state events of a room."""
        room = self.homeserver.room_of(room_id, self.user_id)
        return [{**copy.deepcopy(event), "room_id": room_id} for event in room.state().values()]

    @scripted
    async def state_event(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        """The content of one state event."""
        room = self.homeserver.room_of(room_id, self.user_id)
        event = room.state().get((event_type, state_key))
        return copy.deepcopy(event["content"]) if event else None

    @scripted
    async def put_state(self, room_id: str, event_type: str, content: Json, state_key: str = "") -> str:
        """Set a state event."""
        check_content(content)
        return self.homeserver.set_state(room_id, self.user_id, event_type, content, state_key)

    @scripted
    async def send_event(self, room_id: str, event_type: str, content: Json, *, txn_id: str) -> str:
        """Send an event, once for each transaction id."""
        check_content(content)
        return self._once(
            ("send", room_id, txn_id),
            lambda: self.homeserver.send(
                room_id, self.user_id, event_type, content, device=self.device, txn_id=txn_id
            ),
        )

    @scripted
    async def redact(self, room_id: str, event_id: str, *, reason: str, txn_id: str) -> str:
        """Redact an event, once for each transaction id."""
        check_content({"reason": reason})
        return self._once(
            ("redact", room_id, txn_id),
            lambda: self.homeserver.redact(
                room_id, self.user_id, event_id, reason, device=self.device, txn_id=txn_id
            ),
        )

    @scripted
    async def resolve_alias(self, alias: str) -> str | None:
        """The room behind an alias."""
        return self.homeserver.aliases.get(alias)

    @scripted
    async def create_room(self, request: Json) -> str:
        """Create a room."""
        check_json(request)
        return self.homeserver.create_room(self.user_id, request)

    @scripted
    async def join(self, room_id_or_alias: str, *, via: Sequence[str] = ()) -> str:
        """Join a room."""
        return self.homeserver.join(self.user_id, room_id_or_alias)

    @scripted
    async def leave(self, room_id: str) -> None:
        """Leave a room or reject its invitation."""
        self.homeserver.leave(self.user_id, room_id)

    @scripted
    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite somebody."""
        self.homeserver.invite(self.user_id, room_id, user_id)

    @scripted
    async def reserve_upload(self) -> str:
        """A new address for content."""
        content_uri = f"mxc://{SERVER}/media{len(self.homeserver.media) + 1}"
        self.homeserver.media[content_uri] = (self.user_id, None, "", "")
        return content_uri

    @scripted
    async def upload(self, content_uri: str, data: bytes, *, content_type: str, filename: str) -> None:
        """Put content to its address; the first time counts."""
        reserved = self.homeserver.media.get(content_uri)
        if reserved is None:
            raise Refused(404, "M_NOT_FOUND", "Unknown media ID")
        if reserved[0] != self.user_id:
            raise forbidden("Only the creator of the media ID can upload to it")
        if reserved[1] is None:
            self.homeserver.media[content_uri] = (self.user_id, data, content_type, filename)

    @scripted
    async def download(self, content_uri: str, *, limit: int) -> bytes:
        """What was put to an address."""
        _, data, _, _ = self.homeserver.media.get(content_uri, ("", None, "", ""))
        if data is None:
            raise Refused(404, "M_NOT_FOUND", "Not found")
        if len(data) > limit:
            raise TooLarge(f"more than {limit} bytes")
        return data

    @scripted
    async def put_account_data(self, event_type: str, content: Json) -> None:
        """Set one of the bot's own account data."""
        check_content(content)
        self.homeserver.set_account_data(self.user_id, event_type, content)

    @scripted
    async def account_data(self, event_type: str) -> Json | None:
        """One of the bot's own account data."""
        stored = self.homeserver.account_data.get((self.user_id, event_type))
        return copy.deepcopy(stored[1]) if stored else None

    @scripted
    async def set_display_name(self, name: str) -> None:
        """Set the bot's own name."""
        check_json(name)
        self.homeserver.set_display_name(self.user_id, name)

    async def close(self) -> None:
        """Remember that the program let go."""
        self.closed = True


@dataclass(frozen=True)
class FakeUser:
    """Somebody with a Matrix client; what they do happens at once. Events are given by their ids alone."""

    homeserver: FakeHomeserver
    user_id: str

    def send(
        self,
        room_id: str,
        text: str,
        *,
        reply_to: str | None = None,
        thread: str | None = None,
        mentions: Sequence[str] = (),
        msgtype: str = "m.text",
        html: str | None = None,
    ) -> str:
        """Say something; returns the event id."""
        content: Json = {"msgtype": msgtype, "body": text, "m.mentions": _mentions(mentions)}
        if html is not None:
            content |= {"format": "org.matrix.custom.html", "formatted_body": html}
        relation: Json = {"rel_type": "m.thread", "event_id": thread} if thread else {}
        if reply_to:
            relation["m.in_reply_to"] = {"event_id": reply_to}
        if relation:
            content["m.relates_to"] = relation
        return self.send_event(room_id, "m.room.message", content)

    def send_event(self, room_id: str, event_type: str, content: Json) -> str:
        """Send any event; returns its id."""
        return self.homeserver.send(room_id, self.user_id, event_type, content)

    def react(self, event_id: str, key: str) -> str:
        """React to an event; returns the reaction's id."""
        room, _ = self.homeserver.find(event_id)
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return self.send_event(room.room_id, "m.reaction", {"m.relates_to": relation})

    def edit(self, event_id: str, text: str) -> str:
        """Replace a message of one's own; returns the id of the event that replaces it."""
        room, stored = self.homeserver.find(event_id)
        new: Json = {
            "msgtype": stored.event["content"].get("msgtype", "m.text"),
            "body": text,
            "m.mentions": {},
        }
        content = {
            **new,
            "body": f"* {text}",
            "m.new_content": new,
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        }
        return self.send_event(room.room_id, "m.room.message", content)

    def redact(self, event_id: str, reason: str = "") -> str:
        """Take an event back; returns the redaction's id."""
        room, _ = self.homeserver.find(event_id)
        return self.homeserver.redact(room.room_id, self.user_id, event_id, reason)

    def create_room(self, **request: Any) -> str:
        """Create a room from the fields of `/createRoom`; returns its id."""
        return self.homeserver.create_room(self.user_id, request)

    def direct(self, user_id: str) -> str:
        """Open a direct chat with somebody, who is invited; returns the room's id."""
        return self.create_room(preset="trusted_private_chat", is_direct=True, invite=[user_id])

    def set_state(self, room_id: str, event_type: str, content: Json, state_key: str = "") -> str:
        """Set a state event; returns its id."""
        return self.homeserver.set_state(room_id, self.user_id, event_type, content, state_key)

    def set_power(self, room_id: str, user_id: str, level: int) -> str:
        """Give somebody a power level."""
        levels = self.homeserver.rooms[room_id].content("m.room.power_levels")
        users = {**levels.get("users", {}), user_id: level}
        return self.set_state(room_id, "m.room.power_levels", {**levels, "users": users})

    def set_display_name(self, name: str) -> None:
        """Change one's name."""
        self.homeserver.set_display_name(self.user_id, name)

    def join(self, room_id_or_alias: str) -> str:
        """Join a room; returns its id."""
        return self.homeserver.join(self.user_id, room_id_or_alias)

    def leave(self, room_id: str) -> None:
        """Leave a room or reject its invitation."""
        self.homeserver.leave(self.user_id, room_id)

    def invite(self, room_id: str, user_id: str) -> None:
        """Invite somebody."""
        self.homeserver.invite(self.user_id, room_id, user_id)

    def kick(self, room_id: str, user_id: str) -> None:
        """Remove somebody."""
        self.homeserver.remove(self.user_id, room_id, user_id, "leave")

    def ban(self, room_id: str, user_id: str) -> None:
        """Remove somebody for good."""
        self.homeserver.remove(self.user_id, room_id, user_id, "ban")


def position_of(token: str) -> int:
    """The place in the stream that a token stands for."""
    if not token.startswith("s") or not token[1:].isdigit():
        raise Refused(400, "M_UNKNOWN", "Invalid stream token")
    return int(token[1:])


def _counts(room: Room) -> Json:
    members = [
        event["content"]["membership"]
        for (event_type, _), event in room.state().items()
        if event_type == "m.room.member"
    ]
    return {
        "m.joined_member_count": members.count("join"),
        "m.invited_member_count": members.count("invite"),
    }


def _mentions(user_ids: Sequence[str]) -> Json:
    return {"user_ids": list(user_ids)} if user_ids else {}


def _check_user_id(user_id: str, *, errcode: str) -> None:
    if not (user_id.startswith("@") and ":" in user_id):
        raise Refused(400, errcode, f"Invalid user_id: {user_id}")


def _check_creators(creators: set[str], levels: Json) -> None:
    if creators & set(levels.get("users", {})):
        raise Refused(400, "M_UNKNOWN", "Creator user must not appear in content.users")


def _levels(public: bool, users: dict[str, int]) -> Json:
    return {
        "users": users,
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
        "invite": 50 if public else 0,
        "historical": 100,
    }
