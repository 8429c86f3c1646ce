"""How short versions look: in answers about them, and within a practice."""

from __future__ import annotations

from collections.abc import Sequence

from commands.core.context import Context
from commands.core.nodes import Block, Inline, Paragraph, em, strong
from commands.core.reply import Reply, reply
from config.languages import language_name
from config.texts import Texts
from storage.practices import Listed, Practice
from storage.translations import PracticeTranslation


def written(ctx: Context, practice: Practice, language: str, *, new: bool) -> Reply:
    """Thanks to who wrote a short version, with what becomes of it."""
    return reply(
        ctx.p(
            "translation.added" if new else "translation.changed",
            practice=_name(practice),
            language=_language(ctx, language),
        ),
        ctx.p(
            "translation.next",
            change=ctx.call("translate", f"{practice.number} {language}"),
            remove=ctx.call("translate", f"{practice.number} {language} -"),
        ),
    )


def removed(ctx: Context, practice: Practice, language: str) -> Reply:
    """A short version is gone."""
    return reply(
        ctx.p("translation.removed", practice=_name(practice), language=_language(ctx, language)),
    )


def out_of_date(ctx: Context, practice: Practice, short: Sequence[PracticeTranslation]) -> Block:
    """A word to who edited a practice: which of its short versions may no longer be right."""
    languages = [_language(ctx, one.language) for one in short]
    return Paragraph(
        (
            ctx.n("translation.look_again", len(short), languages=ctx.texts.list(languages)),
            *(ctx.call("translate", f"{practice.number} {one.language}") for one in short),
        )
    )


def original(ctx: Context, practice: Practice, short: PracticeTranslation) -> list[Block]:
    """What stands below a short version: whether it is still right, and the original in short."""
    label = ctx.t("translation.original", language=_language(ctx, practice.language))
    blocks: list[Block] = [Paragraph((strong(label), em(practice.title), practice.summary))]
    if short.outdated:
        blocks.insert(0, ctx.p("translation.outdated"))
    return blocks


def shortened(practice: Practice | Listed, spoken: Texts) -> str:
    """That this is short for something in another language."""
    return spoken.get("translation.short_of", language=language_name(practice.language, spoken.language))


def others(ctx: Context, short: Sequence[PracticeTranslation]) -> Inline:
    """In which languages there are short versions."""
    marked = [
        ctx.texts.get("translation.outdated_mark", language=_language(ctx, one.language))
        if one.outdated
        else _language(ctx, one.language)
        for one in short
    ]
    return ctx.t("translation.also", languages=ctx.texts.list(marked))


def _name(practice: Practice) -> Inline:
    return strong(f"#{practice.number} {practice.title}")


def _language(ctx: Context, code: str) -> str:
    return language_name(code, ctx.language)
