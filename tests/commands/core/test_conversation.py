"""From words to commands: who is meant, who may, what is answered, and what never happens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import inbox, outbox, rooms
from storage.inbox import Kind
from storage.outbox import Action, OutboxState
from storage.rooms import Room
from tests.transcript import ADA, BEN, BOT, HUB, MIA, OUT, Chat


def test_an_answer_refers_to_its_command_stays_in_its_thread_and_pings_nobody(chat: Chat) -> None:
    relation = {"rel_type": "m.thread", "event_id": "$root"}
    assert chat.in_hub(ADA, "!ping", **{"m.relates_to": relation}) == "pong"
    (answer,) = chat.answers
    assert (answer.lane, answer.answers) == (HUB, chat.last_event)
    assert answer.content == {
        "msgtype": "m.notice",
        "body": "pong",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p>pong</p>",
        "m.mentions": {},
        "m.relates_to": {
            "rel_type": "m.thread",
            "event_id": "$root",
            "is_falling_back": False,
            "m.in_reply_to": {"event_id": chat.last_event},
        },
    }


@pytest.mark.parametrize(
    "said",
    [
        "!ping",
        "@proxenos ping",
        "Proxenos: ping",
        "proxenos, PING",
        "!Ping!",
        "@proxenos:test.localhost ping",
    ],
)
def test_in_a_room_the_bot_is_called(chat: Chat, said: str) -> None:
    assert chat.in_hub(ADA, said) == "pong"


@pytest.mark.parametrize("said", ["ping", "!ping", "Proxenos: ping", "PING"])
def test_in_a_direct_chat_it_need_not_be(chat: Chat, said: str) -> None:
    assert chat.say(ADA, said) == "pong"


def test_what_is_no_command_in_a_direct_chat_is_a_search(chat: Chat) -> None:
    """Even where it begins with a command that takes nothing more."""
    for said in ("bicycles in winter", "about bicycles in winter"):
        assert not chat.say(ADA, said).startswith("I don't know the command")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("!pnig", "I don't know the command “pnig”. Did you mean !ping? Write !help to see everything."),
        (
            "!registr",
            "I don't know the command “registr”. Did you mean !register? Write !help to see everything.",
        ),
        (
            "!qqqqqq",
            "I don't know the command “qqqqqq”. To search for it, write !search qqqqqq; !help shows"
            " everything I can do.",
        ),
        ("@proxenos", "How can I help? Write !help to see what I can do."),
    ],
)
def test_typing_errors_get_a_suggestion(chat: Chat, said: str, answer: str) -> None:
    assert chat.in_hub(ADA, said) == answer


def test_a_suggestion_is_in_the_language_of_the_room(chat_de: Chat) -> None:
    assert chat_de.in_hub(ADA, "!hilf") == (
        "Den Befehl „hilf“ kenne ich nicht. Meinten Sie !hilfe? Mit !hilfe sehen Sie alles."
    )


def test_wrong_arguments_get_what_was_wrong_and_an_example(
    chat: Chat,
) -> None:
    assert chat.in_hub(ADA, "!ping once more") == (
        "I don't know what to do with “once more”.\n\nFor example: !ping"
    )
    assert chat.in_hub(ADA, "!language --colour de") == (
        "I don't know the option “--colour”; there is --room.\n\nFor example: !language de"
    )


def test_a_missing_right_gets_who_has_it(chat: Chat) -> None:
    """And a pointer to the way there."""
    assert chat.say(OUT, "register") == (
        "This is for people in our main room. Please join #ud-hub:test.localhost first, then try again."
    )
    assert chat.say(ADA, "profile") == (
        "This is for registered members. Registering takes about two minutes: write register."
    )
    assert chat.in_hub(ADA, "!language --room de") == "Only moderators can do this. You can ask Mia."


def test_moderators_are_who_has_the_power(chat: Chat) -> None:
    """The level in the main room decides, creators of new rooms stand above all."""
    with chat.database.write("$power") as tx:
        hub = rooms.get(tx, HUB)
        assert hub
        hub.power_levels = {"users": {BEN: 49, ADA: 50}}
        hub.creators = [MIA]
    assert chat.in_hub(BEN, "!language --room de") == "Only moderators can do this. You can ask Ada or Mia."
    assert chat.in_hub(ADA, "!language --room de").startswith("Ab jetzt")
    assert chat.in_hub(MIA, "!language --room en").startswith("From now on")


def test_who_was_banned_is_no_guest_any_more(chat: Chat) -> None:
    with chat.database.write("$ban") as tx:
        rooms.keep_member(tx, HUB, ADA, "ban")
    assert chat.say(ADA, "register").startswith("This is for people in our main room.")


# --- languages


def test_the_language_of_a_room_holds_for_everybody_there(chat: Chat) -> None:
    with chat.database.write("$language") as tx:
        hub = rooms.get(tx, HUB)
        assert hub
        hub.language = "de"
    chat.say(ADA, "language en")
    assert chat.in_hub(ADA, "!qqqqqq").startswith("Den Befehl „qqqqqq“")
    assert chat.say(ADA, "!qqqqqq").startswith("I don't know")


def test_a_german_word_is_answered_in_german(chat: Chat) -> None:
    """Where nothing else was settled."""
    assert chat.in_hub(ADA, "!über").startswith("Ich bin Proxenos")
    assert chat.in_hub(ADA, "!about").startswith("I am Proxenos")
    chat.say(ADA, "language en")
    assert chat.in_hub(ADA, "!über").startswith("I am Proxenos")


# --- what is no message


def test_what_is_no_text_is_answered_in_direct_chats(chat: Chat) -> None:
    image = {"msgtype": "m.image", "body": "cat.jpg", "url": "mxc://test.localhost/cat"}
    assert chat.event(ADA, Kind.MESSAGE, image) == (
        "I can only read text so far. Please write to me what you are looking for, or say help."
    )


@pytest.mark.parametrize(
    ("inviter", "action"), [("@new:test.localhost", Action.JOIN), ("@new:evil.example", Action.LEAVE)]
)
def test_invitations_of_known_servers_are_accepted(chat: Chat, inviter: str, action: Action) -> None:
    with chat.database.write("$invite") as tx:
        tx.session.add(Room(room_id="!new:x", membership="invite", inviter=inviter))
    assert chat.event(inviter, Kind.INVITE, {}, room="!new:x") == ""
    assert [row.action for row in chat.answers] == [action]


def test_a_bug_is_answered_with_its_reference(chat: Chat, chat_event: inbox.InboxEvent) -> None:
    """And nothing of the inside is shown."""
    with chat.database.write("$bug") as tx:
        chat.conversation.apologise(tx, chat_event, "abc-123")
        (row,) = outbox.pending(tx, [chat.dm(ADA)])[chat.dm(ADA)]
    assert row.content["body"] == (
        "Sorry, something went wrong on my side, and nothing was changed. Please try again; if it happens"
        " once more, give the operator this reference: abc-123."
    )


@pytest.fixture
def chat_event(chat: Chat) -> inbox.InboxEvent:
    """A message of Ada's."""
    return inbox.InboxEvent(
        event_id="$bug",
        room_id=chat.dm(ADA),
        sender=ADA,
        kind=Kind.MESSAGE,
        content={"msgtype": "m.text", "body": "ping"},
        sent_at=chat.clock.now,
        received_at=chat.clock.now,
    )


# --- edits


def test_an_edited_question_is_answered_anew_in_place(chat: Chat) -> None:
    chat.in_hub(ADA, "!hepl")
    said = chat.last_event
    assert chat.edit(ADA, said, "!ping", room=HUB) == "pong"
    assert [row.action for row in chat.answers] == [Action.EDIT]
    assert chat.edit(ADA, said, "!about", room=HUB).startswith("I am Proxenos")


def test_an_edit_that_says_the_same_is_passed_over(chat: Chat) -> None:
    chat.in_hub(ADA, "!ping")
    assert chat.edit(ADA, chat.last_event, "  !ping", room=HUB) == ""


def test_an_edit_does_not_undo_what_was_done(chat: Chat) -> None:
    chat.in_hub(MIA, "!language --room de")
    said = chat.last_event
    assert chat.edit(MIA, said, "!language --room en", room=HUB) == (
        "Auf diese Nachricht hatte ich schon reagiert, die Änderung bewirkt deshalb nichts mehr."
        " Bitte schreiben Sie es noch einmal als neue Nachricht."
    )


def test_an_edit_after_five_minutes_is_explained(chat: Chat) -> None:
    chat.in_hub(ADA, "!hepl")
    said = chat.last_event
    chat.clock.forward(minutes=6)
    assert chat.edit(ADA, said, "!ping", room=HUB) == (
        "You changed a message that is more than five minutes old, so I left everything as it was."
        " Please send it again as a new message."
    )


def test_a_message_can_become_a_command_by_an_edit(chat: Chat) -> None:
    """Because its prefix was missing; what was no command stays nobody's business."""
    assert chat.edit(ADA, "$never-heard", "!ping", room=HUB) == "pong"
    assert chat.edit(ADA, "$never-heard-2", "just talking", room=HUB) == ""


# --- nothing breaks it

TEXTS = (
    st.text(max_size=200)
    | st.builds(
        lambda word, rest: f"!{word} {rest}",
        st.sampled_from(["register", "profile", "profile edit", "who", "language", "themes", "help", "form"]),
        st.text(max_size=80),
    )
    | st.sampled_from(["\u202e!help", "!help\0", "!" * 500, "\n\n!ping", "!ping\ud83d", "&lt;", "💥" * 300])
)


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(TEXTS)
def test_no_message_breaks_the_bot(chat: Chat, said: str) -> None:
    """Every exception but a `UserError` would come through here as a bug."""
    said = said.encode("utf-8", "replace").decode().replace("\0", "")
    chat.say(BEN, said)
    chat.in_hub(MIA, said)
    chat.say(BEN, "!cancel")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"msgtype": "m.text"},
        {"msgtype": "m.text", "body": 7},
        {"msgtype": "m.text", "body": "!ping", "m.relates_to": {"rel_type": ["m.thread"]}},
        {"m.new_content": {"body": "!ping"}, "m.relates_to": {"rel_type": "m.replace", "event_id": "$x"}},
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$x", "key": "👍"}},
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$x"}},
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_no_content_breaks_the_bot(chat: Chat, kind: Kind, content: dict[str, Any]) -> None:
    for room in (None, HUB, "!never-heard:x"):
        chat.event(ADA, kind, content, room=room)
        assert all(row.state == OutboxState.PENDING for row in chat.answers)


def test_the_bot_is_known_by_its_own_name_in_the_room(chat: Chat) -> None:
    with chat.database.write("$name") as tx:
        rooms.keep_member(tx, HUB, BOT, "join", "Botschaft")
    assert chat.in_hub(ADA, "Botschaft: ping") == "pong"
