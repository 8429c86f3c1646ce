"""Announcements: where they go, and how they are said once, when it is time."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from commands.core import letters
from commands.core.context import Context, Network, Role, holds, moderators
from commands.core.errors import UserError
from commands.core.moments import When
from commands.core.nodes import Markdown
from commands.core.recurrence import Series
from commands.news.announcements import views
from config.words import fold
from storage import announcements, digest, rooms, schedule
from storage.announcements import Announcement
from storage.database import Tx
from storage.rooms import Room

log = structlog.get_logger("announcements")

# What is later than this is not said any more: it may be night, or speak of what has begun meanwhile.
LATE = timedelta(hours=1)
LONGEST = 4_000  # characters


def room_named(ctx: Context, typed: str) -> Room:
    """The room that an alias, an id or a name means; raises `UserError` for one where the sender is not."""
    said = typed.strip().lstrip("#")
    theirs = mine(ctx)
    named = [room for room in theirs if said in (room.room_id, _alias(room), _alias(room).partition(":")[0])]
    named = named or [room for room in theirs if said and fold(said) == fold(room.name or "")]
    if len(named) != 1:
        known = ctx.texts.list([views.room_name(room) for room in theirs[:5]], "or")
        raise UserError("announcement.room_unknown", typed=typed[:60], rooms=known or "–")
    return named[0]


def _alias(room: Room) -> str:
    return (room.alias or "").lstrip("#")


def mine(ctx: Context) -> list[Room]:
    """The rooms of several people in which both the bot and the sender are."""
    found = [
        room
        for room in rooms.joined(ctx.tx)
        if room.direct_with is None and rooms.membership(ctx.tx, room.room_id, ctx.sender) == "join"
    ]
    return sorted(found, key=lambda room: (room.room_id != ctx.network.hub_room, views.room_name(room)))


def zone(tx: Tx, network: Network, room_id: str) -> str:
    """The time zone of a room: the one that was chosen for its digest, or the network's."""
    return digest.zone_of(tx, room_id) or network.timezone


def keep(ctx: Context, found: When, where: list[str], text: str) -> Announcement:
    """Have something said in rooms when it is time; raises `UserError` if that is over by now."""
    row = Announcement(
        text=text,
        rooms=where,
        start=found.local,
        timezone=found.timezone,
        rrule=found.rrule,
        by=ctx.sender,
        created_at=ctx.now,
    )
    _plan(ctx.tx, row, ctx.now)
    if row.next_at is None:
        raise UserError("announcement.over", announce=ctx.call("announce at", "…"))
    return row


def _plan(tx: Tx, row: Announcement, after: datetime) -> None:
    """Set when it is said next, after a moment, and have it said then."""
    upcoming = Series(row.start, row.timezone, row.rrule).next(after)
    row.next_at = upcoming.at if upcoming else None
    announcements.keep(tx, row)
    if upcoming:
        key = f"announcement:{row.number}:{upcoming.local.isoformat()}"
        payload = {"announcement": row.number, "at": upcoming.at.isoformat()}
        schedule.plan(tx, key, "announce", upcoming.local, upcoming.timezone, payload)


def cancel(ctx: Context, number: int) -> Announcement:
    """Have something not said any more; raises `UserError`."""
    row = announcements.get(ctx.tx, number)
    if row is None or row.next_at is None:
        raise UserError("announcement.none_there", number=str(number), list=ctx.call("announcements"))
    row.next_at = None
    announcements.keep(ctx.tx, row)
    return row


def say(tx: Tx, network: Network, number: int, at: str) -> None:
    """Say what is due, in each of its rooms in which the bot still is, and plan the next time.

    Whoever planned it is told what was not said.
    """
    row = announcements.get(tx, number)
    if row is None or row.next_at is None or row.next_at.isoformat() != at:
        return  # cancelled, or said already
    due = row.next_at
    # Nobody answers for what somebody planned who is no moderator any more, or was forgotten.
    if row.by is None or not holds(tx, network, row.by, Role.MODERATOR):
        row.next_at = None
        announcements.keep(tx, row)
        for person in moderators(tx, network):
            to = letters.to_person(tx, network, person.user_id)
            letters.write(to, views.not_theirs_any_more(to, row))
        return
    planner = letters.to_person(tx, network, row.by)
    if tx.now - due <= LATE:
        there = {room.room_id for room in rooms.joined(tx)}
        for room_id in row.rooms:
            if room_id in there:
                letters.write(letters.to_room(tx, network, room_id), (Markdown(row.text),))
        if gone := [room_id for room_id in row.rooms if room_id not in there]:
            letters.write(planner, views.not_there(planner, row, gone))
    else:
        letters.write(planner, views.too_late(planner, row, due))
    _plan(tx, row, max(tx.now, due))


def look_after(tx: Tx, network: Network) -> None:
    """See to it that what should have been said, and failed, is told to who planned it, and said the next
    time."""
    for row in announcements.ahead(tx):
        number, due = row.number, row.next_at
        if due is None or tx.now - due <= LATE:
            continue
        try:
            with tx.savepoint():
                say(tx, network, number, due.isoformat())
        except Exception as error:
            log.exception("announcement_failed", announcement=number, error=type(error).__name__)
