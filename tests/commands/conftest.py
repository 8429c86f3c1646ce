"""Fixtures for conversations without a homeserver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.blank import blank_database
from tests.transcript import Chat


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    """A small network that speaks English where nobody said otherwise."""
    yield from _chat(tmp_path, "en")


@pytest.fixture
def chat_de(tmp_path: Path) -> Iterator[Chat]:
    """A small network that speaks German where nobody said otherwise."""
    yield from _chat(tmp_path, "de")


def _chat(tmp_path: Path, language: str) -> Iterator[Chat]:
    database = Database(blank_database(tmp_path / "chat.db"))
    yield Chat(database, language=language)
    database.close()
