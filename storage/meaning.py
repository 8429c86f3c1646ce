"""Finding practices by what they mean, beside the words that they say: exact search over vectors in memory.

Needs the extra `embeddings`; import it only where a model is set.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from storage import vectors
from storage.database import Tx
from storage.embedding import Model, Vectors
from storage.search import Found, Hit, Query, fitting
from storage.vectors import Behind

#: At most so many practices are found by their meaning alone.
MOST_NEAR = 10
# Every text is somewhat like every other: how far above the library's mean something must stand, in standard
# deviations.
_CLEARLY = 2.5
# Reciprocal rank fusion, with the constant of its first description.
_RANK = 60


class Meaning:
    """What a model makes of the library. The vectors are kept in memory and follow the database."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._lock = threading.Lock()
        self._state = (0, 0)
        self._serials: dict[int, int] = {}
        self._numbers = np.zeros(0, dtype=np.int64)
        self._vectors = np.zeros((0, model.dimensions), dtype=np.float32)

    def fuse(self, tx: Tx, found: Found, query: Query, limit: int) -> Found:
        """What was found by words, together with what is near to the query in meaning.

        Whatever has all of the words stays before everything else; `by_meaning` tells what has none.
        """
        near = self.near(tx, query)
        known = {hit.number: hit for hit in found.hits}
        alone = [number for number in near if number not in known]
        known |= {number: Hit(number, 0.0, complete=False, direct=False) for number in alone}
        order = self.also([hit.number for hit in found.hits], near)
        order.sort(key=lambda number: not known[number].complete)
        return replace(
            found,
            hits=[known[number] for number in order[:limit]],
            total=found.total + len(alone),
            by_meaning=frozenset(alone),
        )

    @staticmethod
    def also(by_words: Sequence[int], by_meaning: Sequence[int]) -> list[int]:
        """Two rankings as one: reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)."""
        scores: dict[int, float] = {}
        for ranking in (by_words, by_meaning):
            for rank, number in enumerate(ranking, 1):
                scores[number] = scores.get(number, 0.0) + 1 / (_RANK + rank)
        return sorted(scores, key=lambda number: -scores[number])

    def near(self, tx: Tx, query: Query) -> list[int]:
        """The numbers of practices that clearly mean what a query asks for, nearest first, by its facets."""
        allowed = fitting(tx, query)
        numbers, known = self._follow(tx)
        return self._nearest(numbers, known, self.model.query(query.text), allowed)

    def like(self, tx: Tx, number: int) -> list[int]:
        """The numbers of practices that mean clearly the same as one, nearest first."""
        numbers, known = self._follow(tx)
        own = np.flatnonzero(numbers == number)
        if not len(own):
            return []
        found = self._nearest(numbers, known, known[own[0]], None)
        return [other for other in found if other != number]

    def _nearest(
        self,
        numbers: np.ndarray[tuple[int], np.dtype[np.int64]],
        known: Vectors,
        wanted: Vectors,
        allowed: Sequence[int] | None,
    ) -> list[int]:
        if not len(numbers):
            return []
        likeness = known @ wanted
        least = float(likeness.mean() + _CLEARLY * likeness.std())
        if allowed is not None:
            likeness = np.where(np.isin(numbers, list(allowed)), likeness, -1.0)
        best = np.argsort(-likeness)[:MOST_NEAR]
        return [int(numbers[place]) for place in best if likeness[place] > least]

    def behind(self, tx: Tx, limit: int) -> list[Behind]:
        """Practices whose vectors are to be made."""
        return vectors.behind(tx, self.model.fingerprint, limit)

    def made(self, behind: Sequence[Behind]) -> dict[Behind, bytes]:
        """The vectors of these practices; takes a while, and needs no transaction."""
        found = self.model.passages([one.text for one in behind])
        return {one: vector.astype("<f4").tobytes() for one, vector in zip(behind, found, strict=True)}

    def keep(self, tx: Tx, made: dict[Behind, bytes]) -> int:
        """Keep vectors; returns how many of them still hold."""
        return vectors.keep(tx, self.model.fingerprint, made)

    def _follow(self, tx: Tx) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Vectors]:
        """The numbers and vectors as this transaction sees them."""
        state = vectors.state(tx)
        with self._lock:
            if state != self._state:
                serials = vectors.serials(tx, self.model.fingerprint)
                known = dict(zip(self._numbers.tolist(), self._vectors, strict=True))
                new = [number for number, serial in serials.items() if self._serials.get(number) != serial]
                for number, vector in vectors.of(tx, new).items():
                    known[number] = np.frombuffer(vector, dtype="<f4")
                self._numbers = np.array(list(serials), dtype=np.int64)
                self._vectors = np.array([known[number] for number in serials], dtype=np.float32).reshape(
                    len(serials), self.model.dimensions
                )
                self._serials, self._state = serials, state
            return self._numbers, self._vectors
