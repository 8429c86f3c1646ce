"""How long a command waits while others search: `!ping` in one room, alone and beside a flood of `!search`.

    python -m bench.search_beside [--practices 100000] [--pings 300]

The library is made of the documents of `bench.search_scale`. A ping is sent when the one before is answered,
each in the next of a few rooms; then the same while another room holds more searches than the bot gets done
meanwhile.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from bench.fake_homeserver import person
from bench.figures import machine, percentile
from bench.processes import Homeserver, fake_homeserver, proxenos
from bench.scenes import AT_ONCE, few_rooms, first_command, joined, room_id, said, searches
from bench.search_quality import CORPUS
from bench.search_scale import WORDS, Writer
from commands.practices import index
from storage import search
from storage.database import Database
from storage.migrate import migrate
from storage.practices import Practice

PEOPLE = 10
ROOMS = 20  # the last is the one that searches
_TEXTS = ("challenge", "evidence", "lessons", "transfer")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--practices", type=int, default=100_000)
    options.add_argument("--pings", type=int, default=300)
    options.add_argument("--corpus", type=Path, default=CORPUS)
    chosen = options.parse_args()
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}; {chosen.practices:,} practices")
    with tempfile.TemporaryDirectory() as folder, fake_homeserver(PEOPLE) as homeserver:
        _library(Path(folder), Writer(chosen.corpus, WORDS).documents(chosen.practices))
        homeserver.hand_out(few_rooms(ROOMS, PEOPLE))
        with proxenos(homeserver.account, room_id(0), Path(folder)) as bot:
            homeserver.hand_out(first_command("!search cycle paths"))
            homeserver.report(1, bot)
            quiet = _pings(homeserver, bot, "quiet", chosen.pings)
            # More than it gets done: it never waits for the next.
            searched = _flood(homeserver, chosen.pings * 40)
            start = time.monotonic()
            beside = _pings(homeserver, bot, "beside", chosen.pings)
            took = time.monotonic() - start
            done = sum(answer.event_id in searched for answer in homeserver.answers())
    if done == len(searched):
        raise SystemExit("the searches were done before the pings")
    _print("alone", quiet)
    _print(f"beside {done / took:.0f} searches a second", beside)


def _print(name: str, seconds: list[float]) -> None:
    print(
        f"!ping {name}: median {median(seconds) * 1e3:.1f} ms, p99 {percentile(seconds, 99) * 1e3:.1f} ms,"
        f" at most {max(seconds) * 1e3:.1f} ms",
        flush=True,
    )


def _pings(homeserver: Homeserver, bot: subprocess.Popen[str], name: str, count: int) -> list[float]:
    """How long each answer took from the moment at which its command was there."""
    took = []
    for number in range(count):
        event_id = f"${name}{number}"
        start = time.monotonic()
        room = room_id(number % (ROOMS - 1))
        homeserver.hand_out({"join": {room: joined([said(event_id, person(number % PEOPLE), "!ping")])}})
        took.append(homeserver.answer_to(event_id, bot).at - start)
    return took


def _flood(homeserver: Homeserver, count: int) -> set[str]:
    """Have one room search this often; returns the ids of the commands."""
    words = itertools.cycle(searches())
    commands = [
        said(f"$search{number}", person(number % PEOPLE), f"!search {next(words)}") for number in range(count)
    ]
    for start in range(0, count, AT_ONCE):
        homeserver.hand_out({"join": {room_id(ROOMS - 1): joined(commands[start : start + AT_ONCE])}})
    return {command["event_id"] for command in commands}


def _library(data_dir: Path, documents: Iterable[search.Document]) -> None:
    """The database of a bot to be, with these practices."""
    database = Database(f"sqlite:///{data_dir}/proxenos.db")
    migrate(database)
    with database.write() as tx:
        while batch := list(itertools.islice(documents, 5_000)):
            tx.connection.execute(insert(Practice), [_row(each, database) for each in batch])
        index.rebuild(tx)
    database.close()


def _row(document: search.Document, database: Database) -> dict[str, object]:
    now = database.clock()
    return {
        "number": document.number,
        "status": "published",
        "language": document.language,
        "title": document.title,
        "summary": document.fields["summary"],
        "solution": document.fields["solution"],
        **dict.fromkeys(_TEXTS, ""),
        "city": document.city,
        "country": document.country,
        "themes": list(document.themes),
        "sdgs": list(document.facets["sdg"]),
        "links": [],
        "sources": [],
        "seeking_partners": False,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


if __name__ == "__main__":
    main()
