"""The themes, and what people type to name them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.languages import CONTENT_LANGUAGES
from config.themes import Theme, themes
from config.words import fold

ALL = list(themes())
LABELS = [(theme, label) for theme in ALL for label in theme.labels.values()]


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        # ids
        ("climate.adaptation", "climate.adaptation"),
        ("CLIMATE.ENERGY", "climate.energy"),
        ("climate", "climate"),
        ("transport", "mobility.transport"),
        # labels in any language, however they are written
        ("Climate & energy", "climate"),
        ("climate and energy", "climate"),
        ("klima und energie", "climate"),
        ("STÄDTENETZWERKE", "dip.networks"),
        ("stadtenetzwerke", "dip.networks"),
        ("Staedtenetzwerke", "dip.networks"),
        ("qualite de l air", "climate.air"),
        ("Żywność", "nature.food"),
        ("zywnosc", "nature.food"),
        ("Здоров’я та добробут", "social.health"),
        # an unambiguous start of a label, or of one of its words
        ("Mehreb", "gov.multilevel"),
        ("wohn", "social.housing"),
        ("climate ad", "climate.adaptation"),
        ("reconstr", "peace.recovery"),
        ("refugees", "social.migration"),
        ("адапт", "climate.adaptation"),
        # an upper theme holds those below it
        ("Klima", "climate"),
        ("Kultur", "culture"),
        ("exchange", "culture"),
        # the start of a label before a word further on in its upper theme
        ("energy", "climate.energy"),
        ("Handel", "economy.trade"),
    ],
)
def test_find(text: str, theme: str) -> None:
    """Ids, labels and unambiguous beginnings name a theme."""
    found = themes().find(text)
    assert found.theme
    assert found.theme.id == theme


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("diplomacy", ["dip", "science.scidip"]),
        ("kommunal", ["peace.devcoop", "gov.finance"]),
        ("urban", ["social.poverty", "mobility.transport", "mobility.resilience", "science.data"]),
    ],
)
def test_ambiguous(text: str, candidates: list[str]) -> None:
    """What could mean several themes names them all, in the taxonomy's order."""
    found = themes().find(text)
    assert found.theme is None
    assert [theme.id for theme in found.candidates] == candidates


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Klimaanpasung", "climate.adaptation"),
        ("klimabudgt", "climate"),
        ("finanzen", "gov.finance"),
        ("energy transiton", "climate.energy"),
        ("здоровя", "social.health"),
    ],
)
def test_suggestions(text: str, first: str) -> None:
    """A typo, or a part of a compound, has suggestions, the nearest first."""
    found = themes().find(text)
    assert found.theme is None
    assert found.candidates == ()
    assert found.suggestions[0].id == first
    assert len(found.suggestions) <= 3


@pytest.mark.parametrize("text", ["", " ", "&", "und", "and the", "xqzzj", "🙂", "ja", "no", "ok", "de"])
def test_nonsense_means_nothing(text: str) -> None:
    """Nothing is found in nothing, and little words don't count."""
    found = themes().find(text)
    assert (found.theme, found.candidates, found.suggestions) == (None, (), ())


@given(st.sampled_from(LABELS), st.randoms(use_true_random=False))
def test_every_label_is_understood_however_it_is_written(label: tuple[Theme, str], chance: object) -> None:
    """Case, accents and the marks between words don't matter, in any language."""
    theme, text = label
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    for written in (text, text.upper(), text.lower(), bare, text.replace(" ", "-"), f"  {text}! "):
        assert themes().find(written).theme == theme


@given(st.sampled_from(LABELS), st.data())
def test_a_start_leads_to_its_theme(label: tuple[Theme, str], data: st.DataObject) -> None:
    """Any start of a label is that theme, one that holds it, or has it among the candidates."""
    theme, text = label
    start = text[: data.draw(st.integers(4, len(text)))] if len(text) > 4 else text
    found = themes().find(start)
    assert theme in {found.theme, *found.candidates} or (found.theme and names_with(found.theme, start[:4]))


def names_with(theme: Theme, start: str) -> bool:
    """Whether another theme has a name that holds this start as well."""
    return any(fold(start) in fold(name) for name in (theme.id, *theme.labels.values()))


@given(st.sampled_from(LABELS), st.data())
def test_one_wrong_letter_is_forgiven(label: tuple[Theme, str], data: st.DataObject) -> None:
    """With one letter left out, doubled or changed, the theme is still found or suggested."""
    theme, text = label
    assume(len(text) >= 6)
    place = data.draw(st.integers(1, len(text) - 2))
    assume(text[place].isalpha())
    wrong = data.draw(st.sampled_from(["", text[place] * 2, "q"]))
    found = themes().find(text[:place] + wrong + text[place + 1 :])
    assert theme in {found.theme, *found.candidates, *found.suggestions}


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    """Whatever is typed has exactly one kind of answer."""
    found = themes().find(text)
    assert [found.theme is not None, found.candidates != (), found.suggestions != ()].count(True) <= 1
    assert len(found.candidates) != 1


def test_labels() -> None:
    """A label comes in the reader's language, in English where there is none."""
    assert themes().label("social.housing", "de-AT") == "Wohnen"
    assert themes().label("social.housing", "uk") == "Житло"
    assert themes().label("social.housing", "it") == "Housing"
    with pytest.raises(KeyError):
        themes().label("nowhere", "en")


def test_levels() -> None:
    """A search for an upper theme means those below it as well."""
    assert len(themes().upper()) == 10
    assert themes().expand("mobility") == {
        "mobility",
        "mobility.transport",
        "mobility.planning",
        "mobility.resilience",
    }
    assert themes().expand("gov.finance") == {"gov.finance"}
    assert [child.parent for child in themes().children("culture")] == ["culture"] * 3
    assert themes().get("climate.energy").sdgs == (7,)
    assert themes().get("climate.energy").uaeu == 8
    assert set(themes().get("climate").labels) == set(CONTENT_LANGUAGES)
    assert "climate" in themes()
    assert "weather" not in themes()
