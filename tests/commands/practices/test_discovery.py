"""Looking around in the library: what is similar, what is new, what moderators picked."""

from __future__ import annotations

import re

import pytest

from tests import golden
from tests.commands.practices.network import WINTER, WINTER_DE, bring, starter
from tests.transcript import ADA, BEN, HUB, MIA, Chat


def numbers(answer: str) -> list[int]:
    """The numbers of the lines `#number title`."""
    return [int(found) for found in re.findall(r"^#(\d+) \S", answer, re.MULTILINE)]


def test_similar_practices_across_languages_with_what_they_share(library: Chat) -> None:
    """A practice on cycling in Spanish leads to those on streets and cars in other languages."""
    answer = library.say(ADA, "similar 57")
    assert answer.startswith("Nearest to #57 Ciclovía de Bogotá")
    assert 57 not in numbers(answer)
    assert 3 <= len(numbers(answer)) <= 5
    assert "German" in answer or "English" in answer or "France" in answer
    assert "In common: " in answer


@pytest.mark.parametrize("network", ["ada", "ada_de"])
def test_how_the_lists_look(network: str, request: pytest.FixtureRequest) -> None:
    """Similar, new and curated, in plain and HTML, in both languages."""
    chat: Chat = request.getfixturevalue(network)
    bring(chat, *starter("bogota-ciclovia", "freiburg-vauban", "oslo-climate-budget"))
    chat.clock.forward(days=3)
    chat.say(ADA, WINTER if chat.language == "en" else WINTER_DE)
    chat.in_hub(MIA, "!pin 1 ready to be copied")
    chat.in_hub(MIA, "!pin 2")
    for command in ("similar 4", "new", "curated"):
        body = chat.say(BEN, f"!{command}")
        name = command.split()[0]
        golden.check(f"practices/{name}.{chat.language}.txt", f"{body}\n\n{'-' * 20}\n\n{chat.html}")


def test_new_goes_by_the_date_of_publication_and_by_theme(library: Chat) -> None:
    """What came last stands first; a theme finds its children."""
    bring(library, starter("oslo-climate-budget")[0] | {"id": "again", "title": "A second budget"})
    assert numbers(library.say(BEN, "new"))[0] == 61
    assert numbers(library.say(BEN, "neu Energiewende"))[0] == 61
    assert numbers(library.say(BEN, "neu Thema Energiewende"))[0] == 61
    assert 61 not in numbers(library.say(BEN, "new housing"))
    assert len(numbers(library.say(BEN, "new"))) == 5
    assert len(numbers(library.say(BEN, "more"))) == 5


def test_a_pin_taken_away_makes_nothing_new(library: Chat) -> None:
    """New is what was published, not what was last touched."""
    first = numbers(library.say(ADA, "new"))
    library.in_hub(MIA, "!pin 3")
    library.in_hub(MIA, "!unpin 3")
    assert numbers(library.say(ADA, "new")) == first
    assert library.say(ADA, "curated").startswith("The moderators have not picked anything yet.")


def test_the_last_reason_stays(library: Chat) -> None:
    """A second pin without a reason keeps the first one's; the latest pick comes first."""
    library.in_hub(MIA, "!pin 3 clear and reusable")
    library.in_hub(MIA, "!pin 5 well measured")
    assert numbers(library.say(ADA, "curated")) == [5, 3]
    library.in_hub(MIA, "!pin 3")
    assert "clear and reusable" in library.say(ADA, "ausgewählt")
    assert library.in_hub(ADA, "!curated housing").startswith(
        "The moderators have not picked anything on the theme Housing yet."
    )
    assert {row.lane for row in library.answers} == {HUB}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("!similar 99", "There is no practice with the number #99."),
        ("!similar", "number"),
        ("!new klimatt", "I don't know a theme “klimatt”."),
        ("!curated klimatt", "I don't know a theme “klimatt”."),
    ],
)
def test_what_is_refused(library: Chat, typed: str, told: str) -> None:
    """With what was wrong."""
    assert told in library.say(ADA, typed)


def test_a_sentence_that_begins_so_is_searched_for(library: Chat) -> None:
    """Free words are no command because of their first one."""
    assert numbers(library.say(ADA, "new ways to cool a street in summer"))
    assert numbers(library.say(ADA, "similar projects about parking and cars"))


def test_an_empty_library_says_so(chat: Chat) -> None:
    """And what can be done about it."""
    assert chat.say(ADA, "new") == "The library is still empty. share adds the first practice."
    assert chat.say(ADA, "curated").startswith("The moderators have not picked anything yet.")


def test_nothing_is_like_the_only_practice(ada: Chat) -> None:
    """Said in a sentence."""
    ada.say(ADA, WINTER)
    assert ada.say(ADA, "similar 1").startswith("Nothing in the library comes near #1 Cycling in winter yet.")
