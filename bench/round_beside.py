"""How long a command waits while a round of matching goes on: `!ping` alone, while it is drawn, and while its
groups are asked.

    python -m bench.round_beside [--members 10000] [--blocks 3] [--seconds 10]

The members are those of `bench.matching`, with the texts of the sample; each has a direct chat. In each block
pings are sent with nothing else to do, then a round is begun, and pings are sent until it is drawn and for a
while after that; then it is stopped. A ping is sent when the one before is answered.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psutil
from sqlalchemy import insert
from sqlmodel import SQLModel

from bench.fake_homeserver import SERVER, USER_ID, person
from bench.figures import machine, percentile, ratio_interval
from bench.matching import described
from bench.processes import Homeserver, fake_homeserver, proxenos
from bench.scenes import few_rooms, first_command, joined, room_id, said
from commands.core import hours
from commands.core.context import Network
from commands.matching.rounds import service
from storage import rounds
from storage.database import Database
from storage.members import Line, Member
from storage.migrate import migrate
from storage.rooms import Room, RoomMember
from storage.rounds import Round, RoundState

ROOMS = 20
_AT_ONCE = 5_000  # rows
SETTLE = 5.0  # seconds after a round that was stopped, for what had been planned of it


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--members", type=int, default=10_000)
    options.add_argument("--blocks", type=int, default=3)
    options.add_argument(
        "--seconds", type=float, default=10.0, help="of pings alone, and while groups are asked"
    )
    chosen = options.parse_args()
    network = Network(user_id=USER_ID, hub_room=room_id(0), timezone=_zone_at_work(datetime.now(UTC)))
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}; {chosen.members:,} members")
    with tempfile.TemporaryDirectory() as folder, fake_homeserver(chosen.members) as homeserver:
        database = Database(f"sqlite:///{folder}/proxenos.db")
        migrate(database)
        _furnish(database, chosen.members)
        homeserver.hand_out(few_rooms(ROOMS, 10))
        settings = {"PROXENOS_TIMEZONE": network.timezone}
        with proxenos(homeserver.account, room_id(0), Path(folder), settings) as bot:
            homeserver.hand_out(first_command("!ping"))
            homeserver.answer_to("$first", bot)
            bench = _Bench(database, network, homeserver, bot)
            blocks = [bench.block(chosen.seconds) for _ in range(chosen.blocks)]
        database.close()
    for name, place in (("alone", 0), ("while a round is drawn", 1), ("while its groups are asked", 2)):
        _print(name, [ping for block in blocks for ping in block[place]])
    for name, place in (("drawing", 1), ("asking", 2)):
        low, high = ratio_interval([(block[place], block[0]) for block in blocks])
        ratio = median(itertools.chain(*(block[place] for block in blocks))) / median(
            itertools.chain(*(block[0] for block in blocks))
        )
        print(f"{name} / alone: {ratio:.2f} ({low:.2f} to {high:.2f})")
    memory = bench.memory / 2**20
    print(f"drawn after {median(bench.drawn):.1f} s, at most {memory:.0f} MB in the process for it")


class _Bench:
    """The bot, what it is asked, and what a round costs besides."""

    def __init__(
        self, database: Database, network: Network, homeserver: Homeserver, bot: subprocess.Popen[str]
    ) -> None:
        self.drawn: list[float] = []
        self.memory = 0
        self._database = database
        self._network = network
        self._homeserver = homeserver
        self._bot = bot
        self._numbers = itertools.count()

    def block(self, seconds: float) -> tuple[list[float], list[float], list[float]]:
        """Pings alone, while a round is drawn, and while its groups are asked."""
        end = time.monotonic() + seconds
        alone = self._pings(lambda: time.monotonic() < end)
        with self._database.write("begin") as tx:
            row = service.current(tx, self._network)
            number = row.id or 0
            service.begin_now(tx, self._network, row)
        start = time.monotonic()
        drawing = self._pings(lambda: self._is(number, RoundState.DRAWING))
        self.drawn.append(time.monotonic() - start)
        end = time.monotonic() + seconds
        asking = self._pings(lambda: time.monotonic() < end and self._is(number, RoundState.SENDING))
        with self._database.write("stop") as tx:
            row = rounds.get(tx, number) or Round(local_time="", timezone="", seed=0)
            service.put_off(tx, self._network, row)
        time.sleep(SETTLE)
        return alone, drawing, asking

    def _is(self, number: int, state: RoundState) -> bool:
        for child in psutil.Process(self._bot.pid).children():
            self.memory = max(self.memory, child.memory_info().rss)
        with self._database.read() as tx:
            row = rounds.get(tx, number)
            return row is not None and row.state == state

    def _pings(self, go_on: Callable[[], bool]) -> list[float]:
        """How long each answer took from the moment at which its command was there."""
        took = []
        while go_on():
            for _ in range(5):
                number = next(self._numbers)
                event_id = f"$ping{number}"
                start = time.monotonic()
                command = said(event_id, person(number % 10), "!ping")
                self._homeserver.hand_out({"join": {room_id(1 + number % (ROOMS - 1)): joined([command])}})
                took.append(self._homeserver.answer_to(event_id, self._bot).at - start)
        return took


def _print(name: str, seconds: list[float]) -> None:
    print(
        f"!ping {name}: {len(seconds)} times, median {median(seconds) * 1e3:.1f} ms,"
        f" p99 {percentile(seconds, 99) * 1e3:.1f} ms, at most {max(seconds) * 1e3:.1f} ms"
    )


def _zone_at_work(now: datetime) -> str:
    """A zone in which it is a working day's late morning, so that people are asked at once."""
    zones = [f"Etc/GMT{offset:+d}" for offset in range(-14, 13)]
    ahead = now + timedelta(hours=2)
    return next(zone for zone in zones if hours.works(now, zone) and hours.works(ahead, zone))


def _furnish(database: Database, count: int) -> None:
    """A network of so many members, all in the hub room, each in a direct chat with the bot."""
    chance = random.Random(1)
    like = list(described())
    with database.write("network") as tx:
        now = tx.now
        tx.session.add(Room(room_id=room_id(0), version="12", people=count + 1, since=now))
        tx.flush()
        for start in range(0, count, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, count))
            models = {number: chance.choice(like)[0] for number in numbers}
            lines: list[dict[str, object]] = [
                {"user_id": person(number), "side": side, "theme": line.theme, "text": line.text}
                for number in numbers
                for side, found in zip(("offer", "need"), chance.choice(like)[1:], strict=True)
                for line in found
            ]
            tables: dict[type[SQLModel], list[dict[str, object]]] = {
                Member: [_member(number, count, models[number], chance, now) for number in numbers],
                Room: [_chat(number, now) for number in numbers],
                RoomMember: [each for number in numbers for each in _people(number)],
                Line: lines,
            }
            for table, rows in tables.items():
                tx.connection.execute(insert(table), rows)


def _member(
    number: int, count: int, model: Member, chance: random.Random, now: datetime
) -> dict[str, object]:
    return {
        **model.model_dump(),
        "user_id": person(number),
        "name": f"Person {number}",
        "city": f"{model.city} {chance.randrange(max(1, count // 3))}",
        "registered_at": now,
        "updated_at": now,
    }


def _chat(number: int, now: datetime) -> dict[str, object]:
    chat = Room(room_id=_direct(number), version="12", direct_with=person(number), people=2, since=now)
    return chat.model_dump()


def _people(number: int) -> list[dict[str, object]]:
    places = ((room_id(0), person(number)), (_direct(number), person(number)), (_direct(number), USER_ID))
    return [
        {"room_id": room, "user_id": user, "membership": "join", "display_name": user[1:9]}
        for room, user in places
    ]


def _direct(number: int) -> str:
    return f"!direct{number}:{SERVER}"


if __name__ == "__main__":
    main()
