"""The bot's device as one end of end-to-end encryption: what comes in is opened, what goes out is sealed.

nio's Olm machine does the cryptography (with vodozemac); this is what stands between it and the pipeline. It
speaks raw JSON, never to the network, and works inside the transaction that it is given.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
import vodozemac
from nio import Api, KeysClaimResponse, KeysQueryResponse
from nio.crypto import Olm

from bot.matrix.cross_signing import signed_devices, unpadded
from bot.matrix.olm_store import USER, OlmStore
from storage import crypto
from storage.database import Tx

Json = dict[str, Any]
log = structlog.get_logger("encryption")

OLM_ALGORITHM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM_ALGORITHM = "m.megolm.v1.aes-sha2"
SIGNED_CURVE = "signed_curve25519"
MANY = 10_000  # sessions of which it is remembered that their key was asked for
# Anyone in an encrypted room can encrypt any type of event: only what people say is taken from there.
READABLE = ("m.room.message", "m.reaction")


class MissingKey(Exception):
    """The key of this Megolm session has not come (yet)."""

    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        self.session_id = session_id


class Forged(Exception):
    """An encrypted event that nobody who is honest would send; the text says why."""


class NotShared(Exception):
    """Before something is encrypted in this room, its session has to be shared."""


@dataclass
class Received:
    """What a sync brought for encryption: room keys as (room id, session id), and those of the known users
    whose devices may have changed."""

    keys: list[tuple[str, str]] = field(default_factory=list)
    devices: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Decrypted:
    """A decrypted event in the shape of a plain one, and its place in its session, which nothing else has."""

    event: Json
    place: str


@dataclass(frozen=True)
class ToDevice:
    """A message to devices: `messages` are contents by user and device; `shared` are those reached by it."""

    event_type: str
    messages: dict[str, dict[str, Json]]
    shared: frozenset[tuple[str, str]] = frozenset()


class Machine:
    """The device `device_id` of `user_id`.

    `store_key` encrypts what is kept. Every method that takes a transaction leaves it consistent with what
    was done in memory; when it is rolled back, the memory is thrown away.
    """

    def __init__(self, user_id: str, device_id: str, store_key: str, *, signed_only: bool = False) -> None:
        self.user_id = user_id
        self.device_id = device_id
        self._store = OlmStore(store_key, signed_only=signed_only)
        self._signed_only = signed_only
        self._lock = threading.Lock()
        self._olm: Any = None
        self._received = Received()
        self._fallback_wanted = True
        self._asked_for: set[str] = set()
        self._queued: list[ToDevice] = []

    @contextmanager
    def _within(self, tx: Tx) -> Iterator[Any]:
        """nio's machine at work in a transaction."""
        with self._lock:
            self._store.tx = tx
            tx.on_rollback(self._forget_memory)
            try:
                if self._olm is None:
                    self._store.signed.clear()
                    self._olm = _Olm(self.user_id, self.device_id, self._store, self._received)
                yield self._olm
            finally:
                self._store.tx = None

    def _forget_memory(self) -> None:
        with self._lock:
            self._olm = None

    # --- the device itself

    def identity_keys(self, tx: Tx) -> dict[str, str]:
        """The public halves of this device's own keys: `ed25519` and `curve25519`."""
        with self._within(tx) as olm:
            return dict(olm.account.identity_keys)

    def device_keys(self, tx: Tx) -> Json:
        """What the homeserver tells others of this device, signed by the device."""
        with self._within(tx) as olm:
            return self._device_keys(olm)

    def sign(self, tx: Tx, value: Json) -> str:
        """The device's signature under a JSON object."""
        with self._within(tx) as olm:
            return str(olm.sign_json(value))

    def _device_keys(self, olm: Any) -> Json:
        own = olm.account.identity_keys
        keys: Json = {
            "algorithms": [OLM_ALGORITHM, MEGOLM_ALGORITHM],
            "device_id": self.device_id,
            "user_id": self.user_id,
            "keys": {f"{name}:{self.device_id}": own[name] for name in ("curve25519", "ed25519")},
        }
        return self._signed(olm, keys)

    def _signed(self, olm: Any, value: Json) -> Json:
        signature = olm.sign_json(value)
        return {**value, "signatures": {self.user_id: {f"ed25519:{self.device_id}": signature}}}

    def to_upload(self, tx: Tx) -> Json | None:
        """The keys that the homeserver should have now, as the body of `/keys/upload`; None when it has
        enough. They are kept before they are shown to anybody."""
        with self._within(tx) as olm:
            account = olm.account
            body: Json = {}
            if not account.shared:
                body["device_keys"] = self._device_keys(olm)
            count = olm.uploaded_key_count
            if count is None:
                count = 0 if not account.shared else account.max_one_time_keys
            if count <= account.max_one_time_keys // 2:
                account.generate_one_time_keys(account.max_one_time_keys - count)
                body["one_time_keys"] = {
                    f"{SIGNED_CURVE}:{key_id}": self._signed(olm, {"key": key})
                    for key_id, key in account.one_time_keys["curve25519"].items()
                }
            if self._fallback_wanted or not account.shared:
                body["fallback_keys"] = self._fallback_key(olm)
            if body:
                olm.save_account()
            return body or None

    def _fallback_key(self, olm: Any) -> Json:
        """The key that is given out when all others are used up, while the bot is away for long."""
        account = olm.account._account  # nio does not know fallback keys yet; vodozemac does
        account.generate_fallback_key()
        return {
            f"{SIGNED_CURVE}:{key_id}": self._signed(olm, {"key": key.to_base64(), "fallback": True})
            for key_id, key in account.fallback_key.items()
        }

    def publish_again(self, tx: Tx) -> None:
        """The homeserver does not know this device (any more): all of its keys have to be uploaded."""
        with self._within(tx) as olm:
            olm.account.shared = False
            olm.uploaded_key_count = 0
            olm.save_account()

    def uploaded(self, tx: Tx, counts: dict[str, int]) -> None:
        """The homeserver has what `to_upload` said; `counts` are those of its answer."""
        with self._within(tx) as olm:
            olm.account.shared = True
            olm.uploaded_key_count = counts.get(SIGNED_CURVE, olm.account.max_one_time_keys)
            olm.mark_keys_as_published()
            olm.save_account()
            self._fallback_wanted = False

    # --- what a sync brings

    def concerned(self, body: Json, *, first: bool) -> bool:
        """Whether a raw sync says anything that `receive` has to know; most don't."""
        olm = self._olm  # another thread may take it away at any moment
        if first or olm is None or _events(body.get("to_device")):
            return True
        lists = body.get("device_lists")
        if isinstance(lists, dict) and any(lists.values()):
            return True
        counts = body.get("device_one_time_keys_count")
        told = counts.get(SIGNED_CURVE, 0) if isinstance(counts, dict) else None
        unused = body.get("device_unused_fallback_key_types")
        fallback_used = isinstance(unused, list) and SIGNED_CURVE not in unused
        return fallback_used or (told is not None and told != olm.uploaded_key_count)

    def receive(self, tx: Tx, body: Json, *, first: bool) -> Received:
        """Take in what a raw sync brings for this device; what is malformed is passed over.

        `first` is a sync without a position: nobody can say then whose devices changed in the meantime.
        """
        with self._within(tx) as olm:
            self._received.__init__()  # type: ignore[misc]  # emptied, not replaced: the machine fills it
            self._counts(olm, body)
            self._device_lists(body, first=first)
            for raw in _events(body.get("to_device")):
                self._to_device(olm, raw)
            return Received(list(self._received.keys), set(self._received.devices))

    def _counts(self, olm: Any, body: Json) -> None:
        counts = body.get("device_one_time_keys_count")
        if isinstance(counts, dict):
            count = counts.get(SIGNED_CURVE, 0)
            # Nought is a number too, though nio takes it for "not told".
            olm.uploaded_key_count = count if isinstance(count, int) else 0
        unused = body.get("device_unused_fallback_key_types")
        if isinstance(unused, list):
            self._fallback_wanted = SIGNED_CURVE not in unused

    def _device_lists(self, body: Json, *, first: bool) -> None:
        told = body.get("device_lists")
        told = told if isinstance(told, dict) else {}
        users = [
            user for kind in ("changed", "left") for user in _list(told.get(kind)) if isinstance(user, str)
        ]
        if first:
            users = crypto.keys(self._store.at, USER)
        for user_id in users:
            if known := self._store.user(user_id):
                self._store.keep_user(user_id, {**known, "outdated": True})
                self._received.devices.add(user_id)

    def _to_device(self, olm: Any, raw: Json) -> None:
        content = raw.get("content")
        if raw.get("type") != "m.room.encrypted" or not isinstance(content, dict):
            return
        sender, sender_key = raw.get("sender"), content.get("sender_key")
        try:
            if content["algorithm"] != OLM_ALGORITHM or not isinstance(sender, str):
                return
            ours = content["ciphertext"][olm.account.identity_keys["curve25519"]]
            message: Any
            if ours["type"] == 0:
                message = vodozemac.PreKeyMessage.from_base64(ours["body"])
            else:
                message = vodozemac.AnyOlmMessage.from_parts(int(ours["type"]), unpadded(ours["body"]))
            if olm.decrypt(sender, sender_key, message) is None:
                # Nothing for us, or the sessions are out of step, as after a backup that was restored.
                log.warning("to_device_not_read", sender=sender[:100])
        except Exception as error:  # noqa: BLE001 -- anyone can send anything, and nio raises what it likes
            log.warning("to_device_not_understood", sender=str(sender)[:100], error=type(error).__name__)

    # --- what is said in rooms

    def decrypt(self, tx: Tx, room_id: str, raw: Json) -> Decrypted:
        """Open an `m.room.encrypted` event; raises `MissingKey` or `Forged`."""
        content = raw.get("content")
        session_id = content.get("session_id") if isinstance(content, dict) else None
        if not isinstance(content, dict) or content.get("algorithm") != MEGOLM_ALGORITHM:
            raise Forged("another algorithm")
        if not isinstance(session_id, str) or not isinstance(content.get("ciphertext"), str):
            raise Forged("no ciphertext")
        with self._within(tx):
            known = [
                key for key in self._store.room_keys(room_id, session_id) if key["owner"] == raw["sender"]
            ]
            if not known:
                raise MissingKey(session_id)
            why = ""
            for key in known:
                try:
                    plaintext, index = self._store.open(key, room_id).decrypt(content["ciphertext"])
                    return _as_plain(json.loads(plaintext), raw, room_id, f"{session_id}:{index}")
                except (ValueError, RecursionError) as error:
                    why = type(error).__name__
                    if isinstance(error, vodozemac.MegolmDecryptionException) and "index" in str(error):
                        # It was said before the moment from which this key opens; an older one may come.
                        raise MissingKey(session_id) from error
            raise Forged(why)

    def ask_for_key(self, tx: Tx, room_id: str, raw: Json) -> None:
        """Ask the sender's devices for the key of an event, once for each session."""
        content = raw["content"]
        session_id, sender_key = content["session_id"], content.get("sender_key")
        if session_id in self._asked_for:
            return
        if len(self._asked_for) >= MANY:
            self._asked_for.clear()
        self._asked_for.add(session_id)
        wanted = {"algorithm": MEGOLM_ALGORITHM, "room_id": room_id, "session_id": session_id}
        if isinstance(sender_key, str):
            wanted["sender_key"] = sender_key
        request = {
            "action": "request",
            "body": wanted,
            "request_id": f"px{session_id}",
            "requesting_device_id": self.device_id,
        }
        with self._within(tx) as olm:
            self._queued.append(ToDevice("m.room_key_request", {raw["sender"]: {"*": request}}))
            self._unwedge(olm, raw)

    def _unwedge(self, olm: Any, raw: Json) -> None:
        """A key that did not come may have been sent through a session that is out of step."""
        if raw["content"].get("device_id") not in olm.device_store[raw["sender"]]:
            known = self._store.user(raw["sender"])
            self._store.keep_user(raw["sender"], {"devices": {}, "signed": [], **known, "outdated": True})

    # --- other people's devices

    def to_query(self, tx: Tx, users: list[str]) -> list[str]:
        """Those of the users whose devices have to be asked for."""
        with self._within(tx):
            return [user for user in users if self._store.user(user).get("outdated", True)]

    def queried(self, tx: Tx, users: list[str], answer: Json) -> set[str]:
        """Take in the answer of `/keys/query`; returns those of the users whose devices are others now than
        they were. Users of whom it says nothing stay outdated."""
        changed = set()
        listed = answer.get("device_keys")
        devices = listed if isinstance(listed, dict) else {}
        with self._within(tx) as olm:
            for user_id in users:
                theirs = devices.get(user_id)
                if not isinstance(theirs, dict):
                    continue
                sound = {name: keys for name, keys in theirs.items() if _sound_device(user_id, name, keys)}
                olm.handle_response(KeysQueryResponse({user_id: sound}, {}))
                known = {
                    device.id: {"keys": device.keys, "deleted": device.deleted}
                    for device in olm.device_store[user_id].values()
                }
                signed = sorted(signed_devices(answer, user_id))
                before = self._store.user(user_id)
                now = {"devices": known, "signed": signed, "outdated": False}
                self._store.keep_user(user_id, now)
                if {**before, "outdated": False} != now:
                    changed.add(user_id)
        return changed

    def to_claim(self, tx: Tx, users: list[str]) -> dict[str, dict[str, str]]:
        """The devices of the users with which no session exists yet, and those whose session is out of step,
        as the `one_time_keys` of `/keys/claim`."""
        with self._within(tx) as olm:
            wanted: dict[str, dict[str, str]] = {}
            for user_id, devices in olm.get_missing_sessions(users).items():
                for device_id in devices:
                    device = olm.device_store[user_id][device_id]
                    if not self._store.is_device_blacklisted(device):
                        wanted.setdefault(user_id, {})[device_id] = SIGNED_CURVE
            for device in olm.wedged_devices:
                wanted.setdefault(device.user_id, {})[device.device_id] = SIGNED_CURVE
            return wanted

    def claimed(self, tx: Tx, answer: Json) -> None:
        """Take in the answer of `/keys/claim`: begin a session with each device."""
        claimed = answer.get("one_time_keys")
        with self._within(tx) as olm:
            for user_id, devices in (claimed if isinstance(claimed, dict) else {}).items():
                for device_id, keys in (devices if isinstance(devices, dict) else {}).items():
                    try:
                        olm.handle_response(KeysClaimResponse({user_id: {device_id: keys}}, {}))
                    except Exception as error:  # noqa: BLE001 -- as with what other devices send
                        log.warning(
                            "one_time_key_not_understood", user=str(user_id)[:100], error=type(error).__name__
                        )

    def to_send(self, tx: Tx) -> list[ToDevice]:
        """What waits to be told to other devices; handed out once."""
        with self._within(tx) as olm:
            queued, self._queued = self._queued, []
            for message in olm.outgoing_to_device_messages:
                contents = {message.recipient: {message.recipient_device: message.content}}
                queued.append(ToDevice(message.type, contents))
            olm.outgoing_to_device_messages.clear()
            return queued

    # --- what goes out

    def share(self, tx: Tx, room_id: str, users: list[str]) -> list[ToDevice]:
        """Begin a new session for a room; returns what has to be sent to the devices of its people before
        `shared` is called. Devices without a session with ours are left out."""
        with self._within(tx) as olm:
            olm.create_outbound_group_session(room_id)
            parts = olm.share_group_session_parallel(room_id, users, ignore_unverified_devices=True)
            return [
                ToDevice("m.room.encrypted", body["messages"], frozenset(reached)) for reached, body in parts
            ]

    def shared(self, room_id: str, sent: list[ToDevice]) -> None:
        """The room's session has reached those devices; from now on it may be used."""
        with self._lock:
            session = self._olm.outbound_group_sessions.get(room_id) if self._olm else None
            if session is not None:
                session.users_shared_with.update(*(part.shared for part in sent))
                session.mark_as_shared()

    def encrypt(self, room_id: str, event_type: str, content: Json) -> Json:
        """The content of an `m.room.encrypted` event; raises `NotShared`."""
        with self._lock:
            session = self._olm.outbound_group_sessions.get(room_id) if self._olm else None
            if session is None or not session.shared or session.expired:
                raise NotShared(room_id)
            sealed: Json = self._olm.group_encrypt(room_id, {"type": event_type, "content": content})
        if "m.relates_to" in content:
            # What an event refers to stays readable for the homeserver, which counts and collects by it.
            sealed["m.relates_to"] = content["m.relates_to"]
        return sealed


class _Olm(Olm):  # type: ignore[misc]  # nio has no types
    """nio's machine, which besides tells what room keys came and from whom."""

    def __init__(self, user_id: str, device_id: str, store: OlmStore, received: Received) -> None:
        self.received = received
        super().__init__(user_id, device_id, store)

    def _handle_room_key_event(self, sender: str, sender_key: str, payload: Json) -> Any:
        self.store.key_owner = sender
        try:
            event = super()._handle_room_key_event(sender, sender_key, payload)
        finally:
            self.store.key_owner = None
        content = payload.get("content")
        if isinstance(content, dict):
            self.received.keys.append((str(content.get("room_id")), str(content.get("session_id"))))
        return event

    def _handle_forwarded_room_key_event(self, sender: str, sender_key: str, payload: Json) -> None:
        # Whoever forwards a key vouches for whose it is; the bot has nobody whom it would believe that.
        return None


def _as_plain(payload: Any, raw: Json, room_id: str, place: str) -> Decrypted:
    if not isinstance(payload, dict) or not isinstance(payload.get("content"), dict):
        raise Forged("no content")
    if payload.get("room_id") != room_id:
        raise Forged("said in another room")
    if payload.get("type") not in READABLE:
        raise Forged("a type that is not taken from ciphertext")
    content = payload["content"]
    relation = raw["content"].get("m.relates_to")
    if "m.relates_to" not in content and relation is not None:
        content["m.relates_to"] = relation
    event: Json = {name: raw[name] for name in ("event_id", "sender", "origin_server_ts") if name in raw}
    return Decrypted({**event, "type": payload["type"], "content": content}, place)


def _sound_device(user_id: str, device_id: str, keys: Any) -> bool:
    """Whether nio can make something of a device's keys."""
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), dict):
        return False
    own = [keys["keys"].get(f"{name}:{device_id}") for name in ("ed25519", "curve25519")]
    signatures = keys.get("signatures")
    theirs = signatures.get(user_id) if isinstance(signatures, dict) else None
    if not all(isinstance(key, str) for key in own) or not isinstance(theirs, dict):
        return False
    try:
        vodozemac.Ed25519PublicKey.from_base64(own[0])
        vodozemac.Curve25519PublicKey.from_base64(own[1])
        vodozemac.Ed25519Signature.from_base64(str(theirs.get(f"ed25519:{device_id}")))
        Api.to_canonical_json(keys)
    except (TypeError, ValueError):
        return False
    unsigned = keys.get("unsigned")
    return (keys.get("user_id"), keys.get("device_id")) == (user_id, device_id) and (
        unsigned is None or isinstance(unsigned, dict)
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _events(section: object) -> list[Json]:
    listed = section.get("events") if isinstance(section, dict) else None
    return [event for event in _list(listed) if isinstance(event, dict)]
