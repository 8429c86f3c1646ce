"""Encrypted rooms and direct chats with people whose clients encrypt, at a real homeserver."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from aiohttp import ClientSession
from nio.crypto import decrypt_attachment

from bench.people import EncryptingPerson, answered
from bot.matrix.gateway import Json
from bot.matrix.identity import KeysLost
from bot.matrix.transport import Transport, endpoint
from storage import crypto, outbox
from storage.database import rows
from tests.e2e.conftest import ArriveEncrypting
from tests.e2e.living import LivingBot

Bring = Callable[..., Awaitable[LivingBot]]

pytestmark = pytest.mark.synapse


async def arrived(arrive: ArriveEncrypting, living: Bring, **options: Any) -> Any:
    """Ada in an encrypted lobby with a bot that runs."""
    ada = await arrive("ada")
    bot = await living(ada, encrypted=True, **options)
    await bot.start()
    await bot.ready()
    await ada.know(bot.user_id)
    return ada, bot


def answers(to: str) -> Callable[[Json], bool]:
    return lambda event: answered(event) == to


async def test_what_is_said_is_answered_in_cipher(arrive_encrypting: ArriveEncrypting, living: Bring) -> None:
    """The homeserver sees nothing but ciphertext; what an answer refers to stays readable for it."""
    ada, bot = await arrived(arrive_encrypting, living)
    asked = await ada.say(bot.hub_room, "!ping")
    answer = await ada.answer(bot.hub_room, asked)
    assert answer["decrypted"]
    assert answer["content"]["body"] == "pong"
    assert answer["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == asked
    raw = await super(EncryptingPerson, ada).history(bot.hub_room)
    said = [event for event in raw if event["sender"] == bot.user_id and event["type"] == "m.room.encrypted"]
    assert [answered(event) for event in said] == [asked]
    assert not [event for event in raw if event["type"] == "m.room.message"]


async def test_the_first_words_are_encrypted_too(arrive_encrypting: ArriveEncrypting, living: Bring) -> None:
    """The hello in a direct chat that somebody opens: the bot has joined, but no sync has told of it yet."""
    ada, bot = await arrived(arrive_encrypting, living)
    chat = await ada.direct(bot.user_id, encrypted=True)
    hello = await ada.hear(chat, lambda event: event["sender"] == bot.user_id and "body" in event["content"])
    assert hello["content"]["body"].startswith("Hello! I am Proxenos")
    assert hello["decrypted"]
    raw = await super(EncryptingPerson, ada).history(chat)
    assert not [event for event in raw if event["type"] == "m.room.message"]


async def test_nobody_is_told_all_day_long(
    arrive_encrypting: ArriveEncrypting, living: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that gives no keys and begins a session for each message gets three notices, not ten."""
    ada, bot = await arrived(arrive_encrypting, living)
    Withheld(ada, monkeypatch)
    for _ in range(10):
        ada.client.olm.outbound_group_sessions.clear()
        await ada.say(bot.hub_room, "!ping")
    await bot.until(lambda tx: len(unreadable(tx)) == 10)
    with bot.database.read() as tx:
        planned = rows(tx, "SELECT key FROM schedule WHERE job = 'missing_key'")
    assert len(planned) == 3
    assert not any(ada.user_id in row["key"] for row in planned)


async def test_files_are_encrypted_as_well(arrive_encrypting: ArriveEncrypting, living: Bring) -> None:
    """The homeserver keeps bytes of which it does not know what they are; their key is in the message."""
    ada, bot = await arrived(arrive_encrypting, living)
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!mydata"))
    await bot.until(lambda tx: not outbox.waiting_lanes(tx))
    (chat,) = await ada.invitations()
    await ada.gateway.join(chat)
    await ada.listen()
    sent = await ada.hear(chat, lambda event: event["content"].get("msgtype") == "m.file")
    key = sent["content"]["file"]
    assert "url" not in sent["content"]
    stored = await download(ada, key["url"])
    assert b"summary" not in stored
    plain = decrypt_attachment(stored, key["key"]["k"], key["hashes"]["sha256"], key["iv"])
    assert json.loads(plain)["summary"]["English"]


async def download(person: EncryptingPerson, content_uri: str) -> bytes:
    """The bytes behind an `mxc://` address."""
    server, media_id = content_uri.removeprefix("mxc://").split("/")
    url = f"{person.homeserver_url}/_matrix/client/v1/media/download/{server}/{media_id}"
    headers = {"Authorization": f"Bearer {person.gateway.session.access_token}"}
    async with ClientSession() as session, session.get(url, headers=headers) as answer:
        assert answer.status == 200
        return await answer.read()


# --- who the bot is


async def published(person: EncryptingPerson, user_id: str) -> Json:
    """What the homeserver tells anybody of a user's keys."""
    transport = Transport(person.homeserver_url)
    transport.access_token = person.gateway.session.access_token
    try:
        found: Json = await transport.request(
            endpoint("POST", "keys", "query", body={"device_keys": {user_id: []}})
        )
    finally:
        await transport.close()
    return found


async def test_cross_signing_keys_of_somebody_else(
    arrive_encrypting: ArriveEncrypting, living: Bring
) -> None:
    """Keys that another client has made for the account are not replaced; the log says what to do."""
    ada, bot = await arrived(arrive_encrypting, living)
    before = await published(ada, bot.user_id)
    await bot.stop()
    with bot.opened() as tx:
        crypto.forget_kind(tx, "cross_signing")
    with structlog.testing.capture_logs() as logs:
        await bot.start()
        await bot.ready()
    (report,) = [line for line in logs if line["event"] == "device_checked"]
    assert not report["cross_signed"]
    assert "not the bot's own" in report["hint"]
    assert (await published(ada, bot.user_id))["master_keys"] == before["master_keys"]


async def test_a_lost_store_is_explained_and_not_overwritten(
    arrive_encrypting: ArriveEncrypting, living: Bring
) -> None:
    """Other keys under the same name would look to everybody like an intruder."""
    ada, bot = await arrived(arrive_encrypting, living)
    before = await published(ada, bot.user_id)
    await bot.stop()
    with bot.opened() as tx:
        crypto.forget_kind(tx, "account")
    await bot.start()
    with pytest.raises(KeysLost, match=r"other keys than the database.*Restore it from a backup"):
        await bot.ended()
    assert (await published(ada, bot.user_id))["device_keys"] == before["device_keys"]


async def test_another_key_to_the_store_is_explained(
    arrive_encrypting: ArriveEncrypting, living: Bring
) -> None:
    """The database is there, but `store.key` is that of another bot; or it is gone."""
    _ada, bot = await arrived(arrive_encrypting, living)
    await bot.stop()
    key = bot.data_dir / "store.key"
    assert key.stat().st_mode & 0o777 == 0o600
    own = key.read_text()
    key.write_text("somebody else's\n")
    await bot.start()
    with pytest.raises(KeysLost, match="another STORE_KEY"):
        await bot.ended()
    key.unlink()
    with pytest.raises(KeysLost, match=r"store\.key is gone"):
        await bot.start()
    key.write_text(own)
    await bot.stop()
    await bot.start()


# --- keys that come late, or never


class Withheld:
    """Ada's to-device messages, kept back until they are let go."""

    def __init__(self, person: EncryptingPerson, monkeypatch: pytest.MonkeyPatch) -> None:
        self.person = person
        self.kept: list[tuple[str, Json]] = []
        self._send = person._to_device
        monkeypatch.setattr(person, "_to_device", self._keep)

    async def _keep(self, event_type: str, messages: Json) -> None:
        self.kept.append((event_type, messages))

    async def let_go(self) -> None:
        for event_type, messages in self.kept:
            await self._send(event_type, messages)


async def test_a_key_that_comes_late(
    arrive_encrypting: ArriveEncrypting, living: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for its key is carried out when it comes, once, even if the bot was ended in between."""
    ada, bot = await arrived(arrive_encrypting, living)
    withheld = Withheld(ada, monkeypatch)
    asked = [await ada.say(bot.hub_room, words) for words in ("!ping", "let us meet at noon", "!ping")]
    await bot.until(lambda tx: len(unreadable(tx)) == 3)
    await bot.stop()
    await bot.start()
    await withheld.let_go()
    for one in (asked[0], asked[2]):
        assert (await ada.answer(bot.hub_room, one))["content"]["body"] == "pong"
    await bot.until(lambda tx: not unreadable(tx))
    with bot.database.read() as tx:
        kept = [row["content"] for row in rows(tx, "SELECT content FROM inbox")]
    assert not [one for one in kept if "noon" in one]
    said = [answered(event) for event in await ada.messages(bot.hub_room) if event["sender"] == bot.user_id]
    assert said == [asked[0], asked[2]]


async def test_a_key_that_never_comes(
    arrive_encrypting: ArriveEncrypting, living: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After two minutes its sender is told what to do, once, however much was said with it."""
    ada, bot = await arrived(arrive_encrypting, living)
    Withheld(ada, monkeypatch)
    asked = [await ada.say(bot.hub_room, "!ping") for _ in range(3)]
    await bot.until(lambda tx: len(unreadable(tx)) == 3)
    await bot.stop()
    await bot.start(later=timedelta(minutes=3))
    told = await ada.hear(bot.hub_room, answers(asked[0]))
    await bot.stop()
    await bot.start(later=timedelta(minutes=6))
    await bot.ready()
    assert told["content"]["body"].startswith("I can't read your message: your app has not sent me the key")
    assert told["content"]["m.mentions"] == {"user_ids": [ada.user_id]}
    await ada.listen()
    assert len([e for e in await ada.messages(bot.hub_room) if e["sender"] == bot.user_id]) == 1


def unreadable(tx: Any) -> list[Json]:
    return rows(tx, "SELECT event_id FROM inbox WHERE state = 'unreadable'")


# --- for whom it is encrypted


async def test_only_for_signed_devices(arrive_encrypting: ArriveEncrypting, living: Bring) -> None:
    """With the setting, who has not signed their device can't read what the bot says."""
    ada, bot = await arrived(arrive_encrypting, living, signed_only=True)
    asked = await ada.say(bot.hub_room, "!ping")
    await bot.until(lambda tx: bool(rows(tx, "SELECT 1 FROM outbox WHERE state = 'sent'")))
    await ada.listen()
    assert [answered(event) for event in ada.unread] == [asked]


async def test_who_comes_and_goes(arrive_encrypting: ArriveEncrypting, living: Bring) -> None:
    """Who joins can read what is said from then on; who has left can't, whatever keys they had."""
    ada, bot = await arrived(arrive_encrypting, living)
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!ping"))
    ben = await arrive_encrypting("ben")
    await ben.listen()
    visit = await bot.visit()
    await visit.invite(bot.hub_room, ben.user_id)
    await ben.gateway.join(bot.hub_room)
    await ben.listen()
    asked = await ada.say(bot.hub_room, "!ping")
    await ada.answer(bot.hub_room, asked)
    assert (await ben.hear(bot.hub_room, answers(asked)))["decrypted"]
    await ben.gateway.leave(bot.hub_room)
    await ada.listen()
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!ping"))
    await visit.close()
    sessions = [
        event["content"]["session_id"]
        for event in await super(EncryptingPerson, ada).history(bot.hub_room)
        if event["sender"] == bot.user_id and event["type"] == "m.room.encrypted"
    ]
    assert len(set(sessions)) == 3
    assert not ben.knows(bot.hub_room, sessions[-1])
