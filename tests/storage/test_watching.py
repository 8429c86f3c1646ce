"""What people keep an eye on, in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage import members, practices, watching
from storage.database import Database, Tx
from storage.members import Preference
from storage.practices import Practice, Status
from storage.watching import Watch
from tests.storage.test_reuse import ADA, BEN, practice

HOUR = timedelta(hours=1)
START = datetime(2027, 3, 1, 9, tzinfo=UTC)


def watch(tx: Tx, user_id: str, number: int = 1, seen_until: datetime | None = None) -> None:
    watching.keep_watch(
        tx,
        Watch(
            user_id=user_id,
            number=number,
            theme="climate",
            facets={"theme": ["climate"]},
            created_at=tx.now,
            seen_until=seen_until or tx.now,
        ),
    )


def step(tx: Tx, number: int, status: Status, at: datetime) -> None:
    found = practices.get(tx, number)
    assert found
    found.status = status
    tx.session.add(practices.PracticeStep(practice=number, status=status, at=at))
    tx.session.flush()


def test_what_is_new(database: Database) -> None:
    """Published for the first time within the time, and still to be seen; in its order."""
    with database.write("first") as tx:
        old, new, returned, archived, draft, later = (practice(tx) for _ in range(6))
        step(tx, old, Status.PUBLISHED, tx.now - HOUR)
        step(tx, old, Status.CURATED, tx.now + HOUR)
        step(tx, returned, Status.PUBLISHED, tx.now + 2 * HOUR)
        step(tx, returned, Status.ARCHIVED, tx.now + 3 * HOUR)
        step(tx, returned, Status.PUBLISHED, tx.now + 4 * HOUR)
        step(tx, new, Status.CURATED, tx.now + HOUR)
        step(tx, archived, Status.PUBLISHED, tx.now + HOUR)
        step(tx, archived, Status.ARCHIVED, tx.now + HOUR)
        step(tx, draft, Status.DRAFT, tx.now + HOUR)
        step(tx, later, Status.PUBLISHED, tx.now + 6 * HOUR)
        found = watching.new_practices(tx, tx.now, tx.now + 5 * HOUR)
        assert [(one.number, one.author, one.published_at - tx.now) for one in found] == [
            (new, ADA, HOUR),
            (returned, ADA, 2 * HOUR),
        ]
        assert watching.new_practices(tx, tx.now - 2 * HOUR, tx.now)[0].number == old


def test_who_is_to_be_told(database: Database) -> None:
    """By time zone, each once, until they have seen it."""
    with database.write("first") as tx:
        members.keep_preference(tx, Preference(user_id=BEN, timezone="Asia/Tokyo"))
        members.keep_preference(tx, Preference(user_id=ADA, locale="de"))
        for user_id in (ADA, BEN, "@cem:x"):
            watch(tx, user_id)
            watch(tx, user_id, 2, tx.now + HOUR)
        assert watching.zones_of_watchers(tx) == ["", "Asia/Tokyo"]
        until = tx.now + 2 * HOUR
        assert watching.watched_since(tx, "", until) == tx.now
        assert watching.watchers(tx, "", until, 1) == [ADA]
        assert [one.number for one in watching.watches_of(tx, [ADA, BEN])[BEN]] == [1, 2]
        watching.mark_seen(tx, [ADA], until)
        assert watching.watchers(tx, "", until, 5) == ["@cem:x"]
        assert watching.watchers(tx, "Asia/Tokyo", until, 5) == [BEN]
        watching.mark_seen(tx, ["@cem:x"], until)
        assert watching.watched_since(tx, "", until) is None


def test_bookmarks(database: Database) -> None:
    """Newest first, and only of what everyone may see; they go with the practice."""
    with database.write("first") as tx:
        first, second = practice(tx), practice(tx)
        assert watching.bookmark(tx, BEN, first)
        assert watching.bookmark(tx, BEN, second)
        assert not watching.bookmark(tx, BEN, second)
        assert [one.number for one in watching.bookmarked(tx, BEN)] == [second, first]
        step(tx, second, Status.ARCHIVED, tx.now)
        assert [one.number for one in watching.bookmarked(tx, BEN)] == [first]
        assert watching.remove_bookmark(tx, BEN, second)
        assert not watching.remove_bookmark(tx, BEN, second)
        found = tx.session.get(Practice, first)
        assert found
        practices.remove(tx, found)
        assert watching.bookmarks(tx, BEN) == []


@pytest.mark.parametrize("facets", [{}, {"country": ["PL"], "year": [2020, 2021]}])
def test_gaps(database: Database, facets: dict[str, list[object]]) -> None:
    """The same words and facets are one gap; what was counted just now is not counted again."""
    for hours in (0, 1, 1.1, 3):
        with database.write(f"at-{hours}") as tx:
            tx.now = START + hours * HOUR
            watching.count_gap(tx, "zeppelin docks", facets, "en", not_since=tx.now - HOUR / 2)
            watching.count_gap(tx, "zeppelin", facets, "en", not_since=tx.now + HOUR)
    with database.write("after") as tx:
        found = [(gap.words, gap.facets, gap.count) for gap in watching.gaps(tx, 5)]
        assert found == [("zeppelin", facets, 4), ("zeppelin docks", facets, 3)]
        assert watching.gaps(tx, 1)[0].last_at == START + 3 * HOUR
        assert watching.forget_gaps_before(tx, START + 3 * HOUR) == 0
        assert watching.forget_gaps_before(tx, START + 4 * HOUR) == 2
