"""Words out of text: their places, their one spelling, their stems."""

from __future__ import annotations

import re
import sys
import threading
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from config.words import fold

#: Longer words are cut: nobody types them, and PostgreSQL refuses lexemes of more than 2 kB.
LONGEST_WORD = 64

# In Ukrainian the apostrophe is part of the word (здоров'я); in French it ends one (l'eau).
_WORD = re.compile(r"[а-яґєії]+(?:['’ʼ][а-яґєії]+)+|[^\W_]+", re.IGNORECASE)
_SPACES = {code: " " for code in range(128) if not chr(code).isalnum()}
_CYRILLIC = re.compile(r"[а-яґєіїё]")
_CACHED_WORDS = 50_000
# So long a stem is the same word in another language (`particip`, `integr`); a shorter one need not be.
_SHORTEST_COGNATE = 6
# A shorter stem of a word that nobody knows is easily another word's.
_SHORTEST_STEM = 4

_STEMMERS = {"en": "english", "de": "german", "fr": "french", "es": "spanish", "pl": "polish"}
#: The languages whose stems a query in Latin script is looked up by.
LATIN_LANGUAGES = tuple(_STEMMERS)

# Ukrainian has no stemmer in Snowball; the endings of nouns and adjectives go a long way.
_ENDINGS = """
    ськими ського ському ською ських ським ський ська ське ські ську ськім
    ування уванням уванні ення енням енні ання анням анні ями ами ові еві єві ого ому ими іми ою ею єю
    ям ам ях ах ів їв ей ий ій их іх їх им ім ою ії ію ія ості істю ість ую юю ої ті а я у ю о е є и і ї й ь
"""
_UKRAINIAN_ENDINGS = tuple(sorted(_ENDINGS.split(), key=len, reverse=True))
_local = threading.local()


class Word(NamedTuple):
    """A word of a text: `spelling` in lower case, `stem` as it stands in the index, and its place."""

    spelling: str
    stem: str
    start: int
    end: int


def clean(text: str) -> str:
    """The text in composed Unicode, in which accents belong to their letters."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def written(text: str) -> list[str]:
    """The words of a text as written."""
    if text.isascii():
        return text.translate(_SPACES).split()  # the same, much faster
    return _WORD.findall(clean(text))


@lru_cache(_CACHED_WORDS)
def spelling(word: str) -> str:
    """The one spelling of a word: compatible forms of letters and upper case are no difference."""
    if word.isascii() and word.isalnum():
        return sys.intern(word.lower()[:LONGEST_WORD])
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return sys.intern("".join(filter(str.isalnum, plain))[:LONGEST_WORD] or word)


@lru_cache(_CACHED_WORDS)
def folded(word: str) -> str:
    """A spelling without accents: `fähre` is `fahre`; never empty."""
    if word.isascii() and word.isalnum():
        return sys.intern(word.lower())
    return sys.intern(fold(word).replace(" ", "") or word)


def _british(word: str) -> str:
    """An English word as the British spell it, or near enough that both spellings become the same."""
    if len(word) > 5:
        word = word.replace("iz", "is").replace("our", "or")
        if word.endswith(("tre", "tres")):
            return word.replace("tre", "ter")
    return word


@lru_cache(_CACHED_WORDS)
def singular(word: str) -> str:
    """An English spelling without the ending of the plural."""
    word = _british(folded(word))
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "buses")) and word != "abuses":
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


@lru_cache(_CACHED_WORDS)
def stem(word: str, language: str) -> str:
    """The stem of a spelling in a language, without accents; in a language without a stemmer the word."""
    if language == "uk":
        return _ukrainian_stem(word)
    algorithm = _STEMMERS.get(language)
    if algorithm is None or not word.isalpha() or _CYRILLIC.search(word):
        return folded(word)
    # A stemmer must not be shared by threads; its own cache would come on top of ours.
    stemmers: dict[str, Stemmer.Stemmer] | None = getattr(_local, "stemmers", None)
    if stemmers is None:
        stemmers = _local.stemmers = {code: Stemmer.Stemmer(name, 0) for code, name in _STEMMERS.items()}
    return folded(stemmers[language].stemWord(_british(word) if language == "en" else word))


def _ukrainian_stem(word: str) -> str:
    for ending in _UKRAINIAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return sys.intern(word[: -len(ending)])
    return folded(word)


@lru_cache(_CACHED_WORDS)
def possible_languages(word: str) -> tuple[str, ...]:
    """The languages that a spelling which nobody knows may belong to: those that leave most of it.

    A stemmer is made for one language; another's words it cuts down to something that stands for anything,
    as `Regen` to the `reg` of French `régie`.
    """
    if _CYRILLIC.search(word):
        return ("uk",)
    return tuple(language for language in LATIN_LANGUAGES if _near(stem(word, language), folded(word)))


def _near(stemmed: str, plain: str) -> bool:
    lost = len(plain) - len(stemmed)
    return lost <= 1 or (len(stemmed) >= _SHORTEST_STEM and lost <= len(stemmed))


class Stem(NamedTuple):
    """What a word may stand as in the index, in documents of these languages; of any, when there are none."""

    text: str
    languages: tuple[str, ...] = ()


@lru_cache(_CACHED_WORDS)
def possible_stems(word: str, languages: tuple[str, ...] = ()) -> tuple[Stem, ...]:
    """A spelling itself, and its stems in these languages (by default in those that it may belong to)."""
    found: dict[str, tuple[str, ...]] = {}
    for language in languages or possible_languages(word):
        name = stem(word, language)
        found[name] = (*found.get(name, ()), language)
    plain = folded(word)
    found.pop(plain, None)
    return (
        Stem(plain),
        *(Stem(name, of if len(name) < _SHORTEST_COGNATE else ()) for name, of in found.items()),
    )


def words(text: str, language: str) -> list[Word]:
    """The words of a text in composed Unicode (see `clean`), in order."""
    found = []
    for match in _WORD.finditer(text):
        spelled = spelling(match.group())
        found.append(Word(spelled, stem(spelled, language), match.start(), match.end()))
    return found
