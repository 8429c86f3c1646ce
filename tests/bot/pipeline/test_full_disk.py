"""A database that takes nothing for a while: everything waits, nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.pipeline.scheduler import Scheduler
from commands.core.context import Network
from commands.core.jobs import Job
from storage import database, inbox, outbox, schedule
from storage.database import Database, Tx
from storage.inbox import InboxState
from tests.bot.pipeline.scene import PATIENCE, Scene

LARGE = 2**30  # pages; nobody's disk


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a full disk more often than in life."""
    monkeypatch.setattr(database, "TRY_AGAIN", 0.01)


def limit(database: Database, pages: int) -> None:
    """Let the database grow no further than this, as on a disk that is full (0: no further than it is)."""
    with database.write() as tx:
        if not pages:
            # What was freed inside the file would still be filled.
            pages = int(tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one())
            free = int(tx.connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())
            assert free < 8
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


def named(logs: list[EventDict], name: str) -> list[EventDict]:
    """The lines of the log with this name."""
    return [entry for entry in logs if entry["event"] == name]


async def test_a_full_disk_is_waited_for(scene: Scene) -> None:
    """Long forms fill the disk: those that find no space are heard, done and answered when there is some
    again, once each and in their order; the log says once that it is full and once that it is not."""
    await scene.run_once()
    with capture_logs() as logs:
        async with scene.running():
            await scene.settled()
            limit(scene.database, 0)
            asked = [scene.ada.send(scene.hub, f"!search {'shade ' * 1500}{n}") for n in range(40)]
            await until(lambda: bool(named(logs, "database_out_of_reach")))
            await asyncio.sleep(0.2)
            assert [] in [scene.answers(scene.hub, one) for one in asked]
            limit(scene.database, LARGE)
            await scene.settled()
    assert [len(scene.answers(scene.hub, one)) for one in asked] == [1] * 40
    (full,) = named(logs, "database_out_of_reach")
    assert full["why"] == "the disk is full"
    assert len(named(logs, "database_back")) == 1
    assert named(logs, "command_failed") == []
    assert scene.dead_letters() == []


async def test_a_command_that_meets_the_full_disk_is_not_marked_as_failed(scene: Scene) -> None:
    """It was journaled while there was space; it is carried out, and not apologised for."""
    await scene.run_once()
    asked = [scene.ada.send(scene.hub, f"!search {'shade ' * 1500}{n}") for n in range(40)]
    for _ in range(1):
        body = await scene.gateway.sync(f"s{scene.homeserver.position - 40}", timeout_ms=0)
        with scene.database.write(f"sync:{body['next_batch']}") as tx:
            scene.app.receiver.journal.take(tx, scene.batch(body))
    with capture_logs() as logs:
        limit(scene.database, 0)
        async with scene.running():
            await until(lambda: bool(named(logs, "database_out_of_reach")))
            limit(scene.database, LARGE)
            await scene.settled()
    rows = [scene.journaled(one) for one in asked]
    assert {row.state for row in rows if row} == {InboxState.DONE}
    assert [len(scene.answers(scene.hub, one)) for one in asked] == [1] * 40


async def test_a_stop_while_the_disk_is_full(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program still ends, and goes on at its next start."""
    monkeypatch.setattr("bot.app.GRACE", 0.1)
    await scene.run_once()
    with capture_logs() as logs:
        async with scene.running():
            await scene.settled()
            limit(scene.database, 0)
            asked = [scene.ada.send(scene.hub, f"!search {'shade ' * 1500}{n}") for n in range(40)]
            await until(lambda: bool(named(logs, "database_out_of_reach")))
    limit(scene.database, LARGE)
    await scene.run_once()
    assert [len(scene.answers(scene.hub, one)) for one in asked] == [1] * 40


async def test_a_job_that_meets_the_full_disk_is_done_later(scene: Scene) -> None:
    """It does not count as failed, and what it says is said once."""

    def write_much(tx: Tx, network: Network, _payload: dict[str, object]) -> None:
        outbox.message(tx, network.hub_room, {"body": "much " * 10_000})

    with scene.database.write("plan") as tx:
        schedule.plan(tx, "much", "much", tx.now.replace(tzinfo=None), "UTC")
    jobs = {"much": Job("much", write_much)}
    limit(scene.database, 0)
    scheduler = Scheduler(scene.database, jobs, scene.network, on_done=lambda _lanes: None)
    with capture_logs() as logs:
        task = asyncio.create_task(scheduler.run())
        await until(lambda: bool(named(logs, "database_out_of_reach")))
        limit(scene.database, LARGE)
        await until(lambda: bool(named(logs, "database_back")))
        scheduler.stop()
        await task
    with scene.database.read() as tx:
        assert schedule.next_due(tx) is None
        assert len(outbox.pending(tx, [scene.hub])[scene.hub]) == 1
    assert named(logs, "job_failed") == []


async def test_the_position_does_not_move_past_what_is_not_written(scene: Scene) -> None:
    """As long as the disk is full, the sync token in the database is the old one."""
    await scene.run_once()

    def position() -> str | None:
        with scene.database.read() as tx:
            return inbox.sync_token(tx)

    with capture_logs() as logs:
        async with scene.running():
            await scene.settled()
            before = position()
            limit(scene.database, 0)
            for number in range(15):
                scene.ada.send(scene.hub, f"!ping {number} {'x' * 15_000}")
            await until(lambda: bool(named(logs, "database_out_of_reach")))
            assert position() == before
            limit(scene.database, LARGE)
            await scene.settled()
