"""Countries and time zones by code and by name."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.countries import (
    _cities,
    _codes,
    _names,
    country_name,
    default_timezone,
    find_country,
    find_timezone,
    similar_countries,
)
from config.languages import CONTENT_LANGUAGES


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        ("DEU", "DE"),
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("Bundesrepublik Deutschland", "DE"),
        ("BRD", "DE"),
        ("D", "DE"),
        ("allemagne", "DE"),
        ("Niemcy", "DE"),
        ("Німеччина", "DE"),
        ("UK", "GB"),
        ("England", "GB"),
        ("United Kingdom", "GB"),
        ("USA", "US"),
        ("United States of America", "US"),
        ("Czechia", "CZ"),
        ("Czech Republic", "CZ"),
        ("Türkei", "TR"),
        ("Turkei", "TR"),
        ("Tuerkei", "TR"),
        ("Turkey", "TR"),
        ("türkiye", "TR"),
        ("Österreich", "AT"),
        ("Oesterreich", "AT"),
        ("  The   Netherlands ", "NL"),
        ("Cote d'Ivoire", "CI"),
        ("Kosovo", "XK"),
    ],
)
def test_find_country(text: str, code: str) -> None:
    """Codes, names in six languages and what people say are understood."""
    assert find_country(text) == code


@pytest.mark.parametrize("text", ["", " ", "ZZ", "EU", "Atlantis", "XYZ", "001"])
def test_no_such_country(text: str) -> None:
    """What is no country is not taken for one."""
    assert find_country(text) is None


@given(st.sampled_from(sorted(_codes())), st.sampled_from(CONTENT_LANGUAGES))
def test_every_name_that_we_show_is_understood(code: str, language: str) -> None:
    """What the program writes, a member can type back."""
    assert find_country(country_name(code, language)) == code


def test_no_name_means_two_countries() -> None:
    """The names in six languages don't get in each other's way."""
    assert {name: codes for name, codes in _names().items() if len(codes) > 1} == {}


def test_similar_countries() -> None:
    """A typo has a suggestion."""
    assert similar_countries("Germny")[0] == "DE"


def test_country_name() -> None:
    """Names come in the reader's language; an unknown code stands for itself."""
    assert country_name("DE", "uk") == "Німеччина"
    assert country_name("AT", "de-AT") == "Österreich"
    assert country_name("QQ", "de") == "QQ"


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("DE", "Europe/Berlin"),
        ("UA", "Europe/Kyiv"),
        ("ES", "Europe/Madrid"),
        ("PT", "Europe/Lisbon"),
        ("US", "America/New_York"),
        ("CA", "America/Toronto"),
        ("BR", "America/Sao_Paulo"),
        ("AU", "Australia/Sydney"),
        ("RU", "Europe/Moscow"),
        ("XK", "Europe/Belgrade"),
    ],
)
def test_default_timezone(country: str, zone: str) -> None:
    """The default is the zone in which most people of the country live."""
    assert default_timezone(country) == zone


def test_every_country_has_a_zone() -> None:
    """A member from anywhere gets a zone that the computer knows."""
    for country in _codes():
        ZoneInfo(default_timezone(country))  # raises where there is none


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("America/New York", "America/New_York"),
        ("UTC", "UTC"),
        ("Berlin", "Europe/Berlin"),
        ("sao paulo", "America/Sao_Paulo"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Kathmandu", "Asia/Kathmandu"),
        ("new york", "America/New_York"),
        ("Wien", "Europe/Vienna"),
        ("Warschau", "Europe/Warsaw"),
        ("Київ", "Europe/Kyiv"),
        ("Kiew", "Europe/Kyiv"),
        ("Kyjiw", "Europe/Kyiv"),
        ("Kalkutta", "Asia/Kolkata"),
        ("Zürich", "Europe/Zurich"),
        ("Deutschland", "Europe/Berlin"),
    ],
)
def test_find_timezone(text: str, zone: str) -> None:
    """IANA names in any case, cities in six languages and countries are understood."""
    assert find_timezone(text).zone == zone


def test_no_city_means_two_zones() -> None:
    """A city's name leads to one zone."""
    assert {city: zones for city, zones in _cities().items() if len(zones) > 1} == {}


def test_unknown_zone() -> None:
    """A typo has suggestions, and nonsense has none."""
    assert find_timezone("Berln").zone is None
    assert find_timezone("Berln").suggestions[0] == "Europe/Berlin"
    assert find_timezone("qqqqqq").suggestions == ()
    assert find_timezone("").zone is None
    assert find_timezone("Factory").zone is None
