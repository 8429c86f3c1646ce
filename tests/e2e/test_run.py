"""The program as an operator starts and stops it: `proxenos run` in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import bot
from storage.database import Database
from tests.e2e.conftest import PATIENCE, Arrive
from tests.e2e.living import LivingBot
from tests.e2e.test_gap import answered

Bring = Callable[..., Awaitable[LivingBot]]
HOME = Path(bot.__file__).parents[1]


async def start(living: LivingBot, settings: dict[str, str] | None = None) -> asyncio.subprocess.Process:
    """Start the program with nothing but settings in its environment."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=living.data_dir,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HOME),
            "PROXENOS_HOMESERVER_URL": living.url,
            "PROXENOS_USER_ID": living.user_id,
            "PROXENOS_PASSWORD": "secret",
            "PROXENOS_DATA_DIR": str(living.data_dir),
            "PROXENOS_HUB_ROOM": living.hub_room,
            **(settings or {}),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@asynccontextmanager
async def running(living: LivingBot) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program in a process of its own, which is gone afterwards."""
    process = await start(living)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: asyncio.subprocess.Process) -> str:
    """Wait for the end of a process; returns all that it said."""
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return output.decode()


@pytest.mark.synapse
async def test_sigterm_ends_it_gracefully(arrive: Arrive, living: Bring) -> None:
    """In the middle of a backlog, with exit code 0; the next start goes on where it ended."""
    ada = await arrive("ada")
    living_bot = await living(ada)
    asked = [await ada.say(living_bot.hub_room, "!ping") for _ in range(60)]
    async with running(living_bot) as process:
        await ada.answer(living_bot.hub_room, asked[0])
        process.send_signal(signal.SIGTERM)
        told = await ended(process)
        assert process.returncode == 0, told
        assert "Traceback" not in told
    async with running(living_bot) as process:
        await ada.answer(living_bot.hub_room, asked[-1])
        process.send_signal(signal.SIGINT)
        told = await ended(process)
        assert process.returncode == 0, told
    assert await answered(ada, living_bot.hub_room, living_bot) == asked


@pytest.mark.synapse
async def test_two_do_not_work_at_once(arrive: Arrive, living: Bring) -> None:
    """The second says who is in its way and ends; the first goes on; after a kill the lock is free."""
    ada = await arrive("ada")
    living_bot = await living(ada)
    async with running(living_bot) as first:
        await ada.answer(living_bot.hub_room, await ada.say(living_bot.hub_room, "!ping"))
        async with running(living_bot) as second:
            told = await ended(second)
        assert second.returncode == 1
        assert f"Another Proxenos process (number {first.pid})" in told
        assert "Traceback" not in told
        await ada.answer(living_bot.hub_room, await ada.say(living_bot.hub_room, "!ping"))
        first.kill()
        await first.communicate()
    async with running(living_bot) as third:
        await ada.answer(living_bot.hub_room, await ada.say(living_bot.hub_room, "!ping"))
        third.send_signal(signal.SIGTERM)
        told = await ended(third)
        assert third.returncode == 0, told


@pytest.mark.synapse
async def test_a_newer_database_is_not_touched(arrive: Arrive, living: Bring) -> None:
    """The program says so in a sentence and ends; the file is as it was."""
    await arrive("ada")
    living_bot = await living()
    await living_bot.start()
    await living_bot.stop()
    path = living_bot.data_dir / "proxenos.db"
    database = Database(f"sqlite:///{path}")
    with database.engine.connect().execution_options(writes=True) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'from-2031'")
        connection.commit()
    database.close()
    before = await asyncio.to_thread(path.read_bytes)
    async with running(living_bot) as process:
        told = await ended(process)
    assert process.returncode == 1
    assert "newer version of Proxenos" in told
    assert "Traceback" not in told
    assert await asyncio.to_thread(path.read_bytes) == before


@pytest.mark.synapse
async def test_a_stop_while_the_homeserver_is_away(living: Bring) -> None:
    """Started before its homeserver, and stopped before it came: an end with exit code 0."""
    living_bot = await living()
    living_bot.url = "http://127.0.0.1:9"
    async with running(living_bot) as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while b"waiting" not in await process.stdout.readline():
                pass
        process.send_signal(signal.SIGTERM)
        told = await ended(process)
        assert process.returncode == 0, told
