"""How countries, languages, themes and the like are read from what people type, wherever they type it.

Every parser takes the text and the context and raises `UserError` with what comes near.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from commands.core.arguments import practice_number
from commands.core.context import Context
from commands.core.days import read_day, spelled
from commands.core.errors import UserError
from commands.core.nodes import Inline
from commands.core.registry import fold as fold_emoji
from config.countries import country_name, find_country, find_timezone, similar_countries
from config.languages import UI_LANGUAGES, find_language, language_name, similar_languages
from config.texts import texts
from config.themes import FoundTheme, themes
from config.words import fold
from storage.search import themes_named, themes_touched

YES, NO = "\N{THUMBS UP SIGN}", "\N{THUMBS DOWN SIGN}"
SIZE_CLASSES = ("s", "m", "l", "xl")  # as choices of a form; elsewhere in capitals
# DOMAIN.md, Member: S < 100,000 <= M < 500,000 <= L < 1,000,000 <= XL
_SIZES_BELOW = (100_000, 500_000, 1_000_000)
_AND = r"\s+(?:and|und|et|y|i|та|&|\+)\s+"


def country(typed: str, ctx: Context) -> str:
    """A country's code, from its name in one of six languages or its code."""
    code = find_country(_filled(typed))
    if code is None:
        raise _unknown("country", typed, _names(similar_countries(typed), country_name, ctx), ctx)
    return code


def language(typed: str, ctx: Context) -> str:
    """A language's code, from its name in one of six languages or its code."""
    code = find_language(_filled(typed))
    if code is None:
        raise _unknown("language", typed, _names(similar_languages(typed), language_name, ctx), ctx)
    return code


def languages(typed: str, ctx: Context) -> list[str]:
    """The codes of the languages in a list, each once."""
    found: dict[str, None] = {}
    for item in taken_apart(_filled(typed), lambda item: find_language(item) is not None):
        whole = find_language(item)
        codes = [whole] if whole else [language(word, ctx) for word in _without_how_well(item)]
        found.update(dict.fromkeys(codes))
    return list(found)


def _without_how_well(item: str) -> list[str]:
    """The words of "some French" that name a language."""
    told = {word for code in UI_LANGUAGES for word in texts(code).raw("language.words.how_well").split("|")}
    return [word for word in item.split() if word.casefold() not in told] or item.split()


def spoken_language(typed: str, ctx: Context) -> str:
    """A language in which the bot can speak."""
    code = find_language(_filled(typed))
    if code not in UI_LANGUAGES:
        ours = ctx.texts.list(_names(UI_LANGUAGES, language_name, ctx))
        raise UserError("value.language_not_spoken", languages=ours)
    return str(code)


def timezone(typed: str, ctx: Context) -> str:
    """An IANA time zone, by its name, a city or a country."""
    found = find_timezone(_filled(typed))
    if found.zone is None:
        raise _unknown("timezone", typed, list(found.suggestions), ctx)
    return found.zone


def find_theme(typed: str) -> FoundTheme:
    """The theme that a text names: by a label, or by what the glossary of the search knows of it."""
    found = themes().find(typed)
    if found.theme or found.candidates:
        return found
    named = [themes().get(theme) for theme in themes_named(typed)]
    return FoundTheme(named[0]) if len(named) == 1 else FoundTheme(None, tuple(named), found.suggestions)


def likely_theme(text: str, own: Sequence[str]) -> str | None:
    """The theme to file a line under where none was said: one of its author's that its words touch, else the
    likeliest of all. None when nothing points anywhere."""
    touched = themes_touched(text)
    same = [theme for theme in touched if theme in own]
    near = [theme for theme in own if _upper(theme) in map(_upper, touched)]
    return next(iter([*same, *touched[:1], *near, *(own if len(own) == 1 else [])]), None)


def _upper(theme: str) -> str:
    return themes().get(theme).parent or theme


def theme_id(typed: str, ctx: Context) -> str:
    """The one theme that is meant."""
    found = find_theme(_filled(typed))
    if found.theme:
        return found.theme.id
    meant = _names([theme.id for theme in found.candidates or found.suggestions], themes().label, ctx)
    if found.candidates:
        raise UserError("value.theme_ambiguous", typed=short(typed), meant=ctx.texts.list(meant, "or"))
    raise _unknown("theme", typed, meant, ctx, themes=ctx.call("themes"))


def theme_ids(most: int) -> Callable[[str, Context], list[str]]:
    """A parser for one to `most` themes, with commas, semicolons, bars, lines or "and" between them."""

    def parse(typed: str, ctx: Context) -> list[str]:
        items = taken_apart(_filled(typed), lambda item: themes().find(item).theme is not None)
        found = dict.fromkeys(theme_id(item, ctx) for item in items)
        if not found:
            raise UserError("form.empty")
        if len(found) > most:
            raise UserError("value.themes_too_many", limit=str(most), given=str(len(found)))
        return list(found)

    return parse


def day(typed: str, ctx: Context) -> date:
    """A day, as `days.read_day` knows it: `2027-03-31`, `31.3.`, `31 March`, `next Tuesday`, `3 weeks`.

    What is told without a year is the next such day in the sender's time zone.
    """
    today = ctx.now.astimezone(ZoneInfo(ctx.timezone)).date()
    found = read_day(spelled(_filled(typed)), today, ctx.texts)
    if found is None:
        example = ctx.texts.date(today + timedelta(weeks=4))
        raise UserError("value.day_unknown", typed=short(typed), example=example)
    return found


def size_class(population: int) -> str:
    """The size class of a place: s, m, l or xl (`DOMAIN.md`, Member)."""
    return next((n for n, below in zip(SIZE_CLASSES, _SIZES_BELOW, strict=False) if population < below), "xl")


def themed_line(text: str) -> tuple[str, str]:
    """A line of `theme: text` as the theme's id ("" where none was said) and the text."""
    before, colon, behind = text.partition(":")
    theme = find_theme(before).theme if colon and behind.strip() else None
    return (theme.id, " ".join(behind.split())) if theme else ("", " ".join(text.split()))


def question_number(typed: str, ctx: Context) -> int:
    """The number of a question, as the bot told it."""
    try:
        return practice_number(typed, ctx)
    except UserError:
        raise UserError("question.number", typed=typed[:40]) from None


def yes_or_no(typed: str, ctx: Context) -> bool:
    """Yes or no, in any of our languages, or a thumb."""
    if fold_emoji(typed) in (YES, NO):
        return fold_emoji(typed) == YES
    for answer in (True, False):
        for code in UI_LANGUAGES:
            known = texts(code).raw(f"agree.words.{'yes' if answer else 'no'}").split("|")
            if fold(typed) in map(fold, known):
                return answer
    words = [ctx.texts.raw(f"agree.words.{word}").split("|")[0] for word in ("yes", "no")]
    raise UserError("agree.yes_or_no", words=ctx.texts.list(words, "or"))


def separated(text: str) -> list[str]:
    """The items of a list: one a line, or with semicolons between them."""
    items = (" ".join(item.split()).strip("•*-– ") for item in re.split(r"[;\n]", text))
    return [item for item in items if item]


def taken_apart(text: str, known: Callable[[str], bool]) -> list[str]:
    """Items as `separated`, and further apart at commas, bars and "and" unless they are known whole."""
    return [part for item in separated(text) for part in _parts(item, known)]


def short(typed: str, limit: int = 60) -> str:
    """The beginning of what was typed, to be told what about it is wrong."""
    first = typed.strip().split("\n")[0]
    return first if len(first) <= limit else first[: limit - 1] + "…"


def _parts(item: str, known: Callable[[str], bool]) -> list[str]:
    if not known(item):
        for between in (r"\s*[,/|]\s*", _AND):
            smaller = [part.strip() for part in re.split(between, item) if part.strip()]
            if len(smaller) > 1:
                return [part for one in smaller for part in _parts(one, known)]
    return [item.strip(" ,/|")] if item.strip(" ,/|") else []


def _filled(typed: str) -> str:
    if not typed.strip():
        raise UserError("form.empty")
    return typed.strip()


def _names(codes: Sequence[str], name: Callable[[str, str], str], ctx: Context) -> list[str]:
    return [name(code, ctx.language) for code in codes[:5]]


def _unknown(what: str, typed: str, near: list[str], ctx: Context, **help_: Inline) -> UserError:
    if near:
        meant = ctx.texts.list(near, "or")
        return UserError(f"value.{what}_meant", typed=short(typed), meant=meant)
    return UserError(f"value.{what}_unknown", typed=short(typed), **help_)
