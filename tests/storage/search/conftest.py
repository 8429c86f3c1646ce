"""The sixty practices, in the index of either database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.data import read_json
from storage import search
from storage.database import Database
from tests.storage.conftest import KINDS, new_database

FIELDS = ("summary", "challenge", "solution", "evidence", "lessons", "transfer")


def document(number: int, practice: dict[str, Any]) -> search.Document:
    """A practice of `practices.json` as the search sees it."""
    return search.Document(
        number=number,
        language=practice["language"],
        title=practice["title"],
        fields={name: practice[name] for name in FIELDS},
        city=practice["city"],
        country=practice["country"],
        themes=tuple(practice["themes"]),
        facets={
            "year": (practice["year_started"],),
            "sdg": practice["sdgs"],
            "size": (practice["size_class"],),
            "seeking_partners": (practice["seeking_partners"],),
        },
    )


@pytest.fixture(scope="session")
def practices() -> dict[str, search.Document]:
    """The sixty practices by their id."""
    records = read_json("practices.json")["practices"]
    return {record["id"]: document(number, record) for number, record in enumerate(records, 1)}


@pytest.fixture(scope="session", params=KINDS)
def library(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    practices: dict[str, search.Document],
) -> Iterator[Database]:
    """A database with the sixty practices, which tests only read (or roll back)."""
    with new_database(request.param, tmp_path_factory.mktemp("library"), request) as database:
        with database.write() as tx:
            for each in practices.values():
                search.put(tx, each)
        yield database


class Library:
    """Searches the sixty practices and names what it finds."""

    def __init__(self, database: Database, practices: dict[str, search.Document]) -> None:
        self.database = database
        self.practices = practices
        self._ids = {each.number: name for name, each in practices.items()}

    def find(self, text: str, **options: Any) -> search.Found:
        """The answer to a query of text alone."""
        with self.database.read() as tx:
            return search.find(tx, search.Query(text), **options)

    def ids(
        self, query: str | search.Query, *, limit: int = 10, prefer_language: str | None = None
    ) -> list[str]:
        """The ids of the practices that are found, best first."""
        asked = search.Query(query) if isinstance(query, str) else query
        with self.database.read() as tx:
            found = search.find(tx, asked, limit=limit, prefer_language=prefer_language)
        return [self._ids[hit.number] for hit in found.hits]


@pytest.fixture
def sixty(library: Database, practices: dict[str, search.Document]) -> Library:
    """The sixty practices, to be searched."""
    return Library(library, practices)
