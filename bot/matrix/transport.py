"""One HTTP request to a homeserver, and what its answer means."""

from __future__ import annotations

import asyncio
import io
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from bot.matrix.gateway import (
    AuthNeeded,
    Closed,
    GatewayError,
    Json,
    Limited,
    LoggedOut,
    Refused,
    TooLarge,
    Unavailable,
)

T = TypeVar("T")

MAX_WAIT = 3_600.0  # seconds; asking again once an hour harms nobody, and no header can silence the bot
PASSING = frozenset({408, 425})  # 4xx in name, but the same request may succeed later

LONGEST_REFUSAL = 65_536  # bytes of an answer that says no, where bytes of a file were expected

CLIENT = "/_matrix/client/v3"
NO_TOKEN = ""  # what nio's builders get for a token; it travels in a header instead

Built = tuple[str, ...]
"""A request as nio's builders make it: method, path with query, and perhaps a JSON body."""


class Transport:
    """Requests to one homeserver; every failure comes out as a `GatewayError`.

    nio's client is not used: its methods sleep inside the call when the homeserver limits it, and answer 5xx
    with an object that looks like success.
    """

    def __init__(self, homeserver_url: str, *, request_timeout: float = 60.0) -> None:
        self.homeserver_url = homeserver_url.rstrip("/")
        self.request_timeout = request_timeout
        self.access_token = ""
        self._session: ClientSession | None = None
        self._closed = False
        self.log_in_again: Callable[[], Awaitable[None]] | None = None
        self._logging_in = asyncio.Lock()

    async def request(
        self,
        built: Built,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 -- aiohttp cancels the request itself
        data: bytes | None = None,
        content_type: str = "application/json",
    ) -> Any:
        """The decoded JSON of a 2xx answer, within `timeout` seconds (None: the transport's own).

        When the access token has been revoked, the request is repeated with the one that `log_in_again` sets;
        without such a way it is `LoggedOut`.
        """
        return await self._logged_in(lambda: self._request(built, timeout, data, content_type))

    async def download(self, built: Built, *, limit: int, timeout: float) -> bytes:  # noqa: ASYNC109 -- as above
        """The bytes of a 2xx answer, within `timeout` seconds; more than `limit` of them are `TooLarge`, and
        are not read to their end."""
        return await self._logged_in(lambda: self._download(built, limit, timeout))

    async def _logged_in(self, call: Callable[[], Awaitable[T]]) -> T:
        while True:
            token = self.access_token
            try:
                return await call()
            except LoggedOut:
                if self.log_in_again is None:
                    raise
            async with self._logging_in:
                if self.access_token == token:  # nobody else has been quicker
                    await self.log_in_again()

    async def _request(
        self,
        built: Built,
        timeout: float | None,  # noqa: ASYNC109 -- aiohttp cancels the request itself
        data: bytes | None,
        content_type: str,
    ) -> Any:
        limit = self.request_timeout if timeout is None else timeout
        method, path, *json_body = built
        body: str | io.BytesIO | None = io.BytesIO(data) if data is not None else None
        if body is None and method != "GET":
            body = json_body[0] if json_body else "{}"
        headers = {"Content-Type": content_type} if body is not None else {}
        return understand(*await self._send(method, path, body, headers, limit))

    async def _download(self, built: Built, limit: int, timeout: float) -> bytes:  # noqa: ASYNC109 -- as above
        method, path = built
        async with self._answer(method, path, None, {}, timeout) as response:
            good = 200 <= response.status < 300
            most = limit if good else LONGEST_REFUSAL
            found = bytearray()
            async for chunk in response.content.iter_any():
                found += chunk
                if len(found) > most:
                    response.close()  # nobody wants the rest
                    break
        if not good:
            raise _failure(response.status, response.headers, _json(found.decode("utf-8", "replace")))
        if len(found) > limit:
            raise TooLarge(f"more than {limit} bytes")
        return bytes(found)

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        body: str | io.BytesIO | None,
        headers: dict[str, str],
        seconds: float,
    ) -> AsyncIterator[ClientResponse]:
        if self._closed:
            raise Closed("the connection to the homeserver was closed")
        if self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        if self._session is None:
            self._session = ClientSession()  # only where a loop runs
        url, limit = self.homeserver_url + _without_token(path), ClientTimeout(total=seconds, sock_connect=20)
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=limit
            ) as response:
                yield response
        except (ClientError, OSError, TimeoutError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error

    async def _send(
        self, method: str, path: str, body: str | io.BytesIO | None, headers: dict[str, str], seconds: float
    ) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and text of an answer.

        A first sync is some 10 MB: its bytes, which the response holds, are gone when its JSON is read.
        """
        async with self._answer(method, path, body, headers, seconds) as response:
            return response.status, response.headers, (await response.read()).decode("utf-8", "replace")

    async def close(self) -> None:
        """Let go of all connections, for good."""
        self._closed = True
        if self._session is not None:
            await self._session.close()


def understand(status: int, headers: Mapping[str, str], answer: str) -> Any:
    """The JSON of a successful answer; raises the `GatewayError` that any other answer stands for."""
    body = _json(answer)
    if 200 <= status < 300:
        if body is None:
            raise Unavailable(f"{status} with a body that is no JSON")
        return body
    raise _failure(status, headers, body)


def _json(answer: str) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        return None


def _failure(status: int, headers: Mapping[str, str], body: Any) -> GatewayError:
    if status == 429:
        return Limited(retry_after(headers, body, now=datetime.now(UTC)))
    errcode = body.get("errcode") if isinstance(body, dict) else None
    flows = body.get("flows") if isinstance(body, dict) else None
    if status == 401 and isinstance(flows, list):
        stages = [flow.get("stages") for flow in flows if isinstance(flow, dict)]
        session = body.get("session")
        return AuthNeeded(
            session if isinstance(session, str) else None,
            [[str(stage) for stage in way] for way in stages if isinstance(way, list)],
        )
    if status == 413 and errcode is None:
        # A proxy in front of the homeserver has its own limit and says so in HTML.
        return Refused(413, "M_TOO_LARGE", "refused by a proxy")
    if not isinstance(errcode, str) or not 400 <= status < 500 or status in PASSING:
        return Unavailable(f"{status} {errcode or 'without a Matrix error'}")
    if status == 401 and errcode == "M_UNKNOWN_TOKEN":
        return LoggedOut("the access token is not valid any more")
    return Refused(status, errcode, str(body.get("error", "")))


def retry_after(headers: Mapping[str, str], body: Any, *, now: datetime) -> float | None:
    """Seconds to wait after a 429, between 0 and `MAX_WAIT`; None when neither `retry_after_ms` in the body
    nor the header `Retry-After` (seconds or an HTTP date) says anything that makes sense."""
    told = body.get("retry_after_ms") if isinstance(body, dict) else None
    if isinstance(told, int | float) and not isinstance(told, bool):
        seconds = _between(told, MAX_WAIT * 1000) / 1000
    else:
        header = headers.get("Retry-After", "").strip()
        try:
            seconds = _between(float(header), MAX_WAIT)
        except ValueError:
            seconds = _between(_seconds_until(header, now), MAX_WAIT)
    return None if math.isnan(seconds) else seconds


def _between(value: float, highest: float) -> float:
    # In this order "not a number" stays what it is, and integers beyond all floats do no harm.
    return max(min(value, highest), 0.0)


def _seconds_until(http_date: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(http_date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return math.nan


def build(builder: Callable[..., Built], *parts: Any, **options: Any) -> Built:
    """What a builder makes of its arguments; an id that can't stand in an address is `Refused`."""
    try:
        return builder(*parts, **options)
    except UnicodeEncodeError:
        raise Refused(400, "M_INVALID_PARAM", "a lone surrogate in an id") from None


def endpoint(
    method: str,
    *parts: str,
    base: str = CLIENT,
    body: Json | None = None,
    query: Sequence[tuple[str, str]] = (),
) -> Built:
    """The builder of requests for which nio has none; every part of the path is percent-encoded."""
    path = f"{base}/{'/'.join(quote(part, safe='') for part in parts)}"
    if query:
        path += f"?{urlencode(query)}"
    return (method, path) if body is None else (method, path, json.dumps(body, separators=(",", ":")))


def _without_token(path: str) -> str:
    # nio wants to write the token into the address, where proxies log it.
    path, _, query = path.partition("?")
    if {".", ".."} & set(path.split("/")):
        raise Refused(400, "M_INVALID_PARAM", "an id of dots would lead elsewhere")
    query = query.removeprefix("access_token=").removeprefix("&")
    return f"{path}?{query}" if query else path
