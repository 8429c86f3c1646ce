"""Finding practices: the index of a transaction's own database, written and read within it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from storage.database import Tx
from storage.search import glossary
from storage.search.analysis import (
    Asked,
    Document,
    Query,
    entry,
    facet_filters,
    hints,
    is_term,
    query_words,
    read_query,
)
from storage.search.compounds import split
from storage.search.index import MOST_POSTINGS, Group, Index, Plan, State
from storage.search.lexicon import Lexicon
from storage.search.postgresql import PostgresIndex
from storage.search.sqlite import SqliteIndex
from storage.search.words import folded

# Changes with the way texts are read; an index built another way is built anew.
_VERSION = "1"
# What a transaction that changed the index notes in its session.
_CHANGED = "search_changed"
_LEXICON = "search_lexicon"
# A lexicon this far behind still splits compounds well: reading it for each of a thousand imported
# practices would take longer than the import.
_MOST_BEHIND = 50

# A word in more than this part of the documents is not looked for on its own.
_COMMON = 0.3

_SQLITE, _POSTGRES = SqliteIndex(), PostgresIndex()
_lexicons: WeakKeyDictionary[Engine, Lexicon] = WeakKeyDictionary()


@dataclass(frozen=True)
class Searched:
    """What was looked for in the index: the reason why something is found (see `explain`).

    `compounds` are the parts of words that also match where all parts of one are.
    """

    tokens: frozenset[str] = frozenset()
    compounds: tuple[tuple[str, ...], ...] = ()
    hints: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hit:
    """A practice that was found.

    `complete`: it holds every word (or the concept it stands for). `direct`: it holds at least one of them,
    rather than something akin. Scores compare within one search only.
    """

    number: int
    score: float
    complete: bool = True
    direct: bool = True


@dataclass(frozen=True)
class Found:
    """The answer to a query: one page of hits of `total`.

    `corrections` tells the words that were searched for in place of typed ones; `missing` the words that
    nothing was found for; `relaxed` that no practice holds all the words.
    """

    hits: list[Hit]
    total: int
    corrections: dict[str, str]
    relaxed: bool
    missing: tuple[str, ...] = ()
    searched: Searched = Searched()


def create(connection: Connection) -> None:
    """Create the tables of the index; for a migration."""
    index = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    index.create(connection)
    index.clear(connection, fingerprint())


def fingerprint() -> str:
    """What the index is built with: it changes with the glossary and with this package."""
    return f"{_VERSION}-{glossary.fingerprint()}"


def outdated(tx: Tx) -> bool:
    """Whether the index was built by another version or with another glossary, and must be built anew."""
    return _index(tx).state(tx.connection).fingerprint != fingerprint()


def put(tx: Tx, document: Document) -> None:
    """Add a practice to the index, or replace what it says there."""
    index = _index(tx)
    parts = _change(tx).german_parts
    index.remove(tx.connection, document.number)
    index.put(tx.connection, entry(document, parts))


def remove(tx: Tx, number: int) -> None:
    """Take a practice out of the index, with every word that was only in it; nothing if it isn't there."""
    _change(tx)
    index = _index(tx)
    if index.remove(tx.connection, number):
        index.forget(tx.connection)


def rebuild(tx: Tx, documents: Iterable[Document]) -> None:
    """Build the index anew from all practices."""
    _change(tx)
    index = _index(tx)
    known = list(documents)
    index.clear(tx.connection, fingerprint())
    for document in known:
        index.put(tx.connection, entry(document, glossary.glossary().german_parts))
    # Only now the words are known that compounds are made of.
    learned = _lexicon(tx, index.state(tx.connection)).german_parts
    index.clear(tx.connection, fingerprint())
    for document in known:
        index.put(tx.connection, entry(document, learned))


def find(
    tx: Tx, query: Query, *, limit: int = 10, offset: int = 0, prefer_language: str | None = None
) -> Found:
    """The practices that a query means, best first; without text the newest with these facets.

    First come those with every word, then those with any of the rarer words, then, while the list is
    short, what is akin to the query's concepts. `prefer_language` lets practices in it come a little sooner.
    """
    index = _index(tx)
    facets = tuple(tuple(names) for names in facet_filters(query))
    typed = query_words(query.text)
    if not typed:
        if query.text.strip():
            return Found([], 0, {}, relaxed=False)
        numbers, total = index.listing(tx.connection, facets, limit, offset)
        return Found([Hit(number, 0.0) for number in numbers], total, {}, relaxed=False)
    state = index.state(tx.connection)
    search = _Search(tx, index, _lexicon(tx, state))
    asked = search.understand(typed)
    plan = _plan(asked, search.frequencies, facets, state, prefer_language)
    missing = tuple(search.typed_as(word) for word in asked if not _alternatives(word, search.frequencies))
    searched = Searched(
        frozenset(name for word in asked for name in (*word.stems, *word.concepts)),
        tuple(word.parts for word in asked if word.parts),
        frozenset(plan.hints),
    )
    if not plan.groups and not plan.hints:
        return Found([], 0, search.corrections, True, missing, searched)
    rows, total = index.match(tx.connection, plan, limit, offset)
    hits = [Hit(row.number, row.score, bool(row.complete), bool(row.direct)) for row in rows]
    # The complete ones come first, so the first page tells.
    relaxed = not plan.every or (offset == 0 and not any(hit.complete for hit in hits))
    return Found(hits, total, search.corrections, relaxed, missing, searched)


class _Search:
    """Makes out what the words of one query mean in one library."""

    def __init__(self, tx: Tx, index: Index, lexicon: Lexicon) -> None:
        self._connection = tx.connection
        self._index = index
        self._lexicon = lexicon
        self._originals: dict[str, str] = {}
        self.frequencies: dict[str, int] = {}
        self.corrections: dict[str, str] = {}

    def understand(self, typed: tuple[str, ...]) -> tuple[Asked, ...]:
        """The words with everything they may be found by, misspelt ones repaired."""
        asked = self._look_up(typed)
        repaired: list[str] = []
        for word, original in zip(asked, typed, strict=True):
            meant = () if self._known(word) else self._lexicon.repair(word.word)
            repaired.extend(meant[:3] or [original])
            if meant:
                self._originals[meant[0]] = original
                if folded(meant[0]) != folded(word.word):
                    self.corrections[original] = meant[0]
        if tuple(repaired) != typed:
            asked = self._look_up(tuple(repaired))
        return asked

    def typed_as(self, word: Asked) -> str:
        """The word of the query that became this one."""
        return self._originals.get(word.word, word.word)

    def _look_up(self, typed: tuple[str, ...]) -> tuple[Asked, ...]:
        known_parts = self._lexicon.german_parts
        asked = tuple(
            replace(word, parts=parts) if (parts := split(word.word, known_parts)) else word
            for word in read_query(typed)
        )
        wanted = {name for word in asked for name in word.tokens} | set(hints(asked))
        self.frequencies.update(
            self._index.frequencies(self._connection, sorted(wanted - self.frequencies.keys()))
        )
        return asked

    def _known(self, word: Asked) -> bool:
        """Whether this is a word, as far as library and glossary tell: then it is no typo."""
        return (
            bool(word.parts)
            or any(name in self.frequencies for name in word.stems)
            or bool(word.concepts)
            or is_term(word.word)
        )


def _alternatives(word: Asked, frequencies: dict[str, int]) -> Group:
    """The ways to find a word that some document answers to."""
    found: list[tuple[str, ...]] = [(name,) for name in (*word.stems, *word.concepts) if name in frequencies]
    if word.parts and all(part in frequencies for part in word.parts):
        found.append(word.parts)
    return tuple(found)


def _plan(
    asked: tuple[Asked, ...],
    frequencies: dict[str, int],
    facets: tuple[tuple[str, ...], ...],
    state: State,
    prefer_language: str | None,
) -> Plan:
    """What to ask the index: the rarest words, as long as few enough documents hold them; always one."""
    live = [found for word in asked if (found := _alternatives(word, frequencies))]
    cost = {group: sum(min(frequencies[name] for name in run) for run in group) for group in live}
    left = MOST_POSTINGS
    every: list[Group] = []
    for group in sorted(cost, key=cost.__getitem__):
        if every and cost[group] > left:
            break
        every.append(group)
        left -= cost[group]
    telling = [group for group in every if cost[group] <= _COMMON * state.documents] or every[:1]
    akin = []
    for hint in sorted((name for name in hints(asked) if name in frequencies), key=frequencies.__getitem__):
        left -= frequencies[hint]
        if left < 0:
            break
        akin.append(hint)
    complete = every if len(live) == len(asked) else []
    return Plan(tuple(complete), tuple(telling), tuple(akin), facets, frequencies, state, prefer_language)


def _index(tx: Tx) -> Index:
    return _SQLITE if tx.sqlite else _POSTGRES


def _lexicon(tx: Tx, state: State, *, most_behind: int = 0) -> Lexicon:
    """The lexicon of this database as this transaction sees it; `most_behind` changes may be missing."""
    index, connection = _index(tx), tx.connection
    if tx.session.info.get(_CHANGED, False):
        # What this transaction added may yet be rolled back: others must not see it.
        kept = tx.session.info.get(_LEXICON)
    else:
        kept = _lexicons.get(connection.engine)
    if kept is not None and state.generation - most_behind <= kept.generation <= state.generation:
        return cast("Lexicon", kept)
    lexicon = Lexicon(state.generation, index.spellings(connection))
    if tx.session.info.get(_CHANGED, False):
        tx.session.info[_LEXICON] = lexicon
    else:
        _lexicons[connection.engine] = lexicon
    return lexicon


def _change(tx: Tx) -> Lexicon:
    """Before a change: keep other transactions from changing the index, and tell what words it knows."""
    index = _index(tx)
    index.lock(tx.connection)
    lexicon = _lexicon(tx, index.state(tx.connection), most_behind=_MOST_BEHIND)
    tx.session.info.setdefault(_LEXICON, lexicon)
    tx.session.info[_CHANGED] = True
    return lexicon
