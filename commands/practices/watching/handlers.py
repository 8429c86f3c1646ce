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
_MOST_AT_ONCE = 20  # bookmarks
_NUMBER = re.compile(r"#?[0-9]{1,9}")
_ANDS = frozenset({"and", "und"})


def _words(key: str) -> set[str]:
    """The words of a key of the catalogues in all our languages, folded."""
    return {fold(word) for language in UI_LANGUAGES for word in texts(language).raw(key).split("|")}


def _numbers_and_word(typed: str, key: str) -> tuple[list[str], bool]:
    """The numbers in `12, 15 and 18` or `remove 12`, and whether such a word stands with them; none for all
    else."""
    pieces = [piece.rstrip(".:") for piece in re.split(r"[\s,;]+", typed) if fold(piece) not in _ANDS]
    numbers = [piece for piece in pieces if _NUMBER.fullmatch(piece)]
    others = fold(" ".join(piece for piece in pieces if piece not in numbers))
    if others and others not in _words(key):
        return [], False
    return list(dict.fromkeys(numbers)), bool(others)


class BookmarkArgs(Args):
    """`!bookmark 12 15`, `!bookmark remove 12`"""

    bookmark: Rest = ""


@command("bookmark")
def bookmark(ctx: Context, args: BookmarkArgs) -> Reply:
    """Bookmark practices for oneself, or take the bookmarks away."""
    if not args.bookmark:
        return bookmarked(ctx)
    typed, remove = _numbers_and_word(args.bookmark, "bookmark.words.remove")
    if not typed:
        raise ArgumentError("argument.number", typed=args.bookmark[:40])
    if len(typed) > _MOST_AT_ONCE:
        raise UserError("bookmark.too_many", given=str(len(typed)), limit=str(_MOST_AT_ONCE))
    replies = [_bookmark(ctx, practice_number(one, ctx), remove=remove) for one in typed]
    return replies[0] if len(replies) == 1 else bookmarked(ctx)


def _bookmark(ctx: Context, number: int, *, remove: bool) -> Reply:
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
    archived = watching.bookmarked_before(ctx.tx, ctx.sender)
    return views.bookmarks(ctx, watching.bookmarked(ctx.tx, ctx.sender), archived)


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
    typed, _ = _numbers_and_word(args.gap, "gaps.words.done")
    if len(typed) != 1:
        raise ArgumentError("gaps.how", done=ctx.call("gaps", ctx.texts.raw("command.gaps.example")))
    found = watching.gap(ctx.tx, int(typed[0].lstrip("#")))
    if found is None:
        raise UserError("gaps.none_there", number=typed[0], gaps=ctx.call("gaps"))
    watching.remove_gap(ctx.tx, found)
    return views.gap_dismissed(ctx, found)
