"""What the tests of introductions have in common: the clock, the asking, and the room."""

from __future__ import annotations

from commands.core.registry import load
from commands.matching import introductions
from storage import outbox, rooms, schedule
from storage.outbox import Action, Delivered, OutboxRow
from storage.rooms import Room
from tests.transcript import ADA, BOT, Chat

MATCH = {"en": "match", "de": "wer passt"}
INTRODUCE = {"en": "introduce 1", "de": "vorstellen 1"}
TOGETHER = "!together:test.localhost"


def due(chat: Chat) -> list[OutboxRow]:
    """Let the clock do what is due now, and return what is said and done in Matrix."""
    said: list[OutboxRow] = []
    while True:
        with chat.database.write() as tx:
            row = schedule.claim(tx)
            if row is None:
                return said
            tx.source = f"job:{row.key}"
            load().jobs[row.job].run(tx, chat.network, row.payload)
            schedule.finish(tx, row, "done")
            said += [
                one
                for lane in tx.lanes
                for one in outbox.pending(tx, [lane]).get(lane, [])
                if one.key.startswith(tx.source)
            ]


def told(rows: list[OutboxRow]) -> str:
    """What is said, and where."""
    return "\n---\n".join(
        f"[{row.lane}]\n{row.content['body']}" for row in rows if row.action == Action.MESSAGE
    )


def ask(chat: Chat) -> list[OutboxRow]:
    """Ada has Ben asked; what he reads."""
    chat.say(ADA, MATCH[chat.language])
    chat.say(ADA, INTRODUCE[chat.language])
    return due(chat)


def propose(chat: Chat, *people: str) -> str:
    """What a round does: a proposal to each of these, read by them now."""
    with chat.database.write("round") as tx:
        introductions.propose(tx, chat.network, people, round_id=1)
    return told(due(chat))


def open_room(chat: Chat, row: OutboxRow) -> None:
    """What the homeserver does with the row that opens a room: everybody is there, the bot included."""
    with chat.database.write() as tx:
        outbox.mark_sent(tx, [Delivered(row.key, TOGETHER, None)])
        people = [BOT, *row.content["invite"]]
        tx.session.add(Room(room_id=TOGETHER, version="12", people=len(people), since=tx.now))
        for user in people:
            rooms.keep_member(tx, TOGETHER, user, "join", user[1:4].title())
