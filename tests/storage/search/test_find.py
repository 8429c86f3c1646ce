"""What a city officer types, and what should come of it; on both databases."""

from __future__ import annotations

import pytest

from storage import search
from storage.database import Database
from storage.search import Query, explain, find, matching
from tests.storage.search.conftest import Library

# Query, and the practices that may come first.
FIRST = [
    # in the practice's own language
    ("climate budget", {"oslo-climate-budget"}),
    ("participatory budgeting", {"porto-alegre-participatory-budgeting"}),
    ("artificial intelligence register", {"helsinki-ai-register"}),
    ("how can a city prepare for heavy rain?", {"copenhagen-cloudburst-plan", "rotterdam-water-square"}),
    ("sozialer Wohnungsbau", {"wien-sozialer-wohnbau"}),
    ("Menschenrechte Nürnberg", {"nuernberg-menschenrechte"}),
    ("Passivhaus", {"heidelberg-bahnstadt"}),
    ("cantines scolaires bio", {"mouans-sartoux-cantines-bio"}),
    ("îlots de fraîcheur", {"paris-cours-oasis"}),
    ("ahorro de agua", {"zaragoza-ahorro-agua"}),
    ("anillo verde", {"vitoria-gasteiz-anillo-verde"}),
    # with typos
    ("klimabudgt", {"oslo-climate-budget"}),
    ("particpatory budgetting", {"porto-alegre-participatory-budgeting"}),
    ("superblokcs", {"barcelona-superblocks"}),
    ("Pasivhaus", {"heidelberg-bahnstadt"}),
    ("sozialer Wohnugsbau", {"wien-sozialer-wohnbau"}),
    ("cantnes bio", {"mouans-sartoux-cantines-bio"}),
    ("ahoro de agua", {"zaragoza-ahorro-agua"}),
    # without accents
    ("ilots de fraicheur", {"paris-cours-oasis"}),
    ("Ciclovia Bogota", {"bogota-ciclovia"}),
    ("Zuerich", {"zuerich-2000-watt"}),
    # in another language than the practice
    ("Klimabudget", {"oslo-climate-budget"}),
    ("Bürgerhaushalt Porto Alegre", {"porto-alegre-participatory-budgeting"}),
    ("budżet obywatelski", {"porto-alegre-participatory-budgeting"}),
    ("бюджет участі", {"porto-alegre-participatory-budgeting"}),
    ("künstliche Intelligenz", {"helsinki-ai-register"}),
    ("KI", {"helsinki-ai-register"}),
    ("social housing", {"wien-sozialer-wohnbau"}),
    ("logement social", {"wien-sozialer-wohnbau"}),
    ("radwege", {"bogota-ciclovia", "freiburg-vauban"}),
    ("Wasser sparen", {"zaragoza-ahorro-agua", "cape-town-water-demand"}),
    ("canicule", {"paris-cours-oasis", "medellin-green-corridors", "stuttgart-stadtklimatologie"}),
    ("Klimabudget Norwegen", {"oslo-climate-budget"}),
    (
        "municipios hermanados",
        {"coventry-peace-reconciliation", "koeln-dnipro-partnerschaft", "osnabrueck-staedtebotschafter"},
    ),
    ("kostenloser Nahverkehr", {"tallinn-free-public-transport"}),
    ("transports publics gratuits", {"tallinn-free-public-transport"}),
]


@pytest.mark.parametrize(("query", "expected"), FIRST)
def test_the_first_hit_is_what_was_meant(sixty: Library, query: str, expected: set[str]) -> None:
    assert set(sixty.ids(query)[:1]) & expected


# Query, and practices that must be among the first ten.
AMONG = [
    ("radwege", {"bogota-ciclovia", "freiburg-vauban", "ljubljana-car-free-centre", "kigali-car-free-day"}),
    (
        "Städtepartnerschaft",
        {"koeln-dnipro-partnerschaft", "leipzig-kyjiw-solidaritaet", "ludwigsburg-montbeliard"},
    ),
    ("jumelage", {"koeln-dnipro-partnerschaft", "coventry-peace-reconciliation"}),
    ("Hochwasser und Starkregen", {"copenhagen-cloudburst-plan", "rotterdam-water-square"}),
    ("refugees", {"gdansk-immigrant-integration-model"}),
    ("green bonds", {"gothenburg-green-bonds"}),
]


@pytest.mark.parametrize(("query", "expected"), AMONG)
def test_the_first_page_holds_what_was_meant(sixty: Library, query: str, expected: set[str]) -> None:
    assert expected <= set(sixty.ids(query))


def test_a_misspelt_word_is_named_with_its_correction(sixty: Library) -> None:
    assert sixty.find("klimabudgt").corrections == {"klimabudgt": "klimabudget"}


@pytest.mark.parametrize(
    "query",
    ["climate budget", "Klimabudget", "Radverkehrsförderung", "Zürich", "ciclovia", "KI", "Klimabudgets"],
)
def test_a_correct_word_is_not_corrected(sixty: Library, query: str) -> None:
    assert sixty.find(query).corrections == {}


@pytest.mark.parametrize(
    "query",
    [
        "bekommen Radwege",
        "belt",
        "Katastrophe",
        "direkt",
        "bonos",
        "Korruption",
        "économiser",
        "Beteiligungen",
    ],
)
def test_what_is_no_typo_is_not_corrected(sixty: Library, query: str) -> None:
    # Another word, another language's spelling, another form of a word.
    assert sixty.find(query).corrections == {}


def test_capitals_are_no_function_word(sixty: Library) -> None:
    # "eu" is one in French.
    assert sixty.ids("EU funds for cities")[0] == "warsaw-pact-of-free-cities"


def test_practices_with_every_word_come_before_those_with_some(sixty: Library) -> None:
    complete = [hit.complete for hit in sixty.find("climate budget", limit=20).hits]
    assert complete[0]
    assert complete == sorted(complete, reverse=True)


def test_a_word_is_not_found_in_the_function_words_of_another_language(sixty: Library) -> None:
    # German texts are full of "war", which says nothing there; "Krieg" does.
    found = sixty.find("war", limit=60)
    numbers = {each.number: each for each in sixty.practices.values()}
    marked = {
        (document.language, run.text)
        for document in (numbers[hit.number] for hit in found.hits)
        for run in explain(found.searched, document, "en").runs
        if run.marked
    }
    assert ("en", "war") in marked
    assert ("de", "war") not in marked


def test_a_word_is_not_found_by_the_stem_of_another_language(sixty: Library) -> None:
    # A German ending taken off "Regen" leaves what a French one taken off "régie" leaves.
    found = sixty.find("Regen", limit=60)
    passages = {
        hit.number: explain(found.searched, each, "de")
        for hit in found.hits
        for each in sixty.practices.values()
        if each.number == hit.number and hit.direct
    }
    assert {run.text for each in passages.values() for run in each.runs if run.marked} >= {"heavy showers"}
    assert sixty.practices["mouans-sartoux-cantines-bio"].number not in passages


def test_a_word_is_as_rare_as_what_it_means(sixty: Library) -> None:
    # There are five French practices, and every practice is about a city.
    assert sixty.ids("ville cyclable")[0] == sixty.ids("cyclable")[0]


@pytest.mark.parametrize(
    "query", ["wie bekommen wir Superblocks", "Superblocks comment faire", "get Superblocks"]
)
def test_what_is_only_said_to_ask_is_not_looked_for(sixty: Library, query: str) -> None:
    found = sixty.find(query)
    assert (found.corrections, found.missing) == ({}, ())
    assert sixty.ids(query) == sixty.ids("Superblocks")


def test_a_misspelt_function_word_does_no_harm(sixty: Library) -> None:
    assert sixty.ids("whcih climate budget") == sixty.ids("climate budget")


def test_when_no_practice_holds_every_word_those_with_the_rarer_ones_are_found(sixty: Library) -> None:
    found = sixty.find("superblocks wheelchair")
    assert found.relaxed
    assert sixty.ids("superblocks wheelchair")[0] == "barcelona-superblocks"


def test_a_word_that_nothing_is_known_of_is_named_as_missing(sixty: Library) -> None:
    found = sixty.find("superblocks Xyzzyqwx")
    assert found.missing == ("Xyzzyqwx",)
    assert found.hits


def test_nothing_is_found_for_words_that_mean_nothing_here(sixty: Library) -> None:
    found = sixty.find("xyzzyqwx")
    assert (found.hits, found.total, found.missing) == ([], 0, ("xyzzyqwx",))


def test_pages_follow_each_other(sixty: Library) -> None:
    whole = sixty.find("city climate", limit=50)
    pages = [
        hit
        for start in range(0, whole.total, 3)
        for hit in sixty.find("city climate", limit=3, offset=start).hits
    ]
    assert [hit.number for hit in pages] == [hit.number for hit in whole.hits]
    assert whole.total == len(whole.hits) > 3


def test_a_compound_and_its_words_find_the_same(sixty: Library) -> None:
    assert set(sixty.ids("Radverkehrsförderung")[:2]) == set(sixty.ids("Förderung des Radverkehrs")[:2])


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Die Stadt beschloss die Förderung des Radverkehrs.", "Radverkehrsförderung"),
        ("Die Stadt beschloss eine Radverkehrsförderung.", "Förderung des Radverkehrs"),
        ("Ein Plan für die Sanierung der Schulhöfe liegt vor.", "Schulhofsanierung"),
        ("Ein Plan für die Schulhofsanierung liegt vor.", "Sanierung von Schulhöfen"),
    ],
)
def test_a_compound_finds_its_words_and_they_find_it(
    sixty: Library, library: Database, written: str, asked: str
) -> None:
    with library.write() as tx:
        search.put(tx, search.Document(1000, "de", "Ein Beschluss", {"summary": written}))
        found = search.find(tx, Query(asked), limit=5)
        assert 1000 in {hit.number for hit in found.hits if hit.complete}
        tx.session.rollback()


def test_the_language_that_the_reader_prefers_comes_sooner(sixty: Library) -> None:
    spanish = sixty.ids("Wasser", limit=30, prefer_language="es")
    german = sixty.ids("Wasser", limit=30, prefer_language="de")
    assert spanish != german


class TestFacets:
    def test_a_theme_finds_its_children(self, sixty: Library) -> None:
        found = sixty.ids(Query(themes=("mobility",)), limit=60)
        assert {"ljubljana-car-free-centre", "barcelona-superblocks", "cape-town-water-demand"} <= set(found)
        assert "oslo-climate-budget" not in found

    def test_any_value_of_a_facet_and_every_facet(self, sixty: Library) -> None:
        found = sixty.ids(Query(countries=("DE", "AT"), themes=("social.housing",)), limit=60)
        assert set(found) == {"wien-sozialer-wohnbau", "freiburg-vauban"}

    def test_facets_limit_a_text_query(self, sixty: Library) -> None:
        assert "oslo-climate-budget" not in sixty.ids(Query("climate budget", languages=("de",)))
        assert sixty.ids(Query("climate budget", countries=("NO",)))[0] == "oslo-climate-budget"

    @pytest.mark.parametrize("city", ["Köln", "koeln", "KOLN", "Köln "])
    def test_a_city_is_found_in_each_of_its_spellings(self, sixty: Library, city: str) -> None:
        assert sixty.ids(Query(cities=(city,))) == ["koeln-dnipro-partnerschaft"]

    def test_a_city_is_found_by_the_start_of_its_name(self, sixty: Library) -> None:
        assert sixty.ids(Query(cities=("Freiburg",))) == ["freiburg-vauban"]

    def test_further_facets(self, sixty: Library) -> None:
        assert "oslo-climate-budget" in sixty.ids(Query(facets={"year": (2017,), "sdg": (13, 7)}), limit=60)
        assert "oslo-climate-budget" not in sixty.ids(Query(facets={"year": (2017,), "sdg": (1,)}), limit=60)

    def test_the_words_of_a_text_are_no_facets(self, sixty: Library) -> None:
        assert sixty.ids(Query("language_de _every theme_mobility")) != sixty.ids(Query(), limit=60)

    def test_without_text_the_newest_come_first(self, sixty: Library) -> None:
        assert sixty.ids(Query(), limit=2) == ["quito-fonag-fondo-agua", "zaragoza-ahorro-agua"]
        assert sixty.find("").total == 60


def test_only_among_some(sixty: Library) -> None:
    """By words as by facets alone."""
    others = tuple(one.number for one in sixty.practices.values() if one.city != "Oslo")
    oslo = sixty.practices["oslo-climate-budget"].number
    for query in (
        Query("climate budget"),
        Query("climate budget Oslo", countries=("NO",)),
        Query(countries=("NO",)),
    ):
        with sixty.database.read() as tx:
            before, after = (find(tx, query, among=among).hits for among in ((oslo,), others))
            matches = matching(tx, query, [*others, oslo])
        assert [hit.number for hit in before] == [oslo]
        assert oslo not in [hit.number for hit in after]
        assert oslo in matches
