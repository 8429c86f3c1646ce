"""Nodes become plain text and HTML; whatever members wrote stays text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.core.nodes import (
    Block,
    Bullets,
    Choices,
    Code,
    Entries,
    Heading,
    Inline,
    Link,
    Paragraph,
    Person,
    Preformatted,
    Quote,
    Ready,
    em,
    joined,
    paragraph,
    span,
    strong,
)
from commands.core.render import content, edited, permalink, render
from tests import golden

ALLOWED = {"p", "br", "strong", "em", "code", "pre", "a", "ul", "ol", "li", "h4", "blockquote"}


def test_every_kind_of_block() -> None:
    """One page with all of them, as plain text and as HTML."""
    blocks: list[Block] = [
        Heading(("Cycling in ", em("winter"))),
        paragraph(span("First ", strong("line"), ","), "second & last"),
        Bullets(("one", span("two ", Code("a < b")))),
        Choices(("city", "region")),
        Entries((("#1 A title", "Ghent · mobility"), ("#2 Another",))),
        Quote("what she said\non two lines"),
        Preformatted("title: \n  kept <as> it is"),
        paragraph(
            Link("https://example.org/?a=1&b=2", "a page"),
            " ",
            Link("https://x.example", "https://x.example"),
        ),
        paragraph(joined([Person("@ada:test.localhost", "Ada"), "Ben"])),
        Ready("kept", "<p>kept</p>"),
    ]
    rendered = render(blocks)
    golden.check("core/blocks.txt", rendered.body)
    golden.check("core/blocks.html", rendered.html)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "</p><img src=x onerror=alert(1)>",
        "&lt;b&gt; & &amp;",
        "*bold* _it_ `code` [x](javascript:alert(1)) # h",
        "@room @ada:test.localhost",
        "(@ROOM) and @Room!",
        "مرحبا \u202e rtl",
        "👩‍👩‍👧 🏙️",
        "x" * 10_000,
    ],
)
def test_nothing_that_members_write_is_markup(text: str) -> None:
    for node in (text, strong(text), em(text), span(text), Person("@a:b", text), Link("https://a.b", text)):
        rendered = render([paragraph(node), Bullets((node,)), Entries(((node, node),)), Choices((node,))])
        assert set(re.findall(r"</?(\w+)", rendered.html)) <= ALLOWED
        # A word joiner after the @ (in a web address its code) keeps "@room" from calling the room.
        assert text in html.unescape(rendered.html).replace("@\u2060", "@")
        assert text in rendered.body.replace("@\u2060", "@").replace("%40", "@")
        assert "@room" not in rendered.body.casefold()


def leaves(children: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
    several = st.lists(children, max_size=3).map(tuple)
    return several.map(lambda nodes: strong(*nodes)) | several.map(lambda nodes: span(*nodes))


INLINE: st.SearchStrategy[Inline] = st.recursive(
    st.text()
    | st.text().map(Code)
    | st.builds(Link, st.text(), st.text())
    | st.builds(Person, st.text(), st.text()),
    leaves,
    max_leaves=5,
)


@settings(deadline=None)
@given(st.lists(INLINE, max_size=4))
def test_the_html_holds_only_our_own_tags(nodes: list[Inline]) -> None:
    """And each of them is closed."""
    rendered = render([Paragraph(tuple(nodes)), Bullets(tuple(nodes)), Quote("".join(map(str, nodes)))])
    tags = re.findall(r"<(/?)(\w+)[^>]*>", rendered.html)
    assert {name for _, name in tags} <= ALLOWED
    opened: list[str] = []
    for closing, name in tags:
        if name == "br":
            continue
        if closing:
            assert opened.pop() == name
        else:
            opened.append(name)
    assert opened == []


@settings(deadline=None)
@given(st.text(alphabet="a\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u202c\u2069"))
def test_what_turns_the_direction_ends_with_the_text(text: str) -> None:
    """So that nobody's name turns round what follows it."""
    shown = render([paragraph(text)]).body
    assert shown.startswith(text)
    assert sum(map(shown.count, "\u202a\u202b\u202d\u202e")) <= shown.count("\u202c")
    assert sum(map(shown.count, "\u2066\u2067\u2068")) <= shown.count("\u2069")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "mxc://a/b", "//evil.example", ""]
)
def test_only_web_and_mail_addresses_are_links(url: str) -> None:
    assert render([paragraph(Link(url, "label"))]).html == "<p>label</p>"


def test_people_are_links_that_notify_nobody() -> None:
    rendered = render([paragraph(Person('@a"da:test.localhost', "Ada"))])
    assert rendered.body == "Ada"
    assert rendered.html == '<p><a href="https://matrix.to/#/@a%22da:test.localhost">Ada</a></p>'
    assert permalink("@ada/b:x.y") == "https://matrix.to/#/@ada%2Fb:x.y"


def test_the_content_says_what_it_answers_and_whom_it_notifies() -> None:
    rendered = render([paragraph("pong")])
    assert content(rendered) == {
        "msgtype": "m.notice",
        "body": "pong",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p>pong</p>",
        "m.mentions": {},
    }
    answer = content(rendered, reply_to="$1", thread="$root", mentions=("@ada:test.localhost",))
    assert answer["m.mentions"] == {"user_ids": ["@ada:test.localhost"]}
    assert answer["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": False,
        "m.in_reply_to": {"event_id": "$1"},
    }
    assert content(rendered, reply_to="$1")["m.relates_to"] == {"m.in_reply_to": {"event_id": "$1"}}


def test_an_edit_replaces_the_content() -> None:
    new = content(render([paragraph("new")]), reply_to="$1")
    assert edited(new, "$old") == {
        "msgtype": "m.notice",
        "body": "* new",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p>new</p>",
        "m.mentions": {},
        "m.new_content": {key: value for key, value in new.items() if key != "m.relates_to"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$old"},
    }
