"""What words stand for beyond their letters: concepts, themes and countries, in six languages.

A token of the index names each: `k_` a concept, `g_` a general one (of no theme), `t_` a theme, `c_` a
country. `h_` (hint) is a weaker kin of a concept or theme: what it is part of.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

from babel import Locale

from config.data import read_json
from config.languages import CONTENT_LANGUAGES, primary_subtag
from config.themes import themes
from storage.search.compounds import halves
from storage.search.stopwords import STOPWORDS, is_dull
from storage.search.words import clean, folded, singular, spelling, stem, written

_LONGEST_ABBREVIATION = 6
# A word in the terms of more concepts than this says little about each; a word means a theme when so much
# of the concepts whose terms hold it are of that theme.
_MOST_AKIN = 8
_SHARE_OF_THEME = 0.6
# A concept is one of a wider one when so much of its terms say so.
_SHARE_OF_TERMS = 0.3

# Words are of one family when they begin alike for so many letters, and for this part of the longer one.
_SHORTEST_SHARED = 5
_SHARED = 0.7
_FAMILY_NEAR = 3  # neighbours in the alphabet that are looked at
_SHORTEST_TAIL = 3

_Term = tuple[tuple[str, ...], str]  # stems, token
_Said = tuple[tuple[str, ...], tuple[str, ...]]  # stems, token with those of the wider concepts


@dataclass(frozen=True)
class Concept:
    """A meaning with its names: `token` in the index, `hints` the tokens of its weaker kin."""

    token: str
    terms: dict[str, tuple[str, ...]]
    themes: tuple[str, ...] = ()

    @property
    def general(self) -> bool:
        """Whether this concept says little about what a practice is about."""
        return self.token.startswith("g_")

    def label(self, locale: str, said: Container[str] = ()) -> str:
        """Its name in a language, in English where it has none: the one with a word whose stem was `said`,
        or else the commonest."""
        language = primary_subtag(locale) if primary_subtag(locale) in self.terms else "en"
        names = self.terms.get(language, ("",))
        return next(
            (
                name
                for name in names
                if any(stem(spelling(word), language) in said for word in written(clean(name)))
            ),
            names[0],
        )


class Span(NamedTuple):
    """A run of words (their places in the sequence) that names a concept."""

    first: int
    last: int
    token: str


def token(kind: str, name: str) -> str:
    """The token of the index for a concept, theme or country."""
    return f"{kind}_" + name.lower().replace("-", "_").replace(".", "_")


def _is_abbreviation(term: str) -> bool:
    return " " not in term and len(term) <= _LONGEST_ABBREVIATION and sum(map(str.isupper, term)) >= 2


class Glossary:
    """The concepts, found by the stems of their terms."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts = {concept.token: concept for concept in concepts}
        # language -> stem -> tokens
        self._single: dict[str, dict[str, list[str]]] = {}
        # language -> first two stems -> (all stems, token), longest first
        self._longer: dict[str, dict[str, dict[str, list[_Term]]]] = {}
        # language -> spelling of an abbreviation -> tokens
        self._abbreviations: dict[str, dict[str, list[str]]] = {}
        # language -> stem that terms begin with -> tokens of those that end with it, all others
        self._beginnings: dict[str, dict[str, tuple[list[str], dict[str, list[_Term]]]]] = {}
        for language in CONTENT_LANGUAGES:
            self._index(language)
            forget_words()

    def _index(self, language: str) -> None:
        single: defaultdict[str, dict[str, None]] = defaultdict(dict)
        longer: dict[str, dict[str, list[_Term]]] = {}
        abbreviations: defaultdict[str, list[str]] = defaultdict(list)
        for name, concept in self.concepts.items():
            for term in concept.terms.get(language, ()):
                if _is_abbreviation(term):
                    abbreviations[term].append(name)
                    continue
                for stems in self._ways(term, language):
                    if len(stems) == 1:
                        single[stems[0]][name] = None
                    else:
                        longer.setdefault(stems[0], {}).setdefault(stems[1], []).append((stems, name))
        for by_second in longer.values():
            for terms in by_second.values():
                terms[:] = sorted(set(terms), key=lambda term: (-len(term[0]), term))
        self._single[language] = {first: list(names) for first, names in single.items()}
        self._longer[language] = longer
        self._beginnings[language] = {
            first: (self._single[language].get(first, []), longer.get(first, {}))
            for first in (*single, *longer)
        }
        self._abbreviations[language] = dict(abbreviations)

    def _ways(self, term: str, language: str) -> list[tuple[str, ...]]:
        """The runs of stems that say a term: German compounds are also said in two words, either way
        round (Wassersparen, Wasser sparen; Radverkehrsförderung, Förderung des Radverkehrs)."""
        as_written = written(clean(term))
        spelled = [spelling(word) for word in as_written]
        telling = [
            plain
            for word, plain in zip(as_written, spelled, strict=True)
            if not is_dull(word, plain, language)
        ] or spelled
        ways = [tuple(concept_stem(word, language) for word in telling)]
        if language == "de" and len(telling) == 1:
            for head, tail in halves(telling[0], self._german_words):
                ways += [(head, tail), (tail, head)]
        return ways if telling else []

    def find(self, stems: Sequence[str], language: str) -> list[Span]:
        """The concepts that a run of words, given by `concept_stem`, names: the longest at each place."""
        found: list[Span] = []
        free, end = 0, len(stems)
        for place, beginning in enumerate(map(self._beginnings.get(language, {}).get, stems)):
            if beginning is None or place < free:
                continue
            alone, by_second = beginning
            longest = 0
            if by_second and place + 1 < end:
                for names, name in by_second.get(stems[place + 1], ()):
                    if len(names) < longest:
                        break
                    if len(names) == 2 or tuple(stems[place : place + len(names)]) == names:
                        longest = len(names)
                        found.append(Span(place, place + longest - 1, name))
            if not longest:
                found += [Span(place, place, name) for name in alone]
            free = place + (longest or 1)
        return found

    def named(self, stems: Sequence[str], language: str) -> list[str]:
        """The same as tokens, each with the wider concepts that it is one of."""
        found: list[str] = []
        free = 0
        for place, beginning in enumerate(map(self._naming.get(language, {}).get, stems)):
            if beginning is None or place < free:
                continue
            alone, by_second = beginning
            longest = 1
            if by_second:
                for names, said in by_second.get(stems[place + 1] if place + 1 < len(stems) else "", ()):
                    if len(names) < longest:
                        break
                    if len(names) == 2 or tuple(stems[place : place + len(names)]) == names:
                        longest = len(names)
                        found += said
            if longest == 1:
                found += alone
            free = place + longest
        return found

    @cached_property
    def _naming(self) -> dict[str, dict[str, tuple[tuple[str, ...], dict[str, list[_Said]]]]]:
        """By language and stem that terms begin with: what it names alone, and what those terms name."""

        def said(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(each for name in names for each in (name, *self.wider.get(name, ())))

        return {
            language: {
                first: (
                    said(alone),
                    {
                        second: [(stems, said([name])) for stems, name in terms]
                        for second, terms in by_second.items()
                    },
                )
                for first, (alone, by_second) in beginnings.items()
            }
            for language, beginnings in self._beginnings.items()
        }

    def within(self, span: Span, word: str, language: str) -> Iterator[str]:
        """The wider concepts that a word (given by `concept_stem`) of a longer term names by itself."""
        if span.first < span.last:
            wider = self.wider.get(span.token, ())
            yield from (name for name in self._single[language].get(word, ()) if name in wider)

    def is_term(self, word: str, language: str) -> bool:
        """Whether a word (given by `concept_stem`) is a term."""
        return word in self._single.get(language, {})

    def family(self, word: str, language: str) -> tuple[str, ...]:
        """The concepts named by a word of the same family as one (given by `concept_stem`) that names none:
        whoever finances is after finance, what is Ukrainian is of the Ukraine."""
        terms = self._terms.get(language, [])
        at = bisect(terms, word)
        shared = {term: _shared(term, word) for term in terms[max(0, at - _FAMILY_NEAR) : at + _FAMILY_NEAR]}
        best = max(shared.values(), default=0)
        return tuple(
            dict.fromkeys(
                name
                for term, length in shared.items()
                if length == best >= max(_SHORTEST_SHARED, _SHARED * max(len(term), len(word)))
                for name in self._single[language][term]
            )
        )

    def modifier(self, word: str, language: str) -> tuple[str, ...]:
        """The concepts named by the longest term that a German word (given by `concept_stem`), which names
        none itself, begins with: a Jugendbande is one of youth."""
        if language != "de":
            return ()
        single = self._single["de"]
        for length in range(len(word) - _SHORTEST_TAIL, _SHORTEST_SHARED - 1, -1):
            if found := single.get(stem(word[:length], "de")):
                return tuple(found)
        return ()

    @cached_property
    def _terms(self) -> dict[str, list[str]]:
        """By language: the terms of one word, in order."""
        return {language: sorted(single) for language, single in self._single.items()}

    def _all_longer(self, language: str) -> Iterator[_Term]:
        """Every term of several words."""
        for by_second in self._longer[language].values():
            for terms in by_second.values():
                yield from terms

    def abbreviation(self, word: str, language: str) -> list[str]:
        """The tokens of the concepts that an abbreviation, as written, stands for."""
        return self._abbreviations.get(language, {}).get(word, [])

    @cached_property
    def typed_abbreviations(self) -> dict[str, list[str]]:
        """The tokens of abbreviations by their spelling in lower case, as people type them."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for language in CONTENT_LANGUAGES:
            for word, tokens in self._abbreviations[language].items():
                found[spelling(word)].extend(tokens)
        return {word: list(dict.fromkeys(tokens)) for word, tokens in found.items()}

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every single word of every term."""
        return frozenset(
            spelling(word)
            for concept in self.concepts.values()
            for names in concept.terms.values()
            for name in names
            for word in written(name)
        )

    @cached_property
    def languages(self) -> dict[str, frozenset[str]]:
        """The languages that have a spelling (without accents) in their terms."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for concept in self.concepts.values():
            for language, names in concept.terms.items():
                for name in names:
                    for word in written(name):
                        found[folded(spelling(word))].add(language)
        # Few combinations of languages, thousands of words.
        shared: dict[frozenset[str], frozenset[str]] = {}
        return {
            word: shared.setdefault(each, each)
            for word, each in ((word, frozenset(languages)) for word, languages in found.items())
        }

    @cached_property
    def stems(self) -> dict[str, frozenset[str]]:
        """By language: the stems of every single word of every term."""
        return {
            language: frozenset(
                stem(spelling(word), language)
                for concept in self.concepts.values()
                for name in concept.terms.get(language, ())
                for word in written(name)
            )
            for language in CONTENT_LANGUAGES
        }

    @cached_property
    def german_parts(self) -> frozenset[str]:
        """German stems that compounds may be made of."""
        return frozenset(stem(word, "de") for word in self._german_words)

    @cached_property
    def _german_words(self) -> frozenset[str]:
        return frozenset(
            spelling(word)
            for concept in self.concepts.values()
            for name in concept.terms.get("de", ())
            for word in written(name)
            if len(word) >= 3 and not _is_abbreviation(word) and spelling(word) not in STOPWORDS["de"]
        )

    @cached_property
    def _contained(self) -> dict[str, Counter[str]]:
        """The concepts whose one-word terms are part of the terms of a concept, with how many of its terms
        have such a part."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for language, single in self._single.items():
            for stems, name in self._all_longer(language):
                if name[0] in "kg":
                    found[name].update({each for part in stems for each in single.get(part, ())} - {name})
        return dict(found)

    @cached_property
    def wider(self) -> dict[str, tuple[str, ...]]:
        """The wider concepts that a concept is one of: drinking water is water."""
        return {
            name: tuple(
                each
                for each, terms in contained.items()
                if terms >= _SHARE_OF_TERMS * sum(map(len, self.concepts[name].terms.values()))
                and (each[0] == "g" or (each[0] == "k" and self._share_theme(name, each)))
            )
            for name, contained in self._contained.items()
        }

    @cached_property
    def hints(self) -> dict[str, tuple[str, ...]]:
        """The weaker kin of each concept: itself, the concepts that its terms contain, and its themes
        with the parent of the first."""
        kin: dict[str, dict[str, None]] = {name: {_hint(name): None} for name in self.concepts}
        for name, contained in self._contained.items():
            for each in contained:
                # Words have many senses: trading emissions is no retail trade.
                if name[0] == each[0] == "k" and self._share_theme(name, each):
                    kin[name][_hint(each)] = None
        for name, concept in self.concepts.items():
            for theme in concept.themes:
                kin[name][_hint(token("t", theme))] = None
            if concept.themes and (parent := themes().get(concept.themes[0]).parent):
                kin[name][_hint(token("t", parent))] = None
        return {name: tuple(found) for name, found in kin.items()}

    @cached_property
    def themes_of_hint(self) -> dict[str, frozenset[str]]:
        """The themes of each concept (those of no theme left out) by the hint at it."""
        return {
            _hint(name): frozenset(concept.themes)
            for name, concept in self.concepts.items()
            if name.startswith("k_")
        }

    @cached_property
    def _partial(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """By language and stem: the hints of the concepts that have this word in their terms."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for language in self._longer:
            holding: defaultdict[str, dict[str, None]] = defaultdict(dict)
            for stems, name in self._all_longer(language):
                if name[0] in "kt":
                    for part in stems:
                        holding[part][name] = None
            found[language] = {part: self._kin_of_all(list(names)) for part, names in holding.items()}
        return found

    def _share_theme(self, one: str, other: str) -> bool:
        return not set(self.concepts[one].themes).isdisjoint(self.concepts[other].themes)

    def _kin_of_all(self, names: list[str]) -> tuple[str, ...]:
        """What several concepts hint at together."""
        first = [self.concepts[name].themes[0] for name in names]
        common = max(first, key=first.count)
        kin = [_hint(name) for name in names] if len(names) <= _MOST_AKIN else []
        if first.count(common) >= _SHARE_OF_THEME * len(first):
            kin.append(_hint(token("t", common)))
        return tuple(kin)

    def akin(self, part: str, language: str) -> tuple[str, ...]:
        """The hints of a word (given by `concept_stem`) that is part of the terms of few concepts, or of
        many of one theme."""
        return self._partial.get(language, {}).get(part, ())


@cache
def _shared(one: str, other: str) -> int:
    """With how many letters both begin."""
    shared = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        shared += 1
    return shared


def _hint(name: str) -> str:
    return "h_" + name


@lru_cache(50_000)
def concept_stem(word: str, language: str) -> str:
    """The stem by which a spelling is compared with the glossary.

    Its terms are nouns, so in English only the plural is folded: housing is no house, training no train,
    and what is renewed is not renewable.
    """
    return singular(word) if language == "en" else stem(word, language)


def forget_words() -> None:
    """Empty the caches of words: those of the glossary pass through once, those of people come again."""
    for cached in (spelling, stem, folded, singular, concept_stem):
        cached.cache_clear()


@cache
def glossary() -> Glossary:
    """The glossary, the themes and the countries of `config/data`; read once."""
    return Glossary([*_concepts(), *_themes(), *_countries()])


@cache
def fingerprint() -> str:
    """Changes when the data does that the index was built with."""
    data = json.dumps([read_json("glossary.json")["concepts"], read_json("taxonomy.json")], sort_keys=True)
    return hashlib.sha256(data.encode()).hexdigest()[:16]


def _concepts() -> list[Concept]:
    entries: list[dict[str, Any]] = read_json("glossary.json")["concepts"]
    return [
        Concept(
            token("k" if entry["themes"] else "g", entry["id"]),
            {language: tuple(names) for language, names in entry["terms"].items()},
            tuple(entry["themes"]),
        )
        for entry in entries
    ]


def _themes() -> list[Concept]:
    return [
        Concept(
            token("t", theme.id),
            {language: (label,) for language, label in theme.labels.items()},
            (theme.id,) if theme.parent is None else (theme.id, theme.parent),
        )
        for theme in themes()
    ]


def _countries() -> list[Concept]:
    names = {language: Locale(language).territories for language in CONTENT_LANGUAGES}
    return [
        Concept(
            token("c", code),
            {language: (str(of[code]),) for language, of in names.items() if code in of},
        )
        for code in map(str, names["en"])
        if len(code) == 2 and code.isalpha() and code not in ("EU", "UN", "EZ", "ZZ", "XA", "XB")
    ]
