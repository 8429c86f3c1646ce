"""Somebody at the demo's homeserver: a small Matrix client for one account."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.demo.network import DemoFailed, DemoNetwork
from bot.matrix.gateway import GatewayError, Json, LoggedOut, Unavailable
from bot.matrix.nio_gateway import NioGateway

LARGEST = 100_000_000  # bytes of a file that is saved
PATIENCE = 10.0  # seconds for which the homeserver may be away before the demo gives up


class Person:
    """Says things in the lobby and in a direct chat with the bot, and hears what is said there.

    `on_event` is called with the room id and each event that comes after `arrive`.
    """

    def __init__(
        self, network: DemoNetwork, name: str, on_event: Callable[[Person, str, Json], None]
    ) -> None:
        self.network = network
        self.name = name
        self.on_event = on_event
        self.rooms: dict[str, str] = {}
        self._since: str | None = None
        self._gateway: NioGateway | None = None

    @property
    def gateway(self) -> NioGateway:
        """The client, once arrived."""
        if self._gateway is None:
            raise DemoFailed(f"{self.name} has not arrived")
        return self._gateway

    @property
    def user_id(self) -> str:
        """The account's Matrix id."""
        return self.network.accounts[self.name].user_id

    async def arrive(self, bot: str) -> None:
        """Log in, be in the lobby, and open the direct chat with the bot, or find it again."""
        self._gateway = await self.network.log_in(self.name)
        self._since = (await self.gateway.sync(None, timeout_ms=0))["next_batch"]
        self.rooms["lobby"] = await self.gateway.resolve_alias(self.network.hub) or ""
        chats = await self.gateway.account_data("m.direct") or {}
        if not chats.get(bot):
            await self.gateway.set_display_name(self.name.title())
            request = {"preset": "private_chat", "is_direct": True, "invite": [bot]}
            chats[bot] = [await self.gateway.create_room(request)]
            await self.gateway.put_account_data("m.direct", chats)
        self.rooms["direct"] = chats[bot][0]

    async def wait_for(self, bot: str) -> None:
        """Wait until the bot is in the direct chat."""
        while True:
            self.network.check()
            member = await self.gateway.state_event(self.rooms["direct"], "m.room.member", bot)
            if member and member.get("membership") == "join":
                return
            await asyncio.sleep(0.1)

    async def leave(self) -> None:
        """Close the client; the account stays where it is."""
        if self._gateway is not None:
            await self._gateway.close()

    async def say(self, room: str, text: str, *, mentions: Sequence[str] = ()) -> str:
        """Say something in `lobby` or `direct`; returns the event id."""
        content: Json = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        if mentions:
            content["m.mentions"] = {"user_ids": list(mentions)}
        return await self._send(room, "m.room.message", content)

    async def react(self, room: str, event_id: str, emoji: str) -> str:
        """React to a message; returns the reaction's event id."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": emoji}
        return await self._send(room, "m.reaction", {"m.relates_to": relation})

    async def _send(self, room: str, event_type: str, content: Json) -> str:
        return await self.gateway.send_event(
            self.rooms[room], event_type, content, txn_id=secrets.token_hex(8)
        )

    async def listen(self) -> None:
        """Hear what is said, until cancelled; raises `DemoFailed` when the homeserver is gone."""
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        while True:
            try:
                body = await self.gateway.sync(self._since, timeout_ms=30_000)
            except LoggedOut as error:
                raise DemoFailed(f"{self.user_id} was logged out") from error
            except Unavailable as error:
                if loop.time() - heard_at > PATIENCE:
                    raise DemoFailed(
                        f"The homeserver does not answer any more. Its log: {self.network.synapse.log_path}"
                    ) from error
                await asyncio.sleep(0.5)
                continue
            heard_at = loop.time()
            self._since = body["next_batch"]
            for room_id, room in body.get("rooms", {}).get("join", {}).items():
                for event in room["timeline"]["events"]:
                    self.on_event(self, room_id, event)

    async def save(self, content_uri: str, filename: str) -> Path:
        """Save a file that somebody sent, under its name; returns where."""
        try:
            data = await self.gateway.download(content_uri, limit=LARGEST)
        except GatewayError as error:
            raise DemoFailed(f"{filename} could not be fetched: {error}") from error
        return await asyncio.to_thread(_write_new, self.network.files, Path(filename).name or "file", data)


def _write_new(folder: Path, name: str, data: bytes) -> Path:
    """Write a file beside those that are there; a name that is taken gets a number."""
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    path.write_bytes(data)
    return path
