"""The operator's embedding model at work: opened at the start, and its vectors kept up with the library."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from config.settings import Settings, SettingsError
from storage.database import Database

if TYPE_CHECKING:
    from storage.meaning import Meaning
    from storage.vectors import Behind

log = structlog.get_logger("meaning")

AT_ONCE = 16  # practices in one transaction
LOOK_AGAIN = 10.0  # seconds; until then a new practice is found by its words


def meaning_from(settings: Settings) -> Meaning | None:
    """What makes meanings of texts, if the operator has set a model; raises `SettingsError`."""
    return _opened(settings.embedding_model.resolve()) if settings.embedding_model else None


@cache
def _opened(folder: Path) -> Meaning:
    # Only who sets a model needs what it runs on.
    try:
        from storage.embedding import Model, ModelUnusable
        from storage.meaning import Meaning
    except ImportError as missing:
        raise SettingsError(
            f"PROXENOS_EMBEDDING_MODEL is set, but {missing.name} is not installed:"
            " pip install 'proxenos[embeddings]'"
        ) from missing
    try:
        return Meaning(Model(folder))
    except ModelUnusable as unusable:
        raise SettingsError(f"PROXENOS_EMBEDDING_MODEL: {unusable}") from unusable


async def keep_up(database: Database, meaning: Meaning, *, look_again: float = LOOK_AGAIN) -> None:
    """Make the vectors that are missing or old, now and later; no transaction waits for the model."""
    while True:
        behind = await database.run(_behind, database, meaning)
        if not behind:
            await asyncio.sleep(look_again)
            continue
        try:
            made = await asyncio.to_thread(meaning.made, behind)
        except Exception:  # what a model raises is known only to its runtime; the bot goes on by words
            log.exception("vectors_failed", practices=[one.number for one in behind])
            await asyncio.sleep(look_again)
            continue
        kept = await database.run(_keep, database, meaning, made)
        log.info("vectors_made", count=kept, model=meaning.model.fingerprint)


def _behind(database: Database, meaning: Meaning) -> list[Behind]:
    with database.read() as tx:
        return meaning.behind(tx, AT_ONCE)


def _keep(database: Database, meaning: Meaning, made: dict[Behind, bytes]) -> int:
    with database.lead() as tx:
        return meaning.keep(tx, made)
