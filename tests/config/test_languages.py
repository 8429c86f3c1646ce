"""Languages by code and by name."""

from __future__ import annotations

import pytest
from babel import Locale

from config.languages import (
    _AUTONYMS,
    asked_to_speak,
    find_language,
    language_name,
    primary_subtag,
    similar_languages,
    ui_language,
)
from config.words import fold


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("pt_BR", "pt"),
        ("deu", "de"),
        ("fra", "fr"),
        ("German", "de"),
        ("Deutsch", "de"),
        ("français", "fr"),
        ("Francais", "fr"),
        ("niemiecki", "de"),
        ("alemán", "de"),
        ("українська", "uk"),
        ("Ukrainisch", "uk"),
        ("  suomi ", "fi"),
        ("Türkçe", "tr"),
        ("Rumaenisch", "ro"),
    ],
)
def test_find_language(text: str, code: str) -> None:
    """Codes, names in six languages and autonyms are understood, with or without accents."""
    assert find_language(text) == code


@pytest.mark.parametrize("text", ["", " ", "-", "zz", "klingonisch", "xyz", "12"])
def test_no_such_language(text: str) -> None:
    """What is no language is not taken for one."""
    assert find_language(text) is None


def test_similar_languages() -> None:
    """A typo has a suggestion."""
    assert similar_languages("Franzosich")[0] == "fr"


def test_autonyms_are_those_that_are_written() -> None:
    """The short list of autonyms says what Unicode's list says."""
    differing = {
        code: autonym
        for code, autonym in _AUTONYMS.items()
        if fold(str(Locale(code).languages[code])) not in fold(autonym)
    }
    assert differing == {}


def test_language_name() -> None:
    """Names come in the reader's language, whatever their region."""
    assert language_name("fr", "de") == "Französisch"
    assert language_name("fr", "en-GB") == "French"
    assert language_name("fr", "xx") == "French"
    assert language_name("qq", "de") == "qq"


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-AT", "de"), ("de", "de"), ("EN_gb", "en"), ("fr-FR", "de"), ("", "de"), (None, "de")],
)
def test_ui_language(locale: str | None, language: str) -> None:
    """Who reads neither English nor German is spoken to in the default language."""
    assert ui_language(locale, "de") == language


def test_primary_subtag() -> None:
    """A tag's language stands before the first hyphen."""
    assert primary_subtag("sr-Latn-RS") == "sr"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Trainers who speak Romanian or Russian", ("ro", "ru")),
        ("Russian-speaking trainers", ("ru",)),
        ("Rumänischsprachige Trainer", ("ro",)),
        ("Jemand, der Polnisch spricht", ("pl",)),
        ("Des formateurs qui parlent roumain", ("ro",)),
        ("Formadores que hablen rumano", ("ro",)),
        ("rumänisch- oder russischsprachige Trainer:innen", ("ro", "ru")),
        ("Fachleute aus der Schweiz, die fließend Rumänisch oder Russisch sprechen", ("ro", "ru")),
        ("Kolleginnen, die Tuerkisch sprechen", ("tr",)),
        ("Rumänisch sprechende Projektpartner", ("ro",)),
        ("Looking for Romanian speakers", ("ro",)),
        ("We are looking for a German- or Polish-speaking mentor", ("de", "pl")),
        ("trainers from Moldova who can speak both Romanian and Russian", ("ro", "ru")),
        ("an expert speaking French", ("fr",)),
        ("Quelqu'un qui parle le polonais ou l'ukrainien", ("pl", "uk")),
        ("Kollegen, welche Russisch sprechen", ("ru",)),
        ("un formateur parlant roumain", ("ro",)),
        ("alguien que hable árabe", ("ar",)),
        ("Somebody who speaks Romanian, not only English", ("ro",)),
        ("courses for refugees who do not speak German", ()),
        ("people who don't speak English", ()),
        ("colleagues who don't speak English", ()),
        ("Kolleginnen, die kein Deutsch sprechen", ()),
        ("Trainer, die Deutsch nicht sprechen", ()),
        ("des collègues qui ne parlent pas allemand", ()),
        ("Sprachkurse für Ukrainer, die kein Deutsch sprechen", ()),
        ("German courses for people who speak Arabic", ()),
        ("workshops for Russian-speaking trainers", ()),
        ("how to help our colleagues who speak Arabic", ()),
        ("How can someone who speaks Arabic register with the city", ()),
        ("teachers who speak Arabic", ()),
        ("Sprechstunden auf Türkisch", ()),
        ("someone who speaks at our conference on Dutch water management", ()),
        ("a speaker on Danish cycling policy", ()),
        ("how do you speak with residents who only speak Arabic", ()),
        ("Integration of Arabic speakers", ()),
        ("Arabic-speaking families", ()),
        ("deutschsprachige Bücher für Kinder", ()),
        ("German language courses", ()),
        ("Polish cities", ()),
        ("How to speak up together", ()),
        ("", ()),
    ],
)
def test_a_language_is_asked_for_where_who_is_sought_speaks_it(text: str, codes: tuple[str, ...]) -> None:
    """Not where it is only named, is not spoken, or is that of people who are served."""
    assert asked_to_speak(text) == codes
