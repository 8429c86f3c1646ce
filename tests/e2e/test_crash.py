"""Killed between any two steps, and started again: as if nothing had happened.

A process with the real program is killed with SIGKILL at a moment of its life. After a normal start every
command has had exactly one effect and exactly one answer: rooms and tables are those of a bot that was never
killed.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from bot.matrix.gateway import Json
from commands.core.registry import load
from storage import inbox, outbox, tables
from storage.database import rows
from tests.e2e import mortal
from tests.e2e.conftest import PATIENCE, Arrive, ArriveEncrypting, EncryptingPerson, Person
from tests.e2e.living import LivingBot
from tests.e2e.machines import PROCESSES
from tests.e2e.words import REGISTER, SAID, SHARE

__all__ = ["REGISTER", "SHARE"]

Bring = Callable[..., Awaitable[LivingBot]]

MOMENTS = [
    # The receiver
    ("heard", 1),
    ("journaling", 1),
    ("journaled", 1),
    # The dispatcher, at a command that reads and at one that writes
    ("carrying out", 1),
    ("carrying out", 3),
    ("carried out", 3),
    # The sender
    ("before send_event", 2),
    ("after send_event", 1),
    ("after send_event", 4),
    ("marking", 1),
    ("marked", 1),
    # What has no transaction id
    ("before create_room", 1),
    ("after create_room", 1),
    ("before put_account_data", 1),
    ("after reserve_upload", 1),
    ("after upload", 1),
    ("before put_state", 1),
    ("after put_state", 1),
    ("after join", 2),  # the first one is that of the lobby
]


FIRST_MOMENTS = [  # of a device that nobody knows yet
    ("before keys_upload", 1),
    ("after keys_upload", 1),
    ("before upload_signing_keys", 1),
    ("after upload_signing_keys", 1),
    ("after upload_signatures", 1),
]
ENCRYPTED_MOMENTS = [
    # Hearing what was said, and the keys to it
    ("heard", 1),
    ("journaling", 1),
    ("journaled", 1),
    # Sharing a key before something is said
    ("after keys_query", 2),
    ("before send_to_device", 1),
    ("after send_to_device", 1),
    ("before send_event", 2),
    ("after send_event", 1),
    ("marking", 1),
    ("after create_room", 1),
    ("after reserve_upload", 1),
    ("after upload", 1),
]


_BY_JOB = """
    SELECT job, count(*) AS planned, count(DISTINCT due_at) AS hours,
        sum(CASE state WHEN 'waiting' THEN 1 ELSE 0 END) AS waiting
    FROM schedule GROUP BY job"""


@dataclass
class Outcome:
    """What came of everything: what was said in which room, how many rows are in which table, and of each
    job of every day how often it waits for its next hour, and how often it is there twice for one."""

    said: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    daily: dict[str, tuple[int, int]] = field(default_factory=dict)
    joins: dict[str, int] = field(default_factory=dict)
    pinned: int = 0


@dataclass
class Story:
    """Ada speaks in the lobby, Ben in a direct chat to which he invites the bot; the bot is not there yet."""

    ada: Person
    ben: Person
    bot: LivingBot
    chat: str
    asked: list[str]

    @classmethod
    async def begin(
        cls,
        arrive: Arrive | ArriveEncrypting,
        living: Bring,
        *,
        encrypted: bool = False,
        dies_first: tuple[str, int] | None = None,
    ) -> Story:
        """Let everything be said; `encrypted` by people who know the bot's device from an earlier start."""
        ada, ben = await arrive("ada"), await arrive("ben")
        bot = await living(ada, ben, encrypted=encrypted)
        await make_moderator(bot, ada)
        if dies_first:
            await killed_at(bot, *dies_first)
        if encrypted:
            await bot.start()
            for person in (ada, ben):
                assert isinstance(person, EncryptingPerson)
                await person.know(bot.user_id)
            await bot.stop()
        chat = await ben.direct(bot.user_id, encrypted=encrypted)
        asked = [await ada.say(bot.hub_room, words) for words in SAID]
        asked.append(await ben.say(chat, "ping"))
        return cls(ada, ben, bot, chat, asked)

    async def outcome(self) -> Outcome:
        """Wait until the bot has nothing left to do, and look at what everybody can see."""
        async with asyncio.timeout(PATIENCE):
            while not self._done():  # noqa: ASYNC110 - the database tells nobody when it changes
                await asyncio.sleep(0.02)
        outcome = Outcome()
        for person in (self.ada, self.ben):
            await person.listen()
        invitations = await self.ada.invitations()
        for room_id in invitations:
            await self.ada.gateway.join(room_id)
        await self.ada.listen()
        rooms = {"lobby": (self.ada, self.bot.hub_room), "ben": (self.ben, self.chat)}
        rooms |= {f"ada {number}": (self.ada, room_id) for number, room_id in enumerate(invitations)}
        for name, (person, room_id) in rooms.items():
            outcome.said[name] = [self._told(event) for event in await person.messages(room_id)]
            outcome.joins[name] = await self._joins(person, room_id)
        pinned = await self.ada.gateway.state_event(self.bot.hub_room, "m.room.pinned_events")
        outcome.pinned = len((pinned or {}).get("pinned", []))
        with self.bot.database.read() as tx:
            # How many sessions it took, and which zones' rules were looked up, is nobody's business.
            for table in tables.names() - {"crypto", "cursor", "heeded_zone"}:
                outcome.rows[table] = int(tx.connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608
            # Which of the hours at which something is done each day has struck meanwhile, neither.
            for row in rows(tx, _BY_JOB):
                if load().jobs[row["job"]].daily_at is not None:
                    outcome.rows["schedule"] -= row["planned"]
                    outcome.daily[row["job"]] = row["waiting"], row["planned"] - row["hours"]
        return outcome

    def _done(self) -> bool:
        with self.bot.database.read() as tx:
            heard = all(inbox.find(tx, event_id) for event_id in self.asked)
            unreadable = rows(tx, "SELECT 1 FROM inbox WHERE state = 'unreadable'")
            done = not (unreadable or inbox.waiting_rooms(tx) or outbox.waiting_lanes(tx))
            return heard and done

    async def _joins(self, person: Person, room_id: str) -> int:
        events = await person.history(room_id)
        joins = [
            event
            for event in events
            if event["type"] == "m.room.member"
            and event["state_key"] == self.bot.user_id
            and event["content"]["membership"] == "join"
        ]
        return len(joins)

    def _told(self, event: Json) -> tuple[str, str]:
        """What was said, without what differs from story to story; and in reply to what."""
        content = event["content"]
        relation = content.get("m.relates_to") or {}
        to = (relation.get("m.in_reply_to") or {}).get("event_id")
        words = re.sub(r"-e2e\d+|-\d{4}-\d\d-\d\d(?=\.json$)", "", content.get("body", ""))
        return words, f"answers {self.asked.index(to)}" if to in self.asked else ""


async def make_moderator(bot: LivingBot, person: Person) -> None:
    """Let the bot, which made the lobby, give somebody the power of a moderator."""
    gateway = await bot.visit()
    levels = await gateway.state_event(bot.hub_room, "m.room.power_levels") or {}
    levels["users"] = {**levels.get("users", {}), person.user_id: 50}
    await gateway.put_state(bot.hub_room, "m.room.power_levels", levels)
    await gateway.close()


undisturbed: dict[bool, Outcome] = {}


async def as_if_nothing_had_happened(
    arrive: Arrive | ArriveEncrypting, living: Bring, *, encrypted: bool = False
) -> Outcome:
    """What comes of the same story when nobody is killed; told once."""
    if encrypted not in undisturbed:
        story = await Story.begin(arrive, living, encrypted=encrypted)
        await story.bot.start()
        undisturbed[encrypted] = await story.outcome()
        await story.bot.stop()
    return undisturbed[encrypted]


async def killed_at(bot: LivingBot, moment: str, count: int) -> None:
    """Let a process be the bot until it kills itself."""
    told = {
        "url": bot.url,
        "user_id": bot.user_id,
        "hub_room": bot.hub_room,
        "data_dir": str(bot.data_dir),
        "encrypted": bot.encrypt_direct_chats,
        "review": bot.review,
        "review_room": bot.review_room,
        "moment": moment,
        "count": count,
    }
    log = bot.data_dir / "mortal.log"
    process = PROCESSES.Process(target=mortal.be, args=(told, str(log)))
    process.start()
    try:
        await asyncio.to_thread(process.join, PATIENCE)
        assert process.exitcode == -signal.SIGKILL, log.read_text(encoding="utf-8")[-3000:]
    finally:
        process.kill()
        process.join()


def same(outcome: Outcome, expected: Outcome) -> None:
    """Compare what came of two stories, room by room."""
    for room in expected.said:
        assert outcome.said.get(room) == expected.said[room]
    assert dict(sorted(outcome.rows.items() - expected.rows.items())) == dict(
        sorted(expected.rows.items() - outcome.rows.items())
    )
    assert outcome == expected


@pytest.mark.synapse
@pytest.mark.parametrize(("moment", "count"), MOMENTS, ids=[f"{m} {n}" for m, n in MOMENTS])
async def test_killed_and_started_again(arrive: Arrive, living: Bring, moment: str, count: int) -> None:
    """Every command has one effect and one answer, every room one join, and there is one direct chat."""
    expected = await as_if_nothing_had_happened(arrive, living)
    story = await Story.begin(arrive, living)
    await killed_at(story.bot, moment, count)
    await story.bot.start()
    same(await story.outcome(), expected)


@pytest.mark.synapse
@pytest.mark.parametrize(
    ("moment", "count"), ENCRYPTED_MOMENTS, ids=[f"{m} {n}" for m, n in ENCRYPTED_MOMENTS]
)
async def test_killed_while_encrypting(
    arrive_encrypting: ArriveEncrypting, living: Bring, moment: str, count: int
) -> None:
    """The same where everything is encrypted: everybody can read all of it, and nothing is said twice."""
    expected = await as_if_nothing_had_happened(arrive_encrypting, living, encrypted=True)
    story = await Story.begin(arrive_encrypting, living, encrypted=True)
    await killed_at(story.bot, moment, count)
    await story.bot.start()
    same(await story.outcome(), expected)


@pytest.mark.synapse
@pytest.mark.parametrize(("moment", "count"), FIRST_MOMENTS, ids=[f"{m} {n}" for m, n in FIRST_MOMENTS])
async def test_killed_at_the_first_start(
    arrive_encrypting: ArriveEncrypting, living: Bring, moment: str, count: int
) -> None:
    """Half of a device's keys published is no harm: the next start completes them."""
    expected = await as_if_nothing_had_happened(arrive_encrypting, living, encrypted=True)
    story = await Story.begin(arrive_encrypting, living, encrypted=True, dies_first=(moment, count))
    await story.bot.start()
    same(await story.outcome(), expected)


@pytest.mark.synapse
@pytest.mark.parametrize("encrypted", [False, True], ids=["in the open", "encrypted"])
async def test_the_story_itself(
    arrive: Arrive, arrive_encrypting: ArriveEncrypting, living: Bring, encrypted: bool
) -> None:
    """Without a kill: each command is answered once, the practice is shared and pinned once."""
    people = arrive_encrypting if encrypted else arrive
    outcome = await as_if_nothing_had_happened(people, living, encrypted=encrypted)
    assert sorted(outcome.said) == ["ada 0", "ben", "lobby"]
    answers = Counter(to for said in outcome.said.values() for _, to in said if to)
    assert answers == {f"answers {number}": 1 for number in range(len(SAID) + 1)}
    assert outcome.joins == {"ada 0": 1, "ben": 1, "lobby": 1}
    assert outcome.pinned == 1
    assert outcome.rows["member"] == outcome.rows["practice"] == 1
    assert set(outcome.daily.values()) == {(1, 0)}


@pytest.mark.synapse
async def test_killed_again_and_again(arrive: Arrive, living: Bring) -> None:
    """One process after the other dies, each a little further on."""
    expected = await as_if_nothing_had_happened(arrive, living)
    story = await Story.begin(arrive, living)
    for moment, count in (("journaled", 1), ("carried out", 2), ("after send_event", 3), ("after upload", 1)):
        await killed_at(story.bot, moment, count)
    await story.bot.start()
    same(await story.outcome(), expected)
