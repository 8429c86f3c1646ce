"""The network's space and rooms, made at the homeserver; doing it again only adds what is missing.

The hub is the gate. It is entered by invitation, or by everyone where the network is `public`; whoever is in
it may join the space and every other room without another invitation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from bot.matrix.gateway import Gateway, Json, Refused
from bot.pipeline.patience import Patience
from commands.core.context import MODERATOR_LEVEL
from config.data import read_json
from storage import rooms
from storage.database import Database
from storage.rooms import Room

T = TypeVar("T")

BOT_NAME = "Proxenos"
SPACE_ALIAS = "ud-space"
LEVELS: Json = {
    "events_default": 0,
    "state_default": 50,
    "invite": 50,
    "redact": 50,
    "kick": 50,
    "ban": 50,
    # What could lock others out is for the bot, which has 100, or in rooms of version 12 stands above all.
    "events": {
        "m.room.pinned_events": MODERATOR_LEVEL,
        "m.room.power_levels": 100,
        "m.room.history_visibility": 100,
        "m.room.encryption": 100,
        "m.room.server_acl": 100,
    },
}


class SetupFailed(Exception):
    """The homeserver does not let the bot make or complete a room; the text says which and why."""


@dataclass(frozen=True)
class Plan:
    """What is wanted: names and topics in `language`, and who moderates.

    A hub that is `public` may be joined by everyone; this is decided when it is made. `relabel` makes the bot
    speak `language` also in rooms for which another one was chosen.
    """

    network_name: str
    language: str
    moderators: Sequence[str] = ()
    public: bool = False
    relabel: bool = False


@dataclass(frozen=True)
class Place:
    """A room of the network; `key` is its id in the data file (`hub`, `library` …), or `space`."""

    key: str
    alias: str
    room_id: str
    name: str
    topic: str | None
    created: bool
    state: dict[tuple[str, str], Json] = field(repr=False)

    def content(self, event_type: str, state_key: str = "") -> Json:
        """The content of a state event as it was when setup came by; empty when there is none."""
        content = self.state.get((event_type, state_key), {}).get("content")
        return content if isinstance(content, dict) else {}


async def set_up(
    gateway: Gateway, database: Database, plan: Plan, *, tell: Callable[[str], None]
) -> list[Place]:
    """Make or complete the space and the rooms, and return them, hub first.

    `tell` gets a line for each thing done. Waits for a homeserver that is away or limits the bot; raises
    `SetupFailed`, and `LoggedOut` as every call may.
    """
    return await _Setup(gateway, database, plan, tell).run()


class _Setup:
    def __init__(self, gateway: Gateway, database: Database, plan: Plan, tell: Callable[[str], None]) -> None:
        self.gateway = gateway
        self.database = database
        self.plan = plan
        self.tell = tell
        self.server = gateway.user_id.split(":", 1)[1]
        self.patience = Patience()

    async def run(self) -> list[Place]:
        described = sorted(read_json("network.json")["rooms"], key=lambda room: room["kind"] != "hub")
        hub = await self._described(described[0], gate=None)
        space = await self._place("space", SPACE_ALIAS, self.plan.network_name, None, gate=hub)
        others = [await self._described(room, gate=hub) for room in described[1:]]
        places = [hub, space, *others]
        for order, place in enumerate([hub, *others], 1):
            await self._put_into(space, place, order)
        for place in places:
            await self._moderators(place)
        await self._name_the_bot(hub)
        await self.database.run(self._keep_languages, places)
        return places

    # --- one room

    async def _described(self, room: Json, *, gate: Place | None) -> Place:
        language = self.plan.language
        return await self._place(
            room["id"], room["alias"], room["name"][language], room["topic"][language], gate=gate
        )

    async def _place(
        self, key: str, localpart: str, name: str, topic: str | None, *, gate: Place | None
    ) -> Place:
        alias = f"#{localpart}:{self.server}"
        room_id = await self._ask(lambda: self.gateway.resolve_alias(alias), alias)
        created = room_id is None
        if room_id is None:
            room_id = await self._create(key, localpart, alias, name, topic, gate)
        else:
            await self._be_in(room_id, alias)
        self.tell(f"{'created' if created else 'found  '}  {alias}  {name}")
        events = await self._ask(lambda: self.gateway.state(room_id), alias)
        state = {(str(event.get("type")), str(event.get("state_key"))): event for event in events}
        place = Place(key, alias, room_id, name, topic, created, state)
        for event_type, what, value in (("m.room.name", "name", name), ("m.room.topic", "topic", topic)):
            # What people have chosen stays.
            if value and not place.content(event_type).get(what):
                await self._put(place, event_type, {what: value})
                self.tell(f"         {alias}  {what} set")
        return place

    async def _create(
        self, key: str, localpart: str, alias: str, name: str, topic: str | None, gate: Place | None
    ) -> str:
        request: Json = {
            "room_alias_name": localpart,
            "name": name,
            "preset": "private_chat",
            "visibility": "private",
            "initial_state": [
                _state("m.room.join_rules", self._join_rule(key, gate)),
                _state("m.room.history_visibility", {"history_visibility": "shared"}),
                _state("m.room.guest_access", {"guest_access": "forbidden"}),
            ],
            "power_level_content_override": LEVELS,
        }
        if topic:
            request["topic"] = topic
        if key == "space":
            request["creation_content"] = {"type": "m.space"}
        try:
            return await self.patience.insist(lambda: self.gateway.create_room(request), "create_room")
        except Refused as refused:
            # An earlier attempt whose answer was lost may have made it.
            made = await self._ask(lambda: self.gateway.resolve_alias(alias), alias)
            if refused.errcode != "M_ROOM_IN_USE" or made is None:
                raise SetupFailed(f"{alias} can't be created: {refused}") from refused
            return made

    def _join_rule(self, key: str, gate: Place | None) -> Json:
        if self.plan.public and key in ("hub", "space"):
            return {"join_rule": "public"}
        if gate is None:
            return {"join_rule": "invite"}
        return {
            "join_rule": "restricted",
            "allow": [{"type": "m.room_membership", "room_id": gate.room_id}],
        }

    async def _be_in(self, room_id: str, alias: str) -> None:
        try:
            await self.patience.insist(lambda: self.gateway.join(room_id, via=[self.server]), "join")
        except Refused as refused:
            raise SetupFailed(
                f"{alias} belongs to a room that the bot may not join ({refused})."
                " Invite the bot into it, or remove the alias, and run setup again."
            ) from refused

    # --- how rooms hang together, and who looks after them

    async def _put_into(self, space: Place, place: Place, order: int) -> None:
        via = [self.server]
        if not space.content("m.space.child", place.room_id).get("via"):
            child = {"via": via, "order": str(order), "suggested": True}
            await self._put(space, "m.space.child", child, place.room_id)
        if not place.content("m.space.parent", space.room_id).get("via"):
            await self._put(place, "m.space.parent", {"via": via, "canonical": True}, space.room_id)

    async def _moderators(self, place: Place) -> None:
        create = place.state.get(("m.room.create", ""), {})
        further = place.content("m.room.create").get("additional_creators", [])
        room = Room(
            room_id=place.room_id,
            version=str(place.content("m.room.create").get("room_version", "1")),
            creators=[str(create.get("sender")), *further],
            power_levels=place.content("m.room.power_levels"),
        )
        raised = [user for user in self.plan.moderators if room.power(user) < MODERATOR_LEVEL]
        if raised:
            levels = room.power_levels
            users = {**levels.get("users", {}), **dict.fromkeys(raised, MODERATOR_LEVEL)}
            await self._put(place, "m.room.power_levels", {**levels, "users": users})
        for user in self.plan.moderators:
            if place.content("m.room.member", user).get("membership") not in ("join", "invite"):
                await self._ask(partial(self.gateway.invite, place.room_id, user), place.alias)
                self.tell(f"invited  {place.alias}  {user}")

    async def _name_the_bot(self, hub: Place) -> None:
        user_id = self.gateway.user_id
        localpart = user_id[1:].split(":", 1)[0]
        people = await self._ask(lambda: self.gateway.joined_members(hub.room_id), hub.alias)
        if people.get(user_id) in (None, localpart):
            await self._ask(lambda: self.gateway.set_display_name(BOT_NAME), hub.alias)

    def _keep_languages(self, places: list[Place]) -> None:
        with self.database.write("setup") as tx:
            for place in places:
                # Of a new room the receiver learns all the rest from its first sync.
                room = rooms.get(tx, place.room_id) or Room(room_id=place.room_id, membership="new")
                if room.language is None or self.plan.relabel:
                    room.language = self.plan.language
                tx.session.add(room)

    # --- asking the homeserver

    async def _put(self, place: Place, event_type: str, content: Json, state_key: str = "") -> None:
        await self._ask(
            lambda: self.gateway.put_state(place.room_id, event_type, content, state_key), place.alias
        )

    async def _ask(self, call: Callable[[], Awaitable[T]], alias: str) -> T:
        try:
            return await self.patience.insist(call, "setup")
        except Refused as refused:
            raise SetupFailed(f"{alias}: the homeserver refuses. {refused}") from refused


def _state(event_type: str, content: Json) -> Json:
    return {"type": event_type, "state_key": "", "content": content}
