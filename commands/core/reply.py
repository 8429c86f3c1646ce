"""What a command answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from commands.core.context import Context
from commands.core.nodes import Block
from storage.outbox import About


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an answer; of a picture `alt` is what it shows in words, `size` its pixels.

    A `painted` one is made when it is sent: its `data` are the SVG of which it is made.
    """

    data: bytes
    content_type: str
    filename: str
    alt: str | None = None
    size: tuple[int, int] | None = None
    painted: bool = False

    @property
    def msgtype(self) -> str:
        """How clients are to show it: pictures in place, all else, and what they do not draw, as a file."""
        shown = self.content_type.startswith("image/") and self.content_type != "image/svg+xml"
        return "m.image" if shown else "m.file"

    @property
    def content(self) -> dict[str, Any]:
        """The content of its event, beside its address."""
        content: dict[str, Any] = {"msgtype": self.msgtype, "m.mentions": {}}
        if self.alt:
            content["body"] = self.alt
        if self.size:
            content["info"] = {"w": self.size[0], "h": self.size[1]}
        return content


@dataclass(frozen=True)
class Listing:
    """The declaration of a long list whose pages are made when they are asked for.

    `page` makes one, from what its first page kept (JSON) and its number, counted from 1; () when nothing of
    it is left by then.
    """

    name: str
    page: Callable[[Context, dict[str, Any], int], tuple[Block, ...]]


@dataclass(frozen=True)
class Place:
    """Where in a listing an answer is: its `page` of so many `pages`, and what the others are made from."""

    listing: str
    state: dict[str, Any]
    page: int
    pages: int


@dataclass(frozen=True)
class Reply:
    """An answer: blocks to show now, further pages behind `more`, files.

    A `private` reply goes to the direct chat, with a pointer in the room where the command was given; it is
    made with `Context.privately`. `pages` are empty for a list that ends here, and None where the list that
    was shown before can still be gone through; `place` stands instead of them for what is made later.
    `mentions` are the users that the answer notifies: nobody, as a rule. `about` is the person of whom it
    tells, or several, so that it can be redacted when they ask to be forgotten. `reactions` are offered by
    the bot under the answer, to be tapped; `asks` names the dialog whose question this is. `topic` says what
    it is about (`Topic.of`), so that what people do under it reaches who declared that topic.
    """

    blocks: tuple[Block, ...]
    pages: tuple[tuple[Block, ...], ...] | None = None
    place: Place | None = None
    attachments: tuple[Attachment, ...] = ()
    private: bool = False
    mentions: tuple[str, ...] = ()
    about: About = None
    reactions: tuple[str, ...] = ()
    asks: str | None = None
    topic: str | None = None


def reply(*blocks: Block, private: bool = False, about: About = None) -> Reply:
    """Shorthand for a reply of blocks."""
    return Reply(blocks, private=private, about=about)
