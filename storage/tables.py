"""All tables in one place, for migrations and for the test that asks whose data each holds."""

from __future__ import annotations

from sqlmodel import SQLModel

from storage import (
    announcements,
    asking,
    assessment,
    attachments,
    crypto,
    devices,
    dialogs,
    digest,
    events,
    inbox,
    matching,
    members,
    outbox,
    practices,
    reuse,
    rooms,
    rounds,
    schedule,
    trainings,
    translations,
    vectors,
    watching,
)

__all__ = [
    "announcements",
    "asking",
    "assessment",
    "attachments",
    "crypto",
    "devices",
    "dialogs",
    "digest",
    "events",
    "inbox",
    "matching",
    "members",
    "names",
    "outbox",
    "practices",
    "reuse",
    "rooms",
    "rounds",
    "schedule",
    "trainings",
    "translations",
    "vectors",
    "watching",
]


def names() -> set[str]:
    """The names of all tables that hold the program's data."""
    return set(SQLModel.metadata.tables)
