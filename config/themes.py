"""The themes that practices, members and events are about: two levels, with labels in six languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from rapidfuzz import fuzz

from config.data import read_json
from config.languages import primary_subtag
from config.words import spellings

# Words that join others in the labels: nobody means them, and `&` is as good as any.
_JOINING = (
    " a al and au aux d dans de del der des die du e el et for fur i im in l la las le les los na o of on os "
    "pour the to und von w y z zu від до для з и на та у "
)
_SUGGEST_AT_LEAST = 70  # of 100; below this, what looks alike no longer means the like
_SUGGESTIONS = 3
_SHORTEST_START = 3  # letters: the Polish "jakość" is not meant by "ja"


@dataclass(frozen=True)
class Theme:
    """A theme; `parent` is None on the upper level, `uaeu` is its theme of the Urban Agenda for the EU."""

    id: str
    labels: dict[str, str]
    parent: str | None = None
    sdgs: tuple[int, ...] = ()
    uaeu: int | None = None

    def __hash__(self) -> int:
        return hash(self.id)


@dataclass(frozen=True)
class FoundTheme:
    """What a text meant: one theme, or one of several candidates, or none, with what is nearest to it."""

    theme: Theme | None = None
    candidates: tuple[Theme, ...] = ()
    suggestions: tuple[Theme, ...] = ()


@cache
def themes() -> Themes:
    """The themes of `config/data/taxonomy.json`; read once."""
    return Themes(read_json("taxonomy.json"))


class Themes:
    """All themes, in the order of their file: each upper one before its children."""

    def __init__(self, taxonomy: list[dict[str, Any]]) -> None:
        self._themes: dict[str, Theme] = {}
        self._children: defaultdict[str, list[Theme]] = defaultdict(list)
        for upper in taxonomy:
            self._themes[upper["id"]] = Theme(upper["id"], upper["label"])
            for entry in upper["children"]:
                theme = Theme(entry["id"], entry["label"], upper["id"], tuple(entry["sdg"]), entry["uaeu"])
                self._themes[theme.id] = theme
                self._children[upper["id"]].append(theme)
        self._names = {
            theme.id: [
                _Name(key) for name in (theme.id, *theme.labels.values()) for key in sorted(_keys(name))
            ]
            for theme in self
        }

    def __iter__(self) -> Iterator[Theme]:
        return iter(self._themes.values())

    def __contains__(self, theme_id: object) -> bool:
        return theme_id in self._themes

    def get(self, theme_id: str) -> Theme:
        """The theme with this id; raises KeyError."""
        return self._themes[theme_id]

    def label(self, theme_id: str, locale: str) -> str:
        """The theme's label in the language of a locale, in English where it has none; raises KeyError."""
        labels = self.get(theme_id).labels
        return labels.get(primary_subtag(locale), labels["en"])

    def upper(self) -> tuple[Theme, ...]:
        """The themes of the upper level."""
        return tuple(theme for theme in self if theme.parent is None)

    def children(self, theme_id: str) -> tuple[Theme, ...]:
        """The themes below a theme; none below those of the lower level."""
        return tuple(self._children.get(theme_id, ()))

    def expand(self, theme_id: str) -> set[str]:
        """The ids that a search for this theme means: its own and its children's."""
        return {theme_id, *(child.id for child in self.children(theme_id))}

    def find(self, text: str) -> FoundTheme:
        """The theme that a text names by its id, by a label in any language, or by an unambiguous start
        of at least three letters of a label or of one of its words; case, accents and punctuation don't
        matter."""
        if (theme_id := text.strip().casefold()) in self:
            return FoundTheme(self.get(theme_id))
        wanted = _keys(text)
        if not wanted:
            return FoundTheme()
        fits = {
            theme: fit
            for theme in self
            if (fit := max(name.fit(key) for name in self._names[theme.id] for key in wanted))
        }
        if not fits:
            return FoundTheme(suggestions=self._nearest(wanted))
        best = [theme for theme, fit in fits.items() if fit == max(fits.values())]
        theme = self._containing(best)
        rivals = [] if theme is None else self._rivals(theme, fits)
        if theme is None or rivals:
            return FoundTheme(candidates=tuple(one for one in self if one in {*best, *rivals}))
        return FoundTheme(theme)

    def _rivals(self, theme: Theme, fits: dict[Theme, int]) -> list[Theme]:
        """Other branches that hold the text as well, such as "diplomacy": begun words count only when
        the theme's own word is no more than begun."""
        if fits[theme] == _Name.EXACT:
            return []
        counts = _Name.WHOLE_WORDS if fits[theme] in _Name.WHOLE_WORDS else (1, 2, 3, 4)
        return [other for other, fit in fits.items() if fit in counts and not self._related(theme, other)]

    def _containing(self, found: list[Theme]) -> Theme | None:
        """The one theme, or the one that all others are below of."""
        first = found[0]
        return first if all(other.parent == first.id for other in found[1:]) else None

    def _related(self, one: Theme, other: Theme) -> bool:
        return one == other or one.parent == other.id or other.parent == one.id

    def _nearest(self, wanted: set[str]) -> tuple[Theme, ...]:
        scores = {
            theme: max(name.likeness(key) for name in self._names[theme.id] for key in wanted)
            for theme in self
        }
        best = sorted(self, key=lambda theme: -scores[theme])[:_SUGGESTIONS]
        return tuple(theme for theme in best if scores[theme] >= _SUGGEST_AT_LEAST)


class _Name:
    """One folded name of a theme, and how well a folded text fits it."""

    EXACT = 5
    WHOLE_WORDS = (4, 2)

    def __init__(self, spelling: str) -> None:
        words = spelling.split()
        self.text = spelling
        self.words = [word for word in words if not _joins(word)]
        self.whole = f"{spelling} "
        self.tails = [" ".join(words[place:]) + " " for place in range(1, len(words))]

    def fit(self, wanted: str) -> int:
        """5 the name itself, 4 its first words, 3 its start, 2 later words, 1 their start, 0 nothing."""
        if self.text == wanted:
            return self.EXACT
        whole = f"{wanted} "
        start = wanted if len(wanted) >= _SHORTEST_START else whole
        if self.whole.startswith(start):
            return 4 if self.text.startswith(whole) else 3
        begun = [tail for tail in self.tails if tail.startswith(start)]
        return 2 if any(tail.startswith(whole) for tail in begun) else 1 if begun else 0

    def likeness(self, wanted: str) -> float:
        """How alike a text and the name, or one of its words, look: 0 to 100."""
        known = (self.text, *(word for word in self.words if len(word) > 3))
        alike = max(fuzz.ratio(wanted, name) for name in known)
        if len(wanted) > 3 and wanted in self.text:
            return max(alike, 90)  # the end of a compound, such as "finanzen"
        if any(len(word) > 4 and wanted.startswith(word) for word in self.words):
            return max(alike, 80)  # a compound of our word, such as "klimabudget"
        return alike


def _keys(text: str) -> set[str]:
    """The folded spellings of a text with and without its joining words; none if it has no others."""
    keys = set()
    for spelling in spellings(text):
        words = [word for word in spelling.split() if not _joins(word)]
        if words:
            keys |= {spelling, " ".join(words)}
    return keys


def _joins(word: str) -> bool:
    return f" {word} " in _JOINING
