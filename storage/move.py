"""Moving a network from one database into another, of the same kind or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Table, func, inspect, select, text, update
from sqlmodel import SQLModel

from storage import tables
from storage.database import Database, Tx
from storage.migrate import migrate, up_to_date
from storage.unfinished import begin_move, end_move, is_unfinished

AT_ONCE = 500  # rows


class MoveRefused(Exception):
    """This database can't be moved, or not into that one; nothing was changed in either."""


def move(source: Database, target: Database, rebuild: Callable[[Tx], None]) -> dict[str, int]:
    """Copy every table into an empty `target`, let `rebuild` make there what is derived from them, and compare.

    Returns the number of rows in each table. The copy is one transaction; a target in which it was not
    finished is noted as such, and can be moved into again. Raises `MoveRefused`.
    """
    _check_source(source)
    _check_target(target)
    migrate(target)
    with target.write() as tx:
        begin_move(tx)
    with source.read() as old, target.write() as new:
        counts = {}
        end_move(new)
        for table in SQLModel.metadata.sorted_tables:
            _copy(table, old, new)
        for table in SQLModel.metadata.sorted_tables:
            _set_own_references(table, old, new)
            _go_on_counting(table, old, new)
            counts[table.name] = _count(new, table)
            if counts[table.name] != (expected := _count(old, table)):
                raise MoveRefused(
                    f"{table.name}: {expected} rows were to be moved, {counts[table.name]} arrived. The move was"
                    " undone."
                )
        rebuild(new)
    return counts


def _check_source(source: Database) -> None:
    if not inspect(source.engine).has_table("alembic_version"):
        raise MoveRefused("FROM holds no network of Proxenos.")
    if not up_to_date(source):
        raise MoveRefused(
            "FROM was last used by an older version of Proxenos. Bring it up to date first, with"
            " `proxenos db upgrade` and DATABASE_URL set to it."
        )
    with source.read() as tx:
        if is_unfinished(tx):
            raise MoveRefused("FROM is itself the target of a move that was not finished.")


def _check_target(target: Database) -> None:
    found = set(inspect(target.engine).get_table_names())
    if "alembic_version" not in found:
        if found:
            raise MoveRefused("TO is not empty: it holds tables of something else. Give an empty database.")
        return
    with target.read() as tx:
        filled = [
            name
            for name in sorted(tables.names() & found)
            if not (name == "cursor" and is_unfinished(tx)) and tx.connection.scalar(
                text(f'SELECT 1 FROM "{name}" LIMIT 1')  # noqa: S608 - our own tables
            )
        ]
    if filled:
        raise MoveRefused(f"TO is not empty: there are rows in {', '.join(filled)}. Give an empty database.")


def _copy(table: Table, old: Tx, new: Tx) -> None:
    own = [column.name for column in _own_references(table)]
    found = old.connection.execution_options(yield_per=AT_ONCE).execute(select(table))
    for part in found.mappings().partitions():
        new.connection.execute(table.insert(), [{**row, **dict.fromkeys(own)} for row in part])


def _own_references(table: Table) -> list[Column[Any]]:
    """The columns that refer to rows of the same table, which may come later."""
    return [
        column
        for column in table.columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]


def _set_own_references(table: Table, old: Tx, new: Tx) -> None:
    (identity,) = [*table.primary_key.columns][:1] or [None]
    for column in _own_references(table):
        for number, reference in old.connection.execute(
            select(identity, column).where(column.is_not(None))
        ):
            new.connection.execute(update(table).where(identity == number).values({column: reference}))


def _count(tx: Tx, table: Table) -> int:
    return tx.connection.scalar(select(func.count()).select_from(table)) or 0
