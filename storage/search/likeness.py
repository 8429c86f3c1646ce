"""What of a practice to look for in order to find those that are like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from storage.search.analysis import Entry, fits
from storage.search.index import MOST_POSTINGS, Alternative, Group, Plan, State, rarity
from storage.search.understanding import Count, Frequencies

# How much one mention counts by where it is.
_WEIGHTS = {"title": 4.0, "summary": 2.0, "body": 1.0, "concepts": 2.0, "themes": 3.0}
_MOST_WORDS = 12
_MOST_CONCEPTS = 16
_MOST_COUNTED = 3.0  # mentions
# The same words are a matter of language and style; themes and concepts are what a practice is about.
_TELLS = {"t_": 2.0, "k_": 1.0}
_WORD_TELLS = 0.4


def likeness(entry: Entry, themes: Iterable[str], state: State, count: Count) -> Plan:
    """A plan that finds the documents with the words and concepts that tell most about this one.

    Concepts of other branches than its `themes` were only touched upon.
    """
    weight: dict[str, float] = {}
    for column, worth in _WEIGHTS.items():
        for name, mentions in Counter(entry.columns[column]).items():
            if column != "concepts" or fits(name, themes):
                weight[name] = weight.get(name, 0) + worth * min(mentions, _MOST_COUNTED)
    frequencies = Frequencies()
    frequencies.learn(count(sorted(weight)))
    # What only this one says finds nothing.
    telling = {
        name: worth * rarity(frequencies[name], state)
        for name, worth in weight.items()
        if frequencies.get(name, 0) > 1
    }
    best = sorted(telling, key=lambda name: (-telling[name], name))
    words = [name for name in best if "_" not in name][:_MOST_WORDS]
    concepts = [name for name in best if "_" in name][:_MOST_CONCEPTS]
    left = MOST_POSTINGS
    groups: list[Group] = []
    for name in sorted((*words, *concepts), key=lambda name: (frequencies[name], name)):
        left -= frequencies[name]
        if groups and left < 0:
            break
        own = frequencies.within.get((name, entry.language), 0)
        # A word of another language that is spelt the same means something else.
        languages = (entry.language,) if "_" not in name and own < frequencies[name] else ()
        tells = _TELLS.get(name[:2], _WORD_TELLS) * rarity(frequencies[name], state)
        groups.append((Alternative((name,), languages, frequencies[name], tells),))
    return Plan(tuple(groups), complete=False, hints=(), facets=(), frequencies=frequencies, state=state)
