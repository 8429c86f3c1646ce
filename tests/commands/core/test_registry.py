"""The declarations: complete in both languages, unmistakable, and found by what people type."""

from __future__ import annotations

from collections import Counter

import pytest

from commands.core.arguments import NoArgs
from commands.core.context import Context, Network
from commands.core.registry import Command, Registry, fold, load
from config.languages import UI_LANGUAGES
from config.texts import texts
from tests.transcript import ADA, BOT, HUB, Chat

COMMANDS = sorted(load().commands.values(), key=lambda command: command.name)


@pytest.mark.parametrize("language", UI_LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_its_texts(command: Command, language: str) -> None:
    """Words, one line of help, a label for each argument, an example where there are arguments."""
    spoken = texts(language)
    assert all(command.words(language))
    assert "\n" not in spoken.get(f"{command.text_key}.help")
    assert spoken.has(f"capability.{command.capability}")
    assert command.summary.endswith(".")
    for name in command.args.specs():
        assert spoken.has(f"argument.{name}")
    assert spoken.has(f"{command.text_key}.example") == bool(command.args.specs())


@pytest.mark.parametrize("language", UI_LANGUAGES)
@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.args.specs()], ids=lambda command: command.name
)
def test_every_example_can_be_read(chat: Chat, command: Command, language: str) -> None:
    with chat.reading() as tx:
        ctx = Context(tx, Network(BOT, HUB), ADA, chat.dm(ADA), language)
        example = texts(language).raw(f"{command.text_key}.example")
        read = command.args.read(f" {example}", ctx)
    assert [name for name in command.args.specs() if getattr(read, name)]


@pytest.mark.parametrize("numbered", [False, True])
def test_words_do_not_collide(numbered: bool) -> None:
    """In all languages together: everybody may use the words of each.

    A word with nothing but a number behind it may mean something else than without.
    """
    alike = [command for command in COMMANDS if command.numbered == numbered]
    meant: dict[str, set[str]] = {}
    for command in alike:
        for language in UI_LANGUAGES:
            for word in [*command.words(language), *command.phrases(language), command.name]:
                meant.setdefault(fold(word), set()).add(command.name)
    assert {word: names for word, names in meant.items() if len(names) > 1} == {}
    for language in UI_LANGUAGES:
        words = Counter(fold(word) for command in alike for word in command.words(language))
        assert [word for word, times in words.items() if times > 1] == []


def test_no_word_of_a_dialog_begins_a_command_unawares() -> None:
    """`back`, `skip` and the like are no commands; `cancel` is, and ends the dialog as well.

    Going on and being fine with it are said in the same words in a dialog and elsewhere.
    """
    controls = {
        word.strip()
        for language in UI_LANGUAGES
        for name in ("back", "skip", "yes")
        for word in texts(language).raw(f"dialog.words.{name}").split("|")
    }
    assert controls & set(load().words) == {"ok", "okay", "weiter"}


@pytest.mark.parametrize(
    ("typed", "name", "language", "arguments"),
    [
        ("help", "help", None, ""),
        ("HELP search", "help", None, " search"),
        ("hilfe", "help", "de", ""),
        ("Hilfe: suche", "help", "de", " suche"),
        ("profile edit city Lyon", "profile edit", None, " city Lyon"),
        ("profile   edit", "profile edit", None, ""),
        ("profile Ada", "profile", None, " Ada"),
        ("profil bearbeiten", "profile edit", "de", ""),
        ("register\nname: Ada", "register", None, "\nname: Ada"),
        ("ping.", "ping", None, ""),
        ("thanks", "thank you", "en", ""),
        ("thanks 12", "thanks", None, " 12"),
        ("Danke für #12!", "thanks", "de", " #12!"),
        ("danke für die Hilfe", "thank you", "de", " für die Hilfe"),
        ("Thank you! 12 cities did it", "thank you", "en", " 12 cities did it"),
    ],
)
def test_what_is_understood(typed: str, name: str, language: str | None, arguments: str) -> None:
    spoken = load().understand(typed)
    assert spoken
    assert (spoken.command.name, spoken.language, spoken.arguments) == (name, language, arguments)


@pytest.mark.parametrize("typed", ["", "   ", "helpless", "x" * 10_000, "\n\n", "🦉", "pings pong"])
def test_what_is_no_command(typed: str) -> None:
    assert load().understand(typed) is None


def test_two_declarations_of_one_name_are_refused() -> None:
    registry = Registry()
    first, second = (
        Command("twice", lambda ctx: None, NoArgs, COMMANDS[0].requires, False, True, ".", "basics")
        for _ in "ab"
    )
    registry.add(first)
    registry.add(first)
    with pytest.raises(ValueError, match="'twice' is declared twice"):
        registry.add(second)


@pytest.mark.parametrize("language", UI_LANGUAGES)
def test_every_form_has_its_texts(language: str) -> None:
    """A label and a question for each field, a name for each choice; no label means two fields."""
    spoken = texts(language)
    for form in load().forms.values():
        for field in form.fields:
            assert form.label(field, spoken)
            assert all(form.choice(field, choice, spoken) for choice in field.choices)
            assert form.find_field(form.label(field, spoken)) == field
            assert form.find_field(field.name) == field
