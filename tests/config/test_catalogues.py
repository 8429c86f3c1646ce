"""The catalogues are complete, agree with each other, and hold what the code uses and nothing else."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from config.languages import UI_LANGUAGES
from config.texts import Placeholder, parts, read_catalogue

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "commands", "config", "storage")

# Ids that the code puts together in a way that an f-string does not show: a pattern, and why. An f-string
# such as f"command.{name}.help" needs no entry, it uses every id of this shape.
PUT_TOGETHER: dict[str, str] = {}
# Words with dots that begin as our ids do and are none.
NO_TEXTS = frozenset({"member.user_id", "practice.number"})  # columns of tables

MESSAGE_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


@cache
def entries(language: str) -> dict[str, Message]:
    """The entries by their id; that of a plural is its first."""
    messages = [message for message in read_catalogue(language) if message.id]
    return {message.id if isinstance(message.id, str) else message.id[0]: message for message in messages}


def forms(entry: Message) -> list[str]:
    """The translation, or all its plural forms."""
    return (
        [entry.string or ""]
        if isinstance(entry.string, str)
        else [form or "" for form in entry.string or ("",)]
    )


def placeholders(entry: Message) -> set[str]:
    return {part.name for form in forms(entry) for part in parts(form) if isinstance(part, Placeholder)}


@cache
def strings() -> tuple[frozenset[str], frozenset[str]]:
    """What the code holds: plain strings, and the shapes of f-strings as regular expressions."""
    literals: set[str] = set()
    shapes: set[str] = set()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    literals.add(node.value)
                elif isinstance(node, ast.JoinedStr):
                    shapes.add(shape(node))
    return frozenset(literals), frozenset(shape for shape in shapes if re.match(r"[a-z_]+\\\.", shape))


def shape(node: ast.JoinedStr) -> str:
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[a-z0-9_.]+"
        for part in node.values
    )


def used(message: str) -> bool:
    literals, shapes = strings()
    return message in literals or any(re.fullmatch(pattern, message) for pattern in (*shapes, *PUT_TOGETHER))


def looks_like_text() -> Iterator[str]:
    """Strings in the code that begin as a message id does: `practice.` where there is such a family."""
    families = {message.partition(".")[0] for message in entries("en")}
    for literal in strings()[0]:
        if MESSAGE_ID.fullmatch(literal) and literal.partition(".")[0] in families:
            yield literal


@pytest.mark.parametrize("language", UI_LANGUAGES)
def test_nothing_is_missing_or_doubtful(language: str) -> None:
    """Every entry has its text in every form, is sure of it, and stands there once."""
    messages = entries(language)
    assert [
        message for message, entry in messages.items() if not all(form.strip() for form in forms(entry))
    ] == []
    assert [message for message, entry in messages.items() if entry.fuzzy] == []
    assert list(read_catalogue(language).obsolete) == []
    assert [message for message in messages if not MESSAGE_ID.fullmatch(message)] == []
    plurals = [entry.id for entry in messages.values() if not isinstance(entry.id, str)]
    assert [(one, many) for one, many in plurals if many != f"{one}.plural"] == []
    source = (ROOT / "config" / "locales" / language / "proxenos.po").read_text(encoding="utf-8")
    written = Counter(re.findall(r'^msgid "(.+)"$', source, re.MULTILINE))
    assert [message for message, times in written.items() if times > 1] == []


@pytest.mark.parametrize("language", UI_LANGUAGES)
def test_every_pattern_can_be_filled(language: str) -> None:
    """Placeholders are plain names, and braces come in pairs."""
    for entry in entries(language).values():
        for form in forms(entry):
            parts(form)


def test_the_languages_have_the_same_texts() -> None:
    """What is said in one language can be said in the other, with the same values and in the same number."""
    english, german = entries("en"), entries("de")
    assert sorted(set(english) ^ set(german)) == []
    assert [
        message for message in english if placeholders(english[message]) != placeholders(german[message])
    ] == []
    assert [
        message for message in english if english[message].pluralizable != german[message].pluralizable
    ] == []


def test_every_text_is_used() -> None:
    """A text that no code asks for has been forgotten."""
    assert [message for message in entries("en") if not used(message)] == []


def test_every_text_that_the_code_asks_for_exists() -> None:
    """A misspelt id is found here and not by a member."""
    assert sorted(set(looks_like_text()) - set(entries("en")) - NO_TEXTS) == []
