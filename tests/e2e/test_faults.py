"""A network and a homeserver that fail in every way between the bot and a real Synapse."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.pipeline.patience import Patience
from storage import outbox
from tests.e2e.conftest import Arrive, Person
from tests.e2e.living import LivingBot
from tests.fakes.scripted_homeserver import Answer, ScriptedHomeserver

Bring = Callable[..., Awaitable[LivingBot]]
SEND = r"/rooms/{room}/send/m\.room\.message/"
ANY_SEND = r"/send/m\.room\.message/"
SYNC = r"/client/v3/sync"


class Waits:
    """A way to wait that only notes for how long; those who should wait longer are held until released."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.released = asyncio.Event()
        self.released.set()

    async def __call__(self, seconds: float) -> None:
        """Wait."""
        self.seconds.append(seconds)
        await asyncio.sleep(0.01)
        await self.released.wait()


@pytest.fixture
def waits() -> Waits:
    """How long the bot wanted to wait."""
    return Waits()


@pytest.fixture
async def ada(arrive: Arrive) -> Person:
    """Somebody who talks to the bot."""
    return await arrive("ada")


@pytest.fixture
async def bot(living: Bring, network: ScriptedHomeserver, ada: Person, waits: Waits) -> LivingBot:
    """A bot behind that network which wastes no time with waiting."""
    patience = Patience(sleep=waits, chance=lambda: 1.0)
    bot: LivingBot = await living(ada, url=network.url, patience=patience)
    await bot.start()
    return bot


async def answers(bot: LivingBot, ada: Person, *asked: str) -> list[list[str]]:
    """All answers to each of the events, as they are in the room now."""
    messages = await ada.messages(bot.hub_room)
    return [
        [
            message["content"]["body"]
            for message in messages
            if message["sender"] == bot.user_id
            and (message["content"].get("m.relates_to") or {}).get("m.in_reply_to", {}).get("event_id") == one
        ]
        for one in asked
    ]


@pytest.mark.synapse
@pytest.mark.parametrize(
    ("limit", "seconds"),
    [
        (Answer(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 7_000}), 7.0),
        (Answer(429, {"errcode": "M_LIMIT_EXCEEDED"}, headers={"Retry-After": "8"}), 8.0),
        (Answer(429, {"errcode": "M_LIMIT_EXCEEDED"}), 0.5),
        (Answer(429, b"<html>slow down</html>", headers={"Retry-After": "9"}), 9.0),
    ],
    ids=["body", "header", "neither", "no json"],
)
async def test_a_limit_holds_up_nobody_else(
    bot: LivingBot, ada: Person, network: ScriptedHomeserver, waits: Waits, limit: Answer, seconds: float
) -> None:
    """The limited room waits as long as it was told to; another room is answered meanwhile."""
    chat = await ada.direct(bot.user_id)
    await ada.answer(chat, await ada.say(chat, "ping"))
    waits.released.clear()
    network.script("PUT", SEND.format(room=bot.hub_room.replace("!", "(!|%21)")), limit)
    asked = await ada.say(bot.hub_room, "!ping")
    other = await ada.say(chat, "ping")
    assert (await ada.answer(chat, other))["content"]["body"] == "pong"
    assert await answers(bot, ada, asked) == [[]]
    waits.released.set()
    assert (await ada.answer(bot.hub_room, asked))["content"]["body"] == "pong"
    assert waits.seconds == [seconds]
    assert await answers(bot, ada, asked) == [["pong"]]


@pytest.mark.synapse
async def test_a_homeserver_that_is_away_for_a_while(
    bot: LivingBot, ada: Person, network: ScriptedHomeserver, waits: Waits
) -> None:
    """502 from a proxy, on hearing and on saying, in HTML and in nothing."""
    gone = [Answer(502, b"<html>Bad Gateway</html>"), Answer(503, b""), Answer(500, {"errcode": "M_UNKNOWN"})]
    network.script("GET", SYNC, *gone)
    network.script("PUT", ANY_SEND, *gone)
    asked = [await ada.say(bot.hub_room, "!ping") for _ in range(3)]
    for one in asked:
        await ada.answer(bot.hub_room, one)
    assert await answers(bot, ada, *asked) == [["pong"]] * 3
    assert len(waits.seconds) >= 3


@pytest.mark.synapse
@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_connection_that_drops_while_sending(
    bot: LivingBot, ada: Person, network: ScriptedHomeserver, drop: Any
) -> None:
    """Before the homeserver has the message, or after; it is in the room once."""
    network.script("PUT", ANY_SEND, *[Answer(drop=drop)] * 4)
    asked = [await ada.say(bot.hub_room, "!ping") for _ in range(3)]
    for one in asked:
        await ada.answer(bot.hub_room, one)
    assert await answers(bot, ada, *asked) == [["pong"]] * 3


@pytest.mark.synapse
async def test_answers_that_break_off_or_make_no_sense(
    bot: LivingBot, ada: Person, network: ScriptedHomeserver
) -> None:
    """A sync cut in its middle, one that is no JSON, one that is something else, one without its token."""
    network.script(
        "GET",
        SYNC,
        Answer(truncate=True),
        Answer(truncate=True),
        Answer(drop="after"),
        Answer(drop="after"),
        Answer(200, b"{"),
        Answer(200, []),
        Answer(200, {"rooms": {}}),
        Answer(200, b"[" * 100_000),
    )
    asked = [await ada.say(bot.hub_room, "!ping") for _ in range(2)]
    for one in asked:
        await ada.answer(bot.hub_room, one)
    assert await answers(bot, ada, *asked) == [["pong"]] * 2


@pytest.mark.synapse
async def test_an_unknown_position(bot: LivingBot, ada: Person, network: ScriptedHomeserver) -> None:
    """A homeserver that does not know where we were is asked for everything; nothing is answered twice."""
    before = await ada.say(bot.hub_room, "!ping")
    await ada.answer(bot.hub_room, before)
    network.script("GET", SYNC, Answer(400, {"errcode": "M_UNKNOWN_POS", "error": "gone"}))
    after = await ada.say(bot.hub_room, "!ping")
    await ada.answer(bot.hub_room, after)
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!ping"))
    assert await answers(bot, ada, before, after) == [["pong"], ["pong"]]


@pytest.mark.synapse
async def test_odd_messages_that_a_homeserver_accepts(bot: LivingBot, ada: Person) -> None:
    """They arrive, so they have to be lived with; commands are answered before and after."""
    text = {"msgtype": "m.text", "body": "!ping"}
    odd: list[tuple[str, Any]] = [
        ("m.room.message", {**text, "body": "!pi\0ng \0"}),
        ("m.room.message", {**text, "m.relates_to": {"m.in_reply_to": {"event_id": "$unknown"}}}),
        ("m.room.message", {**text, "m.relates_to": {"rel_type": "m.replace"}, "m.new_content": []}),
        ("m.room.message", {**text, "m.relates_to": {"m.in_reply_to": ["$b"], "a": {"b": [None]}}}),
        ("m.room.message", {**text, "m.mentions": {"extra": [1, None, {"a": "b"}]}}),
        ("m.room.message", {**text, "body": "!ping " + "x" * 50_000}),
        ("m.room.message", {"msgtype": "m.image", "body": "!ping", "url": 7, "info": []}),
        ("m.room.encrypted", {"algorithm": 7, "ciphertext": {"a": [1, 2, {"b": None}]}}),
        ("org.example.event", {"body": "!ping"}),
    ]
    for event_type, content in odd:
        await ada.send(bot.hub_room, event_type, content)
        asked = await ada.say(bot.hub_room, "!ping")
        assert (await ada.answer(bot.hub_room, asked))["content"]["body"] == "pong", content
    last = await ada.say(bot.hub_room, "!ping")
    await ada.answer(bot.hub_room, last)
    assert await answers(bot, ada, last) == [["pong"]]


@pytest.mark.synapse
async def test_what_the_homeserver_refuses_is_parked(
    bot: LivingBot, ada: Person, network: ScriptedHomeserver
) -> None:
    """The answer that is refused becomes a dead letter; the next one is sent."""
    network.script("PUT", ANY_SEND, Answer(403, {"errcode": "M_FORBIDDEN", "error": "You are muted"}))
    refused, heard = [await ada.say(bot.hub_room, "!ping") for _ in range(2)]
    await ada.answer(bot.hub_room, heard)
    assert await answers(bot, ada, refused, heard) == [[], ["pong"]]
    with bot.database.read() as tx:
        (letter,) = outbox.dead_letters(tx)
    assert letter.answers == refused
    assert letter.error == "403 M_FORBIDDEN You are muted"


@pytest.mark.synapse
async def test_a_thread_that_the_homeserver_does_not_know(
    bot: LivingBot, ada: Person, network: ScriptedHomeserver
) -> None:
    """Synapse refuses an answer in it for good; it is given outside of the thread."""
    asked = await ada.say(bot.hub_room, "quiet")
    content = {
        "msgtype": "m.notice",
        "body": "answer",
        "m.mentions": {},
        "m.relates_to": {
            "rel_type": "m.thread",
            "event_id": "$" + "a" * 43,
            "m.in_reply_to": {"event_id": asked},
        },
    }
    with bot.database.write("test") as tx:
        outbox.message(tx, bot.hub_room, content)
    assert bot.app is not None
    bot.app.sender.notify([bot.hub_room])
    answer = await ada.answer(bot.hub_room, asked)
    assert answer["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
