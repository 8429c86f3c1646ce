"""What someone looks for, read from their words: free text and facets such as `theme:climate`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from commands.core import values
from commands.core.context import Context
from commands.core.errors import UserError
from commands.practices import rules
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.themes import themes
from storage.search import Query

FACETS = ("theme", "country", "language", "city", "year", "sdg", "size", "partners", "curated")
LONGEST = 500  # characters of a query; nobody types more on purpose
_MOST_YEARS = 150
_LONG_LABEL = 3  # words

_PIECE = re.compile(
    r"(?P<name>[^\W\d_]+):[ \t]*(?:\"(?P<straight>[^\"]*)\"|[“„](?P<curly>[^“”]*)[“”]|(?P<bare>[^\s\"“„]+))"
    r"|(?P<word>\S+)"
)


@dataclass
class Asked:
    """A query as it was understood: its words and the values of its facets."""

    text: str = ""
    facets: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing was asked."""
        return not self.text and not self.facets

    @property
    def query(self) -> Query:
        """The query for the search."""
        return Query(
            text=self.text,
            themes=tuple(self.facets.get("theme", ())),
            countries=tuple(self.facets.get("country", ())),
            languages=tuple(self.facets.get("language", ())),
            cities=tuple(self.facets.get("city", ())),
            facets={
                name: tuple(values)
                for name, values in self.facets.items()
                if name in ("year", "sdg", "size", "partners", "curated")
            },
        )


def read(typed: str, ctx: Context) -> Asked:
    """Take a query apart; raises `UserError` for a facet's value that does not exist."""
    asked = Asked()
    words: list[str] = []
    pieces = [match.groupdict() for match in _PIECE.finditer(typed[:LONGEST])]
    while pieces:
        piece = pieces.pop(0)
        name = _facet(piece["name"]) if piece["name"] else None
        if name is None:
            word = piece["word"] or _as_typed(piece)
            if word.endswith(":") and _facet(word[:-1]):
                raise UserError("search.facet_empty", facet=word)
            words.append(word)
            continue
        quoted = piece["straight"] or piece["curly"]
        if quoted is not None:
            values = [_value(name, quoted, ctx)]
        else:
            values = _bare_values(name, piece["bare"] or "", pieces, ctx)
        known = asked.facets.setdefault(name, [])
        known += [one for value in values for one in value if one not in known]
    asked.text = " ".join(words)
    return asked


def written(asked: Asked, language: str) -> str:
    """A query as it would be typed in the reader's language."""
    facets = [facet(name, tuple(values), language) for name, values in asked.facets.items()]
    return " ".join([asked.text, *facets] if asked.text else facets)


@lru_cache(1024)
def facet(name: str, values: tuple[Any, ...], language: str) -> str:
    """One facet as it would be typed: `theme:mobility`, in as few letters as are understood."""
    spoken = texts(language)
    match name:
        case "theme":
            shown = [_short_theme(value, language) for value in values]
        case "year":
            shown = [str(min(values)) if len(values) == 1 else f"{min(values)}-{max(values)}"]
        case "partners" | "curated":
            shown = [
                spoken.raw(f"choice.share.seeking_partners.{'yes' if value else 'no'}") for value in values
            ]
        case _:
            shown = [_quoted(str(value)) for value in values]
    return f"{spoken.raw(f'facet.{name}.words').split('|')[0]}:{','.join(shown)}"


@cache
def _short_theme(theme: str, language: str) -> str:
    """The first part of a theme's label, or a word of it, if that means this theme; else all of it."""
    label = themes().label(theme, language).lower()
    first = re.split(r"\s*(?:[&,(/]|\bund\b|\band\b)\s*", label)[0].rstrip("-")
    shorter = [first] if len(first.split()) < _LONG_LABEL else []
    for words in (*shorter, *reversed(re.findall(r"[\w-]{4,}", label))):
        found = themes().find(words).theme
        if found and found.id == theme:
            return _quoted(words)
    return _quoted(label)


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s,]", value) else value


def _as_typed(piece: dict[str, Any]) -> str:
    value = piece["straight"] or piece["curly"] or piece["bare"] or ""
    return f"{piece['name']}:{value}"


def _bare_values(name: str, typed: str, following: list[dict[str, Any]], ctx: Context) -> list[list[Any]]:
    """Values without quotation marks, with commas between them; the last may go on in the next words."""
    *first, last = [one for one in typed.split(",") if one] or [""]
    values = [_value(name, one, ctx) for one in first]
    try:
        return [*values, _value(name, last, ctx)]
    except UserError:
        longer = last
        for count, piece in enumerate(following[:3], 1):
            if not piece["word"]:
                break
            longer += f" {piece['word']}"
            try:
                value = _value(name, longer, ctx)
            except UserError:
                continue
            del following[:count]
            return [*values, value]
        raise


def theme(typed: str, ctx: Context) -> str:
    """The one theme that is meant by `housing`, `theme housing` or `theme:housing`; raises `UserError`."""
    named = re.match(r"([^\W\d_]+)[:\s]\s*(?=\S)", typed)
    if named and _facet_names().get(named[1].casefold()) == "theme":
        typed = typed[named.end() :]
    return values.theme_id(typed, ctx)


@cache
def _facet_names() -> dict[str, str]:
    """Every word for a facet, in all of our languages."""
    return {
        word.strip().casefold(): name
        for name in FACETS
        for code in UI_LANGUAGES
        for word in [name, *texts(code).raw(f"facet.{name}.words").split("|")]
    }


def _facet(typed: str) -> str | None:
    """The facet that is meant by the word before a colon; None where it's no facet, as in `https:`."""
    word = typed.casefold()
    names = _facet_names()
    if word in names:
        return names[word]
    near = process.extractOne(word, list(names), scorer=fuzz.ratio, score_cutoff=84)
    return names[near[0]] if near and len(word) > 3 else None


def _value(name: str, typed: str, ctx: Context) -> list[Any]:
    """The values that a facet's text stands for."""
    return _READ[name](typed.strip(), ctx)


def _years(typed: str, ctx: Context) -> list[int]:
    first, dash, last = typed.replace("–", "-").partition("-")
    begin = rules.year(first, ctx)
    end = rules.year(last, ctx) if dash else begin
    return list(range(min(begin, end), max(begin, end) + 1))[:_MOST_YEARS]


def _size(typed: str, ctx: Context) -> list[str]:
    if typed.casefold() not in values.SIZE_CLASSES:
        raise UserError("search.size")
    return [typed.upper()]


def _city(typed: str, _ctx: Context) -> list[str]:
    if not typed:
        raise UserError("form.empty")
    return [typed]


def _yes_or_no(typed: str, ctx: Context) -> list[bool]:
    for answer in (True, False):
        key = f"choice.share.seeking_partners.{'yes' if answer else 'no'}"
        if typed.casefold() in {texts(code).raw(key).casefold() for code in UI_LANGUAGES}:
            return [answer]
    raise UserError("search.yes_or_no", yes=ctx.texts.get("choice.share.seeking_partners.yes"))


_READ: dict[str, Callable[[str, Context], list[Any]]] = {
    "theme": lambda typed, ctx: [values.theme_id(typed, ctx)],
    "country": lambda typed, ctx: [values.country(typed, ctx)],
    "language": lambda typed, ctx: [values.language(typed, ctx)],
    "city": _city,
    "year": _years,
    "sdg": rules.sdgs,
    "size": _size,
    "partners": _yes_or_no,
    "curated": _yes_or_no,
}
