"""A homeserver that restarts, that hangs, and that has revoked the bot's token; rooms that the bot is thrown
out of."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from bot.demo.synapse import Synapse
from bot.matrix.gateway import Json
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import LoginFailed, load_session, session_path
from bot.matrix.transport import Transport, build, endpoint
from bot.pipeline import receiver
from bot.pipeline.patience import Patience
from tests.e2e.conftest import PATIENCE, Arrive, ArriveEncrypting, Person
from tests.e2e.living import LivingBot
from tests.e2e.test_faults import ANY_SEND, SYNC, answers
from tests.e2e.test_run import ended, start
from tests.fakes.scripted_homeserver import Answer, ScriptedHomeserver

Bring = Callable[..., Awaitable[LivingBot]]
QUICK = Patience(sleep=lambda seconds: asyncio.sleep(min(seconds, 0.2)))


@pytest.fixture
async def ada(arrive: Arrive) -> Person:
    """Somebody who talks to the bot."""
    return await arrive("ada")


async def log_out(bot: LivingBot) -> None:
    """Revoke the bot's token, as its owner or an administrator can."""
    session = load_session(session_path(bot.data_dir))
    assert session
    transport = Transport(bot.url)
    transport.access_token = session.access_token
    await transport.request(("POST", "/_matrix/client/v3/logout"))
    await transport.close()


@pytest.mark.synapse
async def test_a_restart_of_the_homeserver(living: Bring, ada: Person, synapse: Synapse) -> None:
    """In the middle of a conversation: everything is answered once; the log tells of it in two lines."""
    bot = await living(ada, patience=QUICK)
    await bot.start()
    asked = [await ada.say(bot.hub_room, "!ping") for _ in range(30)]
    with capture_logs() as logs:
        await asyncio.to_thread(synapse.restart)
        asked += [await ada.say(bot.hub_room, "!ping") for _ in range(5)]
        for one in asked[-5:]:
            await ada.answer(bot.hub_room, one)
    assert await answers(bot, ada, *asked) == [["pong"]] * 35
    told = [entry["event"] for entry in logs if entry["event"].startswith("homeserver_")]
    assert told == ["homeserver_away", "homeserver_back"]
    await bot.stop()


@pytest.mark.synapse
async def test_a_homeserver_that_hangs(
    living: Bring, ada: Person, network: ScriptedHomeserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes requests and never answers them, on hearing and on saying."""
    monkeypatch.setattr(receiver, "LONG_POLL_MS", 500)
    bot = await living(ada, url=network.url, patience=QUICK)
    await bot.start()
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!ping"))
    assert bot.app
    gateway = bot.app.gateway
    assert isinstance(gateway, NioGateway)
    monkeypatch.setattr(gateway._transport, "request_timeout", 1.0)
    network.script("GET", SYNC, *[Answer(delay=600)] * 2)
    network.script("PUT", ANY_SEND, *[Answer(delay=600)] * 2)
    asked = [await ada.say(bot.hub_room, "!ping") for _ in range(4)]
    for one in asked:
        await ada.answer(bot.hub_room, one)
    assert await answers(bot, ada, *asked) == [["pong"]] * 4
    await bot.stop()


@pytest.mark.synapse
async def test_a_revoked_token_with_a_password(living: Bring, ada: Person) -> None:
    """The bot logs in again as the same device, and goes on in the same process."""
    bot = await living(ada, patience=QUICK)
    await bot.start()
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!ping"))
    before = load_session(session_path(bot.data_dir))
    with capture_logs() as logs:
        await log_out(bot)
        asked = [await ada.say(bot.hub_room, "!ping") for _ in range(10)]
        for one in asked:
            await ada.answer(bot.hub_room, one)
    after = load_session(session_path(bot.data_dir))
    assert before
    assert after
    assert after.device_id == before.device_id
    assert after.access_token != before.access_token
    assert await answers(bot, ada, *asked) == [["pong"]] * 10
    told = [entry["event"] for entry in logs if entry["event"].startswith("session.")]
    assert told == ["session.logged_out", "session.logged_in"]
    await bot.stop()


@pytest.mark.synapse
async def test_a_revoked_token_of_a_bot_that_encrypts(
    arrive_encrypting: ArriveEncrypting, living: Bring
) -> None:
    """With the session the homeserver forgets the device's keys; they are published and signed again."""
    ada = await arrive_encrypting("ada")
    bot = await living(ada, encrypted=True)
    await bot.start()
    await bot.ready()
    await ada.know(bot.user_id)
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!ping"))
    before = await shown_device(ada, bot)
    await log_out(bot)
    asked = await ada.say(bot.hub_room, "!ping")
    answer = await ada.answer(bot.hub_room, asked)
    assert answer["decrypted"]
    async with asyncio.timeout(PATIENCE):
        while await shown_device(ada, bot) != before:  # noqa: ASYNC110 - the homeserver tells nobody
            await asyncio.sleep(0.1)


async def shown_device(person: Person, bot: LivingBot) -> Json | None:
    """The bot's device as others see it."""
    answer = await person.gateway.keys_query([bot.user_id])
    device: Json | None = answer["device_keys"].get(bot.user_id, {}).get(bot.device_id)
    if device:
        device.pop("unsigned", None)
    return device


@pytest.mark.synapse
async def test_a_bot_that_is_logged_out_again_and_again(
    living: Bring, ada: Person, network: ScriptedHomeserver
) -> None:
    """Three times an hour it logs in again; then it ends and says that somebody is behind this."""
    bot = await living(ada, url=network.url, patience=QUICK)
    await bot.start()
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!ping"))
    before = network.count("POST", "/login$")
    gone = Answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "gone"})
    network.script("GET", SYNC, gone, gone, gone, gone)
    await ada.say(bot.hub_room, "!ping")
    with pytest.raises(LoginFailed, match="was logged out 4 times within an hour"):
        await bot.ended()
    assert network.count("POST", "/login$") - before == 3


@pytest.mark.synapse
async def test_a_revoked_token_without_a_password(living: Bring, ada: Person) -> None:
    """The program ends with 1 and says what to do; with a new token it goes on, and nothing is lost."""
    bot = await living(ada)
    await bot.start()
    await bot.stop()
    session = load_session(session_path(bot.data_dir))
    assert session
    token = {"PROXENOS_PASSWORD": "", "PROXENOS_ACCESS_TOKEN": session.access_token}
    process = await start(bot, {**token, "PROXENOS_DEVICE_ID": session.device_id})
    await ada.answer(bot.hub_room, await ada.say(bot.hub_room, "!ping"))
    await log_out(bot)
    asked = await ada.say(bot.hub_room, "!ping")
    told = await ended(process)
    assert process.returncode == 1
    assert "Set PASSWORD, or a new ACCESS_TOKEN with its DEVICE_ID, and start again." in told
    assert "Traceback" not in told
    process = await start(bot)
    await ada.answer(bot.hub_room, asked)
    process.send_signal(signal.SIGTERM)
    await ended(process)
    assert await answers(bot, ada, asked) == [["pong"]]


@pytest.mark.synapse
@pytest.mark.parametrize("way", ["kick", "ban"])
async def test_being_thrown_out_of_a_room(living: Bring, ada: Person, way: str) -> None:
    """What waits for the room is parked, other rooms go on, and a new invitation is accepted."""
    bot = await living(ada, patience=QUICK)
    await bot.start()
    room = await ada.gateway.create_room({"preset": "private_chat", "invite": [bot.user_id]})
    await ada.answer(room, await ada.say(room, "!ping"))
    await act(ada, way, room, bot.user_id)
    unheard = await ada.say(room, "!ping")
    asked = await ada.say(bot.hub_room, "!ping")
    await ada.answer(bot.hub_room, asked)
    if way == "ban":
        await act(ada, "unban", room, bot.user_id)
    await ada.gateway.invite(room, bot.user_id)
    again = await ada.say(room, "!ping")
    await ada.answer(room, again)
    assert await answers(bot, ada, asked) == [["pong"]]
    messages = [message["content"].get("body") for message in await ada.messages(room)]
    assert messages.count("pong") == 2
    assert unheard != again
    await bot.stop()


async def act(person: Person, what: str, room: str, user_id: str) -> None:
    """Kick, ban or unban somebody."""
    request: Json = {"user_id": user_id}
    transport = person.gateway._transport
    await transport.request(build(endpoint, "POST", "rooms", room, what, body=request))


@pytest.mark.synapse
@pytest.mark.parametrize("versions", [("11", "12"), ("12", "12")], ids=["11 to 12", "12 to 12"])
async def test_a_real_upgrade(living: Bring, ada: Person, versions: tuple[str, str]) -> None:
    """As Synapse does it: a public hub is followed, and the bot answers in the new one."""
    old_version, new_version = versions
    bot = await living(ada, patience=QUICK)
    hub = await ada.gateway.create_room(
        {"preset": "public_chat", "room_version": old_version, "name": "Hub", "invite": [bot.user_id]}
    )
    bot.hub_room = hub
    await bot.start()
    await ada.answer(hub, await ada.say(hub, "!ping"))
    answer = await ada.gateway._transport.request(
        build(endpoint, "POST", "rooms", hub, "upgrade", body={"new_version": new_version})
    )
    new = answer["replacement_room"]
    # Said before the bot has followed: it is one conversation, in two rooms.
    asked = await ada.say(new, "!who")
    told = await ada.answer(new, asked)
    assert "main room" not in told["content"]["body"]
    await bot.stop()
