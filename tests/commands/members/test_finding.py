"""Finding people and themes."""

from __future__ import annotations

import pytest

from commands.members import service
from config.data import read_json
from storage import members, rooms
from storage.outbox import Action
from tests import golden
from tests.commands.members.people import register
from tests.transcript import ADA, BEN, HUB, MIA, Chat

NETWORK = read_json("network.json")


@pytest.fixture
def network(either: Chat) -> Chat:
    """The forty fictional members, and Ada."""
    either.begin(furnished)
    return either


def furnished(chat: Chat) -> None:
    with chat.database.write("$import") as tx:
        for record in NETWORK["members"]:
            assert service.import_member(tx, record, "demo.localhost")
    register(chat, ADA)
    chat.say(ADA, f"language {chat.language}")


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


POINTER = "I have answered you in our direct chat."


def full(chat: Chat) -> Chat:
    """A network with many members, and Ada, who speaks German; its lobby speaks English."""
    with chat.database.write("$import") as tx:
        for record in NETWORK["members"]:
            service.import_member(tx, record, "demo.localhost")
        service.set_room_language(tx, HUB, "en")
    register(chat, ADA)
    chat.say(ADA, "language de")
    return chat


def test_what_is_private_speaks_the_language_of_the_person(chat: Chat) -> None:
    """Wherever it was asked for, on all pages, and with the commands as they are typed in a direct chat."""
    full(chat)
    pointer, listed = chat.in_hub(ADA, "!wer").split("\n---\n")
    assert (pointer, [row.lane for row in chat.answers]) == (POINTER, [HUB, chat.dm(ADA)])
    assert listed.startswith("Alle 41 Mitglieder:")
    assert listed.endswith("Seite 1 von 6. Mit mehr geht es weiter.")
    pointer, listed = chat.in_hub(ADA, "!mehr").split("\n---\n")
    assert (pointer, [row.lane for row in chat.answers]) == (POINTER, [HUB, chat.dm(ADA)])
    assert listed.endswith("Seite 2 von 6. Mit mehr geht es weiter.")
    assert chat.say(ADA, "mehr").endswith("Seite 3 von 6. Mit mehr geht es weiter.")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (
            "!meinedaten",
            "Diese Datei enthält alles, was ich über Sie gespeichert habe. Mit vergissmich löschen Sie es.",
        ),
        ("!profil", "Das sehen andere Mitglieder"),
        ("!profil ändern", "Hier ist Ihr Profil. Kopieren Sie es"),
        ("!profil ändern Stadt Paris", "Geändert. Jetzt steht dort"),
        ("!registrieren", "Sie sind bereits als "),
        ("!meine", "Sie haben noch kein Praxisbeispiel geteilt. Mit teilen frage ich"),
        ("!zeitzone", "Ihre Zeitzone"),
        ("!teilen", "Schön, dass Sie etwas teilen möchten!"),
        ("!vergissmich", "Zur Sicherheit\nDas wird gelöscht:"),
    ],
)
def test_every_private_answer_speaks_it(chat: Chat, said: str, answer: str) -> None:
    full(chat)
    pointer, told = chat.in_hub(ADA, said).split("\n---\n")
    assert pointer == POINTER
    assert told.startswith(answer)


def test_a_refusal_stays_in_the_language_of_the_room(chat: Chat) -> None:
    full(chat)
    assert chat.in_hub(ADA, "!profil Yves") == ("I don't know a member “Yves”. !who shows everybody.")


def test_a_private_list_goes_on_in_private(chat: Chat) -> None:
    """Also where a third person has come into what was a direct chat."""
    full(chat)
    chat.say(ADA, "wer")
    with chat.database.write("$invited") as tx:
        room = rooms.get(tx, chat.dm(ADA))
        assert room
        room.people = 3
    for page in (2, 3):
        pointer, listed = chat.say(ADA, "!mehr").split("\n---\n")
        assert pointer == "Ich habe Ihnen in unserem Direktchat geantwortet."
        assert listed.endswith(f"Seite {page} von 6. Mit mehr geht es weiter.")
        assert [row.lane for row in chat.answers] == [chat.dm(ADA), ADA]


def test_an_edited_search_for_people_is_answered_once_more_and_pointed_to_once(chat: Chat) -> None:
    full(chat)
    chat.in_hub(ADA, "!wer klima")
    asked = chat.last_event
    assert chat.edit(ADA, asked, "!wer wohnen", room=HUB).startswith("3 Mitglieder zu Wohnen:")
    assert [row.lane for row in chat.answers] == [chat.dm(ADA)]
    assert chat.edit(ADA, asked, "!ping", room=HUB) == "pong"
    assert [(row.action, row.lane) for row in chat.answers] == [(Action.EDIT, HUB)]


def test_a_list_that_ends_here_leaves_nothing_more(chat: Chat) -> None:
    """Not even the rest of the one before."""
    full(chat)
    chat.say(ADA, "wer")
    chat.say(ADA, "wer Lyon")
    assert chat.say(ADA, "mehr").startswith("Mehr gibt es gerade nicht zu zeigen.")
    chat.say(ADA, "wer")
    chat.in_hub(ADA, "!wer xyzzy")
    assert chat.say(ADA, "mehr").startswith("Mehr gibt es gerade nicht zu zeigen.")
