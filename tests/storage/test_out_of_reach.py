"""A database that takes nothing at the moment is told apart from a bug, and waited for."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from storage import database as module
from storage import inbox
from storage.database import OutOfReach
from storage.migrate import migrate


def test_a_postgresql_that_is_not_there_is_out_of_reach() -> None:
    """As when it has not started yet; what a lost one means for the lead, `test_lock` tells."""
    database = module.Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    with pytest.raises(OutOfReach, match="Connection refused"), database.write():
        pass
    database.close()


def test_a_wrong_statement_is_a_bug(tmp_path: Path) -> None:
    """And not something to wait for; the same for a savepoint inside."""
    database = module.Database(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(database)
    with pytest.raises(OperationalError), database.write() as tx, tx.savepoint():
        tx.connection.execute(text("SELECT nothing FROM nowhere"))
    database.close()


def test_a_full_disk_inside_a_savepoint(tmp_path: Path) -> None:
    """SQLite has given the transaction up by itself; what is told is the full disk all the same."""
    database = module.Database(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(database)

    def fill() -> None:
        with database.write() as tx:
            pages = tx.connection.scalar(text("PRAGMA page_count"))
            tx.connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            with tx.savepoint():
                inbox.keep_sync_token(tx, "s" * 1_000_000)

    with pytest.raises(OutOfReach, match="the disk is full"):
        fill()
    with database.write() as tx:
        tx.connection.execute(text("PRAGMA max_page_count = 1000000"))
        inbox.keep_sync_token(tx, "s2")
    with database.read() as tx:
        assert inbox.sync_token(tx) == "s2"
    database.close()
