"""Guided dialogs: forwards, backwards, sideways, and what is remembered of them."""

from __future__ import annotations

import pytest

from commands.core import dialog
from commands.core.conversation import Conversation
from commands.core.registry import load
from storage import dialogs, outbox
from storage.outbox import Action
from tests.transcript import ADA, BEN, HUB, Chat


def begin(chat: Chat, *answers: str) -> str:
    """Ada registers, and has given some answers."""
    said = chat.say(ADA, "register")
    for answer in answers:
        said = chat.say(ADA, answer)
    return said


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("back", "back"),
        ("Zurück", "back"),
        ("BACK!", "back"),
        ("⬅️", "back"),
        ("⬅", "back"),
        ("skip", "skip"),
        ("-", "skip"),
        ("⏭️", "skip"),
        ("pause", "pause"),
        ("später.", "pause"),
        ("⏸️", "pause"),
        ("cancel", "cancel"),
        ("abbrechen", "cancel"),
        ("❌", "cancel"),
        ("yes", "yes"),
        ("ja", "yes"),
        ("👍", "yes"),
        ("✅", "yes"),
        ("back to the roots", None),
        ("", None),
        ("--", None),
        ("1", None),
    ],
)
def test_words_and_signs_that_steer(typed: str, meant: str | None) -> None:
    assert dialog.control(typed) == meant


def test_back_goes_through_all_answers(chat: Chat) -> None:
    """Each shows what was said; `skip` and `yes` both keep it."""
    begin(chat, "Ada", "Office", "city")
    assert "So far it says: City" in chat.say(ADA, "back")
    assert "So far it says: Office" in chat.say(ADA, "back")
    assert "So far it says: Ada" in chat.say(ADA, "back")
    assert chat.say(ADA, "back") == "This is the first question. To stop altogether, write cancel."
    assert chat.say(ADA, "yes").startswith("City (4/14)")


def test_a_changed_answer_stays_changed(chat: Chat) -> None:
    """Also where there is a proposal that was not taken."""
    begin(chat, "Ada", "Office", "city", "Lyon", "FR", "skip", "en", "housing", "skip", "skip", "London")
    assert "So far it says: Europe/London" in chat.say(ADA, "back")
    assert chat.say(ADA, "skip").startswith("Language with me (12/14)")
    with chat.reading() as tx:
        open_dialog = dialogs.get(tx, ADA, "register")
        assert open_dialog
        assert open_dialog.answers["timezone"] == "Europe/London"


def test_what_is_needed_can_not_be_skipped(chat: Chat) -> None:
    assert begin(chat, "skip") == "I do need this one. A short answer is enough."
    assert chat.say(ADA, "Ada").startswith("Organisation")


def test_a_wrong_answer_is_explained_and_asked_again(chat: Chat) -> None:
    assert begin(chat, "Ada", "Office", "castle") == (
        "Please choose one: City, Region, Municipality, Politics, Science or Business. The number is enough;"
        " cancel ends the form."
    )
    assert chat.say(ADA, "region").startswith("City (4/14)")


def test_several_answers_at_once(chat: Chat) -> None:
    """Whoever answers with a piece of the form is taken at their word."""
    assert begin(chat, "Name: Ada\nOrganisation: Office\nCity: Lyon").startswith("Kind (3/14)")


def test_pausing_and_going_on(chat: Chat) -> None:
    begin(chat, "Ada")
    assert chat.say(ADA, "pause") == "Paused; your answers are kept. Write resume whenever you like."
    assert chat.say(ADA, "ping") == "pong"
    assert chat.say(ADA, "resume") == (
        "Let's go on where you stopped.\n\nOrganisation (2/14)\nWhich organisation or office do you work for?"
    )
    chat.say(ADA, "pause")
    assert chat.say(ADA, "register").startswith("Let's go on where you stopped.")


def test_nothing_to_go_on_with_and_nothing_to_cancel(chat: Chat) -> None:
    assert chat.say(ADA, "resume") == "There is nothing to go on with: you have no open form."
    assert chat.say(ADA, "cancel") == "There is nothing to cancel: you have no open form."
    begin(chat, "Ada", "pause")
    assert chat.say(ADA, "cancel") == "Cancelled; your answers are thrown away and nothing has changed."
    assert chat.say(ADA, "cancel") == "There is nothing to cancel: you have no open form."


def test_commands_with_the_prefix_still_work(chat: Chat) -> None:
    """A command's bare word is asked back about, and is an answer in quotation marks."""
    begin(chat)
    assert chat.say(ADA, "!ping") == "pong"
    assert chat.say(ADA, "ping") == (
        "You are in the middle of a form. If you mean the command, write !ping. If “ping” is your answer,"
        " put it in quotation marks."
    )
    assert chat.say(ADA, "“ping”").startswith("Organisation")
    with chat.reading() as tx:
        open_dialog = dialogs.active(tx, ADA)
        assert open_dialog
        assert open_dialog.answers == {"name": "ping"}


def test_a_second_form_pauses_the_first(chat: Chat) -> None:
    begin(chat, "Ada")
    assert chat.say(ADA, "!forgetme").startswith("To be sure")
    with chat.reading() as tx:
        assert [(one.name, one.paused) for one in dialogs.of(tx, ADA)] == [
            ("farewell", False),
            ("register", True),
        ]
    assert chat.say(ADA, "no") == "Nothing was deleted."
    assert chat.say(ADA, "resume").startswith("Let's go on where you stopped.\n\nOrganisation")


def test_rooms_are_no_place_for_answers(chat: Chat) -> None:
    """What is said in a room is a command there and no answer."""
    begin(chat)
    assert chat.in_hub(ADA, "!ping") == "pong"
    with chat.reading() as tx:
        open_dialog = dialogs.active(tx, ADA)
        assert open_dialog
        assert open_dialog.answers == {}


def test_the_end_can_be_left_again(chat: Chat) -> None:
    """From the summary one can go back, change by label, or say something unclear."""
    begin(chat, "Ada", "Office", "1", "Lyon", "FR", "-", "en", "housing", "-", "-", "-", "-", "no", "yes")
    assert chat.say(ADA, "hm") == (
        "I am not sure what you mean. Write yes to save it, cancel to throw it away,"
        " or the name of a field, a colon and the new text, for example “Name: …”."
    )
    assert chat.say(ADA, "back").startswith("Consent (14/14)")
    assert chat.say(ADA, "skip").startswith("Here is everything once more:")
    assert chat.say(ADA, "Land").startswith("Country (5/14)")
    assert "• Country: Spain\n" in chat.say(ADA, "Spanien")
    assert "• Name: Eva\n" in chat.say(ADA, "Name: Eva\nStadt: Bilbao")
    assert chat.say(ADA, "City: " + "x" * 101).startswith("One field needs a change.")
    assert [row.content["key"] for row in chat.answers if row.action == Action.REACTION] == []
    assert chat.say(ADA, "yes").startswith("Welcome, Eva!")


def test_the_last_look_can_be_tapped(chat: Chat) -> None:
    begin(chat, "Ada", "Office", "1", "Lyon", "FR", "-", "en", "housing", "-", "-", "-", "-", "no", "yes")
    assert [row.content["key"] for row in chat.answers if row.action == Action.REACTION] == ["✅", "❌"]
    assert chat.react(ADA, "🎉") == ""
    assert chat.react(ADA, "❌") == "Cancelled; your answers are thrown away and nothing has changed."


def test_only_the_open_question_can_be_tapped_and_only_by_its_owner(chat: Chat) -> None:
    begin(chat, "Ada", "Office")
    assert chat.react(BEN, "1️⃣", room=chat.dm(ADA)) == ""
    assert chat.react(ADA, "🤷") == (
        "Please choose one: City, Region, Municipality, Politics, Science or Business. The number is enough;"
        " cancel ends the form."
    )
    chat.say(ADA, "pause")
    assert chat.react(ADA, "1️⃣") == ""


def test_questions_speak_the_language_of_the_person(chat: Chat) -> None:
    """In a dialog that began in German, and in another one once they chose."""
    assert chat.say(ADA, "anmelden").startswith("Willkommen")
    assert chat.say(ADA, "Ada").startswith("Organisation (2/14)\nFür welche")
    chat.say(ADA, "!language en")
    assert chat.say(ADA, "Office").startswith("Kind (3/14)\nWhat kind")


def test_a_restart_changes_nothing(chat: Chat) -> None:
    begin(chat, "Ada")
    chat.conversation = Conversation(load(), chat.network)
    assert chat.say(ADA, "Office").startswith("Kind (3/14)")


def test_a_dialog_that_began_in_a_room_goes_on_in_the_direct_chat(chat: Chat) -> None:
    """The question is no reply to what was said elsewhere."""
    chat.in_hub(ADA, "!register", **{"m.relates_to": {"rel_type": "m.thread", "event_id": "$root"}})
    pointer, question = chat.answers
    assert (pointer.lane, question.lane) == (HUB, chat.dm(ADA))
    assert pointer.content["m.relates_to"]["event_id"] == "$root"
    assert "m.relates_to" not in question.content
    assert chat.say(ADA, "Ada").startswith("Organisation")


def test_the_question_is_known_by_its_message(chat: Chat) -> None:
    begin(chat)
    with chat.reading() as tx:
        open_dialog = dialogs.active(tx, ADA)
        assert open_dialog
        assert open_dialog.prompt
        prompt = outbox.by_key(tx, open_dialog.prompt)
        assert prompt
        assert prompt.content["body"].startswith("Welcome to the")
