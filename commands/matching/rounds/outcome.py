"""What was drawn, as data: it goes from process to process, and into the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Group:
    """People who are to meet, or one who is left over; what it is worth on average over its pairs, and what
    it is to each of them (`commands.matching.rules.Sort`)."""

    people: tuple[str, ...]
    value: float = 0.0
    sorts: tuple[str | None, ...] = (None,)


@dataclass(frozen=True)
class Outcome:
    """The groups of a round; `digest` tells what it was drawn from."""

    digest: str
    groups: tuple[Group, ...]

    def count(self, people: int) -> int:
        """How many groups there are of so many."""
        return sum(len(group.people) == people for group in self.groups)

    def count_of(self, *sorts: str) -> int:
        """How many pairs are of one of these sorts, at least for one of the two."""
        return sum(len(group.people) == 2 and not set(sorts).isdisjoint(group.sorts) for group in self.groups)

    @property
    def peers(self) -> int:
        """How many took part."""
        return sum(len(group.people) for group in self.groups)

    def as_json(self) -> dict[str, Any]:
        """For another process."""
        groups = [[group.people, group.value, group.sorts] for group in self.groups]
        return {"digest": self.digest, "groups": groups}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Self:
        """From another process."""
        groups = (Group(tuple(people), value, tuple(sorts)) for people, value, sorts in said["groups"])
        return cls(said["digest"], tuple(groups))
