"""Only one process works on a network at a time, and whoever comes second is told so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage.database import Database
from storage.lock import AlreadyRunning, only_process


def test_the_second_is_told_and_the_next_comes_in(database: Database, tmp_path: Path) -> None:
    """The lock is let go at the end, also when what was done under it raised."""
    with only_process(database, tmp_path):
        other = Database(database.url.render_as_string(hide_password=False))
        with pytest.raises(AlreadyRunning, match="Stop it first"), only_process(other, tmp_path):
            pass
        other.close()
    with pytest.raises(KeyError), only_process(database, tmp_path):
        raise KeyError("work")
    with only_process(database, tmp_path):
        pass


def test_who_holds_a_file_lock_is_named(tmp_path: Path) -> None:
    """The sentence has the number of the process that an operator has to stop."""
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with (
        only_process(database, tmp_path / "data"),
        pytest.raises(AlreadyRunning, match=f"number {os.getpid()}"),
        only_process(database, tmp_path / "data"),
    ):
        pass
    database.close()


def test_writing_goes_on_under_the_lock(database: Database, tmp_path: Path) -> None:
    """The lock of the process and the turn of a writer are two things."""
    with only_process(database, tmp_path), database.write() as tx:
        assert tx.next_key()
