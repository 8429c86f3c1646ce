"""Files of practices and their way in, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from storage import attachments, files, inbox, outbox, practices
from storage.database import Database, Tx
from storage.outbox import Delivered, OutboxState
from storage.practices import Practice

DATA = bytes(range(256))


def practice(tx: Tx) -> Practice:
    texts = (
        "title",
        "summary",
        "challenge",
        "solution",
        "evidence",
        "lessons",
        "transfer",
        "city",
        "country",
    )
    said: dict[str, Any] = dict.fromkeys(texts, "x")
    return practices.add(tx, Practice(**said, language="en", created_at=tx.now, updated_at=tx.now))


def attach(tx: Tx, number: int, name: str, by: str = "@ada:a") -> None:
    attachments.add(tx, number, name=name, content_type="image/png", data=DATA + name.encode(), by=by)


def fetch(tx: Tx) -> str:
    source = {"url": "mxc://a/b"}
    return files.fetch(
        tx, "!room", source, name="x.png", limit=10, topic="practice:1", about="@ada:a", event_id="$sent"
    )


def test_files_of_a_practice(database: Database) -> None:
    """Whole, in the order in which they came, each with its practice alone; gone with it."""
    with database.write("$a") as tx:
        one, other = practice(tx).number, practice(tx).number
        attach(tx, one, "b.png")
        attach(tx, one, "a.png", by="@ben:a")
        attach(tx, other, "c.png")
    with database.read() as tx:
        found = attachments.of(tx, one)
        assert [(file.name, file.by, file.picture) for file in found] == [
            ("b.png", "@ada:a", True),
            ("a.png", "@ben:a", True),
        ]
        assert attachments.data(tx, found[1].id) == DATA + b"a.png"
        assert attachments.count(tx, one) == 2
        assert attachments.holds(tx, one, DATA + b"a.png")
        assert not attachments.holds(tx, other, DATA + b"a.png")
        assert [file.name for file in attachments.by(tx, "@ada:a")] == ["b.png", "c.png"]
    with database.write("$b") as tx:
        attachments.keep_copy(tx, found[0].id, "!room", "key")
        attachments.forget_by(tx, "@ada:a")
        assert [copy.message for copy in attachments.copies(tx, found[0].id)] == ["key"]
        practices.remove(tx, tx.session.get_one(Practice, one))
    with database.read() as tx:
        assert attachments.of(tx, one) == []
        assert attachments.copies(tx, found[0].id) == []
        assert [file.by for file in attachments.of(tx, other)] == [None]


def test_a_download_is_marked_once(database: Database) -> None:
    """Its bytes stay until they are taken; the second mark finds nothing to do."""
    with database.write("$command") as tx:
        key = fetch(tx)
        assert outbox.waiting_lanes(tx) == ["fetch:$sent"]
        assert files.count_fetches(tx, "@ada:a") == 1
    with database.write() as tx:
        assert files.mark_fetched(tx, key, DATA)
        assert not files.mark_fetched(tx, key, b"other")
        assert files.count_fetches(tx, "@ada:a") == 0
    with database.write() as tx:
        assert files.take_fetched(tx, key) == DATA
        assert files.take_fetched(tx, key) is None


def test_a_download_that_fails_is_a_dead_letter(database: Database) -> None:
    """With its reason, and without what it was about."""
    with database.write("$command") as tx:
        key = fetch(tx)
        assert files.mark_fetched(tx, key, None, "404 M_NOT_FOUND")
        (dead,) = outbox.dead_letters(tx)
        assert (dead.key, dead.state, dead.error, dead.content) == (
            key,
            OutboxState.DEAD,
            "404 M_NOT_FOUND",
            {},
        )


@pytest.mark.parametrize("encrypted", [False, True])
def test_what_was_uploaded_can_be_sent_again(database: Database, encrypted: bool) -> None:
    """Once it was sent, as long as its content is kept; and again from the message that repeated it."""
    with database.write("$command") as tx:
        told = {"msgtype": "m.image", "m.relates_to": {"rel_type": "m.thread", "event_id": "$x"}}
        key = files.send(tx, "!room", DATA, content_type="image/png", filename="a.png", content=told)
        assert files.uploaded(tx, key) is None
        files.keep_content_uri(tx, key, "mxc://a/b")
        if encrypted:
            row = outbox.by_key(tx, key)
            assert row is not None
            files.keep_encrypted_file(tx, key, {**row.content, "file": {"iv": "x"}}, DATA)
        outbox.mark_sent(tx, [Delivered(key, "!room", "$file")])
        content = files.uploaded(tx, key)
        assert content is not None
        assert "m.relates_to" not in content
        assert content["filename"] == "a.png"
        assert (content["file"]["url"] if encrypted else content["url"]) == "mxc://a/b"
        again = outbox.message(tx, "!room", content)
        outbox.mark_sent(tx, [Delivered(again, "!room", "$again")])
        assert files.uploaded(tx, again) == content
    with database.write("later") as tx:
        outbox.forget_before(tx, tx.now + timedelta(seconds=1))
        assert files.uploaded(tx, key) is files.uploaded(tx, again) is None
        assert outbox.arrives(tx, key)


def test_what_the_last_message_was_about(database: Database) -> None:
    """In its own room, and only for an hour."""
    with database.write("$command") as tx:
        assert outbox.last_topic(tx, "!room") is None
        outbox.message(tx, "!room", {}, topic="attach:1")
        outbox.message(tx, "!other", {}, topic="attach:2")
        outbox.reaction(tx, "!room", "x", event_id="$x")
        assert outbox.last_topic(tx, "!room") == "attach:1"
        outbox.message(tx, "!room", {})
        assert outbox.last_topic(tx, "!room") is None
        tx.connection.execute(text("UPDATE outbox SET topic = 'attach:3'"))
        assert outbox.last_topic(tx, "!room") == "attach:3"
        tx.now += timedelta(minutes=61)
        assert outbox.last_topic(tx, "!room") is None
        assert inbox.waiting_rooms(tx) == []
