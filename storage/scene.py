"""What is known of the moment in which something is said, in one query, as it is asked for every command."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, func, literal, select

from storage.database import Tx, detached
from storage.members import Preference
from storage.rooms import Room, RoomMember
from storage.statements import Statement

_room = Room.__table__  # type: ignore[attr-defined]
_own = RoomMember.__table__.alias("own")  # type: ignore[attr-defined]
_there = RoomMember.__table__.alias("there")  # type: ignore[attr-defined]
_preference = Preference.__table__  # type: ignore[attr-defined]
_now = select(literal(1).label("one")).subquery("now")  # there is a row, whatever may be unknown
_hub = Room.__table__.alias("hub")  # type: ignore[attr-defined]
_known = select(
    _room,
    _own.c.display_name.label("own_name"),
    _preference.c.locale.label("locale"),
    _hub.c.moved_to.label("new_hub"),
    _there.c.membership.label("there"),
).select_from(
    _now.outerjoin(_room, _room.c.room_id == bindparam("room"))
    .outerjoin(_own, (_own.c.room_id == bindparam("room")) & (_own.c.user_id == bindparam("bot")))
    .outerjoin(_preference, _preference.c.user_id == bindparam("sender"))
    .outerjoin(_hub, _hub.c.room_id == bindparam("hub"))
    .outerjoin(
        _there,
        (_there.c.room_id == func.coalesce(_hub.c.moved_to, bindparam("hub")))
        & (_there.c.user_id == bindparam("sender")),
    )
)
_SCENE = Statement(_known)


class Scene(NamedTuple):
    """The room (not to be changed), what the bot is called in it, what language the sender prefers, the hub
    room as it is now, and whether the sender is in it."""

    room: Room | None
    own_name: str | None
    locale: str | None
    hub_room: str
    in_hub: bool


def scene(tx: Tx, room_id: str, *, sender: str, bot: str, hub_room: str) -> Scene:
    """Where something is said, and to whom; `hub_room` is the one in the settings."""
    asked = {"room": room_id, "sender": sender, "bot": bot, "hub": hub_room}
    (values,) = _SCENE.dicts(tx, asked)
    own_name, locale, new_hub, there = (
        values.pop(name) for name in ("own_name", "locale", "new_hub", "there")
    )
    room = detached(Room, values) if values["room_id"] else None
    return Scene(room, own_name, locale, new_hub or hub_room, there == "join")
