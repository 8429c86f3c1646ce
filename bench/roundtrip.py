"""How long a person waits for `pong`: through Proxenos, and from a bare nio bot at the same homeserver.

A real Synapse without rate limits. One client sends `!ping` into a room of the one bot or the other and waits
in `/sync` until the answer has arrived. Blocks alternate: whatever disturbs the machine disturbs both.

With `--encrypted` the rooms are encrypted and the bare bot has nio's encryption. The client then encrypts and
decrypts, too, which takes the same time for both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import Any

from aiohttp import ClientSession

from bench.figures import machine, percentile, ratio_interval
from bench.people import EncryptingPerson, account
from bench.processes import Account, bare_echo, proxenos
from bot import logs
from bot.demo.synapse import Synapse

Json = dict[str, Any]
LONG_POLL_MS = 10_000
API = "/_matrix/client/v3"
FILTER = '{"presence":{"types":[]},"room":{"ephemeral":{"types":[]},"account_data":{"types":[]}}}'


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--blocks", type=int, default=10)
    options.add_argument("--pings", type=int, default=20, help="in each block")
    options.add_argument("--encrypted", action="store_true", help="in encrypted rooms")
    chosen = options.parse_args()
    logs.configure("console", "error")
    where = "encrypted" if chosen.encrypted else "plain"
    print(f"{machine()}; {chosen.blocks} blocks of {chosen.pings} pings for each, {where} rooms")
    with tempfile.TemporaryDirectory() as folder:
        synapse = Synapse(Path(folder) / "synapse", server_name="bench.localhost", limits="none")
        synapse.start()
        try:
            measured = _measure(
                synapse, Path(folder), chosen.blocks, chosen.pings, encrypted=chosen.encrypted
            )
            pairs = asyncio.run(measured)
        finally:
            synapse.stop()
    ours, theirs = ([value for block in side for value in block] for side in zip(*pairs, strict=True))
    for name, waited in (("Proxenos", ours), ("bare nio", theirs)):
        print(f"{name:10} median {median(waited):5.1f} ms, 95 % within {percentile(waited, 95):5.1f} ms")
    low, high = ratio_interval(pairs)
    print(f"ratio of the medians {median(ours) / median(theirs):.3f} (95 % interval {low:.3f} to {high:.3f})")


async def _measure(
    synapse: Synapse, folder: Path, blocks: int, pings: int, *, encrypted: bool
) -> list[tuple[list[float], list[float]]]:
    """Milliseconds of each ping, in pairs of blocks: Proxenos and the bare bot."""
    async with ClientSession(synapse.url) as session, contextlib.AsyncExitStack() as stack:
        person: Client | EncryptingClient
        if encrypted:
            person = await stack.enter_async_context(EncryptingClient.arrive(synapse, folder / "person"))
        else:
            person = await Client.log_in(session, synapse, "person")
        ours = await Client.log_in(session, synapse, "proxenos")
        theirs = await Client.log_in(session, synapse, "bare")
        rooms = [await person.room_with(bot) for bot in (ours, theirs)]
        for name in ("data", "store"):
            (folder / name).mkdir()
        store = folder / "store" if encrypted else None
        with proxenos(ours.account, rooms[0], folder / "data"), bare_echo(theirs.account, store):
            for room, bot in zip(rooms, (ours, theirs), strict=True):
                await person.ready_for(bot)
                await person.ping(room)  # they are there
            for room in rooms * 2:
                await _block(person, room, pings)  # and warm
            pairs = []
            for number in range(blocks):
                order = rooms if number % 2 else rooms[::-1]
                waited = {room: await _block(person, room, pings) for room in order}
                pairs.append((waited[rooms[0]], waited[rooms[1]]))
            return pairs


async def _block(person: Client | EncryptingClient, room_id: str, pings: int) -> list[float]:
    """So many pings, one after the other; the milliseconds of each."""
    return [await person.ping(room_id) for _ in range(pings)]


class Client:
    """An account at the homeserver, with no library between it and the figures."""

    def __init__(self, session: ClientSession, account: Account) -> None:
        self.session = session
        self.account = account
        self._since = ""
        self._numbers = itertools.count()

    @classmethod
    async def log_in(cls, session: ClientSession, synapse: Synapse, name: str) -> Client:
        """A new account."""
        user_id = await asyncio.to_thread(synapse.register, name, "secret")
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user_id},
            "password": "secret",
        }
        async with session.post(f"{API}/login", json=login) as answer:
            body = await answer.json()
        account = Account(synapse.url, user_id, body["device_id"], body["access_token"])
        return cls(session, account)

    async def room_with(self, bot: Client) -> str:
        """A room of two people; returns its id."""
        request = {"preset": "private_chat", "invite": [bot.account.user_id]}
        room = await self._call("POST", "/createRoom", request)
        await bot.join(room["room_id"])
        return str(room["room_id"])

    async def join(self, room_id: str) -> None:
        """Enter a room."""
        await self._call("POST", f"/join/{room_id}", {})

    async def ready_for(self, bot: Client) -> None:
        """Whether the bot is there makes no difference: it will find what was said."""

    async def ping(self, room_id: str) -> float:
        """Milliseconds from sending `!ping` to having its answer."""
        await self._listen(0)
        began = time.perf_counter()
        content = {"msgtype": "m.text", "body": "!ping", "m.mentions": {}}
        path = f"/rooms/{room_id}/send/m.room.message/bench{next(self._numbers)}"
        asked = (await self._call("PUT", path, content))["event_id"]
        while not any(_answers(event, asked) for event in await self._listen(LONG_POLL_MS)):
            pass
        return (time.perf_counter() - began) * 1000

    async def _listen(self, timeout_ms: int) -> list[Json]:
        """What has been said since the last time, or is being said within `timeout_ms`."""
        query = {"timeout": str(timeout_ms if self._since else 0), "filter": FILTER}
        if self._since:
            query["since"] = self._since
        body = await self._call("GET", "/sync", None, query)
        self._since = body["next_batch"]
        joined = body.get("rooms", {}).get("join", {}).values()
        return [event for room in joined for event in room["timeline"]["events"]]

    async def _call(
        self, method: str, path: str, body: Json | None, query: dict[str, str] | None = None
    ) -> Json:
        headers = {"Authorization": f"Bearer {self.account.token}"}
        async with self.session.request(
            method, API + path, json=body, params=query, headers=headers
        ) as answer:
            answer.raise_for_status()
            found: Json = await answer.json()
            return found


class EncryptingClient:
    """The same with a client that encrypts, and with what that costs in the figures."""

    def __init__(self, person: EncryptingPerson) -> None:
        self.person = person

    @classmethod
    @contextlib.asynccontextmanager
    async def arrive(cls, synapse: Synapse, folder: Path) -> AsyncIterator[EncryptingClient]:
        """A new account; gone with the block."""
        person = EncryptingPerson(await account(synapse, "person", folder), synapse.url, folder)
        try:
            yield cls(person)
        finally:
            await person.close()

    async def room_with(self, bot: Client) -> str:
        """An encrypted room of two people; returns its id."""
        room_id = await self.person.room(bot.account.user_id, encrypted=True)
        await bot.join(room_id)
        return room_id

    async def ready_for(self, bot: Client) -> None:
        """Wait until the bot can be given keys."""
        await self.person.know(bot.account.user_id)

    async def ping(self, room_id: str) -> float:
        """Milliseconds from the words `!ping` to those of the answer."""
        await self.person.listen()
        began = time.perf_counter()
        asked = await self.person.say(room_id, "!ping")
        await self.person.answer(room_id, asked)
        return (time.perf_counter() - began) * 1000


def _answers(event: Json, asked: str) -> bool:
    relation = event.get("content", {}).get("m.relates_to") or {}
    return bool((relation.get("m.in_reply_to") or {}).get("event_id") == asked)


if __name__ == "__main__":
    main()
