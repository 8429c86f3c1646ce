"""Commands are carried out in their order, one by one, and a bug in one of them harms no other."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from bot.logs import exceptions_without_words
from bot.matrix.gateway import Refused, Unavailable
from bot.pipeline import dispatcher
from storage import inbox, members
from storage.inbox import InboxState
from tests.bot.pipeline.scene import BOT, Exploding, Scene
from tests.fakes.homeserver import SERVER, FakeUser


async def test_a_room_is_answered_in_its_order_and_rooms_side_by_side(scene: Scene) -> None:
    """A room with a long backlog does not hold up one with a short one."""
    other = scene.ben.create_room(preset="public_chat")
    scene.homeserver.as_user(BOT).join(other)
    asked = [scene.ada.send(scene.hub, "!ping") for _ in range(90)]
    brief = scene.ben.send(other, "!ping")
    await scene.run_once()
    answers = [
        event["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
        for event in scene.homeserver.timeline(scene.hub)
        if event["sender"] == BOT and event["type"] == "m.room.message"
    ]
    assert answers == asked
    with scene.database.read() as tx:
        done = [inbox.find(tx, event_id) for event_id in (brief, asked[-1])]
    first, last = (event.done_at for event in done if event and event.done_at)
    assert first < last


async def test_commands_that_take_long_hold_up_no_other_room(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room whose commands each take longer than a turn has one of them done while another room waits."""
    monkeypatch.setattr(dispatcher, "TURN", 0.0)
    other = scene.ben.create_room(preset="public_chat")
    scene.homeserver.as_user(BOT).join(other)
    asked = [scene.ada.send(scene.hub, "!search water") for _ in range(3)]
    brief = scene.ben.send(other, "!ping")
    await scene.run_once()
    with scene.database.read() as tx:
        events = [inbox.find(tx, event_id) for event_id in (*asked, brief)]
    done = [event.done_at for event in events if event and event.done_at]
    *long, short = done
    assert long == sorted(long)
    assert short < long[1]


async def test_a_bug_is_told_with_a_reference_and_not_repeated(scene: Scene) -> None:
    """In the middle of a batch: the others are answered, the reference is in the log, a restart is quiet."""
    before, broken, after = (scene.ada.send(scene.hub, text) for text in ("!ping", "!about", "!ping"))
    with capture_logs() as logs:
        await scene.run_once()
    assert scene.answers(scene.hub, before) == ["pong"]
    assert scene.answers(scene.hub, after) == ["pong"]
    (apology,) = scene.answers(scene.hub, broken)
    (entry,) = (entry for entry in logs if entry["event"] == "command_failed")
    assert entry["reference"] in apology
    assert entry["error"] == Exploding.__name__
    row = scene.journaled(broken)
    assert row is not None
    assert (row.state, row.reference) == (InboxState.FAILED, entry["reference"])
    with capture_logs() as logs:
        await scene.run_once()
    assert [entry for entry in logs if entry["event"] == "command_failed"] == []
    assert len(scene.answers(scene.hub, broken)) == 1


async def test_no_word_of_a_message_is_in_the_log(scene: Scene) -> None:
    """Neither when all goes well nor when it does not."""
    seen: list[str] = []

    def keep(_logger: object, _name: str, entry: structlog.typing.EventDict) -> str:
        seen.append(repr(entry))
        return ""

    structlog.configure(processors=[exceptions_without_words, keep], cache_logger_on_first_use=False)
    try:
        for text in ("!ping canary", "!about canary", "!canary", "canary"):
            scene.ada.send(scene.hub, text)
        scene.gateway.fail_next("send_event", Refused(403, "M_FORBIDDEN"), times=2)
        await scene.run_once()
    finally:
        structlog.reset_defaults()
    assert any("command_failed" in entry for entry in seen)
    assert [entry for entry in seen if "canary" in entry] == []


async def test_a_waiting_command_is_replaced_by_its_edit(scene: Scene) -> None:
    """Only the newer words are carried out, and answered once."""
    asked = scene.ada.send(scene.hub, "!language en")
    scene.ada.edit(asked, "!language de")
    await scene.run_once()
    assert len(scene.answers(scene.hub, asked)) == 1
    with scene.database.read() as tx:
        assert members.preference(tx, scene.ada.user_id).locale == "de"


async def test_an_edit_that_arrives_later_replaces_a_command_that_still_waits(scene: Scene) -> None:
    """The command was journaled in one sync, its edit comes in the next, and none of it was run yet."""
    await scene.run_once()
    asked = scene.ada.send(scene.hub, "!language en")
    await scene.journal_latest()
    scene.ada.edit(asked, "!language de")
    await scene.journal_latest()
    await scene.run_once()
    assert len(scene.answers(scene.hub, asked)) == 1
    with scene.database.read() as tx:
        assert members.preference(tx, scene.ada.user_id).locale == "de"


async def test_an_edit_of_a_harmless_command_replaces_its_answer(scene: Scene) -> None:
    """`!ping` becomes `!help ping`: there is one answer, and it is edited."""
    asked = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    scene.ada.edit(asked, "!help ping")
    await scene.run_once()
    first, second = (
        e for e in scene.homeserver.timeline(scene.hub) if e["sender"] == BOT and "body" in e["content"]
    )
    assert first["content"]["body"] == "pong"
    assert second["content"]["m.relates_to"] == {"rel_type": "m.replace", "event_id": first["event_id"]}
    assert "ping" in second["content"]["m.new_content"]["body"]


async def test_an_edit_of_a_command_that_wrote_is_explained(scene: Scene) -> None:
    """What was done stays done, and the person is told so."""
    asked = scene.ada.send(scene.hub, "!language de")
    await scene.run_once()
    scene.ada.edit(asked, "!language en")
    await scene.run_once()
    assert len(scene.answers(scene.hub, asked)) == 2
    with scene.database.read() as tx:
        assert members.preference(tx, scene.ada.user_id).locale == "de"


async def test_an_edit_of_a_command_forgotten_since_runs_nothing(scene: Scene) -> None:
    """After the words of a command were deleted, an edit of it is not taken for a new one."""
    asked = scene.ada.send(scene.hub, "!language de")
    await scene.run_once()
    with scene.database.write() as tx:
        assert inbox.forget_before(tx, tx.now + timedelta(days=1)) == 1
    scene.ada.edit(asked, "!language en")
    await scene.run_once()
    with scene.database.read() as tx:
        assert members.preference(tx, scene.ada.user_id).locale == "de"


async def test_an_edit_by_somebody_else_is_nothing(scene: Scene) -> None:
    """Neither while the command waits nor after it was answered."""
    asked = scene.ada.send(scene.hub, "!language de")
    scene.ben.edit(asked, "!language en")
    await scene.run_once()
    scene.ben.edit(asked, "!language en")
    await scene.run_once()
    assert len(scene.said(scene.hub)) == 1
    with scene.database.read() as tx:
        assert members.preference(tx, scene.ada.user_id).locale == "de"
        assert members.preference(tx, scene.ben.user_id).locale is None


async def test_words_that_become_a_command_by_an_edit_are_one(scene: Scene) -> None:
    """The prefix was forgotten at first."""
    asked = scene.ada.send(scene.hub, "ping")
    await scene.run_once()
    scene.ada.edit(asked, "!ping")
    await scene.run_once()
    assert scene.said(scene.hub) == ["pong"]


async def test_a_command_taken_back_while_it_waits_is_not_carried_out(scene: Scene) -> None:
    """In the same sync, or in a later one."""
    scene.ada.redact(scene.ada.send(scene.hub, "!language de"))
    await scene.run_once()
    asked = scene.ada.send(scene.hub, "!language de")
    await scene.journal_latest()
    scene.ada.redact(asked)
    await scene.journal_latest()
    await scene.run_once()
    assert scene.said(scene.hub) == []
    with scene.database.read() as tx:
        assert members.preference(tx, scene.ada.user_id).locale is None


async def test_a_command_stays_though_somebody_else_takes_it_back(scene: Scene) -> None:
    """Only its sender can withdraw it; a moderator's redaction arrives too late for that."""
    asked = scene.ada.send(scene.hub, "!ping")
    body = await scene.gateway.sync(None, timeout_ms=0)
    with scene.database.write("sync") as tx:
        scene.app.receiver.journal.take(tx, scene.batch(body, first=True))
    scene.mia.redact(asked)
    await scene.run_once()
    assert scene.said(scene.hub) == ["pong"]


async def test_who_is_not_meant_is_not_answered(scene: Scene) -> None:
    """Notices, the bot's own words, talk among people, and things that only look like commands."""
    scene.ada.send(scene.hub, "!ping", msgtype="m.notice")
    scene.homeserver.as_user(BOT).send(scene.hub, "!ping", msgtype="m.text")
    for text in ("hello", "!!!", "! look", "ping", "", "proxenos is a nice name"):
        scene.ada.send(scene.hub, text)
    await scene.run_once()
    assert scene.said(scene.hub) == ["!ping"]


@pytest.mark.parametrize("text", ["@proxenos ping", f"{BOT}: ping", "proxenos: ping", "Proxenos, ping"])
async def test_a_mention_is_as_good_as_a_prefix(scene: Scene, text: str) -> None:
    """However a client writes it."""
    asked = scene.ada.send(scene.hub, text, mentions=[BOT])
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]


async def test_an_invitation_is_accepted_by_rule(scene: Scene) -> None:
    """From one's own server, once; from elsewhere it is rejected, though not for ever."""
    stranger = scene.homeserver.as_user("@eve:elsewhere.localhost")
    foreign = stranger.create_room(preset="private_chat", invite=[BOT])
    own = scene.ada.create_room(preset="private_chat")
    early = scene.ada.send(own, "!ping")
    scene.ada.invite(own, BOT)
    between = scene.ada.send(own, "!ping")
    await scene.run_once()
    late = scene.ada.send(own, "!ping")
    await scene.run_once()
    assert scene.homeserver.rooms[foreign].membership(BOT) == "leave"
    assert [m for _, m in scene.homeserver.rooms[own].memberships(BOT)] == ["invite", "join"]
    assert [scene.answers(own, one) for one in (early, between, late)] == [[], ["pong"], ["pong"]]
    scene.ada.kick(own, BOT)
    await scene.run_once()
    scene.ada.invite(own, BOT)
    await scene.run_once()
    assert scene.homeserver.rooms[own].membership(BOT) == "join"


async def test_an_invitation_renewed_while_the_bot_was_away_is_a_new_one(scene: Scene) -> None:
    """Rejected or missed once, then given again: both lie behind one sync."""
    room_id = scene.ada.create_room(preset="private_chat", invite=[BOT])
    body = await scene.gateway.sync(None, timeout_ms=0)
    with scene.database.write("sync") as tx:
        scene.app.receiver.journal.take(tx, scene.batch(body, first=True))
        inbox.mark(tx, f"invite:{scene.homeserver.rooms[room_id].log[-1].event['event_id']}", InboxState.DONE)
    scene.ada.kick(room_id, BOT)
    scene.ada.invite(room_id, BOT)
    await scene.run_once()
    assert scene.homeserver.rooms[room_id].membership(BOT) == "join"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_join_is_repeated_until_it_is_answered(scene: Scene, after: bool) -> None:
    """There is one join, and what was said before it is answered."""
    await scene.run_once()
    chat = scene.direct(scene.ada)
    asked = scene.ada.send(chat, "ping")
    scene.gateway.fail_next("join", Unavailable("hung up"), times=2, after=after, room=chat)
    await scene.run_once()
    assert [m for _, m in scene.homeserver.rooms[chat].memberships(BOT)] == ["invite", "join"]
    assert scene.answers(chat, asked) == ["pong"]


async def test_a_direct_chat_that_was_left_is_left(scene: Scene) -> None:
    """Nobody is there to talk to any more; who comes back in the meantime still finds the bot."""
    gone, back = scene.direct(scene.ada), scene.direct(scene.ben)
    await scene.run_once()
    scene.ada.leave(gone)
    scene.ben.leave(back)
    scene.homeserver.invite(BOT, back, scene.ben.user_id)
    scene.ben.join(back)
    await scene.run_once()
    assert scene.homeserver.rooms[gone].membership(BOT) == "leave"
    assert scene.homeserver.rooms[back].membership(BOT) == "join"
    asked = scene.ben.send(back, "ping")
    await scene.run_once()
    assert scene.answers(back, asked) == ["pong"]


async def test_a_third_person_makes_a_direct_chat_a_room(scene: Scene) -> None:
    """Then only what is addressed to the bot is for the bot, and nothing else is kept."""
    chat = scene.direct(scene.ada)
    await scene.run_once()
    scene.ada.invite(chat, scene.ben.user_id)
    scene.ben.join(chat)
    talk = scene.ada.send(chat, "ping")
    asked = scene.ada.send(chat, "!ping")
    await scene.run_once()
    assert scene.answers(chat, talk) == []
    assert scene.journaled(talk) is None
    assert scene.answers(chat, asked) == ["pong"]


async def test_a_question_is_answered_by_a_reaction(scene: Scene) -> None:
    """A tap on the question counts as an answer, a tap on anything else or by anybody else does not."""
    chat = scene.direct(scene.ada)
    scene.ada.send(chat, "register")
    await scene.run_once()
    question = [event for event in scene.homeserver.timeline(chat) if event["sender"] == BOT][-1]
    before = len(scene.said(chat))
    scene.ada.react(scene.ada.send(scene.hub, "hello"), "\N{CROSS MARK}")
    await scene.run_once()
    assert len(scene.said(chat)) == before
    scene.ada.react(question["event_id"], "\N{DOUBLE VERTICAL BAR}\N{VARIATION SELECTOR-16}")
    await scene.run_once()
    assert re.search("paused", scene.said(chat)[-1], re.IGNORECASE)


async def test_moderators_are_those_of_the_hub_by_its_real_state(scene: Scene) -> None:
    """The creator of a room of version 12, whoever has the level, and nobody else; changes count at once."""
    assert scene.homeserver.rooms[scene.hub].version == "12"

    async def may(user: FakeUser) -> bool:
        asked = user.send(scene.hub, "!pin 1 because")
        await scene.run_once()
        (answer,) = scene.answers(scene.hub, asked)
        return "moderator" not in answer.casefold()

    assert await may(scene.mia)
    assert not await may(scene.ada)
    scene.mia.set_power(scene.hub, scene.ada.user_id, 50)
    assert await may(scene.ada)
    scene.mia.set_power(scene.hub, scene.ada.user_id, 49)
    assert not await may(scene.ada)


async def test_rooms_on_other_servers_are_allowed_by_setting(scene: Scene) -> None:
    """Only a server that was named; a name that begins alike is another one."""
    names = (f"@eve:{SERVER}.evil", f"@eve:x{SERVER}", f"@eve:{SERVER}:8448", f"@eve:a:{SERVER}")
    rooms = [
        scene.homeserver.as_user(name).create_room(preset="private_chat", invite=[BOT]) for name in names
    ]
    await scene.run_once()
    assert [scene.homeserver.rooms[room_id].membership(BOT) for room_id in rooms] == ["leave"] * 4
