"""What the words of a query mean in one library: repaired, taken apart, and weighed by how rare they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from storage.search.analysis import Asked, hints, is_term, read_query
from storage.search.compounds import split
from storage.search.index import MOST_POSTINGS, Group, Plan, State
from storage.search.lexicon import Lexicon
from storage.search.stopwords import ANY_STOPWORD
from storage.search.words import folded

# A word in more than this part of the documents is not looked for on its own.
_COMMON = 0.3
# What is akin matters while there is little else: where fewer documents than this hold the words, all of it
# is looked for, otherwise only what is rare.
_FEW = 100
_MOST_AKIN_POSTINGS = 2_000

_MOST_REMEMBERED = 2_000
_remembered: WeakKeyDictionary[Lexicon, dict[tuple[str, ...], Understood]] = WeakKeyDictionary()

#: How many documents hold each of some tokens; those that none holds are left out.
Count = Callable[[Iterable[str]], dict[str, int]]


@dataclass(frozen=True)
class Understood:
    """The words of a query, `frequencies` of what they may be found by, and which were repaired or are
    nowhere to be found."""

    asked: tuple[Asked, ...]
    hints: tuple[str, ...]
    frequencies: dict[str, int]
    corrections: dict[str, str]
    missing: tuple[str, ...]

    def plan(self, facets: tuple[tuple[str, ...], ...], state: State, prefer_language: str | None) -> Plan:
        """What to ask the index: the rarest words, as long as few enough documents hold them; always one."""
        count = self.frequencies
        live = [found for word in self.asked if (found := _alternatives(word, count))]
        cost = {group: sum(min(count[name] for name in run) for run in group) for group in live}
        left = MOST_POSTINGS
        every: list[Group] = []
        for group in sorted(cost, key=cost.__getitem__):
            if every and cost[group] > left:
                break
            every.append(group)
            left -= cost[group]
        telling = [group for group in every if cost[group] <= _COMMON * state.documents] or every[:1]
        if sum(cost[group] for group in telling) >= _FEW:
            left = min(left, _MOST_AKIN_POSTINGS)
        akin: list[str] = []
        for hint in sorted((name for name in self.hints if name in count), key=count.__getitem__):
            left -= count[hint]
            if left < 0:
                break
            akin.append(hint)
        complete = () if self.missing else tuple(every)
        return Plan(complete, tuple(telling), tuple(akin), facets, count, state, prefer_language)


def understand(typed: tuple[str, ...], lexicon: Lexicon, count: Count) -> Understood:
    """Make out what is meant by the words of a query, in the library that the lexicon is of.

    The answer is remembered as long as the lexicon lives, which is until the library changes.
    """
    remembered = _remembered.setdefault(lexicon, {})
    known = remembered.get(typed)
    if known is None:
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        known = remembered[typed] = _understand(typed, lexicon, count)
    return known


def _understand(typed: tuple[str, ...], lexicon: Lexicon, count: Count) -> Understood:
    frequencies: dict[str, int] = {}
    asked = _count(read_query(typed), lexicon, count, frequencies)
    meant = [() if _known(word, frequencies) else lexicon.repair(word.word) for word in asked]
    corrections: dict[str, str] = {}
    if any(meant):
        typed, meant = _without_function_words(typed, meant)
        words = tuple(found[0] if found else word for found, word in zip(meant, typed, strict=True))
        asked = tuple(
            # The same letters with other accents may have another stem.
            replace(word, stems=_stems((word, *read_query(found[1:]))))
            for word, found in zip(read_query(words), meant, strict=True)
        )
        asked = _count(asked, lexicon, count, frequencies)
        corrections = {
            original: word.word
            for original, word, found in zip(typed, asked, meant, strict=True)
            if found
            and folded(word.word) != folded(original)
            # What neither the library nor the glossary makes anything of would be no help.
            and (word.kin or _alternatives(word, frequencies))
        }
    missing = tuple(
        original for original, word in zip(typed, asked, strict=True) if not _alternatives(word, frequencies)
    )
    return Understood(asked, hints(asked), frequencies, corrections, missing)


def _without_function_words(
    typed: tuple[str, ...], meant: list[tuple[str, ...]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Leave out what turned out to be a misspelt function word, if there are other words."""
    kept = [
        (word, found)
        for word, found in zip(typed, meant, strict=True)
        if not found or found[0] not in ANY_STOPWORD
    ]
    return (tuple(word for word, _ in kept), [found for _, found in kept]) if kept else (typed, meant)


def _count(
    asked: tuple[Asked, ...], lexicon: Lexicon, count: Count, frequencies: dict[str, int]
) -> tuple[Asked, ...]:
    """The words with the parts of compounds; notes how many documents hold what."""
    parts = lexicon.german_parts
    whole = tuple(
        replace(word, parts=found) if (found := split(word.word, parts)) else word for word in asked
    )
    wanted = {name for word in whole for name in word.tokens} | set(hints(whole))
    frequencies.update(count(sorted(wanted - frequencies.keys())))
    return whole


def _stems(words: Iterable[Asked]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for word in words for name in word.stems))


def _known(word: Asked, frequencies: dict[str, int]) -> bool:
    """Whether this is a word, as far as library and glossary tell: then it is no typo."""
    return (
        word.word in ANY_STOPWORD
        or bool(word.parts)
        or bool(word.concepts)
        or any(name in frequencies for name in word.stems)
        or is_term(word.word)
    )


def _alternatives(word: Asked, frequencies: dict[str, int]) -> Group:
    """The ways to find a word that some document answers to."""
    found: list[tuple[str, ...]] = [(name,) for name in (*word.stems, *word.concepts) if name in frequencies]
    if word.parts and all(part in frequencies for part in word.parts):
        found.append(word.parts)
    return tuple(found)
