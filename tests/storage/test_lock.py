"""Who works on a network: one process with SQLite; with PostgreSQL several, of which one leads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import inbox, outbox, schedule
from storage.database import Database, DatabaseAway, LeadLost, Tx
from storage.lock import AlreadyRunning, Seat, only_process, seat_at
from tests.storage.conftest import new_database


def test_the_second_is_told_and_the_next_comes_in(database: Database, tmp_path: Path) -> None:
    """The lock is let go at the end, also when what was done under it raised."""
    with only_process(database, tmp_path):
        other = Database(database.url.render_as_string(hide_password=False))
        with pytest.raises(AlreadyRunning, match="Stop it first"), only_process(other, tmp_path):
            pass
        other.close()
    with pytest.raises(KeyError), only_process(database, tmp_path):
        raise KeyError("work")
    with only_process(database, tmp_path):
        pass


def test_who_holds_a_file_lock_is_named(tmp_path: Path) -> None:
    """The sentence has the number of the process that an operator has to stop."""
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with (
        only_process(database, tmp_path / "data"),
        pytest.raises(AlreadyRunning, match=f"number {os.getpid()}"),
        only_process(database, tmp_path / "data"),
    ):
        pass
    database.close()


def test_writing_goes_on_under_the_lock(database: Database, tmp_path: Path) -> None:
    """The lock of the process and the turn of a writer are two things."""
    with only_process(database, tmp_path), database.write() as tx:
        assert tx.next_key()


async def test_with_sqlite_there_is_one_seat(tmp_path: Path) -> None:
    """Whoever has it leads, for as long as they like; a second process is told so."""
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    first, second = seat_at(database, tmp_path), seat_at(database, tmp_path)
    alone: list[bool] = []
    await first.enter(alone.append)
    assert await first.lead()
    with pytest.raises(AlreadyRunning, match="Stop it first"):
        await second.enter(alone.append)
    first.close()
    await second.enter(alone.append)
    second.close()
    assert alone == [True, True]
    database.close()


# --- several processes on one PostgreSQL


@pytest.fixture
def processes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """The same PostgreSQL database as two processes have it."""
    with new_database("postgresql", tmp_path, request) as one:
        two = Database(one.url.render_as_string(hide_password=False))
        yield one, two
        two.close()


@pytest.fixture
async def seats(processes: tuple[Database, Database], tmp_path: Path) -> AsyncIterator[tuple[Seat, Seat]]:
    """Their places; the first one leads."""
    one, two = (seat_at(database, tmp_path) for database in processes)
    alone: list[bool] = []
    await one.enter(alone.append)
    assert await one.lead()
    await two.enter(alone.append)
    assert alone == [True, False]
    yield one, two
    one.close()
    two.close()


Processes = tuple[Database, Database]
Seats = tuple[Seat, Seat]


def cut_off(database: Database) -> None:
    """Have the server end the connection that holds the lead."""
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lead"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            {"lead": 0x6C656164},
        )


async def test_one_leads_and_the_next_takes_over(seats: Seats) -> None:
    """Nobody has the lead twice; whoever goes lets go of it."""
    one, two = seats
    assert not await two.lead()
    one.close()
    assert await two.lead()


async def test_news_come_at_once(seats: Seats, processes: Processes) -> None:
    """What one process commits, the other hears of, with what waits; one's own words are no news."""
    one, two = processes
    with two.write("$command") as tx:
        outbox.message(tx, "!room", {"body": "hello"})
    assert (await seats[0].listen()).lanes == ["!room"]
    hearing = asyncio.create_task(seats[1].listen())
    await asyncio.sleep(0)
    with one.write() as tx:
        event = inbox.InboxEvent(
            event_id="$a", room_id="!r", sender="@a:x", kind=inbox.Kind.MESSAGE, content={}, sent_at=tx.now,
            received_at=tx.now,
        )  # fmt: skip
        inbox.journal(tx, [event])
    assert (await hearing).rooms == ["!r"]
    assert not (await seats[0].listen()).planned
    with two.write("$command") as tx:
        schedule.plan(tx, "k", "job", tx.now.replace(tzinfo=None), "UTC")
    assert (await seats[0].listen()).planned


async def test_what_was_missed_is_seen_a_little_later(seats: Seats, processes: Processes) -> None:
    """A process that hears of nothing looks by itself."""
    one, _two = processes
    with one.write("$command") as tx:
        outbox.message(tx, "!room", {"body": "hello"})
        tx.news.clear()
    assert (await seats[1].listen()).lanes == ["!room"]


async def test_who_is_cut_off_knows_and_writes_no_more(seats: Seats, processes: Processes) -> None:
    """The lead is lost with the connection, before anybody else can have it; a straggler changes nothing."""
    one, two = processes
    hearing = asyncio.create_task(seats[0].listen())
    await asyncio.sleep(0.1)
    cut_off(two)
    with pytest.raises(DatabaseAway):
        await hearing
    seats[0].close()
    assert await seats[1].lead()
    with pytest.raises(LeadLost), one.lead("sync:s2") as tx:
        inbox.keep_sync_token(tx, "s2")
    with two.lead("sync:s3") as tx:
        assert inbox.sync_token(tx) is None


async def test_nobody_is_alone_beside_others(seats: Seats, processes: Processes, tmp_path: Path) -> None:
    """What has to be alone is refused while anybody is there; who comes then waits for it to be done."""
    one, two = processes
    with pytest.raises(AlreadyRunning, match="on all machines"), only_process(two, tmp_path):
        pass
    for seat in seats:
        seat.close()
    entering: asyncio.Task[None]
    newcomer = seat_at(one, tmp_path)
    with only_process(two, tmp_path):
        entering = asyncio.create_task(newcomer.enter(lambda _alone: None))
        await asyncio.sleep(0.5)
        assert not entering.done()
    await entering
    newcomer.close()


def test_a_database_that_is_away_says_so(processes: Processes) -> None:
    """In the middle and at the end of a transaction; the next one works again."""
    one, two = processes

    def cut() -> None:
        with two.engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    def at_a_flush(tx: Tx) -> None:
        with tx.savepoint():
            cut()
            tx.session.add(
                outbox.OutboxRow(key="$1/1", lane="!a", action="message", content={}, created_at=tx.now)
            )

    def at_the_commit(tx: Tx) -> None:
        outbox.message(tx, "!a", {})
        cut()

    def when_asked(tx: Tx) -> None:
        cut()
        outbox.waiting_lanes(tx)

    for work in (at_a_flush, at_the_commit, when_asked):
        with pytest.raises(DatabaseAway), one.write("$2") as tx:
            work(tx)
    with one.write("$3") as tx:
        outbox.message(tx, "!b", {})
        assert outbox.waiting_lanes(tx) == ["!b"]
