"""What people type about themselves, and about whom they look for, as tables and as properties."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.members import rules
from commands.members.forms import REGISTER
from commands.members.rules import Facet, Known, read_lines, understand
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.themes import themes


@pytest.mark.parametrize(
    ("typed", "people"),
    [
        ("237000", 237_000),
        ("237.000", 237_000),
        ("237,000", 237_000),
        ("237 000", 237_000),
        ("237\u202f000", 237_000),
        ("237’000", 237_000),
        ("1.234.567", 1_234_567),
        ("1.2 Mio", 1_200_000),
        ("1,2 Mio.", 1_200_000),
        ("1.234 Mio", 1_234_000),
        ("2 Millionen Einwohner", 2_000_000),
        ("0.5m", 500_000),
        ("50k", 50_000),
        ("ca. 50 Tsd.", 50_000),
        ("about 50000", 50_000),
        ("~ 5.000", 5_000),
        ("17.400 Menschen", 17_400),
        ("12", 12),
    ],
)
def test_population_is_read(typed: str, people: int) -> None:
    assert rules.population(typed) == people


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "many",
        "0",
        "-5",
        "1,5",
        "1.23",
        "12 to 15",
        "1.2.3 Mio",
        "٣٤٥",
        "²",
        "20 km²",
        "9999999999999999999",
    ],
)
def test_what_is_no_population_is_not_guessed(typed: str) -> None:
    assert rules.population(typed) is None


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=rules.MAX_POPULATION))
def test_population_survives_both_ways_of_writing(people: int) -> None:
    """What a profile shows can be typed back, in English and in German."""
    for language in UI_LANGUAGES:
        assert rules.population(texts(language).number(people)) == people


@settings(deadline=None)
@given(st.text())
def test_population_never_fails(typed: str) -> None:
    found = rules.population(typed)
    assert found is None or 0 < found <= rules.MAX_POPULATION


@pytest.mark.parametrize(
    ("city", "country", "zone"),
    [
        ("Lyon", "FR", "Europe/Paris"),
        ("Vancouver", "CA", "America/Vancouver"),
        ("Melbourne", "US", "America/New_York"),
        ("Kyjiw", "UA", "Europe/Kyiv"),
        ("Luxembourg", "LU", "Europe/Luxembourg"),
        ("Nowhere", "ZZ", None),
    ],
)
def test_the_zone_of_a_place(city: str, country: str, zone: str | None) -> None:
    assert rules.zone_of(city, country) == zone


@settings(deadline=None)
@given(st.text())
def test_lists_never_fail(typed: str) -> None:
    assert all(words.strip() for _theme, words in read_lines(typed))


def test_lines_have_their_theme() -> None:
    typed = "• Wohnen: Führungen\nclimate adaptation: heat plans; more: or less\n\nfree words"
    assert read_lines(typed) == [
        ("social.housing", "Führungen"),
        ("climate.adaptation", "heat plans"),
        ("", "more: or less"),
        ("", "free words"),
    ]


def test_no_theme_is_taken_for_a_field_of_the_form() -> None:
    """`Wohnen: …` on a line of its own belongs to the offers above it."""
    labels = [label for theme in themes() for label in theme.labels.values()]
    assert [label for label in labels if REGISTER.find_field(label)] == []


# --- who

KNOWN = Known(
    cities={
        "lyon": "Lyon",
        "freiburg im breisgau": "Freiburg im Breisgau",
        "munchen oberfohring": "München-Oberföhring",
        "munchen schwabing": "München Schwabing",
    },
    names=frozenset({"ada lovelace", "ben unal", "mia ferrer"}),
    organisations=frozenset({"international office", "stabsstelle europa"}),
    kinds={
        "city": "city",
        "cities": "city",
        "stadt": "city",
        "science": "science",
        "gemeinde": "municipality",
    },
    labels={
        "city": Facet.CITY,
        "kind": Facet.KIND,
        "theme": Facet.THEME,
        "thema": Facet.THEME,
        "name": Facet.NAME,
    },
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("climate", {Facet.THEME: ("climate",)}),
        ("DE", {Facet.COUNTRY: ("DE",)}),
        ("de", {Facet.COUNTRY: ("DE",)}),
        ("ben", {Facet.NAME: ("ben",)}),
        ("Ada", {Facet.NAME: ("ada",)}),
        ("Ünal", {Facet.NAME: ("unal",)}),
        ("who works on housing in Lyon?", {Facet.THEME: ("social.housing",), Facet.CITY: ("Lyon",)}),
        ("arbeitet zu Klima in Deutschland", {Facet.THEME: ("climate",), Facet.COUNTRY: ("DE",)}),
        ("energy transition France", {Facet.THEME: ("climate.energy",), Facet.COUNTRY: ("FR",)}),
        ("France Germany", {Facet.COUNTRY: ("FR", "DE")}),
        ("Stadt Klima", {Facet.KIND: ("city",), Facet.THEME: ("climate",)}),
        ("city networks", {Facet.THEME: ("dip.networks",)}),
        ("freiburg", {Facet.CITY: ("Freiburg im Breisgau",)}),
        ("Freiburg im Breisgau", {Facet.CITY: ("Freiburg im Breisgau",)}),
        ("munchen", {Facet.CITY: ("Munchen",)}),
        ("city:München", {Facet.CITY: ("München",)}),
        ("Europa", {Facet.ORGANISATION: ("europa",)}),
        (
            "city:Lyon kind:science theme:climate.adaptation",
            {Facet.CITY: ("Lyon",), Facet.KIND: ("science",), Facet.THEME: ("climate.adaptation",)},
        ),
        (
            'city:"Freiburg im Breisgau" thema:„Wohnen“',
            {Facet.CITY: ("Freiburg im Breisgau",), Facet.THEME: ("social.housing",)},
        ),
        ("city: Lyon", {Facet.CITY: ("Lyon",)}),
        ("", {}),
        ("who are the people", {}),
        ("Wer hat Erfahrung mit Hitzeaktionsplänen?", {Facet.THEME: ("climate.adaptation",)}),
        ("who has worked with heat action plans?", {Facet.THEME: ("climate.adaptation",)}),
        ("Radwege in Lyon", {Facet.THEME: ("mobility",), Facet.CITY: ("Lyon",)}),
        ("thema:Radverkehr", {Facet.THEME: ("mobility.transport",)}),
    ],
)
def test_who_is_meant(typed: str, meant: dict[Facet, tuple[str, ...]]) -> None:
    wanted = understand(typed, KNOWN)
    assert (dict(wanted.facets), wanted.unknown, wanted.repaired) == (meant, (), ())


@pytest.mark.parametrize(
    ("typed", "facet", "value"),
    [
        ("climte", Facet.THEME, "climate"),
        ("germny", Facet.COUNTRY, "DE"),
        ("lovelase", Facet.NAME, "lovelace"),
        ("theme:klimma", Facet.THEME, "climate"),
        ("gemeindde", Facet.KIND, "municipality"),
    ],
)
def test_typing_errors_are_mended_and_told(typed: str, facet: Facet, value: str) -> None:
    wanted = understand(typed, KNOWN)
    assert dict(wanted.facets) == {facet: (value,)}
    assert [(f, v) for _typed, f, v in wanted.repaired] == [(facet, value)]


@pytest.mark.parametrize("typed", ["xyzzy", "city:Atlantis", "kind:dragon"])
def test_what_nobody_knows_is_told(typed: str) -> None:
    wanted = understand(typed, KNOWN)
    assert dict(wanted.facets) == {}
    assert wanted.unknown == (typed.rpartition(":")[2],)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_a_search_for_people_never_fails(typed: str) -> None:
    understand(typed, KNOWN)
