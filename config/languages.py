"""Languages: the codes behind what people call them, and the names to show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import cast

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from config.words import nearest, spellings

#: The languages that the program speaks.
UI_LANGUAGES = ("en", "de")
#: The languages of the themes' labels and of the glossary; names are understood in all of them.
CONTENT_LANGUAGES = ("en", "de", "fr", "es", "pl", "uk")

# What a language calls itself. Babel knows more of them, but loads a file for each, and keeps it.
_AUTONYMS = {
    "ar": "العربية",
    "bg": "български",
    "bs": "bosanski",
    "ca": "català",
    "cs": "čeština",
    "cy": "Cymraeg",
    "da": "dansk",
    "el": "Ελληνικά",
    "et": "eesti",
    "eu": "euskara",
    "fa": "فارسی",
    "fi": "suomi",
    "ga": "Gaeilge",
    "gl": "galego",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "hrvatski",
    "hu": "magyar",
    "hy": "հայերեն",
    "id": "Bahasa Indonesia",
    "is": "íslenska",
    "it": "italiano",
    "ja": "日本語",
    "ka": "ქართული",
    "ko": "한국어",
    "lb": "Lëtzebuergesch",
    "lt": "lietuvių",
    "lv": "latviešu",
    "mk": "македонски",
    "mt": "Malti",
    "nl": "Nederlands",
    "no": "norsk",
    "pt": "português",
    "ro": "română",
    "ru": "русский",
    "sk": "slovenčina",
    "sl": "slovenščina",
    "sq": "shqip",
    "sr": "српски",
    "sv": "svenska",
    "sw": "Kiswahili",
    "tr": "Türkçe",
    "vi": "Tiếng Việt",
    "zh": "中文",
}

# That somebody speaks a language, in those of the glossary; in German also as the end of a word.
_SPEAKING = re.compile(
    r"(sprachig|\b(?:speak|sprech|sprich|parl(?:ant|ent|e)\b|habl(?:a|e)n\b|mówi|розмовля))"
)


@cache
def babel_locale(tag: str) -> Locale:
    """Babel's locale for a BCP 47 tag; for an unknown one, that of its language, and then English."""
    for attempt in (tag, primary_subtag(tag)):
        try:
            return Locale.parse(attempt.replace("_", "-"), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def primary_subtag(tag: str) -> str:
    """The language of a BCP 47 tag: `de` of `de-AT`."""
    return tag.strip().replace("_", "-").split("-")[0].lower()


def ui_language(locale: str | None, default: str) -> str:
    """The language in which to speak to someone with this locale; `default` when it is none of ours."""
    language = primary_subtag(locale or "")
    return language if language in UI_LANGUAGES else default


def find_language(text: str) -> str | None:
    """The BCP 47 primary subtag of a language given by code, by name in one of six languages, or by
    what it calls itself; None when there is no such language."""
    code = primary_subtag(text)
    if code in _codes():
        return code
    if len(code) == 3 and (alias := get_global("language_aliases").get(code)) in _codes():
        return str(alias)
    return next((names[0] for key in spellings(text) if (names := _names().get(key))), None)


def asked_to_speak(text: str) -> tuple[str, ...]:
    """The codes of the languages of which a text says that somebody speaks them ("trainers who speak Romanian
    or Russian"); none where it only names a language."""
    found = _SPEAKING.sub(r" \1", text.casefold())
    if found == text.casefold():
        return ()
    named = (_names().get(key, [])[:1] for word in found.split() for key in spellings(word))
    return tuple(dict.fromkeys(code for codes in named for code in codes))


def similar_languages(text: str) -> list[str]:
    """The codes of at most three languages whose names look most like `text`."""
    return nearest(text, _names())


def language_name(code: str, locale: str) -> str:
    """The name of a language in the words of `locale`; the code itself when nobody named it."""
    return _language_names(babel_locale(locale)).get(code) or _language_names(Locale("en")).get(code, code)


def _language_names(locale: Locale) -> Mapping[str, str]:
    return cast("Mapping[str, str]", locale.languages)


@cache
def _codes() -> frozenset[str]:
    """Every language with a two-letter code."""
    return frozenset(code for code in _language_names(Locale("en")) if len(code) == 2)


@cache
def _names() -> dict[str, list[str]]:
    """Folded names with the codes they stand for."""
    names: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for code, autonym in _AUTONYMS.items():
        for spelling in spellings(autonym):
            names[spelling][code] = None
    for language in CONTENT_LANGUAGES:
        for code, name in _language_names(Locale(language)).items():
            if code in _codes():
                for spelling in spellings(name):
                    names[spelling][code] = None
    return {name: list(codes) for name, codes in names.items() if name}
