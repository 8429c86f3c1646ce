"""Encryption in the pipeline: keys are asked for, claimed, shared and renewed, so that both ends can read.

The cryptography is the machine's, which never touches the network; this is what asks the homeserver for it.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import structlog

from bot.matrix.gateway import KeyGateway, Refused
from bot.matrix.identity import Identity
from bot.matrix.machine import Machine, NotShared, ToDevice
from bot.matrix.nio_gateway import NioGateway
from bot.pipeline.patience import Patience
from storage import rooms
from storage.database import Database, Tx

Json = dict[str, Any]
T = TypeVar("T")
log = structlog.get_logger("encryption")

SHARE_AGAIN = 300.0  # seconds until a new session is begun for the sake of devices that were missed


class Encryption:
    """What the sender encrypts with, and the part that keeps the keys in order."""

    def __init__(
        self,
        database: Database,
        gateway: KeyGateway,
        machine: Machine,
        patience: Patience,
        *,
        store_key: str,
        password: str | None,
    ) -> None:
        self.database = database
        self.gateway = gateway
        self.machine = machine
        self.patience = patience
        self.identity = Identity(database, gateway, machine, store_key, patience.insist, password=password)
        self._encrypted: set[str] = set()
        self._suspects: set[str] = set()  # users whose devices may have changed
        self._looking = asyncio.Lock()
        self._shared: set[str] = set()  # rooms whose session has reached everyone who is there
        self._share_again: dict[str, float] = {}  # when, for rooms in which some device was missed
        self._sharing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._wake = asyncio.Event()
        self._unchecked = False

    @classmethod
    def of_device(
        cls,
        database: Database,
        gateway: NioGateway,
        patience: Patience,
        *,
        store_key: str,
        password: str | None,
        signed_only: bool = False,
    ) -> Encryption:
        """For the device that the gateway is logged in with; the parameters are those of the settings."""
        session = gateway.session
        machine = Machine(session.user_id, session.device_id, store_key, signed_only=signed_only)
        encryption = cls(database, gateway, machine, patience, store_key=store_key, password=password)
        gateway.on_new_session = encryption.check_again
        return encryption

    async def prepare(self) -> None:
        """Check the device and its signatures; raises `KeysLost`."""
        await self.identity.check()
        self._encrypted = await self.database.run(self._read(rooms.encrypted))

    async def run(self) -> None:
        """Keep the homeserver supplied with keys, and tell other devices what they have to be told."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._unchecked:
                self._unchecked = False
                await self.identity.check()
            await self.identity.upload()
            await self._claim([])
            for message in await self.database.run(self._write(self.machine.to_send)):
                await self._tell(message)

    def check_again(self) -> None:
        """The device was logged out, and with that the homeserver forgot its keys and signatures."""
        self._unchecked = True
        self._wake.set()

    def heard(
        self,
        *,
        keys: bool = False,
        devices: Iterable[str] = (),
        people_changed: Iterable[str] = (),
        encrypted: Iterable[str] = (),
    ) -> None:
        """A sync has been journaled: whether it brought something for the keys, whose devices may have
        changed, in which rooms people came or went, and which rooms are encrypted now."""
        self._encrypted.update(encrypted)
        self._suspects.update(devices)
        self._shared.difference_update(people_changed)
        if keys:
            self._wake.set()

    def encrypts(self, room_id: str) -> bool:
        """Whether what is said in this room has to be encrypted."""
        return room_id in self._encrypted

    async def encrypt(self, room_id: str, event_type: str, content: Json) -> Json:
        """The content of an `m.room.encrypted` event that all devices in the room can read."""
        async with self._sharing[room_id]:
            await self._look_again()
            if self._share_again.get(room_id, math.inf) < time.monotonic():
                del self._share_again[room_id]
                self._shared.discard(room_id)
            while True:
                if room_id in self._shared:
                    try:
                        return await self.database.run(self.machine.encrypt, room_id, event_type, content)
                    except NotShared:
                        pass  # worn out, or lost with a transaction that came to nothing
                # Taken for shared before it is: who comes while we ask makes it unshared again.
                self._shared.add(room_id)
                try:
                    await self._share(room_id)
                except BaseException:
                    self._shared.discard(room_id)
                    raise

    async def _look_again(self) -> None:
        """See whether devices have changed of which it was said that they might; homeservers say so often."""
        async with self._looking:
            suspects, self._suspects = self._suspects, set()
            if suspects and await self._query(sorted(suspects)):
                self._shared.clear()

    async def _share(self, room_id: str) -> None:
        people = await self.patience.insist(lambda: self.gateway.room_people(room_id), "room_people")
        await self._query(people)
        await self._claim(people)
        parts = await self.database.run(self._write(self.machine.share, room_id, people))
        for part in parts:
            await self._tell(part)
        await self.database.run(self.machine.shared, room_id, parts)
        unknown = await self.database.run(self._write(self.machine.to_query, people))
        keyless = await self.database.run(self._write(self.machine.to_claim, people))
        if unknown or keyless:
            # A server was away, or a device had no key left to claim: they get the next session.
            self._share_again[room_id] = time.monotonic() + SHARE_AGAIN
        log.debug("session_shared", room=room_id, people=len(people))

    async def _query(self, people: list[str]) -> set[str]:
        unknown = await self.database.run(self._write(self.machine.to_query, people))
        if not unknown:
            return set()
        answer = await self.patience.insist(lambda: self.gateway.keys_query(unknown), "keys_query")
        return await self.database.run(self._write(self.machine.queried, unknown, answer))

    async def _claim(self, people: list[str]) -> None:
        wanted = await self.database.run(self._write(self.machine.to_claim, people))
        if wanted:
            answer = await self.patience.insist(lambda: self.gateway.keys_claim(wanted), "keys_claim")
            await self.database.run(self._write(self.machine.claimed, answer))

    async def _tell(self, message: ToDevice) -> None:
        txn_id = f"px{uuid.uuid4().hex}"
        try:
            await self.patience.insist(
                lambda: self.gateway.send_to_device(message.event_type, message.messages, txn_id=txn_id),
                "send_to_device",
            )
        except Refused as refused:
            log.warning("device_not_told", type=message.event_type, errcode=refused.errcode)

    def _write(self, work: Callable[..., T], *arguments: Any) -> Callable[[], T]:
        def within() -> T:
            # Sessions move on with what they encrypt: two processes must not move the same one.
            with self.database.lead() as tx:
                return work(tx, *arguments)

        return within

    def _read(self, work: Callable[[Tx], T]) -> Callable[[], T]:
        def within() -> T:
            with self.database.read() as tx:
                return work(tx)

        return within
