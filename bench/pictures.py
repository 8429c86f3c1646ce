"""How long the pictures of the self-assessment take, and whether one holds up anything else.

Each picture is made as for a member: drawn as SVG, handed to a process of its own, and taken back as PNG.
Meanwhile another thread and the program's loop wake every millisecond and note how late they were at the
worst; for comparison, they do so as long with nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial
from statistics import median

from bench.figures import machine, percentile
from bot.pictures import png
from commands.assessment import pictures, rules
from commands.assessment.pictures import Picture
from commands.assessment.service import Profile, Result
from config.languages import UI_LANGUAGES
from config.maturity import ATTRIBUTES, Model, bundled
from config.texts import texts

TICK = 0.001  # seconds
NOTHING = 0.07  # seconds: as long as a picture


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--runs", type=int, default=20)
    chosen = options.parse_args()
    print(f"{machine()}; {chosen.runs} of each, wall clock in ms")
    asyncio.run(_measure(chosen.runs))


async def _measure(runs: int) -> None:
    for name, draw in scenes():
        print(f"{name:24}{await measured(partial(_made, draw), runs)}")
    print(f"{'nothing':24}{await measured(partial(asyncio.sleep, NOTHING), runs)}")


async def _made(draw: Callable[[], Picture]) -> None:
    picture = await asyncio.to_thread(draw)  # as a command is carried out
    await png(picture.svg.encode())


def scenes() -> list[tuple[str, Callable[[], Picture]]]:
    """The pictures: a low, a middling and a full profile and the way between them, in each language."""
    model, _document = bundled()
    low, middling, full = (answered(model, level) for level in (0, 3, 5))
    day, later = date(2027, 3, 1), date(2027, 9, 30)
    found: list[tuple[str, Callable[[], Picture]]] = []
    for language in UI_LANGUAGES:
        spoken = texts(language)
        for name, profile in (("low", low), ("middling", middling), ("full", full)):
            draw = partial(pictures.of_profile, profile, spoken, day)
            found.append((f"{name} profile, {language}", draw))
        draw = partial(pictures.of_history, low, full, spoken, (day, later))
        found.append((f"history, {language}", draw))
    return found


def answered(model: Model, level: int) -> Profile:
    """A profile in which everything up to a level is fully there, and the next one in part."""
    results = []
    for process in model.processes:
        answers = {
            question.id: "F" if ATTRIBUTES[question.attribute] <= level else "P"
            for question in process.questions
        }
        results.append(Result(process, rules.climb(process, answers), datetime(2027, 3, 1, tzinfo=UTC)))
    return Profile(model, tuple(results))


async def measured(make: Callable[[], Awaitable[None]], runs: int) -> str:
    """The median and the 95th percentile of a picture, and how late the others were."""
    thread, loop = Late(), Late()
    beside = threading.Thread(target=thread.tick)
    beside.start()
    ticking = asyncio.create_task(loop.tick_in_the_loop())
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        await make()
        took.append((time.perf_counter() - began) * 1000)
    thread.stopped = loop.stopped = True
    await ticking
    beside.join()
    return (
        f"median {median(took):6.1f}, 95 % below {percentile(took, 95):6.1f}; meanwhile late by at the most:"
        f" a thread {thread.worst * 1000:5.1f}, the loop {loop.worst * 1000:5.1f}"
    )


class Late:
    """Something that wakes again and again, and how many seconds it was late at the worst."""

    def __init__(self) -> None:
        self.worst = 0.0
        self.stopped = False

    def tick(self) -> None:
        """Do so in a thread of its own."""
        while not self.stopped:
            due = time.perf_counter() + TICK
            time.sleep(TICK)
            self.worst = max(self.worst, time.perf_counter() - due)

    async def tick_in_the_loop(self) -> None:
        """Do so among what else the program's loop does."""
        while not self.stopped:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            self.worst = max(self.worst, time.perf_counter() - due)


if __name__ == "__main__":
    main()
