"""Networks in which practices are shared and found."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.practices.transfer import import_record
from storage.database import Database
from tests.blank import blank_database
from tests.commands.practices.network import register, starter
from tests.transcript import ADA, Chat


@pytest.fixture(scope="session")
def starter_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the sixty practices that come with the program; imported once, copied for each test."""
    path = tmp_path_factory.mktemp("starter") / "starter.db"
    database = Database(blank_database(path))
    with database.write("import") as tx:
        for record in starter():
            import_record(tx, record)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def library(starter_file: Path, tmp_path: Path) -> Iterator[Chat]:
    """A network that speaks English, with the sixty practices."""
    yield from _library(starter_file, tmp_path / "library.db", "en")


@pytest.fixture
def library_de(starter_file: Path, tmp_path: Path) -> Iterator[Chat]:
    """A network that speaks German, with the sixty practices."""
    yield from _library(starter_file, tmp_path / "library-de.db", "de")


def _library(starter: Path, path: Path, language: str) -> Iterator[Chat]:
    shutil.copy(starter, path)
    database = Database(f"sqlite:///{path}")
    yield Chat(database, language=language)
    database.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Chat]:
    """Another network, which speaks German and has no practices."""
    database = Database(blank_database(tmp_path / "elsewhere.db"))
    yield Chat(database, language="de")
    database.close()


@pytest.fixture
def ada(chat: Chat) -> Chat:
    """A network in which Ada is a member."""
    register(chat, ADA)
    return chat


@pytest.fixture
def ada_de(chat_de: Chat) -> Chat:
    """A network that speaks German, in which Ada is a member."""
    register(chat_de, ADA)
    return chat_de
