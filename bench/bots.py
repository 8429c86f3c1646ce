"""The bot as processes that are ended at any moment and started again, as a service manager would."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bench.processes import environment
from storage.database import WRITER_LOCK

LAST_CALL = 40.0  # seconds for an orderly end


class Bots:
    """One process of the bot, or several on one PostgreSQL of which one leads; each has a folder of its own.

    `settings` are those of all, `PROXENOS_…`; `folder` is where they keep their data and their logs.
    """

    def __init__(self, settings: dict[str, str], folder: Path, database_url: str | None, count: int) -> None:
        self.settings = settings
        self.folder = folder
        self.database_url = database_url
        self.ended_by_themselves: list[int] = []
        """Exit codes of processes that nobody had told to end."""
        self.ended_badly: list[int] = []
        """Exit codes of processes that were told to end in order, and did not."""
        self._processes: dict[int, asyncio.subprocess.Process | None] = dict.fromkeys(range(count))
        for number in self._processes:
            self.data_dir(number).mkdir(parents=True)

    def data_dir(self, number: int) -> Path:
        """Where a process keeps what is not in PostgreSQL."""
        return self.folder / f"bot{number}"

    def database_url_of(self, number: int) -> str:
        """The address of the database; in PostgreSQL it gives the process a name by which it can be found."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir(number)}/proxenos.db"
        named = make_url(self.database_url).update_query_dict({"application_name": f"bot{number}"})
        return named.render_as_string(hide_password=False)

    async def start(self) -> None:
        """Start all that do not run."""
        for number, process in self._processes.items():
            if process is not None and process.returncode is not None:
                self.ended_by_themselves.append(process.returncode)
            if process is None or process.returncode is not None:
                self._processes[number] = await self._start(number)

    async def _start(self, number: int) -> asyncio.subprocess.Process:
        told = {
            **self.settings,
            "PROXENOS_DATA_DIR": str(self.data_dir(number)),
            "PROXENOS_DATABASE_URL": self.database_url_of(number),
            "PROXENOS_LOG_FORMAT": "json",
        }
        with (self.folder / f"bot{number}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.demo.bot_child",
                cwd=self.data_dir(number),
                env=environment(told),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    async def end(self, how: signal.Signals, any_of: Callable[[list[int]], int]) -> None:
        """End the process that leads; where none does, one that `any_of` chooses."""
        running = [number for number, process in self._processes.items() if process is not None]
        leader = await asyncio.to_thread(self._leader) if self.database_url else None
        await self._end(leader if leader in running else any_of(running), how)

    async def stop(self) -> None:
        """End all of them in order."""
        for number, process in self._processes.items():
            if process is not None:
                await self._end(number, signal.SIGTERM)

    async def _end(self, number: int, how: signal.Signals) -> None:
        process = self._processes[number]
        assert process is not None
        self._processes[number] = None
        if process.returncode is not None:
            self.ended_by_themselves.append(process.returncode)
            return
        process.send_signal(how)
        try:
            code = await asyncio.wait_for(process.wait(), LAST_CALL)
        except TimeoutError:
            process.kill()
            code = await process.wait()
        # Before Python has come to the program's first line, a signal does what signals do.
        if code not in (0, -how):
            self.ended_badly.append(code)

    def _leader(self) -> int | None:
        """The number of the process that holds the one lock which nobody shares, besides that of writers."""
        assert self.database_url
        url = make_url(self.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock' AND objid <> %s"
                " AND application_name LIKE 'bot%%'",
                (WRITER_LOCK,),
            ).fetchone()
        return int(row[0].removeprefix("bot")) if row else None

    def last_words(self) -> str:
        """The ends of the logs."""
        logs = (path.read_text("utf-8", "replace").splitlines() for path in self.folder.glob("bot*.log"))
        return "\n".join(line for log in logs for line in log[-10:])

    def complaints(self) -> Counter[str]:
        """The errors in the logs: names of events, and how often; a bare traceback counts as one too."""
        found: Counter[str] = Counter()
        for path in self.folder.glob("bot*.log"):
            for line in path.read_text("utf-8", "replace").splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:
                    found["traceback"] += line.startswith("Traceback")
                    continue
                if entry.get("level") in ("error", "critical"):
                    found[str(entry.get("event"))] += 1
        return +found
