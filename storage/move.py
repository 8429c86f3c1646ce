"""Moving a network from one database into another, of the same kind or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Table, and_, func, inspect, select, text, update
from sqlalchemy.exc import DataError
from sqlmodel import SQLModel

from storage import tables
from storage.database import Database, Tx, first_line
from storage.migrate import begin_move, end_move, migrate, up_to_date

AT_ONCE = 500  # rows


class MoveRefused(Exception):
    """This database can't be moved, or not into that one; the network in FROM is as it was."""


def move(source: Database, target: Database, rebuild: Callable[[Tx], None]) -> dict[str, int]:
    """Copy every table into an empty `target`, let `rebuild` make what is derived from them, and compare.

    Returns the number of rows in each table. The copy is one transaction; until it is finished the target
    says that it is not, and can be moved into again. Raises `MoveRefused`.
    """
    _check_source(source)
    _check_target(target)
    migrate(target)
    with target.write() as tx:
        begin_move(tx)
    counts = {}
    with target.write() as new:
        end_move(new)
        with source.read() as old:
            for table in SQLModel.metadata.sorted_tables:
                try:
                    counts[table.name] = _copy(table, old, new)
                except DataError as error:
                    raise MoveRefused(f"{table.name}: {first_line(error.orig or error)}") from error
        rebuild(new)
    return counts


def _check_source(source: Database) -> None:
    if not inspect(source.engine).has_table("alembic_version"):
        raise MoveRefused("FROM holds no network of Proxenos.")
    if not up_to_date(source):
        raise MoveRefused(
            "FROM was last used by an older version of Proxenos. Bring it up to date first, by"
            " `proxenos db upgrade` with DATABASE_URL set to it."
        )


def _check_target(target: Database) -> None:
    found = set(inspect(target.engine).get_table_names())
    if found and "alembic_version" not in found:
        raise MoveRefused("TO is not empty: it holds tables of something else. Name an empty database.")
    if not found:
        return
    with target.write() as tx:
        end_move(tx)  # one that was not finished left nothing but this note
        names = sorted(tables.names() & found)
        filled = [name for name in names if tx.connection.scalar(text(f'SELECT 1 FROM "{name}" LIMIT 1'))]  # noqa: S608
        if filled:
            raise MoveRefused(f"TO is not empty: it has {', '.join(filled)}. Name an empty database.")


def _copy(table: Table, old: Tx, new: Tx) -> int:
    """Copy a table and compare the number of its rows, which is returned."""
    own = [
        column for column in table.columns if any(key.column.table is table for key in column.foreign_keys)
    ]
    later = dict.fromkeys(column.name for column in own)  # refers to rows that may come later
    found = old.connection.execute(select(table), execution_options={"yield_per": AT_ONCE})
    for part in found.mappings().partitions():
        new.connection.execute(table.insert(), [{**row, **later} for row in part])
    for column in own:
        _set_references(table, column, old, new)
    _go_on_counting(table, old, new)
    expected, arrived = _count(table, old), _count(table, new)
    if arrived != expected:
        raise MoveRefused(f"{table.name}: of {expected} rows {arrived} arrived, so nothing was moved.")
    return arrived


def _set_references(table: Table, column: Column[Any], old: Tx, new: Tx) -> None:
    identity = list(table.primary_key.columns)
    for row in old.connection.execute(select(*identity, column).where(column.is_not(None))):
        here = and_(*(part == value for part, value in zip(identity, row[:-1], strict=True)))
        new.connection.execute(update(table).where(here).values({column: row[-1]}))


def _go_on_counting(table: Table, old: Tx, new: Tx) -> None:
    """Let the next row have a number that none has had, though its row may be deleted since."""
    column = table.autoincrement_column
    if column is None:
        return
    highest = max(_highest_given(table, column, old), new.connection.scalar(select(func.max(column))) or 0)
    if not highest:
        return
    given = {"table": table.name, "column": column.name, "highest": highest}
    if not new.sqlite:
        new.connection.execute(
            text("SELECT setval(pg_get_serial_sequence(quote_ident(:table), :column), :highest)"), given
        )
    elif table.dialect_options["sqlite"]["autoincrement"]:
        new.connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), given)
        new.connection.execute(text("INSERT INTO sqlite_sequence VALUES (:table, :highest)"), given)


def _highest_given(table: Table, column: Column[Any], tx: Tx) -> int:
    if not tx.sqlite:
        sequence = tx.connection.scalar(
            text("SELECT pg_get_serial_sequence(quote_ident(:table), :column)"),
            {"table": table.name, "column": column.name},
        )
        found = tx.connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608
        return int(found.last_value) if found.is_called else 0
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return 0
    return (
        tx.connection.scalar(
            text("SELECT seq FROM sqlite_sequence WHERE name = :table"), {"table": table.name}
        )
        or 0
    )


def _count(table: Table, tx: Tx) -> int:
    return tx.connection.scalar(select(func.count()).select_from(table)) or 0
