"""The network's space and rooms: made once, completed for ever after, entered through the hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.demo.synapse import Synapse
from bot.matrix.gateway import Refused
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import open_gateway
from bot.setup import Place, Plan, SetupFailed, set_up
from config.data import read_json
from storage import rooms
from storage.database import Database
from tests.blank import blank_database
from tests.fakes.homeserver import FakeGateway, FakeHomeserver

ALIASES = ["ud-space", *(room["alias"] for room in read_json("network.json")["rooms"])]
MIA = "@mia:test.localhost"
PLAN = Plan(network_name="Cities", language="en", moderators=[MIA])


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(blank_database(tmp_path / "proxenos.db"))
    yield database
    database.close()


@pytest.fixture
def homeserver() -> FakeHomeserver:
    return FakeHomeserver()


@pytest.fixture
def bot(homeserver: FakeHomeserver) -> FakeGateway:
    homeserver.gateway(MIA)
    return homeserver.gateway("@proxenos:test.localhost")


async def furnish(bot: FakeGateway, database: Database, plan: Plan = PLAN) -> dict[str, Place]:
    return {place.key: place for place in await set_up(bot, database, plan, tell=lambda _line: None)}


async def test_names_in_one_language(bot: FakeGateway, database: Database) -> None:
    """Names and topics are those of the language, and the bot speaks it there."""
    places = await furnish(bot, database, replace(PLAN, language="de"))
    assert await bot.state_event(places["hub"].room_id, "m.room.name") == {"name": "Foyer"}
    assert await bot.state_event(places["space"].room_id, "m.room.name") == {"name": "Cities"}
    topic = await bot.state_event(places["library"].room_id, "m.room.topic") or {}
    assert topic["topic"].startswith("Gute Praxis teilen")
    with database.read() as tx:
        kept = [rooms.get(tx, place.room_id) for place in places.values()]
    assert [room.language for room in kept if room] == ["de"] * 7


async def test_again_without_a_language(bot: FakeGateway, database: Database) -> None:
    """A room keeps the language that was chosen for it, unless another one is asked for."""
    hub = (await furnish(bot, database, replace(PLAN, language="de")))["hub"]
    for plan, language in ((PLAN, "de"), (replace(PLAN, relabel=True), "en")):
        await furnish(bot, database, plan)
        with database.read() as tx:
            room = rooms.get(tx, hub.room_id)
            assert room
            assert room.language == language


async def test_what_people_chose_stays(bot: FakeGateway, database: Database) -> None:
    """A name that was changed stays; a topic that was taken away comes back."""
    hub = (await furnish(bot, database))["hub"]
    topic = await bot.state_event(hub.room_id, "m.room.topic")
    await bot.put_state(hub.room_id, "m.room.name", {"name": "Our place"})
    await bot.put_state(hub.room_id, "m.room.topic", {})
    again = await furnish(bot, database)
    assert again["hub"].room_id == hub.room_id
    assert await bot.state_event(hub.room_id, "m.room.name") == {"name": "Our place"}
    assert (await bot.state_event(hub.room_id, "m.room.topic") or {}).get("topic") == (topic or {})["topic"]


async def test_what_is_missing_is_added(bot: FakeGateway, database: Database) -> None:
    """A room that was taken out of the space comes back into it; a further moderator is invited."""
    places = await furnish(bot, database)
    space, library = places["space"], places["library"]
    await bot.put_state(space.room_id, "m.space.child", {}, library.room_id)
    await furnish(bot, database, replace(PLAN, moderators=["@new:test.localhost"]))
    child = await bot.state_event(space.room_id, "m.space.child", library.room_id)
    assert (child or {})["via"] == ["test.localhost"]
    for place in places.values():
        levels = await bot.state_event(place.room_id, "m.room.power_levels") or {}
        assert levels["users"] == {MIA: 50, "@new:test.localhost": 50}
        member = await bot.state_event(place.room_id, "m.room.member", "@new:test.localhost")
        assert (member or {})["membership"] == "invite"


async def test_somebody_elses_room(bot: FakeGateway, homeserver: FakeHomeserver, database: Database) -> None:
    """An alias that belongs to a room that the bot may not enter is named."""
    other = homeserver.gateway("@other:test.localhost")
    await other.create_room({"preset": "private_chat", "room_alias_name": "ud-library"})
    with pytest.raises(
        SetupFailed, match=r"#ud-library:test\.localhost belongs to a room that the bot may not"
    ):
        await furnish(bot, database)


async def test_a_public_network(bot: FakeGateway, homeserver: FakeHomeserver, database: Database) -> None:
    """Into a public hub everyone may come."""
    places = await furnish(bot, database, replace(PLAN, public=True))
    anyone = homeserver.gateway("@anyone:test.localhost")
    assert await anyone.join(places["hub"].alias) == places["hub"].room_id
    assert await anyone.join(places["space"].alias) == places["space"].room_id


@pytest.mark.synapse
def test_setup_twice_on_a_real_homeserver(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time finds what the first has made; the hub opens all rooms, and nothing else does."""
    people = [
        synapse.register(name, "secret") for name in ("setup-bot", "setup-mia", "setup-ada", "setup-out")
    ]
    monkeypatch.chdir(tmp_path)
    for name, value in (("HOMESERVER_URL", synapse.url), ("USER_ID", people[0]), ("PASSWORD", "secret")):
        monkeypatch.setenv(f"PROXENOS_{name}", value)

    told = []
    for _ in range(2):
        assert main(["setup", "--moderator", people[1]]) == 0
        told.append(capsys.readouterr().out)
    assert told[0].count("created") == 7
    assert told[1].count("found") == 7
    assert "invited" not in told[1]
    assert told[1].endswith("PROXENOS_HUB_ROOM=#ud-hub:test.localhost\n")
    asyncio.run(_look_around(synapse.url, people, tmp_path))


async def _look_around(url: str, people: list[str], folder: Path) -> None:
    bot, mia, ada, out = [await _client(url, user_id, folder) for user_id in people]
    found = {alias: await bot.resolve_alias(f"#{alias}:test.localhost") or "" for alias in ALIASES}
    joined = (await bot.sync(None, timeout_ms=0))["rooms"]["join"]
    assert set(joined) == set(found.values())
    assert len(joined) == 7
    space, hub, library = (found[f"ud-{name}"] for name in ("space", "hub", "library"))
    children = [event for event in await bot.state(space) if event["type"] == "m.space.child"]
    assert {event["state_key"] for event in children} == set(found.values()) - {space}
    assert (await bot.state_event(library, "m.space.parent", space) or {})["canonical"] is True
    assert await bot.state_event(hub, "m.room.history_visibility") == {"history_visibility": "shared"}
    assert await bot.state_event(hub, "m.room.encryption") is None
    assert (await bot.joined_members(hub))[bot.user_id] == "Proxenos"

    for stranger in (ada, out):
        with pytest.raises(Refused):
            await stranger.join(hub)
    await mia.join(hub)
    await mia.invite(hub, ada.user_id)
    await mia.put_state(hub, "m.room.pinned_events", {"pinned": []})
    for room_id in (hub, library, space):
        await ada.join(room_id)
        with pytest.raises(Refused):
            await out.join(room_id)
    with pytest.raises(Refused):
        await ada.put_state(hub, "m.room.pinned_events", {"pinned": []})
    for client in (bot, mia, ada, out):
        await client.close()


async def _client(url: str, user_id: str, folder: Path) -> NioGateway:
    # The bot's own session is in the folder that setup has used.
    data_dir = folder / ("data" if "bot" in user_id else user_id[1:].split(":")[0])
    return await open_gateway(
        url, user_id, password="secret", access_token=None, device_id=None, data_dir=data_dir
    )
