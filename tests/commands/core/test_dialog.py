"""Guided dialogs: forwards, backwards, sideways, and what is remembered of them."""

from __future__ import annotations

import pytest

from commands.core import dialog
from commands.core.conversation import Conversation
from commands.core.registry import load
from storage import dialogs, outbox
from storage.outbox import Action
from tests.commands.members.people import ADA_FORM
from tests.commands.practices.network import WINTER, register
from tests.transcript import ADA, BEN, HUB, Chat


def begin(chat: Chat, *answers: str) -> str:
    """Ada registers, and has given some answers."""
    said = chat.say(ADA, "register")
    for answer in answers:
        said = chat.say(ADA, answer)
    return said


def answers(chat: Chat) -> dict[str, object]:
    """What Ada has answered so far."""
    with chat.reading() as tx:
        open_dialog = dialogs.active(tx, ADA)
        assert open_dialog
        return open_dialog.answers


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
    assert "So far it says “City”" in chat.say(ADA, "back")
    assert "So far it says “Office”" in chat.say(ADA, "back")
    assert "So far it says “Ada”" in chat.say(ADA, "back")
    assert chat.say(ADA, "back") == "This is the first question. To stop altogether, write cancel."
    assert chat.say(ADA, "yes").startswith("City (4/14)")


def test_a_changed_answer_stays_changed(chat: Chat) -> None:
    """Also where there is a proposal that was not taken."""
    begin(chat, "Ada", "Office", "city", "Lyon", "FR", "skip", "en", "housing", "skip", "skip", "London")
    assert "So far it says “Europe/London”" in chat.say(ADA, "back")
    assert chat.say(ADA, "skip").startswith("Language with me (12/14)")
    with chat.reading() as tx:
        open_dialog = dialogs.get(tx, ADA, "register")
        assert open_dialog
        assert open_dialog.answers["timezone"] == "Europe/London"


def test_what_is_needed_can_not_be_skipped(chat: Chat) -> None:
    """The question is asked again."""
    told = begin(chat, "skip")
    assert told.startswith("I do need this one. A short answer is enough.\n\nName (1/14)")
    assert "skip" not in chat.say(ADA, "help")
    assert chat.say(ADA, "Ada").startswith("Organisation")
    for said in ("Office", "city", "Lyon", "FR"):
        chat.say(ADA, said)
    assert "skip leaves a question out" in chat.say(ADA, "help")


def test_a_wrong_answer_is_explained_and_asked_again(chat: Chat) -> None:
    assert begin(chat, "Ada", "Office", "castle") == (
        "Please choose one: City, Region, Municipality, Politics, Science or Business. The number is enough;"
        " cancel ends the form."
    )
    assert chat.say(ADA, "region").startswith("City (4/14)")


def test_several_answers_at_once(chat: Chat) -> None:
    """Whoever answers with a piece of the form is taken at their word."""
    assert begin(chat, "Name: Ada\nOrganisation: Office\nCity: Lyon").startswith("Kind (3/14)")


def test_lines_on_fields_that_are_not_asked_for(chat: Chat) -> None:
    """Where only one is asked, what is said on others is taken, too, and asked about where it is wrong."""
    register(chat)
    chat.say(ADA, "profile edit city")
    asked = chat.say(ADA, "City: Paris\nKind: nope")
    assert asked.startswith("One field is not right yet. Everything else is noted.\n\n• Kind: Please choose")
    assert "\n\nKind (1/2)\n" in asked
    assert "• Kind: Region\n• City: Paris\n" in chat.say(ADA, "region")


def test_lines_on_other_fields_of_a_form_with_one_mistake(chat: Chat) -> None:
    """Its rest is not closed because only the mistake is asked about."""
    chat.say(ADA, ADA_FORM.replace("France", "Xyzland"))
    asked = chat.say(ADA, "Country: France\nTime zone: Paris\nKind: nope")
    assert "\n\nKind (1/3)\n" in asked
    assert "• Kind: Region\n• City: Lyon\n• Country: France\n" in chat.say(ADA, "region")


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
    assert chat.say(ADA, "cancel") == "Cancelled; your answers are discarded and nothing has changed."
    assert chat.say(ADA, "cancel") == "There is nothing to cancel: you have no open form."


def test_commands_with_the_prefix_still_work(chat: Chat) -> None:
    """A command's bare word is asked back about, and is an answer at once in quotation marks."""
    begin(chat)
    assert chat.say(ADA, "!ping") == "pong"
    assert chat.say(ADA, "ping") == (
        "You are in the middle of a form. If you mean the command !ping, write run or tap ▶️. If “ping” is"
        " your answer, write ok."
    )
    assert chat.say(ADA, "“ping”").startswith("Organisation")
    with chat.reading() as tx:
        open_dialog = dialogs.active(tx, ADA)
        assert open_dialog
        assert open_dialog.answers == {"name": "ping"}


@pytest.mark.parametrize(
    "said",
    [
        "suche Radwege in Freiburg",
        "search cycle paths",
        "practice 12",
        "edit 12 title New",
        "profile edit city Lyon",
        "who climate",
        "pin 12 clear",
        "form share",
        "share\ntitle: Bikes",
    ],
)
def test_a_command_is_no_answer_until_that_is_said(chat: Chat, said: str) -> None:
    """Nothing is thrown away: "ok" takes it, and the command is one sign away."""
    begin(chat)
    shown, command = (said, said) if "\n" not in said else ("share…", "share …")
    assert chat.say(ADA, said) == (
        f"You are in the middle of a form. If you mean the command !{command}, write run or tap ▶️."
        f" If “{shown}” is your answer, write ok."
    )
    assert [row.content["key"] for row in chat.answers if row.action == Action.REACTION] == ["✅", "▶️"]
    assert answers(chat) == {}
    assert chat.say(ADA, "ok").startswith("Organisation")
    assert answers(chat) == {"name": " ".join(said.split())}


def test_a_command_that_was_no_answer_is_forgotten_with_the_next_one(chat: Chat) -> None:
    begin(chat)
    chat.say(ADA, "search cycle paths")
    chat.say(ADA, "Ada")
    assert answers(chat) == {"name": "Ada"}
    chat.say(ADA, "search cycle paths")
    assert chat.react(ADA, "✅").startswith("Kind")
    assert answers(chat) == {"name": "Ada", "organisation": "search cycle paths"}


def test_a_command_that_can_be_no_answer_and_only_reads_is_carried_out(chat: Chat) -> None:
    """At once, and the question is asked again."""
    begin(chat, "Ada", "Office")
    chat.say(ADA, "themes climate")
    shown, asked = chat.answers
    assert "Climate adaptation" in shown.content["body"]
    assert asked.content["body"].startswith("Let's go on where you stopped.\n\nKind (3/14)\n")
    assert chat.say(ADA, "city").startswith("City")


@pytest.mark.parametrize(("said", "then"), [("yes", "Your time zone is now"), ("no", "Contact visible")])
def test_a_yes_to_a_command_that_can_be_no_answer_is_for_the_command(
    chat: Chat, said: str, then: str
) -> None:
    """It would otherwise answer what is asked, whatever that is; a no to it leaves the question open."""
    begin(chat, "Ada", "Office", "city", "Lyon", "France", "skip", "English", "housing", "skip", "skip")
    while "Contact visible (" not in chat.say(ADA, "help"):
        chat.say(ADA, "ok")
    assert "If you mean the command !timezone Kyiv" in chat.say(ADA, "timezone Kyiv")
    told = chat.say(ADA, said)
    assert told.startswith(then)
    assert "Contact visible (" in told
    assert "contact_visible" not in answers(chat)


def test_who_wants_to_go_on_sees_the_question(chat: Chat) -> None:
    """In German the same word skips one that was just put, but not another day."""
    begin(chat, "Ada", "Office", "city", "Lyon", "France")
    assert "Population (6/14)" in chat.say(ADA, "resume")
    chat.clock.forward(days=2)
    assert "Population (6/14)" in chat.say(ADA, "weiter")
    assert "Languages (7/14)" in chat.say(ADA, "weiter")
    assert "Languages (7/14)" in chat.say(ADA, "skip")  # which has to be answered


def test_the_question_is_asked_again_after_a_refusal(chat: Chat) -> None:
    begin(chat, "Ada", "Office")
    chat.say(ADA, "practice 77")
    refused, asked = chat.answers
    assert "#77" in refused.content["body"]
    assert asked.content["body"].startswith("Let's go on where you stopped.\n\nKind (3/14)\n")


def test_a_command_that_can_be_no_answer_and_does_something_is_only_offered(chat: Chat) -> None:
    """What says yes or no elsewhere may be meant for the question that is open."""
    begin(chat, "Ada", "Office")
    assert chat.say(ADA, "watch climate").startswith(
        "You are in the middle of a form. If you mean the command !watch climate, write run or tap ▶️;"
        " cancel ends the form. My question is still open:\n\n"
        "Kind (3/14)\nWhat kind of organisation is it?"
    )
    assert chat.say(ADA, "city").startswith("City")


@pytest.mark.parametrize(
    "said",
    [
        "Wer mag, übernimmt eine Baumscheibe, bekommt Saatgut und einen Gießplan.",
        "Neu ist nur, dass gemessen wird.",
        "Share bikes are cleared first!",
    ],
)
def test_a_sentence_is_an_answer_where_sentences_are_asked_for(chat: Chat, said: str) -> None:
    """Also one that begins like a command; in a short field the command is offered as it can be said."""
    register(chat)
    chat.say(ADA, "share")
    asked = chat.say(ADA, said)
    assert "…" not in asked.split("If you mean the command ")[1].split(", write")[0].removesuffix(" …")
    assert ".." not in asked
    chat.say(ADA, "Trees")
    assert chat.say(ADA, said).startswith("Challenge (3/18)")
    assert answers(chat) == {"title": "Trees", "summary": said}


def test_commands_are_still_no_sentences(chat: Chat) -> None:
    """A number behind the word, or no end: more likely the command."""
    register(chat)
    chat.say(ADA, "share")
    chat.say(ADA, "Trees")
    for said in ("outcome 1 Twelve kilometres are clear.", "who climate in small cities"):
        assert chat.say(ADA, said).startswith("You are in the middle of a form.")


@pytest.mark.parametrize("said", ["ok", "ja", "👍"])
def test_one_ok_too_many_is_no_answer(chat: Chat, said: str) -> None:
    """The question is asked again."""
    begin(chat)
    told = chat.say(ADA, said)
    assert told.startswith("There is nothing to confirm here. Please answer the question:\n\nName (1/14)")
    assert answers(chat) == {}


def test_prose_and_labels_that_begin_like_a_command_are_answers(chat: Chat) -> None:
    begin(chat, "Ada")
    prose = (
        "Members and secretariat of the council of municipalities and regions around the lake,"
        " international office and events"
    )
    assert chat.say(ADA, prose).startswith("Kind")
    assert answers(chat) == {"name": "Ada", "organisation": prose}
    assert chat.say(ADA, "Languages: en\nKind: city").startswith("City")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("cancel", "Cancelled; your answers are discarded and nothing has changed."),
        ("pause", "Paused; your answers are kept. Write resume whenever you like."),
        ("back", "Name (1/14)"),
    ],
)
def test_words_that_steer_are_never_too_late(chat: Chat, said: str, answer: str) -> None:
    begin(chat, "Ada")
    chat.clock.forward(hours=30)
    assert chat.say(ADA, said).startswith(answer)


def test_a_late_answer_is_held_until_a_yes(chat: Chat) -> None:
    """Who comes back may begin with something else; whatever it was, it is not thrown away."""
    begin(chat, "Ada")
    chat.clock.forward(hours=30)
    assert chat.say(ADA, "City of Lyon, international office") == (
        "Let's go on where you stopped.\n\n"
        "Organisation (2/14)\nWhich organisation or office do you work for?\n\n"
        "Is “City of Lyon, international office” your answer? Then write ok. Otherwise just write the right"
        " one."
    )
    assert chat.say(ADA, "ok").startswith("Kind (3/14)")
    assert answers(chat) == {"name": "Ada", "organisation": "City of Lyon, international office"}
    chat.clock.forward(hours=30)
    assert chat.say(ADA, "region").startswith("City (4/14)")  # one of the choices is clear at any time


def test_a_late_greeting_is_a_greeting(chat: Chat) -> None:
    begin(chat, "Ada")
    chat.clock.forward(hours=30)
    assert chat.say(ADA, "hello").startswith("Let's go on where you stopped.\n\nOrganisation (2/14)")
    assert chat.say(ADA, "Office").startswith("Kind (3/14)")


def test_an_answer_that_waited_for_the_bot_is_not_late(chat: Chat) -> None:
    """It counts when it was sent."""
    begin(chat, "Ada")
    assert chat.say(ADA, "Office", delay=2 * 3600).startswith("Kind (3/14)")


def test_an_edited_answer_takes_the_place_of_the_first(chat: Chat) -> None:
    """And the open question is asked once more."""
    begin(chat, "Adda")
    first = chat.last_event
    chat.say(ADA, "Ofice")
    assert chat.edit(ADA, chat.last_event, "Office").startswith("Organisation is now: Office\n\nKind (3/14)")
    assert chat.edit(ADA, first, "Ada").startswith("Name is now: Ada\n\nKind (3/14)")
    assert answers(chat) == {"name": "Ada", "organisation": "Office"}
    chat.clock.forward(minutes=6)
    assert chat.edit(ADA, first, "Eva").startswith("Name is now: Eva")
    assert chat.edit(ADA, first, "x" * 101).startswith("That is 101 characters")


def test_an_edit_that_corrects_no_answer_says_how(chat: Chat) -> None:
    """The form is left as it is, whatever the message was."""
    chat.say(ADA, "register")
    first = chat.last_event
    chat.say(ADA, "Ada")
    assert chat.edit(ADA, first, "search cycle paths") == (
        "I can't use this change: you are in the middle of a form. To correct an earlier answer, write back,"
        " and I ask for it once more. The answer to my last question comes as a new message."
    )
    assert answers(chat) == {"name": "Ada"}


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
    too_long = chat.say(ADA, "Organisation: Harbour\nCity: " + "x" * 101)
    assert too_long.startswith("One field is not right yet. Everything else is noted.\n\n• City: That is 101")
    assert too_long.endswith("So far it says “Bilbao”. To keep that, write ok.")
    assert [row.content["key"] for row in chat.answers if row.action == Action.REACTION] == []
    assert "• Organisation: Harbour\n• Kind: City\n• City: Bilbao\n" in chat.say(ADA, "ok")
    assert chat.say(ADA, "yes").startswith("Welcome, Eva!")


def test_the_last_look_can_be_tapped(chat: Chat) -> None:
    begin(chat, "Ada", "Office", "1", "Lyon", "FR", "-", "en", "housing", "-", "-", "-", "-", "no", "yes")
    assert [row.content["key"] for row in chat.answers if row.action == Action.REACTION] == ["✅", "❌"]
    assert chat.react(ADA, "🎉") == ""
    assert chat.react(ADA, "❌") == "Cancelled; your answers are discarded and nothing has changed."


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


DRAFT = ("share", "My long title", "A summary that took me twenty minutes.", "The challenge", "pause")
LACKING = f"!{WINTER.split('Transfer:')[0].strip()}"
WRONG = f"!{WINTER}\nCountry: Nowhereland"


def test_a_form_with_a_mistake_leaves_a_draft_that_waits(chat: Chat) -> None:
    """It may be about something else: what is wrong is told, and the draft can be gone on with."""
    register(chat)
    for said in DRAFT:
        chat.say(ADA, said)
    told = chat.say(ADA, WRONG)
    assert told == (
        "One field needs a change. Nothing was saved yet; please correct it and send the form again.\n\n"
        "• Country: I don't know a country “Nowhereland”. Did you mean United Kingdom or Netherlands?\n\n"
        "The form with “My long title” that you began earlier is still kept, and I can ask about only one of"
        " a kind at a time. resume goes on with it, cancel then discards it; after that, send this one again."
    )
    assert "• Transfer: There is no text in it." in chat.say(ADA, LACKING)
    assert chat.say(ADA, "resume").startswith("Let's go on where you stopped.\n\nSolution (4/18)")
    assert answers(chat)["title"] == "My long title"


def test_a_whole_form_leaves_a_draft_that_waits(chat: Chat) -> None:
    register(chat)
    for said in DRAFT:
        chat.say(ADA, said)
    assert "#1 Cycling in winter is published" in chat.say(ADA, f"!{WINTER}")
    assert chat.say(ADA, "resume").startswith("Let's go on where you stopped.\n\nSolution (4/18)")


def test_a_form_in_the_middle_of_a_dialog_goes_on_with_it(chat: Chat) -> None:
    """What it says counts, and what was answered before stays where it says nothing."""
    begin(chat, "Ada", "Office", "region", "pause")
    chat.say(ADA, "register\nCity: Lyon\nKind: nope\nName: Eva")
    chosen = {"name": "Eva", "organisation": "Office", "city": "Lyon"}
    assert answers(chat).items() >= chosen.items()
    chat.say(ADA, "city")
    chat.say(ADA, "register\nCountry: France")
    assert answers(chat).items() >= {**chosen, "kind": "city", "country": "FR"}.items()


def test_what_is_left_of_a_form_can_be_paused(chat: Chat) -> None:
    """The bare command goes on with it as well."""
    register(chat)
    chat.say(ADA, WRONG)
    chat.say(ADA, "pause")
    assert chat.say(ADA, "share").startswith("Let's go on where you stopped.\n\nCountry\n")
    assert answers(chat)["title"] == "Cycling in winter"


def test_the_question_is_known_by_its_message(chat: Chat) -> None:
    begin(chat)
    with chat.reading() as tx:
        open_dialog = dialogs.active(tx, ADA)
        assert open_dialog
        assert open_dialog.prompt
        prompt = outbox.by_key(tx, open_dialog.prompt)
        assert prompt
        assert prompt.content["body"].startswith("Welcome to the")


def test_a_command_is_carried_out_without_typing_it_again(chat: Chat) -> None:
    """By a tap or a word; then the open question stands there once more, as it was."""
    register(chat, BEN)
    chat.say(BEN, "offer")
    asked = chat.say(BEN, "offers")
    for tapped in (True, False):
        assert "▶️" in asked
        said = chat.react(BEN, "▶️") if tapped else chat.say(BEN, "Run!")
        shown, again = said.split("\n---\n")
        assert shown == chat.say(BEN, "!offers")
        assert again.startswith("Let's go on where you stopped.")
        asked = chat.say(BEN, "offers")
    chat.say(BEN, "Bus lanes for small towns")
    assert not chat.say(BEN, "run").startswith("You offer")  # it is not asked about any more


def test_a_command_that_can_be_no_answer_is_one_tap_away_as_well(chat: Chat) -> None:
    begin(chat, "Ada", "Office")
    chat.say(ADA, "timezone Kyiv")
    shown, again = chat.react(ADA, "▶️").split("\n---\n")
    assert shown.startswith("Your time zone is now Europe/Kyiv.")
    assert again.startswith("Let's go on where you stopped.\n\nKind (3/14)")


def test_help_on_a_command_is_given_in_the_middle_of_a_form(chat: Chat) -> None:
    begin(chat, "Ada")
    shown, again = chat.say(ADA, "help search").split("\n---\n")
    assert shown.startswith("search")
    assert again.startswith("Let's go on where you stopped.\n\nOrganisation (2/14)")
    assert answers(chat) == {"name": "Ada"}
    chat.say(ADA, "practice 12")
    assert "12" in chat.react(ADA, "▶️")
    assert chat.say(ADA, "Office").startswith("Kind (3/14)")
    assert chat.say(ADA, "help for families").startswith("You are in the middle of a form.")
