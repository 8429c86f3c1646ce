"""What people do under the last message of the bot in their direct chat: reply, and tap."""

from __future__ import annotations

from sqlmodel import col, select

from storage import outbox
from storage.inbox import Kind
from storage.outbox import Action, Delivered, OutboxRow
from tests.transcript import Chat


def reply(chat: Chat, user: str, text: str) -> str:
    """Let `user` reply; returns what the bot says."""
    relation = {"m.in_reply_to": {"event_id": _last(chat, user)}}
    return chat.event(user, Kind.MESSAGE, {"msgtype": "m.text", "body": text, "m.relates_to": relation})


def tap(chat: Chat, user: str, emoji: str) -> str:
    """Let `user` tap a reaction; returns what the bot says."""
    relation = {"rel_type": "m.annotation", "event_id": _last(chat, user), "key": emoji}
    return chat.event(user, Kind.REACTION, {"m.relates_to": relation})


def _last(chat: Chat, user: str) -> str:
    """The event of the last message in someone's direct chat, which has been sent now."""
    with chat.database.write() as tx:
        statement = (
            select(OutboxRow.id, OutboxRow.key, OutboxRow.lane)
            .where(OutboxRow.action == Action.MESSAGE, OutboxRow.lane == chat.dm(user))
            .order_by(col(OutboxRow.id).desc())
        )
        number, key, lane = tx.session.exec(statement).first() or (0, "", "")
        outbox.mark_sent(tx, [Delivered(key, lane, f"$sent-{number}")])
    return f"$sent-{number}"
