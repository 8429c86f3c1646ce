"""Sharing a practice: by dialog, by form, in part, twice, wrongly."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from storage import practices
from storage.outbox import Action
from tests.commands.practices.network import WINTER, WINTER_DE, register
from tests.transcript import ADA, BEN, HUB, MIA, Chat


def field(label: str, value: str) -> str:
    """The form about cycling in winter with one field changed or added."""
    lines = [line for line in WINTER.split("\n") if not line.startswith(f"{label}:")]
    return "\n".join([*lines, f"{label}: {value}"])


def test_a_complete_form_is_published_at_once(ada: Chat) -> None:
    """The answer gives the number, and what can be done next; place, size and language came by themselves."""
    assert ada.say(ADA, WINTER) == (
        "Thank you! #1 Cycling in winter is published, and everyone in the network can find it.\n\n"
        "• practice 1 shows it.\n"
        "• edit 1 changes it; earlier versions are kept.\n"
        "• I take the text to be in English. If it isn't: edit 1 language."
    )
    with ada.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        assert (practice.author, practice.status, practice.language) == (ADA, "published", "en")
        assert (practice.city, practice.country, practice.size_class) == ("Ghent", "BE", "M")
        assert practice.themes == ["climate.adaptation", "mobility"]
        assert [(step.status, step.by) for step in practices.steps(tx, 1)] == [("published", ADA)]


def test_the_form_is_understood_and_answered_in_german(ada_de: Chat) -> None:
    """German labels, German themes, German answer."""
    assert ada_de.say(ADA, WINTER_DE) == (
        "Vielen Dank! #1 Radwege im Winter ist veröffentlicht, alle im Netzwerk können das Praxisbeispiel"
        " jetzt finden.\n\n"
        "• Mit praxis 1 lesen Sie es.\n"
        "• Mit bearbeiten 1 ändern Sie es; frühere Fassungen bleiben erhalten.\n"
        "• Als Sprache des Textes habe ich Deutsch notiert. Falls das nicht stimmt: bearbeiten 1 sprache."
    )


def test_every_field_of_the_form_can_be_given(ada: Chat) -> None:
    """What is optional is kept as it was meant, however it was typed."""
    ada.say(
        ADA,
        WINTER + "\nCity: Aarhus\nLand: Dänemark\nLanguage: englisch\nResources: 0.4 M€ a year"
        "\nyear_started: 2019\nSDGs: SDG 11, 13\nsize class: L\nPartner gesucht: ja"
        "\nLinks: https://example.org/a, https://example.org/b\n<http://example.net/c?d=1,2>",
    )
    with ada.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        assert (practice.city, practice.country, practice.language) == ("Aarhus", "DK", "en")
        assert (practice.resources, practice.year_started) == ("0.4 M€ a year", 2019)
        assert (practice.sdgs, practice.size_class, practice.seeking_partners) == ([11, 13], "L", True)
        assert practice.links == [
            "https://example.org/a",
            "https://example.org/b",
            "http://example.net/c?d=1,2",
        ]


def test_a_form_in_a_room_is_answered_in_the_room(ada: Chat) -> None:
    """A practice is nothing personal."""
    answer = ada.in_hub(ADA, f"!{WINTER}")
    assert answer.startswith("Thank you! #1 Cycling in winter is published")
    assert [row.lane for row in ada.answers] == [HUB]


def test_what_is_missing_in_a_form_is_asked_in_the_direct_chat(ada: Chat) -> None:
    """What was there already is kept; the room gets a pointer."""
    answer = ada.in_hub(ADA, "!share\ntitle: Cycling in winter\nsummary: Ghent clears its cycle paths.")
    assert answer == (
        "I have answered you in our direct chat.\n---\n"
        "Good that you want to share something! I ask one thing at a time; nothing appears before you have"
        " seen everything once more. Facts and honest setbacks help others most.\n\n"
        "Noted. A few answers are still missing.\n\n"
        "Challenge (3/18)\nWhat was the problem? Up to 1,000 characters."
    )
    assert [row.lane for row in ada.answers] == [HUB, Chat.dm(ADA)]


def test_the_dialog_from_the_first_question_to_the_practice(ada: Chat) -> None:
    """One question at a time, with proposals from profile and text, and everything shown at the end."""
    first = ada.say(ADA, "share")
    assert first.endswith(
        "Title (1/18)\nWhat is it called? Up to 100 characters.\n\n"
        "At any time you can say back, pause (I keep your answers for later) or cancel (I discard them)."
    )
    for text_ in (
        "Cycling in winter",
        "Ghent clears its main cycle paths before seven in the morning.",
        "In winter people left their bicycles at home because the paths were icy.",
        "A small team with brine machines clears forty kilometres of cycle paths.",
        "Not measured yet.",
        "Start small, and tell people which paths are cleared.",
    ):
        ada.say(ADA, text_)
    assert ada.say(ADA, "Two machines, four people and a map.") == (
        "City (8/18)\nIn which city, region or municipality?\n\nMy suggestion: Ghent. If it fits, write ok."
    )
    assert ada.say(ADA, "skip") == (
        "Country (9/18)\nIn which country?\n\nMy suggestion: Belgium. If it fits, write ok."
    )
    ada.say(ADA, "skip")
    assert ada.say(ADA, "climate adaptation, mobility") == (
        "Language (11/18)\nIn which language is your text?\n\nMy suggestion: English. If it fits, write ok."
    )
    ada.say(ADA, "skip")
    ada.say(ADA, "skip")
    ada.say(ADA, "2019")
    assert ada.say(ADA, "skip") == (
        "Size class (15/18)\nHow many people live there?\n\n"
        "1. S (under 100,000)\n2. M (100,000 to 500,000)\n3. L (500,000 to 1 million)\n"
        "4. XL (1 million and more)\n\nMy suggestion: M (100,000 to 500,000). If it fits, write ok."
    )
    ada.say(ADA, "2")
    ada.say(ADA, "skip")
    ada.say(ADA, "yes")
    assert ada.say(ADA, "skip") == (
        "Here is everything once more:\n\n"
        "• Title: Cycling in winter\n"
        "• Summary: Ghent clears its main cycle paths before seven in the morning.\n"
        "• Challenge: In winter people left their bicycles at home because the paths were icy.\n"
        "• Solution: A small team with brine machines clears forty kilometres of cycle paths.\n"
        "• Evidence: Not measured yet.\n"
        "• Lessons: Start small, and tell people which paths are cleared.\n"
        "• Transfer: Two machines, four people and a map.\n"
        "• City: Ghent\n"
        "• Country: Belgium\n"
        "• Themes: Climate adaptation · Mobility & urban planning\n"
        "• Language: English\n"
        "• Year started: 2019\n"
        "• Size class: M (100,000 to 500,000)\n"
        "• Seeking partners: yes\n\n"
        "Is it right? Write yes to save it or cancel to throw it away. To change something, write the"
        " name of the field, a colon and the new text, for example “Title: …”.\n\n"
        "Not ready for others yet? With draft I keep it as a draft that only you and the moderators can see."
    )
    assert ada.say(ADA, "yes").startswith("Thank you! #1 Cycling in winter is published")
    assert ada.say(ADA, "#1").startswith("#1 Cycling in winter\nGhent, Belgium · since 2019")


def test_a_home_town_is_only_proposed_for_what_happened_at_home(ada: Chat) -> None:
    """For another city the country is asked, not guessed."""
    answer = ada.say(ADA, WINTER + "\nCity: Aarhus")
    assert answer.endswith("Country (9/18)\nIn which country?")


def test_the_same_practice_sent_twice_is_there_once(ada: Chat) -> None:
    """Within a day the title tells that it is the same; another member's is another."""
    ada.say(ADA, WINTER)
    assert ada.say(ADA, field("Title", "cycling  in WINTER")) == (
        "You have shared this already: #1 Cycling in winter. I have not added it a second time."
        " To change it, write edit 1."
    )
    assert "#2 Über den Fluss" in ada.say(ADA, field("Title", "Über den Fluss"))
    assert "already: #2" in ada.say(ADA, field("Title", "ÜBER DEN FLUSS"))
    register(ada, BEN)
    assert "#3 Cycling in winter" in ada.say(BEN, WINTER)
    ada.clock.forward(days=1, seconds=1)
    assert "#4 Cycling in winter" in ada.say(ADA, WINTER)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (("Title", "x" * 101), "Title: That is 101 characters; at most 100 fit. Please shorten it by 1."),
        (
            ("Links", "ftp://example.org"),
            "Links: “ftp://example.org” is not a web address. It has to begin with https:// or http://.",
        ),
        (
            ("Links", " ".join(f"https://example.org/{number}" for number in range(6))),
            "Links: That is 6 links; at most 5 fit.",
        ),
        (
            ("SDGs", "18"),
            "SDGs: Please give the numbers of the goals, from 1 to 17, for example 7, 11.",
        ),
        (("Year started", "2029"), "Year started: Please give a year between 1900 and 2028."),
        (
            ("Country", "Germny"),
            "Country: I don't know a country “Germny”. Did you mean Germany or Guernsey?",
        ),
        (
            ("Themes", "housing, mobility, culture, poverty"),
            "Themes: That is 4 themes; please choose at most 3.",
        ),
        (("Themes", "xyzzy"), "Themes: I don't know a theme “xyzzy”. themes lists all of them."),
        (
            ("Translation of", "77"),
            "Translation of: There is no practice with the number #77.",
        ),
        (("Size class", "huge"), "Size class: Please choose one: S (under 100,000), M (100,000 to 500,000),"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(ada: Chat, changed: tuple[str, str], told: str) -> None:
    """Each wrong field with its reason."""
    answer = ada.say(ADA, field(*changed))
    assert answer.startswith(f"One field is not right yet. Everything else is noted.\n\n• {told}")
    with ada.reading() as tx:
        assert practices.everything(tx) == []


def test_a_form_is_told_all_its_faults_at_once(ada: Chat) -> None:
    """Nobody mends a form one message at a time."""
    answer = ada.say(ADA, field("Title", "x" * 101) + "\nSDGs: none")
    assert answer.startswith("2 fields are not right yet.")
    assert answer.count("\n• ") == 2


def test_only_what_is_wrong_in_a_form_is_asked_again(ada: Chat) -> None:
    """The rest of a long text need not be sent twice."""
    asked = ada.say(ADA, field("Country", "Germny") + "\nSDGs: none")
    assert "Country (1/2)" in asked
    assert "SDGs (2/2)" in ada.say(ADA, "Germany")
    whole = ada.say(ADA, "13")
    assert whole.startswith("Here is everything once more:")
    assert "• Title: " in whole
    assert "• Country: Germany\n" in whole
    assert "• SDGs: 13" in whole
    assert "#1" in ada.say(ADA, "yes")
    with ada.reading() as tx:
        saved = practices.everything(tx)
    assert [(one.country, one.sdgs) for one in saved] == [("DE", [13])]


def test_only_members_share(chat: Chat) -> None:
    """A guest is told how to become one."""
    assert chat.say(BEN, WINTER) == (
        "This is for registered members. Registering takes about two minutes: write register."
    )


def test_a_share_that_cannot_be_indexed_leaves_nothing(ada: Chat) -> None:
    """Practice, history, answer and index are one transaction."""
    with ada.database.write() as tx:
        tables = tx.connection.scalars(
            text("SELECT name FROM sqlite_master WHERE name LIKE 'search%' AND sql LIKE '%fts5%'")
        ).all()
        for name in tables:
            tx.connection.execute(text(f"DROP TABLE {name}"))
    assert tables
    with pytest.raises(Exception, match="no such table"):
        ada.say(ADA, WINTER)
    with ada.reading() as tx:
        assert practices.everything(tx) == []
        assert practices.steps(tx, 1) == []
        assert tx.connection.scalar(text("SELECT count(*) FROM outbox")) == 0


def test_what_members_write_is_never_markup(ada: Chat) -> None:
    """HTML is text, Markdown is text, `@room` rings for nobody, and directions end where they should."""
    ada.say(
        ADA,
        field("Title", "<b>Bikes</b> & **snow** @room \u202eabc 🚲").replace(
            "Not measured yet.", "<script>x</script>"
        ),
    )
    answer = ada.in_hub(ADA, "!practice 1")
    assert answer.startswith("#1 <b>Bikes</b> & **snow** @\u2060room \u202eabc 🚲\u202c\n")
    assert (
        "<strong>#1 &lt;b&gt;Bikes&lt;/b&gt; &amp; **snow** @\u2060room \u202eabc 🚲\u202c</strong>"
        in ada.html
    )
    assert ada.answers[0].content["m.mentions"] == {}
    ada.in_hub(MIA, "!pin 1")
    card = next(row for row in ada.answers if row.action == Action.MESSAGE)
    assert card.content["m.mentions"] == {}
    assert "<b>" not in card.content["formatted_body"]
    ada.in_hub(ADA, "!practice 1")
    ada.in_hub(ADA, "!more")
    assert "&lt;script&gt;x&lt;/script&gt;" in ada.html


def test_right_to_left_text_is_kept_to_the_letter(ada: Chat) -> None:
    """A title in Arabic comes back as it was written."""
    title = "مسارات الدراجات في الشتاء"
    assert f"#1 {title} is published" in ada.say(ADA, field("Title", title))
    assert ada.say(ADA, "1").startswith(f"#1 {title}\n")
