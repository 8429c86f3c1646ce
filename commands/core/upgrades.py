"""Room upgrades: a room names its replacement in a tombstone, and all that hangs on the room moves there.

Who may write tombstones says the room's state. Whoever has a room of their own has that power there, so the
replacement has to name the old room as its predecessor, and the bot goes only where it would also go on an
invitation by the same person.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

import structlog

from commands.core import message
from commands.core.belongings import Belonging
from commands.core.context import Context, Network, Role, with_current_hub
from storage import outbox, rooms
from storage.database import Tx
from storage.rooms import Room

Json = dict[str, Any]
log = structlog.get_logger("upgrades")

TOMBSTONE = "m.room.tombstone"
SERVERS_TO_ASK = 5


def begin(ctx: Context, replacement: object) -> None:
    """Set out for the replacement that a tombstone in `ctx.room` names, if its sender may say so."""
    old = rooms.get(ctx.tx, ctx.room_id)
    if old is None or not isinstance(replacement, str) or not replacement.startswith("!"):
        return
    if replacement in (old.room_id, old.moved_to):
        return
    server = ctx.sender.partition(":")[2]
    trusted = server in ctx.network.allowed_servers or ctx.holds(Role.MODERATOR)
    if old.power(ctx.sender) < old.needed_for_state(TOMBSTONE) or not trusted:
        log.warning("upgrade_not_allowed", room=old.room_id, by=ctx.sender)
        return
    old.replacement = replacement
    ctx.tx.session.add(old)
    outbox.follow(ctx.tx, old.room_id, replacement, _servers(ctx, replacement))


def _servers(ctx: Context, replacement: str) -> list[str]:
    """Servers that are likely to know the replacement; the id of a room of version 12 names none."""
    people = [ctx.sender, replacement, *(one.user_id for one in rooms.people(ctx.tx, ctx.room_id))]
    servers = dict.fromkeys(one.partition(":")[2] for one in people)
    return list(islice((server for server in servers if server), SERVERS_TO_ASK))


@dataclass(frozen=True)
class Upgrades:
    """Brings what belongs to a room into the one that replaces it."""

    belongings: list[Belonging]
    network: Network

    def finish(self, tx: Tx, old_id: str, new_id: str, state: list[Json]) -> bool:
        """Move everything, given the new room's whole state; returns whether that names the old room."""
        old = rooms.get(tx, old_id)
        if old is None or old.replacement != new_id or not _succeeds(state, old_id):
            return False
        if old.moved_to == new_id:
            return True
        new = rooms.get(tx, new_id) or Room(room_id=new_id, membership="new", creators=[], power_levels={})
        tx.session.add(new)
        for event in map(message.storable, state):
            rooms.apply_state(tx, new, event, self.network.user_id)
        new.people = sum(_membership(event) in ("join", "invite") for event in state)
        network = with_current_hub(tx, self.network)
        rooms.moved(tx, old, new)
        for belonging in self.belongings:
            if belonging.move:
                belonging.move(tx, network, old, new)
        log.info("room_upgraded", old=old_id, new=new_id)
        if network.hub_room == old_id:
            log.warning("hub_room_moved", old=old_id, new=new_id, hint=f"set HUB_ROOM to {new_id}")
        return True


def _succeeds(state: list[Json], old_id: str) -> bool:
    for event in state:
        if event.get("type") == "m.room.create" and event.get("state_key") == "":
            content = event.get("content")
            predecessor = content.get("predecessor") if isinstance(content, dict) else None
            return isinstance(predecessor, dict) and predecessor.get("room_id") == old_id
    return False


def _membership(event: Json) -> object:
    content = event.get("content")
    return (
        content.get("membership")
        if event.get("type") == "m.room.member" and isinstance(content, dict)
        else None
    )
