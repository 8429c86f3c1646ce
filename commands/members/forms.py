"""The forms of members: registering, changing a profile, being forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, Form, FormField, text
from commands.core.nodes import Inline, joined, span
from commands.core.reply import Reply
from commands.members import rules, service, views
from config.countries import country_name, find_country, find_timezone, similar_countries
from config.languages import UI_LANGUAGES, find_language, language_name, similar_languages
from config.texts import Texts
from config.themes import themes
from config.words import fold
from storage import dialogs, members

_YES_NO = ("yes", "no")
_LINE_LIMIT = 200
_WORDS = text(100, lines=False)
_LIST = text(400)
_NOTHING = ("none", "nothing", "no", "keine", "keiner", "nichts", "nein")


# --- reading


def country(typed: str, ctx: Context) -> str:
    """A country's code."""
    typed = _WORDS(typed, ctx)
    found = find_country(typed)
    if found is None:
        raise _unknown("country", typed, similar_countries(typed), country_name, ctx)
    return found


def theme_ids(typed: str, ctx: Context) -> list[str]:
    """One to five themes."""
    found, unclear = rules.read_themes(_LIST(typed, ctx))
    if unclear:
        raise _unclear(unclear[0], ctx)
    if not 1 <= len(found) <= rules.MAX_THEMES:
        raise UserError("member.themes_count", limit=str(rules.MAX_THEMES))
    return found


def theme_id(typed: str, ctx: Context) -> str:
    """Exactly one theme."""
    found = themes().find(_WORDS(typed, ctx))
    if found.theme is None:
        meant = tuple(theme.id for theme in found.candidates or found.suggestions)
        raise _unclear(rules.Unclear(typed, meant, several=bool(found.candidates)), ctx)
    return found.theme.id


def _unclear(item: rules.Unclear, ctx: Context) -> UserError:
    if item.several:
        meant = ctx.texts.list([themes().label(theme, ctx.language) for theme in item.meant[:5]], "or")
        return UserError("member.theme_ambiguous", typed=_short(item.text), meant=meant)
    return _unknown("theme", item.text, list(item.meant), themes().label, ctx)


def languages(typed: str, ctx: Context) -> list[str]:
    """Languages that someone speaks."""
    found, unknown = rules.read_languages(_LIST(typed, ctx))
    if unknown:
        raise _unknown("language", unknown[0], similar_languages(unknown[0]), language_name, ctx)
    if not found:
        raise UserError("form.empty")
    return found


def spoken_language(typed: str, ctx: Context) -> str:
    """A language in which the bot can speak."""
    found = find_language(_WORDS(typed, ctx))
    if found in UI_LANGUAGES:
        return str(found)
    ours = ctx.texts.list([language_name(code, ctx.language) for code in UI_LANGUAGES])
    raise UserError("member.language_not_spoken", languages=ours)


def timezone(typed: str, ctx: Context) -> str:
    """An IANA time zone, by its name, a city or a country."""
    found = find_timezone(_WORDS(typed, ctx))
    if found.zone is None:
        raise _unknown("timezone", typed, list(found.suggestions), lambda zone, _locale: zone, ctx)
    return found.zone


def population(typed: str, ctx: Context) -> int | None:
    """A number of people."""
    if _nothing(typed):
        return None
    found = rules.population(typed)
    if found is None:
        raise UserError("member.population", typed=_short(typed))
    return found


def lines(typed: str, ctx: Context) -> list[list[str]]:
    """Offers or needs, each with a theme; without one only where there is nothing to choose from yet."""
    if _nothing(typed):
        return []
    if len(rules.separated(typed)) > rules.MAX_LINES:
        raise UserError("member.lines_count", limit=str(rules.MAX_LINES))
    found = rules.read_lines(typed)
    own = _own_themes(ctx)
    settled = []
    for theme, words in found:
        likely = theme or (rules.likely_theme(words, own) or "")
        if own and not likely:
            example = f"{themes().label(own[0], ctx.language)}: {_short(words)}"
            labels = ctx.texts.list([themes().label(theme, ctx.language) for theme in own], "or")
            raise UserError("member.line_theme", typed=_short(words), themes=labels, example=example)
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
    return typed.strip() in ("-", "–", "—") or fold(typed) in _NOTHING


def _unknown(
    what: str, typed: str, near: list[str], label: Callable[[str, str], str], ctx: Context
) -> UserError:
    if not near:
        return UserError(f"member.{what}_unknown", typed=_short(typed))
    meant = ctx.texts.list([label(one, ctx.language) for one in near[:5]], "or")
    return UserError(f"member.{what}_suggest", typed=_short(typed), meant=meant)


def _short(typed: str, limit: int = 60) -> str:
    first = typed.strip().split("\n")[0]
    return first if len(first) <= limit else first[: limit - 1] + "…"


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
        country,
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
        languages,
        show=lambda value, ctx: ctx.texts.list([language_name(code, ctx.language) for code in value]),
        filled=lambda value, ctx: ", ".join(language_name(code, ctx.language) for code in value),
    ),
    FormField(
        "themes",
        theme_ids,
        show=_labels,
        filled=lambda value, ctx: "; ".join(themes().label(theme, ctx.language) for theme in value),
    ),
    FormField("offers", lines, show=_shown_lines, required=False, filled=_filled_lines),
    FormField("needs", lines, show=_shown_lines, required=False, filled=_filled_lines),
    FormField(
        "timezone",
        timezone,
        propose=lambda ctx, answers: (
            members.preference(ctx.tx, ctx.sender).timezone
            or rules.zone_of(str(answers.get("city", "")), str(answers.get("country", "")))
        ),
    ),
    FormField(
        "locale",
        spoken_language,
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


CONSENT = FormField("consent", text(10), choices=_YES_NO, ends=_refused)

# What people write instead of our labels.
_ALSO = {
    "organization": "organisation",
    "institution": "organisation",
    "type": "kind",
    "town": "city",
    "ort": "city",
    "inhabitants": "population",
    "einwohnerzahl": "population",
    "time zone": "timezone",
    "topics": "themes",
    "theme": "themes",
    "thema": "themes",
    "language": "languages",
    "sprache": "languages",
    "offer": "offers",
    "angebot": "offers",
    "need": "needs",
    "gesuch": "needs",
    "gesuche": "needs",
}


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

    def find_field(self, label: str) -> FormField | None:
        found = super().find_field(label)
        return found or super().find_field(_ALSO.get(fold(label), ""))


class _Changes(_Registration):
    """The fields of a profile that exists; they speak as they do when somebody registers."""

    def label(self, field: FormField, spoken: Texts) -> str:
        return REGISTER.label(field, spoken)

    def question(self, field: FormField, ctx: Context) -> Inline:
        return REGISTER.question(field, ctx)

    def choice(self, field: FormField, value: str, spoken: Texts) -> str:
        return REGISTER.choice(field, value, spoken)

    def begins_with(self, words: str) -> tuple[FormField, str] | None:
        """The field whose label a text begins with, and what stands behind it."""
        pieces = words.split()
        for count in range(min(4, len(pieces)), 0, -1):
            # The dash of "offers -" is no part of the label, though labels are compared without dashes.
            field = self.find_field(" ".join(pieces[:count])) if fold(pieces[count - 1]) else None
            if field:
                rest = words.split(maxsplit=count)
                return field, rest[count] if len(rest) > count else ""
        return None


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


REGISTER = _Registration("register", (*FIELDS, CONSENT), register, note=views.consent)
PROFILE = _Changes("profile_edit", tuple(replace(field, propose=None) for field in FIELDS), change)


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
