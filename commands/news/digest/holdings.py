"""Whose data the digest's tables hold, what export and erasure do with it, and what moves with a room."""

from __future__ import annotations

from typing import Any

from commands.core.belongings import Belonging
from commands.core.context import Network
from commands.core.holdings import Holding
from storage import digest
from storage.database import Tx
from storage.rooms import Room


def _digest(tx: Tx, user_id: str) -> dict[str, Any] | None:
    row = digest.of(tx, user_id)
    return row.model_dump(mode="json", exclude={"id", "lane"}) if row else None


def _picks(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude={"by"}) for one in digest.picks_by(tx, user_id)]


def _move(tx: Tx, _network: Network, old: Room, new: Room) -> None:
    digest.move(tx, old.room_id, new.room_id)


DIGEST = Holding(
    "digest",
    "When the digest comes to a member, and how far they were told.",
    _digest,
    lambda tx, user_id, _practices_too: digest.forget(tx, user_id),
)
DIGEST_PICK = Holding(
    "digest_pick",
    "Which practices a moderator picked for the digest, and why; the pick stays, the name goes.",
    _picks,
    lambda tx, user_id, _practices_too: digest.forget_picker(tx, user_id),
)

DIGEST_MOVES = Belonging("digest", "The new room gets the digest, with what was set.", _move)
