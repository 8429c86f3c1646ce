"""The whole program on a homeserver in memory: people say things, the bot answers, calls fail as told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.app import App
from bot.matrix.gateway import Json
from bot.pipeline.journal import Batch
from bot.pipeline.patience import Patience
from commands.basics.handlers import HelpArgs
from commands.core.context import Context, Network
from commands.core.conversation import Conversation
from commands.core.registry import Registry, load
from commands.core.reply import Reply
from storage import inbox, outbox
from storage.database import Database
from storage.inbox import InboxEvent
from storage.outbox import OutboxRow
from tests.fakes.homeserver import SERVER, FakeGateway, FakeHomeserver, FakeUser

BOT = f"@proxenos:{SERVER}"
PATIENCE = 60.0  # seconds; a test that waits longer will wait for ever


class Exploding(LookupError):
    """What the command `about` raises in these tests."""


class Gate:
    """Where the command `themes` waits in these tests, like one that takes long."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def pass_through(self) -> None:
        """Say that somebody is here, and wait until it is opened."""
        self.reached.set()
        if not self.opened.wait(PATIENCE):
            raise TimeoutError


class Wire(FakeGateway):
    """A gateway on which a test can change what a sync brings."""

    changes: Callable[[Json], Json] | None = None
    heard: str | None = None  # up to where the receiver has written everything down

    async def sync(self, since: str | None, *, timeout_ms: int) -> Json:
        """What the homeserver says, changed."""
        self.heard = since
        body = await super().sync(since, timeout_ms=timeout_ms)
        return self.changes(body) if self.changes else body


class Scene:
    """A hub room with a bot, two guests (Ada, Ben) and a moderator (Mia) who made it.

    `running()` lets the bot work; `settled()` waits until it has heard, done and said everything. What the
    bot would wait for is written into `waits` and does not take that long.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.homeserver = FakeHomeserver()
        self.gateway = Wire(BOT, homeserver=self.homeserver)
        self.ada, self.ben, self.mia, self.eve = (
            self.homeserver.as_user(f"@{name}:{SERVER}") for name in ("ada", "ben", "mia", "eve")
        )
        self.hub = self.mia.create_room(preset="public_chat", name="Lobby")
        for user in (self.ada, self.ben, self.homeserver.as_user(BOT)):
            user.join(self.hub)
        self.network = Network(
            user_id=BOT, hub_room=self.hub, allowed_servers=(SERVER,), sender_limit=0, room_limit=0
        )
        self.waits: list[float] = []
        self.held: asyncio.Event | None = None  # lets who waits wait until it is set
        self.gate = Gate()
        self.task: asyncio.Task[None] | None = None
        self.app = self.new_app()

    async def sleep(self, seconds: float) -> None:
        """The bot's way to wait."""
        self.waits.append(seconds)
        await (self.held.wait() if self.held else asyncio.sleep(0))

    def new_app(self) -> App:
        """The program as after a start, with a command that raises (`about`) and a slow one (`themes`)."""
        app = App(
            self.database, self.gateway, self.network, patience=Patience(sleep=self.sleep, chance=lambda: 1.0)
        )
        app.dispatcher.conversation = Conversation(_with_oddities(load(), self.gate), self.network)
        return app

    @asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Let the bot work inside, and stop it gracefully; raises what ended it."""
        stop = asyncio.Event()
        self.gateway.heard = None
        self.app = self.new_app()
        self.task = asyncio.create_task(self.app.run(stop))
        try:
            yield self.app
        finally:
            stop.set()
            await self.task

    async def run_once(self) -> None:
        """Start, do everything there is to do, and stop."""
        async with self.running():
            await self.settled()

    async def settled(self) -> None:
        """Wait until everything said has been heard, carried out, and answered."""
        async with asyncio.timeout(PATIENCE):
            # The database tells nobody when it changes.
            while not (self._idle() or self._ended()):  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    def _ended(self) -> bool:
        return self.task is not None and self.task.done()

    def _idle(self) -> bool:
        with self.database.read() as tx:
            return (
                self.gateway.heard == f"s{self.homeserver.position}"
                and not inbox.waiting_rooms(tx)
                and not outbox.waiting_lanes(tx)
            )

    async def journal_latest(self) -> None:
        """Write the last event of all into the inbox, as the receiver would; nothing comes of it yet."""
        body = await self.gateway.sync(f"s{self.homeserver.position - 1}", timeout_ms=0)
        with self.database.write(f"sync:{body['next_batch']}") as tx:
            self.app.receiver.journal.take(tx, self.batch(body))

    @staticmethod
    def batch(body: Json, *, first: bool = False) -> Batch:
        """What the receiver makes of a sync without gaps."""
        return Batch(body, first=first)

    def direct(self, user: FakeUser) -> str:
        """Let somebody open a direct chat with the bot; returns its id."""
        return user.direct(BOT)

    def answers(self, room_id: str, to: str) -> list[str]:
        """What the bot said in reply to an event, oldest first; edits as they were said."""
        return [
            event["content"]["body"]
            for event in self.homeserver.timeline(room_id)
            if event["sender"] == BOT
            and ((event["content"].get("m.relates_to") or {}).get("m.in_reply_to") or {}).get("event_id")
            == to
        ]

    def said(self, room_id: str) -> list[str]:
        """All that the bot said in a room."""
        return self.homeserver.said(room_id, BOT)

    def dead_letters(self) -> list[OutboxRow]:
        """What could not be delivered."""
        with self.database.read() as tx:
            return outbox.dead_letters(tx)

    def journaled(self, event_id: str) -> InboxEvent | None:
        """What the inbox holds of an event."""
        with self.database.read() as tx:
            return inbox.find(tx, event_id)


def _with_oddities(registry: Registry, gate: Gate) -> Registry:
    def explode(_ctx: Context, args: HelpArgs) -> Reply | None:
        raise Exploding(args.topic)

    about = replace(registry.commands["about"], handler=explode, args=HelpArgs)

    def take_long(ctx: Context, args: HelpArgs) -> Reply | None:
        gate.pass_through()
        return registry.commands["ping"].handler(ctx, args)

    themes = replace(registry.commands["themes"], handler=take_long)
    return replace(registry, commands={**registry.commands, "about": about, "themes": themes})
