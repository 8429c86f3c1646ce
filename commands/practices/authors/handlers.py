"""What a person types to write a practice together with others."""

from __future__ import annotations

from commands.core.arguments import Args, PracticeNumber, Rest
from commands.core.context import Context
from commands.core.registry import command
from commands.core.reply import Reply
from commands.practices.authors import service, views


class AuthorArgs(Args):
    """`!author add 12 @ada:example.org`"""

    practice: PracticeNumber
    person: Rest


@command("author add")
def add(ctx: Context, args: AuthorArgs) -> Reply:
    """Let a member change a practice together with its author."""
    return views.added(ctx, *service.add(ctx, args.practice, args.person))


class FormerAuthorArgs(Args):
    """`!author remove 12 @ada:example.org`"""

    practice: PracticeNumber
    person: Rest = ""


@command("author remove")
def remove(ctx: Context, args: FormerAuthorArgs) -> Reply:
    """Take a co-author from a practice; without a name, leave it oneself."""
    return views.removed(ctx, *service.remove(ctx, args.practice, args.person))
