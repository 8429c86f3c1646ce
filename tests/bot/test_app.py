"""The program as a whole: who is in the hub, where the hub is, and what happens when it is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.__main__ import main
from bot.app import reviewing_in
from commands.core.context import Role, holds
from config.settings import SettingsError
from storage import members
from storage.database import Database
from storage.lock import PRESENCE
from tests.blank import blank_database
from tests.bot.pipeline.scene import BOT, Scene
from tests.fakes.homeserver import FakeUser
from tests.storage.conftest import new_database, postgres_url

__all__ = ["postgres_url"]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The bot and some people in a hub room; see `Scene`."""
    scene = Scene(Database(blank_database(tmp_path / "proxenos.db")))
    yield scene
    scene.database.close()


def roles(scene: Scene, user: FakeUser) -> frozenset[Role]:
    """What somebody may do, by what the bot knows."""
    with scene.database.read() as tx:
        return frozenset(role for role in Role if holds(tx, scene.network, user.user_id, role))


async def test_who_is_in_the_hub_is_known_though_they_never_spoke(scene: Scene) -> None:
    """Lazy loading tells only of those who speak; a guest may speak first in a direct chat."""
    await scene.run_once()
    assert Role.GUEST in roles(scene, scene.ben)
    assert Role.GUEST not in roles(scene, scene.eve)


async def test_who_left_the_hub_while_the_bot_was_away_is_no_guest_any_more(scene: Scene) -> None:
    """However much was said behind their leaving."""
    await scene.run_once()
    scene.ben.leave(scene.hub)
    scene.eve.join(scene.hub)
    for _ in range(150):
        scene.ada.send(scene.hub, "hello")
    await scene.run_once()
    assert Role.GUEST not in roles(scene, scene.ben)
    assert Role.GUEST in roles(scene, scene.eve)


async def test_a_hub_that_the_bot_is_invited_to_later(scene: Scene) -> None:
    """Until then nobody is a guest, and nothing breaks; from then on everybody in it is."""
    scene.network = type(scene.network)(
        user_id=BOT,
        hub_room=scene.mia.create_room(preset="private_chat"),
        allowed_servers=("test.localhost",),
    )
    scene.mia.invite(scene.network.hub_room, scene.ada.user_id)
    scene.ada.join(scene.network.hub_room)
    chat = scene.direct(scene.ada)
    asked = scene.ada.send(chat, "ping")
    await scene.run_once()
    assert scene.answers(chat, asked) == ["pong"]
    assert roles(scene, scene.ada) == {Role.ANYONE}
    async with scene.running():
        await scene.settled()
        scene.mia.invite(scene.network.hub_room, BOT)
        await scene.settled()
        while Role.GUEST not in roles(scene, scene.ada):
            await scene.settled()
    assert Role.MODERATOR in roles(scene, scene.mia)


@pytest.fixture
def at_work(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A PostgreSQL database that an older version of the program works with."""
    with new_database("postgresql", tmp_path, request) as database:
        with database.write() as tx:
            tx.connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        with database.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock_shared(:presence)"), {"presence": PRESENCE})
            yield database


def test_a_newer_version_beside_an_older_one(
    at_work: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tables are not changed under those who work with them; the sentence says what to do."""
    settings = {
        "HOMESERVER_URL": "http://127.0.0.1:9",
        "USER_ID": BOT,
        "PASSWORD": "secret",
        "HUB_ROOM": "!hub",
        "DATABASE_URL": at_work.url.render_as_string(hide_password=False),
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"PROXENOS_{name}", value)
    assert main(["run"]) == 1
    assert "An older version of Proxenos works on this database. Stop all" in capsys.readouterr().err
    with at_work.read() as tx:
        assert tx.connection.scalar(text("SELECT version_num FROM alembic_version")) == "0001"


async def test_a_kicked_bot_goes_on_elsewhere(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """What waits for a room that it is no longer in becomes a dead letter; other rooms are answered.

    The next start counts it in the log.
    """
    room_id, chat = scene.ada.create_room(preset="private_chat", invite=[BOT]), scene.direct(scene.ada)
    await scene.run_once()
    asked = scene.ada.send(room_id, "!language de")
    await scene.journal_latest()
    scene.ada.kick(room_id, BOT)
    other = scene.ada.send(chat, "ping")
    await scene.run_once()
    assert scene.answers(room_id, asked) == []
    assert scene.answers(chat, other) == ["pong"]
    assert [letter.answers for letter in scene.dead_letters()] == [asked]
    assert "dead_letters" not in capsys.readouterr().out
    await scene.run_once()
    assert "dead_letters" in capsys.readouterr().out
    with scene.database.read() as tx:
        assert members.preference(tx, scene.ada.user_id).locale == "de"


def test_drafts_are_not_reviewed_before_everyone(scene: Scene) -> None:
    """The hub room is refused, by whichever of its names it was set."""
    with pytest.raises(SettingsError, match="PROXENOS_REVIEW_ROOM is the hub room"):
        reviewing_in(scene.network, scene.network.hub_room)
    assert reviewing_in(scene.network, "!mods:test.localhost").review_room == "!mods:test.localhost"
