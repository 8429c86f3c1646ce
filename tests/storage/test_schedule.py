"""The schedule: local times as they were said, done once, whatever the clocks do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from storage import schedule
from storage.database import Database

BERLIN = "Europe/Berlin"
local = datetime.fromisoformat  # a time as people say it, without a zone
NOON = local("2027-03-01T12:00")


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        (local("2027-01-15T09:00"), datetime(2027, 1, 15, 8, 0, tzinfo=UTC)),
        (local("2027-07-15T09:00"), datetime(2027, 7, 15, 7, 0, tzinfo=UTC)),
        # Clocks go forward from 2 to 3: half past two does not exist and becomes half past three.
        (local("2027-03-28T02:30"), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        # Clocks go back from 3 to 2: half past two comes twice, the first one counts.
        (local("2027-10-31T02:30"), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_meant_in_its_zone(database: Database, said: datetime, moment: datetime) -> None:
    """The row keeps the time as it was said, and the moment that it means."""
    with database.write() as tx:
        schedule.plan(tx, "k", "job", said, BERLIN)
    with database.read() as tx:
        row = tx.session.get_one(schedule.DueRow, "k")
        assert row.due_at == moment
        assert (row.local_time, row.timezone) == (said.isoformat(), BERLIN)
        assert schedule.next_due(tx) == moment


@pytest.mark.parametrize(
    ("now", "hour", "expected"),
    [
        (datetime(2027, 3, 1, 0, 0, tzinfo=UTC), 3, local("2027-03-01T03:00")),
        (datetime(2027, 3, 1, 2, 0, tzinfo=UTC), 3, local("2027-03-02T03:00")),  # exactly three in Berlin
        (datetime(2027, 3, 1, 23, 30, tzinfo=UTC), 3, local("2027-03-02T03:00")),  # the next day already
        (datetime(2027, 3, 27, 12, 0, tzinfo=UTC), 2, local("2027-03-28T02:00")),  # an hour that is skipped
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), 2, local("2027-03-29T02:00")),
        (
            datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
            2,
            local("2027-11-01T02:00"),
        ),  # the first half past two
    ],
)
def test_the_next_hour_by_the_clock_on_the_wall(now: datetime, hour: int, expected: datetime) -> None:
    """Daily jobs are planned for the next time the wall clock shows the hour."""
    assert schedule.next_local(now, BERLIN, hour) == expected


def test_planning_again_changes_nothing(database: Database) -> None:
    """The same key is the same row, also when it has been done."""
    with database.write() as tx:
        schedule.plan(tx, "k", "job", NOON, BERLIN, {"first": True})
        row = schedule.plan(tx, "k", "job", NOON + timedelta(days=1), BERLIN, {"first": False})
        assert row.payload == {"first": True}
        schedule.finish(tx, row, "done")
        schedule.plan(tx, "k", "job", NOON, BERLIN)
        assert schedule.next_due(tx) is None


def test_only_what_is_due_is_claimed_and_the_latest_first(database: Database) -> None:
    """What has waited longest comes first, what is not due yet not at all, what is done never again."""
    now = [datetime(2027, 3, 1, 12, 0, tzinfo=UTC)]
    database.clock = lambda: now[0]
    with database.write() as tx:
        assert schedule.claim(tx) is None
        for hours in (1, 0, 5):
            schedule.plan(tx, f"in {hours}", "job", NOON + timedelta(hours=hours), BERLIN)
    now[0] += timedelta(hours=1)
    done = []
    for _ in range(3):
        with database.write() as tx:
            row = schedule.claim(tx)
            if row:
                done.append(row.key)
                schedule.finish(tx, row, "done")
    assert done == ["in 0", "in 1"]
    with database.read() as tx:
        assert schedule.next_due(tx) == datetime(2027, 3, 1, 16, 0, tzinfo=UTC)


def test_a_claim_that_is_not_finished_is_due_again(database: Database) -> None:
    """A process that dies in the middle of a job leaves the row as it was."""
    database.clock = lambda: datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
    with database.write() as tx:
        schedule.plan(tx, "k", "job", NOON, BERLIN)
    with database.write() as tx:
        assert schedule.claim(tx)
        tx.session.rollback()
    with database.write() as tx:
        row = schedule.claim(tx)
        assert row is not None
        assert row.state == "waiting"


def test_forgetting_leaves_what_still_waits(database: Database) -> None:
    """Rows that ended before the moment go, with whatever their payload told of people."""
    now = [datetime(2027, 3, 1, 12, 0, tzinfo=UTC)]
    database.clock = lambda: now[0]
    with database.write() as tx:
        for key in ("done", "waits"):
            schedule.plan(tx, key, "job", NOON, BERLIN)
        schedule.finish(tx, tx.session.get_one(schedule.DueRow, "done"), "done")
    now[0] += timedelta(days=31)
    with database.write() as tx:
        assert schedule.forget_before(tx, now[0] - timedelta(days=30)) == 1
        assert tx.session.get(schedule.DueRow, "waits")


def test_a_zone_with_new_rules_moves_what_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Local times stay as they were said; what was done stays done; nothing is touched again without need."""
    with database.write() as tx:
        for number in range(5):
            schedule.plan(tx, f"k{number}", "job", NOON, BERLIN)
        schedule.plan(tx, "elsewhere", "job", NOON, "Asia/Kathmandu")
        schedule.plan(tx, "utc", "job", NOON, "UTC")
        schedule.finish(tx, tx.session.get_one(schedule.DueRow, "k4"), "done")
    old = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)  # by rules that are no more
    with database.write() as tx:
        for number in range(5):
            tx.session.get_one(schedule.DueRow, f"k{number}").due_at = old
    with database.write() as tx:
        assert schedule.changed_zones(tx) == ["Asia/Kathmandu", BERLIN]
        assert schedule.heed_zone(tx, "Asia/Kathmandu") is None
        after = schedule.heed_zone(tx, BERLIN, limit=3)
        assert after == "k2"
        assert schedule.heed_zone(tx, BERLIN, after, limit=3) is None
    with database.read() as tx:
        due = [tx.session.get_one(schedule.DueRow, f"k{number}").due_at.hour for number in range(5)]
        assert due == [11, 11, 11, 11, 10]
        assert schedule.changed_zones(tx) == []
        monkeypatch.setattr(schedule, "_rules", lambda _zone: "other rules")
        assert schedule.changed_zones(tx) == ["Asia/Kathmandu", BERLIN]


def test_a_room_that_moves_takes_what_waits_along(database: Database) -> None:
    """Only what is for this room, and only what still waits."""
    with database.write() as tx:
        for key, room in (("mine", "!old:x"), ("other", "!other:x"), ("done", "!old:x")):
            schedule.plan(tx, key, "job", NOON, BERLIN, {"for_room": room, "number": 3})
        schedule.plan(tx, "none", "job", NOON, BERLIN)
        schedule.finish(tx, tx.session.get_one(schedule.DueRow, "done"), "done")
        schedule.move_room(tx, "!old:x", "!new:x")
    with database.read() as tx:
        found = {key: tx.session.get_one(schedule.DueRow, key).payload for key in ("mine", "other", "done")}
    assert found == {
        "mine": {"for_room": "!new:x", "number": 3},
        "other": {"for_room": "!other:x", "number": 3},
        "done": {"for_room": "!old:x", "number": 3},
    }


def test_many_processes_do_each_row_once(database: Database) -> None:
    """Three of them on one database, sixty rows due at the same moment."""
    with database.write() as tx:
        local_now = tx.now.replace(tzinfo=None)
        for number in range(60):
            schedule.plan(tx, f"k{number}", "job", local_now, "UTC")
    done: list[str] = []

    def work() -> None:
        other = Database(database.url.render_as_string(hide_password=False))
        while True:
            with other.write() as tx:
                row = schedule.claim(tx)
                if row is None:
                    break
                schedule.finish(tx, row, "done")
                done.append(row.key)
        other.close()

    with ThreadPoolExecutor(3) as pool:
        for working in [pool.submit(work) for _ in range(3)]:
            working.result()
    assert sorted(done) == sorted(f"k{number}" for number in range(60))
