"""The calendar of the network's events, for programs on this machine such as a web server.

What it holds is what anybody in the rooms can read, without links and people (`calendars.everything`).
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from functools import partial

import structlog
from aiohttp import web

from commands.events import calendars
from config.languages import ui_language
from storage.database import Database

log = structlog.get_logger("feed")

HOST = "127.0.0.1"
PATH = "/events.ics"
FRESH = timedelta(minutes=5)  # for which a calendar need not ask again, and is not made anew


class Feed:
    """Serves `/events.ics`, in the network's language or the one of `?language=`."""

    def __init__(self, database: Database, network: str, default_language: str) -> None:
        self.database = database
        self.network = network
        self.default_language = default_language
        self._made: dict[str, tuple[float, bytes]] = {}  # by language: when (the loop's time), and what

    def app(self) -> web.Application:
        """The HTTP server."""
        app = web.Application()
        app.router.add_get(PATH, self._events)
        return app

    async def serve(self, port: int) -> None:
        """Serve until cancelled; a port that is taken is logged, and nothing else suffers from it."""
        runner = web.AppRunner(self.app(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port).start()
            log.info("calendar_served", address=f"http://{HOST}:{port}{PATH}")
            await asyncio.Event().wait()
        except OSError as error:
            log.warning(
                "calendar_not_served", port=port, why=error.strerror, hint="choose another CALENDAR_PORT"
            )
        finally:
            await runner.cleanup()

    async def _events(self, request: web.Request) -> web.Response:
        language = ui_language(request.query.get("language"), self.default_language)
        now = asyncio.get_running_loop().time()
        made, body = self._made.get(language, (0.0, b""))
        if not body or now - made > FRESH.total_seconds():
            body = await self.database.run(partial(self._make, language))
            self._made[language] = (now, body)
        tag = hashlib.sha256(body).hexdigest()[:32]
        headers = {"ETag": f'"{tag}"', "Cache-Control": f"public, max-age={int(FRESH.total_seconds())}"}
        if any(one.value in (tag, "*") for one in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)

    def _make(self, language: str) -> bytes:
        with self.database.read() as tx:
            return calendars.everything(tx, self.network, language)
