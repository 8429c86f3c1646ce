"""Making events, changing them, moving and cancelling them, and who may."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from commands.core import hours, letters
from commands.core.context import Context, Network, Role, holds, zone_of
from commands.core.errors import UserError
from commands.core.forms import Answers
from commands.core.recurrence import Occurrence, Series, moved_along, moved_rule
from commands.events import answers, calendars, cards, dates, reminders, rules, views
from config.languages import CONTENT_LANGUAGES
from config.words import fold, spellings
from storage import events, members, rooms, schedule
from storage.database import Tx
from storage.events import AHEAD, Answer, Event, EventState
from storage.rooms import Room
from storage.search import detect_language

AT_ONCE = 50  # people who are told something in one transaction
_FIELDS = ("kind", "place", "link", "capacity")
#: What calendars should hear of when it changes.
_IN_CALENDARS = ("title", "summary", "minutes", "place", "link")


# --- who may


def may_make(ctx: Context) -> bool:
    """Whether the sender may make events."""
    allowed = events.organiser(ctx.tx, ctx.sender) is not None and ctx.holds(Role.GUEST)
    return Role.MODERATOR in ctx.roles or allowed


def may_edit(ctx: Context, event: Event) -> bool:
    """Whether the sender may change an event: its host, and moderators."""
    return Role.MODERATOR in ctx.roles or (event.host == ctx.sender and ctx.holds(Role.GUEST))


def visible(ctx: Context, number: int) -> Event:
    """The event of this number, if the sender may see it; raises `UserError`."""
    event = events.get(ctx.tx, number)
    if event is None or (event.state == EventState.DRAFT and not may_edit(ctx, event)):
        raise UserError("event.none_there", number=f"#{number}", events=ctx.call("events"))
    return event


def editable(ctx: Context, number: int) -> Event:
    """The event of this number, if the sender may change it; raises `UserError`."""
    event = visible(ctx, number)
    if not may_edit(ctx, event):
        told = views.name(ctx, event.host) if event.host else ctx.moderators()
        raise UserError("event.not_yours", event=views.reference(event, ctx.language), host=told)
    return event


def changeable(ctx: Context, number: int) -> Event:
    """The same, if it still lies ahead."""
    event = editable(ctx, number)
    if event.state in (EventState.OVER, EventState.CANCELLED):
        raise UserError(f"event.closed.{event.state}", event=views.reference(event, ctx.language))
    return event


def person(ctx: Context, typed: str) -> str:
    """The one person in the main room whom a name or a Matrix id means; raises `UserError`."""
    typed = typed.strip()
    here = {one.user_id: one.display_name or "" for one in rooms.people(ctx.tx, ctx.network.hub_room)}
    here.pop(ctx.network.user_id, None)
    if typed in here:
        return typed
    names = {user_id: [shown] for user_id, shown in here.items()}
    for member in members.everyone(ctx.tx):
        if member.user_id in names:
            names[member.user_id].append(member.name)
    keys = spellings(typed) - {""}
    found = [user for user, known in names.items() if any(keys & spellings(one) for one in known if one)]
    if not found:
        begun = f" {fold(typed)}"
        found = [
            user for user, known in names.items() if any(begun in f" {fold(one)}" for one in known if one)
        ]
    if len(found) == 1 and keys:
        return found[0]
    if found and keys:
        meant = ctx.texts.list([f"{views.name(ctx, one)} ({one})" for one in found[:5]], "or")
        raise UserError("event.person_several", typed=typed[:60], meant=meant)
    raise UserError("event.person_unknown", typed=typed[:60], hub=ctx.hub())


# --- making and changing


def make(ctx: Context, read: Answers) -> Event:
    """Make an event from the answers of the form, as a draft."""
    event = Event(
        uid=f"{hashlib.sha256(ctx.tx.source.encode()).hexdigest()[:24]}@{ctx.network.server}",
        kind=read["kind"],
        title={},
        summary={},
        start=ctx.now.replace(tzinfo=None),
        timezone=ctx.network.timezone,
        minutes=0,
        host=ctx.sender,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    _take_time(event, read["when"])
    _take(ctx, event, read)
    event.last_at = dates.last_ends(event)
    events.keep(ctx.tx, event)
    _tell_host(ctx, event)
    return event


def _tell_host(ctx: Context, event: Event) -> None:
    """Tell who hosts an event now, unless they said so themselves."""
    if event.host and event.host != ctx.sender:
        there = letters.to_person(ctx.tx, ctx.network, event.host)
        letters.write(there, views.you_host(there, event, ctx.sender), about=ctx.sender)


def _take_time(event: Event, when: dict[str, Any]) -> None:
    event.start = datetime.fromisoformat(when["local"])
    event.timezone, event.rrule = when["timezone"], when["rrule"]


def _take(ctx: Context, event: Event, read: Answers) -> None:
    """Take what was filled in over into the event; None empties an optional field."""
    for field in _FIELDS:
        if field in read:
            setattr(event, field, read[field])
    if "themes" in read:
        event.themes = read["themes"] or []
    if "host" in read:
        event.host = read["host"] or event.host
    if "duration" in read:
        event.minutes = rules.minutes(event.start, read["duration"])
    _take_words(ctx, event, read)


def _take_words(ctx: Context, event: Event, read: Answers) -> None:
    language = next(iter(event.title), None)
    if language is None:
        written = f"{read['title']}. {read['summary']}"
        language = detect_language(written, CONTENT_LANGUAGES) or ctx.language
    other = other_language(language)
    title, summary = dict(event.title), dict(event.summary)
    for field, kept in (("title", title), ("summary", summary)):
        if field in read:
            kept[language] = read[field]
        if f"{field}_other" in read:
            kept.pop(other, None)
            if read[f"{field}_other"]:
                kept[other] = read[f"{field}_other"]
    event.title, event.summary = title, summary


def other_language(language: str) -> str:
    """The language in which an event is told as well: German for what is in English, English for the rest."""
    return "de" if language == "en" else "en"


def as_answers(event: Event) -> Answers:
    """An event as the answers of the form."""
    language = next(iter(event.title))
    other = other_language(language)
    return {
        "kind": event.kind,
        "title": event.title[language],
        "summary": event.summary[language],
        "duration": event.minutes,
        "place": event.place,
        "link": event.link,
        "capacity": event.capacity,
        "themes": event.themes,
        "title_other": event.title.get(other),
        "summary_other": event.summary.get(other),
        "host": event.host,
    }


def change(ctx: Context, event: Event, read: Answers) -> list[str]:
    """Change an event; returns the names of the fields that are different now."""
    before = as_answers(event)
    calendar = _for_calendars(event)
    _take(ctx, event, read)
    after = as_answers(event)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return []
    if _for_calendars(event) != calendar:
        event.sequence += 1
    event.last_at = dates.last_ends(event)
    event.updated_at = ctx.now
    events.keep(ctx.tx, event)
    if "host" in changed:
        _tell_host(ctx, event)
    if event.state in AHEAD:
        calendars.later(ctx.tx, event)
        plan_end(ctx.tx, event)
        answers.fill_places(ctx.tx, ctx.network, event)
        cards.renew(ctx.tx, ctx.network, event)
    return changed


def _for_calendars(event: Event) -> list[Any]:
    return [getattr(event, name) for name in _IN_CALENDARS]


# --- announcing


def announce(ctx: Context, event: Event, places: list[Room]) -> tuple[list[Room], list[Room]]:
    """Put the event's card up in rooms, once in each: where it is new, and where it stood already."""
    one = dates.coming(event, ctx.now)
    if one is None:
        reference = views.reference(event, ctx.language)
        raise UserError("event.past", event=reference, move=ctx.call("event move", f"{event.number} …"))
    if event.state == EventState.DRAFT:
        event.state = EventState.ANNOUNCED
        event.updated_at = ctx.now
        events.keep(ctx.tx, event)
    new = [room for room in places if cards.put_up(ctx.tx, ctx.network, event, room.room_id, ctx.sender)]
    plan_end(ctx.tx, event)
    return new, [room for room in places if room not in new]


def room_named(ctx: Context, typed: str) -> Room:
    """The room that a name, an alias or an id means, among those that the bot and the sender are in."""
    wanted = fold(typed.strip().lstrip("#"))
    found = []
    for room in rooms.joined(ctx.tx):
        if room.direct_with or rooms.membership(ctx.tx, room.room_id, ctx.sender) != "join":
            continue
        alias = room.alias or ""
        known = (room.room_id, alias, alias.lstrip("#").partition(":")[0], room.name or "")
        if typed.strip() == room.room_id or wanted in {fold(one.lstrip("#")) for one in known if one}:
            found.append(room)
    if len(found) == 1:
        return found[0]
    raise UserError("announce.which_room" if found else "announce.no_room", typed=typed.strip()[:60])


# --- moving and cancelling


def moved_series(event: Event, original: datetime, when: dict[str, Any]) -> Series:
    """The dates of an event once its date `original`, with all that follow, has moved to a new time.

    Single dates of a series that were moved stay where they are, and cancelled ones cancelled.
    """
    old, start, timezone = dates.series(event), datetime.fromisoformat(when["local"]), when["timezone"]
    rrule = when["rrule"] or (moved_rule(old.rrule, old.start, original, start) if old.rrule else None)
    new = Series(start, timezone, rrule)
    differ = {*old.moved, *old.cancelled} - {original}
    became = moved_along(old, original, new, max(differ)) if differ else {}
    return replace(
        new,
        moved={
            became[one]: dates.elsewhere(local, old.timezone, timezone)
            for one, local in old.moved.items()
            if one in became and one != original
        },
        cancelled={became[one] for one in old.cancelled if one in became},
    )


def move(ctx: Context, event: Event, original: datetime, when: dict[str, Any]) -> None:
    """Move an event, or a whole series from its date `original` on; all but its host are asked anew."""
    before, new = dates.coming(event, ctx.now), moved_series(event, original, when)
    event.start, event.timezone, event.rrule = new.start, new.timezone, new.rrule
    event.moved = {one.isoformat(): local.isoformat() for one, local in new.moved.items()}
    event.cancelled = sorted(one.isoformat() for one in new.cancelled)
    event.last_at = dates.last_ends(event)
    _changed(ctx, event)
    if event.state not in AHEAD:
        return
    event.state = EventState.RESCHEDULED
    events.ask_anew(ctx.tx, event.number, but=event.host)
    events.keep(ctx.tx, event)
    plan_end(ctx.tx, event)
    _tell(ctx, event, "moved", before)


def move_date(ctx: Context, event: Event, one: Occurrence, when: dict[str, Any]) -> None:
    """Move a single date of a series; the answers to the series stay. Raises `UserError`."""
    if when["rrule"]:
        raise UserError("event.move_rule")
    # The date is kept by the series' own clock, whichever was typed.
    local = dates.elsewhere(datetime.fromisoformat(when["local"]), when["timezone"], event.timezone)
    event.moved = {**event.moved, one.original.isoformat(): local.isoformat()}
    _changed(ctx, event)
    if event.state in AHEAD:
        plan_end(ctx.tx, event)
        _tell(ctx, event, "date_moved", one)


def cancel(ctx: Context, event: Event, reason: str) -> None:
    """Cancel an event, or a whole series."""
    before, ahead = dates.coming(event, ctx.now), event.state in AHEAD
    event.state, event.reason = EventState.CANCELLED, reason
    _changed(ctx, event)
    if ahead:
        _tell(ctx, event, "cancelled", before)


def cancel_date(ctx: Context, event: Event, one: Occurrence, reason: str) -> None:
    """Cancel a single date of a series; if it was the last, the series is over, or all of it cancelled."""
    left = replace(dates.series(event), cancelled={*event.cancelled_dates, one.original})
    ahead = event.state in AHEAD
    ends = ahead and left.next(ctx.now - timedelta(minutes=event.minutes)) is None
    if ends and left.next(schedule.instant(event.start, event.timezone) - timedelta(days=1)) is None:
        cancel(ctx, event, reason)
        return
    event.cancelled = sorted(date.isoformat() for date in left.cancelled)
    if ends:
        event.state = EventState.OVER
    _changed(ctx, event)
    if ahead:
        plan_end(ctx.tx, event)
        _tell(ctx, event, "last_date_cancelled" if ends else "date_cancelled", one, reason=reason)


def _changed(ctx: Context, event: Event) -> None:
    event.sequence += 1
    event.updated_at = ctx.now
    events.keep(ctx.tx, event)
    calendars.later(ctx.tx, event)


# --- telling of it

_COME = (Answer.GOING, Answer.WAITING, Answer.MAYBE)
#: Who hears of what: those whose plans it changes.
_HEAR = {
    "moved": (Answer.ASKED,),
    "date_moved": _COME,
    "cancelled": (*_COME, Answer.ASKED),
    "date_cancelled": _COME,
    "last_date_cancelled": _COME,
}


def _tell(ctx: Context, event: Event, what: str, before: Occurrence | None, reason: str = "") -> None:
    """Tell of a change in the rooms at once, and begin to tell those whose plans it changes."""
    told = {
        "event": event.number,
        "what": what,
        "original": before.original.isoformat() if before else None,
        "was": [before.local.isoformat(), before.timezone] if before else None,
        "reason": reason,
        "sequence": event.sequence,
    }
    told["now"] = _now(event, told)
    cards.renew(ctx.tx, ctx.network, event)
    cards.tell(ctx.tx, ctx.network, event, lambda there: _news(there, event, told))
    _tell_next(ctx.tx, event, told, 0)


def _now(event: Event, told: dict[str, Any]) -> list[Any]:
    """What an event says now about what people are told of: as long as it does, that is news."""
    if told["what"] in ("moved", "cancelled"):
        return [event.state, event.start.isoformat(), event.timezone]
    return [event.moved.get(told["original"]), told["original"] in event.cancelled]


def _tell_next(tx: Tx, event: Event, told: dict[str, Any], after: int) -> None:
    key = f"event_news:{event.number}:{told['sequence']}:{told.get('zone', '')}:{after}"
    schedule.plan(tx, key, "event_news", tx.now.replace(tzinfo=None), "UTC", {**told, "after": after})


def tell_some(tx: Tx, network: Network, told: dict[str, Any]) -> None:
    """Tell some of those whose plans a change changes; the next ones come in the next transaction.

    Who has not heard of a change when the next one comes only hears of that. Who sleeps hears in the morning,
    unless what it is about is near.
    """
    event = events.get(tx, told["event"])
    if event is None or _now(event, told) != told["now"]:
        return
    zone, nights = told.get("zone"), set()
    hear = [one for one in events.answers(tx, event.number, *_HEAR[told["what"]]) if one.id > told["after"]]
    for one in hear[:AT_ONCE]:
        here = zone_of(tx, network, one.user_id)
        if one.user_id == event.host or zone not in (None, here):
            continue
        if zone is None and hours.asleep(tx.now, here, _first_moment(tx, event, told)):
            nights.add(here)
        elif holds(tx, network, one.user_id, Role.GUEST):
            there = letters.to_person(tx, network, one.user_id)
            # Under what is no more ahead there is nothing to answer.
            again = told["what"] == "moved"
            letters.write(
                there,
                _news(there, event, told),
                topic=views.topic(event) if again else None,
                reactions=views.REACTIONS if again else (),
                urgent=True,
            )
    for night in sorted(nights):
        key = f"event_news:{event.number}:{told['sequence']}:{night}:0"
        local = hours.morning(tx.now, night)
        schedule.plan(tx, key, "event_news", local, night, {**told, "after": 0, "zone": night})
    if len(hear) > AT_ONCE:
        _tell_next(tx, event, told, hear[AT_ONCE - 1].id)


def _first_moment(tx: Tx, event: Event, told: dict[str, Any]) -> datetime:
    """The first moment at which somebody may be in the wrong place who has not heard of a change."""
    was = schedule.instant(datetime.fromisoformat(told["was"][0]), told["was"][1]) if told["was"] else None
    original = datetime.fromisoformat(told["original"]) if told["original"] else None
    single = original if told["what"] != "moved" else None
    one = dates.on(event, single) if single else dates.coming(event, tx.now)
    moments = [moment for moment in (was, one.at if one else None) if moment]
    return min(moments, default=tx.now)


def _news(there: Context, event: Event, told: dict[str, Any]) -> list[Any]:
    original = datetime.fromisoformat(told["original"]) if told["original"] else None
    was = ""
    if told["was"]:
        at = schedule.instant(datetime.fromisoformat(told["was"][0]), told["was"][1])
        was = there.texts.datetime(at, views.zone(there, event))
    one = dates.on(event, original) if original else None
    return views.news(there, event, told["what"], one, was, told["reason"])


# --- the end


def plan_end(tx: Tx, event: Event) -> None:
    """Have the clock remind of the event, and look after it when its next date ends; once for each date."""
    reminders.plan_next(tx, event, tx.now)
    one = dates.coming(event, tx.now)
    if one:
        end = dates.ends(event, one)
        key = f"event_end:{event.number}:{one.original.isoformat()}:{end:%Y%m%dT%H%M}"
        payload = {"event": event.number, "start": one.original.isoformat(), "end": end.isoformat()}
        # Done already, though it lies ahead: the clock was ahead of it once.
        if schedule.plan(tx, key, "event_end", end.replace(tzinfo=None), "UTC", payload).state != "waiting":
            schedule.plan(tx, f"{key}:again", "event_end", end.replace(tzinfo=None), "UTC", payload)


def look_after(tx: Tx, network: Network) -> None:
    """Do once a day what no single change brings about."""
    for event in events.not_over(tx, (EventState.OVER,)):
        if dates.coming(event, tx.now):  # the clock was ahead when it ended
            event.state = EventState.ANNOUNCED
            events.keep(tx, event)
            cards.later(tx, event)
    for event in events.not_over(tx):
        answers.without_leavers(tx, network, event)
        plan_end(tx, event)  # once more, should an earlier one have failed


def ahead(tx: Tx, found: list[Event]) -> list[tuple[Event, Occurrence | None]]:
    """Events with their next dates, the next first."""
    dated = [(event, dates.coming(event, tx.now)) for event in found]
    never = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
    return sorted(dated, key=lambda pair: (pair[1].at if pair[1] else never, pair[0].number))
