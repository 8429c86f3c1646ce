"""What of a sync concerns the bot, and what it tells of rooms: decided and written in one transaction.

Messages between other people are looked at here, once, and not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import structlog

from bot.matrix.machine import Forged, Machine, MissingKey
from bot.pipeline.limits import Limits
from commands.core import message
from commands.core.context import Network, Role, holds, with_current_hub
from commands.core.registry import Registry, load
from commands.core.topics import Topic
from commands.core.upgrades import TOMBSTONE
from storage import events, inbox, outbox, rooms, schedule
from storage.database import OutOfReach, Tx
from storage.inbox import InboxEvent, InboxState, Kind
from storage.rooms import Room

Json = dict[str, Any]
log = structlog.get_logger("journal")

KEY_PATIENCE = timedelta(minutes=2)  # how long a key may take before its sender is told
TOLD_A_DAY = 3  # how often in a room, whatever many sessions their client begins
CIPHERTEXT_PER_CHARACTER = 8  # generously: four bytes each, in base64, with JSON around them

_TALK = ("m.room.message", "m.room.encrypted", "m.sticker")
_SAID = ("msgtype", "body", "m.mentions")  # of a message; the HTML is not needed
_KEPT = (*_SAID, "m.relates_to")
_KEPT_OF_FILE = (*_KEPT, "url", "file", "info", "filename")  # where one is wanted
BEGINNING = 500  # characters
MOST_PEOPLE = 10**9  # in one room


@dataclass
class Batch:
    """One sync with the events that were missing before its timelines, oldest first, by room."""

    body: Json
    gaps: dict[str, list[Json]] = field(default_factory=dict)
    first: bool = False  # the very first sync: what is said in rooms that the bot was in before is past
    backlog: bool = False  # the bot could not hear for a while; what was said meanwhile is no flood


@dataclass
class Journaled:
    """What came of a batch."""

    rooms: set[str] = field(default_factory=set)  # rooms with something new in the inbox
    arrived: set[str] = field(default_factory=set)  # rooms that the bot came into
    keys: bool = False  # something for the bot's device was in it
    devices: set[str] = field(default_factory=set)  # users whose devices may have changed
    people_changed: set[str] = field(default_factory=set)  # encrypted rooms into which people came, or left
    encrypted: set[str] = field(default_factory=set)  # rooms that are encrypted
    events: list[InboxEvent] = field(default_factory=list)
    too_old: int = 0


class Journal:
    """Turns syncs into inbox rows and knowledge of rooms."""

    def __init__(
        self,
        network: Network,
        max_age: timedelta,
        machine: Machine | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.network = network
        self.registry = registry or load()
        self.max_age = max_age
        self.machine = machine
        self.limits = Limits(network.sender_limit, network.room_limit)

    def take(self, tx: Tx, batch: Batch, *, careful: bool = False) -> Journaled:
        """Write all that a sync means for the bot, together with the sync's token.

        `careful` passes over rooms that can't be written, and says so in the log.
        """
        result = Journaled()
        new_keys = self._take_keys(tx, batch, result)
        sections = _dict(batch.body.get("rooms"))
        rooms.these(tx, list(_rooms(sections, "join")))  # at once, into the session's memory
        # After a ban that ended in an invitation a room stands in two sections; the invitation is what holds.
        for kind, read in (("leave", self._left), ("invite", self._invited), ("join", self._joined)):
            for room_id, section in _rooms(sections, kind).items():
                with _passing_over(tx, room_id) if careful else contextlib.nullcontext():
                    read(tx, room_id, _dict(section), batch, result)
        events = result.events
        if events and not batch.backlog:
            events = self._sift(tx, events)
        inbox.journal(tx, events)
        late = [event for key in new_keys for event in self._read_late(tx, *key, batch)]
        if late and not batch.backlog:
            late = self._sift(tx, late)
        inbox.journal(tx, late)
        events += late
        token = batch.body.get("next_batch")
        if isinstance(token, str):
            inbox.keep_sync_token(tx, token)
        result.rooms = {event.room_id for event in events if event.state == InboxState.NEW}
        return result

    def _sift(self, tx: Tx, events: list[InboxEvent]) -> list[InboxEvent]:
        network = with_current_hub(tx, self.network)
        return self.limits.sift(events, lambda sender: holds(tx, network, sender, Role.MODERATOR))

    def _take_keys(self, tx: Tx, batch: Batch, result: Journaled) -> list[tuple[str, str]]:
        """Take in what is for the bot's device; returns the room keys that came, by room and session."""
        if self.machine is None or not self.machine.concerned(batch.body, first=batch.first):
            return []
        received = self.machine.receive(tx, batch.body, first=batch.first)
        result.keys, result.devices = True, received.devices
        return list(dict.fromkeys(received.keys))

    def _read_late(self, tx: Tx, room_id: str, session_id: str, batch: Batch) -> list[InboxEvent]:
        """What waited for a key that has come now is heard as if it had just been said."""
        room = rooms.get(tx, room_id)
        waiting = inbox.unreadable(tx, room_id, session_id) if room else []
        if room is None or not waiting:
            return []
        reading = _Reading(self, tx, room, batch.first)
        for event in waiting:
            inbox.remove(tx, event.event_id)
            reading.again(event)
        log.info("read_late", room=room_id, events=len(waiting), addressed=len(reading.events))
        return reading.events

    def _joined(self, tx: Tx, room_id: str, section: Json, batch: Batch, result: Journaled) -> None:
        reading = _Reading(self, tx, rooms.get(tx, room_id) or self._new_room(tx, room_id), batch.first)
        arrived = reading.room.membership != "join"
        reading.take(section, batch.gaps.get(room_id, []))
        if arrived:
            result.arrived.add(room_id)
        result.events += reading.events
        result.too_old += reading.too_old
        result.keys |= reading.asked_for_key
        if reading.room.encrypted:
            result.encrypted.add(room_id)
            if reading.people_changed:
                result.people_changed.add(room_id)

    def _invited(self, tx: Tx, room_id: str, section: Json, _batch: Batch, result: Journaled) -> None:
        result.events += self._invitation(tx, room_id, section)
        room = rooms.get(tx, room_id)
        if room is not None and room.encrypted:
            result.encrypted.add(room_id)

    def _left(self, tx: Tx, room_id: str, section: Json, _batch: Batch, _result: Journaled) -> None:
        room = rooms.get(tx, room_id)
        if room:
            room.membership = "leave"
            for event in _events(section.get("timeline")):
                if event.get("type") == "m.room.member":
                    rooms.apply_state(tx, room, message.storable(event), self.network.user_id)

    def _new_room(self, tx: Tx, room_id: str) -> Room:
        # Defaults made by a factory take pydantic a while, and a first sync may tell of a thousand rooms.
        room = Room(room_id=room_id, membership="new", creators=[], power_levels={})
        tx.session.add(room)
        return room

    def _invitation(self, tx: Tx, room_id: str, section: Json) -> list[InboxEvent]:
        room = rooms.get(tx, room_id) or self._new_room(tx, room_id)
        repeated = room.membership == "invite"
        room.membership = "invite"
        room.inviter = room.direct_with = None
        own = None
        for raw in _events(section.get("invite_state")):
            event = message.storable(raw)
            rooms.apply_state(tx, room, event, self.network.user_id)
            if event.get("type") == "m.room.member" and event.get("state_key") == self.network.user_id:
                own = event.get("event_id")
        if room.inviter is None:
            return []
        if not isinstance(own, str):
            # Homeservers need not tell which event it is; then only a new one can be told from an old one.
            if repeated:
                return []
            own = f"{room_id}:{tx.source}"
        invitation = InboxEvent(
            event_id=f"invite:{own}",
            room_id=room_id,
            sender=room.inviter,
            kind=Kind.INVITE,
            content={},
            sent_at=tx.now,
            received_at=tx.now,
        )
        return [invitation]


class _Reading:
    """One room of one sync, read in order."""

    def __init__(self, journal: Journal, tx: Tx, room: Room, first: bool) -> None:
        self.journal = journal
        self.network = journal.network
        self.tx = tx
        self.room = room
        self.first = first
        self.events: list[InboxEvent] = []
        self.too_old = 0
        self.people_changed = False
        self.asked_for_key = False
        self._place: str | None = None  # of the decrypted event that is being read, in its session

    @cached_property
    def own_name(self) -> str | None:
        """What the bot is called in the room."""
        return rooms.display_name(self.tx, self.room.room_id, self.network.user_id)

    @cached_property
    def unmarked(self) -> dict[str, str]:
        """What may have been sent here without being marked so."""
        person = self.room.direct_with
        return outbox.unmarked(self.tx, [self.room.room_id, *([person] if person else [])])

    def take(self, section: Json, gap: list[Json]) -> None:
        """Read state, then what was said, oldest first."""
        room = self.room
        arrived = room.membership != "join"
        summary = _dict(section.get("summary"))
        counts = [_count(summary.get(f"m.{kind}_member_count")) for kind in ("joined", "invited")]
        if any(count is not None for count in counts):
            room.people = sum(count or 0 for count in counts)
        timeline = [*gap, *_events(section.get("timeline"))]
        begin = self._begin(timeline) if arrived else 0
        room.membership = "join"
        if arrived:
            room.since = self.tx.now
        for place, raw in enumerate(timeline):
            if place == len(gap):
                self._state_block(section)
            self._one(raw, heard=begin is not None and place >= begin)
        if len(timeline) == len(gap):
            self._state_block(section)

    def _state_block(self, section: Json) -> None:
        # The state as it was where the timeline begins, which is after the gap.
        for event in _events(section.get("state")):
            self._one(event, heard=False)

    def _one(self, raw: Json, *, heard: bool) -> None:
        if not heard and "state_key" not in raw:
            return
        try:
            event = message.storable(raw)
            if isinstance(event.get("state_key"), str):
                self._state(event)
            elif heard:
                self._event(event)
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            # Anybody can send anything. What we stumble over must not keep us from hearing the rest: it would
            # come again with every start.
            log.exception("event_not_understood", room=self.room.room_id, error=type(error).__name__)

    def _begin(self, timeline: list[Json]) -> int | None:
        """Where the bot's time in a room begins: at its invitation, or where it joined uninvited; in a room
        that replaces one that it was in, at the beginning."""
        if rooms.replaced_by(self.tx, self.room.room_id):
            return 0
        for place in range(len(timeline) - 1, -1, -1):
            if is_arrival(timeline[place], self.network.user_id):
                return place
        return None if self.first else 0

    def _state(self, event: Json) -> None:
        room, user = self.room, event.get("state_key")
        if room.encrypted and event.get("type") == "m.room.member" and not self.people_changed:
            membership = _dict(event.get("content")).get("membership")
            self.people_changed = rooms.membership(self.tx, room.room_id, str(user)) != membership
        rooms.apply_state(self.tx, room, event, self.network.user_id)
        if user == self.network.user_id:
            self.__dict__.pop("own_name", None)
        left = _dict(event.get("content")).get("membership") in ("leave", "ban")
        if event.get("type") == "m.room.member" and user == room.direct_with and left:
            self._keep(event, str(user), Kind.MEMBERSHIP, {"membership": "leave"})
        if event.get("type") == TOMBSTONE and user == "":
            self._replaced(event)

    def _replaced(self, event: Json) -> None:
        replacement = _dict(event.get("content")).get("replacement_room")
        event_id, sender = event.get("event_id"), event.get("sender")
        if not (isinstance(replacement, str) and isinstance(event_id, str) and isinstance(sender, str)):
            return
        # However long ago: a room that was replaced stays so.
        self._append(event_id, sender, Kind.UPGRADE, {"replacement_room": replacement}, self.tx.now)

    def _event(self, event: Json) -> None:
        sender, content = event.get("sender"), event.get("content")
        if sender == self.network.user_id:
            self._own(event)
            return
        if not isinstance(sender, str) or not isinstance(content, dict):
            return
        if event.get("type") in _TALK and content.get("msgtype") != "m.notice":
            self.room.spoken = True  # that somebody has, not what
        match event.get("type"):
            case "m.room.message":
                self._message(event, sender, content)
            case "m.reaction":
                tapped = message.annotation(content)
                if tapped and self._is_ours(tapped[0]):
                    self._keep(event, sender, Kind.REACTION, {"m.relates_to": content["m.relates_to"]})
            case "m.room.redaction":
                self._redaction(event, sender, content)
            case "m.room.encrypted":
                self._encrypted(event, sender, content)

    def _own(self, event: Json) -> None:
        """Learn which event a message became, if the program ended before that could be written down."""
        txn_id, event_id = _dict(event.get("unsigned")).get("transaction_id"), event.get("event_id")
        if isinstance(txn_id, str) and isinstance(event_id, str) and (key := self.unmarked.get(txn_id)):
            outbox.heard(self.tx, key, event_id)

    def again(self, waited: InboxEvent) -> None:
        """Read an event that waited for its key."""
        self._event(
            {
                "type": "m.room.encrypted",
                "event_id": waited.event_id,
                "sender": waited.sender,
                "origin_server_ts": int(waited.sent_at.timestamp() * 1000),
                "content": waited.content,
            }
        )

    def _encrypted(self, event: Json, sender: str, content: Json) -> None:
        event_id, machine = event.get("event_id"), self.journal.machine
        if machine is None or not isinstance(event_id, str):
            return
        try:
            opened = machine.decrypt(self.tx, self.room.room_id, event)
        except MissingKey as missing:
            if len(content["ciphertext"]) > CIPHERTEXT_PER_CHARACTER * self.network.message_limit:
                log.warning("unreadable_too_long", room=self.room.room_id, sender=sender)
                return
            machine.ask_for_key(self.tx, self.room.room_id, event)
            self.asked_for_key = True
            self._place = missing.session_id
            self._keep(event, sender, Kind.ENCRYPTED, content)
            self._tell_later(sender, missing.session_id)
        except Forged as forged:
            log.warning("not_decrypted", room=self.room.room_id, sender=sender, why=str(forged))
        else:
            if self._first_at(opened.place, event_id):
                self._place = opened.place
                self._event(opened.event)
            else:
                log.warning("replayed", room=self.room.room_id, sender=sender)
        finally:
            self._place = None

    def _first_at(self, place: str, event_id: str) -> bool:
        """Whether no other event stood at this place of its session before."""
        just_read = (event.event_id for event in self.events if event.megolm == place)
        return next(just_read, inbox.read_before(self.tx, place)) in (None, event_id)

    def _tell_later(self, sender: str, session_id: str) -> None:
        """Once for each room and session, if its key does not come; but nobody is told all day long."""
        tell = self.tx.now + KEY_PATIENCE
        whose = f"missing_key:{self.room.room_id}:{hashlib.sha256(sender.encode()).hexdigest()[:12]}"
        if schedule.planned(self.tx, f"{whose}:", since=self.tx.now - timedelta(days=1)) >= TOLD_A_DAY:
            return
        payload = {"room_id": self.room.room_id, "session_id": session_id}
        key = f"{whose}:{session_id}"
        schedule.plan(self.tx, key, "missing_key", tell.replace(tzinfo=None), "UTC", payload)

    def _is_ours(self, event_id: str) -> bool:
        if outbox.by_event(self.tx, event_id):
            return True
        # In a direct chat every other message is in the inbox. What is in neither place was sent, but not yet
        # marked so.
        return self.room.direct and not inbox.find(self.tx, event_id)

    def _message(self, event: Json, sender: str, content: Json) -> None:
        if content.get("msgtype") == "m.notice" or not isinstance(content.get("body"), str):
            return
        edit = message.replacement(content)
        original = (inbox.find(self.tx, edit[0]) or self._just_read(edit[0])) if edit else None
        newest = edit[1] if edit else content
        topic = self._topic(original.content if original else content)
        direct = self.room.direct and self.room.direct_with == sender
        wanted = direct or (topic is not None and topic.takes_words(direct=False))
        body = newest.get("body")
        length = len(body) if isinstance(body, str) else 0
        if isinstance(body, str) and length > self.network.message_limit:
            # Whom it is meant for shows at its beginning; more of it is not looked at.
            if wanted or self._read({**newest, "body": body[:BEGINNING]}).addressed:
                self._keep(event, sender, Kind.TOO_LONG, {"length": length})
            return
        if edit:
            if original and original.sender != sender:
                return
            if wanted or self._read(edit[1]).addressed:
                self._edited(event, sender, content, original)
            elif original and original.state in (InboxState.NEW, InboxState.UNREADABLE):
                self._withdraw(original)  # said to others after all, and not ours to keep
            return
        file_wanted = topic is not None and topic.file is not None and message.is_file(content)
        if wanted or file_wanted or self._read(content).addressed:
            names = _KEPT_OF_FILE if file_wanted else _KEPT
            kept: Json = {name: content[name] for name in names if name in content}
            self._keep(event, sender, Kind.MESSAGE, kept)

    def _topic(self, content: Json) -> Topic | None:
        """What a message of ours is about, if this is a reply to one, or the file that one awaits."""
        registry, reply_to = self.journal.registry, message.reply_to(content)
        if reply_to is None and self.room.direct and message.is_file(content):
            before = registry.topic(outbox.last_topic(self.tx, self.room.room_id))
            return before[0] if before and before[0].awaits_file else None
        ours = outbox.message_of(self.tx, reply_to) if reply_to else None
        found = registry.topic(ours.topic) if ours else None
        return found[0] if found else None

    def _edited(self, event: Json, sender: str, content: Json, original: InboxEvent | None) -> None:
        new = content["m.new_content"]
        if original and original.state == InboxState.NEW and original.kind == Kind.MESSAGE:
            # Not run yet: the newer words simply take the place of the older ones.
            if not isinstance(new.get("body"), str):
                return
            words = {**original.content, **{name: new[name] for name in _SAID if name in new}}
            original.content = words
            inbox.replace_content(self.tx, original.event_id, words)
            return
        words = {name: new[name] for name in _SAID if name in new}
        kept = {"m.relates_to": content["m.relates_to"], "m.new_content": words, "body": content["body"]}
        self._keep(event, sender, Kind.EDIT, kept)

    def _redaction(self, event: Json, sender: str, content: Json) -> None:
        target = event.get("redacts") or content.get("redacts")
        if not isinstance(target, str):
            return
        known = inbox.find(self.tx, target)
        known = known or self._just_read(target)
        if known and known.sender == sender:
            self._withdraw(known)
        # Those to events count for longer than what was said is kept.
        tapped = events.tap(self.tx, target)
        own = known.sender == sender and known.kind == Kind.REACTION if known else False
        if own or (tapped and tapped.user_id == sender):
            self._keep(event, sender, Kind.UNTAPPED, {"reaction": target})

    def _withdraw(self, taken_back: InboxEvent) -> None:
        """Forget what somebody takes back, with what they had edited it into."""
        target = taken_back.event_id
        for event in (taken_back, *inbox.edits(self.tx, target, taken_back.sender)):
            inbox.withdraw(self.tx, event.event_id)
        self.events = [
            event for event in self.events if event.event_id != target and not inbox.replaces(event, target)
        ]

    def _read(self, content: Json) -> message.Said:
        return message.read(
            content,
            user_id=self.network.user_id,
            prefix=self.network.prefix,
            names=(self.own_name,) if self.own_name else (),
        )

    def _just_read(self, event_id: str) -> InboxEvent | None:
        return next((event for event in self.events if event.event_id == event_id), None)

    def _keep(self, event: Json, sender: str, kind: Kind, content: Json) -> None:
        event_id = event.get("event_id")
        if not isinstance(event_id, str):
            return
        sent_at = _moment(event.get("origin_server_ts"), self.tx.now)
        if sent_at < self.tx.now - self.journal.max_age:
            self.too_old += 1
            return
        self._append(event_id, sender, kind, content, sent_at)

    def _append(self, event_id: str, sender: str, kind: Kind, content: Json, sent_at: datetime) -> None:
        self.events.append(
            InboxEvent(
                event_id=event_id,
                room_id=self.room.room_id,
                sender=sender,
                kind=kind,
                content=content,
                sent_at=sent_at,
                received_at=self.tx.now,
                megolm=self._place,
                state=InboxState.UNREADABLE if kind == Kind.ENCRYPTED else InboxState.NEW,
            )
        )


@contextlib.contextmanager
def _passing_over(tx: Tx, room_id: str) -> Iterator[None]:
    """Undo what a room's section did when it can't be written, and go on with the next."""
    try:
        with tx.savepoint():
            yield
    except OutOfReach:
        raise
    except Exception as error:
        log.exception("room_not_understood", room=room_id, error=type(error).__name__)


def is_arrival(event: Json, user_id: str) -> bool:
    """Whether a user's time in a room begins with this event: an invitation, or a join without one.

    A join after an invitation is none, and neither is a new display name, which is a join after a join.
    """
    if event.get("type") != "m.room.member" or event.get("state_key") != user_id:
        return False
    membership = _dict(event.get("content")).get("membership")
    before = _dict(_dict(event.get("unsigned")).get("prev_content")).get("membership")
    return membership == "invite" or (membership == "join" and before not in ("invite", "join"))


def is_echo(body: Json, user_id: str) -> bool:
    """Whether a sync tells of nothing but what `user_id` said: then nothing has to be written down, as it
    may as well be heard again."""
    sections = _dict(body.get("rooms"))
    if any(sections.get(kind) for kind in ("invite", "leave", "knock")) or _events(body.get("to_device")):
        return False
    if any(_dict(body.get("device_lists")).values()):
        return False
    for section in _dict(sections.get("join")).values():
        timeline = _dict(_dict(section).get("timeline"))
        if timeline.get("limited") or _events(_dict(section).get("state")) or _dict(section).get("summary"):
            return False
        if any(event.get("sender") != user_id or "state_key" in event for event in _events(timeline)):
            return False
    return True


def _moment(milliseconds: object, now: datetime) -> datetime:
    """A homeserver's timestamp; nonsense and the future count as now."""
    if isinstance(milliseconds, int) and not isinstance(milliseconds, bool):
        try:
            return min(datetime.fromtimestamp(milliseconds / 1000, UTC), now)
        except (OverflowError, OSError, ValueError):
            return now
    return now


def _count(value: object) -> int | None:
    """A number of people; nonsense counts as not told."""
    return value if isinstance(value, int) and 0 <= value <= MOST_PEOPLE else None


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _rooms(sections: Json, kind: str) -> Json:
    """The sections of one kind, without those whose room id can't be one."""
    return {
        room_id: section
        for room_id, section in _dict(sections.get(kind)).items()
        if room_id.startswith("!") and room_id == message.storable(room_id)
    }


def _events(section: object) -> list[Json]:
    events = _dict(section).get("events")
    return [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []
