"""What of a practice goes into the index, and what a query asks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from config.languages import CONTENT_LANGUAGES
from config.themes import themes
from storage.search.compounds import split
from storage.search.glossary import concept_stem, glossary, token
from storage.search.languages import detect_language
from storage.search.stopwords import ANY_STOPWORD, ASKING, STOPWORDS, UNMISTAKABLE, is_dull
from storage.search.words import (
    LATIN_LANGUAGES,
    Stem,
    clean,
    folded,
    possible_languages,
    possible_stems,
    spelling,
    stem,
    written,
)

#: More words than a question has; what follows in a pasted page no longer matters.
MOST_QUERY_WORDS = 24
#: The columns of the index, in the order of their tables.
COLUMNS = ("title", "summary", "body", "place", "concepts", "topics", "themes", "hints", "facets")
#: The facet that every document has. No word holds an underscore, every other token does.
EVERY = "_every"
# How often a concept counts by where it is named; beyond, one more mention says little.
_CONCEPT_REPEATS = {"title": 3, "summary": 2, "body": 1}
_MOST_MENTIONS = 3
_MOST_FACET_WORDS = 8

FacetValue = str | int | bool


@dataclass(frozen=True)
class Document:
    """A practice as the search sees it.

    `fields` are its texts by name (`summary`, `challenge`, …), all in `language`; `facets` are further
    properties to filter by, such as `{"year": (2017,), "sdg": (7, 11), "curated": (True,)}`. Theme, country,
    city and language are facets of themselves.
    """

    number: int
    language: str
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)
    city: str = ""
    country: str = ""
    themes: tuple[str, ...] = ()
    facets: Mapping[str, Iterable[FacetValue]] = field(default_factory=dict)


@dataclass(frozen=True)
class Query:
    """What someone looks for: text in any language, and facets.

    Any of the values of one facet will do, and all facets together are asked for. A theme finds its
    children; a city is found by the start of its name.
    """

    text: str = ""
    themes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    facets: Mapping[str, Iterable[FacetValue]] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A document as it stands in the index: the tokens of each column, and the vocabulary it uses as
    token, spelling and language; each token is there once without a spelling, to count documents by."""

    number: int
    language: str
    columns: dict[str, list[str]]
    vocabulary: list[tuple[str, str, str]]

    @property
    def length(self) -> int:
        """The number of words."""
        return sum(len(self.columns[name]) for name in ("title", "summary", "body"))


def entry(document: Document, parts: Container[str]) -> Entry:
    """What goes into the index for a document; `parts` are the German stems that compounds are split by."""
    language = document.language
    body = " \n ".join(text for name, text in document.fields.items() if name != "summary")
    texts = {"title": document.title, "summary": document.fields.get("summary", ""), "body": body}
    columns: dict[str, list[str]] = {name: [] for name in COLUMNS}
    vocabulary: set[tuple[str, str, str]] = set()
    kin: dict[str, None] = {}
    mentions: dict[str, int] = {}
    for name, text in texts.items():
        tokens, named = _read(
            text,
            language,
            parts,
            vocabulary,
            {} if name == "body" else kin,  # a word in passing of a long text hints at nothing
            whole=name == "title",  # a title may consist of function words, and must be found by them
        )
        columns[name] = tokens
        for concept in named:
            mentions[concept] = min(_MOST_MENTIONS, mentions.get(concept, 0) + _CONCEPT_REPEATS[name])
    city = written(clean(document.city))
    for word in map(spelling, city):
        for city_stem, _ in possible_stems(word):
            columns["place"].append(city_stem)
            vocabulary.add((city_stem, word, ""))
    if document.country:
        columns["place"].append(token("c", document.country))
    all_themes = lineage(document.themes)
    columns["themes"] = [token("t", theme) for theme in all_themes]
    kin.update((f"h_{name}", None) for name in columns["themes"])
    of_concept = glossary().hints
    for concept, count in mentions.items():
        kind = {"k": "concepts", "g": "topics", "t": "themes", "c": "topics"}[concept[0]]
        columns[kind].extend([concept] * count)
        # What a practice's themes are, its author said.
        kin.update((hint, None) for hint in of_concept[concept] if not hint.startswith("h_t_"))
    columns["hints"] = [hint for hint in kin if _fits(hint, document)]
    columns["facets"] = _facet_tokens(document, all_themes)
    for column in COLUMNS:
        if column != "facets":
            vocabulary.update((name, "", language) for name in columns[column])
    return Entry(document.number, language, columns, sorted(vocabulary))


def _fits(hint: str, document: Document) -> bool:
    """Whether a hint at a concept is about a theme of the document: words have many senses."""
    concept = glossary().concepts[hint.removeprefix("h_")]
    return not hint.startswith("h_k_") or not set(concept.themes).isdisjoint(document.themes)


class _Word(NamedTuple):
    """What is known of a word as written, whatever the text."""

    spelling: str
    stem: str
    concept_stem: str
    dull: bool
    is_term: bool
    abbreviates: tuple[str, ...]


@lru_cache(50_000)
def _look_up(word: str, language: str) -> _Word:
    spelled = spelling(word)
    name = concept_stem(spelled, language)
    return _Word(
        spelled,
        stem(spelled, language),
        name,
        is_dull(word, spelled, language),
        glossary().is_term(name, language),
        tuple(glossary().abbreviation(word, language)),
    )


def _read(
    text: str,
    language: str,
    parts: Container[str],
    vocabulary: set[tuple[str, str, str]],
    kin: dict[str, None],
    *,
    whole: bool,
) -> tuple[list[str], list[str]]:
    """The stems of a text, with those of the parts of compounds behind them, and the concepts it names.

    Adds what it comes by to `vocabulary` and to `kin`, the hints at further concepts. Function words are
    kept when the `whole` text matters.
    """
    known = glossary()
    tokens: list[str] = []
    sequence: list[str] = []  # what the glossary is asked: no function words, compounds taken apart
    concepts: list[str] = []
    for as_written in written(clean(text)):
        word = _look_up(as_written, language)
        if word.dull and not whole:
            continue
        tokens.append(word.stem)
        vocabulary.add((word.stem, word.spelling, language))
        if word.dull:
            continue
        concepts.extend(word.abbreviates)
        pieces = split(word.spelling, parts) if language == "de" else ()
        if pieces:
            tokens.extend(pieces)
        sequence.extend(pieces if pieces and not word.is_term else (word.concept_stem,))
    for span in known.find(sequence, language):
        concepts.extend((span.token, *known.wider.get(span.token, ())))
    for name in set(sequence):
        kin.update((hint, None) for hint in known.akin(name, language) if not hint.startswith("h_t_"))
    return tokens, concepts


def lineage(theme_ids: Iterable[str]) -> list[str]:
    """The themes with their parents."""
    found: dict[str, None] = {}
    for theme in theme_ids:
        found[theme] = None
        if theme in themes() and (parent := themes().get(theme).parent):
            found[parent] = None
    return list(found)


def _facet(name: str, value: FacetValue) -> str:
    words = written(clean(str(value)))[:_MOST_FACET_WORDS]
    return f"{name}_" + "_".join(folded(spelling(word)) for word in words)


def _city_words(city: str) -> list[str]:
    """The words of a city's name in one spelling: Köln is Koeln."""
    found = []
    for word in written(clean(city))[:_MOST_FACET_WORDS]:
        plain = folded(spelling(word))
        for double, single in (("ae", "a"), ("oe", "o"), ("ue", "u")):
            plain = plain.replace(double, single)
        found.append(plain)
    return found


def _facet_tokens(document: Document, all_themes: Sequence[str]) -> list[str]:
    city = _city_words(document.city)
    return [
        EVERY,
        language_facet(document.language),
        *([_facet("country", document.country)] if document.country else []),
        *("_".join(["city", *city[:count]]) for count in range(1, len(city) + 1)),
        *(_facet("theme", theme) for theme in all_themes),
        *(_facet(name, value) for name, values in document.facets.items() for value in values),
    ]


def language_facet(language: str) -> str:
    """The token that the documents in a language have."""
    return _facet("language", language)


def facet_filters(query: Query) -> list[list[str]]:
    """The tokens that a query's facets ask for: one of each list."""
    filters = [
        [_facet("theme", value) for value in query.themes],
        [_facet("country", value) for value in query.countries],
        [_facet("language", value) for value in query.languages],
        ["_".join(["city", *_city_words(value)]) for value in query.cities],
        *([_facet(name, value) for value in values] for name, values in query.facets.items()),
    ]
    return [names for names in filters if names]


@dataclass(frozen=True)
class Asked:
    """A word of a query and what it may be found by: its stems, the concepts it names (`phrases` are those
    that it names together with its neighbours), the parts that it is made of (all of them needed), and the
    hints at what is akin to it."""

    word: str
    stems: tuple[Stem, ...]
    concepts: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()

    @property
    def tokens(self) -> tuple[str, ...]:
        """Everything of it that could stand in the index."""
        return (*(stem.text for stem in self.stems), *self.phrases, *self.concepts, *self.parts)


@lru_cache(4096)
def query_words(text: str) -> tuple[str, ...]:
    """The words of a query as typed, each once; without function words if there are others."""
    typed = list(dict.fromkeys(written(clean(text[:20_000]))))
    spelled = list(map(spelling, typed))
    dull = set(ANY_STOPWORD)
    shouted = all(word.isupper() for word in typed)
    for words in STOPWORDS.values():
        # Whoever says `wie` and `das` says `mit` in German, too.
        if not words.isdisjoint(UNMISTAKABLE.intersection(spelled)):
            dull |= words
    telling = [
        word
        for word, plain in zip(typed, spelled, strict=True)
        # EU is no French participle.
        if plain not in dull or (word.isupper() and len(word) > 1 and (not shouted or _abbreviates(word)))
    ]
    telling = [word for word in telling if spelling(word) not in ASKING] or telling
    return tuple((telling or typed)[:MOST_QUERY_WORDS])


def _abbreviates(word: str) -> bool:
    return spelling(word) in glossary().typed_abbreviations


@lru_cache(4096)
def read_query(typed: tuple[str, ...], known_in: tuple[tuple[str, ...], ...]) -> tuple[Asked, ...]:
    """What each word of a query may be found by, without the parts of compounds.

    `known_in` tells the languages that have each word; a word that none has may be of any that it looks like.
    """
    known = glossary()
    spelled = [spelling(word) for word in typed]
    concepts: list[dict[str, None]] = [
        dict.fromkeys(known.typed_abbreviations.get(word, ())) for word in spelled
    ]
    phrases: list[dict[str, None]] = [{} for _ in spelled]
    languages = [has or _guessed_languages(word) for word, has in zip(spelled, known_in, strict=True)]
    for language in CONTENT_LANGUAGES:
        sequence = [
            concept_stem(word, language) if language in has else ""
            for word, has in zip(spelled, languages, strict=True)
        ]
        for span in known.find(sequence, language):
            if span.first == span.last:
                concepts[span.first][span.token] = None
                continue
            for place in range(span.first, span.last + 1):
                phrases[place][span.token] = None
                concepts[place].update(dict.fromkeys(known.within(span, sequence[place], language)))
    return tuple(
        Asked(
            word, possible_stems(word, has), tuple(named), tuple(said), kin=_kin(word, has, (*said, *named))
        )
        for word, has, named, said in zip(spelled, languages, concepts, phrases, strict=True)
    )


@lru_cache(4096)
def themes_named(text: str) -> tuple[str, ...]:
    """The themes of the concepts that a text as a whole names, likeliest first; () when it names none.

    A concept of several themes below one counts as that one: cycle paths are mobility.
    """
    typed = query_words(text)
    known = glossary()
    asked = read_query(typed, tuple(tuple(known.languages.get(folded(spelling(word)), ())) for word in typed))
    if not asked:
        return ()
    named = set.intersection(*({*(word.phrases or word.concepts)} for word in asked))
    found = Counter(_widest(known.concepts[name].themes) for name in sorted(named) if name.startswith("k_"))
    return tuple(theme for theme, _ in found.most_common())


@lru_cache(4096)
def themes_touched(text: str) -> tuple[str, ...]:
    """The themes of the concepts that some words of a text name, likeliest first."""
    known = glossary()
    found: Counter[str] = Counter()
    for name in dict.fromkeys(name for word in _asked(text) for name in word.phrases or word.concepts):
        for place, theme in enumerate(known.concepts[name].themes if name[0] in "kt" else ()):
            found[theme] += 1 if place else 2  # the first says most
    return tuple(theme for theme, _ in found.most_common())


@lru_cache(4096)
def meaning(text: str) -> tuple[str, ...]:
    """The tokens of what a short text means, each once: its concepts, which are the same in all our
    languages, and the stems of the words that name none."""
    tokens: dict[str, None] = {}
    for word in _asked(text):
        tokens.update(dict.fromkeys(word.phrases or word.concepts or [each.text for each in word.stems[:1]]))
    return tuple(tokens)


def _asked(text: str) -> tuple[Asked, ...]:
    """The words of a text, read in its language, or in those that the glossary knows each word in."""
    typed = query_words(text)
    language = detect_language(text, CONTENT_LANGUAGES)
    known = glossary().languages
    return read_query(
        typed,
        tuple((language,) if language else tuple(known.get(folded(spelling(word)), ())) for word in typed),
    )


def _widest(of_concept: tuple[str, ...]) -> str:
    parents = [themes().get(theme).parent for theme in of_concept[:2]]
    shared = parents[0] if len(parents) == 2 and parents[0] == parents[1] else None
    return shared or of_concept[0]


def _guessed_languages(word: str) -> tuple[str, ...]:
    """The languages that an unknown word looks like, or has a stem of the glossary in: `bonos` is one of
    `bono`."""
    stems = glossary().stems
    inflected = (language for language in LATIN_LANGUAGES if stem(word, language) in stems[language])
    return tuple(dict.fromkeys((*possible_languages(word), *inflected)))


def _kin(word: str, languages: Iterable[str], concepts: Iterable[str]) -> tuple[str, ...]:
    """The hints of a word: those of its concepts, or else of the concepts whose terms it is part of."""
    known = glossary()
    found = dict.fromkeys(hint for name in concepts for hint in known.hints[name])
    if not found:
        for language in languages:
            found.update(dict.fromkeys(known.akin(concept_stem(word, language), language)))
    return tuple(found)


def hints(asked: Iterable[Asked]) -> tuple[str, ...]:
    """The tokens of what is akin to the concepts of a query."""
    return tuple(dict.fromkeys(hint for word in asked for hint in word.kin))


def is_term(word: Asked) -> bool:
    """Whether the glossary has this spelling, or one with a stem of it."""
    names = glossary()
    return (
        word.word in names.spellings
        or word.word in names.typed_abbreviations
        or any(
            stem.text in names.stems[language]
            for stem in word.stems
            for language in stem.languages or CONTENT_LANGUAGES
        )
    )
