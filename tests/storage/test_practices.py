"""Practices: who writes them, and which of them wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from storage import practices
from storage.database import Database, Tx
from storage.practices import Practice, Status

TEXTS = ("title", "summary", "challenge", "solution", "evidence", "lessons", "transfer", "city")


def added(tx: Tx, author: str, status: Status) -> Practice:
    """A practice in this state, with its step."""
    texts: dict[str, Any] = dict.fromkeys(TEXTS, "x")
    practice = practices.add(
        tx,
        Practice(
            author=author,
            status=status,
            language="en",
            country="BE",
            created_at=tx.now,
            updated_at=tx.now,
            **texts,
        ),
    )
    practices.add_step(tx, practice, author)
    return practice


def test_what_waits_the_longest_comes_first(database: Database) -> None:
    """By the last submission: who had to change something queues anew."""
    with database.write() as tx:
        first, second = [added(tx, "@ada:x", Status.SUBMITTED) for _ in range(2)]
        added(tx, "@ada:x", Status.PUBLISHED)
        for status in (Status.CHANGES_REQUESTED, Status.SUBMITTED):
            first.status = status
            practices.add_step(tx, first, "@ada:x")
    with database.read() as tx:
        waiting = practices.submitted(tx)
        assert [practice.number for practice, _ in waiting] == [second.number, first.number]
        last = practices.last_step(tx, first.number)
        assert last is not None
        assert waiting[1][1].id == last.id


def test_a_list_keeps_the_order_that_was_asked_for(database: Database) -> None:
    """And passes over what is not there; the facets are of the same practices."""
    with database.write() as tx:
        first, second = [added(tx, "@ada:x", Status.PUBLISHED).number for _ in range(2)]
    assert first
    assert second
    with database.read() as tx:
        assert [one.number for one in practices.listed(tx, [second, 999, first], "de")] == [second, first]
        assert practices.listed(tx, [], "de") == []
        assert [one.country for one in practices.facets(tx, [second, 999, first])] == ["BE", "BE"]


def test_co_authors(database: Database) -> None:
    """In the order in which they came; what they write together stands among their own."""
    with database.write() as tx:
        own, other = added(tx, "@ben:x", Status.PUBLISHED), added(tx, "@ada:x", Status.DRAFT)
        practices.add_coauthor(tx, other.number, "@mia:x", "@ada:x")
        tx.now += timedelta(seconds=1)
        practices.add_coauthor(tx, other.number, "@ben:x", "@ada:x")
        assert practices.coauthors(tx, other.number) == ["@mia:x", "@ben:x"]
        assert practices.written_by(tx, "@ben:x") == [other, own]
        practices.forget_coauthor(tx, "@ada:x")
        assert [one.by for one in practices.coauthorships(tx, "@ben:x")] == [None]
        practices.remove_coauthor(tx, other.number, "@mia:x")
        practices.forget_coauthor(tx, "@ben:x")
        assert practices.coauthors(tx, other.number) == []
        practices.add_coauthor(tx, other.number, "@mia:x", "@ben:x")
        practices.remove(tx, other)
        assert practices.coauthorships(tx, "@mia:x") == []
