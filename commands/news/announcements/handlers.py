"""What moderators type to have something announced."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from commands.core import dialog, moments
from commands.core.arguments import Args, ArgumentError, Positional, Rest
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.forms import within
from commands.core.registry import command
from commands.core.reply import Reply
from commands.news.announcements import forms, service, views
from config.languages import UI_LANGUAGES
from config.texts import texts
from storage import announcements as stored

# The colon behind which the text stands; those in 09:00 and in #room:example.org have no space behind them.
_TEXT = re.compile(r":\s+")
_MOST_ROOMS = 20


class AnnounceArgs(Args):
    """`!announce at 2027-03-01 09:00 in #lobby: The programme is **out**.`"""

    what_to_say: Rest


@command("announce at", requires=Role.MODERATOR, private=True)
def announce_at(ctx: Context, args: AnnounceArgs) -> Reply:
    """Have something said in rooms at a moment, or by a rule."""
    head, text = _taken_apart(ctx, args.what_to_say)
    moment, where = _moment_and_rooms(ctx, head)
    zone = service.zone(ctx.tx, ctx.network, where[0])
    found = moments.when(moment, ctx, timezone=zone)
    asked = dialog.start(ctx, forms.ANNOUNCING, only=("sure",), hidden=forms.hidden(found, where, text))
    return replace(asked, blocks=(*views.shown(ctx.privately(), text), *asked.blocks))


def _taken_apart(ctx: Context, typed: str) -> tuple[str, str]:
    parts = _TEXT.split(typed.strip(), maxsplit=1)
    if len(parts) < 2 or not parts[1].strip():
        raise ArgumentError("announcement.no_text")
    return parts[0], within(parts[1], service.LONGEST)


def _moment_and_rooms(ctx: Context, head: str) -> tuple[str, list[str]]:
    """The moment as it was typed, and the ids of the rooms behind the last "in"; without one, this room."""
    words = "|".join(
        re.escape(word)
        for language in UI_LANGUAGES
        for word in texts(language).raw("announcement.in").split("|")
    )
    found = list(re.finditer(rf"\s(?:{words})\s+", head, re.IGNORECASE))
    if not found:
        if ctx.direct:
            raise _no_rooms(head, ctx)
        return head, [ctx.room_id]
    last = found[-1]
    typed = [piece for piece in re.split(r"\s*,\s*|\s+(?:and|und)\s+|\s+(?=#)", head[last.end() :]) if piece]
    if len(typed) > _MOST_ROOMS:
        raise UserError("announcement.too_many_rooms", most=str(_MOST_ROOMS))
    where = [service.room_named(ctx, piece).room_id for piece in typed]
    return head[: last.start()], list(dict.fromkeys(where))


def _no_rooms(head: str, ctx: Context) -> UserError:
    """Behind a moment only the rooms are missing; else the words may be no announcement at all."""
    try:
        moments.when(head, ctx)
    except UserError:
        return ArgumentError("announcement.no_rooms")
    return UserError("announcement.no_rooms")


@command("announcements", requires=Role.MODERATOR, repeatable=True)
def announcements(ctx: Context) -> Reply:
    """List what is still to be announced."""
    return views.listed(ctx, stored.ahead(ctx.tx))


def announcement_number(typed: str, _ctx: Context) -> int:
    """`3` or `#3`, as the list shows it."""
    digits = typed.lstrip("#").rstrip(".,:")
    if not digits.isascii() or not digits.isdigit() or not 0 < len(digits) < 10:
        raise UserError("announcement.number", typed=typed[:40])
    return int(digits)


class CancelArgs(Args):
    """`!announcement cancel 3`"""

    announcement_number: Annotated[int, Positional(announcement_number)]


@command("announcement cancel", requires=Role.MODERATOR)
def announcement_cancel(ctx: Context, args: CancelArgs) -> Reply:
    """Have something not announced any more."""
    return views.cancelled(ctx, service.cancel(ctx, args.announcement_number))
