"""The index in PostgreSQL: a `tsvector` of the same tokens, and BM25 over what matches."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from storage.search.analysis import EVERY, Entry
from storage.search.index import (
    FORGET,
    MOST_POSTINGS,
    MOST_RANKED,
    OWN_LANGUAGE,
    RANKING,
    TITLE,
    Alternative,
    Batch,
    Counted,
    Counts,
    Plan,
    Row,
    State,
    kept,
    known,
    rarity,
)

_MOST_SPELLINGS = 200_000
# The label of each column's positions; `ts_rank` weighs the labels by _WEIGHTS, which must be within 0 and 1.
_LABELS = {
    "title": "A",
    "summary": "B",
    "body": "C",
    "place": "B",
    "concepts": "C",
    "topics": "C",
    "themes": "C",
    "hints": "C",
}
_WEIGHTS = "{0, 0.25, 0.5, 1}"  # D, C, B, A
# `ts_rank` gives a single mention this much of its weight; so 1 is one mention in the body.
_ONE_MENTION = 0.25 / 1.64493406685
# How much a token counts, by what it is (see glossary.py); words count 1.
_KINDS = {"k_": 0.8, "g_": 0.15, "t_": 0.6, "c_": 1.0, "h_": 0.25}
_K1, _B = 1.2, 0.75
_MOST_POSITIONS = 255  # of a token
# In the form that the server sends and takes a `tsvector` in, a position's weight stands above its 14 bits.
_WEIGHTED = {"A": 3 << 14, "B": 2 << 14, "C": 1 << 14}
_NOWHERE = b"\0\0\0"  # the end of a token without positions
# Before each token of the facets, and once more before each of the title: no other has a space. GIN tells
# which documents have a token, but not where: for a label, each of them would have to be looked at.
_FACET = "facet "
_TITLE = "title "
# COPY is given documents in the server's own form: it needs two thirds of the time for that.
_COPY_DOCUMENTS = "COPY search_document FROM STDIN (FORMAT binary)"
_BEGINNING, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_TEXT_OID = 25
# What has a meaning in the lines that COPY reads.
_IN_LINES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))

_INDEX = "CREATE INDEX search_document_vector ON search_document USING gin (vector)"
_TABLES = (
    """CREATE TABLE search_document (
        number bigint PRIMARY KEY, language text NOT NULL, further text[] NOT NULL, words integer NOT NULL,
        vocabulary text NOT NULL, vector tsvector NOT NULL
    )""",
    # What is long lies elsewhere: a page then holds the numbers of a hundred documents, and those that match
    # are many.
    "ALTER TABLE search_document SET (toast_tuple_target = 128)",
    "ALTER TABLE search_document ALTER vocabulary SET STORAGE EXTERNAL, ALTER vector SET STORAGE EXTERNAL",
    _INDEX,
    """CREATE TABLE search_word (
        token text COLLATE "C" NOT NULL, spelling text COLLATE "C" NOT NULL, language text NOT NULL,
        documents integer NOT NULL, PRIMARY KEY (token, spelling, language)
    )""",
    """CREATE TABLE search_state (
        id integer PRIMARY KEY CHECK (id = 1), generation bigint NOT NULL, documents bigint NOT NULL,
        words bigint NOT NULL, fingerprint text NOT NULL
    )""",
    "INSERT INTO search_state VALUES (1, 0, 0, 0, '')",
)

_FILLED = (
    "SET LOCAL work_mem = '128MB'",
    """INSERT INTO search_word
        SELECT token, spelling, language, sum(documents) FROM search_counted GROUP BY 1, 2, 3""",
    "DROP TABLE search_counted",
    # Made at once, the indexes take a third of the time. From PostgreSQL 18 on several processes make that of
    # the documents, even where the table, without what lies elsewhere, is small.
    "SET LOCAL maintenance_work_mem = '256MB'",
    "SET LOCAL min_parallel_table_scan_size = 0",
    "ALTER TABLE search_word ADD PRIMARY KEY (token, spelling, language)",
    _INDEX,
    "ANALYZE search_document, search_word",
)
_COUNT = """UPDATE search_state
    SET generation = generation + 1, documents = documents + %s, words = words + %s"""
_MATCH = f"""
    WITH found AS MATERIALIZED (
        SELECT number, sum(is_word) AS held, sum(worth) AS worth
        FROM unnest(%(ways)s::tsquery[], %(is_word)s::int[], %(worth)s::float8[])
            AS wanted (way, is_word, worth)
        CROSS JOIN LATERAL (
            SELECT number FROM search_document WHERE vector @@ way AND number >= %(since)s
                AND (%(among)s::bigint[] IS NULL OR number = ANY (%(among)s::bigint[]))
        ) AS holding
        GROUP BY number
    ),
    likely AS MATERIALIZED (
        SELECT number, (held = %(expected)s)::int AS complete, (held > 0)::int AS direct
        FROM found ORDER BY complete DESC, worth DESC, number DESC LIMIT {MOST_RANKED}
    ),
    candidate AS MATERIALIZED (
        -- With nothing added to it the vector is fetched once, and not each time that it is asked something.
        SELECT number, complete, direct, words, vector || '' AS vector,
            CASE WHEN %(language)s = ANY (language || further) THEN {OWN_LANGUAGE} ELSE 1 END AS favour
        FROM likely JOIN search_document USING (number)
    ),
    counted AS (
        SELECT number, word, max(weight * mentions / (
            mentions + {_K1} * (1 - {_B} + {_B} * words / %(average)s::float8)
        )) AS score
        FROM (
            SELECT number, words, word, weight,
                ts_rank('{_WEIGHTS}'::real[], vector, tokens)::float8 / {_ONE_MENTION} AS mentions
            FROM unnest(
                %(run)s::tsquery[], %(tokens)s::tsquery[], %(word)s::int[], %(weight)s::float8[]
            ) AS asked (run, tokens, word, weight)
            JOIN candidate ON vector @@ run
        ) AS held
        GROUP BY number, word
    ),
    scored AS (
        -- The words are added up in any order: what is as good must not differ by a rounding.
        SELECT number, complete, direct, round((favour * coalesce(score, 0))::numeric, 9)::float8 AS score
        FROM candidate LEFT JOIN (
            SELECT number, sum(score) AS score FROM counted GROUP BY number
        ) AS summed USING (number)
    ),
    {RANKING} LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608  no text of the user's


class PostgresIndex:
    """See `Index`."""

    def create(self, connection: Connection) -> None:
        for statement in _TABLES:
            connection.exec_driver_sql(statement)

    def state(self, connection: Connection) -> State:
        row = connection.exec_driver_sql(
            "SELECT generation, documents, words, fingerprint FROM search_state"
        ).one()
        return State(*row)

    def lock(self, connection: Connection) -> None:
        # Counting words in two transactions at once, each in its own order, would end in a deadlock.
        connection.exec_driver_sql("SELECT 1 FROM search_state FOR UPDATE")

    def put(self, connection: Connection, entry: Entry) -> None:
        _copy(connection, _COPY_DOCUMENTS, self.rows([entry]))
        connection.exec_driver_sql(_COUNT, (1, entry.length))
        connection.exec_driver_sql(
            """INSERT INTO search_word SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[])
            ON CONFLICT (token, spelling, language)
            DO UPDATE SET documents = search_word.documents + excluded.documents""",
            tuple(_listed(sorted(Counts([entry]).rows()), 4)),
        )

    def remove(self, connection: Connection, number: int) -> bool:
        row = connection.exec_driver_sql(
            """DELETE FROM search_document WHERE number = %s
            RETURNING words, vocabulary, tsvector_to_array(vector) AS held""",
            (number,),
        ).one_or_none()
        if row is None:
            return False
        tokens = [name for name in row.held if not name.startswith((_FACET, _TITLE))]
        gone = sorted(word[:3] for word in Counts([known(number, {"body": tokens}, row.vocabulary)]).rows())
        old = "unnest(%s::text[], %s::text[], %s::text[]) AS old (token, spelling, language)"
        same = "(w.token, w.spelling, w.language) = (old.token, old.spelling, old.language)"
        for statement in (
            f"UPDATE search_word AS w SET documents = documents - 1 FROM {old} WHERE {same}",  # noqa: S608
            f"DELETE FROM search_word AS w USING {old} WHERE {same} AND documents <= 0",  # noqa: S608
        ):
            connection.exec_driver_sql(statement, tuple(_listed(gone, 3)))
        connection.exec_driver_sql(_COUNT, (-1, -row.words))
        return True

    def forget(self, connection: Connection) -> None:
        connection.exec_driver_sql(FORGET)  # autovacuum sees to the rest

    def clear(self, connection: Connection, fingerprint: str) -> None:
        # While many documents are read, there is nothing to say.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql("TRUNCATE search_document, search_word")
        connection.exec_driver_sql("DROP INDEX IF EXISTS search_document_vector")
        connection.exec_driver_sql("ALTER TABLE search_word DROP CONSTRAINT IF EXISTS search_word_pkey")
        connection.exec_driver_sql(
            "UPDATE search_state SET generation = generation + 1, documents = 0, words = 0, fingerprint = %s",
            (fingerprint,),
        )
        # Words are counted in several parts, which are only added up in the end.
        connection.exec_driver_sql("CREATE UNLOGGED TABLE search_counted (LIKE search_word)")

    def rows(self, entries: Sequence[Entry]) -> bytes:
        return b"".join([_BEGINNING, *map(_row, entries), _END])

    def fill(self, connection: Connection, batch: Batch) -> None:
        _copy(connection, _COPY_DOCUMENTS, batch.rows)
        connection.exec_driver_sql(_COUNT, (batch.documents, batch.words))

    def fill_words(self, connection: Connection, counts: Counts) -> None:
        _copy(connection, "COPY search_counted FROM STDIN", _lines(counts.rows()))

    def filled(self, connection: Connection) -> None:
        for statement in _FILLED:
            connection.exec_driver_sql(statement)

    def frequencies(self, connection: Connection, tokens: Iterable[str]) -> Iterable[tuple[str, str, int]]:
        found = connection.exec_driver_sql(
            "SELECT token, language, documents FROM search_word WHERE spelling = '' AND token = ANY(%s)",
            (list(tokens),),
        )
        return [(name, language, count) for name, language, count in found]

    def spellings(self, connection: Connection) -> list[tuple[str, str, int]]:
        found = connection.exec_driver_sql(
            """SELECT spelling, language, sum(documents)::bigint AS documents FROM search_word
            WHERE spelling <> '' GROUP BY spelling, language ORDER BY documents DESC LIMIT %s""",
            (_MOST_SPELLINGS,),
        )
        return [(word, language, count) for word, language, count in found]

    def match(self, connection: Connection, plan: Plan, limit: int, offset: int) -> tuple[list[Row], int]:
        state = plan.state
        wanted, ranked = _wanted(plan), _ranked(plan)
        found = connection.exec_driver_sql(
            _MATCH,
            {
                "ways": [each.way for each in wanted],
                "is_word": [each.is_word for each in wanted],
                "worth": [each.worth for each in wanted],
                "since": min(plan.among) if plan.among else self._oldest(connection, plan),
                "expected": len(plan.groups) if plan.complete else -1,
                "language": plan.prefer_language or "",
                "average": max(1.0, state.words / max(1, state.documents)),
                "run": [each.run for each in ranked],
                "tokens": [each.tokens for each in ranked],
                "word": [each.word for each in ranked],
                "weight": [each.weight for each in ranked],
                "among": list(plan.among) or None,
                "limit": limit,
                "offset": offset,
            },
        ).all()
        return [Row(*row[:4]) for row in found], found[0].total if found else 0

    def _oldest(self, connection: Connection, plan: Plan) -> int:
        """The first number of the documents to look at: of more than so many only the newest, if those that
        match are spread evenly."""
        matching = min(plan.state.documents, sum(each.documents for group in plan.groups for each in group))
        if matching <= MOST_POSTINGS:
            return 0
        first, last = connection.exec_driver_sql("SELECT min(number), max(number) FROM search_document").one()
        return int(last - (last - first) * MOST_POSTINGS / matching)

    def listing(
        self,
        connection: Connection,
        facets: tuple[tuple[str, ...], ...],
        limit: int,
        offset: int,
        among: tuple[int, ...],
    ) -> tuple[list[int], int]:
        expression = _quoted(_FACET + EVERY) + _facets(facets)
        matching = (
            f"FROM search_document WHERE vector @@ %s::tsquery{' AND number = ANY (%s)' if among else ''}"
        )
        asked = (expression, list(among)) if among else (expression,)
        found = connection.exec_driver_sql(
            f"SELECT number {matching} ORDER BY number DESC LIMIT %s OFFSET %s",
            (*asked, limit, offset),
        )
        numbers = [number for (number,) in found]
        total = connection.exec_driver_sql(f"SELECT count(*) {matching}", asked).scalar_one()
        return numbers, total


class _Wanted(NamedTuple):
    """A way for a document to be worth a closer look: 1 for a word, 0 for what only adds to the worth; and
    how much it is worth."""

    way: str
    is_word: int
    worth: float


def _wanted(plan: Plan) -> list[_Wanted]:
    """Each word in whichever of its ways, the same in the title, and what is akin."""
    facets = _facets(plan.facets)
    found: list[_Wanted] = []
    for group in plan.groups:
        worth = max(each.rarity for each in group)
        in_title = " | ".join(
            f"({' & '.join(_quoted(_TITLE + name) for name in each.run)}{_facets((each.facets,))})"
            for each in group
        )
        found.append(_Wanted(f"({' | '.join(f'({_needed(each)})' for each in group)}){facets}", 1, worth))
        found.append(_Wanted(f"({in_title}){facets}", 0, worth * TITLE))
    if plan.hints:
        found.append(_Wanted(f"({' | '.join(map(_quoted, plan.hints))}){facets}", 0, _KINDS["h_"]))
    return found


class _Ranked(NamedTuple):
    """What is needed to count, what of it is counted, for which word of the query, and how much."""

    run: str
    tokens: str
    word: int
    weight: float


def _ranked(plan: Plan) -> list[_Ranked]:
    """Each alternative of each word; every hint counts for itself."""
    found = [
        _Ranked(
            _needed(each),
            " | ".join(map(_quoted, each.run)),
            word,
            each.rarity * (_K1 + 1) * _KINDS.get(each.run[0][:2], 1.0),
        )
        for word, group in enumerate(plan.groups)
        for each in group
    ]
    for place, name in enumerate(plan.hints, 1):
        weight = rarity(plan.frequencies[name], plan.state) * (_K1 + 1) * _KINDS["h_"]
        found.append(_Ranked(_quoted(name), _quoted(name), -place, weight))
    return found


def _row(entry: Entry) -> bytes:
    """A row of `search_document` as COPY reads it in binary: each value with its length before it."""
    number, words = struct.pack(">q", entry.number), struct.pack(">i", entry.length)
    further = struct.pack(">3i", bool(entry.further), 0, _TEXT_OID)  # an array: dimensions, no nulls, kind
    if entry.further:
        further += struct.pack(">2i", len(entry.further), 1)
        further += b"".join(_sized(code.encode()) for code in entry.further)
    values = (number, entry.language.encode(), further, words, kept(entry).encode(), _vector(entry))
    return b"".join([struct.pack(">h", len(values)), *map(_sized, values)])


def _sized(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


def _lines(rows: Iterable[Counted]) -> bytes:
    """Rows as COPY reads them."""
    return "".join(
        [
            f"{_in_line(token)}\t{_in_line(spelling)}\t{language}\t{count}\n"
            for token, spelling, language, count in rows
        ]
    ).encode()


def _in_line(word: str) -> str:
    if not word.isalnum():  # hardly any
        for character, escaped in _IN_LINES:
            word = word.replace(character, escaped)
    return word


def _copy(connection: Connection, statement: str, lines: bytes) -> None:
    """Have the server read lines. SQLAlchemy knows nothing of this: an error is made one of its own here, so
    that it is told from a bug when the database is away."""
    driver: Any = connection.connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(lines)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(statement, None, error, connection.dialect.loaded_dbapi.Error) from error


def _listed(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """The columns of rows that are so wide, as arrays."""
    return [[row[column] for row in rows] for column in range(width)]


def _vector(entry: Entry) -> bytes:
    """The `tsvector` as the server takes it: each token with a position for each mention, labelled by
    column."""
    labels: dict[str, str] = {}
    for column, label in _LABELS.items():
        for name in entry.columns[column]:
            labels[name] = labels.get(name, "") + label
    # `ts_rank` makes little of repeats, which is how often a concept is meant to count: it goes by labels.
    for name in {name for column in ("concepts", "topics", "themes") for name in entry.columns[column]}:
        if name[:2] in ("k_", "g_", "t_") and len(labels[name]) > 1:
            labels[name] = "A" if len(labels[name]) > 2 else "B"
    marked = {_FACET + name for name in entry.columns["facets"]}
    marked.update([_TITLE + name for name in entry.columns["title"]])
    tokens = [name.encode() + _positions(held) for name, held in labels.items()]
    tokens += [name.encode() + _NOWHERE for name in marked]
    return struct.pack(">i", len(tokens)) + b"".join(tokens)


@lru_cache(4096)
def _positions(labels: str) -> bytes:
    """The end of a token, and positions with these labels; no more of them are known than their order."""
    weighted = [_WEIGHTED[label] | place for place, label in enumerate(labels[:_MOST_POSITIONS], 1)]
    return struct.pack(f">xH{len(weighted)}H", len(weighted), *weighted)


def _quoted(token: str) -> str:
    return f"'{_escaped(token)}'"


def _escaped(token: str) -> str:
    return token.replace("\\", "\\\\").replace("'", "''") if "'" in token or "\\" in token else token


def _needed(each: Alternative) -> str:
    return " & ".join(map(_quoted, each.run)) + _facets((each.facets,))


def _facets(facets: Sequence[Sequence[str]]) -> str:
    return "".join(
        f" & ({' | '.join(_quoted(f'facet {name}') for name in names)})" for names in facets if names
    )
