"""The forms of members: registering, changing a profile, being forgotten."""

from __future__ import annotations

from typing import Any

from commands.core import values
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import DASHES, Answers, Changes, Form, FormField, text
from commands.core.nodes import Inline, joined, span
from commands.core.reply import Reply
from commands.core.values import separated, short
from commands.members import rules, service, views
from config.countries import country_name
from config.languages import language_name
from config.themes import themes
from config.words import fold
from storage import dialogs, members

_YES_NO = ("yes", "no")
_LINE_LIMIT = 200
_NOTHING = ("none", "nothing", "no", "keine", "keiner", "nichts", "nein")


# --- reading


def population(typed: str, ctx: Context) -> int | None:
    """A number of people."""
    if _nothing(typed):
        return None
    found = rules.population(typed)
    if found is None:
        raise UserError("member.population", typed=short(typed))
    return found


def lines(typed: str, ctx: Context) -> list[list[str]]:
    """Offers or needs, each with a theme; without one only where there is nothing to choose from yet."""
    if _nothing(typed):
        return []
    if len(separated(typed)) > members.MOST_LINES:
        raise UserError("member.lines_count", limit=str(members.MOST_LINES))
    found = rules.read_lines(typed)
    own = _own_themes(ctx)
    settled = []
    for theme, words in found:
        likely = theme or (own and values.likely_theme(words, own)) or ""
        if own and not likely:
            example = f"{themes().label(own[0], ctx.language)}: {short(words)}"
            labels = ctx.texts.list([themes().label(theme, ctx.language) for theme in own], "or")
            raise UserError("member.line_theme", typed=short(words), themes=labels, example=example)
        settled.append([likely, text(_LINE_LIMIT, lines=False)(words, ctx)])
    return settled


def _own_themes(ctx: Context) -> list[str]:
    """The themes that the person has named already: in the dialog that is open, or as a member."""
    begun = dialogs.get(ctx.tx, ctx.sender, REGISTER.name)
    own = begun.answers.get("themes") if begun else None
    if own is None and ctx.member:
        own = ctx.member.themes
    return list(own or [])


def _nothing(typed: str) -> bool:
    return typed.strip() in DASHES or fold(typed) in _NOTHING


# --- showing


def _labels(value: list[str], ctx: Context) -> Inline:
    return joined([themes().label(theme, ctx.language) for theme in value])


def _shown_lines(value: list[list[str]], ctx: Context) -> Inline:
    return joined(_written(service.settle(value, _own_themes(ctx)), ctx), "; ") if value else "–"


def _written(value: list[list[str]], ctx: Context) -> list[Inline]:
    return [f"{themes().label(theme, ctx.language)}: {words}" if theme else words for theme, words in value]


def _filled_lines(value: list[list[str]], ctx: Context) -> str:
    return "; ".join(str(line) for line in _written(value, ctx))


FIELDS = (
    FormField("name", text(100, lines=False)),
    FormField("organisation", text(150, lines=False)),
    FormField("kind", text(20), choices=service.KINDS),
    FormField("city", text(100, lines=False)),
    FormField(
        "country",
        values.country,
        show=lambda value, ctx: country_name(value, ctx.language),
        filled=lambda value, ctx: country_name(value, ctx.language),
    ),
    FormField(
        "population",
        population,
        show=lambda value, ctx: ctx.texts.number(value) if value else "–",
        required=False,
    ),
    FormField(
        "languages",
        values.languages,
        show=lambda value, ctx: ctx.texts.list([language_name(code, ctx.language) for code in value]),
        filled=lambda value, ctx: ", ".join(language_name(code, ctx.language) for code in value),
    ),
    FormField(
        "themes",
        values.theme_ids(rules.MAX_THEMES),
        show=_labels,
        filled=lambda value, ctx: "; ".join(themes().label(theme, ctx.language) for theme in value),
    ),
    FormField("offers", lines, show=_shown_lines, required=False, filled=_filled_lines),
    FormField("needs", lines, show=_shown_lines, required=False, filled=_filled_lines),
    FormField(
        "timezone",
        values.timezone,
        propose=lambda ctx, answers: (
            members.preference(ctx.tx, ctx.sender).timezone
            or rules.zone_of(str(answers.get("city", "")), str(answers.get("country", "")))
        ),
    ),
    FormField(
        "locale",
        values.spoken_language,
        show=lambda value, ctx: language_name(value, ctx.language),
        propose=lambda ctx, _answers: members.preference(ctx.tx, ctx.sender).locale or ctx.language,
        filled=lambda value, ctx: language_name(value, ctx.language),
    ),
    FormField(
        "contact_visible",
        text(10),
        required=False,
        choices=_YES_NO,
        propose=lambda _ctx, _answers: "no",
    ),
)


def _refused(value: str, ctx: Context) -> Reply | None:
    if value != "no":
        return None
    service.withdraw(ctx.tx, ctx.sender)
    return Reply((ctx.p("register.refused"),))


# Registering is long enough: whoever has done it is told of this.
GREETING = FormField("greeting", text(10), required=False, choices=_YES_NO)
CONSENT = FormField("consent", text(10), choices=_YES_NO, ends=_refused)


class _Registration(Form):
    """The form that makes a member: shows the themes to choose from, and what is agreed to."""

    def question(self, field: FormField, ctx: Context) -> Inline:
        asked = super().question(field, ctx)
        if field.name == "themes":
            upper = joined([themes().label(theme.id, ctx.language) for theme in themes().upper()])
            return span(asked, "\n", upper)
        if field.name == CONSENT.name:
            return span(views.consent(ctx), "\n", asked)
        return asked


def register(ctx: Context, answers: Answers) -> Reply:
    """Make the sender a member, and say what to do next."""
    member = service.register(ctx.tx, ctx.sender, answers, ctx.network.consent_version)
    _speak(ctx, answers["locale"])
    return views.welcome(ctx, member, agreed_unseen=bool(answers.get("at_once")))


def _speak(ctx: Context, locale: str) -> None:
    """Answer in the language that was chosen a moment ago; a room keeps its own."""
    ctx.locale, ctx.language = locale, ctx.room_language or locale


def change(ctx: Context, answers: Answers) -> Reply:
    """Change the sender's profile, and say what has changed."""
    if ctx.member is None:
        raise UserError("role.member_needed", register=ctx.call("register"))
    service.change(ctx.tx, ctx.member, answers)
    if "locale" in answers:
        _speak(ctx, answers["locale"])
    changed = [field for field in PROFILE.fields if field.name in answers]
    known = service.answers_of(ctx.tx, ctx.member)
    return views.changed(ctx, PROFILE, changed, known)


REGISTER = _Registration("register", (*FIELDS, CONSENT), register, note=views.consent, once=True)
PROFILE = Changes.to(
    _Registration("register", (*FIELDS, GREETING), register, once=True),
    "profile_edit",
    (*FIELDS, GREETING),
    change,
)


# --- being forgotten


def _kept(value: str, ctx: Context) -> Reply | None:
    return Reply((ctx.p("forgetme.kept"),)) if value in ("keep", "no") else None


class _Farewell(Form):
    """Asks what is to become of someone's practices, and whether they are sure; says first what will go."""

    def question(self, field: FormField, ctx: Context) -> Inline:
        asked = super().question(field, ctx)
        stock = service.stock(ctx.tx, ctx.sender)
        first = "practices" if stock.practices else "sure"
        return span(views.stock(ctx, stock), "\n", asked) if field.name == first else asked


def _forget(ctx: Context, answers: dict[str, Any]) -> Reply:
    everything = service.forget(
        ctx.tx,
        ctx.sender,
        practices_too=answers.get("practices") == "delete",
        reason=ctx.texts.get("forgetme.reason"),
    )
    left = () if everything else (ctx.p("forgetme.left"),)
    return Reply((ctx.p("forgetme.done"), *left, ctx.p("forgetme.copies")))


FORGET = _Farewell(
    "farewell",
    (
        FormField("practices", text(20), choices=("hand_over", "delete", "keep"), ends=_kept),
        FormField("sure", text(10), choices=_YES_NO, ends=_kept),
    ),
    _forget,
    last_look=False,  # its last question is just that
)
