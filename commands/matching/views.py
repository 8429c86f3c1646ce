"""How offers, needs and people to meet look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from commands.core.context import Context
from commands.core.nodes import Block, Bullets, Choices, Entries, Inline, Paragraph, em, joined, span, strong
from commands.core.reply import Reply
from commands.core.values import size_class
from commands.matching.meeting.views import keycaps, quoted
from commands.matching.rules import Help, Near, Reasons, Sort, Subject
from commands.matching.service import Match
from config.countries import country_name
from config.languages import language_name
from config.themes import themes
from storage import matching, members
from storage.matching import BlockedPerson, Introduction, IntroductionPerson, Participation
from storage.members import Member, Side

_MOST_REASONS = 2  # of a kind
_FEW_HOURS = 3  # in common, of a working day: so few have to be said
_ON_A_PAGE = 8
_ENOUGH_TO_SUM_UP = 5  # people
WHY_NOT = ("theme", matching.TOO_FAR, matching.NO_TIME)  # reasons for a no that make later matches better


def _label(ctx: Context, theme: str) -> str:
    return themes().label(theme, ctx.language)


# --- offers and needs


def lines(ctx: Context, side: Side, known: list[tuple[str, str]]) -> Reply:
    """What someone offers or needs, by numbers, and how to change it."""
    ctx = ctx.privately()
    example = ctx.texts.raw(f"command.{side}.example")
    add = ctx.p(f"matching.{side}.how_add", add=ctx.call(side, example))
    if not known:
        return Reply((ctx.p(f"matching.{side}.none"), add), private=True)
    shown = Choices(tuple(span(strong(_label(ctx, theme)), ": ", words) for theme, words in known))
    how = ctx.p(
        "matching.how_change",
        edit=ctx.call(f"{side} edit", f"1 {ctx.texts.get('matching.new_text')}"),
        remove=ctx.call(f"{side} remove", "1"),
    )
    return Reply((ctx.p(f"matching.{side}.own"), shown, how, add), private=True, about=ctx.sender)


def kept(ctx: Context, side: Side, number: int, theme: str, words: str, before: str = "") -> Reply:
    """That a line is kept, and what to do next; `before` are the words in whose place it is."""
    ctx = ctx.privately()
    told = ctx.p(
        f"matching.{side}.kept", number=str(number), theme=strong(_label(ctx, theme)), text=em(words)
    )
    instead = (ctx.p("matching.instead", text=em(before)),) if before and before != words else ()
    after = ctx.p("matching.after", match=ctx.call("match"), list=ctx.call(f"{side}s"))
    return Reply((told, *instead, after), private=True, about=ctx.sender)


def removed(ctx: Context, side: Side, theme: str, words: str) -> Reply:
    """That a line is gone, with its words, so that an error can be mended."""
    ctx = ctx.privately()
    told = ctx.p(f"matching.{side}.removed", theme=_label(ctx, theme), text=em(words))
    return Reply((told,), private=True, about=ctx.sender)


# --- taking part


def participation(ctx: Context, row: Participation, *, naming: bool = False) -> Reply:
    """How the sender takes part, and how to change it; for who is away without how they are named, unless
    `naming` is what they asked for."""
    ctx = ctx.privately()
    word = {
        name: ctx.texts.raw(f"matching.words.{name}").split("|")[0]
        for name in ("on", "off", "named", "nameless")
    }
    until = ctx.texts.get("matching.until_example")
    name = (
        ctx.p("matching.is_named", nameless=ctx.call("matching", word["nameless"]))
        if row.named
        else ctx.p("matching.is_nameless", named=ctx.call("matching", word["named"]))
    )
    if not row.takes_part:
        told = ctx.p("matching.is_off", on=ctx.call("matching", word["on"]))
        return Reply((told, name) if naming else (told,), private=True, about=ctx.sender)
    if row.snoozed_until and not row.active(ctx.now):
        day = row.snoozed_until.astimezone(ZoneInfo(ctx.timezone)).date()
        told = ctx.p(
            "matching.is_snoozed",
            day=strong(ctx.texts.date(day, weekday=True)),
            on=ctx.call("matching", word["on"]),
        )
        return Reply((told, name) if naming else (told,), private=True, about=ctx.sender)
    how = ctx.p(
        "matching.how_leave", off=ctx.call("matching", word["off"]), snooze=ctx.call("matching", until)
    )
    return Reply((ctx.p("matching.is_on"), name, how), private=True, about=ctx.sender)


# --- people to meet


def matches(ctx: Context, found: list[Match]) -> Reply:
    """The few to meet, by numbers, each with its reasons."""
    ctx = ctx.privately()
    sides: tuple[tuple[str, Side], ...] = (("match.no_needs", "need"), ("match.no_offers", "offer"))
    missing = [
        ctx.p(text, add=ctx.call(side, ctx.texts.raw(f"command.{side}.example")))
        for text, side in sides
        if not members.lines(ctx.tx, ctx.sender, side)
    ]
    if not found:
        return Reply((ctx.p("match.nobody", who=ctx.call("who")), *missing), private=True)
    needs = members.lines(ctx.tx, ctx.sender, "need")
    if found[0].why.gets:
        begin = "match.closest"
    elif needs:
        begin = "match.none_yet_but_help" if found[0].why.gives else "match.none_yet"
        own = needs[0].text  # to be made more exact, or asked as it stands
        edit, ask = ctx.call("need edit", f"1 {own}"), ctx.call("ask", own)
        missing.append(ctx.p("match.say_more", edit=edit, ask=ask))
    else:
        begin = "match.help" if found[0].why.gives else "match.alike"
    entries = tuple(
        (
            span(strong(f"{number}. "), who(ctx, one.member, named=one.named)),
            *reasons(ctx, one.why, one.member.name if one.named else None),
        )
        for number, one in enumerate(found, 1)
    )
    blocks: list[Block] = [ctx.p(begin), Entries(entries), *missing]
    about = found[0].member.user_id if len(found) == 1 else None
    hint = [ctx.t("match.block", introduce=ctx.call("introduce", "1"), block=ctx.call("block", "1"))]
    if needs and matching.participation(ctx.tx, ctx.sender).named:
        hint.append(ctx.t("match.asking_tells"))
        if any(one.why.they_speak for one in found):
            hint.append(ctx.t("match.asking_tells_language"))
    return Reply((*blocks, Paragraph(tuple(hint))), private=True, about=about)


def who(ctx: Context, member: Member, *, named: bool) -> Inline:
    """Someone by name and place, or only by what does not give them away."""
    kind = ctx.texts.get(f"choice.register.kind.{member.kind}")
    country = country_name(member.country, ctx.language)
    if named:
        return span(strong(member.name), f" · {member.organisation} · {member.city}, {country}")
    size = f" ({size_class(member.population).upper()})" if member.population else ""
    return span(strong(ctx.texts.get("match.nameless")), f" · {kind}{size} · {country}")


def reasons(ctx: Context, why: Reasons, name: str | None, *, wished: bool = False) -> list[Inline]:
    """Why two should meet, a line for each reason, the strongest first, with the other's `name` if it may be
    said; what the other needs in their words, and the language that they ask for, where it was they
    who `wished` to meet."""
    them = name or ctx.texts.get("match.them")
    told: list[Inline] = [em(ctx.t("match.new"))] if why.sort is Sort.NEW else []
    told += [_gets(ctx, one, name) for one in why.gets[:_MOST_REASONS]]
    told += [_gives(ctx, one, them, wished=wished) for one in why.gives[:_MOST_REASONS]]
    told += [
        ctx.t(
            "match.same_need_as_yours",
            theme=_label(ctx, one.theme),
            need=quoted(ctx, one.text, marked=False),
        )
        for one in why.same_need[:_MOST_REASONS]
    ]
    if why.they_speak:
        told.append(ctx.t("match.they_speak", them=them, languages=_languages(ctx, why.they_speak)))
    if why.we_speak and wished:
        told.append(ctx.t("match.we_speak", them=them, languages=_languages(ctx, why.we_speak)))
    told += _fields(ctx, why, them)
    if why.offers and not why.gets:
        offers = [quoted(ctx, one.text) for one in why.offers[:_MOST_REASONS]]
        told.append(ctx.t("match.offers", them=them, offers=joined(offers)))
    elif why.sort is Sort.NEW:
        told.append(ctx.t("match.works_on", them=them, themes=_themes(ctx, why.works_on)))
    if not why.gets and not why.gives and why.size:
        told.append(ctx.t(f"match.size.{why.size}"))
    told.append(ctx.t("match.languages", languages=_languages(ctx, why.languages)))
    if why.hours <= _FEW_HOURS:
        told.append(ctx.n("match.hours", why.hours) if why.hours else ctx.t("match.no_hours"))
    return list(dict.fromkeys(told))  # two needs on one theme read the same


def _fields(ctx: Context, why: Reasons, them: str) -> list[Inline]:
    """What both work on, and the themes on which one works and the other needs something: the least that can
    be said, the latter only where no offer says more. A theme is named once in an entry."""
    named = {one.need.theme for one in why.gives[:_MOST_REASONS]}
    named |= {one.theme for one in why.same_need}
    helps = bool(why.gets or why.gives)
    theirs = [] if helps else [one for one in why.their_field if one.theme not in named]
    ours = [] if helps else [theme for theme in why.our_field if theme not in named]
    both = [one.theme for one in theirs if one.theme in ours]
    named |= {one.theme for one in theirs} | set(ours)
    common = tuple(theme for theme in why.themes if theme not in named)
    return [
        *([ctx.n("match.common", len(common), themes=_themes(ctx, common))] if common else []),
        *(ctx.t("match.both_seek", theme=_label(ctx, theme)) for theme in dict.fromkeys(both)),
        *(_their_field(ctx, one, them) for one in theirs if one.theme not in both),
        *(
            ctx.t("match.our_field", them=them, theme=_label(ctx, theme))
            for theme in ours
            if theme not in both
        ),
    ]


def _their_field(ctx: Context, need: Subject, them: str) -> Inline:
    own = quoted(ctx, need.text, marked=False)
    return ctx.t("match.their_field", them=them, theme=_label(ctx, need.theme), need=own)


def _gets(ctx: Context, found: Help, name: str | None) -> Inline:
    them = name or ctx.texts.get("match.them_within" if found.near is Near.THEME else "match.them")
    need, offer = quoted(ctx, found.need.text, marked=False), quoted(ctx, found.offer.text)
    return ctx.t(f"match.gets.{found.near}", them=them, need=need, offer=offer)


def _gives(ctx: Context, found: Help, them: str, *, wished: bool) -> Inline:
    offer = quoted(ctx, found.offer.text, marked=False)
    if wished:
        need, theme = quoted(ctx, found.need.text), _label(ctx, found.offer.theme)
        return ctx.t(f"match.wished.{found.near}", them=them, need=need, offer=offer, theme=theme)
    # What others need is theirs to tell: of it only the theme is said.
    theme = _label(ctx, found.need.theme)
    return ctx.t(f"match.gives.{found.near}", them=them, theme=theme, offer=offer)


def _languages(ctx: Context, found: tuple[str, ...]) -> str:
    return ctx.texts.list([language_name(code, ctx.language) for code in found])


def _themes(ctx: Context, found: tuple[str, ...]) -> str:
    return " · ".join(_label(ctx, theme) for theme in found)  # labels have an "and" of their own


# --- introductions


def asked(ctx: Context, person: Member, *, named: bool, later: bool) -> Reply:
    """That somebody is being asked, and when they read it."""
    ctx = ctx.privately()
    told = [ctx.t("introduce.asked", who=who(ctx, person, named=named))]
    if later:
        told.append(ctx.t("introduce.later"))
    return Reply((Paragraph(tuple(told)),), private=True, about=person.user_id)


@dataclass(frozen=True)
class Proposal:
    """Somebody to meet, whether their name may be said, why, and whether they themselves wish it by name:
    then what they need is said in their words."""

    member: Member
    named: bool
    why: Reasons
    wished: bool


def request(ctx: Context, proposals: Sequence[Proposal], *, by_round: bool, number: int) -> tuple[Block, ...]:
    """To whom is asked: who it is, or who they are, why, and how to answer."""
    call = str(number)
    begin = "introduce.request_by_round" if by_round else "introduce.request"
    blocks: list[Block] = []
    for place, one in enumerate(proposals):
        text = begin if not place else "introduce.request_and"
        blocks.append(ctx.p(text, who=who(ctx, one.member, named=one.named)))
        told = reasons(ctx, one.why, one.member.name if one.named else None, wished=one.wished)
        if by_round and len(proposals) == 1 and only_helps(one.why):
            told.insert(0, em(ctx.t("introduce.you_help")))
        blocks.append(Bullets(tuple(told)))
    text = "introduce.answer_by_round" if by_round else "introduce.answer"
    answer = ctx.p(text, accept=ctx.call("accept", call), decline=ctx.call("decline", call))
    return (*blocks, answer)


def only_helps(why: Reasons) -> bool:
    """Whether somebody would give and get nothing; not where no more than a theme agrees."""
    return why.sort is Sort.GIVES and any(one.near is not Near.THEME for one in why.gives)


def accepted(ctx: Context, others: list[Member] | None) -> Reply:
    """To whom said yes: whom they will meet, or that others have not answered yet."""
    ctx = ctx.privately()
    if others is None:
        return Reply((ctx.p("introduce.noted"),), private=True)
    about = tuple(other.user_id for other in others)
    one, several = "introduce.accepted", "introduce.accepted_several"
    return Reply(_meets(ctx, one, several, others), private=True, about=about)


def said_yes(ctx: Context, others: list[Member], *, absent: bool) -> tuple[Block, ...]:
    """To who waited: that the others agreed, or those who are there."""
    told = _meets(ctx, "introduce.said_yes", "introduce.said_yes_several", others)
    return (*told, ctx.p("introduce.absent")) if absent else told


def _meets(ctx: Context, one: str, several: str, others: list[Member]) -> tuple[Block, ...]:
    if len(others) == 1:
        return (ctx.p(one, who=who(ctx, others[0], named=True)),)
    return (ctx.p(several), Bullets(tuple(who(ctx, other, named=True) for other in others)))


def declined(ctx: Context, reason: str | None) -> Reply:
    """To who declined: what the others are told; asks why, kindly, unless that was said."""
    ctx = ctx.privately()
    told = ctx.p("introduce.declined")
    if reason:
        return Reply((told, *kept_in_mind(ctx, reason).blocks), private=True)
    reasons_ = Choices(tuple(ctx.t(f"decline.reason.{name}") for name in WHY_NOT))
    return Reply((told, ctx.p("decline.why"), reasons_), private=True, reactions=keycaps(len(WHY_NOT)))


def kept_in_mind(ctx: Context, reason: str) -> Reply:
    """That a reason is kept in mind, and for whom it is."""
    ctx = ctx.privately()
    blocks = [ctx.p("decline.kept", reason=ctx.t(f"decline.reason.{reason}"))]
    if reason == matching.NO_TIME:
        until = ctx.texts.get("matching.until_example")
        blocks.append(ctx.p("decline.snooze", snooze=ctx.call("matching", until)))
    return Reply(tuple(blocks), private=True)


def did_not_work_out(ctx: Context, others: list[tuple[Member, bool]]) -> tuple[Block, ...]:
    """To whoever waits, kindly and without a reason; each of the others with whether they may be named."""
    match = ctx.p("introduce.others", match=ctx.call("match"))
    if not others:  # they were forgotten
        return (ctx.p("introduce.did_not_work_out_alone"), match)
    people = joined([who(ctx, one, named=named) for one, named in others], "; ")
    return (ctx.p("introduce.did_not_work_out", who=people), match)


def resting(ctx: Context, count: int) -> tuple[Block, ...]:
    """To who did not answer several times: that they are not asked any more, and how to come back."""
    on = ctx.call("matching", ctx.texts.raw("matching.words.on").split("|")[0])
    return (ctx.p("introduce.resting", count=ctx.texts.number(count), on=on),)


def meetings(
    ctx: Context, rows: list[tuple[Introduction, IntroductionPerson]], sums: matching.Outcomes | None
) -> Reply:
    """Whom someone asked, who asked, what rounds proposed, and what became of it, newest first; before it the
    sums of all, if they are to be shown."""
    ctx = ctx.privately()
    summed = (_summed(ctx, sums),) if sums else ()
    others = {
        row.id: [one for one in matching.introduced(ctx.tx, row) if one.user_id != ctx.sender]
        for row, _ in rows
    }
    shown = [(row, own) for row, own in reversed(rows) if own.knows and others[row.id]]
    if not shown:
        return Reply((*summed, ctx.p("meetings.none", match=ctx.call("match"))), private=True)
    entries = tuple(_meeting(ctx, row, own, others[row.id]) for row, own in shown)
    pages = tuple(
        (Entries(entries[start : start + _ON_A_PAGE]),) for start in range(0, len(entries), _ON_A_PAGE)
    )
    return Reply((*summed, ctx.p("meetings.own"), *pages[0]), pages=pages[1:], private=True, about=ctx.sender)


def _summed(ctx: Context, sums: matching.Outcomes) -> Paragraph:
    """What came of all; how many it helped only where that says nothing about anybody."""
    rooms = ctx.n("meetings.rooms", sums.rooms)
    if sums.told < _ENOUGH_TO_SUM_UP:
        return Paragraph((rooms,))
    parts = (("meetings.told", sums.told), ("meetings.met", sums.met), ("meetings.helped", sums.helped))
    return Paragraph((rooms, span(*(ctx.n(text, count) for text, count in parts))))


def _meeting(
    ctx: Context, row: Introduction, own: IntroductionPerson, others: list[IntroductionPerson]
) -> tuple[Inline, ...]:
    day = ctx.texts.date(row.proposed_at.astimezone(ZoneInfo(ctx.timezone)).date())
    names: list[Inline] = []
    for one in others:
        member = members.get(ctx.tx, one.user_id)
        met = row.state == "accepted" and own.answer == one.answer == "yes"
        named = met or matching.participation(ctx.tx, one.user_id).named
        names.append(who(ctx, member, named=named) if member else "–")
    side = "asker" if own.asker else "asked" if any(one.asker for one in others) else "round"
    waits = row.state == "open" and own.answer is None
    call = str(row.id)
    answer = (ctx.t("meetings.answer", accept=ctx.call("accept", call)),) if waits else ()
    return (
        joined(names, "; "),
        span(day, " · ", ctx.t(f"meetings.{side}.{outcome(row, own)}")),
        *_came_of(ctx, row, own),
        *answer,
    )


def _came_of(ctx: Context, row: Introduction, own: IntroductionPerson) -> tuple[Inline, ...]:
    """When they meet, or what one took home."""
    if own.met is not None:
        told = ctx.t(f"meetings.took.{own.took or ('unsaid' if own.met else 'no_meeting')}")
        return (told, em(own.note)) if own.note else (told,)
    if row.meets_at and row.meets_at > ctx.now and outcome(row, own) == "accepted":
        return (ctx.t("meetings.at", moment=ctx.texts.datetime(row.meets_at, ctx.timezone)),)
    return ()


def outcome(row: Introduction, own: IntroductionPerson) -> str:
    """What became of it, as one of them sees it: others' answers are their own business."""
    if own.answer in ("no", "silent", "away"):
        return {"no": "declined", "silent": "expired", "away": "withdrawn"}[own.answer]
    if row.state == "open":
        return "waiting" if own.answer == "yes" and not own.asker else "open"
    return "accepted" if row.state == "accepted" and own.answer == "yes" else "withdrawn"


# --- whom one does not want to meet


def block(ctx: Context, person: Member, *, named: bool, new: bool) -> Reply:
    """That somebody will not be proposed any more, and that they are not told."""
    ctx = ctx.privately()
    told = ctx.p("block.done" if new else "block.already", who=who(ctx, person, named=named))
    return Reply((told, ctx.p("block.undo", list=ctx.call("block"))), private=True, about=person.user_id)


def unblock(ctx: Context, *, known: bool | None) -> Reply:
    """That a block is taken back, or that there was none; with None, which of the two stays open."""
    text = {True: "unblock.done", False: "unblock.none", None: "unblock.if_any"}[known]
    return Reply((ctx.privately().p(text),), private=True)


def blocked(ctx: Context, rows: list[BlockedPerson]) -> Reply:
    """Whom the sender has blocked, by numbers."""
    ctx = ctx.privately()
    if not rows:
        example = ctx.call("block", ctx.texts.raw("command.block.example"))
        return Reply((ctx.p("block.nobody_yet", block=example),), private=True)
    known = [(members.get(ctx.tx, row.blocked_id), row) for row in rows]
    named = {row.blocked_id: matching.participation(ctx.tx, row.blocked_id).named for row in rows}
    people = tuple(who(ctx, one, named=named[row.blocked_id]) if one else "–" for one, row in known)
    undo = ctx.p("block.undo_one", unblock=ctx.call("unblock", "1"))
    return Reply((ctx.p("block.list"), Choices(people), undo), private=True)
