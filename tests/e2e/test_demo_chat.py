"""What the demo's chat looks like, and how lines are typed into it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from bot.demo.chat import is_for
from bot.demo.run import typed
from bot.demo.screen import Screen, lines_of
from commands.core.nodes import (
    Bullets,
    Choices,
    Code,
    Entries,
    Heading,
    Link,
    Person,
    Preformatted,
    Quote,
    paragraph,
    span,
    strong,
)
from commands.core.render import content, render

MESSAGE = content(
    render(
        [
            Heading(("Good practices",)),
            paragraph(span("Hello ", strong("Ada"), " & all"), "second line"),
            Bullets((Code("search rain"), "two")),
            Choices(("City", "Region")),
            Entries((("#4 Cloudburst", "Copenhagen"), ("#5 Water square",))),
            Preformatted("!share\nTitle:"),
            Quote("said\nbefore"),
            paragraph(span(Link("https://example.org", "a page"), ", ", Person("@mia:example.org", "Mia"))),
        ]
    )
)
SHOWN = """\
Proxenos: Good practices

          Hello Ada & all
          second line
          • search rain
          • two
          1. City
          2. Region

          #4 Cloudburst
          Copenhagen

          #5 Water square

          !share
          Title:

          said
          before

          a page (https://example.org), Mia
"""


def show(message: dict[str, Any], **options: Any) -> str:
    written = io.StringIO()
    Screen(Console(file=written, **options)).heard("Proxenos", lines_of(message))
    return written.getvalue()


def test_a_message_as_lines() -> None:
    """Everything that the bot can say reads well, under its name."""
    assert show(MESSAGE) == SHOWN


def test_long_lines_wrap_only_on_a_terminal() -> None:
    """A script gets whole lines; on a terminal they stay under the text, also behind a bullet."""
    message = content(render([Bullets(("word " * 12,))]))
    assert show(message).count("\n") == 1
    wrapped = show(message, force_terminal=True, width=40, color_system=None)
    assert wrapped.splitlines()[1].startswith(" " * 12 + "word")
    assert all(len(line) <= 40 for line in wrapped.splitlines())


def test_a_message_without_html() -> None:
    """People write plain text."""
    assert show({"msgtype": "m.text", "body": "one\n[bold]two"}) == "Proxenos: one\n          [bold]two\n"


@pytest.mark.parametrize(
    ("words", "mentioned", "answered"),
    [
        ("!ping", False, True),
        ("!nonsense", False, True),
        ("!#12", False, True),
        ("Proxenos: ping", True, True),
        ("ping, @proxenos", True, True),
        ("!", False, False),
        ("!!!", False, False),
        ("! look", False, False),
        ("good morning", False, False),
        ("I like what proxenos does", True, False),
    ],
)
def test_a_script_waits_in_the_lobby_only_for_what_is_answered(
    words: str, mentioned: bool, answered: bool
) -> None:
    """For everything else it would wait a minute in vain."""
    bot = "@proxenos:demo.localhost"
    assert is_for(bot, words, [bot] if mentioned else []) == answered


class Listener:
    """Notes what is typed."""

    prompt = "you> "

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def take(self, words: str) -> bool:
        """Note it; go on until it says to end."""
        self.heard.append(words)
        return words != "/quit"


@pytest.mark.parametrize(
    ("keys", "heard"),
    [
        ("ping\r/quit\r", ["ping", "/quit"]),
        ("register\\\rName: Ada\r/quit\r", ["register\nName: Ada", "/quit"]),
        ("register\x1b\rName: Ada\r/quit\r", ["register\nName: Ada", "/quit"]),
        ("ping\r\x04", ["ping"]),
        ("half a line\x03", []),
    ],
)
async def test_keys(keys: str, heard: list[str]) -> None:
    """Enter sends; Alt-Enter or a backslash goes on in the next line; Ctrl-D and Ctrl-C end the demo."""
    listener = Listener()
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys)
        await typed(listener)  # type: ignore[arg-type]  # a chat, as far as typing goes
    assert listener.heard == heard
