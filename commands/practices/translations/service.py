"""What can be done with short versions: writing, changing, removing, and choosing one for a reader."""

from __future__ import annotations

from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers
from commands.practices import cards, index, service
from config.languages import language_name
from storage import translations
from storage.database import Tx
from storage.practices import Practice
from storage.translations import PracticeTranslation

#: Titles and summaries by the code of their language.
ShortVersions = dict[str, dict[str, str]]


def translatable(ctx: Context, number: int, language: str) -> Practice:
    """The practice, if the sender may write a short version of it in this language; raises `UserError`."""
    practice = service.editable(ctx, number)
    if practice.language == language:
        raise UserError(
            "translation.own_language",
            number=f"#{number}",
            language=language_name(language, ctx.language),
            edit=ctx.call("edit", str(number)),
        )
    return practice


def write(ctx: Context, practice: Practice, language: str, answers: Answers) -> bool:
    """Add or replace the short version in a language; what the answers leave out stays as it is.

    Index and cards follow. Returns whether it is new. Raises `UserError` where a part is missing.
    """
    known = translations.get(ctx.tx, practice.number, language)
    title = answers.get("title") or (known and known.title)
    summary = answers.get("summary") or (known and known.summary)
    if not title or not summary:
        raise UserError("translation.both", example=ctx.call("translate", f"{practice.number} {language}"))
    _keep(ctx.tx, practice, language, title, summary, by=ctx.sender)
    _follow(ctx.tx, practice)
    return known is None


def remove(ctx: Context, practice: Practice, language: str) -> None:
    """Take a short version away, from the index and from cards too; raises `UserError` if there is none."""
    known = translations.get(ctx.tx, practice.number, language)
    if known is None:
        raise UserError(
            "translation.none",
            number=f"#{practice.number}",
            language=language_name(language, ctx.language),
        )
    translations.remove(ctx.tx, known)
    _follow(ctx.tx, practice)


def replace(tx: Tx, practice: Practice, short: ShortVersions) -> bool:
    """Let a practice have these short versions and no others; returns whether that changed anything."""
    known = {one.language: one for one in translations.of(tx, practice.number)}
    said = {language: {"title": one.title, "summary": one.summary} for language, one in known.items()}
    if said == short:
        return False
    for language in known.keys() - short.keys():
        translations.remove(tx, known[language])
    for language, texts in short.items():
        if texts != said.get(language):
            _keep(tx, practice, language, texts["title"], texts["summary"], by=None)
    _follow(tx, practice)
    return True


def _keep(tx: Tx, practice: Practice, language: str, title: str, summary: str, *, by: str | None) -> None:
    translations.keep(
        tx,
        PracticeTranslation(
            practice=practice.number, language=language, title=title, summary=summary, by=by, at=tx.now
        ),
    )


def _follow(tx: Tx, practice: Practice) -> None:
    index.renew(tx, practice)
    cards.keep_current(tx, practice)
