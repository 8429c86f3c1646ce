"""Writing to someone in their direct chat of one's own accord, in the language that they prefer."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from commands.core.context import Context, Network
from commands.core.nodes import Block
from commands.core.registry import load
from commands.core.render import content, render
from config.languages import ui_language
from storage import members, outbox, rooms
from storage.database import Tx


def to(tx: Tx, network: Network, user_id: str) -> Context:
    """The moment as someone's direct chat sees it."""
    return Context(
        tx=tx,
        network=network,
        sender=user_id,
        room_id=rooms.direct_chat(tx, user_id) or user_id,
        language=ui_language(members.preference(tx, user_id).locale, network.default_language),
        aside=True,
    )


def send(
    ctx: Context,
    *blocks: Block,
    about: str | None = None,
    reply_to: str | None = None,
    reactions: tuple[str, ...] = (),
    topic: str | None = None,
) -> None:
    """Send blocks that were made with `to`; `about`, `reactions` and `topic` are as in a reply."""
    said = content(render(blocks), reply_to=reply_to)
    key = outbox.message(ctx.tx, ctx.sender, said, about=about, topic=topic)
    for emoji in reactions:
        outbox.reaction(ctx.tx, ctx.sender, emoji, key=key)


def local(ctx: Context, moment: datetime, hour: int) -> datetime:
    """The day of a moment at an hour by the person's own clock, without its zone; for the schedule."""
    there = moment.astimezone(ZoneInfo(ctx.timezone)).replace(tzinfo=None)
    return there.replace(hour=hour, minute=0, second=0, microsecond=0)


def is_command(text: str) -> bool:
    """Whether words said in reply to a letter are a command with its number, rather than what it asks for."""
    spoken = load().understand(text)
    return spoken is not None and re.match(r"\s*#?[0-9]", spoken.arguments) is not None
