"""What a person types to ask about a practice, to answer, and to have both kept."""

from __future__ import annotations

import re
from typing import Annotated

from commands.core import letters
from commands.core.arguments import Args, ArgumentError, Positional, RestOf, practice_number, unfilled
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.registry import command
from commands.core.registry import fold as fold_emoji
from commands.core.reply import Reply
from commands.core.topics import Topic
from commands.practices.questions import service, views
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold
from storage import reuse
from storage.reuse import Question

_NUMBERED = re.compile(r"(?P<number>#?[0-9]{1,9})[.:,]?(?:\s+(?P<text>.*))?", re.DOTALL)


def question_number(typed: str, ctx: Context) -> int:
    """The number of a question, as the bot told it."""
    try:
        return practice_number(typed, ctx)
    except UserError:
        raise UserError("question.number", typed=typed[:40]) from None


def yes_or_no(typed: str, ctx: Context) -> bool:
    """Yes or no, in any of our languages."""
    if fold_emoji(typed) in (service.YES, service.NO):
        return fold_emoji(typed) == service.YES
    for answer in (True, False):
        for language in UI_LANGUAGES:
            words = texts(language).raw(f"agree.words.{'yes' if answer else 'no'}").split("|")
            if fold(typed) in map(fold, words):
                return answer
    words = [ctx.texts.raw(f"agree.words.{word}").split("|")[0] for word in ("yes", "no")]
    raise UserError("agree.yes_or_no", words=ctx.texts.list(words, "or"))


class AskArgs(Args):
    """`!ask 12 how many people did it take?`"""

    question: Annotated[str, RestOf()] = ""


@command("ask", requires=Role.MEMBER)
def ask(ctx: Context, args: AskArgs) -> Reply:
    """Ask who shared a practice; the answer comes into one's direct chat."""
    numbered = _NUMBERED.fullmatch(args.question.strip())
    if numbered is None:
        raise ArgumentError("ask.number_needed", search=ctx.call("search"))
    if not numbered["text"] or unfilled(numbered["text"]):
        raise ArgumentError("ask.question_needed")
    practice, asked = service.ask(ctx, practice_number(numbered["number"], ctx), numbered["text"])
    return views.passed_on(ctx, practice, asked)


class AnswerArgs(Args):
    """`!answer 7 two people, three days a week`"""

    question_number: Annotated[int, Positional(question_number)]
    answer: Annotated[str, RestOf()]


@command("answer", requires=Role.MEMBER)
def answer(ctx: Context, args: AnswerArgs) -> Reply:
    """Answer a question on one's practice."""
    return answered(ctx, args.question_number, args.answer)


def answered(ctx: Context, number: int, text: str) -> Reply:
    """The question with this number, answered."""
    practice, asked = service.answer(ctx, number, text)
    return views.answered(ctx, practice, asked, (service.YES, service.NO), service.topic(asked))


class AgreeArgs(Args):
    """`!agree 7`, `!agree 7 no`"""

    question_number: Annotated[int, Positional(question_number)]
    yes_or_no: Annotated[bool, RestOf(yes_or_no)] = True


@command("agree")
def agree(ctx: Context, args: AgreeArgs) -> Reply:
    """Let question and answer stand with the practice, or not."""
    return agreed(ctx, args.question_number, yes=args.yes_or_no)


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
    if question is None or question.answer is None or tapped not in (service.YES, service.NO):
        return None
    return agreed(ctx, question.number, yes=tapped == service.YES)


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
            ask=ctx.call("ask", f"{question.practice} …"),
        ) from None
    return agreed(ctx, question.number, yes=yes)


question_topic = Topic(service.TOPIC, reacted=question_reacted, replied=question_replied)
