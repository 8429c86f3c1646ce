"""A client that trusts no device which its owner has not signed: it talks with the bot as with anyone."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from bench.bots import Bots
from bench.trust import master_key, signed_devices
from bot.demo.synapse import Synapse
from bot.matrix.gateway import Json
from bot.matrix.transport import Transport, endpoint
from tests.e2e.conftest import ArriveEncrypting, EncryptingPerson

numbers = itertools.count(1)


async def published(synapse: Synapse, person: EncryptingPerson, user_id: str) -> Json:
    """What the homeserver tells a person of somebody's keys, as it is."""
    transport = Transport(synapse.url)
    transport.access_token = person.gateway.session.access_token
    try:
        body: Json = {"device_keys": {user_id: []}}
        keys: Json = await transport.request(endpoint("POST", "keys", "query", body=body))
    finally:
        await transport.close()
    return keys


async def asked(person: EncryptingPerson, room_id: str) -> Json:
    """The answer to a `!ping`."""
    return await person.answer(room_id, await person.say(room_id, "!ping"))


@pytest.mark.synapse
async def test_a_strict_client_talks_with_the_bot(
    arrive_encrypting: ArriveEncrypting, synapse: Synapse, tmp_path: Path
) -> None:
    """Master key, self-signing key, device: the chain holds, checked from the published keys with another
    library than the one that made it; and it is the same chain after a restart."""
    ada = await arrive_encrypting("ada-strict", strict=True)
    bot = await asyncio.to_thread(synapse.register, f"proxenos-strict{next(numbers)}", "secret")
    hub = await ada.room(bot)
    settings = {
        "PROXENOS_HOMESERVER_URL": synapse.url,
        "PROXENOS_USER_ID": bot,
        "PROXENOS_PASSWORD": "secret",
        "PROXENOS_HUB_ROOM": hub,
    }
    bots = Bots(settings, tmp_path / "bots", None, 1)
    await bots.start()
    try:
        chat = await ada.direct(bot, encrypted=True)
        await ada.know(bot)
        answer = await asked(ada, chat)
        assert answer["content"]["body"] == "pong"
        assert answer["decrypted"]
        before = await published(synapse, ada, bot)
        (device,) = signed_devices(before, bot)
        assert device in before["device_keys"][bot]

        await bots.stop()
        await bots.start()
        assert (await asked(ada, chat))["content"]["body"] == "pong"
        after = await published(synapse, ada, bot)
        assert signed_devices(after, bot) == signed_devices(before, bot)
        assert master_key(after, bot) == master_key(before, bot)
        assert not ada.unread
    finally:
        await bots.stop()
