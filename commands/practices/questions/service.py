"""The way of a question to the author of a practice, and of the answer back."""

from __future__ import annotations

from datetime import timedelta

from commands.core import hours, letters
from commands.core.context import Context, Network, Role, holds
from commands.core.errors import UserError
from commands.core.forms import fitting
from commands.core.values import NO, YES
from commands.practices import service
from commands.practices.questions import views
from storage import members, practices, reuse, schedule
from storage.database import Tx
from storage.practices import VISIBLE, Practice
from storage.reuse import Question, QuestionState

LONGEST_QUESTION = 500  # characters
LONGEST_ANSWER = 1000  # characters
MOST_OPEN = 5  # questions of one person that wait for an answer
PATIENCE = timedelta(days=7)  # until the author is reminded, and again until the asker is told
TOPIC = "question"  # of the messages under which one answers and agrees


def ask(ctx: Context, number: int, text: str) -> tuple[Practice, Question]:
    """Bring a question to the author of a practice; raises `UserError` where nobody could answer."""
    practice = service.visible(ctx.tx, number)
    text = fitting(text, LONGEST_QUESTION)
    if service.writes(ctx, practice):
        raise UserError("ask.own", practice=views.reference(practice))
    answerer = _who_answers(ctx, practice)
    if answerer is None:
        sources = bool(practice.links or practice.sources)
        raise UserError(
            "ask.nobody_sources" if sources else "ask.nobody",
            practice=views.reference(practice),
            show=ctx.call("practice", str(number)),
            hub=ctx.hub(),
        )
    mine = [one for one in reuse.questions(ctx.tx, number) if one.asker == ctx.sender]
    if known := next((one for one in mine if one.text == text), None):
        raise UserError("ask.again", number=str(known.number), practice=views.reference(practice))
    if reuse.count_open_questions(ctx.tx, ctx.sender) >= MOST_OPEN:
        raise UserError("ask.too_many", most=str(MOST_OPEN))
    question = Question(
        practice=number,
        asker=ctx.sender,
        answerer=answerer,
        text=text,
        asked_in=ctx.answer_to if ctx.room and ctx.room.direct_with == ctx.sender else None,
        asked_at=ctx.now,
    )
    reuse.keep(ctx.tx, question)
    there = letters.to_person(ctx.tx, ctx.network, answerer)
    told = views.question(there, practice, question, members.get(ctx.tx, ctx.sender))
    letters.write(there, told, about=ctx.sender, topic=topic(question))
    _plan(there, question, "remind")
    return practice, question


def answer(ctx: Context, number: int, text: str) -> tuple[Practice, Question]:
    """Bring the answer to a question back to who asked; raises `UserError`."""
    question = _of(ctx, number)
    if question.answerer != ctx.sender:
        raise UserError("answer.not_yours", number=str(number))
    practice = service.visible(ctx.tx, question.practice)
    if question.state == QuestionState.ANSWERED:
        raise UserError("answer.given", number=str(number))
    question.answer = fitting(text, LONGEST_ANSWER)
    question.state = QuestionState.ANSWERED
    question.answered_at = ctx.now
    reuse.keep(ctx.tx, question)
    if question.asker and holds(ctx.tx, ctx.network, question.asker, Role.GUEST):
        there = letters.to_person(ctx.tx, ctx.network, question.asker)
        letters.write(
            there,
            views.answer(there, practice, question, members.get(ctx.tx, ctx.sender)),
            about=ctx.sender,
            reply_to=question.asked_in,
            reactions=(YES, NO),
            topic=topic(question),
        )
    return practice, question


def agree(ctx: Context, number: int, *, yes: bool) -> tuple[Practice, bool]:
    """Say whether question and answer may stand with the practice.

    The second value tells whether they do now; who agreed first hears of that as well. Raises `UserError`.
    """
    question = _of(ctx, number)
    practice = service.visible(ctx.tx, question.practice)
    if question.answer is None:
        raise UserError("agree.no_answer", number=str(number))
    stood = question.stands
    if question.asker == ctx.sender:
        question.asker_agrees, other = yes, question.answerer
    else:
        question.answerer_agrees, other = yes, question.asker
    reuse.keep(ctx.tx, question)
    if question.stands and not stood and other and holds(ctx.tx, ctx.network, other, Role.GUEST):
        there = letters.to_person(ctx.tx, ctx.network, other)
        letters.write(there, [views.stands(there, practice, question)])
    return practice, question.stands


def look_after(tx: Tx, network: Network, question: Question, step: str) -> None:
    """Remind the author of an open question, and after that tell the asker that no answer came."""
    practice = practices.get(tx, question.practice)
    if question.state != QuestionState.OPEN or practice is None:
        return
    answerer = question.answerer
    shown = practice.status in VISIBLE
    there = shown and answerer is not None and holds(tx, network, answerer, Role.MEMBER)
    asker = question.asker
    if step == "remind" and answerer is not None and there:
        ctx = letters.to_person(tx, network, answerer)
        asking = members.get(tx, asker) if asker else None
        told = views.question(ctx, practice, question, asking, again=True)
        letters.write(ctx, told, about=asker, topic=topic(question))
        _plan(ctx, question, "give_up")
        return
    question.state = QuestionState.UNANSWERED
    reuse.keep(tx, question)
    if asker and holds(tx, network, asker, Role.GUEST):
        ctx = letters.to_person(tx, network, asker)
        key = "unanswered" if there else "nobody_left" if shown else "archived"
        letters.write(ctx, [views.unanswered(ctx, practice, question, key)])


def _who_answers(ctx: Context, practice: Practice) -> str | None:
    """The author, or else a co-author, who is still in the network; None for what was imported."""
    able = (practice.author, *practices.coauthors(ctx.tx, practice.number))
    return next((one for one in able if one and holds(ctx.tx, ctx.network, one, Role.MEMBER)), None)


def topic(question: Question) -> str:
    """The topic of the messages about a question."""
    return f"{TOPIC}:{question.number}"


def _of(ctx: Context, number: int) -> Question:
    """The question with this number, if the sender asked it or was asked; raises `UserError`."""
    question = reuse.question(ctx.tx, number)
    if question is None or ctx.sender not in (question.asker, question.answerer):
        raise UserError("question.not_found", number=str(number))
    return question


def _plan(there: Context, question: Question, step: str) -> None:
    due = hours.afterwards(there.now + PATIENCE, there.timezone)
    payload = {"question": question.number, "step": step}
    schedule.plan(
        there.tx, f"question:{question.number}:{step}", "look_after_question", due, there.timezone, payload
    )
