"""The operator's model in the running program: vectors made in the background, refusals at the start."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.meaning import keep_up
from storage import practices, vectors
from storage.database import Database
from storage.embedding import Model
from storage.meaning import Meaning
from storage.practices import Practice
from storage.search import Query
from storage.vectors import Behind
from tests.blank import blank_database
from tests.storage.model import make_model


def test_a_folder_without_a_model_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the setting, what is wrong, and exit code 2."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "HOMESERVER_URL": "http://localhost:1",
        "USER_ID": "@proxenos:localhost",
        "PASSWORD": "secret",
        "HUB_ROOM": "#hub:localhost",
        "EMBEDDING_MODEL": str(tmp_path / "nowhere"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"PROXENOS_{name}", value)
    assert main(["run"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("PROXENOS_EMBEDDING_MODEL: ")
    assert "nowhere holds neither onnx/model.onnx nor model.onnx" in told


async def test_vectors_are_made_in_the_background(tmp_path: Path) -> None:
    """Of what is there at the start and of what comes later."""
    database = Database(blank_database(tmp_path / "bot.db"))
    meaning = Meaning(Model(make_model(tmp_path / "model", ("sykkel", "bicycle"))))
    add(database, "Bicycle streets")
    working = asyncio.create_task(keep_up(database, meaning, look_again=0.01))
    try:
        await until(database, 1)
        add(database, "Water squares")
        await until(database, 2)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    with database.read() as tx:
        assert meaning.behind(tx, 16) == []
        assert meaning.near(tx, Query("nothing known")) == []
    database.close()


async def test_a_model_that_fails_does_not_end_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again."""
    database = Database(blank_database(tmp_path / "bot.db"))
    meaning = Meaning(Model(make_model(tmp_path / "model", ("sykkel", "bicycle"))))
    add(database, "Bicycle streets")
    make = meaning.made
    failures = [RuntimeError("out of memory")]

    def fails_once(behind: Sequence[Behind]) -> dict[Behind, bytes]:
        if failures:
            raise failures.pop()
        return make(behind)

    monkeypatch.setattr(meaning, "made", fails_once)
    working = asyncio.create_task(keep_up(database, meaning, look_again=0.01))
    try:
        await until(database, 1)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    database.close()


def add(database: Database, title: str) -> None:
    """Publish a practice."""
    now = datetime(2027, 3, 1, tzinfo=UTC)
    said: dict[str, Any] = dict.fromkeys(
        ("summary", "challenge", "solution", "evidence", "lessons", "transfer"), "…"
    )
    with database.write(title) as tx:
        practices.add(
            tx,
            Practice(
                title=title, language="en", city="Ghent", country="BE", created_at=now, updated_at=now, **said
            ),
        )


async def until(database: Database, count: int) -> None:
    """Wait for this many vectors."""
    while True:
        with database.read() as tx:
            if vectors.state(tx)[0] == count:
                return
        await asyncio.sleep(0.01)
