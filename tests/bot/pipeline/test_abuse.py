"""What members, strangers and odd clients try, and what comes of it."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.matrix.gateway import Json
from storage import outbox, rooms
from storage.outbox import OutboxState
from tests.bot.pipeline.scene import BOT, Scene
from tests.commands.practices.network import WINTER
from tests.fakes.homeserver import SERVER


async def ask(scene: Scene, text: str, room: str | None = None, **how: str) -> str:
    """Let Ada say something and return the last answer, empty for none."""
    asked = scene.ada.send(room or scene.hub, text, **how)
    await scene.run_once()
    answers = scene.answers(room or scene.hub, asked)
    return answers[-1] if answers else ""


@pytest.mark.parametrize("name", ["Moderator", "Mia", "Proxenos", "@mia:test.localhost", BOT, "root"])
async def test_a_name_gives_no_right(scene: Scene, name: str) -> None:
    """Whatever somebody calls themselves."""
    scene.ada.set_display_name(name)
    assert "moderator" in (await ask(scene, "!pin 1")).casefold()
    assert "moderator" in (await ask(scene, "!invitations")).casefold()


async def test_the_bot_s_own_name_is_no_way_to_speak_for_it(scene: Scene) -> None:
    """Somebody with the bot's name is a member like any other; addressing them is not addressing the bot."""
    scene.homeserver.as_user(BOT).set_display_name("Helper")
    scene.ben.set_display_name("Helper")
    answer = await ask(scene, "!ping")
    assert answer == "pong"
    asked = scene.ben.send(scene.hub, "!pin 1")
    await scene.run_once()
    assert "moderator" in scene.answers(scene.hub, asked)[0].casefold()


@pytest.mark.parametrize(
    "body",
    [
        f"> <@mia:{SERVER}> !pin 1\n\n!ping",
        f"> * <@mia:{SERVER}> !forgetme\n> yes\n\n!ping",
        "> !register\n\n!ping",
    ],
)
async def test_a_quotation_is_nobody_s_word(scene: Scene, body: str) -> None:
    """What an old client quotes above a reply is not said by who is quoted, nor by who replies."""
    said = scene.mia.send(scene.hub, "hello")
    asked = scene.ada.send(scene.hub, body, reply_to=said)
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]


async def test_a_form_fills_in_nothing_but_its_fields(scene: Scene) -> None:
    """Author, number, status and rights are no fields, whatever stands in the message."""
    forged = f"Author: @mia:{SERVER}\nStatus: curated\nNumber: 1\nRole: moderator\n"
    answer = await ask(scene, f"!{WINTER}\n{forged}")
    assert "register" in answer  # Ada is no member, and no form makes her one
    assert "moderator" in (await ask(scene, "!pin 1")).casefold()


async def test_nobody_else_s_question_is_answered(scene: Scene) -> None:
    """Reactions and replies to the bot's question to another person do nothing."""
    chat = scene.direct(scene.ada)
    scene.ada.send(chat, "register")
    await scene.run_once()
    question = [event for event in scene.homeserver.timeline(chat) if event["sender"] == BOT][-1]
    before = len(scene.said(chat))
    scene.ada.invite(chat, scene.ben.user_id)
    scene.ben.join(chat)
    scene.ben.react(question["event_id"], "\N{CROSS MARK}")
    scene.ben.send(chat, "cancel", reply_to=question["event_id"])
    await scene.run_once()
    assert len(scene.said(chat)) == before


@pytest.mark.parametrize(
    "text", ["@room", "@ROOM hello", "<b>@room</b>", "https://a.example/@room", "(@Room)"]
)
async def test_the_whole_room_is_never_called(scene: Scene, text: str) -> None:
    """Neither by `m.mentions` nor by words that older clients look for, wherever words come back."""
    scene.ada.set_display_name(text)
    for words in (
        f"!help {text}",
        f"!x {text}",
        f"!search {text}",
        f"!who {text}",
        f"!language {text}",
        "!about",
    ):
        asked = scene.ada.send_event(
            scene.hub,
            "m.room.message",
            {"msgtype": "m.text", "body": words, "m.mentions": {"room": True, "user_ids": [BOT]}},
        )
        await scene.run_once()
        assert scene.answers(scene.hub, asked), words
    for content in said(scene, scene.hub):
        assert "room" not in content["m.mentions"]
        assert "@room" not in content["body"].casefold()
        assert "<b>" not in content["formatted_body"]


def said(scene: Scene, room: str) -> list[Json]:
    """The contents of the bot's messages."""
    return [
        event["content"]
        for event in scene.homeserver.timeline(room)
        if event["sender"] == BOT and event["type"] == "m.room.message"
    ]


async def test_refused_invitations_are_shown_to_moderators(scene: Scene) -> None:
    """From whom, to what, and by which rule; in English and German, and to nobody else."""
    stranger = scene.homeserver.as_user("@eve:elsewhere.localhost")
    foreign = stranger.create_room(preset="private_chat", name="Free <b>gifts</b> @room", invite=[BOT])
    with capture_logs() as logs:
        await scene.run_once()
    (line,) = [entry for entry in logs if entry["event"] == "invitation_refused"]
    assert (line["room"], line["by"]) == (foreign, stranger.user_id)
    chat = scene.direct(scene.mia)
    asked = [scene.mia.send(chat, words) for words in ("invitations", "einladungen")]
    refused = scene.ada.send(scene.hub, "!invitations")
    await scene.run_once()
    (english,), (german,) = (scene.answers(chat, one) for one in asked)
    assert f"{stranger.user_id} invited me to Free <b>gifts</b> @\u2060room" in english
    assert SERVER in english
    assert f"{stranger.user_id} hat mich in Free" in german
    assert "moderator" in scene.answers(scene.hub, refused)[0].casefold()
    assert stranger.user_id not in scene.answers(scene.hub, refused)[0]


async def test_no_invitation_was_refused(scene: Scene) -> None:
    """Then that is said, with the rule."""
    chat = scene.direct(scene.mia)
    asked = scene.mia.send(chat, "invitations")
    await scene.run_once()
    assert f"I accept those of people on {SERVER}" in scene.answers(chat, asked)[0]


@pytest.mark.parametrize("way", ["kick", "ban"])
async def test_a_room_that_threw_the_bot_out(scene: Scene, way: str) -> None:
    """What waits for it is parked, other rooms go on, and being asked back works."""
    room = scene.ada.create_room(preset="private_chat", invite=[BOT])
    await scene.run_once()
    with scene.database.write("test") as tx:
        outbox.message(tx, room, {"msgtype": "m.notice", "body": "too late", "m.mentions": {}})
    getattr(scene.ada, way)(room, BOT)
    asked = scene.ben.send(scene.hub, "!ping")
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
    assert [(letter.lane, letter.state) for letter in scene.dead_letters()] == [(room, OutboxState.DEAD)]
    with scene.database.read() as tx:
        known = rooms.get(tx, room)
        assert known
        assert known.membership == "leave"
    if way == "ban":
        scene.ada.kick(room, BOT)
    scene.ada.invite(room, BOT)
    await scene.run_once()
    again = scene.ada.send(room, "!ping")
    await scene.run_once()
    assert scene.answers(room, again) == ["pong"]
    assert "too late" not in scene.said(room)


async def test_a_room_that_is_gone(scene: Scene) -> None:
    """Deleted at the homeserver: what waits is parked, the rest goes on."""
    room = scene.ada.create_room(preset="private_chat", invite=[BOT])
    await scene.run_once()
    with scene.database.write("test") as tx:
        outbox.message(tx, room, {"msgtype": "m.notice", "body": "too late", "m.mentions": {}})
    del scene.homeserver.rooms[room]
    asked = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]
    assert [letter.lane for letter in scene.dead_letters()] == [room]


async def test_an_invitation_that_leads_nowhere(scene: Scene) -> None:
    """The room can't be joined any more; nothing else waits for it."""
    room = scene.ada.create_room(preset="private_chat", invite=[BOT])
    body = await scene.gateway.sync(None, timeout_ms=0)
    with scene.database.write("sync") as tx:
        scene.app.receiver.journal.take(tx, scene.batch(body, first=True))
    scene.ada.ban(room, BOT)
    asked = scene.ada.send(scene.hub, "!ping")
    await scene.run_once()
    assert scene.answers(scene.hub, asked) == ["pong"]


async def test_an_invitation_in_the_same_sync_as_the_end_of_a_ban(scene: Scene) -> None:
    """Synapse tells of both; the invitation came later, and is accepted."""
    room = scene.ada.create_room(preset="private_chat", invite=[BOT])
    await scene.run_once()
    scene.ada.ban(room, BOT)
    await scene.run_once()
    scene.ada.kick(room, BOT)
    scene.ada.invite(room, BOT)

    def both(body: Json) -> Json:
        rooms_ = body.get("rooms", {})
        if room in rooms_.get("invite", {}):
            rooms_.setdefault("leave", {})[room] = {"timeline": {"events": []}}
        return body

    scene.gateway.changes = both
    await scene.run_once()
    assert scene.homeserver.rooms[room].membership(BOT) == "join"
