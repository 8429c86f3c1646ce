"""The README's picture: a short conversation in the demo, drawn as the terminal shows it.

`python -m bot.demo.picture docs/demo.svg`
"""

from __future__ import annotations

import argparse
import io
import re
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from bot import logs
from bot.demo.chat import Chat
from bot.demo.run import play
from bot.demo.screen import Screen

WIDTH = 96  # columns; more can't be read in a page

CONVERSATION = (
    """register
Name: Alex Demo
Organisation: International Office
Kind: City
City: Freiburg
Country: Germany
Languages: English, German
Themes: Climate, Twinning
Consent: yes, I agree""",
    "rain and floods",
    "Schulessen, Land: Italien",
    """share
Title: Rain gardens instead of kerbs
Summary: Small planted basins along the street take up heavy rain.
Challenge: Heavy rain flooded cellars in one quarter several times a year.
Solution: Residents and the city planted forty basins at the kerb.
Evidence: Not measured yet; the fire brigade was called less often.
Lessons: Care has to be agreed with the residents before planting.
Transfer: A street that is being rebuilt anyway, and one person who coordinates.
Themes: Climate adaptation""",
    "/moderator",
    "/lobby",
    "!pin 61 Small, cheap, and easy to repeat",
)

THEME = TerminalTheme(
    (30, 33, 43),
    (218, 222, 232),
    [
        (59, 66, 82),
        (230, 126, 128),
        (152, 204, 140),
        (232, 200, 128),
        (130, 170, 255),
        (199, 146, 234),
        (126, 206, 214),
        (218, 222, 232),
    ],
)


def draw(path: Path) -> None:
    """Play the conversation in a network of its own and write the picture."""
    logs.configure("console", "error")
    console = Console(
        record=True,
        width=WIDTH,
        force_terminal=True,
        color_system="truecolor",
        file=io.StringIO(),
        highlight=False,
    )

    drawn: list[str] = []

    async def converse(chat: Chat) -> None:
        console.export_text()  # what came before, addresses and passwords, is not for the picture
        for number, words in enumerate(CONVERSATION):
            if number:
                chat.screen.show("")
            chat.screen.typed(chat.prompt, words)
            await chat.take(words)
            await chat.settle()
        drawn.append(console.export_svg(title="make demo", theme=THEME, unique_id="proxenos"))

    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), "en", Screen(console), converse)
    path.write_text(_standing_alone(drawn[0]), "utf-8")


def _standing_alone(svg: str) -> str:
    """The picture without rich's web font: it shall look the same wherever it is shown."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", "'DejaVu Sans Mono', Menlo, Consolas, monospace")
    svg = svg.replace("font-family: arial", "font-family: 'DejaVu Sans', Arial, sans-serif")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def main() -> None:
    """Draw to the path on the command line."""
    arguments = argparse.ArgumentParser(description="Draw the README's picture.")
    arguments.add_argument("path", type=Path)
    draw(arguments.parse_args().path)


if __name__ == "__main__":
    main()
