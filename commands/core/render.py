"""The one place that turns nodes into a Matrix message: plain body and HTML from the same tree.

It is also the only place that escapes. Nothing that a member wrote reaches a client as markup.
"""

from __future__ import annotations

import html
import re
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
    body = "\n\n".join(_plain_block(block) for block in blocks)
    return Rendered(body, "".join(_html_block(block) for block in blocks))


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


def _plain(node: Inline) -> str:
    match node:
        case str():
            return _clean(node)
        case Strong(children) | Emphasis(children) | Span(children):
            return "".join(_plain(child) for child in children)
        case Code(text):
            return _calling_nobody(text)
        case Link(url, label):
            url, label = _calling_nobody(url, "%40"), _calling_nobody(label, "%40")
            return url if label == url else f"{_clean(label)} ({url})"
        case Person(_, name):
            return _clean(name)


def _html(node: Inline) -> str:
    match node:
        case str():
            return html.escape(_clean(node), quote=False).replace("\n", "<br>")
        case Strong(children):
            return f"<strong>{_all(children)}</strong>"
        case Emphasis(children):
            return f"<em>{_all(children)}</em>"
        case Span(children):
            return _all(children)
        case Code(text):
            return f"<code>{html.escape(_calling_nobody(text), quote=False)}</code>"
        case Link(url, label):
            if urlsplit(url).scheme not in ("http", "https", "mailto"):
                return html.escape(_clean(label), quote=False)
            return f'<a href="{html.escape(url)}">{html.escape(_clean(label), quote=False)}</a>'
        case Person(user_id, name):
            return f'<a href="{html.escape(permalink(user_id))}">{html.escape(_clean(name), quote=False)}</a>'


def _all(children: tuple[Inline, ...]) -> str:
    return "".join(_html(child) for child in children)


def _plain_block(block: Block) -> str:
    match block:
        case Paragraph(lines):
            return "\n".join(_plain(line) for line in lines)
        case Heading(children):
            return "".join(_plain(child) for child in children)
        case Bullets(items):
            return "\n".join(f"• {_plain(item)}" for item in items)
        case Entries(items):
            return "\n".join(
                "\n".join([_plain(first), *(f"   {_plain(line)}" for line in further)])
                for first, *further in items
            )
        case Choices(items):
            return "\n".join(f"{number}. {_plain(item)}" for number, item in enumerate(items, 1))
        case Preformatted(text):
            return _calling_nobody(text)
        case Quote(text):
            return "\n".join(f"> {line}" for line in _clean(text).split("\n"))
        case Markdown(text):
            return _clean(text)
        case Ready(body, _):
            return body


def _html_block(block: Block) -> str:
    match block:
        case Paragraph(lines):
            return f"<p>{'<br>'.join(_html(line) for line in lines)}</p>"
        case Heading(children):
            return f"<h4>{_all(children)}</h4>"
        case Bullets(items):
            return f"<ul>{''.join(f'<li>{_html(item)}</li>' for item in items)}</ul>"
        case Entries(items):
            return "".join(f"<p>{'<br>'.join(_html(line) for line in item)}</p>" for item in items)
        case Choices(items):
            return f"<ol>{''.join(f'<li>{_html(item)}</li>' for item in items)}</ol>"
        case Preformatted(text):
            return f"<pre><code>{html.escape(_calling_nobody(text), quote=False)}</code></pre>"
        case Quote(text):
            return f"<blockquote>{_html(text)}</blockquote>"
        case Markdown(text):
            return to_html(_clean(text))
        case Ready(_, html_):
            return html_
