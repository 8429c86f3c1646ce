"""The pictures: nothing is clipped, nothing is said by colour alone, and they say in words what they show."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest

from commands.assessment import pictures, rules
from commands.assessment.pictures import Picture
from commands.assessment.service import Profile, Result
from config.data import read_json
from config.languages import UI_LANGUAGES
from config.maturity import ATTRIBUTES, UNKNOWN, Model, bundled, read_model
from config.texts import texts

SVG = "{http://www.w3.org/2000/svg}"
DAYS = date(2026, 9, 30), date(2027, 12, 31)


def wordy() -> Model:
    """A model whose titles are as long as they may be, in many words and in one."""
    document = copy.deepcopy(read_json("maturity_model.json"))
    for place, process in enumerate(document["processes"]):
        whole = "Wissensmanagementöffentlichkeitsbeteiligungsgrundsatzfragen"
        apart = "Mit allen Wirkungen und Meinungen im Umgang zusammen, immer."
        process["title"] = dict.fromkeys(UI_LANGUAGES, (whole, apart)[place % 2][:-1] + "abcdefgh"[place])
    for level in document["levels"]:
        level["label"] = dict.fromkeys(UI_LANGUAGES, "W" * 25)
    for end, one in zip("MWQGO", (*document["rating_scale"], document["unknown_answer"]), strict=True):
        one["label"] = dict.fromkeys(UI_LANGUAGES, "M" * 24 + end)
    return read_model(document)


def profile(model: Model, level: int, rating: str) -> Profile:
    """Everything up to a level is fully there; what is asked next has the rating."""
    results = []
    for process in model.processes:
        answers = {
            question.id: "F" if ATTRIBUTES[question.attribute] <= level else rating
            for question in process.questions
        }
        results.append(Result(process, rules.climb(process, answers), datetime(2027, 3, 1, tzinfo=UTC)))
    return Profile(model, tuple(results))


def drawn(model: Model, language: str) -> list[Picture]:
    """A low, a middling and a full profile, one of which nothing is known, and a history."""
    spoken = texts(language)
    low, middling, full = profile(model, 0, "P"), profile(model, 2, "L"), profile(model, 5, "F")
    unknown = profile(model, 1, UNKNOWN)
    found = [pictures.of_profile(one, spoken, DAYS[1]) for one in (low, middling, full, unknown)]
    return [*found, pictures.of_history(low, full, spoken, DAYS)]


def edges(text: ElementTree.Element) -> tuple[float, float]:
    """Where a text begins and where it ends at the latest."""
    bold = text.get("font-weight") == "bold"
    width = pictures.width_of(text.text or "", float(text.get("font-size", "0")), bold=bold)
    x = float(text.get("x", "0"))
    shift = {"start": 0.0, "middle": width / 2, "end": width}[text.get("text-anchor", "start")]
    return x - shift, x - shift + width


@pytest.mark.parametrize("language", UI_LANGUAGES)
@pytest.mark.parametrize("model", [bundled()[0], wordy()], ids=["bundled", "wordy"])
def test_no_text_is_clipped(model: Model, language: str) -> None:
    """Every text lies between the edges, and none is too small for a telephone."""
    for picture in drawn(model, language):
        root = ElementTree.fromstring(picture.svg)  # noqa: S314 - our own drawing
        width, height = (float(one) for one in root.get("viewBox", "").split()[2:])
        assert (picture.width, picture.height) == (1.5 * width, 1.5 * height)
        for text in root.iter(f"{SVG}text"):
            left, right = edges(text)
            assert left >= 4, text.text
            assert right <= pictures.WIDTH - 4, text.text
            assert float(text.get("y", "0")) < height - 4, text.text
            assert float(text.get("font-size", "0")) >= 10.5


@pytest.mark.parametrize("language", UI_LANGUAGES)
def test_no_rating_is_told_by_its_colour_alone(language: str) -> None:
    """In each of the eight bars, what was asked carries its letter."""
    low, middling, full, unknown, _history = drawn(bundled()[0], language)
    letters = []
    for picture in (low, middling, full, unknown):
        root = ElementTree.fromstring(picture.svg)  # noqa: S314 - our own drawing
        letters.append(
            "".join(text.text or "" for text in root.iter(f"{SVG}text") if (text.text or "") in "NPLF?")
        )
    legend = "NPLF?"
    assert letters == ["P" * 8 + legend, "FFFLL" * 8 + legend, "F" * 72 + legend, "F??" * 8 + legend]


def test_what_they_show_in_words() -> None:
    """For who can't see them, in the reader's language."""
    spoken = texts("de")
    shown = pictures.of_profile(profile(bundled()[0], 2, "P"), spoken, DAYS[1])
    assert shown.alt.startswith("Selbsteinschätzung Städtediplomatie, 31. Dezember 2027. UD.1 Strategie und")
    assert "UD.8 Wissen, Monitoring und Wirkung: Stufe 2, Geplant." in shown.alt
    title = ElementTree.fromstring(shown.svg).find(f"{SVG}title")  # noqa: S314 - our own drawing
    assert title is not None
    assert title.text == shown.alt
    model = bundled()[0]
    process = model.processes[7]
    climb = rules.climb(process, {process.questions[0].id: "F"})
    begun = Profile(model, (Result(process, climb, datetime(2027, 3, 1, tzinfo=UTC)),))
    shown = pictures.of_profile(begun, spoken, DAYS[1])
    assert shown.alt.endswith("Wirkung: Stufe 0, Ausgangspunkt (noch nicht fertig).")


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("short", ["short"]),
        ("one two three four five six", ["one two three", "four five six"]),
        ("", [""]),
    ],
)
def test_wrapping(words: str, lines: list[str]) -> None:
    """At spaces where there are any."""
    assert pictures.wrapped(words, 12, 110) == lines
    assert all(pictures.width_of(line, 12) <= 110 + 12 for line in pictures.wrapped("x" * 100, 12, 110))
