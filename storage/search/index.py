"""What the two databases have in common: what a search asks of an index, and what it tells."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy.engine import Connection

from storage.search.analysis import Entry, text_in
from storage.search.words import possible_stems, stem

#: Terms that more documents than this hold are left out when rarer ones are there, and no more matches
#: than this are looked at; measured at a million documents.
MOST_POSTINGS = 10_000


#: Of the documents that match, so many are ranked; those that hold the words in their title are worth so much
#: more that they are among them.
MOST_RANKED = 200
TITLE = 0.5

#: How much more a document counts that is in the reader's own language.
OWN_LANGUAGE = 1.15
#: Less than this part of the best score is noise, for what holds a word or concept of the query.
LEAST_DIRECT = 0.2
#: The same for what is only akin, or this much where the best is very good.
LEAST_AKIN = 0.04
ENOUGH_AKIN = 0.4
#: What is only akin to the query fills a short list up to this place.
MOST_WITH_AKIN = 10

#: From `scored (number, score, complete, direct)` to what is shown; the same in both databases.
RANKING = f"""
    placed AS (
        SELECT number, score, complete, direct, max(score) OVER () AS best,
            row_number() OVER (ORDER BY complete DESC, score DESC, number DESC) AS place
        FROM scored
    )
    SELECT number, score, complete, direct, count(*) OVER () AS total
    FROM placed
    WHERE complete = 1 OR (direct = 1 AND score >= {LEAST_DIRECT} * best)
        OR (place <= {MOST_WITH_AKIN} AND (score >= {LEAST_AKIN} * best OR score >= {ENOUGH_AKIN}))
    ORDER BY place
"""  # noqa: S608  our own numbers


#: The generation of the index rises by so much when something must be remembered nowhere, whatever a process
#: may else not have heard of yet.
FORGOTTEN = 1_000_000_000
FORGET = f"UPDATE search_state SET generation = generation + {FORGOTTEN}"  # noqa: S608  our own number


class State(NamedTuple):
    """The index as a whole: `generation` rises with each change."""

    generation: int
    documents: int
    words: int
    fingerprint: str


class Row(NamedTuple):
    """A document that matches: `complete` when it holds every word, `direct` when it holds any word or
    concept of the query itself, rather than something akin."""

    number: int
    score: float
    complete: int
    direct: int


class Alternative(NamedTuple):
    """One way to find a word of a query: tokens that are all needed, in documents in one of some languages
    (where there are any), how many may hold them, and how much it tells that one does."""

    run: tuple[str, ...]
    languages: tuple[str, ...]
    documents: int
    rarity: float

    @property
    def facets(self) -> tuple[str, ...]:
        """The facets of the documents with a text in one of these languages."""
        return tuple(map(text_in, self.languages))


#: The alternatives for one word of a query.
Group = tuple[Alternative, ...]


def rarity(holding: int, state: State) -> float:
    """How much it tells that a document holds what so many hold: BM25's inverse document frequency."""
    return math.log1p((max(0, state.documents - holding) + 0.5) / (holding + 0.5))


@dataclass(frozen=True)
class Plan:
    """A query, ready for the index.

    A group stands for a word; a document counts it once, by the alternative that it holds best. `complete`
    tells whether a document with all the groups is a complete match. `frequencies` tells how many documents
    hold a token. Only documents with the numbers `among` are looked at, if there are any.
    """

    groups: tuple[Group, ...]
    complete: bool
    hints: tuple[str, ...]
    facets: tuple[tuple[str, ...], ...]
    frequencies: dict[str, int]
    state: State
    prefer_language: str | None = None
    among: tuple[int, ...] = ()


#: A token with a spelling (or none, for the token as such) and a language, and a number of documents.
Counted = tuple[str, str, str, int]


def kept(entry: Entry) -> str:
    """The spellings of a document as an index keeps them: a line for each language, the city's name last."""
    return "\n".join(
        [*(" ".join([code, *words]) for code, words in entry.words.items()), " ".join(entry.city)]
    )


def known(number: int, columns: dict[str, list[str]], kept: str) -> Entry:
    """The entry of a document from what an index keeps."""
    *lines, city = kept.split("\n")
    words = {code: set(spelled) for code, *spelled in map(str.split, lines)}
    return Entry(number, columns, words, set(city.split()))


class Counts:
    """How many of some documents hold each token, and each of their spellings."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._tokens: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._cities: Counter[str] = Counter()  # have names in any language
        self.add(entries)

    def __len__(self) -> int:
        return sum(map(len, (*self._tokens.values(), *self._words.values(), self._cities)))

    def add(self, entries: Iterable[Entry]) -> None:
        """Count these, too."""
        for each in entries:
            held = each.tokens
            for language, spelled in each.words.items():
                # The few with short versions count in each of their languages.
                self._tokens[language].update(held)
                self._words[language].update(spelled)
            self._cities.update(each.city)

    def merge(self, others: Counts) -> None:
        """Count what others have counted."""
        for mine, theirs in ((self._tokens, others._tokens), (self._words, others._words)):
            for language, of in theirs.items():
                mine[language].update(of)
        self._cities.update(others._cities)

    def rows(self) -> list[Counted]:
        """All of it, in any order."""
        return [
            *(
                (name, "", language, count)
                for language, of in self._tokens.items()
                for name, count in of.items()
            ),
            *(
                (stem(word, language), word, language, count)
                for language, of in self._words.items()
                for word, count in of.items()
            ),
            *(
                (name, word, "", count)
                for word, count in self._cities.items()
                for name, _ in possible_stems(word)
            ),
        ]


class Batch(NamedTuple):
    """Documents on their way into an index that is built anew: how many, of how many words, as the database
    takes them (see `Index.rows`), and what is counted of them."""

    documents: int
    words: int
    rows: Any
    counts: Counts


class Index(Protocol):
    """The index in one kind of database; all within the caller's transaction."""

    def create(self, connection: Connection) -> None:
        """Create its tables."""
        ...

    def state(self, connection: Connection) -> State:
        """The index as a whole."""
        ...

    def lock(self, connection: Connection) -> None:
        """Let no other transaction change the index until this one ends."""
        ...

    def put(self, connection: Connection, entry: Entry) -> None:
        """Add a document that is not there yet."""
        ...

    def remove(self, connection: Connection, number: int) -> bool:
        """Take a document out; False when it was not there."""
        ...

    def forget(self, connection: Connection) -> None:
        """Make sure that what was taken out is nowhere left."""
        ...

    def clear(self, connection: Connection, fingerprint: str) -> None:
        """Take everything out, and note what the next content is built with.

        Between this and `filled`, documents come in by `fill`, and what is counted of them by `fill_words`.
        """
        ...

    def rows(self, entries: Sequence[Entry]) -> Any:
        """Documents as the database takes them by `fill`; made in any process."""
        ...

    def fill(self, connection: Connection, batch: Batch) -> None:
        """Put documents into an index that is built."""
        ...

    def fill_words(self, connection: Connection, counts: Counts) -> None:
        """Take note of how many more of its documents hold each token."""
        ...

    def filled(self, connection: Connection) -> None:
        """Make what came in since `clear` ready to be searched."""
        ...

    def frequencies(self, connection: Connection, tokens: Iterable[str]) -> Iterable[tuple[str, str, int]]:
        """Each token with a language and the number of documents in it that hold it."""
        ...

    def spellings(self, connection: Connection) -> list[tuple[str, str, int]]:
        """The commonest spellings with their language and the number of documents."""
        ...

    def match(self, connection: Connection, plan: Plan, limit: int, offset: int) -> tuple[list[Row], int]:
        """The documents that match, best first, and how many there are."""
        ...

    def listing(
        self,
        connection: Connection,
        facets: tuple[tuple[str, ...], ...],
        limit: int,
        offset: int,
        among: tuple[int, ...],
    ) -> tuple[list[int], int]:
        """The newest documents with these facets (`among` these numbers, if any), and how many there are."""
        ...
