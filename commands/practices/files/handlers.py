"""What a person types or sends to get practices as files, and files to practices."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any

from commands.core.arguments import (
    Args,
    ArgumentError,
    Positional,
    PracticeNumber,
    RestOf,
    practice_number,
    unfilled,
)
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.registry import command
from commands.core.reply import Reply
from commands.core.topics import Fetched, Topic
from commands.practices import service as practice_service
from commands.practices.files import service, views
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold
from storage import attachments, watching
from storage.practices import VISIBLE, Practice

_NUMBER = re.compile(r"#?[0-9]{1,9}")
_FORMS = {
    "html": "html",
    "pdf": "html",
    "print": "html",
    "druck": "html",
    "markdown": "markdown",
    "md": "markdown",
}
_ANDS = frozenset({"and", "und"})


class ExportArgs(Args):
    """`!export 12 15 html`, `!export search climate`, `!export bookmarks`"""

    what: Annotated[str, RestOf()]


@command("export", requires=Role.MEMBER)
def export(ctx: Context, args: ExportArgs) -> Reply:
    """Get practices as files, to print, to file and to pass on."""
    words, forms = _without_forms(args.what.split())
    found, total = _meant(ctx, words)
    files = tuple(service.document(ctx, found, form) for form in forms or ("html", "markdown"))
    return views.exported(ctx, found, total, files)


def _without_forms(words: list[str]) -> tuple[list[str], list[str]]:
    """What was typed without the kinds of files before and behind it, and these."""
    begin, end = 0, len(words)
    while begin < end and words[begin].casefold() in _FORMS:
        begin += 1
    while end > begin and words[end - 1].casefold() in _FORMS:
        end -= 1
    forms = [_FORMS[word.casefold()] for word in (*words[:begin], *words[end:])]
    return words[begin:end], list(dict.fromkeys(forms))


def _meant(ctx: Context, words: list[str]) -> tuple[list[Practice], int]:
    """The practices that are to be exported, and how many were meant."""
    limit = ctx.network.export_limit
    if len(words) > 1 and fold(words[0]) in _words_of("search"):
        query = " ".join(words[1:])
        if unfilled(query):
            raise ArgumentError("export.which", search=ctx.call("export", f"{ctx.word('search')} …"))
        found, total = service.found_for(ctx, query)
        if not found:
            raise UserError("export.nothing", search=ctx.call("search", query))
        return found, total
    if len(words) == 1 and fold(words[0]) in _words_of("bookmarks"):
        kept = watching.bookmarked(ctx.tx, ctx.sender)
        if not kept:
            raise UserError("export.no_bookmarks", bookmark=ctx.call("bookmark", "12"))
        return kept[:limit], len(kept)
    pieces = [
        piece for word in words for piece in re.split(r"[,;]", word) if piece and fold(piece) not in _ANDS
    ]
    if not pieces or not all(_NUMBER.fullmatch(piece) for piece in pieces):
        raise ArgumentError("export.which", search=ctx.call("export", f"{ctx.word('search')} …"))
    numbers = list(dict.fromkeys(practice_number(piece, ctx) for piece in pieces))
    if len(numbers) > limit:
        raise UserError("export.too_many", given=str(len(numbers)), limit=str(limit))
    return [practice_service.visible(ctx.tx, number) for number in numbers], len(numbers)


def _words_of(name: str) -> set[str]:
    return {
        fold(word)
        for language in UI_LANGUAGES
        for word in texts(language).raw(f"command.{name}.words").split("|")
    }


class AttachmentsArgs(Args):
    """`!attachments 12`"""

    practice: PracticeNumber


@command("attachments")
def show_attachments(ctx: Context, args: AttachmentsArgs) -> Reply:
    """Get the files that belong to a practice."""
    found = practice_service.readable(ctx, args.practice)
    hidden = found.status not in VISIBLE
    files = attachments.of(ctx.tx, found.number)
    service.send(ctx, files, privately=hidden)
    shown = views.files_of(ctx.privately() if hidden else ctx, found, files)
    return replace(shown, private=hidden)


class AttachArgs(Args):
    """`!attach 12`, and then the file"""

    practice: PracticeNumber


@command("attach")
def attach(ctx: Context, args: AttachArgs) -> Reply:
    """Add a picture or PDF to a practice."""
    found = practice_service.editable(ctx, args.practice)
    service.room_for_one_more(ctx, found)
    return views.send_it_now(ctx, found, attach_topic.of(found.number))


def _place(typed: str, ctx: Context) -> int:
    return practice_number(typed, ctx)


class RemoveArgs(Args):
    """`!attachment remove 12 2`"""

    practice: PracticeNumber
    file: Annotated[int, Positional(_place)]


@command("attachment remove")
def remove(ctx: Context, args: RemoveArgs) -> Reply:
    """Take a file away from a practice."""
    return views.removed(ctx, *service.remove(ctx, args.practice, args.file))


def _topic(name: str, *, awaits_file: bool = False) -> Topic:
    """Messages under which files are sent for the practice that they name."""

    def file(ctx: Context, number: str, content: dict[str, Any]) -> Reply:
        topic = f"{name}:{number}"
        return views.fetching(ctx, *service.accept(ctx, int(number), content, topic), topic)

    def fetched(ctx: Context, number: str, brought: Fetched) -> Reply:
        found, kept_as = service.attach(ctx, int(number), brought)
        count = attachments.count(ctx.tx, found.number)
        return views.attached(ctx, found, kept_as, count, f"{name}:{number}")

    return Topic(name, file=file, fetched=fetched, awaits_file=awaits_file)


practice_topic = _topic("practice")
attach_topic = _topic("attach", awaits_file=True)
