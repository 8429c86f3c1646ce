"""Whose data each table holds, and what `mydata` and `forgetme` do with it; practices declare their own."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from commands.core.holdings import Holding
from storage import dialogs, members, persons
from storage.database import Tx


def _plain(row: BaseModel, **without: bool) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude=set(without))


def _member(tx: Tx, user_id: str) -> dict[str, Any] | None:
    member = members.get(tx, user_id)
    return _plain(member) if member else None


def _forget_member(tx: Tx, user_id: str, _practices_too: bool) -> None:
    members.remove(tx, user_id)


def _lines(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        _plain(line) for line in (*members.lines(tx, user_id, "offer"), *members.lines(tx, user_id, "need"))
    ]


def _preference(tx: Tx, user_id: str) -> dict[str, Any]:
    return _plain(members.preference(tx, user_id))


def _dialogs(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [_plain(dialog) for dialog in dialogs.of(tx, user_id)]


def _pages(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [_plain(pages) for pages in persons.pages_of(tx, user_id)]


def _forget_dialogs(tx: Tx, user_id: str, _practices_too: bool) -> None:
    dialogs.forget_person(tx, user_id)


def _forget_pages(tx: Tx, user_id: str, _practices_too: bool) -> None:
    dialogs.forget_person(tx, user_id)
    persons.forget_pages_naming(tx, user_id)


def _inbox(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [_plain(event) for event in persons.events_of(tx, user_id)]


def _forget_inbox(tx: Tx, user_id: str, _practices_too: bool) -> None:
    persons.forget_events(tx, user_id)


def _outbox(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [_plain(row, data=True) for row in persons.messages_about(tx, user_id)]


def _forget_outbox(tx: Tx, user_id: str, _practices_too: bool) -> None:
    persons.forget_messages(tx, user_id)


def _memberships(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {"room_id": room.room_id, "room": room.name, "membership": membership, "display_name": name}
        for room, membership, name in persons.rooms_of(tx, user_id)
    ]


def _forget_memberships(tx: Tx, user_id: str, _practices_too: bool) -> None:
    persons.forget_past_memberships(tx, user_id)


def _rooms(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            "room_id": room.room_id,
            "direct_chat": room.direct_with == user_id,
            "invited_the_bot": room.inviter == user_id,
            "power_level": str(room.power(user_id)),
        }
        for room, _membership, _name in persons.rooms_of(tx, user_id)
    ]


def _forget_rooms(tx: Tx, user_id: str, _practices_too: bool) -> None:
    persons.forget_past_rooms(tx, user_id)


MEMBER = Holding(
    "member", "The profile that a member gave, and when they agreed to it.", _member, _forget_member
)
LINE = Holding("line", "What a member offers and needs.", _lines, _forget_member)
PREFERENCE = Holding(
    "preference", "The language and the time zone that someone chose.", _preference, _forget_member
)
DIALOG = Holding("dialog", "The answers of a form that someone has begun.", _dialogs, _forget_dialogs)
PAGES = Holding("pages", "The rest of a long answer, for `more`.", _pages, _forget_pages)
INBOX = Holding("inbox", "What someone said to the bot, for 30 days at most.", _inbox, _forget_inbox)
OUTBOX = Holding(
    "outbox",
    "What the bot said about someone; the text for 30 days at most, then only which message it was.",
    _outbox,
    _forget_outbox,
)
ROOM_MEMBER = Holding(
    "room_member",
    "Who is in the bot's rooms, as the homeserver tells; forgotten when they or the bot have left.",
    _memberships,
    _forget_memberships,
)
ROOM = Holding(
    "room",
    "The bot's rooms, whose direct chats they are and who may do what there, as the homeserver tells.",
    _rooms,
    _forget_rooms,
)
CURSOR = Holding("cursor", "How far the bot has read; holds nothing of persons.")
SCHEDULE = Holding("schedule", "What the clock does next; holds nothing of persons.")
