"""What people type about the weekly digest, and moderators about what stands first in it."""

from __future__ import annotations

import re
from typing import Annotated

from commands.core import hours, values
from commands.core.arguments import Args, ArgumentError, Positional, Rest, practice_number
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.registry import command
from commands.core.reply import Reply
from commands.news.digest import service, views
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold
from storage import digest as stored

_WISHES = ("on", "off", "day", "hour", "zone", "preview")
_HOUR = re.compile(r"(\d{1,2})(?:[:.]00)?\s*(am|pm|h|uhr|o'clock)?")
_DAY_AND_HOUR = re.compile(
    rf"(?:(?:every|on|jeden|immer|am)\s+)?(\w+)\s*,?\s+(?:(?:at|um)\s+)?({_HOUR.pattern})"
)


class DigestArgs(Args):
    """`!digest day Tuesday`"""

    digest_wish: Rest = ""


@command("digest")
def digest(ctx: Context, args: DigestArgs) -> Reply:
    """Have the weekly digest come to a room, or by one's own themes to the direct chat, and say when."""
    wish, rest = _wish(args.digest_wish)
    row = stored.of(ctx.tx, service.lane(ctx))
    if wish is None:
        return views.settings(ctx, row, service.zone(ctx.tx, ctx.network, row) if row else "")
    _permit(ctx)
    match wish:
        case "preview":
            return views.preview(ctx, service.preview(ctx))
        case "off":
            service.turn_off(ctx)
            return views.settings(ctx, None, "", changed=True)
        case "day":
            row = service.configure(ctx, weekday=_weekday(rest, ctx))
        case "both":
            day, hour = _day_and_hour(rest) or ("", "")
            row = service.configure(ctx, weekday=_weekday(day, ctx), hour=_hour(hour, ctx))
        case "hour":
            row = service.configure(ctx, hour=_hour(rest, ctx))
        case "zone":
            row = service.configure(ctx, timezone=values.timezone(rest, ctx))
        case _:
            row = service.configure(ctx)
    return views.settings(ctx, row, service.zone(ctx.tx, ctx.network, row))


def _permit(ctx: Context) -> None:
    """In the direct chat it is the member's own; of a room, moderators decide."""
    if ctx.direct and Role.MEMBER not in ctx.roles:
        raise UserError("digest.by_your_themes", register=ctx.call("register"))
    if not ctx.direct and Role.MODERATOR not in ctx.roles:
        raise UserError("digest.moderators_decide", moderators=ctx.moderators())


def _wish(typed: str) -> tuple[str | None, str]:
    """Which of the wishes is meant, in any of our languages, and what stands behind it; a day or an hour may
    stand alone. Raises `ArgumentError`."""
    said = " ".join(typed.split())
    if not said:
        return None, ""
    for name in _WISHES:
        for word in _words(f"digest.words.{name}"):
            if f"{fold(said)} ".startswith(f"{fold(word)} "):
                rest = said[len(word) :].strip()
                if name in ("on", "off", "preview") and rest:
                    break
                return ("both" if name == "day" and _day_and_hour(rest) else name), rest
    if _day_and_hour(said):
        return "both", said
    if _named_day(said) is not None:
        return "day", said
    if _HOUR.fullmatch(said.casefold()):
        return "hour", said
    raise ArgumentError("digest.wish_unknown", typed=values.short(said))


def _day_and_hour(typed: str) -> tuple[str, str] | None:
    """The day and the hour of "every Friday at 8"."""
    found = _DAY_AND_HOUR.fullmatch(typed.casefold())
    return (found[1], found[2]) if found and _named_day(found[1]) is not None else None


def _words(key: str) -> list[str]:
    return [word for language in UI_LANGUAGES for word in texts(language).raw(key).split("|")]


def _named_day(typed: str) -> int | None:
    """The day of the week that a name, or at least its first two letters, means in any of our languages."""
    said = fold(typed).rstrip("s. ")
    if len(said) < 2:
        return None
    found = {n for lang in UI_LANGUAGES for n in range(7) if fold(texts(lang).weekday(n)).startswith(said)}
    return found.pop() if len(found) == 1 else None


def _weekday(typed: str, ctx: Context) -> int:
    number = _named_day(typed)
    if number is None:
        raise UserError("digest.day_unknown", typed=values.short(typed), example=ctx.texts.weekday(1))
    return number


def _hour(typed: str, ctx: Context) -> int:
    """A full hour between six in the morning and nine in the evening: nothing comes at night."""
    found = _HOUR.fullmatch(typed.casefold().strip())
    number = int(found[1]) if found else -1
    if found and found[2] in ("am", "pm"):
        number = number % 12 + (12 if found[2] == "pm" else 0)
    if number not in hours.CHOSEN:
        raise UserError("digest.hour_unknown", first=str(hours.CHOSEN[0]), last=str(hours.CHOSEN[-1]))
    return number


# --- what moderators pick


class PickArgs(Args):
    """`!pick 12 because it is cheap and quick`"""

    practice: Annotated[int, Positional(practice_number)] = 0
    reason: Rest = ""


@command("pick", requires=Role.MODERATOR)
def pick(ctx: Context, args: PickArgs) -> Reply:
    """Put a practice first in the next digest, with the reason, or list what was picked."""
    if not args.practice:
        return views.picks(ctx, service.picked(ctx.tx))
    reason = _reason(args.reason)
    return views.picked(ctx, service.pick(ctx, args.practice, reason), reason=reason)


def _reason(typed: str) -> str:
    """The reason without the word that leads to it, if a sentence is left: behind "weil" there is none."""
    said = " ".join(typed.split())
    for word in _words("pick.words.cut"):
        if fold(said).startswith(f"{fold(word)} "):
            return said[len(word) :].strip(" ,:")
    return said


class UnpickArgs(Args):
    """`!unpick 12`"""

    practice: Annotated[int, Positional(practice_number)]


@command("unpick", requires=Role.MODERATOR)
def unpick(ctx: Context, args: UnpickArgs) -> Reply:
    """Take a practice back out of the next digest."""
    service.unpick(ctx, args.practice)
    return views.unpicked(ctx, args.practice)
