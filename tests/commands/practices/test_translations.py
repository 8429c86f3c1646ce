"""Short versions in other languages: written, found, shown, and known to be out of date."""

from __future__ import annotations

import json

import pytest

from commands.core.registry import load
from commands.practices.transfer import BadRecord, Outcome, export_json, import_record
from storage.outbox import Action
from tests import golden
from tests.commands.practices.network import WINTER, bring, register, starter
from tests.transcript import ADA, BEN, HUB, MIA, Chat

FORM = "translate 1 de\nTitle: Winterdienst auf Radwegen\nSummary: Gent räumt bis sieben Uhr, mit Sole."
FORM_DE = (
    FORM.replace("translate", "übersetzen").replace("Title", "Titel").replace("Summary", "Zusammenfassung")
)


@pytest.fixture
def winter(ada: Chat) -> Chat:
    """A network in which Ada, who chose English, has shared a practice."""
    ada.say(ADA, "language en")
    ada.say(ADA, WINTER)
    return ada


def test_one_message_is_enough(winter: Chat) -> None:
    """It says what became of it, and how to change or remove it."""
    assert winter.say(ADA, FORM) == (
        "Thank you! #1 Cycling in winter now has a short version in German. It is found and shown in that"
        " language.\n\n"
        "translate 1 de changes it, translate 1 de - takes it away."
    )


def test_the_dialog_asks_for_title_and_summary(winter: Chat) -> None:
    """Two questions, a last look, done; a second time it offers what stands there."""
    assert winter.say(ADA, "translate 1 german").startswith(
        "Title (1/2)\nWhat is it called in German? Up to 100 characters."
    )
    assert winter.say(ADA, "Winterdienst auf Radwegen").startswith("Summary (2/2)\n")
    assert "Winterdienst auf Radwegen" in winter.say(ADA, "Gent räumt bis sieben Uhr, mit Sole.")
    assert winter.say(ADA, "yes").startswith("Thank you! #1 Cycling in winter now has a short version")
    assert "Winterdienst auf Radwegen" in winter.say(ADA, "translate 1 de")
    winter.say(ADA, "Radwege ohne Eis")
    winter.say(ADA, "ok")
    assert winter.say(ADA, "yes").startswith(
        "The short version of #1 Cycling in winter in German is changed."
    )
    assert "Radwege ohne Eis" in winter.say(BEN, "zeige 1")
    assert "Gent räumt bis sieben Uhr, mit Sole." in winter.say(BEN, "zeige 1")


@pytest.mark.parametrize(
    ("network", "said", "answer"),
    [
        (
            "ada",
            "translate 1 de Freie Räder",
            "I can't tell which field “Freie Räder” belongs to. Each field begins on a line of its own with"
            " its name and a colon, for instance “Title: …”. Or write translate 1 de, and I ask for one field"
            " after the other.",
        ),
        (
            "ada_de",
            "übersetzen 1 de Wohnung: Kurz",
            "Ich weiß nicht, zu welchem Feld „Wohnung: Kurz“ gehört. Jedes Feld beginnt auf einer eigenen"
            " Zeile mit seinem Namen und einem Doppelpunkt, zum Beispiel „Titel: …“. Oder schreiben Sie"
            " übersetzen 1 de, dann frage ich nach einem Feld nach dem anderen.",
        ),
    ],
)
def test_text_without_labels_is_explained(
    network: str, said: str, answer: str, request: pytest.FixtureRequest
) -> None:
    """What a field looks like, and the command that asks for each."""
    chat: Chat = request.getfixturevalue(network)
    chat.say(ADA, f"language {chat.language}")
    chat.say(ADA, WINTER)
    assert chat.say(ADA, said) == answer


def test_a_dialog_about_another_practice_is_not_gone_on_with(winter: Chat) -> None:
    """What was answered for the one is not written to the other."""
    winter.say(ADA, WINTER.replace("Cycling in winter", "Cycling in summer"))
    winter.say(ADA, "translate 1 de")
    winter.say(ADA, "Winterdienst")
    assert "(1/2)" in winter.say(ADA, "!translate 2 de")


@pytest.mark.parametrize("network", ["ada", "ada_de"])
def test_how_it_is_shown(network: str, request: pytest.FixtureRequest) -> None:
    """In the reader's language the short version first, then the original; others see that there is one."""
    chat: Chat = request.getfixturevalue(network)
    bring(chat, *starter("bogota-ciclovia"))
    code, title, summary = {
        "en": ("en", "Every Sunday the street is ours", "Bogotá closes its avenues to cars on Sundays."),
        "de": ("de", "Sonntags gehört die Straße allen", "Bogotá sperrt sonntags seine Alleen für Autos."),
    }[chat.language]
    chat.say(MIA, f"translate 1 {code}\nTitle: {title}\nSummary: {summary}")
    chat.say(
        MIA, "translate 1 fr\nTitle: La rue est à nous\nSummary: Chaque dimanche, les avenues sont à pied."
    )
    body = chat.say(BEN, "!practice 1")
    golden.check(f"practices/short-version.{chat.language}.txt", f"{body}\n\n{'-' * 20}\n\n{chat.html}")
    chat.in_hub(MIA, "!pin 1")
    card = next(row for row in chat.answers if row.action == Action.MESSAGE and title in row.content["body"])
    golden.check(f"practices/short-card.{chat.language}.txt", str(card.content["body"]))


def test_it_is_found_in_its_language(winter: Chat) -> None:
    """By words that only the short version has, with German endings; gone when it is gone."""
    assert "#1" not in winter.say(BEN, "search Solemaschine Winterdienste")
    winter.say(ADA, FORM)
    assert winter.say(BEN, "search Winterdienste").startswith("One practice\n\n#1 Cycling in winter\n")
    assert "<strong>Winterdienst</strong> auf Radwegen" in winter.html
    winter.say(ADA, "translate 1 de -")
    assert "#1" not in winter.say(BEN, "search Winterdienste")


def test_a_list_shows_it_to_those_who_read_it(winter: Chat) -> None:
    """A German reader sees the German title, and that the original is in another language."""
    winter.say(ADA, FORM)
    assert winter.say(BEN, "suche radweg winter").startswith(
        "Ein Praxisbeispiel\n\n"
        "#1 Winterdienst auf Radwegen\n"
        "   Ghent, Belgien · Kurzfassung; das Original ist auf Englisch\n"
    )
    assert "#1 Cycling in winter\n   Ghent, Belgium\n" in winter.say(ADA, "search winter")


def test_the_editor_is_told_what_may_be_out_of_date(winter: Chat) -> None:
    """After a change of title or summary, with the command that mends it; readers see a mark until then."""
    winter.say(ADA, FORM)
    assert winter.say(ADA, "edit 1 lessons Start small.") == (
        "#1 Cycling in winter is changed: Lessons. The earlier version is kept."
    )
    assert winter.say(ADA, "edit 1 title Bikes on ice") == (
        "#1 Bikes on ice is changed: Title. The earlier version is kept.\n\n"
        "The short version in German may be out of date now. Please have a look at it:\n"
        "translate 1 de"
    )
    told = "Das Original wurde seither geändert; diese Kurzfassung ist vielleicht nicht mehr aktuell."
    assert told in winter.say(BEN, "zeige 1")
    assert "Also in short in German (may be out of date)" in winter.say(ADA, "practice 1")
    winter.say(ADA, FORM)
    assert told not in winter.say(BEN, "zeige 1")


@pytest.mark.parametrize(
    ("user", "typed", "told"),
    [
        (BEN, FORM, "Only its author and the moderators (for example Mia) can change #1."),
        (ADA, "translate 1 en", "#1 is written in English itself. To change it, write edit 1."),
        (ADA, "translate 1 fr -", "#1 has no short version in French."),
        (ADA, "translate 1 klingon", "I don't know a language “klingon”."),
        (ADA, "translate 9 de", "There is no practice with the number #9."),
        (
            ADA,
            "translate 1 fr\nTitle: Pistes en hiver",
            "A short version needs a title and a summary. translate 1 fr asks you for both.",
        ),
    ],
)
def test_what_is_refused(winter: Chat, user: str, typed: str, told: str) -> None:
    """With what was wrong, and what to do."""
    assert told in winter.say(user, f"!{typed}")


def test_a_moderator_may_write_one_too(winter: Chat) -> None:
    """And says it in German as well."""
    assert winter.say(MIA, FORM_DE).startswith(
        "Vielen Dank! #1 Cycling in winter hat jetzt eine Kurzfassung auf Deutsch."
    )


def test_cards_follow(winter: Chat) -> None:
    """The card in a German room turns into the short version as soon as there is one."""
    winter.in_hub(MIA, "!sprache --raum de")
    winter.in_hub(MIA, "!pin 1")
    winter.say(ADA, FORM)
    (card,) = [row for row in winter.answers if row.action == Action.EDIT]
    assert card.lane == HUB
    assert "#1 Winterdienst auf Radwegen" in card.content["body"]


def test_a_file_carries_them(winter: Chat) -> None:
    """Out and in again, changed and taken away by a later record."""
    winter.say(ADA, FORM)
    with winter.reading() as tx:
        (record,) = json.loads(export_json(tx))["practices"]
    assert record["short_versions"] == {
        "de": {"title": "Winterdienst auf Radwegen", "summary": "Gent räumt bis sieben Uhr, mit Sole."}
    }
    record["id"] = "copy"
    assert bring(winter, record, record) == [Outcome.ADDED, Outcome.UNCHANGED]
    assert "#2 Winterdienst auf Radwegen" in winter.say(BEN, "zeige 2")
    record["short_versions"]["de"]["title"] = "Radwege ohne Eis"
    assert bring(winter, record) == [Outcome.UPDATED]
    assert "#2 Radwege ohne Eis" in winter.say(BEN, "zeige 2")
    assert bring(winter, {**record, "short_versions": {}}) == [Outcome.UPDATED]
    assert "#2 Cycling in winter" in winter.say(BEN, "zeige 2")


def test_a_file_is_checked(winter: Chat) -> None:
    """A record with a short version that nobody could type is refused as a whole."""
    record = starter("bogota-ciclovia")[0] | {
        "short_versions": {"es": {"title": "a", "summary": "b"}, "de": {"title": "x" * 101}}
    }
    with winter.database.write("import") as tx, pytest.raises(BadRecord) as refused:
        import_record(tx, record)
    assert refused.value.reasons == [
        "short_versions: 'es' is not the code of another language",
        "short_versions: de: title: That is 101 characters; at most 100 fit. Please shorten it by 1.",
        "short_versions: de: summary: There is no text in it. Please write something.",
    ]


def test_what_a_person_wrote_is_theirs_to_see_and_stays_without_them(winter: Chat) -> None:
    """The text stays with the practice, the name goes; with the practice all of it goes."""
    winter.say(ADA, FORM)
    (holding,) = [one for one in load().holdings if one.table == "practice_translation"]
    assert holding.export
    assert holding.erase
    with winter.database.write("forget") as tx:
        assert [one["title"] for one in holding.export(tx, ADA)] == ["Winterdienst auf Radwegen"]
        holding.erase(tx, ADA, False)
        assert holding.export(tx, ADA) == []
    assert "Winterdienst auf Radwegen" in winter.say(BEN, "zeige 1")
    register(winter, BEN)
