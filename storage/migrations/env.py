"""Alembic's entry: migrations run on the connection, and in the transaction, of whoever asked for them."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON
from sqlmodel import AutoString, SQLModel

from storage import tables
from storage.database import UtcDateTime

_WRITTEN = {UtcDateTime: "UtcDateTime", AutoString: "sa.String()", JSON: "JsonColumn"}


def _write(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Our own types by their own names, in migrations that are written from the tables."""
    return _WRITTEN.get(type(item), False) if kind == "type" else False


def _described(_object: Any, name: str | None, kind: str, reflected: bool, _compare_to: Any) -> bool:
    """Leave alone what no model describes: the search index is made of virtual tables and the like."""
    return not (reflected and kind == "table" and name not in tables.names())


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_write,
    include_object=_described,
)
with context.begin_transaction():
    context.run_migrations()
