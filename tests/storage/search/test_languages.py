"""Which language a practice is written in."""

from __future__ import annotations

import pytest

from config.languages import CONTENT_LANGUAGES
from storage.search import detect_language
from tests.storage.search.conftest import Library


def test_the_language_of_every_practice_is_detected(sixty: Library) -> None:
    for practice in sixty.practices.values():
        text = f"{practice.title}. {practice.fields['summary']}"
        assert detect_language(text, CONTENT_LANGUAGES) == practice.language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Miasto oddaje ulice pieszym i rowerzystom.", "pl"),
        ("Місто віддає вулиці пішоходам і велосипедистам.", "uk"),
        ("Das Fahrrad\nund die Stadt gehören zusammen.", "de"),
        ("DAS FAHRRAD UND DIE STADT GEHÖREN ZUSAMMEN.", "de"),
    ],
)
def test_further_languages(text: str, language: str) -> None:
    assert detect_language(text, CONTENT_LANGUAGES) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12345 67890 12345 67890",
        "Oslo",
        "Smart City Hub",
        "\0\ud800",
        "Het is een goede dag voor de stad vandaag.",
    ],
)
def test_an_unclear_text_has_no_language(text: str) -> None:
    assert detect_language(text, CONTENT_LANGUAGES) is None


def test_only_allowed_languages_are_answered() -> None:
    assert detect_language("Das Fahrrad und die Stadt gehören zusammen.", ["en", "fr"]) is None
    assert detect_language("Das Fahrrad und die Stadt gehören zusammen.", []) is None
