"""The questions of the self-assessment as a dialog: as far up as the rules ask, and kept with each answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime
from functools import cached_property

from commands.assessment import offering, rules, service, views
from commands.core import dialog
from commands.core.arguments import whole_number
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, Form, FormField, text
from commands.core.nodes import Block
from commands.core.reply import Reply
from config.maturity import UNKNOWN, Model, Process, Question, bundled
from config.texts import Texts
from storage import dialogs
from storage.dialogs import Dialog

NAME = "maturity"
CHOICE = "process"
ALL, REST = "all", "rest"
ANSWERS = (*rules.RATINGS, UNKNOWN)
#: Letters to tap, in the order of the answers.
TAPS = (
    "\N{REGIONAL INDICATOR SYMBOL LETTER N}",
    "\N{REGIONAL INDICATOR SYMBOL LETTER P}",
    "\N{REGIONAL INDICATOR SYMBOL LETTER L}",
    "\N{REGIONAL INDICATOR SYMBOL LETTER F}",
    "\N{BLACK QUESTION MARK ORNAMENT}",
)
_PERCENT = re.compile(
    r"\s*(?:ca\.?|about|etwa|rund|~)?\s*(\d{1,3})(?:[.,](\d+))?\s*(?:%|percent|prozent)\s*", re.I
)


@dataclass(frozen=True)
class Questionnaire(Form):
    """The questions of one model; `done` are the processes that were finished when the dialog began."""

    _: KW_ONLY
    model: Model
    done: tuple[str, ...] = ()

    @cached_property
    def _questions(self) -> dict[str, tuple[Process, Question]]:
        return {
            service.field_name(process, question.id): (process, question)
            for process in self.model.processes
            for question in process.questions
        }

    def as_begun(self, ctx: Context, begun: Dialog) -> Form:
        """The questions of the model with which it was begun."""
        hidden = begun.context.get("hidden", {})
        return questionnaire(service.model_of(ctx.tx, hidden["model"]), tuple(hidden["done"]))

    def chosen(self, answers: Answers) -> tuple[Process, ...]:
        """The processes that are gone through."""
        match answers.get(CHOICE):
            case "all":
                return self.model.processes
            case "rest":
                return tuple(one for one in self.model.processes if one.id not in self.done)
            case one:
                return tuple(process for process in self.model.processes if process.id == one)

    def asked(self, answers: Answers, only: Sequence[str]) -> list[FormField]:
        """The choice, and of each process the questions that the rules ask."""
        names = [CHOICE]
        for process in self.chosen(answers):
            climb = rules.climb(process, service.answers_on(process, answers))
            names += [service.field_name(process, question.id) for question in climb.asked]
        return [self._by_field[name] for name in names]

    @cached_property
    def _by_field(self) -> dict[str, FormField]:
        return {field.name: field for field in self.fields}

    def keep(self, ctx: Context, begun: Dialog) -> None:
        """Keep the answers with the results, where they outlive the dialog."""
        since = datetime.fromisoformat(begun.context["hidden"]["since"])
        processes = self.chosen(begun.answers)
        service.keep_answers(ctx.tx, ctx.sender, self.model, processes, begun.answers, since)

    def shows(self, field: FormField, answers: Answers, ctx: Context, *, again: bool) -> tuple[Block, ...]:
        """The menu, or a question with where in its process it stands."""
        if field.name == CHOICE:
            return views.menu(ctx, self.model, field.choices)
        process, question = self._questions[field.name]
        asked = views.question(ctx, self.model, process, question)
        if again:
            return asked
        chosen = self.chosen(answers)
        place = chosen.index(process)
        before = chosen[place - 1] if place else None
        ended = rules.climb(before, service.answers_on(before, answers)) if before else None
        return (*views.before(ctx, self.model, process, question, before, ended), *asked)

    def help(self, field: FormField, ctx: Context) -> tuple[Block, ...]:
        """What a question means, examples, and what the answers mean."""
        if field.name == CHOICE:
            return ()
        _process, question = self._questions[field.name]
        return views.explained(ctx, self.model, question)

    def cancelled(self, ctx: Context) -> Block:
        """What was answered stays with its owner until they delete it."""
        return views.stopped(ctx)

    def label(self, field: FormField, spoken: Texts) -> str:
        """The question itself, short enough to be recognised."""
        if field.name == CHOICE:
            return spoken.get("assess.field")
        process, question = self._questions[field.name]
        place = [one.id for one in process.questions].index(question.id) + 1
        return f"{process.id}, {place}"

    def choice(self, field: FormField, value: str, spoken: Texts) -> str:
        """What an answer or a process is called."""
        if value in (ALL, REST):
            return spoken.get(f"assess.choice.{value}")
        if field.name == CHOICE:
            process = self.model.process(value)
            return process.title[spoken.language] if process else value
        return self.model.ratings[value].label[spoken.language]

    def choice_names(self, field: FormField, value: str, spoken: Texts) -> list[str]:
        """Beside that, what people say for it."""
        names = [self.choice(field, value, spoken)]
        if field.name == CHOICE:
            if value in (ALL, REST):
                names += spoken.raw(f"assess.words.{value}").split("|")
            else:
                names += [value, value.replace(".", ""), value.replace(".", " ")]
            # Who reads the menu may as well say the whole command.
            number = str(field.choices.index(value) + 1)
            commands = spoken.raw("command.assess.words").split("|")
            return [*names, *(f"{word} {name}" for word in commands for name in (number, *names))]
        words = spoken.raw(f"assess.answer.{value.lower()}").split("|")
        return [*names, TAPS[ANSWERS.index(value)], *words]

    def read_field(self, field: FormField, typed: str, ctx: Context) -> str:
        """An answer by its letter, its name, another word for it, its number, a tap or a percentage."""
        if field.name != CHOICE and (told := _PERCENT.fullmatch(typed)):
            percent = float(f"{told[1]}.{told[2] or 0}")
            if percent <= 100:
                return rules.rating_of_percent(percent)
        return str(super().read_field(field, typed, ctx))

    def options(self, field: FormField, ctx: Context) -> str:
        """What can be answered, in a sentence."""
        if field.name == CHOICE:
            return ctx.texts.list(["1", "2", "…", str(len(field.choices))], "or")
        return ctx.texts.list(
            [f"{'?' if one == UNKNOWN else one} ({self.choice(field, one, ctx.texts)})" for one in ANSWERS],
            "or",
        )


def questionnaire(model: Model, done: tuple[str, ...] = ()) -> Questionnaire:
    """The dialog of a model."""
    ids = [process.id for process in model.processes]
    rest = (REST,) if 0 < len(set(ids) & set(done)) < len(ids) else ()
    choice = FormField(CHOICE, text(60), choices=(*ids, *rest, ALL))
    questions = tuple(
        FormField(service.field_name(process, question.id), text(60), choices=ANSWERS, taps=TAPS)
        for process in model.processes
        for question in process.questions
    )
    return Questionnaire(NAME, (choice, *questions), _finish, last_look=False, model=model, done=done)


def begin(ctx: Context, choice: str | None) -> Reply:
    """Begin with one process, the rest or all, or with the menu; what was begun earlier goes on."""
    known = dialogs.get(ctx.tx, ctx.sender, NAME)
    if known and choice in (None, known.answers.get(CHOICE)):
        return dialog.resume(ctx, MATURITY.as_begun(ctx, known), known)
    model = service.model_of(ctx.tx, known.context["hidden"]["model"]) if known else service.current(ctx.tx)
    profile = service.profile(ctx.tx, ctx.sender, key=model.key)
    done = tuple(one.process.id for one in profile.known if one.climb.finished) if profile else ()
    form = questionnaire(model, done)
    if choice == REST and REST not in form.field(CHOICE).choices:
        choice = ALL
    answers: Answers = {CHOICE: choice} if choice else {}
    begun = service.unfinished(ctx.tx, ctx.sender, model)
    hidden = {"model": model.key, "done": list(done), "since": ctx.now.isoformat()}
    opening = views.opening(ctx.privately(), model, form.chosen(answers), begun)
    return dialog.start(ctx, MATURITY, {**begun, **answers}, hidden=hidden, opening=opening)


def wanted(ctx: Context, typed: str) -> str:
    """The process that a text names, by number, id or name, or "all" or "rest"; raises `UserError`."""
    known = dialogs.get(ctx.tx, ctx.sender, NAME)
    model = service.model_of(ctx.tx, known.context["hidden"]["model"]) if known else service.current(ctx.tx)
    form = questionnaire(model)
    # "rest" can be asked for whether or not it is in the menu at the moment.
    field = replace(form.field(CHOICE), choices=(*(one.id for one in model.processes), ALL, REST))
    if (whole_number(typed.strip()) or 0) > len(model.processes):
        raise UserError("assess.no_process", typed=typed[:40], assess=ctx.call("assess"))
    try:
        return str(form.read_field(field, typed, ctx))
    except UserError:
        raise UserError("assess.no_process", typed=typed[:40], assess=ctx.call("assess")) from None


def _finish(ctx: Context, answers: Answers) -> Reply:
    model = service.model_of(ctx.tx, answers["model"])
    profile = service.profile(ctx.tx, ctx.sender, key=model.key)
    if profile is None:
        raise UserError("assessment.none", assess=ctx.call("assess"))
    chosen = questionnaire(model, tuple(answers["done"])).chosen(answers)
    results = [profile.result(process.id) for process in chosen]
    asked = offering.to_ask(ctx, profile, results)
    return views.finished(ctx, profile, results, asked, topic=offering.topic(asked))


MATURITY = questionnaire(bundled()[0])
