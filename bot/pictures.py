"""Pictures made of drawings in a process of their own: resvg would hold Python's lock meanwhile."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from config.data import font_files

PAINT = Path(__file__).with_name("paint.py")
LONGEST = 30.0  # seconds; a tenth of one is usual


class NotPainted(Exception):
    """No picture can be made of this drawing."""


class NotNow(Exception):
    """The machine is short of something, or busy: later the same drawing may well become a picture."""


async def png(svg: bytes) -> bytes:
    """The picture of a drawing, as large as it says: the same bytes each time.

    Raises `NotPainted` where the process that is to make it gives up, and `NotNow` where there is none, it
    is killed, or it is not done after `LONGEST` seconds.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", str(PAINT), *font_files()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the bot, which finishes what it is about to send
        )
    except (OSError, RuntimeError) as error:  # no process to be had, or no thread to wait for its end
        raise NotNow(f"{type(error).__name__}: {error}") from error
    try:
        async with asyncio.timeout(LONGEST):
            painted, _ = await process.communicate(svg)
    except TimeoutError:
        raise NotNow(f"nothing after {LONGEST:g} seconds") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code := process.returncode:
        raise (NotNow if code < 0 else NotPainted)(f"the process ended with {code}")
    return painted
