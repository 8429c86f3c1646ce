"""What a person types to ask about a practice, to answer, and to have both kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from commands.core import letters
from commands.core.arguments import Args, ArgumentError, Positional, PracticeNumber, Rest, RestOf
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.registry import command, load
from commands.core.registry import fold as fold_emoji
from commands.core.reply import Reply
from commands.core.topics import Asks, Questions, Topic
from commands.core.values import NO, YES, question_number, yes_or_no
from commands.practices.questions import service, views
from storage import reuse
from storage.reuse import Question


class AskArgs(Args):
    """`!ask 12 how many people did it take?`"""

    practice: PracticeNumber
    question: Rest = ""


@command("ask about", requires=Role.MEMBER, numbered=True)
def ask(ctx: Context, args: AskArgs) -> Reply:
    """Ask who shared a practice; the answer comes into one's direct chat."""
    if not args.question:
        raise ArgumentError("ask.question_needed")
    practice, asked = service.ask(ctx, args.practice, args.question)
    return views.passed_on(ctx, practice, asked)


class AnswerArgs(Args):
    """`!answer 7 two people, three days a week`"""

    question_number: Annotated[int, Positional(question_number)]
    answer: Annotated[str, RestOf()]


@command("answer", requires=Role.MEMBER)
def answer(ctx: Context, args: AnswerArgs) -> Reply:
    """Answer a question that one was asked, be it on a practice or for the whole network."""
    number = args.question_number
    meant = _meant(ctx, number, lambda one: one.waits(ctx, number))
    return meant.answer(ctx, number, args.answer) if meant else answered(ctx, number, args.answer)


def _meant(ctx: Context, number: int, waits: Callable[[Questions], bool | None]) -> Questions | None:
    """Whose question has this number, of those on practices and to the network: rather one that waits."""
    asking = [one.questions for one in load().topics.values() if one.questions]
    put = [(one, waiting) for one in asking if (waiting := waits(one)) is not None]
    meant = [one for one, waiting in put if waiting] or [one for one, _ in put]
    if len(meant) > 1:
        raise UserError("answer.several", number=str(number), answers=ctx.call("answers", str(number)))
    return meant[0] if meant else None


def waits(ctx: Context, number: int) -> bool | None:
    """Whether a question on a practice waits for the sender's answer; None if it is not for them."""
    question = reuse.question(ctx.tx, number)
    return question.answer is None if question and question.answerer == ctx.sender else None


def answered(ctx: Context, number: int, text: str) -> Reply:
    """The question with this number, answered."""
    practice, asked = service.answer(ctx, number, text)
    return views.answered(ctx, practice, asked, (YES, NO), service.topic(asked))


class AgreeArgs(Args):
    """`!agree 7`, `!agree 7 no`"""

    question_number: Annotated[int, Positional(question_number)]
    yes_or_no: Annotated[bool, RestOf(yes_or_no)] = True


@command("agree")
def agree(ctx: Context, args: AgreeArgs) -> Reply:
    """Let others read a question and its answer, be it with a practice or among those of the network."""
    number = args.question_number
    meant = _meant(ctx, number, lambda one: one.consents(ctx, number))
    return meant.agree(ctx, number, yes=args.yes_or_no) if meant else agreed(ctx, number, yes=args.yes_or_no)


def consents(ctx: Context, number: int) -> bool | None:
    """Whether the sender has still to say if an answer may stand with a practice; None if not theirs."""
    question = _theirs(ctx, str(number))
    if question is None:
        return None
    said = question.asker_agrees if question.asker == ctx.sender else question.answerer_agrees
    return question.answer is not None and said is None


def agreed(ctx: Context, number: int, *, yes: bool) -> Reply:
    """Note whether question and answer may stand with the practice."""
    practice, stands = service.agree(ctx, number, yes=yes)
    return views.agreed(ctx, practice, yes=yes, stands=stands)


def _theirs(ctx: Context, reference: str) -> Question | None:
    question = reuse.question(ctx.tx, int(reference))
    return question if question and ctx.sender in (question.asker, question.answerer) else None


def question_reacted(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """A thumb under an answer says whether it may stand with the practice."""
    question, tapped = _theirs(ctx, reference), fold_emoji(emoji)
    if question is None or question.answer is None or tapped not in (YES, NO):
        return None
    return agreed(ctx, question.number, yes=tapped == YES)


def question_replied(ctx: Context, reference: str, text: str) -> Reply | None:
    """Words in reply are the answer to a question, or a yes or no to its being kept."""
    question = _theirs(ctx, reference)
    if question is None or letters.is_command(text):
        return None
    if question.answer is None:
        return answered(ctx, question.number, text) if question.answerer == ctx.sender else None
    try:
        yes = yes_or_no(text, ctx)
    except UserError:
        raise UserError(
            "question.closed",
            number=str(question.number),
            agree=ctx.call("agree", str(question.number)),
            ask=ctx.call("ask about", f"{question.practice} …"),
        ) from None
    return agreed(ctx, question.number, yes=yes)


def question_open(ctx: Context, reference: str) -> Asks:
    """The question waits for its answer, or for the sender to say whether others may read it."""
    number = int(reference)
    if waits(ctx, number) and ctx.holds(Role.MEMBER):
        return Asks.WORDS
    return Asks.YES_OR_NO if consents(ctx, number) else Asks.NOTHING


question_topic = Topic(
    service.TOPIC,
    reacted=question_reacted,
    replied=question_replied,
    questions=Questions(waits, answered, consents, agreed),
    open=question_open,
)
