"""What the bot says of its own accord: to somebody in their direct chat, or in a room."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from commands.core import hours
from commands.core.context import Context, Network, moderators
from commands.core.nodes import Block
from commands.core.registry import load
from commands.core.render import content, render
from commands.core.reply import Attachment
from config.languages import ui_language
from storage import files, members, outbox, rooms
from storage.database import Tx
from storage.outbox import About, OutboxRow, OutboxState


def to_person(tx: Tx, network: Network, user_id: str) -> Context:
    """The present moment as somebody reads it in their direct chat, in their language."""
    locale = members.preference(tx, user_id).locale
    return Context(
        tx=tx,
        network=network,
        sender=user_id,
        room_id=user_id,
        language=ui_language(locale, network.default_language),
        locale=locale,
        aside=True,
    )


def to_room(tx: Tx, network: Network, room_id: str) -> Context:
    """The present moment as people read it in a room, in the room's language."""
    room = rooms.get(tx, room_id)
    return Context(
        tx=tx,
        network=network,
        sender=network.user_id,
        room_id=room_id,
        language=ui_language(room.language if room else None, network.default_language),
        room=room,
    )


def to_lane(tx: Tx, network: Network, lane: str) -> Context:
    """The same for wherever a message of the bot went: a room, or somebody's direct chat."""
    if lane.startswith("@"):
        return to_person(tx, network, lane)
    room = rooms.get(tx, lane)
    return (
        to_person(tx, network, room.direct_with) if room and room.direct_with else to_room(tx, network, lane)
    )


def moderators_room(tx: Tx, network: Network) -> str | None:
    """The moderators' room, if there is one and the bot is in it."""
    if network.review_room is None:
        return None
    room = rooms.get(tx, rooms.current(tx, network.review_room))
    return room.room_id if room and room.membership == "join" else None


def to_moderators(tx: Tx, network: Network, *, without: str | None = None) -> list[Context]:
    """The present moment as the moderators read it: in their room, or each of them in their direct chat, but
    for one."""
    if room_id := moderators_room(tx, network):
        return [to_room(tx, network, room_id)]
    people = [one.user_id for one in moderators(tx, network) if one.user_id != without]
    return [to_person(tx, network, user_id) for user_id in people]


def write(
    to: Context,
    blocks: Sequence[Block],
    *,
    about: About = None,
    topic: str | None = None,
    reactions: Sequence[str] = (),
    reply_to: str | None = None,
    thread: str | None = None,
    urgent: bool = False,
) -> str:
    """Say something there, under the event `reply_to`, in the thread of the event `thread`.

    In a direct chat it makes a phone ring: by day, or when it is `urgent`. Returns the key of the message in
    the outbox. For the rest see `Reply`.
    """
    rings = to.room_id.startswith("@") and (urgent or not hours.asleep(to.now, to.timezone))
    said = content(render(tuple(blocks)), reply_to=reply_to, thread=thread, rings=rings)
    key = outbox.message(to.tx, to.room_id, said, about=about, topic=topic)
    for emoji in reactions:
        outbox.reaction(to.tx, to.room_id, emoji, key=key)
    return key


def attach(tx: Tx, lane: str, file: Attachment, *, about: About = None) -> str:
    """Send a file there; returns its key in the outbox."""
    return files.send(
        tx,
        lane,
        file.data,
        content_type=file.content_type,
        filename=file.filename,
        content=file.content,
        about=about,
        painted=file.painted,
    )


def rewrite(to: Context, blocks: Sequence[Block], *, key: str, lane: str, about: About = None) -> None:
    """Put other words in the place of what was said there."""
    before = outbox.by_key(to.tx, key)
    rings = before is not None and before.content.get("msgtype") == "m.text"
    outbox.edit(to.tx, lane, content(render(tuple(blocks)), rings=rings), key=key, about=about)


def take_back(tx: Tx, row: OutboxRow, reason: str) -> bool:
    """Redact a message where it stands, or will stand; False in a room that the bot is no longer in."""
    if row.state == OutboxState.DEAD:
        return True
    if row.state == OutboxState.PENDING or row.event_id is None:
        outbox.redact(tx, row.lane, reason, key=row.key)
        return True
    # Not where the person would be written to today: their direct chat may be another one by now.
    room = rooms.get(tx, row.room_id or row.lane)
    if room is None or room.membership != "join":
        return False
    outbox.redact(tx, room.room_id, reason, event_id=row.event_id)
    return True


def morning(to: Context) -> datetime | None:
    """When it will be day where somebody is, by their clock and for the schedule; None while it is."""
    return hours.morning(to.now, to.timezone) if hours.asleep(to.now, to.timezone) else None


def is_command(text: str) -> bool:
    """Whether words said in reply to a letter are a command with its number, rather than what it asks for."""
    spoken = load().understand(text)
    return spoken is not None and re.match(r"\s*#?[0-9]", spoken.arguments) is not None
