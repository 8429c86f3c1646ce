"""What a command answers."""

from __future__ import annotations

from dataclasses import dataclass

from commands.core.nodes import Block


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an answer."""

    data: bytes
    content_type: str
    filename: str


@dataclass(frozen=True)
class Reply:
    """An answer: blocks to show now, further pages behind `more`, files.

    A `private` reply goes to the direct chat, with a pointer in the room where the command was given; it is
    made with `Context.privately`. `pages` are empty for a list that ends here, and None where the list that
    was shown before can still be gone through.
    `mentions` are the users that the answer notifies: nobody, as a rule. `about` is the person of whom it
    tells, so that it can be redacted when they ask to be forgotten. `reactions` are offered by the bot
    under the answer, to be tapped; `asks` names the dialog whose question this is. `topic` says what it is
    about (`Topic.of`), so that what people do under it reaches who declared that topic.
    """

    blocks: tuple[Block, ...]
    pages: tuple[tuple[Block, ...], ...] | None = None
    attachments: tuple[Attachment, ...] = ()
    private: bool = False
    mentions: tuple[str, ...] = ()
    about: str | None = None
    reactions: tuple[str, ...] = ()
    asks: str | None = None
    topic: str | None = None


def reply(*blocks: Block, private: bool = False, about: str | None = None) -> Reply:
    """Shorthand for a reply of blocks."""
    return Reply(blocks, private=private, about=about)
