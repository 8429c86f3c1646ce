"""What a homeserver, a proxy or a network can do wrong, and what the gateway makes of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.demo.synapse import Synapse
from bot.matrix.gateway import Closed, Limited, LoggedOut, Refused, Session, TooLarge, Unavailable
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import open_gateway
from bot.matrix.transport import MAX_WAIT, retry_after
from tests.fakes.scripted_homeserver import Answer, ScriptedHomeserver

ME = Session("@bot:test.localhost", "DEVICE", "secret-token")
HELLO = {"msgtype": "m.text", "body": "hello"}
HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.fixture
async def server() -> AsyncIterator[ScriptedHomeserver]:
    """A homeserver that does what the test has written."""
    async with ScriptedHomeserver() as server:
        yield server


@pytest.fixture
async def gateway(server: ScriptedHomeserver) -> AsyncIterator[NioGateway]:
    """The gateway that has to live with it."""
    gateway = NioGateway(server.url, ME, request_timeout=20)
    yield gateway
    await gateway.close()


async def send(gateway: NioGateway) -> str:
    return await gateway.send_event("!room", "m.room.message", HELLO, txn_id="1")


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({}, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}, 1.5),
        ({"Retry-After": "7"}, {"errcode": "M_LIMIT_EXCEEDED"}, 7.0),
        ({"Retry-After": "7"}, {"retry_after_ms": 2000}, 2.0),
        ({"Retry-After": "9"}, HTML, 9.0),
        ({}, {"errcode": "M_LIMIT_EXCEEDED"}, None),
        ({}, HTML, None),
        ({}, [], None),
        ({}, {"retry_after_ms": 0}, 0.0),
        ({}, {"retry_after_ms": -5}, 0.0),
        ({}, {"retry_after_ms": 10**400}, MAX_WAIT),
        ({}, {"retry_after_ms": "soon"}, None),
        ({}, {"retry_after_ms": True}, None),
        ({"Retry-After": "4"}, {"retry_after_ms": None}, 4.0),
        ({"Retry-After": "nan"}, {}, None),
        ({"Retry-After": "-3"}, {}, 0.0),
        ({"Retry-After": "99999999"}, {}, MAX_WAIT),
        ({"Retry-After": "whenever"}, {}, None),
        ({"Retry-After": "Mon, 01 Jan 1990 00:00:00 GMT"}, {}, 0.0),
    ],
)
async def test_being_limited(
    server: ScriptedHomeserver, gateway: NioGateway, headers: dict[str, str], body: Any, seconds: float | None
) -> None:
    """A limit says how long to wait, from the body or the header; nonsense says nothing."""
    server.script("PUT", "/send/", Answer(429, body, headers))
    with pytest.raises(Limited) as limited:
        await send(gateway)
    assert limited.value.retry_after == seconds
    assert server.count("PUT", "/send/") == 1


def test_a_date_says_how_long_to_wait() -> None:
    """A `Retry-After` that is a date means the time until then."""
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    header = {"Retry-After": format_datetime(now + timedelta(seconds=90), usegmt=True)}
    assert retry_after(header, None, now=now) == 90.0


@pytest.mark.parametrize(
    "answer",
    [
        Answer(502, HTML, {"Content-Type": "text/html"}),
        Answer(500, {"errcode": "M_UNKNOWN", "error": "Internal server error"}),
        Answer(503, ""),
        Answer(404, HTML, {"Content-Type": "text/html"}),
        Answer(403, ["no"]),
        Answer(408, {"errcode": "M_UNKNOWN"}),
        Answer(200, HTML),
        Answer(200, ""),
        Answer(200, '{"event_id": "$unfinished'),
        Answer(200, b"\xff\xfe\x00"),
        Answer(200, {"event_id": "$cut-off-in-the-middle"}, truncate=True),
        Answer(200, {"event_id": 5}),
        Answer(200, {}),
        Answer(200, []),
        Answer(200, "null"),
        Answer(200, "[" * 100_000),
    ],
)
async def test_what_may_pass(server: ScriptedHomeserver, gateway: NioGateway, answer: Answer) -> None:
    """Whatever says nothing about the request itself is worth another try."""
    server.script("PUT", "/send/", answer)
    with pytest.raises(Unavailable):
        await send(gateway)
    server.script("PUT", "/send/", Answer(200, {"event_id": "$sent"}))
    assert await send(gateway) == "$sent"


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_dropped_connection(server: ScriptedHomeserver, gateway: NioGateway, moment: Any) -> None:
    """A connection that breaks is told, not hidden and not raised as a stranger's error."""
    # Twice, because aiohttp asks a second time by itself where the method allows it.
    server.script("PUT", "/send/", *[Answer(200, {"event_id": "$lost"}, drop=moment)] * 2)
    with pytest.raises(Unavailable):
        await send(gateway)


async def test_nobody_listens(gateway: NioGateway) -> None:
    """A homeserver that is not there is not there yet."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        absent = NioGateway(f"http://127.0.0.1:{closed.getsockname()[1]}", ME)
        with pytest.raises(Unavailable):
            await absent.sync(None, timeout_ms=0)
        await absent.close()


async def test_nothing_is_asked_after_the_end(server: ScriptedHomeserver) -> None:
    """Who still asks hears so, and does not wait for a homeserver that would be back some time."""
    gateway = NioGateway(server.url, ME)
    server.script("PUT", "/send/", Answer(200, {"event_id": "$1"}))
    await send(gateway)
    unused = NioGateway(server.url, ME)
    for closed in (gateway, unused):
        await closed.close()
        await closed.close()
        with pytest.raises(Closed):
            await send(closed)
        with pytest.raises(Closed):
            await closed.download("mxc://test.localhost/1", limit=1)


async def test_a_homeserver_that_hangs(server: ScriptedHomeserver) -> None:
    """Nobody waits for ever: neither a call nor a sync that takes longer than it was allowed to."""
    impatient = NioGateway(server.url, ME, request_timeout=0.2)
    server.script("PUT", "/send/", Answer(200, {}, delay=3600))
    server.script("GET", "/sync", Answer(200, {}, delay=3600))
    with pytest.raises(Unavailable):
        await send(impatient)
    with pytest.raises(Unavailable):
        await impatient.sync("s1", timeout_ms=100)
    await impatient.close()


async def test_a_long_sync_is_not_cut_off(server: ScriptedHomeserver) -> None:
    """A sync may take as long as the homeserver was told to wait, whatever other calls may take."""
    gateway = NioGateway(server.url, ME, request_timeout=0.5)
    server.script("GET", "/sync", Answer(200, {"next_batch": "s2"}, delay=0.8))
    assert await gateway.sync("s1", timeout_ms=20_000) == {"next_batch": "s2"}
    await gateway.close()


async def test_logged_out(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """A token that is not valid any more is its own kind of no."""
    server.script(
        "GET", "/sync", Answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "x", "soft_logout": True})
    )
    with pytest.raises(LoggedOut):
        await gateway.sync(None, timeout_ms=0)


@pytest.mark.parametrize(
    ("answer", "status", "errcode"),
    [
        (Answer(403, {"errcode": "M_FORBIDDEN", "error": "You may not"}), 403, "M_FORBIDDEN"),
        (Answer(401, {"errcode": "M_USER_LOCKED"}), 401, "M_USER_LOCKED"),
        (Answer(400, {"errcode": "M_BAD_JSON", "error": None}), 400, "M_BAD_JSON"),
        (Answer(413, HTML, {"Content-Type": "text/html"}), 413, "M_TOO_LARGE"),
    ],
)
async def test_a_definite_no(
    server: ScriptedHomeserver, gateway: NioGateway, answer: Answer, status: int, errcode: str
) -> None:
    """What the homeserver will not do tomorrow either is refused, with its own words."""
    server.script("PUT", "/send/", answer)
    with pytest.raises(Refused) as refused:
        await send(gateway)
    assert (refused.value.status, refused.value.errcode) == (status, errcode)


CALLS: dict[str, Callable[[NioGateway], Awaitable[object]]] = {
    "sync": lambda g: g.sync(None, timeout_ms=0),
    "messages": lambda g: g.messages("!r", start="s1", end=None),
    "joined_members": lambda g: g.joined_members("!r"),
    "state": lambda g: g.state("!r"),
    "state_event": lambda g: g.state_event("!r", "m.room.name"),
    "put_state": lambda g: g.put_state("!r", "m.room.name", {"name": "x"}),
    "redact": lambda g: g.redact("!r", "$e", reason="", txn_id="1"),
    "resolve_alias": lambda g: g.resolve_alias("#a:b"),
    "create_room": lambda g: g.create_room({}),
    "join": lambda g: g.join("!r"),
    "reserve_upload": lambda g: g.reserve_upload(),
    "account_data": lambda g: g.account_data("x"),
    "whoami": lambda g: g.whoami(),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("nonsense", [7, "text", [1, 2], {}, {"room_id": 1, "content_uri": None}])
async def test_answers_of_the_wrong_shape(
    server: ScriptedHomeserver, gateway: NioGateway, name: str, nonsense: Any
) -> None:
    """An answer that can't be understood never comes out as another kind of error, or as a wrong type."""
    for method in ("GET", "PUT", "POST"):
        server.script(
            method, "/", Answer(200, nonsense if not isinstance(nonsense, str) else f'"{nonsense}"')
        )
    try:
        answer = await CALLS[name](gateway)
    except Unavailable:
        return
    assert isinstance(answer, list if name == "state" else dict)


async def test_members_with_odd_names(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """A display name that is no text is no name."""
    joined = {"@a:b": {"display_name": "Ada"}, "@c:d": {"display_name": 3}, "@e:f": None}
    server.script("GET", "/joined_members", Answer(200, {"joined": joined}))
    assert await gateway.joined_members("!r") == {"@a:b": "Ada", "@c:d": None, "@e:f": None}


async def test_the_token_stays_out_of_the_address(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """Addresses are logged by proxies; the token travels in a header."""
    server.script("PUT", "/send/", Answer(200, {"event_id": "$1"}))
    server.script("GET", "/sync", Answer(200, {"next_batch": "s1"}))
    await send(gateway)
    await gateway.sync("s0", timeout_ms=0)
    for seen in server.seen:
        assert "token" not in seen.path
        assert seen.headers["Authorization"] == "Bearer secret-token"


async def test_ids_are_encoded(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """Every sign of an id arrives as that sign; what can't be an address is refused before it is sent."""
    server.script("PUT", "/send/", Answer(200, {"event_id": "$1"}))
    await gateway.send_event("!a/b#c+d:x", "org.example/é", HELLO, txn_id="ro/w#1+👍 %")
    assert server.seen[0].path == (
        "/_matrix/client/v3/rooms/!a%2Fb%23c%2Bd:x/send/org.example%2F%C3%A9/ro%2Fw%231%2B%F0%9F%91%8D%20%25"
    )
    for bad in ("..", ".", "\ud800"):
        with pytest.raises(Refused) as refused:
            await gateway.join(bad)
        assert refused.value.errcode == "M_INVALID_PARAM"
    assert len(server.seen) == 1


async def test_other_servers_to_join_through(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """A room whose id names no server is joined through those that are given."""
    server.script("POST", "/join/", Answer(200, {"room_id": "!r"}))
    await gateway.join("!r", via=["a.org", "b.org"])
    assert server.seen[0].path.endswith("/join/!r?via=a.org&server_name=a.org&via=b.org&server_name=b.org")


async def test_an_upload_that_was_there_already(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """After an upload whose answer got lost, the repeat is told so and content."""
    taken = {"errcode": "M_CANNOT_OVERWRITE_MEDIA", "error": "Media ID already has content"}
    server.script("PUT", "/upload/", Answer(200, {}, drop="after"), Answer(409, taken))
    picture = b"1" * 2_000_000
    await gateway.upload("mxc://x/y", picture, content_type="image/png", filename="a.png")
    assert [seen.body for seen in server.seen] == [picture, picture]
    for bad in ("https://x/y", "mxc://x", "mxc:///y", ""):
        with pytest.raises(Refused):
            await gateway.upload(bad, b"1", content_type="image/png", filename="a.png")


async def test_calls_wait_for_each_other_nowhere(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """A room that is slow holds up no other."""
    server.script("PUT", "slow", Answer(200, {"event_id": "$late"}, delay=3600))
    server.script("PUT", "quick", Answer(200, {"event_id": "$now"}))
    slow = asyncio.create_task(gateway.send_event("!slow", "m.room.message", HELLO, txn_id="1"))
    assert await gateway.send_event("!quick", "m.room.message", HELLO, txn_id="2") == "$now"
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow


@pytest.mark.synapse
async def test_an_answer_lost_on_the_way_is_not_said_twice(synapse: Synapse, tmp_path: Path) -> None:
    """The connection breaks after Synapse has taken the event; the repeat finds the same one."""
    user_id = await asyncio.to_thread(synapse.register, "lostanswer", "secret")
    async with ScriptedHomeserver(synapse.url) as server:
        gateway = await open_gateway(
            server.url, user_id, password="secret", access_token=None, device_id=None, data_dir=tmp_path
        )
        room = await gateway.create_room({})
        server.script("PUT", "/send/", Answer(drop="after"), Answer(drop="after"), Answer(truncate=True))
        for _ in range(2):
            with pytest.raises(Unavailable):
                await gateway.send_event(room, "m.room.message", HELLO, txn_id="only")
        event_id = await gateway.send_event(room, "m.room.message", HELLO, txn_id="only")
        page = await gateway.messages(room, start="", end=None)
        assert [e["event_id"] for e in page["chunk"] if e["type"] == "m.room.message"] == [event_id]
        await gateway.close()


# --- files

MXC = "mxc://test.localhost/abc"
AUTHENTICATED = "/_matrix/client/v1/media/download/test.localhost/abc"
OLD = "/_matrix/media/v3/download/test.localhost/abc"


async def test_a_file_is_asked_for_with_the_token(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """In a header, as everywhere; the address holds nothing but the file's."""
    server.script("GET", AUTHENTICATED, Answer(200, b"bytes"))
    assert await gateway.download(MXC, limit=5) == b"bytes"
    (seen,) = server.seen
    assert seen.path == AUTHENTICATED
    assert seen.headers["Authorization"] == "Bearer secret-token"


async def test_an_old_homeserver_has_files_elsewhere(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """Where the authenticated address is not known, the one from before it is asked."""
    server.script("GET", OLD, Answer(200, b"bytes"))
    assert await gateway.download(MXC, limit=5) == b"bytes"
    assert [seen.path for seen in server.seen] == [AUTHENTICATED, OLD]


async def test_more_than_was_asked_for_is_not_read(server: ScriptedHomeserver, gateway: NioGateway) -> None:
    """And the next file is had as ever."""
    server.script("GET", AUTHENTICATED, Answer(200, bytes(3_000_000)), Answer(200, b"ok"))
    with pytest.raises(TooLarge):
        await gateway.download(MXC, limit=1_000)
    assert await gateway.download(MXC, limit=1_000) == b"ok"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(200, bytes(100_000), truncate=True), Unavailable),
        (Answer(502, HTML), Unavailable),
        (Answer(504, {"errcode": "M_NOT_YET_UPLOADED"}), Unavailable),
        (Answer(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 9}), Limited),
        (Answer(404, {"errcode": "M_NOT_FOUND"}), Refused),
        (Answer(403, {"errcode": "M_FORBIDDEN"}), Refused),
        (Answer(404, "x" * 1_000_000), Unavailable),
        (Answer(401, {"errcode": "M_UNKNOWN_TOKEN"}), LoggedOut),
    ],
)
async def test_a_file_that_does_not_come(
    server: ScriptedHomeserver, gateway: NioGateway, answer: Answer, error: type[Exception]
) -> None:
    """Half a file is no file; a refusal is understood as one, and not taken for a file."""
    server.script("GET", AUTHENTICATED, answer)
    with pytest.raises(error):
        await gateway.download(MXC, limit=10**7)


@pytest.mark.parametrize(
    "address", ["https://example.org/x", "mxc://a", "mxc://a/", "mxc://../..", "mxc:///x"]
)
async def test_odd_addresses_lead_nowhere(
    server: ScriptedHomeserver, gateway: NioGateway, address: str
) -> None:
    """Nothing is asked."""
    with pytest.raises(Refused):
        await gateway.download(address, limit=10)
    assert server.seen == []
