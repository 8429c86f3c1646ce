"""A bot that runs in the test's own process against a real homeserver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import App
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import open_gateway
from commands.core.context import Network
from storage.database import Database
from storage.migrate import migrate


@dataclass
class LivingBot:
    """A bot with its own data folder; `start` and `stop` as often as the test needs."""

    url: str
    user_id: str
    hub_room: str
    data_dir: Path
    language: str = "en"
    build: Callable[..., App] = App
    app: App | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _gateway: NioGateway | None = None
    _database: Database | None = None

    @property
    def network(self) -> Network:
        """What the bot is told of its network."""
        return Network(
            user_id=self.user_id,
            hub_room=self.hub_room,
            default_language=self.language,
            allowed_servers=(self.user_id.split(":", 1)[1],),
            sender_limit=0,
            room_limit=0,
        )

    @property
    def database(self) -> Database:
        """The bot's database while it runs."""
        assert self._database is not None
        return self._database

    async def visit(self) -> NioGateway:
        """The bot's account, for what a test has to do in its place; to be closed."""
        return await open_gateway(
            self.url,
            self.user_id,
            password="secret",
            access_token=None,
            device_id=None,
            data_dir=self.data_dir,
        )

    async def start(self) -> None:
        """Begin to work."""
        self._database = Database(f"sqlite:///{self.data_dir / 'proxenos.db'}")
        await asyncio.to_thread(migrate, self._database)
        self._gateway = await self.visit()
        self._stop = asyncio.Event()
        self.app = self.build(self._database, self._gateway, self.network)
        self._task = asyncio.create_task(self.app.run(self._stop))

    async def ended(self) -> None:
        """Wait until it ends by itself; raises what ended it."""
        assert self._task is not None
        await asyncio.wait({self._task})
        await self.stop()

    async def stop(self) -> None:
        """End gracefully; raises what went wrong while it worked."""
        if self._task is None:
            return
        self._stop.set()
        try:
            await self._task
        finally:
            self._task = None
            if self._gateway:
                await self._gateway.close()
            if self._database:
                self._database.close()
