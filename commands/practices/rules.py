"""How the fields of a practice are read from what people type (`DOMAIN.md`, Good practice)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from commands.core.context import Context
from commands.core.errors import UserError
from config.languages import CONTENT_LANGUAGES
from storage.search import detect_language

MOST_THEMES = 3
MOST_LINKS = 5
LONGEST_LINK = 500
SDGS = range(1, 18)
FIRST_YEAR = 1900


def language_of(answers: dict[str, Any]) -> str | None:
    """The language that the texts of a practice are written in, where they tell."""
    written = " ".join(str(answers.get(name, "")) for name in ("title", "summary", "challenge", "solution"))
    return detect_language(written, CONTENT_LANGUAGES)


def year(typed: str, ctx: Context) -> int:
    """A year in which a practice can have started: from 1900 to the next one."""
    last = ctx.now.year + 1
    digits = typed.strip().rstrip(".")
    if not re.fullmatch(r"[0-9]{4}", digits) or not FIRST_YEAR <= int(digits) <= last:
        raise UserError("practice.year", first=str(FIRST_YEAR), last=str(last))
    return int(digits)


def sdgs(typed: str, _ctx: Context) -> list[int]:
    """Numbers of Sustainable Development Goals, 1 to 17, in any notation: `SDG 7, SDG 11`."""
    numbers = sorted({int(digits) for digits in re.findall(r"[0-9]+", typed[:500])})
    if not numbers or any(number not in SDGS for number in numbers):
        raise UserError("practice.sdgs")
    return numbers


def links(typed: str, _ctx: Context) -> list[str]:
    """At most five web addresses, with spaces, commas or lines between them."""
    found: dict[str, None] = {}
    for word in re.split(r"[\s|;]+|,(?=\s|https?://|www\.)", typed):
        if address := _without_brackets(word):
            found[_web_address(address)] = None
    if not found:
        raise UserError("form.empty")
    if len(found) > MOST_LINKS:
        raise UserError("practice.links_too_many", limit=str(MOST_LINKS), given=str(len(found)))
    return list(found)


def _without_brackets(word: str) -> str:
    """An address without what it was wrapped in; brackets within it are its own."""
    word = word.lstrip("<([").rstrip(">,")
    for opening, closing in ("()", "[]"):
        if word.endswith(closing) and word.count(closing) > word.count(opening):
            word = word[:-1]
    return word


def _web_address(address: str) -> str:
    if address.lower().startswith("www."):
        address = f"https://{address}"
    if len(address) > LONGEST_LINK:
        raise UserError("practice.link_too_long", limit=str(LONGEST_LINK))
    try:
        parts = urlsplit(address)
        sound = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound:
        raise UserError("practice.link", typed=address[:60])
    return address
