"""What comes again: rules of RFC 5545 on the local clock, expanded in their zone.

Only daily, weekly, monthly and yearly rules are known, of the parts that can be said in words; nothing here
costs more the longer ago a rule began.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, get_day_names, get_month_names
from dateutil import rrule as dateutil_rrule

from config.texts import Texts
from storage.schedule import instant

HORIZON = timedelta(days=366 * 9)  # nothing that comes comes more rarely: 29 February skips 2100
MOST = 1_000  # the highest COUNT and INTERVAL
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_FREQUENCIES: dict[str, Literal[0, 1, 2, 3]] = {
    "DAILY": dateutil_rrule.DAILY,
    "WEEKLY": dateutil_rrule.WEEKLY,
    "MONTHLY": dateutil_rrule.MONTHLY,
    "YEARLY": dateutil_rrule.YEARLY,
}
_WORKDAYS = tuple((0, day) for day in range(5))
_NTH = {
    1: "rule.nth_1",
    2: "rule.nth_2",
    3: "rule.nth_3",
    4: "rule.nth_4",
    5: "rule.nth_5",
    -1: "rule.nth_last",
}
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY"}


@dataclass(frozen=True)
class Rule:
    """An RRULE that this program understands.

    `weekdays` holds (nth, weekday) with nth 0 for every such day and -1 for the last of the month; `until`
    is naive local time, and is itself part of the series.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    weekdays: tuple[tuple[int, int], ...] = ()
    month: int | None = None
    monthday: int | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `FREQ=WEEKLY;BYDAY=TU`; raises ValueError for every rule that is not known here."""
        parts = dict(part.partition("=")[::2] for part in text.upper().removeprefix("RRULE:").split(";"))
        if not parts.keys() <= _PARTS or parts.get("FREQ") not in _FREQUENCIES:
            raise ValueError(f"no rule that is known here: {text[:100]!r}")
        until = parts.get("UNTIL")
        rule = cls(
            frequency=parts["FREQ"],
            interval=int(parts.get("INTERVAL", "1")),
            count=int(parts["COUNT"]) if "COUNT" in parts else None,
            until=_read_until(until) if until else None,
            weekdays=tuple(_read_weekday(day) for day in parts["BYDAY"].split(","))
            if "BYDAY" in parts
            else (),
            month=int(parts["BYMONTH"]) if "BYMONTH" in parts else None,
            monthday=int(parts["BYMONTHDAY"]) if "BYMONTHDAY" in parts else None,
        )
        rule._check(text)
        return rule

    def _check(self, text: str) -> None:
        nth = any(n for n, _ in self.weekdays)
        sound = (
            1 <= self.interval <= MOST
            and (self.count is None or 1 <= self.count <= MOST)
            and (self.count is None or self.until is None)
            and (self.month is None or (1 <= self.month <= 12 and self.frequency == "YEARLY"))
            and (self.monthday is None or (-1 <= self.monthday <= 31 and self.monthday != 0))
            and (self.monthday is None or self.frequency in ("MONTHLY", "YEARLY"))
            and not (self.monthday and self.weekdays)
            and (not self.weekdays or self.frequency != "DAILY")
            # In a month or a year it has to be said which Tuesday.
            and (not self.weekdays or nth == (self.frequency in ("MONTHLY", "YEARLY")))
            and (not nth or len(self.weekdays) == 1)
            and not (self.frequency == "YEARLY" and self.month is None and (nth or self.monthday))
            and not (
                self.frequency == "YEARLY" and self.monthday and not _in_month(self.monthday, self.month)
            )
        )
        if not sound:
            raise ValueError(f"no rule that is known here: {text[:100]!r}")

    def __str__(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.month:
            parts.append(f"BYMONTH={self.month}")
        if self.monthday:
            parts.append(f"BYMONTHDAY={self.monthday}")
        if self.weekdays:
            days = ",".join(f"{nth or ''}{WEEKDAYS[weekday]}" for nth, weekday in self.weekdays)
            parts.append(f"BYDAY={days}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until:
            parts.append(f"UNTIL={self.until:%Y%m%dT%H%M%S}")
        return ";".join(parts)

    def dates(self, start: datetime, begin: datetime, end: datetime) -> Iterator[datetime]:
        """The naive local times from `begin` to `end`, both included, of the rule that starts at `start`.

        What makes a date is taken from `start` where the rule does not say it.
        """
        month = self.month or (start.month if self.frequency == "YEARLY" else None)
        monthday, weekdays = self.monthday, self.weekdays
        if not weekdays and self.frequency == "WEEKLY":
            weekdays = ((0, start.weekday()),)
        elif not weekdays and not monthday and self.frequency in ("MONTHLY", "YEARLY"):
            monthday = start.day
        end = min(end, self.until) if self.until else end
        found = dateutil_rrule.rrule(
            _FREQUENCIES[self.frequency],
            dtstart=start if self.count else self._nearest_begin(start, begin),
            interval=self.interval,
            count=self.count,
            # With a count the rule says itself when it is over.
            until=None if self.count else end,
            bymonth=month,
            bymonthday=monthday,
            byweekday=[dateutil_rrule.weekday(day, nth or None) for nth, day in weekdays] or None,
        )
        for local in found:
            if local > end:
                return
            if local >= start and local >= begin:
                yield local

    def _nearest_begin(self, start: datetime, begin: datetime) -> datetime:
        """A moment at most two intervals before `begin`, from which the rule gives the same dates."""
        if begin <= start:
            return start
        match self.frequency:
            case "DAILY" | "WEEKLY":
                step = timedelta(days=self.interval * (7 if self.frequency == "WEEKLY" else 1))
                return start + max((begin - start) // step - 1, 0) * step
            case "MONTHLY":
                months = (begin.year - start.year) * 12 + begin.month - start.month
                months = max(months // self.interval - 1, 0) * self.interval
                year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
                return start.replace(year=year, month=month + 1, day=1)
            case _:
                years = max((begin.year - start.year) // self.interval - 1, 0) * self.interval
                return start.replace(year=start.year + years, month=1, day=1)


def _in_month(day: int, month: int | None) -> bool:
    """Whether a month of a leap year has a day."""
    return month is not None and 1 <= day <= calendar.monthrange(2000, month)[1]


def _read_weekday(text: str) -> tuple[int, int]:
    nth = int(text[:-2] or "0")
    if text[-2:] not in WEEKDAYS or nth not in (-1, 0, 1, 2, 3, 4, 5):
        raise ValueError(text[:100])
    return nth, WEEKDAYS.index(text[-2:])


def _read_until(text: str) -> datetime:
    whole = text if "T" in text else f"{text}T235959"
    return datetime.strptime(whole.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local on purpose


def _ends(moment: datetime, *, later: timedelta) -> datetime:
    """A naive local time that is surely before (after) every one that a moment may be."""
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) + later
    except OverflowError:
        return datetime.max if later > timedelta() else datetime.min  # noqa: DTZ901 - local on purpose


@dataclass(frozen=True)
class Occurrence:
    """One date: the naive local time that the rule gives, the one that counts, and its moment in UTC."""

    original: datetime
    local: datetime
    timezone: str
    at: datetime


@dataclass(frozen=True)
class Series:
    """What takes place once (no `rrule`) or by a rule, on the local clock of a zone.

    Times are naive and local. `moved` leads from a date of the rule to the one that took its place,
    `cancelled` holds dates of the rule. Raises ValueError for a rule that is not known here.
    """

    start: datetime
    timezone: str
    rrule: str | None = None
    moved: Mapping[datetime, datetime] = field(default_factory=dict)
    cancelled: AbstractSet[datetime] = frozenset()

    def __post_init__(self) -> None:
        if self.rrule:
            Rule.read(self.rrule)

    def between(self, after: datetime, until: datetime) -> list[Occurrence]:
        """The dates after `after` and until `until` (aware), by their moment."""
        return sorted(self._found(after, until), key=lambda one: one.at)

    def next(self, after: datetime) -> Occurrence | None:
        """The first date after `after` (aware); None when there is none within nine years."""
        # Most rules come again soon: it would be a waste to look nine years ahead.
        for ahead in (timedelta(days=40), timedelta(days=400), HORIZON):
            if found := self.between(after, _added(after, ahead)):
                return found[0]
        return None

    def has(self, original: datetime) -> bool:
        """Whether the rule gives this naive local time, cancelled and moved ones included."""
        return original in self._originals(original, original)

    def _found(self, after: datetime, until: datetime) -> Iterator[Occurrence]:
        zone = ZoneInfo(self.timezone)
        # A day more on both sides: a date moves by less through its zone and the change of clocks.
        early, late = _ends(after, later=-timedelta(days=2)), _ends(until, later=timedelta(days=2))
        placed = {original: original for original in self._originals(early, late)}
        placed |= {
            original: new
            for original, new in self.moved.items()
            if original in placed or (early <= new <= late and self.has(original))
        }
        for original, local in placed.items():
            at = instant(local, zone.key)
            if original not in self.cancelled and after < at <= until:
                yield Occurrence(original, local, zone.key, at)

    def _originals(self, begin: datetime, end: datetime) -> list[datetime]:
        if self.rrule:
            return list(Rule.read(self.rrule).dates(self.start, begin, end))
        return [self.start] if begin <= self.start <= end else []


def _added(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def moved_rule(rrule: str, start: datetime, old: datetime, new: datetime) -> str:
    """The rule of a series from `start` on of which all dates from `old` on move, that one to `new`.

    All naive and local. Its days move along, and it has as many dates as were left.
    """
    rule = Rule.read(rrule)
    changes: dict[str, object] = {}
    if rule.weekdays and rule.weekdays[0][0]:
        changes["weekdays"] = ((nth_of_month(new.date(), last=rule.weekdays[0][0] == -1), new.weekday()),)
    elif (0, new.weekday()) not in rule.weekdays:
        shift = new.weekday() - old.weekday()
        changes["weekdays"] = tuple(sorted((0, (day + shift) % 7) for _, day in rule.weekdays))
    if rule.monthday:
        changes["monthday"] = -1 if rule.monthday == -1 and _is_last(new.date()) else new.day
    if rule.month:
        changes["month"] = new.month
    if rule.count:
        passed = sum(local < old for local in rule.dates(start, start, old))
        changes["count"] = max(rule.count - passed, 1)
    return str(Rule(**{**vars(rule), **changes}))


def moved_along(old: Series, begin: datetime, new: Series, until: datetime) -> dict[datetime, datetime]:
    """Which date of a series took the place of which when it moved: from each of `old` from `begin` to
    `until`, as its rule has them, to that of `new`."""
    if not (old.rrule and new.rrule):
        return {}
    before = Rule.read(old.rrule).dates(old.start, begin, until)
    after = Rule.read(new.rrule).dates(new.start, new.start, until + HORIZON)
    return dict(zip(before, after, strict=False))


def _is_last(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def nth_of_month(day: date, *, last: bool) -> int:
    """Which such weekday of its month a day is: 1 to 4, or -1 for a fifth or an asked-for last."""
    in_last_week = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    nth = (day.day - 1) // 7 + 1
    return -1 if in_last_week and (last or nth == 5) else nth


def describe(rrule: str, start: datetime, texts: Texts) -> str:
    """A rule in words, with what may surprise: `every second Tuesday, until 30 June 2027`."""
    rule = Rule.read(rrule)
    words = _core(rule, start, texts)
    if rule.until:
        words = texts.get("rule.until", rule=words, day=texts.date(rule.until))
    if rule.count:
        words = texts.plural("rule.times", rule.count, rule=words)
    return words


def _core(rule: Rule, start: datetime, texts: Texts) -> str:
    names = get_day_names("wide", "format", texts.locale)
    days = texts.list([names[day] for _, day in rule.weekdays or ((0, start.weekday()),)])
    match rule.frequency:
        case "DAILY":
            return _period("rule.daily", "rule.days", rule, texts)
        case "WEEKLY" if rule.weekdays == _WORKDAYS and rule.interval == 1:
            return texts.get("rule.workdays")
        case "WEEKLY" if rule.interval <= 2:
            return texts.get("rule.weekly" if rule.interval == 1 else "rule.second_week", days=days)
        case "WEEKLY":
            return texts.plural("rule.weeks", rule.interval, days=days)
        case "MONTHLY":
            return _monthly(rule, start, days, texts)
        case _:
            return _yearly(rule, start, days, texts)


def _period(single: str, several: str, rule: Rule, texts: Texts) -> str:
    return texts.get(single) if rule.interval == 1 else texts.plural(several, rule.interval)


def _monthly(rule: Rule, start: datetime, days: str, texts: Texts) -> str:
    period = _period("rule.monthly", "rule.months", rule, texts)
    if rule.weekdays:
        nth = texts.get(_NTH[rule.weekdays[0][0]])
        return texts.get("rule.nth_weekday", period=period, nth=nth, day=days)
    day = rule.monthday or start.day
    if day == -1:
        return texts.get("rule.last_day", period=period)
    words = texts.get("rule.day_of_month", period=period, day=day)
    return texts.get("rule.only_long_months", rule=words, day=day) if day > 28 else words


def _yearly(rule: Rule, start: datetime, days: str, texts: Texts) -> str:
    period = _period("rule.yearly", "rule.years", rule, texts)
    month = rule.month or start.month
    if rule.weekdays:
        nth, named = (
            texts.get(_NTH[rule.weekdays[0][0]]),
            get_month_names("wide", "stand-alone", texts.locale),
        )
        return texts.get("rule.nth_weekday_of", period=period, nth=nth, day=days, month=named[month])
    day = date(2000, month, rule.monthday or start.day)
    shown = format_skeleton("MMMMd", day, locale=texts.locale)
    words = texts.get("rule.day_of_year", period=period, day=shown)
    return texts.get("rule.leap_years", rule=words) if (day.month, day.day) == (2, 29) else words
