"""Transactions: whole or not at all, one after the other where they write, with keys that can be repeated."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError

from storage import inbox, rooms, schedule
from storage.database import Database
from storage.inbox import Cursor, Kind

WORKERS, TIMES = 8, 25


class Interrupted(Exception):
    """What a test throws into a transaction."""


def test_writers_that_read_first_lose_nothing(database: Database) -> None:
    """Eight at once read a number and write it back one higher: none of them overwrites another."""
    with database.write() as tx:
        inbox.keep_sync_token(tx, "0")

    def count() -> None:
        for _ in range(TIMES):
            with database.write() as tx:
                inbox.keep_sync_token(tx, str(int(inbox.sync_token(tx) or 0) + 1))

    with ThreadPoolExecutor(WORKERS) as workers:
        for done in [workers.submit(count) for _ in range(WORKERS)]:
            done.result()
    with database.read() as tx:
        assert inbox.sync_token(tx) == str(WORKERS * TIMES)


COUNT = """
import sys
from storage import inbox
from storage.database import Database
database = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.write() as tx:
        inbox.keep_sync_token(tx, str(int(inbox.sync_token(tx) or 0) + 1))
database.close()
"""


def test_writers_in_several_processes_lose_nothing(database: Database) -> None:
    """The same with processes instead of threads, as they are on several machines."""
    url = database.url.render_as_string(hide_password=False)
    running = [subprocess.Popen([sys.executable, "-c", COUNT, url, str(TIMES)]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    with database.read() as tx:
        assert inbox.sync_token(tx) == str(3 * TIMES)


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    """What happened before the exception is undone, and the next transaction works."""
    with suppress(Interrupted), database.write() as tx:
        inbox.keep_sync_token(tx, "lost")
        raise Interrupted
    with database.write() as tx:
        assert inbox.sync_token(tx) is None
        inbox.keep_sync_token(tx, "kept")
    with database.read() as tx:
        assert inbox.sync_token(tx) == "kept"


def test_a_reader_sees_one_moment(database: Database) -> None:
    """What others write while a reader reads stays out of its sight."""
    with database.write() as tx:
        inbox.keep_sync_token(tx, "before")
    with database.read() as reader:
        assert inbox.sync_token(reader) == "before"
        with database.write() as tx:
            inbox.keep_sync_token(tx, "after")
        reader.session.expire_all()
        assert inbox.sync_token(reader) == "before"


def test_a_savepoint_undoes_only_itself(database: Database) -> None:
    """What happened before a savepoint stays when its inside raises."""
    with database.write() as tx:
        inbox.keep_sync_token(tx, "outside")
        with suppress(Interrupted), tx.savepoint():
            inbox.keep_sync_token(tx, "inside")
            rooms.keep_member(tx, "!room", "@ada:x", "join")
            raise Interrupted
    with database.read() as tx:
        assert inbox.sync_token(tx) == "outside"
        assert rooms.membership(tx, "!room", "@ada:x") is None


def test_keys_are_a_function_of_the_cause(database: Database) -> None:
    """The same cause gives the same keys in the same order, also after something was undone in between."""
    with database.write("$command") as tx:
        first = tx.next_key()
        with suppress(Interrupted), tx.savepoint():
            undone = tx.next_key()
            raise Interrupted
        second = tx.next_key()
    assert (first, second) == ("$command/1", "$command/2")
    assert undone == second
    with database.write("$command") as tx:
        assert tx.next_key() == first


def test_moments_come_back_in_utc(database: Database) -> None:
    """A moment given in any zone is the same moment in UTC later."""
    summer = datetime(2027, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    event = inbox.InboxEvent(
        event_id="$a", room_id="!r", sender="@a:x", kind=Kind.MESSAGE, content={}, sent_at=summer,
        received_at=summer,
    )  # fmt: skip
    with database.write() as tx:
        inbox.journal(tx, [event])
    with database.read() as tx:
        found = inbox.find(tx, "$a")
    assert found is not None
    assert found.sent_at == datetime(2027, 7, 1, 10, 0, tzinfo=UTC)
    assert found.sent_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    """Nobody could say later which moment it meant."""
    with pytest.raises(StatementError, match="needs its zone"), database.write() as tx:
        inbox.forget_before(tx, datetime(2027, 7, 1, 12, 0))  # noqa: DTZ001 - that is the point


def test_erased_data_leaves_no_trace_in_the_file(database: Database) -> None:
    """After a deletion the words are nowhere in a SQLite file; PostgreSQL leaves that to its vacuum."""
    if not database.sqlite:
        return
    canary = "canary" * 20
    with database.write() as tx:
        tx.session.add(Cursor(name="secret", value=canary))
    with database.write() as tx:
        tx.session.delete(tx.session.get_one(Cursor, "secret"))
    database.close()
    path = str(database.url.database)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with open(path, "rb") as file:
        assert canary.encode() not in file.read()


def test_whoever_waits_for_the_schedule_may_leave_at_any_time(database: Database) -> None:
    """Also between a commit and the call: what was committed is done, and nothing fails."""
    heard = []

    class Leaving:
        def __bool__(self) -> bool:
            database.on_planned = None
            return True

        def __call__(self) -> None:
            heard.append("planned")

    database.on_planned = Leaving()
    with database.write("$1") as tx:
        schedule.plan(tx, "one", "greet", tx.now.replace(tzinfo=None), "UTC")
    with database.write("$2") as tx:
        schedule.plan(tx, "two", "greet", tx.now.replace(tzinfo=None), "UTC")
    assert heard == ["planned"]
