"""Lists of practices in either database: by date, by pick, and what they can be narrowed down by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from storage import practices
from storage.database import Database
from storage.practices import Facets, Practice, Status

NOW = datetime(2027, 3, 1, tzinfo=UTC)
SAID: dict[str, Any] = dict.fromkeys(
    ("summary", "challenge", "solution", "evidence", "lessons", "transfer"), "…"
)


def _same(moment: datetime) -> datetime:
    return moment


def add(database: Database, title: str, *steps: tuple[Status, str], themes: list[str]) -> int:
    """A practice with a step a day; returns its number."""
    number = 0
    for day, (status, reason) in enumerate(steps):
        moment = NOW + timedelta(days=day)
        database.clock = partial(_same, moment)
        with database.write() as tx:
            found = next((one for one in practices.everything(tx) if one.title == title), None)
            practice = found or practices.add(
                tx,
                Practice(
                    title=title,
                    language="en",
                    city="Ghent",
                    country="BE",
                    themes=themes,
                    created_at=NOW,
                    updated_at=NOW,
                    **SAID,
                ),
            )
            practice.status = status
            practices.add_step(tx, practice, None, reason or None)
            number = practice.number
    return number


def test_new_and_curated_go_by_their_steps(database: Database) -> None:
    """The first publication counts, and the last reason that was given."""
    early = add(
        database,
        "Early",
        (Status.PUBLISHED, ""),
        (Status.CURATED, "clear"),
        (Status.PUBLISHED, ""),
        (Status.CURATED, ""),
        themes=["mobility"],
    )
    late = add(database, "Late", (Status.SUBMITTED, ""), (Status.PUBLISHED, ""), themes=["climate.energy"])
    hidden = add(database, "Hidden", (Status.PUBLISHED, ""), (Status.ARCHIVED, ""), themes=["mobility"])
    with database.read() as tx:
        assert [one.number for one in practices.newest(tx, 10)] == [late, early]
        assert [one.number for one in practices.newest(tx, 10, {"mobility"})] == [early]
        assert [one.number for one in practices.newest(tx, 1)] == [late]
        (picked,) = practices.curated(tx)
        assert (picked.number, picked.reason) == (early, "clear")
        assert practices.curated(tx, {"climate.energy"}) == []
        found = practices.facets(tx, [early, late, hidden])
        assert sorted(found) == [
            Facets("BE", "en", ("climate.energy",)),
            Facets("BE", "en", ("mobility",)),
            Facets("BE", "en", ("mobility",)),
        ]
