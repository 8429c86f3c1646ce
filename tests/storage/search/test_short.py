"""Short versions in other languages, in either database: found in their own language, and gone again."""

from __future__ import annotations

import pytest

from storage import search
from storage.database import Database
from storage.search import Document, Query
from storage.translations import Short
from tests.storage.search.conftest import Library

FRENCH = Document(
    1,
    "fr",
    "Des rues pour jouer",
    {"summary": "La ville ferme des rues."},
    short=(Short("de", "Spielstraßen auf Zeit", "Die Verwaltung sperrt Straßen für spielende Kinder."),),
)
ENGLISH = Document(2, "en", "Play streets", {"summary": "Streets are closed."})


@pytest.fixture
def streets(database: Database) -> Database:
    """Two practices, one with a short version in German."""
    with database.write() as tx:
        search.rebuild(tx, lambda: [FRENCH, ENGLISH])
    return database


def find(database: Database, query: Query) -> list[int]:
    """The numbers that are found by the query's own words."""
    with database.read() as tx:
        return [hit.number for hit in search.find(tx, query).hits if hit.direct]


def test_found_by_german_words_in_any_form(streets: Database) -> None:
    """Stems and compounds are those of its own language."""
    assert find(streets, Query("Verwaltungen")) == [1]
    assert find(streets, Query("spielendes Kind")) == [1]
    assert find(streets, Query("rue fermée"))[0] == 1


def test_the_language_of_a_practice_stays_its_own(streets: Database) -> None:
    """A facet asks for what it was written in."""
    assert find(streets, Query("Verwaltungen", languages=("fr",))) == [1]
    assert find(streets, Query("Verwaltungen", languages=("de",))) == []


def test_it_goes_without_a_trace(streets: Database) -> None:
    """With every word that only it had."""
    with streets.write() as tx:
        search.put(tx, Document(1, "fr", FRENCH.title, FRENCH.fields))
    assert find(streets, Query("Verwaltungen")) == []
    with streets.read() as tx:
        left = tx.connection.exec_driver_sql("SELECT spelling FROM search_word").scalars().all()
    assert "verwaltung" not in left


def test_similar_practices_cross_languages(sixty: Library) -> None:
    """What is about water in English leads to what is about water in Spanish, never to itself."""
    document = sixty.practices["cape-town-water-demand"]
    with sixty.database.read() as tx:
        found = search.similar(tx, document, limit=6)
    assert document.number not in found
    assert {
        sixty.practices[name].number for name in ("zaragoza-ahorro-agua", "quito-fonag-fondo-agua")
    } <= set(found)
    spanish = sixty.practices["zaragoza-ahorro-agua"]
    assert "Water-sensitive city" in search.in_common(document, spanish, "en")
    assert "Wassersensible Stadt" in search.in_common(document, spanish, "de")
