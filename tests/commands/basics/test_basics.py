"""Help, forms to fill in, further pages, and the small courtesies."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from commands.core.context import Role
from commands.core.registry import load
from config.languages import UI_LANGUAGES
from storage import dialogs
from tests import golden
from tests.transcript import ADA, BEN, HUB, MIA, OUT, Chat


@pytest.fixture(params=UI_LANGUAGES)
def either(request: pytest.FixtureRequest) -> Chat:
    """A small network, once in each language; `chat.language` says which."""
    chat: Chat = request.getfixturevalue("chat" if request.param == "en" else "chat_de")
    return chat


def test_ping(either: Chat) -> None:
    assert either.in_hub(ADA, "!ping") == "pong"
    assert either.html == "<p>pong</p>"


def test_about_counts_and_says_what_is_kept(either: Chat) -> None:
    golden.check(f"basics/about.{either.language}.txt", either.say(OUT, "about"))
    golden.check(f"basics/about.{either.language}.html", either.html)


def test_who_is_responsible_is_told(chat: Chat) -> None:
    """Whoever has to decide whether to agree learns who is responsible, from `about` and with the consent."""
    assert "Responsible" not in chat.say(ADA, "about")
    chat.conversation.network = replace(chat.network, responsible="Institute of Cities, privacy@cities.test")
    told = "Responsible for this data: Institute of Cities, privacy@cities.test."
    assert told in chat.say(ADA, "about")
    assert f"what I have stored about you. {told}" in chat.say(ADA, "form register")


@pytest.mark.parametrize(
    ("user", "roles"),
    [
        (OUT, {Role.ANYONE}),
        (ADA, {Role.ANYONE, Role.GUEST}),
        (MIA, {Role.ANYONE, Role.GUEST, Role.MODERATOR}),
    ],
)
def test_help_shows_what_the_reader_may_do(either: Chat, user: str, roles: set[Role]) -> None:
    """Every such command with its line in its area, in the reader's language; none that would be refused."""
    overview = either.say(user, "help")
    areas = re.findall(r"^• (?:help|hilfe) (\w+) – ", overview, re.MULTILINE)
    told = [overview]
    for area in areas:
        told.append(either.say(user, f"help {area}"))
        while re.search(r"(\d+) \S+ (?!\1\.)\d+\.", told[-1].split("\n")[-1]):
            told.append(either.say(user, "more"))
    lines = "\n".join(told).split("\n")
    shown = {line.removeprefix("• ").split(" – ")[0] for line in lines if line.startswith("• ")}
    shown -= {f"{load().commands['help'].words(either.language)[0]} {area}" for area in areas}
    allowed = {
        command.words(either.language)[0]
        for command in load().commands.values()
        if command.listed and command.requires in roles
    }
    assert shown == allowed


def test_help_is_short(either: Chat) -> None:
    """The everyday commands and the areas fit a phone."""
    lines = either.say(MIA, "help").split("\n")
    assert len([line for line in lines if line.startswith("• ")]) <= 16


@pytest.mark.parametrize("said", ["practices", "good practices", "Praxisbeispiele"])
def test_help_on_an_area(either: Chat, said: str) -> None:
    """By its short word or its title, in any language; nothing of the other areas, and page by page."""
    told = either.say(ADA, f"{load().commands['help'].words(either.language)[0]} {said}")
    assert told.startswith({"en": "Good practices\n\n• ", "de": "Praxisbeispiele\n\n• "}[either.language])
    assert len([line for line in told.split("\n") if line.startswith("• ")]) == 12
    assert f"• {load().commands['themes'].words(either.language)[0]} – " not in told


def test_help_in_a_room_shows_the_prefix(either: Chat) -> None:
    lines = either.in_hub(ADA, "!help").split("\n")
    assert [line for line in lines if line.startswith("• ") and not line.startswith("• !")] == []
    assert "!" in lines[-1]


@pytest.mark.parametrize("name", sorted(load().commands))
def test_every_command_is_explained(either: Chat, name: str) -> None:
    """By its name in any language: how it is written, what for, an example, other words."""
    command = load().commands[name]
    explained = either.say(ADA, f"help !{name}")
    assert explained.startswith(command.words(either.language)[0])
    for word in command.words(either.language):
        assert either.say(ADA, f"help {word}") == explained


def test_an_explanation(either: Chat) -> None:
    golden.check(f"basics/help_profile_edit.{either.language}.txt", either.say(ADA, "help profile edit"))
    golden.check(f"basics/help_profile_edit.{either.language}.html", either.html)


def test_help_on_nothing_known(chat: Chat) -> None:
    assert chat.say(ADA, "help flying") == (
        "I don't know a command “flying”. Write help to see what I can do.\n\nFor example: help search"
    )


def test_the_empty_form_goes_out_and_can_come_back(either: Chat) -> None:
    """As it is written it is a command with the prefix, in the reader's language."""
    handed = either.say(ADA, "form register")
    golden.check(f"basics/form_register.{either.language}.txt", handed)
    golden.check(f"basics/form_register.{either.language}.html", either.html)
    form = next(block for block in handed.split("\n\n") if block.startswith("!"))
    begun = form.replace("Name:", "Name: Ada")
    assert either.say(ADA, begun).split("\n\n")[2].startswith("Organisation (2/14)")


@pytest.mark.parametrize("said", ["form", "form ping", "form profile", "form forgetme", "form flying"])
def test_forms_that_are_none(chat: Chat, said: str) -> None:
    """Only what somebody can send as a command is handed out."""
    asked = "Which form would you like? form register, form share or form event\n"
    assert chat.say(ADA, said).startswith(asked)


def test_more(chat: Chat) -> None:
    """Page after page, each reader for themselves, each room for itself; then there is nothing more."""
    with chat.database.write("$pages") as tx:
        dialogs.keep_pages(tx, ADA, HUB, [["second", "<p>second</p>"], ["third", "<p>third</p>"]])
    nothing = "There is nothing more to show. Search again or ask for something else."
    assert chat.in_hub(BEN, "!more") == nothing
    assert chat.say(ADA, "more") == nothing
    assert chat.in_hub(ADA, "!more") == "second"
    assert chat.in_hub(ADA, "!more") == "third"
    assert chat.html == "<p>third</p>"
    assert chat.in_hub(ADA, "!more") == nothing


def test_more_says_it_is_the_same_in_german(chat_de: Chat) -> None:
    assert chat_de.say(ADA, "mehr") == (
        "Mehr gibt es gerade nicht zu zeigen. Suchen Sie neu oder fragen Sie nach etwas anderem."
    )


def test_resume_and_cancel_from_a_room(chat: Chat) -> None:
    """The question comes in the direct chat."""
    chat.say(ADA, "register")
    chat.say(ADA, "pause")
    pointer, question = chat.in_hub(ADA, "!resume").split("\n---\n")
    assert pointer == "I have answered you in our direct chat."
    assert question.startswith("Let's go on where you stopped.")
    assert chat.in_hub(ADA, "!cancel") == "Cancelled; your answers are discarded and nothing has changed."
    assert chat.in_hub(ADA, "!resume") == "There is nothing to go on with: you have no open form."
