"""Rounds of matching at work: drawn in a process of their own, so that the chat stays quick meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from commands.core.context import Network, with_current_hub
from commands.matching.rounds import service
from commands.matching.rounds.outcome import Outcome
from storage import rounds
from storage.database import Database

log = structlog.get_logger("rounds")

LOOK_AGAIN = 5.0  # seconds
LONGEST_PAUSE = 3600.0  # seconds after a round that could not be drawn, again and again
# One core is enough for it: the other is for those who talk to the bot.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Wanted:
    """A round that is to be drawn, or of which a preview is wanted (`drawn_at` is None)."""

    number: int
    drawn_at: datetime | None
    hub_room: str


class NotDrawn(Exception):
    """The process that was to draw ended without a result."""


async def draw_when_wanted(
    database: Database,
    network: Network,
    *,
    on_done: Callable[[set[str]], None],
    look_again: float = LOOK_AGAIN,
) -> None:
    """Have drawn what is to be drawn, now and later; `on_done` is told the destinations with something to
    send. Whatever ends it, the round is still to be drawn and is drawn the next time."""
    pause = look_again
    while True:
        wanted = await database.run(find, database, network)
        if wanted is None:
            await asyncio.sleep(look_again)
            continue
        try:
            outcome = await drawn(database, wanted)
        except NotDrawn as failed:
            log.warning("round_not_drawn", round=wanted.number, why=str(failed), again_in=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            continue
        pause = look_again
        on_done(await database.run(keep, database, network, wanted, outcome))


def find(database: Database, network: Network) -> Wanted | None:
    """What is to be drawn."""
    with database.read() as tx:
        row = rounds.to_work_out(tx)
        hub_room = with_current_hub(tx, network).hub_room
        return Wanted(row.id or 0, row.drawn_at, hub_room) if row else None


async def drawn(database: Database, wanted: Wanted) -> Outcome:
    """Draw in another process; it is killed when this is cancelled. Raises `NotDrawn`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot.draw"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **_ONE_THREAD},
    )
    assert process.stdin is not None  # noqa: S101  # both were asked for
    assert process.stdout is not None  # noqa: S101
    try:
        url = database.url.render_as_string(hide_password=False)
        asked = {"database": url, "round": wanted.number, "hub": wanted.hub_room}
        process.stdin.write(json.dumps(asked).encode() + b"\n")  # not an argument: others could read it
        said = await process.stdout.read()
        return await asyncio.to_thread(_read, said, await process.wait())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process.stdin.close()


def _read(said: bytes, code: int) -> Outcome:
    try:
        found = json.loads(said)
    except ValueError:
        raise NotDrawn(f"the process ended with {code}") from None
    if "error" in found:
        raise NotDrawn(found["error"])
    return Outcome.from_json(found)


def keep(database: Database, network: Network, wanted: Wanted, outcome: Outcome) -> set[str]:
    """Keep what was drawn, or tell it who wanted a preview; returns the destinations with something to
    send. What nobody wants any more by now comes to nothing."""
    with database.lead(f"round:{wanted.number}:{outcome.digest}") as tx:
        row = rounds.get(tx, wanted.number)
        if row is not None and wanted.drawn_at is None:
            service.tell_preview(tx, with_current_hub(tx, network), row, outcome)
        elif row is not None and service.is_being_drawn(row, wanted.drawn_at):
            service.keep(tx, row, outcome)
            log.info("round_drawn", round=row.id, pairs=row.pairs, threes=row.threes, alone=row.alone)
    return tx.lanes
