"""The words that practices and the glossary use: what a typo is repaired by and compounds are split by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from storage.search.glossary import glossary
from storage.search.stopwords import STOPWORDS
from storage.search.words import folded, stem

_SHORTEST_REPAIRED = 4
_SHORT = 5
_GERMAN_FUNCTION_WORDS = frozenset(stem(word, "de") for word in STOPWORDS["de"])


def most_slips(length: int) -> int:
    """How many letters of a word of this length may be wrong."""
    if length < _SHORTEST_REPAIRED:
        return 0
    return 1 if length <= _SHORT else 2 if length <= 10 else 3


class Lexicon:
    """The spellings of a library and the number of documents that use each, with the glossary's."""

    def __init__(self, generation: int, spellings: Iterable[tuple[str, str, int]]) -> None:
        self.generation = generation
        self.counts: dict[str, int] = {}
        self._german: set[str] = set()
        for word, language, count in spellings:
            self.counts[word] = self.counts.get(word, 0) + count
            if language == "de":
                self._german.add(word)
        self._repaired: dict[str, tuple[str, ...]] = {}

    @cached_property
    def _by_length(self) -> dict[int, dict[str, list[str]]]:
        """Folded words with their spellings, by length."""
        found: defaultdict[int, dict[str, list[str]]] = defaultdict(dict)
        for word in {*self.counts, *glossary().spellings}:
            plain = folded(word)
            found[len(plain)].setdefault(plain, []).append(word)
        return dict(found)

    @cached_property
    def german_parts(self) -> frozenset[str]:
        """The stems that German compounds are split by: the library's own and the glossary's."""
        learned = {
            stem(word, "de")
            for word in self._german
            if len(word) >= 3 and word.isalpha() and word not in STOPWORDS["de"]
        }
        return frozenset(learned - _GERMAN_FUNCTION_WORDS) | glossary().german_parts

    def repair(self, word: str) -> tuple[str, ...]:
        """The spellings that a word which is not known most likely meant; () when none is near.

        They differ in accents alone. The nearest wins, then the same first letter, then the one that more
        documents use.
        """
        known = self._repaired.get(word)
        if known is None:
            if len(self._repaired) > 10_000:
                self._repaired.clear()
            known = self._repaired[word] = self._nearest(word)
        return known

    def _nearest(self, word: str) -> tuple[str, ...]:
        plain = folded(word)
        if same := self._by_length.get(len(plain), {}).get(plain):
            return tuple(sorted(same))
        slips = most_slips(len(plain))
        if not slips or any(letter.isdigit() for letter in plain):
            return ()
        # In a short word a slip is easily another word; hardly anyone mistypes the first letter.
        short = len(plain) <= _SHORT
        best: tuple[tuple[int, bool, int, str], list[str]] | None = None
        for length in range(len(plain) - slips, len(plain) + slips + 1):
            candidates = self._by_length.get(length)
            if not candidates:
                continue
            for candidate, distance, _ in process.extract(
                plain, candidates.keys(), scorer=OSA.distance, score_cutoff=slips, limit=None
            ):
                if short and candidate[0] != plain[0]:
                    continue
                spelled = candidates[candidate]
                used = sum(self.counts.get(each, 0) for each in spelled)
                rank = (int(distance), candidate[0] != plain[0], -used, candidate)
                if best is None or rank < best[0]:
                    best = (rank, spelled)
        return tuple(sorted(best[1])) if best else ()
