"""The index goes with its transaction, and takes whatever people write."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import search
from storage.database import Database, OutOfReach, Tx
from storage.search import Document, Query, engine
from tests.storage.search.conftest import Library


def found(database: Database, text: str) -> list[int]:
    with database.read() as tx:
        return [hit.number for hit in search.find(tx, Query(text)).hits]


def put(database: Database, *documents: Document) -> None:
    with database.write() as tx:
        for document in documents:
            search.put(tx, document)


def test_what_was_rolled_back_is_not_found(database: Database) -> None:
    def fail() -> None:
        with database.write() as tx:
            search.put(tx, Document(1, "en", "Green roofs in Ghent"))
            assert [hit.number for hit in search.find(tx, Query("rofs")).hits] == [1]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert found(database, "roofs") == []
    with database.read() as tx:
        assert search.find(tx, Query("rofs in Gnt")).corrections.get("rofs") != "roofs" or not found(
            database, "rofs"
        )


def test_a_word_learned_in_a_failed_transaction_repairs_nothing(database: Database) -> None:
    put(database, Document(1, "en", "Quiet streets"))

    def fail() -> None:
        with database.write() as tx:
            search.put(tx, Document(2, "en", "Zeppelinquartett"))
            assert search.find(tx, Query("Zeppelinquartet")).corrections
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    put(database, Document(3, "en", "Loud streets"))
    with database.read() as tx:
        assert search.find(tx, Query("Zeppelinquartet")).corrections == {}


def test_a_new_word_repairs_typos_at_once(database: Database) -> None:
    assert found(database, "Zeppelinquartet") == []
    put(database, Document(2, "en", "Zeppelinquartett"))
    assert found(database, "Zeppelinquartet") == [2]


def test_what_is_put_again_replaces_what_was_there(database: Database) -> None:
    put(database, Document(1, "en", "Green roofs"), Document(2, "en", "Quiet streets"))
    put(database, Document(1, "en", "Blue rivers"))
    assert found(database, "roofs") == []
    assert found(database, "rivers") == [1]


def test_what_is_removed_is_gone_with_its_words(database: Database) -> None:
    put(database, Document(1, "en", "Zeppelinquartett"), Document(2, "en", "Quiet streets"))
    with database.write() as tx:
        search.remove(tx, 1)
        search.remove(tx, 77)
    assert found(database, "Zeppelinquartett") == []
    with database.read() as tx:
        assert search.find(tx, Query("Zeppelinquartet")).corrections == {}
        assert search.find(tx, Query()).total == 1


def test_a_rebuilt_index_finds_the_same(sixty: Library, database: Database) -> None:
    put(database, Document(999, "en", "Zeppelinquartett"))
    with database.write() as tx:
        search.rebuild(tx, sixty.practices.values)
        assert not search.outdated(tx)
    assert found(database, "Zeppelinquartett") == []
    for query in ("radwege", "climate budget", "Hitze"):
        assert found(database, query)[0] == sixty.find(query).hits[0].number


def index_of(tx: Tx) -> dict[str, list[list[object]]]:
    """All that stands in the index, but for the order of tokens: that of concepts is nobody's concern, and
    every process has its own."""
    tables = (
        "search_document",
        "search_word",
        *(("search_text",) if tx.connection.dialect.name == "sqlite" else ()),
    )
    return {
        table: sorted(
            [sorted(one.split()) if isinstance(one, str) else one for one in row]
            for row in tx.connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608
        )
        for table in tables
    }


def test_many_documents_are_read_alike_by_other_processes(
    sixty: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every column of every document, and all words with how many hold them."""
    built = []
    with sixty.database.write() as tx:
        for many in (1_000, 0):
            monkeypatch.setattr(engine, "_MANY", many)
            search.rebuild(tx, sixty.practices.values)
            built.append(index_of(tx))
        tx.session.rollback()
    here, elsewhere = built
    assert elsewhere == here
    assert len(here["search_document"]) == len(sixty.practices)


def test_an_index_that_could_not_be_built_is_as_it_was(database: Database) -> None:
    put(database, Document(1, "en", "Green roofs"))

    def documents() -> Iterator[Document]:
        yield Document(2, "en", "Quiet streets")
        if database.sqlite:
            raise OutOfReach
        with database.engine.connect() as other:
            other.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()"
            )

    passes = iter([lambda: [], documents])
    with pytest.raises(OutOfReach), database.write() as tx:
        search.rebuild(tx, lambda: next(passes)())
    assert found(database, "roofs") == [1]
    assert found(database, "streets") == []


def test_a_word_of_one_language_counts_in_no_title_of_another(database: Database) -> None:
    """However many say it there, what holds the other word of the query is found."""
    benches = [Document(number, "en", "Park", {"summary": "a bench"}) for number in range(1, 41)]
    names = [Document(number, "en", "Wald") for number in range(41, 401)]
    with database.write() as tx:
        search.rebuild(tx, lambda: [*benches, *names, Document(401, "de", "Wälder")])
    with database.read() as tx:
        assert search.find(tx, Query("bench Wälder")).total == 41


def test_an_index_of_another_version_is_outdated(database: Database) -> None:
    with database.write() as tx:
        assert not search.outdated(tx)
        tx.connection.exec_driver_sql("UPDATE search_state SET fingerprint = 'older'")
    with database.read() as tx:
        assert search.outdated(tx)


@pytest.mark.parametrize("typed", ["Fähre", "Faehre", "fahre", "FÄHREN", "Fa\u0308hre"])
def test_umlauts_are_found_however_they_are_typed(database: Database, typed: str) -> None:
    put(database, Document(1, "de", "Eine Fähre über den Rhein"))
    assert found(database, typed) == [1]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Förderung des Radverkehrs", "Radverkehrsförderung"),
        ("Radverkehrsförderung", "Förderung des Radverkehrs"),
        ("Radverkehrsförderung", "Radverkehr"),
        ("Straße", "Strasse"),
        ("organisation of neighbourhoods", "organizations neighborhood"),
    ],
)
def test_other_ways_to_write_a_word(database: Database, written: str, typed: str) -> None:
    language = "en" if "of" in written else "de"
    put(database, Document(1, language, "T", {"summary": written}), Document(2, language, "Etwas anderes"))
    assert found(database, typed)[:1] == [1]


ODD = [
    "",
    " ",
    "?!",
    '"',
    "'",
    '"AND OR NEAR * ^ ( )"',
    "NEAR(a b, 3)",
    "title : x",
    "a AND",
    "-x +y",
    "a* ^b",
    "{title}: z",
    "\\",
    "%s %(x)s",
    "x:*",
    "a & b | !c",
    "😀 🚲",
    "مدينة خضراء",
    "עיר ירוקה",
    "\0",
    "a\0b",
    "\ud800",
    "a\udfffb",
    "x" * 10_000,
    "wort " * 2_000,
    " ".join(a + b for a in string.ascii_lowercase for b in string.ascii_lowercase),
    "ﷺ ㈠ ＿ k＿cycling _every h_k_cycling İıſ ªº ﾞ",
    "die der das",
]


@pytest.mark.parametrize("text", ODD)
def test_any_text_can_be_put_and_searched(database: Database, text: str) -> None:
    put(database, Document(1, "de", text, {"summary": text}, city=text, facets={"status": (text,)}))
    with database.read() as tx:
        search.find(tx, Query(text))
        search.find(tx, Query(text, cities=(text,), themes=(text,), facets={"status": (text,)}))
    with database.write() as tx:
        search.remove(tx, 1)


def test_an_index_can_be_built_of_any_text(database: Database) -> None:
    texts = [*ODD, "Здоров'я", "a\\tb \\. c\td\r\ne"]
    with database.write() as tx:
        search.rebuild(
            tx, lambda: [Document(n, "uk", text, {"summary": text}, text) for n, text in enumerate(texts)]
        )
    with database.read() as tx:
        assert search.find(tx, Query()).total == len(texts)
        assert [hit.number for hit in search.find(tx, Query("здоров'я")).hits] == [len(ODD)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(text=st.text(max_size=80))
def test_no_query_raises(sixty: Library, text: str) -> None:
    sixty.find(text)


LANGUAGES = st.sampled_from(["en", "de", "fr", "es", "pl", "uk", "it", ""])
TITLES = st.text(min_size=1, max_size=60).filter(lambda text: any(letter.isalnum() for letter in text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(title=TITLES, language=LANGUAGES)
def test_every_practice_is_found_by_its_own_title(library: Database, title: str, language: str) -> None:
    with library.write() as tx:
        search.put(tx, Document(1000, language, title, {"summary": "one more"}))
        hits = search.find(tx, Query(title), limit=100).hits
        tx.session.rollback()
    assert 1000 in [hit.number for hit in hits]


def test_the_practices_are_found_by_their_titles(sixty: Library) -> None:
    for name, practice in sixty.practices.items():
        assert sixty.ids(practice.title)[0] == name
