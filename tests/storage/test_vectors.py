"""Vectors of practices in either database: kept, followed in memory, gone with their practice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage import practices, search, vectors
from storage.database import Database
from storage.embedding import Model
from storage.meaning import Meaning
from storage.practices import Practice, Status
from storage.search import Document, Query
from tests.storage.model import make_model

NOW = datetime(2027, 3, 1, tzinfo=UTC)
SAID: dict[str, Any] = dict.fromkeys(
    ("summary", "challenge", "solution", "evidence", "lessons", "transfer"), "…"
)


@pytest.fixture
def meaning(tmp_path: Path) -> Meaning:
    """A model that knows one meaning in three words."""
    return Meaning(Model(make_model(tmp_path / "model", ("bicycle", "sykkel", "fiets"))))


def add(database: Database, count: int, title: str, *, country: str = "BE") -> list[int]:
    """Publish practices; returns their numbers."""
    numbers = []
    with database.write() as tx:
        for _ in range(count):
            practice = practices.add(
                tx,
                Practice(
                    title=title,
                    language="en",
                    city="Ghent",
                    country=country,
                    created_at=NOW,
                    updated_at=NOW,
                    **SAID,
                ),
            )
            search.put(tx, Document(practice.number, "en", title, SAID, "Ghent", country))
            numbers.append(practice.number)
    return numbers


def catch_up(database: Database, meaning: Meaning) -> int:
    """Make what is missing; returns how many."""
    with database.read() as tx:
        behind = meaning.behind(tx, 1000)
    with database.write() as tx:
        return meaning.keep(tx, meaning.made(behind))


def near(database: Database, meaning: Meaning, query: Query) -> list[int]:
    """What is near to a query."""
    with database.read() as tx:
        return meaning.near(tx, query)


def test_memory_follows_the_database(database: Database, meaning: Meaning) -> None:
    """What is added, changed and removed is seen by the next search."""
    add(database, 30, "Water")
    (first,) = add(database, 1, "Bicycle")
    assert near(database, meaning, Query("sykkel")) == []
    assert catch_up(database, meaning) == 31
    assert near(database, meaning, Query("sykkel")) == [first]
    (second,) = add(database, 1, "Fiets", country="NL")
    assert catch_up(database, meaning) == 1
    assert sorted(near(database, meaning, Query("sykkel"))) == [first, second]
    assert near(database, meaning, Query("sykkel", countries=("NL",))) == [second]
    assert near(database, meaning, Query("sykkel", countries=("FR",))) == []
    with database.read() as tx:
        assert meaning.like(tx, first) == [second]
    with database.write() as tx:
        practice = practices.get(tx, first)
        assert practice
        practices.remove(tx, practice)
    assert near(database, meaning, Query("sykkel")) == [second]


def test_memory_forgets_what_was_replaced(database: Database, meaning: Meaning) -> None:
    """What came last is gone, and something else has come, between two searches."""
    add(database, 30, "Water")
    (first,) = add(database, 1, "Bicycle")
    catch_up(database, meaning)
    assert near(database, meaning, Query("sykkel")) == [first]
    with database.write("gone") as tx:
        vectors.remove(tx, first)
        archived = practices.get(tx, first)
        assert archived
        archived.status = Status.ARCHIVED
    (second,) = add(database, 1, "Fiets")
    assert catch_up(database, meaning) == 1
    assert near(database, meaning, Query("sykkel")) == [second]
    with database.write("back with other words") as tx:
        vectors.remove(tx, second)
        changed = practices.get(tx, second)
        assert changed
        changed.title, changed.version = "Water", 2
    assert catch_up(database, meaning) == 1
    assert near(database, meaning, Query("sykkel")) == []


def test_an_empty_library_has_nothing_near(database: Database, meaning: Meaning) -> None:
    """And nothing to make."""
    with database.read() as tx:
        assert meaning.behind(tx, 10) == []
        assert meaning.near(tx, Query("sykkel")) == []
