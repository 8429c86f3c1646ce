"""Real databases: each test runs on a fresh SQLite file and on a fresh PostgreSQL database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from bench.postgresql import new_server
from storage.database import Database
from storage.migrate import migrate
from tests.blank import blank_database

_BLANK = "blank"  # a database with the schema, to be copied
KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server of this test session, of its database `postgres`."""
    with new_server() as server:
        url: str = server.get_uri(driver="psycopg")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            # Tests pull no plugs.
            connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
            connection.exec_driver_sql(f"CREATE DATABASE {_BLANK}")
        admin.dispose()
        blank = Database(make_url(url).set(database=_BLANK).render_as_string(hide_password=False))
        migrate(blank)
        blank.close()
        yield url


@contextmanager
def new_database(kind: str, directory: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database of this kind (see KINDS) with its schema; gone afterwards."""
    if kind == "sqlite":
        database = Database(blank_database(directory / f"{uuid.uuid4().hex}.db"))
        try:
            yield database
        finally:
            database.close()
        return
    url = make_url(request.getfixturevalue("postgres_url"))
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {_BLANK}")
    try:
        database = Database(url.set(database=name).render_as_string(hide_password=False))
        try:
            yield database
        finally:
            database.close()
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with its schema: the test runs once on SQLite and once on PostgreSQL."""
    with new_database(request.param, tmp_path, request) as database:
        yield database
