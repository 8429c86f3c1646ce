"""What the clock costs: finding what is due next among a million rows, and the chat while much is due.

In the second part a bot at a fast fake homeserver is asked `!ping`, one after the other: in turn while
nothing is due, and while some thousand rows that fell due at the same moment are worked off. Each of them
says something in one of a hundred rooms; each must be heard once.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from subprocess import Popen
from typing import Any

from sqlalchemy import insert

from bench.fake_homeserver import person
from bench.figures import machine, percentile, ratio_interval
from bench.postgresql import new_server
from bench.processes import Homeserver, fake_homeserver, proxenos
from bench.scenes import few_rooms, first_command, joined, room_id, said
from bench.takeover import new_database
from commands.core.context import Network
from commands.core.jobs import Job
from commands.core.registry import load
from storage import outbox, schedule
from storage.database import Database, Tx
from storage.migrate import migrate
from storage.schedule import DueRow

PEOPLE = 10  # in every room
ROOMS = 100
AT_ONCE = 10_000  # rows in one INSERT
TICKS = 3_600  # seconds for which the scheduler looks every second, so that it finds what we put there
STORE_KEY = "a key that the bot is given"
Pairs = list[tuple[list[float], list[float]]]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--future", type=int, default=1_000_000, help="rows that are due some day")
    options.add_argument("--due", type=int, default=10_000, help="rows that are due at once")
    options.add_argument("--blocks", type=int, default=4, help="of each kind")
    options.add_argument("--pings", type=int, default=40, help="in each block")
    options.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = options.parse_args()
    print(f"{machine()}; {chosen.future} rows ahead, {chosen.blocks} times {chosen.due} due at once")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {}
        if chosen.only != "postgresql":
            urls["SQLite"] = f"sqlite:///{folder / 'proxenos.db'}"
        if chosen.only != "sqlite":
            server = stack.enter_context(new_server())
            urls["PostgreSQL"] = new_database(server.get_uri(driver="psycopg"), "schedule")
        for name, url in urls.items():
            database = Database(url)
            try:
                migrate(database)
                _far_ahead(database, chosen.future)
                looks = _looks(database)
                print(
                    f"{name:10} next due {median(looks):.2f} ms, 95 % within {percentile(looks, 95):.2f} ms",
                    flush=True,
                )
                with _bot(url, folder) as (homeserver, bot):
                    pairs, seconds = _beside(
                        database, homeserver, bot, chosen.due, chosen.blocks, chosen.pings
                    )
                _tell(name, pairs, seconds, chosen.due)
            finally:
                database.close()


def _tell(name: str, pairs: Pairs, seconds: list[float], due: int) -> None:
    busy, quiet = ([value for block in side for value in block] for side in zip(*pairs, strict=True))
    low, high = ratio_interval(pairs)
    print(
        f"{name:10} quiet {median(quiet):.1f} ms, {due} rows due {median(busy):.1f} ms"
        f" (95 % within {percentile(quiet, 95):.1f} and {percentile(busy, 95):.1f} ms);"
        f" ratio of the medians {median(busy) / median(quiet):.2f} (95 % interval {low:.2f} to {high:.2f});"
        f" {due / median(seconds):.0f} rows a second",
        flush=True,
    )


def _far_ahead(database: Database, count: int) -> None:
    """So many rows from tomorrow on, a second apart."""
    begin = datetime.now(UTC) + timedelta(days=1)
    _plan(database, (("future", begin + timedelta(seconds=number)) for number in range(count)))


def _plan(database: Database, dues: Iterator[tuple[str, datetime]]) -> None:
    numbers = itertools.count()
    while part := list(itertools.islice(dues, AT_ONCE)):
        rows = [_row(f"{name}:{due.timestamp()}:{next(numbers)}", due) for name, due in part]
        with database.write("bench") as tx:
            tx.connection.execute(insert(DueRow), rows)


def _row(key: str, due: datetime) -> dict[str, Any]:
    return {
        "key": key,
        "job": "bench",
        "due_at": due,
        "local_time": due.replace(tzinfo=None).isoformat(),
        "timezone": "UTC",
        "payload": {"room": room_id(1 + hash(key) % ROOMS)} if key.startswith("due") else {},
        "state": "waiting",
    }


def _looks(database: Database) -> list[float]:
    """Milliseconds of looking for the next row."""
    found = []
    for _ in range(200):
        with database.read() as tx:
            began = time.perf_counter()
            schedule.next_due(tx)
            found.append((time.perf_counter() - began) * 1000)
    return found


@contextlib.contextmanager
def _bot(url: str, folder: Path) -> Iterator[tuple[Homeserver, Popen[str]]]:
    """A bot that answers, in a network of a hundred rooms and the hub."""
    settings = {"PROXENOS_DATABASE_URL": url}
    if not url.startswith("sqlite"):
        settings["PROXENOS_STORE_KEY"] = STORE_KEY
    with fake_homeserver(PEOPLE) as homeserver:
        homeserver.hand_out(few_rooms(1 + ROOMS, PEOPLE))
        program = ("bench.schedule", "bot")
        with proxenos(homeserver.account, room_id(0), folder, settings, program=program) as bot:
            homeserver.hand_out(first_command("!ping"))
            homeserver.answer_to("$first", bot)
            yield homeserver, bot


def _beside(
    database: Database, homeserver: Homeserver, bot: Popen[str], due: int, blocks: int, pings: int
) -> tuple[Pairs, list[float]]:
    """Milliseconds of each ping while rows are worked off and while none is, and the seconds that takes."""
    now = datetime.now(UTC)
    _plan(database, (("tick", now + timedelta(seconds=number)) for number in range(TICKS)))
    numbers = itertools.count()
    for _ in range(2):
        _block(homeserver, bot, pings, numbers)  # warm
    pairs, seconds = [], []
    for _ in range(blocks):
        quiet = _block(homeserver, bot, pings, numbers)
        heard = len(homeserver.answers())
        at = datetime.now(UTC)
        _plan(database, (("due", at) for _ in range(due)))
        began = time.monotonic()
        time.sleep(1.5)  # until the scheduler has looked
        busy = _block(homeserver, bot, min(pings, 5), numbers)
        while len(busy) < pings and _waiting(database):
            busy += _block(homeserver, bot, 5, numbers)
        pairs.append((busy, quiet))
        while _waiting(database):
            time.sleep(0.2)
        seconds.append(time.monotonic() - began)
        expected = heard + due + len(busy)
        while len(homeserver.answers()) < expected and bot.poll() is None:
            time.sleep(0.2)
        if len(homeserver.answers()) != expected:
            raise SystemExit("not each row was heard once")
    return pairs, seconds


def _waiting(database: Database) -> bool:
    with database.read() as tx:
        due = schedule.next_due(tx)
        return due is not None and due <= tx.now


def _block(homeserver: Homeserver, bot: Popen[str], pings: int, numbers: Iterator[int]) -> list[float]:
    """So many pings, one after the other; the milliseconds of each."""
    waited = []
    for _ in range(pings):
        event = said(f"$ping{next(numbers)}", person(0), "!ping")
        began = time.monotonic()
        homeserver.hand_out({"join": {room_id(0): joined([event])}})
        waited.append((homeserver.answer_to(event["event_id"], bot).at - began) * 1000)
        time.sleep(0.05)  # what is left to write down
    return waited


def _say(tx: Tx, _network: Network, payload: dict[str, Any]) -> None:
    if payload:
        outbox.message(tx, payload["room"], {"msgtype": "m.notice", "body": "It is time.", "m.mentions": {}})


def _run_bot() -> int:
    """The program, with one job more."""
    from bot.__main__ import main as proxenos_main

    load().jobs["bench"] = Job("bench", _say)
    return proxenos_main(["run"])


if __name__ == "__main__":
    if sys.argv[1:] == ["bot"]:
        sys.exit(_run_bot())
    main()
