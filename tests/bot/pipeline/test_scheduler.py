"""What the clock does: once each, late where that is right, and a failure is not the end of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot.pipeline.scheduler import LOOK_AGAIN, Scheduler
from commands.core.context import Network
from commands.core.jobs import Job
from commands.core.registry import load
from storage import dialogs, inbox, outbox, schedule
from storage.database import Database, Tx
from storage.dialogs import Dialog
from storage.inbox import InboxEvent, InboxState, Kind
from storage.outbox import Delivered
from storage.schedule import DueRow
from tests.blank import blank_database
from tests.transcript import Clock

NETWORK = Network(user_id="@bot:x", hub_room="!hub:x", timezone="Europe/Berlin")
START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)  # ten o'clock in Berlin
PATIENCE = 60.0


class Desk:
    """A scheduler with a clock that the test moves; `lanes` are the destinations that it told of."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.jobs: dict[str, Job] = {}
        self.lanes: set[str] = set()

    @asynccontextmanager
    async def running(self, look_again: float = LOOK_AGAIN) -> AsyncIterator[Scheduler]:
        """Let it work inside, and stop it gracefully."""
        scheduler = Scheduler(
            self.database, self.jobs, NETWORK, on_done=self.lanes.update, look_again=look_again
        )
        task = asyncio.create_task(scheduler.run())
        try:
            yield scheduler
        finally:
            scheduler.stop()
            await task

    async def run_at(self, moment: datetime) -> None:
        """Start at a moment, do all that is due, and stop."""
        self.clock.now = moment
        async with self.running(), asyncio.timeout(PATIENCE):
            while not self._planned() or self._due():  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.005)

    def _planned(self) -> bool:
        daily = {job.name for job in self.jobs.values() if job.daily_at is not None}
        return daily <= {row.job for row in self.rows()}

    def _due(self) -> bool:
        with self.database.read() as tx:
            upcoming = schedule.next_due(tx)
        return upcoming is not None and upcoming <= self.clock.now

    def rows(self) -> list[DueRow]:
        """All rows, by their time."""
        with self.database.read() as tx:
            return sorted(tx.session.exec(select(DueRow)), key=lambda row: row.due_at)

    def states(self) -> list[tuple[str, str]]:
        """Job and state of all rows, by their time."""
        return [(row.job, row.state) for row in self.rows()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A scheduler with nothing to do yet."""
    clock = Clock(START)
    database = Database(blank_database(tmp_path / "proxenos.db"), clock=clock)
    yield Desk(database, clock)
    database.close()


def saying(text: str, **options: Any) -> Job:
    """A job that says something in the hub."""

    def run(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
        outbox.message(tx, network.hub_room, {"body": text, **payload})

    return Job("saying", run, **options)


async def test_a_daily_job_is_planned_once_and_again_when_it_was_done(desk: Desk) -> None:
    """However often the program starts; the next one is planned when the last one was run."""
    desk.jobs = {"saying": saying("good night", daily_at=3)}
    await desk.run_at(START)
    await desk.run_at(START + timedelta(hours=1))
    assert desk.states() == [("saying", "waiting")]
    assert desk.rows()[0].due_at == datetime(2027, 3, 2, 2, 0, tzinfo=UTC)
    await desk.run_at(START + timedelta(days=1))
    assert desk.states() == [("saying", "done"), ("saying", "waiting")]
    assert desk.lanes == {"!hub:x"}
    await desk.run_at(START + timedelta(days=1, hours=1))
    with desk.database.read() as tx:
        assert len(outbox.pending(tx, ["!hub:x"])["!hub:x"]) == 1


async def test_days_in_between_are_not_made_up_for(desk: Desk) -> None:
    """After a week away a daily job is done once, not seven times."""
    desk.jobs = {"saying": saying("good night", daily_at=3)}
    await desk.run_at(START)
    await desk.run_at(START + timedelta(days=7))
    assert desk.states() == [("saying", "done"), ("saying", "waiting")]


async def test_a_failing_job_is_marked_with_a_reference_and_tried_again_next_day(desk: Desk) -> None:
    """Nothing of it stays but its reference, which is in the log; it is not repeated in a loop."""
    days: list[datetime] = []

    def fail(tx: Tx, network: Network, _payload: dict[str, Any]) -> None:
        outbox.message(tx, network.hub_room, {"body": "half done"})
        days.append(tx.now)
        raise LookupError

    desk.jobs = {"failing": Job("failing", fail, daily_at=3), "saying": saying("hello", daily_at=4)}
    await desk.run_at(START)
    with capture_logs() as logs:
        await desk.run_at(START + timedelta(days=1))
    (entry,) = (entry for entry in logs if entry["event"] == "job_failed")
    failed, said, again, _ = desk.rows()
    assert (failed.job, failed.state, failed.reference) == ("failing", "failed", entry["reference"])
    assert (said.job, said.state) == ("saying", "done")
    assert (again.job, again.state) == ("failing", "waiting")
    with desk.database.read() as tx:
        assert [row.content["body"] for row in outbox.pending(tx, ["!hub:x"])["!hub:x"]] == ["hello"]
    await desk.run_at(START + timedelta(days=2))
    assert len(days) == 2


async def test_what_is_too_late_is_skipped_where_that_was_said(desk: Desk) -> None:
    """An hour late is fine for one job and not for the other; a job nobody knows any more is skipped."""
    desk.jobs = {
        "saying": saying("however late"),
        "skipping": replace(saying("never"), name="skipping", skip_after=timedelta(minutes=30)),
    }
    local = START.replace(tzinfo=None)
    with desk.database.write("plan") as tx:
        for name in ("saying", "skipping", "forgotten"):
            schedule.plan(tx, name, name, local, "UTC", {"name": name})
    await desk.run_at(START + timedelta(hours=1))
    assert sorted(desk.states()) == [("forgotten", "skipped"), ("saying", "done"), ("skipping", "skipped")]


async def test_a_row_planned_while_it_runs_is_done_when_due(desk: Desk) -> None:
    """What was planned wakes the scheduler, and then the clock does; nobody else has to."""
    desk.database.clock = lambda: datetime.now(UTC)
    desk.jobs = {"saying": saying("now")}
    async with desk.running(look_again=PATIENCE), asyncio.timeout(PATIENCE / 2):
        await asyncio.sleep(0.1)  # by then it sleeps
        await asyncio.to_thread(plan_soon, desk.database)
        while not desk.lanes:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert desk.states() == [("saying", "done")]


def plan_soon(database: Database) -> None:
    """Have the job `saying` due in a moment."""
    with database.write("plan") as tx:
        soon = tx.now + timedelta(seconds=0.3)
        schedule.plan(tx, "soon", "saying", soon.replace(tzinfo=None), "UTC")


async def test_nobody_waits_for_a_scheduler_that_has_nothing_to_do(desk: Desk) -> None:
    """However often it looks, it only reads: it ends while somebody else is writing."""
    desk.jobs = {"saying": saying("tomorrow", daily_at=3)}
    scheduler = Scheduler(desk.database, desk.jobs, NETWORK, on_done=desk.lanes.update, look_again=0.01)
    task = asyncio.create_task(scheduler.run())
    async with asyncio.timeout(PATIENCE):
        while not desk.rows():  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.005)
        with desk.database.write():
            await asyncio.sleep(0.1)
            scheduler.stop()
            await task


async def test_the_words_of_people_are_forgotten_after_a_month(desk: Desk) -> None:
    """Housekeeping deletes what was said, blanks what was answered, and ends dialogs nobody goes on with."""
    desk.jobs = {"housekeeping": load().jobs["housekeeping"]}
    await desk.run_at(START)

    def talk(name: str) -> None:
        with desk.database.write(f"${name}") as tx:
            event = InboxEvent(
                event_id=f"${name}",
                room_id="!hub:x",
                sender="@ada:x",
                kind=Kind.MESSAGE,
                content={"body": name},
                sent_at=tx.now,
                received_at=tx.now,
            )
            inbox.journal(tx, [event])
            inbox.mark(tx, f"${name}", InboxState.DONE)
            key = outbox.message(tx, "!hub:x", {"body": name})
            outbox.mark_sent(tx, [Delivered(key, "!hub:x", f"$answer-{name}")])
            dialogs.keep(
                tx, Dialog(user_id=f"@{name}:x", name="register", locale="en", step="name", updated_at=tx.now)
            )

    talk("old")
    desk.clock.forward(days=25)
    talk("new")
    await desk.run_at(START + timedelta(days=31))
    with desk.database.read() as tx:
        assert inbox.find(tx, "$old") is None
        assert inbox.find(tx, "$new") is not None
        contents = {
            name: row.content for name in ("old", "new") if (row := outbox.by_event(tx, f"$answer-{name}"))
        }
        assert contents == {"old": {}, "new": {"body": "new"}}
        assert dialogs.active(tx, "@old:x") is None
        assert dialogs.active(tx, "@new:x") is not None


async def test_a_daily_job_when_the_clock_is_set_back(desk: Desk) -> None:
    """What waits for next month, where the clock was by mistake, is done tomorrow all the same."""
    desk.jobs = {"saying": saying("good night", daily_at=3)}
    desk.clock.now = START + timedelta(days=30)
    scheduler = Scheduler(desk.database, desk.jobs, NETWORK, on_done=desk.lanes.update, look_again=0.01)
    task = asyncio.create_task(scheduler.run())
    async with asyncio.timeout(PATIENCE):
        while not desk.rows():  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.005)
        desk.clock.now = START
        while len(desk.rows()) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    scheduler.stop()
    await task
    assert [row.local_time for row in desk.rows()] == ["2027-03-02T03:00:00", "2027-04-01T03:00:00"]


@pytest.mark.parametrize(
    ("day", "hour", "done"),
    [
        (datetime(2027, 3, 27, 12, tzinfo=UTC), 9, ["28.03. 07:00", "29.03. 07:00"]),
        (datetime(2027, 10, 30, 12, tzinfo=UTC), 9, ["31.10. 08:00", "01.11. 08:00"]),
        (datetime(2027, 3, 27, 12, tzinfo=UTC), 2, ["28.03. 01:00", "29.03. 00:00"]),  # at 3: there is no 2
        (datetime(2027, 10, 30, 12, tzinfo=UTC), 2, ["31.10. 00:00", "01.11. 01:00"]),  # the first of two
    ],
)
async def test_a_daily_hour_when_clocks_change(desk: Desk, day: datetime, hour: int, done: list[str]) -> None:
    """Each day once, at the hour that the wall clock shows."""
    desk.jobs = {"saying": saying("good morning", daily_at=hour)}
    await desk.run_at(day)
    for quarter in range(4 * 46):
        moment = day + timedelta(minutes=15 * quarter)
        if any(row.state == "waiting" and row.due_at <= moment for row in desk.rows()):
            await desk.run_at(moment)
    found = [f"{row.done_at:%d.%m. %H:%M}" for row in desk.rows() if row.state == "done" and row.done_at]
    assert found == done


async def test_three_days_away(desk: Desk) -> None:
    """Each job as its rule for lateness says: done though late, skipped, or, daily, done once."""
    desk.jobs = {
        "saying": saying("however late"),
        "skipping": replace(saying("too late"), name="skipping", skip_after=timedelta(days=1)),
        "daily": replace(saying("daily", daily_at=9), name="daily"),
    }
    await desk.run_at(START)
    local = START.replace(tzinfo=None) + timedelta(hours=1)
    with desk.database.write("plan") as tx:
        for name in ("saying", "skipping"):
            schedule.plan(tx, name, name, local, "UTC")
        schedule.plan(tx, "in time", "skipping", local + timedelta(days=2, hours=12), "UTC")
    await desk.run_at(START + timedelta(days=3))
    assert sorted(desk.states()) == [
        ("daily", "done"),
        ("daily", "waiting"),
        ("saying", "done"),
        ("skipping", "done"),
        ("skipping", "skipped"),
    ]


async def test_new_rules_of_a_zone_are_heeded_at_the_start(desk: Desk) -> None:
    """What was planned by old rules is done at the local time that was said."""
    desk.jobs = {"daily": replace(saying("daily", daily_at=3), name="daily")}
    with desk.database.write("plan") as tx:
        row = schedule.plan(tx, "k", "saying", datetime.fromisoformat("2027-03-01T12:00"), "Europe/Berlin")
        row.due_at = START + timedelta(hours=5)
    await desk.run_at(START)
    assert desk.rows()[0].due_at == datetime(2027, 3, 1, 11, 0, tzinfo=UTC)


async def test_much_that_is_due_gives_way_to_people(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two rows there is a rest as long as somebody may wait for an answer, and none else."""
    rests: list[float] = []
    sleep = asyncio.sleep

    async def resting(seconds: float) -> None:
        rests.append(seconds)
        await sleep(0)

    desk.jobs = {"saying": saying("now")}
    with desk.database.write("plan") as tx:
        for number in range(3):
            schedule.plan(tx, f"k{number}", "saying", START.replace(tzinfo=None), "UTC")
    monkeypatch.setattr("bot.pipeline.scheduler.CHAT", PATIENCE)
    scheduler = Scheduler(desk.database, desk.jobs, NETWORK, on_done=desk.lanes.update)
    scheduler.give_way()
    monkeypatch.setattr(asyncio, "sleep", resting)
    task = asyncio.create_task(scheduler.run())
    async with asyncio.timeout(PATIENCE):
        while len([state for _, state in desk.states() if state == "done"]) < 3:
            await sleep(0.01)
    scheduler.stop()
    await task
    assert len(rests) == 3
    assert all(rest > 0 for rest in rests)
