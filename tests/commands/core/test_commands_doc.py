"""docs/commands.md says what the declarations say."""

from __future__ import annotations

from pathlib import Path

from commands.core.reference import reference
from commands.core.registry import load

DOC = Path(__file__).parents[3] / "docs" / "commands.md"


def test_the_page_is_up_to_date() -> None:
    """When it is not: `make docs`."""
    assert DOC.read_text(encoding="utf-8") == reference(load())


def test_every_command_is_on_the_page() -> None:
    page = DOC.read_text(encoding="utf-8")
    assert [name for name in load().commands if f"### `!{name}`\n" not in page] == []
