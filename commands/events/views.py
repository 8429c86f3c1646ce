"""How events look: as a card in a room, in lists, and in what people are told about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from commands.core.context import Context, Role
from commands.core.nodes import (
    Block,
    Bullets,
    Entries,
    Inline,
    Link,
    Paragraph,
    em,
    joined,
    paragraph,
    span,
    strong,
)
from commands.core.recurrence import Occurrence, describe
from commands.core.reply import Reply, reply
from commands.events import dates
from commands.events.training import reading, records
from config.languages import language_name
from config.themes import themes
from storage import events, members, rooms, trainings
from storage.events import (
    Answer,
    Event,
    EventAnswer,
    EventKind,
    EventState,
)
from storage.rooms import Room

TOPIC = "event"
#: What one taps to answer, in the order in which it is offered.
TAPS = {
    "\N{WHITE HEAVY CHECK MARK}": Answer.GOING,
    "\N{WHITE QUESTION MARK ORNAMENT}": Answer.MAYBE,
    "\N{CROSS MARK}": Answer.NOT_GOING,
}
REACTIONS = tuple(TAPS)
ON_A_PAGE = 6
NAMES_ON_A_PAGE = 25


def topic(event: Event) -> str:
    """The topic of the messages under which one answers."""
    return f"{TOPIC}:{event.number}"


def title(event: Event, language: str) -> str:
    """Its title in a language, or else as it was written first."""
    return event.title.get(language) or next(iter(event.title.values()))


def reference(event: Event, language: str) -> str:
    """`#3 Title`, as people are told of it."""
    return f"#{event.number} {title(event, language)}"


def name(ctx: Context, user_id: str) -> str:
    """What somebody is called: as a member, or in the main room."""
    member = members.get(ctx.tx, user_id)
    shown = member.name if member else rooms.display_name(ctx.tx, ctx.network.hub_room, user_id)
    return shown or user_id


# --- when


def zone(ctx: Context, event: Event) -> str:
    """By whose clock times are told here: the reader's own, or in rooms, where many read, the event's."""
    return ctx.timezone if ctx.direct else event.timezone


def when(ctx: Context, event: Event, one: Occurrence) -> Inline:
    """When a date is, in full and with the zone; for who lives by another clock also that of the event."""
    here, there = zone(ctx, event), event.timezone
    told = _span(ctx, event, one, here)
    same = one.at.astimezone(ZoneInfo(here)).utcoffset() == one.at.astimezone(ZoneInfo(there)).utcoffset()
    return told if same else ctx.t("event.when.also", here=told, there=_span(ctx, event, one, there))


def day(ctx: Context, event: Event, one: Occurrence) -> str:
    """A date as one types it, by the event's own clock."""
    return ctx.texts.date(one.local.date())


def repeats(ctx: Context, event: Event) -> str | None:
    """How a series comes again, in words."""
    return describe(event.rrule, event.start, ctx.texts) if event.rrule else None


def _span(ctx: Context, event: Event, one: Occurrence, zone: str) -> Inline:
    spoken, clock = ctx.texts, ZoneInfo(zone)
    begin, end = one.at.astimezone(clock), dates.ends(event, one).astimezone(clock)
    if event.minutes == 0:
        return spoken.datetime(begin, zone)
    date = spoken.date(begin.date(), weekday=True)
    if end.date() == begin.date() or end - begin < timedelta(hours=12):
        return ctx.t("event.when.hours", date=date, begin=spoken.time(begin), end=spoken.time(end), zone=zone)
    return ctx.t(
        "event.when.days",
        begin=ctx.texts.get("event.when.day", date=date, time=spoken.time(begin)),
        end=ctx.texts.get(
            "event.when.day", date=spoken.date(end.date(), weekday=True), time=spoken.time(end)
        ),
        zone=zone,
    )


# --- cards


def card(ctx: Context, event: Event) -> list[Block]:
    """An event as it stands in a room, with how many come."""
    one = dates.coming(event, ctx.now)
    blocks: list[Block] = [_head(ctx, event)]
    if event.state == EventState.CANCELLED:
        return [*blocks, *_cancelled(ctx, event, one)]
    blocks += [_summary(ctx, event), Paragraph(tuple(_facts(ctx, event, one)))]
    if one is None or event.state == EventState.OVER:
        return [*blocks, ctx.p("event.card.over", material=ctx.call("material", str(event.number)))]
    blocks += reading.blocks(ctx, event)
    if event.state == EventState.DRAFT:
        return blocks
    if not ctx.direct and records.opens_before(ctx.tx, event):
        blocks.append(ctx.p("quiz.for_who_comes", quiz=ctx.call("quiz", str(event.number))))
    blocks.append(Paragraph((_numbers(ctx, event),)))
    series = "event.card.how_series" if event.rrule else "event.card.how"
    return [*blocks, ctx.p(series, going=ctx.call("going", str(event.number)))]


def _head(ctx: Context, event: Event) -> Paragraph:
    language = next(iter(event.title))
    written: list[Inline] = [strong(reference(event, ctx.language))]
    kind: list[Inline] = [ctx.texts.get(f"choice.event.kind.{event.kind}")]
    if ctx.language not in event.title:
        kind.append(ctx.texts.get("event.in_language", language=language_name(language, ctx.language)))
    if event.state == EventState.RESCHEDULED:
        kind.append(strong(ctx.texts.get("event.state.rescheduled")))
    elif event.state in (EventState.DRAFT, EventState.OVER, EventState.CANCELLED):
        kind.append(strong(ctx.texts.get(f"event.state.{event.state}")))
    return Paragraph((*written, joined(kind)))


def _summary(ctx: Context, event: Event) -> Paragraph:
    return paragraph(event.summary.get(ctx.language) or next(iter(event.summary.values())))


def _cancelled(ctx: Context, event: Event, one: Occurrence | None) -> list[Block]:
    lines: list[Inline] = [ctx.t("event.card.would", when=when(ctx, event, one))] if one else []
    if event.reason:
        lines.append(ctx.t("event.card.cancelled", reason=event.reason))
    return [Paragraph(tuple(lines))] if lines else []


def _facts(ctx: Context, event: Event, one: Occurrence | None) -> list[Inline]:
    lines: list[Inline] = []
    if one:
        key = "event.card.next" if event.rrule else "event.card.when"
        lines.append(ctx.t(key, when=when(ctx, event, one)))
    if event.rrule:
        lines.append(ctx.t("event.card.repeats", rule=str(repeats(ctx, event))))
        lines += _changed_dates(ctx, event, one)
    if event.place:
        lines.append(ctx.t("event.card.place", place=event.place))
    if event.link:
        lines.append(ctx.t("event.card.link", link=Link(event.link, event.link)))
    if event.capacity and event.state == EventState.DRAFT:
        lines.append(ctx.t("event.card.places", count=ctx.texts.number(event.capacity)))
    if event.host:
        lines.append(ctx.t("event.card.host", host=name(ctx, event.host)))
    if event.themes:
        labels: list[Inline] = [themes().label(theme, ctx.language) for theme in event.themes]
        lines.append(ctx.t("event.card.themes", themes=joined(labels)))
    return lines


def _changed_dates(ctx: Context, event: Event, one: Occurrence | None) -> list[Inline]:
    """The single dates ahead that differ from the rule."""
    today = (one.local if one else event.start).date()
    spoken = ctx.texts
    moved = [
        spoken.get("event.card.moved_to", old=spoken.date(old.date()), new=spoken.date(new.date()))
        for old, new in sorted(event.moved_dates.items())
        if new.date() >= today and old not in event.cancelled_dates
    ]
    gone = [spoken.date(old.date()) for old in sorted(event.cancelled_dates) if old.date() >= today]
    lines: list[Inline] = []
    if moved:
        lines.append(ctx.t("event.card.moved_dates", dates="; ".join(moved)))
    if gone:
        lines.append(ctx.t("event.card.cancelled_dates", dates="; ".join(gone)))
    return lines


def _numbers(ctx: Context, event: Event) -> Inline:
    count = events.counts(ctx.tx, event.number)
    spoken = ctx.texts
    going = count.get(Answer.GOING, 0)
    if event.capacity:
        taken = spoken.number(going)
        told = [spoken.get("event.numbers.places", count=taken, capacity=spoken.number(event.capacity))]
    else:
        told = [spoken.plural("event.numbers.going", going)]
    for answer in (Answer.WAITING, Answer.MAYBE):
        if count.get(answer):
            told.append(spoken.get(f"event.numbers.{answer}", count=spoken.number(count[answer])))
    return strong(*joined(list(told)).children)


# --- to one reader


def shown(ctx: Context, event: Event, *, mayedit: bool) -> Reply:
    """An event with what the reader said to it and can do."""
    blocks = card(ctx, event)
    if event.state not in events.AHEAD:
        pass
    elif (own := events.answer(ctx.tx, event.number, ctx.sender)) and ctx.direct:
        blocks[-1] = Paragraph((_own(ctx, event, own),))
    if ctx.direct:
        blocks += quiz_offer(ctx, event)
    number = str(event.number)
    if mayedit and ctx.direct:
        blocks.append(_host_can(ctx, event, number))
        if event.kind == EventKind.TRAINING and event.state != EventState.CANCELLED:
            own_reading, quiz = ctx.call("event reading", number), ctx.call("quiz show", number)
            blocks.append(ctx.p("event.host.training", reading=own_reading, quiz=quiz))
    tappable = event.state in events.AHEAD and ctx.direct
    return Reply(
        tuple(blocks),
        topic=topic(event) if event.state != EventState.DRAFT else None,
        reactions=REACTIONS if tappable else (),
    )


def quiz_offer(ctx: Context, event: Event) -> list[Block]:
    """That there is a quiz, to who can do it and has not yet."""
    if records.why_no_quiz(ctx.tx, event, ctx.sender) or trainings.result(ctx.tx, event.number, ctx.sender):
        return []
    return [ctx.p("quiz.offer", quiz=ctx.call("quiz", str(event.number)))]


def _beforehand(ctx: Context, event: Event) -> list[Block]:
    """That there is something to read before a training, and a quiz, to who comes."""
    blocks: list[Block] = []
    if count := len(reading.of(ctx.tx, event)):
        show = ctx.call("event reading", str(event.number))
        blocks.append(Paragraph((ctx.n("reading.waits", count, reading=show),)))
    return blocks + quiz_offer(ctx, event) if ctx.direct else blocks


def _host_can(ctx: Context, event: Event, number: str) -> Block:
    if event.state == EventState.DRAFT:
        return ctx.p(
            "event.host.draft",
            announce=ctx.call("announce", f"{number} {ctx.texts.get('event.example_room')}"),
            edit=ctx.call("event edit", number),
        )
    if event.state not in events.AHEAD:
        return ctx.p(
            f"event.host.{event.state}",
            attendees=ctx.call("attendees", number),
            material=ctx.call("material", number),
        )
    return ctx.p(
        "event.host.can",
        attendees=ctx.call("attendees", number),
        edit=ctx.call("event edit", number),
        move=ctx.call("event move", f"{number} …"),
        cancel=ctx.call("event cancel", f"{number} …"),
    )


def _own(ctx: Context, event: Event, own: EventAnswer) -> Inline:
    """What somebody said to an event, and how to say something else."""
    number = str(event.number)
    if own.answer == Answer.WAITING:
        return ctx.t(
            "event.own.waiting",
            place=ctx.texts.number(place_in_line(ctx, own)),
            notgoing=ctx.call("notgoing", number),
        )
    if own.answer == Answer.ASKED:
        return ctx.t(
            "event.own.asked", going=ctx.call("going", number), notgoing=ctx.call("notgoing", number)
        )
    told = ctx.t(f"event.own.{own.answer}", change=ctx.call(_OTHER[Answer(own.answer)], number))
    skipped = [ctx.texts.date(one.date()) for one in sorted(map(_local, own.skips))]
    return span(told, " ", ctx.t("event.own.skips", dates=ctx.texts.list(skipped))) if skipped else told


_OTHER = {Answer.GOING: "notgoing", Answer.MAYBE: "going", Answer.NOT_GOING: "going"}


def place_in_line(ctx: Context, own: EventAnswer) -> int:
    """Which place somebody has on the waiting list, counted from 1."""
    return sum(one.id <= own.id for one in events.answers(ctx.tx, own.event, Answer.WAITING))


def answered(ctx: Context, event: Event, own: EventAnswer) -> Reply:
    """The answer to who said whether they come, with the date that it is about."""
    return reply(*_answer(ctx, event, own), about=ctx.sender)


def _answer(ctx: Context, event: Event, own: EventAnswer) -> list[Block]:
    one = dates.coming(event, ctx.now)
    told = ctx.p(f"event.noted.{own.answer}", event=strong(reference(event, ctx.language)))
    lines: list[Inline] = [*told.lines]
    if one and own.answer != Answer.NOT_GOING:
        key = "event.card.next" if event.rrule else "event.card.when"
        lines.append(ctx.t(key, when=when(ctx, event, one)))
    blocks: list[Block] = [Paragraph(tuple(lines))]
    if event.rrule and own.answer == Answer.GOING and one:
        skip = ctx.call("notgoing", f"{event.number} {day(ctx, event, one)}")
        blocks.append(ctx.p("event.noted.series", rule=str(repeats(ctx, event)), notgoing=skip))
    if own.answer == Answer.WAITING:
        blocks.append(Paragraph((_own(ctx, event, own),)))
    if own.answer == Answer.GOING:
        blocks += _beforehand(ctx, event)
    return blocks


def date_noted(ctx: Context, event: Event, one: Occurrence, *, comes: bool) -> Reply:
    """The answer to who said whether they come to a single date of a series."""
    key = "event.date_noted.comes" if comes else "event.date_noted.skips"
    return reply(
        ctx.p(key, event=strong(reference(event, ctx.language)), when=when(ctx, event, one)),
        about=ctx.sender,
    )


def which_meant(ctx: Context, event: Event, wanted: Answer) -> tuple[Block, ...]:
    """Whether who signs up or off with the number of an event means that; what else they may mean."""
    told, number = strong(reference(event, ctx.language)), str(event.number)
    answer = ctx.call("going" if wanted == Answer.GOING else "notgoing", number)
    text = f"event.signs.{wanted}" if ctx.direct else "event.signs.in_room"
    asked = ctx.p(text, event=told, answer=answer)
    if wanted == Answer.NOT_GOING:
        return asked, ctx.p("event.signs.off_network", leave=ctx.call("leave"))
    return (asked,) if ctx.member else (asked, ctx.p("event.signs.up_network", register=ctx.call("register")))


def taken_back(ctx: Context, event: Event) -> Reply:
    """The answer to who took back what they said."""
    return reply(ctx.p("event.noted.nothing", event=strong(reference(event, ctx.language))))


# --- letters


def waits(ctx: Context, event: Event, own: EventAnswer) -> Sequence[Block]:
    """Tells somebody that they are on the waiting list."""
    return _answer(ctx, event, own)


def moved_up(ctx: Context, event: Event) -> Sequence[Block]:
    """Tells somebody that a place became free for them."""
    one = dates.coming(event, ctx.now)
    lines: list[Inline] = [ctx.t("event.moved_up", event=strong(reference(event, ctx.language)))]
    if one:
        lines.append(ctx.t("event.card.when", when=when(ctx, event, one)))
    how = ctx.p("event.moved_up_how", notgoing=ctx.call("notgoing", str(event.number)))
    return Paragraph(tuple(lines)), *_beforehand(ctx, event), how


def reminder(ctx: Context, event: Event, one: Occurrence) -> list[Block]:
    """Reminds somebody who comes of a date, with what they need for it."""
    minutes = -(-int((one.at - ctx.now).total_seconds()) // 60)
    clock = ZoneInfo(zone(ctx, event))
    days = (one.at.astimezone(clock).date() - ctx.now.astimezone(clock).date()).days
    told = strong(reference(event, ctx.language))
    if minutes <= 90:
        head = ctx.n("event.remind.minutes", minutes, event=told)
    elif days < 2:
        head = ctx.t("event.remind.tomorrow" if days else "event.remind.today", event=told)
    else:
        head = ctx.n("event.remind.days", days, event=told)
    lines: list[Inline] = [head, ctx.t("event.card.when", when=when(ctx, event, one))]
    if event.place:
        lines.append(ctx.t("event.card.place", place=event.place))
    if event.link:
        lines.append(ctx.t("event.card.link", link=Link(event.link, event.link)))
    number = str(event.number)
    skip = ctx.call("notgoing", f"{number} {day(ctx, event, one)}" if event.rrule else number)
    # Shortly before, nobody reads any more.
    before = [*reading.blocks(ctx, event), *quiz_offer(ctx, event)] if days > 0 else []
    return [
        Paragraph(tuple(lines)),
        *before,
        ctx.p("event.remind.how", notgoing=skip, remind=ctx.call("remind", f"{number} …")),
    ]


def reminders_told(ctx: Context, event: Event, minutes: Sequence[int]) -> Reply:
    """How early somebody is reminded of an event, and how to change that."""
    told = strong(reference(event, ctx.language))
    number = str(event.number)
    spans = ctx.texts.list([_before(ctx, one) for one in minutes])
    key = "event.reminders.some" if minutes else "event.reminders.none"
    values: dict[str, Inline] = {"event": told, "spans": spans} if minutes else {"event": told}
    how = ctx.p(
        "event.reminders.how",
        some=ctx.call("remind", f"{number} {ctx.texts.get('event.reminders.example')}"),
        off=ctx.call("remind", f"{number} {_first(ctx, 'event.reminders.words.off')}"),
        usual=ctx.call("remind", f"{number} {_first(ctx, 'event.reminders.words.usual')}"),
    )
    return reply(ctx.p(key, **values), how, about=ctx.sender)


def _first(ctx: Context, key: str) -> str:
    return ctx.texts.raw(key).split("|")[0].strip()


def _before(ctx: Context, minutes: int) -> str:
    if minutes % 10080 == 0:
        return ctx.texts.plural("event.reminders.weeks", minutes // 10080)
    if minutes % 1440 == 0:
        return ctx.texts.plural("event.reminders.days", minutes // 1440)
    if minutes % 60 == 0:
        return ctx.texts.plural("event.reminders.hours", minutes // 60)
    return ctx.texts.plural("event.reminders.minutes", minutes)


def news(
    ctx: Context, event: Event, what: str, original: Occurrence | None, was: str, reason: str
) -> list[Block]:
    """Tells that an event, or a single date of it, was moved or cancelled; `was` is the date before."""
    told = strong(reference(event, ctx.language))
    match what:
        case "moved":
            one = dates.coming(event, ctx.now)
            lines: list[Inline] = [ctx.t("event.news.moved", event=told, was=was)]
            if one:
                lines.append(ctx.t("event.card.now", when=when(ctx, event, one)))
            if event.rrule:
                lines.append(ctx.t("event.card.repeats", rule=str(repeats(ctx, event))))
            going = ctx.call("going", str(event.number))
            return [Paragraph(tuple(lines)), ctx.p("event.news.anew", going=going)]
        case "date_moved" if original:
            lines = [
                ctx.t("event.news.date_moved", event=told, was=was),
                ctx.t("event.card.now", when=when(ctx, event, original)),
            ]
            skip = ctx.call("notgoing", f"{event.number} {day(ctx, event, original)}")
            return [Paragraph(tuple(lines)), ctx.p("event.news.date_stays", notgoing=skip)]
        case "cancelled":
            lines = [ctx.t("event.news.cancelled", event=told, was=was)]
        case _:
            lines = [ctx.t(f"event.news.{what}", event=told, was=was)]
    if reason := reason or event.reason or "":
        lines.append(ctx.t("event.card.cancelled", reason=reason))
    return [Paragraph(tuple(lines))]


# --- lists


def listed(ctx: Context, found: Sequence[tuple[Event, Occurrence | None]], heading: Paragraph) -> Reply:
    """Events, one below the other, with their next dates."""
    entries = [_entry(ctx, event, one) for event, one in found]
    pages = [
        (Entries(tuple(entries[start : start + ON_A_PAGE])),) for start in range(0, len(entries), ON_A_PAGE)
    ]
    how = ctx.p("events.how", event=ctx.call("event", str(found[0][0].number)))
    return Reply((heading, *pages[0], how), pages=tuple(pages[1:]))


def _entry(ctx: Context, event: Event, one: Occurrence | None) -> tuple[Inline, ...]:
    lines: list[Inline] = [reference(event, ctx.language)]
    if one:
        lines.append(_span(ctx, event, one, zone(ctx, event)))
    notes: list[Inline] = [ctx.texts.get(f"choice.event.kind.{event.kind}")]
    if event.rrule:
        notes.append(str(repeats(ctx, event)))
    if event.state in (EventState.DRAFT, EventState.CANCELLED, EventState.OVER):
        notes.append(ctx.texts.get(f"event.state.{event.state}"))
    own = events.answer(ctx.tx, event.number, ctx.sender) if ctx.direct else None
    if own:
        notes.append(em(ctx.texts.get(f"event.answer.{own.answer}")))
    return (*lines, joined(notes))


def agreed(ctx: Context, hours: Sequence[tuple[datetime, Sequence[str]]]) -> tuple[Block, ...]:
    """The hours that the reader has agreed on with others, if there are any."""
    if not hours:
        return ()
    lines = [
        ctx.t(
            "events.agreed_hour",
            moment=ctx.texts.datetime(at, ctx.timezone),
            names=ctx.texts.list([name(ctx, one) for one in others]),
        )
        for at, others in hours
    ]
    return (ctx.p("events.agreed"), Bullets(tuple(lines)))


def none_ahead(ctx: Context, key: str) -> Reply:
    """That there is nothing to list, and what to do."""
    if Role.MODERATOR in ctx.roles:
        return reply(ctx.p(key), ctx.p("events.make_one", new=ctx.call("event new")))
    return reply(ctx.p(key))


def attendees(ctx: Context, event: Event) -> Reply:
    """Who comes and who does not, for the host and moderators."""
    ctx = ctx.privately()
    by_answer: dict[str, list[str]] = {}
    for one in events.answers(ctx.tx, event.number):
        by_answer.setdefault(one.answer, []).append(_attendee(ctx, one))
    if not by_answer:
        told = ctx.p("attendees.none", event=strong(reference(event, ctx.language)))
        return Reply((told,), private=True)
    pages: list[tuple[Block, ...]] = []
    for answer in Answer:
        names = by_answer.get(answer, [])
        for start in range(0, len(names), NAMES_ON_A_PAGE):
            head = paragraph(strong(f"{ctx.texts.get(f'event.answer.{answer}')} ({len(names)})"))
            pages.append((head, Bullets(tuple(names[start : start + NAMES_ON_A_PAGE]))))
    first = ctx.p("attendees.title", event=strong(reference(event, ctx.language)))
    note = ctx.p("attendees.note")
    # Short lists fit onto one page.
    if sum(map(len, by_answer.values())) <= NAMES_ON_A_PAGE:
        pages = [tuple(block for page in pages for block in page)]
    return Reply((first, *pages[0], note), pages=tuple(pages[1:]), private=True)


def _attendee(ctx: Context, one: EventAnswer) -> str:
    member = members.get(ctx.tx, one.user_id)
    told = f"{member.name}, {member.organisation}" if member else name(ctx, one.user_id)
    skipped = [ctx.texts.date(local.date()) for local in sorted(map(_local, one.skips))]
    return f"{told} ({ctx.texts.get('attendees.skips', dates=ctx.texts.list(skipped))})" if skipped else told


# --- to who makes and changes events


def announced(ctx: Context, event: Event, new: list[Room], known: list[Room]) -> Reply:
    """The answer to who announced an event: where its card stands now."""
    told = strong(reference(event, ctx.language))
    blocks: list[Block] = []
    if new:
        listed = ctx.call("events")
        blocks.append(ctx.p("announce.done", event=told, rooms=_names(ctx, new), events=listed))
    if known:
        blocks.append(ctx.p("announce.before", event=told, rooms=_names(ctx, known)))
    return reply(*blocks)


def _names(ctx: Context, places: list[Room]) -> str:
    return ctx.texts.list([room.name or room.alias or room.room_id for room in places])


def changed(ctx: Context, event: Event, labels: list[str]) -> Reply:
    """The answer to who changed an event."""
    told = strong(reference(event, ctx.language))
    if not labels:
        return reply(ctx.p("event.unchanged", event=told))
    blocks: list[Block] = [ctx.p("event.changed", event=told, fields=ctx.texts.list(labels))]
    going = events.counts(ctx.tx, event.number).get(Answer.GOING, 0)
    if event.capacity and going > event.capacity:
        count, capacity = ctx.texts.number(going), ctx.texts.number(event.capacity)
        blocks.append(ctx.p("event.overbooked", count=count, capacity=capacity))
    return reply(*blocks)


def moved(ctx: Context, event: Event) -> Reply:
    """The answer to who moved an event or a date of it."""
    one = dates.coming(event, ctx.now)
    lines: list[Inline] = [ctx.t("event.moved", event=strong(reference(event, ctx.language)))]
    if one:
        lines.append(
            ctx.t("event.card.next" if event.rrule else "event.card.when", when=when(ctx, event, one))
        )
    if event.rrule:
        lines.append(ctx.t("event.card.repeats", rule=str(repeats(ctx, event))))
        lines += _changed_dates(ctx, event, one)
    return reply(Paragraph(tuple(lines)), *_told(ctx, event))


def meanwhile(ctx: Context, event: Event, key: str, command: str) -> Reply:
    """The answer to who confirmed a change of dates that is no longer what they were asked about."""
    show, again = ctx.call("event", str(event.number)), ctx.call(command, f"{event.number} …")
    return reply(ctx.p(key, event=strong(reference(event, ctx.language)), show=show, again=again))


def cancelled(ctx: Context, event: Event) -> Reply:
    """The answer to who cancelled an event."""
    return reply(ctx.p("event.cancelled", event=strong(reference(event, ctx.language))), *_told(ctx, event))


def date_cancelled(ctx: Context, event: Event, one: Occurrence) -> Reply:
    """The answer to who cancelled a single date of a series."""
    told = strong(reference(event, ctx.language))
    return reply(ctx.p("event.date_cancelled", event=told, when=when(ctx, event, one)), *_told(ctx, event))


def you_host(ctx: Context, event: Event, by: str) -> list[Block]:
    """Tells somebody that another made them the host of an event."""
    told = strong(reference(event, ctx.language))
    show = ctx.call("event", str(event.number))
    return [ctx.p("event.you_host", event=told, person=name(ctx, by), show=show)]


def _told(ctx: Context, event: Event) -> tuple[Block, ...]:
    """That others hear of it; of a draft nobody does."""
    return () if event.state == EventState.DRAFT else (ctx.p("event.all_told"),)


def allowed(ctx: Context, user_id: str, *, new: bool) -> Reply:
    """The answer to who lets somebody make events."""
    key = "event.allowed" if new else "event.allowed_before"
    return reply(ctx.p(key, person=name(ctx, user_id), new=ctx.call("event new")), about=user_id)


def disallowed(ctx: Context, user_id: str) -> Reply:
    """The answer to who lets somebody make no more events."""
    return reply(ctx.p("event.disallowed", person=name(ctx, user_id)), about=user_id)


def _local(written: str) -> datetime:
    return datetime.fromisoformat(written)
