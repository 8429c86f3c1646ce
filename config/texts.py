"""The texts that people see: message ids in, sentences out, in English and German.

The catalogues are `config/locales/<language>/proxenos.po`. The language is passed, never global.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import BytesIO
from string import Formatter
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_day_names
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from config.languages import UI_LANGUAGES

# English as it is read in Europe: the day before the month, and 24 hours.
_LOCALES = {"en": "en_GB", "de": "de_DE"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class MissingText(LookupError):
    """A message id that the catalogue does not have, or a placeholder without a value: a bug."""


@dataclass(frozen=True)
class Placeholder:
    """A place in a pattern where a value goes."""

    name: str


def parts(pattern: str) -> list[str | Placeholder]:
    """A pattern taken apart at its placeholders; `{{` and `}}` are plain braces.

    Raises ValueError where a placeholder is anything else than a plain name.
    """
    found: list[str | Placeholder] = []
    for literal, name, spec, conversion in Formatter().parse(pattern):
        if literal:
            # A doubled brace ends a literal early; what follows belongs to it.
            if found and isinstance(found[-1], str):
                found[-1] += literal
            else:
                found.append(literal)
        if name is None:
            continue
        if not _NAME.fullmatch(name) or spec or conversion:
            raise ValueError(f"a placeholder is a plain name, unlike {{{name}}} in {pattern!r}")
        found.append(Placeholder(name))
    return found


@cache
def texts(language: str) -> Texts:
    """The texts in `en` or `de`; read once."""
    if language not in UI_LANGUAGES:
        raise ValueError(f"there are no texts in {language!r}")
    return Texts(language, read_catalogue(language))


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language as it stands in its file."""
    source = files("config") / "locales" / language / "proxenos.po"
    return read_po(BytesIO(source.read_bytes()), locale=language, abort_invalid=True)


class Texts:
    """The texts of one language, and how it writes dates, numbers and lists."""

    def __init__(self, language: str, catalogue: Catalog) -> None:
        self.language = language
        self.locale = Locale.parse(_LOCALES[language])
        self._single: set[str] = set()
        self._plural: set[str] = set()
        for message in catalogue:
            if isinstance(message.id, str):
                self._single.add(message.id)
            else:
                self._plural.add(message.id[0])
        self._single.discard("")
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        self._translations = gettext.GNUTranslations(compiled)

    def has(self, message: str, /) -> bool:
        """Whether there is a text with this id."""
        return message in self._single or message in self._plural

    def get(self, message: str, /, **values: object) -> str:
        """The text with its placeholders filled; values go in as they are, braces and all."""
        return _fill(message, self.raw(message), values)

    def plural(self, message: str, count: int, /, **values: object) -> str:
        """The text in the form that `count` asks for; `{count}` is the number as the language writes it."""
        return _fill(message, self.raw_plural(message, count), {"count": self.number(count), **values})

    def raw(self, message: str, /) -> str:
        """The pattern with its placeholders, for `parts`."""
        if message not in self._single:
            raise MissingText(f"no text {message!r} in {self.language}")
        return self._translations.gettext(message)

    def raw_plural(self, message: str, count: int, /) -> str:
        """The pattern in the form that `count` asks for."""
        if message not in self._plural:
            raise MissingText(f"no text with a plural {message!r} in {self.language}")
        return self._translations.ngettext(message, f"{message}.plural", count)

    def date(self, day: date, *, weekday: bool = False) -> str:
        """`14 January 2027`, with its weekday if asked."""
        return format_date(day, "full" if weekday else "long", locale=self.locale)

    def weekday(self, number: int) -> str:
        """`Monday` for 0, `Sunday` for 6."""
        return str(get_day_names("wide", locale=self.locale)[number])

    def time(self, moment: time | datetime) -> str:
        """`14:00`, by the clock that the moment carries."""
        clock = moment.time() if isinstance(moment, datetime) else moment
        return format_time(clock, "short", locale=self.locale)

    def datetime(self, moment: datetime, zone: str | ZoneInfo) -> str:
        """A moment in a zone, with weekday, date, time and the zone's name; the moment must be aware."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs its zone")
        there = moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
        day, clock = self.date(there, weekday=True), self.time(there)
        return self.get("format.datetime", date=day, time=clock, zone=zone)

    def number(self, number: int | float | Decimal) -> str:
        """`1,234.5`, or `1.234,5` in German."""
        if isinstance(number, int) and 0 <= number < 1000:
            return str(number)  # as in both languages, in a hundredth of the time
        return format_decimal(number, locale=self.locale)

    def list(self, items: Sequence[str], style: Literal["and", "or"] = "and") -> str:
        """`a, b and c`, or with `or`."""
        return format_list(items, "standard" if style == "and" else "or", locale=self.locale)


def _fill(message: str, pattern: str, values: dict[str, object]) -> str:
    try:
        return "".join(part if isinstance(part, str) else str(values[part.name]) for part in parts(pattern))
    except KeyError as missing:
        raise MissingText(f"the text {message!r} needs a value for {missing}") from None
