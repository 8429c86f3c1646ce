"""How bookmarks, watched themes and searches, alerts and gaps look."""

from __future__ import annotations

from commands.core.context import Context
from commands.core.nodes import Block, Entries, Inline, Paragraph, joined, strong
from commands.core.reply import Reply, reply
from commands.practices import query
from commands.practices.query import Asked
from commands.practices.views import reference
from config.countries import country_name
from config.languages import language_name
from config.themes import themes
from storage.practices import Listed, Practice
from storage.watching import Gap, Watch

ON_A_PAGE = 10


def _paged(head: Block, entries: list[tuple[Inline, ...]], last: Block) -> Reply:
    pages: list[tuple[Block, ...]] = [
        (Entries(tuple(entries[start : start + ON_A_PAGE])),) for start in range(0, len(entries), ON_A_PAGE)
    ]
    pages[-1] = (*pages[-1], last)
    return Reply((head, *pages[0]), pages=tuple(pages[1:]), private=True)


def _where(ctx: Context, practice: Practice | Listed) -> Inline:
    place: list[Inline] = [f"{practice.city}, {country_name(practice.country, ctx.language)}"]
    if practice.language != ctx.language:
        place.append(language_name(practice.language, ctx.language))
    return joined(place)


# --- bookmarks


def bookmarked(ctx: Context, practice: Practice, *, new: bool) -> Reply:
    """The answer to who bookmarks a practice."""
    ctx = ctx.privately()
    key = "bookmark.done" if new else "bookmark.known"
    told = ctx.p(key, practice=reference(practice), bookmarks=ctx.call("bookmarks"))
    return reply(told, private=True)


def bookmark_removed(ctx: Context, number: int) -> Reply:
    """The answer to who takes a bookmark away."""
    return reply(ctx.privately().p("bookmark.removed", number=f"#{number}"), private=True)


def bookmarks(ctx: Context, found: list[Practice], archived: list[int]) -> Reply:
    """Someone's bookmarks; of those that are archived by now only the numbers."""
    ctx = ctx.privately()
    numbers = ctx.texts.list([f"#{number}" for number in archived])
    gone = [ctx.n("bookmarks.archived", len(archived), numbers=numbers)] if archived else []
    if not found:
        none = ctx.t("bookmarks.none", bookmark=ctx.call("bookmark", "12"))
        return reply(Paragraph((*gone, none)), private=True)
    entries: list[tuple[Inline, ...]] = [(reference(one), _where(ctx, one)) for one in found]
    number = str(found[0].number)
    remove = ctx.call("bookmark", f"{ctx.texts.raw('bookmark.words.remove').split('|')[0]} {number}")
    head = Paragraph((ctx.n("bookmarks.count", len(found)), *gone))
    hint = ctx.p("bookmarks.hint", show=ctx.call("practice", number), remove=remove)
    return _paged(head, entries, hint)


# --- watching


def what(ctx: Context, watch: Watch) -> str:
    """What is watched: a theme by its label, a search as it was typed."""
    if watch.theme:
        return themes().label(watch.theme, ctx.language)
    return ctx.texts.get("search.word", word=watch.typed)


def watched(ctx: Context, watch: Watch) -> Reply:
    """The answer to who watches something new."""
    ctx = ctx.privately()
    return reply(
        ctx.p(
            "watch.done",
            what=strong(what(ctx, watch)),
            watch=ctx.call("watch"),
            unwatch=ctx.call("unwatch", str(watch.number)),
        ),
        private=True,
    )


def unwatched(ctx: Context, watch: Watch) -> Reply:
    """The answer to who watches something no longer."""
    ctx = ctx.privately()
    return reply(ctx.p("watch.removed", what=strong(what(ctx, watch))), private=True)


def watches(ctx: Context, found: list[Watch]) -> Reply:
    """What someone watches, with the numbers by which it can be ended."""
    ctx = ctx.privately()
    search = ctx.call("watch", f"{ctx.word('search')} {ctx.texts.raw('command.search.example')}")
    theme = ctx.call("watch", ctx.texts.raw("command.watch.example"))
    if not found:
        return reply(ctx.p("watch.none", theme=theme, search=search), private=True)
    entries: list[tuple[Inline, ...]] = [
        (f"{one.number}. {what(ctx, one)}", ctx.t("watch.since", date=ctx.texts.date(one.created_at.date())))
        for one in found
    ]
    head = Paragraph((ctx.n("watch.count", len(found)),))
    return _paged(head, entries, ctx.p("watch.hint", unwatch=ctx.call("unwatch", str(found[0].number))))


def alert(ctx: Context, listed: list[Listed], told: dict[int, Watch], *, others: int) -> tuple[Block, ...]:
    """Tells a watcher of practices that are new, each with why it is told."""
    entries = tuple(
        (
            reference(practice),
            _where(ctx, practice),
            practice.summary,
            ctx.t("alert.because", what=what(ctx, told[practice.number])),
        )
        for practice in listed
    )
    blocks: list[Block] = [Paragraph((ctx.n("alert.new", len(told)),)), Entries(entries)]
    if others:
        blocks.append(Paragraph((ctx.n("alert.others", others),)))
    blocks.append(ctx.p("alert.hint", watch=ctx.call("watch")))
    return tuple(blocks)


# --- gaps


def gaps(ctx: Context, found: list[Gap]) -> Reply:
    """What was looked for and not found."""
    ctx = ctx.privately()
    if not found:
        return reply(ctx.p("gaps.none"), private=True)
    entries: list[tuple[Inline, ...]] = [
        (
            f"{gap.number}. {_asked(ctx, gap)}",
            joined(
                [
                    ctx.n("gaps.times", gap.count),
                    language_name(gap.language, ctx.language),
                    ctx.t("gaps.last", date=ctx.texts.date(gap.last_at.date())),
                ]
            ),
        )
        for gap in found
    ]
    done = ctx.call("gaps", f"{ctx.texts.raw('gaps.words.done').split('|')[0]} {found[0].number}")
    return _paged(ctx.p("gaps.title"), entries, ctx.p("gaps.hint", done=done))


def _asked(ctx: Context, gap: Gap) -> str:
    return query.written(Asked(gap.words, gap.facets), ctx.language)


def gap_dismissed(ctx: Context, gap: Gap) -> Reply:
    """The answer to a moderator who has dealt with a gap."""
    ctx = ctx.privately()
    return reply(ctx.p("gaps.dismissed", number=str(gap.number)), private=True)
