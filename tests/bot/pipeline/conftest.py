"""A small network on a homeserver in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.pipeline.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The bot and some people in a hub room; see `Scene`."""
    scene = Scene(tmp_path)
    yield scene
    scene.database.close()
