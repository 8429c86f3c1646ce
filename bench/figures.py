"""What is printed: medians, percentiles, how sure they are, and on what machine."""

from __future__ import annotations

import math
import os
import platform
import random
import sqlite3
from collections.abc import Sequence
from statistics import median

import psutil

RESAMPLES = 5_000


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def ratio_interval(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> tuple[float, float]:
    """The bootstrap interval (95 %) of the ratio of the medians of two things measured in pairs of blocks.

    Whole pairs are drawn anew, because what disturbs a machine disturbs it for longer than one measurement.
    """
    chance = random.Random(1)
    ratios = []
    for _ in range(RESAMPLES):
        drawn = chance.choices(pairs, k=len(pairs))
        ratios.append(
            median([value for ours, _ in drawn for value in ours])
            / median([value for _, theirs in drawn for value in theirs])
        )
    return percentile(ratios, 2.5), percentile(ratios, 97.5)


def machine() -> str:
    """The size of the machine, without its name."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}"
    )
