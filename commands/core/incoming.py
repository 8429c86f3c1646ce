"""Files that people send: asked for from their server, and opened when they have come."""

from __future__ import annotations

import re
from typing import Any

from commands.core.contents import UnknownContent, recognise, visible
from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.topics import Fetched
from storage import files

MOST_AT_ONCE = 5  # files of one person that are on their way
LONGEST_SHOWN = 60  # characters of a name that somebody gave a file
_MEGABYTE = 1_000_000
# A server name as the specification has it (a name, an IPv4 or an IPv6 address, a port), and a media id.
_ADDRESS = re.compile(
    r"mxc://(?:[0-9A-Za-z][0-9A-Za-z.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/[0-9A-Za-z_-]+"
)


def fetch(ctx: Context, content: dict[str, Any], topic: str) -> str:
    """Have a file downloaded that the sender sent with an event of this content; returns what it is called.

    What comes of it goes to the topic (`Topic.fetched`). Raises `UserError`.
    """
    name = told_name(content)
    if content.get("msgtype") not in ("m.image", "m.file"):
        raise UserError("attach.unknown", name=name)
    info = content.get("info")
    size = info.get("size") if isinstance(info, dict) else None
    if isinstance(size, int) and size > ctx.network.attachment_limit:
        raise _too_large(ctx, name)
    if files.count_fetches(ctx.tx, ctx.sender) >= MOST_AT_ONCE:
        raise UserError("attach.wait", name=name)
    source = _source(content)
    if source is None:
        raise UserError("attach.broken", name=name)
    files.fetch(
        ctx.tx,
        ctx.room_id,
        source,
        name=name,
        limit=ctx.network.attachment_limit,
        topic=topic,
        about=ctx.sender,
        event_id=str(ctx.answer_to),
    )
    return name


def opened(ctx: Context, fetched: Fetched) -> tuple[str, bytes]:
    """The content type and the bytes to be kept of a file that has been downloaded; raises `UserError`."""
    if fetched.failure == "too_large":
        raise _too_large(ctx, fetched.name)
    if fetched.data is None:
        raise UserError(f"attach.{fetched.failure or 'gone'}", name=fetched.name)
    try:
        return recognise(fetched.data)
    except UnknownContent:
        raise UserError("attach.unknown", name=fetched.name) from None


def megabytes(ctx: Context) -> str:
    """How large a file may be."""
    return ctx.texts.number(ctx.network.attachment_limit // _MEGABYTE)


def told_name(content: dict[str, Any]) -> str:
    """What the sender calls the file, fit to be shown."""
    given = content.get("filename") or content.get("body")
    shown = visible(given) if isinstance(given, str) else ""
    return (shown if len(shown) <= LONGEST_SHOWN else shown[: LONGEST_SHOWN - 1] + "…") or "?"


def _too_large(ctx: Context, name: str) -> UserError:
    return UserError("attach.too_large", name=name, limit=megabytes(ctx))


def _source(content: dict[str, Any]) -> dict[str, Any] | None:
    """Where the file is, and in an encrypted room how to open it; None if that can't be so."""
    file = content.get("file")
    address = file.get("url") if isinstance(file, dict) else content.get("url")
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        return None
    if not isinstance(file, dict):
        return {"url": address}
    key, hashes, start = file.get("key"), file.get("hashes"), file.get("iv")
    if not (isinstance(key, dict) and isinstance(hashes, dict) and isinstance(start, str)):
        return None
    return {"file": {"url": address, "key": key, "hashes": hashes, "iv": start}}
