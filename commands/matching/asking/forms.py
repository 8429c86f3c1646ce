"""What is asked about a question before it is brought to anybody: its theme, and whether by name."""

from __future__ import annotations

from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, FormField, text
from commands.core.nodes import Inline
from commands.core.reply import Reply
from commands.matching.asking import service, views
from commands.matching.forms import THEME, ThemedForm
from storage import dialogs

NAME = "network_question"


def question_text(typed: str, ctx: Context) -> str:
    """A question that others can understand; raises `UserError`."""
    words = text(service.LONGEST_QUESTION)(typed, ctx)
    if len(words.split()) < service.FEWEST_WORDS:
        raise UserError("asking.too_short", typed=words[:60])
    return words


class _QuestionForm(ThemedForm):
    """Says at its end to how many members the question would go."""

    def question(self, field: FormField, ctx: Context) -> Inline:
        begun = dialogs.get(ctx.tx, ctx.sender, self.name)
        if field.name != "send" or begun is None:
            return super().question(field, ctx)
        words, theme = begun.answers["text"], begun.answers["theme"]
        found = service.would_ask(ctx.tx, ctx.network, ctx.sender, words, theme)
        language = service.language_of(ctx.tx, ctx.network, ctx.sender, words)
        other = None
        if not found and ctx.member:
            other = service.in_other_languages(ctx.tx, ctx.network, ctx.member, words, theme)
        return views.goes_to(ctx, theme, language, len(found), other)


def _not_sent(value: str, ctx: Context) -> Reply | None:
    return views.not_sent(ctx) if value == "no" else None


def _finish(ctx: Context, answers: Answers) -> Reply:
    question, count = service.ask(
        ctx,
        answers["text"],
        answers["theme"],
        named=answers["send"] == "named",
        asked_in=answers.get("asked_in"),
        asked_room=answers.get("asked_room"),
    )
    return views.sent(ctx, question, count)


QUESTION = _QuestionForm(
    NAME,
    (
        FormField("text", question_text, prose=True),
        THEME,
        FormField("send", text(20), choices=("named", "nameless", "no"), ends=_not_sent),
    ),
    _finish,
    last_look=False,  # its last question shows what is going to happen
)
