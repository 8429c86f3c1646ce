"""What a person types to keep an eye on practices, themes and searches, and a moderator on gaps."""

from __future__ import annotations

import re
from typing import Annotated

from commands.core.arguments import Args, ArgumentError, Rest, RestOf, practice_number
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.registry import command
from commands.core.reply import Reply
from commands.practices.watching import service, views
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold
from storage import watching

_MOST_GAPS = 100  # that are listed; those that were searched for most
_NUMBER = re.compile(r"#?[0-9]{1,9}")


def _words(key: str) -> set[str]:
    """The words of a key of the catalogues in all our languages, folded."""
    return {fold(word) for language in UI_LANGUAGES for word in texts(language).raw(key).split("|")}


def _number_and_word(typed: str, key: str) -> tuple[str | None, bool]:
    """The number in `12` or `remove 12`, and whether such a word stands with it; None for all else."""
    pieces = typed.split()
    numbers = [piece for piece in pieces if _NUMBER.fullmatch(piece.rstrip(".,:"))]
    others = fold(" ".join(piece for piece in pieces if piece not in numbers))
    if len(numbers) != 1 or (others and others not in _words(key)):
        return None, False
    return numbers[0], bool(others)


class BookmarkArgs(Args):
    """`!bookmark 12`, `!bookmark remove 12`"""

    bookmark: Rest = ""


@command("bookmark")
def bookmark(ctx: Context, args: BookmarkArgs) -> Reply:
    """Bookmark a practice for oneself, or take the bookmark away."""
    if not args.bookmark:
        return bookmarked(ctx)
    typed, remove = _number_and_word(args.bookmark, "bookmark.words.remove")
    if typed is None:
        raise ArgumentError("argument.number", typed=args.bookmark[:40])
    number = practice_number(typed, ctx)
    if remove:
        service.remove_bookmark(ctx, number)
        return views.bookmark_removed(ctx, number)
    practice, new = service.bookmark(ctx, number)
    return views.bookmarked(ctx, practice, new=new)


@command("bookmarks", repeatable=True)
def bookmarks(ctx: Context) -> Reply:
    """List one's own bookmarks."""
    return bookmarked(ctx)


def bookmarked(ctx: Context) -> Reply:
    """Someone's bookmarks."""
    return views.bookmarks(ctx, watching.bookmarked(ctx.tx, ctx.sender))


class WatchArgs(Args):
    """`!watch climate`, `!watch search cycle paths country:DE`"""

    watch: Rest = ""


@command("watch")
def watch(ctx: Context, args: WatchArgs) -> Reply:
    """Hear of new practices on a theme or for a search, or list what one watches."""
    if not args.watch:
        return views.watches(ctx, watching.watches(ctx.tx, ctx.sender))
    first, *others = args.watch.split(maxsplit=1)
    if fold(first) in _words("command.search.words"):
        return views.watched(ctx, service.watch_search(ctx, "".join(others)))
    return views.watched(ctx, service.watch_theme(ctx, args.watch))


def watch_number(typed: str, _ctx: Context) -> int:
    """The number of something that is watched, as the list shows it."""
    if not _NUMBER.fullmatch(typed.rstrip(".,:")):
        raise UserError("watch.number", typed=typed[:40])
    return int(typed.lstrip("#").rstrip(".,:"))


class UnwatchArgs(Args):
    """`!unwatch 2`"""

    watch_number: Annotated[int, RestOf(watch_number)]


@command("unwatch")
def unwatch(ctx: Context, args: UnwatchArgs) -> Reply:
    """Hear no longer of what one watches."""
    return views.unwatched(ctx, service.unwatch(ctx, args.watch_number))


class GapsArgs(Args):
    """`!gaps`, `!gaps done 3`"""

    gap: Rest = ""


@command("gaps", requires=Role.MODERATOR)
def gaps(ctx: Context, args: GapsArgs) -> Reply:
    """List what was searched for and not found, or strike something off that list."""
    if not args.gap:
        return views.gaps(ctx, watching.gaps(ctx.tx, _MOST_GAPS))
    typed, _ = _number_and_word(args.gap, "gaps.words.done")
    if typed is None:
        raise ArgumentError("gaps.how", done=ctx.call("gaps", ctx.texts.raw("command.gaps.example")))
    found = watching.gap(ctx.tx, int(typed.lstrip("#").rstrip(".,:")))
    if found is None:
        raise UserError("gaps.none_there", number=typed, gaps=ctx.call("gaps"))
    watching.remove_gap(ctx.tx, found)
    return views.gap_dismissed(ctx, found)
