"""The forms of events: a new one, its changes, and what is asked back before it is moved or cancelled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from commands.core import dialog, moments, values
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, Changes, Form, FormField, FormFieldsError, text
from commands.core.moments import When
from commands.core.nodes import Inline, joined
from commands.core.recurrence import describe
from commands.core.reply import Reply
from commands.core.values import short
from commands.events import dates, rules, service, views
from config.themes import themes
from storage import dialogs, events, schedule
from storage.events import Event, EventKind

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
        return ctx.texts.get("event.until", time=value)
    if value == 0:
        return ctx.texts.get("event.no_length")
    days, hours = divmod(value, 1440)
    hours, minutes = divmod(hours, 60)
    parts = [("days", days), ("hours", hours), ("minutes", minutes)]
    return ctx.texts.list([ctx.texts.plural(f"event.{unit}", count) for unit, count in parts if count])


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
    return ctx.texts.list([themes().label(theme, ctx.language) for theme in value])


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
    return dialog.start(ctx, EVENT, EVENT.propose(ctx, answers), review=True)


def _make(ctx: Context, answers: Answers) -> Reply:
    if not service.may_make(ctx):
        raise UserError("event.not_allowed", moderators=ctx.moderators())
    event = service.make(ctx, answers)
    made = views.shown(ctx, event, mayedit=True)
    return replace(made, blocks=(ctx.p("event.made"), *made.blocks))


EVENT = Form("event", FIELDS, _make, begun_by="event new")


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


def ask(ctx: Context, form: Form, event: Event, answers: Answers, hidden: dict[str, Any]) -> Reply:
    """Ask what is still open of a change of dates, and then whether it is really meant."""
    here = ctx.privately()
    if not event.rrule:
        hidden = {"which": "all", **hidden}
    known = {**answers, **hidden}
    only: Sequence[str] = [field.name for field in form.fields if field.name not in hidden]
    told: Inline = views.reference(event, here.language)
    if original := known.get("original"):
        one = dates.on(event, datetime.fromisoformat(original))
        told = joined([told, views.when(here, event, one)]) if one else told
    elif one := dates.coming(event, here.now):
        told = joined([told, views.when(here, event, one)])
    return dialog.start(
        ctx,
        form,
        answers,
        only=tuple(only),
        hidden={"event": event.number, **hidden},
        opening=(here.p(f"form.{form.name}.about", event=told),),
    )


def _dated(ctx: Context, event: Event, answers: Answers) -> Any:
    """The single date of a series that is meant; None for the whole."""
    if original := answers.get("original"):
        one = dates.on(event, datetime.fromisoformat(original))
    elif answers["which"] == "next":
        one = dates.coming(event, ctx.now)
    else:
        return None
    if one is None:
        raise UserError("event.no_such_date", event=views.reference(event, ctx.language))
    return one


def _moved_to(typed: str, ctx: Context) -> dict[str, Any]:
    """A new time, by the clock of the event that is asked about."""
    asked = dialogs.get(ctx.tx, ctx.sender, "event_move")
    event = events.get(ctx.tx, asked.context["hidden"]["event"]) if asked else None
    return new_time(typed, ctx, event.timezone if event else None)


def _move(ctx: Context, answers: Answers) -> Reply:
    event = service.changeable(ctx, int(answers["event"]))
    one = _dated(ctx, event, answers)
    if one:
        service.move_date(ctx, event, one, answers["when"])
    else:
        service.move(ctx, event, answers["when"])
    return views.moved(ctx, event)


def _cancel(ctx: Context, answers: Answers) -> Reply:
    event = service.changeable(ctx, int(answers["event"]))
    one = _dated(ctx, event, answers)
    if one:
        service.cancel_date(ctx, event, one, answers["reason"])
        return views.date_cancelled(ctx, event, one)
    service.cancel(ctx, event, answers["reason"])
    return views.cancelled(ctx, event)


_WHICH = FormField("which", text(20), choices=("next", "all"))
MOVE = Form("event_move", (_WHICH, FormField("when", _moved_to, show=_shown_when)), _move)
CANCEL = Form("event_cancel", (_WHICH, FormField("reason", text(300, lines=False), prose=True)), _cancel)
