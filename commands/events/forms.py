"""The forms of events: a new one, its changes, and what is asked back before it is moved or cancelled."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit

from commands.core import dialog, moments, values
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, Changes, Form, FormField, FormFieldsError, text
from commands.core.moments import When
from commands.core.nodes import Inline, joined
from commands.core.recurrence import Occurrence, describe
from commands.core.reply import Reply
from commands.core.values import short
from commands.events import dates, rules, service, views
from config.themes import themes
from storage import dialogs, events, schedule
from storage.dialogs import Dialog
from storage.events import Event, EventKind, EventState

MOST_THEMES = 3
MOST_PLACES = 100_000
_KIND_LENGTH = {EventKind.SUMMIT: 480, EventKind.TRAINING: 120, EventKind.DEADLINE: 0}  # minutes
_USUAL_LENGTH = 60


# --- reading and showing


def when(typed: str, ctx: Context) -> dict[str, Any]:
    """When something begins, how it comes again, and how many minutes it lasts if that was said, for JSON."""
    found = moments.when(typed, ctx, lasting=True)
    return _as_json(found) | ({"minutes": found.minutes} if found.minutes else {})


def new_time(typed: str, ctx: Context, timezone: str | None) -> dict[str, Any]:
    """When something begins from now on, by the clock of a time zone unless another one is typed."""
    return _as_json(moments.when(typed, ctx, timezone=timezone))


def _as_json(found: When) -> dict[str, Any]:
    return {"local": found.local.isoformat(), "timezone": found.timezone, "rrule": found.rrule}


def _shown_when(value: dict[str, Any], ctx: Context) -> Inline:
    local = datetime.fromisoformat(value["local"])
    told = ctx.texts.datetime(schedule.instant(local, value["timezone"]), value["timezone"])
    return joined([told, describe(value["rrule"], local, ctx.texts)]) if value["rrule"] else told


def _length(typed: str, ctx: Context) -> int | str:
    found = rules.length(typed)
    if found is None:
        raise UserError("event.length", typed=short(typed))
    return found


def _shown_length(value: int | str, ctx: Context) -> Inline:
    if isinstance(value, str):
        key = "event.until_next_day" if _ends_next_day(value, ctx) else "event.until"
        return ctx.texts.get(key, time=value)
    if value == 0:
        return ctx.texts.get("event.no_length")
    days, hours = divmod(value, 1440)
    hours, minutes = divmod(hours, 60)
    parts = [("days", days), ("hours", hours), ("minutes", minutes)]
    return ctx.texts.list([ctx.texts.plural(f"event.{unit}", count) for unit, count in parts if count])


def _ends_next_day(until: str, ctx: Context) -> bool:
    """Whether what the sender is just entering begins later in the day than it ends."""
    begun = dialogs.get(ctx.tx, ctx.sender, "event")
    start = begun.answers.get("when") if begun else None
    return start is not None and time.fromisoformat(until) <= datetime.fromisoformat(start["local"]).time()


def _filled_length(value: int | str, ctx: Context) -> str:
    return str(_shown_length(value, ctx)) if value else "0 min"


def _usual_length(_ctx: Context, answers: Answers) -> int:
    if minutes := (answers.get("when") or {}).get("minutes"):
        return int(minutes)
    return _KIND_LENGTH.get(answers.get("kind", ""), _USUAL_LENGTH)


def _link(typed: str, ctx: Context) -> str:
    address = text(500, lines=False)(typed, ctx)
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", address):
        raise UserError("event.link", typed=short(typed))
    return address


def _capacity(typed: str, ctx: Context) -> int:
    digits = re.sub(r"[\s.,]", "", typed.strip())
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits[:9]) <= MOST_PLACES):
        raise UserError("event.capacity", typed=short(typed))
    return int(digits)


def _shown_themes(value: list[str], ctx: Context) -> Inline:
    return joined([themes().label(theme, ctx.language) for theme in value])


def _shown_person(value: str, ctx: Context) -> Inline:
    return views.name(ctx, value)


FIELDS = (
    FormField("kind", text(20), choices=tuple(EventKind)),
    FormField("title", text(100, lines=False)),
    FormField("summary", text(500, lines=False), prose=True),
    FormField("when", when, show=_shown_when),
    FormField("duration", _length, show=_shown_length, propose=_usual_length, filled=_filled_length),
    FormField("place", text(200, lines=False), required=False),
    FormField("link", _link, required=False),
    FormField("capacity", _capacity, show=lambda value, ctx: ctx.texts.number(value), required=False),
    FormField(
        "themes",
        values.theme_ids(MOST_THEMES),
        show=_shown_themes,
        required=False,
        filled=lambda value, ctx: "; ".join(themes().label(theme, ctx.language) for theme in value),
    ),
    FormField("title_other", text(100, lines=False), required=False),
    FormField("summary_other", text(500, lines=False), required=False, prose=True),
    FormField(
        "host",
        lambda typed, ctx: service.person(ctx, typed),
        show=_shown_person,
        propose=lambda ctx, _answers: ctx.sender,
    ),
)


# --- a new one


def begin(ctx: Context, typed: str) -> Reply:
    """Ask for a new event field by field, or take it from the form in one message and ask back."""
    if not typed.strip():
        return dialog.start(ctx, EVENT)
    try:
        answers = EVENT.read(typed, ctx)
    except FormFieldsError as wrong:
        return dialog.mend(ctx, wrong)
    return dialog.fill(ctx, EVENT, answers, review=True)


def _make(ctx: Context, answers: Answers) -> Reply:
    if not service.may_make(ctx):
        raise UserError("event.not_allowed", moderators=ctx.moderators())
    event = service.make(ctx, answers)
    made = views.shown(ctx, event, mayedit=True)
    return replace(made, blocks=(ctx.p("event.made"), *made.blocks))


class _Event(Form):
    """Says which event is changed."""

    def about(self, ctx: Context, begun: Dialog) -> Inline | None:
        return of_event(ctx, begun)


def of_event(ctx: Context, begun: Dialog) -> Inline | None:
    """The event that a form is about, unless it is a new one."""
    event = events.get(ctx.tx, begun.context["hidden"].get("event", 0))
    return views.reference(event, ctx.language) if event else None


EVENT = _Event("event", FIELDS, _make, begun_by="event new")


# --- changes


def _change(ctx: Context, answers: Answers) -> Reply:
    event = service.changeable(ctx, int(answers["event"]))
    return change(ctx, event, {name: value for name, value in answers.items() if name != "event"})


def change(ctx: Context, event: Event, answers: Answers) -> Reply:
    """Change an event, and say what has changed."""
    changed = service.change(ctx, event, answers)
    return views.changed(ctx, event, [CHANGE.label(CHANGE.field(name), ctx.texts) for name in changed])


CHANGE = Changes.to(EVENT, "event_change", [one for one in FIELDS if one.name != "when"], _change)


# --- moving and cancelling


class _OfDates(Form):
    """Says in full which date is meant, and what becomes of a series."""

    def shown(self, field: FormField, value: Any, ctx: Context) -> Inline:
        told = super().shown(field, value, ctx)
        begun, event = _asked_about(ctx, self.name)
        if begun is None or event is None:
            return told
        original = datetime.fromisoformat(begun.context["hidden"]["original"])
        if field.name == "which" and value == "next" and (one := dates.on(event, original)):
            return joined([told, views.when(ctx, event, one)])
        if field.name == "when" and begun.answers.get("which") == "all":
            rule = service.moved_series(event, original, value).rrule
            return _shown_when({**value, "rrule": rule}, ctx)
        return told


def _asked_about(ctx: Context, form: str) -> tuple[Dialog | None, Event | None]:
    """The dialog in which the sender changes dates, and the event that it is about."""
    begun = dialogs.get(ctx.tx, ctx.sender, form)
    return begun, events.get(ctx.tx, begun.context["hidden"]["event"]) if begun else None


def ask(ctx: Context, form: Form, event: Event, answers: Answers, original: datetime | None = None) -> Reply:
    """Ask what is still open of a change of dates, and then whether it is really meant.

    `original` is the date of a series that was named; without one it is about the next.
    """
    here = ctx.privately()
    one = dates.on(event, original) if original else dates.coming(event, here.now)
    hidden: dict[str, Any] = {
        "event": event.number,
        "original": (one.original if one else event.start).isoformat(),
        "sequence": event.sequence,
    }
    if not event.rrule:
        hidden["which"] = "all"
    elif original:
        answers = {"which": "next", **answers}
    told: Inline = views.reference(event, here.language)
    if one:
        told = joined([told, views.when(here, event, one)])
    return dialog.start(
        ctx,
        form,
        answers,
        only=tuple(field.name for field in form.fields if field.name not in hidden),
        hidden=hidden,
        opening=(here.p(f"form.{form.name}.about", event=told),),
    )


def _dated(event: Event, answers: Answers) -> Occurrence | None:
    """The single date of a series that was asked about; None if it is no more, or all are meant."""
    if answers["which"] == "all":
        return None
    return dates.on(event, datetime.fromisoformat(answers["original"]))


def _meanwhile(ctx: Context, event: Event, answers: Answers) -> str | None:
    """What has happened since the question was put that makes it another one; None for nothing."""
    one = _dated(event, answers)
    if event.sequence != answers["sequence"]:
        return "event.meanwhile.changed"
    if answers["which"] == "next" and (one is None or dates.ends(event, one) <= ctx.now):
        return "event.meanwhile.over"
    if new := answers.get("when"):
        first = schedule.instant(datetime.fromisoformat(new["local"]), new["timezone"])
        if first <= ctx.now and not new["rrule"]:
            return "event.meanwhile.passed"
        series = service.moved_series(event, datetime.fromisoformat(answers["original"]), new)
        if answers["which"] == "all" and series.next(ctx.now) is None:
            return "event.move_beyond"
    return None


def _moved_to(typed: str, ctx: Context) -> dict[str, Any]:
    """A new time, by the clock of the event that is asked about."""
    _, event = _asked_about(ctx, "event_move")
    return new_time(typed, ctx, event.timezone if event else None)


def _move(ctx: Context, answers: Answers) -> Reply:
    event = service.changeable(ctx, int(answers["event"]))
    if key := _meanwhile(ctx, event, answers):
        return views.meanwhile(ctx, event, key, "event move")
    one = _dated(event, answers)
    if one:
        service.move_date(ctx, event, one, answers["when"])
    else:
        service.move(ctx, event, datetime.fromisoformat(answers["original"]), answers["when"])
    return views.moved(ctx, event)


def _cancel(ctx: Context, answers: Answers) -> Reply:
    event = service.changeable(ctx, int(answers["event"]))
    if key := _meanwhile(ctx, event, answers):
        return views.meanwhile(ctx, event, key, "event cancel")
    one = _dated(event, answers)
    if one:
        service.cancel_date(ctx, event, one, answers["reason"])
    else:
        service.cancel(ctx, event, answers["reason"])
    if one and event.state != EventState.CANCELLED:
        return views.date_cancelled(ctx, event, one)
    return views.cancelled(ctx, event)


_WHICH = FormField("which", text(20), choices=("next", "all"))
MOVE = _OfDates("event_move", (_WHICH, FormField("when", _moved_to, show=_shown_when)), _move)
CANCEL = _OfDates("event_cancel", (_WHICH, FormField("reason", text(300, lines=False), prose=True)), _cancel)
