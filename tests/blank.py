"""Databases with the schema and nothing in them: made once by the migrations, then copied."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from storage.database import Database
from storage.migrate import migrate


def blank_database(file: Path) -> str:
    """Put a SQLite database with the schema at `file`, unless one is there; returns its URL."""
    if not file.exists():
        shutil.copyfile(_blank(), file)
    return f"sqlite:///{file}"


@cache
def _blank() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="blank-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'blank.db'}")
    migrate(database)
    database.close()
    return folder / "blank.db"
