"""How the chat looks in a terminal: Matrix's HTML as styled lines, each under the name of who said it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from rich.console import Console
from rich.style import Style
from rich.text import Text

from bot.matrix.gateway import Json

INLINE = {
    "strong": "bold",
    "b": "bold",
    "em": "italic",
    "i": "italic",
    "code": "cyan",
    "pre": "cyan",
    "blockquote": "italic",
    "del": "strike",
    "a": "underline",
    **{f"h{level}": "bold" for level in range(1, 7)},
}
BLOCKS = frozenset({"p", "pre", "blockquote", "div", "table", "tr", *(f"h{level}" for level in range(1, 7))})


@dataclass
class Line:
    """One line before it is wrapped; `lead` (a bullet, a number) is not repeated on what follows."""

    lead: str = ""
    text: Text = field(default_factory=Text)


def lines_of(content: Json) -> list[Line]:
    """A message's content for a terminal, from its HTML where it has any."""
    markup = content.get("formatted_body")
    if content.get("format") == "org.matrix.custom.html" and isinstance(markup, str):
        reader = _Reader()
        reader.feed(markup)
        reader.close()
        return reader.finished()
    return [Line(text=Text(line)) for line in str(content.get("body", "")).split("\n")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [Line()]
        self.styles: list[tuple[str, Style]] = []
        self.lists: list[int | None] = []  # the number of the last item, None for bullets
        self.address: str | None = None
        self.preformatted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in INLINE:
            self.styles.append((tag, Style.parse(INLINE[tag])))
        if tag == "br":
            self._new_line()
        elif tag in ("ul", "ol"):
            self._fresh_line()
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag in BLOCKS:
            self._paragraph()
        if tag == "pre":
            self.preformatted = True
        elif tag == "a":
            self.address = dict(attrs).get("href")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._show_address()
        while tag in INLINE and self.styles:
            closed, _ = self.styles.pop()
            if closed == tag:
                break
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self._fresh_line()
        elif tag == "pre":
            self.preformatted = False

    def handle_data(self, data: str) -> None:
        style = Style.combine([Style(), *(style for _, style in self.styles)])
        for number, part in enumerate(data.split("\n")):
            if number and self.preformatted:
                self._new_line()
            elif number and self.lines[-1].text:
                self.lines[-1].text.append(" ")
            self.lines[-1].text.append(part, style)

    def finished(self) -> list[Line]:
        """The lines, without empty ones at the end."""
        while len(self.lines) > 1 and not self.lines[-1].text.plain.strip():
            self.lines.pop()
        return self.lines

    def _new_line(self) -> None:
        # What follows a line break inside a list item stands under the item's text.
        self.lines.append(Line(" " * len(self.lines[-1].lead) if self.lists else ""))

    def _fresh_line(self) -> None:
        if self.lines[-1].text:
            self.lines.append(Line())

    def _paragraph(self) -> None:
        if self.lists:
            return
        if any(line.text for line in self.lines):
            self._fresh_line()
            self.lines.append(Line())

    def _item(self) -> None:
        self._fresh_line()
        lead = "• "
        if self.lists and self.lists[-1] is not None:
            self.lists[-1] += 1
            lead = f"{self.lists[-1]}. "
        self.lines[-1].lead = "  " * max(len(self.lists) - 1, 0) + lead

    def _show_address(self) -> None:
        address, self.address = self.address, None
        # Links to people and rooms are for Matrix clients.
        if address and "matrix.to" not in address and not self.lines[-1].text.plain.endswith(address):
            self.lines[-1].text.append(f" ({address})", Style(dim=True))


class Screen:
    """Writes the conversation; on a terminal wrapped and in colours, else one line for each line."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def note(self, text: str) -> None:
        """Something that nobody said."""
        self._print([(Text(), Text(text, style="dim"))])

    def show(self, text: str) -> None:
        """Something as it stands."""
        self._print([(Text(), Text(line)) for line in text.split("\n")])

    def typed(self, prompt: str, words: str) -> None:
        """What was typed, where the terminal has not shown it already."""
        leads = [prompt, *(["…> ".rjust(len(prompt))] * words.count("\n"))]
        self._print(
            [
                (Text(lead, style="bold green"), Text(line))
                for lead, line in zip(leads, words.split("\n"), strict=True)
            ]
        )

    def heard(self, who: str, lines: list[Line], *, style: str = "bold blue") -> None:
        """What somebody said."""
        leads = [f"{who}: ", *([" " * len(f"{who}: ")] * (len(lines) - 1))]
        self._print(
            [
                (Text(lead, style=style).append(line.lead, style="blue"), line.text)
                for lead, line in zip(leads, lines, strict=True)
            ]
        )

    def _print(self, lines: list[tuple[Text, Text]]) -> None:
        """Lines with what stands before them, all at once: what is being typed is drawn again only once."""
        rows: list[Text] = []
        for lead, text in lines:
            wrapped = [text]
            if self.console.is_terminal:
                wrapped = list(text.wrap(self.console, max(self.console.width - lead.cell_len, 20)))
            for row in wrapped or [Text()]:
                rows.append(Text.assemble(lead, row))
                rows[-1].rstrip()
                lead = Text(" " * lead.cell_len)
        self.console.print(Text("\n").join(rows), soft_wrap=True)
