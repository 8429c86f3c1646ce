"""What nio's Olm machine remembers, kept in the bot's own database.

nio brings a store of its own, a SQLite file beside everything else. Here keys and sessions are written in the
transaction of the moment instead: a room key, the events that it opens and the sync token that ends the
homeserver's keeping it are committed together or not at all. Sessions are read when they are needed, as a
network's devices are many and most of them are silent.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from nio.crypto import (
    DeviceStore,
    GroupSessionStore,
    InboundGroupSession,
    OlmAccount,
    OlmDevice,
    Session,
    SessionStore,
)

from storage import crypto
from storage.database import Tx

Json = dict[str, Any]
T = TypeVar("T")

ACCOUNT, OLM, MEGOLM, USER = "account", "olm", "megolm", "user"
OWN = "own"
SESSIONS_OF_A_DEVICE = 5  # more than one comes about when both sides begin at once; older ones are not used


class StoreUnreadable(Exception):
    """What is in the database was encrypted with another key than the one at hand."""


class Loading(dict[str, T], Generic[T]):
    """A dict that reads what it does not have yet."""

    def __init__(self, load: Callable[[str], T]) -> None:
        super().__init__()
        self._load = load

    def __missing__(self, key: str) -> T:
        self[key] = found = self._load(key)
        return found


class _Nothing(GroupSessionStore):  # type: ignore[misc]  # nio has no types
    def add(self, _session: Any) -> bool:
        return True


class OlmStore:
    """The store that `Olm` is given; everything happens in `tx`, which has to be set before.

    `passphrase` encrypts the private halves. With `signed_only`, devices that their owners have not
    cross-signed count as blacklisted: nothing is encrypted for them.
    """

    def __init__(self, passphrase: str, *, signed_only: bool) -> None:
        self.passphrase = passphrase
        self.signed_only = signed_only
        self.tx: Tx | None = None
        self.key_owner: str | None = None  # who sent the room key that is being taken in
        self.signed: Loading[set[str]] = Loading(lambda user: set(self.user(user).get("signed", [])))

    @property
    def at(self) -> Tx:
        """The transaction of the moment."""
        if self.tx is None:
            raise RuntimeError("the Olm machine was used outside of a transaction")
        return self.tx

    # --- the account

    def load_account(self) -> Any:
        """The account of this device; None before its first start."""
        value = crypto.get(self.at, ACCOUNT, OWN)
        if value is None:
            return None
        kept = json.loads(value)
        try:
            return OlmAccount.from_pickle(kept["pickle"].encode(), self.passphrase, kept["shared"])
        except ValueError as error:
            raise StoreUnreadable from error

    def save_account(self, account: Any) -> None:
        """Keep the account with its one-time keys."""
        kept = {"pickle": account.pickle(self.passphrase).decode(), "shared": account.shared}
        crypto.put(self.at, ACCOUNT, OWN, json.dumps(kept).encode())

    # --- sessions between two devices

    def load_sessions(self) -> Any:
        """The sessions with other devices, each read when it is needed."""
        store = SessionStore()
        store._entries = Loading(self._sessions_with)
        self._sessions = store
        return store

    def _sessions_with(self, curve25519: str) -> list[Any]:
        value = crypto.use(self.at, OLM, curve25519)
        return [
            Session.from_pickle(
                kept["pickle"].encode(),
                datetime.fromisoformat(kept["created"]),
                self.passphrase,
                datetime.fromisoformat(kept["used"]),
            )
            for kept in (json.loads(value) if value else [])
        ]

    def save_session(self, curve25519: str, _session: Any) -> None:
        """Keep the sessions with a device as they are now."""
        sessions = sorted(self._sessions[curve25519], key=lambda one: one.use_time, reverse=True)
        kept = [
            {
                "pickle": session.pickle(self.passphrase).decode(),
                "created": session.creation_time.isoformat(),
                "used": session.use_time.isoformat(),
            }
            for session in sessions[:SESSIONS_OF_A_DEVICE]
        ]
        crypto.put(self.at, OLM, curve25519, json.dumps(kept).encode())

    # --- the sessions of rooms

    def load_inbound_group_sessions(self) -> Any:
        """A store that keeps nothing: room keys are looked up in the database."""
        return _Nothing()

    def save_inbound_group_session(self, session: Any) -> None:
        """Keep a room key under its room and session, unless a better one from the same device is there."""
        if self.key_owner is None:
            return  # the half of a session of our own, which nobody needs
        mine = {
            "sender_key": session.sender_key,
            "ed25519": session.ed25519,
            "owner": self.key_owner,
            "index": session.first_known_index,
            "pickle": session.pickle(self.passphrase).decode(),
        }
        others = []
        for known in self.room_keys(session.room_id, session.id):
            if (known["sender_key"], known["owner"]) != (session.sender_key, self.key_owner):
                others.append(known)
            elif known["index"] <= mine["index"]:
                return
        value = json.dumps([*others, mine]).encode()
        crypto.put(self.at, MEGOLM, megolm_key(session.room_id, session.id), value, person=self.key_owner)

    def room_keys(self, room_id: str, session_id: str) -> list[Json]:
        """What is known under this session: a key for each device that claims to have begun it."""
        value = crypto.use(self.at, MEGOLM, megolm_key(room_id, session_id))
        return json.loads(value) if value else []

    def open(self, known: Json, room_id: str) -> Any:
        """A room key ready to decrypt with."""
        return InboundGroupSession.from_pickle(
            known["pickle"].encode(), known["ed25519"], known["sender_key"], room_id, self.passphrase
        )

    # --- other people's devices

    def user(self, user_id: str) -> Json:
        """What is known of a user's devices: `devices`, which of them are `signed`, and whether it is
        `outdated`; empty for a stranger."""
        value = crypto.use(self.at, USER, user_id)
        return json.loads(value) if value else {}

    def keep_user(self, user_id: str, known: Json) -> None:
        """Remember what is known of a user's devices."""
        self.signed.pop(user_id, None)
        crypto.put(self.at, USER, user_id, json.dumps(known).encode(), person=user_id)

    def load_device_keys(self) -> Any:
        """The devices of all users, each user's read when they are needed."""
        store = DeviceStore()
        store._entries = Loading(self._devices_of)
        return store

    def _devices_of(self, user_id: str) -> dict[str, Any]:
        return {
            device_id: OlmDevice(user_id, device_id, dict(device["keys"]), deleted=device["deleted"])
            for device_id, device in self.user(user_id).get("devices", {}).items()
        }

    def is_device_blacklisted(self, device: Any) -> bool:
        """Whether nothing is to be encrypted for this device."""
        return self.signed_only and device.device_id not in self.signed[device.user_id]

    def is_device_verified(self, _device: Any) -> bool:
        """Nobody compares emoji with a bot."""
        return False

    def is_device_ignored(self, _device: Any) -> bool:
        """See `is_device_verified`; nio is told to encrypt for unverified devices instead."""
        return False

    def ignore_devices(self, _devices: list[Any]) -> None:
        """Nothing to remember."""

    def save_device_keys(self, _changed: Any) -> None:
        """Nothing to do here: `Machine.queried` keeps each user whole."""

    # --- requests for keys, which the machine makes itself and accepts from nobody

    def load_outgoing_key_requests(self) -> Json:
        """None."""
        return {}


def megolm_key(room_id: str, session_id: str) -> str:
    """Under which key the room keys of a session are remembered."""
    return f"{room_id}|{session_id}"
