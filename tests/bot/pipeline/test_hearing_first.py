"""What was said while the program was away counts before what fell due meanwhile."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from bot.matrix.gateway import Unavailable
from bot.pipeline.scheduler import Scheduler
from commands.core.context import Network
from commands.core.jobs import Job
from storage import schedule
from storage.database import Database, Tx
from tests.bot.pipeline.scene import PATIENCE, Scene

NETWORK = Network(user_id="@bot:x", hub_room="!hub:x")


def plan(database: Database) -> None:
    """Have the job `look` due for a long time."""
    with database.write("plan") as tx:
        local = (tx.now - timedelta(days=1)).replace(tzinfo=None)
        schedule.plan(tx, "look", "look", local, "UTC")


async def test_what_is_due_waits_for_what_was_said_meanwhile(scene: Scene) -> None:
    """Though it takes several attempts to hear it."""
    room = scene.direct(scene.ada)
    await scene.run_once()
    said = [scene.ada.send(room, f"!language {code}") for code in ("de", "en", "de")]
    plan(scene.database)
    answered: list[int] = []

    def look(_tx: Tx, _network: Network, _payload: dict[str, Any]) -> None:
        found = [scene.journaled(event_id) for event_id in said]
        answered.append(sum(event is not None and event.state == "done" for event in found))

    scene.gateway.fail_next("sync", Unavailable("away"), times=20)
    async with scene.running() as app, asyncio.timeout(PATIENCE):
        app.scheduler.jobs = {**app.scheduler.jobs, "look": Job("look", look)}
        while not answered:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.005)
    assert answered == [len(said)]


async def test_it_does_not_wait_for_ever(scene: Scene) -> None:
    """When the homeserver stays away, what is due is done all the same."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def look(_tx: Tx, _network: Network, _payload: dict[str, Any]) -> None:
        loop.call_soon_threadsafe(done.set)

    jobs = {"look": Job("look", look)}
    scheduler = Scheduler(scene.database, jobs, NETWORK, on_done=lambda _lanes: None, listen_first=0.05)
    plan(scene.database)
    task = asyncio.create_task(scheduler.run(asyncio.Event().wait))
    async with asyncio.timeout(PATIENCE):
        await done.wait()
        scheduler.stop()
        await task


async def test_a_stop_does_not_wait_for_it(scene: Scene) -> None:
    """Nothing that is due is done then."""
    scheduler = Scheduler(scene.database, {}, NETWORK, on_done=lambda _lanes: None)
    plan(scene.database)
    task = asyncio.create_task(scheduler.run(asyncio.Event().wait))
    await asyncio.sleep(0)
    scheduler.stop()
    async with asyncio.timeout(PATIENCE):
        await task
    with scene.database.read() as tx:
        assert schedule.next_due(tx)
