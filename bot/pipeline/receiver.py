"""The receiver: hears everything, journals it together with the sync token, and goes back to listening."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.matrix.gateway import Gateway, Refused
from bot.pipeline.journal import Batch, Journal, Journaled, is_arrival, is_echo
from bot.pipeline.patience import Patience
from storage import inbox, rooms
from storage.database import Database, LeadLost, OutOfReach

Json = dict[str, Any]
log = structlog.get_logger("receiver")

LONG_POLL_MS = 30_000
ECHO_PAUSE = 0.01  # seconds
CLOCKS_APART = timedelta(hours=1)  # between our clock and those of homeservers, generously
MAX_PAGES = 200  # 20,000 events of one room; whoever wrote more than that in the meantime did not mean us


class Receiver:
    """Reads the homeserver's stream. It never runs a command."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        journal: Journal,
        *,
        on_journaled: Callable[[Journaled], None],
        patience: Patience,
    ) -> None:
        self.database = database
        self.gateway = gateway
        self.journal = journal
        self.on_journaled = on_journaled
        self.patience = patience
        self.heard = asyncio.Event()  # set as soon as the first sync is written down

    async def run(self) -> None:
        """Listen until cancelled. Raises `LoggedOut` when the homeserver no longer knows us."""
        since = await self.database.run(self._token)
        # After a pause the first answer is wanted at once, even when nothing is new.
        since = await self._hear(since, timeout_ms=0)
        while True:
            since = await self._hear(since, timeout_ms=LONG_POLL_MS)

    async def _hear(self, since: str | None, timeout_ms: int) -> str | None:
        """Listen once and journal what was heard; returns the position from which to go on."""
        tries = 0

        async def listen() -> Json:
            nonlocal tries
            tries += 1
            return await self.gateway.sync(since, timeout_ms=timeout_ms)

        try:
            body = await self.patience.insist(listen, "sync")
        except Refused as refused:
            # The homeserver was set back and does not know the position. What it still has is new to it,
            # and what we have journaled is recognised by its event ids.
            log.warning("sync_position_unknown", errcode=refused.errcode)
            if since is None:
                raise
            return None
        if since is not None and is_echo(body, self.gateway.user_id):
            # While much is said, one's own words are better heard together than one by one.
            await asyncio.sleep(ECHO_PAUSE)
        else:
            deaf = timeout_ms == 0 or since is None or tries > 1
            batch = Batch(body, await self._gaps(body, since), first=since is None, backlog=deaf)
            journaled = await self.database.run(self._journal, batch)
            if journaled.too_old:
                log.warning("too_old_to_answer", events=journaled.too_old)
            self.on_journaled(journaled)
        self.heard.set()
        return body.get("next_batch", since)

    def _token(self) -> str | None:
        with self.database.read() as tx:
            return inbox.sync_token(tx)

    def _journal(self, batch: Batch) -> Journaled:
        source = f"sync:{batch.body.get('next_batch')}"
        try:
            with self.database.lead(source) as tx:
                return self.journal.take(tx, batch)
        except (OutOfReach, LeadLost):
            raise
        except Exception as error:
            # It would come again with every start. What can be read of it is better than nothing ever again.
            log.exception("sync_not_understood", error=type(error).__name__)
        with self.database.lead(source) as tx:
            return self.journal.take(tx, batch, careful=True)

    def _known(self) -> tuple[set[str], set[str], datetime | None]:
        with self.database.read() as tx:
            joined = {room.room_id for room in rooms.joined(tx)}
            return joined, rooms.replacements(tx) - joined, inbox.last_heard(tx)

    async def _gaps(self, body: Json, since: str | None) -> dict[str, list[Json]]:
        """What the sync left out, oldest first, for each room whose timeline is `limited`."""
        limited = _limited(body)
        if not limited:
            return {}
        known, replacing, last_heard = await self.database.run(self._known)
        oldest = datetime.now(UTC) - self.journal.max_age
        if since is None:
            # Without a position only the time tells what is new; in rooms not known yet all of it is past.
            limited = {room_id: prev_batch for room_id, prev_batch in limited.items() if room_id in known}
            oldest = max(oldest, last_heard - CLOCKS_APART) if last_heard else oldest
        return {
            room_id: await self._missing(
                room_id,
                prev_batch,
                since if room_id in known else None,
                oldest,
                whole=room_id in replacing,
            )
            for room_id, prev_batch in limited.items()
        }

    async def _missing(
        self, room_id: str, start: str, end: str | None, oldest: datetime, *, whole: bool
    ) -> list[Json]:
        """Page back from `start` to `end`, or to `oldest`; in a room just joined, to the bot's invitation,
        or the `whole` of it."""
        found: list[Json] = []
        position: str | None = start
        for _page in range(MAX_PAGES):
            if position is None:
                break
            try:
                page = await self.patience.insist(
                    partial(self.gateway.messages, room_id, start=position, end=end), "messages"
                )
            except Refused as refused:
                log.warning("gap_not_readable", room=room_id, errcode=refused.errcode)
                break
            listed = page.get("chunk")
            chunk = [event for event in listed if isinstance(event, dict)] if isinstance(listed, list) else []
            found += chunk
            end_of_page = page.get("end")
            position = end_of_page if chunk and isinstance(end_of_page, str) else None
            arrived = end is None and not whole and self._has_own_arrival(chunk)
            if arrived or _older_than(chunk, oldest):
                break
        else:
            log.warning("gap_too_long", room=room_id, events=len(found))
        found.reverse()
        log.info("gap_read", room=room_id, events=len(found))
        return found

    def _has_own_arrival(self, chunk: list[Json]) -> bool:
        return any(is_arrival(event, self.gateway.user_id) for event in chunk)


def _limited(body: Json) -> dict[str, str]:
    joined = body.get("rooms", {}).get("join", {}) if isinstance(body.get("rooms"), dict) else {}
    found = {}
    for room_id, section in joined.items() if isinstance(joined, dict) else ():
        timeline = section.get("timeline") if isinstance(section, dict) else None
        if (
            isinstance(timeline, dict)
            and timeline.get("limited")
            and isinstance(timeline.get("prev_batch"), str)
        ):
            found[room_id] = timeline["prev_batch"]
    return found


def _older_than(chunk: list[Json], oldest: datetime) -> bool:
    times = [event.get("origin_server_ts") for event in chunk]
    known = [time for time in times if isinstance(time, int)]
    return bool(known) and max(known) / 1000 < oldest.timestamp()
