"""How single values are read."""

from __future__ import annotations

import pytest

from commands.core.context import Context, Network
from commands.core.errors import UserError
from commands.practices import rules
from tests.transcript import BOT, HUB, Chat


@pytest.fixture
def context(chat: Chat) -> Context:
    """A reader of English."""
    with chat.reading() as tx:
        return Context(tx, Network(user_id=BOT, hub_room=HUB), sender="", room_id="", language="en")


@pytest.mark.parametrize(
    ("typed", "links"),
    [
        ("https://a.example", ["https://a.example"]),
        ("https://a.example, http://b.example", ["https://a.example", "http://b.example"]),
        ("https://a.example,https://b.example", ["https://a.example", "https://b.example"]),
        ("<https://a.example>\nhttps://a.example", ["https://a.example"]),
        ("(https://a.example/Foo_(bar))", ["https://a.example/Foo_(bar)"]),
        ("https://a.example/x,y | https://b.example", ["https://a.example/x,y", "https://b.example"]),
        ("www.freiburg.de, WWW.ghent.example", ["https://www.freiburg.de", "https://WWW.ghent.example"]),
    ],
)
def test_links(context: Context, typed: str, links: list[str]) -> None:
    """However they are written one behind the other, each once."""
    assert rules.links(typed, context) == links


@pytest.mark.parametrize(
    "typed",
    ["example.org", "javascript:alert(1)", "https://", "https://[", "mailto:a@b.example", "file:///x"],
)
def test_no_links(context: Context, typed: str) -> None:
    """Only what a browser opens as a web page."""
    with pytest.raises(UserError):
        rules.links(typed, context)


@pytest.mark.parametrize(
    ("typed", "goals"), [("7", [7]), ("SDG 11, SDG7", [7, 11]), ("7 | 11 | 13", [7, 11, 13]), ("1/2", [1, 2])]
)
def test_goals(context: Context, typed: str, goals: list[int]) -> None:
    """In any notation, sorted."""
    assert rules.sdgs(typed, context) == goals


@pytest.mark.parametrize("typed", ["0", "18", "none", "", "1 to 99"])
def test_no_goals(context: Context, typed: str) -> None:
    """There are seventeen."""
    with pytest.raises(UserError):
        rules.sdgs(typed, context)
