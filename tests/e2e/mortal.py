"""The program in a process that ends itself with SIGKILL at a moment of its life that the test names.

`be` is told url, user_id, hub_room, data_dir, encrypted, review, review_room, moment and count: the
`count`th time that it comes to `moment`, it dies. Nothing of the program itself knows of this; it is given a
database, a gateway and a way of marking that do what they always do, and perhaps something more.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from bot.app import App
from bot.matrix.gateway import Gateway, Json
from bot.matrix.identity import store_key
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import open_gateway
from bot.pipeline.encryption import Encryption
from bot.pipeline.patience import Patience
from commands.core.context import Network
from storage import inbox, outbox
from storage.database import Database, Tx
from storage.migrate import migrate
from storage.outbox import Delivered
from tests.blank import blank_database


class Fate:
    """Counts the moments and ends the process at the one that was named."""

    def __init__(self, moment: str, count: int) -> None:
        self.moment = moment
        self.count = count

    def comes(self, moment: str) -> None:
        """One more time the program has come to this moment of its life."""
        if moment != self.moment:
            return
        self.count -= 1
        if not self.count:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase(Database):
    """Moments: journaling, journaled, carrying out, carried out, marked."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self.fate = fate
        self.marks = False

    @contextmanager
    def write(self, source: str = "") -> Iterator[Tx]:
        """A transaction, with a moment before its commit and one after it."""
        with super().write(source) as tx:
            yield tx
            before, after = self._moments(tx)
            self.fate.comes(before)
        self.fate.comes(after)

    def _moments(self, tx: Tx) -> tuple[str, str]:
        if tx.source.startswith("sync:"):
            heard = bool(inbox.waiting_rooms(tx))
            return ("journaling", "journaled") if heard else ("", "")
        if tx.source.startswith(("$", "fetched:")):
            return "carrying out", "carried out"
        marks, self.marks = self.marks, False
        return ("", "marked") if marks else ("", "")


class MortalGateway:
    """Moments: before and after each of the gateway's calls; `heard` is a sync with words of others."""

    def __init__(self, gateway: Gateway, fate: Fate) -> None:
        self._gateway = gateway
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
        return self._mortal(name, found) if callable(found) else found

    def _mortal(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def perform(*args: Any, **kwargs: Any) -> Any:
            self._fate.comes(f"before {name}")
            answer = await call(*args, **kwargs)
            self._fate.comes(f"after {name}")
            if name == "sync" and self._has_words(answer):
                self._fate.comes("heard")
            return answer

        return perform

    def _has_words(self, body: Json) -> bool:
        return any(
            event["type"] in ("m.room.message", "m.room.encrypted")
            and event["sender"] != self._gateway.user_id
            for room in body.get("rooms", {}).get("join", {}).values()
            for event in room["timeline"]["events"]
        )


async def live(told: Json) -> None:
    """Be the bot until the named moment."""
    fate = Fate(told["moment"], told["count"])
    database = MortalDatabase(blank_database(Path(told["data_dir"]) / "proxenos.db"), fate)
    mark_sent = outbox.mark_sent

    def mark_half(tx: Tx, delivered: list[Delivered]) -> list[Delivered]:
        half = (len(delivered) + 1) // 2
        gone = mark_sent(tx, delivered[:half])
        fate.comes("marking")
        gone += mark_sent(tx, delivered[half:])
        database.marks = True
        return gone

    outbox.mark_sent = mark_half
    migrate(database)
    gateway = await open_gateway(
        told["url"],
        told["user_id"],
        password="secret",
        access_token=None,
        device_id=None,
        data_dir=Path(told["data_dir"]),
    )
    network = Network(
        user_id=told["user_id"],
        hub_room=told["hub_room"],
        allowed_servers=(told["user_id"].split(":", 1)[1],),
        encrypt_direct_chats=told["encrypted"],
        review=told["review"],
        review_room=told["review_room"],
    )
    mortal, patience = cast("NioGateway", MortalGateway(gateway, fate)), Patience()
    key = store_key(Path(told["data_dir"]), None, database)
    encryption = Encryption.of_device(database, mortal, patience, store_key=key, password="secret")
    app = App(database, mortal, network, patience=patience, encryption=encryption)
    await app.run(asyncio.Event())


def be(told: Json, log: str) -> None:
    """Be the bot until the named moment, in a process of its own; what it prints goes into the file `log`."""
    written = os.open(log, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(written, stream)
    asyncio.run(live(told))
