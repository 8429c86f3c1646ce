"""Feeds malformed events through the receiver into the whole program, and looks whether it goes on.

The homeserver is one in memory; database, journal, commands and sender are the real ones. After every few
syncs somebody says `!ping`, which has to be answered, once. Whatever ends the program or is logged as an
error ends the run.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

from bench.figures import machine
from tests.bot.pipeline.odd import OddHomeserver
from tests.fakes.malformed import Mutator, recorded

SYNCS_AT_ONCE = 25


def main() -> None:
    """Feed and print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--events", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print(f"{machine()}; seed {chosen.seed}")
    begun = time.monotonic()
    outcome = asyncio.run(run(chosen.events, random.Random(chosen.seed)))
    print(f"{outcome['events']:,} malformed events in {outcome['syncs']:,} syncs: no crash, no error logged")
    print(f"{outcome['pings']:,} of {outcome['pings']:,} commands in between answered once")
    print(f"{time.monotonic() - begun:.0f} s")


async def run(events: int, chance: random.Random) -> dict[str, int]:
    """The recorded syncs, then as many random ones as it takes; raises `Broken`."""
    done = {"events": 0, "syncs": 0, "pings": 0}
    with tempfile.TemporaryDirectory() as folder:
        async with OddHomeserver(Path(folder)) as homeserver:
            mutator = Mutator(chance)
            waiting = recorded()
            while waiting or done["events"] < events:
                while len(waiting) < SYNCS_AT_ONCE and done["events"] < events:
                    body, count = mutator.sync(homeserver.hub)
                    waiting.append(body)
                    done["events"] += count
                await homeserver.tell(waiting)
                done["syncs"] += len(waiting)
                done["pings"] += 1
                waiting = []
    return done


if __name__ == "__main__":
    main()
