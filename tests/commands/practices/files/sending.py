"""People who send the bot files, in conversations without a homeserver."""

from __future__ import annotations

from typing import Any

from storage import files, inbox, outbox
from storage.inbox import Kind
from storage.outbox import Action, Delivered, OutboxRow, OutboxState
from tests.transcript import Chat


def rows(chat: Chat, action: Action) -> list[OutboxRow]:
    """What of one kind is in the outbox, oldest first."""
    with chat.reading() as tx:
        found = [row for lane in outbox.waiting_lanes(tx) for row in outbox.pending(tx, [lane])[lane]]
    return [row for row in found if row.action == action]


def deliver(chat: Chat) -> None:
    """Let everything that waits be said; uploads get an address."""
    with chat.database.write("deliver") as tx:
        for lane in outbox.waiting_lanes(tx):
            for row in outbox.pending(tx, [lane], 1000)[lane]:
                if row.action == Action.FETCH:
                    continue
                if row.action == Action.FILE:
                    files.keep_content_uri(tx, row.key, f"mxc://test.localhost/{row.id}")
                outbox.mark_sent(tx, [Delivered(row.key, row.lane, f"$sent-{row.id}")])


def last_message(chat: Chat) -> str:
    """The event id of the bot's last message."""
    message = [row for row in chat.answers if row.action == Action.MESSAGE][-1]
    deliver(chat)
    return f"$sent-{message.id}"


def send(
    chat: Chat,
    user: str,
    name: str,
    *,
    under: str | None = None,
    room: str | None = None,
    msgtype: str = "m.image",
    size: object = 100,
    **content: Any,
) -> str:
    """Let somebody send a file, in reply to an event if given; returns the first answer."""
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": under}}} if under else {}
    where = content or {"url": "mxc://test.localhost/theirs"}
    told = {"msgtype": msgtype, "body": name, "info": {"size": size}, **relation, **where}
    return chat.event(user, Kind.MESSAGE, told, room=room)


def bring(chat: Chat, data: bytes | None, failure: str | None = None) -> str:
    """Have the file that waits downloaded; returns what the bot says then."""
    (row,) = rows(chat, Action.FETCH)
    with chat.database.write(row.key) as tx:
        assert files.mark_fetched(tx, row.key, data, failure)
    content = {
        "topic": row.topic,
        "name": row.content["name"],
        "event_id": row.content["event_id"],
        "key": row.key,
        "failure": failure,
    }
    said = chat.event(str(row.about), Kind.FETCHED, content, room=row.content["room_id"])
    with chat.reading() as tx:
        fetched = outbox.by_key(tx, row.key)
        assert fetched is not None
        assert fetched.data is None
        assert fetched.state in (OutboxState.SENT, OutboxState.DEAD)
        assert inbox.find(tx, row.content["event_id"])
    return said
