"""How countries, languages, themes and the like are read: the same way wherever they are typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.core import values
from commands.core.context import Context, Network
from commands.core.errors import UserError
from config.themes import themes
from tests.transcript import ADA, BOT, HUB, Chat

THEMES = values.theme_ids(5)


@pytest.fixture
def ctx(chat: Chat) -> Iterator[Context]:
    """A reader of English."""
    with chat.reading() as tx:
        yield Context(tx, Network(BOT, HUB), ADA, chat.dm(ADA), "en")


@pytest.mark.parametrize(
    ("population", "size"),
    [
        (0, "s"),
        (99_999, "s"),
        (100_000, "m"),
        (499_999, "m"),
        (500_000, "l"),
        (999_999, "l"),
        (1_000_000, "xl"),
    ],
)
def test_size_classes(population: int, size: str) -> None:
    """S < 100,000 ≤ M < 500,000 ≤ L < 1,000,000 ≤ XL (DOMAIN.md, Member)."""
    assert values.size_class(population) == size


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("housing", ["social.housing"]),
        ("Nature, water & resources", ["nature"]),
        ("Nature, water & resources; housing", ["nature", "social.housing"]),
        ("Klimaanpassung\nKlimaanpassung", ["climate.adaptation"]),
        ("climate.adaptation | mobility", ["climate.adaptation", "mobility"]),
        ("Klimaanpassung und Wohnen", ["climate.adaptation", "social.housing"]),
        (
            "climate, Wohnen and urban mobility; Frieden, Sicherheit und Solidarität\n• salud",
            ["climate", "social.housing", "mobility.transport", "peace", "social.health"],
        ),
        ("Fahrräder, Hitzeschutz", ["mobility.transport", "climate.adaptation"]),
        ("cycling", ["mobility.transport"]),
        ("cycle paths", ["mobility"]),
    ],
)
def test_themes(ctx: Context, typed: str, found: list[str]) -> None:
    """By any label, id or word for it, with any usual separator; commas inside a label are none."""
    assert THEMES(typed, ctx) == found


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([theme.id for theme in themes()]), min_size=1, max_size=5, unique=True))
def test_labels_of_themes_are_read_back(ctx: Context, ids: list[str]) -> None:
    """What the bot writes into a form means the same when it comes back."""
    for language in ("en", "de", "fr", "es", "pl", "uk"):
        written = "; ".join(themes().label(theme, language) for theme in ids)
        assert THEMES(written, ctx) == ids


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("de, en", ["de", "en"]),
        ("Deutsch und Englisch", ["de", "en"]),
        ("English/French/українська", ["en", "fr", "uk"]),
        ("de en fr", ["de", "en", "fr"]),
        ("de-AT, de", ["de"]),
        ("Deutsch, Englisch und etwas Französisch", ["de", "en", "fr"]),
        ("English and a little Polish", ["en", "pl"]),
    ],
)
def test_languages(ctx: Context, typed: str, codes: list[str]) -> None:
    assert values.languages(typed, ctx) == codes


@pytest.mark.parametrize(
    ("parse", "typed", "told"),
    [
        (THEMES, "wohnen, city", "value.theme_ambiguous"),
        (THEMES, "wohnen, sicherheid", "value.theme_meant"),
        (THEMES, "qqq", "value.theme_unknown"),
        (THEMES, "climate; housing; culture; peace; science; mobility", "value.themes_too_many"),
        (THEMES, " ; ", "form.empty"),
        (values.country, "Germny", "value.country_meant"),
        (values.country, "xyzzy", "value.country_unknown"),
        (values.languages, "English, qqqqq", "value.language_unknown"),
        (values.language, "Englsh", "value.language_meant"),
        (values.spoken_language, "fr", "value.language_not_spoken"),
        (values.timezone, "Berln", "value.timezone_meant"),
        (values.country, " ", "form.empty"),
    ],
)
def test_what_is_not_understood(
    ctx: Context, parse: Callable[[str, Context], Any], typed: str, told: str
) -> None:
    """It is said what, and what comes near it."""
    with pytest.raises(UserError) as error:
        parse(typed, ctx)
    assert error.value.message_id == told


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2027-03-31", "2027-03-31"),
        ("31.3.2027", "2027-03-31"),
        ("31. 3. 2027", "2027-03-31"),
        ("31.3.", "2027-03-31"),
        ("1.2.", "2028-02-01"),  # the next one
        ("31 March", "2027-03-31"),
        ("31. März 2028", "2028-03-31"),
        ("March 31st", "2027-03-31"),
        ("Mar 31, 2027", "2027-03-31"),
        ("3 weeks", "2027-03-22"),
        ("in 2 Tagen", "2027-03-03"),
        ("2 Monate", "2027-04-30"),
        ("13/3/2027", "2027-03-13"),  # no month is the thirteenth
        ("übermorgen", "2027-03-03"),
        ("next Friday", "2027-03-05"),
    ],
)
def test_days(ctx: Context, typed: str, day: str) -> None:
    """With and without a year, in both languages, or from today; today is 1 March 2027."""
    assert values.day(typed, ctx).isoformat() == day


@pytest.mark.parametrize("typed", ["soon", "2027-02-30", "31.4.", "13/13/2027", "3 Marsh", "0", "99"])
def test_what_is_no_day(ctx: Context, typed: str) -> None:
    with pytest.raises(UserError) as error:
        values.day(typed, ctx)
    assert error.value.message_id == "value.day_unknown"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_nothing_but_a_refusal_is_raised(ctx: Context, typed: str) -> None:
    for parse in (THEMES, values.languages, values.country, values.timezone, values.day):
        try:
            parse(typed, ctx)
        except UserError as error:
            assert error.message_id  # noqa: PT017


@pytest.mark.parametrize(
    ("words", "own", "theme"),
    [
        ("anything", ["culture"], "culture"),
        ("plans for climate and heat", ["climate.adaptation", "social.housing"], "climate.adaptation"),
        ("Klimaanpassung im Bestand", ["climate.adaptation", "social.housing"], "climate.adaptation"),
        ("heat plans", ["climate.adaptation", "social.housing"], "climate.adaptation"),
        ("something else", ["climate.adaptation", "social.housing"], None),
        ("Fördermittel für Radschnellwege", ["climate.adaptation", "gov.participation"], "gov.finance"),
        ("climate", ["climate.adaptation", "climate.energy"], None),
        ("anything", [], None),
    ],
)
def test_the_likely_theme_of_a_line(words: str, own: list[str], theme: str | None) -> None:
    assert values.likely_theme(words, own) == theme
