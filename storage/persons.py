"""What the tables hold of a person beyond their own rows, and how it is taken out of them."""

from __future__ import annotations

from storage import dialogs, inbox, outbox, rooms
from storage.database import Tx, rows
from storage.dialogs import Pages
from storage.inbox import InboxEvent
from storage.outbox import OutboxRow
from storage.rooms import Room


def events_of(tx: Tx, user_id: str) -> list[InboxEvent]:
    """What someone said to the bot and is still kept, oldest first."""
    found = rows(tx, "SELECT event_id FROM inbox WHERE sender = :user ORDER BY seq", user=user_id)
    return [event for row in found if (event := inbox.find(tx, row["event_id"]))]


def forget_events(tx: Tx, user_id: str) -> None:
    """Delete what someone said, but not what still waits to be dealt with."""
    _change(
        tx,
        "DELETE FROM inbox WHERE sender = :user AND (state <> 'new' OR event_id = :present) RETURNING seq",
        user=user_id,
        present=tx.source,  # the command that asks for it
    )


def messages_about(tx: Tx, user_id: str) -> list[OutboxRow]:
    """What the bot said or is going to say about someone, or to them where there is no direct chat yet."""
    found = rows(tx, "SELECT key FROM outbox WHERE about = :user OR lane = :user ORDER BY id", user=user_id)
    return [row for one in found if (row := outbox.by_key(tx, one["key"]))]


def forget_messages(tx: Tx, user_id: str) -> None:
    """Drop what was to be said about someone, and take them out of what was said.

    A message that was sent keeps its key and its event, so that the homeserver recognises it.
    """
    unsent = "SELECT key FROM outbox WHERE state <> 'sent' AND (about = :user OR lane = :user)"
    _change(
        tx,
        f"DELETE FROM outbox WHERE state <> 'sent' AND target_key IN ({unsent}) RETURNING id",  # noqa: S608
        user=user_id,
    )
    _change(
        tx,
        "DELETE FROM outbox WHERE state <> 'sent' AND (about = :user OR lane = :user) RETURNING id",
        user=user_id,
    )
    _change(
        tx,
        "UPDATE outbox SET lane = CASE WHEN lane = :user THEN COALESCE(room_id, '') ELSE lane END,"
        " content = '{}', about = NULL, data = NULL WHERE about = :user OR lane = :user RETURNING id",
        user=user_id,
    )
    _change(
        tx,
        "UPDATE outbox SET content = '{}', data = NULL"
        " WHERE state <> 'pending' AND CAST(content AS TEXT) LIKE :inside ESCAPE '\\' RETURNING id",
        inside=_inside(user_id),
    )


def pages_of(tx: Tx, user_id: str) -> list[Pages]:
    """What `more` would still show to someone, in all rooms."""
    found = rows(tx, "SELECT room_id FROM pages WHERE user_id = :user ORDER BY room_id", user=user_id)
    return [kept for row in found if (kept := dialogs.pages(tx, user_id, row["room_id"]))]


def forget_pages_naming(tx: Tx, user_id: str) -> None:
    """Drop kept pages of others that name someone; asking again makes them anew."""
    _change(
        tx,
        "DELETE FROM pages WHERE CAST(rest AS TEXT) LIKE :inside ESCAPE '\\' RETURNING room_id",
        inside=_inside(user_id),
    )


def rooms_of(tx: Tx, user_id: str) -> list[tuple[Room, str, str | None]]:
    """The rooms that the bot knows someone to be or have been in: room, membership, display name."""
    found = rows(
        tx,
        "SELECT room_id, membership, display_name FROM room_member WHERE user_id = :user ORDER BY room_id",
        user=user_id,
    )
    return [
        (room, row["membership"], row["display_name"])
        for row in found
        if (room := rooms.get(tx, row["room_id"]))
    ]


def forget_past_memberships(tx: Tx, user_id: str) -> None:
    """Forget the rooms that someone, or the bot, is no longer in, and what they were called in the others."""
    _change(
        tx,
        "DELETE FROM room_member WHERE user_id = :user AND (membership NOT IN ('join', 'invite')"
        " OR room_id NOT IN (SELECT room_id FROM room WHERE membership IN ('join', 'invite')))"
        " RETURNING room_id",
        user=user_id,
    )
    _change(
        tx,
        "UPDATE room_member SET display_name = NULL WHERE user_id = :user RETURNING room_id",
        user=user_id,
    )


def forget_past_rooms(tx: Tx, user_id: str) -> None:
    """Take someone out of the rooms that the bot is no longer in."""
    for row in rows(tx, "SELECT room_id FROM room WHERE membership NOT IN ('join', 'invite')"):
        room = rooms.get(tx, row["room_id"])
        if room is None:
            continue
        room.inviter = None if room.inviter == user_id else room.inviter
        room.direct_with = None if room.direct_with == user_id else room.direct_with
        room.creators = [creator for creator in room.creators if creator != user_id]
        levels = dict(room.power_levels)
        if isinstance(users := levels.get("users"), dict):
            levels["users"] = {user: level for user, level in users.items() if user != user_id}
        room.power_levels = levels
    tx.session.flush()


def _inside(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _change(tx: Tx, sql: str, **parameters: str) -> None:
    rows(tx, sql, **parameters)
    tx.session.expire_all()
