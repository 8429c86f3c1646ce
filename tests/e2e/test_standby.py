"""Several processes on one PostgreSQL: whoever dies, each command is answered once, by whoever is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bench.postgresql import new_server
from bot.matrix.session import load_session, session_path
from storage.database import Database
from tests.e2e.conftest import Arrive, Person
from tests.e2e.living import LivingBot
from tests.e2e.machines import Machine
from tests.e2e.test_gap import answered
from tests.storage.conftest import new_database, postgres_url

__all__ = ["postgres_url"]

Bring = Callable[..., Awaitable[LivingBot]]
Build = Callable[[LivingBot, str], Machine]


@pytest.fixture
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The database that all machines share."""
    with new_database("postgresql", tmp_path, request) as database:
        yield database


@pytest.fixture
async def machine(shared: Database, tmp_path: Path) -> AsyncIterator[Build]:
    """How a machine is set up that shares the database; they are switched off at the end."""
    machines: list[Machine] = []

    def build(living: LivingBot, name: str) -> Machine:
        url = shared.url.render_as_string(hide_password=False)
        machines.append(Machine(living, url, tmp_path / name))
        return machines[-1]

    yield build
    for each in machines:
        await each.kill()


class Talk:
    """Somebody who keeps giving commands in two rooms until told to stop."""

    def __init__(self, person: Person, rooms: list[str]) -> None:
        self.person = person
        self.asked: dict[str, list[str]] = {room_id: [] for room_id in rooms}
        self._goes_on = True
        self._turn = asyncio.Lock()
        self._task = asyncio.create_task(self._talk())

    async def _talk(self) -> None:
        number = 0
        while self._goes_on:
            for room_id in self.asked:
                await self._ask(
                    room_id, "!ping" if number % 3 else f"!language {'de' if number % 2 else 'en'}"
                )
            number += 1
            await asyncio.sleep(0.2)

    async def _ask(self, room_id: str, words: str) -> str:
        async with self._turn:
            event_id = await self.person.say(room_id, words)
            self.asked[room_id].append(event_id)
        return event_id

    async def heard(self) -> None:
        """Wait until what is said from now on has been answered in every room."""
        for room_id in self.asked:
            await self.person.answer(room_id, await self._ask(room_id, "!ping"))

    async def end(self, living: LivingBot) -> None:
        """Say no more, wait for the last answers, and look at the rooms as everybody sees them."""
        self._goes_on = False
        await self._task
        await self.heard()
        for room_id, asked in self.asked.items():
            assert await answered(self.person, room_id, living) == asked


@pytest.fixture
async def talk(arrive: Arrive, living: Bring) -> tuple[LivingBot, Callable[[], Awaitable[Talk]]]:
    """A bot's account that nobody works for yet, and how Ada begins to talk in its lobby and another room."""
    ada = await arrive("ada")
    bot = await living(ada)

    async def begin() -> Talk:
        other = await ada.gateway.create_room({"preset": "private_chat", "invite": [bot.user_id]})
        return Talk(ada, [bot.hub_room, other])

    return bot, begin


Talking = tuple[LivingBot, Callable[[], Awaitable[Talk]]]


@pytest.mark.synapse
async def test_whoever_leads_is_killed(talk: Talking, machine: Build) -> None:
    """Three times; commands keep coming, each is answered once, and all processes are the same device."""
    bot, begin = talk
    leader, standby = machine(bot, "one"), machine(bot, "two")
    await leader.start()
    await leader.told("running")
    await standby.start()
    await standby.told("standing_by")
    talking = await begin()
    for turn in range(1, 4):
        await talking.heard()
        await leader.kill()
        await standby.told("taking_the_lead", (turn + 1) // 2)
        await talking.heard()
        await leader.start()
        await leader.told("standing_by", turn // 2 + 1)
        leader, standby = standby, leader
    await talking.end(bot)
    sessions = [load_session(session_path(each.data_dir)) for each in (leader, standby)]
    assert len({session.device_id for session in sessions if session}) == 1
    for each in (leader, standby):
        assert "error" not in each.log, each.log
        assert await each.stop() == 0


@pytest.mark.synapse
async def test_a_leader_that_is_cut_off_stands_back(talk: Talking, machine: Build, shared: Database) -> None:
    """The server ends the connections of the process that leads: it leads no more, or leads anew; nothing is
    said twice."""
    bot, begin = talk
    one, two = machine(bot, "one"), machine(bot, "two")
    await one.start()
    await one.told("running")
    await two.start()
    await two.told("standing_by")
    talking = await begin()
    for turn in range(1, 4):
        await talking.heard()
        with shared.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        for each in (one, two):
            await each.told("database_back", turn)
    await talking.heard()
    await talking.end(bot)
    for each in (one, two):
        assert "Traceback" not in each.log, each.log
        assert await each.stop() == 0


@pytest.mark.synapse
async def test_a_server_that_goes_away(talk: Talking, tmp_path: Path) -> None:
    """Both processes wait for it, say so in a line each way, and go on where they were."""
    bot, begin = talk
    with new_server() as server:
        url = server.get_uri(driver="psycopg")
        one, two = Machine(bot, url, tmp_path / "one"), Machine(bot, url, tmp_path / "two")
        try:
            await one.start()
            await one.told("running")
            await two.start()
            await two.told("standing_by")
            talking = await begin()
            await talking.heard()
            await asyncio.to_thread(server.stop)
            for each in (one, two):
                await each.told("database_away")
            await asyncio.sleep(3.0)  # what is said now has to wait
            await asyncio.to_thread(server.start)
            await talking.heard()
            await talking.end(bot)
            for each in (one, two):
                await each.told("database_back")
                assert each.log.count("database_away") == each.log.count("database_back") == 1, each.log
                assert "Traceback" not in each.log, each.log
                assert await each.stop() == 0
        finally:
            for each in (one, two):
                await each.kill()


@pytest.mark.synapse
async def test_a_machine_with_another_device_is_refused(talk: Talking, machine: Build) -> None:
    """It would say things twice; the sentence says what to do."""
    bot, _begin = talk
    one, two = machine(bot, "one"), machine(bot, "two")
    await one.start()
    await one.told("running")
    two.settings["PROXENOS_DEVICE_ID"] = "ANOTHER"
    await two.start()
    await two.told("But the database belongs to the device")
    assert await two.end() == 1
