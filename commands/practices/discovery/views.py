"""How lists of practices look that nobody searched for."""

from __future__ import annotations

from collections.abc import Sequence

from commands.core.context import Context
from commands.core.nodes import Entries, Inline, Paragraph, joined, span
from commands.core.reply import Reply, reply
from commands.practices.discovery.service import Akin
from commands.practices.views import place_of, reference
from config.themes import themes
from storage import practices
from storage.practices import Dated, Practice

ON_A_PAGE = 5


def similar(ctx: Context, practice: Practice, found: Sequence[Akin]) -> Reply:
    """What comes nearest to a practice, and why."""
    if not found:
        return reply(ctx.p("similar.none", practice=reference(practice), themes=ctx.call("themes")))
    entries = [
        (
            reference(one.practice, one.practice.short),
            place_of(ctx, one.practice),
            ctx.t("similar.both", topics=joined(list(one.topics))) if one.topics else ctx.t("similar.words"),
        )
        for one in found
    ]
    return Reply((ctx.p("similar.to", practice=reference(practice)), Entries(tuple(entries))), pages=())


def newest(ctx: Context, found: list[Dated], theme: str) -> Reply:
    """What was published last, with its date."""
    if not found and theme:
        label = themes().label(theme, ctx.language)
        return reply(ctx.p("new.none_on_theme", theme=label, all=ctx.call("new")))
    if not found:
        return reply(ctx.p("new.none", share=ctx.call("share")))
    return _listed(ctx, _head(ctx, "new.head", theme), [(one, _published(ctx, one)) for one in found])


def curated(ctx: Context, found: list[Dated], theme: str) -> Reply:
    """What moderators picked, with their reason."""
    if not found and theme:
        label = themes().label(theme, ctx.language)
        return reply(ctx.p("curated.none_on_theme", theme=label, all=ctx.call("curated")))
    if not found:
        return reply(ctx.p("curated.none", new=ctx.call("new")))
    told = [(one, one.reason or _since(ctx, one)) for one in found]
    return _listed(ctx, _head(ctx, "curated.head", theme), told)


def _listed(ctx: Context, head: Inline, told: list[tuple[Dated, Inline]]) -> Reply:
    known = {one.number: one for one in practices.listed(ctx.tx, [at.number for at, _ in told], ctx.language)}
    entries = [
        (reference(known[at.number], known[at.number].short), place_of(ctx, known[at.number]), line)
        for at, line in told
        if at.number in known
    ]
    pages = [
        Entries(tuple(entries[start : start + ON_A_PAGE])) for start in range(0, len(entries), ON_A_PAGE)
    ]
    return Reply((Paragraph((head,)), pages[0]), pages=tuple((page,) for page in pages[1:]))


def _head(ctx: Context, message: str, theme: str) -> Inline:
    head = ctx.t(message)
    return span(head, " · ", themes().label(theme, ctx.language)) if theme else head


def _published(ctx: Context, one: Dated) -> Inline:
    return ctx.t("new.on", date=ctx.texts.date(one.at.date()))


def _since(ctx: Context, one: Dated) -> Inline:
    return ctx.t("curated.on", date=ctx.texts.date(one.at.date()))
