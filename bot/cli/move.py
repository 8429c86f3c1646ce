"""A network into another database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bot.cli.errors import CommandFailed
from bot.cli.operate import opened, say
from commands.practices import index
from config.settings import StorageSettings, load_storage_settings
from storage.database import Database, sqlite_file
from storage.lock import only_process
from storage.move import move


def move_database(source: str, target: str) -> int:
    """Copy everything from one database into another, which has to be empty; tells how much was copied."""
    settings = load_storage_settings()
    if source == target:
        raise CommandFailed("FROM and TO are the same database.")
    if sqlite_file(source) and sqlite_file(target):
        raise CommandFailed("FROM and TO are both SQLite: copy the file while the bot is stopped.")
    if (file := sqlite_file(source)) and not file.exists():
        raise CommandFailed(f"FROM: there is no {file}.")
    with _alone(source, settings) as old, _alone(target, settings) as new:
        counts = move(old, new, index.rebuild)
    for table, count in counts.items():
        say(f"{table:20} {count:>9}")
    say(f"{sum(counts.values())} rows in {len(counts)} tables were moved; the search index was built anew.")
    say("Set PROXENOS_DATABASE_URL to the new database before you start the bot. The old one is unchanged.")
    return 0


@contextlib.contextmanager
def _alone(url: str, settings: StorageSettings) -> Iterator[Database]:
    """A database that no bot works with."""
    # A bot with a SQLite file holds a lock in its data directory, which is where that file usually is.
    file = sqlite_file(url)
    folder = settings.data_dir if file is None or url == settings.database_url else file.parent
    with (
        opened(StorageSettings(database_url=url, data_dir=folder)) as database,
        only_process(database, folder),
    ):
        yield database
