"""How texts come out of a catalogue."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from config.texts import MissingText, Placeholder, Texts, parts, texts

HEADER = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
ENTRIES = """
msgid "format.datetime"
msgstr "{date}, {time} ({zone})"

msgid "greeting"
msgstr "Hello {name}, this is {{not a placeholder}}."

msgid "plain"
msgstr "Nothing to fill in."

msgid "members"
msgid_plural "members.plural"
msgstr[0] "One member on {theme}"
msgstr[1] "{count} members on {theme}"
"""


def catalogue(language: str = "en") -> Texts:
    source = BytesIO((HEADER + ENTRIES).encode())
    return Texts(language, read_po(source, locale=language, abort_invalid=True))


def test_placeholders_are_filled() -> None:
    """Named placeholders take their values; doubled braces become plain ones."""
    assert catalogue().get("greeting", name="Ada") == "Hello Ada, this is {not a placeholder}."


@given(st.text())
def test_values_go_in_literally(name: str) -> None:
    """What a member wrote comes out as it was written, whatever braces it holds."""
    assert catalogue().get("greeting", name=name) == f"Hello {name}, this is {{not a placeholder}}."


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 members on Food"),
        (1, "One member on Food"),
        (2, "2 members on Food"),
        (1200, "1,200 members on Food"),
    ],
)
def test_plural(count: int, text: str) -> None:
    """The catalogue's header decides on the form, and the count is written as the language writes it."""
    assert catalogue().plural("members", count, theme="Food") == text


def test_an_unknown_text_is_a_bug() -> None:
    """An unknown id is refused, not shown; so is a text asked for in the wrong number."""
    known = catalogue()
    for message in ("nowhere", "", "members", "greeting"):  # the last one lacks its value
        with pytest.raises(MissingText):
            known.get(message)
    with pytest.raises(MissingText):
        known.plural("plain", 2)
    assert known.has("members")
    assert known.has("plain")
    assert not known.has("")
    assert not known.has("members.plural")


def test_a_language_without_texts_is_refused() -> None:
    """There is no silent fallback: who asks for texts knows a language that has them."""
    with pytest.raises(ValueError, match="fr"):
        texts("fr")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("{a}{b}", [Placeholder("a"), Placeholder("b")]),
        ("See {link}, {name}!", ["See ", Placeholder("link"), ", ", Placeholder("name"), "!"]),
        ("{{a}} {b} }}", ["{a} ", Placeholder("b"), " }"]),
    ],
)
def test_parts(pattern: str, expected: list[str | Placeholder]) -> None:
    """A pattern comes apart at its placeholders, with neighbouring words in one piece."""
    assert parts(pattern) == expected


@pytest.mark.parametrize("pattern", ["{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>3}", "{a", "a}", "{A}"])
def test_only_plain_names_are_placeholders(pattern: str) -> None:
    """Whatever reaches into a value, or formats it, is refused."""
    with pytest.raises(ValueError, match=r"plain name|Single|expected"):
        parts(pattern)


def test_english_as_in_europe() -> None:
    """The day comes before the month, and the day has 24 hours."""
    english = texts("en")
    assert english.date(date(2027, 1, 4)) == "4 January 2027"
    assert english.date(date(2027, 1, 4), weekday=True) == "Monday, 4 January 2027"
    assert english.time(time(14, 5)) == "14:05"
    assert english.number(1234.5) == "1,234.5"
    assert english.list(["a"]) == "a"
    assert english.list(["a", "b", "c"]) == "a, b and c"
    assert english.list(["a", "b", "c"], "or") == "a, b or c"


def test_german() -> None:
    """German has its own dates, numbers and lists."""
    german = texts("de")
    assert german.date(date(2027, 3, 4)) == "4. März 2027"
    assert german.date(date(2027, 3, 4), weekday=True) == "Donnerstag, 4. März 2027"
    assert german.number(1234.5) == "1.234,5"
    assert german.list(["a", "b", "c"]) == "a, b und c"
    assert german.list(["a", "b"], "or") == "a oder b"


def test_a_moment_is_told_in_a_zone() -> None:
    """A moment is shown by the clocks of the zone, which is named, before and after they change."""
    winter, summer = datetime(2027, 1, 14, 23, 30, tzinfo=UTC), datetime(2027, 7, 1, 12, 0, tzinfo=UTC)
    assert texts("en").datetime(winter, "Europe/Berlin") == "Friday, 15 January 2027, 00:30 (Europe/Berlin)"
    assert (
        texts("de").datetime(summer, "Europe/Berlin") == "Donnerstag, 1. Juli 2027, 14:00 Uhr (Europe/Berlin)"
    )
    with pytest.raises(ValueError, match="zone"):
        texts("en").datetime(datetime(2027, 1, 14, 23, 30), "Europe/Berlin")  # noqa: DTZ001 - that's the point
