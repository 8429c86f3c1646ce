"""The guides only name commands that there are, in the language they are written in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands.core.registry import load

ROOT = Path(__file__).parents[3]
GUIDES = {"docs/members.md": "en", "docs/members.de.md": "de", "docs/trainings.md": "en"}
WRITTEN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# Words of a dialog or a form, which are no commands, and what is looked for.
OF_DIALOGS = {
    "en": {"back", "skip", "pause", "!", "cycle paths", "heat plans country:FR", "Explanation: …"},
    "de": {"zurück", "überspringen", "pause", "!", "radwege", "hitzepläne land:FR"},
}


@pytest.mark.parametrize(("guide", "language"), GUIDES.items())
def test_every_command_that_a_guide_names_is_one(guide: str, language: str) -> None:
    unknown = []
    for written in WRITTEN.findall((ROOT / guide).read_text(encoding="utf-8")):
        spoken = load().understand(written)
        known = spoken is not None and spoken.language in (None, language)
        if not known and written not in OF_DIALOGS[language]:
            unknown.append(written)
    assert unknown == []
