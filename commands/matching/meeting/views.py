"""How meeting looks: the first words in the room, the hours, and what is asked afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from zoneinfo import ZoneInfo

from commands.core.context import Context
from commands.core.nodes import Block, Bullets, Choices, Inline, Paragraph, em, joined, span, strong
from commands.core.reply import Attachment, Reply
from commands.core.values import short
from commands.matching.meeting import service
from commands.matching.meeting.service import Meeting
from commands.matching.rules import Reasons
from config.countries import country_name
from config.languages import CONTENT_LANGUAGES, language_name
from config.themes import themes
from storage.members import Member
from storage.practices import Practice
from storage.search import detect_language

_MOST_REASONS = 2  # of a kind
_LONGEST_QUOTE = 100  # characters
YES = "\N{WHITE HEAVY CHECK MARK}"
NO = "\N{CROSS MARK}"


def keycaps(count: int) -> tuple[str, ...]:
    """The signs by which the first so many of a list are chosen."""
    sign = "\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"
    return tuple(f"{number}{sign}" for number in range(1, count + 1))


# --- in the room


def hello(ctx: Context, meeting: Meeting, why: Sequence[Reasons]) -> tuple[Block, ...]:
    """In the room of two or three: who is who, why they meet, a first question, and hours that suit all.

    `why` are the reasons of each pair of them, in the order of `itertools.combinations`.
    """
    them = meeting.members
    names = [strong(one.name) for one in them]
    welcome = (
        ctx.p("introduce.hello", one=names[0], other=names[1])
        if len(them) == 2
        else ctx.p("introduce.hello_three", one=names[0], other=names[1], third=names[2])
    )
    people = Bullets(tuple(span(strong(one.name), _place(ctx, one)) for one in them))
    blocks: list[Block] = [welcome, people]
    if lines := _why(ctx, them, why):
        text = "introduce.why" if len(them) == 2 else "introduce.why_three"
        blocks += [ctx.p(text), Bullets(tuple(lines))]
    blocks.append(ctx.p("introduce.first_question"))
    own = ctx.call("meet", ctx.texts.raw("meet.example_time"))
    if not meeting.row.hours:
        return (*blocks, ctx.p("meet.no_common_hour", meet=own))
    text = "introduce.hours" if len(them) == 2 else "introduce.hours_all"
    return (*blocks, ctx.p(text), _hours(ctx, meeting), ctx.p("meet.how", meet=own))


def _place(ctx: Context, one: Member) -> str:
    return f" · {one.organisation} · {one.city}, {country_name(one.country, ctx.language)}"


def _why(ctx: Context, them: Sequence[Member], why: Sequence[Reasons]) -> list[Inline]:
    lines: list[Inline] = []
    for (one, other), reasons in zip(combinations(them, 2), why, strict=True):
        lines += [
            ctx.t("introduce.offers_help", name=giver.name, theme=theme, offer=quoted(ctx, found.offer.text))
            for helps, giver in ((reasons.gets, other), (reasons.gives, one))
            for found in helps[:_MOST_REASONS]
            for theme in (_label(ctx, found.need.theme),)
        ]
    if len(them) == 2 and why[0].same_need:
        same = joined([_label(ctx, theme) for theme in dict.fromkeys(one.theme for one in why[0].same_need)])
        lines.append(ctx.t("match.same_need", themes=same))
    shared = [theme for theme in why[0].themes if all(theme in one.themes for one in why)]
    if shared:
        text = "introduce.both_work" if len(them) == 2 else "introduce.all_work"
        lines.append(ctx.t(text, themes=joined([_label(ctx, theme) for theme in shared])))
    return list(dict.fromkeys(lines))  # two may need the same of the third


def quoted(ctx: Context, line: str, *, marked: bool = True) -> Inline:
    """What somebody offers or needs in their words, short; with the language where it is another than the
    reader's and that is `marked`."""
    words = short(line, _LONGEST_QUOTE)
    language = detect_language(line, CONTENT_LANGUAGES) if marked else None
    if language in (None, ctx.language):
        return ctx.t("match.quoted", words=words)
    return ctx.t("match.quoted_in", words=words, language=language_name(language, ctx.language))


def _label(ctx: Context, theme: str) -> str:
    return themes().label(theme, ctx.language)


def moment(ctx: Context, at: datetime, zones: Sequence[str]) -> Inline:
    """A moment by the clocks of everybody; zones whose clocks show the same are named once, and so is a day
    that is the same."""
    clocks = {at.astimezone(ZoneInfo(zone)).utcoffset(): zone for zone in reversed(zones)}
    first, *others = reversed(clocks.values())
    day = at.astimezone(ZoneInfo(first)).date()
    shown: list[Inline] = [ctx.texts.datetime(at, first)]
    for zone in others:
        there = at.astimezone(ZoneInfo(zone))
        clock = ctx.t("meet.clock", time=ctx.texts.time(there), zone=zone)
        shown.append(clock if there.date() == day else ctx.texts.datetime(at, zone))
    return joined(shown, " = ")


def _hours(ctx: Context, meeting: Meeting) -> Choices:
    proposed = map(datetime.fromisoformat, meeting.row.hours)
    return Choices(tuple(moment(ctx, at, meeting.zones) for at in proposed))


def hours(ctx: Context, meeting: Meeting) -> Reply:
    """What is agreed, or what is proposed and still ahead."""
    own = ctx.call("meet", ctx.texts.raw("meet.example_time"))
    at = meeting.row.meets_at
    if at and at > ctx.now:
        off = ctx.call("meet", ctx.texts.raw("meet.words.off").split("|")[0])
        agreed = ctx.p("meet.is_agreed", moment=moment(ctx, at, meeting.zones))
        return Reply((agreed, ctx.p("meet.change", meet=own, off=off)))
    ahead = service.hours(meeting.row, ctx.now)
    if not ahead:
        return Reply((ctx.p("meet.nothing_ahead", meet=own),))
    shown = Bullets(
        tuple(
            span(ctx.call("meet", str(number)), ": ", moment(ctx, at, meeting.zones))
            for number, at in ahead.items()
        )
    )
    return Reply((ctx.p("meet.proposed"), shown, ctx.p("meet.own_hour", meet=own)))


def proposed(ctx: Context, meeting: Meeting, number: int, at: datetime) -> Reply:
    """The whole moment that somebody named, and whether it suits the others, in the languages of all."""
    text = "meet.suits" if len(meeting.people) < 3 else "meet.suits_all"
    meet = ctx.call("meet", str(number))
    blocks: list[Block] = [
        one.p(text, moment=strong(moment(one, at, meeting.zones)), yes=YES, meet=meet)
        for one in _in_their_languages(ctx, meeting)
    ]
    return Reply(tuple(blocks), reactions=(YES,))


def agreed(ctx: Context, meeting: Meeting, at: datetime, file: Attachment | None, *, moved: bool) -> Reply:
    """That they meet at this moment, in the languages of all; with the file for their calendars."""
    blocks: list[Block] = []
    for one in _in_their_languages(ctx, meeting):
        when = strong(moment(one, at, meeting.zones))
        if file is None:
            blocks.append(one.p("meet.is_agreed", moment=when))
        else:
            blocks.append(one.p("meet.moved" if moved else "meet.agreed", moment=when))
            blocks.append(one.p("meet.file"))
    return Reply(tuple(blocks), attachments=(file,) if file else (), about=meeting.ids)


def called_off(ctx: Context, meeting: Meeting, file: Attachment) -> Reply:
    """That they do not meet at that hour, in the languages of all."""
    told: list[Block] = [one.p("meet.called_off") for one in _in_their_languages(ctx, meeting)]
    return Reply(tuple(told), attachments=(file,), about=meeting.ids)


def reminder(ctx: Context, others: Sequence[Member], at: datetime) -> Paragraph:
    """That they meet soon."""
    names = ctx.texts.list([one.name for one in others])
    return ctx.p("meet.soon", names=names, moment=strong(ctx.texts.datetime(at, ctx.timezone)))


def title(ctx: Context, meeting: Meeting) -> str:
    """What a calendar calls it."""
    return ctx.texts.get("meet.title", cities=meeting.name)


def _in_their_languages(ctx: Context, meeting: Meeting) -> list[Context]:
    return [replace(ctx, language=language) for language in meeting.languages]


def nudge(ctx: Context, meeting: Meeting) -> Paragraph:
    """That nobody has said anything yet, and how easy it is."""
    return ctx.p("meet.nudge", meet=ctx.call("meet"))


def no_room(ctx: Context, others: Sequence[Member]) -> Paragraph:
    """To each alone: that there is no room for them, and how they find each other anyway."""
    names = ctx.texts.list([one.name for one in others])
    return ctx.p("meet.no_room", names=names, hub=ctx.hub(), moderators=ctx.moderators())


# --- afterwards, to each alone


def follow_up(ctx: Context, others: Sequence[Member]) -> tuple[Block, ...]:
    """Whether they have met."""
    names = ctx.texts.list([one.name for one in others])
    return (ctx.p("meet.have_met", names=names), ctx.p("meet.have_met_how", yes=YES, no=NO))


def took_home(ctx: Context) -> Reply:
    """What they took home."""
    ctx = ctx.privately()
    choices = Choices(tuple(ctx.t(f"meet.took.{name}") for name in service.OUTCOMES))
    blocks = (ctx.p("meet.took_what"), choices, ctx.p("meet.took_how"))
    return Reply(blocks, private=True, reactions=keycaps(len(service.OUTCOMES)))


def not_met(ctx: Context) -> Reply:
    """That this is all right."""
    return Reply((ctx.privately().p("meet.not_met"),), private=True)


def noted(ctx: Context, took: str | None, practices: Sequence[Practice]) -> Reply:
    """Thanks for what they took home, and what it can become. `practices` are those of the others."""
    ctx = ctx.privately()
    blocks: list[Block] = [ctx.p("meet.noted", meetings=ctx.call("meetings"))]
    if took == "practice":
        blocks.append(ctx.p("meet.share", share=ctx.call("share")))
    elif took == "adoption" and practices:
        shown = [span(ctx.call("adopt", str(one.number)), ": ", em(one.title)) for one in practices]
        blocks += [ctx.p("meet.adopt_one"), Bullets(tuple(shown))]
    elif took == "adoption":
        adopt = ctx.call("adopt", ctx.texts.raw("command.adopt.example"))
        blocks.append(ctx.p("meet.adopt", search=ctx.call("search"), adopt=adopt))
    return Reply(tuple(blocks), private=True)
