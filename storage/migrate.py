"""Bringing a database to the shape that this program needs; one from a newer program is never touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from storage.database import Database, Tx

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseIsNewer(Exception):
    """The database was last used by a newer version of the program."""


class DatabaseIsOlder(Exception):
    """The database has the shape of an older version, and can't be changed at present."""


class MoveUnfinished(Exception):
    """A network was to be moved into this database, and not all of it arrived."""


def configuration() -> Config:
    """Alembic's configuration: where the migrations are."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def revisions() -> list[str]:
    """The revisions that this program knows, oldest first: their files are named by them, in order."""
    return sorted(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def up_to_date(database: Database) -> bool:
    """Whether the database has the shape that this program needs, rather than an older one or none.

    Raises `DatabaseIsNewer` for a revision that this program does not know, and `MoveUnfinished`.
    """
    # Without Alembic, which takes long to import and some memory, and is needed after an update only.
    known = revisions()
    with database.engine.connect() as connection:
        present = connection.scalar(_REVISION) if inspect(connection).has_table("alembic_version") else None
        unfinished = present is not None and connection.scalar(_MOVE) is not None
    if present is not None and present not in known:
        raise DatabaseIsNewer(
            "The database was last used by a newer version of Proxenos"
            f" (its revision is {present}; this program knows up to {known[-1]})."
            " Nothing was changed. Please start the newer version, or restore a backup made by this one."
        )
    if unfinished:
        raise MoveUnfinished(
            "The move into this database was not finished. Repeat `proxenos move-database`; the database that"
            " it was to come from is as it was."
        )
    return present == known[-1]


_REVISION = text("SELECT version_num FROM alembic_version")
_MOVE = text("SELECT value FROM cursor WHERE name = 'move'")


def begin_move(tx: Tx) -> None:
    """Note that this database is not one to work with before `end_move`."""
    tx.connection.execute(text("INSERT INTO cursor (name, value) VALUES ('move', 'unfinished')"))


def end_move(tx: Tx) -> None:
    """Take the note away, in the transaction that brings everything."""
    tx.connection.execute(text("DELETE FROM cursor WHERE name = 'move'"))


def migrate(database: Database) -> bool:
    """Bring the database up to date; returns whether anything had to be done.

    Raises `DatabaseIsNewer` and `MoveUnfinished`.
    """
    if up_to_date(database):
        return False
    from alembic import command

    config = configuration()
    with database.engine.execution_options(writes=True).connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
