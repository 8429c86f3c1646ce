"""A network large enough for a round, the clock that brings it about, and the drawing in between."""

from __future__ import annotations

from collections.abc import Iterable

from bench.matching import described
from bot import draw
from bot.rounds import find, keep
from commands.core.registry import load
from storage import members, outbox, rooms, rounds, schedule
from storage.outbox import Action, OutboxRow
from storage.rounds import Round
from tests.commands.matching.people import register
from tests.transcript import HUB, Chat


def fill(chat: Chat, count: int) -> None:
    """Make so many of the forty sample members join the hub, next to Ada, Ben and Mia."""
    register(chat)
    with chat.database.write("town") as tx:
        for member, offers, needs in list(described())[:count]:
            members.keep(tx, member)
            members.replace_lines(tx, member.user_id, "offer", [(one.theme, one.text) for one in offers])
            members.replace_lines(tx, member.user_id, "need", [(one.theme, one.text) for one in needs])
            rooms.keep_member(tx, HUB, member.user_id, "join", member.name)


def due(chat: Chat, *, only: str = "") -> list[OutboxRow]:
    """Let the clock do what is due now (of it, only jobs whose names begin so); what is said and done."""
    said: list[OutboxRow] = []
    while True:
        with chat.database.write() as tx:
            row = schedule.claim(tx)
            if row is None:
                return said
            tx.source = f"job:{row.key}"
            if row.job.startswith(only):
                load().jobs[row.job].run(tx, chat.network, row.payload)
            schedule.finish(tx, row, "done")
        said += said_since(chat, tx.lanes, tx.source)


def work_out(chat: Chat) -> list[OutboxRow]:
    """Draw what is to be drawn, as the process for it does; what is said and done."""
    wanted = find(chat.database, chat.network)
    assert wanted
    outcome = draw.outcome(chat.database, wanted.number, wanted.hub_room)
    lanes = keep(chat.database, chat.network, wanted, outcome)
    return said_since(chat, lanes, f"round:{wanted.number}:{outcome.digest}")


def said_since(chat: Chat, lanes: Iterable[str], source: str) -> list[OutboxRow]:
    """What a transaction put into the outbox."""
    with chat.reading() as tx:
        found = [
            one
            for lane in sorted(lanes)
            for one in outbox.pending(tx, [lane]).get(lane, [])
            if one.key.startswith(f"{source}/")
        ]
        tx.session.expunge_all()
        return found


def to_the_end(chat: Chat) -> list[OutboxRow]:
    """Let a round that has been drawn ask everyone, moment by moment."""
    said: list[OutboxRow] = []
    while current(chat).state == "sending":
        chat.clock.forward(seconds=1)
        said += due(chat)
    return said


def current(chat: Chat) -> Round:
    """The newest round."""
    with chat.reading() as tx:
        row = rounds.latest(tx)
        assert row
        tx.session.expunge_all()
        return row


def told(rows: Iterable[OutboxRow]) -> str:
    """What is said, and where."""
    return "\n---\n".join(
        f"[{row.lane}]\n{row.content['body']}" for row in rows if row.action == Action.MESSAGE
    )
