"""The declaration of what the clock does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from commands.core.context import Network
from storage.database import Tx


@dataclass(frozen=True)
class Job:
    """A job that due rows of the schedule name.

    It runs inside one transaction, and does its work by writing. One that is later than `skip_after` is
    skipped instead; None means it is done however late. `repeats` gives the local hour of a daily job,
    which the program plans by itself.
    """

    name: str
    run: Callable[[Tx, Network, dict[str, Any]], None]
    skip_after: timedelta | None = None
    daily_at: int | None = None
