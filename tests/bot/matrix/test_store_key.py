"""The key that seals the bot's encryption keys: made once, and never half."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.matrix.identity import store_key
from storage.database import Database
from tests.blank import blank_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A network that has no keys yet."""
    database = Database(blank_database(tmp_path / "proxenos.db"))
    yield database
    database.close()


def test_a_start_that_breaks_off_leaves_no_half_of_a_key(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty key would seal nothing. The next start makes a whole one, which only its owner reads."""

    def pull_the_plug(_file: int) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", pull_the_plug)
        with pytest.raises(OSError, match="power cut"):
            store_key(tmp_path, None, database)
    assert not (tmp_path / "store.key").exists()
    made = store_key(tmp_path, None, database)
    assert len(made) == 64
    assert store_key(tmp_path, None, database) == made
    assert (tmp_path / "store.key").stat().st_mode & 0o777 == 0o600
