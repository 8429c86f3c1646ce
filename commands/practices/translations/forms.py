"""The form of a short version: title and summary in another language."""

from __future__ import annotations

from commands.core.context import Context
from commands.core.forms import Answers, Form, FormField, text
from commands.core.nodes import Inline
from commands.core.reply import Reply
from commands.practices.service import discreetly
from commands.practices.translations import service, views
from config.languages import language_name
from storage import dialogs

FIELDS = (
    FormField("title", text(100, lines=False)),
    FormField("summary", text(300, lines=False), prose=True),
)


def _write(ctx: Context, answers: Answers) -> Reply:
    return write(ctx, int(answers["practice"]), str(answers["language"]), answers)


def write(ctx: Context, number: int, language: str, answers: Answers) -> Reply:
    """Keep a short version, and say what has become of it."""
    practice = service.translatable(ctx, number, language)
    new = service.write(ctx, practice, language, answers)
    return discreetly(ctx, practice, lambda here: views.written(here, practice, language, new=new))


class _ShortVersion(Form):
    """Asks in so many words for the language that the short version is to be in."""

    def question(self, field: FormField, ctx: Context) -> Inline:
        begun = dialogs.get(ctx.tx, ctx.sender, self.name)
        wanted = begun.context["hidden"]["language"] if begun else ctx.language
        language = language_name(wanted, ctx.language)
        return ctx.t(f"form.{self.name}.{field.name}.ask", language=language)


TRANSLATION = _ShortVersion("practice_translation", FIELDS, _write)
