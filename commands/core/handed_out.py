"""Forms that the bot hands out, filled in: what comes back of one, without the command in front of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from commands.core import questions
from commands.core.context import Context
from commands.core.forms import Form
from commands.core.reply import Reply
from commands.core.topics import Asks, Topic

#: Is given what the form was filled in for, as in `Topic.of`, and its lines; None where that is gone.
Take = Callable[[Context, str, str], Reply | None]


def handed_out(name: str, form: Form, take: Take) -> Topic:
    """The topic of what exists, written down as a form: to who sends back a line of it, `take` answers.

    So it goes on, line by line, as long as nothing else is spoken of; "ok" or "no" leaves it as it is.
    """

    def replied(ctx: Context, reference: str, text: str) -> Reply | None:
        if questions.answer(ctx, text) is not None:
            return Reply((ctx.p("form.stays"),))
        taken = take(ctx, reference, text) if form.looks_like(text) else None
        if taken is None or taken.topic or taken.asks:
            return taken
        return replace(taken, topic=topic.of(reference))

    def waits(_ctx: Context, _reference: str) -> Asks:
        return Asks.LINES | Asks.CHOICE

    topic = Topic(name, replied=replied, open=waits, names=form.looks_like)
    return topic
