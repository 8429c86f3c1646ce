"""People with a Matrix client at the real homeserver, and a network between it and the bot that can fail."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.demo.synapse import Synapse
from bot.matrix.gateway import Json
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import open_gateway
from tests.e2e.living import LivingBot
from tests.fakes.scripted_homeserver import ScriptedHomeserver

PATIENCE = 120.0  # seconds; a test that waits longer will wait for ever

numbers = itertools.count(1)


class Person:
    """Somebody who says things and hears what others say, in order."""

    def __init__(self, gateway: NioGateway) -> None:
        self.gateway = gateway
        self.user_id = gateway.user_id
        self._since: str | None = None
        self._heard: dict[str, list[Json]] = {}
        self._said = 0

    async def say(
        self,
        room_id: str,
        text: str,
        *,
        reply_to: str | None = None,
        thread: str | None = None,
        mentions: Sequence[str] = (),
    ) -> str:
        """Say something; returns the event id."""
        content: Json = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        if mentions:
            content["m.mentions"] = {"user_ids": list(mentions)}
        relation: Json = {"rel_type": "m.thread", "event_id": thread} if thread else {}
        if reply_to:
            relation["m.in_reply_to"] = {"event_id": reply_to}
        if relation:
            content["m.relates_to"] = relation
        return await self.send(room_id, "m.room.message", content)

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to an event; returns the reaction's id."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send(room_id, "m.reaction", {"m.relates_to": relation})

    async def send(self, room_id: str, event_type: str, content: Json) -> str:
        """Send any event; returns its id."""
        self._said += 1
        return await self.gateway.send_event(room_id, event_type, content, txn_id=f"person{self._said}")

    async def direct(self, user_id: str) -> str:
        """Open a direct chat with somebody, who is invited; returns the room's id."""
        return await self.gateway.create_room(
            {"preset": "trusted_private_chat", "is_direct": True, "invite": [user_id]}
        )

    async def hear(self, room_id: str, wanted: Callable[[Json], bool]) -> Json:
        """The next event of a room that is wanted; what came before it is passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                heard = self._heard.setdefault(room_id, [])
                while heard:
                    event = heard.pop(0)
                    if wanted(event):
                        return event
                await self.listen(timeout_ms=10_000)

    async def answer(self, room_id: str, to: str) -> Json:
        """The next answer to an event of one's own, and how it was said."""

        def answers(event: Json) -> bool:
            relation = event["content"].get("m.relates_to") or {}
            return (
                event["sender"] != self.user_id
                and (relation.get("m.in_reply_to") or {}).get("event_id") == to
            )

        return await self.hear(room_id, answers)

    async def listen(self, *, timeout_ms: int = 0) -> None:
        """Take in what has been said until now."""
        answer = await self.gateway.sync(self._since, timeout_ms=timeout_ms)
        self._since = answer["next_batch"]
        for room_id, room in answer.get("rooms", {}).get("join", {}).items():
            self._heard.setdefault(room_id, []).extend(room["timeline"]["events"])

    async def messages(self, room_id: str) -> list[Json]:
        """All messages of a room from its beginning, as they stand now."""
        return [event for event in await self.history(room_id) if event["type"] == "m.room.message"]

    async def history(self, room_id: str) -> list[Json]:
        """All events of a room from its beginning, as they stand now."""
        start: str | None = ""
        events: list[Json] = []
        while start is not None:
            page = await self.gateway.messages(room_id, start=start, end=None)
            events += page["chunk"]
            start = page.get("end")
        return events[::-1]

    async def invitations(self) -> list[str]:
        """The rooms that one is invited to and has not answered yet."""
        answer = await self.gateway.sync(None, timeout_ms=0)
        return list(answer.get("rooms", {}).get("invite", {}))


Arrive = Callable[[str], Awaitable[Person]]


@pytest.fixture
async def arrive(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Arrive]:
    """How people come to the homeserver: each with an account of their own whose id begins with the name."""
    people: list[Person] = []

    async def arrive(name: str) -> Person:
        account = f"{name}-e2e{next(numbers)}"
        user_id = await asyncio.to_thread(synapse.register, account, "secret")
        gateway = await open_gateway(
            synapse.url,
            user_id,
            password="secret",
            access_token=None,
            device_id=None,
            data_dir=tmp_path / account,
        )
        people.append(Person(gateway))
        return people[-1]

    yield arrive
    for person in people:
        await person.gateway.close()


@pytest.fixture
async def network(synapse: Synapse) -> AsyncIterator[ScriptedHomeserver]:
    """The way to the homeserver, on which requests and answers can be lost: give its `url` to the bot."""
    async with ScriptedHomeserver(synapse.url) as network:
        yield network


@pytest.fixture
async def living(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[LivingBot]]]:
    """How a bot comes to life: with an account and a hub room of its own, in which `guests` are."""
    bots: list[LivingBot] = []

    async def bring_to_life(*guests: Person, url: str | None = None, **options: Any) -> LivingBot:
        name = f"proxenos-e2e{next(numbers)}"
        user_id = await asyncio.to_thread(synapse.register, name, "secret")
        data_dir = tmp_path / name
        gateway = await open_gateway(
            synapse.url, user_id, password="secret", access_token=None, device_id=None, data_dir=data_dir
        )
        hub = await gateway.create_room(
            {"preset": "private_chat", "name": "Lobby", "invite": [guest.user_id for guest in guests]}
        )
        await gateway.close()
        for guest in guests:
            await guest.gateway.join(hub)
        bot = LivingBot(url or synapse.url, user_id, hub, data_dir, **options)
        bots.append(bot)
        return bot

    yield bring_to_life
    for bot in bots:
        await bot.stop()
