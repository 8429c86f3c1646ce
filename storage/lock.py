"""Who works on a network: with SQLite one process at a time, with PostgreSQL several, of which one leads."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from storage import inbox, outbox
from storage.database import Database, DatabaseAway, News, Tx, first_line

T = TypeVar("T")
log = structlog.get_logger("proxenos")

# Numbers of our own among PostgreSQL's advisory locks. Whoever works on the database shares PRESENCE ("prox"
# in ASCII); whoever must be alone there holds it exclusively. One of those present holds LEAD ("lead").
PRESENCE = 0x70726F78
LEAD = 0x6C656164

LOOK_AGAIN = (
    1.0  # seconds; what is missed is late by this much, and a lead that is free is not free for longer
)
KNOCK_AGAIN = 0.3  # seconds between two attempts to come in
KNOCKS_IN_SILENCE = 5  # others who come in at the same time are alone for a moment


class AlreadyRunning(Exception):
    """Another process works on this network."""


class Waiting(NamedTuple):
    """What waits in the database: rooms with events in the inbox, destinations with rows in the outbox; and
    whether another process has planned something."""

    rooms: list[str]
    lanes: list[str]
    planned: bool


class Seat(Protocol):
    """A process's place among those that work on a database, from `enter` to `close`.

    Each call but `close` raises `DatabaseAway` when the place is lost; it has to be closed then.
    """

    async def enter(self, prepare: Callable[[bool], None]) -> None:
        """Take the place. `prepare` is called with whether nobody else is there, and nobody comes in before
        it has returned. Raises `AlreadyRunning` where only one can work."""
        ...

    async def lead(self) -> bool:
        """Take the lead if nobody has it; returns whether this process leads."""
        ...

    async def listen(self, pause: float = 0.0) -> Waiting:
        """What waits, `pause` seconds after another process has written something, or after LOOK_AGAIN."""
        ...

    def close(self) -> None:
        """Leave, and let go of the lead."""
        ...


def seat_at(database: Database, data_dir: Path) -> Seat:
    """The place that this kind of database has."""
    return _OnlySeat(data_dir) if database.sqlite else _SeatAmongOthers(database)


@contextlib.contextmanager
def only_process(database: Database, data_dir: Path) -> Iterator[None]:
    """Be alone: by a file in the data directory with SQLite, by an advisory lock in PostgreSQL.

    Both are let go by the system when the process ends, however it ends. Raises `AlreadyRunning`.
    """
    if database.sqlite:
        with _file_lock(data_dir / "proxenos.lock"):
            yield
        return
    connection = _connection_for_life(database)
    try:
        if not _try(connection, "pg_try_advisory_lock", PRESENCE):
            raise AlreadyRunning(
                "Proxenos works on this database. Stop it first: every process of it, on all machines."
            )
        yield
    finally:
        _let_go(connection)


class _OnlySeat:
    """With SQLite nobody else is ever there."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "proxenos.lock"
        self._held = contextlib.ExitStack()

    async def enter(self, prepare: Callable[[bool], None]) -> None:
        self._held.enter_context(_file_lock(self._path))
        await asyncio.to_thread(prepare, True)

    async def lead(self) -> bool:
        return True

    async def listen(self, pause: float = 0.0) -> Waiting:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    def close(self) -> None:
        self._held.close()


class _SeatAmongOthers:
    """A connection of its own, with a thread of its own: what leads must notice at once when it is lost,
    however busy the others are."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="seat")

    @cached_property
    def _connection(self) -> Connection:
        return _connection_for_life(self._database)

    async def enter(self, prepare: Callable[[bool], None]) -> None:
        for tries in itertools.count(1):
            if await self._do(self._enter, prepare):
                return
            if tries == KNOCKS_IN_SILENCE:
                log.info("waiting_to_come_in", why="a process that has to be alone works on this database")
            await asyncio.sleep(KNOCK_AGAIN)

    async def lead(self) -> bool:
        return await self._do(self._lead)

    async def listen(self, pause: float = 0.0) -> Waiting:
        return await self._do(self._listen, pause)

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        if connection := self.__dict__.pop("_connection", None):
            _let_go(connection)

    async def _do(self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._told, function, *args)

    def _told(self, function: Callable[..., T], *args: Any) -> T:
        with self._database.reached():
            return function(*args)

    def _enter(self, prepare: Callable[[bool], None]) -> bool:
        alone = _try(self._connection, "pg_try_advisory_lock", PRESENCE)
        if not alone and not _try(self._connection, "pg_try_advisory_lock_shared", PRESENCE):
            return False
        prepare(alone)
        if alone:
            _try(self._connection, "pg_try_advisory_lock_shared", PRESENCE)
            _try(self._connection, "pg_advisory_unlock", PRESENCE)
        for channel in News:
            self._connection.exec_driver_sql(f"LISTEN {channel}")
        return True

    def _lead(self) -> bool:
        if not _try(self._connection, "pg_try_advisory_lock", LEAD):
            return False
        with self._database.write() as tx:
            self._database.term = inbox.new_term(tx)
        return True

    def _listen(self, pause: float) -> Waiting:
        driver: Any = self._connection.connection.dbapi_connection
        until = time.monotonic() + LOOK_AGAIN
        told: set[str] = set()
        while (left := until - time.monotonic()) > 0:
            try:
                heard = list(driver.notifies(timeout=left, stop_after=1))
            except self._database.engine.dialect.loaded_dbapi.Error as error:
                raise DatabaseAway(first_line(error)) from error
            if told := {one.channel for one in heard if one.payload != self._database.name}:
                time.sleep(pause)
                break
        tx = Tx(self._connection, self._database.clock())
        return Waiting(inbox.waiting_rooms(tx), outbox.waiting_lanes(tx), News.SCHEDULE in told)


def _connection_for_life(database: Database) -> Connection:
    """A connection whose locks end with it: it does not go back to the others when it is closed."""
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()
    return connection


def _let_go(connection: Connection) -> None:
    with contextlib.suppress(SQLAlchemyError):  # it may be lost already
        # The server would do this too, a moment after we have gone.
        connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
    with contextlib.suppress(SQLAlchemyError):
        connection.close()


def _try(connection: Connection, function: str, lock: int) -> bool:
    return connection.scalar(text(f"SELECT {function}(:lock)"), {"lock": lock}) is not False


@contextlib.contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            raise AlreadyRunning(
                f"Another Proxenos process (number {holder}) works in {path.parent}. Stop it first;"
                " two at once would answer twice."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
