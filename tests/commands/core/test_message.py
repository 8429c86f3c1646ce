"""What was said: understood from the content of events, however odd."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.core import message

BOT = "@proxenos:test.localhost"


def read(body: str, **content: Any) -> message.Said:
    return message.read(
        {"msgtype": "m.text", "body": body, **content}, user_id=BOT, prefix="!", names=("City Bot",)
    )


@pytest.mark.parametrize(
    ("body", "text", "addressed", "prefixed"),
    [
        ("!help", "help", True, True),
        ("  !help  ", "help", True, True),
        ("help", "help", False, False),
        ("!", "!", False, False),
        ("! help", "! help", False, False),
        ("!!", "!!", False, False),
        ("!#12", "#12", True, True),
        ("!über", "über", True, True),
        ("@proxenos:test.localhost help", "help", True, False),
        ("@proxenos:test.localhost: help", "help", True, False),
        ("@proxenos help", "help", True, False),
        ("proxenos: help", "help", True, False),
        ("Proxenos, help", "help", True, False),
        ("City Bot: help", "help", True, False),
        ("city bot, !help", "help", True, True),
        ("proxenos help", "proxenos help", False, False),
        ("I asked proxenos: help", "I asked proxenos: help", False, False),
        ("proxenoses: help", "proxenoses: help", False, False),
        ("", "", False, False),
    ],
)
def test_who_is_addressed(body: str, text: str, addressed: bool, prefixed: bool) -> None:
    said = read(body)
    assert (said.text, said.addressed, said.prefixed) == (text, addressed, prefixed)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("City Bot help", "help"),
        ("help @proxenos", "help"),
        ("please City Bot help", "please help"),
        ("@City Bot register\nname: Ada", "register\nname: Ada"),
        ("register\nname: Ada\n@City Bot", "register\nname: Ada"),
    ],
)
def test_a_mention_that_the_client_tells(body: str, text: str) -> None:
    said = read(body, **{"m.mentions": {"user_ids": [BOT]}})
    assert (said.text, said.addressed) == (text, True)


def test_a_mention_that_nobody_wrote_is_no_call() -> None:
    """Clients mention whom one replies to."""
    assert not read("help", **{"m.mentions": {"user_ids": [BOT]}}).addressed


def test_the_quotation_of_what_it_answers_is_left_out() -> None:
    """Only in replies: elsewhere, a line that begins with > is somebody's own."""
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}
    said = read("> <@ben:x> !ping\n> second\n\n!help", **reply)
    assert (said.text, said.reply_to) == ("help", "$1")
    assert read("> !ping\n\n!help").text == "> !ping\n\n!help"


def test_threads_are_known() -> None:
    relation = {"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": {"event_id": "$last"}}
    said = read("!ping", **{"m.relates_to": relation})
    assert (said.thread, said.reply_to) == ("$root", "$last")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"body": None},
        {"body": ["!help"]},
        {"body": "x", "m.relates_to": "no object"},
        {"body": "x", "m.relates_to": {"m.in_reply_to": ["$1"], "rel_type": 7, "event_id": {}}},
        {"body": "x", "m.mentions": {"user_ids": "@proxenos:test.localhost"}},
        {"body": "x", "m.mentions": [BOT]},
    ],
)
def test_what_is_malformed_counts_as_absent(content: dict[str, Any]) -> None:
    said = message.read(content, user_id=BOT, prefix="!")
    assert (said.addressed, said.reply_to, said.thread) == (False, None, None)
    assert message.replacement(content) is None
    assert message.annotation(content) is None


def test_edits_and_reactions() -> None:
    new = {"msgtype": "m.text", "body": "new"}
    edit = {**new, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}}
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$1", "key": "👍"}}
    assert message.replacement(edit) == ("$1", new)
    assert message.annotation(edit) is None
    assert message.annotation(reaction) == ("$1", "👍")
    assert message.replacement(reaction) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([BOT, "m.thread"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event_id", "rel_type", "m.in_reply_to", "user_ids", "key", "\ud800"]), inner
        )
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["body", "m.relates_to", "m.mentions", "m.new_content", "msgtype"]), JSON)
)
def test_no_content_breaks_the_reader(content: dict[str, Any]) -> None:
    message.read(content, user_id=BOT, prefix="!", names=("City Bot", ""))
    message.replacement(content)
    message.annotation(content)


@settings(deadline=None)
@given(JSON)
def test_what_is_storable_is_storable(content: Any) -> None:
    """No NUL, no half of a surrogate pair, no number that JSON lacks."""
    stored = json.dumps(message.storable(content), ensure_ascii=False, allow_nan=False)
    assert "\0" not in stored
    assert "\\u0000" not in stored
    stored.encode()


def test_plain_text_is_stored_as_it_is() -> None:
    content = {"body": "Grüße 🏙️ \u202e مريم", "list": [1, None, True]}
    assert message.storable(content) == content
