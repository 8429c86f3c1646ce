"""What becomes of a date of an event that is over, and of what people say of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from commands.core import hours, letters
from commands.core.context import Context, Network, Role, holds, zone_of
from commands.core.errors import UserError
from commands.core.forms import fitting
from commands.events import answers, cards, dates
from commands.events.afterwards import views
from commands.events.service import AT_ONCE, plan_end
from commands.events.training import records
from commands.events.views import reference
from storage import events, schedule, trainings
from storage.database import Tx
from storage.events import AHEAD, Event, EventFeedback, EventKind, EventMaterial, EventState

LONGEST_WORDS = 500  # characters of an answer to the questions
LONGEST_MATERIAL = 1000
MOST_MATERIAL = 20  # of one event
_NO_MORE_THANKS = timedelta(days=3)  # after the end; later nobody knows what is meant
_SUMMARY_AFTER = timedelta(days=3)
#: What one taps to say how it was, and what that means.
VERDICTS = {
    "\N{THUMBS UP SIGN}": "good",
    "\N{NEUTRAL FACE}": "fair",
    "\N{THUMBS DOWN SIGN}": "poor",
    "\N{CROSS MARK}": "absent",
}
FEEDBACK = "event_feedback"


def ended(tx: Tx, network: Network, event: Event, original: datetime, end: datetime) -> None:
    """A date of an event is over: plan the thanks and what else comes after, and look to the next date."""
    one = dates.on(event, original)
    if one is None or event.state not in AHEAD or dates.ends(event, one) != end:
        return  # it was moved or cancelled meanwhile, and the end that it has now is planned
    late = tx.now - end > _NO_MORE_THANKS
    came = answers.coming_to(tx, event, original)
    records.took_part(tx, network, event, original, [answer.user_id for answer in came])
    if event.kind != EventKind.DEADLINE and not late:
        for answer in came:
            known = events.feedback(tx, event.number, original, answer.user_id)
            if answer.user_id != event.host and known is None:
                asked = EventFeedback(event=event.number, start=original, user_id=answer.user_id, at=tx.now)
                events.keep_feedback(tx, asked)
        _plan_thanks(tx, network, event, original)
    following = dates.coming(event, tx.now)
    if following is None:
        event.state = EventState.OVER
    elif following.at - tx.now > timedelta(days=200):
        # Who came to this year's summit has not said anything about the next one.
        events.ask_anew(tx, event.number, but=event.host)
    events.keep(tx, event)
    plan_end(tx, event)
    cards.later(tx, event)


def _plan_thanks(tx: Tx, network: Network, event: Event, original: datetime) -> None:
    """Thank everybody in the next morning of their own time zone, and tell the host some days later."""
    asked = events.feedbacks(tx, event.number, original)
    zones = {zone_of(tx, network, one.user_id) for one in asked}
    for zone in sorted(zones):
        local = schedule.next_local(tx.now, zone, hours.AFTERWARDS)
        payload = {"event": event.number, "start": original.isoformat(), "zone": zone, "told": 0}
        schedule.plan(tx, _key("event_thanks", payload), "event_thanks", local, zone, payload)
    if event.host and asked:
        zone = zone_of(tx, network, event.host)
        local = schedule.next_local(tx.now + _SUMMARY_AFTER, zone, hours.AFTERWARDS)
        payload = {"event": event.number, "start": original.isoformat()}
        schedule.plan(tx, _key("event_summary", payload), "event_summary", local, zone, payload)


def _key(job: str, payload: dict[str, object]) -> str:
    return ":".join([job, *(str(part) for part in payload.values())])


def thank(tx: Tx, network: Network, event: Event, original: datetime, zone: str, told: int) -> None:
    """Thank some of those in a time zone who came, and ask how it was; the others come next."""
    asked = [
        one
        for one in sorted(events.feedbacks(tx, event.number, original), key=lambda one: one.user_id)
        if zone_of(tx, network, one.user_id) == zone
    ]
    for one in asked[told : told + AT_ONCE]:
        if holds(tx, network, one.user_id, Role.GUEST):
            there = letters.to_person(tx, network, one.user_id)
            letters.write(
                there,
                views.thanks(
                    there,
                    event,
                    has_material=bool(events.materials(tx, event.number)),
                    recorded=trainings.record(tx, event.number, original, one.user_id) is not None,
                ),
                topic=f"{FEEDBACK}:{event.number}/{original.isoformat()}",
                reactions=tuple(VERDICTS),
            )
    if len(asked) > told + AT_ONCE:
        local = tx.now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        start = original.isoformat()
        payload = {"event": event.number, "start": start, "zone": zone, "told": told + AT_ONCE}
        schedule.plan(tx, _key("event_thanks", payload), "event_thanks", local, zone, payload)


def asked(ctx: Context, reference: str) -> tuple[Event, EventFeedback] | None:
    """What the sender was asked by a message on the topic, if they were."""
    number, _, start = reference.partition("/")
    event = events.get(ctx.tx, int(number))
    found = events.feedback(ctx.tx, int(number), datetime.fromisoformat(start), ctx.sender)
    return (event, found) if event and found else None


def asked_last(ctx: Context, event: Event) -> EventFeedback:
    """What the sender was asked about an event last; raises `UserError`."""
    mine = [one for one in events.feedbacks_of(ctx.tx, ctx.sender) if one.event == event.number]
    if not mine:
        raise UserError("feedback.not_asked", event=reference(event, ctx.language))
    return mine[-1]


def keep_verdict(ctx: Context, one: EventFeedback, verdict: str) -> None:
    """Keep how somebody found it; who was not there has no line on it in their record."""
    event = events.get(ctx.tx, one.event)
    if event and verdict == "absent":
        records.was_absent(ctx.tx, event, one.start, one.user_id)
    elif event and one.verdict == "absent":
        records.took_part(ctx.tx, ctx.network, event, one.start, [one.user_id])
    one.verdict, one.at = verdict, ctx.now
    events.keep_feedback(ctx.tx, one)


def keep_words(ctx: Context, one: EventFeedback, words: str) -> None:
    """Keep what somebody takes home or would change; raises `UserError`."""
    one.words, one.at = fitting(words, LONGEST_WORDS), ctx.now
    events.keep_feedback(ctx.tx, one)


def summarise(tx: Tx, network: Network, event: Event, original: datetime) -> None:
    """Tell the host what those who came said, without their names."""
    if event.host is None or not holds(tx, network, event.host, Role.GUEST):
        return
    there = letters.to_person(tx, network, event.host)
    letters.write(there, views.summary(there, event, original, events.feedbacks(tx, event.number, original)))


def add_words(ctx: Context, event: Event, words: str) -> None:
    """Add words, such as a link, to the material of an event; raises `UserError`."""
    room_for_material(ctx, event)
    _add(ctx, event, EventMaterial(event=event.number, words=fitting(words, LONGEST_MATERIAL), at=ctx.now))


def add_file(ctx: Context, event: Event, name: str, content_type: str, data: bytes) -> None:
    """Add a file to the material of an event; raises `UserError`."""
    room_for_material(ctx, event)
    file = EventMaterial(event=event.number, name=name, content_type=content_type, data=data, at=ctx.now)
    _add(ctx, event, file)


def room_for_material(ctx: Context, event: Event) -> None:
    """Raise `UserError` if an event has as much material as it may."""
    if len(events.materials(ctx.tx, event.number)) >= MOST_MATERIAL:
        raise UserError("material.too_many", event=reference(event, ctx.language), most=str(MOST_MATERIAL))


def _add(ctx: Context, event: Event, material: EventMaterial) -> None:
    material.by = ctx.sender
    events.keep_material(ctx.tx, material)
    # Those who were thanked already are told, once for all that comes until the morning.
    local = schedule.next_local(ctx.now, ctx.network.timezone, hours.AFTERWARDS)
    key = f"event_material:{event.number}:{local.date()}"
    schedule.plan(
        ctx.tx, key, "event_material", local, ctx.network.timezone, {"event": event.number, "told": 0}
    )


def tell_of_material(tx: Tx, network: Network, event: Event, told: int) -> None:
    """Tell some of those who came to the last date that there is material; the others come next."""
    last = events.last_feedback(tx, event.number)
    came = sorted(one.user_id for one in events.feedbacks(tx, event.number, last)) if last else []
    for user in came[told : told + AT_ONCE]:
        if holds(tx, network, user, Role.GUEST):
            there = letters.to_person(tx, network, user)
            letters.write(there, views.new_material(there, event))
    if len(came) > told + AT_ONCE:
        payload = {"event": event.number, "told": told + AT_ONCE}
        key = f"event_material:{event.number}:{tx.now.date()}:{told + AT_ONCE}"
        schedule.plan(tx, key, "event_material", tx.now.replace(tzinfo=None), "UTC", payload)
