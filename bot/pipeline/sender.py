"""The sender: carries out what waits in the outbox, in order within a room, rooms side by side.

Whatever it does can be repeated: messages by their transaction ids, everything else by looking first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

from bot import pictures
from bot.matrix.attachments import Undecryptable, decrypt_file, encrypt_file
from bot.matrix.gateway import Gateway, GatewayError, Limited, Refused, TooLarge, Unavailable
from bot.pipeline.encryption import Encryption
from bot.pipeline.patience import Patience
from commands.core.render import edited
from commands.core.upgrades import Upgrades
from storage import files, inbox, outbox, rooms
from storage.database import Database, Tx
from storage.inbox import InboxEvent, Kind
from storage.outbox import Action, Delivered, OutboxRow
from storage.rooms import Room

Json = dict[str, Any]
T = TypeVar("T")
log = structlog.get_logger("sender")

AT_ONCE = 20
CONNECTIONS = 16
PAUSE = 0.01  # seconds between two transactions that mark; while much is said, each is for several messages
ENCRYPTED: Json = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}
_SAID = (*outbox.WORDS, Action.REACTION)
JOIN_TRIES = 200  # about an hour and a half
FETCH_TRIES = 20  # with their pauses about seven minutes
FETCH_SECONDS = 420.0  # from the first try on: somebody waits for a word on what became of their file
FETCHES = 2  # at once; each may hold a whole file in memory
PAINT_TRIES = 20  # with their pauses about seven minutes
PAINTED = 1  # picture at once: the other cores are for those who talk to the bot


class Undeliverable(Exception):
    """This row can never succeed; the text says why."""


class Withdrawn(Exception):
    """This row is not to be sent any more: while it waited, somebody was forgotten."""


class TooSlow(GatewayError):
    """A file did not come in the time that there was for it."""


class Sender:
    """Delivers the outbox. A destination that has to wait holds up no other."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        patience: Patience,
        upgrades: Upgrades,
        *,
        encryption: Encryption | None = None,
        encrypt_direct_chats: bool = False,
    ) -> None:
        self.database = database
        self.gateway = gateway
        self.patience = patience
        self.upgrades = upgrades
        self.encryption = encryption
        self.encrypt_direct_chats = encrypt_direct_chats and encryption is not None
        self._waiting: dict[str, None] = {}
        self._busy: set[str] = set()
        self._held_up: set[str] = set()  # lanes that had to wait: what was loaded for them may be out of date
        self._wake = asyncio.Event()
        self._connections = asyncio.Semaphore(CONNECTIONS)
        self._fetches = asyncio.Semaphore(FETCHES)
        self._painted = asyncio.Semaphore(PAINTED)
        self.on_fetched: Callable[[set[str]], None] = lambda _rooms: None  # told where the inbox has news
        self._recent: dict[str, Delivered] = {}  # delivered, but perhaps not marked yet
        self._unmarked: list[Delivered] = []
        self._marking = asyncio.Lock()
        self._marked_at = 0.0  # by the loop's clock
        self._stopping = False

    def notify(self, lanes: Iterable[str]) -> None:
        """Say that something came into the outbox for these destinations."""
        self._waiting.update(dict.fromkeys(lanes))
        self._wake.set()

    def stop(self) -> None:
        """Finish what is on its way and keep the rest for the next start."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Deliver what waits, from before and from now on, until stopped."""
        self.notify(await self.database.run(self._left_over))
        async with asyncio.TaskGroup() as tasks:
            while not self._stopping:
                await self._wake.wait()
                self._wake.clear()
                lanes = [lane for lane in self._waiting if lane not in self._busy]
                if not lanes or self._stopping:
                    continue
                for lane in lanes:
                    del self._waiting[lane]
                self._busy.update(lanes)
                delivered = set(self._recent)  # and perhaps not marked before these are loaded
                found = await self.database.run(self._load, lanes)
                for lane in lanes:
                    if lane in found:
                        tasks.create_task(self._deliver_all(lane, found[lane], delivered))
                    else:
                        self._busy.discard(lane)
                        if lane in self._waiting:
                            self._wake.set()

    def _left_over(self) -> list[str]:
        with self.database.read() as tx:
            return outbox.waiting_lanes(tx)

    def _load(self, lanes: list[str]) -> dict[str, list[OutboxRow]]:
        with self.database.read() as tx:
            return outbox.pending(tx, lanes, AT_ONCE)

    async def _deliver_all(self, lane: str, waiting: list[OutboxRow], delivered: set[str]) -> None:
        """Deliver what waits in a lane, but for what was `delivered` before it was loaded."""
        try:
            for row in waiting:
                if self._stopping:
                    break
                if row.key in delivered:
                    continue
                if row.target_key in self._recent:
                    # What can be tapped has to be known as ours before anybody taps it.
                    await self._mark()
                await self._deliver(row)
            if len(waiting) == AT_ONCE:
                await self._mark()  # there may be more behind these
        finally:
            self._busy.discard(lane)
            self._held_up.discard(lane)
        if len(waiting) == AT_ONCE:
            self._waiting[lane] = None
        if self._waiting:
            self._wake.set()
        await self._mark()

    async def _deliver(self, row: OutboxRow) -> None:
        if row.action == Action.FETCH:
            await self._fetch(row)
            return
        try:
            room_id, event_id = await self._carry_out(row)
        except Withdrawn:
            log.info("withdrawn", key=row.key, action=row.action)
            return
        except (Refused, Undeliverable) as why:
            log.warning("dead_letter", key=row.key, action=row.action, lane=row.lane, why=str(why)[:200])
            await self.database.run(self._park, row.key, str(why)[:500])
            return
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # A bug of ours. It would meet the same row again at each start, and nothing else would be sent.
            log.exception("dead_letter", key=row.key, action=row.action, lane=row.lane)
            await self.database.run(self._park, row.key, type(error).__name__)
            return
        delivered = Delivered(row.key, room_id, event_id, said=row.action in _SAID)
        self._recent[row.key] = delivered
        self._unmarked.append(delivered)

    async def _mark(self) -> None:
        """Write down what was delivered: many rows in one transaction when there are many."""
        clock = asyncio.get_running_loop().time
        async with self._marking:
            if self._unmarked and (pause := self._marked_at + PAUSE - clock()) > 0:
                await asyncio.sleep(pause)
            delivered, self._unmarked = self._unmarked, []
            if delivered:
                lanes = await self.database.run(self._write_marks, delivered)
                self._marked_at = clock()
                for one in delivered:
                    self._recent.pop(one.key, None)
                if lanes:
                    self.notify(lanes)

    def _write_marks(self, delivered: list[Delivered]) -> set[str]:
        """Write the marks, and take back in Matrix what was withdrawn while it was on its way."""
        with self.database.write() as tx:
            for gone in outbox.mark_sent(tx, delivered):
                if gone.said and gone.room_id and gone.event_id:
                    tx.source = f"withdrawn:{gone.key}"
                    outbox.redact(tx, gone.room_id, "", event_id=gone.event_id)
        return tx.lanes

    def _park(self, key: str, why: str) -> None:
        with self.database.write() as tx:
            outbox.mark_dead(tx, key, why)

    # --- the actions

    async def _carry_out(self, row: OutboxRow) -> tuple[str | None, str | None]:
        """Do what the row says; returns the room and the event that came of it."""
        if row.action == Action.ROOM:
            return await self._create(row, row.content), None
        room_id = row.lane if row.lane.startswith("!") else await self._direct_chat(row)
        match row.action:
            case Action.MESSAGE:
                return room_id, await self._message(row, room_id, row.content)
            case Action.FILE | Action.PICTURE:
                return room_id, await self._file(row, room_id)
            case Action.EDIT:
                target = await self._target(row)
                return room_id, await self._send(row, room_id, edited(row.content, target))
            case Action.REACTION:
                return room_id, await self._react(row, room_id)
            case Action.REDACTION:
                return room_id, await self._redact(row, room_id)
            case Action.PIN | Action.UNPIN:
                await self._change_pins(room_id, await self._target(row), pinned=row.action == Action.PIN)
            case Action.INVITE:
                await self._invite(room_id, row.content["user_id"])
            case Action.JOIN:
                await self._join(room_id)
                await self._learn_encryption(room_id)
            case Action.FOLLOW:
                await self._follow(row, room_id)
            case Action.LEAVE:
                await self._leave(room_id)
            case _:
                raise Undeliverable(f"unknown action {row.action}")
        return room_id, None

    async def _message(self, row: OutboxRow, room_id: str, content: Json) -> str:
        try:
            return await self._send(row, room_id, content)
        except Refused as refused:
            # A thread on an event that the homeserver does not know is refused for good; the answer itself
            # need not be lost with it.
            relation = content.get("m.relates_to", {})
            if refused.status != 400 or "rel_type" not in relation:
                raise
            reply = {key: value for key, value in relation.items() if key == "m.in_reply_to"}
            return await self._send(row, room_id, {**content, "m.relates_to": reply})

    async def _send(
        self, row: OutboxRow, room_id: str, content: Json, event_type: str = "m.room.message"
    ) -> str:
        # Reactions stay readable, as with all clients: homeservers count them.
        if event_type == "m.room.message" and self.encryption and self.encryption.encrypts(room_id):
            content = await self.encryption.encrypt(room_id, event_type, content)
            event_type = "m.room.encrypted"
        perhaps_sent = False

        async def send() -> str:
            nonlocal perhaps_sent
            held_up = row.lane in self._held_up
            if held_up and not perhaps_sent and not await self.database.run(self._waits, row.key):
                raise Withdrawn
            try:
                return await self.gateway.send_event(room_id, event_type, content, txn_id=row.txn_id)
            except (Limited, Unavailable) as error:
                self._held_up.add(row.lane)
                # Then only a repeat tells which event it is, should it have to be taken back.
                perhaps_sent = perhaps_sent or isinstance(error, Unavailable)
                raise

        return await self._ask(send, "send")

    def _waits(self, key: str) -> bool:
        with self.database.read() as tx:
            return outbox.waits(tx, key)

    async def _react(self, row: OutboxRow, room_id: str) -> str | None:
        relation = {
            "rel_type": "m.annotation",
            "event_id": await self._target(row),
            "key": row.content["key"],
        }
        try:
            return await self._send(row, room_id, {"m.relates_to": relation}, "m.reaction")
        except Refused as refused:
            if refused.errcode != "M_DUPLICATE_ANNOTATION":  # it is there already, which is what was wanted
                raise
            return None

    async def _file(self, row: OutboxRow, room_id: str) -> str:
        if row.data is None:
            raise Undeliverable("the file's bytes are gone")
        data, content = row.data, row.content
        if row.action == Action.PICTURE and "file" not in content:
            data = await self._paint(row, data)
            content = {**content, "info": {**content["info"], "size": len(data)}}
        content_type, name = content["info"]["mimetype"], content["filename"]
        if self.encryption and self.encryption.encrypts(room_id):
            if "file" not in content:
                data, key = encrypt_file(data)
                content = {**content, "file": key}
                # Kept before it is uploaded: what a repeat after a crash uploads must be what the key opens.
                await self.database.run(self._keep_encrypted_file, row.key, content, data)
            content_type, name = "application/octet-stream", ""  # neither is the homeserver's business
        content_uri = row.content_uri or await self._reserve(row)

        async def upload() -> None:
            await self._ask(
                lambda: self.gateway.upload(content_uri, data, content_type=content_type, filename=name),
                "upload",
            )

        try:
            await upload()
        except Refused as refused:
            if refused.status != 404:
                raise
            content_uri = await self._reserve(row)  # the address had expired
            await upload()
        return await self._message(row, room_id, files.with_address(content, content_uri))

    async def _paint(self, row: OutboxRow, svg: bytes) -> bytes:
        painted, failed = None, 0
        while painted is None:
            if failed:
                await self.patience.sleep(self.patience.backoff(failed - 1))
            # Held for one try: while the machine is given time, others get theirs.
            async with self._painted:
                self._held_up.add(row.lane)  # somebody may be forgotten meanwhile
                try:
                    painted = await pictures.png(svg)
                except pictures.NotNow as passing:
                    failed += 1
                    if failed == 1:
                        log.warning("picture_waits", key=row.key, why=str(passing)[:200])
                    if failed == PAINT_TRIES:
                        raise Undeliverable(f"the picture could not be made: {passing}") from passing
                except pictures.NotPainted as failure:
                    raise Undeliverable(f"the picture could not be made: {failure}") from failure
            if not await self.database.run(self._waits, row.key):
                raise Withdrawn
        return painted

    async def _fetch(self, row: OutboxRow) -> None:
        """Download a file and put what came of it into the inbox, in the transaction that marks the row."""
        data, failure, error = None, None, None
        try:
            data = await self._download(row.content["source"], row.content["limit"])
        except TooLarge:
            failure = "too_large"
        except (Refused, TooSlow, Unavailable, Undecryptable) as why:
            failure, error = "broken" if isinstance(why, Undecryptable) else "gone", str(why)[:500]
            log.warning("dead_letter", key=row.key, action=row.action, lane=row.lane, why=error[:200])
        except (AttributeError, LookupError, TypeError, ValueError) as bug:
            log.exception("dead_letter", key=row.key, action=row.action, lane=row.lane)
            failure, error = "broken", type(bug).__name__
        room_id = await self.database.run(self._keep_fetched, row, data, failure, error)
        if room_id is not None:
            self.on_fetched({room_id})

    async def _download(self, source: Json, limit: int) -> bytes:
        encrypted = source.get("file")
        content_uri = encrypted["url"] if encrypted else source["url"]
        clock = asyncio.get_running_loop().time
        end: float | None = None

        async def once() -> bytes:
            nonlocal end
            # Held for one try: while a server is given time, others' files come.
            async with self._fetches:
                end = end or clock() + FETCH_SECONDS
                try:
                    async with asyncio.timeout_at(end):
                        return await self.gateway.download(content_uri, limit=limit)
                except TimeoutError as error:
                    raise TooSlow(f"not there after {FETCH_SECONDS:g} seconds") from error

        data = await self.patience.insist(once, "download", tries=FETCH_TRIES)
        return decrypt_file(data, encrypted) if encrypted else data

    def _keep_fetched(
        self, row: OutboxRow, data: bytes | None, failure: str | None, error: str | None
    ) -> str | None:
        with self.database.write(row.key) as tx:
            # Whoever sent it may have been forgotten meanwhile.
            if not files.mark_fetched(tx, row.key, data, error):
                return None
            room_id = rooms.current(tx, row.content["room_id"])
            sent = inbox.find(tx, row.content["event_id"])
            content = {name: row.content[name] for name in ("name", "event_id")}
            event = InboxEvent(
                event_id=f"fetched:{row.key}",
                room_id=room_id,
                sender=str(row.about),
                kind=Kind.FETCHED,
                content={**content, "topic": row.topic, "key": row.key, "failure": failure},
                sent_at=sent.sent_at if sent else row.created_at,  # by the homeserver's clock, not by ours
                received_at=tx.now,
            )
            inbox.journal(tx, [event])
            return room_id

    async def _reserve(self, row: OutboxRow) -> str:
        content_uri = await self._ask(self.gateway.reserve_upload, "upload")
        await self.database.run(self._keep_content_uri, row.key, content_uri)
        return content_uri

    async def _redact(self, row: OutboxRow, room_id: str) -> str:
        target, reason = await self._target(row), row.content["reason"]
        return await self._ask(
            lambda: self.gateway.redact(room_id, target, reason=reason, txn_id=row.txn_id), "redact"
        )

    async def _change_pins(self, room_id: str, event_id: str, *, pinned: bool) -> None:
        """Read, modify, write: other people's pins stay, and doing it twice does no harm."""
        content = await self._ask(lambda: self.gateway.state_event(room_id, "m.room.pinned_events"), "pins")
        listed = (content or {}).get("pinned")
        before = [pin for pin in listed if isinstance(pin, str)] if isinstance(listed, list) else []
        after = [pin for pin in before if pin != event_id] + ([event_id] if pinned else [])
        if pinned and event_id in before:
            return
        if after != before:
            await self._ask(
                lambda: self.gateway.put_state(room_id, "m.room.pinned_events", {"pinned": after}), "pins"
            )

    async def _invite(self, room_id: str, user_id: str) -> None:
        async def there() -> bool:
            member = await self._ask(
                lambda: self.gateway.state_event(room_id, "m.room.member", user_id), "invite"
            )
            return (member or {}).get("membership") in ("join", "invite")

        if await there():
            return
        try:
            await self._ask(lambda: self.gateway.invite(room_id, user_id), "invite")
        except Refused:
            if not await there():
                raise

    async def _follow(self, row: OutboxRow, room_id: str) -> None:
        was_there = await self.database.run(self._is_in, room_id)
        try:
            await self._join(room_id, via=row.content["via"])
        except Refused:
            log.warning(
                "upgrade_waits", old=row.content["old"], new=room_id, hint="invite the bot to the new room"
            )
            raise
        state = await self._ask(lambda: self.gateway.state(room_id), "state")
        lanes = await self.database.run(self._move, row, room_id, state)
        if lanes is None:
            if not was_there:
                await self._leave(room_id)
            raise Undeliverable(f"{room_id} does not say that it replaces {row.content['old']}")
        await self._learn_encryption(room_id)
        self.notify(lanes)

    def _move(self, row: OutboxRow, room_id: str, state: list[Json]) -> set[str] | None:
        with self.database.write(row.key) as tx:
            known = self.upgrades.finish(tx, row.content["old"], room_id, state)
            return tx.lanes if known else None

    async def _join(self, room_id: str, via: Sequence[str] = ()) -> None:
        # A server that is gone for good looks like one that is away: an end has to be set.
        try:
            await self.patience.insist(lambda: self.gateway.join(room_id, via=via), "join", tries=JOIN_TRIES)
        except Unavailable as unavailable:
            raise Undeliverable(str(unavailable)) from unavailable

    def _is_in(self, room_id: str) -> bool:
        with self.database.read() as tx:
            room = rooms.get(tx, room_id)
            return room is not None and room.membership == "join"

    async def _learn_encryption(self, room_id: str) -> None:
        """What is said in a room right after joining it must not be said in the open: ask, as the sync that
        tells of the room comes later, and invitations need not say it."""
        if self.encryption is None or self.encryption.encrypts(room_id):
            return
        state = await self._ask(lambda: self.gateway.state_event(room_id, ENCRYPTED["type"]), "state")
        if state is not None:
            await self.database.run(self._keep_encrypted, room_id)
            self.encryption.heard(encrypted=[room_id])

    def _keep_encrypted(self, room_id: str) -> None:
        with self.database.write() as tx:
            room = rooms.get(tx, room_id)
            if room is not None:
                room.encrypted = True

    async def _leave(self, room_id: str) -> None:
        try:
            # Not one of the connections of the others: behind an invitation may be a server that is silent.
            await self.patience.insist(lambda: self.gateway.leave(room_id), "leave")
        except Refused as refused:
            if refused.status not in (403, 404):  # we are not in it, which is what was wanted
                raise

    async def _create(self, row: OutboxRow, request: Json) -> str:
        """Create a room under an alias that is a function of the row, so that there is never a second one."""
        localpart = f"proxenos-{row.txn_id[2:22]}"
        alias = f"#{localpart}:{self.gateway.user_id.split(':', 1)[1]}"
        try:
            return await self._ask(
                lambda: self.gateway.create_room({**request, "room_alias_name": localpart}), "create_room"
            )
        except Refused as refused:
            if refused.errcode != "M_ROOM_IN_USE":
                raise
            existing = await self._ask(lambda: self.gateway.resolve_alias(alias), "create_room")
            if existing is None:
                raise
            await self._complete(existing, request)
            return existing

    async def _complete(self, room_id: str, request: Json) -> None:
        """Bring a room to what was asked for: a homeserver that was cut off has perhaps made half of it."""
        for event in request.get("initial_state", []):
            place = (room_id, event["type"])
            if (
                await self._ask(partial(self.gateway.state_event, *place, event["state_key"]), "state")
                is None
            ):
                put = partial(self.gateway.put_state, *place, event["content"], event["state_key"])
                await self._ask(put, "state")
        for user_id in request.get("invite", []):
            await self._invite(room_id, user_id)

    async def _direct_chat(self, row: OutboxRow) -> str:
        """The direct chat with the user that the row is for; created when there is none."""
        user_id = row.lane
        known = await self.database.run(self._known_direct_chat, user_id)
        if known:
            return known
        request: Json = {
            "preset": "private_chat",
            "visibility": "private",
            "is_direct": True,
            "invite": [user_id],
        }
        if self.encrypt_direct_chats and self.encryption:
            request["initial_state"] = [ENCRYPTED]
        room_id = await self._create(row, request)
        if self.encrypt_direct_chats and self.encryption:
            self.encryption.heard(encrypted=[room_id])
        await self.database.run(self._keep_direct_chat, user_id, room_id)
        await self._tell_clients_it_is_direct(user_id, room_id)
        return room_id

    async def _tell_clients_it_is_direct(self, user_id: str, room_id: str) -> None:
        content = await self._ask(lambda: self.gateway.account_data("m.direct"), "account_data") or {}
        listed = content.get(user_id)
        known = listed if isinstance(listed, list) else []
        if room_id not in known:
            await self._ask(
                lambda: self.gateway.put_account_data("m.direct", {**content, user_id: [*known, room_id]}),
                "account_data",
            )

    def _known_direct_chat(self, user_id: str) -> str | None:
        with self.database.read() as tx:
            return rooms.direct_chat(tx, user_id)

    def _keep_direct_chat(self, user_id: str, room_id: str) -> None:
        with self.database.write() as tx:
            room = rooms.get(tx, room_id) or Room(room_id=room_id)
            room.membership, room.direct_with, room.people = "join", user_id, 2
            room.encrypted = room.encrypted or self.encrypt_direct_chats
            room.since = room.since or tx.now
            tx.session.add(room)
            if rooms.membership(tx, room_id, user_id) is None:
                rooms.keep_member(tx, room_id, user_id, "invite")

    def _keep_encrypted_file(self, key: str, content: Json, data: bytes) -> None:
        with self.database.write() as tx:
            files.keep_encrypted_file(tx, key, content, data)

    def _keep_content_uri(self, key: str, content_uri: str) -> None:
        with self.database.write() as tx:
            files.keep_content_uri(tx, key, content_uri)

    async def _target(self, row: OutboxRow) -> str:
        """The event that the row acts upon."""
        if row.target_event:
            return row.target_event
        key = row.target_key or ""
        recent = self._recent.get(key)
        if recent and recent.event_id:
            return recent.event_id
        known = await self.database.run(self._sent_event, key)
        if known is None:
            raise Undeliverable(f"the message {key} was never sent")
        return known

    def _sent_event(self, key: str) -> str | None:
        with self.database.read() as tx:
            return _event_of(tx, key)

    async def _ask(self, call: Callable[[], Awaitable[T]], what: str) -> T:
        async def once() -> T:
            # Held only while a request is on its way: who waits for a limit to pass takes nobody's place.
            async with self._connections:
                return await call()

        return await self.patience.insist(once, what)


def _event_of(tx: Tx, key: str) -> str | None:
    row = outbox.by_key(tx, key)
    return row.event_id if row else None
