"""Killed at any point of a digest or an announcement: everyone gets theirs exactly once.

The process is killed before each single statement that it sends to the database, and started again until all
is done: what is committed stays, all else never was.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, event
from sqlmodel import col, select

import storage.database
import storage.practices
import storage.search.sqlite
import storage.statements
from commands.news.digest import service
from storage.database import Database, Tx, driver
from storage.outbox import OutboxRow
from tests.commands.news.network import join, put, run, said
from tests.storage.conftest import KINDS, new_database, postgres_url
from tests.transcript import ADA, BEN, HUB, MIA, Chat

__all__ = ["postgres_url"]  # a fixture that `new_database` asks for


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_after(database: Database, statements: int) -> Iterator[None]:
    """Let so many statements through, and be dead at the next."""
    left = statements

    def count(*_args: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    def counted(connection: Connection) -> sqlite3.Connection:
        """What goes to SQLite's own driver without SQLAlchemy's cursor."""
        count()
        return driver(connection)

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        with ExitStack() as patches:
            for module in (storage.database, storage.statements, storage.practices, storage.search.sqlite):
                patches.enter_context(patch.object(module, "driver", counted))
            yield
    finally:
        event.remove(database.engine, "before_cursor_execute", count)


@pytest.fixture(params=KINDS)
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chat]:
    """A hub with a digest on Monday at nine, two members with their own, and an announcement at that hour."""
    with new_database(request.param, tmp_path, request) as database:
        chat = Chat(database)
        for user in (ADA, BEN):
            join(chat, user)
            chat.say(user, "digest on")
        chat.in_hub(MIA, "!digest on")
        chat.say(MIA, "announce at 2027-03-08 09:00 in Lobby: Hello")
        chat.say(MIA, "yes")
        put(chat, "Quiet streets")
        yield chat


def test_killed_at_every_statement(network: Chat) -> None:
    """Each gets exactly one; the second week comes once as well."""
    before, steps = len(said(network)), 0
    network.clock.forward(days=6, hours=23)
    for _ in range(500):
        try:
            with killed_after(network.database, steps):
                run(network)
        except Killed:
            steps += 1
        else:
            break
    told = Counter(said(network)[before:])
    assert sorted(lane for lane, _ in told) == sorted([HUB, HUB, network.dm(ADA), network.dm(BEN)])
    assert set(told.values()) == {1}
    assert steps > 40
    put(network, "Night buses")
    network.clock.forward(days=7)
    assert len(run(network)) == 3


def test_power_that_fails_after_the_messages_were_sent(network: Chat) -> None:
    """Where the database has lost its last moments, the same messages have the same transaction ids again:
    the homeserver knows them."""
    network.clock.forward(days=7)
    sent: list[str] = []
    with suppress(Killed), network.database.write("job:digests") as tx:
        service.send_due(tx, network.network, 1)
        sent = ids(tx)
        raise Killed
    run(network)
    with network.reading() as tx:
        assert len(sent) == 3
        assert set(sent) <= set(ids(tx))


def ids(tx: Tx) -> list[str]:
    """The transaction ids of all messages of digests."""
    tx.flush()
    rows = tx.session.exec(select(OutboxRow).where(col(OutboxRow.key).startswith("digest:")))
    return [row.txn_id for row in rows]
