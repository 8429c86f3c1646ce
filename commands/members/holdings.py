"""Whose data each table holds, what `mydata` and `forgetme` do with it, and what moves with a room that is
upgraded; practices declare their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from commands.core.belongings import Belonging
from commands.core.context import Network
from commands.core.holdings import Holding
from storage import crypto, dialogs, members, persons, rooms, schedule
from storage.database import Tx
from storage.rooms import Room


def _plain(row: BaseModel, *without: str) -> dict[str, Any]:
    return row.model_dump(mode="json", exclude=set(without))


def _member(tx: Tx, user_id: str) -> dict[str, Any] | None:
    member = members.get(tx, user_id)
    return _plain(member) if member else None


def _forget_member(tx: Tx, user_id: str, _practices_too: bool) -> None:
    members.remove(tx, user_id)


def _lines(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        _plain(line, "id", "user_id")
        for line in (*members.lines(tx, user_id, "offer"), *members.lines(tx, user_id, "need"))
    ]


def _preference(tx: Tx, user_id: str) -> dict[str, Any]:
    return _plain(members.preference(tx, user_id))


def _dialogs(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            "form": dialog.name,
            "asked_last": dialog.step,
            "answers": dialog.answers,
            "paused": dialog.paused,
            "changed_at": dialog.updated_at.isoformat(),
        }
        for dialog in dialogs.of(tx, user_id)
    ]


def _pages(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    kept = persons.pages_of(tx, user_id)
    places = _places(tx, user_id, (pages.room_id for pages in kept))
    return [
        {
            "room": places[pages.room_id],
            "when": pages.updated_at.isoformat(),
            # A list whose pages are made when they are asked for is kept as what it is made from.
            "text": [page if isinstance(page, dict) else page[0] for page in pages.rest],
        }
        for pages in kept
    ]


def _places(tx: Tx, user_id: str, room_ids: Iterable[str]) -> dict[str, str]:
    """Rooms as their reader knows them; whose other direct chats there are is nobody's business."""
    wanted = set(room_ids)
    places = {room_id: "direct chat" if room_id == user_id else room_id for room_id in wanted}
    for room in rooms.these(tx, sorted(wanted)):
        if room.direct_with:
            own = room.direct_with == user_id
            places[room.room_id] = "direct chat" if own else "somebody else's direct chat"
        else:
            places[room.room_id] = room.name or room.alias or room.room_id
    return places


def _forget_dialogs(tx: Tx, user_id: str, _practices_too: bool) -> None:
    dialogs.forget_person(tx, user_id)


def _forget_pages(tx: Tx, user_id: str, _practices_too: bool) -> None:
    dialogs.forget_person(tx, user_id)
    for name in _names(tx, user_id):
        persons.forget_pages_naming(tx, name)


def _names(tx: Tx, user_id: str) -> list[str]:
    """What somebody is called in texts: by their id, as they registered, and in the rooms."""
    member = members.get(tx, user_id)
    shown = {name for _room, _membership, name in persons.rooms_of(tx, user_id) if name}
    return [user_id, *({member.name} if member else set()) | shown]


def _text(content: dict[str, Any]) -> str | None:
    """What a message says, or the emoji of a reaction; None for what is blanked or can't be read."""
    relation = content.get("m.relates_to")
    tapped = relation.get("key") if isinstance(relation, dict) else None
    said = content.get("body", tapped)
    return said if isinstance(said, str) else None


def _inbox(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    events = persons.events_of(tx, user_id)
    places = _places(tx, user_id, (event.room_id for event in events))
    return [
        {
            "room": places[event.room_id],
            "when": event.sent_at.isoformat(),
            "what": event.kind,
            "text": _text(event.content),
        }
        for event in events
    ]


def _forget_inbox(tx: Tx, user_id: str, _practices_too: bool) -> None:
    persons.forget_events(tx, user_id)


def _outbox(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    messages = persons.messages_of(tx, user_id)
    places = _places(tx, user_id, (row.room_id or row.lane for row in messages))
    return [
        {
            "room": places[row.room_id or row.lane],
            "when": (row.sent_at or row.created_at).isoformat(),
            "text": _text(row.content),
        }
        for row in messages
    ]


def _forget_outbox(tx: Tx, user_id: str, _practices_too: bool) -> None:
    persons.forget_messages(tx, user_id)
    for name in _names(tx, user_id):
        persons.blank_naming(tx, name)


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


def _keys(tx: Tx, user_id: str) -> dict[str, int]:
    kinds = {"user": "lists_of_public_device_keys", "megolm": "keys_to_encrypted_messages"}
    return {kinds[kind]: count for kind, count in crypto.of_person(tx, user_id).items()}


# Erased in this order: what was said is recognised by the name of the member and by what it answers.
OUTBOX = Holding(
    "outbox",
    "What the bot said to someone, and about them where they could read it; the text for 30 days at most,"
    " then only which message it was. What others are told in their direct chats is only erased.",
    _outbox,
    _forget_outbox,
)
OUTBOX_PERSON = Holding(
    "outbox_person", "Of whom a message of the bot tells where they are several; goes with it."
)
INBOX = Holding("inbox", "What someone said to the bot, for 30 days at most.", _inbox, _forget_inbox)
PAGES = Holding("pages", "The rest of a long answer, for `more`.", _pages, _forget_pages)
DIALOG = Holding("dialog", "The answers of a form that someone has begun.", _dialogs, _forget_dialogs)
MEMBER = Holding(
    "member", "The profile that a member gave, and when they agreed to it.", _member, _forget_member
)
LINE = Holding("line", "What a member offers and needs.", _lines, _forget_member)
PREFERENCE = Holding(
    "preference", "The language and the time zone that someone chose.", _preference, _forget_member
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
CRYPTO = Holding(
    "crypto",
    "The public keys of someone's devices, and the keys to what they say in encrypted rooms; forgotten when"
    " they share no room with the bot any more, or have not used them for half a year.",
    _keys,
    lambda tx, user_id, _practices_too: persons.forget_keys(tx, user_id),
)
CURSOR = Holding("cursor", "How far the bot has read; holds nothing of persons.")
SCHEDULE = Holding("schedule", "What the clock does next; holds nothing of persons.")
HEEDED_ZONE = Holding("heeded_zone", "By which rules of a zone it was planned; holds nothing of persons.")
OWN_DEVICE = Holding("own_device", "The device that the bot is for its homeserver; holds nothing of persons.")


def _move_room(_tx: Tx, _network: Network, old: Room, new: Room) -> None:
    new.language = new.language or old.language
    new.direct_with, old.direct_with = new.direct_with or old.direct_with, None


def _move_pages(tx: Tx, _network: Network, old: Room, new: Room) -> None:
    dialogs.move_pages(tx, old.room_id, new.room_id)


def _move_schedule(tx: Tx, _network: Network, old: Room, new: Room) -> None:
    schedule.move_room(tx, old.room_id, new.room_id)


ROOM_MOVES = Belonging("room", "Its language goes along, and whose direct chat it is.", _move_room)
PEOPLE_STAY = Belonging("room_member", "Who is in which room, the homeserver tells.")
PAGES_MOVE = Belonging("pages", "The rest of a long answer can be asked for in the new room.", _move_pages)
SCHEDULE_MOVES = Belonging(
    "schedule", "What is due in the room (`for_room` in the payload) is due in the new one.", _move_schedule
)
INBOX_STAYS = Belonging("inbox", "What was said in the old room is answered there.")
OUTBOX_STAYS = Belonging("outbox", "What was said in the old room, and what waits to be, belongs there.")
