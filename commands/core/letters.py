"""What the bot says of its own accord: to somebody in their direct chat, or in a room."""

from __future__ import annotations

from collections.abc import Sequence

from commands.core.context import Context, Network
from commands.core.nodes import Block
from commands.core.render import content, render
from config.languages import ui_language
from storage import members, outbox, rooms
from storage.database import Tx


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


def write(
    to: Context,
    blocks: Sequence[Block],
    *,
    about: str | None = None,
    topic: str | None = None,
    reactions: Sequence[str] = (),
) -> str:
    """Say something there; returns the key of the message in the outbox. For the rest see `Reply`."""
    key = outbox.message(to.tx, to.room_id, content(render(tuple(blocks))), about=about, topic=topic)
    for emoji in reactions:
        outbox.reaction(to.tx, to.room_id, emoji, key=key)
    return key


def rewrite(to: Context, blocks: Sequence[Block], *, key: str, lane: str, about: str | None = None) -> None:
    """Put other words in the place of what was said there."""
    outbox.edit(to.tx, lane, content(render(tuple(blocks))), key=key, about=about)
