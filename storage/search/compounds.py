"""German compounds: `Radverkehrsförderung` is `Förderung des Radverkehrs`."""

from __future__ import annotations

from collections.abc import Container

from storage.search.stopwords import STOPWORDS
from storage.search.words import stem

_MOST_REMEMBERED = 50_000
_SHORTEST_COMPOUND = 7
_SHORTEST_PART = 3
_LINKS = ("", "s", "n", "en", "es", "er", "e")
_FUNCTION_WORDS = STOPWORDS["de"]
# Endings that look like words of their own.
_NO_TAILS = frozenset({"ung", "heit", "keit", "lich", "isch", "ische", "tum", "nis", "sam", "bar", "los"})


class Parts:
    """The stems that German compounds are split by; remembers how it split them."""

    def __init__(self, *stems: frozenset[str]) -> None:
        self._stems = stems
        self._remembered: dict[str, tuple[str, ...]] = {}

    def __contains__(self, part: object) -> bool:
        return any(part in stems for stems in self._stems)

    def split(self, word: str) -> tuple[str, ...]:
        """See `split`."""
        found = self._remembered.get(word)
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[word] = split(word, self)
        return found


def split(word: str, known: Container[str], *, deep: bool = True) -> tuple[str, ...]:
    """The stems of the two (or more) known words that a German spelling is made of; () when it is none.

    `known` holds stems. The longest parts win: `Stadtteil|zentrum` before `Stadt|teilzentrum`.
    """
    if len(word) < _SHORTEST_COMPOUND or not word.isalpha():
        return ()
    best: tuple[int, tuple[str, ...]] = (0, ())
    for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        tail = word[place:]
        tail_stem = stem(tail, "de")
        if tail_stem not in known or tail in _FUNCTION_WORDS or tail in _NO_TAILS:
            continue
        for parts in _heads(word[:place], known, deep):
            value = sum(len(part) ** 2 for part in parts) + len(tail_stem) ** 2
            if value > best[0]:
                best = (value, (*parts, tail_stem))
    return best[1]


def _heads(head: str, known: Container[str], deep: bool) -> list[tuple[str, ...]]:
    """The ways to read what stands before the last part."""
    found: list[tuple[str, ...]] = []
    for link in _LINKS:
        if not head.endswith(link) or len(head) - len(link) < _SHORTEST_PART:
            continue
        bare = head[: len(head) - len(link)]
        if bare in _FUNCTION_WORDS or len(bare) < _SHORTEST_PART:
            continue
        head_stem = stem(bare, "de")
        if head_stem in known and len(head_stem) >= _SHORTEST_PART:
            found.append((head_stem,))
        elif deep and (parts := split(bare, known, deep=False)):
            found.append(parts)
    return found


def halves(word: str, words: Container[str]) -> list[tuple[str, str]]:
    """The stems of the two halves of a German term whose first or last half is one of these words."""
    found = []
    for place in range(4, len(word) - 3):
        head, tail = word[:place], word[place:]
        if head in words or tail in words or head.removesuffix("s") in words:
            found.append((stem(head.removesuffix("s"), "de"), stem(tail, "de")))
    return found
