"""Files on their way: rows of the outbox whose bytes go out to Matrix, or are fetched from there."""

from __future__ import annotations

from sqlalchemy import func, select, text, update

from storage.database import Tx
from storage.outbox import About, Action, Json, OutboxState, add, by_key, outbox


def send(
    tx: Tx,
    to: str,
    data: bytes,
    *,
    content_type: str,
    filename: str,
    content: Json,
    about: About = None,
    answers: str | None = None,
    painted: bool = False,
) -> str:
    """Upload `data` once and send it; `content` is the event's content without its `url`.

    What is `painted` is the PNG of an SVG: `data` are those of the SVG, and the sender makes the picture.
    """
    content = {
        "filename": filename,
        "body": filename,
        **content,
        "info": {"mimetype": content_type, "size": len(data), **content.get("info", {})},
    }
    action = Action.PICTURE if painted else Action.FILE
    return add(tx, to, action, content, data=data, about=about, answers=answers)


def fetch(
    tx: Tx, room_id: str, source: Json, *, name: str, limit: int, topic: str, about: str, event_id: str
) -> str:
    """Download a file that `about` sent with the event `event_id`; what comes of it goes into the inbox as
    a `Kind.FETCHED` event of theirs in the room, for the topic.

    `source` is the event's `url`, or its `file` (the specification's `EncryptedFile`) in an encrypted room;
    of more than `limit` bytes nothing is kept.
    """
    content = {"source": source, "limit": limit, "room_id": room_id, "event_id": event_id, "name": name}
    # A lane of its own: a server that is slow to give a file away holds up nobody's answers.
    return add(tx, f"fetch:{event_id}", Action.FETCH, content, about=about, topic=topic)


def count_fetches(tx: Tx, about: str) -> int:
    """How many files of one person are still to be downloaded."""
    waiting = (
        (outbox.c.about == about)
        & (outbox.c.action == Action.FETCH)
        & (outbox.c.state == OutboxState.PENDING)
    )
    return tx.connection.scalar(select(func.count()).select_from(outbox).where(waiting)) or 0


def mark_fetched(tx: Tx, key: str, data: bytes | None, error: str | None = None) -> bool:
    """Say that a file was downloaded, or (without `data`) why it can't be; whether the row still waited."""
    marked = tx.connection.execute(
        update(outbox)
        .where(outbox.c.key == key, outbox.c.state == OutboxState.PENDING)
        .values(
            state=OutboxState.DEAD if error else OutboxState.SENT,
            error=error,
            data=data,
            sent_at=None if error else tx.now,
            content={},
        )
    )
    return marked.rowcount > 0


def take_fetched(tx: Tx, key: str) -> bytes | None:
    """The bytes that were downloaded for a row, which keeps them no longer."""
    data: bytes | None = tx.connection.scalar(select(outbox.c.data).where(outbox.c.key == key))
    tx.connection.execute(update(outbox).where(outbox.c.key == key).values(data=None))
    return data


def bytes_waiting(tx: Tx, lane: str) -> int:
    """How many bytes of files wait to be sent to a destination."""
    waiting = (outbox.c.lane == lane) & (outbox.c.state == text("'pending'")) & outbox.c.data.is_not(None)
    return tx.connection.scalar(select(func.sum(func.length(outbox.c.data))).where(waiting)) or 0


def uploaded(tx: Tx, key: str) -> Json | None:
    """The content with which a file that was sent can be sent again, without another upload; None if it is
    too long ago, or not sent yet."""
    row = by_key(tx, key)
    if row is None or row.state != OutboxState.SENT or not row.content:
        return None
    content = {name: value for name, value in row.content.items() if name != "m.relates_to"}
    if row.action == Action.MESSAGE:
        return content
    return with_address(content, row.content_uri) if row.content_uri else None


def with_address(content: Json, content_uri: str) -> Json:
    """A file's content with the place where its bytes are."""
    if "file" in content:
        return {**content, "file": {**content["file"], "url": content_uri}}
    return {**content, "url": content_uri}


def keep_content_uri(tx: Tx, key: str, content_uri: str) -> None:
    """Remember where a row's file is uploaded to, before it is."""
    tx.connection.execute(update(outbox).where(outbox.c.key == key).values(content_uri=content_uri))


def keep_encrypted_file(tx: Tx, key: str, content: Json, data: bytes) -> None:
    """Put a file's encrypted bytes in the place of the plain ones, and their key into the row's content."""
    tx.connection.execute(update(outbox).where(outbox.c.key == key).values(content=content, data=data))
