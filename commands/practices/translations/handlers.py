"""What a person types to give a practice a short version in another language."""

from __future__ import annotations

from typing import Annotated

from commands.core import dialog, values
from commands.core.arguments import Args, Positional, PracticeNumber, Rest
from commands.core.context import Context
from commands.core.forms import DASHES
from commands.core.registry import command
from commands.core.reply import Reply
from commands.practices.service import discreetly
from commands.practices.translations import service, views
from commands.practices.translations.forms import TRANSLATION, write
from storage import translations


class TranslateArgs(Args):
    """`!translate 12 de`"""

    practice: PracticeNumber
    language: Annotated[str, Positional(values.language)]
    short_version: Rest = ""


@command("translate")
def translate(ctx: Context, args: TranslateArgs) -> Reply:
    """Give a practice a short version in another language; a dash removes it."""
    number, language = args.practice, args.language
    practice = service.translatable(ctx, number, language)
    if args.short_version.strip() in DASHES:
        service.remove(ctx, practice, language)
        return discreetly(ctx, practice, lambda here: views.removed(here, practice, language))
    if args.short_version.strip():
        asks = ctx.call("translate", f"{number} {language}")
        return write(ctx, number, language, TRANSLATION.read(args.short_version, ctx, asks=asks))
    known = translations.get(ctx.tx, number, language)
    return dialog.start(
        ctx,
        TRANSLATION,
        # Named, so that a dialog about another practice isn't gone on with.
        only=tuple(field.name for field in TRANSLATION.fields),
        hidden={"practice": number, "language": language},
        present={"title": known.title, "summary": known.summary} if known else None,
    )
