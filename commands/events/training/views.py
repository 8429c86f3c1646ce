"""How trainings look: what to read before, the quiz to who does it and to who writes it, one's own record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from zoneinfo import ZoneInfo

from commands.core.context import Context
from commands.core.nodes import (
    Block,
    Choices,
    Entries,
    Inline,
    Paragraph,
    em,
    paragraph,
    span,
    strong,
)
from commands.core.reply import Reply, reply
from commands.events.training import reading, records, service
from commands.events.views import reference
from config.languages import language_name
from storage import trainings
from storage.events import Event, EventKind, EventState
from storage.trainings import QuizOpens, TrainingQuestion, TrainingRecord, TrainingResult

QUESTIONS_ON_A_PAGE = 3
LINES_ON_A_PAGE = 15
RIGHT = "\N{WHITE HEAVY CHECK MARK}"
T = TypeVar("T")


def in_language(written: Mapping[str, T], language: str) -> T:
    """A text in a language, or else as it was written first."""
    return written.get(language) or next(iter(written.values()))


# --- what to read before


def to_read(ctx: Context, event: Event, *, mayadd: bool) -> Reply:
    """What is to be read before a training, and for its host how to change that, unless it was cancelled."""
    told, number = strong(reference(event, ctx.language)), str(event.number)
    blocks = reading.blocks(ctx, event)
    if not blocks:
        blocks = [ctx.p("reading.none", event=told)]
    if mayadd and event.state != EventState.CANCELLED:
        blocks.append(_how_to_add(ctx, number))
    return reply(*blocks)


def reading_changed(ctx: Context, event: Event) -> Reply:
    """The answer to who changed what is to be read."""
    told = strong(reference(event, ctx.language))
    blocks = reading.blocks(ctx, event) or [ctx.p("reading.nothing_now")]
    return reply(ctx.p("reading.changed", event=told), *blocks, _how_to_add(ctx, str(event.number)))


def _how_to_add(ctx: Context, number: str) -> Block:
    remove = ctx.texts.raw("training.words.remove").split("|")[0].strip()
    return ctx.p(
        "reading.how",
        add=ctx.call("event reading", f"{number} #12 #15"),
        remove=ctx.call("event reading", f"{number} {remove} #12"),
    )


# --- doing the quiz


def opening(ctx: Context, event: Event) -> tuple[Block, ...]:
    """What is said before the first question."""
    told = strong(reference(event, ctx.language))
    return (ctx.p("quiz.opening", event=told, group=str(service.GROUP)),)


def question(ctx: Context, one: TrainingQuestion, place: int, count: int) -> tuple[Block, ...]:
    """A question with its choices."""
    head = strong(ctx.texts.get("quiz.place", number=str(place), count=str(count)))
    blocks: list[Block] = [
        paragraph(head, in_language(one.question, ctx.language)),
        Choices(tuple(in_language(one.choices, ctx.language))),
    ]
    if len(one.correct) > 1:
        blocks.append(ctx.p("quiz.choose_several"))
    return tuple(blocks)


def explained(ctx: Context, one: TrainingQuestion, chosen: list[int]) -> tuple[Block, ...]:
    """Whether an answer was right, and why."""
    explanation = in_language(one.explanation, ctx.language)
    if chosen == one.correct:
        return (paragraph(ctx.t("quiz.right"), explanation),)
    said = in_language(one.choices, ctx.language)
    right = [ctx.texts.get("quiz.quoted", choice=said[number - 1]) for number in one.correct]
    return (paragraph(ctx.t("quiz.wrong", right=ctx.texts.list(right)), explanation),)


def finished(
    ctx: Context, event: Event, last: tuple[Block, ...], points: int, count: int, best: TrainingResult
) -> Reply:
    """How somebody did, what they may want to read again, and how to do it once more."""
    spoken = ctx.texts
    key = "quiz.all_right" if points == count else "quiz.some_right"
    lines: list[Inline] = [ctx.t(key, score=strong(_score(ctx, points, count)))]
    if best.score * count > points * best.total:
        lines.append(spoken.get("quiz.best", score=_score(ctx, best.score, best.total)))
    again = reading.blocks(ctx, event, "reading.again") if points < count else []
    return Reply(
        (
            *last,
            Paragraph(tuple(lines)),
            *again,
            ctx.p("quiz.again", quiz=ctx.call("quiz", str(event.number))),
        ),
        private=True,
        about=ctx.sender,
    )


def _score(ctx: Context, points: int, count: int) -> str:
    return ctx.texts.get("quiz.score", score=ctx.texts.number(points), total=ctx.texts.number(count))


def taken_away(ctx: Context, last: tuple[Block, ...]) -> Reply:
    """The answer to who did a quiz that is no longer there."""
    return Reply((*last, ctx.p("quiz.gone")), private=True)


# --- writing it


def quiz(ctx: Context, event: Event, *, added: int = 0) -> Reply:
    """The quiz as its host sees it: all questions with what is right, and sums of how people did."""
    told, number = strong(reference(event, ctx.language)), str(event.number)
    questions = trainings.questions(ctx.tx, event.number)
    add = ctx.call("quiz add", number)
    cancelled = event.state == EventState.CANCELLED
    if not questions and event.kind != EventKind.TRAINING:
        raise service.other_kind(ctx, event)
    if not questions:
        empty = ctx.p("quiz.refused.none" if cancelled else "quiz.empty", event=told, add=add)
        return Reply((empty,), private=True)
    head: list[Inline] = [ctx.n("quiz.of", len(questions), event=told)]
    if added:
        head.insert(0, ctx.n("quiz.added_several", added))
    if not cancelled:
        head.append(_opens(ctx, event, number))
    head.append(_taken(ctx, event, summed_up=any(one.answered for one in questions)))
    asked = [_written(ctx, one, place) for place, one in enumerate(questions, 1)]
    pages = [
        tuple(block for blocks in asked[start : start + QUESTIONS_ON_A_PAGE] for block in blocks)
        for start in range(0, len(asked), QUESTIONS_ON_A_PAGE)
    ]
    how = ctx.p(
        "quiz.how",
        add=add,
        edit=ctx.call("quiz edit", f"{number} 1"),
        remove=ctx.call("quiz remove", f"{number} 1"),
    )
    few = [ctx.p("quiz.too_few")] if len(questions) < records.FEWEST_QUESTIONS else []
    if cancelled:
        return Reply((Paragraph(tuple(head)), *pages[0]), pages=tuple(pages[1:]), private=True)
    return Reply((Paragraph(tuple(head)), *few, *pages[0], how), pages=tuple(pages[1:]), private=True)


def _opens(ctx: Context, event: Event, number: str) -> Inline:
    """From when on the quiz is open, and how to change that as long as it can be."""
    if event.state == EventState.OVER:
        return ctx.t("quiz.opens.over")
    opens = trainings.get(ctx.tx, event.number).opens
    other = QuizOpens.BEFORE if opens == QuizOpens.AFTER else QuizOpens.AFTER
    word = ctx.texts.raw(f"training.words.{other}").split("|")[0].strip()
    return ctx.t(f"quiz.opens.{opens}", change=ctx.call("quiz edit", f"{number} {word}"))


def _taken(ctx: Context, event: Event, *, summed_up: bool) -> Inline:
    count, group = trainings.count_results(ctx.tx, event.number), str(service.GROUP)
    if count < service.GROUP and not summed_up:
        return ctx.t("quiz.taken_by_few", group=group)
    return ctx.n("quiz.taken", count, group=group)


def _written(ctx: Context, one: TrainingQuestion, place: int) -> tuple[Block, ...]:
    said = in_language(one.choices, ctx.language)
    choices = tuple(
        f"{choice} {RIGHT}" if number in one.correct else choice for number, choice in enumerate(said, 1)
    )
    lines: list[Inline] = [em(in_language(one.explanation, ctx.language))]
    if one.answered:
        share = str(round(100 * one.right / one.answered))
        lines.append(ctx.t("quiz.share", share=share, count=ctx.texts.number(one.answered)))
    label = strong(ctx.texts.get("quiz.label", number=str(place)))
    head = paragraph(label, in_language(one.question, ctx.language))
    return head, Choices(choices), Paragraph(tuple(lines)), *_in_others(ctx, one)


def _in_others(ctx: Context, one: TrainingQuestion) -> list[Block]:
    """A question in short in the language that is not the reader's."""
    shown = ctx.language if ctx.language in one.question else next(iter(one.question))
    blocks: list[Block] = []
    for language in one.question:
        if language != shown:
            numbered = [
                f"{number}. {choice}{f' {RIGHT}' if number in one.correct else ''}"
                for number, choice in enumerate(one.choices[language], 1)
            ]
            said = span(em(language_name(language, ctx.language)), ": ", one.question[language])
            blocks.append(paragraph(said, " · ".join(numbered), em(one.explanation[language])))
    return blocks


def added(ctx: Context, event: Event) -> Reply:
    """The answer to who added a question."""
    number = str(event.number)
    count = trainings.count_questions(ctx.tx, event.number)
    blocks = [ctx.p("quiz.added", number=str(count), event=strong(reference(event, ctx.language)))]
    if count < records.FEWEST_QUESTIONS:
        blocks.append(ctx.p("quiz.too_few"))
    next_ = ctx.p("quiz.next", add=ctx.call("quiz add", number), show=ctx.call("quiz show", number))
    return Reply((*blocks, next_), private=True)


def changed(ctx: Context, event: Event, known: TrainingQuestion, made: TrainingQuestion | None) -> Reply:
    """The answer to who changed a question, that was `known`; `made` is None if nothing is different."""
    key = "quiz.changed" if made else "quiz.unchanged"
    if made and len(made.question) < len(known.question):
        key = "quiz.changed_one_language"
    return Reply((ctx.p(key, show=ctx.call("quiz show", str(event.number))),), private=True)


def opens(ctx: Context, event: Event, when: str) -> Reply:
    """The answer to who chose from when on the quiz can be done."""
    return Reply(
        (ctx.p(f"quiz.opens_now.{when}", event=strong(reference(event, ctx.language))),), private=True
    )


def question_removed(ctx: Context, event: Event, gone: TrainingQuestion) -> Reply:
    """The answer to who removed a question."""
    said = in_language(gone.question, ctx.language)
    told = ctx.p("quiz.question_removed", question=em(said), show=ctx.call("quiz show", str(event.number)))
    return Reply((told,), private=True)


def quiz_removed(ctx: Context, event: Event) -> Reply:
    """The answer to who removed a quiz."""
    return Reply((ctx.p("quiz.removed", event=strong(reference(event, ctx.language))),), private=True)


# --- one's own record


def record(ctx: Context, found: list[TrainingRecord]) -> Reply:
    """Somebody's own record, the newest first; the numbers are counted from the oldest."""
    if not found:
        return Reply((ctx.p("record.none", events=ctx.call("events")),), private=True)
    entries = [_line(ctx, number, one) for number, one in enumerate(found, 1)][::-1]
    pages = [
        (Entries(tuple(entries[start : start + LINES_ON_A_PAGE])),)
        for start in range(0, len(entries), LINES_ON_A_PAGE)
    ]
    head = Paragraph((ctx.n("record.title", len(found)),))
    how = ctx.p("record.how", remove=ctx.call("record remove", str(len(found))))
    return Reply((head, *pages[0], how), pages=tuple(pages[1:]), private=True, about=ctx.sender)


def _line(ctx: Context, number: int, one: TrainingRecord) -> tuple[Inline, ...]:
    head = f"{number}. {in_language(one.title, ctx.language)}"
    on = ctx.texts.date(one.held_at.astimezone(ZoneInfo(one.timezone)).date())
    if one.score is None or one.total is None:
        return head, on
    return head, ctx.t("record.quiz", date=on, score=_score(ctx, one.score, one.total))


def removed(ctx: Context, gone: TrainingRecord) -> Reply:
    """The answer to who took a line out of their record."""
    on = ctx.texts.date(gone.held_at.astimezone(ZoneInfo(gone.timezone)).date())
    told = ctx.p("record.removed", title=in_language(gone.title, ctx.language), date=on)
    return Reply((told,), private=True, about=ctx.sender)
