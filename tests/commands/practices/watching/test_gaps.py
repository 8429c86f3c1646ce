"""Searches that found nothing: counted, without anything that may tell of a person."""

from __future__ import annotations

import pytest

from storage import watching
from tests.commands.practices.clock import wait
from tests.commands.practices.network import register
from tests.transcript import ADA, BEN, MIA, Chat


def kept(chat: Chat) -> list[tuple[str, int]]:
    """The gaps with how often each was searched for."""
    with chat.reading() as tx:
        return [(gap.words, gap.count) for gap in watching.gaps(tx, 100)]


def test_gaps_are_counted_and_shown_to_moderators(library: Chat) -> None:
    """However the words were written; most often first; without who it was."""
    library.say(ADA, "search zeppelin docks")
    library.clock.forward(hours=1)
    library.say(BEN, "search Zeppelin-Docks!")
    library.say(BEN, "search qwertz country:PL")
    library.say(BEN, "search cycle paths")
    assert library.say(MIA, "gaps") == (
        "Searched for and not found, most often first. Who searched is not kept.\n\n"
        "1. zeppelin docks\n   2 times · English · last on 1 March 2027\n"
        "2. qwertz country:PL\n   once · English · last on 1 March 2027\n\n"
        "Dealt with? Strike it off: gaps done 1."
    )
    assert library.say(MIA, "gaps done 1") == (
        "Gap 1 is struck off. If it is searched for again in vain, it comes back."
    )
    assert library.say(MIA, "gaps done 1") == "There is no gap with the number 1: gaps."
    assert kept(library) == [("qwertz", 1)]


def test_a_gap_reads_as_somebody_would_write_it(library: Chat) -> None:
    """With accents and facets in words, however it was written afterwards."""
    library.say(BEN, "search Überzzyzx curated:yes theme:housing")
    library.clock.forward(hours=1)
    library.say(BEN, "search uberzzyzx curated:yes theme:housing")
    assert "1. überzzyzx curated:yes theme:housing\n   2 times" in library.say(MIA, "gaps")
    library.say(MIA, "sprache de")
    assert "1. überzzyzx kuratiert:ja thema:wohnen\n" in library.say(MIA, "lücken")


@pytest.mark.parametrize("typed", ["🚲🚲", '"', "?!", "x" * 5000, f"zzyzx {'x' * 100}"])
def test_what_asks_for_nothing_is_not_counted(library: Chat, typed: str) -> None:
    """Signs without a word, and what can be no word."""
    library.say(BEN, f"search {typed}")
    assert kept(library) == []


def test_only_moderators_see_them(library: Chat) -> None:
    assert library.say(BEN, "gaps") == "Only moderators can do this. You can ask Mia."
    assert library.say(MIA, "gaps").startswith("No gaps at present")
    assert library.say(MIA, "!gaps everything").startswith("To strike something off the list")


def test_trying_again_at_once_is_one_search(library: Chat) -> None:
    for _ in range(3):
        library.say(ADA, "search zeppelin")
    assert kept(library) == [("zeppelin", 1)]


@pytest.mark.parametrize(
    "typed",
    [
        "@zoe:example.org",
        "zzyzx zoe@example.org",
        "zzyzx +49 30 1234567",
        "zzyzx 030 12 34 56",
        "zzyzx 12345",
        "https://example.org/zzyzx",
        "Zoltan Zzyzxov",
        "Prof. Zoltan Zzyzxov",
        "Zoltan Grün",
        "zzyzx byron",
        "BYRON",
        "zzyzx xyzzy plugh frotz quux corge grault garply waldo",
        "zzyzx city:Byron",
    ],
)
def test_what_may_tell_of_a_person_is_not_kept(library: Chat, typed: str) -> None:
    """Addresses, numbers, names of members, what looks like a name, and what is more than a search."""
    register(library, ADA)
    library.say(BEN, f"search {typed}")
    assert kept(library) == []


@pytest.mark.parametrize("said", ["zzyzx xyzzy", "zoltan zzyzxov", "practice zzyzx"])
def test_what_is_merely_said_is_no_gap(library: Chat, said: str) -> None:
    """It is looked for all the same, but in a direct chat people say what nobody else is to read."""
    assert library.say(BEN, said).startswith("I have found nothing for that.")
    assert library.say(MIA, "gaps").startswith("No gaps at present")


def test_what_does_not_look_like_a_person_is_kept(library: Chat) -> None:
    for typed in ("zzyzx", "Zzyzxverordnung", "zzyzx 2027"):
        library.say(BEN, f"search {typed}")
    assert [words for words, _ in kept(library)] == ["zzyzx 2027", "zzyzxverordnung", "zzyzx"]


def test_they_are_forgotten_after_half_a_year(library: Chat) -> None:
    """Counted from when it was searched for last."""
    library.say(BEN, "search zzyzx")
    wait(library, days=90)
    library.say(BEN, "search xyzzy")
    wait(library, days=91)
    wait(library, hours=1)
    assert kept(library) == [("xyzzy", 1)]
