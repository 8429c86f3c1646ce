"""Introducing two members to each other: one asks, the other answers, and a room is opened for them."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from commands.core.context import Context, Network
from commands.core.errors import UserError
from commands.matching import rules, service
from commands.matching.peers import peer
from commands.matching.rules import Peer
from storage import matching, members, outbox, rooms, schedule
from storage.database import Tx
from storage.matching import Introduction
from storage.members import Member

TOPIC = "introduction"
MOST_A_WEEK = 2  # requests to one person
ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


def ask(ctx: Context, member: Member, asked: Member) -> tuple[Introduction, bool]:
    """Have someone asked whether they want to meet the sender; in their working hours.

    Returns the introduction, and whether it has to wait for these. Raises `UserError` where it can't be.
    """
    known = matching.introductions_of(ctx.tx, asked.user_id)
    if any(row.state == "open" and row.other(asked.user_id) == member.user_id for row in known):
        raise UserError("introduce.open")
    me, other = as_peer(ctx.tx, ctx.network, member), as_peer(ctx.tx, ctx.network, asked)
    if rules.obstacle(me, other, service.past_of(ctx.tx)):
        # Which one it is says more about the other than they may want to be known.
        raise UserError("introduce.not_possible", match=ctx.call("match"))
    lately = [
        row.asked_at
        for row in known
        if row.asked == asked.user_id and ctx.now - row.asked_at < timedelta(weeks=1)
    ]
    if len(lately) >= MOST_A_WEEK:
        again = (min(lately) + timedelta(weeks=1)).astimezone(ZoneInfo(ctx.timezone)).date()
        raise UserError("introduce.too_many", day=ctx.texts.date(again + timedelta(days=1), weekday=True))
    row = matching.introduce(ctx.tx, member.user_id, asked.user_id)
    zone = zone_of(ctx.tx, ctx.network, asked.user_id)
    local = rules.next_working_hour(ctx.now, zone)
    schedule.plan(
        ctx.tx, f"introduction_request:{row.id}", "introduction_request", local, zone, {"number": row.id}
    )
    return row, local.replace(tzinfo=ZoneInfo(zone)) > ctx.now


def open_to(tx: Tx, user_id: str) -> list[Introduction]:
    """The requests that wait for someone's answer, oldest first; only those that they have been told of."""
    return [
        row
        for row in matching.introductions_of(tx, user_id)
        if row.asked == user_id and row.state == "open" and row.told
    ]


def accept(ctx: Context, row: Introduction, asker: Member, asked: Member) -> None:
    """Open a room for the two."""
    row.state, row.answered_at = "accepted", ctx.now
    request: dict[str, object] = {
        "preset": "private_chat",
        "visibility": "private",
        "name": f"{asker.city} – {asked.city}",
        "invite": [asker.user_id, asked.user_id],
    }
    if ctx.network.encrypt_direct_chats:
        request["initial_state"] = [ENCRYPTED]
    row.room_key = outbox.room(ctx.tx, request)
    ctx.tx.flush()
    greet_soon(ctx.tx, row.id or 0, attempt=1)


def greet_soon(tx: Tx, number: int, *, attempt: int) -> None:
    """Look in a minute whether the room is there, to say hello in it; later ever more seldom."""
    moment = (tx.now + timedelta(minutes=min(attempt, 60))).replace(tzinfo=None)
    payload = {"number": number, "attempt": attempt}
    schedule.plan(tx, f"introduction_hello:{number}:{attempt}", "introduction_hello", moment, "UTC", payload)


def decline(tx: Tx, row: Introduction) -> None:
    """Remember that someone would rather not; why is theirs to know."""
    row.state, row.answered_at = "declined", tx.now
    tx.flush()


def withdraw_between(tx: Tx, one: str, other: str) -> None:
    """Take back the requests between two people that wait for an answer."""
    for row in matching.introductions_of(tx, one):
        if row.state == "open" and row.other(one) == other:
            row.state, row.answered_at = "withdrawn", tx.now
    tx.flush()


def room_of(tx: Tx, row: Introduction) -> str | None:
    """The room that was opened, once the bot has heard of it."""
    opened = outbox.by_key(tx, row.room_key) if row.room_key else None
    room = rooms.get(tx, opened.room_id) if opened and opened.room_id else None
    return room.room_id if room and room.membership == "join" else None


def as_peer(tx: Tx, network: Network, member: Member) -> Peer:
    """A member as matching sees them, who takes part if they do and are in the network's main room."""
    there = rooms.membership(tx, network.hub_room, member.user_id) == "join"
    return peer(
        member,
        members.lines(tx, member.user_id, "offer"),
        members.lines(tx, member.user_id, "need"),
        takes_part=there and matching.participation(tx, member.user_id).active(tx.now),
    )


def zone_of(tx: Tx, network: Network, user_id: str) -> str:
    """The time zone that someone lives in, as far as is known."""
    return members.preference(tx, user_id).timezone or network.timezone
