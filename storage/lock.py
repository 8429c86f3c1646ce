"""The lock that keeps two processes from working on one account at once."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from storage.database import Database

# A number of our own among PostgreSQL's advisory locks: "prox" in ASCII.
ADVISORY_LOCK = 0x70726F78


class AlreadyRunning(Exception):
    """Another process works on this network."""


@contextlib.contextmanager
def only_process(database: Database, data_dir: Path) -> Iterator[None]:
    """Hold the lock: a file beside a SQLite database, an advisory lock in PostgreSQL.

    Both are let go by the system when the process ends, however it ends. Raises `AlreadyRunning`.
    """
    if database.sqlite:
        with _file_lock(data_dir / "proxenos.lock"):
            yield
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK}):
            raise AlreadyRunning(
                "Another Proxenos process works on this database. Stop it first;"
                " two at once would answer twice."
            )
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": ADVISORY_LOCK})


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
