"""What a person types about trainings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from commands.core import values
from commands.core.arguments import Args, ArgumentError, Positional, RestOf, practice_number
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import FormFieldsError
from commands.core.handed_out import handed_out
from commands.core.nodes import Preformatted
from commands.core.registry import command
from commands.core.reply import Reply
from commands.events import service as of_events
from commands.events.answers import is_open
from commands.events.arguments import EventNumber, numbered, words_of
from commands.events.training import forms, records, service, views
from commands.events.training.forms import CHANGE
from commands.events.views import reference
from config.words import fold
from storage import trainings
from storage.events import Event
from storage.trainings import QuizOpens, TrainingQuestion

_PRACTICES = re.compile(r"(?:[\s,;]*(?:\b(?:and|und)\b)?\s*#?[0-9]{1,9}\b)+[\s.]*")


class ReadingArgs(Args):
    """`!event reading 3`, `!event reading 3 #12 #15`, `!event reading 3 remove #12`"""

    reading: Annotated[str, RestOf()]


@command("event reading")
def event_reading(ctx: Context, args: ReadingArgs) -> Reply:
    """Show which practices to read before a training, or change that as its host."""
    number, typed = numbered(ctx, args.reading)
    if not typed:
        event = of_events.visible(ctx, number)
        return views.to_read(ctx, event, mayadd=of_events.may_edit(ctx, event))
    event = service.training(ctx, number)
    first, _, rest = typed.partition(" ")
    if fold(first) in words_of("training.words.remove"):
        service.remove_reading(ctx, event, _practices(ctx, rest))
    else:
        service.add_reading(ctx, event, _practices(ctx, typed))
    return views.reading_changed(ctx, event)


def _practices(ctx: Context, typed: str) -> list[int]:
    """The numbers of practices that were typed."""
    if not _PRACTICES.fullmatch(typed):
        raise ArgumentError("reading.numbers", typed=values.short(typed))
    return [int(found) for found in re.findall(r"[0-9]+", typed)]


# --- the quiz


class QuizArgs(Args):
    """`!quiz 3`"""

    event: EventNumber


@command("quiz", private=True)
def quiz(ctx: Context, args: QuizArgs) -> Reply:
    """Do the quiz of a training, as often as one likes."""
    event = of_events.visible(ctx, args.event)
    why_not = records.why_no_quiz(ctx.tx, event, ctx.sender)
    if why_not is None:
        return forms.begin(ctx, event)
    if of_events.may_edit(ctx, event):
        return views.quiz(ctx.privately(), event)
    told = reference(event, ctx.privately().language)
    if why_not == "not_going" and is_open(ctx.tx, event):
        raise UserError("quiz.not_going", event=told, going=ctx.call("going", str(event.number)))
    raise UserError(f"quiz.refused.{why_not}", event=told)


@command("quiz show", private=True)
def quiz_show(ctx: Context, args: QuizArgs) -> Reply:
    """Show the host all questions of a quiz with what is right, and how people do."""
    return views.quiz(ctx.privately(), of_events.editable(ctx, args.event))


class QuestionArgs(Args):
    """`!quiz add 3`, or with filled forms"""

    questions: Annotated[str, RestOf()]


@command("quiz add", private=True)
def quiz_add(ctx: Context, args: QuestionArgs) -> Reply:
    """Add a question to the quiz of a training, or several."""
    number, typed = numbered(ctx, args.questions)
    return forms.write(ctx, service.training(ctx, number), typed)


class QuizChangesArgs(Args):
    """`!quiz edit 3 2`, `!quiz edit 3 before`"""

    quiz_changes: Annotated[str, RestOf()]


@command("quiz edit", private=True)
def quiz_edit(ctx: Context, args: QuizChangesArgs) -> Reply:
    """Change a question of a quiz, or from when on the quiz can be done."""
    number, typed = numbered(ctx, args.quiz_changes)
    event, here = service.training(ctx, number), ctx.privately()
    for when in QuizOpens:
        if fold(typed.strip()) in words_of(f"training.words.{when}"):
            service.open_quiz(ctx, event, when)
            return views.opens(here, event, when)
    known, typed = _question(ctx, event, typed)
    if not typed:
        place = trainings.questions(ctx.tx, event.number).index(known) + 1
        call = f"{ctx.network.prefix}{here.word('quiz edit')} {number} {place}"
        written = f"{call}\n{CHANGE.written(here, service.as_answers(known))}"
        topic = quiz_form.of(f"{number}/{known.id}")
        return Reply((here.p("event.edit_form"), Preformatted(written)), topic=topic, private=True)
    if CHANGE.looks_like(typed):
        return _fill(ctx, event, known, typed)
    named = CHANGE.begins_with(typed)
    if named is None:
        fields = ctx.texts.list([CHANGE.label(field, ctx.texts) for field in CHANGE.fields])
        raise UserError("profile.no_field", typed=values.short(typed), fields=fields)
    field, value = named
    if not value:
        return forms.ask_changes(ctx, event, known, service.together(known, field.name))
    return forms.change(here, event, known, {field.name: CHANGE.read_field(field, value, ctx)})


def _fill(ctx: Context, event: Event, known: TrainingQuestion, typed: str) -> Reply:
    """Change what a form says, as far as it is right, and ask for the rest."""
    try:
        return forms.change(ctx.privately(), event, known, CHANGE.read(typed, ctx))
    except FormFieldsError as wrong:
        return forms.mend_changes(ctx, event, known, wrong)


def _filled(ctx: Context, reference: str, typed: str) -> Reply | None:
    """The same without the command, as long as the question is there."""
    number, _, question_id = reference.partition("/")
    found = trainings.questions(ctx.tx, int(number))
    known = next((one for one in found if one.id == int(question_id)), None)
    if known is None:
        return None
    reply = _fill(ctx, service.training(ctx, known.event), known, typed)
    # A question that is changed is another one, in its place.
    now = next(one for one in trainings.questions(ctx.tx, known.event) if one.place == known.place)
    return reply if reply.asks else replace(reply, topic=quiz_form.of(f"{known.event}/{now.id}"))


quiz_form = handed_out("quiz_form", CHANGE, _filled)


class QuizRemovalArgs(Args):
    """`!quiz remove 3 2`, `!quiz remove 3 all`"""

    quiz_removal: Annotated[str, RestOf()]


@command("quiz remove", private=True)
def quiz_remove(ctx: Context, args: QuizRemovalArgs) -> Reply:
    """Take a question out of a quiz, or the whole quiz away."""
    number, typed = numbered(ctx, args.quiz_removal)
    event, here = service.training(ctx, number), ctx.privately()
    if fold(typed.strip()) in words_of("training.words.all"):
        service.remove_quiz(ctx, event)
        return views.quiz_removed(here, event)
    known, _rest = _question(ctx, event, typed)
    service.remove_questions(ctx, event, [known])
    return views.question_removed(here, event, known)


def _question(ctx: Context, event: Event, typed: str) -> tuple[TrainingQuestion, str]:
    """The question whose number was typed, and what stands behind it."""
    found = re.fullmatch(r"\s*#?([0-9]{1,3})[.:]?(?:\s+(.*))?\s*", typed, re.DOTALL)
    if found is None:
        raise ArgumentError("quiz.which", typed=values.short(typed), number=str(event.number))
    return service.question(ctx, event, int(found[1])), (found[2] or "").strip()


# --- one's own record


@command("record", private=True)
def record(ctx: Context) -> Reply:
    """List the trainings that one took part in; nobody else sees it."""
    return views.record(ctx.privately(), trainings.records(ctx.tx, ctx.sender))


def _line_number(typed: str, ctx: Context) -> int:
    """The number of a training in one's own record, as the bot told it."""
    try:
        return practice_number(typed, ctx)
    except UserError:
        raise UserError("record.number", typed=values.short(typed), record=ctx.call("record")) from None


class RecordArgs(Args):
    """`!record remove 2`"""

    own_training: Annotated[int, Positional(_line_number)]


@command("record remove", private=True)
def record_remove(ctx: Context, args: RecordArgs) -> Reply:
    """Take a training out of one's own record."""
    line = service.line(ctx, args.own_training)
    removed = views.removed(ctx.privately(), line)
    trainings.remove_record(ctx.tx, line)
    return removed
