"""People with a Matrix client: in the open, encrypting, and as strict as clients are about to become."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from nio import (
    Client,
    ClientConfig,
    EncryptionError,
    Event,
    JoinedMembersResponse,
    KeysClaimResponse,
    KeysQueryResponse,
    KeysUploadResponse,
    MegolmEvent,
    Response,
    ShareGroupSessionResponse,
    SyncResponse,
    ToDeviceResponse,
)

from bench.trust import master_key, signed_devices
from bot.demo.synapse import Synapse
from bot.matrix.gateway import Json
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import open_gateway
from bot.matrix.transport import Transport, endpoint
from bot.pipeline.patience import Patience

T = TypeVar("T")

PATIENCE = 120.0  # seconds; who waits longer will wait for ever
ENCRYPTION: Json = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}
IN_THE_OPEN = frozenset({"m.reaction", "m.room.redaction"})  # event types that are never encrypted
SHARE_TRIES = 5  # for devices that have no key left to claim


async def _not_for_long(seconds: float) -> None:
    """People look again at once when the homeserver may be back: how long the bot takes is what counts."""
    await asyncio.sleep(min(seconds, 0.5))


async def account(synapse: Synapse, name: str, folder: Path) -> NioGateway:
    """A new account at the homeserver, logged in; its session is kept in `folder`."""
    user_id = await asyncio.to_thread(synapse.register, name, "secret")
    return await open_gateway(
        synapse.url, user_id, password="secret", access_token=None, device_id=None, data_dir=folder
    )


class Person:
    """Somebody who says things and hears what others say, in order, whatever the homeserver goes through."""

    def __init__(self, gateway: NioGateway) -> None:
        self.gateway = gateway
        self.user_id = gateway.user_id
        self._since: str | None = None
        self._heard: dict[str, list[Json]] = {}
        self._said = 0
        self._listening = asyncio.Lock()
        self._patience = Patience(_not_for_long)

    async def close(self) -> None:
        """Let go of all connections."""
        await self.gateway.close()

    async def say(
        self,
        room_id: str,
        text: str,
        *,
        reply_to: str | None = None,
        thread: str | None = None,
        mentions: Sequence[str] = (),
    ) -> str:
        """Say something; returns the event id."""
        content: Json = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        if mentions:
            content["m.mentions"] = {"user_ids": list(mentions)}
        relation: Json = {"rel_type": "m.thread", "event_id": thread} if thread else {}
        if reply_to:
            relation["m.in_reply_to"] = {"event_id": reply_to}
        if relation:
            content["m.relates_to"] = relation
        return await self.send(room_id, "m.room.message", content)

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to an event; returns the reaction's id."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send(room_id, "m.reaction", {"m.relates_to": relation})

    async def send(self, room_id: str, event_type: str, content: Json) -> str:
        """Send any event, once, however often it has to be tried; returns its id."""
        self._said += 1
        txn_id = f"person{self._said}"
        return await self.insist(
            lambda: self.gateway.send_event(room_id, event_type, content, txn_id=txn_id), "send"
        )

    async def direct(self, user_id: str, *, encrypted: bool = False) -> str:
        """Open a direct chat with somebody, who is invited; returns the room's id."""
        return await self.room(user_id, encrypted=encrypted, preset="trusted_private_chat", is_direct=True)

    async def room(self, *guests: str, encrypted: bool = False, **request: Any) -> str:
        """Make a room into which the guests are invited; `request` goes to `/createRoom`; returns its id."""
        initial_state = [ENCRYPTION] if encrypted else []
        return await self.gateway.create_room(
            {"preset": "private_chat", "invite": list(guests), "initial_state": initial_state, **request}
        )

    async def hear(self, room_id: str, wanted: Callable[[Json], bool]) -> Json:
        """The next event of a room that is wanted; what came before it is passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                heard = self._heard.setdefault(room_id, [])
                while heard:
                    event = heard.pop(0)
                    if wanted(event):
                        return event
                await self.listen(timeout_ms=10_000)

    async def answer(self, room_id: str, to: str) -> Json:
        """The next answer to an event of one's own, and how it was said."""
        return await self.hear(
            room_id, lambda event: event["sender"] != self.user_id and answered(event) == to
        )

    def heard(self) -> list[tuple[str, Json]]:
        """What has been heard and not been asked for yet, with the room's id."""
        events = [(room_id, event) for room_id, events in self._heard.items() for event in events]
        self._heard.clear()
        return events

    async def listen(self, *, timeout_ms: int = 0) -> None:
        """Take in what has been said until now, all of it."""
        async with self._listening:
            since = self._since
            body = await self.insist(lambda: self.gateway.sync(since, timeout_ms=timeout_ms), "sync")
            await self._understand(body)
            for room_id, room in body.get("rooms", {}).get("join", {}).items():
                timeline = room["timeline"]
                if since and timeline.get("limited"):
                    for event in await self._pages(room_id, timeline["prev_batch"], since):
                        self._take(room_id, event)
                for event in timeline["events"]:
                    self._take(room_id, event)
            self._since = body["next_batch"]

    async def messages(self, room_id: str) -> list[Json]:
        """All messages of a room from its beginning, as they stand now."""
        return [event for event in await self.history(room_id) if event["type"] == "m.room.message"]

    async def history(self, room_id: str) -> list[Json]:
        """All events of a room from its beginning, as they stand now."""
        return await self._pages(room_id, "", None)

    async def invitations(self) -> list[str]:
        """The rooms that one is invited to and has not answered yet."""
        # The very same question may be answered from a cache that is two minutes old.
        self._said += 1
        answer = await self.gateway.sync(None, timeout_ms=self._said)
        return list(answer.get("rooms", {}).get("invite", {}))

    async def insist(self, call: Callable[[], Awaitable[T]], what: str) -> T:
        """The answer to a request, as soon as the homeserver gives one."""
        return await self._patience.insist(call, what)

    async def _pages(self, room_id: str, start: str, end: str | None) -> list[Json]:
        position: str | None = start
        events: list[Json] = []
        while position is not None:
            at = position
            page = await self.insist(lambda: self.gateway.messages(room_id, start=at, end=end), "messages")  # noqa: B023 -- awaited at once
            events += page["chunk"]
            position = page.get("end")
        return events[::-1]

    async def _understand(self, body: Json) -> None:
        """Take from a sync what is needed to read its events."""

    def _take(self, room_id: str, event: Json) -> None:
        self._heard.setdefault(room_id, []).append(event)


class EncryptingPerson(Person):
    """Somebody whose client encrypts in encrypted rooms, with nio's own client and its store in `folder`.

    What can't be read yet is heard as soon as its key has come. Events that were decrypted have `decrypted`
    set.

    A `strict` client gives keys only to devices that their owner has signed, shows nothing that comes from
    others, and trusts nobody whose master key has changed.
    """

    def __init__(
        self, gateway: NioGateway, homeserver_url: str, folder: Path, *, strict: bool = False
    ) -> None:
        super().__init__(gateway)
        self.strict = strict
        self.homeserver_url = homeserver_url
        session = gateway.session
        folder.mkdir(parents=True, exist_ok=True)
        self.client = Client(
            session.user_id, session.device_id, str(folder), ClientConfig(store_sync_tokens=False)
        )
        self.client.restore_login(session.user_id, session.device_id, session.access_token)
        self.signed: dict[str, dict[str, str]] = {}
        """Of those whose keys were asked for: their signed devices with their curve25519 keys."""
        self._masters: dict[str, str] = {}
        self._unread: list[tuple[str, Json]] = []
        self._transport = Transport(homeserver_url)
        self._transport.access_token = session.access_token
        self._keys = asyncio.Lock()

    async def close(self) -> None:
        """Let go of all connections and of the store."""
        await super().close()
        await self._transport.close()
        self.client.store.database.close()

    async def know(self, user_id: str) -> None:
        """Wait until somebody with whom one shares an encrypted room has a device to encrypt for."""

        def has_device() -> bool:
            return bool(self.signed.get(user_id)) or (
                not self.strict and any(self.client.device_store.active_user_devices(user_id))
            )

        async with asyncio.timeout(PATIENCE):
            while not has_device():
                async with self._keys:
                    self.client.olm.users_for_key_query.add(user_id)
                    await self._query_keys()
                await asyncio.sleep(0.05)

    def knows(self, room_id: str, session_id: str) -> bool:
        """Whether one has a key of this Megolm session."""
        return any(
            session.room_id == room_id and session.id == session_id
            for session in self.client.olm.inbound_group_store
        )

    @property
    def unread(self) -> list[Json]:
        """What was heard but could not be read until now, or is not shown."""
        return [event for _, event in self._unread]

    async def send(self, room_id: str, event_type: str, content: Json) -> str:
        """Send any event, encrypted where the room is; returns its id."""
        while room_id not in self.client.rooms:
            await self.listen()
        if self.client.rooms[room_id].encrypted and event_type not in IN_THE_OPEN:
            relation = content.get("m.relates_to")
            async with self._keys:
                await self._share_key(room_id)
                event_type, content = self.client.encrypt(room_id, event_type, content)
            if relation:
                content["m.relates_to"] = relation
        return await super().send(room_id, event_type, content)

    async def history(self, room_id: str) -> list[Json]:
        """All events of a room from its beginning; what can't be read is `m.room.encrypted`."""
        return [self._read(room_id, event) or event for event in await super().history(room_id)]

    async def _understand(self, body: Json) -> None:
        async with self._keys:
            self._receive(SyncResponse.from_dict(_without_words(body)))
            olm = self.client.olm
            left = body.get("device_one_time_keys_count", {}).get("signed_curve25519", 0)
            if not olm.account.shared or left < olm.account.max_one_time_keys // 2:
                olm.uploaded_key_count = left
                uploaded = await self._ask("POST", "keys", "upload", body=olm.share_keys())
                self._receive(KeysUploadResponse.from_dict(uploaded))
            queried = await self._query_keys()
            for message in list(olm.outgoing_to_device_messages):
                await self._to_device(message.type, message.as_dict())
                self._receive(ToDeviceResponse.from_dict({}, message))
        if queried or body.get("to_device", {}).get("events"):
            unread, self._unread = self._unread, []
            for room_id, event in unread:
                self._take(room_id, event)

    def _take(self, room_id: str, event: Json) -> None:
        readable = self._read(room_id, event) if event["type"] == "m.room.encrypted" else event
        if readable is None:
            self._unread.append((room_id, event))
        else:
            super()._take(room_id, readable)

    def _read(self, room_id: str, event: Json) -> Json | None:
        """The event in clear; None while there is no key, or no trust."""
        parsed = Event.parse_event(event) if event["type"] == "m.room.encrypted" else None
        if not isinstance(parsed, MegolmEvent):
            return None
        parsed.room_id = room_id
        try:
            clear = self.client.decrypt_event(parsed)
        except EncryptionError:
            return None
        if self.strict and parsed.sender != self.user_id:
            trusted = self.signed.get(parsed.sender, {})
            if parsed.sender_key not in trusted.values():
                return None
        return {**event, "type": clear.source["type"], "content": clear.source["content"], "decrypted": True}

    # --- keys; all of this under the lock

    async def _share_key(self, room_id: str) -> None:
        """Give all devices in the room what they need to read what is about to be said."""
        room, olm = self.client.rooms[room_id], self.client.olm
        if not room.members_synced:
            members = await self._ask("GET", "rooms", room_id, "joined_members")
            self._receive(JoinedMembersResponse.from_dict(members, room_id))
        await self._query_keys()
        if not olm.should_share_group_session(room_id):
            return
        # The invited as well, as clients do: what is said while somebody is on the way is said to them too.
        users = await self.insist(lambda: self.gateway.room_people(room_id), "room_people")
        olm.users_for_key_query.update(set(users) - olm.tracked_users)
        await self._query_keys()
        for _ in range(SHARE_TRIES):
            missing = olm.get_missing_sessions(self._not_shut_out(users))
            if missing:
                wanted = {
                    user: dict.fromkeys(devices, "signed_curve25519") for user, devices in missing.items()
                }
                claimed = await self._ask("POST", "keys", "claim", body={"one_time_keys": wanted})
                self._receive(KeysClaimResponse.from_dict(claimed, room_id))
            for shared, messages in olm.share_group_session_parallel(
                room_id, users, ignore_unverified_devices=not self.strict
            ):
                await self._to_device("m.room.encrypted", messages)
                self._receive(ShareGroupSessionResponse.from_dict({}, room_id, shared))
            if not olm.should_share_group_session(room_id):
                return
            if not olm.get_missing_sessions(self._not_shut_out(users)):
                break
        # A device that has no key left to claim can't be told; the others need not wait for it.
        olm.outbound_group_sessions[room_id].shared = True

    def _not_shut_out(self, users: list[str]) -> list[str]:
        return [
            user
            for user in users
            if any(
                not self.client.olm.is_device_blacklisted(device)
                for device in self.client.device_store.active_user_devices(user)
            )
        ]

    def _trust_only_signed(self, users: set[str]) -> None:
        # The client's own methods: they see to it that a room's next key goes to whom it may go.
        for user in users:
            for device in self.client.device_store.active_user_devices(user):
                if self.signed[user].get(device.id) == device.curve25519:
                    self.client.unblacklist_device(device)
                    self.client.verify_device(device)
                else:
                    self.client.unverify_device(device)
                    self.client.blacklist_device(device)

    async def _query_keys(self) -> bool:
        """Look up the devices of those who changed theirs; returns whether there was anything to look up."""
        users = set(self.client.olm.users_for_key_query)
        if not users:
            return False
        wanted: Json = {user: [] for user in users}
        published = await self._ask("POST", "keys", "query", body={"device_keys": wanted})
        self._receive(KeysQueryResponse.from_dict(published))
        for user in users:
            master = master_key(published, user)
            same = self._masters.setdefault(user, master) == master if master else False
            self.signed[user] = signed_devices(published, user) if same else {}
        if self.strict:
            self._trust_only_signed(users)
        return True

    async def _to_device(self, event_type: str, messages: Json) -> None:
        self._said += 1
        await self._ask("PUT", "sendToDevice", event_type, f"keys{self._said}", body=messages)

    async def _ask(self, method: str, *parts: str, body: Json | None = None) -> Json:
        request = endpoint(method, *parts, body=body)
        answer: Json = await self.insist(lambda: self._transport.request(request), parts[0])
        return answer

    def _receive(self, response: Response) -> None:
        self.client.receive_response(response)


def answered(event: Json) -> str | None:
    """The event to which an event is an answer."""
    relation = event["content"].get("m.relates_to") or {}
    found: str | None = (relation.get("m.in_reply_to") or {}).get("event_id")
    return found


def _without_words(body: Json) -> Json:
    """A sync with its state but without what was said, which is read event by event."""
    rooms = body.get("rooms", {})
    joined = {
        room_id: {
            **room,
            "timeline": {
                **room["timeline"],
                "events": [event for event in room["timeline"]["events"] if "state_key" in event],
            },
        }
        for room_id, room in rooms.get("join", {}).items()
    }
    return {**body, "rooms": {**rooms, "join": joined}}
