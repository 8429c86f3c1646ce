"""How the fields of a practice are read from what people type (`DOMAIN.md`, Good practice)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from commands.core.context import Context
from commands.core.errors import UserError
from config.countries import country_name, find_country, similar_countries
from config.languages import CONTENT_LANGUAGES, find_language, language_name, similar_languages
from config.themes import themes as all_themes
from storage.search import detect_language

MOST_THEMES = 3
MOST_LINKS = 5
LONGEST_LINK = 500
SDGS = range(1, 18)
FIRST_YEAR = 1900
SIZE_CLASSES = ("s", "m", "l", "xl")  # as choices of a form; practices hold them in capitals

# Between the items of a list; exports join them by a bar.
_BETWEEN = re.compile(r"[;|\n]")


def theme_ids(typed: str, ctx: Context) -> list[str]:
    """One to three themes by id or by any label, with commas, semicolons, bars or lines between them."""
    found: dict[str, None] = {}
    for piece in _BETWEEN.split(typed):
        # Some labels hold commas themselves.
        names = [piece] if all_themes().find(piece).theme else piece.split(",")
        for name in names:
            if name.strip():
                found[theme_id(name.strip(), ctx)] = None
    if not found:
        raise UserError("form.empty")
    if len(found) > MOST_THEMES:
        raise UserError("practice.themes_too_many", limit=str(MOST_THEMES), given=str(len(found)))
    return list(found)


def theme_id(name: str, ctx: Context) -> str:
    """The one theme that a person means; raises `UserError` with what comes near."""
    found = all_themes().find(name)
    if found.theme:
        return found.theme.id
    if found.candidates:
        raise UserError("practice.theme_ambiguous", typed=name[:40], options=_themes(ctx, found.candidates))
    if found.suggestions:
        raise UserError("practice.theme_unknown", typed=name[:40], options=_themes(ctx, found.suggestions))
    raise UserError("practice.theme_nothing_near", typed=name[:40], themes=ctx.call("themes"))


def _themes(ctx: Context, found: tuple[Any, ...]) -> str:
    return ctx.texts.list([all_themes().label(theme.id, ctx.language) for theme in found], "or")


def country(typed: str, ctx: Context) -> str:
    """A country's code, from its name in one of six languages or its code."""
    code = find_country(typed.strip())
    if code:
        return code
    near = [country_name(one, ctx.language) for one in similar_countries(typed)]
    if near:
        raise UserError("practice.country_meant", typed=typed[:40], options=ctx.texts.list(near, "or"))
    raise UserError("practice.country_unknown", typed=typed[:40])


def language(typed: str, ctx: Context) -> str:
    """A language's code, from its name in one of six languages or its code."""
    code = find_language(typed.strip())
    if code:
        return code
    near = [language_name(one, ctx.language) for one in similar_languages(typed)]
    if near:
        raise UserError("practice.language_meant", typed=typed[:40], options=ctx.texts.list(near, "or"))
    raise UserError("practice.language_unknown", typed=typed[:40])


def language_of(answers: dict[str, Any]) -> str | None:
    """The language that the texts of a practice are written in, where they tell."""
    written = " ".join(str(answers.get(name, "")) for name in ("title", "summary", "challenge", "solution"))
    return detect_language(written, CONTENT_LANGUAGES)


def year(typed: str, ctx: Context) -> int:
    """A year in which a practice can have started: from 1900 to the next one."""
    last = ctx.now.year + 1
    digits = typed.strip().rstrip(".")
    if not re.fullmatch(r"[0-9]{4}", digits) or not FIRST_YEAR <= int(digits) <= last:
        raise UserError("practice.year", first=str(FIRST_YEAR), last=str(last))
    return int(digits)


def sdgs(typed: str, _ctx: Context) -> list[int]:
    """Numbers of Sustainable Development Goals, 1 to 17, in any notation: `SDG 7, SDG 11`."""
    numbers = sorted({int(digits) for digits in re.findall(r"[0-9]+", typed[:500])})
    if not numbers or any(number not in SDGS for number in numbers):
        raise UserError("practice.sdgs")
    return numbers


def links(typed: str, _ctx: Context) -> list[str]:
    """At most five web addresses, with spaces, commas or lines between them."""
    found: dict[str, None] = {}
    for word in re.split(r"[\s|;]+|,(?=\s|https?://)", typed):
        if address := _without_brackets(word):
            found[_web_address(address)] = None
    if not found:
        raise UserError("form.empty")
    if len(found) > MOST_LINKS:
        raise UserError("practice.links_too_many", limit=str(MOST_LINKS), given=str(len(found)))
    return list(found)


def _without_brackets(word: str) -> str:
    """An address without what it was wrapped in; brackets within it are its own."""
    word = word.lstrip("<([").rstrip(">,")
    for opening, closing in ("()", "[]"):
        if word.endswith(closing) and word.count(closing) > word.count(opening):
            word = word[:-1]
    return word


def _web_address(address: str) -> str:
    if len(address) > LONGEST_LINK:
        raise UserError("practice.link_too_long", limit=str(LONGEST_LINK))
    try:
        parts = urlsplit(address)
        sound = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound:
        raise UserError("practice.link", typed=address[:60])
    return address


def size_class(population: int | None) -> str | None:
    """The size class of a city: S < 100,000 ≤ M < 500,000 ≤ L < 1,000,000 ≤ XL (`DOMAIN.md`, Member)."""
    if population is None:
        return None
    for name, below in (("s", 100_000), ("m", 500_000), ("l", 1_000_000)):
        if population < below:
            return name
    return "xl"
