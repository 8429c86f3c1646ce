"""Each answer says why it matched."""

from __future__ import annotations

import pytest

from storage import search
from storage.search import Passage
from storage.search.passages import LONGEST
from storage.search.words import Stem
from tests.storage.search.conftest import Library


def explained(sixty: Library, query: str, practice: str, locale: str = "en") -> Passage:
    return search.explain(sixty.find(query).searched, sixty.practices[practice], locale)


def marked(passage: Passage) -> list[str]:
    return [run.text for run in passage.runs if run.marked]


def test_the_words_of_the_query_are_marked_in_any_form(sixty: Library) -> None:
    passage = explained(sixty, "Abteilungen der Städte", "stuttgart-stadtklimatologie")
    assert marked(passage) == ["Abteilung", "Stadt"]
    assert passage.topics == ()


def test_a_concept_is_marked_and_named_in_the_language_of_the_reader(sixty: Library) -> None:
    passage = explained(sixty, "klimabudgt", "oslo-climate-budget", "de")
    assert marked(passage) == ["climate budget"]
    assert passage.topics == ("Klimabudget",)
    assert explained(sixty, "klimabudgt", "oslo-climate-budget", "en").topics == ("carbon budget",)


def test_a_concept_in_one_word(sixty: Library) -> None:
    passage = explained(sixty, "radwege", "bogota-ciclovia", "de")
    assert marked(passage) == ["Ciclovía"]
    assert passage.topics == ("Radweg",)


def test_the_parts_of_a_compound_are_marked(sixty: Library) -> None:
    assert marked(explained(sixty, "radwege", "freiburg-vauban")) == ["Wege", "Rad"]


def test_what_is_only_akin_names_its_theme(sixty: Library) -> None:
    passage = explained(sixty, "radwege", "tallinn-free-public-transport", "de")
    assert passage.topics == ("Urbane Mobilität",)
    assert passage.field == "summary"
    assert not marked(passage)
    assert passage.text.startswith("Since January 2013")


def test_a_topic_is_named_once_although_a_theme_is_called_as_a_concept_is(sixty: Library) -> None:
    topics = explained(sixty, "Bürgerbeteiligung", "porto-alegre-participatory-budgeting").topics
    assert topics
    assert len({topic.casefold() for topic in topics}) == len(topics)


def test_the_title_explains_when_nothing_else_does() -> None:
    document = search.Document(1, "en", "Green roofs", {"summary": "A city plants."})
    passage = search.explain(search.Searched(stems=frozenset({Stem("roof")})), document, "en")
    assert (passage.field, marked(passage)) == ("title", ["roofs"])


def test_a_long_sentence_is_cut_at_words_around_what_matched() -> None:
    text = "word " * 100 + "the green roofs of Ghent " + "word " * 100
    document = search.Document(1, "en", "T", {"summary": text})
    passage = search.explain(search.Searched(stems=frozenset({Stem("roof"), Stem("ghent")})), document, "en")
    assert marked(passage) == ["roofs", "Ghent"]
    assert len(passage.text) <= LONGEST + 4
    assert passage.text.startswith("… word")
    assert passage.text.endswith("word …")


@pytest.mark.parametrize(
    "query", ["city", "climate budget", "Wasser", "Hitze in der Stadt", "KI", "jumelage"]
)
def test_every_hit_is_explained_by_its_own_text(sixty: Library, query: str) -> None:
    found = sixty.find(query, limit=60)
    numbers = {each.number: each for each in sixty.practices.values()}
    for hit in found.hits:
        document = numbers[hit.number]
        passage = search.explain(found.searched, document, "en")
        text = {**document.fields, "title": document.title}[passage.field]
        assert passage.text.removeprefix("… ").removesuffix(" …") in text
        assert marked(passage) or passage.topics or not hit.direct


@pytest.mark.parametrize("text", ["", " ", "…", "?!?", "a" * 5000, "wort " * 1000, "\0", "😀", "\ud800 x"])
def test_odd_texts_are_explained_too(text: str) -> None:
    document = search.Document(1, "de", text, {"summary": text, "challenge": text})
    search.explain(search.Searched(stems=frozenset({Stem("wort"), Stem("aaa")})), document, "de")


def test_a_german_ordinal_ends_no_sentence() -> None:
    """A passage that stops at "Am 12." tells nothing."""
    text = "Das Fest begann 2019. Am 12. März eröffnet der 3. Radweg der Stadt. Danach kamen 17 weitere."
    document = search.Document(1, "de", "Ein Titel", {"summary": text})
    searched = search.Searched(stems=frozenset({Stem("radweg", ("de",))}))
    assert search.explain(searched, document, "de").text == "Am 12. März eröffnet der 3. Radweg der Stadt."


def test_a_country_is_no_theme(sixty: Library) -> None:
    for practice in ("freiburg-vauban", "stuttgart-stadtklimatologie"):
        passage = explained(sixty, "Alemania", practice, "de")
        assert (passage.country, passage.topics) == (True, ())
        assert passage.text
