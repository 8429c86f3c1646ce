"""What is known of the moment in which something is said, in one query, as it is asked for every command."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, literal, select

from storage.database import Tx, detached
from storage.members import Preference
from storage.rooms import Room, RoomMember

_room = Room.__table__  # type: ignore[attr-defined]
_own = RoomMember.__table__.alias("own")  # type: ignore[attr-defined]
_preference = Preference.__table__  # type: ignore[attr-defined]
_now = select(literal(1).label("one")).subquery("now")  # there is a row, whatever may be unknown
_SCENE = select(
    _room, _own.c.display_name.label("own_name"), _preference.c.locale.label("locale")
).select_from(
    _now.outerjoin(_room, _room.c.room_id == bindparam("room"))
    .outerjoin(_own, (_own.c.room_id == bindparam("room")) & (_own.c.user_id == bindparam("bot")))
    .outerjoin(_preference, _preference.c.user_id == bindparam("sender"))
)


class Scene(NamedTuple):
    """The room (not to be changed), what the bot is called in it, and what language the sender prefers."""

    room: Room | None
    own_name: str | None
    locale: str | None


def scene(tx: Tx, room_id: str, *, sender: str, bot: str) -> Scene:
    """Where something is said, and to whom."""
    row = tx.connection.execute(_SCENE, {"room": room_id, "sender": sender, "bot": bot}).mappings().one()
    values = dict(row)
    own_name, locale = values.pop("own_name"), values.pop("locale")
    return Scene(detached(Room, values) if values["room_id"] else None, own_name, locale)
