"""Files of practices at a real homeserver: from one person to another, and through any kill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bench.people import answered
from bot.matrix.attachments import decrypt_file, encrypt_file
from bot.matrix.gateway import Json
from storage import attachments, inbox, outbox
from storage.database import Tx, rows
from tests.commands.practices.files.pictures import JPEG, png
from tests.e2e.conftest import PATIENCE, Arrive, ArriveEncrypting, EncryptingPerson, Person
from tests.e2e.living import LivingBot
from tests.e2e.test_crash import REGISTER, SHARE, killed_at

Bring = Callable[..., Awaitable[LivingBot]]

pytestmark = pytest.mark.synapse

MOMENTS = [
    # Hearing of the file
    ("heard", 1),
    ("journaling", 1),
    ("journaled", 1),
    # Taking it on: the first answer and the download come into the outbox
    ("carrying out", 1),
    ("carried out", 1),
    # Downloading it: its bytes and the news of them come into the database
    ("before download", 1),
    ("after download", 1),
    ("carrying out", 2),
    ("carried out", 2),
    # Keeping it with the practice: the answer comes into the outbox
    ("carrying out", 3),
    ("carried out", 3),
    # Saying so
    ("before send_event", 1),
    ("after send_event", 1),
    ("after send_event", 2),
    ("marking", 1),
    ("marked", 1),
]


async def put(person: Person, data: bytes) -> str:
    """Upload a file; returns its address."""
    address = await person.gateway.reserve_upload()
    await person.gateway.upload(address, data, content_type="application/octet-stream", filename="")
    return address


async def send(person: Person, room_id: str, name: str, data: bytes, *, under: str, encrypted: bool) -> str:
    """Send a picture in reply to a message; returns its event."""
    where: Json
    if encrypted:
        ciphertext, key = encrypt_file(data)
        where = {"file": {**key, "url": await put(person, ciphertext)}}
    else:
        where = {"url": await put(person, data)}
    relation = {"m.in_reply_to": {"event_id": under}}
    content = {"msgtype": "m.image", "body": name, "m.relates_to": relation, "m.mentions": {}, **where}
    return await person.send(room_id, "m.room.message", content)


def kept(tx: Tx) -> list[tuple[str, str | None]]:
    """The files of #1, and who sent them."""
    return [(one.name, one.by) for one in attachments.of(tx, 1)]


async def shared(ada: Person, living: Bring, *, encrypted: bool) -> tuple[LivingBot, str]:
    """A bot that runs and has shown Ada's practice in the lobby; and the event with which it did."""
    bot = await living(ada, encrypted=encrypted)
    await bot.start()
    await bot.ready()
    if isinstance(ada, EncryptingPerson):
        await ada.know(bot.user_id)
    for words in (REGISTER, SHARE):
        await ada.say(bot.hub_room, words)
    shown = await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!practice 1"))
    return bot, str(shown["event_id"])


async def finished(bot: LivingBot, sent: str) -> None:
    """Wait until the bot has nothing left to do."""
    await bot.until(
        lambda tx: (
            inbox.find(tx, sent) is not None and not inbox.waiting_rooms(tx) and not outbox.waiting_lanes(tx)
        )
    )


@pytest.mark.parametrize("encrypted", [False, True], ids=["in the open", "encrypted"])
async def test_from_one_person_to_another(
    arrive: Arrive, arrive_encrypting: ArriveEncrypting, living: Bring, encrypted: bool
) -> None:
    """A photograph is attached in reply, loses where it was taken, and comes out where others ask for it."""
    ada = await (arrive_encrypting if encrypted else arrive)("ada")
    bot, shown = await shared(ada, living, encrypted=encrypted)
    sent = await send(ada, bot.hub_room, "Brücke.jpg", JPEG, under=shown, encrypted=encrypted)
    await ada.hear(bot.hub_room, lambda event: "now belongs to #1" in event["content"].get("body", ""))
    with bot.database.read() as tx:
        assert kept(tx) == [("Brücke.jpg", ada.user_id)]
    await finished(bot, sent)

    for _ in range(2):
        await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!attachments 1"))
    pictures = [
        event["content"]
        for event in await ada.messages(bot.hub_room)
        if event["sender"] == bot.user_id and event["content"].get("msgtype") == "m.image"
    ]
    assert [picture["filename"] for picture in pictures] == ["Brücke.jpg"] * 2
    where = [picture["file"]["url"] if encrypted else picture["url"] for picture in pictures]
    assert where[0] == where[1]  # uploaded once
    data = await ada.gateway.download(where[0], limit=10**6)
    data = decrypt_file(data, pictures[0]["file"]) if encrypted else data
    assert data.startswith(b"\xff\xd8\xff\xe1\x00\x22Exif")
    assert b"ecret" not in data
    assert len(data) == pictures[0]["info"]["size"]


@pytest.mark.parametrize(("moment", "count"), MOMENTS, ids=[f"{m} {n}" for m, n in MOMENTS])
async def test_killed_with_a_file_on_its_way(arrive: Arrive, living: Bring, moment: str, count: int) -> None:
    """Whenever it is: the file is kept once, its sender is answered once and told once what became of it."""
    ada = await arrive("ada")
    bot, shown = await shared(ada, living, encrypted=False)
    await bot.stop()
    sent = await send(ada, bot.hub_room, "plan.png", png(), under=shown, encrypted=False)
    await killed_at(bot, moment, count)
    await bot.start()
    async with asyncio.timeout(PATIENCE):
        await finished(bot, sent)
    with bot.database.read() as tx:
        assert kept(tx) == [("plan.png", ada.user_id)]
        assert attachments.data(tx, 1) == png()
        fetches = rows(tx, "SELECT state, data, content FROM outbox WHERE action = 'fetch'")
        assert [(one["state"], one["data"]) for one in fetches] == [("sent", None)]
    said = [event for event in await ada.messages(bot.hub_room) if event["sender"] == bot.user_id]
    assert [event["content"]["body"] for event in said if answered(event) == sent] == [
        "I am fetching plan.png for #1 Rain gardens instead of kerbs …"
    ]
    edits = [event for event in said if "now belongs to #1" in event["content"]["body"]]
    assert len(edits) == 1
