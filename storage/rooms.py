"""Rooms and who is in them, as the homeserver tells: where power, language and privacy are read from."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from sqlalchemy import Column, text
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime

Json = dict[str, Any]


class Room(SQLModel, table=True):
    """A room that the bot is in, was in, or is invited to."""

    __tablename__ = "room"

    room_id: str = Field(primary_key=True)
    membership: str = "join"
    since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    inviter: str | None = None
    direct_with: str | None = Field(default=None, index=True)
    name: str | None = None
    alias: str | None = None
    version: str = "1"
    creators: list[str] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    power_levels: Json = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    encrypted: bool = False
    people: int = 0  # joined and invited, as the homeserver counts
    language: str | None = None
    spoken: bool = False  # whether anybody but the bot has said anything here
    replacement: str | None = None  # the room that a tombstone here names
    moved_to: str | None = None  # the room that took its place, with all belongings

    @property
    def direct(self) -> bool:
        """Whether nobody but the bot and one person reads this room."""
        return self.direct_with is not None and self.people <= 2

    def power(self, user_id: str) -> float:
        """The power level of a user; creators of a room of version 12 or later stand above all levels."""
        if user_id in self.creators and self._creators_above_all:
            return math.inf
        levels = self.power_levels
        if not levels:
            return 100 if user_id in self.creators[:1] else 0
        users = levels.get("users")
        own = users.get(user_id) if isinstance(users, dict) else None
        return _level(own if own is not None else levels.get("users_default"), 0)

    def needed_for_state(self, event_type: str) -> float:
        """The power level that setting this type of state needs."""
        events = self.power_levels.get("events")
        own = events.get(event_type) if isinstance(events, dict) else None
        return _level(own if own is not None else self.power_levels.get("state_default"), 50)

    @property
    def _creators_above_all(self) -> bool:
        return _whole(self.version, 1) >= 12


class RoomMember(SQLModel, table=True):
    """Someone's membership in a room."""

    __tablename__ = "room_member"

    room_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True, index=True)
    membership: str
    display_name: str | None = None


_AT_ONCE = 1000  # a statement takes 32,766 parameters in SQLite, 65,535 in PostgreSQL
# Statements of the hot path are built once: building one costs more than running it.
_MEMBERSHIP = text("SELECT membership FROM room_member WHERE room_id = :room AND user_id = :user")
_MOVED_TO = text("SELECT moved_to FROM room WHERE room_id = :room")
_FOLLOW_ON = text("UPDATE room SET moved_to = :new WHERE moved_to = :old AND room_id <> :new")
_DISPLAY_NAME = text("SELECT display_name FROM room_member WHERE room_id = :room AND user_id = :user")
_DISPLAY_NAMES = text("SELECT user_id, display_name FROM room_member WHERE room_id = :room")
_DIRECT_CHAT = text(
    "SELECT room.room_id FROM room JOIN room_member AS other"
    " ON other.room_id = room.room_id AND other.user_id = :user"
    " WHERE room.direct_with = :user AND room.membership = 'join' AND room.people <= 2"
    " AND other.membership IN ('join', 'invite')"
    " ORDER BY other.membership DESC, room.since DESC, room.room_id LIMIT 1"
)
_KEEP_MEMBER = text(
    "INSERT INTO room_member (room_id, user_id, membership, display_name)"
    " VALUES (:room_id, :user_id, :membership, :display_name)"
    " ON CONFLICT (room_id, user_id) DO UPDATE SET"
    " membership = excluded.membership, display_name = excluded.display_name"
)


def _level(value: object, default: float) -> float:
    # Old rooms hold levels as strings; anything else is as good as absent.
    if isinstance(value, bool):
        return default
    if isinstance(value, int | float):
        return value
    return _whole(value, default) if isinstance(value, str) else default


def _whole(text: str, default: float) -> float:
    try:
        return int(text)
    except ValueError:
        return default


def get(tx: Tx, room_id: str) -> Room | None:
    """The room with this id, if the bot has heard of it."""
    return tx.session.get(Room, room_id)


def these(tx: Tx, room_ids: list[str]) -> list[Room]:
    """The rooms among these that the bot has heard of."""
    return [
        room
        for start in range(0, len(room_ids), _AT_ONCE)
        for room in tx.session.exec(
            select(Room).where(col(Room.room_id).in_(room_ids[start : start + _AT_ONCE]))
        )
    ]


def replaced_by(tx: Tx, room_id: str) -> Room | None:
    """The room that is to be replaced by this one, if there is one."""
    return tx.session.exec(select(Room).where(Room.replacement == room_id)).first()


def replacements(tx: Tx) -> set[str]:
    """The rooms that replace one that the bot was in."""
    return {room for room in tx.session.exec(select(Room.replacement)) if room}


def current(tx: Tx, room_id: str) -> str:
    """The room that took the place of this one, or the room itself."""
    return tx.connection.scalar(_MOVED_TO, {"room": room_id}) or room_id


def moved(tx: Tx, old: Room, new: Room) -> None:
    """Remember that one room took the place of another, and of those that this one had replaced before."""
    old.replacement = old.moved_to = new.room_id
    new.spoken = new.spoken or old.spoken
    tx.session.flush()
    tx.connection.execute(_FOLLOW_ON, {"old": old.room_id, "new": new.room_id})


def joined(tx: Tx) -> list[Room]:
    """The rooms that the bot is in."""
    return list(tx.session.exec(select(Room).where(Room.membership == "join")))


def encrypted(tx: Tx) -> set[str]:
    """The rooms in which everything is encrypted, whether the bot is in them or not."""
    return set(tx.session.exec(select(Room.room_id).where(col(Room.encrypted))))


def membership(tx: Tx, room_id: str, user_id: str) -> str | None:
    """Someone's membership in a room: join, invite, leave, ban, knock, or None if never heard of."""
    found: str | None = tx.connection.scalar(_MEMBERSHIP, {"room": room_id, "user": user_id})
    return found


def people(tx: Tx, room_id: str) -> list[RoomMember]:
    """Those who are known to be in a room."""
    return list(
        tx.session.exec(
            select(RoomMember).where(RoomMember.room_id == room_id, RoomMember.membership == "join")
        )
    )


def keep_member(tx: Tx, room_id: str, user_id: str, membership: str, display_name: str | None = None) -> None:
    """Remember someone's membership."""
    keep_members(
        tx,
        [
            {
                "room_id": room_id,
                "user_id": user_id,
                "membership": membership,
                "display_name": display_name,
            }
        ],
    )


def keep_members(tx: Tx, found: list[Json]) -> None:
    """Remember many memberships at once: room_id, user_id, membership and display_name of each."""
    if found:
        tx.connection.execute(_KEEP_MEMBER, found)


def display_name(tx: Tx, room_id: str, user_id: str) -> str | None:
    """How someone is called in a room."""
    found: str | None = tx.connection.scalar(_DISPLAY_NAME, {"room": room_id, "user": user_id})
    return found


def display_names(tx: Tx, room_id: str) -> dict[str, str]:
    """How everybody is called in a room whose name there is known."""
    return {user: name for user, name in tx.connection.execute(_DISPLAY_NAMES, {"room": room_id}) if name}


def direct_chat(tx: Tx, user_id: str) -> str | None:
    """The newest direct chat with this person that both are in, or that they are invited to."""
    found: str | None = tx.connection.scalar(_DIRECT_CHAT, {"user": user_id})
    return found


def apply_state(tx: Tx, room: Room, event: Json, own_user_id: str) -> None:
    """Take one state event of the raw sync into the room; what is malformed is passed over."""
    content = event.get("content")
    state_key = event.get("state_key")
    if not isinstance(content, dict) or not isinstance(state_key, str):
        return
    match event.get("type"):
        case "m.room.member":
            _apply_member(tx, room, state_key, content, event, own_user_id)
        case "m.room.create" if state_key == "":
            version = content.get("room_version", "1")
            room.version = version if isinstance(version, str) else "1"
            further = content.get("additional_creators")
            room.creators = [
                user
                for user in [event.get("sender"), *(further if isinstance(further, list) else [])]
                if isinstance(user, str)
            ]
        case "m.room.power_levels" if state_key == "":
            room.power_levels = content
        case "m.room.name" if state_key == "":
            room.name = _text(content.get("name"))
        case "m.room.canonical_alias" if state_key == "":
            room.alias = _text(content.get("alias"))
        case "m.room.encryption" if state_key == "":
            room.encrypted = True  # can't be switched off again, whatever a later event says


def _apply_member(tx: Tx, room: Room, user_id: str, content: Json, event: Json, own_user_id: str) -> None:
    membership = content.get("membership")
    if not isinstance(membership, str):
        return
    name = _text(content.get("displayname"))
    keep_member(tx, room.room_id, user_id, membership, name)
    inviter = event.get("sender")
    if membership != "invite" or not isinstance(inviter, str):
        return
    direct = content.get("is_direct") is True
    if user_id == own_user_id:
        room.inviter = inviter
        if direct:
            room.direct_with = inviter
    elif inviter == own_user_id and direct:
        # One that the bot made itself, and perhaps did not live to write down.
        room.direct_with = user_id


def _text(value: object) -> str | None:
    return value[:255] if isinstance(value, str) and value else None
