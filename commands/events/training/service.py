"""What is done with trainings: what to read before, the questions of the quiz, and how somebody did."""

from __future__ import annotations

from typing import Any

from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers
from commands.events import cards, views
from commands.events.service import editable, other_language
from commands.events.training import reading
from config.languages import CONTENT_LANGUAGES
from storage import practices, trainings
from storage.database import Tx
from storage.events import AHEAD, Event, EventKind, EventState
from storage.practices import VISIBLE
from storage.search import detect_language
from storage.trainings import QuizOpens, TrainingQuestion, TrainingRecord, TrainingResult

MOST_QUESTIONS = 10
OTHERS = ("question_other", "choices_other", "explanation_other")
GROUP = 5  # people; of fewer nobody is told how they did, and of more in steps of so many


def training(ctx: Context, number: int) -> Event:
    """The training of this number, if the sender may change what goes with it; raises `UserError`.

    That may be when it is over as well: the quiz opens then, and what was to be read is read again.
    """
    event = editable(ctx, number)
    if event.state == EventState.CANCELLED:
        raise UserError("event.closed.cancelled", event=views.reference(event, ctx.language))
    if event.kind != EventKind.TRAINING:
        raise other_kind(ctx, event)
    return event


def other_kind(ctx: Context, event: Event) -> UserError:
    """That an event is no training, and how it becomes one as long as it can."""
    told = views.reference(event, ctx.language)
    if event.state not in AHEAD and event.state != EventState.DRAFT:
        return UserError("training.other_kind_over", event=told)
    edit = ctx.call("event edit", f"{event.number} {ctx.texts.get('training.example_kind')}")
    return UserError("training.other_kind", event=told, edit=edit)


# --- what to read before


def add_reading(ctx: Context, event: Event, numbers: list[int]) -> None:
    """Add practices to what is to be read; raises `UserError`."""
    for number in numbers:
        practice = practices.get(ctx.tx, number)
        if practice is None or practice.status not in VISIBLE:
            raise UserError("reading.no_practice", number=f"#{number}", search=ctx.call("search"))
    known = [one.number for one in reading.of(ctx.tx, event)]
    wanted = list(dict.fromkeys([*known, *numbers]))
    if len(wanted) > reading.MOST:
        told = views.reference(event, ctx.language)
        raise UserError("reading.too_many", event=told, most=str(reading.MOST))
    _keep_reading(ctx, event, wanted)


def remove_reading(ctx: Context, event: Event, numbers: list[int]) -> None:
    """Take practices out of what is to be read; raises `UserError`."""
    known = trainings.get(ctx.tx, event.number).reading
    for number in numbers:
        if number not in known:
            told = views.reference(event, ctx.language)
            raise UserError("reading.not_there", number=f"#{number}", event=told)
    _keep_reading(ctx, event, [number for number in known if number not in numbers])


def _keep_reading(ctx: Context, event: Event, numbers: list[int]) -> None:
    what = trainings.get(ctx.tx, event.number)
    what.reading = numbers
    trainings.keep(ctx.tx, what)
    show_on_cards(ctx, event)


def show_on_cards(ctx: Context, event: Event) -> None:
    """Let the cards of a training ahead say what goes with it now."""
    if event.state in AHEAD:
        cards.later(ctx.tx, event)


# --- the quiz


def open_quiz(ctx: Context, event: Event, opens: QuizOpens) -> None:
    """Let the quiz be done before or after the training; raises `UserError`."""
    if event.state == EventState.OVER:
        raise UserError("quiz.opened", event=views.reference(event, ctx.language))
    what = trainings.get(ctx.tx, event.number)
    what.opens = opens
    trainings.keep(ctx.tx, what)
    show_on_cards(ctx, event)


def question(ctx: Context, event: Event, number: int) -> TrainingQuestion:
    """The question of this number, counted from 1; raises `UserError`."""
    found = trainings.questions(ctx.tx, event.number)
    if not 1 <= number <= len(found):
        raise UserError(
            "quiz.no_question",
            number=str(number),
            event=views.reference(event, ctx.language),
            show=ctx.call("quiz show", str(event.number)),
        )
    return found[number - 1]


def have_room(ctx: Context, event: Event, more: int) -> None:
    """Raise `UserError` if the quiz can't have so many questions more."""
    known = trainings.count_questions(ctx.tx, event.number)
    told = views.reference(event, ctx.language)
    if known >= MOST_QUESTIONS:
        raise UserError("quiz.too_many", event=told, most=str(MOST_QUESTIONS))
    if over := max(0, known + more - MOST_QUESTIONS):
        raise UserError(
            "quiz.too_many_at_once",
            event=told,
            number=str(known + more),
            most=str(MOST_QUESTIONS),
            over=str(over),
        )


def add_question(ctx: Context, event: Event, answers: Answers) -> TrainingQuestion:
    """Add a question at the end of the quiz; raises `UserError`."""
    have_room(ctx, event, 1)
    found = trainings.questions(ctx.tx, event.number)
    place = found[-1].place + 1 if found else 1
    made = _question(ctx, event, place, answers)
    trainings.keep_question(ctx.tx, made)
    show_on_cards(ctx, event)
    return made


def change_question(
    ctx: Context, event: Event, known: TrainingQuestion, changes: Answers
) -> TrainingQuestion | None:
    """Let a question say something else; returns what it is then, None if that is the same.

    Raises `UserError`. What was answered before no longer counts for it. The texts of the other language
    stay together: with one that is emptied all of them go.
    """
    before = as_answers(known)
    after = {**before, **changes}
    if any(before[name] and not after[name] for name in OTHERS):
        after |= dict.fromkeys(OTHERS)
    if after == before:
        return None
    language = next(iter(known.question))
    made = _question(ctx, event, known.place, after, language)
    trainings.remove_questions(ctx.tx, [known])
    trainings.keep_question(ctx.tx, made)
    return made


def together(known: TrainingQuestion, name: str) -> tuple[str, ...]:
    """The fields that have to be said together, when this one is changed.

    Choices are told by their order, in whichever language they are read; and another language is there with
    all of its texts.
    """
    if len(known.question) == 1:
        return OTHERS if name in OTHERS else (name,)
    return ("choices", "choices_other") if name in ("choices", "choices_other") else (name,)


def left_open(known: TrainingQuestion, changes: Answers) -> tuple[str, ...]:
    """The fields that changes of a question leave open, as they have to be said together."""
    before = as_answers(known)
    if any(before[name] and changes.get(name, True) is None for name in OTHERS):
        return ()  # the other language goes
    changed = [name for name, value in changes.items() if _words(value) != _words(before[name])]
    needed = [other for name in changed for other in together(known, name)]
    return tuple(name for name in dict.fromkeys(needed) if name not in changed)


def _words(value: Any) -> Any:
    """What a field says, whichever of its choices are right."""
    return value["choices"] if isinstance(value, dict) else value


def as_answers(one: TrainingQuestion) -> Answers:
    """A question as the answers of the form."""
    language, *others = one.question
    other = others[0] if others else ""
    return {
        "question": one.question[language],
        "choices": {"choices": one.choices[language], "correct": one.correct},
        "explanation": one.explanation[language],
        "question_other": one.question.get(other),
        "choices_other": one.choices.get(other),
        "explanation_other": one.explanation.get(other),
    }


def _question(
    ctx: Context, event: Event, place: int, answers: Answers, language: str | None = None
) -> TrainingQuestion:
    choices: list[str] = answers["choices"]["choices"]
    written = " ".join([answers["question"], *choices, answers["explanation"]])
    language = language or detect_language(written, CONTENT_LANGUAGES) or ctx.language
    made = TrainingQuestion(
        event=event.number,
        place=place,
        question={language: answers["question"]},
        choices={language: choices},
        correct=answers["choices"]["correct"],
        explanation={language: answers["explanation"]},
    )
    others = {name: answers.get(f"{name}_other") for name in ("question", "choices", "explanation")}
    if any(others.values()):
        if not all(others.values()):
            missing = next(name for name, value in others.items() if not value)
            raise UserError("quiz.other_incomplete", label=_label(ctx, missing))
        if len(others["choices"] or ()) != len(choices):
            raise UserError("quiz.other_choices", number=str(len(choices)), label=_label(ctx, "choices"))
        for name, value in others.items():
            getattr(made, name)[other_language(language)] = value
    return made


def _label(ctx: Context, name: str) -> str:
    """What the field of the other language is called in the form."""
    return ctx.texts.get(f"form.quiz_question.{name}_other.label")


def remove_quiz(ctx: Context, event: Event) -> None:
    """Delete all questions."""
    remove_questions(ctx, event, trainings.questions(ctx.tx, event.number))


def remove_questions(ctx: Context, event: Event, gone: list[TrainingQuestion]) -> None:
    """Delete questions of a quiz, which may be none any more."""
    trainings.remove_questions(ctx.tx, gone)
    show_on_cards(ctx, event)


def score(questions: list[TrainingQuestion], chosen: dict[str, list[int]]) -> int:
    """How many questions were answered right: all right choices, and no other."""
    return sum(chosen.get(str(one.id)) == one.correct for one in questions)


def keep_result(ctx: Context, event: Event, first: dict[str, list[int]], points: int) -> TrainingResult:
    """Keep how the sender did: the best time for them, for the sums what they chose the first time.

    `first` is what they chose this time, before they read the explanation.
    """
    done = trainings.result(ctx.tx, event.number, ctx.sender)
    if new := done is None:
        done = TrainingResult(
            event=event.number,
            user_id=ctx.sender,
            answers=first,
            score=points,
            total=len(first),
            at=ctx.now,
        )
    elif points * done.total >= done.score * len(first):
        done.score, done.total = points, len(first)
    done.at = ctx.now
    trainings.keep_result(ctx.tx, done)
    if new:
        _sum_up(ctx.tx, event)
    if lines := trainings.records(ctx.tx, ctx.sender, event.number):
        _note(lines[-1], points, len(first))
        trainings.keep_record(ctx.tx, lines[-1])
    return done


def _note(line: TrainingRecord, points: int, total: int) -> None:
    if line.score is None or line.total is None or points * line.total >= line.score * total:
        line.score, line.total = points, total


def _sum_up(tx: Tx, event: Event) -> None:
    """Add what full groups of people answered the first time to the sums of the questions, and forget it.

    Only full groups, so that no two looks tell how the one did who came between them. And a sum stays as it
    is when somebody is forgotten, so that nobody takes their place and is told of by that.
    """
    results = trainings.results(tx, event.number)
    for one in trainings.hold_questions(tx, event.number):
        waiting = [done for done in results if str(one.id) in done.answers]
        group = waiting[: len(waiting) // GROUP * GROUP]
        one.answered += len(group)
        one.right += sum(done.answers[str(one.id)] == one.correct for done in group)
        trainings.keep_question(tx, one)
        for done in group:
            done.answers = {
                question: said for question, said in done.answers.items() if question != str(one.id)
            }
            trainings.keep_result(tx, done)


# --- one's own record


def line(ctx: Context, number: int) -> TrainingRecord:
    """The line of this number in the sender's record, counted from the oldest; raises `UserError`."""
    found = trainings.records(ctx.tx, ctx.sender)
    if not 1 <= number <= len(found):
        raise UserError("record.no_line", number=str(number), record=ctx.call("record"))
    return found[number - 1]


def snapshot(questions: list[TrainingQuestion]) -> list[dict[str, Any]]:
    """Questions as a dialog keeps them, which goes on with them whatever becomes of the quiz."""
    return [one.model_dump(mode="json", exclude={"answered", "right"}) for one in questions]
