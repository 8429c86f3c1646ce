"""Conversations as tests: what people say goes into the inbox, what the bot says is read from the outbox.

No homeserver takes part; the database is real. See `Chat`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlmodel import col, func, select

from commands.core.context import Network
from commands.core.conversation import Conversation
from commands.core.registry import load
from storage import inbox, outbox, rooms
from storage.database import Database, Tx
from storage.inbox import InboxEvent, InboxState, Kind
from storage.outbox import Action, Delivered, OutboxRow
from storage.rooms import Room

BOT = "@proxenos:test.localhost"
HUB = "!hub:test.localhost"
ADA = "@ada:test.localhost"  # a guest in the hub
BEN = "@ben:test.localhost"  # another
MIA = "@mia:test.localhost"  # a moderator
OUT = "@out:test.localhost"  # somebody who is not in the hub room


@dataclass
class Clock:
    """A clock that only moves when told."""

    now: datetime = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present moment of this clock."""
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass
class Chat:
    """A small network in a fresh database: a hub room, a moderator, two guests, and a direct chat with each.

    `say` gives the bot a message and returns the plain text of its answer; `html` is the answer's HTML.
    """

    database: Database
    clock: Clock = field(default_factory=Clock)
    language: str = "en"
    answers: list[OutboxRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Furnish the rooms."""
        self.network = Network(
            user_id=BOT,
            hub_room=HUB,
            default_language=self.language,
            allowed_servers=("test.localhost",),
        )
        self.database.clock = self.clock
        self.conversation = Conversation(load(), self.network)
        self._said = 0
        with self.database.write("setup") as tx:
            self._furnish(tx)

    def begin(self, scene: Callable[[Chat], object]) -> None:
        """Let a scene happen first, before anything else: it is played once and is then as it was."""
        if not self.database.sqlite:
            scene(self)
        elif played := _PLAYED.get((scene, self.language)):
            self.clock.now, self._said = played.now, played.said
            self._copy(played.database, into=True)
        else:
            scene(self)
            database = sqlite3.connect(":memory:", check_same_thread=False)
            self._copy(database, into=False)
            _PLAYED[scene, self.language] = _Played(database, self.clock.now, self._said)

    def _copy(self, kept: sqlite3.Connection, *, into: bool) -> None:
        with self.database.engine.connect() as connection:
            own = connection.connection.driver_connection
            assert isinstance(own, sqlite3.Connection)
            if into:
                kept.backup(own)
            else:
                own.backup(kept)

    def _furnish(self, tx: Tx) -> None:
        hub = Room(
            room_id=HUB,
            version="12",
            name="Lobby",
            alias="#ud-hub:test.localhost",
            creators=["@root:test.localhost"],
            power_levels={"users": {BOT: 100, MIA: 50}},
            people=4,
            since=self.clock.now,
        )
        tx.session.add(hub)
        for user, name in ((BOT, "Proxenos"), (ADA, "Ada"), (BEN, "Ben"), (MIA, "Mia")):
            rooms.keep_member(tx, HUB, user, "join", name)
        for user in (ADA, BEN, MIA, OUT):
            tx.session.add(
                Room(room_id=self.dm(user), version="12", direct_with=user, people=2, since=self.clock.now)
            )
            rooms.keep_member(tx, self.dm(user), user, "join", user[1:4].title())
            rooms.keep_member(tx, self.dm(user), BOT, "join", "Proxenos")

    @staticmethod
    def dm(user: str) -> str:
        """The room id of someone's direct chat with the bot."""
        return f"!dm-{user[1:4]}:test.localhost"

    def say(self, user: str, text: str, *, room: str | None = None, delay: float = 0, **content: Any) -> str:
        """Let `user` say something, in their direct chat unless a room is given; returns the answer.

        `delay` is how many seconds it takes until the bot hears it.
        """
        said = {"msgtype": "m.text", "body": text, **content}
        return self.event(user, Kind.MESSAGE, said, room=room, delay=delay)

    def in_hub(self, user: str, text: str, **content: Any) -> str:
        """Let `user` say something in the hub room; returns all that the bot says, pointer first."""
        return self.say(user, text, room=HUB, **content)

    def react(self, user: str, emoji: str, *, room: str | None = None, to: OutboxRow | None = None) -> str:
        """Let `user` tap a reaction on a message of the bot, its last that was not itself a reaction."""
        with self.database.read() as tx:
            target = to or [row for row in _rows(tx) if row.action == Action.MESSAGE][-1]
        with self.database.write() as tx:
            outbox.mark_sent(tx, [Delivered(target.key, target.lane, f"$sent-{target.id}")])
        relation = {"rel_type": "m.annotation", "event_id": f"$sent-{target.id}", "key": emoji}
        return self.event(user, Kind.REACTION, {"m.relates_to": relation}, room=room)

    def edit(self, user: str, event_id: str, text: str, *, room: str | None = None) -> str:
        """Let `user` edit an earlier message of theirs."""
        new = {"msgtype": "m.text", "body": text}
        return self.event(
            user,
            Kind.EDIT,
            {**new, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": event_id}},
            room=room,
        )

    def event(
        self,
        user: str,
        kind: Kind,
        content: dict[str, Any],
        *,
        room: str | None = None,
        delay: float = 0,
    ) -> str:
        """Journal an event, carry it out, and return what the bot says; a rule stands between messages."""
        room_id = room or self.dm(user)
        self._said += 1
        event_id = f"$event-{self._said}"
        self.last_event = event_id
        self.clock.forward(seconds=1)
        row = InboxEvent(
            event_id=event_id,
            room_id=room_id,
            sender=user,
            kind=kind,
            content=content,
            sent_at=self.clock.now,
            received_at=self.clock.now,
        )
        self.clock.forward(seconds=delay)
        with self.database.write() as tx:
            inbox.journal(tx, [row])
        with self.database.write(event_id) as tx:
            before = tx.session.exec(select(func.max(OutboxRow.id))).one() or 0
            self.conversation.handle(tx, row)
            inbox.mark(tx, event_id, InboxState.DONE)
        with self.database.read() as tx:
            self.answers = _rows(tx, after=before)
        return "\n---\n".join(self._told(row) for row in self.answers if row.action in _TELLING)

    def statements(self, user: str, text: str) -> int:
        """How many times the database is asked something while `user` is answered."""
        asked = []

        def note(*said: Any) -> None:
            asked.append(said[2])

        event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            self.say(user, text)
        finally:
            event.remove(self.database.engine, "before_cursor_execute", note)
        return len(asked)

    @staticmethod
    def _told(row: OutboxRow) -> str:
        return str(row.content["body"])

    @property
    def html(self) -> str:
        """The HTML of the last answer."""
        return next(
            str(row.content["formatted_body"])
            for row in reversed(self.answers)
            if row.action == Action.MESSAGE
        )

    @property
    def files(self) -> list[OutboxRow]:
        """The files that came with the last answer."""
        return [row for row in self.answers if row.action in (Action.FILE, Action.PICTURE)]

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Look into the database."""
        with self.database.read() as tx:
            yield tx


@dataclass
class _Played:
    """What a scene has left behind."""

    database: sqlite3.Connection
    now: datetime
    said: int


_PLAYED: dict[tuple[Callable[[Chat], object], str], _Played] = {}
_TELLING = (Action.MESSAGE, Action.EDIT)


def _rows(tx: Tx, *, after: int = 0) -> list[OutboxRow]:
    rows = list(
        tx.session.exec(select(OutboxRow).where(col(OutboxRow.id) > after).order_by(col(OutboxRow.id)))
    )
    tx.session.expunge_all()  # they outlive the transaction
    return rows
