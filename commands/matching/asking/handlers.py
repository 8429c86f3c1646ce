"""What people type and tap to ask the network, to answer, and to read what was answered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from commands.core import dialog, letters
from commands.core.arguments import Args, ArgumentError, Positional, Rest
from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.registry import Courtesy, command, fold, load, says_something
from commands.core.reply import Reply
from commands.core.topics import Asks, Questions, Topic
from commands.core.values import NO, YES, question_number, yes_or_no
from commands.matching import introductions
from commands.matching import views as matching_views
from commands.matching.asking import forms, service, views
from commands.matching.people import named
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold as fold_words
from storage import asking, dialogs, members
from storage.asking import AnswerRequest, NetworkQuestion

_NUMBER = re.compile(r"#?[0-9]{1,9}[.:]?")
_SHARE_FORM = "share"  # of the practices


class AskArgs(Args):
    """`!ask How do you finance cycle paths?`"""

    question: Rest = ""


@command("ask", requires=Role.MEMBER, private=True)
def ask(ctx: Context, args: AskArgs) -> Reply:
    """Ask the members who know most about something; their answers come into one's direct chat."""
    service.room_for_more(ctx)
    if not args.question:
        return dialog.start(ctx, forms.QUESTION)
    try:
        words = forms.question_text(args.question, ctx)
    except UserError as error:
        raise ArgumentError(error.message_id, **error.parameters) from None
    here = {"asked_in": ctx.thread or ctx.answer_to, "asked_room": ctx.room_id} if ctx.direct else {}
    return dialog.start(ctx, forms.QUESTION, {"text": words}, only=("theme", "send"), hidden=here)


@command("ask mine", requires=Role.MEMBER, private=True, repeatable=True)
def ask_mine(ctx: Context) -> Reply:
    """List what one asked the network, and whether there are answers."""
    return views.own(ctx, asking.questions_of(ctx.tx, ctx.sender))


class NumberArgs(Args):
    """`!ask close 3`"""

    question_number: Annotated[int, Positional(question_number)]


@command("ask close", requires=Role.MEMBER, private=True)
def ask_close(ctx: Context, args: NumberArgs) -> Reply:
    """Say that a question to the network is answered well enough."""
    return views.closed(ctx, service.close(ctx, args.question_number))


class AnswersArgs(Args):
    """`!answers climate`, `!answers 3`"""

    words: Rest = ""


@command("answers", repeatable=True)
def answers(ctx: Context, args: AnswersArgs) -> Reply:
    """Read what members asked each other and answered, all or on a theme or for some words."""
    words = args.words.strip()
    if _NUMBER.fullmatch(words):
        question, found = service.show(ctx, question_number(words, ctx))
        mine = question.asker == ctx.sender
        return views.entry(ctx.privately() if mine else ctx, question, found, mine=mine)
    if _is(words, "mine") and ctx.holds(Role.MEMBER):
        return views.own(ctx, asking.questions_of(ctx.tx, ctx.sender))
    if words:
        return views.found(ctx, service.search(ctx.tx, words))
    return views.everything(ctx, service.readable(ctx.tx), service.waiting(ctx))


@command("answers remove", requires=Role.MODERATOR)
def answers_remove(ctx: Context, args: NumberArgs) -> Reply:
    """Take a question and its answers from what all may read."""
    return views.removed(ctx, service.remove(ctx, args.question_number))


def _is(typed: str, name: str) -> bool:
    """Whether a text is one of our words for something, in any of our languages."""
    spoken = (texts(language).raw(f"asking.words.{name}") for language in UI_LANGUAGES)
    return fold_words(typed) in {fold_words(word) for words in spoken for word in words.split("|")}


# --- under the messages


def _answer(ctx: Context, number: int, words: str) -> Reply:
    question, row = service.answer(ctx, number, words)
    return views.answered(ctx, question, row)


def _keep(ctx: Context, number: int, *, yes: bool) -> Reply:
    question, stands = service.keep_for_all(ctx, number, yes=yes)
    return views.shown(ctx, question, yes=yes, stands=stands)


def question_tapped(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """Who is asked passes it on; afterwards both say whether all may read it."""
    number, sign = int(reference), fold(emoji)
    question = asking.question(ctx.tx, number)
    if question is None:
        return None
    row = asking.request_to(ctx.tx, number, ctx.sender)
    if sign == fold(views.OTHERS) and row:
        return views.passed(ctx, another=service.pass_on(ctx, number))
    if sign in (YES, NO) and (question.asker == ctx.sender or (row and row.answer is not None)):
        return _keep(ctx, number, yes=sign == YES)
    return None


def question_replied(ctx: Context, reference: str, text: str) -> Reply | None:
    """Words in reply are the answer; or say that it is for others, or whether all may read it."""
    if letters.is_command(text):
        return None
    number = int(reference)
    question = asking.question(ctx.tx, number)
    row = asking.request_to(ctx.tx, number, ctx.sender)
    if question and (question.asker == ctx.sender or (row and row.answer is not None)):
        try:
            yes = yes_or_no(text, ctx)
        except UserError:
            raise UserError("asking.say_yes_or_no", ask=ctx.call("ask", "…")) from None
        return _keep(ctx, number, yes=yes)
    if row and _is(text, "pass"):
        return views.passed(ctx, another=service.pass_on(ctx, number))
    return _answer(ctx, number, text)


def question_open(ctx: Context, reference: str) -> Asks:
    """Who was asked has not answered; or somebody has not said yet whether all may read it."""
    number = int(reference)
    question, row = asking.question(ctx.tx, number), asking.request_to(ctx.tx, number, ctx.sender)
    if question and row and row.answer is None and service.waits(ctx, number):
        return Asks.WORDS
    return Asks.YES_OR_NO if service.may_be_kept(ctx, number) else Asks.NOTHING


def _agree(ctx: Context, number: int, *, yes: bool) -> Reply:
    ctx = ctx.privately()
    return replace(_keep(ctx, number, yes=yes), private=True)


network_question = Topic(
    service.QUESTION,
    reacted=question_tapped,
    replied=question_replied,
    requires=Role.MEMBER,
    questions=Questions(service.waits, _answer, service.may_be_kept, _agree),
    open=question_open,
)


def answer_tapped(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """Who asked says thanks, wants to meet who answered, or has their answer."""
    sign = fold(emoji)
    if sign not in (views.THANKS, views.DONE, views.MEET):
        return None
    question, row = service.answered(ctx, int(reference))
    if sign == views.DONE:
        return views.closed(ctx, service.close(ctx, question.number))
    if sign == views.THANKS:
        return views.thanks_noted(ctx, new=service.thank(ctx, row))
    return _meet(ctx, question, row)


def _meet(ctx: Context, question: NetworkQuestion, row: AnswerRequest, *, sure: bool = False) -> Reply:
    answerer = members.get(ctx.tx, row.user_id) if row.user_id else None
    if answerer is None or ctx.member is None:
        raise UserError("asking.gone")
    if not (question.named or sure) and named(ctx.tx, ctx.sender):
        return replace(views.would_be_named(ctx, ctx.member), topic=network_meet.of(row.id))
    later = introductions.ask(ctx, ctx.member, answerer)
    return matching_views.asked(ctx, answerer, named=named(ctx.tx, answerer.user_id), later=later)


def answer_replied(ctx: Context, reference: str, text: str) -> Reply | None:
    """Words in reply to an answer go to who gave it: as thanks if they are nothing else."""
    if letters.is_command(text):
        return None
    question, row = service.answered(ctx, int(reference))
    polite, besides = load().courtesy(text)
    if polite and polite.command.courtesy is Courtesy.THANKS and not says_something(besides):
        return views.thanks_noted(ctx, new=service.thank(ctx, row))
    spoken = load().understand(text)
    if spoken and spoken.command.name == "introduce" and not says_something(spoken.arguments):
        return _meet(ctx, question, row)
    service.ask_back(ctx, question, row, text)
    return views.asked_back(ctx)


def answer_open(_ctx: Context, _reference: str) -> Asks:
    """An answer asks for nothing; thanks for it, or what one asks back, are for who gave it."""
    return Asks.THANKS | Asks.WORDS


network_answer = Topic(
    service.ANSWER, reacted=answer_tapped, replied=answer_replied, requires=Role.MEMBER, open=answer_open
)


def _surely(ctx: Context, reference: str, *, yes: bool) -> Reply:
    """Who asked without a name says whether they want to meet who answered all the same."""
    question, row = service.answered(ctx, int(reference))
    return _meet(ctx, question, row, sure=True) if yes else views.not_sent(ctx)


def meet_tapped(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """With a thumb."""
    sign = fold(emoji)
    return _surely(ctx, reference, yes=sign == YES) if sign in (YES, NO) else None


def meet_replied(ctx: Context, reference: str, text: str) -> Reply | None:
    """Or in words."""
    return None if letters.is_command(text) else _surely(ctx, reference, yes=yes_or_no(text, ctx))


network_meet = Topic("network_meet", reacted=meet_tapped, replied=meet_replied, requires=Role.MEMBER)


def follow_up_replied(ctx: Context, reference: str, text: str) -> Reply | None:
    """Words in reply to what was asked back are the answer to it."""
    row = asking.request(ctx.tx, int(reference))
    if row is None or row.user_id != ctx.sender or letters.is_command(text):
        return None
    return _answer(ctx, row.question, text)


def follow_up_open(ctx: Context, reference: str) -> Asks:
    """What was asked back has no answer yet."""
    row = asking.request(ctx.tx, int(reference))
    mine = row is not None and row.user_id == ctx.sender and row.follow_up is not None
    return Asks.WORDS if row and mine and row.follow_up_answer is None else Asks.NOTHING


network_follow_up = Topic(
    service.FOLLOW_UP, replied=follow_up_replied, requires=Role.MEMBER, open=follow_up_open
)


def solved_tapped(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """What came of a question becomes a practice: its form, with the question as the challenge."""
    question = asking.question(ctx.tx, int(reference))
    if fold(emoji) != views.SHARE or question is None or question.asker != ctx.sender:
        return None
    begun = dialogs.get(ctx.tx, ctx.sender, _SHARE_FORM)  # which goes on
    challenge = f"challenge: {' '.join(question.text.split())}"
    reply = load().commands[_SHARE_FORM].run(ctx, "" if begun else challenge)
    return replace(reply, private=True) if reply else None


network_solved = Topic(service.SOLVED, reacted=solved_tapped, requires=Role.MEMBER)
