"""Whether anything is lost or said twice when everything is killed, at any moment, again and again.

People send commands in plain and in encrypted rooms to a bot that is ended by SIGKILL and SIGTERM at random
moments and started again. Meanwhile the homeserver, a real Synapse, is restarted and killed too, and while
the bot is down bursts of messages come that no single sync can hold. With PostgreSQL several processes may be
the bot: what is ended is the one that leads.

In the end the history of every room is read anew. Each command must have exactly one answer, which its sender
can read, and each practice that was shared must be in the library exactly once; else, or when the bot ended
by itself, the exit code is 1. How long a person waits is measured from sending to the moment when the answer
can be read.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bench.bots import Bots
from bench.figures import machine
from bench.outcome import Command, Outcome, Room, report
from bench.people import PATIENCE, EncryptingPerson, Person, account, answered
from bench.postgresql import new_server
from bench.processes import UNLIMITED, environment
from bench.words import REGISTER, SHARE
from bot import logs
from bot.demo.synapse import Synapse

EARLY_ENDS = (
    0.25  # of the ends: within so many seconds of the start of a process, which may not be at work yet
)
EARLY = 2.0
LONGEST_LIFE = 3.0  # seconds from the first answer of a life to its end
UP_AT_LAST = 30.0  # seconds after which a life ends though it gave no answer; perhaps Synapse is away
LONGEST_DEATH = 0.5  # seconds until it is started again
KILLS_PER_BURST = 10
BURST, COMMANDS_IN_BURST = 160, 40
SHARES = 0.25  # of the commands
QUIET = 90.0  # seconds without any new answer after which none will come any more


class Chaos:
    """The people, their rooms, and what happens to them."""

    def __init__(self, chosen: argparse.Namespace, folder: Path, database_url: str | None) -> None:
        self.chosen = chosen
        self.folder = folder
        self.database_url = database_url
        self.chance = random.Random(chosen.seed)
        self.fate = random.Random(chosen.seed + 1)  # apart, as people speak while things end
        self.synapse = Synapse(folder / "synapse", server_name="chaos.localhost", limits="none")
        self.people: list[Person] = []
        self.rooms: list[Room] = []
        self.commands: list[Command] = []
        self.arrived: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
        self.ended: Counter[str] = Counter()
        self.bursts = 0
        self.bot = self.synapse.user_id("proxenos")
        self._queues: dict[Person, asyncio.Queue[tuple[Room, str | None, bool]]] = {}
        self._restarting: asyncio.Task[None] | None = None
        self._titles = 0
        self._at_work = asyncio.Event()

    @property
    def story(self) -> str:
        """What happened to the bot and to Synapse, in a line."""
        ended = ", ".join(f"{name} {count}" for name, count in sorted(self.ended.items()))
        return f"ended: {ended}; {self.bursts} bursts of {BURST} messages"

    async def run(self) -> Outcome:
        """From the first word to what is in the rooms at the end."""
        await asyncio.to_thread(self.synapse.start)
        try:
            await asyncio.to_thread(self.synapse.register, "proxenos", "secret")
            async with self._people():
                hub = await self._make_rooms()
                settings = {
                    "PROXENOS_HOMESERVER_URL": self.synapse.url,
                    "PROXENOS_USER_ID": self.bot,
                    "PROXENOS_PASSWORD": "secret",
                    "PROXENOS_HUB_ROOM": hub.room_id,
                    **UNLIMITED,
                }
                if self.database_url:
                    settings["PROXENOS_STORE_KEY"] = "one for all processes"
                self.bots = Bots(settings, self.folder, self.database_url, 1 + self.chosen.standby)
                await self.bots.start()
                try:
                    try:
                        await self._begin(hub)
                    except TimeoutError:
                        raise SystemExit(
                            f"the bot does not come to work:\n{self.bots.last_words()}"
                        ) from None
                    await self._live()
                finally:
                    await self.bots.stop()
                return await self._look_back()
        finally:
            await asyncio.to_thread(self.synapse.stop)

    @contextlib.asynccontextmanager
    async def _people(self) -> AsyncIterator[None]:
        """Let people come, listen and speak until the block ends."""
        for number in range(self.chosen.people):
            folder = self.folder / f"person{number}"
            gateway = await account(self.synapse, f"person{number}", folder)
            self.people.append(
                EncryptingPerson(gateway, self.synapse.url, folder, strict=self.chosen.strict)
                if self.chosen.encrypted
                else Person(gateway)
            )
            await self.people[-1].listen()
            self._queues[self.people[-1]] = asyncio.Queue()
        tasks = [
            asyncio.create_task(work(person))
            for work in (self._listen, self._speak)
            for person in self.people
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended
            for person in self.people:
                await person.close()

    async def _make_rooms(self) -> Room:
        """A group of everybody and direct chats, plain and encrypted as was chosen; returns the hub room."""
        for encrypted in (False, True):
            if not (self.chosen.encrypted if encrypted else self.chosen.plain):
                continue
            host, *guests = self.people
            invited = [self.bot, *(guest.user_id for guest in guests)]
            group = Room(await host.room(*invited, encrypted=encrypted), self.people, encrypted)
            for guest in guests:
                await guest.gateway.join(group.room_id)
            self.rooms.append(group)
            for person in self.people:
                room_id = await person.direct(self.bot, encrypted=encrypted)
                self.rooms.append(Room(room_id, [person], encrypted))
        return self.rooms[0]

    async def _listen(self, person: Person) -> None:
        while True:
            await person.listen(timeout_ms=10_000)
            now = time.perf_counter()
            for _, event in person.heard():
                if event["sender"] == self.bot and (to := answered(event)):
                    body = str(event["content"].get("body", ""))
                    self.arrived[person.user_id, to].append((now, body))
                    self._at_work.set()

    async def _speak(self, person: Person) -> None:
        queue = self._queues[person]
        while True:
            room, title, talk = await queue.get()
            if talk:
                await person.say(room.room_id, "We met the partner city and will send the minutes.")
            else:
                text = "!ping" if title is None else SHARE.format(title=title)
                command = Command(person, room, time.perf_counter(), title)
                self.commands.append(command)
                command.event_id = await person.say(room.room_id, text)
            queue.task_done()

    # --- the story

    async def _begin(self, hub: Room) -> None:
        """Wait for the bot, register, and have one answer in each room."""
        try:
            async with asyncio.timeout(PATIENCE):
                for room in self.rooms:
                    await self._wait_for_the_bot(room)
                for person in self.people:
                    await self._register(person, hub)
                await self._one_ping_each()
        except TimeoutError:
            raise SystemExit(f"The bot does not come to work:\n{self.bots.last_words()}") from None

    async def _register(self, person: Person, hub: Room) -> None:
        name = person.user_id[1:].split(":")[0].title()
        asked = await person.say(hub.room_id, REGISTER.format(name=name))
        while not self.arrived[person.user_id, asked]:  # noqa: ASYNC110 -- somebody else listens
            await asyncio.sleep(0.02)

    async def _wait_for_the_bot(self, room: Room) -> None:
        person = room.people[0]
        while True:
            member = await person.gateway.state_event(room.room_id, "m.room.member", self.bot)
            if member and member.get("membership") == "join":
                break
            await asyncio.sleep(0.05)
        for one in room.people:
            if room.encrypted and isinstance(one, EncryptingPerson):
                await one.know(self.bot)

    async def _one_ping_each(self) -> None:
        for room in self.rooms:
            self._queues[room.people[0]].put_nowait((room, None, False))
        await self._all_said()
        await self._all_answered()

    async def _live(self) -> None:
        """Life after life of the bot, until all is said and answered; then one more life without an end."""
        kills, chance = self.chosen.kills, self.fate
        bursts = range(min(kills, KILLS_PER_BURST) // 2, kills, KILLS_PER_BURST)
        restarts = chance.sample(range(kills), self.chosen.restarts)
        in_burst = min(COMMANDS_IN_BURST, self.chosen.commands // 2 // max(1, len(bursts)))
        left = self.chosen.commands - in_burst * len(bursts)
        for number in range(kills):
            now = left // (kills - number)
            left -= now
            saying = asyncio.create_task(self._say(now, LONGEST_LIFE))
            if number in restarts:
                await self._restart_synapse()
            await self._let_live()
            how = chance.choice([signal.SIGKILL, signal.SIGTERM])
            self.ended[how.name] += 1
            await self.bots.end(how, chance.choice)
            if number in bursts:
                await self._burst(in_burst)
            await asyncio.sleep(chance.uniform(0, LONGEST_DEATH))
            await self.bots.start()
            await saying
        if self._restarting:
            await self._restarting
        await self._say(left, 0)
        await self._all_said()
        await self._all_answered()
        await self.bots.stop()
        await self.bots.start()
        # Whatever is still to be said would be said before the answer to these.
        await self._one_ping_each()

    async def _let_live(self) -> None:
        """Wait until a process has done something, mostly, and then a while."""
        if self.fate.random() < EARLY_ENDS:
            await asyncio.sleep(self.fate.uniform(0, EARLY))
            return
        self._at_work.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._at_work.wait(), UP_AT_LAST)
        await asyncio.sleep(self.fate.uniform(0, LONGEST_LIFE))

    async def _say(self, commands: int, seconds: float) -> None:
        """Let people send so many commands, spread over so many seconds."""
        for _ in range(commands):
            self._put(self._some_room())
            await asyncio.sleep(self.chance.uniform(0, 2 * seconds / commands))

    def _put(self, room: Room, *, talk: bool = False) -> None:
        title = None
        if not talk and self.chance.random() < SHARES:
            self._titles += 1
            title = f"Practice {self._titles:05} of {self.chosen.seed}"
        self._queues[self.chance.choice(room.people)].put_nowait((room, title, talk))

    def _some_room(self) -> Room:
        weights = (self.chosen.plain, self.chosen.encrypted)
        encrypted = self.chance.choices([False, True], weights)[0]
        rooms = [room for room in self.rooms if room.encrypted == encrypted]
        # Half of it in the group, where more than one speaks.
        return rooms[0] if self.chance.random() < 0.5 else self.chance.choice(rooms[1:])

    async def _burst(self, commands: int) -> None:
        """So much in one room while the bot is down that no sync can hold it."""
        self.bursts += 1
        await self._all_said()
        room = self.chance.choice([room for room in self.rooms if room.group])
        messages = [False] * commands + [True] * (BURST - commands)
        self.chance.shuffle(messages)
        for talk in messages:
            self._put(room, talk=talk)
        await self._all_said()

    async def _restart_synapse(self) -> None:
        """Begin to end Synapse and to start it again, while everything goes on."""
        if self._restarting:
            await self._restarting
        how = self.fate.choice(["SIGKILL", "SIGTERM"])
        self.ended[f"Synapse {how}"] += 1

        async def restart() -> None:
            await asyncio.to_thread(self.synapse.kill if how == "SIGKILL" else self.synapse.stop)
            await asyncio.to_thread(self.synapse.start)

        self._restarting = asyncio.create_task(restart())

    async def _all_said(self) -> None:
        for queue in self._queues.values():
            await queue.join()

    async def _all_answered(self) -> None:
        """Wait for every answer, or until none has come for a long time."""
        missing, changed = -1, time.monotonic()
        while time.monotonic() - changed < QUIET:
            before, missing = missing, sum(not self._seen(command) for command in self.commands)
            if not missing:
                return
            if missing != before:
                changed = time.monotonic()
            await asyncio.sleep(0.1)

    def _seen(self, command: Command) -> bool:
        """Whether the answer to a command came to the one who asked; notes how long that took."""
        if command.delay is None:
            for at, body in self.arrived.get((command.person.user_id, command.event_id), ()):
                if command.is_answer(body):
                    command.delay = at - command.sent_at
                    break
        return command.delay is not None

    # --- what is there at the end

    async def _look_back(self) -> Outcome:
        """Read all rooms from their beginning, and the library."""
        outcome = Outcome(self.commands, len(self.rooms))
        commands = {command.event_id: command for command in self.commands}
        for room in self.rooms:
            asked, told = [], {}
            for event in await room.people[0].history(room.room_id):
                if event["event_id"] in commands:
                    asked.append(event["event_id"])
                elif event["sender"] == self.bot:
                    outcome.unreadable += event["type"] == "m.room.encrypted"
                    to, body = answered(event), str(event["content"].get("body", ""))
                    command = commands.get(to or "")
                    if command is None:
                        continue
                    if command.is_answer(body):
                        command.answers.append(body)
                        told[to] = True
                    else:
                        outcome.remarks.append(body)
            outcome.out_of_order += list(told) != [one for one in asked if one in told]
        outcome.library = await asyncio.to_thread(self._library)
        return outcome

    def _library(self) -> Counter[str]:
        """The titles of all practices, and how often they are there."""
        exported = subprocess.run(
            [sys.executable, "-m", "bot", "export", "practices", "--format", "json"],
            env=environment(
                {
                    "PROXENOS_DATA_DIR": str(self.bots.data_dir(0)),
                    "PROXENOS_DATABASE_URL": self.bots.database_url_of(0),
                }
            ),
            cwd=self.bots.data_dir(0),
            stdout=subprocess.PIPE,
            check=True,
        )
        found: Any = json.loads(exported.stdout)
        return Counter(practice["title"] for practice in found["practices"])


def main() -> None:
    """Let it happen, and print what came of it."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--commands", type=int, default=2_000)
    options.add_argument("--kills", type=int, default=50, help="how often the bot is ended")
    options.add_argument("--restarts", type=int, default=5, help="how often Synapse is restarted")
    options.add_argument("--people", type=int, default=6)
    options.add_argument(
        "--plain", type=int, default=1, metavar="SHARE", help="of the commands in plain rooms"
    )
    options.add_argument("--encrypted", type=int, default=1, metavar="SHARE", help="and in encrypted ones")
    options.add_argument(
        "--strict", action="store_true", help="people trust only devices signed by their owner"
    )
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--standby", type=int, default=0, help="processes that stand by, with postgresql")
    options.add_argument("--seed", type=int, default=random.randrange(10_000))
    options.add_argument("--folder", type=Path, help="where to keep what everyone wrote; nowhere by default")
    chosen = options.parse_args()
    if not chosen.plain and not chosen.encrypted:
        options.error("commands have to be sent somewhere: --plain or --encrypted")
    if chosen.standby and chosen.database == "sqlite":
        options.error("--standby needs --database postgresql")
    if chosen.restarts > chosen.kills:
        options.error("Synapse is restarted while the bot is ended: not more --restarts than --kills")
    logs.configure("console", "error")
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = chosen.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database_url = None
        if chosen.database == "postgresql":
            database_url = stack.enter_context(new_server()).get_uri(driver="psycopg")
        chaos = Chaos(chosen, folder, database_url)
        outcome = asyncio.run(chaos.run())
        complaints = chaos.bots.complaints()
    print(f"{machine()}; seed {chosen.seed}, {time.monotonic() - began:.0f} s")
    print(f"{chosen.people} people, {chosen.database}, {chosen.standby} standing by; {chaos.story}")
    for line in report(outcome):
        print(line)
    for name, found in (
        ("ended by itself, with exit codes", chaos.bots.ended_by_themselves),
        ("told to end in order, with exit codes", chaos.bots.ended_badly),
        ("errors in the log", dict(complaints)),
    ):
        if found:
            print(f"{name}: {found}")
    if outcome.failed or chaos.bots.ended_by_themselves:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
