"""The whole program at a homeserver in memory that tells it odd things, and that sees whether it goes on."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from structlog.testing import capture_logs

from bot.matrix.gateway import Json
from storage.database import Database
from tests.blank import blank_database
from tests.bot.pipeline.scene import BOT, PATIENCE, Scene, Wire

LOOKED_THROUGH = 300  # events of the hub, in which an answer has to be


class Broken(AssertionError):
    """The program did not go on as it should."""


class OddWire(Wire):
    """Tells what the test wants told, without moving the position; then what the homeserver has to say."""

    def __init__(self, user_id: str, scene: Scene) -> None:
        super().__init__(user_id, homeserver=scene.homeserver)
        self.odd: list[Json] = []

    async def sync(self, since: str | None, *, timeout_ms: int) -> Json:
        """The next odd sync, or a true one."""
        if since is not None and self.odd:
            await asyncio.sleep(0)
            self.heard = since
            return {**self.odd.pop(0), "next_batch": since}
        return await super().sync(since, timeout_ms=timeout_ms)


class _Errors(logging.Handler):
    """Keeps what libraries and asyncio complain about."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(record.getMessage())


class OddHomeserver:
    """`async with OddHomeserver(folder) as homeserver:` the bot runs and has heard everything true."""

    def __init__(self, folder: Path) -> None:
        self.scene = Scene(Database(blank_database(folder / "proxenos.db")))
        self.wire = self.scene.gateway = OddWire(BOT, self.scene)
        self.hub = self.scene.hub
        self._errors = _Errors()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start the bot."""
        self._stack.callback(self.scene.database.close)
        self._logs = self._stack.enter_context(capture_logs())
        logging.getLogger().addHandler(self._errors)
        self._stack.callback(logging.getLogger().removeHandler, self._errors)
        await self._stack.enter_async_context(self.scene.running())
        await self.scene.settled()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the bot."""
        await self._stack.aclose()

    async def tell(self, bodies: list[Json]) -> None:
        """Tell odd syncs and then a `!ping`; raises `Broken` unless that is answered once, and whenever the
        program ends or logs an error."""
        self.wire.odd += bodies
        self.scene.ada.send(self.hub, "odd things follow")
        async with asyncio.timeout(PATIENCE):
            while self.wire.odd and not self._ended():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.002)
        asked = self.scene.ada.send(self.hub, "!ping")
        await self.scene.settled()
        if self._ended() and self.scene.task:
            await self.scene.task
        errors = [entry for entry in self._logs if entry["log_level"] in ("error", "critical")]
        if errors or self._errors.lines:
            raise Broken(f"{errors} {self._errors.lines}")
        self._logs.clear()
        if self._answers(asked) != ["pong"]:
            raise Broken(f"a good command got {self._answers(asked)}")

    def _ended(self) -> bool:
        return self.scene.task is not None and self.scene.task.done()

    def _answers(self, asked: str) -> list[str]:
        latest = [stored.event for stored in self.scene.homeserver.rooms[self.hub].log[-LOOKED_THROUGH:]]
        return [
            event["content"]["body"]
            for event in latest
            if event["sender"] == BOT
            and ((event["content"].get("m.relates_to") or {}).get("m.in_reply_to") or {}).get("event_id")
            == asked
        ]
