"""The digests of a week for 1,000 rooms and 10,000 members: how long they take, and the chat meanwhile.

`python -m bench.digest` writes them all, by the scheduler's own way, while somebody says `!ping` again and
again; each has to be there once. `--postgresql` does it on a PostgreSQL server of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlmodel import col, select

from bench.figures import machine
from bench.postgresql import new_server
from bot.pipeline.scheduler import Scheduler
from commands.core.context import Network
from commands.core.conversation import Conversation
from commands.core.registry import load
from commands.practices.transfer import import_record
from config.data import read_json
from config.themes import themes
from storage import digest, inbox, practices, reuse, rooms, schedule, watching
from storage.database import Database, Tx
from storage.digest import Digest
from storage.events import Event, EventCard
from storage.inbox import InboxEvent, InboxState, Kind
from storage.members import Member, Preference
from storage.migrate import migrate
from storage.outbox import OutboxRow
from storage.reuse import Adoption, Thanks
from storage.rooms import Room

BOT, HUB = "@proxenos:example.org", "!hub:example.org"
DUE = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)  # nine o'clock in Berlin
A_WEEK = timedelta(days=7)
NETWORK = Network(user_id=BOT, hub_room=HUB, allowed_servers=("example.org",))


def main() -> None:
    """Write the digests and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=1_000)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--quiet", type=float, default=2.0, help="seconds in which only the chat is heard")
    asked = parser.parse_args()
    print(machine())
    with a_database(postgresql=asked.postgresql) as database:
        furnish(database, asked.rooms, asked.members)
        database.clock = lambda: DUE
        pings = Pings(database)
        quiet = pings.during(lambda: time.sleep(asked.quiet))
        started, busy = time.perf_counter(), time.process_time()
        beside = pings.during(lambda: write_all(database))
        took, busy = time.perf_counter() - started, time.process_time() - busy
        told = check(database)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{asked.rooms:,} rooms and {asked.members:,} members: {told:,} digests in {took:.1f} s"
            f" ({busy:.1f} s of CPU with the chat's), {told / took:.0f} a second, {memory:.0f} MB at most,"
            f" load {os.getloadavg()[0]:.1f}"
        )
        print(
            f"!ping meanwhile: {beside * 1000:.1f} ms in the median, {quiet * 1000:.1f} ms when it is quiet"
        )


@contextmanager
def a_database(*, postgresql: bool) -> Iterator[Database]:
    """An empty database with its tables."""
    if postgresql:
        with new_server() as server:
            yield from _migrated(server.get_uri(driver="psycopg"))
        return
    with tempfile.TemporaryDirectory() as folder:
        yield from _migrated(f"sqlite:///{Path(folder) / 'bench.db'}")


def _migrated(url: str) -> Iterator[Database]:
    database = Database(url)
    migrate(database)
    yield database
    database.close()


def write_all(database: Database) -> None:
    """Have the scheduler do all that is due."""
    scheduler = Scheduler(database, load().jobs, NETWORK, on_done=lambda _lanes: None)
    while scheduler._run_one() is not None:
        pass


class Pings:
    """Somebody who says `!ping` in the main room every few milliseconds."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.conversation = Conversation(load(), NETWORK)
        self.count = 0

    def during(self, work: object) -> float:
        """The median of the seconds that an answer takes while `work` is done."""
        assert callable(work)
        taken: list[float] = []
        done = threading.Event()

        def keep_asking() -> None:
            while not done.wait(0.02):
                begun = time.perf_counter()
                self.ping()
                taken.append(time.perf_counter() - begun)

        asking = threading.Thread(target=keep_asking)
        asking.start()
        try:
            work()
        finally:
            done.set()
            asking.join()
        return median(taken or [0.0])

    def ping(self) -> None:
        """One command, carried out as the dispatcher does."""
        self.count += 1
        event = InboxEvent(
            event_id=f"$ping-{self.count}",
            room_id=HUB,
            sender="@m000000:example.org",
            kind=Kind.MESSAGE,
            content={"msgtype": "m.text", "body": "!ping"},
            sent_at=DUE,
            received_at=DUE,
        )
        with self.database.write() as tx:
            inbox.journal(tx, [event])
        with self.database.write(event.event_id) as tx:
            self.conversation.handle(tx, event)
            inbox.mark(tx, event.event_id, InboxState.DONE)


def check(database: Database) -> int:
    """How many digests were written; each has to be there once."""
    with database.read() as tx:
        keys = tx.session.exec(select(OutboxRow.lane).where(col(OutboxRow.key).startswith("digest:"))).all()
        expected = len(tx.session.exec(select(Digest.id)).all())
    doubled = [lane for lane, count in Counter(keys).items() if count > 1]
    assert not doubled, f"{len(doubled)} got more than one"
    assert len(keys) > expected * 0.95, f"only {len(keys)} of {expected} had anything to tell"
    return len(keys)


# --- the network


def furnish(database: Database, room_count: int, member_count: int) -> None:
    """Rooms and members with a digest that is due, and a busy week."""
    chance = random.Random(1)
    database.clock = lambda: DUE - timedelta(days=2)
    with database.write("furnish") as tx:
        add_rooms(tx, room_count)
        add_members(tx, member_count, chance)
        schedule.plan(tx, "digests", "digests", DUE.replace(tzinfo=None), "UTC", {"part": 1})
    for record in read_json("practices.json")["practices"]:
        with database.write(f"import-{record['id']}") as tx:
            import_record(tx, record)
    with database.write("week") as tx:
        add_week(tx, member_count, chance)


def add_rooms(tx: Tx, count: int) -> None:
    """Rooms with a digest, every second in German, beside the main room."""
    tx.session.add(Room(room_id=HUB, people=9, power_levels={"users": {BOT: 100}}))
    for number in range(count):
        room_id = f"!room{number}:example.org"
        tx.session.add(Room(room_id=room_id, people=9, language=("en", "de")[number % 2]))
        add_digest(tx, room_id)
    tx.session.flush()


def add_members(tx: Tx, count: int, chance: random.Random) -> None:
    """Members with a direct chat and their own digest, of whom each has one to five themes."""
    known = [theme.id for theme in themes()]
    for number in range(count):
        user_id, room_id = f"@m{number:06}:example.org", f"!dm{number}:example.org"
        tx.session.add(
            Member(
                user_id=user_id,
                name=f"Member {number}",
                organisation="City",
                kind="city",
                city=f"City {number // 3}",
                country="DE",
                themes=chance.sample(known, chance.randint(1, 5)),
                consent_version="1",
                consent_at=tx.now,
                registered_at=tx.now,
                updated_at=tx.now,
            )
        )
        tx.session.add(Preference(user_id=user_id, locale=("en", "de")[number % 2]))
        tx.session.add(Room(room_id=room_id, people=2, direct_with=user_id))
        add_digest(tx, user_id)
    tx.session.flush()
    for number in range(count):
        user_id, room_id = f"@m{number:06}:example.org", f"!dm{number}:example.org"
        for room in (HUB, room_id):
            rooms.keep_member(tx, room, user_id, "join", f"Member {number}")


def add_digest(tx: Tx, lane: str) -> None:
    """A digest that is due on Monday at nine."""
    tx.session.add(Digest(lane=lane, weekday=0, hour=9, since=DUE - A_WEEK, next_at=DUE))


def add_week(tx: Tx, member_count: int, chance: random.Random) -> None:
    """What people did with the practices that were imported this week; events ahead."""
    numbers = [one.number for one in practices.newest(tx, 100)]
    for number in numbers[:5]:
        digest.keep(tx, digest.Pick(practice=number, reason="It is cheap and quick.", at=tx.now))
    for _ in range(500):
        user_id = f"@m{chance.randrange(member_count):06}:example.org"
        watching.bookmark(tx, user_id, chance.choice(numbers))
        if reuse.thanks_by(tx, number := chance.choice(numbers), user_id) is None:
            reuse.keep(tx, Thanks(practice=number, user_id=user_id, at=tx.now))
    for number in range(40):
        adoption = Adoption(
            practice=chance.choice(numbers),
            user_id=f"@m{number:06}:example.org",
            city=f"City {number}",
            country="DE",
            place=f"city {number}",
            created_at=tx.now,
            updated_at=tx.now,
        )
        reuse.keep(tx, adoption)
    for number in range(20):
        start = (DUE + timedelta(days=number)).replace(tzinfo=None)
        tx.session.add(event := an_event(tx, number, start))
        tx.session.flush()
        tx.session.add(EventCard(event=event.number, room_id=HUB, message=f"card-{number}", at=tx.now))


def an_event(tx: Tx, number: int, start: datetime) -> Event:
    """One of the events ahead; every fourth comes each week."""
    return Event(
        uid=f"event-{number}",
        kind="training",
        state="announced",
        title={"en": f"Training {number}", "de": f"Schulung {number}"},
        summary={"en": "Some words."},
        start=start,
        timezone="Europe/Berlin",
        minutes=60,
        rrule=None if number % 4 else "FREQ=WEEKLY",
        last_at=DUE + timedelta(days=60),
        themes=[],
        created_at=tx.now,
        updated_at=tx.now,
    )


if __name__ == "__main__":
    main()
