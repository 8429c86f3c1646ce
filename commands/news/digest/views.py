"""How the digest looks, and what is told about how it is set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from commands.core.context import Context
from commands.core.nodes import Block, Bullets, Inline, Paragraph, joined, span, strong
from commands.core.recurrence import Occurrence
from commands.core.reply import Reply
from commands.core.values import short
from commands.news.digest import rules
from commands.news.digest.week import Reader, Week
from config.countries import country_name
from config.languages import language_name
from config.themes import themes
from storage.asking import NetworkQuestion
from storage.digest import Digest, Pick, Reuse
from storage.events import Event
from storage.members import Member
from storage.practices import Listed, Practice

Blocks = tuple[Block, ...]
_LONGEST = 120  # characters of somebody's words in one entry
_MOST_CITIES = 3  # in one entry
_MOST_NAMED = 20  # newcomers


@dataclass(frozen=True)
class Section:
    """One part of a digest: its name, what there is to tell and how one such thing is told, how many at most,
    the command that shows one of them, with its number, and the one that shows the others."""

    name: str
    items: Sequence[Any]
    tell: Callable[[Any], Inline]
    most: int
    one: tuple[str, int] | None = None
    more: str | None = None


def digest(there: Reader, week: Week) -> Blocks:
    """A digest of what fits, in a dozen or two of lines; () where there is nothing to tell."""
    sections = [one for one in _sections(there, week) if one.items]
    if not sections:
        return ()
    blocks: list[Block] = [_title(there, week)]
    counts = rules.fitting([min(len(one.items), one.most) for one in sections])
    for section, count in zip(sections, counts, strict=True):
        told = tuple(section.tell(item) for item in section.items[:count])
        blocks += [_heading(there.to, section, count), Bullets(told)]
    return (*blocks, *_footer(there.to, sections))


def _sections(there: Reader, week: Week) -> list[Section]:
    ctx, listed = there.to, week.listed(there.to.language)
    # What they wrote themselves, they know.
    new = [n for n in week.new if there.fits(listed[n].themes) and week.author(n) != ctx.sender]
    reused = [number for number in week.reused if there.fits(listed[number].themes)]
    ahead = [one for one in week.ahead if not one[0].themes or there.fits(one[0].themes)]
    questions = [one for one in week.questions if there.fits([one.theme]) and one.asker != ctx.sender]
    newcomers = [one for one in week.newcomers if there.fits(one.themes) and one.user_id != ctx.sender]

    def practice(numbers: Sequence[int]) -> tuple[str, int] | None:
        return ("practice", numbers[0]) if numbers else None

    return [
        Section(
            "picks",
            week.picks,
            lambda one: _pick(ctx, listed[one.practice], one),
            5,
            practice([one.practice for one in week.picks]),
        ),
        Section("new", new, lambda number: _new(ctx, listed[number]), 6, practice(new), "new"),
        Section(
            "reuse",
            reused,
            lambda number: _reuse(ctx, listed[number], week.reused[number]),
            5,
            practice(reused),
        ),
        Section(
            "ahead",
            ahead,
            lambda one: _ahead(there, *one),
            4,
            ("event", ahead[0][0].number) if ahead else None,
            "events",
        ),
        Section("questions", questions, partial(_question, ctx), 3),
        Section("newcomers", [newcomers] if newcomers and ctx.direct else [], partial(_newcomers, there), 1),
    ]


def _title(there: Reader, week: Week) -> Block:
    ctx, since = there.to, week.since.astimezone(ZoneInfo(there.zone)).date()
    return Paragraph((strong(ctx.t("digest.title", network=ctx.network.name, date=ctx.texts.date(since))),))


def _heading(ctx: Context, section: Section, shown: int) -> Block:
    title: list[Inline] = [strong(ctx.t(f"digest.section.{section.name}"))]
    if others := len(section.items) - shown:
        more = ctx.n("digest.others", others)
        title.append(span(more, ": ", ctx.call(section.more)) if section.more else more)
    return Paragraph((joined(title),))


def _footer(ctx: Context, sections: list[Section]) -> Blocks:
    shows: dict[str, int] = {}
    for section in sections:
        if section.one:
            shows.setdefault(*section.one)
    calls = joined([ctx.call(name, str(number)) for name, number in shows.items()], ", ")
    lines = [ctx.t("digest.read", calls=calls)] if shows else []
    if ctx.direct:
        lines.append(ctx.t("digest.end", off=call(ctx, "off")))
    return (Paragraph((joined(lines, " "),)),) if lines else ()


def _title_of(ctx: Context, practice: Listed) -> list[Inline]:
    """Number, title and place; the language where it is not the reader's."""
    place = f"{practice.city}, {country_name(practice.country, ctx.language)}"
    return [_name(practice), place, *_language(ctx, practice)]


def _name(practice: Listed) -> Inline:
    return strong(f"#{practice.number} {(practice.short or practice).title}")


def _language(ctx: Context, practice: Listed) -> list[Inline]:
    other = practice.language != ctx.language and practice.short is None
    return [language_name(practice.language, ctx.language)] if other else []


def _quoted(ctx: Context, words: str) -> Inline:
    return ctx.texts.get("search.word", word=short(words, _LONGEST))


def _pick(ctx: Context, practice: Listed, pick: Pick) -> Inline:
    title = joined(_title_of(ctx, practice))
    return span(title, " – ", _quoted(ctx, pick.reason)) if pick.reason else title


def _new(ctx: Context, practice: Listed) -> Inline:
    return joined(_title_of(ctx, practice))


def _reuse(ctx: Context, practice: Listed, told: list[Reuse]) -> Inline:
    """Which cities take a practice over, the latest first, and what came of it in the words of one."""
    latest = told[::-1]
    cities = [f"{one.city} ({ctx.texts.get(f'adoption.state.{one.state}')})" for one in latest[:_MOST_CITIES]]
    if others := len(latest) - len(cities):
        cities.append(ctx.texts.plural("reuse.more_cities", others))
    line = joined([_name(practice), *_language(ctx, practice), ctx.texts.list(cities)])
    outcome = next((one for one in latest if one.outcome), None)
    if outcome is None:
        return line
    words = _quoted(ctx, " ".join(str(outcome.outcome).split()))
    return span(line, ". ", f"{outcome.city}: " if len(latest) > 1 else "", words)


def _ahead(there: Reader, event: Event, date: Occurrence) -> Inline:
    """An event with its next date, by the clock of whoever reads it."""
    ctx = there.to
    title = event.title.get(ctx.language) or next(iter(event.title.values()))
    moment = ctx.texts.datetime(date.at, there.zone)
    return span(strong(f"#{event.number} {title}"), " · ", moment)


def _question(ctx: Context, question: NetworkQuestion) -> Inline:
    """A question to the network, without who asked, and how to answer it."""
    return span(short(question.text, _LONGEST), " · ", ctx.call("answer", f"{question.number} …"))


def _newcomers(there: Reader, found: list[Member]) -> Inline:
    """How many of those who are new and agreed to be named work on the reader's themes; names are found."""
    ctx = there.to
    theme = next(theme for theme in found[0].themes if there.fits([theme]))
    return ctx.n("digest.newcomers", len(found), who=ctx.call("who", themes().label(theme, ctx.language)))


def greeting(ctx: Context, week: Week) -> Blocks:
    """Names who is new, in a room; () where nobody is who agreed to it."""
    if not week.newcomers:
        return ()
    named = [_newcomer(one) for one in week.newcomers[:_MOST_NAMED]]
    head = ctx.t("digest.greeting")
    lines: list[Inline] = [strong(head), *named]
    if others := len(week.newcomers) - len(named):
        lines.append(ctx.n("digest.others", others))
    return (Paragraph(tuple(lines)),)


def _newcomer(member: Member) -> Inline:
    place = () if member.city in member.organisation else (member.city,)
    return ", ".join((member.name, member.organisation, *place))


# --- how it is set


def call(ctx: Context, wish: str, value: str = "") -> Inline:
    """`digest` with one of its words, as it is to be typed here."""
    word = ctx.texts.raw(f"digest.words.{wish}").split("|")[0]
    return ctx.call("digest", f"{word} {value}".strip())


def settings(ctx: Context, row: Digest | None, zone: str, *, changed: bool = False) -> Reply:
    """How the digest is set here, and when the next one comes."""
    here = "direct" if ctx.direct else "room"
    if row is None or not row.active:
        key = "ended" if changed else "none"
        return Reply((ctx.p(f"digest.{key}.{here}", on=call(ctx, "on"), preview=call(ctx, "preview")),))
    lines = [
        ctx.t(
            f"digest.comes.{here}", day=ctx.texts.weekday(row.weekday), time=hour(ctx, row.hour), zone=zone
        ),
        ctx.t("digest.next", moment=ctx.texts.datetime(row.next_at, zone)),
    ]
    change = ctx.p(
        "digest.change",
        day=call(ctx, "day", ctx.texts.weekday(4)),
        hour=call(ctx, "hour", "16"),
        preview=call(ctx, "preview"),
        off=call(ctx, "off"),
    )
    return Reply((Paragraph(tuple(lines)), change))


def hour(ctx: Context, number: int) -> str:
    """An hour as the language writes it."""
    return ctx.texts.time(time(number))


def preview(ctx: Context, told: Blocks) -> Reply:
    """What the digest would say now."""
    ctx = ctx.privately()
    if not told:
        return Reply((ctx.p("digest.preview.nothing"),), private=True)
    return Reply((ctx.p("digest.preview"), *told), private=True)


# --- what moderators picked


def picks(ctx: Context, found: list[tuple[Pick, Practice]]) -> Reply:
    """What stands first in the next digests."""
    if not found:
        return Reply((ctx.p("pick.none", pick=_example(ctx)),))
    lines: list[Inline] = [
        span(strong(f"#{practice.number} {practice.title}"), f": {one.reason}" if one.reason else "")
        for one, practice in found
    ]
    hint = ctx.p("pick.hint", unpick=ctx.call("unpick", str(found[0][1].number)))
    return Reply((ctx.p("pick.list"), Bullets(tuple(lines)), hint))


def _example(ctx: Context) -> Inline:
    return ctx.call("pick", ctx.texts.raw("command.pick.example"))


def picked(ctx: Context, practice: Practice, *, reason: str) -> Reply:
    """The answer to who picked a practice."""
    name = strong(f"#{practice.number} {practice.title}")
    unpick = ctx.call("unpick", str(practice.number))
    lines = [ctx.t("pick.done", practice=name, unpick=unpick)]
    if not reason:
        why = ctx.call("pick", f"{practice.number} {ctx.texts.raw('pick.because')} …")
        lines.append(ctx.t("pick.why", pick=why))
    return Reply((Paragraph(tuple(lines)),))


def unpicked(ctx: Context, number: int) -> Reply:
    """The answer to who picked a practice no longer."""
    return Reply((ctx.p("pick.removed", number=f"#{number}"),))
