"""People with a Matrix client at the real homeserver, and a network between it and the bot that can fail."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bench.people import ENCRYPTION, PATIENCE, EncryptingPerson, Person, account
from bot.demo.synapse import Synapse
from tests.e2e.living import LivingBot
from tests.fakes.scripted_homeserver import ScriptedHomeserver

__all__ = ["PATIENCE", "Arrive", "ArriveEncrypting", "EncryptingPerson", "Person"]

numbers = itertools.count(1)

Arrive = Callable[[str], Awaitable[Person]]
ArriveEncrypting = Callable[..., Awaitable[EncryptingPerson]]


@pytest.fixture
async def arrive(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Arrive]:
    """How people come to the homeserver: each with an account of their own whose id begins with the name."""
    people: list[Person] = []

    async def arrive(name: str) -> Person:
        own = f"{name}-e2e{next(numbers)}"
        people.append(Person(await account(synapse, own, tmp_path / own)))
        return people[-1]

    yield arrive
    for person in people:
        await person.close()


@pytest.fixture
async def arrive_encrypting(synapse: Synapse, tmp_path: Path) -> AsyncIterator[ArriveEncrypting]:
    """The same for people whose clients encrypt; `strict` as `EncryptingPerson` has it."""
    people: list[EncryptingPerson] = []

    async def arrive(name: str, *, strict: bool = False) -> EncryptingPerson:
        own = f"{name}-e2e{next(numbers)}"
        gateway = await account(synapse, own, tmp_path / own)
        people.append(EncryptingPerson(gateway, synapse.url, tmp_path / own, strict=strict))
        return people[-1]

    yield arrive
    for person in people:
        await person.close()


@pytest.fixture
async def network(synapse: Synapse) -> AsyncIterator[ScriptedHomeserver]:
    """The way to the homeserver, on which requests and answers can be lost: give its `url` to the bot."""
    async with ScriptedHomeserver(synapse.url) as network:
        yield network


@pytest.fixture
async def living(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[LivingBot]]]:
    """How a bot comes to life: with an account and a hub room of its own, in which `guests` are."""
    bots: list[LivingBot] = []

    async def bring_to_life(
        *guests: Person, url: str | None = None, encrypted: bool = False, **options: Any
    ) -> LivingBot:
        name = f"proxenos-e2e{next(numbers)}"
        data_dir = tmp_path / name
        gateway = await account(synapse, name, data_dir)
        user_id = gateway.user_id
        hub = await gateway.create_room(
            {
                "preset": "private_chat",
                "name": "Lobby",
                "invite": [guest.user_id for guest in guests],
                "initial_state": [ENCRYPTION] if encrypted else [],
            }
        )
        await gateway.close()
        for guest in guests:
            await guest.gateway.join(hub)
        bot = LivingBot(url or synapse.url, user_id, hub, data_dir, encrypt_direct_chats=encrypted, **options)
        bots.append(bot)
        return bot

    yield bring_to_life
    for bot in bots:
        await bot.stop()
