"""`proxenos move-database`: everything arrives or nothing does, and every refusal is a sentence."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlmodel import SQLModel, select

from bot.__main__ import main
from commands.practices import index
from storage import outbox, practices, search
from storage.database import Database, Tx
from storage.lock import only_process
from storage.migrate import MoveUnfinished, migrate
from storage.move import AT_ONCE
from storage.practices import Practice
from storage.search import Query
from tests.commands.members.test_holdings import furnished
from tests.storage.conftest import postgres_url
from tests.transcript import Chat

__all__ = ["postgres_url"]

SQLITE = "sqlite:///old/proxenos.db"


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory without settings."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[str]:
    """The address of a PostgreSQL database in which there is nothing at all."""
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    name = f"test_{uuid.uuid4().hex}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def network(url: str) -> None:
    """A network in which there is something in every table that has been given a row in life."""
    database = Database(url)
    migrate(database)
    chat = furnished(Chat(database))
    with database.write("$translation") as tx:
        first, *others = practices.everything(tx)
        first.translation_of = others[-1].number  # refers to what comes later
        tx.session.add(first)
        gone = practices.add(tx, Practice(**_record(tx)))
        tx.session.flush()
        practices.remove(tx, gone)
        index.rebuild(tx)
    chat.database.close()


def _record(tx: Tx) -> dict[str, Any]:
    record = practices.everything(tx)[0].model_dump(exclude={"number", "external_id", "translation_of"})
    return {**record, "title": "Withdrawn"}


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as Python sees it."""
    database = Database(url)
    with database.read() as tx:
        found = {
            table.name: sorted((tuple(row) for row in tx.connection.execute(table.select())), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }
    database.close()
    return found


def test_a_network_there_and_back(postgres: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From SQLite to PostgreSQL and back: all rows are the same, and their numbers are told."""
    network(SQLITE)
    before = contents(SQLITE)
    assert main(["move-database", SQLITE, postgres]) == 0
    assert contents(SQLITE) == contents(postgres) == before
    told = capsys.readouterr().out.splitlines()
    assert told[-1].startswith("Set PROXENOS_DATABASE_URL to the new database")
    counts = {line.split()[0]: int(line.split()[1]) for line in told[:-2]}
    assert counts == {name: len(found) for name, found in before.items()}
    assert main(["move-database", postgres, "sqlite:///new/proxenos.db"]) == 0
    assert contents("sqlite:///new/proxenos.db") == before


def test_what_was_moved_is_found_and_goes_on_counting(postgres: str) -> None:
    """The search works at once; a number that was given once is never given again, though its row is gone."""
    network(SQLITE)
    assert main(["move-database", SQLITE, postgres]) == 0
    old, new = Database(SQLITE), Database(postgres)
    numbers, found, highest = [], [], []
    for database in (old, new):
        with database.write() as tx:
            found.append([hit.number for hit in search.find(tx, Query("shade")).hits])
            numbers.append(practices.add(tx, Practice(**_record(tx))).number)
            named = select(Practice.number).where(Practice.title != "Withdrawn")
            highest.append(max(tx.session.exec(named)))
        database.close()
    assert found[0] == found[1] != []
    assert numbers[0] == numbers[1] == highest[0] + 2


def test_a_target_that_is_not_empty(postgres: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a network nor anything else is overwritten."""
    network(SQLITE)
    assert main(["move-database", SQLITE, postgres]) == 0
    capsys.readouterr()
    assert main(["move-database", SQLITE, postgres]) == 1
    refused = capsys.readouterr().err
    assert refused.startswith("TO is not empty: it has adoption, announcement, answer_request, assessment, ")
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()
    assert main(["move-database", SQLITE, postgres]) == 1
    assert capsys.readouterr().err.startswith("TO is not empty: it holds tables of something else.")


def test_a_bot_that_works(postgres: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither side may be in use."""
    network(SQLITE)
    database = Database(SQLITE)
    with only_process(database, Path("old")):
        assert main(["move-database", SQLITE, postgres]) == 1
    database.close()
    assert capsys.readouterr().err.startswith("Another Proxenos process (number")
    target = Database(postgres)
    with only_process(target, Path()):
        assert main(["move-database", SQLITE, postgres]) == 1
    target.close()
    assert capsys.readouterr().err.startswith("Proxenos works on this database. Stop it first")


def test_databases_of_other_versions(postgres: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Only this version's own can be moved; what is no network, or is not there, is named."""
    network(SQLITE)
    for revision, sentence in (
        ("0001", "FROM was last used by an older version"),
        ("from-2031", "The database was last used by a newer version"),
    ):
        database = Database(SQLITE)
        with database.write() as tx:
            tx.connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        database.close()
        assert main(["move-database", SQLITE, postgres]) == 1
        assert capsys.readouterr().err.startswith(sentence)
    assert main(["move-database", "sqlite:///nowhere/x.db", postgres]) == 1
    assert capsys.readouterr().err == "FROM: there is no nowhere/x.db.\n"
    assert not Path("nowhere").exists()
    assert main(["move-database", postgres, "sqlite:///new/proxenos.db"]) == 1
    assert capsys.readouterr().err == "FROM holds no network of Proxenos.\n"
    with pytest.raises(SystemExit):
        main(["move-database", "mysql://u:secret-word@host/x", postgres])
    assert "secret-word" not in capsys.readouterr().err


def test_a_move_that_was_killed(postgres: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The bot does not start on half a network; the source is as it was; the move can be repeated."""
    network(SQLITE)
    before = contents(SQLITE)
    killed = subprocess.run([sys.executable, "-c", KILLED, SQLITE, postgres], check=False)
    assert killed.returncode == -9
    half = Database(postgres)
    with pytest.raises(MoveUnfinished, match="Repeat `proxenos move-database`"):
        migrate(half)
    half.close()
    assert contents(SQLITE) == before
    capsys.readouterr()
    assert main(["move-database", SQLITE, postgres]) == 0
    assert contents(postgres) == before


KILLED = """
import os, signal, sys
from bot.__main__ import main
from commands.practices import index
index.rebuild = lambda tx: os.kill(os.getpid(), signal.SIGKILL)
main(["move-database", *sys.argv[1:]])
"""


def test_more_rows_than_are_copied_at_once(postgres: str) -> None:
    """None is left behind at the seams, and their order stays."""
    database = Database(SQLITE)
    migrate(database)
    with database.write("$many") as tx:
        for number in range(2 * AT_ONCE + 1):
            outbox.message(tx, f"!room{number % 7}", {"body": str(number)})
    database.close()
    assert main(["move-database", SQLITE, postgres]) == 0
    assert contents(postgres) == contents(SQLITE)
