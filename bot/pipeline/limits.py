"""How much is read of one person and in one room: a flood is told so once, and the rest of it is passed over.

What counts is when a message was said, not when it is read: a backlog of an hour is no flood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

import structlog

from storage.inbox import InboxEvent, Kind

log = structlog.get_logger("limits")

WINDOW = timedelta(minutes=1)
PAUSE = timedelta(minutes=1)  # how long nothing is read of who has passed the limit
MANY = 1000  # people and rooms that are remembered before the quiet ones are forgotten
COUNTED = frozenset({Kind.MESSAGE, Kind.EDIT, Kind.REACTION, Kind.TOO_LONG, Kind.ENCRYPTED})


class Verdict(Enum):
    """What becomes of an event."""

    TAKE = "take"
    TELL = "tell"
    IGNORE = "ignore"


@dataclass
class _Recent:
    """What was said of late: by event id, so that the same event heard again counts once."""

    said: dict[str, datetime] = field(default_factory=dict)
    told: str | None = None
    until: datetime | None = None
    ignored: int = 0


class Limit:
    """At most `most` events in a minute for each key (0: no limit)."""

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self.most = most
        self._recent: dict[str, _Recent] = {}
        self._many = MANY

    def judge(self, key: str, event_id: str, moment: datetime, exempt: Callable[[], bool]) -> Verdict:
        """Count the event, unless it is too much; `exempt` is only asked then."""
        recent = self._recent.get(key)
        if recent is None:
            if len(self._recent) >= self._many:
                self._forget_quiet(moment)
            recent = self._recent[key] = _Recent()
        if event_id in recent.said:
            return Verdict.TAKE
        if event_id == recent.told:
            return Verdict.TELL
        if recent.until is not None:
            if moment < recent.until:
                recent.ignored += 1
                return Verdict.IGNORE
            log.info("flood_over", of=self.name, key=key, ignored=recent.ignored)
            recent = self._recent[key] = _Recent()
        said = recent.said
        while said and next(iter(said.values())) <= moment - WINDOW:
            del said[next(iter(said))]
        if len(said) < self.most:
            said[event_id] = moment
            return Verdict.TAKE
        if exempt():
            return Verdict.TAKE
        recent.told, recent.until = event_id, moment + PAUSE
        log.warning("flood", of=self.name, key=key, limit=self.most, until=recent.until.isoformat())
        return Verdict.TELL

    def _forget_quiet(self, moment: datetime) -> None:
        self._recent = {
            key: recent
            for key, recent in self._recent.items()
            if max([*recent.said.values(), recent.until or moment - WINDOW]) > moment - WINDOW
        }
        self._many = max(MANY, 2 * len(self._recent))  # so that looking through them stays rare


def _never() -> bool:
    return False


class Limits:
    """The limits of people and rooms together."""

    def __init__(self, sender_limit: int, room_limit: int) -> None:
        self.senders = Limit("sender", sender_limit)
        self.rooms = Limit("room", room_limit)

    def sift(self, events: list[InboxEvent], exempt: Callable[[str], bool]) -> list[InboxEvent]:
        """The events that are to be dealt with; the one with which a limit is passed has become `LIMITED`.

        Who is `exempt` may say as much as they like, though not more than a room bears.
        """
        return [kept for event in events if (kept := self._sifted(event, exempt))]

    def _sifted(self, event: InboxEvent, exempt: Callable[[str], bool]) -> InboxEvent | None:
        if event.kind not in COUNTED:
            return event
        for limit, key, free in (
            (self.senders, event.sender, partial(exempt, event.sender)),
            (self.rooms, event.room_id, _never),
        ):
            verdict = limit.judge(key, event.event_id, event.sent_at, free) if limit.most else Verdict.TAKE
            if verdict is Verdict.TAKE:
                continue
            if verdict is Verdict.IGNORE or event.kind == Kind.ENCRYPTED:
                return None  # who can't be read yet has perhaps not spoken to the bot at all
            event.kind = Kind.LIMITED
            event.content = {"whose": limit.name, "limit": limit.most}
            return event
        return event
