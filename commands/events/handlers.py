"""What a person types or taps about events."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import Annotated

from commands.core import dialog, letters, questions, values
from commands.core.arguments import Args, ArgumentError, Rest, RestOf
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.forms import FormFieldsError
from commands.core.handed_out import handed_out
from commands.core.nodes import Preformatted
from commands.core.recurrence import Occurrence
from commands.core.registry import command
from commands.core.registry import fold as fold_emoji
from commands.core.reply import Reply, reply
from commands.core.topics import Asks, Topic
from commands.events import answers, dates, forms, reminders, service, views
from commands.events.arguments import EventNumber, numbered, words_of
from commands.events.forms import CANCEL, CHANGE, EVENT, MOVE
from config.themes import themes
from config.words import fold
from storage import events, matching, outbox
from storage.events import AHEAD, Answer, Event, EventKind, EventState

_TO = re.compile(r"\s+(?:to|auf|nach|->|→)\s+")


# --- looking


class EventsArgs(Args):
    """`!events`, `!events mine`, `!events climate`"""

    events: Rest = ""


@command("events", repeatable=True)
def list_events(ctx: Context, args: EventsArgs) -> Reply:
    """List the events ahead, one's own, or those on a theme."""
    typed = args.events.strip()
    if fold(typed) in words_of("events.words.mine"):
        return _mine(ctx)
    theme = values.theme_id(typed, ctx) if typed else None
    wanted = themes().expand(theme) if theme else None
    found = [one for one in events.not_over(ctx.tx) if wanted is None or wanted & set(one.themes)]
    dated = [(event, one) for event, one in service.ahead(ctx.tx, found) if one]
    if not dated:
        return views.none_ahead(ctx, "events.none_on_theme" if theme else "events.none")
    heading = ctx.p("events.ahead")
    if theme:
        heading = ctx.p("events.on_theme", theme=themes().label(theme, ctx.language))
    return views.listed(ctx, dated, heading)


@command("trainings", repeatable=True)
def list_trainings(ctx: Context) -> Reply:
    """List the trainings ahead."""
    found = [one for one in events.not_over(ctx.tx) if one.kind == EventKind.TRAINING]
    dated = [(event, one) for event, one in service.ahead(ctx.tx, found) if one]
    if not dated:
        listed = reply(ctx.p("trainings.none", events=ctx.call("events")))
    else:
        listed = views.listed(ctx, dated, ctx.p("trainings.ahead"))
    return replace(listed, blocks=(*listed.blocks, ctx.p("trainings.own", record=ctx.call("record"))))


def _mine(ctx: Context) -> Reply:
    """What one hosts, what one said something to, and the hours that one has agreed on with others."""
    here = ctx.privately()
    said = {one.event for one in events.answers_of(ctx.tx, ctx.sender) if one.answer != Answer.NOT_GOING}
    open_ = events.not_over(ctx.tx, (*AHEAD, EventState.DRAFT))
    found = [
        one
        for one in open_
        if one.host == ctx.sender or (one.number in said and one.state != EventState.DRAFT)
    ]
    hours = matching.hours_agreed(ctx.tx, ctx.sender)
    about = (ctx.sender, *(one for _, others in hours for one in others))
    agreed = views.agreed(here, hours)
    if found:
        listed = views.listed(here, service.ahead(ctx.tx, found), here.p("events.mine"))
    else:
        listed = Reply(()) if agreed else views.none_ahead(here, "events.none_mine")
    return replace(listed, blocks=(*agreed, *listed.blocks), private=True, about=about)


class EventArgs(Args):
    """`!event 3`, or a filled form"""

    event: Rest = ""


@command("event")
def show_event(ctx: Context, args: EventArgs) -> Reply:
    """Show an event, or make one from a form that is filled in."""
    if EVENT.looks_like(args.event):
        return _begin(ctx, args.event)
    if not args.event.strip():
        return list_events.handler(ctx, EventsArgs())  # type: ignore[return-value]
    number, rest = numbered(ctx, args.event)
    if rest:
        raise ArgumentError("argument.left_over", typed=values.short(rest))
    event = service.visible(ctx, number)
    mayedit = service.may_edit(ctx, event)
    if event.state == EventState.DRAFT:
        here = ctx.privately()
        return replace(views.shown(here, event, mayedit=mayedit), private=True)
    return views.shown(ctx, event, mayedit=mayedit)


# --- making


class NewArgs(Args):
    """`!event new`, or with the filled form"""

    filled: Annotated[str, RestOf()] = ""


@command("event new")
def new_event(ctx: Context, args: NewArgs) -> Reply:
    """Make an event: by a dialog, or from a form that is filled in."""
    return _begin(ctx, args.filled)


def _begin(ctx: Context, typed: str) -> Reply:
    if not service.may_make(ctx):
        raise UserError("event.not_allowed", moderators=ctx.moderators())
    return forms.begin(ctx, typed)


class PersonArgs(Args):
    """`!event allow Ada`"""

    person: Annotated[str, RestOf()]


@command("event allow", requires=Role.MODERATOR)
def allow(ctx: Context, args: PersonArgs) -> Reply:
    """Let somebody make events who is no moderator."""
    person = service.person(ctx, args.person)
    return views.allowed(ctx, person, new=events.allow(ctx.tx, person, ctx.sender))


@command("event disallow", requires=Role.MODERATOR)
def disallow(ctx: Context, args: PersonArgs) -> Reply:
    """Let somebody make no more events."""
    person = service.person(ctx, args.person)
    if not events.disallow(ctx.tx, person):
        raise UserError("event.not_allowed_before", person=views.name(ctx, person))
    return views.disallowed(ctx, person)


class AnnounceArgs(Args):
    """`!announce 3 in #climate`"""

    announcement: Annotated[str, RestOf()]


@command("announce")
def announce(ctx: Context, args: AnnounceArgs) -> Reply:
    """Announce an event in this room, or in others."""
    number, rest = numbered(ctx, args.announcement)
    event = service.changeable(ctx, number)
    first, _, behind = rest.strip().partition(" ")
    typed = behind if fold(first) == "in" else rest
    named = [one for one in re.split(r"\s*(?:,|;|\s(?:and|und)\s)\s*", typed.strip()) if one]
    if named:
        places = [service.room_named(ctx, one) for one in named]
    elif ctx.room and not ctx.room.direct_with:
        places = [ctx.room]
    else:
        example = ctx.call("announce", f"{number} {ctx.texts.get('event.example_room')}")
        raise UserError("announce.where", announce=example)
    return views.announced(ctx, event, *service.announce(ctx, event, places))


# --- changing


class EditArgs(Args):
    """`!event edit 3 place Town hall`"""

    changes: Annotated[str, RestOf()]


@command("event edit")
def edit(ctx: Context, args: EditArgs) -> Reply:
    """Change an event: one field, or several in a form."""
    number, typed = numbered(ctx, args.changes)
    event = service.changeable(ctx, number)
    if not typed:
        here = ctx.privately()
        call = f"{ctx.network.prefix}{here.word('event edit')} {number}"
        written = f"{call}\n{CHANGE.written(here, service.as_answers(event))}"
        topic = event_form.of(number)
        return Reply((here.p("event.edit_form"), Preformatted(written)), topic=topic, private=True)
    if CHANGE.looks_like(typed):
        return _fill(ctx, event, typed)
    named = CHANGE.begins_with(typed)
    if named is None:
        if EVENT.begins_with(typed):
            raise UserError("event.move_instead", move=ctx.call("event move", f"{number} …"))
        fields = ctx.texts.list([CHANGE.label(field, ctx.texts) for field in CHANGE.fields])
        raise UserError("profile.no_field", typed=values.short(typed), fields=fields)
    field, value = named
    if not value:
        known = {field.name: service.as_answers(event)[field.name]}
        return dialog.start(ctx, CHANGE, only=(field.name,), hidden={"event": number}, present=known)
    return forms.change(ctx, event, {field.name: CHANGE.read_field(field, value, ctx)})


def _fill(ctx: Context, event: Event, typed: str) -> Reply:
    """Change what a form says, as far as it is right, and ask for the rest."""
    try:
        return forms.change(ctx, event, CHANGE.read(typed, ctx))
    except FormFieldsError as wrong:
        hidden, present = {"event": event.number}, service.as_answers(event)
        return dialog.mend(ctx, wrong, hidden=hidden, present=present)


event_form = handed_out(
    "event_form", CHANGE, lambda ctx, number, typed: _fill(ctx, service.changeable(ctx, int(number)), typed)
)


class MoveArgs(Args):
    """`!event move 3 Thursday 3pm`, `!event move 3 4 March to 11 March 3pm`"""

    move: Annotated[str, RestOf()]


@command("event move")
def move(ctx: Context, args: MoveArgs) -> Reply:
    """Move an event, or a single date of a series."""
    number, typed = numbered(ctx, args.move)
    event = service.changeable(ctx, number)
    original = None
    parts = _TO.split(f" {typed}", maxsplit=1)
    if len(parts) == 2 and (event.rrule or _is_day(ctx, parts[0])):
        day, typed = parts
        original = _date(ctx, event, day).original if day.strip() else None
    found = {"when": forms.new_time(typed, ctx, event.timezone)} if typed.strip() else {}
    return forms.ask(ctx, MOVE, event, found, original)


class CancelArgs(Args):
    """`!event cancel 3 the speaker is ill`"""

    cancellation: Annotated[str, RestOf()]


@command("event cancel")
def cancel(ctx: Context, args: CancelArgs) -> Reply:
    """Cancel an event, or a single date of a series."""
    number, typed = numbered(ctx, args.cancellation)
    event = service.changeable(ctx, number)
    original = None
    before, colon, reason = typed.partition(":")
    if event.rrule and colon:
        # No date: "Sorry: the speaker is ill".
        with contextlib.suppress(UserError):
            original, typed = _date(ctx, event, before).original, reason.strip()
    found = {"reason": CANCEL.field("reason").parse(typed, ctx)} if typed.strip() else {}
    return forms.ask(ctx, CANCEL, event, found, original)


def _is_day(ctx: Context, typed: str) -> bool:
    """Whether a text names a day, or nothing at all."""
    try:
        return not typed.strip() or bool(values.day(typed, ctx))
    except UserError:
        return False


def _date(ctx: Context, event: Event, typed: str) -> Occurrence:
    """The date of a series that lies on the day that was typed."""
    one = dates.on_day(event, values.day(typed, ctx), ctx.now)
    if one is None:
        known = [views.day(ctx, event, date) for date in dates.next_dates(event, ctx.now)]
        raise UserError(
            "event.no_date_then",
            event=views.reference(event, ctx.language),
            typed=values.short(typed),
            dates=ctx.texts.list(known, "or"),
        )
    return one


# --- answering


class AnswerArgs(Args):
    """`!going 3`, `!notgoing 3 4 March`; without a number the event that was just spoken of"""

    event: Annotated[str, RestOf()] = ""


@command("going")
def going(ctx: Context, args: AnswerArgs) -> Reply:
    """Say that one comes to an event."""
    return _answer(ctx, args.event, Answer.GOING)


class MaybeArgs(Args):
    """`!maybe 3`"""

    event: EventNumber


# Sentences begin with this word, in German more than any other.
@command("maybe", numbered=True)
def maybe(ctx: Context, args: MaybeArgs) -> Reply:
    """Say that one may come to an event."""
    event = service.visible(ctx, args.event)
    return views.answered(ctx, event, answers.give(ctx, event, Answer.MAYBE))


@command("notgoing")
def notgoing(ctx: Context, args: AnswerArgs) -> Reply:
    """Say that one does not come to an event, or to a single date of a series."""
    return _answer(ctx, args.event, Answer.NOT_GOING)


class SignArgs(Args):
    """`!sign up 3`"""

    event: EventNumber


# The same words without a number are about the network.
@command("sign up for", listed=False, numbered=True)
def sign_up_for(ctx: Context, args: SignArgs) -> Reply:
    """Ask whether one comes to the event of this number."""
    return _which_meant(ctx, args.event, Answer.GOING)


@command("sign off from", listed=False, numbered=True)
def sign_off_from(ctx: Context, args: SignArgs) -> Reply:
    """Ask whether one does not come to the event of this number."""
    return _which_meant(ctx, args.event, Answer.NOT_GOING)


def _which_meant(ctx: Context, number: int, wanted: Answer) -> Reply:
    event = service.visible(ctx, number)
    answers.need_open(ctx, event)
    told = views.which_meant(ctx, event, wanted)
    if not ctx.direct:  # where a "yes" may be for somebody else
        return Reply(told)
    shown = dialog.tappable(ctx, (questions.TICK, questions.CROSS))
    return Reply(told, topic=signs.of(f"{number}/{wanted}"), reactions=shown)


def sign_decided(ctx: Context, reference: str, yes: bool) -> Reply:
    """A yes signs up or off; whoever says no is left alone."""
    number, _, wanted = reference.partition("/")
    return _answer(ctx, number, Answer(wanted)) if yes else reply(ctx.p("form.stays"))


def sign_answered(ctx: Context, reference: str, text: str) -> Reply | None:
    """The same in words."""
    yes = questions.answer(ctx, text)
    return None if yes is None else sign_decided(ctx, reference, yes)


def sign_open(_ctx: Context, _reference: str) -> Asks:
    """A plain yes is enough while nothing else was said: a later one is for something else."""
    return Asks.CHOICE


signs = Topic("event_sign", reacted=questions.tapped(sign_decided), replied=sign_answered, open=sign_open)


def _answer(ctx: Context, typed: str, wanted: Answer) -> Reply:
    number, rest = numbered(ctx, typed) if typed.strip() else (_spoken_of(ctx), "")
    event = service.visible(ctx, number)
    if not rest.strip():
        return views.answered(ctx, event, answers.give(ctx, event, wanted))
    if not event.rrule:
        raise ArgumentError("argument.left_over", typed=values.short(rest))
    one = _date(ctx, event, rest)
    comes = wanted == Answer.GOING
    answers.skip(ctx, event, one, comes=comes)
    return views.date_noted(ctx, event, one, comes=comes)


def _spoken_of(ctx: Context) -> int:
    """The event that the last message here is about, or the only one ahead; raises `ArgumentError`."""
    topic = outbox.last_topic(ctx.tx, ctx.room_id)
    name, _, number = (topic or "").partition(":")
    if name in (views.TOPIC, signs.name):
        return int(number.partition("/")[0])
    open_ = events.not_over(ctx.tx)
    if topic or len(open_) != 1:
        raise ArgumentError("argument.missing", argument=ctx.texts.get("argument.event"))
    return open_[0].number


class RemindArgs(Args):
    """`!remind 3 2 days`, `!remind 3 off`"""

    reminders: Annotated[str, RestOf()]


@command("remind", private=True)
def remind(ctx: Context, args: RemindArgs) -> Reply:
    """Choose how early one is reminded of an event, or not at all."""
    number, typed = numbered(ctx, args.reminders)
    here = ctx.privately()
    event = service.visible(ctx, number)
    own = events.answer(ctx.tx, number, ctx.sender)
    if own is None or own.answer not in (Answer.GOING, Answer.WAITING):
        raise UserError(
            "event.reminders.not_going",
            event=views.reference(event, ctx.language),
            going=ctx.call("going", str(number)),
        )
    word = fold(typed.strip())
    if word in words_of("event.reminders.words.off"):
        reminders.choose(ctx, event, own, [])
    elif word in words_of("event.reminders.words.usual"):
        reminders.choose(ctx, event, own, None)
    elif word:
        reminders.choose(ctx, event, own, reminders.read(typed, ctx))
    return replace(views.reminders_told(here, event, reminders.of(own)), private=True)


def tapped(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """A tap under an event answers it; in a room the card's numbers are answer enough."""
    event, wanted = events.get(ctx.tx, int(reference)), _TAPS.get(fold_emoji(emoji))
    if event is None or wanted is None:
        return None
    before = events.answer(ctx.tx, event.number, ctx.sender)
    known = before.answer if before else None
    own = answers.tapped(ctx, event, wanted)
    if own is None:
        return None
    if ctx.direct:
        return views.answered(ctx, event, own)
    if own.answer == Answer.WAITING and known != Answer.WAITING:
        there = letters.to_person(ctx.tx, ctx.network, ctx.sender)
        letters.write(there, views.waits(there, event, own), about=ctx.sender)
    return None


_TAPS = {fold_emoji(emoji): answer for emoji, answer in views.TAPS.items()}


def untapped(ctx: Context, reaction: str) -> Reply | None:
    """Who takes the tap back takes the answer back."""
    tap = events.tap(ctx.tx, reaction)
    event = events.get(ctx.tx, tap.event) if tap else None
    if tap is None or event is None or tap.user_id != ctx.sender:
        return None
    own = answers.untapped(ctx, event, tap)
    if not ctx.direct:
        return None
    return views.answered(ctx, event, own) if own else views.taken_back(ctx, event)


event_topic = Topic(views.TOPIC, reacted=tapped, untapped=untapped)


class AttendeesArgs(Args):
    """`!attendees 3`"""

    event: EventNumber


@command("attendees")
def attendees(ctx: Context, args: AttendeesArgs) -> Reply:
    """Show the host and moderators who comes."""
    return views.attendees(ctx, service.editable(ctx, args.event))
