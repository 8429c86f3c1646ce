"""The program on machines that share a PostgreSQL database: processes that a test starts and kills."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import bot
from tests.e2e.living import LivingBot

HOME = Path(bot.__file__).parents[1]
PATIENCE = 120.0  # seconds; a test that waits longer will wait for ever


@dataclass
class Machine:
    """A machine with nothing on it but settings; its process is started and killed as the test needs."""

    living: LivingBot
    database_url: str
    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

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
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                cwd=self.data_dir,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(HOME),
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
                },
                stdout=log,
                stderr=log,
            )

    async def told(self, words: str, times: int = 1) -> None:
        """Wait until the log holds these words so often; fails when the process has ended without them."""
        await until(lambda: self.log.count(words) >= times or self._ended())
        assert self.log.count(words) >= times, self.log

    def _ended(self) -> bool:
        return self.process is None or self.process.returncode is not None

    async def kill(self) -> None:
        """End the process with SIGKILL."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> int:
        """End the process with SIGTERM; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


async def until(so: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not so():  # noqa: ASYNC110 - neither files nor databases tell when they change
            await asyncio.sleep(0.02)
