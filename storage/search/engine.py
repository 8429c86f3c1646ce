"""Finding practices: the index of a transaction's own database, written and read within it."""

from __future__ import annotations

import gc
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Self, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from storage.database import Tx
from storage.search import glossary
from storage.search.analysis import Document, Query, entry, facet_filters, query_words
from storage.search.compounds import Parts
from storage.search.index import MOST_RANKED, Batch, Counts, Index, State
from storage.search.lexicon import Lexicon, german_parts
from storage.search.likeness import likeness
from storage.search.postgresql import PostgresIndex
from storage.search.sqlite import SqliteIndex
from storage.search.understanding import understand
from storage.search.words import Stem, spelling, written

# Changes with the way texts are read; an index built another way is built anew.
_VERSION = "8"
# What a transaction that changed the index notes.
_CHANGED = "search_changed"
_LEXICON = "search_lexicon"
# A lexicon that lacks no more than these changes, or this part of all documents, still splits compounds
# well: reading it for each of a thousand imported practices would take longer than the import.
_MOST_BEHIND = 50
_PART_BEHIND = 0.2
# And one that lacks this part of all documents still repairs typos well: reading it takes a second or more in
# a library of a hundred thousand, where some practice changes all the time.
_PART_UNHEARD = 0.001
_AT_ONCE = 500  # documents
_MANY = 20_000  # documents; for fewer, other processes are not worth their start
_MOST_COUNTED = 400_000  # tokens and spellings whose numbers are kept in memory while the index is built
_ALL = 2**31 - 1
_SQLITE, _POSTGRES = SqliteIndex(), PostgresIndex()
_lexicons: WeakKeyDictionary[Engine, Lexicon] = WeakKeyDictionary()
# By what a process of many splits compounds, for which kind of index it reads, and where all of them meet.
_reading: tuple[Parts, Index] = Parts(), _SQLITE
_together: Barrier


@dataclass(frozen=True)
class Searched:
    """What was looked for in the index: the reason why something is found (see `explain`).

    `tokens` are concepts, `stems` those of words, `compounds` the parts of words that also match where all
    parts of one are.
    """

    tokens: frozenset[str] = frozenset()
    stems: frozenset[Stem] = frozenset()
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
    nothing was found for; `relaxed` that no practice holds all the words. `by_meaning` are
    those that only an embedding model found (see `storage.meaning`).
    """

    hits: list[Hit]
    total: int
    corrections: dict[str, str]
    relaxed: bool
    missing: tuple[str, ...] = ()
    searched: Searched = Searched()
    by_meaning: frozenset[int] = frozenset()


def create(connection: Connection) -> None:
    """Create the tables of the index; for a migration."""
    index = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES
    index.create(connection)
    index.clear(connection, fingerprint())
    index.filled(connection)


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


def rebuild(tx: Tx, documents: Callable[[], Iterable[Document]]) -> None:
    """Build the index anew from all practices, which are gone through twice."""
    _change(tx)
    index = _index(tx)
    index.clear(tx.connection, fingerprint())
    # Compounds are made of words that other practices use by themselves.
    german: set[str] = set()
    counts = Counts()
    with (
        _Readers(index) as readers,
        ThreadPoolExecutor(1, thread_name_prefix="search") as aside,
        _no_collector(),
    ):
        for count, document in enumerate(documents(), 1):
            if document.language == "de":
                german.update(*map(written, (document.title, *document.fields.values())))
            if count == _MANY:
                readers.start()
        parts = german_parts(map(spelling, german))
        # While the database puts one batch where it belongs (which needs no Python), the next is read.
        putting = aside.submit(lambda: None)
        for batch in readers.read(documents(), parts):
            counts.merge(batch.counts)
            full, counts = (counts, Counts()) if len(counts) >= _MOST_COUNTED else (None, counts)
            putting.result()
            putting = aside.submit(_fill, index, tx.connection, batch, full)
        putting.result()
        index.fill_words(tx.connection, counts)
    index.filled(tx.connection)


class _Readers:
    """What reads documents for an index: this process, or once `start` was called, others on all cores."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._cores = os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def start(self) -> None:
        """Have the processes get ready, which takes them a second or two of their own."""
        processes = get_context("spawn")  # not by a fork: this process has threads
        together = processes.Barrier(self._cores)
        self._pool = ProcessPoolExecutor(self._cores, processes, _begin_to_read, (self._index, together))
        for _ in range(self._cores):
            self._pool.submit(os.getpid)  # one starts with each thing that finds none at leisure

    def read(self, documents: Iterable[Document], parts: Parts) -> Iterator[Batch]:
        """Documents ready for the index, some hundred at a time; German compounds are split by `parts`."""
        left = iter(documents)
        batches = iter(lambda: list(itertools.islice(left, _AT_ONCE)), [])
        if self._pool is None:
            yield from (_batch(batch, parts, self._index) for batch in batches)
            return
        for taken in [self._pool.submit(_take_parts, parts) for _ in range(self._cores)]:
            taken.result()
        under_way: deque[Future[Batch]] = deque()
        for batch in batches:
            under_way.append(self._pool.submit(_batch_of_many, batch))
            if len(under_way) > 2 * self._cores:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _batch(documents: list[Document], parts: Parts, index: Index) -> Batch:
    entries = [entry(document, parts) for document in documents]
    words = sum(each.length for each in entries)
    return Batch(len(entries), words, index.rows(entries), Counts(entries))


def _begin_to_read(index: Index, together: Barrier) -> None:
    """Prepare a process that reads documents."""
    global _reading, _together
    _reading, _together = (Parts(), index), together
    gc.disable()
    entry(Document(0, "de", "Stadt"), Parts())  # the first takes a second


def _take_parts(parts: Parts) -> None:
    """Split compounds by these from now on; each process does so once."""
    global _reading
    _reading = parts, _reading[1]
    _together.wait()  # who is done must not take the parts of another


def _batch_of_many(documents: list[Document]) -> Batch:
    return _batch(documents, *_reading)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector from looking for circles in what has none: it took a seventh of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _fill(index: Index, connection: Connection, batch: Batch, counts: Counts | None) -> None:
    index.fill(connection, batch)
    if counts is not None:
        index.fill_words(connection, counts)


def find(
    tx: Tx,
    query: Query,
    *,
    limit: int = 10,
    offset: int = 0,
    prefer_language: str | None = None,
    among: tuple[int, ...] = (),
) -> Found:
    """The practices that a query means, best first; without text the newest with these facets.

    First come those with every word, then those with any of the rarer words, then, while the list is
    short, what is akin to the query's concepts. `prefer_language` lets practices in it come a little sooner.
    Only practices with the numbers `among` are looked at, if there are any.
    """
    index = _index(tx)
    facets = tuple(tuple(names) for names in facet_filters(query))
    typed = query_words(query.text)
    if not typed:
        if query.text.strip():
            return Found([], 0, {}, relaxed=False)
        numbers, total = index.listing(tx.connection, facets, limit, offset, among)
        return Found([Hit(number, 0.0) for number in numbers], total, {}, relaxed=False)
    state = index.state(tx.connection)
    # What this transaction changed may be rolled back: it is understood by a lexicon of its own.
    unheard = 0 if tx.notes.get(_CHANGED) else int(_PART_UNHEARD * state.documents)
    lexicon = _lexicon(tx, state, most_behind=unheard)
    understood = understand(typed, lexicon, state.generation, partial(index.frequencies, tx.connection))
    plan = replace(understood.plan(facets, state, prefer_language), among=among)
    searched = Searched(
        frozenset(name for word in understood.asked for name in (*word.phrases, *word.concepts)),
        frozenset(stem for word in understood.asked for stem in word.stems),
        tuple(word.parts for word in understood.asked if word.parts),
        frozenset(plan.hints),
    )
    corrections, missing = understood.corrections, understood.missing
    if not plan.groups and not plan.hints:
        return Found([], 0, corrections, True, missing, searched)
    rows, total = index.match(tx.connection, plan, limit, offset)
    hits = [Hit(row.number, row.score, bool(row.complete), bool(row.direct)) for row in rows]
    # The complete ones come first, so the first page tells.
    relaxed = not plan.complete or (offset == 0 and not any(hit.complete for hit in hits))
    return Found(hits, total, corrections, relaxed, missing, searched)


def warm(tx: Tx) -> None:
    """Read the words of this library now (a second for a hundred thousand practices) rather than at the first
    search."""
    lexicon = _lexicon(tx, _index(tx).state(tx.connection))
    lexicon.languages("")
    lexicon.german_parts.split("")


def matching(tx: Tx, query: Query, numbers: Sequence[int]) -> frozenset[int]:
    """Which of these practices hold every word of a query (or its concept) and have its facets."""
    matches: set[int] = set()
    # Of more, a search would rank only the best.
    for start in range(0, len(numbers), MOST_RANKED):
        among = tuple(numbers[start : start + MOST_RANKED])
        found = find(tx, query, limit=MOST_RANKED, among=among)
        if not found.missing:
            matches.update(hit.number for hit in found.hits if hit.complete)
    return frozenset(matches)


def fitting(tx: Tx, query: Query) -> list[int] | None:
    """The numbers of all practices with a query's facets; None if it asks for none."""
    facets = tuple(tuple(names) for names in facet_filters(query))
    return _index(tx).listing(tx.connection, facets, _ALL, 0, ())[0] if facets else None


def similar(tx: Tx, document: Document, *, limit: int = 10) -> list[int]:
    """The numbers of the documents most like one, in any language: by its telling words, its concepts and
    its themes; the most similar first, never itself."""
    index = _index(tx)
    state = index.state(tx.connection)
    written = entry(document, _lexicon(tx, state).german_parts)
    plan = likeness(written, document.themes, state, partial(index.frequencies, tx.connection))
    if not plan.groups:
        return []
    rows, _ = index.match(tx.connection, plan, limit + 1, 0)
    return [row.number for row in rows if row.number != document.number][:limit]


def _index(tx: Tx) -> Index:
    return _SQLITE if tx.sqlite else _POSTGRES


def _lexicon(tx: Tx, state: State, *, most_behind: int = 0) -> Lexicon:
    """The lexicon of this database as this transaction sees it; `most_behind` changes may be missing."""
    changed = tx.notes.get(_CHANGED, False)
    kept = tx.notes.get(_LEXICON) if changed else _lexicons.get(tx.connection.engine)
    # After a rollback to a savepoint the same generation may mean other words.
    trusted = not changed or most_behind
    if kept is not None and trusted and state.generation - most_behind <= kept.generation <= state.generation:
        return cast("Lexicon", kept)
    lexicon = Lexicon(state.generation, _index(tx).spellings(tx.connection))
    if changed:
        # What this transaction added may yet be rolled back: others must not see it.
        tx.notes[_LEXICON] = lexicon
    else:
        _lexicons[tx.connection.engine] = lexicon
    return lexicon


def _change(tx: Tx) -> Lexicon:
    """Before a change: keep other transactions from changing the index, and tell what words it knows."""
    index = _index(tx)
    index.lock(tx.connection)
    state = index.state(tx.connection)
    lexicon = _lexicon(tx, state, most_behind=max(_MOST_BEHIND, int(_PART_BEHIND * state.documents)))
    tx.notes.setdefault(_LEXICON, lexicon)
    tx.notes[_CHANGED] = True
    return lexicon
