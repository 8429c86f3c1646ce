"""The quiz of a training as a dialog, and the form in which its questions are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import Any

from commands.core import dialog
from commands.core.context import Context
from commands.core.errors import UserError, told
from commands.core.forms import KEYCAP, Answers, Changes, Form, FormField, FormFieldsError, text
from commands.core.nodes import Block, Inline, span, strong
from commands.core.reply import Reply
from commands.core.values import short
from commands.events.arguments import words_of
from commands.events.forms import of_event
from commands.events.training import service, views
from commands.events.views import reference
from config.texts import Texts
from config.words import fold
from storage import dialogs, events, trainings
from storage.dialogs import Dialog
from storage.events import Event
from storage.trainings import TrainingQuestion

NAME = "training_quiz"
FEWEST_CHOICES, MOST_CHOICES = 2, 5
LONGEST_CHOICE = 150  # characters
_TAPS = tuple(f"{number}\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}" for number in range(1, 6))

# --- doing it


@dataclass(frozen=True)
class Quiz(Form):
    """The questions of one quiz, as they were when it was begun."""

    _: KW_ONLY
    questions: tuple[TrainingQuestion, ...] = ()

    def as_begun(self, ctx: Context, begun: Dialog) -> Form:
        """The questions with which it was begun, in the language of the reader."""
        found = [TrainingQuestion(**one) for one in begun.context["hidden"]["questions"]]
        return replace(self, fields=tuple(map(_field, found)), questions=tuple(found))

    @cached_property
    def _by_field(self) -> dict[str, TrainingQuestion]:
        return {_name(one): one for one in self.questions}

    def shows(self, field: FormField, answers: Answers, ctx: Context, *, again: bool) -> tuple[Block, ...]:
        """A question, after the explanation of the one before."""
        place = self.fields.index(field)
        before = self.fields[place - 1].name if place else ""
        explained: tuple[Block, ...] = ()
        if before in answers and not again:
            explained = views.explained(ctx, self._by_field[before], chosen(answers[before]))
        asked = views.question(ctx, self._by_field[field.name], place + 1, len(self.fields))
        return (*explained, *asked)

    def keep(self, ctx: Context, begun: Dialog) -> None:
        """What was said to each question first, before its explanation was read."""
        hidden = begun.context["hidden"]
        first = {**begun.answers, **hidden.get("first", {})}
        begun.context = {**begun.context, "hidden": {**hidden, "first": first}}

    def label(self, field: FormField, spoken: Texts) -> str:
        """Which of the questions it is."""
        return spoken.get("quiz.label", number=str(self.fields.index(field) + 1))

    def choice(self, field: FormField, value: str, spoken: Texts) -> str:
        """What a choice says."""
        return views.in_language(self._by_field[field.name].choices, spoken.language)[int(value) - 1]

    def shown(self, field: FormField, value: Any, ctx: Context) -> Inline:
        """What was chosen."""
        said = views.in_language(self._by_field[field.name].choices, ctx.language)
        return "; ".join(said[number - 1] for number in chosen(value))

    def options(self, field: FormField, ctx: Context) -> str:
        """The numbers that can be chosen."""
        return ctx.texts.list(list(field.choices), "or")


def chosen(answer: Any) -> list[int]:
    """The numbers of the choices that an answer names."""
    return answer if isinstance(answer, list) else [int(answer)]


def _name(one: TrainingQuestion) -> str:
    return f"question_{one.id}"


def _field(one: TrainingQuestion) -> FormField:
    numbers = tuple(str(number) for number in range(1, len(next(iter(one.choices.values()))) + 1))
    if len(one.correct) > 1:  # a tap could only name one of them
        return FormField(_name(one), lambda typed, _ctx: _several(typed, len(numbers)))
    return FormField(_name(one), text(LONGEST_CHOICE), choices=numbers, taps=_TAPS[: len(numbers)])


def _several(typed: str, count: int) -> list[int]:
    """Numbers of choices: `1, 3`, `1 und 3`, `13`, `all`."""
    if fold(typed.rstrip(" .!")) in words_of("quiz.words.all"):
        return list(range(1, count + 1))
    plain = re.sub(r"\b(?:and|und)\b|[\s,;.+&/]", " ", KEYCAP.sub(r" \1 ", typed).casefold())
    numbers = [int(digit) for digit in re.sub(r"\s", "", plain) if digit.isascii() and digit.isdigit()]
    if not re.fullmatch(r"[0-9 ]+", plain) or not numbers or not all(1 <= one <= count for one in numbers):
        raise UserError("quiz.several", typed=short(typed), last=str(count))
    return sorted(set(numbers))


def begin(ctx: Context, event: Event) -> Reply:
    """Begin with the first question, or go on where one stopped; raises `UserError`."""
    known = dialogs.get(ctx.tx, ctx.sender, NAME)
    if known and known.context["hidden"]["event"] == event.number:
        go_on = dialog.resume if known.paused else dialog.put_again
        return go_on(ctx, QUIZ.as_begun(ctx, known), known)
    other = events.get(ctx.tx, known.context["hidden"]["event"]) if known else None
    if known and other is None:
        dialogs.remove(ctx.tx, known)
    if other:
        open_ = ctx.privately()
        raise UserError(
            "quiz.other_open",
            event=reference(other, open_.language),
            quiz=open_.call("quiz", str(other.number)),
        )
    found = trainings.questions(ctx.tx, event.number)
    hidden = {"event": event.number, "questions": service.snapshot(found)}
    return dialog.start(ctx, QUIZ, hidden=hidden, opening=views.opening(ctx.privately(), event))


def _finish(ctx: Context, answers: Answers) -> Reply:
    event = events.get(ctx.tx, answers["event"])
    asked = [TrainingQuestion(**one) for one in answers["questions"]]
    said = {str(one.id): chosen(answers[_name(one)]) for one in asked}
    first = {str(one.id): chosen(answers["first"][_name(one)]) for one in asked}
    explained = views.explained(ctx, asked[-1], said[str(asked[-1].id)])
    if event is None or not trainings.count_questions(ctx.tx, event.number):
        return views.taken_away(ctx, explained)
    points = service.score(asked, said)
    best = service.keep_result(ctx, event, first, points)
    return views.finished(ctx, event, explained, points, len(asked), best)


QUIZ = Quiz(NAME, (), _finish, last_look=False, begun_by="quiz")


# --- writing it

_MARK = r"[*\u2705\u2714\u2713]\ufe0f?"
_CHOICE = re.compile(
    rf"\s*(?:[-•–]\s+)?(?P<before>{_MARK})?\s*(?P<text>.*?)\s*(?P<after>{_MARK})?\s*",
)
_NUMBERED = re.compile(rf"(?P<label>[1-5a-eA-E])[.)]\s+(?P<mark>{_MARK})?\s*(?P<text>.+)")


def _parted(typed: str) -> list[str]:
    """Lines, or what stands between semicolons on a single one."""
    parts = typed.strip().splitlines() if "\n" in typed.strip() else typed.split(";")
    return [" ".join(one.split()) for one in parts if one.strip()]


def _written_choices(typed: str) -> list[tuple[str, bool]]:
    """Choices and whether each is marked as right; without numbers or letters where those count them all."""
    found = [
        (match["text"], bool(match["before"] or match["after"]))
        for one in _parted(typed)
        if (match := _CHOICE.fullmatch(one))
    ]
    numbered = [match for one, _ in found if (match := _NUMBERED.fullmatch(one))]
    counted = "".join(match["label"] for match in numbered).casefold()
    # "3. Oktober; 9. November" are dates, and so are "1. Mai; 2. Mai", of which nothing else would be left.
    if (
        len(numbered) < len(found)
        or not ("12345".startswith(counted) or "abcde".startswith(counted))
        or len({match["text"] for match in numbered}) < len(found)
    ):
        return found
    return [
        (match["text"], right or bool(match["mark"]))
        for match, (_, right) in zip(numbered, found, strict=True)
    ]


def _limited(choices: list[str]) -> list[str]:
    if not FEWEST_CHOICES <= len(choices) <= MOST_CHOICES:
        raise UserError("quiz.choices.count", number=str(len(choices)))
    for one in choices:
        text(LONGEST_CHOICE)(one, None)  # type: ignore[arg-type]  # it looks at the text alone
    if len({one.casefold() for one in choices}) < len(choices):
        raise UserError("quiz.choices.same")
    return choices


def _choices(typed: str, _ctx: Context) -> dict[str, Any]:
    """The choices, of which the right ones have a star."""
    found = _written_choices(typed)
    choices = _limited([one for one, _ in found])
    correct = [number for number, (_, right) in enumerate(found, 1) if right]
    if not correct:
        raise UserError("quiz.choices.none_right")
    if len(correct) == len(choices):
        raise UserError("quiz.choices.all_right")
    return {"choices": choices, "correct": correct}


def _other_choices(typed: str, _ctx: Context) -> list[str]:
    """The same in another language; that tells nothing new of which are right."""
    return _limited([one for one, _ in _written_choices(typed)])


def _starred(value: dict[str, Any]) -> list[str]:
    return [
        f"* {one}" if number in value["correct"] else one for number, one in enumerate(value["choices"], 1)
    ]


FIELDS = (
    FormField("question", text(300, lines=False), question=True),
    FormField(
        "choices",
        _choices,
        show=lambda value, _ctx: "; ".join(_starred(value)),
        filled=lambda value, _ctx: "\n".join(["", *_starred(value)]),
    ),
    FormField("explanation", text(400, lines=False), prose=True),
    FormField("question_other", text(300, lines=False), required=False, question=True),
    FormField(
        "choices_other",
        _other_choices,
        show=lambda value, _ctx: "; ".join(value),
        required=False,
        filled=lambda value, _ctx: "\n".join(["", *value]),
    ),
    FormField("explanation_other", text(400, lines=False), required=False, prose=True),
)


@dataclass(frozen=True)
class _Question(Form):
    """Asks for the rest in the other language where the question is there in it."""

    def about(self, ctx: Context, begun: Dialog) -> Inline | None:
        return of_event(ctx, begun)

    def asked(self, answers: Answers, only: Sequence[str]) -> list[FormField]:
        fields = super().asked(answers, only)
        if only or answers.get("question_other"):
            return fields
        return [field for field in fields if field.name not in ("choices_other", "explanation_other")]


def write(ctx: Context, event: Event, typed: str) -> Reply:
    """Ask for a question field by field, or take one or several from forms; raises `UserError`."""
    hidden = {"event": event.number}
    if not typed.strip():
        return dialog.start(ctx, QUESTION, hidden=hidden)
    here, written = ctx.privately(), _apart(ctx, typed)
    if len(written) == 1:
        try:
            answers = QUESTION.read(written[0], ctx, asks=ctx.call("quiz add", str(event.number)))
        except FormFieldsError as wrong:
            return dialog.mend(ctx, wrong, hidden=hidden)
        return dialog.fill(ctx, QUESTION, answers, hidden=hidden, review=True)
    service.have_room(ctx, event, len(written))
    for number, one in enumerate(written, 1):
        service.add_question(ctx, event, _whole(here, one, number))
    return views.quiz(here, event, added=len(written))


def _apart(ctx: Context, typed: str) -> list[str]:
    """The forms that one message holds: each begins with a question."""
    forms: list[list[str]] = []
    for row in typed.strip().splitlines():
        begins = QUESTION.looks_like(row) and "question" in QUESTION.split(row, ctx)
        if begins or not forms:
            forms.append([])
        forms[-1].append(row)
    return ["\n".join(rows) for rows in forms]


def _whole(ctx: Context, written: str, number: int) -> Answers:
    """One of several forms; raises `UserError` that says which one is wrong."""
    try:
        answers = QUESTION.read(written, ctx)
        errors = [(field, UserError("form.empty")) for field in QUESTION.missing(answers)]
    except FormFieldsError as wrong:
        answers, errors = {}, wrong.errors
    if errors:
        field, error = errors[0]
        what = span(strong(QUESTION.label(field, ctx.texts)), ": ", told(ctx, error))
        raise UserError("quiz.in_question", number=str(number), error=what)
    return answers


def _add(ctx: Context, answers: Answers) -> Reply:
    event = service.training(ctx, int(answers["event"]))
    service.add_question(ctx, event, answers)
    return views.added(ctx, event)


def _change(ctx: Context, answers: Answers) -> Reply:
    event = service.training(ctx, int(answers["event"]))
    known = next(
        (one for one in trainings.questions(ctx.tx, event.number) if one.id == answers["question_id"]), None
    )
    if known is None:
        raise UserError("quiz.changed_meanwhile", show=ctx.call("quiz show", str(event.number)))
    asked = {field.name for field in FIELDS}
    changes = {name: value for name, value in answers.items() if name in asked}
    return views.changed(ctx, event, known, service.change_question(ctx, event, known, changes))


def change(ctx: Context, event: Event, known: TrainingQuestion, changes: Answers) -> Reply:
    """Change a question; asks for what has to be said together with that. Raises `UserError`."""
    if left := service.left_open(known, changes):
        told = {name: value for name, value in changes.items() if name not in left}
        return ask_changes(ctx, event, known, left, told)
    return views.changed(ctx, event, known, service.change_question(ctx, event, known, changes))


def ask_changes(
    ctx: Context, event: Event, known: TrainingQuestion, names: tuple[str, ...], told: Answers | None = None
) -> Reply:
    """Ask what fields of a question shall say; `told` are changes that are known already."""
    before = service.as_answers(known)
    hidden = {"event": event.number, "question_id": known.id}
    opening = (ctx.privately().p(_why_together(known)),) if told else None
    return dialog.start(
        ctx,
        CHANGE,
        told,
        only=(*names, *(told or ())),
        hidden=hidden,
        present={name: before[name] for name in names},
        opening=opening,
    )


def mend_changes(ctx: Context, event: Event, known: TrainingQuestion, wrong: FormFieldsError) -> Reply:
    """Ask for what is wrong in changes of a question, and for what has to be said with them."""
    told = {**dict.fromkeys((field.name for field, _ in wrong.errors), ""), **wrong.answers}
    why = UserError(_why_together(known))
    left = [(CHANGE.field(name), why) for name in service.left_open(known, told)]
    hidden = {"event": event.number, "question_id": known.id}
    faults = FormFieldsError(CHANGE, [*wrong.errors, *left], wrong.answers)
    return dialog.mend(ctx, faults, hidden=hidden, present=service.as_answers(known))


def _why_together(known: TrainingQuestion) -> str:
    return "quiz.languages_together" if len(known.question) > 1 else "quiz.other_language_whole"


QUESTION = _Question("quiz_question", FIELDS, _add, begun_by="quiz add")
CHANGE = Changes.to(QUESTION, "quiz_question_change", FIELDS, _change)
