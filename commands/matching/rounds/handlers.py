"""What members and moderators type about rounds."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from commands.core import dialog, values
from commands.core.arguments import Args, ArgumentError, Rest
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.registry import command
from commands.core.reply import Reply
from commands.matching.rounds import forms, service, views
from storage.rounds import Round, RoundState

_FARTHEST = timedelta(days=366)


@command("round")
def round_(ctx: Context) -> Reply:
    """Show when members are brought together next, and whether one takes part."""
    row = service.current(ctx.tx, ctx.network)
    return _state(ctx, row)


class NextArgs(Args):
    """`!round next 2027-01-15`"""

    new_day: Rest = ""


@command("round next", requires=Role.MODERATOR)
def round_next(ctx: Context, args: NextArgs) -> Reply:
    """Set the day of the next round."""
    row = _not_under_way(ctx)
    if not args.new_day.strip():
        return _state(ctx, row)
    day = values.day(args.new_day, ctx)
    zone = ZoneInfo(ctx.network.timezone)
    today = ctx.now.astimezone(zone).date()
    if day <= today:
        raise ArgumentError("round.past", day=ctx.texts.date(day, weekday=True), now=ctx.call("round now"))
    if day - today > _FARTHEST:
        raise ArgumentError("round.too_far", day=ctx.texts.date(day, weekday=True))
    told = service.set_for(ctx.tx, ctx.network, row, datetime.combine(day, time(service.HOUR)))
    return views.is_set(ctx, service.moment(row), told)


@command("round preview", requires=Role.MODERATOR, private=True)
def round_preview(ctx: Context) -> Reply:
    """Have it worked out how many would meet if the round were now; nobody else hears of it."""
    row = _not_under_way(ctx)
    forms.startable(ctx)
    row.wanted_by = [*(one for one in row.wanted_by if one != ctx.sender), ctx.sender]
    ctx.tx.flush()
    return views.preview_comes(ctx)


@command("round now", requires=Role.MODERATOR, private=True)
def round_now(ctx: Context) -> Reply:
    """Begin a round at once; asks first."""
    forms.startable(ctx)
    return dialog.start(ctx, forms.NOW)


@command("round off", requires=Role.MODERATOR)
def round_off(ctx: Context) -> Reply:
    """Have no more rounds for now; one that is under way asks nobody else."""
    row = service.current(ctx.tx, ctx.network)
    if row.state != RoundState.OFF:
        service.put_off(ctx.tx, ctx.network, row)
    return views.is_off(ctx)


@command("round on", requires=Role.MODERATOR)
def round_on(ctx: Context) -> Reply:
    """Have rounds again, once a month."""
    row = _not_under_way(ctx)
    if row.state != RoundState.OFF:
        return _state(ctx, row)
    told = service.take_up(ctx.tx, ctx.network, row)
    return views.is_set(ctx, service.moment(row), told)


def _state(ctx: Context, row: Round) -> Reply:
    return views.state(ctx, row, begins=service.moment(row), moderating=ctx.holds(Role.MODERATOR))


def _not_under_way(ctx: Context) -> Round:
    row = service.current(ctx.tx, ctx.network)
    if row.state in (RoundState.DRAWING, RoundState.SENDING):
        raise UserError("round.under_way", off=ctx.call("round off"))
    return row
