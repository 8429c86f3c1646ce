"""The index in SQLite: FTS5 over columns of tokens that were stemmed before."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy.engine import Connection

from storage.database import driver
from storage.search.analysis import COLUMNS, EVERY, Entry
from storage.search.index import (
    FORGET,
    MOST_POSTINGS,
    MOST_RANKED,
    OWN_LANGUAGE,
    RANKING,
    TITLE,
    Alternative,
    Batch,
    Counts,
    Plan,
    Row,
    State,
    kept,
    known,
)

#: The weight of each column in bm25. A title says most. What was not said in the query's own words counts
#: less, and what is only akin to it counts least.
WEIGHTS = {
    "title": 4.0,
    "summary": 2.0,
    "body": 1.0,
    "place": 2.0,
    "concepts": 0.8,
    "topics": 0.15,
    "themes": 0.6,
    "hints": 0.2,
    "facets": 0.0,
}
_MOST_SPELLINGS = 200_000
# The plus keeps SQLite from asking for each number by itself.
_AMONG = " AND +rowid IN (SELECT value FROM json_each(?))"

_TABLES = (
    # The tokens are whole words already: only spaces part them.
    f"""CREATE VIRTUAL TABLE search_text USING fts5({", ".join(COLUMNS)}, tokenize="ascii tokenchars '_'")""",
    """CREATE TABLE search_document (
        number INTEGER PRIMARY KEY, language TEXT NOT NULL, further TEXT NOT NULL, words INTEGER NOT NULL,
        vocabulary TEXT NOT NULL
    )""",
    """CREATE TABLE search_word (
        token TEXT NOT NULL, spelling TEXT NOT NULL, language TEXT NOT NULL, documents INTEGER NOT NULL,
        PRIMARY KEY (token, spelling, language)
    ) WITHOUT ROWID""",
    """CREATE TABLE search_state (
        id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL, documents INTEGER NOT NULL,
        words INTEGER NOT NULL, fingerprint TEXT NOT NULL
    )""",
    "INSERT INTO search_state VALUES (1, 0, 0, 0, '')",
)
_OPTIMIZE = "INSERT INTO search_text (search_text) VALUES ('optimize')"
_ADD = "ON CONFLICT (token, spelling, language) DO UPDATE SET documents = documents + excluded.documents"
_ROWS_AT_ONCE = 250
_COUNT = """UPDATE search_state
    SET generation = generation + 1, documents = documents + ?, words = words + ?"""
_ASKED = """SELECT json_extract(value, '$[0]') AS expression, json_extract(value, '$[1]') AS word,
    json_extract(value, '$[2]') AS weight, json_extract(value, '$[3]') AS languages
    FROM json_each(?)"""
_BM25 = f"bm25(search_text, {', '.join(str(WEIGHTS[column]) for column in COLUMNS)})"


_Rows = Sequence[tuple[object, ...]]


class SqliteIndex:
    """See `Index`."""

    def create(self, connection: Connection) -> None:
        for statement in _TABLES:
            connection.exec_driver_sql(statement)

    def state(self, connection: Connection) -> State:
        asked = "SELECT generation, documents, words, fingerprint FROM search_state"
        return State(*driver(connection).execute(asked).fetchone())

    def lock(self, connection: Connection) -> None:
        """SQLite has one writer anyway."""

    def put(self, connection: Connection, entry: Entry) -> None:
        counts = Counts([entry])
        self.fill(connection, Batch(1, entry.length, self.rows([entry]), counts))
        self.fill_words(connection, counts)
        if self.state(connection).documents <= MOST_RANKED:
            # For each token a search reads every part of FTS5's index: it is halved where there is only one.
            connection.exec_driver_sql(_OPTIMIZE)

    def remove(self, connection: Connection, number: int) -> bool:
        row = connection.exec_driver_sql(
            "DELETE FROM search_document WHERE number = ? RETURNING words, vocabulary", (number,)
        ).one_or_none()
        if row is None:
            return False
        columns = connection.exec_driver_sql(
            f"SELECT {', '.join(COLUMNS)} FROM search_text WHERE rowid = ?",  # noqa: S608  our own column names
            (number,),
        ).one()
        held = {name: tokens.split() for name, tokens in columns._mapping.items()}
        entry = known(number, held, row.vocabulary)
        connection.exec_driver_sql("DELETE FROM search_text WHERE rowid = ?", (number,))
        if gone := [word[:3] for word in Counts([entry]).rows()]:
            same = "token = ? AND spelling = ? AND language = ?"
            connection.exec_driver_sql(f"UPDATE search_word SET documents = documents - 1 WHERE {same}", gone)  # noqa: S608
            connection.exec_driver_sql(f"DELETE FROM search_word WHERE {same} AND documents <= 0", gone)  # noqa: S608
        connection.exec_driver_sql(_COUNT, (-1, -row.words))
        return True

    def forget(self, connection: Connection) -> None:
        connection.exec_driver_sql(FORGET)
        # FTS5 only marks what is deleted, until it merges its parts.
        connection.exec_driver_sql(_OPTIMIZE)

    def clear(self, connection: Connection, fingerprint: str) -> None:
        for table in ("search_text", "search_document", "search_word"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
        connection.exec_driver_sql(
            "UPDATE search_state SET generation = generation + 1, documents = 0, words = 0, fingerprint = ?",
            (fingerprint,),
        )

    def rows(self, entries: Sequence[Entry]) -> tuple[_Rows, _Rows]:
        texts = [(each.number, *(" ".join(each.columns[column]) for column in COLUMNS)) for each in entries]
        documents = [
            (each.number, each.language, _spaced(each.further), each.length, kept(each)) for each in entries
        ]
        return texts, documents

    def fill(self, connection: Connection, batch: Batch) -> None:
        texts, documents = batch.rows
        _insert(connection, f"search_text (rowid, {', '.join(COLUMNS)})", texts)
        _insert(connection, "search_document", documents)
        connection.exec_driver_sql(_COUNT, (batch.documents, batch.words))

    def fill_words(self, connection: Connection, counts: Counts) -> None:
        _insert(connection, "search_word", sorted(counts.rows()), _ADD)  # side by side in its tree

    def filled(self, connection: Connection) -> None:
        """FTS5 is ready at any time."""

    def frequencies(self, connection: Connection, tokens: Iterable[str]) -> Iterable[tuple[str, str, int]]:
        wanted = tuple(tokens)
        if not wanted:
            return []
        marks = ", ".join("?" * len(wanted))
        return driver(connection).execute(
            f"SELECT token, language, documents FROM search_word WHERE spelling = '' AND token IN ({marks})",  # noqa: S608
            wanted,
        )

    def spellings(self, connection: Connection) -> list[tuple[str, str, int]]:
        found = connection.exec_driver_sql(
            """SELECT spelling, language, sum(documents) AS documents FROM search_word WHERE spelling <> ''
            GROUP BY spelling, language ORDER BY documents DESC LIMIT ?""",
            (_MOST_SPELLINGS,),
        )
        return [(word, language, count) for word, language, count in found]

    def match(self, connection: Connection, plan: Plan, limit: int, offset: int) -> tuple[list[Row], int]:
        few = plan.state.documents <= MOST_RANKED
        found = (self._rank_all if few else self._rank_likely)(connection, plan, limit, offset)
        return [Row(*row[:4]) for row in found], found[0][4] if found else 0

    def _rank_all(self, connection: Connection, plan: Plan, limit: int, offset: int) -> Sequence[Any]:
        """Rank whatever matches: the same as `_rank_likely` in one step, where there is nothing to choose."""
        among = _AMONG if plan.among else ""
        preference, preferred = _preferring(plan)
        found = driver(connection).execute(
            f"""WITH asked AS MATERIALIZED ({_ASKED}),
            matched AS MATERIALIZED (
                SELECT rowid AS number, word, weight * -{_BM25} AS score
                FROM asked CROSS JOIN search_text WHERE search_text MATCH expression{among}
            ),
            counted AS (SELECT number, word, max(score) AS score FROM matched GROUP BY number, word),
            scored AS (
                SELECT number, sum(word >= 0) = ? AS complete, max(word) >= 0 AS direct,
                    sum(score){preference} AS score
                FROM counted JOIN search_document USING (number) GROUP BY number
            ),
            {RANKING} LIMIT ? OFFSET ?""",  # noqa: S608  no text of the user's
            (
                json.dumps(_scored(plan, filtered=True), ensure_ascii=False),
                *((json.dumps(plan.among),) if plan.among else ()),
                _expected(plan),
                *preferred,
                limit,
                offset,
            ),
        )
        return found.fetchall()

    def _rank_likely(self, connection: Connection, plan: Plan, limit: int, offset: int) -> Sequence[Any]:
        """Choose the likely ones of all that match, and rank these."""
        among = _AMONG if plan.among else ""
        preference, preferred = _preferring(plan)
        found = driver(connection).execute(
            f"""WITH wanted AS MATERIALIZED (
                SELECT json_extract(value, '$[0]') AS expression, json_extract(value, '$[1]') AS is_word,
                    json_extract(value, '$[2]') AS worth
                FROM json_each(?)
            ),
            found AS MATERIALIZED (
                SELECT rowid AS number, sum(is_word) AS held, sum(worth) AS worth
                FROM wanted CROSS JOIN search_text WHERE search_text MATCH expression AND rowid >= ?{among}
                GROUP BY rowid
            ),
            likely AS MATERIALIZED (
                SELECT number, held = expected AS complete, held > 0 AS direct
                FROM found, (SELECT ? AS expected)
                ORDER BY held = expected DESC, worth DESC, number DESC LIMIT {MOST_RANKED}
            ),
            candidate AS MATERIALIZED (
                SELECT number, language, further, complete, direct
                FROM likely JOIN search_document USING (number)
            ),
            asked AS MATERIALIZED ({_ASKED}),
            matched AS MATERIALIZED (
                SELECT rowid AS number, word, languages, weight * -{_BM25} AS score
                FROM asked CROSS JOIN search_text
                -- The plus keeps SQLite from asking for each candidate by itself.
                WHERE search_text MATCH expression AND +rowid IN (SELECT number FROM candidate)
            ),
            counted AS (
                SELECT number, word, max(score) AS score FROM matched JOIN candidate USING (number)
                WHERE languages = '' OR instr(languages, '"' || language || '"') OR (
                    further <> '' AND EXISTS (
                        SELECT 1 FROM json_each(languages) WHERE instr(further, ' ' || value || ' ')
                    )
                )
                GROUP BY number, word
            ),
            scored AS (
                SELECT number, complete, direct, coalesce(score, 0){preference} AS score FROM candidate
                LEFT JOIN (SELECT number, sum(score) AS score FROM counted GROUP BY number) USING (number)
            ),
            {RANKING} LIMIT ? OFFSET ?""",  # noqa: S608  no text of the user's
            (
                json.dumps(_wanted(plan), ensure_ascii=False),
                min(plan.among) if plan.among else self._oldest(connection, plan),
                *((json.dumps(plan.among),) if plan.among else ()),
                _expected(plan),
                json.dumps(_scored(plan), ensure_ascii=False),
                *preferred,
                limit,
                offset,
            ),
        )
        return found.fetchall()

    def _oldest(self, connection: Connection, plan: Plan) -> int:
        """The first number of the documents to look at: of more than so many only the newest."""
        if sum(each.documents for group in plan.groups for each in group) <= MOST_POSTINGS:
            return 0
        anything = " OR ".join(f"({expression})" for expression, *_ in _wanted(plan))
        found = connection.exec_driver_sql(
            f"""SELECT min(rowid) FROM (
                SELECT rowid FROM search_text WHERE search_text MATCH ?
                ORDER BY rowid DESC LIMIT {MOST_POSTINGS}
            )""",  # noqa: S608
            (anything,),
        ).scalar()
        return int(found or 0)

    def listing(
        self,
        connection: Connection,
        facets: tuple[tuple[str, ...], ...],
        limit: int,
        offset: int,
        among: tuple[int, ...],
    ) -> tuple[list[int], int]:
        expression = f'facets : "{EVERY}"' + _facets(facets)
        matching = f"FROM search_text WHERE search_text MATCH ?{_AMONG if among else ''}"
        asked = (expression, json.dumps(among)) if among else (expression,)
        found = connection.exec_driver_sql(
            f"SELECT rowid {matching} ORDER BY rowid DESC LIMIT ? OFFSET ?",
            (*asked, limit, offset),
        )
        numbers = [number for (number,) in found]
        total = connection.exec_driver_sql(f"SELECT count(*) {matching}", asked).scalar_one()
        return numbers, total


def _insert(connection: Connection, into: str, rows: _Rows, then: str = "") -> None:
    """Insert rows, many with each statement: SQLite needs Python's lock only between two of them."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        marks = f"({', '.join('?' * len(some[0]))})"
        connection.exec_driver_sql(
            f"INSERT INTO {into} VALUES {', '.join([marks] * len(some))} {then}",  # noqa: S608  our own names
            tuple(chain.from_iterable(some)),
        )


def _quoted(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'


def _wanted(plan: Plan) -> list[tuple[str, int, float]]:
    """What FTS5 is asked to find documents worth a closer look: each word, in whichever of its ways; 1 for a
    word, 0 for what only adds to the worth; how much it is worth.

    Finding a document costs little, and ranking it by `bm25` twenty times as much.
    """
    facets = _facets(plan.facets)
    found: list[tuple[str, int, float]] = []
    for group in plan.groups:
        worth = max(each.rarity for each in group)
        ways = " OR ".join(f"({_all_of(each)}{_facets((each.facets,))})" for each in group)
        found.append((f"({ways}){facets}", 1, worth))
        in_title = " OR ".join(f"(title : ({_all_of(each)}){_facets((each.facets,))})" for each in group)
        found.append((f"({in_title}){facets}", 0, worth * TITLE))
    if plan.hints:
        found.append((f"({' OR '.join(map(_quoted, plan.hints))}){facets}", 0, WEIGHTS["hints"]))
    return found


def _scored(plan: Plan, *, filtered: bool = False) -> list[tuple[str, int, float, str]]:
    """What FTS5 is asked to rank by: each alternative of each word, the place of the word, the weight of what
    FTS5 makes of it, and the languages of the texts in which it counts (JSON; '' for all); what is
    akin counts as no word.

    With facets only if `filtered`: FTS5 counts how many documents have each of them.
    """
    facets = _facets(plan.facets) if filtered else ""
    found = [
        (
            f"({_all_of(each)}){_facets((each.facets,)) if filtered else ''}{facets}",
            word,
            # FTS5 weighs each token by its own rarity.
            each.rarity / sum(_fts5_rarity(plan.frequencies[name], plan.state) for name in each.run),
            json.dumps(each.languages) if each.languages else "",
        )
        for word, group in enumerate(plan.groups)
        for each in group
    ]
    if plan.hints:
        found.append((f"({' OR '.join(map(_quoted, plan.hints))}){facets}", -1, 1.0, ""))
    return found


def _expected(plan: Plan) -> int:
    """How many words a complete match holds; more than there are where none is complete."""
    return len(plan.groups) if plan.complete else MOST_POSTINGS


def _preferring(plan: Plan) -> tuple[str, tuple[str, ...]]:
    """What a score is multiplied by for the reader's own language, and its parameters."""
    if plan.prefer_language is None:
        return "", ()
    factor = f" * CASE WHEN language = ? OR instr(further, ?) THEN {OWN_LANGUAGE} ELSE 1 END"
    return factor, (plan.prefer_language, _spaced((plan.prefer_language,)))


def _spaced(languages: Iterable[str]) -> str:
    """Languages with a space before and behind each; '' for none."""
    return "".join(f" {language}" for language in languages) + " " if languages else ""


def _all_of(each: Alternative) -> str:
    return " AND ".join(map(_quoted, each.run))


def _fts5_rarity(holding: int, state: State) -> float:
    """How FTS5's bm25 weighs a token that so many documents hold."""
    ratio = (state.documents - holding + 0.5) / (holding + 0.5)
    return max(1e-6, math.log(ratio)) if ratio > 0 else 1e-6


def _facets(facets: Sequence[Sequence[str]]) -> str:
    return "".join(f" AND facets : ({' OR '.join(map(_quoted, names))})" for names in facets if names)
