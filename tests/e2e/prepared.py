"""The program after its first commands: imported by the process from which others are forked.

Reading the glossary, the countries and the catalogues takes a second or two, compiling what is asked of the
database nearly as much. Who is forked from here has that behind them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from storage import database
from tests import statements
from tests.blank import blank_database
from tests.e2e import mortal
from tests.e2e.words import SAID
from tests.transcript import ADA, Chat

__all__ = ["mortal"]

statements.share()
database.SYNCHRONOUS = "OFF"  # who is killed pulls no plug
with tempfile.TemporaryDirectory() as folder:
    chat = Chat(database.Database(blank_database(Path(folder) / "chat.db")))
    for words in SAID:
        chat.in_hub(ADA, words)
    chat.database.close()
