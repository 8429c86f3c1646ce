"""Changing a practice: one field, several, by dialog; by whom; and what follows from it."""

from __future__ import annotations

import pytest

from storage import practices
from storage.practices import Practice
from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BEN, HUB, MIA, Chat


@pytest.fixture
def shared(ada: Chat) -> Chat:
    """A network in which Ada shared a practice, #1."""
    ada.say(ADA, WINTER)
    return ada


def the_practice(chat: Chat) -> Practice:
    """Practice #1 as it is now."""
    with chat.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        tx.session.expunge(practice)
        return practice


def test_one_field_in_one_line(shared: Chat) -> None:
    """The earlier version is kept, and the search knows the new words and not the old ones."""
    assert shared.say(ADA, "edit 1 title Bikes on ice") == (
        "#1 Bikes on ice is changed: Title. The earlier version is kept."
    )
    assert the_practice(shared).version == 2
    with shared.reading() as tx:
        versions = practices.versions(tx, 1)
        assert [(one.version, one.content["title"], one.by) for one in versions] == [
            (1, "Cycling in winter", ADA)
        ]
    shared.say(ADA, "edit 1 Challenge Nobody dared to ride.")
    assert shared.say(ADA, "search bikes").startswith("One practice\n\n#1 Bikes on ice\n")
    assert "#1" not in shared.say(ADA, "search icy")


def test_several_fields_in_a_form(shared: Chat) -> None:
    """Labels in any language; a dash empties what is optional; what is not there stays."""
    answer = shared.say(ADA, "edit 1\nTitel: Bikes on ice\nResources: little\nsize class: -")
    assert answer == (
        "#1 Bikes on ice is changed: Title, Resources and Size class. The earlier version is kept."
    )
    practice = the_practice(shared)
    assert (practice.resources, practice.size_class, practice.evidence) == (
        "little",
        None,
        "Not measured yet.",
    )
    assert practice.version == 2


def test_a_label_of_two_words(shared: Chat) -> None:
    """The longest label that fits is meant."""
    assert "Seeking partners" in shared.say(ADA, "edit 1 seeking partners yes")
    assert "Year started" in shared.say(ADA, "edit 1 year started 2018")
    assert the_practice(shared).seeking_partners


def test_a_field_without_a_value_is_asked_for(shared: Chat) -> None:
    """A dialog of one question."""
    assert shared.say(ADA, "edit 1 title") == "\n\n".join(
        [
            "Title\nWhat is it called? Up to 100 characters.",
            "So far it says “Cycling in winter”. To keep that, write ok.",
        ]
    )
    assert shared.say(ADA, "x" * 101).startswith("That is 101 characters; at most 100 fit.")
    assert shared.say(ADA, "Bikes on ice").startswith(
        "Here is everything once more:\n\n• Title: Bikes on ice\n\nIs it right?"
    )
    assert shared.say(ADA, "yes").startswith("#1 Bikes on ice is changed: Title.")


def test_a_command_in_the_place_of_a_title_changes_nothing(shared: Chat) -> None:
    """Neither the practice nor its card."""
    shared.say(ADA, "edit 1 title")
    assert shared.say(ADA, "edit abc title x") == (
        "You are in the middle of a form. If you mean the command !edit abc title x, write run or tap ▶️."
        " If “edit abc title x” is your answer, write ok."
    )
    assert shared.say(ADA, "skip") == "#1 Cycling in winter says that already; nothing was changed."


def test_without_a_field_the_filled_form_is_handed_out(shared: Chat) -> None:
    """It comes to the direct chat, and comes back as it is without a change."""
    answer = shared.in_hub(ADA, "!edit 1")
    assert answer.startswith(
        "I have answered you in our direct chat.\n---\nThis is #1 Cycling in winter as a form."
    )
    form = answer[answer.index("!edit 1\n") :]
    assert (
        "Country: Belgium\nThemes: Climate adaptation; Mobility & urban planning\nLanguage: English\n" in form
    )
    assert shared.say(ADA, form) == "#1 Cycling in winter says that already; nothing was changed."
    changed = form.replace("Evidence: Not measured yet.", "Evidence: 12 % more cyclists.")
    assert shared.say(ADA, changed).startswith("#1 Cycling in winter is changed: Evidence.")
    assert the_practice(shared).version == 2


def test_the_same_again_makes_no_version(shared: Chat) -> None:
    """Nothing was changed, and that is said."""
    answer = shared.say(ADA, "edit 1 title Cycling in winter")
    assert answer == "#1 Cycling in winter says that already; nothing was changed."
    assert the_practice(shared).version == 1


NOT_YOURS = "Only its author and the moderators (for example Mia) can change #1."


def test_only_the_author_and_moderators_may(shared: Chat) -> None:
    """Others are told who can."""
    register(shared, BEN)
    assert shared.say(BEN, "edit 1 title Mine now") == NOT_YOURS
    assert shared.say(BEN, "edit 1") == NOT_YOURS
    assert the_practice(shared).title == "Cycling in winter"
    assert "#1 Better title is changed" in shared.say(MIA, "edit 1 title Better title")
    with shared.reading() as tx:
        assert [one.by for one in practices.versions(tx, 1)] == [MIA]


def test_a_field_that_is_none(shared: Chat) -> None:
    """The fields are listed, with an example."""
    answer = shared.say(ADA, "edit 1 headline New")
    assert answer.startswith(
        "“headline” is not a field of a practice. The fields are Title, Summary, Challenge,"
    )
    assert answer.endswith("For example: edit 12 title Cycle paths that stay clear all winter")


def test_a_field_that_is_nearly_one(shared: Chat) -> None:
    assert shared.say(ADA, "edit 1 Titl Bikes on ice") == (
        "I don't know the field “Titl”. Did you mean “Title”?"
    )


def test_a_dash_empties_an_optional_field(shared: Chat) -> None:
    """On one line as well, whatever the field is called; what is required stays."""
    shared.say(ADA, "bearbeiten 1 Beginn 2019")
    assert the_practice(shared).year_started == 2019
    assert shared.say(ADA, "bearbeiten 1 Beginn -").startswith("#1 Cycling in winter ist geändert")
    assert the_practice(shared).year_started is None
    assert shared.say(ADA, "bearbeiten 1 Titel –") == ("Diese Angabe brauche ich. Eine kurze Antwort genügt.")
    assert the_practice(shared).title == "Cycling in winter"


def test_what_stands_there_can_be_kept(shared: Chat) -> None:
    shared.say(ADA, "edit 1 title")
    assert shared.say(ADA, "ok") == "#1 Cycling in winter says that already; nothing was changed."


def test_a_wrong_value_changes_nothing(shared: Chat) -> None:
    """Neither the wrong field nor the right one beside it."""
    answer = shared.say(ADA, "edit 1\ntitle: Bikes on ice\nlinks: nowhere")
    assert "Links: “nowhere” is not a web address." in answer
    shared.say(ADA, "cancel")
    assert the_practice(shared).title == "Cycling in winter"
    assert shared.say(ADA, "edit 1 translation of 1") == "A practice cannot be a translation of itself."


def test_only_what_is_wrong_in_a_form_is_asked_again(shared: Chat) -> None:
    """What was right is kept, and what stands there is offered; in the direct chat, wherever it was said."""
    said = shared.in_hub(ADA, "!edit 1\ntitle: Bikes on ice\nyear started: 1066\nresources: little")
    assert "Year started: " in said
    assert "Title" not in said
    assert the_practice(shared).title == "Cycling in winter"
    said = shared.say(ADA, "2019")
    assert "• Title: Bikes on ice" in said
    assert "• Year started: 2019" in said
    assert shared.say(ADA, "yes").startswith("#1 Bikes on ice is changed: Title, Resources and Year started.")


def test_a_form_of_one_practice_does_not_end_in_another(shared: Chat) -> None:
    """Who is asked what was wrong in one and turns to another hears of both, and loses neither."""
    shared.say(ADA, WINTER.replace("Cycling", "Walking"))
    shared.say(ADA, "edit 1\ntitle: Bikes on ice\nyear started: 1066")
    said = shared.in_hub(ADA, "!edit 2\nresources: little\nyear started: 1066")
    assert "Year started: " in said
    assert "The form with “Bikes on ice” that you began earlier is still kept" in said
    assert "“Bikes on ice”" in shared.say(ADA, "!edit 2 title")
    shared.say(ADA, "resume")
    shared.say(ADA, "2019")
    assert shared.say(ADA, "yes").startswith("#1 Bikes on ice is changed: Title and Year started.")
    shared.say(ADA, "edit 2\nresources: little\nyear started: 1066")
    shared.say(ADA, "2019")
    assert shared.say(ADA, "yes").startswith("#2 Walking in winter is changed: Resources and Year started.")


def test_in_german(ada_de: Chat) -> None:
    """Word for word."""
    ada_de.say(ADA, WINTER)
    assert ada_de.say(ADA, "bearbeiten 1 Titel Radeln bei Eis") == (
        "#1 Radeln bei Eis ist geändert: Titel. Die frühere Fassung bleibt erhalten."
    )
    assert ada_de.say(ADA, "ändern 1 Größenklasse XL") == (
        "#1 Radeln bei Eis ist geändert: Größenklasse. Die frühere Fassung bleibt erhalten."
    )


def test_a_change_shows_on_the_cards_in_all_rooms(shared: Chat) -> None:
    """Each card in the language of its room."""
    shared.in_hub(MIA, "!pin 1 clear and reusable")
    shared.say(ADA, "edit 1 title Bikes on ice")
    card = shared.answers[0]
    assert (card.action, card.lane) == ("edit", HUB)
    assert card.content["body"].startswith("#1 Bikes on ice\nGhent clears its main cycle paths")
    assert "📌 Curated: clear and reusable" in card.content["body"]


def test_a_translation_whose_original_is_archived(shared: Chat) -> None:
    """It can still be edited, also with the whole form as it was sent."""
    german = WINTER.replace("Cycling in winter", "Radwege im Winter")
    shared.say(ADA, f"{german}\nTranslation of: #1")
    shared.say(ADA, "archive 1 It has ended")
    form = shared.say(ADA, "edit 2").partition("!")[2]
    assert "Translation of: #1" in form
    assert shared.say(ADA, form).startswith("#2 Radwege im Winter says that already;")
    changed = shared.say(ADA, form.replace("Radwege im Winter", "Radwege im Eis"))
    assert "#2 Radwege im Eis" in changed
    shared.say(ADA, WINTER.replace("Cycling", "Walking"))
    assert "#1 “Cycling in winter” has been archived" in shared.say(ADA, "edit 3 translation of #1")
    assert "There is no practice with the number #9" in shared.say(ADA, "edit 3 translation of 9")
