"""Long and contrived texts take no longer than long texts have to."""

from __future__ import annotations

import time

import pytest

from commands.core import message
from commands.core.nodes import paragraph
from commands.core.registry import load
from commands.core.render import render

LONG = 60_000
PATTERNS = [
    "a", " ", "\n", " \n", ": ", "a:\n", "> ", "> x\n", ">\n", ",", "@proxenos ", "proxenos :", "!", "#1 ",
    "\t", "(", "[[", "*", "<b>", '"', "„", "a-", "http://", "country:", "0", "1.", "1,", "\u0301a", "\u200b",
    "@room ", "\u202e", "\u2066", "Title:\n", "zusammenfassung ",
]  # fmt: skip


def seconds(pattern: str, length: int) -> float:
    """CPU time for understanding and showing a text of this length, the best of three."""
    text = (pattern * length)[:length]
    best = float("inf")
    for _ in range(3):
        begun = time.thread_time()
        for start in ("", "!", "@proxenos:x "):
            content = {
                "body": start + text,
                "m.relates_to": {"m.in_reply_to": {"event_id": "$x"}},
                "m.mentions": {"user_ids": ["@proxenos:x"]},
            }
            message.read(content, user_id="@proxenos:x", prefix="!", names=("Proxenos",))
        for form in load().forms.values():
            form.recognised(text)
            form.looks_like(text)
        load().understand(text)
        render([paragraph(text)])
        best = min(best, time.thread_time() - begun)
    return best


@pytest.mark.parametrize("pattern", PATTERNS)
def test_twice_as_long_takes_about_twice_as_long(pattern: str) -> None:
    """Not four times, as with an expression that looks back from every place to the beginning."""
    assert seconds(pattern, LONG) < 8 * seconds(pattern, LONG // 4) + 0.02
