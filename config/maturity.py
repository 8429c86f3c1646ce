"""The model of the maturity self-assessment: a file that an institute can replace by its own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from config.data import read_json
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.themes import themes
from config.words import CONTROLS

#: DOMAIN.md, from ISO/IEC 33020:2015: the ratings with the percentages at which they end.
SCALE = (("N", 15), ("P", 50), ("L", 85), ("F", 100))
#: The attributes by their level.
ATTRIBUTES = {
    "PA1.1": 1,
    "PA2.1": 2,
    "PA2.2": 2,
    "PA3.1": 3,
    "PA3.2": 3,
    "PA4.1": 4,
    "PA4.2": 4,
    "PA5.1": 5,
    "PA5.2": 5,
}
UNKNOWN = "unknown"
RESERVED = ("all", "rest", "svg")  # what is chosen instead of one process, and how to get a picture
MOST_QUESTIONS = 100  # in one list
LONGEST_TITLE = 60  # characters; it has to fit into a picture
LONGEST_LABEL = 25
LONGEST_TEXT = 400

# Control characters, what turns the direction of a line around, and what is in no XML, of which pictures are.
_NOT_SHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

Text = Mapping[str, str]  # by language


class ModelUnsound(Exception):
    """A model that can't be used; `errors` are sentences, each with the place that it is about."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = list(errors)


@dataclass(frozen=True)
class Question:
    """One question on an attribute; `examples` are what one may see where the answer is good."""

    id: str
    attribute: str
    text: Text
    help: Text | None = None
    examples: Text | None = None


@dataclass(frozen=True)
class Process:
    """A field of work that is assessed on its own."""

    id: str
    title: Text
    purpose: Text
    theme_ids: tuple[str, ...]
    questions: tuple[Question, ...]  # on every attribute, level by level

    def on(self, level: int) -> Iterator[Question]:
        """The questions of a level, attribute by attribute."""
        return (question for question in self.questions if ATTRIBUTES[question.attribute] == level)

    @cached_property
    def by_id(self) -> dict[str, Question]:
        """The questions by their ids."""
        return {question.id: question for question in self.questions}


@dataclass(frozen=True)
class Named:
    """A rating or a level: what it is called, and what that means."""

    label: Text
    meaning: Text


@dataclass(frozen=True)
class Model:
    """A sound model. `ratings` are those of the scale and "unknown", `attributes` their titles."""

    id: str
    version: str
    title: Text
    intro: Text
    disclaimer: Text
    ratings: Mapping[str, Named]
    levels: tuple[Named, ...]  # from 0
    attributes: Mapping[str, Text]
    processes: tuple[Process, ...]

    @property
    def key(self) -> str:
        """What tells this model and version from every other."""
        return f"{self.id} {self.version}"

    @property
    def top(self) -> int:
        """The highest level that the model knows."""
        return len(self.levels) - 1

    def process(self, process_id: str) -> Process | None:
        """The process of this id."""
        return next((one for one in self.processes if one.id == process_id), None)


@cache
def bundled() -> tuple[Model, Any]:
    """The model that comes with the program, and its file."""
    document = read_json("maturity_model.json")
    return read_model(document), document


def read_model(document: Any) -> Model:
    """A model from its JSON; raises `ModelUnsound` with everything that is wrong."""
    reader = _Reader()
    model = reader.model(document)
    if reader.errors or model is None:
        raise ModelUnsound(reader.errors)
    return model


class _Reader:
    """Reads as far as it can, so that all errors are told at once."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.ids: dict[str, str] = {}

    def wrong(self, place: str, what: str) -> None:
        self.errors.append(f"{place}: {what}" if place else what)

    def model(self, document: Any) -> Model | None:
        if not isinstance(document, dict):
            self.wrong("", "the file has to hold one JSON object")
            return None
        self._characters(document)
        levels = self._levels(document)
        top = len(levels) - 1
        attributes = self._attributes(document, top)
        generic = self._questions(document.get("generic_questions", []), "generic_questions", attributes, "")
        ratings, processes = self._ratings(document), tuple(self._processes(document, attributes, generic))
        self._tell_apart(_answers(), _labels(ratings))
        self._tell_apart(_choices(), _names(processes))
        return Model(
            id=self._word(document, "", "id"),
            version=self._word(document, "", "version"),
            title=self._text(document, "", "title", LONGEST_TITLE),
            intro=self._text(document, "", "intro"),
            disclaimer=self._text(document, "", "disclaimer"),
            ratings=ratings,
            levels=tuple(levels),
            attributes=attributes,
            processes=processes,
        )

    def _characters(self, document: Any) -> None:
        """What can neither be shown nor kept, anywhere in the file."""
        nodes = [("", document)]
        while nodes:
            where, node = nodes.pop()
            if isinstance(node, dict):
                for name, value in node.items():
                    if found := _NOT_SHOWN.search(name):
                        self.wrong(where, f"has a name that holds {_code(found)}")
                    else:
                        nodes.append((_in(where, name), value))
            elif isinstance(node, list):
                nodes += [(f"{where}[{place}]", value) for place, value in enumerate(node)]
            elif isinstance(node, str) and (found := _NOT_SHOWN.search(node)):
                self.wrong(where, f"holds {_code(found)}, which cannot be shown")
            elif isinstance(node, float) and not math.isfinite(node):
                self.wrong(where, "is no number")

    def _tell_apart(self, ours: Mapping[str, str], words: Iterable[tuple[str, str, str]]) -> None:
        """Words (with their place and what they stand for) that mean something else when they are typed, too;
        `ours` do so whatever the model is."""
        known = dict(ours)
        for where, word, meaning in words:
            if not word:
                continue  # which is an error of its own
            said = word.casefold()
            before = known.setdefault(said, meaning)
            if before != meaning:
                self.wrong(where, f"{word!r} is a word for {before}, too")
            elif said in ours:
                continue
            elif said in _controls():
                self.wrong(where, f"{word!r} is how people say {_controls()[said]}")
            elif not any(sign.isalpha() for sign in word):
                self.wrong(where, f"{word!r} has to have a letter: a number stands for a place in the list")

    def _ratings(self, document: dict[str, Any]) -> dict[str, Named]:
        found: dict[str, Named] = {}
        steps = self._list(document, "", "rating_scale")
        codes = [step.get("code") if isinstance(step, dict) else None for step in steps]
        if codes != [code for code, _end in SCALE]:
            self.wrong("rating_scale", "has to hold N, P, L and F, in this order")
            return found
        begin = 0
        for place, (step, (code, end)) in enumerate(zip(steps, SCALE, strict=True)):
            where = f"rating_scale[{place}]"
            if (step.get("min"), step.get("max")) != (begin, end):
                self.wrong(where, f"{code} goes from {begin} to {end} percent (ISO/IEC 33020)")
            begin = end
            found[code] = Named(
                self._text(step, where, "label", LONGEST_LABEL), self._text(step, where, "help")
            )
        unknown = document.get("unknown_answer")
        if isinstance(unknown, dict):
            where = "unknown_answer"
            label = self._text(unknown, where, "label", LONGEST_LABEL)
            found[UNKNOWN] = Named(label, self._text(unknown, where, "help"))
        else:
            self.wrong("unknown_answer", 'is missing: what "don\'t know" is called, and what it means')
        return found

    def _levels(self, document: dict[str, Any]) -> list[Named]:
        found: list[Named] = []
        for place, level in enumerate(self._list(document, "", "levels")):
            where = f"levels[{place}]"
            if not isinstance(level, dict):
                self.wrong(where, "has to be an object")
                continue
            if level.get("level") != place:
                self.wrong(f"{where}.level", f"has to be {place}: levels go up from 0 without a gap")
            label = self._text(level, where, "label", LONGEST_LABEL)
            found.append(Named(label, self._text(level, where, "meaning")))
        if not 2 <= len(found) <= 6:
            self.wrong("levels", "there are from 2 (0 and 1) to 6 (0 to 5) of them")
        return found

    def _attributes(self, document: dict[str, Any], top: int) -> dict[str, Text]:
        found: dict[str, Text] = {}
        for place, attribute in enumerate(self._list(document, "", "attributes")):
            where = f"attributes[{place}]"
            name = attribute.get("id") if isinstance(attribute, dict) else None
            if not isinstance(name, str) or name not in ATTRIBUTES or ATTRIBUTES[name] > top:
                known = ", ".join(one for one, level in ATTRIBUTES.items() if level <= top)
                self.wrong(f"{where}.id", f"{name!r} is no attribute of these levels; there are {known}")
                continue
            if attribute.get("level") != ATTRIBUTES[name]:
                self.wrong(f"{where}.level", f"{name} is an attribute of level {ATTRIBUTES[name]}")
            if name in found:
                self.wrong(f"{where}.id", f"{name} stands there twice")
            found[name] = self._text(attribute, where, "title", LONGEST_TITLE)
        for name, level in ATTRIBUTES.items():
            if level <= top and name not in found:
                self.wrong("attributes", f"{name} of level {level} is missing")
        return found

    def _processes(
        self, document: dict[str, Any], attributes: Mapping[str, Text], generic: list[Question]
    ) -> Iterator[Process]:
        entries = self._list(document, "", "processes")
        if not 1 <= len(entries) <= 20:
            self.wrong("processes", "there are from 1 to 20 of them")
        for place, entry in enumerate(entries):
            where = f"processes[{place}]"
            if not isinstance(entry, dict):
                self.wrong(where, "has to be an object")
                continue
            name = self._word(entry, where, "id")
            self._once(name, f"{where}.id")
            if name in RESERVED:
                self.wrong(f"{where}.id", f"{name!r} has a meaning of its own in the chat")
            known = self._list(entry, where, "theme_ids")
            for number, theme in enumerate(known):
                if not isinstance(theme, str) or theme not in themes():
                    self.wrong(f"{where}.theme_ids[{number}]", f"{theme!r} is no theme of the taxonomy")
            own = self._questions(
                self._list(entry, where, "questions"), f"{where}.questions", attributes, name
            )
            both = [*own, *generic]
            for attribute in attributes:
                if not any(question.attribute == attribute for question in both):
                    self.wrong(
                        f"{where}.questions", f"no question on {attribute}, here or in generic_questions"
                    )
            yield Process(
                id=name,
                title=self._text(entry, where, "title", LONGEST_TITLE),
                purpose=self._text(entry, where, "purpose"),
                theme_ids=tuple(str(theme) for theme in known),
                questions=tuple(q for attribute in ATTRIBUTES for q in both if q.attribute == attribute),
            )

    def _questions(
        self, entries: Any, where: str, attributes: Mapping[str, Text], process: str
    ) -> list[Question]:
        found: list[Question] = []
        if not isinstance(entries, list):
            self.wrong(where, "has to be a list")
            return found
        if len(entries) > MOST_QUESTIONS:
            self.wrong(where, f"there are {len(entries)} of them, {MOST_QUESTIONS} at most")
        for place, entry in enumerate(entries):
            here = f"{where}[{place}]"
            if not isinstance(entry, dict):
                self.wrong(here, "has to be an object")
                continue
            name = self._word(entry, here, "id")
            self._once(name, f"{here}.id")
            attribute = entry.get("attribute")
            if not isinstance(attribute, str) or attribute not in attributes:
                self.wrong(f"{here}.attribute", f"{attribute!r} is none of the model's attributes")
                continue
            if attribute == "PA1.1" and not process:
                self.wrong(f"{here}.attribute", "what is done (PA1.1) each process has to ask for itself")
            found.append(
                Question(
                    id=name,
                    attribute=attribute,
                    text=self._text(entry, here, "text"),
                    help=self._text(entry, here, "help") if "help" in entry else None,
                    examples=self._text(entry, here, "examples") if "examples" in entry else None,
                )
            )
        return found

    def _once(self, name: str, where: str) -> None:
        if name and (before := self.ids.setdefault(name, where)) != where:
            self.wrong(where, f"{name!r} is taken already, by {before}")

    def _list(self, node: dict[str, Any], where: str, name: str) -> list[Any]:
        value = node.get(name)
        if not isinstance(value, list):
            self.wrong(_in(where, name), "is missing" if value is None else "has to be a list")
            return []
        return value

    def _word(self, node: dict[str, Any], where: str, name: str) -> str:
        value = node.get(name)
        if isinstance(value, str) and re.fullmatch(r"[\w.+-]{1,60}", value):
            return value
        told = "letters, digits, dots and hyphens without a space, 60 at most"
        self.wrong(_in(where, name), f"is missing: {told}" if value is None else f"has to be {told}")
        return ""

    def _text(self, node: dict[str, Any], where: str, name: str, limit: int = LONGEST_TEXT) -> Text:
        value = node.get(name)
        if not isinstance(value, dict):
            languages = " and ".join(UI_LANGUAGES)
            self.wrong(_in(where, name), f"is missing: a text in {languages}")
            return {}
        for language in UI_LANGUAGES:
            said = value.get(language)
            here = f"{_in(where, name)}.{language}"
            if not isinstance(said, str) or not said.strip():
                self.wrong(here, "is missing or empty")
            elif len(said) > limit:
                self.wrong(here, f"is {len(said)} characters long, {limit} at most")
            elif limit < LONGEST_TEXT and len(said.strip().splitlines()) > 1:
                self.wrong(here, "has to be one line")
        return {language: str(value.get(language, "")).strip() for language in UI_LANGUAGES}


@cache
def _controls() -> Mapping[str, str]:
    """The words that steer a dialog, with what each does."""
    return {word: name for name in CONTROLS for word in _said(f"dialog.words.{name}")}


@cache
def _answers() -> Mapping[str, str]:
    """What people say for each rating beside its label."""
    codes = (*(code for code, _end in SCALE), UNKNOWN)
    said = {word: code for code in codes for word in _said(f"assess.answer.{code.lower()}")}
    return said | {code.casefold(): code for code in codes}


@cache
def _choices() -> Mapping[str, str]:
    """What people say when they mean no single process."""
    said = {word: choice for choice in ("all", "rest") for word in _said(f"assess.words.{choice}")}
    return said | {word: word for word in RESERVED}


def _said(message: str) -> list[str]:
    words = [word for language in UI_LANGUAGES for word in texts(language).raw(message).split("|")]
    return [word.strip().casefold() for word in words]


def _labels(ratings: Mapping[str, Named]) -> Iterator[tuple[str, str, str]]:
    for place, (code, rating) in enumerate(ratings.items()):
        where = "unknown_answer" if code == UNKNOWN else f"rating_scale[{place}]"
        for language, label in rating.label.items():
            yield f"{where}.label.{language}", label, code


def _names(processes: Sequence[Process]) -> Iterator[tuple[str, str, str]]:
    for place, process in enumerate(processes):
        where = f"processes[{place}]"
        if process.id not in RESERVED:
            for spelt in dict.fromkeys(process.id.replace(".", dot) for dot in (".", "", " ")):
                yield f"{where}.id", spelt, process.id
        for language, title in process.title.items():
            yield f"{where}.title.{language}", title, process.id


def _code(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"


def _in(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
