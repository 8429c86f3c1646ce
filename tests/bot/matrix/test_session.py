"""Getting in, staying the same device, and saying why not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.demo.synapse import Synapse
from bot.matrix.gateway import Session
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import LoginFailed, load_session, open_gateway, save_session, session_path
from storage import devices
from storage.database import Database
from tests.blank import blank_database
from tests.fakes.scripted_homeserver import Answer, ScriptedHomeserver

USER = "@bot:test.localhost"
STORED = Session(USER, "OLDDEVICE", "old-token")
UNKNOWN_TOKEN = Answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Unknown access token"})


def logged_in(device_id: str, user_id: str = USER) -> Answer:
    return Answer(200, {"user_id": user_id, "device_id": device_id, "access_token": "new-token"})


def whoami(device_id: str | None, user_id: str = USER) -> Answer:
    return Answer(200, {"user_id": user_id} | ({"device_id": device_id} if device_id else {}))


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHomeserver]:
    """A homeserver that does what the test has written."""
    async with ScriptedHomeserver() as server:
        yield server


class Start:
    """One start of the bot; the pauses that it would have made are in `slept`."""

    def __init__(self, server: ScriptedHomeserver, data_dir: Path) -> None:
        self.server = server
        self.data_dir = data_dir
        self.slept: list[float] = []

    async def __call__(self, **given: Any) -> Session:
        """The session with which the bot came in."""

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        settings: dict[str, Any] = {"password": None, "access_token": None, "device_id": None, **given}
        gateway = await open_gateway(self.server.url, USER, data_dir=self.data_dir, sleep=sleep, **settings)
        await gateway.close()
        assert gateway.session == load_session(session_path(self.data_dir))
        return gateway.session

    def logins(self) -> list[Any]:
        """The bodies of all logins."""
        return [json.loads(seen.body) for seen in self.server.seen if seen.path.endswith("/login")]


@pytest.fixture
def start(server: ScriptedHomeserver, tmp_path: Path) -> Start:
    """How the bot starts."""
    return Start(server, tmp_path)


def test_a_session_is_for_its_owner_only(tmp_path: Path) -> None:
    """The file can be read by its owner alone, and a log never shows the token."""
    path = session_path(tmp_path / "new" / "folder")
    assert load_session(path) is None
    save_session(path, STORED)
    save_session(path, STORED)
    assert load_session(path) == STORED
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["session.json"]
    assert "old-token" not in repr(STORED)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"user_id": 1, "device_id": 2, "access_token": 3}', "\0"])
async def test_a_broken_session_is_not_replaced(start: Start, text: str) -> None:
    """Its token may be the only way in, so the operator is told first that the device stays the same."""
    session_path(start.data_dir).write_text(text)
    with pytest.raises(LoginFailed, match=r"backup.*set PASSWORD.*the device that the database names"):
        await start(password="secret")
    assert start.logins() == []


async def test_the_first_login_makes_a_device(start: Start, server: ScriptedHomeserver) -> None:
    """The device is stored before the login is sent, and named for people."""
    server.script("POST", "/login$", Answer(200, logged_in("x").body, drop="after"), UNKNOWN_TOKEN)
    with pytest.raises(LoginFailed):
        await start(password="secret")
    stored = load_session(session_path(start.data_dir))
    assert stored is not None
    assert stored.access_token == ""

    server.script("POST", "/login$", logged_in(stored.device_id))
    session = await start(password="secret")
    assert session == Session(USER, stored.device_id, "new-token")
    assert {login["device_id"] for login in start.logins()} == {stored.device_id}
    assert start.logins()[0]["initial_device_display_name"] == "Proxenos"


async def test_a_stored_session_needs_no_login(start: Start, server: ScriptedHomeserver) -> None:
    """The stored token comes first, whatever else is set."""
    save_session(session_path(start.data_dir), STORED)
    server.script("GET", "/whoami", whoami("OLDDEVICE"))
    assert await start(password="secret", access_token="other", device_id="OTHER") == STORED
    assert start.logins() == []


async def test_a_lost_token_keeps_its_device(start: Start, server: ScriptedHomeserver) -> None:
    """Logged out, the bot logs in again as the same device."""
    save_session(session_path(start.data_dir), STORED)
    server.script("GET", "/whoami", UNKNOWN_TOKEN)
    server.script("POST", "/login$", logged_in("OLDDEVICE"))
    assert await start(password="secret") == Session(USER, "OLDDEVICE", "new-token")


async def test_a_lost_token_without_a_password(start: Start, server: ScriptedHomeserver) -> None:
    """Logged out without a password, a newly given token is taken; without one the operator is told."""
    save_session(session_path(start.data_dir), STORED)
    server.script("GET", "/whoami", UNKNOWN_TOKEN, UNKNOWN_TOKEN, whoami("OLDDEVICE"))
    with pytest.raises(LoginFailed, match="Set PASSWORD"):
        await start()
    assert await start(access_token="fresh") == Session(USER, "OLDDEVICE", "fresh")


async def test_another_users_session_is_left_out(start: Start, server: ScriptedHomeserver) -> None:
    """A session of another account is of no use here."""
    save_session(session_path(start.data_dir), Session("@other:test.localhost", "THEIRS", "t"))
    server.script("GET", "/whoami", whoami("MINE"))
    assert await start(access_token="given", device_id="MINE") == Session(USER, "MINE", "given")


async def test_a_given_token_knows_its_device(start: Start, server: ScriptedHomeserver) -> None:
    """Without DEVICE_ID the homeserver is asked; with a wrong one the operator is told the right one."""
    server.script("GET", "/whoami", whoami("ITSOWN"))
    with pytest.raises(LoginFailed, match="belongs to the device ITSOWN, not WRONG"):
        await start(access_token="given", device_id="WRONG")
    server.script("GET", "/whoami", whoami("ITSOWN"))
    assert (await start(access_token="given")).device_id == "ITSOWN"


async def test_a_homeserver_that_comes_up_later(start: Start, server: ScriptedHomeserver) -> None:
    """The bot waits longer and longer for a homeserver that is not there, and says so once."""
    save_session(session_path(start.data_dir), STORED)
    server.script("GET", "/whoami", *[Answer(502, "<html>")] * 8, whoami("OLDDEVICE"))
    with capture_logs() as logs:
        assert await start() == STORED
    assert start.slept == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [line["event"] for line in logs] == ["homeserver.waiting"]


async def test_limited_logins_wait_as_told(start: Start, server: ScriptedHomeserver) -> None:
    """A homeserver that limits logins says for how long."""
    limited = Answer(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 333_000})
    server.script("POST", "/login$", limited, Answer(200, {**logged_in("").body, "device_id": None}))
    await start(password="secret")
    assert start.slept == [333.0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(403, {"errcode": "M_FORBIDDEN"}), "the password or the user id is wrong"),
        (Answer(403, {"errcode": "M_USER_DEACTIVATED"}), "has been deactivated"),
        (Answer(400, {"errcode": "M_INVALID_USERNAME"}), "@name:server"),
        (Answer(404, {"errcode": "M_UNRECOGNIZED"}), "HOMESERVER_URL"),
        (Answer(400, {"errcode": "ORG_ODD", "error": "no dogs"}), "no dogs"),
        (Answer(200, {"hello": "world"}), "no Matrix login"),
        (Answer(200, ["hello"]), "no Matrix login"),
        (logged_in("X", "@Bot:test.localhost"), "This is the account @Bot:test.localhost"),
    ],
)
async def test_why_a_login_fails(
    start: Start, server: ScriptedHomeserver, answer: Answer, words: str
) -> None:
    """A login that can't succeed ends with a sentence, without another try."""
    server.script("POST", "/login$", answer)
    with pytest.raises(LoginFailed, match=words):
        await start(password="secret")
    assert len(start.logins()) == 1


async def test_no_way_in(start: Start) -> None:
    """Without password and token there is no way in; an address has to be one."""
    with pytest.raises(LoginFailed, match="set PASSWORD"):
        await start()
    start.server.url = "matrix.example.org"
    with pytest.raises(LoginFailed, match="HOMESERVER_URL must begin"):
        await start(password="secret")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The bot's database, which is kept when the session is not."""
    database = Database(blank_database(tmp_path / "proxenos.db"))
    yield database
    database.close()


async def test_a_lost_session_is_the_same_device(
    start: Start, server: ScriptedHomeserver, database: Database
) -> None:
    """The database knows the device: without the file, and on another machine without anything else."""
    save_session(session_path(start.data_dir), STORED)
    server.script("GET", "/whoami", whoami("OLDDEVICE"))
    await start(password="secret", database=database)
    for place in (start.data_dir, start.data_dir / "another-machine"):
        session_path(place).unlink(missing_ok=True)
        server.script("POST", "/login$", logged_in("OLDDEVICE"))
        start.data_dir = place
        assert await start(password="secret", database=database) == Session(USER, "OLDDEVICE", "new-token")
    assert {login["device_id"] for login in start.logins()} == {"OLDDEVICE"}


async def test_a_device_is_claimed_before_the_login(
    start: Start, server: ScriptedHomeserver, database: Database
) -> None:
    """Two machines that start at once with a new database are the same device."""
    server.script("POST", "/login$", UNKNOWN_TOKEN, UNKNOWN_TOKEN)
    for place in ("one", "two"):
        start.data_dir /= place
        with pytest.raises(LoginFailed):
            await start(password="secret", database=database)
    one, two = (login["device_id"] for login in start.logins())
    assert one == two


@pytest.mark.parametrize(
    ("stored", "given", "sentence"),
    [
        (
            Session(USER, "OTHER", "t"),
            {},
            r"session\.json holds a session of the device OTHER\. .* Move that file",
        ),
        (
            None,
            {"device_id": "OTHER"},
            r"DEVICE_ID is OTHER\. .* Set DEVICE_ID=OLDDEVICE with an ACCESS_TOKEN",
        ),
        (None, {"access_token": "x"}, r"belongs to the device OTHER\. .* Set an ACCESS_TOKEN of OLDDEVICE"),
    ],
)
async def test_another_device_is_refused(
    start: Start,
    server: ScriptedHomeserver,
    database: Database,
    stored: Session | None,
    given: dict[str, str],
    sentence: str,
) -> None:
    """It would say things twice, so the operator is told what to do; nothing is logged in or overwritten."""
    with database.write() as tx:
        devices.claim(tx, USER, "OLDDEVICE")
    if stored:
        save_session(session_path(start.data_dir), stored)
    server.script("GET", "/whoami", whoami("OTHER"))
    with pytest.raises(LoginFailed, match=sentence):
        await start(password="secret", database=database, **given)
    assert start.logins() == []
    assert load_session(session_path(start.data_dir)) == stored
    with database.read() as tx:
        assert devices.of(tx, USER) == "OLDDEVICE"


@pytest.mark.synapse
async def test_one_device_for_ever_at_a_real_homeserver(synapse: Synapse, tmp_path: Path) -> None:
    """After a new start, a lost token and a new login, a repeated transaction is still the same event."""
    user_id = await asyncio.to_thread(synapse.register, "samedevice", "secret")
    hello = {"msgtype": "m.text", "body": "hello"}

    async def opened(password: str) -> NioGateway:
        return await open_gateway(
            synapse.url, user_id, password=password, access_token=None, device_id=None, data_dir=tmp_path
        )

    first = await opened("secret")
    room = await first.create_room({})
    event_id = await first.send_event(room, "m.room.message", hello, txn_id="1")
    await first.close()

    second = await opened("secret")
    assert second.session == first.session
    await second.close()

    path = session_path(tmp_path)
    save_session(path, Session(user_id, first.session.device_id, "not-a-token"))
    third = await opened("secret")
    assert third.session.access_token != first.session.access_token
    assert await third.send_event(room, "m.room.message", hello, txn_id="1") == event_id
    await third.close()

    path.unlink()
    with pytest.raises(LoginFailed, match="refuses the password"):
        await opened("wrong")
