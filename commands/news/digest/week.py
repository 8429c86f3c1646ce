"""What happened in the network between two moments, as the digest tells it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from commands.core.context import Context
from commands.core.recurrence import Occurrence, Series
from config.themes import themes
from storage import asking, digest, events, practices, watching
from storage.asking import NetworkQuestion
from storage.database import Tx
from storage.digest import Pick, Reuse
from storage.events import Event
from storage.members import Member
from storage.practices import Listed

AHEAD = timedelta(days=14)  # so far ahead events are told again


@dataclass(frozen=True)
class Reader:
    """Who a digest is for: the moment as it is read there, by which clock, and by which themes of whom."""

    to: Context
    zone: str
    themes: frozenset[str] | None = None  # None: a room is told of everything

    def fits(self, of: Collection[str]) -> bool:
        """Whether they are told of something on these themes."""
        return self._wanted is None or not self._wanted.isdisjoint(of)

    @cached_property
    def _wanted(self) -> set[str] | None:
        # A theme stands for those below it as well.
        known = [theme for theme in self.themes or () if theme in themes()]
        return None if self.themes is None else {below for one in known for below in themes().expand(one)}


class Week:
    """What happened after `since` and up to `until`, read once in a transaction for everyone who is told.

    What many different people took part in comes first: who wrote something, takes it over, said thanks,
    bookmarked it, asked or answered; how much they wrote doesn't count.
    """

    def __init__(self, tx: Tx, since: datetime, until: datetime) -> None:
        self.tx = tx
        self.since = since
        self.until = until
        self._listed: dict[str, dict[int, Listed]] = {}

    @cached_property
    def picks(self) -> list[Pick]:
        """What moderators picked, in their order."""
        return digest.picks(self.tx, self.since, self.until)

    @cached_property
    def _published(self) -> dict[int, str | None]:
        found = watching.new_practices(self.tx, self.since, self.until)
        return {one.number: one.author for one in reversed(found)}

    @cached_property
    def _reused(self) -> dict[int, list[Reuse]]:
        found: dict[int, list[Reuse]] = {}
        for one in digest.reused(self.tx, self.since, self.until):
            found.setdefault(one.practice, []).append(one)
        return found

    @cached_property
    def new(self) -> list[int]:
        """The practices that were published and not picked, those first in which most people took part."""
        picked = {one.practice for one in self.picks}
        return self._ranked([number for number in self._published if number not in picked])

    @cached_property
    def reused(self) -> dict[int, list[Reuse]]:
        """What cities take over and what came of it, by practice."""
        return {number: self._reused[number] for number in self._ranked(list(self._reused))}

    @cached_property
    def ahead(self) -> list[tuple[Event, Occurrence]]:
        """The events ahead with their next date, the soonest first: those of the next two weeks, and those
        that were announced since."""
        announced = digest.announced(self.tx, self.since, self.until)
        found = []
        for event in events.not_over(self.tx):
            series = Series(
                event.start, event.timezone, event.rrule, event.moved_dates, event.cancelled_dates
            )
            date = series.next(self.until)
            if date and (date.at <= self.until + AHEAD or event.number in announced):
                found.append((event, date))
        return sorted(found, key=lambda one: (one[1].at, one[0].number))

    @cached_property
    def questions(self) -> list[NetworkQuestion]:
        """What was asked since, waits for its first answer, and may be read by the network."""
        asked = asking.without_answer(self.tx)
        return [one for one in asked if self.since < one.asked_at <= self.until]

    @cached_property
    def newcomers(self) -> list[Member]:
        """Who is new and agreed to be named."""
        return digest.newcomers(self.tx, self.since, self.until)

    @cached_property
    def people(self) -> set[str | None]:
        """Who is told less than others, as nobody is told of themselves: who wrote what is new, asked, or is
        new."""
        asked = {one.asker for one in self.questions}
        return {*self._published.values(), *asked, *(one.user_id for one in self.newcomers)}

    def author(self, number: int) -> str | None:
        """Who wrote a new practice."""
        return self._published[number]

    def listed(self, language: str) -> dict[int, Listed]:
        """All practices of the week by their numbers, in short where there is a version in the language."""
        if language not in self._listed:
            numbers = {*(one.practice for one in self.picks), *self.new, *self._reused}
            found = practices.listed(self.tx, sorted(numbers), language)
            self._listed[language] = {one.number: one for one in found}
        return self._listed[language]

    def _ranked(self, numbers: list[int]) -> list[int]:
        return sorted(numbers, key=lambda number: -self._people[number])

    @cached_property
    def _people(self) -> dict[int, int]:
        return digest.people(self.tx, {*self._published, *self._reused}, self.since, self.until)
