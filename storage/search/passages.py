"""Why a practice was found: the passage that shows it, or the topic that it is about."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from config.themes import themes
from storage.search.analysis import Document, fits, lineage
from storage.search.compounds import split
from storage.search.engine import Searched
from storage.search.glossary import concept_stem, glossary, token
from storage.search.stopwords import is_dull
from storage.search.words import clean, words

#: Characters of a passage at most, without the dots where it is cut.
LONGEST = 200
_LEAD = 50  # characters before the first marked word, where there is a choice
_DOTS = "…"
_SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…](?!\s)[^.!?…\n]*)*[.!?…]*")
# "Am 12. März" is no end of a sentence.
_GERMAN_SENTENCE = re.compile(
    r"[^.!?…\n]+(?:(?:(?<!\d\d)(?<=\d)\.|(?<!\d\d\d)(?<=\d\d)\.|[.!?…](?!\s))[^.!?…\n]*)*[.!?…]*"
)
_AKIN = 0.4  # what a word counts that is only akin to the query
# Texts whose sentences are kept: those of over 500 practices, which take 25 MB.
_MOST_TEXTS = 4_000
_MOST_SEARCHES = 500
_MOST_IN_COMMON = 3
_LATER_FIELD = 0.95  # the summary says it best, the further fields less


class Run(NamedTuple):
    """A piece of a passage; marked when it is what was looked for."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Passage:
    """Why a practice was found.

    `runs` are a piece of the text of `field` (`title`, or a name among the document's fields). `topics`
    names, in the reader's language, the concepts or themes by which it was found when it holds none of the
    query's own words; `country` tells that it was found by where it comes from.
    """

    field: str
    runs: tuple[Run, ...]
    topics: tuple[str, ...] = ()
    country: bool = False

    @property
    def shows(self) -> bool:
        """Whether something in it is marked."""
        return any(run.marked for run in self.runs)

    @property
    def text(self) -> str:
        """The passage without marks."""
        return "".join(run.text for run in self.runs)


class _Sentence(NamedTuple):
    text: str
    spans: dict[str, tuple[tuple[int, int], ...]]  # token of the index -> where it is


class _Candidate(NamedTuple):
    value: float
    field: str
    sentence: _Sentence
    tokens: tuple[str, ...]


def explain(searched: Searched, document: Document, locale: str) -> Passage:
    """The passage that shows best why a search found a document; `locale` is the reader's."""
    best: _Candidate | None = None
    for candidate in _candidates(searched, document):
        if best is None or candidate.value > best.value:
            best = candidate
    if best is None:
        themes_of_it = _themes(searched, document, locale)
        return Passage("summary", _beginning(document), themes_of_it, _from_country(searched, document))
    spans = sorted({span for name in best.tokens for span in best.sentence.spans[name]})
    own_words = any("_" not in name for name in best.tokens)
    topics = () if own_words else _labels(best.tokens, searched, locale)
    return Passage(best.field, _cut(best.sentence.text, spans), topics)


def in_common(one: Document, other: Document, locale: str) -> tuple[str, ...]:
    """The topics that two documents share, in the reader's language, at most three: narrow themes, then the
    concepts that both say most of, and wide themes where there is nothing else."""
    both = [theme for theme in lineage(one.themes) if theme in lineage(other.themes) and theme in themes()]
    narrow = [theme for theme in both if themes().get(theme).parent is not None]
    ours, theirs = (Counter(_concepts(document)) for document in (one, other))
    known, named = glossary().concepts, (*one.themes, *other.themes)
    shared = [name for name in ours.keys() & theirs.keys() if not known[name].general and fits(name, named)]
    shared.sort(key=lambda name: (-min(ours[name], theirs[name]), name))
    labels = [themes().label(theme, locale) for theme in narrow]
    labels += [known[name].label(locale) for name in shared]
    return _distinct(labels or [themes().label(theme, locale) for theme in both])[:_MOST_IN_COMMON]


def _concepts(document: Document) -> Iterator[str]:
    """The concepts that a document names, as often as its sentences do."""
    for text in (document.title, *document.fields.values()):
        for sentence in _sentences(text, document.language):
            for name, spans in sentence.spans.items():
                if name in glossary().concepts and not name.startswith("t_"):
                    yield from [name] * len(spans)


def _candidates(searched: Searched, document: Document) -> Iterator[_Candidate]:
    """The sentences that hold what was looked for, the title last: the reader sees it anyway."""
    asked, akin = _sought(searched, document.language)
    said, where = _said(tuple(document.fields.items()), document.title, document.language)
    direct: defaultdict[int, set[str]] = defaultdict(set)
    for name in asked & where.keys():
        for place in where[name]:
            direct[place].add(name)
    for parts in searched.compounds:
        for place in set.intersection(*(set(where.get(part, ())) for part in parts)):
            direct[place].update(parts)
    kin: defaultdict[int, set[str]] = defaultdict(set)
    for name in akin & where.keys():
        for place in where[name]:
            if name not in direct.get(place, ()):
                kin[place].add(name)
    for place in sorted(direct.keys() | kin.keys()):
        weight, field, sentence = said[place]
        own, related = direct.get(place), kin.get(place)
        value = _value(own, sentence) if own else 0.0
        if related:
            value += _AKIN * _value(related, sentence)
        yield _Candidate(value * weight, field, sentence, tuple(own or related or ()))


@lru_cache(_MOST_SEARCHES)
def _sought(searched: Searched, language: str) -> tuple[frozenset[str], frozenset[str]]:
    """What of a search can stand in a text in a language: what was asked for, and what is akin to it."""
    akin = frozenset(hint.removeprefix("h_") for hint in searched.hints)
    asked = searched.tokens.union(
        stem.text for stem in searched.stems if not stem.languages or language in stem.languages
    )
    return asked, akin


@lru_cache(_MOST_TEXTS)
def _said(
    fields: tuple[tuple[str, str], ...], title: str, language: str
) -> tuple[list[tuple[float, str, _Sentence]], dict[str, list[int]]]:
    """The sentences of a document in their order, each with its weight and field, and in which of them each
    token stands."""
    said: list[tuple[float, str, _Sentence]] = []
    weight = 1.0
    for field, text in (*fields, ("title", title)):
        worth = 0.1 if field == "title" else weight
        said += [(worth, field, sentence) for sentence in _sentences(text, language)]
        weight *= _LATER_FIELD
    where: dict[str, list[int]] = {}
    for place, (_, _, sentence) in enumerate(said):
        for name in sentence.spans:
            where.setdefault(name, []).append(place)
    return said, where


def _value(tokens: set[str], sentence: _Sentence) -> float:
    """How much these tokens show: each place in the text once, in the query's own word best."""
    if len(tokens) == 1:
        return _worth(*tokens)
    places: dict[tuple[int, int], float] = {}
    for name in tokens:
        # The same word again shows nothing new.
        first = sentence.spans[name][0]
        places[first] = max(_worth(name), places.get(first, 0))
    return sum(places.values())


@lru_cache(_MOST_TEXTS)
def _worth(name: str) -> float:
    """How much a token shows: a general concept little, a word of the text most."""
    return 0.3 if name.startswith("g_") else 0.8 if "_" in name else 1.0


@lru_cache(_MOST_TEXTS)
def _sentences(text: str, language: str) -> tuple[_Sentence, ...]:
    """The sentences of a text with what each says."""
    found = []
    pattern = _GERMAN_SENTENCE if language == "de" else _SENTENCE
    for match in pattern.finditer(clean(text)):
        if sentence := match.group().strip():
            found.append(_Sentence(sentence, _spans(sentence, language)))
    return tuple(found)


def _spans(sentence: str, language: str) -> dict[str, tuple[tuple[int, int], ...]]:
    known = glossary()
    spans: dict[str, list[tuple[int, int]]] = {}
    sequence: list[str] = []
    places: list[tuple[int, int]] = []
    for word in words(sentence, language):
        place = (word.start, word.end)
        as_written = sentence[word.start : word.end]
        if is_dull(as_written, word.spelling, language):
            continue
        spans.setdefault(word.stem, []).append(place)
        for name in known.abbreviation(as_written, language):
            spans.setdefault(name, []).append(place)
        pieces = split(word.spelling, known.german_parts) if language == "de" else ()
        for piece in pieces:
            spans.setdefault(piece, []).append(place)
        name = concept_stem(word.spelling, language)
        names = pieces if pieces and not known.is_term(name, language) else (name,)
        sequence.extend(names)
        places.extend([place] * len(names))
    for span in known.find(sequence, language):
        for name in (span.token, *known.wider.get(span.token, ())):
            spans.setdefault(name, []).append((places[span.first][0], places[span.last][1]))
    return {name: tuple(found) for name, found in spans.items()}


def _cut(text: str, spans: list[tuple[int, int]]) -> tuple[Run, ...]:
    """A sentence, or the stretch of it with the most marked words, cut at the borders of words."""
    start, end = 0, len(text)
    if len(text) > LONGEST:
        start = max(
            (max(0, min(first - _LEAD, len(text) - LONGEST)) for first, _ in spans),
            key=lambda at: sum(1 for first, last in spans if first >= at and last <= at + LONGEST),
        )
        end = min(len(text), start + LONGEST)
        if start and (space := text.find(" ", start, start + _LEAD)) >= 0:
            start = space + 1
        if end < len(text) and (space := text.rfind(" ", start + LONGEST // 2, end)) >= 0:
            end = space
    runs: list[Run] = [Run(f"{_DOTS} ")] if start else []
    at = start
    for first, last in spans:
        if first < at or last > end:
            continue
        if first > at:
            runs.append(Run(text[at:first]))
        runs.append(Run(text[first:last], marked=True))
        at = last
    if at < end:
        runs.append(Run(text[at:end]))
    if end < len(text):
        runs.append(Run(f" {_DOTS}"))
    return tuple(runs)


def _beginning(document: Document) -> tuple[Run, ...]:
    text = clean(document.fields.get("summary") or next(iter(document.fields.values()), "")).strip()
    if len(text) <= LONGEST:
        return (Run(text),) if text else ()
    space = text.rfind(" ", LONGEST // 2, LONGEST)
    return (Run(text[: space if space > 0 else LONGEST]), Run(f" {_DOTS}"))


def _labels(tokens: tuple[str, ...], searched: Searched, locale: str) -> tuple[str, ...]:
    """The names of concepts; of general ones only when there are no others."""
    named = [glossary().concepts[name] for name in sorted(tokens) if "_" in name]
    telling = [concept for concept in named if not concept.general] or named
    said = {stem.text for stem in searched.stems}
    return _distinct(concept.label(locale, said) for concept in telling)


def _distinct(labels: Iterable[str]) -> tuple[str, ...]:
    """Each label once: a concept may be called as a theme is, but for the capital letter."""
    found: dict[str, str] = {}
    for label in labels:
        found.setdefault(label.casefold(), label)
    return tuple(found.values())


def _themes(searched: Searched, document: Document, locale: str) -> tuple[str, ...]:
    """The labels of the document's themes that the search was about, the narrower ones if there are any."""
    if _from_country(searched, document):
        return ()
    wanted = searched.tokens | {hint.removeprefix("h_") for hint in searched.hints}
    own = [theme for theme in lineage(document.themes) if token("t", theme) in wanted and theme in themes()]
    narrow = [theme for theme in own if themes().get(theme).parent is not None] or own
    return _distinct(themes().label(theme, locale) for theme in narrow)


def _from_country(searched: Searched, document: Document) -> bool:
    """Whether the search was about the country that a document comes from."""
    country = token("c", document.country)
    return country in searched.tokens or f"h_{country}" in searched.hints
