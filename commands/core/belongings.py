"""The declaration of what belongs to a room, and what becomes of it when the room is upgraded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from commands.core.context import Network
from storage.database import Tx
from storage.rooms import Room


@dataclass(frozen=True)
class Belonging:
    """The answer of one table to the upgrade of a room.

    `move` takes what the table holds for the old room to the new one, in the transaction that it is given
    (None: it stays where it is, and `why` says so). `why` is one sentence for the reader of the code.
    """

    table: str
    why: str
    move: Callable[[Tx, Network, Room, Room], None] | None = None
