"""Models of the self-assessment: what is wrong with one is named by its place, all at once."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.data import read_json
from config.maturity import Model, ModelUnsound, read_model

Json = dict[str, Any]
DOCUMENT: Json = read_json("maturity_model.json")


def changed(change: Callable[[Json], Any]) -> Json:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return document


def titled(document: Json, title: str) -> None:
    document["processes"][0]["title"]["en"] = title


def named(document: Json, name: str) -> None:
    document["processes"][0]["id"] = name


def labelled(document: Json, place: int, english: str, german: str) -> None:
    document["rating_scale"][place]["label"] = {"en": english, "de": german}


def asking(document: Json, count: int) -> None:
    (first, *_) = document["processes"][0]["questions"]
    document["processes"][0]["questions"] = [{**first, "id": f"q{number}"} for number in range(count)]


def only_three_levels(document: Json) -> None:
    """The model of an institute that goes up to level 3."""
    document["levels"] = document["levels"][:4]
    names = ("PA1.1", "PA2.1", "PA2.2", "PA3.1", "PA3.2")
    document["attributes"] = [one for one in document["attributes"] if one["id"] in names]
    document["generic_questions"] = [
        one for one in document["generic_questions"] if one["attribute"] in names
    ]


def test_the_bundled_model_is_sound() -> None:
    """Eight processes, each with its own questions and those that are the same for all."""
    model = read_model(DOCUMENT)
    assert (len(model.processes), model.top, model.key) == (8, 5, "ud-city-diplomacy-maturity 1.0.0")
    assert [len(process.questions) for process in model.processes] == [24, 25, 24, 24, 24, 24, 24, 25]


def test_a_model_may_end_below_level_five() -> None:
    """Then it has only the attributes up to there."""
    assert read_model(changed(only_three_levels)).top == 3


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda d: d.pop("version"), "version: is missing"),
        (lambda d: d["title"].pop("de"), "title.de: is missing or empty"),
        (
            lambda d: d["processes"][2]["questions"][1]["text"].pop("en"),
            "processes[2].questions[1].text.en: is",
        ),
        (
            lambda d: d["processes"][2]["title"].update(de="x" * 61),
            "processes[2].title.de: is 61 characters long",
        ),
        (lambda d: d["processes"][0].update(id="UD.2"), "processes[1].id: 'UD.2' is taken already"),
        (lambda d: d["processes"][0].update(id="all"), "processes[0].id: 'all' has a meaning of its own"),
        (
            lambda d: d["processes"][4]["theme_ids"].append("nope"),
            "processes[4].theme_ids[2]: 'nope' is no theme",
        ),
        (lambda d: d["processes"][7].update(questions=[]), "processes[7].questions: no question on PA1.1"),
        (lambda d: d["rating_scale"][1].update(max=49), "rating_scale[1]: P goes from 15 to 50 percent"),
        (lambda d: d["rating_scale"].reverse(), "rating_scale: has to hold N, P, L and F, in this order"),
        (lambda d: d["levels"][3].update(level=4), "levels[3].level: has to be 3"),
        (lambda d: d["attributes"].pop(0), "attributes: PA1.1 of level 1 is missing"),
        (lambda d: d["attributes"][1].update(id="PA9.9"), "attributes[1].id: 'PA9.9' is no attribute"),
        (
            lambda d: d["generic_questions"][0].update(attribute="PA1.1"),
            "generic_questions[0].attribute: what is",
        ),
        (
            lambda d: d["generic_questions"][0].update(id="UD.1.BP1"),
            "processes[0].questions[0].id: 'UD.1.BP1' is",
        ),
        (lambda d: d.pop("unknown_answer"), "unknown_answer: is missing"),
        (lambda d: d.update(processes={}), "processes: has to be a list"),
        # What cannot be shown, or would be shown as something else.
        (lambda d: titled(d, "Bad\0title"), "processes[0].title.en: holds U+0000"),
        (lambda d: titled(d, "Bad\x01title"), "processes[0].title.en: holds U+0001"),
        (lambda d: titled(d, "Bad\ud800title"), "processes[0].title.en: holds U+D800"),
        (lambda d: titled(d, "Bad\ufffftitle"), "processes[0].title.en: holds U+FFFF"),
        (lambda d: titled(d, "\u202edab"), "processes[0].title.en: holds U+202E"),
        (lambda d: titled(d, "Two\n\nlines"), "processes[0].title.en: has to be one line"),
        (lambda d: d.update(note={"of\0": [{"x": "\0"}]}), "note: has a name that holds U+0000"),
        (lambda d: d.update(note=[{"x": "\0"}]), "note[0].x: holds U+0000"),
        (lambda d: d.update(note=float("nan")), "note: is no number"),
        # What is typed for one thing and would be taken for another.
        (
            lambda d: labelled(d, 0, "Back", "zurück"),
            "rating_scale[0].label.en: 'Back' is how people say back",
        ),
        (lambda d: labelled(d, 0, "Yes", "Ja"), "rating_scale[0].label.en: 'Yes' is a word for F"),
        (lambda d: labelled(d, 0, "Fully", "Nie"), "rating_scale[3].label.en: 'Fully' is a word for N, too"),
        (lambda d: labelled(d, 1, "2", "Zwei"), "rating_scale[1].label.en: '2' has to have a letter"),
        (lambda d: named(d, "2"), "processes[0].id: '2' has to have a letter"),
        (lambda d: named(d, "back"), "processes[0].id: 'back' is how people say back"),
        (lambda d: named(d, "ud2"), "processes[1].id: 'UD2' is a word for ud2, too"),
        (lambda d: titled(d, "All areas"), "processes[0].title.en: 'All areas' is a word for all"),
        (
            lambda d: d["processes"][1].update(title=d["processes"][0]["title"]),
            "processes[1].title.en: 'Strategy and mandate' is a word for UD.1",
        ),
        (lambda d: asking(d, 101), "processes[0].questions: there are 101 of them, 100 at most"),
    ],
)
def test_every_error_is_named_by_its_place(change: Callable[[Json], Any], error: str) -> None:
    """So that who wrote the file finds it."""
    with pytest.raises(ModelUnsound) as unsound:
        read_model(changed(change))
    assert any(one.startswith(error) for one in unsound.value.errors), unsound.value.errors


def test_the_word_that_an_answer_has_anyway_may_be_its_label() -> None:
    """Then "yes" means the same as before."""
    model = read_model(changed(lambda d: labelled(d, 3, "Yes", "Ja")))
    assert model.ratings["F"].label == {"en": "Yes", "de": "Ja"}


def test_all_errors_are_told_at_once() -> None:
    """Nobody mends a file one error at a time."""

    def change(document: Json) -> None:
        del document["version"], document["levels"][0]["label"]["de"]

    with pytest.raises(ModelUnsound) as unsound:
        read_model(changed(change))
    assert [one.partition(":")[0] for one in unsound.value.errors] == ["levels[0].label.de", "version"]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60)
@given(place=st.lists(st.integers(0, 30), min_size=1, max_size=5), value=json)
def test_any_json_is_told_to_be_wrong_or_read(place: list[int], value: Any) -> None:
    """Whatever stands anywhere in the file, it is an error in words or does not matter."""
    document: Any = copy.deepcopy(DOCUMENT)
    node: Any = document
    for step in place:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = keys[step % len(keys)]
        if not isinstance(node[key], dict | list) or step == place[-1]:
            node[key] = value
            break
        node = node[key]
    try:
        read: Model | ModelUnsound = read_model(document)
    except ModelUnsound as unsound:
        read = unsound
    assert isinstance(read, Model) or all(read.errors)
