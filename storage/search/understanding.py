"""What the words of a query mean in one library: repaired, taken apart, and weighed by how rare they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from storage.search.analysis import Asked, hints, is_term, read_query
from storage.search.index import MOST_POSTINGS, Alternative, Group, Plan, State, rarity
from storage.search.lexicon import Lexicon
from storage.search.stopwords import ANY_STOPWORD
from storage.search.words import Stem, folded, spelling

# What is akin matters while there is little else: where fewer documents than this hold the words, all of it
# is looked for, otherwise only what is rare.
_FEW = 100
_MOST_AKIN_POSTINGS = 2_000
# The widest kin says least, and each costs as much as a word.
_MOST_AKIN = 12

_MOST_REMEMBERED = 2_000
_remembered: WeakKeyDictionary[Lexicon, _Memory] = WeakKeyDictionary()

#: Tokens with a language and the number of documents in it that hold each; nothing for what none holds.
Count = Callable[[Iterable[str]], Iterable[tuple[str, str, int]]]


class Frequencies(dict[str, int]):
    """How many documents hold a token, and how many of a language (`within`)."""

    def __init__(self) -> None:
        super().__init__()
        self.within: dict[tuple[str, str], int] = {}

    def learn(self, counted: Iterable[tuple[str, str, int]]) -> None:
        """Take in what was counted."""
        for name, language, count in counted:
            self[name] = self.get(name, 0) + count
            self.within[name, language] = count

    def of(self, stem: Stem) -> int:
        """How many documents hold a stem of their own language."""
        if not stem.languages:
            return self.get(stem.text, 0)
        return sum(self.within.get((stem.text, language), 0) for language in stem.languages)


@dataclass(frozen=True)
class Understood:
    """The words of a query, `frequencies` of what they may be found by, and which were repaired or, as they
    were typed, are nowhere to be found."""

    asked: tuple[Asked, ...]
    hints: tuple[str, ...]
    frequencies: Frequencies
    corrections: dict[str, str]
    missing: tuple[str, ...]

    def plan(self, facets: tuple[tuple[str, ...], ...], state: State, prefer_language: str | None) -> Plan:
        """What to ask the index: the rarest words, as long as few enough documents hold them; always one."""
        count = self.frequencies
        live = [found for word in self.asked if (found := _alternatives(word, count, state))]
        cost = {group: sum(each.documents for each in group) for group in live}
        left = MOST_POSTINGS
        groups: list[Group] = []
        for group in sorted(cost, key=cost.__getitem__):
            if groups and cost[group] > left:
                break
            groups.append(group)
            left -= cost[group]
        if sum(cost[group] for group in groups) >= _FEW:
            left = min(left, _MOST_AKIN_POSTINGS)
        akin: list[str] = []
        for hint in sorted((name for name in self.hints if name in count), key=count.__getitem__)[
            :_MOST_AKIN
        ]:
            left -= count[hint]
            if left < 0:
                break
            akin.append(hint)
        complete = len(live) == len(self.asked)
        return Plan(tuple(groups), complete, tuple(akin), facets, count, state, prefer_language)


class _Memory:
    """What queries were understood as while the index did not change."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.of: dict[tuple[str, ...], Understood] = {}


def understand(typed: tuple[str, ...], lexicon: Lexicon, generation: int, count: Count) -> Understood:
    """Make out what is meant by the words of a query, in the library that the lexicon is of; `generation` is
    that of its index."""
    memory = _remembered.get(lexicon)
    if memory is None or memory.generation != generation or len(memory.of) >= _MOST_REMEMBERED:
        memory = _remembered[lexicon] = _Memory(generation)
    known = memory.of.get(typed)
    if known is None:
        known = memory.of[typed] = _understand(typed, lexicon, count)
    return known


def _understand(typed: tuple[str, ...], lexicon: Lexicon, count: Count) -> Understood:
    frequencies = Frequencies()
    asked = _count(_read(typed, lexicon), lexicon, count, frequencies)
    meant = [() if _known(word, frequencies) else lexicon.repair(word.word) for word in asked]
    corrections: dict[str, str] = {}
    if any(meant):
        typed, meant = _without_function_words(typed, meant)
        words = tuple(found[0] if found else word for found, word in zip(meant, typed, strict=True))
        asked = tuple(
            # The same letters with other accents may have another stem.
            replace(word, stems=_stems((word, *_read(found[1:], lexicon))))
            for word, found in zip(_read(words, lexicon), meant, strict=True)
        )
        asked = _count(asked, lexicon, count, frequencies)
        corrections = {
            original: word.word
            for original, word, found in zip(typed, asked, meant, strict=True)
            if found
            and _plainly(word.word) != _plainly(original)
            # What neither the library nor the glossary makes anything of would be no help.
            and (word.kin or _found(word, frequencies))
        }
    # Only now, as a slip of the pen begins like the word that was meant.
    asked = tuple(replace(word, concepts=word.family) if word.family else word for word in asked)
    missing = tuple(
        original
        for original, word in zip(typed, asked, strict=True)
        if not _found(word, frequencies) and original not in corrections
    )
    return Understood(asked, hints(asked), frequencies, corrections, missing)


def _read(typed: tuple[str, ...], lexicon: Lexicon) -> tuple[Asked, ...]:
    return read_query(typed, tuple(lexicon.languages(spelling(word)) for word in typed))


def _plainly(word: str) -> str:
    """A word as it is spelt across languages: `direkt` is no mistake for `direct`, but another's word."""
    return folded(spelling(word)).replace("k", "c").replace("ph", "f")


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
    asked: tuple[Asked, ...], lexicon: Lexicon, count: Count, frequencies: Frequencies
) -> tuple[Asked, ...]:
    """The words with the parts of compounds; notes how many documents hold what."""
    parts = lexicon.german_parts
    whole = tuple(
        replace(word, parts=found)
        if "de" in (lexicon.languages(word.word) or ("de",)) and (found := parts.split(word.word))
        else word
        for word in asked
    )
    wanted = {name for word in whole for name in word.tokens} | set(hints(whole))
    frequencies.learn(count(sorted(wanted - frequencies.keys())))
    return whole


def _stems(words: Iterable[Asked]) -> tuple[Stem, ...]:
    return tuple(dict.fromkeys(name for word in words for name in word.stems))


def _known(word: Asked, frequencies: Frequencies) -> bool:
    """Whether this is a word, as far as library and glossary tell: then it is no typo."""
    return (
        word.word in ANY_STOPWORD
        or bool(word.parts)
        or bool(word.concepts)
        or bool(word.phrases)
        or any(map(frequencies.of, word.stems))
        or is_term(word)
    )


def _found(word: Asked, frequencies: Frequencies) -> bool:
    """Whether some document answers to a word."""
    return (
        any(map(frequencies.of, word.stems))
        or any(name in frequencies for name in (*word.phrases, *word.concepts))
        or (bool(word.parts) and all(part in frequencies for part in word.parts))
    )


def _alternatives(word: Asked, frequencies: Frequencies, state: State) -> Group:
    """The ways to find a word that some document answers to.

    All count as much as the commonest of them, be it the word or what it means: in a library with few French
    texts `ville` is a rare word, but no rare meaning. A phrase counts by itself: it means something narrower.
    """
    held: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    for stem in word.stems:
        if documents := frequencies.of(stem):
            # Where no other language has the stem, there is nothing to keep apart.
            shared = documents < frequencies[stem.text]
            held[(stem.text,), stem.languages if shared else ()] = documents
    for name in word.concepts:
        if name in frequencies:
            held[(name,), ()] = frequencies[name]
    if word.parts and all(part in frequencies for part in word.parts):
        held[word.parts, ()] = min(frequencies[part] for part in word.parts)
    weight = rarity(max(held.values(), default=0), state)
    return (
        *(Alternative(run, languages, documents, weight) for (run, languages), documents in held.items()),
        *(
            Alternative((name,), (), frequencies[name], rarity(frequencies[name], state))
            for name in word.phrases
            if name in frequencies
        ),
    )
