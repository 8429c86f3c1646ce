"""The database: one engine, and transactions that either happen whole or not at all."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import structlog
from sqlalchemy import JSON, DateTime, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, RowMapping
from sqlalchemy.exc import DBAPIError, InvalidRequestError, OperationalError
from sqlalchemy.orm import configure_mappers
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=SQLModel)
log = structlog.get_logger("database")

SYNCHRONOUS = "FULL"  # what SQLite has committed outlives a power cut
TRY_AGAIN = 2.0  # seconds between two attempts at a database that takes nothing

# A number of our own among PostgreSQL's advisory locks: "writ" in ASCII.
WRITER_LOCK = 0x77726974

# Whoever is silent for longer (a machine that lost its power, a process that was stopped) is given up by the
# server, seconds after they would have given it up themselves: its locks go to somebody else.
_CLIENT = {
    "connect_timeout": 5,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 4_000,  # milliseconds
}
_SERVER = {
    "tcp_keepalives_idle": "4s",
    "tcp_keepalives_interval": "1s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "7s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",  # compiling a search takes longer than any search
}
# What PostgreSQL says when it is going down or starting, has no room, or wants a transaction repeated; by the
# classes and codes of its manual's appendix A.
_NO_ROOM = "53"
_PASSING = ("08", "57P", "25006", "25P03", "40001", "40P01", "55P03")

JsonColumn = JSON().with_variant(JSONB(), "postgresql")


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


class OutOfReach(Exception):
    """The database takes nothing at the moment: its disk is full, or it can't be reached.

    Nothing was changed, and the same may be done later.
    """


class UtcDateTime(TypeDecorator[datetime]):
    """A moment; goes in aware, comes out aware in UTC, whatever the database makes of zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody could say later which moment it meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone; what went in was UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DatabaseAway(OutOfReach):
    """PostgreSQL can't be reached, and whoever led may not lead any more. Nothing of the transaction was
    done, or all of it was (the answer to a commit can be lost)."""


class LeadLost(Exception):
    """Another process leads by now."""


class News(StrEnum):
    """What other processes on the same PostgreSQL are told when it is committed; the names of channels."""

    INBOX = "proxenos_inbox"
    OUTBOX = "proxenos_outbox"
    SCHEDULE = "proxenos_schedule"


class Tx:
    """One transaction.

    `now` is the moment it began. `source` names what caused it (an event id, a job's key); the keys of
    its consequences derive from it, so that a replay of the same cause makes the same consequences.
    `lanes` are the destinations that something was put into the outbox for; `news` is what other processes
    should look at once this is committed; `notes` are what one part of the program has to remember while it
    lasts.
    """

    def __init__(self, connection: Connection, now: datetime, source: str = "") -> None:
        self.connection = connection
        self.now = now
        self.source = source
        self.lanes: set[str] = set()
        self.news: set[News] = set()
        self.notes: dict[str, Any] = {}
        self._consequences = 0
        self._undo: set[Callable[[], None]] = set()

    @cached_property
    def session(self) -> Session:
        """The ORM's view of this transaction; the hot path does without one."""
        # The transaction belongs to the connection: the session flushes into it and never commits.
        session = Session(bind=self.connection, expire_on_commit=False, join_transaction_mode="rollback_only")
        session.connection()  # takes part from now on, so that its rollback is the transaction's
        return session

    @property
    def sqlite(self) -> bool:
        """Whether this is SQLite (otherwise it is PostgreSQL)."""
        return self.connection.dialect.name == "sqlite"

    def next_key(self) -> str:
        """The key of the next consequence: a pure function of the cause and its place in the order."""
        self._consequences += 1
        return f"{self.source}/{self._consequences}"

    @contextmanager
    def caused_by(self, source: str) -> Iterator[None]:
        """Derive the keys of what follows from a cause of its own, one of several in this transaction."""
        before = self.source, self._consequences
        self.source, self._consequences = source, 0
        try:
            yield
        finally:
            self.source, self._consequences = before

    def on_rollback(self, undo: Callable[[], None]) -> None:
        """Have `undo` called, once, if this transaction does not come to a good end."""
        self._undo.add(undo)

    def rolled_back(self) -> None:
        """Undo in memory what the database has forgotten."""
        for undo in self._undo:
            undo()

    def flush(self) -> None:
        """Write what so far only the session knows."""
        if "session" in self.__dict__:
            self.session.flush()

    def close(self) -> None:
        """Let go of what the session holds; the transaction ends with its connection."""
        if "session" in self.__dict__:
            self.session.close()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside when it raises, keep what happened before; raises it again."""
        before = self._consequences
        self.flush()
        self._say("SAVEPOINT inside")
        try:
            yield
            self.flush()
        except BaseException:
            # All may be undone already, for instance with the connection.
            with suppress(DBAPIError, InvalidRequestError, sqlite3.Error):
                self._say("ROLLBACK TO SAVEPOINT inside")
                self._say("RELEASE SAVEPOINT inside")
            self.close()  # what the session has read since is no longer so
            self._consequences = before
            raise
        self._say("RELEASE SAVEPOINT inside")

    def _say(self, sql: str) -> None:
        # As for every statement of every command: SQLAlchemy takes longer for it than SQLite.
        if self.sqlite:
            driver(self.connection).execute(sql)
        else:
            self.connection.exec_driver_sql(sql)


class Database:
    """A SQLite file or a PostgreSQL database.

    `url` is SQLAlchemy's; `clock` tells the moment at which each transaction begins. `name` tells this
    process from others on the same database; `term` is the one in which it leads, or led last (see
    `storage.lock`). `on_planned` is called when a row of the schedule was committed here, in the thread that
    did it.
    """

    def __init__(self, url: str, *, clock: Callable[[], datetime] = utc_now, workers: int = 4) -> None:
        self.url = make_url(url)
        self.clock = clock
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if file := sqlite_file(url):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)  # what SQLite puts beside it gets the same mode
        self.name = secrets.token_hex(8)
        self.term: str | None = None
        self.on_planned: Callable[[], None] | None = None
        self.engine: Engine = self._create_engine(workers)
        configure_mappers()  # rows of the hot path may be made before the ORM is used
        # There is one writer at a time. Waiting here is fair and quick; SQLite's own waiting polls.
        self._one_writer = threading.Lock()
        self._writer: Connection | None = None
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="database")
        self._out_of_reach = False

    def _create_engine(self, workers: int) -> Engine:
        if not self.sqlite:
            given = self.url.query.get("options", "")
            options = " ".join(
                [
                    *([given] if isinstance(given, str) else given),
                    *(f"-c {name}={value}" for name, value in _SERVER.items()),
                ]
            )
            engine = create_engine(
                self.url,
                pool_size=workers + 2,
                pool_pre_ping=True,
                connect_args={**_CLIENT, "options": options.strip()},
            )

            @event.listens_for(engine, "begin")
            def queue(connection: Connection) -> None:
                # PostgreSQL lets two transactions read the same row and each write its own answer. Writers go
                # one after the other here as in SQLite, whichever process they are in.
                if connection.get_execution_options().get("writes", False):
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

            return engine
        engine = create_engine(self.url, connect_args={"check_same_thread": False, "timeout": 30})

        @event.listens_for(engine, "connect")
        def configure(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None  # the driver must not begin or commit by itself
            for pragma in (
                "journal_mode=WAL",
                f"synchronous={SYNCHRONOUS}",
                "foreign_keys=ON",
                "busy_timeout=30000",
                "secure_delete=ON",  # erased data leaves no trace in the file
            ):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # A deferred transaction that reads first and writes later loses updates or fails halfway.
            writes = connection.get_execution_options().get("writes", False)
            driver(connection).execute("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    @contextmanager
    def write(self, source: str = "") -> Iterator[Tx]:
        """A transaction that may write; committed at the end, rolled back when the block raises.

        Raises `OutOfReach`.
        """
        with self.reached(), self._one_writer, self._writing() as connection:
            tx = Tx(connection, self.clock(), source)
            try:
                with connection.begin(), closing(tx):
                    yield tx
                    tx.flush()
                    if tx.news and not self.sqlite and connection.in_transaction():
                        connection.execute(_TELL, {"channels": sorted(tx.news), "name": self.name})
            except BaseException:
                tx.rolled_back()
                raise
        tell = self.on_planned  # once, as another thread may take it away
        if News.SCHEDULE in tx.news and tell:
            tell()

    @contextmanager
    def lead(self, source: str = "") -> Iterator[Tx]:
        """A transaction that only the process that leads may make; raises `LeadLost` in any other."""
        term = self.term
        with self.write(source) as tx:
            # Writers take turns, and whoever takes the lead writes that down: from then on this is not equal.
            if term is not None and tx.connection.scalar(_TERM) != term:
                raise LeadLost
            yield tx

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Around what is asked of the database: says that it is away in a word of ours."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            if passing := _out_of_reach(error):
                raise passing from error
            raise

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if not self.sqlite:
            with self.engine.connect().execution_options(writes=True) as connection:
                yield connection
            return
        # SQLite remembers pages for each connection, until another one writes: this is the one that does.
        if self._writer is None:
            self._writer = self.engine.connect().execution_options(writes=True)
        yield self._writer

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that only reads; what it sees doesn't change while it lasts. Raises `OutOfReach`."""
        with (
            self.reached(),
            self.engine.connect() as connection,
            closing(Tx(connection, self.clock())) as tx,
        ):
            if self.sqlite:
                connection.begin()  # for statements that SQLAlchemy does not see
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield tx

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in a worker thread and wait for it without holding up the event loop.

        While the database is out of reach it is called again and again: it has to be something that can be.
        """
        loop = asyncio.get_running_loop()
        failed = False
        while True:
            try:
                result = await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))
            except DatabaseAway:
                raise  # with the connection the lead is lost, and with it the right to go on
            except OutOfReach as out_of_reach:
                failed = True
                if not self._out_of_reach:
                    self._out_of_reach = True
                    log.warning(
                        "database_out_of_reach", why=str(out_of_reach), hint="everything waits for it"
                    )
                await asyncio.sleep(TRY_AGAIN)
            else:
                # Only who has failed knows: on a full disk others can still read.
                if failed and self._out_of_reach:
                    self._out_of_reach = False
                    log.warning("database_back")
                return result

    def check(self) -> None:
        """Raise if the database can't be reached: `OutOfReach`, or what else the driver has to say."""
        with self.reached(), self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Finish what runs and let go of every connection."""
        self._threads.shutdown(wait=True)
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()


_TELL = text("SELECT pg_notify(channel, :name) FROM unnest(CAST(:channels AS text[])) AS told (channel)")
_TERM = text("SELECT value FROM cursor WHERE name = 'term'")

_SQLITE_FAULTS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not work",
    sqlite3.SQLITE_READONLY: "the disk is read-only",
    sqlite3.SQLITE_BUSY: "another program holds it",
}


def _out_of_reach(error: DBAPIError | sqlite3.Error) -> OutOfReach | None:
    """What an error of the driver means for who may try again later; None for every other error."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        error = error.orig
    if isinstance(error, sqlite3.Error):
        # The lower byte is the kind of error, the upper ones tell details of it.
        why = _SQLITE_FAULTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        return OutOfReach(why) if why else None
    state = getattr(error.orig, "sqlstate", None)
    if state is not None and state.startswith(_NO_ROOM):
        return OutOfReach(first_line(error.orig or error))
    gone = isinstance(error, OperationalError) if state is None else state.startswith(_PASSING)
    if error.connection_invalidated or gone:
        return DatabaseAway(first_line(error.orig or error))
    return None


def driver(connection: Connection) -> sqlite3.Connection:
    """SQLite itself, in the transaction that SQLAlchemy's `connection` is in."""
    found: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return found


def first_line(error: BaseException) -> str:
    """The driver's own words, without SQLAlchemy's statement and its link to a web page."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database; None for what is in memory or in PostgreSQL."""
    parts = make_url(url)
    in_file = parts.get_backend_name() == "sqlite" and parts.database not in (None, "", ":memory:")
    return Path(str(parts.database)) if in_file else None


def detached(model: type[M], row: RowMapping | dict[str, Any]) -> M:
    """A row as an object that can only be read, and is made in a tenth of the time."""
    return model.model_construct(**row)


def rows(tx: Tx, sql: str, /, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of a plain SQL query, each as a dict; for what the ORM says only clumsily."""
    return [dict(row) for row in tx.connection.execute(text(sql), parameters).mappings()]
