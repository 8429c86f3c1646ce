"""How offers, needs and people to meet look."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from commands.core.context import Context
from commands.core.nodes import Block, Choices, Entries, Inline, em, span, strong
from commands.core.reply import Reply
from commands.core.values import size_class
from commands.matching.rules import Reasons, Sort
from commands.matching.service import Match
from config.countries import country_name
from config.languages import language_name
from config.themes import themes
from storage import members
from storage.matching import BlockedPerson, Participation
from storage.matching import participation as participation_of
from storage.members import Member, Side

_MOST_REASONS = 2  # of a kind


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


def kept(ctx: Context, side: Side, number: int, theme: str, words: str) -> Reply:
    """That a line is kept, and what to do next."""
    ctx = ctx.privately()
    told = ctx.p(
        f"matching.{side}.kept", number=str(number), theme=strong(_label(ctx, theme)), text=em(words)
    )
    after = ctx.p("matching.after", match=ctx.call("match"), list=ctx.call(f"{side}s"))
    return Reply((told, after), private=True, about=ctx.sender)


def removed(ctx: Context, side: Side, theme: str, words: str) -> Reply:
    """That a line is gone, with its words, so that an error can be mended."""
    ctx = ctx.privately()
    told = ctx.p(f"matching.{side}.removed", theme=_label(ctx, theme), text=em(words))
    return Reply((told,), private=True, about=ctx.sender)


# --- taking part


def participation(ctx: Context, row: Participation) -> Reply:
    """How the sender takes part, and how to change it."""
    ctx = ctx.privately()
    word = {
        name: ctx.texts.raw(f"matching.words.{name}").split("|")[0]
        for name in ("on", "off", "named", "nameless")
    }
    until = ctx.texts.get("matching.until_example")
    if not row.takes_part:
        told = ctx.p("matching.is_off", on=ctx.call("matching", word["on"]))
        return Reply((told,), private=True, about=ctx.sender)
    if row.snoozed_until and not row.active(ctx.now):
        day = row.snoozed_until.astimezone(ZoneInfo(ctx.timezone)).date()
        told = ctx.p(
            "matching.is_snoozed",
            day=strong(ctx.texts.date(day, weekday=True)),
            on=ctx.call("matching", word["on"]),
        )
        return Reply((told,), private=True, about=ctx.sender)
    how = ctx.p(
        "matching.how_leave", off=ctx.call("matching", word["off"]), snooze=ctx.call("matching", until)
    )
    name = (
        ctx.p("matching.is_named", nameless=ctx.call("matching", word["nameless"]))
        if row.named
        else ctx.p("matching.is_nameless", named=ctx.call("matching", word["named"]))
    )
    return Reply((ctx.p("matching.is_on"), name, how), private=True, about=ctx.sender)


# --- people to meet


def matches(ctx: Context, found: list[Match]) -> Reply:
    """The few to meet, by numbers, each with its reasons."""
    ctx = ctx.privately()
    missing = [
        ctx.p(f"match.no_{side}s", add=ctx.call(side, ctx.texts.raw(f"command.{side}.example")))
        for side in ("need", "offer")
        if not members.lines(ctx.tx, ctx.sender, "need" if side == "need" else "offer")
    ]
    if not found:
        return Reply((ctx.p("match.nobody", who=ctx.call("who")), *missing), private=True)
    entries = tuple(
        (span(strong(f"{number}. "), who(ctx, one.member, named=one.named)), *reasons(ctx, one.why))
        for number, one in enumerate(found, 1)
    )
    blocks: list[Block] = [ctx.p("match.found"), Entries(entries), *missing]
    about = found[0].member.user_id if len(found) == 1 else None
    return Reply((*blocks, ctx.p("match.block", block=ctx.call("block", "1"))), private=True, about=about)


def who(ctx: Context, member: Member, *, named: bool) -> Inline:
    """Someone by name and place, or only by what does not give them away."""
    kind = ctx.texts.get(f"choice.register.kind.{member.kind}")
    country = country_name(member.country, ctx.language)
    if named:
        return span(strong(member.name), f" · {member.organisation} · {member.city}, {country}")
    size = f" ({size_class(member.population).upper()})" if member.population else ""
    return span(strong(ctx.texts.get("match.nameless")), f" · {kind}{size} · {country}")


def reasons(ctx: Context, why: Reasons) -> list[Inline]:
    """Why two should meet, a line for each reason, the strongest first."""
    told: list[Inline] = []
    if why.sort in (Sort.MUTUAL, Sort.GETS, Sort.GIVES, Sort.NEW):
        told.append(em(ctx.t(f"match.sort.{why.sort}")))
    told += [
        ctx.t("match.gets", need=one.need.text, offer=one.offer.text) for one in why.gets[:_MOST_REASONS]
    ]
    # What others need is theirs to tell: of it only the theme is said.
    told += [
        ctx.t("match.gives", theme=_label(ctx, one.need.theme), offer=one.offer.text)
        for one in why.gives[:_MOST_REASONS]
    ]
    for text, field in (("match.their_field", why.their_field), ("match.our_field", why.our_field)):
        if field:
            told.append(ctx.t(text, themes=_themes(ctx, field)))
    common = [theme for theme in why.themes if theme not in (*why.their_field, *why.our_field)]
    if common:
        told.append(ctx.t("match.common", themes=_themes(ctx, tuple(common))))
    spoken = ctx.texts.list([language_name(code, ctx.language) for code in why.languages])
    return [*told, ctx.t("match.languages", languages=spoken)]


def _themes(ctx: Context, found: tuple[str, ...]) -> str:
    return ctx.texts.list([_label(ctx, theme) for theme in found])


# --- whom one does not want to meet


def block(ctx: Context, person: Member, *, named: bool, new: bool) -> Reply:
    """That somebody will not be proposed any more, and that they are not told."""
    ctx = ctx.privately()
    told = ctx.p("block.done" if new else "block.already", who=who(ctx, person, named=named))
    return Reply((told, ctx.p("block.undo", list=ctx.call("block"))), private=True, about=person.user_id)


def unblock(ctx: Context, *, known: bool) -> Reply:
    """That a block is taken back, or that there was none."""
    return Reply((ctx.privately().p("unblock.done" if known else "unblock.none"),), private=True)


def blocked(ctx: Context, rows: list[BlockedPerson]) -> Reply:
    """Whom the sender has blocked, by numbers."""
    ctx = ctx.privately()
    if not rows:
        example = ctx.call("block", ctx.texts.raw("command.block.example"))
        return Reply((ctx.p("block.nobody_yet", block=example),), private=True)
    known = [(members.get(ctx.tx, row.blocked_id), row) for row in rows]
    named = {row.blocked_id: participation_of(ctx.tx, row.blocked_id).named for row in rows}
    people = tuple(who(ctx, one, named=named[row.blocked_id]) if one else "–" for one, row in known)
    undo = ctx.p("block.undo_one", unblock=ctx.call("unblock", "1"))
    return Reply((ctx.p("block.list"), Choices(people), undo), private=True)
