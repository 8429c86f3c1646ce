"""A homeserver with nothing behind it, as fast as HTTP in Python goes: what is measured is its client.

It hands out a stream of prepared syncs, then polls long as a real one does; what its user sends comes back in
the next sync. `python -m bench.fake_homeserver` prints its address; the addresses under `/_bench/` fill the
stream and tell what came of it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]

SERVER = "bench.localhost"
USER_ID = f"@proxenos:{SERVER}"
DEVICE_ID = "BENCH"
TOKEN = "bench-token"

REPORT = 2.0  # seconds
AFTERMATH = 0.3


@dataclass
class FakeHomeserver:
    """The stream, and what was sent; all times are of `time.monotonic`, in seconds."""

    people: int
    stream: list[bytes] = field(default_factory=list)
    handed_out: dict[int, float] = field(default_factory=dict)
    answers: list[tuple[str, str, float]] = field(default_factory=list)  # room, what it answers, when
    _answer_to: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    _transactions: dict[str, str] = field(default_factory=dict)
    _said: dict[str, list[Json]] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def app(self) -> web.Application:
        """The HTTP server; whatever a client asks beyond this is answered with an empty object."""
        app = web.Application(client_max_size=1024**3)
        client = "/_matrix/client/v3"
        app.router.add_get(f"{client}/sync", self.sync)
        app.router.add_put(client + "/rooms/{room}/send/{type}/{txn}", self.send)
        app.router.add_get(client + "/rooms/{room}/joined_members", self.joined_members)
        app.router.add_get(f"{client}/account/whoami", self.whoami)
        app.router.add_post(client + "/join/{room}", self.join)
        app.router.add_post("/_bench/stream", self.extend)
        app.router.add_get("/_bench/report", self.report)
        app.router.add_get("/_bench/answer", self.answer)
        app.router.add_get("/_bench/answers", self.all_answers)
        app.router.add_route("*", "/{path:.*}", self.anything)
        return app

    async def sync(self, request: web.Request) -> web.Response:
        """What the stream has at `since`, or, at its end, whatever comes within `timeout`."""
        place = int(request.query.get("since", "s0").removeprefix("s"))
        patience = int(request.query.get("timeout", "0")) / 1000
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._changed.wait_for(lambda: self._said or place < len(self.stream))
        if place >= len(self.stream) and self._said:
            said, self._said = self._said, {}
            rooms = {room: _section(events) for room, events in said.items()}
            self.stream.append(prepared(len(self.stream), {"join": rooms}))
        if place >= len(self.stream):
            return _answer(prepared(place - 1, {}))
        self.handed_out.setdefault(place, time.monotonic())
        return _answer(self.stream[place])

    async def send(self, request: web.Request) -> web.Response:
        """Keep an event once, whatever is repeated with the same transaction id."""
        content = json.loads(await request.read())
        room, transaction = request.match_info["room"], request.match_info["txn"]
        event_id = self._transactions.get(transaction)
        if event_id is None:
            event_id = self._transactions[transaction] = f"$answer{len(self.answers)}"
            answered = content.get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id", "")
            answer = self._answer_to[answered] = (room, answered, time.monotonic())
            self.answers.append(answer)
            event = message(event_id, USER_ID, content)
            self._said.setdefault(room, []).append(event)
            async with self._changed:
                self._changed.notify_all()
        return _answer(b'{"event_id":"%s"}' % event_id.encode())

    async def joined_members(self, request: web.Request) -> web.Response:
        """The bot and its people."""
        people = [USER_ID, *(person(number) for number in range(self.people))]
        return web.json_response({"joined": {user: {"display_name": user[1:9]} for user in people}})

    async def whoami(self, request: web.Request) -> web.Response:
        """Always the bot."""
        return web.json_response({"user_id": USER_ID, "device_id": DEVICE_ID})

    async def join(self, request: web.Request) -> web.Response:
        """Everybody may be everywhere."""
        return web.json_response({"room_id": request.match_info["room"]})

    async def anything(self, request: web.Request) -> web.Response:
        """What a client may ask besides."""
        return web.json_response({})

    async def extend(self, request: web.Request) -> web.Response:
        """Append the body, the `rooms` of a sync, to the stream; answers with its place there."""
        place = len(self.stream)
        self.stream.append(b'{"next_batch":"s%d","rooms":%s}' % (place + 1, await request.read()))
        async with self._changed:
            self._changed.notify_all()
        return web.json_response(place)

    async def report(self, request: web.Request) -> web.Response:
        """Wait for so many answers, and a moment for what must not come after them; tell everything."""
        wanted = int(request.query["answers"])
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPORT):
                    await self._changed.wait_for(lambda: len(self.answers) >= wanted)
        await asyncio.sleep(AFTERMATH)
        return web.json_response({"handed_out": self.handed_out, "answers": self.answers})

    async def answer(self, request: web.Request) -> web.Response:
        """Wait for the answer to a command; null when it did not come for a while."""
        wanted = request.query["to"]
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPORT):
                    await self._changed.wait_for(lambda: wanted in self._answer_to)
        return web.json_response(self._answer_to.get(wanted))

    async def all_answers(self, request: web.Request) -> web.Response:
        """What was answered so far."""
        return web.json_response(self.answers)


def prepared(place: int, rooms: Json) -> bytes:
    """The body of the sync at this place of the stream."""
    return json.dumps({"next_batch": f"s{place + 1}", "rooms": rooms}).encode()


def person(number: int) -> str:
    """The id of one of the people."""
    return f"@person{number}:{SERVER}"


def message(event_id: str, sender: str, content: Json) -> Json:
    """An `m.room.message` as a sync shows it."""
    return {
        "type": "m.room.message",
        "event_id": event_id,
        "sender": sender,
        "origin_server_ts": int(time.time() * 1000),
        "content": content,
        "unsigned": {"age": 40},
    }


def _section(events: list[Json]) -> Json:
    return {"timeline": {"events": events, "limited": False, "prev_batch": "p"}, "state": {"events": []}}


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


async def serve(people: int) -> None:
    """Listen on a free port of loopback, print the address, and go on until killed."""
    runner = web.AppRunner(FakeHomeserver(people).app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=10, help="in every room, besides the bot")
    asyncio.run(serve(arguments.parse_args().people))
