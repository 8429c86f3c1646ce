"""How questions on practices look: to who is asked, to who asked, and with the practice."""

from __future__ import annotations

from commands.core.context import Context
from commands.core.nodes import Block, Paragraph, Quote, em, strong
from commands.core.reply import Reply, reply
from commands.practices.reuse.views import who
from commands.practices.views import reference
from storage import reuse
from storage.members import Member
from storage.practices import Practice
from storage.reuse import Question

__all__ = ["reference"]

PAGE = 1500  # characters


def pages(ctx: Context, practice: Practice) -> list[tuple[Block, ...]]:
    """The questions and answers that stand with a practice, for the pages behind."""
    title = ctx.p("question.title", practice=em(f"#{practice.number} {practice.title}"))
    found: list[list[Block]] = []
    length = PAGE
    for one in reuse.questions(ctx.tx, practice.number):
        if not one.stands:
            continue
        size = len(one.text) + len(one.answer or "")
        if length + size > PAGE:
            found.append([title])
            length = 0
        found[-1] += [
            Paragraph((strong(ctx.t("question.question")), one.text)),
            Paragraph((strong(ctx.t("question.answer")), one.answer or "")),
        ]
        length += size
    return [tuple(page) for page in found]


# --- to who is asked


def question(
    ctx: Context, practice: Practice, asked: Question, asker: Member | None, *, again: bool = False
) -> tuple[Block, ...]:
    """Brings a question to who is to answer it."""
    key = "question.reminder" if again else "question.told"
    told = ctx.p(key, practice=reference(practice), who=who(asker) if asker else ctx.t("question.someone"))
    number = str(asked.number)
    return told, Quote(asked.text), ctx.p("question.how_to_answer", answer=ctx.call("answer", f"{number} …"))


def answered(
    ctx: Context, practice: Practice, asked: Question, reactions: tuple[str, ...], topic: str
) -> Reply:
    """The answer to who answered, with the question whether it may stand with the practice."""
    ctx = ctx.privately()
    return Reply(
        (ctx.p("answer.passed_on", practice=reference(practice)), *_may_it_stand(ctx, asked)),
        private=True,
        reactions=reactions,
        topic=topic,
    )


# --- to who asked


def passed_on(ctx: Context, practice: Practice, asked: Question) -> Reply:
    """The answer to who asked."""
    return reply(ctx.p("ask.passed_on", practice=reference(practice), number=str(asked.number)))


def answer(ctx: Context, practice: Practice, asked: Question, answerer: Member | None) -> tuple[Block, ...]:
    """Brings an answer to who asked, with the question whether it may stand with the practice."""
    person = who(answerer) if answerer else ctx.t("question.someone")
    return (
        ctx.p("answer.told", practice=reference(practice), who=person),
        Paragraph((strong(ctx.t("question.question")), asked.text)),
        Paragraph((strong(ctx.t("question.answer")), asked.answer or "")),
        *_may_it_stand(ctx, asked),
    )


def unanswered(ctx: Context, practice: Practice, asked: Question, why: str) -> Block:
    """Tells who asked that no answer came: `unanswered` yet, `nobody_left`, or the practice is `archived`."""
    return ctx.p(f"question.{why}", practice=reference(practice), question=em(asked.text), hub=ctx.hub())


# --- to both


def _may_it_stand(ctx: Context, asked: Question) -> tuple[Block, ...]:
    number = str(asked.number)
    yes = ctx.call("agree", number)
    no = ctx.call("agree", f"{number} {ctx.texts.raw('agree.words.no').split('|')[0]}")
    return (ctx.p("question.may_it_stand", yes=yes, no=no),)


def agreed(ctx: Context, practice: Practice, *, yes: bool, stands: bool) -> Reply:
    """The answer to who said whether question and answer may stand with the practice."""
    ctx = ctx.privately()
    key = "agree.stands" if stands else "agree.noted" if yes else "agree.refused"
    show = ctx.call("practice", str(practice.number))
    return reply(ctx.p(key, practice=reference(practice), show=show), private=True)


def stands(ctx: Context, practice: Practice, asked: Question) -> Block:
    """Tells who agreed first that the other one did, too."""
    return ctx.p(
        "question.stands",
        practice=reference(practice),
        question=em(asked.text),
        show=ctx.call("practice", str(practice.number)),
    )
