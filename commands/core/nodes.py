"""Replies as trees of nodes. They say what something is; the renderer alone says how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Strong:
    """Words that matter most."""

    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Emphasis:
    """Words said differently, such as a name or a hint."""

    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Code:
    """Something to be typed exactly so."""

    text: str


@dataclass(frozen=True)
class Link:
    """A web address, with words to click on."""

    url: str
    label: str


@dataclass(frozen=True)
class Person:
    """A Matrix user; shown as a link to them, without notifying them."""

    user_id: str
    name: str


@dataclass(frozen=True)
class Span:
    """Several inline nodes as one."""

    children: tuple[Inline, ...]


Inline: TypeAlias = str | Strong | Emphasis | Code | Link | Person | Span


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, made of lines."""

    lines: tuple[Inline, ...]


@dataclass(frozen=True)
class Heading:
    """What the following is about."""

    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Bullets:
    """A list without an order."""

    items: tuple[Inline, ...]


@dataclass(frozen=True)
class Entries:
    """A list whose items each have a first line that names them, and lines that tell more.

    The first line stands alone in the plain text, so that scripts can read it.
    """

    items: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True)
class Choices:
    """Numbered options to choose from, starting at 1."""

    items: tuple[Inline, ...]


@dataclass(frozen=True)
class Preformatted:
    """Text to be copied as it stands."""

    text: str


@dataclass(frozen=True)
class Quote:
    """What someone wrote."""

    text: str


@dataclass(frozen=True)
class Markdown:
    """What someone wrote in Markdown, to be shown as they meant it."""

    text: str


@dataclass(frozen=True)
class Ready:
    """A page that was rendered earlier and kept for `more`."""

    body: str
    html: str


Block: TypeAlias = Paragraph | Heading | Bullets | Entries | Choices | Preformatted | Quote | Markdown | Ready


def strong(*children: Inline) -> Strong:
    """Shorthand for `Strong`."""
    return Strong(children)


def em(*children: Inline) -> Emphasis:
    """Shorthand for `Emphasis`."""
    return Emphasis(children)


def span(*children: Inline) -> Span:
    """Shorthand for `Span`."""
    return Span(children)


def joined(items: list[Inline], separator: str = " · ") -> Span:
    """Inline nodes with a separator between them."""
    children: list[Inline] = []
    for item in items:
        if children:
            children.append(separator)
        children.append(item)
    return Span(tuple(children))


def paragraph(*lines: Inline) -> Paragraph:
    """A paragraph of one or more lines."""
    return Paragraph(lines)
