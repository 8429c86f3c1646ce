"""What the tables hold of a person beyond their own rows, and how it is taken out of them."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from config.words import fold, spellings
from storage import rooms
from storage.database import Tx, rows
from storage.dialogs import Pages
from storage.inbox import InboxEvent
from storage.outbox import WORDS, OutboxRow
from storage.rooms import Room, RoomMember


def events_of(tx: Tx, user_id: str) -> list[InboxEvent]:
    """What someone said to the bot and is still kept, oldest first."""
    theirs = select(InboxEvent).where(InboxEvent.sender == user_id)
    return list(tx.session.exec(theirs.order_by(col(InboxEvent.seq))))


def forget_events(tx: Tx, user_id: str) -> None:
    """Delete what someone said, but not what still waits to be dealt with."""
    _change(
        tx,
        "DELETE FROM inbox WHERE sender = :user AND (state <> 'new' OR event_id = :present) RETURNING seq",
        user=user_id,
        present=tx.source,  # the command that asks for it
    )


# What the bot said or is going to say to someone, or to others about them. The answers that it gave in rooms
# are known by what they answer, as long as that is kept.
_TO = (
    "lane = :user OR lane IN (SELECT room_id FROM room WHERE direct_with = :user)"
    " OR answers IN (SELECT event_id FROM inbox WHERE sender = :user)"
)
_ABOUT = "(about = :user OR key IN (SELECT message FROM outbox_person WHERE user_id = :user))"
_TO_OR_ABOUT = f"({_ABOUT} OR {_TO})"
# What they could read. What others are told in their direct chats is theirs: that they asked, or blocked.
_READ = (
    f"({_TO} OR ({_ABOUT} AND lane IN (SELECT room_member.room_id FROM room_member"  # noqa: S608
    " JOIN room ON room.room_id = room_member.room_id"
    " WHERE room_member.user_id = :user AND room.direct_with IS NULL)))"
)
_SAID = f"action IN {tuple(map(str, WORDS))}"


def messages_of(tx: Tx, user_id: str) -> list[OutboxRow]:
    """What the bot said or is going to say to someone, or about them in rooms that they know, in the order
    in which it did."""
    read = select(OutboxRow).where(text(f"{_SAID} AND {_READ}").bindparams(user=user_id))
    return list(tx.session.exec(read.order_by(col(OutboxRow.id))))


def forget_messages(tx: Tx, user_id: str) -> None:
    """Drop what was to be said to someone or about them, and blank what was said.

    A message that was sent keeps its key and its event, so that the homeserver recognises it. To be called
    before `forget_events`: some answers are only known by what they answer.
    """
    # What still has to be taken back in their direct chat is no message, and stays.
    unsent = (
        f"state <> 'sent' AND ({_ABOUT} OR lane = :user OR"  # noqa: S608
        f" ({_SAID} AND lane IN (SELECT room_id FROM room WHERE direct_with = :user)))"
    )
    keys = f"SELECT key FROM outbox WHERE {unsent}"  # noqa: S608
    _change(
        tx,
        f"DELETE FROM outbox WHERE state <> 'sent' AND target_key IN ({keys}) RETURNING id",  # noqa: S608
        user=user_id,
    )
    _change(tx, f"DELETE FROM outbox WHERE {unsent} RETURNING id", user=user_id)  # noqa: S608
    _change(
        tx,
        "UPDATE outbox SET lane = CASE WHEN lane = :user THEN COALESCE(room_id, '') ELSE lane END,"  # noqa: S608
        " content = '{}', about = NULL, data = NULL"
        f" WHERE state <> 'pending' AND {_TO_OR_ABOUT} RETURNING id",
        user=user_id,
    )
    _change(
        tx,
        "DELETE FROM outbox_person WHERE user_id = :user OR message NOT IN (SELECT key FROM outbox)"
        " RETURNING message",
        user=user_id,
    )


def blank_naming(tx: Tx, name: str) -> None:
    """Blank what was said by the bot or to it, by whomever, and holds a name or a user id.

    It is compared by whole words, without regard to case and accents. Rows that wait are left: they are not
    yet dealt with.
    """
    for row in _naming(tx, "outbox", "content", name, "state <> 'pending'"):
        _change(tx, "UPDATE outbox SET content = '{}', data = NULL WHERE id = :id RETURNING id", id=row["id"])
    for row in _naming(tx, "inbox", "content", name, "state <> 'new'"):
        _change(tx, "UPDATE inbox SET content = '{}' WHERE seq = :seq RETURNING seq", seq=row["seq"])


def pages_of(tx: Tx, user_id: str) -> list[Pages]:
    """What `more` would still show to someone, in all rooms."""
    return list(tx.session.exec(select(Pages).where(Pages.user_id == user_id).order_by(Pages.room_id)))


def forget_pages_naming(tx: Tx, name: str) -> None:
    """Drop kept pages of others that hold a name or a user id; asking again makes them anew."""
    for row in _naming(tx, "pages", "rest", name):
        _change(
            tx,
            "DELETE FROM pages WHERE user_id = :user AND room_id = :room RETURNING room_id",
            user=row["user_id"],
            room=row["room_id"],
        )


def rooms_of(tx: Tx, user_id: str) -> list[tuple[Room, str, str | None]]:
    """The rooms that the bot knows someone to be or have been in: room, membership, display name."""
    return list(
        tx.session.exec(
            select(Room, RoomMember.membership, RoomMember.display_name)
            .join(RoomMember, col(RoomMember.room_id) == col(Room.room_id))
            .where(RoomMember.user_id == user_id)
            .order_by(Room.room_id)
        )
    )


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


def forget_keys(tx: Tx, user_id: str) -> None:
    """Forget what came from someone's devices, unless they still share a room with the bot.

    While they do, the bot could not read there what they say next.
    """
    _change(
        tx,
        "DELETE FROM crypto WHERE person = :user AND NOT EXISTS (SELECT 1 FROM room_member"
        " JOIN room ON room.room_id = room_member.room_id WHERE room_member.user_id = :user"
        " AND room_member.membership IN ('join', 'invite') AND room.membership IN ('join', 'invite'))"
        " RETURNING key",
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


def _naming(tx: Tx, table: str, column: str, name: str, where: str = "TRUE") -> list[dict[str, Any]]:
    """The rows whose JSON holds a name: SQL finds those that may, the words in it decide."""
    wanted = [f" {key} " for key in spellings(name) if key]
    # JSON escapes other letters, and each database in its own way.
    parts = re.findall(r"[a-z0-9]+", name.casefold())
    may = "".join(f" AND LOWER(CAST({column} AS TEXT)) LIKE :part{place}" for place in range(len(parts)))
    found = rows(
        tx,
        f"SELECT * FROM {table} WHERE {where}{may}",  # noqa: S608
        **{f"part{place}": f"%{part}%" for place, part in enumerate(parts)},
    )
    return [row for row in found if any(key in f" {fold(_words(_parsed(row[column])))} " for key in wanted)]


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value  # SQLite hands over the JSON itself


def _words(value: Any) -> str:
    """All that can be read in a JSON value."""
    match value:
        case str():
            return value
        case dict():
            return " ".join(_words(part) for pair in value.items() for part in pair)
        case list():
            return " ".join(_words(part) for part in value)
    return ""


def _change(tx: Tx, sql: str, **parameters: Any) -> None:
    rows(tx, sql, **parameters)
    tx.session.expire_all()
