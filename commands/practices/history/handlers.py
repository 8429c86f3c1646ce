"""What a person types to archive a practice, to bring it back, and to read what happened to it."""

from __future__ import annotations

from dataclasses import replace

from commands.core.arguments import Args, PracticeNumber, Rest
from commands.core.context import Context
from commands.core.registry import command
from commands.core.reply import Reply
from commands.practices import service as practice_service
from commands.practices.history import service, views
from storage.practices import VISIBLE


class HistoryArgs(Args):
    """`!history 12`"""

    practice: PracticeNumber


@command("history", repeatable=True)
def history(ctx: Context, args: HistoryArgs) -> Reply:
    """Show what happened to a practice, and what its edits changed."""
    practice = practice_service.readable(ctx, args.practice)
    hidden = practice.status not in VISIBLE
    here = ctx.privately() if hidden else ctx
    answer = views.life(here, practice, service.life(here, practice))
    return replace(answer, private=hidden)


class ArchiveArgs(Args):
    """`!archive 12 The project has ended`"""

    practice: PracticeNumber
    reason: Rest


@command("archive")
def archive(ctx: Context, args: ArchiveArgs) -> Reply:
    """Take a practice out of the library; it can be brought back."""
    gone = service.archive(ctx, args.practice, args.reason)
    return practice_service.discreetly(ctx, gone, lambda here: views.archived(here, gone))


class RestoreArgs(Args):
    """`!restore 12`"""

    practice: PracticeNumber


@command("restore")
def restore(ctx: Context, args: RestoreArgs) -> Reply:
    """Bring an archived practice back."""
    back = service.restore(ctx, args.practice)
    return practice_service.discreetly(ctx, back, lambda here: views.restored(here, back))
