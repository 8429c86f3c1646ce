"""How practices look: in full, as a card, as a line in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from commands.core.context import Context, Role, fill
from commands.core.dialog import shortened
from commands.core.nodes import (
    Block,
    Bullets,
    Code,
    Entries,
    Inline,
    Link,
    Paragraph,
    Person,
    Preformatted,
    Quote,
    em,
    joined,
    paragraph,
    span,
    strong,
)
from commands.core.reply import Place, Reply, reply
from commands.practices import query
from commands.practices.narrowing import Cut, Finding
from commands.practices.query import Asked
from commands.practices.translations import views as short_versions
from config.countries import country_name
from config.languages import language_name
from config.texts import Texts, texts
from config.themes import themes
from storage.members import Member
from storage.practices import Listed, Practice, PracticeCard, Status
from storage.search import Found, Passage
from storage.translations import PracticeTranslation, Short

PAGE = 1500  # characters that can be read on a phone without losing the thread
MINE_ON_A_PAGE = 10
LONGEST_SUGGESTED = 100  # characters of a search that is proposed; nobody types more again


def reference(practice: Practice | Listed, short: PracticeTranslation | Short | None = None) -> Inline:
    """A practice's name in running text: `#12 Title`, or with the title of a short version."""
    return strong(f"#{practice.number} {(short or practice).title}")


def topic(practice: Practice) -> str:
    """What a message about a practice is about, for what people do under it."""
    return f"practice:{practice.number}"


# --- one practice


def full(
    ctx: Context,
    practice: Practice,
    *,
    author: Member | None,
    curated: str | None,
    original: Practice | None,
    reuse: Sequence[Inline] = (),
    behind: Sequence[tuple[Block, ...]] = (),
    next_steps: tuple[Block, ...] = (),
    coauthors: Sequence[Member] = (),
    short: Sequence[PracticeTranslation] = (),
    files: int = 0,
) -> Reply:
    """All that a practice says: the essentials first, the rest behind `more`.

    `curated` is the reason for which it was curated, None if it isn't; `author` is the member who wrote it,
    with the `coauthors`; `short` are its short versions: one in the reader's language comes first, then the
    original, marked. `reuse` tells in a few lines what became of it, `behind` are pages that follow its
    own, and `next_steps` stand at the very end.
    """
    own = _for_reader(practice, short, ctx.language)
    first: list[Block] = [
        paragraph(reference(practice, own), _where_and_what(practice, ctx.texts)),
        paragraph(own.summary if own else practice.summary),
    ]
    if own:
        first += short_versions.original(ctx, practice, own)
    facts = _facts(ctx, practice, author, original, coauthors)
    if practice.language != ctx.language and not own:
        facts.insert(0, _written_in(practice, ctx.texts))
    if other := [one for one in short if one is not own and one.language != practice.language]:
        facts.append(short_versions.others(ctx, other))
    if files:
        show = ctx.call("attachments", str(practice.number))
        facts.append(ctx.n("practice.files", files, attachments=show))
    if curated is not None:
        facts.insert(0, _curated(ctx.texts, curated))
    facts += reuse
    if facts:
        first.append(Paragraph(tuple(facts)))
    tells_of = author.user_id if author and ctx.direct else None
    *pages, last = *_pages(ctx, practice), *behind
    return Reply(tuple(first), pages=(*pages, (*last, *next_steps)), about=tells_of, topic=topic(practice))


def _for_reader(
    practice: Practice, short: Sequence[PracticeTranslation], language: str
) -> PracticeTranslation | None:
    """The short version for who reads a language that the practice isn't written in."""
    if practice.language == language:
        return None
    return next((one for one in short if one.language == language), None)


def _written_in(practice: Practice, spoken: Texts) -> str:
    return spoken.get("practice.written_in", language=language_name(practice.language, spoken.language))


def _where_and_what(practice: Practice, spoken: Texts) -> Inline:
    """Place, year, themes."""
    place = f"{practice.city}, {country_name(practice.country, spoken.language)}"
    items: list[Inline] = [place]
    if practice.year_started:
        items.append(spoken.get("practice.since", year=practice.year_started))
    items += [themes().label(theme, spoken.language) for theme in practice.themes]
    return joined(items)


def not_for_everyone(ctx: Context, practice: Practice, whole: Reply) -> Reply:
    """A practice that is not published, marked as what it is, in the direct chat."""
    status = strong(ctx.texts.get(f"practice.status.{practice.status}"))
    return replace(
        whole, blocks=(ctx.p("practice.not_for_everyone", status=status), *whole.blocks), private=True
    )


def _facts(
    ctx: Context,
    practice: Practice,
    author: Member | None,
    original: Practice | None,
    coauthors: Sequence[Member],
) -> list[Inline]:
    facts: list[Inline] = []
    if original:
        facts.append(ctx.t("practice.translates", original=reference(original)))
    if practice.size_class:
        size = ctx.texts.get(f"choice.share.size_class.{practice.size_class.lower()}")
        facts.append(ctx.t("practice.size", size=size))
    if practice.sdgs:
        facts.append(ctx.t("practice.sdgs_are", sdgs=", ".join(str(number) for number in practice.sdgs)))
    if practice.seeking_partners:
        facts.append(strong(ctx.t("practice.seeks_partners")))
    if author:
        facts.append(_author(ctx, author))
    if coauthors and ctx.direct and Role.MEMBER in ctx.roles:
        names = joined([_named(one) for one in coauthors], ", ")
        facts.append(ctx.t("practice.coauthors", names=names))
    return facts


def _author(ctx: Context, author: Member) -> Inline:
    if Role.MEMBER not in ctx.roles:
        return ctx.t("practice.author_for_members", register=ctx.call("register"))
    if not ctx.direct:
        return ctx.t("practice.author_in_direct_chat")
    return ctx.t("practice.author", name=_name(author), organisation=author.organisation)


def _name(member: Member) -> Inline:
    return Person(member.user_id, member.name) if member.contact_visible else member.name


def _named(member: Member) -> Inline:
    return span(_name(member), f" ({member.organisation})")


def _pages(ctx: Context, practice: Practice) -> tuple[tuple[Block, ...], ...]:
    """The texts of a practice in pages, as many to a page as fit."""
    pages: list[tuple[Block, ...]] = []
    page: list[Block] = []
    length = 0
    for size, block in _sections(ctx, practice):
        if page and length + size > PAGE:
            pages.append((_continued(ctx, practice), *page))
            page, length = [], 0
        page.append(block)
        length += size
    return (*pages, (_continued(ctx, practice), *page))


def _continued(ctx: Context, practice: Practice) -> Block:
    return ctx.p("practice.continued", practice=em(f"#{practice.number} {practice.title}"))


def _sections(ctx: Context, practice: Practice) -> list[tuple[int, Block]]:
    """The parts behind the first page, each with its length in characters."""
    sections: list[tuple[int, Block]] = []
    for name in ("challenge", "solution", "evidence", "lessons", "transfer", "resources"):
        text = getattr(practice, name)
        if text:
            label = strong(ctx.t(f"form.share.{name}.label"))
            sections.append((len(text), Paragraph((label, text))))
    if practice.links:
        label = strong(ctx.t("form.share.links.label"))
        lines = tuple(Link(link, link) for link in practice.links)
        sections.append((sum(map(len, practice.links)), Paragraph((label, *lines))))
    if practice.sources:
        label = strong(ctx.t("practice.sources"))
        sections.append((sum(map(len, practice.sources)), Paragraph((label, *practice.sources))))
    return sections


def _curated(spoken: Texts, reason: str) -> Inline:
    mark = strong(spoken.get("practice.curated"))
    return span("📌 ", mark, ": ", reason) if reason else span("📌 ", mark)


# --- the card in a room


def card(
    practice: Practice,
    pinned: PracticeCard,
    reuse: list[Inline],
    *,
    short: PracticeTranslation | None = None,
    files: int = 0,
) -> list[Block]:
    """What is pinned in a room, in the language that the room speaks.

    `reuse` tells who took it over, `short` is the practice's version in that language, if it has one.
    """
    spoken = texts(pinned.language)

    def call(name: str) -> Code:
        word = spoken.raw(f"command.{name}.words").split("|")[0].strip()
        return Code(f"{pinned.prefix}{word} {practice.number}")

    facts: list[Inline] = [_where_and_what(practice, spoken)]
    if practice.language != pinned.language:
        facts.append(short_versions.shortened(practice, spoken) if short else _written_in(practice, spoken))
    facts.append(_curated(spoken, pinned.reason))
    facts += reuse
    if files:
        pattern = spoken.raw_plural("practice.files", files)
        facts.append(fill(pattern, {"count": spoken.number(files), "attachments": call("attachments")}))
    return [
        paragraph(reference(practice, short), (short or practice).summary),
        Paragraph(tuple(facts)),
        Paragraph((fill(spoken.raw("card.read_on"), {"practice": call("practice")}),)),
    ]


def pinned(ctx: Context, practice: Practice, *, new: bool) -> Reply:
    """The answer to a moderator who pinned."""
    return reply(ctx.p("pin.done" if new else "pin.updated", practice=reference(practice)))


def unpinned(ctx: Context, practice: Practice) -> Reply:
    """The answer to a moderator who took a pin away."""
    key = "pin.still_elsewhere" if practice.status == Status.CURATED else "pin.gone"
    return reply(ctx.p(key, practice=reference(practice)))


def told_curated(ctx: Context, practice: Practice, _by: str, reason: str | None) -> list[Block]:
    """What those who wrote it are told when it has been curated."""
    told = ctx.p("pin.told", practice=reference(practice))
    return [told, Quote(" ".join(reason.split()))] if reason and reason.strip() else [told]


def told_not_curated(ctx: Context, practice: Practice, _by: str, _reason: str | None) -> list[Block]:
    """What they are told when it is no longer curated."""
    return [ctx.p("pin.told_gone", practice=reference(practice))]


# --- sharing and changing


def shared(ctx: Context, practice: Practice) -> Reply:
    """Thanks to the author, with what can be done next."""
    number = str(practice.number)
    language = ctx.texts.get("form.share.language.label").lower()
    return Reply(
        (
            ctx.p("share.done", practice=reference(practice)),
            Bullets(
                (
                    ctx.t("share.next_read", practice=ctx.call("practice", number)),
                    ctx.t("share.next_edit", edit=ctx.call("edit", number)),
                    ctx.t(
                        "share.next_language",
                        language=language_name(practice.language, ctx.language),
                        edit=ctx.call("edit", f"{number} {language}"),
                    ),
                )
            ),
        ),
        about=ctx.sender,
        topic=topic(practice),
    )


def known_already(ctx: Context, practice: Practice) -> Reply:
    """The answer to someone who sends the same practice again."""
    if practice.status in (Status.DRAFT, Status.CHANGES_REQUESTED):
        submit = ctx.call("submit", str(practice.number))
        return reply(ctx.p("share.known_open", practice=reference(practice), submit=submit))
    return reply(
        ctx.p(
            "share.known",
            practice=reference(practice),
            edit=ctx.call("edit", str(practice.number)),
        )
    )


def changed(ctx: Context, practice: Practice, labels: list[str]) -> Reply:
    """What an edit changed."""
    if not labels:
        return reply(ctx.p("edit.nothing_changed", practice=reference(practice)))
    done = ctx.p("edit.done", practice=reference(practice), fields=ctx.texts.list(labels))
    if practice.status in (Status.DRAFT, Status.CHANGES_REQUESTED):
        return reply(done, ctx.p("edit.then_submit", submit=ctx.call("submit", str(practice.number))))
    return reply(done)


def filled_form(ctx: Context, practice: Practice, written: str) -> Reply:
    """A practice as the form that it can be changed with."""
    first = ctx.network.prefix + ctx.word("edit")
    number = str(practice.number)
    title = ctx.texts.get("form.share.title.label").lower()
    return reply(
        ctx.p("edit.how", practice=reference(practice), edit=ctx.call("edit", f"{number} {title} …")),
        Preformatted(f"{first} {number}\n{written}"),
        private=True,
        about=ctx.sender,
    )


def mine(ctx: Context, own: list[Practice]) -> Reply:
    """A member's own practices."""
    ctx = ctx.privately()
    entries = [
        (
            reference(practice),
            joined(
                [
                    ctx.texts.get(f"practice.status.{practice.status}"),
                    ctx.texts.get("practice.changed_on", date=ctx.texts.date(practice.updated_at.date())),
                ]
            ),
        )
        for practice in own
    ]
    pages = [
        Entries(tuple(entries[start : start + MINE_ON_A_PAGE]))
        for start in range(0, len(entries), MINE_ON_A_PAGE)
    ]
    kept = next((practice for practice in own if practice.status != Status.ARCHIVED), None)
    hint = (
        ctx.p("mine.hint", edit=ctx.call("edit", str(kept.number)))
        if kept
        else ctx.p("mine.hint_archived", restore=ctx.call("restore", str(own[0].number)))
    )
    return Reply(
        (Paragraph((ctx.n("mine.count", len(own)),)), pages[0], hint),
        pages=tuple((page,) for page in pages[1:]),
        private=True,
        about=ctx.sender,
    )


def none_yet(ctx: Context) -> Reply:
    """The answer to a member who hasn't shared anything."""
    ctx = ctx.privately()
    return reply(
        ctx.p("mine.none", share=ctx.call("share"), form=ctx.call("form", ctx.word("share"))), private=True
    )


# --- results of a search


def results(
    ctx: Context,
    asked: Asked,
    found: Found,
    explained: list[tuple[Listed, Passage]],
    place: Place,
    cuts: Sequence[Cut] = (),
) -> Reply:
    """The first page of what was found, and why; `cuts` are what it can be narrowed down by."""
    head = Paragraph(tuple(_head(ctx, asked, found)))
    listed = len(place.state["numbers"])
    cut = listed if place.pages == 1 and found.total > listed else None
    blocks = [head, *further_results(ctx, explained, cut, found.by_meaning)]
    if cuts:
        # A list that becomes short is filled with what is akin: a search may find more than is counted here.
        # Trying each facet would take as long as the search itself, once for each.
        more = "+" if asked.text or found.total > len(found.hits) else ""
        facets = [
            span(Code(query.facet(one.facet, (one.value,), ctx.language)), f" ({one.left}{more})")
            for one in cuts
        ]
        blocks.append(ctx.p("search.facets", facets=joined(list(facets))))
    return Reply(tuple(blocks), place=place)


def further_results(
    ctx: Context,
    explained: list[tuple[Listed, Passage]],
    cut: int | None,
    by_meaning: frozenset[int] = frozenset(),
) -> tuple[Block, ...]:
    """Some of what was found; `cut` is after how many results the list ends early, if it does. What is in
    `by_meaning` was found by that alone."""
    if not explained:
        return ()
    entries = Entries(
        tuple(
            _result(ctx, practice, passage, practice.number in by_meaning) for practice, passage in explained
        )
    )
    return (entries,) if cut is None else (entries, ctx.p("search.narrow", count=ctx.texts.number(cut)))


def _head(ctx: Context, asked: Asked, found: Found) -> list[Inline]:
    lines: list[Inline] = []
    if found.corrections:
        text = asked.text
        for typed, meant in found.corrections.items():
            text = text.replace(typed, meant)
        lines.append(ctx.t("search.corrected", meant=strong(shortened(text))))
    looked_for = (*_told_facets(ctx, asked),)
    count = ctx.n("search.count", found.total)
    lines.append(joined([count, *looked_for]) if looked_for else count)
    if not any(hit.direct for hit in found.hits):
        lines.append(ctx.t("search.akin"))
    elif found.missing:
        missing = ctx.texts.list(
            [ctx.texts.get("search.word", word=shortened(word)) for word in found.missing]
        )
        lines.append(ctx.t("search.missing", words=missing))
    elif found.relaxed:
        lines.append(ctx.t("search.relaxed"))
    akin = sum(not hit.direct for hit in found.hits)
    if 0 < akin < len(found.hits) == found.total:
        lines.append(ctx.n("search.some_akin", akin))
    return lines


def _told_facets(ctx: Context, asked: Asked) -> list[str]:
    told = []
    for name, values in asked.facets.items():
        match name:
            case "theme":
                told += [themes().label(value, ctx.language) for value in values]
            case "country":
                told += [country_name(value, ctx.language) for value in values]
            case "language":
                told += [language_name(value, ctx.language) for value in values]
            case "year":
                told.append(str(values[0]) if len(values) == 1 else f"{min(values)}–{max(values)}")
            case "sdg":
                told.append("SDG " + ", ".join(map(str, values)))
            case "partners" | "curated":
                told.append(ctx.texts.get(f"search.{name}_{'yes' if values[0] else 'no'}"))
            case _:
                told += [str(value) for value in values]
    return told


def place_of(ctx: Context, practice: Listed) -> Inline:
    """Where a practice in a list is from, and which language it is in, where that is not the reader's."""
    place: list[Inline] = [f"{practice.city}, {country_name(practice.country, ctx.language)}"]
    if practice.short:
        place.append(short_versions.shortened(practice, ctx.texts))
    elif practice.language != ctx.language:
        place.append(language_name(practice.language, ctx.language))
    if practice.status == Status.CURATED:
        place.append("📌 " + ctx.texts.get("practice.curated"))
    return joined(place)


def _result(ctx: Context, practice: Listed, passage: Passage, by_meaning: bool) -> tuple[Inline, ...]:
    lines: list[Inline] = [reference(practice, practice.short), place_of(ctx, practice)]
    if by_meaning:
        lines.append(ctx.t("search.by_meaning"))
    elif passage.topics:
        lines.append(ctx.t("search.topic", topics=joined(list(passage.topics))))
    elif passage.country:
        lines.append(ctx.t("search.from", country=country_name(practice.country, ctx.language)))
    # What is not marked says what a practice is about, but not why it was found.
    if passage.shows or (passage.runs and not passage.topics):
        lines.append(span(*(strong(run.text) if run.marked else run.text for run in passage.runs)))
    return tuple(lines)


def nothing(ctx: Context, words: str, cities: list[str], would: Sequence[Finding]) -> Reply:
    """What would help someone who found nothing for these words: cities that may be meant, queries that
    find something, to be told when there is something."""
    lines: list[Inline] = []
    if cities:
        lines.append(ctx.t("search.cities", cities=ctx.texts.list(cities, "or")))
    for other in would:
        written = query.written(other.asked, ctx.language)
        if len(written) <= LONGEST_SUGGESTED:
            lines.append(ctx.n("search.would_find", other.found, search=ctx.call("search", written)))
    lines.append(ctx.t("search.help_themes", themes=ctx.call("themes")))
    if not ctx.confided:
        lines.append(_ask(ctx, words))
    if not ctx.confided and Role.MEMBER in ctx.roles and len(words) <= LONGEST_SUGGESTED:
        watch = ctx.call("watch", f"{ctx.word('search')} {words}")
        lines.append(ctx.t("search.help_watch", watch=watch))
    lines.append(ctx.t("search.help_share", share=ctx.call("share")))
    lines.append(ctx.t("search.help_all", help=ctx.call("help")))
    return Reply((ctx.p("search.nothing"), Bullets(tuple(lines))), pages=())


def _ask(ctx: Context, words: str) -> Inline:
    """Whom to ask what was not found: for members those who know most about it, with the question ready."""
    if Role.MEMBER not in ctx.roles or not words or ":" in words or len(words) > LONGEST_SUGGESTED:
        return ctx.t("search.help_ask", hub=ctx.hub())
    question = ctx.texts.get("search.as_question", words=words)
    return ctx.t("search.help_ask_network", ask=ctx.call("ask", question))


def how_to_search(ctx: Context, count: int) -> Reply:
    """A hint for someone who searched for no word."""
    example = ctx.texts.raw("command.search.example")
    return reply(
        Paragraph((ctx.n("search.library", count),)),
        ctx.p("search.how", example=ctx.call("search", example)),
    )
