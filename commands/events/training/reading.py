"""The practices that are to be read before a training."""

from __future__ import annotations

from commands.core.context import Context
from commands.core.nodes import Block, Bullets, Inline
from storage import practices, trainings
from storage.database import Tx
from storage.events import Event, EventKind
from storage.practices import VISIBLE, Listed

MOST = 10  # practices of one training
_IN_A_ROOM = 3  # on a card, which is not to fill a room


def of(tx: Tx, event: Event, language: str | None = None) -> list[Listed]:
    """The practices to read before, in order; without those that are no longer in the library."""
    if event.kind != EventKind.TRAINING:
        return []
    found = practices.listed(tx, trainings.get(tx, event.number).reading, language)
    return [one for one in found if one.status in VISIBLE]


def lines(ctx: Context, event: Event) -> list[Inline]:
    """The same for the reader, in their language where there is a short version in it."""
    found = of(ctx.tx, event, ctx.language)
    return [f"#{one.number} {(one.short or one).title}" for one in found]


def blocks(ctx: Context, event: Event, heading: str = "reading.before") -> list[Block]:
    """What is to be read, under a heading; nothing where that is nothing."""
    found = lines(ctx, event)
    if not found:
        return []
    more = 0 if ctx.direct or len(found) <= _IN_A_ROOM else len(found) - _IN_A_ROOM
    if more:
        rest = ctx.n("reading.more", more, event=ctx.call("event", str(event.number)))
        found = [*found[:_IN_A_ROOM], rest]
    first = int(of(ctx.tx, event)[0].number)
    return [ctx.p(heading, practice=ctx.call("practice", str(first))), Bullets(tuple(found))]
