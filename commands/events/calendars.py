"""Calendar files of events: one for everybody who comes, kept up to date, and one of all together."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from commands.core import calendar, hours, letters
from commands.core.calendar import Entry
from commands.core.context import Network, Role, holds, zone_of
from commands.events import dates, views
from config.texts import texts
from storage import events, files, schedule
from storage.database import Tx
from storage.events import AHEAD, Answer, Event, EventAnswer, EventState

SETTLE = 5  # seconds in which answers and changes gather, so that each gets one file
_AWAKE = timedelta(minutes=1)  # for which who has answered is surely awake
AT_ONCE = 50  # people in one transaction
KEPT = timedelta(days=60)  # for which what was cancelled stays in the file of all


def later(tx: Tx, event: Event) -> None:
    """Send the file, in a moment, to those who come and don't have it as it is now."""
    beat = (int(tx.now.timestamp()) // SETTLE + 1) * SETTLE
    due = datetime.fromtimestamp(beat, UTC)
    if _plan(tx, event, due, str(beat)) != "waiting":
        _plan(tx, event, due, tx.source)  # the clock was set back


def _plan(tx: Tx, event: Event, due: datetime, cause: str, after: int = 0) -> str:
    key = f"event_calendar:{event.number}:{cause}:{after}"
    payload = {"event": event.number, "cause": cause, "after": after}
    return schedule.plan(tx, key, "event_calendar", due.replace(tzinfo=None), "UTC", payload).state


def differs(tx: Tx, event: Event, own: EventAnswer) -> EventAnswer:
    """Keep an answer that is for other dates than the file that somebody has, and send them another."""
    if own.calendar_sequence is not None:
        own.calendar_sequence = -1
        later(tx, event)
    return events.keep_answer(tx, own)


def take_out(tx: Tx, network: Network, event: Event, own: EventAnswer) -> None:
    """Send somebody whose answer is about to be forgotten what takes the event out of their calendar."""
    if own.calendar_sequence is not None and holds(tx, network, own.user_id, Role.GUEST):
        _send(tx, network, event, own, "CANCEL")


def send_some(tx: Tx, network: Network, event: Event, cause: str, after: int) -> None:
    """Send the file to some of those who are to have it; the others get theirs in the next transaction.

    Who no longer comes gets one that takes the event out of the calendar. Who sleeps gets theirs in the
    morning, unless the date is near.
    """
    one = dates.coming(event, tx.now)
    new = event.state in AHEAD and one is not None
    part = events.without_calendar(tx, event.number, event.sequence, after, AT_ONCE, new=new)
    for own in part:
        zone = zone_of(tx, network, own.user_id)
        if one and tx.now - own.at > _AWAKE and hours.asleep(tx.now, zone, one.at):
            morning = hours.morning(tx.now, zone)
            _plan(tx, event, schedule.instant(morning, zone), f"{zone}:{morning.date()}")
        elif holds(tx, network, own.user_id, Role.GUEST):
            off = event.state == EventState.CANCELLED or own.answer == Answer.NOT_GOING
            _send(tx, network, event, own, "CANCEL" if off else "PUBLISH")
    if len(part) == AT_ONCE:
        _plan(tx, event, tx.now, cause, part[-1].id)


def _send(tx: Tx, network: Network, event: Event, own: EventAnswer, method: calendar.Method) -> None:
    there = letters.to_person(tx, network, own.user_id)
    changed = max(event.updated_at, own.at)
    skipped = {datetime.fromisoformat(one) for one in own.skips}
    shown = entry(event, there.language, network.name, changed=changed, skipped=skipped)
    key = "event.calendar.file" if own.calendar_sequence is None else "event.calendar.changed"
    if method == "CANCEL":
        shown, key = replace(shown, status="CANCELLED"), "event.calendar.cancelled"
    told = there.texts.get(key, event=views.reference(event, there.language))
    files.send(
        tx,
        own.user_id,
        calendar.invitation(shown, method=method),
        content_type="text/calendar",
        filename=f"{there.texts.get('event.calendar.name')}-{event.number}.ics",
        content={"msgtype": "m.file", "body": told, "m.mentions": {}},
        about=own.user_id,
    )
    own.calendar_sequence = None if own.answer == Answer.NOT_GOING else event.sequence
    events.keep_answer(tx, own)


def entry(
    event: Event,
    language: str,
    network: str,
    *,
    changed: datetime | None = None,
    skipped: AbstractSet[datetime] = frozenset(),
    link: bool = True,
) -> Entry:
    """An event of a network (its name) as calendars have it; without its link where everybody may read."""
    shown = event.link if link else None
    summary = event.summary.get(language) or next(iter(event.summary.values()))
    return Entry(
        uid=event.uid,
        sequence=event.sequence,
        summary=views.title(event, language),
        description="\n\n".join(part for part in (summary, shown) if part),
        location=event.place or shown or "",
        url=shown if shown and shown.startswith(("https://", "http://")) else "",
        organizer=network,
        start=event.start,
        timezone=event.timezone,
        duration=timedelta(minutes=event.minutes) if event.minutes else None,
        rrule=event.rrule,
        moved=event.moved_dates,
        cancelled=event.cancelled_dates | skipped,
        changed_at=changed or event.updated_at,
        status="CANCELLED" if event.state == EventState.CANCELLED else "CONFIRMED",
    )


def everything(tx: Tx, network: str, language: str) -> bytes:
    """The calendar of all announced events of a network that are ahead, and of what was cancelled lately.

    Nothing in it is about a person, and nobody gets into a meeting by it: links are left out.
    """
    found = events.not_over(tx, (*AHEAD, EventState.CANCELLED))
    shown = [
        entry(event, language, network, link=False)
        for event in found
        if event.state in AHEAD or (events.cards(tx, event.number) and tx.now - event.updated_at < KEPT)
    ]
    name = texts(language).get("event.calendar.of_network", network=network)
    return calendar.invitation(*shown, name=name)
