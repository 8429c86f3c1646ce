"""Who the bot is to encrypting clients: its device's keys and its cross-signing, checked at each start.

Nothing that does not fit is overwritten: a device whose keys have changed is to others a stranger who claims
to be the bot.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog

from bot.matrix import cross_signing
from bot.matrix.cross_signing import USAGES, SealBroken, SigningKeys
from bot.matrix.gateway import AuthNeeded, KeyGateway, Refused
from bot.matrix.machine import Machine
from bot.matrix.olm_store import ACCOUNT, MEGOLM, OLM, OWN, USER, StoreUnreadable
from bot.matrix.session import write_private
from storage import crypto, devices
from storage.database import Database, Tx

Json = dict[str, Any]
T = TypeVar("T")
log = structlog.get_logger("encryption")

CROSS_SIGNING = "cross_signing"
STORE_KEY_FILE = "store.key"
START_OVER = (
    "Restore it from a backup. If there is none, run `proxenos new-device --yes`: the bot comes back as a new"
    " device, and can't read what was encrypted for the old one."
)


class KeysLost(Exception):
    """The keys of the bot's device are not those that others know; the text tells the operator what to do."""


class Insist(Protocol):
    """`Patience.insist`: the answer of a call, however long it takes."""

    def __call__(self, call: Callable[[], Awaitable[T]], what: str) -> Awaitable[T]:
        """See `Patience.insist`."""
        ...


@dataclass(frozen=True)
class Standing:
    """What others can see of the bot's keys: the report that is logged at each start."""

    device_published: bool
    cross_signed: bool
    hint: str = ""


def store_key(data_dir: Path, given: str | None, database: Database) -> str:
    """The key that encrypts what encryption has to remember: the one that was given, or that of the file
    `store.key` in the data directory (mode 0600), made at the first start. Raises `KeysLost`."""
    if given:
        return given
    path = data_dir / STORE_KEY_FILE
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        pass
    with database.read() as tx:
        if crypto.get(tx, ACCOUNT, OWN) is not None:
            raise KeysLost(
                f"{path} is gone, and with it the key to the bot's encryption keys in the database."
                f" {START_OVER}"
            )
    made = secrets.token_hex(32)
    write_private(path, f"{made}\n")
    return made


def forget_device(tx: Tx, user_id: str, key: str | None) -> None:
    """Forget the keys of the device, so that the next start begins with another one.

    The cross-signing keys stay if `key`, the store key, opens them: they sign the next device as well.
    """
    devices.forget(tx, user_id)
    for kind in (ACCOUNT, OLM, MEGOLM, USER):
        crypto.forget_kind(tx, kind)
    sealed = crypto.get(tx, CROSS_SIGNING, OWN)
    try:
        SigningKeys.unsealed(sealed or b"", key or "")
    except SealBroken:
        crypto.forget_kind(tx, CROSS_SIGNING)


class Identity:
    """Checks and completes what the homeserver tells others of this device and of who owns it."""

    def __init__(
        self,
        database: Database,
        gateway: KeyGateway,
        machine: Machine,
        store_key: str,
        insist: Insist,
        *,
        password: str | None,
    ) -> None:
        self.database = database
        self.gateway = gateway
        self.machine = machine
        self.user_id = machine.user_id
        self.device_id = machine.device_id
        self._store_key = store_key
        self._insist = insist
        self._password = password

    async def check(self) -> Standing:
        """See that device and signatures are in order, mend what is missing; raises `KeysLost`."""
        own = await self.database.run(self.own_keys)
        answer = await self._ask_for_own_keys()
        shown = self._shown_device(answer)
        if shown is None:
            await self.database.run(self._publish_again)
        elif any(_device_key(shown, f"{name}:{self.device_id}") != key for name, key in own.items()):
            raise KeysLost(
                f"The homeserver knows the device {self.device_id} with other keys than the database: this is"
                f" not the database with which the device was first used. {START_OVER}"
            )
        await self.upload()
        standing = await self._cross_sign()
        told = log.info if standing.cross_signed else log.warning
        told(
            "device_checked",
            device=self.device_id,
            published=standing.device_published,
            cross_signed=standing.cross_signed,
            **({"hint": standing.hint} if standing.hint else {}),
        )
        return standing

    async def upload(self) -> None:
        """Give the homeserver the keys that it should have now."""
        body = await self.database.run(self._to_upload)
        if body is None:
            return
        try:
            counts = await self._insist(lambda: self.gateway.keys_upload(body), "keys_upload")
        except Refused as refused:
            # Keys with the same names are there already: those of a database that was set back. What is there
            # can't be taken away; new ones come when these are used up.
            log.warning("keys_not_accepted", errcode=refused.errcode, why=refused.reason[:200])
            counts = {}
        await self.database.run(self._uploaded, counts)

    # --- the device

    def own_keys(self) -> dict[str, str]:
        """The device's public keys, by algorithm; raises `KeysLost`."""
        try:
            with self.database.write() as tx:
                return self.machine.identity_keys(tx)
        except StoreUnreadable as unreadable:
            raise KeysLost(
                "The encryption keys in the database were made with another STORE_KEY, or with another"
                f" store.key in the data directory. {START_OVER}"
            ) from unreadable

    def _to_upload(self) -> Json | None:
        with self.database.lead() as tx:
            return self.machine.to_upload(tx)

    def _uploaded(self, counts: dict[str, int]) -> None:
        with self.database.lead() as tx:
            self.machine.uploaded(tx, counts)

    def _publish_again(self) -> None:
        with self.database.lead() as tx:
            self.machine.publish_again(tx)

    async def _ask_for_own_keys(self) -> Json:
        return await self._insist(lambda: self.gateway.keys_query([self.user_id]), "keys_query")

    def _shown_device(self, answer: Json) -> Json | None:
        devices = answer.get("device_keys", {}).get(self.user_id, {})
        shown = devices.get(self.device_id) if isinstance(devices, dict) else None
        return shown if isinstance(shown, dict) else None

    # --- cross-signing

    async def _cross_sign(self) -> Standing:
        answer = await self._ask_for_own_keys()
        shown = self._shown_device(answer)
        if shown is None:
            return Standing(False, False, "the homeserver does not show the device's keys")
        public = cross_signing.public_key(cross_signing.published(answer, self.user_id, "master"))
        try:
            keys = await self.database.run(self._signing_keys)
        except SealBroken:
            return Standing(
                True, False, "the cross-signing keys can't be opened: check STORE_KEY or store.key"
            )
        if public is not None and (keys is None or keys.public("master") != public):
            return Standing(
                True,
                False,
                "the account has cross-signing keys that are not the bot's own; verify the device from the"
                " client that made them, or reset them there and start the bot again",
            )
        if keys is None:
            keys = await self.database.run(self._new_signing_keys)
        if not self._all_published(answer, keys) and (hint := await self._publish(keys)):
            return Standing(True, False, hint)
        if self.device_id not in cross_signing.signed_devices(answer, self.user_id):
            await self._sign_device(keys, shown)
            answer = await self._ask_for_own_keys()
        signed = self.device_id in cross_signing.signed_devices(answer, self.user_id)
        return Standing(True, signed, "" if signed else "the homeserver did not take the signature")

    def _all_published(self, answer: Json, keys: SigningKeys) -> bool:
        return all(
            cross_signing.public_key(cross_signing.published(answer, self.user_id, usage))
            == keys.public(usage)
            for usage in USAGES
        )

    async def _publish(self, keys: SigningKeys) -> str:
        """Publish the public halves; returns a hint where the homeserver wants what the bot can't give."""
        body = {f"{usage}_key": keys.key_object(self.user_id, usage) for usage in USAGES}
        try:
            await self._insist(lambda: self.gateway.upload_signing_keys(body), "device_signing")
        except AuthNeeded as needed:
            if self._password is None or ["m.login.password"] not in needed.flows:
                return (
                    "the homeserver wants to see the bot's password before it takes cross-signing keys: set"
                    " PASSWORD for one start, or allow it as an administrator"
                )
            auth = {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": self.user_id},
                "password": self._password,
                "session": needed.session,
            }
            try:
                await self._insist(
                    lambda: self.gateway.upload_signing_keys(body, auth=auth), "device_signing"
                )
            except (AuthNeeded, Refused):
                return "the homeserver did not accept PASSWORD for the cross-signing keys"
        except Refused as refused:
            return f"the homeserver does not take cross-signing keys: {refused}"
        log.info("cross_signing_keys_published", master=keys.public("master"))
        return ""

    async def _sign_device(self, keys: SigningKeys, shown: Json) -> None:
        signature = keys.sign("self_signing", shown)
        bare = {name: value for name, value in shown.items() if name != "unsigned"}
        key_id = f"ed25519:{keys.public('self_signing')}"
        device = {**bare, "signatures": {self.user_id: {key_id: signature}}}
        master = keys.key_object(self.user_id, "master")
        by_device = await self.database.run(self._sign_by_device, master)
        master["signatures"] = {self.user_id: {f"ed25519:{self.device_id}": by_device}}
        body = {self.user_id: {self.device_id: device, keys.public("master"): master}}
        try:
            failures = await self._insist(lambda: self.gateway.upload_signatures(body), "signatures")
        except Refused as refused:
            log.warning("signature_not_taken", errcode=refused.errcode, why=refused.reason[:200])
            return
        if failures:
            log.warning("signature_not_taken", why=str(failures)[:200])

    def _sign_by_device(self, value: Json) -> str:
        with self.database.lead() as tx:
            return self.machine.sign(tx, value)

    def _signing_keys(self) -> SigningKeys | None:
        with self.database.read() as tx:
            sealed = crypto.get(tx, CROSS_SIGNING, OWN)
        return SigningKeys.unsealed(sealed, self._store_key) if sealed is not None else None

    def _new_signing_keys(self) -> SigningKeys:
        # Kept before they are published: a bot that is killed in between publishes the same ones again.
        keys = SigningKeys.create()
        with self.database.lead() as tx:
            crypto.put(tx, CROSS_SIGNING, OWN, keys.sealed(self._store_key))
        return keys


def _device_key(shown: Json, name: str) -> object:
    keys = shown.get("keys")
    return keys.get(name) if isinstance(keys, dict) else None
