"""A clock that is set while the program runs: nothing is skipped, doubled or stuck."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.matrix.gateway import Refused
from bot.pipeline.scheduler import Scheduler
from commands.core.context import Network
from commands.core.jobs import Job
from storage import outbox, schedule
from storage.database import Tx
from tests.bot.pipeline.scene import PATIENCE, Scene

JUMPS = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]


class Jumping:
    """The system's clock, set by `off`."""

    off = timedelta(0)

    def __call__(self) -> datetime:
        """The present moment, as the system has it."""
        return datetime.now(UTC) + self.off


@pytest.fixture
def clock(scene: Scene) -> Jumping:
    """The bot's clock; the homeserver keeps its own."""
    clock = Jumping()
    scene.database.clock = clock
    return clock


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_commands_are_answered_before_and_after(scene: Scene, clock: Jumping, jump: timedelta) -> None:
    """Once each, also those behind a gap and behind a position that the homeserver does not know any more."""
    async with scene.running():
        await scene.settled()
        asked = [scene.ada.send(scene.hub, "!ping") for _ in range(3)]
        await scene.settled()
        clock.off = jump
        asked += [scene.ada.send(scene.hub, "!ping") for _ in range(3)]
        await scene.settled()
    asked += [scene.ada.send(scene.hub, "!ping") for _ in range(130)]
    scene.gateway.fail_next("sync", Refused(400, "M_UNKNOWN_POS"))
    await scene.run_once()
    clock.off = timedelta(0)
    asked += [scene.ada.send(scene.hub, "!ping") for _ in range(130)]
    scene.gateway.fail_next("sync", Refused(400, "M_UNKNOWN_POS"))
    await scene.run_once()
    assert [scene.answers(scene.hub, one) for one in asked] == [["pong"]] * 266


def saying(tx: Tx, network: Network, payload: dict[str, str]) -> None:
    """Say a job's name in the hub."""
    outbox.message(tx, network.hub_room, {"body": payload["name"]})


def plan(scene: Scene, name: str, moment: datetime) -> None:
    """Have a job say its name at a moment."""
    with scene.database.write(f"plan-{name}") as tx:
        schedule.plan(tx, name, "saying", moment.replace(tzinfo=None), "UTC", {"name": name})


def said(scene: Scene) -> list[str]:
    """What the jobs have said."""
    with scene.database.read() as tx:
        return [row.content["body"] for row in outbox.pending(tx, [scene.hub]).get(scene.hub, [])]


async def until_said(scene: Scene, *names: str) -> None:
    """Wait until the jobs have said this."""
    async with asyncio.timeout(PATIENCE):
        while said(scene) != list(names):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_due_rows_are_done_once(scene: Scene, clock: Jumping, jump: timedelta) -> None:
    """What falls due by a jump is done, what was done is not repeated after a jump back, and what is planned
    after a jump is done in its time, though nothing wakes the scheduler but its own looking."""
    jobs = {"saying": Job("saying", saying)}
    scheduler = Scheduler(scene.database, jobs, scene.network, on_done=lambda _lanes: None, look_again=0.05)
    plan(scene, "now", clock())
    plan(scene, "soon", clock() + timedelta(minutes=30))
    task = asyncio.create_task(scheduler.run())
    expected = ["now"]
    await until_said(scene, *expected)
    clock.off = jump
    if jump > timedelta(0):
        expected.append("soon")
        await until_said(scene, *expected)
    plan(scene, "after", clock())
    expected.append("after")
    await until_said(scene, *expected)
    clock.off = timedelta(0)
    plan(scene, "back again", clock())
    expected.append("back again")
    await until_said(scene, *expected)
    await asyncio.sleep(0.2)
    assert said(scene) == expected
    scheduler.stop()
    await task
