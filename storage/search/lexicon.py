"""The words that practices and the glossary use: what a typo is repaired by and compounds are split by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache, cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from storage.search.glossary import Glossary, forget_words, glossary
from storage.search.stopwords import ANY_STOPWORD, STOPWORDS
from storage.search.words import folded, stem

_SHORTEST_REPAIRED = 4
_SHORT = 5
_LONG = 10
_GERMAN_FUNCTION_STEMS = frozenset(stem(word, "de") for word in STOPWORDS["de"])


def most_slips(length: int) -> int:
    """How many letters of a word of this length may be wrong."""
    if length < _SHORTEST_REPAIRED:
        return 0
    return 1 if length < _LONG else 2


class _Spellings:
    """Spellings by their folded form, and those by length, as a typo needs them."""

    def __init__(self, spellings: Iterable[str]) -> None:
        self.of: dict[str, tuple[str, ...]] = {}
        for word in spellings:
            plain = folded(word)
            self.of[plain] = (*self.of.get(plain, ()), word)
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for plain in self.of:
            self._by_length[len(plain)].append(plain)

    def near(self, plain: str, slips: int) -> list[tuple[str, int]]:
        """The folded forms that differ in no more slips than this, with how many."""
        return [
            (found, int(distance))
            for length in range(len(plain) - slips, len(plain) + slips + 1)
            for found, distance, _ in process.extract(
                plain, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=slips, limit=None
            )
        ]


@cache
def _glossary_spellings() -> _Spellings:
    return _Spellings(glossary().spellings | ANY_STOPWORD)


def prepare() -> None:
    """Read the glossary now (half a second) rather than at the first search."""
    steps: tuple[Callable[[Glossary], object], ...] = (
        # Each is worked out when it is first asked for.
        lambda names: names.typed_abbreviations,
        lambda names: names.languages,
        lambda names: names.stems,
        lambda names: names.german_parts,
        lambda names: names.hints,
        lambda names: names.wider,
        lambda names: names.akin("", "en"),
        lambda _: _glossary_spellings(),
    )
    for step in steps:
        step(glossary())
        forget_words()


class Parts:
    """The stems that German compounds are split by: a library's own and the glossary's."""

    def __init__(self, learned: frozenset[str]) -> None:
        self._learned = learned
        self._known = glossary().german_parts

    def __contains__(self, part: object) -> bool:
        return part in self._known or part in self._learned


class Lexicon:
    """The spellings of a library and the number of documents that use each, with the glossary's."""

    def __init__(self, generation: int, spellings: Iterable[tuple[str, str, int]]) -> None:
        self.generation = generation
        self.counts: dict[str, int] = {}
        self._languages: dict[str, tuple[str, ...]] = {}
        for word, language, count in spellings:
            self.counts[word] = self.counts.get(word, 0) + count
            if language:
                self._languages[word] = (*self._languages.get(word, ()), language)

    @cached_property
    def _spellings(self) -> _Spellings:
        return _Spellings(self.counts)

    @cached_property
    def german_parts(self) -> Parts:
        """What German compounds are split by."""
        dull = STOPWORDS["de"]
        words = (
            word
            for word, languages in self._languages.items()
            if "de" in languages and len(word) >= 3 and word.isalpha() and word not in dull
        )
        return Parts(frozenset(stem(word, "de") for word in words) - _GERMAN_FUNCTION_STEMS)

    def languages(self, word: str) -> tuple[str, ...]:
        """The languages that are known to have a spelling, whatever its accents; () for an unknown word."""
        plain = folded(word)
        used = {
            language
            for found in self._spellings.of.get(plain, ())
            for language in self._languages.get(found, ())
        }
        return tuple(sorted(used | glossary().languages.get(plain, frozenset())))

    def repair(self, word: str) -> tuple[str, ...]:
        """The spellings that a word which is not known most likely meant; () when none is near.

        They differ in accents alone. The nearest wins, then the same first letter, then the one that more
        documents use.
        """
        plain = folded(word)
        sources = (self._spellings, _glossary_spellings())
        if any(plain in source.of for source in sources):
            return self._spelled(plain)
        slips = most_slips(len(plain))
        if not slips or any(letter.isdigit() for letter in plain):
            return ()
        near = {found: distance for source in sources for found, distance in source.near(plain, slips)}
        if len(plain) <= _SHORT:
            # In a short word a slip is easily another word; hardly anyone mistypes the first letter.
            near = {found: distance for found, distance in near.items() if found[0] == plain[0]}
        if len(plain) == _SHORTEST_REPAIRED:
            # And with one letter changed or left out it nearly always is another word.
            near = {found: distance for found, distance in near.items() if set(found) >= set(plain)}
        if not near:
            return ()

        def rank(found: str) -> tuple[int, bool, int, str]:
            used = sum(self.counts.get(word, 0) for word in self._spelled(found))
            return near[found], found[0] != plain[0], -used, found

        return self._spelled(min(near, key=rank))

    def _spelled(self, plain: str) -> tuple[str, ...]:
        """The spellings with this folded form."""
        sources = (self._spellings, _glossary_spellings())
        return tuple(sorted({word for source in sources for word in source.of.get(plain, ())}))
