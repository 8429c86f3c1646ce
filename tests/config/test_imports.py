"""What is hidden from others while they are imported is there for whoever wants it."""

from __future__ import annotations

import subprocess
import sys

_START = """
import sys
import bot.matrix
assert not {"rich", "twisted", "psycopg"} & set(sys.modules)
import psycopg, rich.console, twisted
rich.console.Console().print(psycopg.__name__, twisted.__name__)
"""


def test_what_is_hidden_at_the_start_can_be_imported_later() -> None:
    """In a process of its own, as this one has them already."""
    done = subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("psycopg twisted\n", "")
