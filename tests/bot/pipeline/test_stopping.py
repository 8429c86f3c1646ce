"""A graceful stop: what runs is finished, the rest is kept, and nothing holds it up."""

from __future__ import annotations

import asyncio

import pytest

from bot.matrix.gateway import Limited, Unavailable
from storage import inbox
from tests.bot.pipeline.scene import Scene


async def test_the_running_command_is_finished_and_the_rest_is_kept(scene: Scene) -> None:
    """A stop comes in the middle of a command, which takes effect; those behind it wait for a new start."""
    slow, behind = scene.ada.send(scene.hub, "!themes"), scene.ada.send(scene.hub, "!ping")
    stop = asyncio.Event()
    task = asyncio.create_task(scene.app.run(stop))
    assert await asyncio.to_thread(scene.gate.reached.wait, 60)
    stop.set()
    await asyncio.sleep(0.05)
    assert not task.done()
    scene.gate.opened.set()
    await task
    with scene.database.read() as tx:
        states = {event_id: event.state for event_id in (slow, behind) if (event := inbox.find(tx, event_id))}
    assert states == {slow: "done", behind: "new"}
    await scene.run_once()
    assert [scene.answers(scene.hub, one) for one in (slow, behind)] == [["pong"], ["pong"]]


async def test_a_homeserver_that_is_away_at_the_start_does_not_hold_up_a_stop(scene: Scene) -> None:
    """Whoever stops the program need not wait until the homeserver is back."""
    scene.held = asyncio.Event()  # whoever waits, waits for ever
    scene.gateway.fail_next("join", Unavailable("away"), times=1000)
    stop = asyncio.Event()
    task = asyncio.create_task(scene.app.run(stop))
    async with asyncio.timeout(60):
        while not scene.waits:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    stop.set()
    await asyncio.wait_for(task, 60)


async def test_who_waits_for_a_limit_is_sent_after_the_next_start(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop does not wait for a homeserver that said to come back in an hour."""
    monkeypatch.setattr("bot.app.GRACE", 0.1)
    scene.held = asyncio.Event()
    scene.gateway.fail_next("send_event", Limited(3600.0))
    asked = scene.ada.send(scene.hub, "!ping")
    stop = asyncio.Event()
    task = asyncio.create_task(scene.app.run(stop))
    async with asyncio.timeout(60):
        while not scene.waits:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    stop.set()
    await asyncio.wait_for(task, 60)
    assert scene.answers(scene.hub, asked) == []
    scene.held = None
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
