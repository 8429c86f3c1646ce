"""How questions to the network look: to who asks, to who is asked, to moderators, and to all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from commands.core.context import Context
from commands.core.dialog import shortened
from commands.core.nodes import Block, Entries, Inline, Paragraph, Quote, em, joined, span, strong
from commands.core.reply import Reply
from commands.core.values import NO, YES
from commands.matching.people import named
from commands.matching.views import who
from config.languages import language_name
from config.themes import themes
from storage import asking
from storage.asking import AnswerRequest, NetworkQuestion, QuestionState
from storage.members import Member

ON_A_PAGE = 5
MOST_WAITING = 3
OTHERS = "\N{BLACK RIGHTWARDS ARROW}\N{VARIATION SELECTOR-16}"
THANKS = "\N{PERSON WITH FOLDED HANDS}"
DONE = "\N{WHITE HEAVY CHECK MARK}"
MEET = "\N{HANDSHAKE}"
SHARE = "\N{BOOKS}"

Answered = tuple[NetworkQuestion, list[AnswerRequest]]


def example(ctx: Context) -> str:
    """A question as one might ask it."""
    return ctx.texts.raw("command.ask.example")


def _label(ctx: Context, theme: str) -> str:
    return themes().label(theme, ctx.language)


def _answerer(ctx: Context, member: Member) -> Inline:
    """Who answers, by name unless others meet them without."""
    return who(ctx, member, named=named(ctx.tx, member.user_id))


# --- to who asks


def goes_to(ctx: Context, theme: str, language: str, count: int, other: tuple[str, int] | None) -> Inline:
    """To how many a question in a language would go; where to none, in which `other` one to how many."""
    if not count:
        spoken = language_name(language, ctx.language)
        about = strong(_label(ctx, theme))
        if other is None:
            return ctx.t("asking.goes_to_nobody", theme=about, language=spoken)
        code, number = other
        known = language_name(code, ctx.language)
        told = ctx.n("asking.goes_to_other", number, theme=about, language=spoken, other=known)
        return span(told, " ", ctx.t("asking.to_moderators_then"))
    return ctx.n("asking.goes_to", count, theme=strong(_label(ctx, theme)))


def not_sent(ctx: Context) -> Reply:
    """That nobody was asked."""
    return Reply((ctx.p("asking.not_sent"),), private=True)


def sent(ctx: Context, question: NetworkQuestion, count: int) -> Reply:
    """That a question is on its way, and whether all may read it."""
    ctx = ctx.privately()
    number = str(question.number)
    if count:
        told = Paragraph((ctx.n("asking.sent", count, number=number),))
    else:
        told = ctx.p("asking.sent_to_moderators", number=number)
    return Reply(
        (told, ctx.p("asking.may_be_shown")),
        private=True,
        reactions=(YES, NO),
        about=ctx.sender,
        topic=f"network_question:{number}",
    )


def answer(
    ctx: Context, question: NetworkQuestion, row: AnswerRequest, answerer: Member, words: str
) -> tuple[Block, ...]:
    """Brings an answer to who asked."""
    person = _answerer(ctx, answerer)
    if row.follow_up_answer:
        asked = em(shortened(row.follow_up or ""))
        return ctx.p("asking.answers_back", who=person, question=asked), Quote(words), _after(ctx, question)
    told = ctx.p("asking.answers", who=person, question=em(shortened(question.text)))
    return told, Quote(words), ctx.p("asking.ask_back"), _after(ctx, question)


def _after(ctx: Context, question: NetworkQuestion) -> Paragraph:
    close = ctx.call("ask close", str(question.number))
    return ctx.p("asking.after", thanks=THANKS, meet=MEET, done=DONE, close=close)


def asked_back(ctx: Context) -> Reply:
    """That what was asked back is on its way."""
    return Reply((ctx.privately().p("asking.asked_back"),), private=True)


def would_be_named(ctx: Context, asker: Member) -> Reply:
    """To who asked without a name and wants to meet who answered: that these would read it."""
    ctx = ctx.privately()
    told = ctx.p("asking.would_be_named", who=who(ctx, asker, named=True), yes=YES, no=NO)
    return Reply((told,), private=True, reactions=(YES, NO))


def thanks_noted(ctx: Context, *, new: bool) -> Reply:
    """To who said thanks."""
    return Reply((ctx.privately().p("asking.thanks_noted" if new else "asking.thanks_again"),), private=True)


def widened(ctx: Context, question: NetworkQuestion, count: int) -> tuple[Block, ...]:
    """That more members are asked, as nobody has answered."""
    return (Paragraph((ctx.n("asking.widened", count, question=em(shortened(question.text))),)),)


def unanswered(ctx: Context, question: NetworkQuestion) -> tuple[Block, ...]:
    """That nobody has answered, and what may still help."""
    return (ctx.p("asking.unanswered", question=em(shortened(question.text)), hub=ctx.hub()),)


def closed(ctx: Context, question: NetworkQuestion) -> Reply:
    """That a question is closed, and that what came of it may become a practice."""
    ctx = ctx.privately()
    told = ctx.p("asking.closed", question=em(shortened(question.text)))
    if not asking.answers(ctx.tx, question.number):
        return Reply((told,), private=True)
    offer = ctx.p("asking.share", sign=SHARE, share=ctx.call("share"))
    topic = f"network_solved:{question.number}"
    return Reply((told, offer), private=True, reactions=(SHARE,), about=ctx.sender, topic=topic)


def own(ctx: Context, found: Sequence[NetworkQuestion]) -> Reply:
    """What someone asked, and where it is."""
    ctx = ctx.privately()
    if not found:
        return Reply((ctx.p("asking.none_asked", ask=ctx.call("ask", example(ctx))),), private=True)
    return _listed(ctx, ctx.p("asking.own"), [_own(ctx, one) for one in found], private=True)


def _own(ctx: Context, question: NetworkQuestion) -> tuple[Inline, ...]:
    count = len(asking.answers(ctx.tx, question.number))
    state = ctx.n("asking.count", count) if count else ctx.t("asking.none_yet")
    facts: list[Inline] = [ctx.texts.date(question.asked_at.date()), state]
    if question.state == QuestionState.CLOSED:
        facts.append(ctx.t("asking.state_closed"))
    return _head(question), joined(facts)


# --- to who is asked


def question(ctx: Context, asked: NetworkQuestion, asker: Member) -> tuple[Block, ...]:
    """Brings a question to somebody who may know."""
    told = ctx.p("asking.told", who=who(ctx, asker, named=asked.named), theme=_label(ctx, asked.theme))
    word = ctx.texts.raw("asking.words.pass").split("|")[0]
    how = ctx.p(
        "asking.how_to_answer", answer=ctx.call("answer", f"{asked.number} …"), sign=OTHERS, word=strong(word)
    )
    return told, Quote(asked.text), how


def follow_up(
    ctx: Context, question: NetworkQuestion, row: AnswerRequest, asker: Member
) -> tuple[Block, ...]:
    """Brings what was asked back to who answered."""
    told = ctx.p(
        "asking.follow_up",
        who=who(ctx, asker, named=question.named),
        question=em(shortened(question.text)),
    )
    how = ctx.p("asking.how_to_answer_back", answer=ctx.call("answer", f"{question.number} …"))
    return told, Quote(row.follow_up or ""), how


def thanked(ctx: Context, question: NetworkQuestion, asker: Member) -> Paragraph:
    """Tells who answered that it was of use."""
    person = who(ctx, asker, named=question.named)
    return ctx.p("asking.thanked", who=person, question=em(shortened(question.text)))


def answered(ctx: Context, question: NetworkQuestion, row: AnswerRequest) -> Reply:
    """To who answered, with the question whether all may read it."""
    ctx = ctx.privately()
    told = ctx.p("asking.passed_on")
    if row.follow_up_answer:
        return Reply((told,), private=True)
    return Reply(
        (told, ctx.p("asking.may_be_kept")),
        private=True,
        reactions=(YES, NO),
        topic=f"network_question:{question.number}",
    )


def passed(ctx: Context, *, another: bool) -> Reply:
    """To who leaves a question to others."""
    ctx = ctx.privately()
    told = ctx.p("asking.left_to_others" if another else "asking.left")
    return Reply((told, ctx.p("asking.too_often", matching=ctx.call("matching"))), private=True)


def shown(ctx: Context, question: NetworkQuestion, *, yes: bool, stands: bool) -> Reply:
    """To who said whether all may read it."""
    ctx = ctx.privately()
    if stands:
        told = ctx.p("asking.stands", answers=ctx.call("answers", str(question.number)))
    else:
        told = ctx.p("asking.agreed" if yes else "asking.refused")
    return Reply((told,), private=True)


# --- to moderators


def for_moderators(ctx: Context, question: NetworkQuestion, asker: Member | None) -> tuple[Block, ...]:
    """Tells moderators of a question that nobody answers."""
    person = who(ctx, asker, named=question.named) if asker else ctx.t("match.nameless")
    asked = asking.count_requests(ctx.tx, question.number)
    text = "asking.nobody_answers" if asked else "asking.nobody_asked"
    return (
        ctx.p(text, who=person, theme=_label(ctx, question.theme)),
        Quote(question.text),
        ctx.p("asking.moderators_help", answer=ctx.call("answer", f"{question.number} …")),
    )


def removed(ctx: Context, question: NetworkQuestion) -> Reply:
    """To the moderator who took something from what all may read."""
    return Reply((ctx.p("asking.removed", question=em(shortened(question.text))),))


# --- to all


def _head(question: NetworkQuestion) -> Inline:
    return strong(f"{question.number}. {shortened(question.text)}")


def found(ctx: Context, answered: Sequence[Answered]) -> Reply:
    """What was asked and answered about something."""
    if not answered:
        ask = ctx.call("ask", example(ctx))
        return Reply((ctx.p("asking.nothing_found", ask=ask, answers=ctx.call("answers")),))
    return _answered(ctx, answered)


def everything(ctx: Context, answered: Sequence[Answered], waiting: Sequence[NetworkQuestion]) -> Reply:
    """All that was asked and answered, and what still waits for somebody who knows."""
    if not answered and not waiting:
        return Reply((ctx.p("asking.nothing_kept", ask=ctx.call("ask", example(ctx))),))
    listed = _answered(ctx, answered) if answered else Reply(())
    if not waiting:
        return listed
    open_ones = Entries(tuple((_head(one), _label(ctx, one.theme)) for one in waiting[:MOST_WAITING]))
    answer = ctx.call("answer", f"{waiting[0].number} …")
    return replace(listed, blocks=(*listed.blocks, ctx.p("asking.waiting", answer=answer), open_ones))


def _answered(ctx: Context, answered: Sequence[Answered]) -> Reply:
    listed: list[tuple[Inline, ...]] = [
        (_head(asked), joined([_label(ctx, asked.theme), ctx.n("asking.count", len(answers))]))
        for asked, answers in answered
    ]
    show = ctx.call("answers", str(answered[0][0].number))
    return _listed(ctx, ctx.p("asking.answers_head", show=show), listed)


def _listed(
    ctx: Context, head: Paragraph, listed: list[tuple[Inline, ...]], *, private: bool = False
) -> Reply:
    pages = [
        (Entries(tuple(listed[start : start + ON_A_PAGE])),) for start in range(0, len(listed), ON_A_PAGE)
    ]
    about = ctx.sender if private else None
    return Reply((head, *pages[0]), pages=tuple(pages[1:]), private=private, about=about)


def entry(ctx: Context, question: NetworkQuestion, answers: Sequence[str], *, mine: bool) -> Reply:
    """One question with its answers, one a page."""
    facts = joined([_label(ctx, question.theme), ctx.texts.date(question.asked_at.date())])
    number = strong(ctx.t("asking.question", number=str(question.number)))
    head: tuple[Block, ...] = (Paragraph((number, facts)), Quote(question.text))
    if not answers:
        answer = ctx.call("answer", f"{question.number} …")
        told = ctx.p("asking.none_yet_long") if mine else ctx.p("asking.waiting", answer=answer)
        return Reply(
            (*head, told), private=mine, topic=None if mine else f"network_question:{question.number}"
        )
    pages: list[tuple[Block, ...]] = [
        (Paragraph((strong(_place(ctx, place, len(answers))),)), Quote(one))
        for place, one in enumerate(answers, 1)
    ]
    about = ctx.sender if mine else None
    return Reply((*head, *pages[0]), pages=tuple(pages[1:]), private=mine, about=about)


def _place(ctx: Context, place: int, count: int) -> Inline:
    if count == 1:
        return ctx.t("question.answer")
    return ctx.t("asking.answer_of", place=str(place), all=str(count))
