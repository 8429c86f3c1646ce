"""People who encrypt, with each other: so that what they say of a bot can be believed."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from bench.people import EncryptingPerson, Person, account
from bench.processes import Account, bare_echo
from bench.trust import signed_devices
from bot.demo.synapse import Synapse
from bot.matrix.gateway import Json
from bot.matrix.transport import Transport, endpoint

Arrive = Callable[..., Awaitable[EncryptingPerson]]

pytestmark = pytest.mark.synapse


@pytest.fixture
async def arrive(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Arrive]:
    """How encrypting people come to the homeserver; their names have to be new."""
    people: list[EncryptingPerson] = []

    async def arrive(name: str, *, strict: bool = False) -> EncryptingPerson:
        gateway = await account(synapse, name, tmp_path / name)
        people.append(EncryptingPerson(gateway, synapse.url, tmp_path / name, strict=strict))
        await people[-1].listen()
        return people[-1]

    yield arrive
    for person in people:
        await person.close()


async def meet(one: EncryptingPerson, *others: EncryptingPerson) -> str:
    """An encrypted room in which all of them are, and know of each other."""
    room = await one.room(*(other.user_id for other in others), encrypted=True)
    for other in others:
        await other.gateway.join(room)
    for person in (one, *others):
        await person.listen()
    return room


def said(text: str) -> Callable[[Json], bool]:
    """Whether an event says this."""
    return lambda event: bool(event["content"].get("body") == text)


async def test_what_is_said_is_encrypted_and_read(arrive: Arrive, synapse: Synapse, tmp_path: Path) -> None:
    """The homeserver has the ciphertext, the others have the words, from the first message to the last."""
    ada, ben = await arrive("ada-words"), await arrive("ben-words")
    room = await meet(ada, ben)
    asked = await ada.say(room, "Shall we meet?")
    heard = await ben.hear(room, said("Shall we meet?"))
    assert heard["event_id"] == asked
    assert heard["decrypted"]
    await ben.say(room, "Tomorrow.", reply_to=asked)
    assert (await ada.answer(room, asked))["content"]["body"] == "Tomorrow."
    raw = await Person(ada.gateway).history(room)
    assert sum(event["type"] == "m.room.encrypted" for event in raw) == 2
    assert not [event for event in raw if event["type"] == "m.room.message"]
    assert [event["content"]["body"] for event in await ben.messages(room)] == ["Shall we meet?", "Tomorrow."]


async def test_more_than_a_sync_holds_and_a_restart_in_between(arrive: Arrive, synapse: Synapse) -> None:
    """Nobody misses or doubles anything when much was said meanwhile and the homeserver restarts."""
    ada, ben = await arrive("ada-gap"), await arrive("ben-gap")
    room = await meet(ada, ben)
    saying = asyncio.create_task(_count(ada, room, 150))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(synapse.restart)
    await saying
    await ben.hear(room, said("149"))
    numbers = [str(number) for number in range(150)]
    assert [event["content"]["body"] for event in await ben.messages(room)] == numbers
    assert not ben.unread


async def _count(person: Person, room: str, upto: int) -> None:
    for number in range(upto):
        await person.say(room, str(number))


async def test_a_key_that_comes_later(arrive: Arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be read is heard as soon as its key has come."""
    ada, ben = await arrive("ada-late"), await arrive("ben-late")
    room = await meet(ada, ben)
    kept: list[tuple[str, Json]] = []

    async def keep(event_type: str, messages: Json) -> None:
        kept.append((event_type, messages))

    with monkeypatch.context() as held:
        held.setattr(ada, "_to_device", keep)
        await ada.say(room, "early")
    await ben.listen()
    assert len(ben.unread) == 1
    for event_type, messages in kept:
        await ada._to_device(event_type, messages)
    assert (await ben.hear(room, said("early")))["decrypted"]
    assert not ben.unread


async def test_a_strict_client_trusts_signed_devices_only(arrive: Arrive, synapse: Synapse) -> None:
    """Who has not signed their device gets no keys and is not shown; who then does, is."""
    ada, ben = await arrive("ada-strict", strict=True), await arrive("ben-strict")
    room = await meet(ada, ben)
    await ben.say(room, "from anybody's device")
    await ada.say(room, "nothing for strangers")
    for person in (ada, ben):
        await person.listen()
        assert len(person.unread) == 1
    await sign(ben, synapse)
    await ben.say(room, "from a signed device")
    await ada.hear(room, said("from a signed device"))
    await ada.say(room, "for a friend")
    await ben.hear(room, said("for a friend"))


@pytest.mark.parametrize("broken", ["device", "self_signing", "master", "other device"])
async def test_a_broken_chain(arrive: Arrive, synapse: Synapse, broken: str) -> None:
    """One link that is not signed by the one above it, and the device counts as unsigned."""
    ben = await arrive(f"ben-chain-{broken.split('_')[0].replace(' ', '-')}")
    published = await sign(ben, synapse)
    device = ben.gateway.session.device_id
    assert list(signed_devices(published, ben.user_id)) == [device]
    match broken:
        case "device":
            published["device_keys"][ben.user_id][device]["keys"][f"curve25519:{device}"] = "A" * 43
        case "self_signing":
            published["self_signing_keys"][ben.user_id]["signatures"] = {}
        case "master":
            stranger = base64.b64encode(bytes(range(32))).decode().rstrip("=")
            published["master_keys"][ben.user_id]["keys"] = {f"ed25519:{stranger}": stranger}
        case _:
            published["device_keys"][ben.user_id][device]["device_id"] = "OTHER"
    assert signed_devices(published, ben.user_id) == {}


async def test_the_bare_bot_answers_in_encrypted_rooms(
    arrive: Arrive, synapse: Synapse, tmp_path: Path
) -> None:
    """The bot that Proxenos is compared with reads and says what is encrypted."""
    ada = await arrive("ada-bare")
    bare = await account(synapse, "bare-e2ee", tmp_path)
    room = await ada.room(bare.user_id, encrypted=True)
    await bare.join(room)
    await bare.close()
    session = bare.session
    with bare_echo(Account(synapse.url, session.user_id, session.device_id, session.access_token), tmp_path):
        await ada.know(bare.user_id)
        answer = await ada.answer(room, await ada.say(room, "!ping"))
    assert answer["content"]["body"] == "pong"
    assert answer["decrypted"]


# --- cross-signing by hand, with nothing of the program's in it


async def sign(person: EncryptingPerson, synapse: Synapse) -> Json:
    """Publish a person's cross-signing keys and let them sign the device; returns `/keys/query` after it."""
    transport = Transport(synapse.url)
    transport.access_token = person.gateway.session.access_token
    user, device_id = person.user_id, person.gateway.session.device_id
    keys = {usage: ECC.generate(curve="Ed25519") for usage in ("master", "self_signing", "user_signing")}
    upload: Json = {
        f"{usage}_key": {"user_id": user, "usage": [usage], "keys": {f"ed25519:{_public(key)}": _public(key)}}
        for usage, key in keys.items()
    }
    for usage in ("self_signing", "user_signing"):
        _add_signature(upload[f"{usage}_key"], user, keys["master"])
    upload["auth"] = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": "secret",
    }
    query = endpoint("POST", "keys", "query", body={"device_keys": {user: []}})
    try:
        await transport.request(endpoint("POST", "keys", "device_signing", "upload", body=upload))
        device = (await transport.request(query))["device_keys"][user][device_id]
        device.pop("unsigned", None)
        _add_signature(device, user, keys["self_signing"])
        signatures = {user: {device_id: device}}
        await transport.request(endpoint("POST", "keys", "signatures", "upload", body=signatures))
        published: Json = await transport.request(query)
    finally:
        await transport.close()
    return published


def _public(key: ECC.EccKey) -> str:
    return base64.b64encode(key.public_key().export_key(format="raw")).decode().rstrip("=")


def _add_signature(signed: Json, user: str, key: ECC.EccKey) -> None:
    bare = {name: value for name, value in signed.items() if name not in ("signatures", "unsigned")}
    canonical = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    signature = base64.b64encode(eddsa.new(key, "rfc8032").sign(canonical)).decode().rstrip("=")
    signed.setdefault("signatures", {}).setdefault(user, {})[f"ed25519:{_public(key)}"] = signature
