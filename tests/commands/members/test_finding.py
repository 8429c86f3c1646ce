"""Finding people and themes."""

from __future__ import annotations

import pytest

from commands.members import service
from config.data import read_json
from storage import members
from tests import golden
from tests.commands.members.people import register
from tests.transcript import ADA, BEN, MIA, Chat

NETWORK = read_json("network.json")


@pytest.fixture
def network(either: Chat) -> Chat:
    """The forty fictional members, and Ada."""
    with either.database.write("$import") as tx:
        for record in NETWORK["members"]:
            assert service.import_member(tx, record, "demo.localhost")
    register(either, ADA)
    either.say(ADA, f"language {either.language}")
    return either


def test_imported_members_are_complete(network: Chat) -> None:
    """What the file says of them is stored, and a second import changes nothing."""
    with network.database.write("$again") as tx:
        for record in NETWORK["members"]:
            assert not service.import_member(tx, record, "demo.localhost")
        assert members.count(tx) == 41
        for record in NETWORK["members"]:
            member = members.get(tx, f"@{record['id']}:demo.localhost")
            assert member
            assert (member.name, member.themes) == (record["name"], record["themes"])
            offers = members.lines(tx, member.user_id, "offer")
            assert [line.text for line in offers] == [line["text"] for line in record["offers"]]
            preferred = members.preference(tx, member.user_id)
            assert (preferred.timezone, preferred.locale) == (record["timezone"], record["locale"])


def test_lists_of_people(network: Chat) -> None:
    """By theme, place and kind; mended, narrowed, empty; on paper of both sorts."""
    searches = {
        "all": "who",
        "theme": "who climate adaptation",
        "mended": "who climte germny",
        "facets": "who kind:science country:DE",
        "nobody": "who food in Lyon",
        "unknown": "who xyzzy",
    }
    for name, said in searches.items():
        golden.check(f"members/who_{name}.{network.language}.txt", network.say(ADA, said))
        golden.check(f"members/who_{name}.{network.language}.html", network.html)


def test_long_lists_have_pages(network: Chat) -> None:
    """Eight to a page, everybody once, in the order of the alphabet."""
    answer = network.say(ADA, "who")
    names = []
    for _page in range(6):
        found = [line for line in answer.split("\n") if " · " in line and not line.startswith("   ")]
        assert len(found) <= 8
        names += [line.split(" · ")[0] for line in found]
        answer = network.say(ADA, "more")
    assert len(names) == 41
    assert names == sorted(names, key=str.lower)
    assert set(names) == {"Ada Lovelace", *(record["name"] for record in NETWORK["members"])}


def test_everybody_found_is_meant(network: Chat) -> None:
    """A search by kind and country finds all of them and nobody else."""
    expected = sorted(
        record["name"]
        for record in NETWORK["members"]
        if record["kind"] == "city" and record["country"] == "DE"
    )
    with network.reading() as tx:
        found = service.search(tx, "cities DE").found
        assert sorted(member.name for member in found) == expected
        assert [m.city for m in service.search(tx, "Freiburg").found] == ["Freiburg im Breisgau"]
        assert [m.name for m in service.search(tx, "prykladenko").found] == ["Oksana Prykladenko"]


def test_a_city_is_found_by_the_start_of_its_name(chat: Chat) -> None:
    """Whole words, whatever else each of them put behind it, also with another member in just "Freiburg"."""
    for user, city in ((ADA, "Freiburg"), (BEN, "Freiburg im Breisgau"), (MIA, "Freiburger Bucht")):
        register(chat, user)
        chat.say(user, "language en")
        chat.say(user, f"profile edit city {city}")
    for typed in ("Freiburg", "FREIBURG", "city:freiburg"):
        answer = chat.say(MIA, f"who {typed}")
        assert answer.startswith("2 members for Freiburg:")
        assert "Ada Lovelace" in answer
        assert "Ben Ünal" in answer
    assert chat.say(MIA, "who Freiburg im Breisgau").startswith("One member for Freiburg im Breisgau:")


def test_pages_of_a_search_in_a_room_are_in_the_direct_chat(network: Chat) -> None:
    network.in_hub(ADA, "!who")
    further = network.say(ADA, "more")
    assert len([line for line in further.split("\n") if " · " in line and not line.startswith("   ")]) == 8


def test_themes(network: Chat) -> None:
    for name, said in (("all", "themes"), ("climate", "themes Klima"), ("housing", "themes housing")):
        golden.check(f"members/themes_{name}.{network.language}.txt", network.say(ADA, said))
        golden.check(f"members/themes_{name}.{network.language}.html", network.html)


def test_a_theme_that_is_unclear(chat: Chat) -> None:
    assert chat.say(MIA, "themes sicherheid") == (
        "I don't know a theme “sicherheid”."
        " Did you mean Peace, security & solidarity or Security in public spaces?\n\n"
        "For example: themes climate"
    )
    assert chat.say(MIA, "themes qqq") == (
        "I don't know a theme “qqq”. themes lists all of them.\n\nFor example: themes climate"
    )
