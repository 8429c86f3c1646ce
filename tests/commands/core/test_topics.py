"""What people do under a message of the bot reaches who declared what the message is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.core.context import Context
from commands.core.conversation import Conversation
from commands.core.errors import UserError
from commands.core.nodes import paragraph
from commands.core.registry import load
from commands.core.reply import Reply, reply
from commands.core.topics import Topic
from storage import outbox
from storage.inbox import Kind
from storage.outbox import Delivered
from tests.transcript import ADA, BEN, HUB, Chat

CARD = {"msgtype": "m.notice", "body": "A card"}


def tapped(ctx: Context, reference: str, emoji: str) -> Reply | None:
    """Take hearts, refuse crosses, and leave the rest."""
    if emoji == "❌":
        raise UserError("edit.too_late")
    return reply(paragraph(f"{ctx.sender} loves {reference}")) if emoji == "❤️" else None


def told(ctx: Context, reference: str, text: str) -> Reply | None:
    """Take everything but a ping."""
    return None if text == "ping" else reply(paragraph(f"{ctx.sender} on {reference}: {text}"))


def shown(_ctx: Context, reference: str, content: dict[str, Any]) -> Reply | None:
    """Take images."""
    if content["msgtype"] != "m.image":
        return None
    return reply(paragraph(f"{content['body']} for {reference}"))


QUESTION = Topic("poll", reacted=tapped, replied=told, file=shown, asks=True)
TALK = Topic("talk", replied=told)


@pytest.fixture
def chat(chat: Chat) -> Chat:
    """A network in which there are polls, and things to talk about."""
    registry = replace(load(), topics={"poll": QUESTION, "talk": TALK})
    chat.conversation = Conversation(registry, chat.network)
    return chat


def posted(chat: Chat, room: str, topic: str) -> str:
    """Put a message of the bot into a room; returns its event id."""
    with chat.database.write(f"post {topic} {room}") as tx:
        key = outbox.message(tx, room, CARD, topic=topic)
        outbox.mark_sent(tx, [Delivered(key, room, f"${topic}-{room}")])
    return f"${topic}-{room}"


def under(event_id: str) -> dict[str, Any]:
    """The relation of a reply."""
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}


def react(chat: Chat, user: str, event_id: str, emoji: str, room: str) -> str:
    """Tap something."""
    relation = {"rel_type": "m.annotation", "event_id": event_id, "key": emoji}
    return chat.event(user, Kind.REACTION, {"m.relates_to": relation}, room=room)


def test_a_reaction_reaches_the_topic_and_is_answered_under_the_message(chat: Chat) -> None:
    card = posted(chat, HUB, "poll:7")
    assert react(chat, BEN, card, "❤️", HUB) == f"{BEN} loves 7"
    assert chat.answers[0].content["m.relates_to"] == {"m.in_reply_to": {"event_id": card}}
    assert react(chat, BEN, card, "👀", HUB) == ""
    assert "five minutes" in react(chat, BEN, card, "❌", HUB)


def test_a_reply_reaches_a_topic_that_asks_in_rooms_too(chat: Chat) -> None:
    card = posted(chat, HUB, "poll:7")
    assert chat.in_hub(BEN, "> <@proxenos> A card\n\nNot yet", **under(card)) == f"{BEN} on 7: Not yet"
    assert chat.in_hub(BEN, "!ping", **under(card)) == "pong"
    assert chat.in_hub(BEN, "ping", **under(card)) == ""


def test_what_asks_for_nothing_leaves_people_to_talk(chat: Chat) -> None:
    assert chat.in_hub(BEN, "I like that", **under(posted(chat, HUB, "talk:3"))) == ""
    card = posted(chat, chat.dm(BEN), "talk:3")
    assert chat.say(BEN, "I like that", **under(card)) == f"{BEN} on 3: I like that"
    assert chat.say(BEN, "ping", **under(card)) == "pong"


def test_a_reply_in_the_direct_chat_goes_past_an_open_dialog(chat: Chat) -> None:
    card = posted(chat, chat.dm(ADA), "poll:7")
    chat.say(ADA, "register")
    assert chat.say(ADA, "Not yet", **under(card)) == f"{ADA} on 7: Not yet"


def test_a_file_sent_in_reply_reaches_the_topic(chat: Chat) -> None:
    card = posted(chat, HUB, "poll:7")
    image = {"msgtype": "m.image", "url": "mxc://test.localhost/a", **under(card)}
    assert chat.in_hub(BEN, "bridge.png", **image) == "bridge.png for 7"
    there = posted(chat, chat.dm(BEN), "poll:8")
    assert chat.say(BEN, "bridge.png", **image | under(there)) == "bridge.png for 8"
    video: dict[str, Any] = {"msgtype": "m.video", "url": "mxc://test.localhost/a"}
    assert "text" in chat.say(BEN, "bridge.mp4", **video, **under(there))
    assert chat.in_hub(BEN, "bridge.mp4", **video, **under(card)) == ""


def test_a_reply_that_was_passed_on_is_not_replaced_by_an_edit(chat: Chat) -> None:
    """Whoever was told has been told; in a room as in the direct chat."""
    for room in (HUB, chat.dm(BEN)):
        card = posted(chat, room, "poll:7")
        chat.say(BEN, "Not yet", room=room, **under(card))
        said = chat.last_event
        assert chat.edit(BEN, said, "Not yet", room=room) == ""
        assert "again" in chat.edit(BEN, said, "Never", room=room)


def test_an_edit_of_the_message_is_the_same_message(chat: Chat) -> None:
    """Whichever of the two a client replies to; and long after its words are forgotten."""
    card = posted(chat, HUB, "poll:7")
    with chat.database.write("edit") as tx:
        ours = outbox.by_event(tx, card)
        assert ours
        key = outbox.edit(tx, HUB, CARD, key=ours.key)
        outbox.mark_sent(tx, [Delivered(key, HUB, "$edit")])
    chat.clock.forward(days=90)
    with chat.database.write("forget") as tx:
        outbox.forget_before(tx, tx.now)
    for event in (card, "$edit"):
        assert react(chat, BEN, event, "❤️", HUB) == f"{BEN} loves 7"
