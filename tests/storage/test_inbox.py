"""The inbox keeps what was said once, in order, and gives it back room by room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from storage import inbox
from storage.database import Database
from storage.inbox import InboxEvent, InboxState, Kind

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def event(event_id: str, room_id: str = "!a", **values: Any) -> InboxEvent:
    """A message that is addressed to the bot."""
    given: dict[str, Any] = {
        "event_id": event_id,
        "room_id": room_id,
        "sender": "@ada:x",
        "kind": Kind.MESSAGE,
        "content": {"body": event_id},
        "sent_at": NOW,
        "received_at": NOW,
        **values,
    }
    return InboxEvent(**given)


def test_what_is_journaled_again_is_kept_once(database: Database) -> None:
    """A sync that is read twice, before or after the event was dealt with, changes nothing."""
    with database.write() as tx:
        assert inbox.journal(tx, [event("$1"), event("$2"), event("$1")]) == 2
        inbox.mark(tx, "$1", InboxState.DONE)
    with database.write() as tx:
        assert inbox.journal(tx, [event("$1"), event("$2"), event("$3")]) == 1
    with database.read() as tx:
        found = inbox.find(tx, "$1")
        assert found is not None
        assert found.state == InboxState.DONE


def test_a_backlog_of_any_length_can_be_journaled(database: Database) -> None:
    """More events than a database takes parameters in one statement."""
    backlog = [event(f"${number}", f"!{number % 7}") for number in range(100)]
    with database.write() as tx:
        assert inbox.journal(tx, backlog * 700) == len(backlog)
        assert len(inbox.waiting_rooms(tx)) == 7


def test_events_wait_in_the_order_in_which_they_came(database: Database) -> None:
    """Within a room the oldest is next; the room that waits longest is named first."""
    with database.write() as tx:
        inbox.journal(tx, [event("$1", "!b"), event("$2", "!a"), event("$3", "!b")])
        assert inbox.waiting_rooms(tx) == ["!b", "!a"]
        order = []
        while found := inbox.take_next(tx, "!b"):
            order.append(found.event_id)
        assert order == ["$1", "$3"]
        assert inbox.waiting_rooms(tx) == ["!a"]


def test_a_failed_or_withdrawn_event_does_not_wait(database: Database) -> None:
    """Whatever an end an event came to, it is not run again, and its reference can be found."""
    with database.write() as tx:
        inbox.journal(tx, [event("$1"), event("$2")])
        inbox.mark(tx, "$1", InboxState.FAILED, "0FADED00")
        inbox.mark(tx, "$2", InboxState.WITHDRAWN)
        assert inbox.take_next(tx, "!a") is None
        failed = inbox.find(tx, "$1")
        assert failed is not None
        assert failed.reference == "0FADED00"


def test_forgetting_leaves_what_still_waits(database: Database) -> None:
    """Only what was dealt with before the moment goes."""
    old = NOW - timedelta(days=31)
    with database.write() as tx:
        inbox.journal(tx, [event("$done", received_at=old), event("$waits", received_at=old), event("$new")])
        inbox.mark(tx, "$done", InboxState.DONE)
        inbox.mark(tx, "$new", InboxState.DONE)
        assert inbox.forget_before(tx, NOW - timedelta(days=30)) == 1
        assert inbox.find(tx, "$done") is None
        assert inbox.find(tx, "$waits")
        assert inbox.find(tx, "$new")


def test_the_sync_token_is_the_last_one_kept(database: Database) -> None:
    """There is none at the very start."""
    with database.write() as tx:
        assert inbox.sync_token(tx) is None
        inbox.keep_sync_token(tx, "s1")
        inbox.keep_sync_token(tx, "s2")
    with database.read() as tx:
        assert inbox.sync_token(tx) == "s2"
