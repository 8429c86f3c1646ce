"""What is different between two texts: short ones as a whole, long ones sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

SHORT = 120  # characters that are compared as a whole
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_WORD = re.compile(r"\s+|[^\s]+")
_ALIKE = 0.35  # less than this share in common, and marking single words would only confuse


@dataclass(frozen=True)
class Piece:
    """A run of words, and whether it is only in this one of two texts."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Difference:
    """One place where two texts differ; None where there is nothing on that side."""

    before: tuple[Piece, ...] | None
    after: tuple[Piece, ...] | None


def differences(before: str, after: str) -> list[Difference]:
    """Where `after` differs from `before`, in order; of long texts only the sentences that changed."""
    if len(before) <= SHORT and len(after) <= SHORT:
        return [_compared(before or None, after or None)]
    old, new = _sentences(before), _sentences(after)
    found: list[Difference] = []
    for kind, begin, end, from_, to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            found += [_compared(one, other) for one, other in zip_longest(old[begin:end], new[from_:to])]
    return found


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]


def _compared(before: str | None, after: str | None) -> Difference:
    if before is None or after is None:
        return Difference(
            (Piece(before, False),) if before is not None else None,
            (Piece(after, False),) if after is not None else None,
        )
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return Difference((Piece(before, False),), (Piece(after, False),))
    codes = matcher.get_opcodes()
    return Difference(
        tuple(_pieces(old, [(begin, end, kind) for kind, begin, end, _, _ in codes])),
        tuple(_pieces(new, [(begin, end, kind) for kind, _, _, begin, end in codes])),
    )


def _pieces(words: list[str], runs: list[tuple[int, int, str]]) -> Iterator[Piece]:
    for begin, end, kind in runs:
        if begin < end:
            yield Piece("".join(words[begin:end]), kind != "equal")
