"""The declaration of whose data a table holds, and what export and erasure do with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from storage.database import Tx


@dataclass(frozen=True)
class Holding:
    """The answer of one table to `mydata` and `forgetme`.

    `export` gives what the table holds of a person, ready for JSON (None: the table holds nothing of
    persons, and `why` says so). `erase` deletes it; the second argument says whether the practices of the
    person go too. `why` is one sentence for the reader of the privacy documentation.
    """

    table: str
    why: str
    export: Callable[[Tx, str], Any] | None = None
    erase: Callable[[Tx, str, bool], None] | None = None
