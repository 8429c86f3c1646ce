"""Every table that knows rooms says what becomes of it when a room is upgraded."""

from __future__ import annotations

import pytest
from sqlmodel import SQLModel

from commands.core.registry import load
from storage import tables

# Columns that hold room ids, and the payloads of the schedule, which may.
OF_ROOMS = {"room_id", "lane", "direct_with", "payload"}
KNOW_ROOMS = sorted(
    name
    for name in tables.names()
    if any(
        column.name in OF_ROOMS or "room" in column.name for column in SQLModel.metadata.tables[name].columns
    )
)
BELONGINGS = {belonging.table: belonging for belonging in load().belongings}


@pytest.mark.parametrize("table", KNOW_ROOMS)
def test_every_table_of_rooms_says_what_moves(table: str) -> None:
    """A new table without an answer is not let in."""
    assert table in BELONGINGS, f"declare a Belonging for {table!r} in the capability's holdings.py"
    assert BELONGINGS[table].why.endswith(".")


def test_belongings_are_of_tables_that_exist() -> None:
    assert set(BELONGINGS) <= tables.names()
