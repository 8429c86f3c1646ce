"""Whose data announcements hold, what export and erasure do with it, and what moves with a room."""

from __future__ import annotations

from typing import Any

from commands.core.belongings import Belonging
from commands.core.context import Network
from commands.core.holdings import Holding
from storage import announcements
from storage.database import Tx
from storage.rooms import Room


def _announcements(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude={"by"}) for one in announcements.by_person(tx, user_id)]


def _move(tx: Tx, _network: Network, old: Room, new: Room) -> None:
    announcements.move_room(tx, old.room_id, new.room_id)


ANNOUNCEMENT = Holding(
    "announcement",
    "What a moderator had announced in rooms, or wants to; the announcement stays, the name goes.",
    _announcements,
    lambda tx, user_id, _practices_too: announcements.forget_by(tx, user_id),
)
ANNOUNCEMENTS_MOVE = Belonging(
    "announcement", "What is to be said in the room is said in the new one.", _move
)
