"""Finding practices: words, facets, repaired typos, and why each was found."""

from __future__ import annotations

import re

import pytest

from storage import practices
from storage.practices import Status
from tests import golden
from tests.commands.practices.network import WINTER, bring, register, starter
from tests.transcript import ADA, BEN, HUB, OUT, Chat


def numbers(answer: str) -> list[int]:
    """What a script reads: the numbers of the lines `#number title`."""
    return [int(found) for found in re.findall(r"^#(\d+) \S", answer, re.MULTILINE)]


@pytest.mark.parametrize("words", ["radwege", "klimabudgt", "zzz"])
@pytest.mark.parametrize("network", ["ada", "ada_de"])
def test_results_in_both_forms(network: str, words: str, request: pytest.FixtureRequest) -> None:
    """Title, place, language, why: in plain and HTML, in both languages."""
    chat: Chat = request.getfixturevalue(network)
    bring(chat, *starter("oslo-climate-budget", "bogota-ciclovia", "freiburg-vauban"))
    chat.say(ADA, WINTER)
    body = chat.say(BEN, f"search {words}")
    golden.check(f"practices/search-{words}.{chat.language}.txt", f"{body}\n\n{'-' * 20}\n\n{chat.html}")


def test_cycle_paths_are_found_across_languages(library: Chat) -> None:
    """`radwege` finds the Spanish practice, and says through which topic and which words."""
    answer = library.in_hub(ADA, "!search radwege")
    assert 57 in numbers(answer)
    assert "On the topic: cycle path" in answer
    assert "<strong>Ciclovía</strong>" in library.html


def test_a_typo_is_repaired_and_said(library: Chat) -> None:
    """`klimabudgt` finds Oslo's climate budget first, with the words marked."""
    answer = library.say(ADA, "klimabudgt")
    assert answer.startswith("Showing results for “klimabudget”.\n")
    assert numbers(answer)[0] == 1
    assert "<strong>climate budget</strong>" in library.html


def test_a_repaired_word_is_not_also_missing(library_de: Chat) -> None:
    """What is said of a search does not contradict itself; possessives are no typos."""
    answer = library_de.say(ADA, "suche praxsis")
    assert answer.startswith("Ergebnisse für „praxis“.")
    assert "Zu „praxsis“" not in answer
    answer = library_de.say(ADA, "suche meine Stadt sucht Ideen gegen Leerstand")
    assert "meile" not in answer
    assert "„meine“" not in answer


def test_the_words_are_marked_where_they_stand(ada: Chat) -> None:
    """The passage is a sentence of the practice, the word in it is strong."""
    ada.say(ADA, WINTER)
    assert ada.say(BEN, "machines") == (
        "One practice\n\n"
        "#1 Cycling in winter\n"
        "   Ghent, Belgium\n"
        "   A small team with brine machines clears forty kilometres of cycle paths."
    )
    assert "A small team with brine <strong>machines</strong> clears" in ada.html


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("climate country:Norway", "Norway"),
        ("climate land:norwegen", "Norway"),
        ("climate Country: NO", "Norway"),
        ("thema:wohnen", "Housing"),
        ("topic:housing", "Housing"),
        ("theme:logement", "Housing"),
        ("sprache:französisch", "French"),
        ("language:fr", "French"),
        ("country:GB,DE", "United Kingdom · Germany"),
        ('country:"United Kingdom"', "United Kingdom"),
        ("country:United Kingdom", "United Kingdom"),
        ("country:„Vereinigtes Königreich“", "United Kingdom"),
        ("city:Wien", "Wien"),
        ("stadt:wien", "wien"),
        ("year:2017", "2017"),
        ("jahr:2010-2012", "2010–2012"),
        ("sdg:6", "SDG 6"),
        ("size:s", "S"),
        ("größe:S", "S"),
        ("partners:no", "not looking for partners"),
        ("kuratiert:nein", "not curated"),
    ],
)
def test_facets_in_any_language(library: Chat, typed: str, expected: str) -> None:
    """The head line says how a facet was understood."""
    answer = library.say(ADA, f"!search {typed}")
    head = answer.split("\n")[0]
    assert head.split(" · ", 1)[1] == expected
    assert numbers(answer)


def test_facets_narrow(library: Chat) -> None:
    """All of them hold for every result."""
    answer = library.say(ADA, "search language:de country:CH")
    assert answer.startswith("2 practices · German · Switzerland") or numbers(answer)
    for line in answer.split("\n"):
        if line.startswith("   ") and "Switzerland" in line:
            assert line.endswith("Switzerland · German")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("theme:klimatt", "I don't know a theme “klimatt”. Did you mean "),
        ("country:Germny", "I don't know a country “Germny”. Did you mean Germany or Guernsey?"),
        (
            "country:xx",
            "I don't know a country “xx”. Its name or its two-letter code will do, for example DE.",
        ),
        ("language:Englsh", "I don't know a language “Englsh”. Did you mean English"),
        ("year:soon", "Please give a year between 1900 and 2028."),
        ("sdg:99", "Please give the numbers of the goals, from 1 to 17, for example 7, 11."),
        ("size:big", "Sizes are S, M, L and XL."),
        ("curated:maybe", "Please write yes behind the colon."),
        ("climate theme:", "Something is missing behind theme:"),
    ],
)
def test_a_value_that_does_not_exist(chat: Chat, typed: str, told: str) -> None:
    """Said clearly, with what comes near it."""
    assert chat.say(ADA, f"search {typed}").startswith(told)


def test_a_colon_is_not_always_a_facet(ada: Chat) -> None:
    """An address or a headline is searched for as it stands."""
    ada.say(ADA, WINTER)
    assert numbers(ada.say(ADA, "search winter:machines https://example.org")) == [1]


def test_five_results_a_page(library: Chat) -> None:
    """The rest comes with `more`, in its turn, without a result twice."""
    first = library.say(ADA, "country:DE")
    assert first.startswith("11 practices · Germany\n")
    assert first.endswith("Page 1 of 3. Write more to go on.")
    found = numbers(first)
    found += numbers(library.say(ADA, "more"))
    last = library.say(ADA, "more")
    found += numbers(last)
    assert len(found) == len(set(found)) == 11
    assert library.say(ADA, "more").startswith("There is nothing more to show.")


def test_further_results_are_as_they_are_by_now(library: Chat) -> None:
    """What was archived since is passed over, a page of which nothing is left too."""
    first = numbers(library.say(ADA, "climate"))
    with library.database.write() as tx:
        later = [one for one in practices.everything(tx) if one.number not in first]
        for practice in later:
            practice.status = Status.ARCHIVED
    assert library.say(ADA, "more").startswith("There is nothing more to show.")


def test_further_results_speak_the_language_of_the_moment(library: Chat) -> None:
    """A list from before the language was changed goes on in the new one, with why each was found."""
    library.say(ADA, "climate")
    library.say(ADA, "language de")
    further = library.say(ADA, "more")
    assert further.endswith("Seite 2 von 2.")
    assert "<strong>" in library.html
    assert len(numbers(further)) == 5


def test_a_long_list_is_cut_and_says_so(library: Chat) -> None:
    """Nobody reads sixty results; the last page says what helps."""
    answer = library.say(ADA, "city")
    seen = numbers(answer)
    while answer.endswith("to go on."):
        answer = library.say(ADA, "more")
        seen += numbers(answer)
    assert len(seen) == 15
    assert answer.endswith(
        "These are the best 15. One more word or a facet such as country: brings you closer.\n\nPage 3 of 3."
    )


def test_nothing_found_says_what_would_help(library: Chat) -> None:
    """Queries near it that really find something; a city may have been misspelt; people may know more."""
    assert library.say(ADA, "radwege stadt:Kopenhagn") == (
        "I have found nothing for that. What may help:\n\n"
        "• The library has practices from Copenhagen.\n"
        "• search radwege finds 10 practices.\n"
        "• search theme:mobility finds 14 practices.\n"
        "• Search for another word, in any language, or look at the themes: themes\n"
        "• Ask the network in #ud-hub:test.localhost; somebody there may know.\n"
        "• If you know a practice on this yourself, share it: share\n"
        "• See what else I can do: help"
    )


def test_nobody_reads_again_how_much_they_typed(library: Chat) -> None:
    """A very long search is proposed neither to be watched nor with a word less."""
    register(library, ADA)
    for typed in (
        f"search {'x' * 5000}",
        f"search {'x' * 5000} city:Nowhere",
        f"search climate {'x' * 5000}",
    ):
        assert "x" * 61 not in library.say(ADA, typed)
    answer = library.say(ADA, f"export search {'x' * 5000}")
    assert answer == "I have found nothing for that. Try the search on its own first: search"
    assert "watch search zzyzx qwrtzp" in library.say(ADA, "search zzyzx qwrtzp")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("search theme:climate.adaptation country:NO", "search theme:climate country:NO finds "),
        ("suche country:DK sdg:1", "suche land:DK findet "),
        ("search year:1950-1960 size:xl", "search size:XL finds "),
    ],
)
def test_what_would_find_something_really_does(library: Chat, typed: str, told: str) -> None:
    """A parent theme, a facet less: tried before it is offered, with what it finds."""
    answer = library.say(ADA, typed)
    assert f"• {told}" in answer
    for line in re.findall(r"^• (s\w+ .*) (?:finds|findet) (?:one|ein|\d+) ", answer, re.MULTILINE):
        assert numbers(library.say(ADA, line))


def test_long_lists_say_what_narrows_them(library: Chat, library_de: Chat) -> None:
    """In the reader's language, with how many are left; each can be typed behind the query."""
    answer = library.say(ADA, "search climate")
    narrow = re.search(r"^Narrow it down: (.*)$", answer, re.MULTILINE)
    assert narrow
    offered = re.findall(r"(\w+:(?:\w+|\"[^\"]+\")) \((\d+)\+\)", narrow[1])
    assert len(offered) > 2
    for facet, count in offered:
        left = re.match(r"(\d+) practices", library.say(ADA, f"search climate {facet}"))
        assert left
        assert int(left[1]) >= int(count)  # of more than a hundred not all are counted
    assert re.search(r"^Weiter eingrenzen: thema:", library_de.say(ADA, "suche Stadt"), re.MULTILINE)


@pytest.mark.parametrize("words", ["cycle paths", "Radwege", "climate adaptation", "housing", "food waste"])
def test_at_least_so_many_are_left_by_a_facet_as_it_says(library: Chat, words: str) -> None:
    """More where the list becomes so short that it is filled up with what is akin: the plus says so."""
    narrow = re.search(r"^Narrow it down: (.*)$", library.say(ADA, f"search {words}"), re.MULTILINE)
    assert narrow
    offered = re.findall(r"(\w+:(?:\w+|\"[^\"]+\")) \((\d+)\+\)", narrow[1])
    assert len(offered) == narrow[1].count(" · ") + 1
    for facet, count in offered:
        found = re.match(r"(\d+|One) practices? ", library.say(ADA, f"search {words} {facet}"))
        assert found
        assert int(found[1].replace("One", "1")) >= int(count)


def test_what_only_fills_a_list_is_not_counted_as_found(library: Chat) -> None:
    """How many have the words, and how many only come near them; nothing where all have them."""
    assert library.say(ADA, "search cycle paths").startswith(
        "10 practices\n4 of them only come near what you asked for.\n\n"
    )
    assert library.say(ADA, "search winter").startswith("3 practices\n\n")


def test_short_lists_and_facets_that_were_asked_for_are_not_narrowed(library: Chat) -> None:
    """Only what helps is said."""
    assert "Narrow it down" not in library.say(ADA, "search lampedusa")
    narrowed = library.say(ADA, "search country:DE")
    assert "Narrow it down: theme:" in narrowed
    assert "country:" not in narrowed.split("Narrow it down")[1]


def test_without_words_an_example_helps(library: Chat, library_de: Chat) -> None:
    """A friendly hint in both languages."""
    assert library.in_hub(ADA, "!search") == (
        "60 practices are in the library.\n\n"
        "What are you looking for? Write some words, and if you like theme:, country:, language: or city:,"
        " for example !search cycle paths country:Colombia"
    )
    assert library_de.say(ADA, "suche") == (
        "60 Praxisbeispiele stehen in der Bibliothek.\n\n"
        "Was suchen Sie? Schreiben Sie ein paar Wörter, auf Wunsch mit thema:, land:, sprache: oder stadt:,"
        " zum Beispiel suche Radwege land:Kolumbien"
    )


def test_a_search_in_a_room_is_answered_there(library: Chat) -> None:
    """What is found is for everyone."""
    library.in_hub(ADA, "!suche radwege")
    assert [row.lane for row in library.answers] == [HUB]


def test_an_edited_search_is_run_again(library: Chat) -> None:
    """The answer is replaced, not repeated."""
    library.in_hub(ADA, "!search radwege")
    answer = library.edit(ADA, library.last_event, "!search klimabudget", room=HUB)
    assert [row.action for row in library.answers] == ["edit"]
    assert numbers(answer)[0] == 1


def test_who_is_not_in_the_network_finds_nothing(library: Chat) -> None:
    """The library is the network's."""
    assert library.say(OUT, "radwege").startswith("This is for people in our main room.")


def test_titles_are_plain_lines_whatever_they_hold(ada: Chat) -> None:
    """A script reads `#number title`, one a line, and nothing else that looks like it."""
    ada.say(ADA, WINTER.replace("Title: Cycling in winter", "Title: #99 tricks <i>for</i> winter"))
    answer = ada.say(ADA, "search winter")
    assert re.findall(r"^#.*$", answer, re.MULTILINE) == ["#1 #99 tricks <i>for</i> winter"]
    assert "<i>" not in ada.html
