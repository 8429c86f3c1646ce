"""The dispatcher: carries out what waits in the inbox, one event, one transaction."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Iterable

import structlog

from commands.core.conversation import Conversation
from storage import inbox
from storage.database import Database, OutOfReach
from storage.inbox import InboxEvent, InboxState

log = structlog.get_logger("dispatcher")

# The turn of a room, while others wait for theirs: so many events, and none that begins later than this.
AT_ONCE = 20
TURN = 0.005  # seconds; a search in a large library takes longer, most commands don't


class Dispatcher:
    """Events of one room in order, rooms side by side.

    `on_done` is told the destinations for which something came into the outbox.
    """

    def __init__(
        self,
        database: Database,
        conversation: Conversation,
        *,
        on_done: Callable[[set[str]], None],
        workers: int = 4,
    ) -> None:
        self.database = database
        self.conversation = conversation
        self.on_done = on_done
        self.workers = 1 if database.sqlite else workers  # SQLite has one writer anyway
        self._waiting: dict[str, None] = {}
        self._busy: set[str] = set()
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()  # while everything that is known of has been carried out
        self._stopping = threading.Event()

    def notify(self, rooms: Iterable[str]) -> None:
        """Say that rooms have something new in the inbox."""
        self._waiting.update(dict.fromkeys(rooms))
        if self._waiting:
            self.idle.clear()
        self._wake.set()

    def stop(self) -> None:
        """Finish the running command and keep the rest for the next start."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Carry out what waits, from before and from now on, until stopped."""
        self.notify(await self.database.run(self._left_over))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self.workers):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while not self._stopping.is_set():
            room_id = next((room for room in self._waiting if room not in self._busy), None)
            if room_id is None:
                if not self._busy:
                    self.idle.set()
                self._wake.clear()
                await self._wake.wait()
                continue
            del self._waiting[room_id]
            self._busy.add(room_id)
            lanes: set[str] = set()
            try:
                emptied = await self.database.run(self._carry_out, room_id, lanes)
            finally:
                self._busy.discard(room_id)
            if not emptied:
                self._waiting[room_id] = None
            self._wake.set()  # another worker may be waiting for this room
            if lanes:
                self.on_done(lanes)

    def _left_over(self) -> list[str]:
        with self.database.read() as tx:
            return inbox.waiting_rooms(tx)

    def _carry_out(self, room_id: str, lanes: set[str]) -> bool:
        """Carry out some events of a room and note the destinations touched; returns whether none is left."""
        start = time.monotonic()
        for _ in range(AT_ONCE):
            if self._stopping.is_set():
                return False
            if self._next(room_id, lanes) is None:
                return True
            if self._waiting and time.monotonic() - start > TURN:
                return False
        return False

    def _next(self, room_id: str, lanes: set[str]) -> InboxEvent | None:
        event: InboxEvent | None = None
        try:
            with self.database.write() as tx:
                event = inbox.take_next(tx, room_id)
                if event is None:
                    return None
                tx.source = event.event_id
                self.conversation.handle(tx, event)
        except OutOfReach:
            raise  # nobody's fault; the event waits
        except Exception as error:
            if event is None:
                raise
            self._fail(event, error, lanes)
        else:
            lanes |= tx.lanes
        return event

    def _fail(self, event: InboxEvent, error: Exception, lanes: set[str]) -> None:
        """A bug of ours: nothing of it stays but an apology with a reference, and it is not run again."""
        reference = reference_for(event.event_id)
        log.error(
            "command_failed", reference=reference, kind=event.kind, error=type(error).__name__, exc_info=error
        )
        try:
            with self.database.write(event.event_id) as tx:
                self.conversation.apologise(tx, event, reference)
                inbox.mark(tx, event.event_id, InboxState.FAILED, reference)
        except OutOfReach:
            raise
        except Exception:
            log.exception("apology_failed", reference=reference)
            with self.database.write() as tx:
                inbox.mark(tx, event.event_id, InboxState.FAILED, reference)
        else:
            lanes |= tx.lanes


def reference_for(event_id: str) -> str:
    """A short word that connects what a person is told with the log."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:8].upper()
