"""What was said: the text of a Matrix message, who is meant by it, and what it refers to."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

MAX_DEPTH = 32

_FALLBACK = re.compile(r"\A(?:> .*\n|>\n)+\n?")


@dataclass(frozen=True)
class Said:
    """A message as the commands see it.

    `text` is what was said, without the quotation of what it replies to and without the mention of the
    bot. `addressed` is whether it begins with the prefix or mentions the bot, `called` whether it begins with
    either, `prefixed` whether it begins with the prefix. `follows` is the message before it in its thread,
    where it is no reply to another.
    """

    text: str
    addressed: bool
    called: bool
    prefixed: bool
    reply_to: str | None
    thread: str | None
    follows: str | None


def read(content: Json, *, user_id: str, prefix: str, names: tuple[str, ...] = ()) -> Said:
    """Understand the content of an `m.room.message`; whatever is malformed counts as absent."""
    relation = content.get("m.relates_to")
    relation = relation if isinstance(relation, dict) else {}
    answered = reply_to(content)
    thread = _text(relation.get("event_id")) if relation.get("rel_type") == "m.thread" else None
    body = _text(content.get("body")) or ""
    if answered:
        body = _FALLBACK.sub("", body)
    text = body.strip()
    text, mentioned, called = _without_mention(text, content, user_id, names)
    # "!!!" and "! look" are no commands, but "!#12" and "!suche" are.
    prefixed = text.startswith(prefix) and (text[len(prefix) : len(prefix) + 1] or " ").isalnum()
    prefixed = prefixed or text.startswith(f"{prefix}#")
    if prefixed:
        text = text[len(prefix) :]
    follows = _in_reply_to(relation) if thread and not answered else None
    return Said(text, prefixed or mentioned, prefixed or called, prefixed, answered, thread, follows)


def reply_to(content: Json) -> str | None:
    """The event that a message replies to; None if it is no reply.

    Within a thread, what clients add for those that know no threads is none either.
    """
    relation = content.get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("is_falling_back") is True:
        return None
    return _in_reply_to(relation)


def _in_reply_to(relation: Json) -> str | None:
    reply = relation.get("m.in_reply_to")
    return _text(reply.get("event_id")) if isinstance(reply, dict) else None


def is_file(content: Json) -> bool:
    """Whether a message is a file of some kind, with or without words."""
    return content.get("msgtype") in ("m.image", "m.file", "m.video", "m.audio")


def replacement(content: Json) -> tuple[str, Json] | None:
    """The event that an edit replaces and its new content; None if this is no edit."""
    relation = content.get("m.relates_to")
    new = content.get("m.new_content")
    if not isinstance(relation, dict) or relation.get("rel_type") != "m.replace" or not isinstance(new, dict):
        return None
    target = _text(relation.get("event_id"))
    return (target, new) if target else None


def annotation(content: Json) -> tuple[str, str] | None:
    """The event that a reaction is on and its key; None if it is malformed."""
    relation = content.get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != "m.annotation":
        return None
    target, key = _text(relation.get("event_id")), _text(relation.get("key"))
    return (target, key) if target and key else None


def storable(value: Any, *, depth: int = 0) -> Any:
    """JSON from the wire without what databases refuse: NUL, halves of surrogate pairs, what is no number,
    and what is nested deeper than anything that has a meaning."""
    if depth > MAX_DEPTH:
        return None
    match value:
        case str():
            if value.isascii() and "\0" not in value:
                return value
            return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {storable(key): storable(item, depth=depth + 1) for key, item in value.items()}
        case list():
            return [storable(item, depth=depth + 1) for item in value]
        case float():
            return value if math.isfinite(value) else None
        case _:
            return value


def _without_mention(
    text: str, content: Json, user_id: str, names: tuple[str, ...]
) -> tuple[str, bool, bool]:
    """The text without the mention, whether there was one, and whether the text began with it."""
    mentions = content.get("m.mentions")
    users = mentions.get("user_ids") if isinstance(mentions, dict) else None
    told = isinstance(users, list) and user_id in users
    localpart = user_id[1:].split(":", 1)[0]
    for name in (user_id, f"@{localpart}", *names, *(f"@{name}" for name in names), localpart):
        if not name or not text.casefold().startswith(name.casefold()):
            continue
        rest = text[len(name) :]
        # A bare name is only an address where a colon or comma follows, or the client says so itself.
        if re.match(r"\s*[:,]\s*", rest):
            return re.sub(r"\A\s*[:,]\s*", "", rest), True, True
        if (told or name.startswith("@")) and (not rest or rest[0].isspace()):
            return rest.strip(), True, True
    if told:
        for name in (user_id, f"@{localpart}", *(f"@{name}" for name in names), *names):
            if name and name in text:
                # Lines stay apart: what was said may be a form.
                return re.sub(r" {2,}", " ", text.replace(name, "", 1)).strip(" ,:\n"), True, False
    # Clients mention whom one replies to, without a word of it in the text: that is no call for the bot.
    return text, False, False


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
