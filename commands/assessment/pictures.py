"""The pictures of a profile and of the progress between two dates, drawn as SVG.

Everything is drawn 360 wide, as a telephone shows it, and made half as large again. Ratings differ in
lightness, which everybody can tell apart, and carry their letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from commands.assessment.service import Profile, Result
from config.maturity import ATTRIBUTES, Model
from config.texts import Texts

WIDTH = 360
ZOOM = 1.5
_MARGIN = 12
_INNER = WIDTH - 2 * _MARGIN
_INK, _GREY, _LINE, _PAPER = "#1a2433", "#5b6675", "#c9d1da", "#ffffff"
#: The fill and the letter's colour of each rating: from light to dark.
_COLOURS = {
    "N": ("#ffffff", _INK),
    "P": ("#c6dbef", _INK),
    "L": ("#6baed6", _INK),
    "F": ("#08519c", "#ffffff"),
}
_REACHED = "#e08214"  # orange beside blue: told apart in all kinds of colour blindness
# The widths of DejaVu Sans in parts of the font size, rounded up.
_WIDTHS = {
    "'ijlłIJ,.· ": 0.33,
    "/:;|f-t()[]": 0.4,
    '!r"szcżźćś„“?': 0.56,
    "LkFvxyPaoTYäöó": 0.62,
    "bdghnpquESüßńeéèęKAVÄ0123456789": 0.69,
    "BRXZCUÜHNDG": 0.77,
    "&OQÖw+<>=→": 0.85,
    "Mm%W@…": 1.0,
}
_BOLD = 1.13


@dataclass(frozen=True)
class Picture:
    """A finished drawing: its SVG, its size in pixels, and what it shows in words."""

    svg: str
    width: int
    height: int
    alt: str


def of_profile(
    profile: Profile, spoken: Texts, day: date, results: Sequence[Result] | None = None
) -> Picture:
    """One bar for each process about which something was answered: its level and its attributes."""
    shown = list(results or profile.known)
    sheet = _Sheet(spoken)
    sheet.head(profile.model.title[spoken.language], spoken.date(day))
    sheet.scale(profile.model)
    for result in shown:
        sheet.bar(profile.model, result)
    sheet.legend(profile.model)
    return sheet.finished(profile_alt(profile.model, shown, spoken, day))


def profile_alt(model: Model, shown: Sequence[Result], spoken: Texts, day: date) -> str:
    """What the picture of a profile shows, in words."""
    told = []
    for one in shown:
        still_open = "" if one.climb.finished else f" ({spoken.get('assessment.open')})"
        level = _level(model, one, spoken)
        told.append(f"{one.process.id} {one.process.title[spoken.language]}: {level}{still_open}")
    title = model.title[spoken.language]
    return spoken.get("assessment.alt", title=title, date=spoken.date(day), levels="; ".join(told))


def of_history(before: Profile, now: Profile, spoken: Texts, days: tuple[date, date]) -> Picture:
    """The level of each process at two dates: a ring where it was, a disc where it is."""
    sheet = _Sheet(spoken)
    first, last = (spoken.date(day) for day in days)
    sheet.head(spoken.get("assessment.progress"), f"{first} → {last}")
    sheet.scale(now.model, start=0)
    told = []
    for result in now.known:
        old = before.result(result.process.id)
        sheet.step(now.model, result, old.climb.level if old.known else None)
        then = _level(now.model, old, spoken) if old.known else spoken.get("assessment.not_before")
        told.append(f"{result.process.title[spoken.language]}: {then} → {_level(now.model, result, spoken)}")
    sheet.legend_of_history(first, last)
    return sheet.finished(
        spoken.get("assessment.history_alt", before=first, now=last, levels="; ".join(told))
    )


def _level(model: Model, result: Result, spoken: Texts) -> str:
    level = result.climb.level
    return spoken.get("assessment.level", level=level, name=model.levels[level].label[spoken.language])


class _Sheet:
    """What is drawn so far, from the top to `y`."""

    def __init__(self, spoken: Texts) -> None:
        self.spoken = spoken
        self.parts: list[str] = []
        self.y = 0.0

    def finished(self, alt: str) -> Picture:
        height = 2 * round((self.y + _MARGIN) / 2)  # whole pixels at one and a half times the size
        pixels = round(WIDTH * ZOOM), round(height * ZOOM)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{pixels[0]}" height="{pixels[1]}"'
            f' viewBox="0 0 {WIDTH} {height}" font-family="DejaVu Sans, sans-serif" role="img">'
            f"<title>{escape(alt)}</title>"
            f'<rect width="{WIDTH}" height="{height}" fill="{_PAPER}"/>{"".join(self.parts)}</svg>'
        )
        return Picture(svg, *pixels, alt)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        bold: bool = False,
        fill: str = _INK,
        anchor: str = "start",
    ) -> None:
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{escape(words)}</text>"
        )

    def lines(
        self, words: str, size: float, *, bold: bool = False, fill: str = _INK, room: float = _INNER
    ) -> None:
        """Text from the left margin downwards, broken where it would not fit."""
        for line in wrapped(words, size, room, bold=bold):
            self.y += size * 1.35
            self.text(_MARGIN, self.y, line, size, bold=bold, fill=fill)

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, stroke: str, dash: str = ""
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3" fill="{fill}"'
            f' stroke="{stroke}"{dashed}/>'
        )

    def head(self, title: str, below: str) -> None:
        self.y = 6
        self.lines(title, 16, bold=True)
        self.lines(below, 12, fill=_GREY)

    def scale(self, model: Model, start: int = 1) -> None:
        """The numbers of the levels above the bars."""
        self.y += 22
        columns = model.top + 1 - start
        for level in range(start, model.top + 1):
            x, width = _column(level - start, columns)
            words = self.spoken.get("assessment.level_short", level=level) if level == start else str(level)
            self.text(x + width / 2, self.y, words, 11, fill=_GREY, anchor="middle")
        self.y += 2

    def bar(self, model: Model, result: Result) -> None:
        """A process: its name, its level, and a cell for each attribute."""
        level = result.climb.level
        name = model.levels[level].label[self.spoken.language]
        label = f"{self.spoken.get('assessment.level_short', level=level)}, {name}"
        self.y += 6
        self.lines(f"{result.process.id} {result.process.title[self.spoken.language]}", 12.5, bold=True)
        if not result.climb.finished:
            label = f"{label} · {self.spoken.get('assessment.open')}"
        self.lines(label, 12)
        self.y += 6
        for at in range(1, model.top + 1):
            x, width = _column(at - 1, model.top)
            names = [name for name, of in ATTRIBUTES.items() if of == at]
            cell = (width - 3 * (len(names) - 1)) / len(names)
            for place, name in enumerate(names):
                self._cell(x + place * (cell + 3), cell, name, result)
            if at <= level:
                self.parts.append(
                    f'<rect x="{x:.1f}" y="{self.y + 25:.1f}" width="{width:.1f}" height="4"'
                    f' fill="{_REACHED}"/>'
                )
        self.y += 32

    def _cell(self, x: float, width: float, name: str, result: Result) -> None:
        if name not in result.climb.ratings:
            self.rect(x, self.y, width, 22, "#f3f5f7", _LINE, "2 3")
            return
        rating = result.climb.ratings[name]
        fill, ink = _COLOURS[rating] if rating else ("#ffffff", _GREY)
        self.rect(x, self.y, width, 22, fill, _INK)
        self.text(x + width / 2, self.y + 15.5, rating or "?", 12.5, bold=True, fill=ink, anchor="middle")

    def step(self, model: Model, result: Result, before: int | None) -> None:
        """A process: its name, and where its level was and is."""
        level = result.climb.level
        was = "–" if before is None else str(before)
        self.y += 6
        self.lines(
            f"{result.process.id} {result.process.title[self.spoken.language]}",
            12.5,
            bold=True,
            room=_INNER - 62,
        )
        self.text(WIDTH - _MARGIN, self.y, f"{was} → {level}", 13, bold=True, anchor="end")
        self.y += 18
        columns = model.top + 1
        centre = [x + width / 2 for x, width in (_column(at, columns) for at in range(columns))]
        self.parts.append(
            f'<line x1="{centre[0]:.1f}" x2="{centre[-1]:.1f}" y1="{self.y}" y2="{self.y}" stroke="{_LINE}"/>'
        )
        for x in centre:
            self.parts.append(f'<circle cx="{x:.1f}" cy="{self.y}" r="2" fill="{_LINE}"/>')
        if before is not None and before != level:
            self.parts.append(
                f'<line x1="{centre[before]:.1f}" x2="{centre[level]:.1f}" y1="{self.y}" y2="{self.y}"'
                f' stroke="{_COLOURS["L"][0]}" stroke-width="5"/>'
            )
        if before is not None:
            self._ring(centre[before], self.y, 9 if before == level else 7)
        self._disc(centre[level], self.y)
        self.y += 12

    def _ring(self, x: float, y: float, radius: float) -> None:
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{_PAPER}" stroke="{_REACHED}"'
            f' stroke-width="2.5"/>'
        )

    def _disc(self, x: float, y: float) -> None:
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{_COLOURS["F"][0]}"/>')

    def legend(self, model: Model) -> None:
        """What the letters, the empty cells and the line below mean."""
        self.y += 12
        language = self.spoken.language
        entries = [(code, model.ratings[code].label[language]) for code in _COLOURS]
        entries += [
            ("?", model.ratings["unknown"].label[language]),
            ("", self.spoken.get("assessment.not_asked")),
        ]
        x = float(_MARGIN)
        for letter, label in entries:
            needed = 22 + width_of(label, 11) + 12
            if x + needed > WIDTH - _MARGIN and x > _MARGIN:
                x, self.y = float(_MARGIN), self.y + 22
            fill, ink = _COLOURS.get(letter, ("#ffffff", _GREY))
            self.rect(
                x,
                self.y,
                17,
                16,
                fill if letter else "#f3f5f7",
                _INK if letter else _LINE,
                "" if letter else "2 3",
            )
            self.text(x + 8.5, self.y + 12, letter, 11, bold=True, fill=ink, anchor="middle")
            self.text(x + 22, self.y + 12, label, 11)
            x += needed
        self.y += 24
        self.parts.append(f'<rect x="{_MARGIN}" y="{self.y + 4}" width="17" height="4" fill="{_REACHED}"/>')
        self.text(_MARGIN + 22, self.y + 10, self.spoken.get("assessment.reached"), 11)
        self.y += 14
        self.lines(self.spoken.get("assessment.no_certificate"), 10.5, fill=_GREY)

    def legend_of_history(self, first: str, last: str) -> None:
        """Which of the two is when."""
        self.y += 18
        self._ring(_MARGIN + 9, self.y, 7)
        self.text(_MARGIN + 24, self.y + 4, first, 11)
        self.y += 22
        self._disc(_MARGIN + 9, self.y)
        self.text(_MARGIN + 24, self.y + 4, last, 11)
        self.y += 10
        self.lines(self.spoken.get("assessment.no_certificate"), 10.5, fill=_GREY)


def _column(place: int, of: int) -> tuple[float, float]:
    """Where one of so many columns begins, and how wide it is."""
    width = (_INNER - 6 * (of - 1)) / of
    return _MARGIN + place * (width + 6), width


def width_of(words: str, size: float, *, bold: bool = False) -> float:
    """How wide text is at the most."""
    narrow = sum(next((w for letters, w in _WIDTHS.items() if one in letters), 0.8) for one in words)
    return narrow * size * (_BOLD if bold else 1)


def wrapped(words: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """Text in lines that fit; a word that is too long by itself is broken."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size, bold=bold) <= room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if width_of(lines[-1] + letter, size, bold=bold) > room:
                lines[-1] += "-"
                lines.append("")
            lines[-1] += letter
    return lines
