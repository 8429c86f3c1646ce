"""Write a migration from what changed in the tables: `python -m storage.migrations.write "what changes"`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from storage.database import Database
from storage.migrate import configuration, migrate


def main(message: str) -> None:
    """Compare a database of the newest revision with the tables of the program and write the difference."""
    config = configuration()
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.db'}")
        migrate(database)
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        database.close()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit("Say what changes, for instance: add the events' tables"))
