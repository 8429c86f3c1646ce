"""Pictures made of drawings in a process of their own: resvg would hold Python's lock meanwhile."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import structlog

from config.data import font_files

log = structlog.get_logger("pictures")

PAINT = Path(__file__).with_name("paint.py")
TRIES = 2
LONGEST = 30.0  # seconds; a tenth of one is usual


class NotPainted(Exception):
    """The processes that were to make a picture ended without one."""


async def png(svg: bytes) -> bytes:
    """The picture of a drawing, as large as it says: the same bytes each time. Raises `NotPainted`."""
    for left in reversed(range(TRIES)):
        try:
            return await _painted(svg)
        except NotPainted as failure:
            log.warning("picture_not_painted", why=str(failure), tries_left=left)
    raise NotPainted("the picture could not be made")


async def _painted(svg: bytes) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", str(PAINT), *font_files()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the bot, which finishes what it is about to send
        )
    except OSError as error:
        raise NotPainted(type(error).__name__) from error
    try:
        async with asyncio.timeout(LONGEST):
            painted, _ = await process.communicate(svg)
    except TimeoutError:
        raise NotPainted(f"nothing after {LONGEST:g} seconds") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise NotPainted(f"the process ended with {process.returncode}")
    return painted
