"""What a person types to write a practice together with others."""

from __future__ import annotations

from commands.core.arguments import Args, PracticeNumber, Rest
from commands.core.context import Context
from commands.core.registry import command
from commands.core.reply import Reply
from commands.practices.authors import service, views
from commands.practices.service import discreetly


class AuthorArgs(Args):
    """`!author add 12 @ada:example.org`"""

    practice: PracticeNumber
    person: Rest


@command("author add")
def add(ctx: Context, args: AuthorArgs) -> Reply:
    """Let a member change a practice together with its author."""
    practice, member = service.add(ctx, args.practice, args.person)
    return discreetly(ctx, practice, lambda here: views.added(here, practice, member))


class FormerAuthorArgs(Args):
    """`!author remove 12 @ada:example.org`"""

    practice: PracticeNumber
    person: Rest = ""


@command("author remove")
def remove(ctx: Context, args: FormerAuthorArgs) -> Reply:
    """Take a co-author from a practice; without a name, leave it oneself."""
    practice, member = service.remove(ctx, args.practice, args.person)
    return discreetly(ctx, practice, lambda here: views.removed(here, practice, member))
