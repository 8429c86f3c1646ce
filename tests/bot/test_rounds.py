"""Rounds in the running program: drawn by another process, once, whatever is killed in between."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

import bot.rounds
from bot import draw
from bot.rounds import NotDrawn, Wanted, draw_when_wanted, drawn, find, keep
from commands.core.registry import load
from commands.matching.rounds import service
from commands.matching.rounds.outcome import Outcome
from storage import matching, outbox, rounds, schedule
from storage.database import Database
from storage.outbox import Action
from tests.blank import blank_database
from tests.commands.matching.rounds.town import fill
from tests.transcript import HUB, Chat


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Chat]:
    """Ten members; the round has begun."""
    database = Database(blank_database(tmp_path / "bot.db"))
    chat = Chat(database)
    fill(chat, 7)
    with database.write("begin") as tx:
        service.begin_now(tx, chat.network, service.current(tx, chat.network))
    yield chat
    database.close()


async def test_another_process_draws(town: Chat) -> None:
    """What it was told to, and once; killed in the middle it is begun anew by whoever leads next."""
    wanted = find(town.database, town.network)
    assert wanted
    drawing = asyncio.create_task(drawn(town.database, wanted))
    child = await a_child()
    drawing.cancel()
    await asyncio.gather(drawing, return_exceptions=True)
    assert not child.is_running()
    assert find(town.database, town.network) == wanted
    done = asyncio.Event()
    working = asyncio.create_task(
        draw_when_wanted(town.database, town.network, on_done=lambda _lanes: done.set(), look_again=0.01)
    )
    await done.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    with town.reading() as tx:
        row = rounds.get(tx, 1)
        assert row
        assert (row.state, row.peers, row.pairs, row.alone) == ("sending", 10, 5, 0)
        assert len(rounds.places(tx, 1)) == 10


def test_it_ends_with_the_bot(town: Chat) -> None:
    """Of a bot that was killed by force nothing is left working."""
    url = town.database.url.render_as_string(hide_password=False)
    asked = json.dumps({"database": url, "round": 1, "hub": HUB}) + "\n"  # and then nobody holds that end
    drawing = [sys.executable, "-P", "-m", "bot.draw"]
    ended = subprocess.run(drawing, input=asked, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")


async def test_what_goes_wrong_is_told_without_peoples_words(
    town: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its kind and place; the bot lives on and tries again."""
    with pytest.raises(NotDrawn, match=r"^LookupError in outcome, line \d+$"):
        await drawn(town.database, Wanted(99, None, HUB))
    failures = [NotDrawn("the process ended with -9")]

    async def fails_once(database: Database, wanted: Wanted) -> Outcome:
        if failures:
            raise failures.pop()
        return draw.outcome(database, wanted.number, wanted.hub_room)

    monkeypatch.setattr(bot.rounds, "drawn", fails_once)
    done = asyncio.Event()
    working = asyncio.create_task(
        draw_when_wanted(town.database, town.network, on_done=lambda _lanes: done.set(), look_again=0.01)
    )
    await done.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert find(town.database, town.network) is None


def test_killed_at_every_step_everyone_is_asked_once(town: Chat) -> None:
    """Each step is once done in vain: the program is killed just before it would be kept."""
    wanted = find(town.database, town.network)
    assert wanted
    outcome = draw.outcome(town.database, wanted.number, wanted.hub_room)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "go_on", killed)
        with pytest.raises(Killed):
            keep(town.database, town.network, wanted, outcome)
    with town.reading() as tx:
        assert rounds.places(tx, 1) == []
    keep(town.database, town.network, wanted, outcome)
    keep(town.database, town.network, wanted, outcome)  # another that had drawn meanwhile
    steps = 0
    town.clock.forward(seconds=1)
    while step(town, after=killed):
        step(town)
        steps += 1
        town.clock.forward(seconds=1)
    with town.reading() as tx:
        asked = [user for _, *two, _ in matching.proposed_pairs(tx) for user in two]
        assert len(asked) == len(set(asked)) == 10
        letters = [row for number in range(1, 6) for row in outbox.on_topic(tx, f"introduction:{number}")]
    assert len({row.lane for row in letters if row.action == Action.MESSAGE}) == 10
    assert sum(row.action == Action.MESSAGE for row in letters) == 10
    assert steps >= 12  # two for the groups, and one for each who is asked


def test_the_bot_does_not_carry_what_it_seldom_needs() -> None:
    """Its memory is that of a small machine."""
    everything = "import sys, bot.app; from commands.core.registry import load; load(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", everything], capture_output=True, text=True, check=True
    )
    assert "commands.matching.rounds.handlers" in loaded.stdout
    for_drawing = {"numpy", "resvg_py", "rustworkx"}
    for_others = {
        "alembic",
        "psycopg",
        "requests",
        "robust_downloader",
    }  # an update, PostgreSQL, nothing at all
    assert not (for_drawing | for_others) & set(loaded.stdout.split())


def killed(*_args: object, **_fields: object) -> None:
    """Instead of what would be done next."""
    raise Killed


def step(chat: Chat, after: Callable[[], None] = lambda: None) -> bool:
    """Do what is due the longest, and something after it before it is kept; False if nothing is due."""
    with suppress(Killed), chat.database.write() as tx:
        row = schedule.claim(tx)
        if row is None:
            return False
        tx.source = f"job:{row.key}"
        if row.job in ("round_send", "introduction_request"):
            load().jobs[row.job].run(tx, chat.network, row.payload)
        schedule.finish(tx, row, "done")
        after()
    return True


async def a_child() -> psutil.Process:
    """The process that draws, once it is there."""
    while True:
        for child in psutil.Process().children():  # other tests have theirs, which may be ending just now
            with contextlib.suppress(psutil.Error):
                if "bot.draw" in child.cmdline():
                    return child
        await asyncio.sleep(0.01)  # nobody tells when it is
