"""What is asked about a line of what someone offers or needs: its text, and the theme to file it under."""

from __future__ import annotations

from functools import partial

from commands.core import values
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, Form, FormField, text
from commands.core.nodes import Code, Inline, em, span, strong
from commands.core.reply import Reply
from commands.matching import service, views
from config.themes import themes
from storage import dialogs, members
from storage.members import Side

LONGEST = 200


def proposed_theme(ctx: Context, answers: Answers) -> str | None:
    """The theme to file an answer's words under."""
    own = ctx.member.themes if ctx.member else []
    return values.likely_theme(str(answers.get("text", "")), own)


def _finish(side: Side, ctx: Context, answers: Answers) -> Reply:
    return keep(ctx, side, answers["theme"], answers["text"], answers.get("number"))


def keep(ctx: Context, side: Side, theme: str, words: str, number: int | None = None) -> Reply:
    """Keep a line, in the place of the one with this number if there is one, and say so."""
    known = len(service.lines(ctx.tx, ctx.sender, side))
    if number:
        if number > known:  # it was taken away in between
            raise UserError(f"matching.{side}.no_number", number=str(number), list=ctx.call(f"{side}s"))
        _theme, before = service.lines(ctx.tx, ctx.sender, side)[number - 1]
        service.change_line(ctx.tx, ctx.sender, side, number, theme, words)
        return views.kept(ctx, side, number, theme, words, before)
    room_for_more(ctx, side)
    number = members.add_line(ctx.tx, ctx.sender, side, theme, words)
    return views.kept(ctx, side, number, theme, words)


def room_for_more(ctx: Context, side: Side) -> None:
    """Refuse more lines than a profile holds."""
    if len(service.lines(ctx.tx, ctx.sender, side)) >= members.MOST_LINES:
        raise UserError(
            f"matching.{side}.full",
            limit=str(members.MOST_LINES),
            remove=ctx.call(f"{side} remove", "1"),
        )


class ThemedForm(Form):
    """A text and its theme, which is asked for with the words before the reader's eyes."""

    def question(self, field: FormField, ctx: Context) -> Inline:
        begun = dialogs.get(ctx.tx, ctx.sender, self.name)
        words = begun.answers.get("text") if begun else None
        if field.name != "theme" or not begun or not words:
            return super().question(field, ctx)
        asked = ctx.t("matching.which_theme", text=em(words))
        if proposed_theme(ctx, begun.answers):
            return asked
        known = "; ".join(themes().label(theme.id, ctx.language) for theme in themes().upper())
        all_of_them = Code(ctx.network.prefix + ctx.word("themes"))
        cancel = strong(ctx.texts.raw("dialog.words.cancel").split("|")[0])
        rest = ctx.t("matching.themes", themes=known, list=all_of_them, cancel=cancel)
        before, colon, _ = words.partition(":")
        unknown = ctx.t("matching.theme_unknown", typed=values.short(before)) if colon else None
        return span(*((unknown, " ") if unknown else ()), asked, "\n", rest)


THEME = FormField(
    "theme",
    values.theme_id,
    show=lambda value, ctx: themes().label(value, ctx.language),
    propose=proposed_theme,
    filled=lambda value, ctx: themes().label(value, ctx.language),
)


def _form(side: Side) -> Form:
    return ThemedForm(
        f"{side}_line",
        (FormField("text", text(LONGEST, lines=False)), THEME),
        partial(_finish, side),
        last_look=False,  # its last question shows what is kept
    )


OFFER = _form("offer")
NEED = _form("need")
BY_SIDE: dict[Side, Form] = {"offer": OFFER, "need": NEED}
