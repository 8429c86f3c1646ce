"""A small network on a homeserver in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.blank import blank_database
from tests.bot.pipeline.scene import Scene
from tests.storage.conftest import new_database, postgres_url

__all__ = ["postgres_url"]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The bot and some people in a hub room; see `Scene`."""
    scene = Scene(Database(blank_database(tmp_path / "proxenos.db")))
    yield scene
    scene.database.close()


@pytest.fixture
def scene_on_postgresql(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """The same with a PostgreSQL database."""
    with new_database("postgresql", tmp_path, request) as database:
        yield Scene(database)
