"""Found by meaning: with an operator's own model, beside what the words find."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from commands.core.conversation import Conversation
from commands.core.registry import load
from storage import practices, vectors
from storage.embedding import Model
from storage.meaning import Meaning
from tests.storage.model import make_model
from tests.transcript import ADA, MIA, Chat

CICLOVIA = 57
# No glossary of ours knows the Norwegian word.
GROUPS = (("sykkelvei", "ciclovía"), ("vannmangel", "sequía", "drought"))


def numbers(answer: str) -> list[int]:
    """The numbers of the lines `#number title`."""
    return [int(found) for found in re.findall(r"^#(\d+) \S", answer, re.MULTILINE)]


def catch_up(chat: Chat, meaning: Meaning) -> int:
    """Make all vectors that are missing or old, as the program does in the background; returns how many."""
    count = 0
    while True:
        with chat.database.read() as tx:
            behind = meaning.behind(tx, 16)
        if not behind:
            return count
        made = meaning.made(behind)
        with chat.database.write("vectors") as tx:
            count += meaning.keep(tx, made)


def give_model(chat: Chat, folder: Path, *groups: tuple[str, ...], turned: int = 0) -> Meaning:
    """Let the network have a model."""
    meaning = Meaning(Model(make_model(folder, *groups, turned=turned)))
    chat.network = replace(chat.network, meaning=meaning)
    chat.conversation = Conversation(load(), chat.network)
    return meaning


@pytest.fixture
def meaning(library: Chat, tmp_path: Path) -> Meaning:
    """The sixty practices with a model that knows two Norwegian words."""
    meaning = give_model(library, tmp_path / "model", *GROUPS)
    assert catch_up(library, meaning) == 60
    return meaning


@pytest.mark.usefixtures("meaning")
def test_what_no_word_finds_is_found_by_meaning_and_says_so(library: Chat) -> None:
    """A word that library and glossary don't know."""
    answer = library.say(ADA, "!search sykkelvei")
    assert numbers(answer) == [CICLOVIA]
    assert "   Bogotá, Colombia · Spanish\n   Similar in meaning\n   Los domingos y festivos" in answer
    assert "Ähnlich in der Bedeutung" in library.say(ADA, "!suche sykkelvei")


def test_without_a_model_it_is_not_found(library: Chat) -> None:
    """Which shows that the other test is about the model."""
    assert library.say(ADA, "!search sykkelvei").startswith("I have found nothing for that.")


@pytest.mark.usefixtures("meaning")
def test_facets_hold_for_meanings_too(library: Chat) -> None:
    """Nothing comes from a country that was not asked for."""
    assert numbers(library.say(ADA, "!search sykkelvei country:CO")) == [CICLOVIA]
    assert numbers(library.say(ADA, "!search sykkelvei country:DE")) == []


def test_what_has_the_words_stays_first(library: Chat, tmp_path: Path) -> None:
    """A model with ideas of its own adds to what the words find, and takes nothing away."""
    before = numbers(library.say(ADA, "!search klimabudget"))
    meaning = give_model(library, tmp_path / "odd", ("klimabudget", "ciclovía"))
    catch_up(library, meaning)
    found = numbers(library.say(ADA, "!search klimabudget"))
    assert found[0] == before[0]
    assert CICLOVIA in found
    found += numbers(library.say(ADA, "!more"))
    assert set(before) < set(found)


def test_an_edit_makes_a_new_vector(library: Chat, meaning: Meaning) -> None:
    """Until then the old one serves; the new one comes from the new words."""
    library.say(MIA, "!edit 1 title Sykkelvei through Oslo")
    assert catch_up(library, meaning) == 1
    assert 1 in numbers(library.say(ADA, "!search ciclovía"))
    assert 1 in numbers(library.say(ADA, "!similar 57"))


def test_a_practice_that_changed_meanwhile_is_made_again(library: Chat, meaning: Meaning) -> None:
    """A vector of what it no longer says is not kept."""
    library.say(MIA, "!edit 1 title Sykkelvei through Oslo")
    with library.database.read() as tx:
        behind = meaning.behind(tx, 16)
    made = meaning.made(behind)
    library.say(MIA, "!edit 1 title Vannmangel in Oslo")
    with library.database.write("late") as tx:
        assert meaning.keep(tx, made) == 0
    assert catch_up(library, meaning) == 1
    assert 1 not in numbers(library.say(ADA, "!search sykkelvei"))


def test_another_model_makes_all_anew(library: Chat, meaning: Meaning, tmp_path: Path) -> None:
    """And finds nothing by the vectors of the old one meanwhile."""
    other = give_model(library, tmp_path / "other", *GROUPS, turned=2)
    assert other.model.fingerprint != meaning.model.fingerprint
    assert numbers(library.say(ADA, "!search sykkelvei")) == []
    assert catch_up(library, other) == 60
    assert numbers(library.say(ADA, "!search sykkelvei")) == [CICLOVIA]


@pytest.mark.usefixtures("meaning")
def test_what_is_gone_is_not_found(library: Chat) -> None:
    """An erased practice has no meaning left."""
    with library.database.write("author") as tx:
        practice = practices.get(tx, CICLOVIA)
        assert practice
        practice.author = ADA
        practices.flush(tx)
        for holding in load().holdings:
            if holding.table == "practice" and holding.erase:
                holding.erase(tx, ADA, True)
        assert vectors.state(tx)[0] == 59
    assert numbers(library.say(MIA, "!search sykkelvei")) == []
