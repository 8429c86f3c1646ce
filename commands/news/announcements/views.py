"""How announcements are shown to those who make them."""

from __future__ import annotations

from datetime import datetime

from commands.core import hours
from commands.core.context import Context
from commands.core.moments import When, in_words
from commands.core.nodes import Block, Entries, Inline, Markdown, Quote, joined
from commands.core.reply import Reply
from commands.core.values import short
from storage import rooms
from storage.announcements import Announcement
from storage.rooms import Room

ON_A_PAGE = 8


def room_name(room: Room) -> str:
    """What people call a room."""
    return room.name or room.alias or room.room_id


def named(ctx: Context, where: list[str]) -> str:
    """Rooms in a sentence."""
    known = [(room_id, rooms.get(ctx.tx, room_id)) for room_id in where]
    return ctx.texts.list([room_name(room) if room else room_id for room_id, room in known])


def shown(ctx: Context, text: str) -> tuple[Block, ...]:
    """What will be said, as it will look."""
    return (ctx.p("announcement.text"), Markdown(text))


def question(ctx: Context, found: When, where: list[str]) -> Inline:
    """When and where it will be said, in full."""
    asked = ctx.t("announcement.asked", moment=in_words(found, ctx.texts), rooms=named(ctx, where))
    night = found.local.hour not in hours.CHOSEN
    return joined([ctx.t("announcement.night"), asked], " ") if night else asked


def planned(ctx: Context, row: Announcement) -> Reply:
    """The answer to who has something announced."""
    cancel = ctx.call("announcement cancel", str(row.number))
    moment = in_words(When(row.start, row.timezone, row.rrule), ctx.texts)
    told = ctx.p("announcement.done", number=str(row.number), moment=moment, cancel=cancel)
    return Reply((told,), private=True)


def _next(ctx: Context, row: Announcement) -> str:
    return ctx.texts.datetime(row.next_at, row.timezone) if row.next_at else "–"


def listed(ctx: Context, found: list[Announcement]) -> Reply:
    """What is still to be announced."""
    ctx = ctx.privately()
    if not found:
        example = ctx.call("announce at", ctx.texts.raw("command.announce_at.example"))
        return Reply((ctx.p("announcement.none", announce=example),), private=True)
    entries: list[tuple[Inline, ...]] = [_entry(ctx, row) for row in found]
    pages = [
        (Entries(tuple(entries[start : start + ON_A_PAGE])),) for start in range(0, len(entries), ON_A_PAGE)
    ]
    head = ctx.p("announcement.list")
    hint = ctx.p("announcement.hint", cancel=ctx.call("announcement cancel", str(found[0].number)))
    return Reply((head, *pages[0], hint), pages=tuple(pages[1:]), private=True)


def _entry(ctx: Context, row: Announcement) -> tuple[Inline, ...]:
    when = When(row.start, row.timezone, row.rrule)
    again = (
        (ctx.t("announcement.next", moment=_next(ctx, row)),) if row.rrule and row.next_at != when.at else ()
    )
    return (
        f"{row.number}. {short(row.text)}",
        ctx.t("announcement.where", moment=in_words(when, ctx.texts), rooms=named(ctx, row.rooms)),
        *again,
    )


def cancelled(ctx: Context, row: Announcement) -> Reply:
    """The answer to who cancelled an announcement."""
    return Reply((ctx.p("announcement.cancelled", number=str(row.number), text=short(row.text)),))


def too_late(ctx: Context, row: Announcement, due: datetime) -> tuple[Block, ...]:
    """Tells who wanted something announced that it was not."""
    moment = ctx.texts.datetime(due, row.timezone)
    told = ctx.p("announcement.too_late", moment=moment, rooms=named(ctx, row.rooms))
    return (told, Quote(row.text), ctx.p("announcement.again", announce=ctx.call("announce at", "…")))


def not_there(ctx: Context, row: Announcement, where: list[str]) -> tuple[Block, ...]:
    """Tells who wanted something announced in which rooms it was not, as the bot is no longer in them."""
    return (ctx.p("announcement.not_there", rooms=named(ctx, where)), Quote(row.text))


def not_theirs_any_more(ctx: Context, row: Announcement) -> tuple[Block, ...]:
    """Tells moderators of an announcement by somebody who is none any more."""
    told = ctx.p("announcement.not_theirs", number=str(row.number), rooms=named(ctx, row.rooms))
    return (told, Quote(row.text), ctx.p("announcement.again", announce=ctx.call("announce at", "…")))
