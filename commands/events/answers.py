"""Who comes: answers by tap and by word, places, and the line of those who wait for one."""

from __future__ import annotations

from datetime import datetime

from commands.core import hours, letters
from commands.core.context import Context, Network, Role, holds, zone_of
from commands.core.errors import UserError
from commands.core.recurrence import Occurrence
from commands.events import calendars, cards, dates, views
from storage import events, schedule
from storage.database import Tx
from storage.events import AHEAD, Answer, Event, EventAnswer, EventState, EventTap

_IN_LINE = (Answer.GOING, Answer.WAITING)


def give(ctx: Context, event: Event, wanted: Answer) -> EventAnswer:
    """Answer for the sender, in words; what they tapped before no longer counts. Raises `UserError`."""
    need_open(ctx, event)
    events.remove_taps(ctx.tx, events.taps(ctx.tx, event.number, ctx.sender))
    return _set(ctx, event, wanted)


def tapped(ctx: Context, event: Event, wanted: Answer) -> EventAnswer | None:
    """Answer for the sender by a reaction, that of the event `ctx.tx.source`; None where it is too late."""
    if not is_open(ctx.tx, event):
        return None
    tap = EventTap(reaction=ctx.tx.source, event=event.number, user_id=ctx.sender, answer=wanted)
    events.keep_tap(ctx.tx, tap)
    return _set(ctx, event, wanted)


def untapped(ctx: Context, event: Event, tap: EventTap) -> EventAnswer | None:
    """Take the answer of a reaction back: what was tapped before it counts again, if that is still there."""
    left = [one for one in events.taps(ctx.tx, event.number, ctx.sender) if one.id != tap.id]
    counted = max((one.id or 0 for one in left), default=0) < (tap.id or 0)
    events.remove_taps(ctx.tx, [tap])
    own = events.answer(ctx.tx, event.number, ctx.sender)
    if not counted or own is None or not is_open(ctx.tx, event):
        return own
    if left:
        return _set(ctx, event, Answer(left[-1].answer))
    take_back(ctx.tx, ctx.network, event, own)
    return None


def take_back(tx: Tx, network: Network, event: Event, own: EventAnswer) -> None:
    """Forget an answer, and give the place to who waits for it."""
    calendars.take_out(tx, network, event, own)
    events.remove_answer(tx, own)
    fill_places(tx, network, event)
    cards.later(tx, event)


def skip(ctx: Context, event: Event, one: Occurrence, *, comes: bool) -> EventAnswer:
    """Say that the sender does not come to a single date of a series, or comes after all."""
    need_open(ctx, event)
    own = events.answer(ctx.tx, event.number, ctx.sender)
    if own is None or own.answer not in (Answer.GOING, Answer.WAITING, Answer.MAYBE):
        raise UserError(
            "event.not_in_series",
            event=views.reference(event, ctx.language),
            going=ctx.call("going", str(event.number)),
        )
    skips = set(own.skips) - {one.original.isoformat()}
    own.skips = sorted(skips if comes else {*skips, one.original.isoformat()})
    own.at = ctx.now
    return calendars.differs(ctx.tx, event, own)


def coming_to(tx: Tx, event: Event, original: datetime) -> list[EventAnswer]:
    """Those who come to one date of an event, in the order in which they said so."""
    found = events.answers(tx, event.number, Answer.GOING)
    return [one for one in found if original.isoformat() not in one.skips]


def is_open(tx: Tx, event: Event) -> bool:
    """Whether one can still say whether one comes."""
    return event.state in AHEAD and dates.coming(event, tx.now) is not None


def need_open(ctx: Context, event: Event) -> None:
    """Raise `UserError` where one can no longer say whether one comes, or not yet."""
    told = views.reference(event, ctx.language)
    if event.state == EventState.DRAFT:
        raise UserError("event.closed.draft", event=told, announce=ctx.call("announce", str(event.number)))
    if event.state == EventState.CANCELLED:
        raise UserError("event.closed.cancelled", event=told)
    if not is_open(ctx.tx, event):
        raise UserError("event.closed.over", event=told)


def _set(ctx: Context, event: Event, wanted: Answer) -> EventAnswer:
    tx, known = ctx.tx, events.answer(ctx.tx, event.number, ctx.sender)
    if known and (known.answer == wanted or (wanted == Answer.GOING and known.answer in _IN_LINE)):
        if not known.skips:
            return known
        known.skips, known.at = [], tx.now
        return calendars.differs(tx, event, known)
    own = EventAnswer(event=event.number, user_id=ctx.sender, answer=wanted, at=tx.now)
    if known:
        # Who comes back stands at the end of the line, which is in the order of the rows.
        own.reminders, own.calendar_sequence = known.reminders, known.calendar_sequence
        events.remove_answer(tx, known)
    if wanted == Answer.GOING and not _has_place(tx, event):
        own.answer = Answer.WAITING
    events.keep_answer(tx, own)
    fill_places(tx, ctx.network, event)
    cards.later(tx, event)
    calendars.later(tx, event)
    return own


def _has_place(tx: Tx, event: Event) -> bool:
    if event.capacity is None:
        return True
    count = events.counts(tx, event.number)
    return count.get(Answer.GOING, 0) < event.capacity and not count.get(Answer.WAITING)


def fill_places(tx: Tx, network: Network, event: Event) -> None:
    """Let those who wait the longest move up into the places that are free, and tell each of them."""
    if not is_open(tx, event):
        return
    going = events.counts(tx, event.number).get(Answer.GOING, 0)
    while event.capacity is None or going < event.capacity:
        first = events.first_waiting(tx, event.number)
        if first is None:
            return
        if not holds(tx, network, first.user_id, Role.GUEST):
            events.remove_answer(tx, first)  # they have left the network meanwhile
            continue
        first.answer = Answer.GOING
        events.keep_answer(tx, first)
        calendars.later(tx, event)
        going += 1
        _say_of_place(tx, network, event, first)


def _say_of_place(tx: Tx, network: Network, event: Event, own: EventAnswer) -> None:
    """Tell somebody of the place that they got: in the morning if they sleep and the event is not near."""
    zone, one = zone_of(tx, network, own.user_id), dates.coming(event, tx.now)
    if one and hours.asleep(tx.now, zone, one.at):
        payload = {"event": event.number, "answer": own.id}
        local = hours.morning(tx.now, zone)
        schedule.plan(tx, f"event_place:{own.id}:{local.date()}", "event_place", local, zone, payload)
    else:
        tell_of_place(tx, network, event, own.id)


def tell_of_place(tx: Tx, network: Network, event: Event, answer: int) -> None:
    """Tell whose answer this is that they got a place, if they still have it."""
    own = events.answer_by_id(tx, answer)
    comes = own is not None and own.answer == Answer.GOING and is_open(tx, event)
    if own and comes and holds(tx, network, own.user_id, Role.GUEST):
        there = letters.to_person(tx, network, own.user_id)
        letters.write(there, views.moved_up(there, event), about=own.user_id, urgent=True)


def without_leavers(tx: Tx, network: Network, event: Event) -> None:
    """Give the places of those who have left the network to others."""
    gone = [
        one for one in events.answers(tx, event.number) if not holds(tx, network, one.user_id, Role.GUEST)
    ]
    for one in gone:
        events.remove_taps(tx, events.taps(tx, event.number, one.user_id))
        take_back(tx, network, event, one)
