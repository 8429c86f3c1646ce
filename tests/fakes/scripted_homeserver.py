"""An HTTP server that answers as told, well or badly, and passes the rest on to a real homeserver."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import ClientSession, web
from yarl import URL

JSON = {"Content-Type": "application/json"}
HOP_BY_HOP = {
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "host",
    "server",
    "transfer-encoding",
}


@dataclass(frozen=True)
class Answer:
    """What happens to one request.

    Without `status` it is passed on first. `drop` hangs up before anything has happened, or after the
    homeserver has done its work but before the answer; `truncate` hangs up in the middle of the body. `delay`
    is in seconds.
    """

    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: Literal["before", "after"] | None = None
    truncate: bool = False


@dataclass(frozen=True)
class Seen:
    """A request that came in, with the address as it stood on the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ScriptedHomeserver:
    """`async with ScriptedHomeserver(upstream) as server:` listens at `server.url`.

    Each line of the script is used once, in order; what no line is for goes `upstream`, or is answered with
    404 M_UNRECOGNIZED where there is none.
    """

    def __init__(self, upstream: str | None = None) -> None:
        self.upstream = upstream
        self.url = ""
        self.seen: list[Seen] = []
        self._script: list[tuple[str, re.Pattern[str], Answer]] = []
        self._session: ClientSession | None = None
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)

    def script(self, method: str, path: str, *answers: Answer) -> None:
        """Answer the next requests whose method is `method` and whose address the expression `path` is found
        in, one after the other."""
        self._script += [(method, re.compile(path), answer) for answer in answers]

    def count(self, method: str, path: str) -> int:
        """How many requests like this have come in."""
        return sum(seen.method == method and bool(re.search(path, seen.path)) for seen in self.seen)

    async def __aenter__(self) -> Self:
        self._session = ClientSession(auto_decompress=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        if self._session:
            await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path = request.raw_path
        self.seen.append(Seen(request.method, path, dict(request.headers), body))
        answer = self._next(request.method, path)
        await asyncio.sleep(answer.delay)
        if answer.drop == "before":
            return _hang_up(request)
        if answer.status is None:
            status, headers, content = await self._pass_on(request, body)
        else:
            status, headers, content = (
                answer.status,
                {"Content-Type": "application/json"},
                _encode(answer.body),
            )
        if answer.drop == "after":
            return _hang_up(request)
        headers = {**headers, **answer.headers}
        if not answer.truncate:
            return web.Response(status=status, headers=headers, body=content)
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = len(content)
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        return _hang_up(request, response)

    def _next(self, method: str, path: str) -> Answer:
        for line in self._script:
            if line[0] == method and line[1].search(path):
                self._script.remove(line)
                return line[2]
        if self.upstream:
            return Answer()
        return Answer(404, {"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"})

    async def _pass_on(self, request: web.Request, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if not (self.upstream and self._session):
            return 200, dict(JSON), b"{}"
        async with self._session.request(
            request.method,
            URL(self.upstream + request.raw_path, encoded=True),
            headers={
                name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP
            },
            data=body,
        ) as response:
            headers = {n: v for n, v in response.headers.items() if n.lower() not in HOP_BY_HOP}
            return response.status, headers, await response.read()


def _encode(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _hang_up(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return response or web.Response()
