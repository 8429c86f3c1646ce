"""What is found out before it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from bot.matrix.content import MAX_BYTES, MAX_DEPTH, check_content
from bot.matrix.gateway import Refused


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"body": "Grüße 🌍\u0000", "msgtype": "m.text"},
        {"a": [None, True, False, 0, -1, 2**53 - 1, -(2**53 - 1)]},
        {"a": nested(MAX_DEPTH // 2 - 1)},
        {"a": "x" * (MAX_BYTES - 8)},
    ],
)
def test_what_can_be_sent(content: dict[str, Any]) -> None:
    """Whatever has canonical JSON of a fitting size passes."""
    check_content(content)


@pytest.mark.parametrize(
    ("content", "errcode"),
    [
        ({"body": "\ud800"}, "M_BAD_JSON"),
        ({"\udfff": 1}, "M_BAD_JSON"),
        ({"a": [{"b": "half \ud83d"}]}, "M_BAD_JSON"),
        ({"a": 1.0}, "M_BAD_JSON"),
        ({"a": float("nan")}, "M_BAD_JSON"),
        ({"a": 2**53}, "M_BAD_JSON"),
        ({"a": [-(2**53)]}, "M_BAD_JSON"),
        ({1: "a"}, "M_BAD_JSON"),
        ({"a": b"bytes"}, "M_BAD_JSON"),
        ({"a": nested(5_000)}, "M_BAD_JSON"),
        ({"a": "x" * MAX_BYTES}, "M_TOO_LARGE"),
        ({"a": "ü" * (MAX_BYTES // 2)}, "M_TOO_LARGE"),
    ],
)
def test_what_would_fail_for_ever(content: dict[str, Any], errcode: str) -> None:
    """What no homeserver takes is refused here, so that it is not tried for ever."""
    with pytest.raises(Refused) as refused:
        check_content(content)
    assert refused.value.errcode == errcode
