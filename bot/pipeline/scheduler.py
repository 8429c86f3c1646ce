"""The scheduler: does what is due. The rows are the truth; APScheduler only wakes it for the next one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from bot.pipeline.dispatcher import reference_for
from commands.core.context import Network, with_current_hub
from commands.core.jobs import Job
from storage import schedule
from storage.database import Database, OutOfReach, Tx
from storage.schedule import DueRow

log = structlog.get_logger("scheduler")

CHAT = 0.5  # seconds for which somebody who was heard may still be waiting for an answer
REST = 4.0  # times as long as a row took, between two rows while that is so
LOOK_AGAIN = 30.0  # seconds; a clock that was set makes nothing late for longer than this
LISTEN_FIRST = 120.0  # seconds that what is due waits at most for what was said meanwhile


class Scheduler:
    """Runs due rows, one transaction each; `on_done` is told the destinations with something to send.

    It looks for the next row when something was planned, when that row is due, and every `look_again`
    seconds; it only reads as long as nothing is due.
    """

    def __init__(
        self,
        database: Database,
        jobs: dict[str, Job],
        network: Network,
        *,
        on_done: Callable[[set[str]], None],
        look_again: float = LOOK_AGAIN,
        listen_first: float = LISTEN_FIRST,
    ) -> None:
        self.database = database
        self.look_again = look_again
        self.listen_first = listen_first
        self.jobs = jobs
        self.network = network
        self.on_done = on_done
        self._wake = asyncio.Event()
        self._stopping = False
        self._looked_at: datetime | None = None
        self._chat_until = 0.0  # by the loop's clock

    def stop(self) -> None:
        """Finish the running job and keep the rest."""
        self._stopping = True
        self._wake.set()

    def notify(self) -> None:
        """Say that something was planned: it may be due before all that was known of."""
        self._wake.set()

    def give_way(self) -> None:
        """Somebody wants an answer: what is due goes on slowly for a moment, however much it is."""
        self._chat_until = asyncio.get_running_loop().time() + CHAT

    async def run(self, heard: Callable[[], Coroutine[Any, Any, object]] | None = None) -> None:
        """Do what is due, now and later, until stopped.

        What is due is done once `heard` has ended: what people said while the program was away counts before
        what fell due meanwhile, such as the end of the time in which to say it. When the homeserver does not
        tell, it is done after `listen_first` seconds all the same.
        """
        clock = AsyncIOScheduler(timezone="UTC")
        clock.start()
        self.database.on_planned = partial(_tell, asyncio.get_running_loop(), self.notify)
        try:
            await self._heed_zones()
            await self.database.run(self._heed_clock)
            if heard:
                await self._unless_stopped(heard())
            while not self._stopping:
                self._wake.clear()
                await self.database.run(self._heed_clock)
                upcoming = await self.database.run(self._next_due)
                if upcoming and upcoming <= self.database.clock():
                    await self._run_all()
                    continue
                if upcoming:
                    clock.add_job(
                        self._wake.set,
                        DateTrigger(upcoming),
                        id="next_due",
                        replace_existing=True,
                        misfire_grace_time=None,
                    )
                # By the loop's own clock, which nobody sets.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self.look_again)
        finally:
            self.database.on_planned = None
            clock.shutdown(wait=False)

    async def _run_all(self) -> None:
        """Do everything that is due, one after the other."""
        loop = asyncio.get_running_loop()
        while not self._stopping:
            began = loop.time()
            lanes = await self.database.run(self._run_one)
            if lanes is None:
                break
            self.on_done(lanes)
            if loop.time() < self._chat_until:
                await asyncio.sleep(REST * (loop.time() - began))

    async def _unless_stopped(self, heard: Coroutine[Any, Any, object]) -> None:
        waiting = {asyncio.create_task(heard), asyncio.create_task(self._wake.wait())}
        try:
            await asyncio.wait(waiting, timeout=self.listen_first, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _heed_zones(self) -> None:
        """What was said as a local time stays that when a country changes its clocks by new rules."""
        for zone in await self.database.run(self._changed_zones):
            after: str | None = ""
            while after is not None and not self._stopping:
                after = await self.database.run(self._heed_zone, zone, after)

    def _changed_zones(self) -> list[str]:
        with self.database.read() as tx:
            return schedule.changed_zones(tx)

    def _heed_zone(self, zone: str, after: str) -> str | None:
        with self.database.write("zones") as tx:
            return schedule.heed_zone(tx, zone, after)

    def _next_due(self) -> datetime | None:
        with self.database.read() as tx:
            return schedule.next_due(tx)

    def _heed_clock(self) -> None:
        """Plan the daily jobs at the start, and when the clock was set back: they wait where it was."""
        now, before = self.database.clock(), self._looked_at
        self._looked_at = now
        if before is None or now < before:
            self._plan_daily_jobs()

    def _plan_daily_jobs(self) -> None:
        with self.database.write("plan") as tx:
            for job in self.jobs.values():
                self._plan_daily(tx, job)

    def _plan_daily(self, tx: Tx, job: Job) -> None:
        if job.daily_at is not None:
            local = schedule.next_local(tx.now, self.network.timezone, job.daily_at)
            schedule.plan(tx, f"{job.name}:{local.date()}", job.name, local, self.network.timezone)

    def _run_one(self) -> set[str] | None:
        """Do the row that is due the longest; returns the destinations touched, None when nothing is due."""
        row: DueRow | None = None
        try:
            with self.database.write() as tx:
                row = schedule.claim(tx)
                if row is None:
                    return None
                tx.source = f"job:{row.key}"
                job = self.jobs.get(row.job)
                if job is None or self._too_late(row, job, tx):
                    log.warning("job_skipped", job=row.job, due=row.due_at.isoformat())
                    schedule.finish(tx, row, "skipped")
                else:
                    job.run(tx, with_current_hub(tx, self.network), row.payload)
                    schedule.finish(tx, row, "done")
                if job:
                    self._plan_daily(tx, job)
        except OutOfReach:
            raise  # not the job's fault; the row waits
        except Exception as error:
            if row is None:
                raise
            self._fail(row.key, row.job, error)
            return set()
        return tx.lanes

    @staticmethod
    def _too_late(row: DueRow, job: Job, tx: Tx) -> bool:
        return job.skip_after is not None and tx.now - row.due_at > job.skip_after

    def _fail(self, key: str, name: str, error: Exception) -> None:
        reference = reference_for(key)
        log.error("job_failed", job=name, reference=reference, error=type(error).__name__, exc_info=error)
        with self.database.write() as tx:
            row = tx.session.get(DueRow, key)
            if row:
                schedule.finish(tx, row, "failed", reference)
            if name in self.jobs:
                self._plan_daily(tx, self.jobs[name])


def _tell(loop: asyncio.AbstractEventLoop, notify: Callable[[], None]) -> None:
    """Call `notify` in the loop, from whichever thread has committed."""
    with contextlib.suppress(RuntimeError):  # it is closed: the program ends, and the row waits for the next
        loop.call_soon_threadsafe(notify)
