"""Languages: the codes behind what people call them, and the names to show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import cast

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from config.words import fold, nearest, spellings

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

# Reading that somebody is sought who speaks a language: in folded words (see `fold`), in English, German,
# French and Spanish. What is not meant does harm, what is missed hardly any: so only what stands together.
_MAY_SPEAK = re.compile(r"speak|sprach|sprech|sprich|parl|habl")
# Who could come from another city; those who are served (people, families, refugees) are not sought.
_SOUGHT = (
    r"(?:some(?:body|one)|any(?:body|one)|(?:[a-z]*(?:trainer|mentor|moderator|referent|partner|berater)"
    r"|colleague|coach|consultant|expert|facilitator|interpreter|lecturer|speaker|specialist"
    r"|translator|intervenant|animateur|formateur|formatrice|collegue|interprete|specialiste|partenaire"
    r"|traducteur|traductrice|formador|experto|experta|colega|especialista|ponente|moderador|traductor)"
    r"(?:s|es|as|e|en|n|in|innen)?|(?:advis[eo]r|adviser)s?|practitioners?"
    r"|jemand(?:en|em)?|[a-z]*fachleuten?|[a-z]*fach(?:mann|frau)|[a-z]*expert(?:en|in|innen)"
    r"|[a-z]*kolleg(?:e|en|in|innen)|[a-z]*(?:dolmetscher|u?e?bersetzer|dozent)(?:n|en|in|innen)?"
    r"|ansprechperson(?:en)?|quelqu un|alguien)"
)
_FROM = r"(?: (?:from|aus)(?: \w+){1,2})?"  # trainers from Moldova
_WELL = (
    r"(?: (?:can|could|also|both|either|well|good|fluent|fluently|auch|sowohl|entweder|gut|gutes|sehr"
    r"|fliessend|bien|aussi|couramment|le|l|el|en|tambien))*"
)
_AND = r"(?:or|and|as well as|oder|und|sowie|als auch|ou|et|o|u|y)(?: (?:le|l|el))?"
# What is not spoken, what is said of one's own colleagues or of those for whom something is, and questions.
_NOT_SOUGHT = re.compile(
    r"\b(?:no|not|non|none|never|without|don t|kein\w*|nicht|ohne|ne|pas|sans|sin)\b"
    r"|\b(?:our|my|unser\w*|nos|notre|nuestr\w*)(?: \w+)?$"
    r"|\b(?:how|what|whether|if|when|wie|was|ob|wenn|comment|quand|si|como|cuando)(?: \w+){0,2}$"
    r"|(?<!look)(?<!looking)(?<!search)(?<!searching)(?<!need) (?:for|fur|fuer|pour|para)(?: \w+){0,2}$"
)
_GERMAN_FORMS = re.compile(r"[:*/_]-?(?=innen\b)", re.IGNORECASE)  # Trainer:innen
_SENTENCE = re.compile(r"[.;!?()\n]")


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
    """The codes of the languages one of which those who are sought should speak ("trainers who speak Romanian
    or Russian"); none where a language is only named, is not spoken, or is that of people who are served
    ("courses for families who speak Arabic")."""
    found: dict[str, None] = {}
    for sentence in _SENTENCE.split(_GERMAN_FORMS.sub("", text)):
        folded = fold(sentence)
        for asking in _asking() if _MAY_SPEAK.search(folded) else ():
            for match in asking.finditer(folded):
                if not _NOT_SOUGHT.search(" " + folded[: match.start()].rstrip()):
                    names = re.findall(rf"\b{_name()}\b", match["languages"])
                    found.update((_names()[name][0], None) for name in names)
    return tuple(found)


@cache
def _name() -> str:
    """What matches a language by its folded name."""
    return f"(?:{'|'.join(sorted(map(re.escape, _names()), key=len, reverse=True))})"


@cache
def _asking() -> tuple[re.Pattern[str], ...]:
    """The ways to seek somebody who speaks `languages`."""
    named = rf"(?P<languages>{_name()}(?: (?:{_AND} )?{_name()})*)"
    ways = (
        rf"{_SOUGHT}{_FROM} (?:who|that|qui|que){_WELL} (?:speaks?|parle|parlent|hablan?|hablen?)"
        rf"{_WELL} {named}\b",
        rf"{_SOUGHT}{_FROM} (?:speaking|parlant){_WELL} {named}\b",
        rf"{_SOUGHT}{_FROM} (?:der|die|das|welcher?){_WELL} {named}{_WELL} (?:sprechen|spricht)\b",
        rf"{_SOUGHT} {named}sprachig\w*",
        rf"{named} ?(?:speaking|sprachig\w*|sprechend\w*) {_SOUGHT}\b",
    )
    begin = r"^(?:(?:we|i|am|are|need|looking|look|search|for|an?|some|two|three|native|fluent) )*"
    speakers = rf"{begin}{named} speakers?(?= (?:as|for|to|who)\b|$)"
    return tuple(map(re.compile, (*(rf"\b{way}" for way in ways), speakers)))


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
