"""Files that people send, through the whole program: downloaded once, kept once, and told of once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from nio.crypto import encrypt_attachment

from bot.matrix.gateway import Unavailable
from bot.pipeline import sender
from storage import attachments, inbox, outbox, persons, rooms
from storage.database import rows as select
from storage.inbox import InboxState
from storage.outbox import OutboxRow
from tests.bot.pipeline.scene import BOT, PATIENCE, Scene
from tests.commands.practices.files.pictures import JPEG, PDF, png
from tests.commands.practices.network import WINTER
from tests.fakes.homeserver import FakeUser

REGISTER = """!register
Name: Ada Byron
Organisation: City of Ghent
Kind: City
City: Ghent
Country: Belgium
Languages: English
Themes: Mobility
Consent: yes"""


@pytest.fixture
async def scene(scene: Scene) -> Scene:
    """A network in which Ada has shared practice #1, and asked in the direct chat to attach a file to it."""
    room_id = scene.direct(scene.ada)
    for words in (REGISTER, WINTER, "attach 1"):
        scene.ada.send(room_id, words)
        await scene.run_once()
    return scene


def chat(scene: Scene) -> str:
    """Ada's direct chat with the bot."""
    with scene.database.read() as tx:
        return str(rooms.direct_chat(tx, scene.ada.user_id))


def put(scene: Scene, data: bytes) -> str:
    """Put a file of Ada's to the homeserver; returns its address."""
    media = scene.homeserver.media
    address = f"mxc://test.localhost/media{len(media) + 1}"
    media[address] = (scene.ada.user_id, data, "", "")
    return address


def send(
    scene: Scene,
    room_id: str,
    name: str,
    *,
    by: FakeUser | None = None,
    under: str | None = None,
    **where: Any,
) -> str:
    """Let somebody send a file; returns its event."""
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": under}}} if under else {}
    content = {"msgtype": "m.image", "body": name, **relation, **where}
    return (by or scene.ada).send_event(room_id, "m.room.message", content)


def kept(scene: Scene) -> list[str]:
    """The files of #1."""
    with scene.database.read() as tx:
        return [one.name for one in attachments.of(tx, 1)]


def left(scene: Scene) -> list[dict[str, Any]]:
    """What is still kept of the ways on which files came."""
    with scene.database.read() as tx:
        return select(
            tx, "SELECT * FROM outbox WHERE action = 'fetch' AND (data IS NOT NULL OR content <> '{}')"
        )


async def accepted(scene: Scene) -> OutboxRow:
    """A file of Ada's that is to be downloaded, and is not yet."""
    send(scene, chat(scene), "late.png", url=put(scene, png()))
    await scene.journal_latest()
    with scene.database.write() as tx:
        event = inbox.take_next(tx, chat(scene))
        assert event is not None
        tx.source = event.event_id
        scene.app.dispatcher.conversation.handle(tx, event)
    with scene.database.read() as tx:
        (lane,) = [lane for lane in outbox.waiting_lanes(tx) if lane.startswith("fetch:")]
        return outbox.pending(tx, [lane])[lane][0]


async def test_a_file_is_fetched_and_kept(scene: Scene) -> None:
    """The answer to it is there at once, and is replaced when the file is; it is kept in one place."""
    sent = send(scene, chat(scene), "bridge.jpg", url=put(scene, JPEG))
    await scene.run_once()
    first, last = scene.answers(chat(scene), sent)[:1], scene.said(chat(scene))[-1]
    assert first == ["I am fetching bridge.jpg for #1 Cycling in winter …"]
    assert last.startswith("* bridge.jpg now belongs to #1 Cycling in winter.")
    assert kept(scene) == ["bridge.jpg"]
    assert left(scene) == []
    assert scene.dead_letters() == []


async def test_a_file_under_a_practice_in_a_room(scene: Scene) -> None:
    """In reply to what shows it, it is for the practice; in reply to anything else it is not even kept."""
    scene.mia.send(scene.hub, "!practice 1")
    await scene.run_once()
    (card,) = [
        event["event_id"]
        for event in scene.homeserver.timeline(scene.hub)
        if event["sender"] == BOT and event["content"].get("body", "").startswith("#1 Cycling in winter")
    ]
    talk = send(scene, scene.hub, "lunch.png", url=put(scene, png()))
    other = send(scene, scene.hub, "cat.png", under=talk, url=put(scene, png()))
    send(scene, scene.hub, "plan.png", by=scene.mia, under=card, url=put(scene, png()))
    await scene.run_once()
    assert kept(scene) == ["plan.png"]
    assert scene.journaled(talk) is scene.journaled(other) is None


async def test_what_is_encrypted_is_opened(scene: Scene) -> None:
    """With the key that came with it; what is not what was sent is refused, and told."""
    ciphertext, key = encrypt_attachment(png())
    send(scene, chat(scene), "a.png", file={**key, "url": put(scene, bytes(ciphertext))})
    await scene.run_once()
    assert kept(scene) == ["a.png"]
    send(scene, chat(scene), "b.png", file={**key, "url": put(scene, bytes(ciphertext) + b"x")})
    await scene.run_once()
    assert "b.png arrived damaged" in scene.said(chat(scene))[-1]
    assert kept(scene) == ["a.png"]


@pytest.mark.parametrize(
    "change", [{"iv": "AAA"}, {"key": {}}, {"key": {"k": 7}}, {"hashes": {"sha256": "%"}}, {"hashes": {}}]
)
async def test_odd_keys_open_nothing(scene: Scene, change: dict[str, Any]) -> None:
    """And stop nothing: the next file is fetched as ever."""
    ciphertext, key = encrypt_attachment(png())
    send(scene, chat(scene), "a.png", file={**key, "url": put(scene, bytes(ciphertext)), **change})
    await scene.run_once()
    assert "a.png arrived damaged" in scene.said(chat(scene))[-1]
    send(scene, chat(scene), "b.png", url=put(scene, png()))
    await scene.run_once()
    assert kept(scene) == ["b.png"]


async def test_more_bytes_than_announced(scene: Scene) -> None:
    """The limit holds for what comes, not for what was said to come."""
    address = put(scene, b"%PDF-" + bytes(10_000_001))
    send(scene, chat(scene), "huge.pdf", url=address, info={"size": 12})
    await scene.run_once()
    assert "huge.pdf is too large: I take files up to 10 MB." in scene.said(chat(scene))[-1]
    assert kept(scene) == []
    assert scene.dead_letters() == []


async def test_a_file_that_is_gone(scene: Scene) -> None:
    """Its sender is told, and so is the operator."""
    send(scene, chat(scene), "lost.png", url="mxc://test.localhost/nowhere")
    await scene.run_once()
    assert "I could not get lost.png from its server." in scene.said(chat(scene))[-1]
    (dead,) = scene.dead_letters()
    assert (dead.action, dead.content) == ("fetch", {})


async def test_a_server_that_is_away_holds_up_nobody(scene: Scene) -> None:
    """It is asked again and again, while everything else is said; and given up in the end."""
    scene.gateway.fail_next("download", Unavailable("504"), times=3)
    send(scene, chat(scene), "slow.png", url=put(scene, png()))
    asked = scene.ada.send(chat(scene), "!ping")
    await scene.run_once()
    assert scene.answers(chat(scene), asked) == ["pong"]
    assert kept(scene) == ["slow.png"]
    scene.gateway.fail_next("download", Unavailable("504"), times=1_000)
    scene.ada.send(chat(scene), "attach 1")
    await scene.run_once()
    send(scene, chat(scene), "never.png", url=put(scene, PDF))
    await scene.run_once()
    assert "I could not get never.png from its server." in scene.said(chat(scene))[-1]


async def test_servers_that_never_finish_hold_up_no_other_files(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of them give a file away without end: they are given up, all other files come."""
    monkeypatch.setattr(sender, "FETCH_SECONDS", 0.2)
    quick = scene.gateway.download
    slow = {put(scene, PDF) for _ in range(sender.FETCHES)}

    async def download(content_uri: str, *, limit: int) -> bytes:
        return await (asyncio.Event().wait() if content_uri in slow else quick(content_uri, limit=limit))  # type: ignore[return-value]

    monkeypatch.setattr(scene.gateway, "download", download)
    for number, address in enumerate(sorted(slow)):
        send(scene, chat(scene), f"slow{number}.png", url=address)
        scene.ada.send(chat(scene), "attach 1")
    send(scene, chat(scene), "quick.png", url=put(scene, png()))
    await scene.run_once()
    assert kept(scene) == ["quick.png"]
    said = "\n".join(scene.said(chat(scene)))
    for number in range(sender.FETCHES):
        assert f"I could not get slow{number}.png from its server." in said


async def test_servers_that_are_away_hold_up_no_other_files(scene: Scene) -> None:
    """While the bot waits before it asks them again, it gets other files."""
    scene.gateway.fail_next("download", Unavailable("504"), times=sender.FETCHES)
    scene.held = asyncio.Event()
    for number in range(sender.FETCHES + 1):
        send(scene, chat(scene), f"{number}.png", url=put(scene, png(shade=number)))
        scene.ada.send(chat(scene), "attach 1")
    async with scene.running(), asyncio.timeout(PATIENCE):
        while len(kept(scene)) < 1:  # noqa: ASYNC110 -- the database tells nobody when it changes
            await asyncio.sleep(0.005)
        assert len(kept(scene)) == 1
        scene.held.set()
        await scene.settled()
    assert len(kept(scene)) == sender.FETCHES + 1


async def test_a_file_on_its_way_when_its_sender_is_forgotten(scene: Scene) -> None:
    """Nothing of it is kept, and nothing more is said of it."""
    row = await accepted(scene)
    with scene.database.write() as tx:
        persons.forget_messages(tx, scene.ada.user_id)
    assert await scene.app.sender.database.run(scene.app.sender._keep_fetched, row, png(), None, None) is None
    await scene.run_once()
    assert kept(scene) == []


async def test_a_file_whose_message_is_deleted_while_it_is_fetched(scene: Scene) -> None:
    """It is not kept, and whoever sent it reads that instead of "I am fetching …"."""
    row = await accepted(scene)
    scene.ada.redact(row.content["event_id"])
    await scene.journal_latest()
    await scene.run_once()
    assert kept(scene) == []
    assert left(scene) == []
    assert scene.said(chat(scene))[-1] == "* You have deleted your message, so I have not kept the file."
    assert scene.dead_letters() == []


async def test_fetched_once_however_often_it_is_told(scene: Scene) -> None:
    """What came of a download is written with the row's mark: a repeat changes nothing."""
    send(scene, chat(scene), "a.png", url=put(scene, png()))
    await scene.run_once()
    with scene.database.read() as tx:
        (key,) = [row["key"] for row in select(tx, "SELECT key FROM outbox WHERE action = 'fetch'")]
        row = outbox.by_key(tx, key)
        assert row is not None
    again = await scene.database.run(scene.app.sender._keep_fetched, row, png(shade=1), None, None)
    assert again is None
    await scene.run_once()
    assert kept(scene) == ["a.png"]
    event = scene.journaled(f"fetched:{key}")
    assert event is not None
    assert event.state == InboxState.DONE


async def test_a_file_of_an_upgraded_room_is_told_of_in_the_new_one(scene: Scene) -> None:
    """Wherever its sender has gone meanwhile with the bot."""
    row = await accepted(scene)
    with scene.database.write() as tx:
        old, new = rooms.get(tx, chat(scene)), rooms.get(tx, scene.hub)
        assert old is not None
        assert new is not None
        rooms.moved(tx, old, new)
    told = await scene.database.run(scene.app.sender._keep_fetched, row, png(), None, None)
    assert told == scene.hub


async def test_what_the_bot_sends_it_takes_back_in(scene: Scene) -> None:
    """A file that was attached and sent again is the same picture, to the byte."""
    send(scene, chat(scene), "a.png", url=put(scene, png()))
    await scene.run_once()
    scene.ada.send(chat(scene), "attachments 1")
    await scene.run_once()
    (url,) = [
        event["content"]["url"]
        for event in scene.homeserver.timeline(chat(scene))
        if event["sender"] == BOT and event["content"].get("msgtype") == "m.image"
    ]
    _, data, content_type, _ = scene.homeserver.media[url]
    assert (data, content_type) == (png(), "image/png")
