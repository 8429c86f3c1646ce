"""A bot that runs in the test's own process against a real homeserver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.app import App
from bot.matrix.identity import KeysLost, store_key
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import load_session, open_gateway, session_path
from bot.pipeline.encryption import Encryption
from bot.pipeline.patience import Patience
from commands.core.context import Network
from storage.database import Database, Tx, utc_now
from storage.migrate import migrate
from tests.blank import blank_database


@dataclass
class LivingBot:
    """A bot with its own data folder; `start` and `stop` as often as the test needs."""

    url: str
    user_id: str
    hub_room: str
    data_dir: Path
    language: str = "en"
    patience: Patience = field(default_factory=Patience)
    encrypt_direct_chats: bool = False
    signed_only: bool = False
    password: str | None = "secret"
    review: bool = False
    review_room: str | None = None
    gap_max_age: timedelta = timedelta(days=14)
    look_again: float = 0.5  # the clock is set while it runs
    later: timedelta = timedelta()
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
            encrypt_direct_chats=self.encrypt_direct_chats,
            sender_limit=0,
            room_limit=0,
            review=self.review,
            review_room=self.review_room,
        )

    @property
    def device_id(self) -> str:
        """The bot's device."""
        session = load_session(session_path(self.data_dir))
        assert session
        return session.device_id

    @contextmanager
    def opened(self) -> Iterator[Tx]:
        """The database of a bot that does not run, to be changed."""
        assert self._task is None
        database = Database(self._url)
        try:
            with database.write() as tx:
                yield tx
        finally:
            database.close()

    async def until(self, done: Callable[[Tx], bool]) -> None:
        """Wait until the database is as the test wants it."""
        async with asyncio.timeout(120):
            while True:
                with self.database.read() as tx:
                    if done(tx):
                        return
                await asyncio.sleep(0.05)

    @property
    def _url(self) -> str:
        return f"sqlite:///{self.data_dir / 'proxenos.db'}"

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

    async def start(self, *, later: timedelta = timedelta()) -> None:
        """Begin to work, with a clock that is so much ahead; `later` can be set anew meanwhile."""
        self.later = later
        blank_database(self.data_dir / "proxenos.db")
        self._database = Database(self._url, clock=lambda: utc_now() + self.later)
        await asyncio.to_thread(migrate, self._database)
        self._gateway = await self.visit()
        self._stop = asyncio.Event()
        try:
            encryption = await asyncio.to_thread(self._encryption)
        except KeysLost:
            await self._gateway.close()
            self._database.close()
            raise
        self.app = App(
            self._database,
            self._gateway,
            self.network,
            gap_max_age=self.gap_max_age,
            patience=self.patience,
            encryption=encryption,
        )
        self.app.scheduler.look_again = self.look_again
        self._task = asyncio.create_task(self.app.run(self._stop))

    async def ready(self) -> None:
        """Wait until its keys are in order and it has heard what was said."""
        assert self.app
        async with asyncio.timeout(120):
            await self.app.receiver.heard.wait()

    def _encryption(self) -> Encryption:
        assert self._gateway
        return Encryption.of_device(
            self.database,
            self._gateway,
            self.patience,
            store_key=store_key(self.data_dir, None, self.database),
            password=self.password,
            signed_only=self.signed_only,
        )

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
