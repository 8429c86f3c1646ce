"""How long a start takes in a large network, and how much memory: until the first answer, and at the most.

The network is 1,000 rooms with 100 people each, told as Synapse tells of it when members are loaded lazily.
In one of the rooms a `!ping` waits. First with nothing but an empty folder, then again after an orderly end.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.figures import machine
from bench.processes import Homeserver, fake_homeserver, proxenos
from bench.scenes import many_rooms, meanwhile, room_id

SETTLE = 4.0  # seconds; what a bot reads when it has answered needs memory too


class Start(NamedTuple):
    """Seconds from the start of the process to the first answer, and the most memory in MB."""

    seconds: float
    memory: float


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rooms", type=int, default=1_000)
    options.add_argument("--people", type=int, default=100)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    print(f"{machine()}; {chosen.rooms} rooms with {chosen.people} people each, {chosen.runs} runs")
    runs = [run(chosen.rooms, chosen.people) for _ in range(chosen.runs)]
    for name, starts in zip(("first start", "restart"), zip(*runs, strict=True), strict=True):
        print(
            f"{name:12}{median(start.seconds for start in starts):6.2f} s,"
            f" at most {max(start.memory for start in starts):4.0f} MB"
            f"   (runs: {' '.join(f'{start.seconds:.2f}' for start in starts)})"
        )


def run(rooms: int, people: int) -> tuple[Start, Start]:
    """A first start and a restart."""
    with tempfile.TemporaryDirectory() as folder, fake_homeserver(people) as homeserver:
        homeserver.hand_out(many_rooms(rooms, people))
        first = _start(homeserver, Path(folder), answers=1)
        homeserver.hand_out(meanwhile(rooms, people))
        return first, _start(homeserver, Path(folder), answers=2)


def _start(homeserver: Homeserver, data_dir: Path, *, answers: int) -> Start:
    began = time.monotonic()
    with proxenos(homeserver.account, room_id(0), data_dir) as bot:
        report = homeserver.report(answers, bot)
        time.sleep(SETTLE)
        status = Path(f"/proc/{bot.pid}/status").read_text("utf-8")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak
    return Start(report.answers[-1].at - began, int(peak[1]) / 1000)


if __name__ == "__main__":
    main()
