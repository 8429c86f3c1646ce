"""Words as people type them: comparing them without regard to case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeVar

from rapidfuzz import fuzz, process

K = TypeVar("K")

#: What steers a dialog, whatever it asks; the words for each are `dialog.words.…` in the catalogues.
CONTROLS = ("yes", "back", "skip", "pause", "cancel", "help")

# Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_NOT_WORDS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """The words of a text in lower case, without accents and punctuation, one space between them."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORDS.sub(" ", bare).strip()


def spellings(text: str) -> set[str]:
    """The folded ways to type a text: `Zürich` is typed as `zurich` and as `zuerich`."""
    composed = unicodedata.normalize("NFC", text.casefold())
    return {fold(composed), fold(composed.translate(_UMLAUTS))}


def nearest(text: str, names: Mapping[str, Iterable[K]], *, limit: int = 3, at_least: float = 70) -> list[K]:
    """What the folded `names` most like `text` stand for, best first; `at_least` is out of 100."""
    found: dict[K, None] = {}
    for name, _score, _index in process.extract(
        fold(text), list(names), scorer=fuzz.ratio, score_cutoff=at_least, limit=limit * 4
    ):
        found.update(dict.fromkeys(names[name]))
    return list(found)[:limit]
