"""What is imported with what."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(*packages: str) -> Iterator[None]:
    """Let libraries that are imported within not find these packages, which they would import for no other
    reason than that they are there. Whoever wants them later gets them.

    It can go once structlog imports `rich` and `twisted`, and nio its stores, only when they are used; or
    when a start may take those 18 MB more.
    """
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
