"""Statements that are run for every command: SQLAlchemy writes them once, and SQLite's own driver runs them.

SQLAlchemy takes five times as long for a small statement as SQLite does. With PostgreSQL, where the way to
the server and back outweighs both, it runs them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Insert, Select, TextClause, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Delete
from sqlalchemy.types import TypeEngine

from storage.database import Tx, driver

_DIALECT = sqlite.dialect()
_Process = Callable[[Any], Any] | None


class Statement:
    """A statement with its parameters by name; `columns` are those that an `insert` gives values to."""

    def __init__(
        self,
        statement: Select[Any] | Insert | Update | Delete | TextClause,
        columns: Sequence[str] | None = None,
    ) -> None:
        self._statement = statement
        self._given = columns

    def rows(self, tx: Tx, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run it; returns its rows."""
        if not tx.sqlite:
            return [tuple(row) for row in tx.connection.execute(self._statement, values)]
        found = driver(tx.connection).execute(self._sql, self._written(values)).fetchall()
        read: list[tuple[Any, ...]] = []
        for row in found:
            values_of_it = list(row)
            for place, process in self._read:
                values_of_it[place] = process(values_of_it[place])
            read.append(tuple(values_of_it))
        return read

    def dicts(self, tx: Tx, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Run it; returns its rows with the names of their columns."""
        return [dict(zip(self._names, row, strict=True)) for row in self.rows(tx, values)]

    def run(self, tx: Tx, values: dict[str, Any]) -> None:
        """Run it for what it does."""
        if tx.sqlite:
            driver(tx.connection).execute(self._sql, self._written(values))
        else:
            tx.connection.execute(self._statement, values)

    def run_for_each(self, tx: Tx, values: Sequence[dict[str, Any]]) -> int:
        """Run it with several values, one after the other; returns how many rows it changed."""
        if tx.sqlite:
            return driver(tx.connection).executemany(self._sql, map(self._written, values)).rowcount
        return tx.connection.execute(self._statement, values).rowcount

    def _written(self, values: dict[str, Any]) -> list[Any]:
        return [
            value if process is None else process(value)
            for name, process, fixed in self._parameters
            for value in (values.get(name, fixed),)
        ]

    @cached_property
    def _compiled(self) -> Any:
        return self._statement.compile(dialect=_DIALECT, column_keys=self._given)

    @cached_property
    def _sql(self) -> str:
        return str(self._compiled)

    @cached_property
    def _parameters(self) -> list[tuple[str, _Process, Any]]:
        """The parameters in their order: name, what makes SQLite's value of one, and what holds if none is
        given."""
        binds, fixed = self._compiled.binds, self._compiled.params
        return [
            (name, _for_sqlite(binds[name].type).bind_processor(_DIALECT), fixed[name])
            for name in self._compiled.positiontup
        ]

    @cached_property
    def _columns(self) -> list[Any]:
        return [] if isinstance(self._statement, TextClause) else list(self._statement.exported_columns)

    @cached_property
    def _names(self) -> list[str]:
        return [column.name for column in self._columns]

    @cached_property
    def _read(self) -> list[tuple[int, Callable[[Any], Any]]]:
        """The columns whose values are not yet ours as SQLite gives them, and what makes them so."""
        processes = [_for_sqlite(column.type).result_processor(_DIALECT, None) for column in self._columns]
        return [(place, process) for place, process in enumerate(processes) if process is not None]


def _for_sqlite(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.dialect_impl(_DIALECT)
