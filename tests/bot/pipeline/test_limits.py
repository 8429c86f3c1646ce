"""A flood is answered up to a limit and told so once; a backlog is no flood."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.app import App
from bot.matrix.gateway import Json, Unavailable
from bot.pipeline.limits import Limit, Verdict
from tests.bot.pipeline.scene import BOT, Scene
from tests.fakes.homeserver import SERVER

NOTICE = "You are faster than I am"
ROOM_NOTICE = "There is too much at once for me in this room"


@pytest.fixture
def strict(scene: Scene) -> Scene:
    """A bot that reads 5 messages a minute of one person, and 12 in a room."""
    scene.network = replace(scene.network, sender_limit=5, room_limit=12)
    return scene


@asynccontextmanager
async def listening(scene: Scene) -> AsyncIterator[App]:
    """The bot at work, with everything from before heard."""
    async with scene.running() as app:
        await scene.settled()
        yield app
        await scene.settled()


async def test_a_flood_is_told_once_and_the_rest_is_passed_over(strict: Scene) -> None:
    """Five answers, one notice, silence; the log counts what was not read once it goes on."""
    with capture_logs() as logs:
        async with listening(strict):
            asked = [strict.ada.send(strict.hub, "!ping") for _ in range(20)]
            await strict.settled()
            strict.homeserver.now = lambda: datetime.now(UTC)  # the sender's clock does not help them
            other = strict.ben.send(strict.hub, "!ping")
    answers = [strict.answers(strict.hub, one) for one in asked]
    assert answers[:5] == [["pong"]] * 5
    assert answers[5][0].startswith(NOTICE)
    assert answers[6:] == [[]] * 14
    assert strict.answers(strict.hub, other) == ["pong"]
    (line,) = [entry for entry in logs if entry["event"] == "flood"]
    assert (line["of"], line["key"]) == ("sender", strict.ada.user_id)
    assert [strict.journaled(one) for one in asked[6:]] == [None] * 14


async def test_the_notice_is_in_the_reader_s_language(strict: Scene) -> None:
    """With when it goes on."""
    strict.ada.send(strict.hub, "!sprache deutsch")
    async with listening(strict):
        for _ in range(8):
            strict.ada.send(strict.hub, "!ping")
    (notice,) = [said for said in strict.said(strict.hub) if "schneller als ich" in said]
    assert "In einer Minute lese ich weiter" in notice


async def test_a_room_has_a_limit_of_its_own(strict: Scene) -> None:
    """Four people who each stay below theirs; direct chats go on."""
    people = [strict.homeserver.as_user(f"@person{n}:{SERVER}") for n in range(4)]
    for person in people:
        person.join(strict.hub)
    async with listening(strict):
        asked = [person.send(strict.hub, "!ping") for _ in range(4) for person in people]
        await strict.settled()
        chat = strict.direct(strict.ben)
        await strict.settled()
        private = strict.ben.send(chat, "ping")
    answers = [strict.answers(strict.hub, one) for one in asked]
    assert answers[:12] == [["pong"]] * 12
    assert answers[12][0].startswith(ROOM_NOTICE)
    assert answers[13:] == [[]] * 3
    assert strict.answers(chat, private) == ["pong"]


async def test_moderators_may_say_more(strict: Scene) -> None:
    """Up to what a room bears."""
    async with listening(strict):
        asked = [strict.mia.send(strict.hub, "!ping") for _ in range(12)]
    assert [strict.answers(strict.hub, one) for one in asked] == [["pong"]] * 12


async def test_what_was_said_while_the_bot_was_away_is_no_flood(strict: Scene) -> None:
    """However quickly it was said: the bot could not have answered in between."""
    await strict.run_once()
    asked = [strict.ada.send(strict.hub, "!ping") for _ in range(150)]
    await strict.run_once()
    assert [strict.answers(strict.hub, one) for one in asked] == [["pong"]] * 150


async def test_what_was_said_while_the_homeserver_was_away_is_no_flood(strict: Scene) -> None:
    """The bot ran, but could not hear."""
    async with listening(strict):
        failures = iter([Unavailable("502")] * 3)

        def fail(body: Json) -> Json:
            for failure in failures:
                raise failure
            return body

        strict.gateway.changes = fail
        asked = [strict.ada.send(strict.hub, "!ping") for _ in range(30)]
    assert [len(strict.answers(strict.hub, one)) for one in asked] == [1] * 30
    assert [said for said in strict.said(strict.hub) if said != "pong"] == []


async def test_what_comes_late_counts_by_when_it_was_said(strict: Scene) -> None:
    """A server that could not reach ours for an hour brings what its people said in that hour."""
    start = datetime.now(UTC) - timedelta(hours=1)
    moments = (start + timedelta(seconds=15 * n) for n in itertools.count())
    async with listening(strict):
        strict.homeserver.now = lambda: next(moments)
        asked = [strict.ada.send(strict.hub, "!ping") for _ in range(40)]
    assert [strict.answers(strict.hub, one) for one in asked] == [["pong"]] * 40


async def test_a_bot_that_answers_ours_does_not_keep_it_busy(strict: Scene) -> None:
    """It mentions us in every answer, as a text: the conversation ends by itself."""
    loud = strict.homeserver.as_user(f"@loud:{SERVER}")
    loud.join(strict.hub)

    def answer(body: Json) -> Json:
        hub = body.get("rooms", {}).get("join", {}).get(strict.hub, {})
        for event in hub.get("timeline", {}).get("events", ()):
            if event["sender"] == BOT and event["type"] == "m.room.message":
                loud.send(strict.hub, f"{BOT}: ping", mentions=[BOT], reply_to=event["event_id"])
        return body

    async with listening(strict):
        strict.gateway.changes = answer
        strict.ada.send(strict.hub, "!ping")
        await strict.settled()
    assert len(strict.said(strict.hub)) == 7  # Ada's answer, five for the other bot, and the notice


async def test_two_of_our_kind_do_not_talk_to_each_other(scene: Scene) -> None:
    """What a bot says is a notice, and a notice is never answered."""
    twin = scene.homeserver.as_user(f"@twin:{SERVER}")
    twin.join(scene.hub)
    async with listening(scene):
        twin.send(scene.hub, "!ping", msgtype="m.notice")
        twin.send(scene.hub, f"{BOT}: help", msgtype="m.notice", mentions=[BOT])
    assert scene.said(scene.hub) == []


@pytest.mark.parametrize("direct", [False, True])
async def test_a_message_that_is_too_long_is_answered_with_what_to_do(scene: Scene, direct: bool) -> None:
    """And nothing of it is kept; talk among people may be as long as they like."""
    async with listening(scene):
        room = scene.direct(scene.ada) if direct else scene.hub
        await scene.settled()
        scene.ada.send(scene.hub, "x" * 20_000)
        asked = scene.ada.send(room, f"!share {'many words ' * 1_800}")
        await scene.settled()
        edited = scene.ada.send(room, "!ping")
        await scene.settled()
        scene.ada.edit(edited, f"!ping {'x' * 20_000}")
    (answer,) = scene.answers(room, asked)
    assert answer.startswith("Your message has 19,807 characters; I read up to 16,000")
    row = scene.journaled(asked)
    assert row is not None
    assert row.content == {"length": 19_807}
    assert len([said for said in scene.said(room) if "characters" in said]) == 2


def never() -> bool:
    return False


def test_the_same_event_heard_again_counts_once() -> None:
    """A sync that could not be written down is heard again; its verdicts are the same."""
    limit = Limit("sender", 2)
    now = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    for _ in range(3):
        verdicts = [limit.judge("@ada:x", f"${n}", now, never) for n in range(4)]
        assert verdicts == [Verdict.TAKE, Verdict.TAKE, Verdict.TELL, Verdict.IGNORE]
    later = now + timedelta(minutes=1)
    with capture_logs() as logs:
        assert limit.judge("@ada:x", "$5", later, never) is Verdict.TAKE
    assert [(entry["event"], entry["ignored"]) for entry in logs] == [("flood_over", 3)]


def test_quiet_people_are_forgotten() -> None:
    """A million different senders fill no memory."""
    limit = Limit("sender", 2)
    now = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    for number in range(5_000):
        limit.judge(f"@{number}:x", f"${number}", now + timedelta(seconds=number), never)
    assert len(limit._recent) <= 1_001
