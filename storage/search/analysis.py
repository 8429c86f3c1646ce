"""What of a practice goes into the index, and what a query asks of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple
from weakref import WeakKeyDictionary

from config.languages import CONTENT_LANGUAGES
from config.themes import themes
from storage.search.compounds import Parts
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
from storage.translations import Short

#: More words than a question has; what follows in a pasted page no longer matters.
MOST_QUERY_WORDS = 24
#: The columns of the index, in the order of their tables.
COLUMNS = ("title", "summary", "body", "place", "concepts", "topics", "themes", "hints", "facets")
#: The facet that every document has. No word holds an underscore, every other token does.
EVERY = "_every"
_AND = re.compile(r"\s*(?:&|,|\band\b)\s*")  # between the parts of a theme's label
# How often a concept counts by where it is named; beyond, one more mention says little.
_CONCEPT_REPEATS = {"title": 3, "summary": 2, "body": 1}
_MOST_MENTIONS = 3
_KINDS = {"k": "concepts", "g": "topics", "t": "themes", "c": "topics"}
_MOST_FACET_WORDS = 8
_CACHED = 50_000

FacetValue = str | int | bool


@dataclass(frozen=True)
class Document:
    """A practice as the search sees it.

    `fields` are its texts by name (`summary`, `challenge`, …), all in `language`; `short` are versions of
    title and summary in others. `facets` are further properties to filter by, such as `{"year": (2017,),
    "sdg": (7, 11), "curated": (True,)}`. Theme, country, city and language are facets of themselves.
    """

    number: int
    language: str
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)
    city: str = ""
    country: str = ""
    themes: tuple[str, ...] = ()
    facets: Mapping[str, Iterable[FacetValue]] = field(default_factory=dict)
    short: tuple[Short, ...] = ()


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
    """A document as it stands in the index: the tokens of each column, the spellings of its words by
    language (its own first, then those of its short versions), and those of its city's name."""

    number: int
    columns: dict[str, list[str]]
    words: dict[str, set[str]]
    city: set[str]

    @property
    def language(self) -> str:
        """The language of the document itself."""
        return next(iter(self.words))

    @property
    def further(self) -> tuple[str, ...]:
        """The languages of its short versions."""
        return tuple(self.words)[1:]

    @property
    def length(self) -> int:
        """The number of words."""
        return sum(len(self.columns[name]) for name in ("title", "summary", "body"))

    @property
    def tokens(self) -> set[str]:
        """The tokens that documents are counted by: all but those of the facets."""
        return set().union(*(held for name, held in self.columns.items() if name != "facets"))


def entry(document: Document, parts: Parts) -> Entry:
    """What goes into the index for a document; German compounds are split by `parts`."""
    body = " \n ".join(text for name, text in document.fields.items() if name != "summary")
    texts = [
        ("title", document.language, document.title),
        ("summary", document.language, document.fields.get("summary", "")),
        ("body", document.language, body),
    ]
    for short in document.short:
        texts += [("title", short.language, short.title), ("summary", short.language, short.summary)]
    columns: dict[str, list[str]] = {name: [] for name in COLUMNS}
    spelled: dict[str, set[str]] = {document.language: set()}
    kin: set[str] = set()
    mentions: dict[str, int] = {}
    for name, language, text in texts:
        # A title may consist of function words, and must be found by them.
        read = _read(text, _vocabulary(language, parts), whole=name == "title")
        columns[name] += read.tokens
        spelled.setdefault(language, set()).update(read.spellings)
        if name != "body":  # a word in passing of a long text hints at nothing
            kin.update(read.hints)
        repeats = _CONCEPT_REPEATS[name]
        for concept in read.concepts:
            mentions[concept] = mentions.get(concept, 0) + repeats
    city = [spelling(word) for word in written(document.city)]
    columns["place"] = [name for word in city for name, _ in possible_stems(word)]
    if document.country:
        columns["place"].append(token("c", document.country))
    all_themes = lineage(document.themes)
    columns["themes"] = [token("t", theme) for theme in all_themes]
    kin.update(f"h_{name}" for name in columns["themes"])
    for concept, count in mentions.items():
        columns[_KINDS[concept[0]]] += [concept] * min(_MOST_MENTIONS, count)
        kin.update(_kin_of_concept(concept))
    # Words have many senses: a hint at a concept has to be about a theme of the document.
    about = glossary().themes_of_hint
    columns["hints"] = sorted(
        hint for hint in kin if hint not in about or not about[hint].isdisjoint(document.themes)
    )
    columns["facets"] = _facet_tokens(document, all_themes)
    return Entry(document.number, columns, spelled, set(city))


def fits(concept: str, theme_ids: Iterable[str]) -> bool:
    """Whether a concept belongs to the branch of one of these themes; a general one belongs to all."""
    branches = {theme.split(".")[0] for theme in glossary().concepts[concept].themes}
    return not branches or not branches.isdisjoint(theme.split(".")[0] for theme in theme_ids)


# What a word as written says, whatever the text: its stem with those of the parts of a compound behind it,
# its spelling, what the glossary is asked (a compound taken apart), what it abbreviates, and hints at what it
# is part of. A plain tuple, as there are many: the garbage collector passes over those.
_Word = tuple[tuple[str, ...], str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]


class _Vocabulary(dict[str, _Word | None]):
    """The words of a language as written; None for a function word.

    What was not met for long is forgotten.
    """

    def __init__(self, language: str, parts: Parts) -> None:
        super().__init__()
        self.language = language
        self._split = parts.split if language == "de" else None
        self._older: dict[str, _Word | None] = {}

    def __missing__(self, word: str) -> _Word | None:
        found = self._older[word] if word in self._older else self._look_up(word)
        if len(self) >= _CACHED:
            self._older = dict(self)
            self.clear()
        self[word] = found
        return found

    def _look_up(self, word: str) -> _Word | None:
        language = self.language
        spelled = spelling(word)
        if is_dull(word, spelled, language):
            return None
        known = glossary()
        name = concept_stem(spelled, language)
        pieces = self._split(spelled) if self._split else ()
        names = pieces if pieces and not known.is_term(name, language) else (name,)
        kin = (hint for each in names for hint in known.akin(each, language))
        return (
            (stem(spelled, language), *pieces),
            spelled,
            names,
            tuple(known.abbreviation(word, language)),
            # What a practice's themes are, its author said: nothing in the text hints at them.
            tuple(hint for hint in kin if not hint.startswith("h_t_")),
        )


_vocabularies: WeakKeyDictionary[Parts, dict[str, _Vocabulary]] = WeakKeyDictionary()


def _vocabulary(language: str, parts: Parts) -> _Vocabulary:
    """The words of a language, with German compounds split by `parts`."""
    of = _vocabularies.setdefault(parts, {})
    return of.get(language) or of.setdefault(language, _Vocabulary(language, parts))


@lru_cache(_CACHED)
def _kin_of_concept(concept: str) -> tuple[str, ...]:
    return tuple(hint for hint in glossary().hints[concept] if not hint.startswith("h_t_"))


class _Read(NamedTuple):
    """What a text says: the stems of its words with those of the parts of compounds behind them, the
    spellings, the concepts that it named, and hints at what its words are part of."""

    tokens: list[str]
    spellings: list[str]
    concepts: list[str]
    hints: list[str]


def _read(text: str, vocabulary: _Vocabulary, *, whole: bool) -> _Read:
    """Read a text; function words are kept when the `whole` of it matters."""
    as_written = written(text)
    words = list(map(vocabulary.__getitem__, as_written))
    read = _Read([], [], [], [])
    telling = [word for word in words if word is not None]
    if telling:
        stems, spelled, names, abbreviated, hints = zip(*telling, strict=True)
        sequence = list(chain.from_iterable(names))
        read = _Read(
            list(chain.from_iterable(stems)),
            list(spelled),
            [*chain.from_iterable(abbreviated), *glossary().named(sequence, vocabulary.language)],
            list(chain.from_iterable(hints)),
        )
    if whole and len(telling) < len(words):
        dull = [spelling(each) for each, word in zip(as_written, words, strict=True) if word is None]
        read.tokens.extend(stem(word, vocabulary.language) for word in dull)
        read.spellings.extend(dull)
    return read


def lineage(theme_ids: Iterable[str]) -> list[str]:
    """The themes with their parents."""
    found: dict[str, None] = {}
    for theme in theme_ids:
        found[theme] = None
        if theme in themes() and (parent := themes().get(theme).parent):
            found[parent] = None
    return list(found)


@lru_cache(_CACHED)
def _facet(name: str, value: FacetValue) -> str:
    words = written(clean(str(value)))[:_MOST_FACET_WORDS]
    return f"{name}_" + "_".join(folded(spelling(word)) for word in words)


@lru_cache(_CACHED)
def _city_words(city: str) -> tuple[str, ...]:
    """The words of a city's name in one spelling: Köln is Koeln."""
    found = []
    for word in written(clean(city))[:_MOST_FACET_WORDS]:
        plain = folded(spelling(word))
        for double, single in (("ae", "a"), ("oe", "o"), ("ue", "u")):
            plain = plain.replace(double, single)
        found.append(plain)
    return tuple(found)


def _facet_tokens(document: Document, all_themes: Sequence[str]) -> list[str]:
    city = _city_words(document.city)
    return [
        EVERY,
        _facet("language", document.language),
        *(
            text_in(language)
            for language in (document.language, *(short.language for short in document.short))
        ),
        *([_facet("country", document.country)] if document.country else []),
        *("_".join(["city", *city[:count]]) for count in range(1, len(city) + 1)),
        *(_facet("theme", theme) for theme in all_themes),
        *(_facet(name, value) for name, values in document.facets.items() for value in values),
    ]


def text_in(language: str) -> str:
    """The token that the documents have that say something in a language, be it only in short."""
    return _facet("text", language)


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
    hints at what is akin to it. `family`: the concepts of words of the same family, where it names none."""

    word: str
    stems: tuple[Stem, ...]
    concepts: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    family: tuple[str, ...] = ()

    @property
    def tokens(self) -> tuple[str, ...]:
        """Everything of it that could stand in the index."""
        return (*(stem.text for stem in self.stems), *self.phrases, *self.concepts, *self.family, *self.parts)


@lru_cache(4096)
def query_words(text: str) -> tuple[str, ...]:
    """The words of a query as typed, each once; without function words if there are others."""
    typed = list(dict.fromkeys(written(clean(text[:20_000]))))
    spelled = list(map(spelling, typed))
    shouted = all(word.isupper() for word in typed)
    unmistakable = UNMISTAKABLE.intersection(spelled)
    # Whoever says `wie` and `das` says `mit` in German, too.
    spoken = [words for words in STOPWORDS.values() if not words.isdisjoint(unmistakable)]
    dull = ANY_STOPWORD.union(*spoken) if spoken else ANY_STOPWORD
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
    found = []
    for word, has, named, said in zip(spelled, languages, concepts, phrases, strict=True):
        family: tuple[str, ...] = ()
        if not named and not said:
            family = tuple(
                dict.fromkeys(
                    name for language in has for name in known.family(concept_stem(word, language), language)
                )
            )
        kin = _kin(word, has, (*said, *named, *family))
        found.append(
            Asked(word, possible_stems(word, has), tuple(named), tuple(said), kin=kin, family=family)
        )
    return tuple(found)


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
    return tuple(_said(_asked(text)))


@lru_cache(4096)
def senses(text: str) -> tuple[str, ...]:
    """The same with hints (`h_`) at the concepts and themes that its words and concepts are akin to; what
    names a theme says no more than that."""
    asked = tuple(_theme_alone(word) for word in _asked(text))
    kin = (hint for word in asked for hint in word.kin if hint.startswith(("h_k_", "h_t_", "h_c_")))
    return tuple(dict.fromkeys((*_said(asked), *kin)))


@cache
def label_concepts(theme: str) -> frozenset[str]:
    """The concepts that the label of a theme names or hints at as a whole or in its parts: whoever speaks of
    them says little more than the theme."""
    if theme not in themes():
        return frozenset()
    label = themes().get(theme).labels["en"]
    asked = (word for part in (label, *_AND.split(label)) for word in _asked(part))
    found = (name.removeprefix("h_") for word in asked for name in (*word.phrases, *word.concepts, *word.kin))
    return frozenset(name for name in found if name.startswith("k_"))


def _theme_alone(word: Asked) -> Asked:
    """A word that belongs to the label of a theme, without the concepts of the same name."""
    of_theme = tuple(name for name in word.phrases or word.concepts if name.startswith("t_"))
    kin = tuple(hint for hint in word.kin if hint.startswith("h_t_"))
    return replace(word, phrases=of_theme, concepts=(), kin=kin) if of_theme else word


def _said(asked: Iterable[Asked]) -> dict[str, None]:
    tokens: dict[str, None] = {}
    for word in asked:
        # The first of the stems is the spelling itself.
        stem = word.stems[1:2] or word.stems[:1]
        tokens.update(dict.fromkeys(word.phrases or word.concepts or [each.text for each in stem]))
    return tokens


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
            name = concept_stem(word, language)
            found.update(dict.fromkeys(known.akin(name, language)))
            for concept in known.modifier(name, language):
                found.update(dict.fromkeys(known.hints[concept]))
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
