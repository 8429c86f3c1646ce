"""The one place that turns nodes into a Matrix message: plain body and HTML from the same tree.

It is also the only place that escapes. Nothing that a member wrote reaches a client as markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from commands.core.markdown import to_html
from commands.core.nodes import (
    Block,
    Bullets,
    Choices,
    Code,
    Emphasis,
    Entries,
    Heading,
    Inline,
    Link,
    Markdown,
    Paragraph,
    Person,
    Preformatted,
    Quote,
    Ready,
    Span,
    Strong,
)

Json = dict[str, Any]
# A word joiner inside: what a member wrote must not call a whole room, in clients that look for it in texts.
_ROOM_MENTION = re.compile(r"@(?=room\b)", re.IGNORECASE)
_DIRECTING = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Rendered:
    """A message in both of its forms."""

    body: str
    html: str


def render(blocks: tuple[Block, ...] | list[Block]) -> Rendered:
    """Both forms of a reply, from one tree."""
    both = [_block(block) for block in blocks]
    return Rendered("\n\n".join([plain for plain, _ in both]), "".join([marked for _, marked in both]))


def content(
    rendered: Rendered,
    *,
    reply_to: str | None = None,
    thread: str | None = None,
    mentions: tuple[str, ...] = (),
    rings: bool = False,
) -> Json:
    """The content of a message that answers `reply_to`, stays in `thread`, and pings only `mentions`.

    It is a notice, which by Matrix's default push rules rings nowhere, or if it `rings` a text.
    """
    message: Json = {
        "msgtype": "m.text" if rings else "m.notice",
        "body": rendered.body,
        "format": "org.matrix.custom.html",
        "formatted_body": rendered.html,
        "m.mentions": {"user_ids": list(mentions)} if mentions else {},
    }
    relation: Json = {}
    if thread:
        relation |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": False}
    if reply_to:
        relation["m.in_reply_to"] = {"event_id": reply_to}
    if relation:
        message["m.relates_to"] = relation
    return message


def edited(new: Json, event_id: str) -> Json:
    """The content of an edit that puts `new` in the place of the message `event_id`."""
    replacement = {key: value for key, value in new.items() if key != "m.relates_to"}
    return {
        **replacement,
        "body": f"* {new['body']}",
        "m.new_content": replacement,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def permalink(user_id: str) -> str:
    """The `matrix.to` address of a user."""
    return f"https://matrix.to/#/{quote(user_id, safe='@:')}"


def _calling_nobody(text: str, at: str = "@\u2060") -> str:
    return _ROOM_MENTION.sub(at, text) if "@" in text else text


def _clean(text: str) -> str:
    text = _calling_nobody(text)
    if text.isascii() or not _DIRECTING.search(text):
        return text
    # Direction overrides and isolates left open by a member would turn round the text that follows.
    opened = sum(text.count(mark) for mark in "\u2066\u2067\u2068") - text.count("\u2069")
    embedded = sum(text.count(mark) for mark in "\u202a\u202b\u202d\u202e") - text.count("\u202c")
    return text + "\u2069" * max(opened, 0) + "\u202c" * max(embedded, 0)


def _inline(node: Inline) -> tuple[str, str]:
    """A node as plain text and as HTML."""
    match node:
        case str():
            text = _clean(node)
            return text, html.escape(text, quote=False).replace("\n", "<br>")
        case Strong(children):
            plain, marked = _joined(children)
            return plain, f"<strong>{marked}</strong>"
        case Span(children):
            return _joined(children)
        case Emphasis(children):
            plain, marked = _joined(children)
            return plain, f"<em>{marked}</em>"
        case Code(text):
            plain = _calling_nobody(text)
            return plain, f"<code>{html.escape(plain, quote=False)}</code>"
        case Link(url, label):
            return _link(url, label)
        case Person(user_id, name):
            plain = _clean(name)
            return plain, f'<a href="{html.escape(permalink(user_id))}">{html.escape(plain, quote=False)}</a>'


def _link(url: str, label: str) -> tuple[str, str]:
    address, text = _calling_nobody(url, "%40"), _calling_nobody(label, "%40")
    plain = address if text == address else f"{_clean(text)} ({address})"
    shown = html.escape(_clean(label), quote=False)
    if urlsplit(url).scheme not in ("http", "https", "mailto"):
        return plain, shown
    return plain, f'<a href="{html.escape(url)}">{shown}</a>'


def _joined(nodes: Iterable[Inline], plain: str = "", marked: str = "") -> tuple[str, str]:
    """Nodes with something between them, in the plain text and in the HTML."""
    both = [_inline(node) for node in nodes]
    return plain.join([one for one, _ in both]), marked.join([one for _, one in both])


def _block(block: Block) -> tuple[str, str]:
    """A block as plain text and as HTML."""
    match block:
        case Paragraph(lines):
            plain, marked = _joined(lines, "\n", "<br>")
            return plain, f"<p>{marked}</p>"
        case Heading(children):
            plain, marked = _joined(children)
            return plain, f"<h4>{marked}</h4>"
        case Bullets(items):
            listed = [_inline(item) for item in items]
            return (
                "\n".join([f"• {plain}" for plain, _ in listed]),
                f"<ul>{''.join([f'<li>{marked}</li>' for _, marked in listed])}</ul>",
            )
        case Entries(entries):
            told = [_joined(lines, "\n   ", "<br>") for lines in entries]
            return "\n".join([plain for plain, _ in told]), "".join(
                [f"<p>{marked}</p>" for _, marked in told]
            )
        case Choices(items):
            listed = [_inline(item) for item in items]
            return (
                "\n".join([f"{number}. {plain}" for number, (plain, _) in enumerate(listed, 1)]),
                f"<ol>{''.join([f'<li>{marked}</li>' for _, marked in listed])}</ol>",
            )
        case Preformatted(text):
            plain = _calling_nobody(text)
            return plain, f"<pre><code>{html.escape(plain, quote=False)}</code></pre>"
        case Quote(text):
            plain, marked = _inline(text)
            return "\n".join(
                [f"> {line}" for line in plain.split("\n")]
            ), f"<blockquote>{marked}</blockquote>"
        case Markdown(text):
            plain = _clean(text)
            return plain, to_html(plain)
        case Ready(body, html_):
            return body, html_
