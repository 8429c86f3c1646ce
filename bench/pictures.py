"""How long the pictures of the self-assessment take, and how long one holds up everything else.

Each picture is drawn whole: SVG, and PNG of it. Meanwhile another thread wakes every millisecond, as the
program's loop would, and notes how late it was at the worst.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from statistics import median

from bench.figures import machine, percentile
from commands.assessment import pictures, rules
from commands.assessment.pictures import Picture
from commands.assessment.service import Profile, Result
from config.languages import UI_LANGUAGES
from config.maturity import ATTRIBUTES, Model, bundled
from config.texts import texts

TICK = 0.001  # seconds


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--runs", type=int, default=20)
    chosen = options.parse_args()
    print(f"{machine()}; {chosen.runs} of each, wall clock and CPU in ms")
    for name, draw in scenes():
        print(f"{name:24}{measured(draw, chosen.runs)}")


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


def measured(draw: Callable[[], Picture], runs: int) -> str:
    """The median and the 95th percentile of a picture, and how late the other thread was."""
    draw().png()  # the fonts' first reading is not what a picture costs
    late: list[float] = []
    stop = threading.Event()
    other = threading.Thread(target=_tick, args=(stop, late))
    other.start()
    wall, processor = [], []
    for _ in range(runs):
        began, used = time.perf_counter(), time.thread_time()
        draw().png()
        wall.append((time.perf_counter() - began) * 1000)
        processor.append((time.thread_time() - used) * 1000)
    stop.set()
    other.join()
    return (
        f"median {median(wall):6.1f}, 95 % below {percentile(wall, 95):6.1f}, CPU {median(processor):6.1f};"
        f" others waited {max(late) * 1000:6.1f} at the most"
    )


def _tick(stop: threading.Event, late: list[float]) -> None:
    due = time.perf_counter()
    while not stop.is_set():
        due += TICK
        time.sleep(TICK)
        late.append(max(0.0, time.perf_counter() - due))
        due = time.perf_counter()


if __name__ == "__main__":
    main()
