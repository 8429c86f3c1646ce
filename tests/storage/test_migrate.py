"""Migrations bring a database to the shape of the tables, once; a newer database is not touched."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, make_url, text
from sqlmodel import SQLModel, select

from storage import inbox, matching, tables
from storage.database import Database
from storage.inbox import Cursor
from storage.migrate import DatabaseIsNewer, configuration, migrate, revisions
from storage.schedule import DueRow, HeededZone
from tests.storage.conftest import KINDS


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database in which there is nothing yet."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.close()
        return
    url = make_url(request.getfixturevalue("postgres_url"))
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    database = Database(url.set(database=name).render_as_string(hide_password=False))
    yield database
    database.close()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def test_a_fresh_database_gets_its_tables_once(empty: Database) -> None:
    """The first time there is something to do, the second time there is not, and what was written stays."""
    assert migrate(empty) is True
    with empty.write() as tx:
        inbox.keep_sync_token(tx, "s1")
    assert migrate(empty) is False
    with empty.read() as tx:
        assert inbox.sync_token(tx) == "s1"


def test_migrations_and_tables_agree(empty: Database) -> None:
    """A change of a table without its migration would be found here."""
    migrate(empty)
    with empty.engine.connect() as connection:
        # The search index is made of virtual tables and the like, which no model describes.
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _object, name, kind, reflected, _compare_to: (
                    not (reflected and kind == "table" and name not in tables.names())
                ),
            },
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_an_introduction_of_two_becomes_one_of_people(empty: Database) -> None:
    """Each has the answer that they gave; who was asked and has not answered still can, and has a week."""
    config = configuration()
    with empty.engine.execution_options(writes=True).connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0011")
        for state, was_told in (("accepted", True), ("open", True), ("open", False)):
            connection.execute(
                text(
                    "INSERT INTO introduction (asker, asked, state, told, asked_at)"
                    " VALUES ('@a:x', '@b:x', :state, :told, '2026-05-04 10:00:00+00:00')"
                ),
                {"state": state, "told": was_told},
            )
        for number in (2, 3):
            connection.execute(
                text(
                    "INSERT INTO schedule (key, job, due_at, local_time, timezone, payload, state) VALUES"
                    " (:key, 'introduction_request', '2026-05-04 10:00:00+00:00', '2026-05-04T10:00:00',"
                    " 'UTC', :payload, :state)"
                ),
                {
                    "key": f"introduction_request:{number}",
                    "payload": f'{{"number": {number}}}',
                    "state": "done" if number == 2 else "waiting",
                },
            )
    assert migrate(empty)
    with empty.write() as tx:
        found = [
            (row.state, [(one.user_id, one.asker, one.answer) for one in matching.introduced(tx, row)])
            for row, _ in matching.introductions_of(tx, "@a:x")
        ]
        assert found == [
            ("accepted", [("@a:x", True, "yes"), ("@b:x", False, "yes")]),
            ("open", [("@a:x", True, "yes"), ("@b:x", False, None)]),
            ("open", [("@a:x", True, "yes"), ("@b:x", False, None)]),
        ]
        waiting = sorted(
            (row.job, matching.person(tx, row.payload["person"]))
            for row in tx.session.exec(select(DueRow).where(DueRow.state == "waiting"))
        )
        assert [(job, found and (found[0].id, found[1].user_id)) for job, found in waiting] == [
            ("introduction_expiry", (2, "@b:x")),
            ("introduction_request", (3, "@b:x")),
        ]
        assert matching.introduce(tx, ["@a:x", "@c:x"]).id == 4


def test_what_was_heeded_of_zones_moves_to_its_own_table(empty: Database) -> None:
    """No zone is looked through again for it, and how far the bot has read stays."""
    config = configuration()
    with empty.engine.execution_options(writes=True).connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0018")
        connection.execute(text("INSERT INTO cursor VALUES ('zone:Europe/Berlin', 'rules'), ('sync', 's1')"))
    assert migrate(empty)
    with empty.read() as tx:
        assert [(one.name, one.rules) for one in tx.session.exec(select(HeededZone))] == [
            ("Europe/Berlin", "rules")
        ]
        assert [one.name for one in tx.session.exec(select(Cursor))] == ["sync"]
        assert inbox.sync_token(tx) == "s1"


def test_a_newer_database_is_refused_and_not_touched(empty: Database) -> None:
    """The sentence names both revisions; not a byte of the file changes."""
    migrate(empty)
    with empty.write() as tx:
        inbox.keep_sync_token(tx, "s1")
        tx.connection.execute(text("UPDATE alembic_version SET version_num = 'from-2031'"))
    before = snapshot(empty)
    with pytest.raises(DatabaseIsNewer, match=r"newer version.*from-2031.*Nothing was changed"):
        migrate(empty)
    assert snapshot(empty) == before


def snapshot(database: Database) -> object:
    """All bytes of a SQLite database; of PostgreSQL the tables and what is in two of them."""
    if database.sqlite:
        database.engine.dispose()
        return Path(str(database.url.database)).read_bytes()
    with database.engine.connect() as connection:
        return (
            sorted(inspect(connection).get_table_names()),
            connection.execute(text("SELECT * FROM cursor")).all(),
            connection.execute(text("SELECT * FROM alembic_version")).all(),
        )


def test_the_newest_revision_is_known_without_alembic() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert revisions() == [script.revision for script in scripts.walk_revisions()][::-1]
