"""What people do under a message of the bot is heard, kept no longer than needed, and never lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.core.context import Context
from commands.core.conversation import Conversation
from commands.core.nodes import paragraph
from commands.core.registry import load
from commands.core.reply import Reply, reply
from commands.core.topics import Topic
from storage import inbox, outbox
from tests.bot.pipeline.scene import Scene

CARD = {"msgtype": "m.notice", "body": "A card"}
TOPIC = Topic(
    "poll",
    reacted=lambda _ctx, reference, emoji: reply(paragraph(f"{emoji} {reference}")),
    replied=lambda _ctx, reference, text: reply(paragraph(f"{text} {reference}")),
    file=lambda _ctx, reference, content: reply(paragraph(f"{content['url']} {reference}")),
    untapped=lambda _ctx, reaction: reply(paragraph(f"{reaction} no longer")),
    asks=True,
)


def nothing(_ctx: Context, _reference: str, _text: str) -> Reply | None:
    """Take no words."""
    return None


@pytest.fixture
def scene(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A hub room in which the bot has asked something."""
    registry = replace(load(), topics={"poll": TOPIC, "talk": Topic("talk", replied=nothing)})
    new_app = scene.new_app

    def furnished() -> Any:
        app = new_app()
        app.receiver.journal.registry = registry
        app.dispatcher.conversation = Conversation(registry, scene.network)
        return app

    monkeypatch.setattr(scene, "new_app", furnished)
    return scene


def posted(scene: Scene, topic: str) -> None:
    """Let the bot want to say something about a topic in the hub room."""
    with scene.database.write(f"post {topic}") as tx:
        outbox.message(tx, scene.hub, {**CARD, "body": topic}, topic=topic)


def event_of(scene: Scene, body: str) -> str:
    """The event that a message of the bot became."""
    found: str = next(
        event["event_id"]
        for event in scene.homeserver.timeline(scene.hub)
        if event["content"].get("body") == body
    )
    return found


async def test_what_is_done_under_a_message_is_answered(scene: Scene) -> None:
    await scene.run_once()
    posted(scene, "poll:7")
    await scene.run_once()
    card = event_of(scene, "poll:7")
    said = scene.ada.send(scene.hub, "Not yet", reply_to=card)
    shown = scene.ada.send_event(
        scene.hub,
        "m.room.message",
        {
            "msgtype": "m.image",
            "body": "bridge.png",
            "url": "mxc://a/b",
            "m.relates_to": {"m.in_reply_to": {"event_id": card}},
        },
    )
    scene.ben.react(card, "❤️")
    await scene.run_once()
    assert scene.answers(scene.hub, said) == ["Not yet 7"]
    assert scene.answers(scene.hub, shown) == ["mxc://a/b 7"]
    assert scene.answers(scene.hub, card) == ["❤️ 7"]


async def test_words_under_what_asks_for_none_are_not_kept(scene: Scene) -> None:
    await scene.run_once()
    posted(scene, "talk:7")
    await scene.run_once()
    said = scene.ada.send(scene.hub, "Between us", reply_to=event_of(scene, "talk:7"))
    await scene.run_once()
    with scene.database.read() as tx:
        assert inbox.find(tx, said) is None


async def test_a_message_sent_but_not_marked_so_is_known_by_its_echo(scene: Scene) -> None:
    """The program ended in between, and somebody tapped it before the program was there again."""
    await scene.run_once()
    posted(scene, "poll:7")
    with scene.database.read() as tx:
        (row,) = outbox.pending(tx, [scene.hub])[scene.hub]
    await scene.gateway.send_event(scene.hub, "m.room.message", row.content, txn_id=row.txn_id)
    card = event_of(scene, "poll:7")
    scene.ben.react(card, "❤️")
    await scene.run_once()
    assert scene.answers(scene.hub, card) == ["❤️ 7"]
    bodies = [event["content"].get("body") for event in scene.homeserver.timeline(scene.hub)]
    assert bodies.count("poll:7") == 1


async def test_a_tap_that_is_taken_back_is_told_of(scene: Scene) -> None:
    """By whoever tapped; what others redact changes nothing."""
    await scene.run_once()
    posted(scene, "poll:7")
    await scene.run_once()
    tapped = [one.react(event_of(scene, "poll:7"), "❤️") for one in (scene.ada, scene.ben)]
    await scene.run_once()
    scene.ada.redact(tapped[0])
    scene.mia.redact(tapped[1])
    await scene.run_once()
    bodies = [str(event["content"].get("body")) for event in scene.homeserver.timeline(scene.hub)]
    assert [body for body in bodies if "no longer" in body] == [f"{tapped[0]} no longer"]
