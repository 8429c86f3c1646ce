"""The bare minimum to compare with: a nio client that answers every `!ping` with `pong` and keeps nothing.

Its settings come from the environment, named as Proxenos's are. With `--store FOLDER` it keeps keys there and
speaks in encrypted rooms, too.
"""

from __future__ import annotations

import argparse
import asyncio
import os

from nio import AsyncClient, MatrixRoom, RoomMessageText

LONG_POLL_MS = 30_000


async def echo(client: AsyncClient) -> None:
    """Answer for ever, as nio's own example does, with the answer that Proxenos gives."""

    async def answer(room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender == client.user_id or not event.body.startswith("!"):
            return
        content = {
            "msgtype": "m.notice",
            "body": "pong",
            "m.mentions": {},
            "m.relates_to": {"m.in_reply_to": {"event_id": event.event_id}},
        }
        await client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)

    client.add_event_callback(answer, RoomMessageText)
    await client.sync_forever(timeout=LONG_POLL_MS)


async def main() -> None:
    """Log in with the token of the environment."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--store", default="", metavar="FOLDER")
    store = options.parse_args().store
    given = {name: os.environ[f"PROXENOS_{name}"] for name in ("USER_ID", "DEVICE_ID", "ACCESS_TOKEN")}
    client = AsyncClient(os.environ["PROXENOS_HOMESERVER_URL"], given["USER_ID"], store_path=store)
    client.restore_login(given["USER_ID"], given["DEVICE_ID"], given["ACCESS_TOKEN"])
    try:
        await echo(client)
    finally:
        await client.close()


if __name__ == "__main__":
    asyncio.run(main())
