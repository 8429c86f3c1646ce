"""The program on machines that share a PostgreSQL database: processes that a test starts and kills."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from bot.__main__ import main
from tests.e2e.living import LivingBot

PATIENCE = 120.0  # seconds; a test that waits longer will wait for ever

# A new process that has read the program already: that takes longer than what happens to it here.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.e2e.prepared"])


@dataclass
class Machine:
    """A machine with nothing on it but settings; its process is started and killed as the test needs."""

    living: LivingBot
    database_url: str
    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: BaseProcess | None = None

    @property
    def log(self) -> str:
        """All that the program has said on this machine."""
        return self._log.read_text("utf-8") if self._log.exists() else ""

    @property
    def _log(self) -> Path:
        return self.data_dir / "proxenos.log"

    async def start(self) -> None:
        """Start the program; what it says is added to the log."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "PROXENOS_HOMESERVER_URL": self.living.url,
            "PROXENOS_USER_ID": self.living.user_id,
            "PROXENOS_PASSWORD": "secret",
            "PROXENOS_DATA_DIR": str(self.data_dir),
            "PROXENOS_DATABASE_URL": self.database_url,
            "PROXENOS_HUB_ROOM": self.living.hub_room,
            "PROXENOS_SENDER_LIMIT": "0",  # one person talks for a whole network here
            "PROXENOS_ROOM_LIMIT": "0",
            "PROXENOS_STORE_KEY": "a key that all machines are given",
            **self.settings,
        }
        self.process = PROCESSES.Process(target=run, args=(environment, self.data_dir, self._log))
        self.process.start()

    async def told(self, words: str, times: int = 1) -> None:
        """Wait until the log holds these words so often; fails when the process has ended without them."""
        await until(lambda: self.log.count(words) >= times or self._ended())
        assert self.log.count(words) >= times, self.log

    def _ended(self) -> bool:
        return self.process is None or self.process.exitcode is not None

    async def kill(self) -> None:
        """End the process with SIGKILL."""
        if self.process:
            self.process.kill()
            await asyncio.to_thread(self.process.join)

    async def stop(self) -> int:
        """End the process with SIGTERM; returns its exit code."""
        assert self.process is not None
        self.process.terminate()
        return await self.end()

    async def end(self) -> int:
        """Wait until the process has ended; returns its exit code."""
        assert self.process is not None
        await asyncio.to_thread(self.process.join, PATIENCE)
        assert self.process.exitcode is not None, self.log
        return self.process.exitcode


def run(environment: dict[str, str], folder: Path, log: Path) -> None:
    """Be the program with nothing but these settings in its environment; what it says goes into the log."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    sys.exit(main(["run"]))


async def until(so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not so():  # noqa: ASYNC110 - neither files nor databases tell when they change
            await asyncio.sleep(0.02)
