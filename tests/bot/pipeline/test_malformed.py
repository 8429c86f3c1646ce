"""Malformed events, thousands of them: the program goes on, logs no error, and answers good commands.

`python -m bench.malformed` does the same with a hundred thousand.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.bot.pipeline.odd import OddHomeserver
from tests.bot.pipeline.scene import Scene
from tests.fakes.malformed import Json, Mutator, recorded


async def tell(folder: Path, bodies: list[Json]) -> None:
    async with OddHomeserver(folder) as homeserver:
        await homeserver.tell(bodies)


async def test_recorded_syncs(tmp_path: Path) -> None:
    """What once broke something, and a sample of all kinds."""
    assert len(recorded()) > 50
    await tell(tmp_path, recorded())


@settings(
    max_examples=15,
    phases=[Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(st.randoms(use_true_random=False))
def test_changed_syncs(tmp_path_factory: pytest.TempPathFactory, chance: Random) -> None:
    """Hypothesis chooses the changes, so that a sync that breaks something is told in its smallest form."""
    mutator = Mutator(chance)
    bodies = [mutator.sync("!room1")[0] for _ in range(3)]
    asyncio.run(tell(tmp_path_factory.mktemp("malformed"), bodies))


async def test_thousands_of_random_syncs(tmp_path: Path) -> None:
    """More than two thousand events in a new order each time, with a good command after every few."""
    async with OddHomeserver(tmp_path) as homeserver:
        mutator = Mutator(Random())  # noqa: S311 - nothing to hide
        events = 0
        while events < 2_500:
            told = [mutator.sync(homeserver.hub) for _ in range(20)]
            await homeserver.tell([body for body, _ in told])
            events += sum(count for _, count in told)


def test_the_hub_is_the_one_that_hypothesis_was_told(scene: Scene) -> None:
    """The first room of a homeserver in memory."""
    assert scene.hub == "!room1"
