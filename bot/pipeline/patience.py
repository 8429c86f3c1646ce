"""Waiting for a homeserver that is busy or away, without hurry and without filling the log."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.matrix.gateway import GatewayError, Limited, Unavailable

T = TypeVar("T")
log = structlog.get_logger("homeserver")

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0


class Patience:
    """Repeats calls until they are answered; `sleep` and `chance` (0 to 1) can be put in for tests."""

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.sleep = sleep
        self.chance = chance
        self._failing: set[str] = set()  # the kinds of calls that are not answered

    async def insist(self, call: Callable[[], Awaitable[T]], what: str, *, tries: int | None = None) -> T:
        """The answer of `call`, however long it takes; what the homeserver refuses is raised at once.

        With `tries`, the last `Unavailable` is raised after so many of them.
        """
        failed = 0
        while True:
            try:
                answer = await call()
            except Limited as limited:
                wait = limited.retry_after if limited.retry_after is not None else self.backoff(failed)
                log.info("limited", call=what, seconds=round(wait, 1))
                await self.sleep(wait)
            except Unavailable as unavailable:
                if not self._failing:
                    log.warning("homeserver_away", call=what, why=str(unavailable)[:200])
                self._failing.add(what)
                if tries is not None and failed + 1 >= tries:
                    self._failing.discard(what)
                    raise
                await self.sleep(self.backoff(failed))
            except GatewayError:
                self._answered(what, failed)
                raise
            else:
                self._answered(what, failed)
                return answer
            failed += 1

    def _answered(self, what: str, failed: int) -> None:
        """One line when it is over: who has failed knows, and who hears again knows for all."""
        if failed and self._failing:
            self._failing = set() if what == "sync" else self._failing - {what}
            if not self._failing:
                log.info("homeserver_back", call=what)

    def backoff(self, tries: int) -> float:
        """Seconds to wait before the next try: doubling, at most half a minute, spread by chance."""
        longest: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries, 10))
        return longest * (0.5 + self.chance() / 2)
