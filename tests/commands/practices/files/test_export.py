"""Practices as HTML and Markdown: what is asked for, what is in the files, and what never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from commands.core.conversation import Conversation
from commands.core.registry import load
from commands.practices.files import documents
from commands.practices.files.documents import Exported, Heading, Picture
from config.texts import texts
from storage import attachments, practices
from storage.practices import Practice
from tests import golden
from tests.commands.practices.files.pictures import PDF, png
from tests.commands.practices.network import WINTER, bring, register, starter
from tests.transcript import ADA, BEN, HUB, Chat

DAY = Heading(date(2027, 3, 1), "Urban Diplomacy")
HOSTILE = '<script>alert("1")</script> & <b onclick=x>"bold"</b> `code` *stars* _lines_ [a](b) | ~~~ # 1. -'
ARABIC = "ممرات الدراجات في الشتاء"


@pytest.fixture
def member(library: Chat) -> Chat:
    """The sixty practices, and Ada who is a member."""
    register(library, ADA, contact_visible=True)
    return library


class Outline(HTMLParser):
    """The elements of a page, checked to be closed as they were opened, and its text."""

    VOID = ("meta", "br", "hr", "img")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave the element that was entered last."""
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what is said."""
        if self.open[-1:] != ["style"]:
            self.said.append(data)

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(" ".join(self.said).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of one kind."""
        return [attributes for name, attributes in self.seen if name == tag]


def practice(**said: Any) -> Practice:
    values: dict[str, Any] = {
        "number": 7,
        "title": "Cycling in winter",
        "summary": "Ghent clears its cycle paths.",
        "challenge": "Ice.\n\nAnd snow.\nEvery year.",
        "solution": "Brine.",
        "evidence": "Not measured yet.",
        "lessons": "Start small.",
        "transfer": "Two machines.",
        "city": "Ghent",
        "country": "BE",
        "language": "en",
        "themes": ["mobility"],
        "author": ADA,
        "updated_at": datetime(2027, 3, 1, tzinfo=UTC),
    }
    return Practice(**{**values, **said})


def test_one_practice(member: Chat) -> None:
    """Both files, where they were asked for, with a word on what to do with them."""
    assert member.in_hub(ADA, "!export 1") == (
        "Here you are: #1 Oslo's climate budget: an emissions ceiling inside the city budget as a file.\n\n"
        "• The HTML file opens in every browser; from there it can be printed or saved as a PDF.\n"
        "• The Markdown file is for editors, wikis and further work on the text."
    )
    assert [(row.lane, row.content["filename"], row.content["info"]["mimetype"]) for row in member.files] == [
        (HUB, "practice-1.html", "text/html"),
        (HUB, "practice-1.md", "text/markdown"),
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_how_they_look(language: str) -> None:
    """Golden files of one practice and of a selection, with and without all that is optional."""
    full = practice(
        resources="EUR 40,000 a year",
        year_started=2019,
        sdgs=[11, 13],
        size_class="M",
        links=["https://example.org/a?b=1&c=2"],
        sources=["A report - https://example.org/report"],
        seeking_partners=True,
        status="curated",
    )
    german = practice(number=8, title="Radwege im Winter", language="de", translation_of=7)
    one = Exported(full, pictures=(Picture("map.png", "image/png", b"png"),), others=("plan.pdf",))
    two = [one, Exported(german, original=full)]
    spoken = texts(language)
    for name, exported in (("one", [one]), ("two", two)):
        golden.check(f"practices/export-{name}.{language}.html", documents.as_html(exported, DAY, spoken))
        golden.check(f"practices/export-{name}.{language}.md", documents.as_markdown(exported, DAY, spoken))


def test_one_form_alone(member: Chat) -> None:
    """In the words that people have for it."""
    for asked, endings in (
        ("export 1 html", ["html"]),
        ("export 1 pdf", ["html"]),
        ("export markdown #1", ["md"]),
        ("exportieren 1 md html", ["md", "html"]),
        ("export html search climate print", ["html"]),
    ):
        member.say(ADA, asked)
        assert [row.content["filename"].rpartition(".")[2] for row in member.files] == endings


def test_short_versions_and_what_cities_make_of_it_are_in_the_file(member: Chat) -> None:
    """As they stand in the chat, in both kinds of files; no person is named."""
    member.say(ADA, WINTER)
    member.say(ADA, "translate 61 de\nTitle: Radeln <im> *Winter*\nSummary: Gent räumt mit Sole.")
    register(member, BEN, city="Lyon", country="FR")
    member.say(BEN, "adopt 61 done")
    member.say(BEN, "outcome 61 Twelve <kilometres> are *clear*.")
    member.say(ADA, "language en")
    member.say(ADA, "export 61")
    html, markdown = (file.data.decode() for file in member.files if file.data)
    said = Outline(html).text
    assert "Short version in German Radeln <im> *Winter* Gent räumt mit Sole." in said
    assert "What other cities make of it Lyon, France · done · Twelve <kilometres> are *clear*." in said
    assert '<div lang="de" dir="auto"><p dir="auto"><strong>Radeln &lt;im&gt;' in html
    shown = Outline(MarkdownIt("commonmark").render(markdown)).text
    assert "Short version in German Radeln <im> *Winter* Gent räumt mit Sole." in shown
    assert "What other cities make of it Lyon, France · done · Twelve <kilometres> are *clear*." in shown
    assert not any("Ben Okri" in file for file in (html, markdown))


def test_a_selection(member: Chat) -> None:
    """Each once, in the order in which they were asked for; what does not exist is told."""
    member.say(ADA, "export 12, #3 and 12 5 html")
    (file,) = member.files
    assert file.content["filename"] == "practice-12-3-5.html"
    assert file.data is not None
    page = Outline(file.data.decode())
    assert [article["id"] for article in page.all("article")] == ["practice-12", "practice-3", "practice-5"]
    assert "There is no practice with the number #99." in member.say(ADA, "export 1 99")


def test_what_a_search_finds(member: Chat) -> None:
    """The best that fit into one file, and how many there are."""
    member.conversation = Conversation(load(), replace(member.network, export_limit=3))
    said = member.say(ADA, "export search climate html")
    assert said.startswith("Here you are: 3 practices as a file.")
    assert "These are the best 3 of " in said
    assert member.say(ADA, "export search xyzzyx qwrtzp") == (
        "I have found nothing for that. Try the search on its own first: search xyzzyx qwrtzp"
    )
    assert member.say(ADA, "export 1 2 3 4") == (
        "That is 4 practices; at most 3 fit into one file. Please export them in several parts."
    )


def test_plain_words_are_a_search(member: Chat) -> None:
    """As the help says; with the word for it they find the same."""
    with_the_word = member.say(ADA, "export search climate html")
    assert with_the_word.startswith("Here you are: 10 practices as a file.")
    assert member.say(ADA, "export climate html") == with_the_word
    assert member.in_hub(ADA, "!export xyzzyx qwrtzp") == (
        "I have found nothing for that. Try the search on its own first: !search xyzzyx qwrtzp"
    )


def test_what_is_no_selection(member: Chat) -> None:
    """Kinds of files that there aren't are answered with those that there are."""
    for typed in ("docx", "61 docx", "Word"):
        told = member.say(ADA, f"export 12 {typed}")
        assert told == (
            f"“{typed.split()[-1]}” is no kind of file that I write. There are html, for reading and"
            " printing, and md (Markdown), for further work on the text.\n\nFor example: export 12 15 html"
        )
    for asked in ("!export 12 to Word please", "!export search"):
        assert member.in_hub(ADA, asked).startswith(
            "Please give me the numbers of the practices, or a search: !export search …"
        )
    assert "!export 12 15 html" in member.in_hub(ADA, "!export")


def test_for_members(library: Chat) -> None:
    """Guests are told how to become one."""
    assert "register" in library.say(BEN, "export 1")


def test_nothing_names_a_person(member: Chat) -> None:
    """Neither the author's name nor their id, though their contact is visible to members."""
    with member.database.write("own") as tx:
        own = practices.get(tx, 1)
        assert own is not None
        own.author = ADA
    assert "Ada Byron" in member.say(ADA, "practice 1")
    member.say(ADA, "export 1")
    for row in member.files:
        assert row.data is not None
        assert b"Byron" not in row.data
        assert ADA.encode() not in row.data


def test_pictures_are_in_the_page(member: Chat) -> None:
    """As data; what is no picture is named, and so is what would make the file too large."""
    with member.database.write("files") as tx:
        add = attachments.add
        add(tx, 1, name="map.png", content_type="image/png", data=png(), by=ADA)
        add(tx, 1, name="plan.pdf", content_type="application/pdf", data=PDF, by=ADA)
        add(tx, 1, name="huge.png", content_type="image/png", data=bytes(9_000_000), by=ADA)
    member.say(ADA, "export 1")
    html, markdown = (row.data.decode() for row in member.files if row.data is not None)
    page = Outline(html)
    (image,) = page.all("img")
    assert str(image["src"]).startswith("data:image/png;base64,iVBORw0KGgo")
    assert image["alt"] == "map.png"
    assert "Files in the library plan.pdf huge.png" in page.text
    assert "- map.png\n- plan.pdf\n- huge.png\n" in markdown


def test_the_page_needs_nothing_beside_itself() -> None:
    """No script, no style sheet, picture or font from elsewhere, and none could be loaded."""
    page = Outline(documents.as_html([Exported(practice(links=["https://example.org"]))], DAY, texts("en")))
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.seen}
    policy = next(meta for meta in page.all("meta") if "http-equiv" in meta)
    assert policy["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert "url(" not in documents.STYLE
    assert "@import" not in documents.STYLE


def test_languages_and_directions() -> None:
    """Each text says which language it is in; what is written from right to left runs so."""
    page = Outline(documents.as_html([Exported(practice(title=ARABIC, language="ar"))], DAY, texts("de")))
    assert page.all("html")[0]["lang"] == "de"
    assert page.all("h1")[0] == {"id": "practice-7-title", "lang": "ar", "dir": "auto"}
    assert "Sprache Arabisch" in page.text


def test_headings_are_in_order() -> None:
    """One heading of the first level, none left out: screen readers jump from one to the next."""
    for count in (1, 3):
        exported = [Exported(practice(number=number)) for number in range(1, count + 1)]
        page = Outline(documents.as_html(exported, DAY, texts("en")))
        levels = [int(tag[1]) for tag, _ in page.seen if tag in ("h1", "h2", "h3")]
        assert levels.count(1) == 1
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
        ids = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
        assert len(ids) == len(set(ids))


_FIELDS = ("title", "summary", "challenge", "city", "resources")


@pytest.mark.parametrize("field", _FIELDS)
def test_nothing_that_members_write_is_markup(field: str) -> None:
    """In no field, neither in HTML nor in Markdown."""
    exported = [Exported(practice(**{field: HOSTILE, "sources": [HOSTILE], "links": [HOSTILE]}))] * 2
    page = Outline(documents.as_html(exported, DAY, texts("en")))
    assert not {"script", "b"} & {tag for tag, _ in page.seen}
    assert HOSTILE in page.text
    assert page.all("a") == [{"href": "#practice-7"}] * 2
    shown = Outline(MarkdownIt("commonmark").render(documents.as_markdown(exported, DAY, texts("en"))))
    assert not {"script", "b", "code", "em", "a", "pre"} & {tag for tag, _ in shown.seen}
    assert HOSTILE in shown.text


_ODD = st.text(st.sampled_from("ab \n#*_`[]()<>&|~-+=.1!\\\"'{}:/\t"), min_size=1, max_size=40)


@given(_ODD)
def test_markdown_shows_what_was_written(text: str) -> None:
    """Whatever it is: what a reader of Markdown shows has the same words, and no markup of the author's."""
    written = "\n\n".join(documents._markdown_paragraphs(text))
    shown = Outline(MarkdownIt("commonmark").enable("table").enable("strikethrough").render(written))
    assert {tag for tag, _ in shown.seen} <= {"p", "br"}
    assert shown.text.split() == text.split()


@given(_ODD)
def test_markdown_headings_show_what_was_written(text: str) -> None:
    """Also with number signs at their end."""
    shown = Outline(MarkdownIt("commonmark").render(documents._heading("##", text)))
    assert {tag for tag, _ in shown.seen} == {"h2"}
    assert shown.text.split() == text.split()


@given(_ODD)
def test_html_shows_what_was_written(text: str) -> None:
    """The same for HTML."""
    shown = Outline(documents._paragraphs(text))
    assert {tag for tag, _ in shown.seen} <= {"p", "br"}
    assert shown.text.split() == text.split()


def test_the_starter_library_as_documents(library: Chat) -> None:
    """All sixty in one page, which is whole."""
    bring(library, *starter("oslo-climate-budget"))
    with library.reading() as tx:
        found = [Exported(one) for one in practices.everything(tx)]
    page = Outline(documents.as_html(found, DAY, texts("de")))
    assert len(page.all("article")) == 60
    assert documents.as_markdown(found, DAY, texts("de")).count("\n## ") == 60
