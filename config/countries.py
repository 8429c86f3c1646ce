"""Countries and time zones: what people call them, and what computers do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global

from config.languages import CONTENT_LANGUAGES, babel_locale
from config.words import nearest, spellings

# What people say, where no list of names has it.
_COMMON_NAMES = {
    "America": "US",
    "Bosnia": "BA",
    "Bosnien": "BA",
    "BRD": "DE",
    "Britain": "GB",
    "Bundesrepublik": "DE",
    "Bundesrepublik Deutschland": "DE",
    "Congo-Brazzaville": "CG",
    "Congo-Kinshasa": "CD",
    "Czech Republic": "CZ",
    "D": "DE",
    "DR Congo": "CD",
    "East Timor": "TL",
    "Elfenbeinküste": "CI",
    "England": "GB",
    "Federal Republic of Germany": "DE",
    "Great Britain": "GB",
    "Großbritannien": "GB",
    "Holland": "NL",
    "Hong Kong": "HK",
    "Ivory Coast": "CI",
    "Korea": "KR",
    "Macao": "MO",
    "Macedonia": "MK",
    "Mazedonien": "MK",
    "Northern Ireland": "GB",
    "Palestine": "PS",
    "Palästina": "PS",
    "Republic of Moldova": "MD",
    "Schottland": "GB",
    "Scotland": "GB",
    "Slovak Republic": "SK",
    "Swaziland": "SZ",
    "The Netherlands": "NL",
    "Tschechische Republik": "CZ",
    "Turkey": "TR",
    "Türkiye": "TR",
    "UAE": "AE",
    "UK": "GB",
    "United States of America": "US",
    "USA": "US",
    "Vatican": "VA",
    "Vereinigte Staaten von Amerika": "US",
    "Wales": "GB",
    "Weißrussland": "BY",
}
# Where tzdata does not name the zone of most people first, or none at all.
_DEFAULT_ZONES = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "BV": "UTC",
    "CA": "America/Toronto",
    "HM": "UTC",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
    "XK": "Europe/Belgrade",
}
# What people call a zone's city, where no list of names has it.
_COMMON_CITIES = {"Kyjiw": "Europe/Kyiv"}
# Files beside the zones that are no place's time.
_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})


@dataclass(frozen=True)
class FoundZone:
    """The IANA time zone that a text meant; otherwise None, with those nearest to it."""

    zone: str | None
    suggestions: tuple[str, ...] = ()


def find_country(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country given by either code or by its name in one of six
    languages; None when there is no such country. Kosovo is XK."""
    code = text.strip().upper()
    if code in _codes():
        return code
    alias: list[str] = get_global("territory_aliases").get(code, []) if len(code) == 3 else []
    if len(alias) == 1 and alias[0] in _codes():
        return alias[0]
    return next((codes[0] for key in spellings(text) if (codes := _names().get(key))), None)


def similar_countries(text: str) -> list[str]:
    """The codes of at most three countries whose names look most like `text`."""
    return nearest(text, _names())


def country_name(code: str, locale: str) -> str:
    """The name of a country in the words of `locale`; the code itself when nobody named it."""
    return _territories(babel_locale(locale)).get(code) or _territories(Locale("en")).get(code, code)


def default_timezone(country: str) -> str:
    """The IANA zone in which most people of a country live; raises KeyError for an unknown country."""
    return _DEFAULT_ZONES.get(country) or _country_zones()[country][0]


def find_timezone(text: str) -> FoundZone:
    """The time zone that a text names: by its IANA name, by its city in one of six languages, or by a
    country, whose most populous zone is meant."""
    name = text.strip().replace(" ", "_").casefold()
    if zone := _zone_ids().get(name):
        return FoundZone(zone)
    for key in spellings(text):
        if zones := _cities().get(key):
            return FoundZone(zones[0])
    if country := find_country(text):
        return FoundZone(default_timezone(country))
    return FoundZone(None, tuple(nearest(text, _cities())))


def _territories(locale: Locale) -> Mapping[str, str]:
    return cast("Mapping[str, str]", locale.territories)


def _table(name: str) -> Iterator[list[str]]:
    """The rows of one of tzdata's tables."""
    for line in (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def _codes() -> frozenset[str]:
    """ISO 3166-1, and the code that is used for Kosovo while it has none there."""
    return frozenset({row[0] for row in _table("iso3166.tab")} | {"XK"})


@cache
def _names() -> dict[str, list[str]]:
    """Folded names with the codes they stand for."""
    names: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for language in CONTENT_LANGUAGES:
        for code, name in _territories(Locale(language)).items():
            if code in _codes():
                for spelling in spellings(name):
                    names[spelling][code] = None
    for name, code in _COMMON_NAMES.items():
        for spelling in spellings(name):
            names[spelling] = {code: None}
    return {name: list(codes) for name, codes in names.items()}


@cache
def _country_zones() -> dict[str, list[str]]:
    """The zones of each country, in tzdata's order."""
    zones: defaultdict[str, list[str]] = defaultdict(list)
    for code, _coordinates, zone, *_comments in _table("zone.tab"):
        zones[code].append(zone)
    return dict(zones)


@cache
def _zone_ids() -> dict[str, str]:
    """Every IANA name, older ones too, by its lower case."""
    return {zone.casefold(): zone for zone in available_timezones() if zone not in _NO_ZONES}


@cache
def _cities() -> dict[str, list[str]]:
    """Folded names of cities with the zones that are named after them."""
    cities: defaultdict[str, dict[str, None]] = defaultdict(dict)
    present: Mapping[str, str] = get_global("zone_aliases")  # from a zone's older name to its present one
    zones = [zone for of_country in _country_zones().values() for zone in of_country]
    named = [*_COMMON_CITIES.items(), *((zone.rpartition("/")[2], zone) for zone in zones)]
    for language in CONTENT_LANGUAGES:
        named += [
            (names["city"], zone) for zone, names in Locale(language).time_zones.items() if "city" in names
        ]
    for city, zone in named:
        for spelling in spellings(city):
            cities[spelling][present.get(zone, zone)] = None
    known = set(zones)
    return {
        city: found
        for city, of_city in cities.items()
        if (found := [zone for zone in of_city if zone in known])
    }
