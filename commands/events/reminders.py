"""Reminders of who comes: in good time, each once, none for what was moved away or cancelled.

The clock looks at an event at every moment at which somebody wants to be reminded of one of its dates, and
then knows the next such moment. Who is to be reminded is decided at that moment and not before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from commands.core import hours, letters
from commands.core.context import Context, Network, Role, holds, zone_of
from commands.core.days import spelled
from commands.core.errors import UserError
from commands.core.recurrence import Occurrence
from commands.events import dates, views
from storage import events, schedule
from storage.database import Tx
from storage.events import AHEAD, Answer, Event, EventAnswer

USUAL = (7 * 24 * 60, 24 * 60, 60)  # minutes before (`DOMAIN.md`, Events)
EARLIEST = 60 * 24 * 60  # minutes
MOST = 5  # reminders of one date for one person
AT_ONCE = 50  # people in one transaction
_DAY = 24 * 60
_SPAN = re.compile(r"([0-9]{1,3}) @(week|day|hour|minute)")
_DAY_BEFORE = re.compile(r"(the )?day before|(am )?(vortag|tag (zuvor|vorher|davor))|tags (zuvor|davor)")
_MINUTES = {"week": 7 * _DAY, "day": _DAY, "hour": 60, "minute": 1}


# --- what people want


def read(typed: str, ctx: Context) -> list[int]:
    """How many minutes before one wants to be reminded, the earliest first: `2 days`, `1 Woche, 1 Stunde`.

    Raises `UserError`.
    """
    parts = [part for part in re.split(r"[,;+]|\band\b|\bund\b", typed.casefold()) if part.strip()]
    found = {_minutes(part, ctx) for part in parts}
    if not found or len(found) > MOST:
        raise _unknown(typed, ctx)
    return sorted(found, reverse=True)


def _minutes(typed: str, ctx: Context) -> int:
    if _DAY_BEFORE.fullmatch(typed.strip()):
        return _DAY
    span = _SPAN.fullmatch(re.sub(r"@o1|\b(before|vorher|davor)\b", "", spelled(typed)).strip())
    minutes = int(span[1]) * _MINUTES[span[2]] if span else 0
    if not 0 < minutes <= EARLIEST:
        raise _unknown(typed, ctx)
    return minutes


def _unknown(typed: str, ctx: Context) -> UserError:
    off = ctx.texts.raw("event.reminders.words.off").split("|")[0]
    return UserError("event.reminders.unknown", typed=typed.strip()[:60], off=off)


def choose(ctx: Context, event: Event, own: EventAnswer, wanted: list[int] | None) -> None:
    """Have the sender reminded so many minutes before; None for what is usual."""
    own.reminders = wanted
    events.keep_answer(ctx.tx, own)
    plan_next(ctx.tx, event, ctx.now)


def of(own: EventAnswer) -> list[int]:
    """How many minutes before somebody is reminded."""
    return list(USUAL) if own.reminders is None else own.reminders


# --- what the clock does


def plan_next(tx: Tx, event: Event, after: datetime) -> None:
    """Have the clock look at an event at the next moment after `after` at which somebody may be reminded."""
    if event.state not in AHEAD:
        return
    offsets = {*USUAL, *events.own_reminders(tx, event.number)}
    moments = (moment for _, _, moment in _all(event, offsets, after) if moment > after)
    if moment := min(moments, default=None):
        _plan(tx, event, moment, {})


def _plan(tx: Tx, event: Event, moment: datetime, more: dict[str, Any]) -> None:
    named = moment.isoformat()
    key = ":".join(["event_remind", str(event.number), named, *(str(part) for part in more.values())])
    payload = {"event": event.number, "moment": named, **more}
    if zone := more.get("zone"):
        local = hours.morning(tx.now, zone)
        schedule.plan(tx, key, "event_remind", local, zone, payload)
    else:
        due = max(moment, tx.now) if more else moment
        schedule.plan(tx, key, "event_remind", due.replace(tzinfo=None), "UTC", payload)


def _all(event: Event, offsets: set[int], after: datetime) -> Iterator[tuple[Occurrence, int, datetime]]:
    """The dates that may be reminded of after a moment, each with how early, and when that is."""
    if not offsets:
        return
    series, earliest = dates.series(event), timedelta(minutes=max(offsets))
    found = series.between(after, after + earliest + timedelta(days=1))
    if later := series.next(after + earliest + timedelta(days=1)):
        found.append(later)
    before = {one.original: previous for previous, one in pairwise(found)}
    for one in found:
        for offset in offsets:
            moment = _moment(one, offset)
            # Nobody needs to hear of the next date before this one was.
            if one.original not in before or moment > before[one.original].at:
                yield one, offset, moment


def _moment(one: Occurrence, offset: int) -> datetime:
    """So many minutes before a date; whole days before it at the same hour by its clock."""
    if offset % _DAY == 0:
        return schedule.instant(one.local - timedelta(minutes=offset), one.timezone)
    return one.at - timedelta(minutes=offset)


def remind(tx: Tx, network: Network, event: Event, payload: dict[str, Any]) -> None:
    """Remind some of those for whom it is the moment; the others come in the next transaction."""
    moment = datetime.fromisoformat(payload["moment"])
    zone, after = payload.get("zone"), payload.get("after", 0)
    if event.state not in AHEAD:
        return
    due = _due(tx, event, moment)
    part = events.answers_after(tx, event.number, Answer.GOING, after, AT_ONCE) if due else []
    # A tap answers for all dates of a series, which under the reminder of one would be a surprise.
    topic = None if event.rrule else views.topic(event)
    nights: set[str] = set()
    for own in part:
        here = zone_of(tx, network, own.user_id)
        if zone not in (None, here) or not holds(tx, network, own.user_id, Role.GUEST):
            continue
        for one, offset in _wanted(tx, event, own, due, moment):
            if zone is None and offset >= _DAY and hours.asleep(tx.now, here, one.at):
                nights.add(here)
            else:
                there = letters.to_person(tx, network, own.user_id)
                told = views.reminder(there, event, one)
                letters.write(there, told, topic=topic, about=own.user_id, urgent=True)
    for night in sorted(nights):
        _plan(tx, event, moment, {"zone": night})
    if len(part) == AT_ONCE:
        _go_on(tx, event, payload, part[-1].id)
    elif zone is None:
        plan_next(tx, event, moment)


def _go_on(tx: Tx, event: Event, payload: dict[str, Any], after: int) -> None:
    payload = {**payload, "after": after}
    key = f"event_remind:{event.number}:{payload['moment']}:{payload.get('zone', '')}:{after}"
    schedule.plan(tx, key, "event_remind", tx.now.replace(tzinfo=None), "UTC", payload)


def _due(tx: Tx, event: Event, moment: datetime) -> list[tuple[Occurrence, int]]:
    """The dates still ahead of which a moment reminds, and how early that is."""
    offsets = {*USUAL, *events.own_reminders(tx, event.number)}
    before = moment - timedelta(seconds=1)
    return [(one, n) for one, n, at in _all(event, offsets, before) if at == moment and one.at > tx.now]


def _wanted(
    tx: Tx, event: Event, own: EventAnswer, due: list[tuple[Occurrence, int]], moment: datetime
) -> Iterator[tuple[Occurrence, int]]:
    """What somebody is to be reminded of by this moment.

    Of several moments that passed while the program was away only the last one counts.
    """
    mine = of(own)
    for one, offset in due:
        if offset not in mine or one.original.isoformat() in own.skips or own.at > moment:
            continue
        later = (_moment(one, other) for other in mine if other < offset)
        if not any(moment < other <= tx.now for other in later):
            yield one, offset
