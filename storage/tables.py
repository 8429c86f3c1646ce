"""All tables in one place, for migrations and for the test that asks whose data each holds."""

from __future__ import annotations

from sqlmodel import SQLModel

from storage import crypto, devices, dialogs, inbox, matching, members, outbox, practices, rooms, schedule

__all__ = [
    "crypto",
    "devices",
    "dialogs",
    "inbox",
    "matching",
    "members",
    "names",
    "outbox",
    "practices",
    "rooms",
    "schedule",
]


def names() -> set[str]:
    """The names of all tables that hold the program's data."""
    return set(SQLModel.metadata.tables)
