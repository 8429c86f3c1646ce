"""When something is to be: read from what people type in English or German, as local time in a zone.

It is read strictly: a time that could be two, is over or is no time is refused with what to write instead,
and nothing that was typed is passed over. Whoever asks shows the whole moment before it counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commands.core.context import Context
from commands.core.days import known, last_day, read_day, spelled, too_far, without_fillers
from commands.core.errors import UserError
from commands.core.recurrence import MOST, Rule, Series, describe
from commands.core.values import short
from config.countries import find_timezone
from config.texts import Texts
from storage.schedule import instant

LONGEST = 200  # characters that a time may have
_LONGEST_RANGE = 12 * 60  # minutes from the one hour to the other: what is longer was mistyped

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:?\d\d)", re.IGNORECASE | re.ASCII)
# What mail and calendars call the zones; other abbreviations mean several.
_ABBREVIATIONS = {
    "cet": "Europe/Berlin",
    "cest": "Europe/Berlin",
    "mez": "Europe/Berlin",
    "mesz": "Europe/Berlin",
    "gmt": "UTC",
    "utc": "UTC",
}
_TIME_WORD = re.compile(r"(?:time|zeit|uhr|ortszeit)$", re.IGNORECASE)

_HOUR = r"(?<![0-9.:@o-])([0-9]{1,2})"
# 15.30 Uhr, um 15.30, 15 Uhr 30, and 15.30 where that can't be a day.
_MINUTES = re.compile(
    rf"{_HOUR}\.([0-5][0-9])(?= ?(?:uhr|am|pm)\b)|(?<=at ){_HOUR}\.([0-5][0-9])(?![0-9.])"
    rf"|{_HOUR} ?uhr ([0-5][0-9])(?![0-9.:])|{_HOUR}\.(1[3-9]|[2-5][0-9])(?![0-9.])"
)
_PART = r"(?: ?(@am|@pm))?"
_CLOCK = re.compile(
    rf"(?:at )?{_HOUR}:([0-5][0-9])(?::[0-5][0-9])?(?![0-9:])(?: ?(am|pm)\b| ?uhr\b)?{_PART}"
    rf"|(?:at )?{_HOUR} ?(?:(am|pm)|uhr)\b{_PART}|(@am|@pm) (?:at )?{_HOUR}(?: ?uhr\b)?(?![0-9.:])"
)
_BARE_HOUR = re.compile(rf"at {_HOUR}(?![0-9.:]){_PART}")
_HALF = re.compile(rf"(?:at )?half {_HOUR}(?: ?uhr\b)?(?![0-9.:]){_PART}")
_QUARTER = re.compile(
    rf"(?:at )?(?:1 )?(quarter|half) (past|to|before) {_HOUR}(?: ?uhr\b)?(?![0-9.:]){_PART}"
)
_NIGHT = re.compile(r"@night\b")
# 10-12 Uhr, 10 Uhr bis 12 Uhr, 10:00 – 12:30, 3-5 pm: behind the end it is said that it is a time.
_RANGE = re.compile(
    r"(?<![0-9.:@a-z-])([0-9]{1,2})(?::([0-5][0-9]))? ?(uhr|am|pm)?"
    r" ?(?:-|–|until|to) ?([0-9]{1,2})(?: ?(uhr|am|pm)\b|:([0-5][0-9])(?![0-9:])(?: ?(uhr|am|pm)\b)?)"
)
_SOON = re.compile(r"([0-9]{1,3}) @(hour|minute)")

_TIMES = re.compile(r"(?<![0-9.:])([0-9]{1,4}) ?times\b")
_TH = r"(?:\.|st|nd|rd|th)"
_PERIOD = re.compile(r"every (?:([0-9]{1,3}) |(@o2) )?@(day|week|month|year|work)")
_NTH_DAY = re.compile(rf"(?:@o(-?[1-5])|([1-5]){_TH}) @d([0-6])(?: (?:every )?(@month))?(?: @m([0-9]+))?")
_LAST_DAY = re.compile(r"@o-1 @day(?: (?:every )?@month)?")
_MONTHDAY = re.compile(rf"(?:@day ([0-9]{{1,2}})\b|([0-9]{{1,2}}){_TH}(?! ?[0-9@](?!month)))(?: @month)?")
_DAY_OF_YEAR = re.compile(rf"([0-9]{{1,2}}){_TH}? ?(?:@m([0-9]+)|([0-9]{{1,2}})\.)(?! ?[0-9])")
_WEEKDAYS = re.compile(r"(?:every )?@d[0-6]s?(?:(?: and| \+| /| &)? (?:every )?@d[0-6]s?)*")
_FREQUENCIES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_WORKDAYS = tuple((0, day) for day in range(5))


@dataclass(frozen=True)
class When:
    """A naive local time in an IANA zone, and the rule (RFC 5545) by which it comes again, if it does.

    With a rule `local` is its first date. `minutes` is how long it lasts, where an end was typed.
    """

    local: datetime
    timezone: str
    rrule: str | None = None
    minutes: int | None = None

    @property
    def at(self) -> datetime:
        """The (first) moment, in UTC."""
        return instant(self.local, self.timezone)

    @property
    def series(self) -> Series:
        """All its dates."""
        return Series(self.local, self.timezone, self.rrule)


def when(typed: str, ctx: Context, *, timezone: str | None = None, lasting: bool = False) -> When:
    """The moment that was typed, or the rule with its first date; always ahead of now.

    It is meant in the zone that stands at its end, or in `timezone`, or in the sender's. With `lasting` an
    end may be typed as well. Raises `UserError`.
    """
    if len(typed) > LONGEST:
        raise _unknown(typed, ctx)
    text, zone = _zone(typed.strip(), timezone or ctx.timezone)
    found = _Reader(text, ctx, zone).read()
    if found is None:
        raise _unknown(typed, ctx)
    if found.minutes is not None and not lasting:
        raise UserError("moment.only_begin", begin=ctx.texts.time(found.local.time()))
    if too_far(found.local.date(), ctx.now.date()):
        raise UserError("moment.far", day=ctx.texts.date(found.local))
    if found.at <= ctx.now:
        raise UserError("moment.past", moment=ctx.texts.datetime(found.at, zone), example=_example(ctx))
    return found


def in_words(found: When, texts: Texts) -> str:
    """A moment in full, with weekday, date, time and zone, and its rule in words."""
    moment = texts.datetime(found.at, found.timezone)
    if found.rrule is None:
        return moment
    return texts.get("moment.again", rule=describe(found.rrule, found.local, texts), moment=moment)


class _Reader:
    """Takes one part after the other out of what was typed; what nobody took makes it unreadable."""

    def __init__(self, text: str, ctx: Context, zone: str) -> None:
        self.typed = text
        self.text = spelled(text)
        self.ctx = ctx
        self.zone = zone
        self.now = ctx.now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.search(self.text)
        if found:
            self.text = " ".join(f"{self.text[: found.start()]} {self.text[found.end() :]}".split())
        return found

    def read(self) -> When | None:
        if found := _ISO.fullmatch(self.typed):
            return self._with_offset(f"{found[1]}T{found[2]}{found[3].upper()}")
        if soon := _SOON.fullmatch(without_fillers(self.text)):
            span = timedelta(**{f"{soon[2]}s": int(soon[1])})
            at = (self.ctx.now + span).replace(second=0, microsecond=0)
            return self._placed(at)
        minutes = self._range()
        begin = self._without_range()
        return replace(begin, minutes=minutes) if begin else None

    def _without_range(self) -> When | None:
        times = self.take(_TIMES)
        clock = self._clock()
        ends: dict[str, Any] = {"count": int(times[1])} if times else self._until()
        self.text = without_fillers(self.text)
        rule = self._rule()
        if ends and rule is None:
            return None
        if clock is None:
            if rule is None and self._day(time()) is None:
                return None
            raise UserError("moment.no_time", example=_example(self.ctx))
        if rule is not None:
            return self._first(replace(rule, **ends), clock)
        if not self.text:
            raise UserError("moment.no_day", example=_example(self.ctx))
        day = self._day(clock)
        return self._sure(datetime.combine(day, clock)) if day else None

    def _placed(self, at: datetime) -> When:
        """A moment on the clock of the zone; in UTC where that clock shows its time for the second time."""
        here = When(at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None), self.zone)
        return here if here.at == at else When(at.astimezone(UTC).replace(tzinfo=None), "UTC")

    def _sure(self, local: datetime) -> When:
        """A time of the local clock; raises `UserError` where clocks change and show it never or twice."""
        zone, texts = ZoneInfo(self.zone), self.ctx.texts
        first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first == second:
            return When(local, self.zone)
        day, time = texts.date(local), texts.time(local.time())
        shown = first.astimezone(zone).replace(tzinfo=None)
        if shown != local:
            raise UserError("moment.skipped", day=day, time=time, later=texts.time(shown.time()))
        either, other = (f"{at:%Y-%m-%dT%H:%M}Z" for at in (first, second))
        raise UserError("moment.twice", day=day, time=time, either=either, other=other)

    def _range(self) -> int | None:
        """How many minutes lie between the two times of a range, of which the first is left to be read."""
        found = _RANGE.search(self.text)
        if not found:
            return None
        sign = found[5] or found[7]
        end = _on_clock(int(found[4]), int(found[6] or 0), sign)
        begin = _on_clock(int(found[1]), int(found[2] or 0), found[3] or sign)
        if found[3] is None and sign == "pm" and begin >= end:
            begin -= 12 * 60  # "11-1 pm"
        minutes = (end - begin) % (24 * 60)
        if not (0 <= begin < 24 * 60 and end <= 24 * 60 and 0 < minutes <= _LONGEST_RANGE):
            raise _unknown(self.typed, self.ctx)
        start = f" {begin // 60}:{begin % 60:02} "
        self.text = " ".join(f"{self.text[: found.start()]}{start}{self.text[found.end() :]}".split())
        return minutes

    def _with_offset(self, text: str) -> When | None:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        return self._placed(at)

    def _day(self, clock: time) -> date | None:
        ahead = clock > self.now.time()
        return read_day(self.text, self.now.date(), self.ctx.texts, from_today=ahead)

    def _until(self) -> dict[str, datetime]:
        """The last day of a rule, if one was said."""
        head, said, tail = self.text.partition("until ")
        if not said:
            return {}
        last = last_day(tail, self.now.date(), self.ctx.texts)
        if last is None:
            raise _unknown(self.typed, self.ctx)
        self.text = head.strip()
        return {"until": datetime.combine(last, time(23, 59, 59))}

    def _clock(self) -> time | None:
        """The time of day; raises `UserError` for one that could be two."""
        if "midnight" in self.text.split():
            raise UserError("moment.midnight")
        self.text = _MINUTES.sub(lambda found: ":".join(filter(None, found.groups())), self.text)
        if found := self.take(_QUARTER):
            shift = {("quarter", "past"): 15, ("half", "past"): 30, ("quarter", "to"): -15}
            shift[("quarter", "before")] = -15
            span, hour = shift.get((found[1], found[2])), int(found[3])
            if span is None or not 1 <= hour <= 12:
                return None
            hour = hour if span > 0 else (hour - 2) % 12 + 1
            return self._hour(hour, span % 60, found[4], sure=False)
        if found := self.take(_HALF):
            hour = int(found[1])
            return self._hour((hour - 2) % 12 + 1, 30, found[2], sure=False) if 1 <= hour <= 12 else None
        if found := self.take(_CLOCK):
            hour = int(found[1] or found[5] or found[9])
            part = found[3] or found[4] or found[6] or found[7] or found[8]
            return self._hour(hour, int(found[2] or 0), part)
        if found := self.take(_BARE_HOUR):
            return self._hour(int(found[1]), 0, found[2], sure=False)
        return None

    def _hour(self, hour: int, minute: int, part: str | None, *, sure: bool = True) -> time:
        part = part or next((sign for sign in ("@am", "@pm") if self.take(re.compile(f"{sign}\\b"))), None)
        if part is None and self.take(_NIGHT):
            if hour == 12:
                raise UserError("moment.midnight")
            part, sure = ("pm" if 9 <= hour < 12 else None), True
        if part and part.endswith("pm") and hour < 12:
            hour += 12
        elif part == "am" and hour == 12 and self.ctx.language != "de":  # "um 12 am Dienstag" is noon
            hour = 0
        elif part is None and not sure and 1 <= hour <= 6:
            early, late = time(hour, minute), time(hour + 12, minute)
            texts = self.ctx.texts
            raise UserError("moment.two_times", early=texts.time(early), late=texts.time(late))
        try:
            return time(hour, minute)
        except ValueError:
            raise _unknown(self.typed, self.ctx) from None

    def _rule(self) -> Rule | None:
        """The rule, taken out of the text; its start may still stand there."""
        period = self.take(_PERIOD)
        if not period and not re.search(r"\bevery\b|@d[0-6]s\b", self.text):
            return None
        unit = period[3] if period else None
        interval = int(period[1] or (2 if period[2] else 1)) if period else 1
        if not 1 <= interval <= MOST:
            raise _unknown(self.typed, self.ctx)
        if unit == "work":
            return Rule("WEEKLY", weekdays=_WORKDAYS)
        if unit == "day" and interval % 7 == 0 and _WEEKDAYS.search(self.text):
            unit, interval = "week", interval // 7  # "alle 14 Tage dienstags"
        if unit in (None, "month", "year") and (rule := self._by_number(unit, interval)):
            return self._without_every(rule)
        if unit in (None, "week") and (found := self.take(_WEEKDAYS)):
            days = sorted({int(day) for day in re.findall(r"@d([0-6])", found.group())})
            return self._without_every(Rule("WEEKLY", interval, weekdays=tuple((0, day) for day in days)))
        if unit in (None, "month") and (found := self.take(_MONTHDAY)):
            return self._without_every(Rule("MONTHLY", interval, monthday=int(found[1] or found[2])))
        if unit is None:
            return self._yearly()
        return Rule(_FREQUENCIES[unit], interval)

    def _without_every(self, rule: Rule) -> Rule:
        self.take(re.compile(r"\bevery\b"))
        return rule

    def _by_number(self, unit: str | None, interval: int) -> Rule | None:
        """What says the how manieth weekday, or the last day."""
        if self.take(_LAST_DAY):
            return Rule("MONTHLY", interval, monthday=-1)
        found = self.take(_NTH_DAY)
        if not found:
            return None
        nth, weekday = int(found[1] or found[2]), int(found[3])
        if found[5]:
            return Rule("YEARLY", interval, weekdays=((nth, weekday),), month=int(found[5]))
        if unit == "month" or found[4]:
            return Rule("MONTHLY", interval, weekdays=((nth, weekday),))
        if unit == "year":
            raise _unknown(self.typed, self.ctx)
        if nth == 2:
            return Rule("WEEKLY", 2, weekdays=((0, weekday),))
        if nth in (-1, 1):
            return Rule("MONTHLY", weekdays=((nth, weekday),))
        two = (Rule("WEEKLY", nth, weekdays=((0, weekday),)), Rule("MONTHLY", weekdays=((nth, weekday),)))
        either, other = (describe(str(rule), self.now, self.ctx.texts) for rule in two)
        raise UserError("moment.two_rules", either=either, other=other)

    def _yearly(self) -> Rule | None:
        """Each year on a date: "every 14 March"."""
        found = re.search(rf"\bevery {_DAY_OF_YEAR.pattern}", self.text)
        if not found:
            raise _unknown(self.typed, self.ctx)
        self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}".strip()
        return Rule("YEARLY", month=int(found[2] or found[3]), monthday=int(found[1]))

    def _first(self, rule: Rule, clock: time) -> When | None:
        """The rule with the first date that is ahead, and not before the one that was told."""
        begin = datetime.combine(self.now.date(), clock)
        if self.text:
            day = self._day(clock)
            if day is None:
                return None
            begin = datetime.combine(day, clock)
            if rule.frequency == "WEEKLY" and not rule.weekdays:
                rule = replace(rule, weekdays=((0, day.weekday()),))
            elif rule.frequency in ("MONTHLY", "YEARLY") and not (rule.weekdays or rule.monthday):
                if "@d" in self.text and "@m" not in self.text and "." not in self.text:
                    return None  # which Tuesday of the month?
                month = day.month if rule.frequency == "YEARLY" else None
                rule = replace(rule, monthday=day.day, month=month)
        elif rule.frequency != "DAILY" and not (rule.weekdays or rule.monthday):
            raise UserError("moment.no_day", example=_example(self.ctx))
        elif begin <= self.now:
            begin += timedelta(days=1)
        try:
            rule = Rule.read(str(rule))
            # "Every second Monday" begins with the next Monday, and every other counts from there.
            first = Series(begin, self.zone, str(replace(rule, count=None, interval=1))).next(
                instant(begin, self.zone) - timedelta(seconds=1)
            )
        except (ValueError, OverflowError):
            return None
        return When(first.original, self.zone, str(rule)) if first else None


def _zone(typed: str, default: str) -> tuple[str, str]:
    """What was typed without the zone or city at its end, and the zone that is meant."""
    words = typed.split()
    for length in (3, 2, 1):
        if len(words) <= length:
            continue
        named = [word.strip("(),") for word in words[-length:]]
        if length > 1 and _TIME_WORD.fullmatch(named[-1]):
            named = named[:-1]
        name = " ".join(named)
        folded = name.casefold()
        zone = _ABBREVIATIONS.get(folded)
        # Two letters are as well a country as a weekday, and people write "in May".
        if zone is None and len(name) > 3 and not any(map(known, named)) and not re.search(r"\d", name):
            zone = find_timezone(name).zone
        if zone:
            rest = words[:-length]
            return " ".join(rest), zone
    return typed, default


def _on_clock(hour: int, minute: int, sign: str | None) -> int:
    """The minutes since midnight of a time of day."""
    if sign in ("am", "pm") and hour <= 12:
        hour = hour % 12 + (12 if sign == "pm" else 0)
    return hour * 60 + minute


def _example(ctx: Context) -> str:
    """A time that can be typed, some weeks ahead."""
    day = ctx.now.astimezone(ZoneInfo(ctx.timezone)).date() + timedelta(weeks=4)
    return ctx.texts.get("moment.example", date=f"{day.day}.{day.month}.{day.year}", iso=day.isoformat())


def _unknown(typed: str, ctx: Context) -> UserError:
    return UserError("moment.unknown", typed=short(typed), example=_example(ctx))
