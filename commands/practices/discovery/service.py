"""Which practices come nearest to one, and what they have in common."""

from __future__ import annotations

from typing import NamedTuple

from commands.core.context import Context
from commands.practices import index
from storage import practices, search, translations
from storage.practices import VISIBLE, Listed, Practice

MOST_SIMILAR = 5
MOST_RANKED = 10


class Akin(NamedTuple):
    """A practice that is similar to another, and the topics that both are about; () where only their words
    are alike."""

    practice: Listed
    topics: tuple[str, ...]


def akin(ctx: Context, practice: Practice) -> list[Akin]:
    """The practices most similar to one, by words, concepts and themes; the most similar first."""
    document = index.document(practice, translations.of(ctx.tx, practice.number))
    numbers = search.similar(ctx.tx, document, limit=MOST_RANKED)
    if meaning := ctx.network.meaning:
        numbers = meaning.also(numbers, meaning.like(ctx.tx, practice.number))
    return [
        Akin(one, search.in_common(document, index.found(one), ctx.language))
        for one in practices.listed(ctx.tx, numbers[:MOST_SIMILAR], ctx.language)
        if one.status in VISIBLE
    ]
