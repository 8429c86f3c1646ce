"""The declaration of what a message of the bot is about, and what becomes of what people do under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any, NamedTuple

from commands.core.context import Context, Role
from commands.core.reply import Reply

#: Each is given what the message is about, as in `Topic.of`. None as the answer is: nothing to say, and words
#: or a file are taken as if they were no reply.
Reacted = Callable[[Context, str, str], Reply | None]
Replied = Callable[[Context, str, str], Reply | None]
Untapped = Callable[[Context, str], Reply | None]
Sent = Callable[[Context, str, dict[str, Any]], Reply | None]


@dataclass(frozen=True)
class Fetched:
    """A file that somebody sent, downloaded: what they call it, its bytes, or why there are none.

    `failure` is `too_large`, `gone` (nobody has it, or its server does not answer), `broken` (what came is
    not what was sent) or `taken_back` (its sender has deleted the message).
    """

    name: str
    data: bytes | None
    failure: str | None = None


class Questions(NamedTuple):
    """Questions that people are asked with a number: whether the one with a number waits for the sender's
    answer (None: it was never put to them), and what becomes of that, as in `answer 7 two people`; the same
    for whether all may read it, as in `agree 7`."""

    waits: Callable[[Context, int], bool | None]
    answer: Callable[[Context, int, str], Reply]
    consents: Callable[[Context, int], bool | None]
    agree: Callable[..., Reply]


class Asks(Flag):
    """What a message asks of somebody, that they may also say without replying to it."""

    NOTHING = 0
    YES_OR_NO = auto()
    CHOICE = auto()  # one of a few answers; others are refused
    WORDS = auto()  # of their own
    THANKS = auto()  # nothing, though a "thank you" is for it rather than for the bot
    LINES = auto()  # of the form that it is, those that the topic `names`, while nothing else is spoken of


Open = Callable[[Context, str], Asks]
Brought = Callable[[Context, str, Fetched], Reply | None]
Names = Callable[[str], bool]


@dataclass(frozen=True)
class Topic:
    """What messages of the bot can be about: `Reply.topic` is made with `of`.

    `reacted` is called with the emoji that somebody tapped on such a message, `replied` with the words and
    `file` with the event content (`m.image`, `m.file`, …) that somebody sent in reply to it. Only who has
    the role that it `requires` is heard: of others taps mean nothing, files and words in the direct chat are
    refused. Who else may do what, they judge for themselves. In rooms, replies are talk among people, except
    where the message `asks` for them: without that, `replied` is only called for replies in the direct chat.
    A message that `awaits_file` is also meant by the next file in the direct chat that is no reply: many
    clients can't reply with one.
    `questions` are those that its messages put to people, for who answers with the number.
    `untapped` is called with the event id of a reaction when who tapped it takes it back, whatever it was
    under: what it counted for is to be kept with that.
    `open` tells what its message still asks of the sender, if anything: plain words in the direct chat may
    then be the answer (`commands.core.questions`).
    `names` tells whether words are one of the answers that its messages name: while such a message is the
    last one, and open, they are that, even where they are a command or a courtesy otherwise.
    `fetched` is called when what `file` asked for with `files.fetch` has come, or can't be had.
    """

    name: str
    reacted: Reacted | None = None
    replied: Replied | None = None
    file: Sent | None = None
    asks: bool = False
    awaits_file: bool = False
    requires: Role = Role.GUEST
    fetched: Brought | None = None
    questions: Questions | None = None
    untapped: Untapped | None = None
    open: Open | None = None
    names: Names | None = None

    def of(self, reference: object) -> str:
        """The topic of one message, like `practice:12`."""
        return f"{self.name}:{reference}"

    def takes_words(self, *, direct: bool) -> bool:
        """Whether words said in reply are for the bot, though they don't address it."""
        return self.replied is not None and (direct or self.asks)
