"""How rounds look to members, to moderators and in the hub room."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from commands.core.context import Context, Role
from commands.core.nodes import Block, Bullets, Code, Inline, strong
from commands.core.reply import Reply
from commands.matching.rounds.outcome import Outcome
from storage import matching, members, rounds
from storage.rounds import Round, RoundState


def state(ctx: Context, row: Round, *, begins: datetime, moderating: bool) -> Reply:
    """When the next round is and whether the sender takes part; for moderators what they can do about it."""
    ctx = ctx.privately()
    under_way = row.state in (RoundState.DRAWING, RoundState.SENDING)
    if row.state == RoundState.OFF:
        blocks: list[Block] = [ctx.p("round.is_off")]
    elif under_way:
        blocks = [ctx.p("round.is_under_way")]
    else:
        blocks = [ctx.p("round.next", day=strong(_day(ctx, begins)))]
        blocks += _own_part(ctx, begins)
    if moderating:
        blocks += _for_moderators(ctx, row)
    return Reply(tuple(blocks), private=True, about=ctx.sender)


def _own_part(ctx: Context, begins: datetime) -> list[Block]:
    if not ctx.holds(Role.MEMBER):
        return [ctx.p("round.register", register=ctx.call("register"))]
    part = matching.participation(ctx.tx, ctx.sender)
    if not part.takes_part:
        return [ctx.p("round.without_you", on=_matching(ctx, "on"))]
    if not part.active(max(begins, ctx.now)):
        return [ctx.p("round.while_you_pause", on=_matching(ctx, "on"))]
    day_after = ctx.texts.date((begins + timedelta(days=1)).date())
    snooze = _matching(ctx, "snooze", _word(ctx, "until"), day_after)
    blocks: list[Block] = [ctx.p("round.with_you", off=_matching(ctx, "off"), snooze=snooze)]
    if not any(members.lines(ctx.tx, ctx.sender, side) for side in ("offer", "need")):
        blocks.append(ctx.p("round.say_what_you_need", need=ctx.call("need"), offer=ctx.call("offer")))
    return blocks


def _matching(ctx: Context, wish: str, *further: str) -> Code:
    return ctx.call("matching", " ".join((_word(ctx, wish), *further)))


def _word(ctx: Context, name: str) -> str:
    return ctx.texts.raw(f"matching.words.{name}").split("|")[0]


def _for_moderators(ctx: Context, row: Round) -> list[Block]:
    told: list[Inline] = [ctx.n("round.take_part", rounds.count_taking_part(ctx.tx, ctx.network.hub_room))]
    if row.state == RoundState.PLANNED and row.announced_at:
        told.append(ctx.t("round.announced", day=_day(ctx, row.announced_at)))
    if last := rounds.latest(ctx.tx, over=True):
        told += _what_came(ctx, last)
    can: list[Inline] = []
    if row.state in (RoundState.DRAWING, RoundState.SENDING):
        can.append(ctx.t("round.how_stop", off=ctx.call("round off")))
    else:
        example = ctx.texts.date((ctx.now + timedelta(weeks=3)).date())
        can += [
            ctx.t("round.how_preview", preview=ctx.call("round preview")),
            ctx.t("round.how_next", next=ctx.call("round next", example)),
            ctx.t("round.how_now", now=ctx.call("round now")),
        ]
        if row.state == RoundState.OFF:
            can.append(ctx.t("round.how_on", on=ctx.call("round on")))
        else:
            can.append(ctx.t("round.how_off", off=ctx.call("round off")))
    return [Bullets(tuple(told)), ctx.p("round.you_can"), Bullets(tuple(can))]


def _what_came(ctx: Context, last: Round) -> list[Inline]:
    states = rounds.introduced(ctx.tx, last.id or 0)
    day = _day(ctx, datetime.fromisoformat(last.local_time), weekday=False)
    told = [
        ctx.t(
            "round.last",
            day=day,
            peers=ctx.n("round.people", last.peers),
            groups=ctx.n("round.conversations", last.pairs + last.threes),
        )
    ]
    if states:
        told.append(
            ctx.t(
                "round.answers",
                begun=ctx.texts.number(states.get("accepted", 0)),
                open=ctx.texts.number(states.get("open", 0)),
            )
        )
    return told


def is_set(ctx: Context, begins: datetime, told: datetime) -> Reply:
    """To moderators: when the next round is, and when the hub hears of it."""
    ctx = ctx.privately()
    said = ctx.p("round.set", day=strong(_day(ctx, begins)), told=_day(ctx, told))
    return Reply((said,), private=True)


def is_off(ctx: Context) -> Reply:
    """To moderators: that there are no rounds now."""
    ctx = ctx.privately()
    return Reply((ctx.p("round.switched_off", on=ctx.call("round on")),), private=True)


def begins(ctx: Context) -> Reply:
    """That a round begins now."""
    ctx = ctx.privately()
    return Reply((ctx.p("round.begins", round=ctx.call("round")),), private=True)


def preview_comes(ctx: Context) -> Reply:
    """That a preview is being worked out."""
    return Reply((ctx.privately().p("round.preview_comes"),), private=True)


def preview(ctx: Context, outcome: Outcome) -> tuple[Block, ...]:
    """How many would meet, in numbers only."""
    told: list[Inline] = [ctx.n("round.would_meet", outcome.count(2) + outcome.count(3))]
    if threes := outcome.count(3):
        told.append(ctx.n("round.of_three", threes))
    for sorts, text in (
        (("mutual",), "round.both_help"),
        (("gets", "gives"), "round.one_helps"),
        (("same_need", "field", "common"), "round.in_common"),
    ):
        if count := outcome.count_of(*sorts):
            told.append(ctx.n(text, count))
    alone = outcome.count(1)
    told.append(ctx.n("round.would_be_alone", alone) if alone else ctx.t("round.nobody_alone"))
    return (
        ctx.p("round.preview", peers=ctx.n("round.people", outcome.peers)),
        Bullets(tuple(told)),
        ctx.p("round.preview_only", now=ctx.call("round now")),
    )


def announcement(hub: Context, begins: datetime, instead_of: datetime | None) -> tuple[Block, ...]:
    """In the hub room: when the round is, what it is, and how to take part or not."""
    day = strong(_day(hub, begins))
    if instead_of:
        return (hub.p("round.moved", day=day, before=_day(hub, instead_of)),)
    apart = replace(hub, aside=True)  # whether somebody takes part is nobody else's business
    calls = {name: apart.call(name) for name in ("need", "offer", "round")}
    return (
        hub.p("round.announcement", day=day),
        hub.p("round.how_to", off=_matching(apart, "off"), **calls),
    )


def called_off(hub: Context, begins: datetime) -> tuple[Block, ...]:
    """In the hub room: that an announced round does not take place."""
    return (hub.p("round.called_off", day=_day(hub, begins), match=hub.call("match")),)


def stopped(hub: Context, begins: datetime) -> tuple[Block, ...]:
    """In the hub room: that nobody else is asked in a round that has begun."""
    return (hub.p("round.stopped", day=_day(hub, begins, weekday=False), match=hub.call("match")),)


def begins_early(hub: Context, begins: datetime) -> tuple[Block, ...]:
    """In the hub room: that an announced round takes place now."""
    return (hub.p("round.begins_early", day=_day(hub, begins)),)


def begun(hub: Context, begins: datetime, count: int) -> tuple[Block, ...]:
    """In the hub room, after a round: how many conversations have begun."""
    day = _day(hub, begins, weekday=False)
    return (hub.p("round.begun", conversations=hub.n("round.conversations", count), day=day),)


def alone(to: Context) -> tuple[Block, ...]:
    """To somebody for whom there was nobody this time."""
    return (to.p("round.alone", match=to.call("match"), need=to.call("need"), offer=to.call("offer")),)


def _day(ctx: Context, moment: datetime, *, weekday: bool = True) -> str:
    there = moment.astimezone(ZoneInfo(ctx.network.timezone)) if moment.tzinfo else moment
    return ctx.texts.date(there.date(), weekday=weekday)
