"""The declaration of what a capability has that helps with a matter: people to talk to, trainings ahead.

Whoever shows what helps need not know where it comes from, and does not import it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from commands.core.context import Context
from commands.core.nodes import Inline
from config.themes import themes


@dataclass(frozen=True)
class Matter:
    """What somebody wants to get further with: its themes, and what it is called in the reader's language.

    `known_to` are the Matrix ids of those who let others know that they offer something on it.
    """

    themes: tuple[str, ...]
    words: str
    known_to: frozenset[str] = frozenset()

    @cached_property
    def near(self) -> frozenset[str]:
        """Its own themes, and those above and below them."""
        above = {theme.id for theme in themes().upper() if themes().expand(theme.id) & set(self.themes)}
        return frozenset(above.union(*(themes().expand(own) for own in self.themes)))


class Help(NamedTuple):
    """Something that helps, in a line that also says how to take it up; of whom it tells, if of anybody."""

    line: Inline
    about: str | None = None


#: For each matter what helps with it, the best first and no more than so many; nothing stands there twice.
Find = Callable[[Context, Sequence[Matter], int], list[list[Help]]]


@dataclass(frozen=True)
class Helping:
    """What helps of one kind: `people` or `trainings`."""

    name: str
    find: Find
