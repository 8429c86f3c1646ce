"""How many commands a second go the whole way: heard, journaled, carried out, answered, marked.

A backlog waits at a fast fake homeserver. The clock runs from the moment at which it is handed out to the
moment at which the last answer arrives; each command must be answered once, and in its place.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from subprocess import Popen
from typing import NamedTuple

import psutil

from bench.figures import machine
from bench.processes import Account, bare_echo, fake_homeserver, import_practices, proxenos
from bench.scenes import backlog, few_rooms, first_command, room_id, searches

PEOPLE = 10  # in every room
Start = Callable[[Account, Path], AbstractContextManager[Popen[str]]]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--commands", type=int, default=3_000)
    options.add_argument("--rooms", type=int, default=50)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--only", choices=["ping", "search", "echo"])
    chosen = options.parse_args()
    print(f"{machine()}; {chosen.commands} commands in {chosen.rooms} rooms, {chosen.runs} runs")
    measured: dict[str, tuple[str, Start, list[str]]] = {
        "ping": ("Proxenos, !ping", _proxenos, ["!ping"]),
        "search": (
            "Proxenos, !search",
            _proxenos_with_practices,
            [f"!search {words}" for words in searches()],
        ),
        "echo": ("bare nio, !ping", _echo, ["!ping"]),
    }
    for kind, (name, start, texts) in measured.items():
        if chosen.only in (None, kind):
            runs = [run(start, texts, chosen.commands, chosen.rooms) for _ in range(chosen.runs)]
            rates, work = [run.rate for run in runs], [run.work for run in runs]
            print(
                f"{name:20}{median(rates):6.0f} a second, {median(work):.2f} ms of CPU each"
                f"   (runs: {' '.join(f'{rate:.0f}' for rate in rates)})",
                flush=True,
            )


class Run(NamedTuple):
    """Commands a second, and the bot's CPU time for each in milliseconds."""

    rate: float
    work: float


def run(start: Start, texts: list[str], commands: int, rooms: int) -> Run:
    """One backlog with a fresh homeserver and a fresh bot."""
    with tempfile.TemporaryDirectory() as folder, fake_homeserver(PEOPLE) as homeserver:
        homeserver.hand_out(few_rooms(rooms, PEOPLE))
        with start(homeserver.account, Path(folder)) as bot:
            homeserver.hand_out(first_command(texts[0]))
            homeserver.report(1, bot)
            before = _cpu_seconds(bot)
            waiting = backlog(texts, commands, rooms, PEOPLE)
            places = [homeserver.hand_out(sync) for sync in waiting.syncs]
            report = homeserver.report(commands + 1, bot)
            work = _cpu_seconds(bot) - before
    answered: dict[str, list[str]] = {}
    for answer in report.answers[1:]:
        answered.setdefault(answer.room_id, []).append(answer.event_id)
    if answered != waiting.commands:
        raise SystemExit(f"{commands} commands were not answered once each and in their order")
    return Run(commands / (report.answers[-1].at - report.handed_out[places[0]]), work / commands * 1000)


def _cpu_seconds(process: Popen[str]) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return times.user + times.system


def _proxenos(account: Account, data_dir: Path) -> AbstractContextManager[Popen[str]]:
    return proxenos(account, room_id(0), data_dir)


def _proxenos_with_practices(account: Account, data_dir: Path) -> AbstractContextManager[Popen[str]]:
    import_practices(data_dir)
    return proxenos(account, room_id(0), data_dir)


def _echo(account: Account, _data_dir: Path) -> AbstractContextManager[Popen[str]]:
    return bare_echo(account)


if __name__ == "__main__":
    main()
