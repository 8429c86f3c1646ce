"""How long an event lasts, as people type it."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

LONGEST = 60 * 24 * 30  # minutes
_SPAN = re.compile(r"(\d{1,4}(?:[.,]\d{1,2})?)\s*([^\W\d_]*)\.?")
_UNITS = {"m": 1, "h": 60, "s": 60, "d": 1440, "t": 1440}  # minutes, hours, Stunden, days, Tage
_UNTIL = re.compile(r"(?:until|till|to|bis)\s*(?:um\s*)?(\d{1,2})(?:[:.](\d{2}))?\s*(uhr|h|am|pm)?")

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?:\s*(?:h|std|stunden|hours))?\.?")
#: Lengths that are said in words, in minutes; a day is one of work.
_IN_WORDS = {
    "ganztägig": 480,
    "ganztags": 480,
    "den ganzen tag": 480,
    "all day": 480,
    "halbtags": 240,
    "halber tag": 240,
    "ein halber tag": 240,
    "half a day": 240,
    "halbe stunde": 30,
    "eine halbe stunde": 30,
    "half an hour": 30,
    "an hour and a half": 90,
    "dreiviertelstunde": 45,
    "eine dreiviertelstunde": 45,
}
_NUMBERS = {
    r"eineinhalb|anderthalb|one and a half": "1.5",
    r"zweieinhalb|two and a half": "2.5",
    r"eine?n?|one|an?": "1",
    r"zwei|two": "2",
    r"drei|three": "3",
    r"vier|four": "4",
    r"fünf|five": "5",
}


def length(typed: str) -> int | str | None:
    """Minutes, or the time of day at which it ends (`17:30`); None for what is neither.

    `90`, `90 min`, `1.5 h`, `2 days`, `1 h 30`, `1:30`, `eineinhalb Stunden`, `until 17:30`, `bis 17 Uhr`.
    """
    text = " ".join(typed.casefold().split())
    if found := _UNTIL.fullmatch(text):
        hour = (
            int(found[1]) % 12 + (12 if found[3] == "pm" else 0)
            if found[3] in ("am", "pm")
            else int(found[1])
        )
        minute = int(found[2] or 0)
        return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None
    if text in _IN_WORDS:
        return _IN_WORDS[text]
    if (found := _CLOCK.fullmatch(text)) and int(found[2]) < 60:
        return int(found[1]) * 60 + int(found[2])
    for words, number in _NUMBERS.items():
        text = re.sub(rf"^(?:{words})\b", number, text)
    minutes, rest = 0.0, text
    unit = "m"
    while rest:
        found = _SPAN.match(rest)
        if not found or found.end() == 0:
            return None
        smaller = "m" if unit in ("h", "s") else unit
        unit = found[2][:1] or smaller
        if unit not in _UNITS or (unit == "m" and found[2].startswith("mo")):
            return None
        minutes += float(found[1].replace(",", ".")) * _UNITS[unit]
        rest = re.sub(r"^\s*(?:and|und|,)?\s*", "", rest[found.end() :])
    return round(minutes) if text and minutes <= LONGEST else None


def minutes(start: datetime, lasts: int | str) -> int:
    """How many minutes something lasts that `length` read; an end before the start is on the next day."""
    if isinstance(lasts, int):
        return lasts
    end = datetime.combine(start.date(), time.fromisoformat(lasts))
    if end <= start:
        end += timedelta(days=1)
    return int((end - start).total_seconds() // 60)
