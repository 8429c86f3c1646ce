"""What a homeserver will never accept, found out before anything is sent."""

from __future__ import annotations

import json
from typing import Any

from bot.matrix.gateway import Json, Refused

MAX_BYTES = 65_536  # of a whole event; the homeserver has the last word about its own additions
MAX_DEPTH = 100  # Synapse takes a little more and refuses 150
MAX_INTEGER = 2**53 - 1  # https://spec.matrix.org/latest/appendices/#canonical-json


def check_json(value: Any) -> None:
    """Raise `Refused` (400, M_BAD_JSON) for what has no canonical JSON: floats, integers beyond 2^53,
    lone surrogates, keys that are no strings, foreign types, more than `MAX_DEPTH` levels.

    A homeserver answers a lone surrogate with 500 for ever, which looks like a passing fault, so this has to
    be seen here.
    """
    # A list of things to look at instead of recursion: the depth is what is being checked.
    left: list[tuple[Any, int]] = [(value, 0)]
    while left:
        item, depth = left.pop()
        if depth > MAX_DEPTH:
            raise _bad(f"more than {MAX_DEPTH} levels")
        match item:
            case str():
                _check_string(item)
            case None | bool():
                pass
            case int():
                if abs(item) > MAX_INTEGER:
                    raise _bad("an integer beyond 2^53")
            case dict():
                for key, inner in item.items():
                    if not isinstance(key, str):
                        raise _bad("a key that is no string")
                    _check_string(key)
                    left.append((inner, depth + 1))
            case list() | tuple():
                left.extend((inner, depth + 1) for inner in item)
            case _:
                raise _bad(f"a value of type {type(item).__name__}")


def check_content(content: Json) -> str:
    """The JSON of an event's content; raises `Refused` for what no homeserver takes: see `check_json`, or 413
    M_TOO_LARGE for more than `MAX_BYTES`."""
    check_json(content)
    encoded = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    if (length := len(encoded.encode())) > MAX_BYTES:
        raise Refused(413, "M_TOO_LARGE", f"{length} bytes of content")
    return encoded


def _check_string(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _bad("a lone surrogate") from None


def _bad(reason: str) -> Refused:
    return Refused(400, "M_BAD_JSON", reason)
