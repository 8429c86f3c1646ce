"""What a person types to look around in the library."""

from __future__ import annotations

from typing import Annotated

from commands.core.arguments import Args, PracticeNumber, RestOf
from commands.core.context import Context
from commands.core.registry import command
from commands.core.reply import Reply
from commands.practices import query, service
from commands.practices.discovery import views
from commands.practices.discovery.service import akin
from config.themes import themes
from storage import practices

NEWEST = 20


class SimilarArgs(Args):
    """`!similar 12`"""

    practice: PracticeNumber


@command("similar", repeatable=True)
def similar(ctx: Context, args: SimilarArgs) -> Reply:
    """Find the practices that come nearest to one, in any language, and say what they have in common."""
    practice = service.visible(ctx.tx, args.practice)
    return views.similar(ctx, practice, akin(ctx, practice))


class OnThemeArgs(Args):
    """`!new climate`"""

    theme: Annotated[str, RestOf(query.theme)] = ""


@command("new", repeatable=True)
def new(ctx: Context, args: OnThemeArgs) -> Reply:
    """List what was published last, on a theme if one is given."""
    return views.newest(ctx, practices.newest(ctx.tx, NEWEST, _with_children(args.theme)), args.theme)


class CuratedArgs(Args):
    """`!curated climate`"""

    theme: Annotated[str, RestOf(query.theme)] = ""


@command("curated", repeatable=True)
def curated(ctx: Context, args: CuratedArgs) -> Reply:
    """List what moderators marked as worth repeating, with their reason, on a theme if one is given."""
    return views.curated(ctx, practices.curated(ctx.tx, _with_children(args.theme)), args.theme)


def _with_children(theme: str) -> set[str] | None:
    return themes().expand(theme) if theme else None
