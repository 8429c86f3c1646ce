"""People at a homeserver, the one in memory or a real one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.demo.synapse import Synapse
from bot.matrix.gateway import Gateway
from bot.matrix.session import open_gateway
from tests.fakes.homeserver import FakeHomeserver

Arrive = Callable[[str], Awaitable[Gateway]]
"""Makes an account whose id begins with the name, and gives a gateway for it."""

numbers = itertools.count(1)


@pytest.fixture(params=["fake", pytest.param("synapse", marks=pytest.mark.synapse)])
async def arrive(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Arrive]:
    """How people come to the homeserver; each test runs once with the fake and once with Synapse."""
    gateways: list[Gateway] = []
    fake = FakeHomeserver()
    synapse: Synapse | None = request.getfixturevalue("synapse") if request.param == "synapse" else None

    async def arrive(name: str) -> Gateway:
        gateway: Gateway
        if synapse is None:
            gateway = fake.gateway(f"@{name}:test.localhost")
        else:
            account = f"{name}{next(numbers)}"
            user_id = await asyncio.to_thread(synapse.register, account, "secret")
            gateway = await open_gateway(
                synapse.url,
                user_id,
                password="secret",
                access_token=None,
                device_id=None,
                data_dir=tmp_path / account,
            )
        gateways.append(gateway)
        return gateway

    yield arrive
    for gateway in gateways:
        await gateway.close()
