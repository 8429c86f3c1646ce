"""The words of days: how English and German name weekdays, months and what lies ahead, in one spelling.

`spelled` writes what people type in the few signs that the patterns here and in `moments` know.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta
from functools import cache

from babel.dates import get_month_names

from commands.core.errors import UserError
from config.languages import UI_LANGUAGES
from config.texts import Texts

# Of each sign the words, with ä, ö, ü as ae, oe, ue; an asterisk stands for the endings of adjectives.
_WORDS = {
    "@d0": "monday mon montag mo",
    "@d1": "tuesday tue tues dienstag di",
    "@d2": "wednesday wed mittwoch mi",
    "@d3": "thursday thu thur thurs donnerstag do",
    "@d4": "friday fri freitag fr",
    "@d5": "saturday sat samstag sonnabend sa",
    "@d6": "sunday sun sonntag so",
    "@o1": "first erste*",
    "@o2": "second other zweite*",
    "@o3": "third dritte*",
    "@o4": "fourth vierte*",
    "@o5": "fifth fuenfte*",
    "@o-1": "last letzte*",
    "@day": "day days tag tage tagen",
    "@week": "week weeks woche wochen",
    "@month": "month months monat monate monaten monats",
    "@year": "year years jahr jahre jahren jahres",
    "@hour": "hour hours stunde stunden",
    "@minute": "minute minutes min minuten",
    "@work": "weekday workday werktag arbeitstag wochentag",
    "every": "every each jede* alle immer",
    "every @day": "daily taeglich",
    "every @week": "weekly woechentlich",
    "every 2 @week": "biweekly fortnightly zweiwoechentlich vierzehntaegig vierzehntaeglich",
    "every @month": "monthly monatlich",
    "every 3 @month": "quarterly vierteljaehrlich",
    "every 6 @month": "halbjaehrlich",
    "every @year": "yearly annually jaehrlich",
    "every @work": "weekdays workdays werktags wochentags",
    "2 @week": "fortnight",
    "next": "next naechste* kommende* coming",
    "this": "this diese*",
    "today": "today heute",
    "today @pm": "tonight",
    "tomorrow": "tomorrow morgen",
    "overmorrow": "uebermorgen",
    "@am": "morning morgens frueh vormittag vormittags",
    "@pm": "afternoon evening nachmittag nachmittags abend abends",
    "12:00": "noon midday mittag mittags",
    "midnight": "midnight mitternacht",
    "at": "at um gegen",
    "uhr": "uhr oclock h",
    "am": "am",
    "pm": "pm",
    "and": "and und",
    "until": "until till bis",
    "times": "times mal x",
    "half": "halb",
    "quarter": "quarter viertel",
    "past": "past nach",
    "before": "vor",
    "@night": "nachts",
    "@end": "end ende",
    "1": "a an one ein eine einem einer einen",
    "2": "two zwei",
    "3": "three drei",
    "4": "four vier",
    "5": "five fuenf",
    "6": "six sechs",
    "7": "seven sieben",
    "8": "eight acht",
    "9": "nine neun",
    "10": "ten zehn",
    "11": "eleven elf",
    "12": "twelve zwoelf",
}
_ENDINGS = ("", "n", "r", "s", "m")  # after the -e with which the words above end
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Words that say nothing of their own; a.m. has been read before they are dropped.
_FILLERS = set("am the of on in im den dem der die das des from von ab starting beginnend".split())  # noqa: SIM905
_MONTHS_MORE = {"maerz": 3, "mrz": 3, "sept": 9, "jaenner": 1, "feber": 2}
_YEARS_AHEAD = 20  # who types a later year has mistyped it

_TH = r"(?:\.|st|nd|rd|th)"
_YEAR = r"(?: ?([0-9]{4}))?"
_ISO = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_DOTTED = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})(?:\.([0-9]{2})(?![0-9])|\.?" + _YEAR + r")")
_SLASHED = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})(?:[/-]([0-9]{4}|[0-9]{2}))?")
_WRITTEN = re.compile(rf"(?:([0-9]{{1,2}}){_TH}?|@o([1-5])) ?@m([0-9]+){_YEAR}")
_MONTH_FIRST = re.compile(rf"@m([0-9]+) ([0-9]{{1,2}}){_TH}?{_YEAR}")
_NTH_WEEKDAY = re.compile(rf"(?:@o(-?[1-5])|([1-5]){_TH}) @d([0-6]) @m([0-9]+){_YEAR}")
_NUMBER = re.compile(rf"([0-9]{{1,2}}){_TH}")
_WEEKDAY = re.compile(r"(next |this )?@d([0-6])")
_IN_A_WEEK = re.compile(r"(?:next @week @d([0-6])|@d([0-6]) next @week|@d([0-6]) ([0-9]{1,2}) @(week|day))")
_SPAN = re.compile(r"(?:today )?([0-9]{1,3}) @(day|week|month)")
_END_OF_MONTH = re.compile(rf"@end @m([0-9]+){_YEAR}")
_SPANS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
_NEAR = {"today": 0, "tomorrow": 1, "overmorrow": 2}


def spelled(typed: str) -> str:
    """What was typed in lower case, with one space between words and the known words as their signs."""
    text = unicodedata.normalize("NFKC", typed).casefold()
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    # "@" is ours; a.m. and o'clock lose what would take them apart.
    text = text.replace("@", "?").translate(_UMLAUTS).replace("a.m.", "am").replace("p.m.", "pm")
    text = re.sub(r"o['’]clock", "uhr", text)
    text = re.sub(r"(?<=[0-9])t(?=[0-9])", " ", text)
    text = re.sub(r"14-? ?taeg(?:ig|lich)", "biweekly", text)
    text = re.sub(r"(?<=tag|och|end)(?=(?:morgen|vormittag|mittag|nachmittag|abend)\b)", " ", text)
    text = re.sub(r"[^\W\d_]+\.?", lambda word: _sign(word.group()), text)
    text = re.sub(r"[,;()]|(?<![0-9])\.", " ", text)
    text = re.sub(r"(?:every )?@d0 *(?:until|to|-|–) *@d4", " every @work ", text)
    # "Morgen" behind a day is its morning.
    text = re.sub(r"(@d[0-6]|today) +tomorrow", r"\1 @am", " ".join(text.split()))
    return text.replace("@day after tomorrow", "overmorrow").replace("1 2 @week", "2 @week")


def without_fillers(text: str) -> str:
    """The words of `spelled` that say something."""
    return " ".join(word for word in text.split() if word not in _FILLERS)


def known(word: str) -> bool:
    """Whether a word is one of those that name days and hours."""
    folded = word.casefold().translate(_UMLAUTS).strip(".,")
    return folded in _signs() or folded in _FILLERS


def read_day(text: str, today: date, texts: Texts, *, from_today: bool = False) -> date | None:
    """The day that a text in the words of `spelled` names; None when it is none.

    What is told without a year or as a weekday is the next such day after today, or from today on. Raises
    `UserError` for what could be two days, and for a weekday that is not the date's.
    """
    text = without_fillers(text)
    near = _NEAR.get(text)
    if near is not None:
        return today + timedelta(days=near)
    first = today if from_today else today + timedelta(days=1)
    try:
        return _relative(text, today, first) or _dated(text, first, texts)
    except (ValueError, OverflowError):
        return None


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    """The nth (-1: last) such weekday of a month; raises ValueError when there are not so many."""
    if nth < 0:
        last = date(year, month, calendar.monthrange(year, month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    begin = date(year, month, 1)
    return date(year, month, 1 + (weekday - begin.weekday()) % 7 + 7 * (nth - 1))


def _relative(text: str, today: date, first: date) -> date | None:
    if found := _SPAN.fullmatch(text):
        count = int(found[1])
        return _months_on(today, count) if found[2] == "month" else today + count * _SPANS[found[2]]
    if found := _IN_A_WEEK.fullmatch(text):
        weekday = int(found[1] or found[2] or found[3])
        monday = today - timedelta(days=today.weekday())
        weeks = int(found[4] or 1)
        if found[5] == "day":
            weeks, rest = divmod(weeks, 7)
            if rest:
                return None
        return monday + timedelta(weeks=weeks, days=weekday)
    if found := _WEEKDAY.fullmatch(text):
        begin = today + timedelta(days=1) if found[1] == "next " else first
        return begin + timedelta(days=(int(found[2]) - begin.weekday()) % 7)
    return None


def _dated(text: str, first: date, texts: Texts) -> date | None:
    weekday = re.match(r"@d([0-6]) (?!@m)", text)
    told = int(weekday[1]) if weekday else None
    rest = text[weekday.end() :] if weekday else text
    if found := _NTH_WEEKDAY.fullmatch(rest):
        nth, day, month = int(found[1] or found[2]), int(found[3]), int(found[4])
        years = [int(found[5])] if found[5] else [first.year, first.year + 1]
        return next((d for y in years if (d := nth_weekday(y, month, nth, day)) >= first or found[5]), None)
    if found := _NUMBER.fullmatch(rest):
        return _right(_next_number(int(found[1]), first), told, texts)
    year, month, day = _numbers(rest, texts)
    if not month:
        return None
    if year:
        return _right(date(year, month, day), told, texts)
    # 29 February may be years ahead.
    having = (y for y in range(first.year, first.year + 9) if day <= calendar.monthrange(y, month)[1])
    ahead = next((d for y in having if (d := date(y, month, day)) >= first), None)
    return ahead and _right(ahead, told, texts)


def _numbers(text: str, texts: Texts) -> tuple[int | None, int, int]:
    """Year (None where none was said), month and day; zeros for what is no date."""
    if found := _ISO.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DOTTED.fullmatch(text):
        return _year(found[3] or found[4]), int(found[2]), int(found[1])
    if found := _WRITTEN.fullmatch(text):
        return _year(found[4]), int(found[3]), int(found[1] or found[2])
    if found := _MONTH_FIRST.fullmatch(text):
        return _year(found[3]), int(found[1]), int(found[2])
    if found := _SLASHED.fullmatch(text):
        day, month, year = int(found[1]), int(found[2]), _year(found[3])
        if day != month and day <= 12 and month <= 12:
            two = [date(year or 2000, month, day), date(year or 2000, day, month)]
            either, other = (f"{d.day}.{d.month}.{year or ''}" for d in two)
            raise UserError("moment.two_days", typed=text, either=either, other=other)
        return year, *((month, day) if month <= 12 else (day, month))
    return None, 0, 0


def _year(digits: str | None) -> int | None:
    if not digits:
        return None
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _next_number(number: int, first: date) -> date:
    """The next day with this number in its month."""
    for months in range(3):
        year, month = first.year + (first.month + months - 1) // 12, (first.month + months - 1) % 12 + 1
        if number <= calendar.monthrange(year, month)[1] and date(year, month, number) >= first:
            return date(year, month, number)
    raise ValueError(number)


def _right(day: date, told: int | None, texts: Texts) -> date:
    """The day, if it is the weekday that was told with it."""
    if told is not None and told != day.weekday():
        raise UserError("moment.other_weekday", day=texts.date(day, weekday=True))
    return day


def _months_on(day: date, count: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(text: str, today: date, texts: Texts) -> date | None:
    """The day up to which something goes on, as `read_day` reads it; also `end of June`."""
    found = _END_OF_MONTH.fullmatch(without_fillers(text))
    if not found:
        return read_day(text, today, texts)
    month = int(found[1])
    year = int(found[2]) if found[2] else today.year + (month < today.month)
    try:
        return date(year, month, calendar.monthrange(year, month)[1])
    except ValueError:
        return None


def too_far(day: date, today: date) -> bool:
    """Whether a day is so far ahead that it was mistyped."""
    return day.year > today.year + _YEARS_AHEAD


def _sign(word: str) -> str:
    sign = _signs().get(word.rstrip("."))
    return f" {sign} " if sign else word


@cache
def _signs() -> dict[str, str]:
    """The signs of all words."""
    signs: dict[str, str] = {}
    for sign, words in _WORDS.items():
        for word in words.split():
            stem = word.rstrip("*")
            for ending in _ENDINGS if word != stem else ("",):
                signs[stem + ending] = sign
            if sign.startswith("@d") and len(stem) > 4 and stem.endswith(("day", "tag", "woch", "abend")):
                signs[stem + "s"] = sign + "s"  # "dienstags" is every Tuesday
    for language in UI_LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale=language).items():
                    signs[name.casefold().rstrip(".").translate(_UMLAUTS)] = f"@m{number}"
    return signs | {name: f"@m{number}" for name, number in _MONTHS_MORE.items()}
