"""Pure functions about members: what they type about themselves, and whom they are looking for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from string import capwords

from babel.core import get_global
from rapidfuzz import fuzz, process

from commands.core.values import separated, themed_line
from config.countries import (
    country_name,
    default_timezone,
    find_country,
    find_timezone,
    similar_countries,
)
from config.languages import CONTENT_LANGUAGES
from config.themes import FoundTheme, Theme, themes
from config.words import fold, spellings
from storage.search import is_filler, themes_named

MAX_THEMES = 5  # DOMAIN.md, Member
MAX_POPULATION = 100_000_000

_THOUSANDS = {"k", "t", "tsd", "tausend", "thousand", "thsd", "tys", "тис"}
_MILLIONS = {"m", "mio", "mill", "million", "millions", "millionen", "mln", "millones", "млн"}
_NUMBER = re.compile(r"(\d[\d.,' ]*)\s*([^\W\d_]*)")
_GROUPED = re.compile(r"\d{1,3}([.,' ])\d{3}(?:\1\d{3})*")


def population(text: str) -> int | None:
    """The number of people in `237.000`, `1.2 Mio`, `about 50000` or `50k`; None when there is none."""
    if any(sign.isdigit() and not sign.isdecimal() for sign in text):
        return None  # "km²" says nothing of people
    typed = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    found = _NUMBER.findall(typed)
    if len(found) != 1 or re.search(r"[-−]\s*\d", typed):
        return None
    digits, unit = found[0]
    digits = digits.strip(" .,'")
    factor = 1_000_000 if unit in _MILLIONS else 1_000 if unit in _THOUSANDS else 1
    if not digits.isascii():
        return None
    if digits.isdigit():
        amount = float(int(digits[:12]))
    elif factor == 1 and _GROUPED.fullmatch(digits):
        amount = float(re.sub(r"\D", "", digits[:16]))
    elif factor > 1 and re.fullmatch(r"\d{1,6}[.,]\d{1,6}", digits):
        amount = float(digits.replace(",", "."))
    else:
        return None
    people = round(amount * factor)
    return people if 0 < people <= MAX_POPULATION else None


def zone_of(city: str, country: str) -> str | None:
    """The time zone to propose for a place: the city's own if it lies in that country, else the country's."""
    zone = find_timezone(city).zone
    if zone and get_global("zone_territories").get(zone) == country:
        return zone
    try:
        return default_timezone(country)
    except KeyError:
        return None


Line = tuple[str, str]  # a theme's id, or "" where none was said, and the text


def read_lines(text: str) -> list[Line]:
    """Offers or needs: `theme: text`, one a line or with semicolons between them."""
    return [themed_line(item) for item in separated(text)]


# --- who


class Facet(StrEnum):
    """What a word in a search for people stands for."""

    KIND = "kind"
    COUNTRY = "country"
    THEME = "theme"
    CITY = "city"
    NAME = "name"
    ORGANISATION = "organisation"


@dataclass(frozen=True)
class Known:
    """What a search can mean in this network: cities by their folded names, folded names of people and
    organisations, words for kinds, and the words before a colon."""

    cities: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    kinds: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Facet] = field(default_factory=dict)

    def named(self, facet: Facet) -> frozenset[str]:
        """The folded names of a facet that only the members' list knows."""
        match facet:
            case Facet.CITY:
                return frozenset(self.cities)
            case Facet.NAME:
                return self.names
            case Facet.ORGANISATION:
                return self.organisations
        return frozenset()


@dataclass(frozen=True)
class Wanted:
    """Who is looked for: the values of one facet are alternatives, and all facets must fit.

    Kinds, countries and themes are given by their ids, cities as they are written, names folded.
    `repaired` holds what was typed and what was taken for it.
    """

    facets: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    repaired: tuple[tuple[str, Facet, str], ...] = ()


# Besides the words that only hold sentences together: what is said around a search for people.
_SMALL_WORDS = (
    " arbeitet arbeiten befasst befassen beschäftigt beschäftigen expert experte experten expertin experts "
    "geht interessiert interested jemanden kollegen kolleginnen likes macht members menschen mit mitglied "
    "mitglieder on she thema themen theme themes topic topics war work worked working works "
)
_LABELLED = re.compile(
    r'(?P<label>[^\W\d_]+):\s*(?:"(?P<straight>[^"]*)"|[„“](?P<curly>[^“”]*)[“”]|(?P<bare>\S+))'
)
_LONGEST = 4  # words of a name, such as "Freiburg im Breisgau"
_SHORTEST_MEANING = 3  # letters: shorter ones are codes
_WRITTEN_OUT = 4  # letters from which on a begun or mistyped word is worth a guess
_ALIKE = 80  # of 100
# Of a search: nobody looks for more, and every word is compared with every name.
_READ = 200  # characters
_WORDS = 16


def understand(text: str, known: Known) -> Wanted:
    """What a search for people means: `theme:`, `city:` and the like first, then free words.

    Longer names win over shorter ones, whole words over begun ones, and those over typing errors.
    """
    facets: dict[Facet, list[str]] = {}
    unknown: dict[str, None] = {}
    repaired: dict[tuple[str, Facet, str], None] = {}

    def take(found: _Found | None, typed: str) -> None:
        if found is None:
            unknown[typed] = None
            return
        values = facets.setdefault(found.facet, [])
        if found.value not in values:
            values.append(found.value)
        if found.repaired:
            repaired[typed, found.facet, found.value] = None

    def labelled(match: re.Match[str]) -> str:
        facet = known.labels.get(fold(match["label"]))
        value = next(group for group in match.group("straight", "curly", "bare") if group is not None)
        if facet is None:
            return f"{match['label']} {value}"
        take(_meant(value, known, [facet]), value)
        return " "

    words = re.sub(r"[?!,;.]+(?=\s|$)", " ", _LABELLED.sub(labelled, text[:_READ])).split()[:_WORDS]
    alone = len(words) == 1 and not facets
    while words:
        if _small(words[0]) and not (alone and len(words[0]) == 2):
            del words[0]
            continue
        found, used = _next(words, known, alone=alone)
        take(found, " ".join(words[:used]))
        del words[:used]
    return Wanted({facet: tuple(values) for facet, values in facets.items()}, tuple(unknown), tuple(repaired))


def _small(word: str) -> bool:
    """Whether a word tells nothing of who is looked for; `ES` and `DE` are countries."""
    return (f" {word.casefold()} " in _SMALL_WORDS or is_filler(word)) and not (
        word.isupper() and len(word) == 2
    )


@dataclass(frozen=True)
class _Found:
    facet: Facet
    value: str
    repaired: bool = False


@lru_cache(maxsize=2048)
def _find_theme(typed: str) -> FoundTheme:
    # The same words are tried alone, in spans, and in the next search.
    return themes().find(typed)


def _next(words: list[str], known: Known, *, alone: bool) -> tuple[_Found | None, int]:
    """What the next words mean, and how many of them it takes."""
    spans = [words[:count] for count in range(min(_LONGEST, len(words)), 0, -1)]
    for read in (_exactly, _by_meaning, _begun, _alike):
        for span in spans:
            typed = " ".join(span)
            if read in (_begun, _alike) and len(fold(typed)) < _WRITTEN_OUT:
                continue
            # "in" would be India, "are" the Emirates and "ben" Benin, were they not written as codes.
            code = typed.isupper() or (alone and len(typed) == 2)
            facets = [f for f in Facet if f is not Facet.COUNTRY or len(typed) > 3 or code]
            if found := read(typed, known, facets):
                return found, len(span)
    return None, 1


def _meant(typed: str, known: Known, facets: list[Facet]) -> _Found | None:
    ways = (read(typed, known, facets) for read in (_exactly, _by_meaning, _begun, _alike))
    return next((found for found in ways if found), None)


def _exactly(typed: str, known: Known, facets: list[Facet]) -> _Found | None:
    keys = spellings(typed) - {""}
    for facet in facets:
        value: str | None = None
        match facet:
            case Facet.KIND:
                value = next((known.kinds[key] for key in keys if key in known.kinds), None)
            case Facet.COUNTRY:
                value = find_country(typed)
            case Facet.THEME:
                theme = _find_theme(typed).theme
                value = theme.id if theme and _has_words(_theme_names(theme), keys) else None
            case Facet.CITY:
                value = next((known.cities[key] for key in keys if key in known.cities), None)
                if value is None and len(fold(typed)) >= _WRITTEN_OUT:
                    value = _city_beginning_with(typed, known)
            case _:
                value = fold(typed) if _has_words(known.named(facet), keys) else None
        if value:
            return _Found(facet, value)
    return None


def _by_meaning(typed: str, _known: Known, facets: list[Facet]) -> _Found | None:
    """The theme of what is meant: whoever asks for heat plans looks for climate adaptation."""
    named = themes_named(typed) if Facet.THEME in facets and len(typed) >= _SHORTEST_MEANING else ()
    return _Found(Facet.THEME, named[0]) if named else None


def _city_beginning_with(typed: str, known: Known) -> str | None:
    """The city whose name begins with these whole words; the words themselves where there are several."""
    found = {city for city in known.cities.values() if city_begins_with(city, typed)}
    return found.pop() if len(found) == 1 else capwords(typed) if found else None


def city_begins_with(city: str, words: str) -> bool:
    """Whether the name of a city is or begins with some whole words: "Freiburg" is "Freiburg i. Br."."""
    starts = spellings(words) - {""}
    return any(f"{name} ".startswith(f"{start} ") for name in spellings(city) for start in starts)


def _begun(typed: str, known: Known, facets: list[Facet]) -> _Found | None:
    keys = spellings(typed) - {""}
    for facet in (Facet.CITY, Facet.NAME, Facet.ORGANISATION, Facet.THEME):
        if facet not in facets:
            continue
        if facet is Facet.THEME:
            theme = _find_theme(typed).theme
            if theme:
                return _Found(facet, theme.id)
            continue
        if facet is Facet.CITY and (city := _city_beginning_with(typed, known)):
            return _Found(facet, city)
        begun = sorted(name for name in known.named(facet) for key in keys if f" {key}" in f" {name}")
        if begun:
            return _Found(facet, known.cities[begun[0]] if facet is Facet.CITY else fold(typed))
    return None


def _alike(typed: str, known: Known, facets: list[Facet]) -> _Found | None:
    """The name most like what was typed; the first of equals in the order of the facets."""
    wanted = fold(typed)
    best, best_score = None, float(_ALIKE)
    for facet in facets:
        for value, names in _candidates(typed, known, facet):
            match = process.extractOne(wanted, names, scorer=fuzz.ratio, score_cutoff=best_score)
            if match and (best is None or match[1] > best_score):
                best, best_score = _Found(facet, value or match[0], repaired=True), match[1]
    return best


def _candidates(typed: str, known: Known, facet: Facet) -> list[tuple[str, list[str]]]:
    """Values with the names they go by; an empty value stands for the name itself."""
    match facet:
        case Facet.KIND:
            return [(kind, [word]) for word, kind in sorted(known.kinds.items())]
        case Facet.COUNTRY:
            return [
                (code, [fold(country_name(code, language)) for language in CONTENT_LANGUAGES])
                for code in similar_countries(typed)
            ]
        case Facet.THEME:
            return [(t.id, _words_and_wholes(_theme_names(t))) for t in _find_theme(typed).suggestions]
        case Facet.CITY:
            return [(city, [name]) for name, city in sorted(known.cities.items())]
        case _:
            return [("", _words_and_wholes(known.named(facet)))]


def _theme_names(theme: Theme) -> set[str]:
    return {fold(theme.id)}.union(*(spellings(label) for label in theme.labels.values()))


def _words_and_wholes(names: Iterable[str]) -> list[str]:
    return sorted({word for name in names for word in (name, *name.split()) if len(word) >= _WRITTEN_OUT})


def _has_words(names: Iterable[str], keys: set[str]) -> bool:
    return any(f" {key} " in f" {name} " for name in names for key in keys)
