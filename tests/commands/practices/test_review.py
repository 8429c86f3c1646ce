"""From a draft to its readers: submitting, reviewing, returning; by command and by reaction, told to all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from commands.core.conversation import Conversation
from commands.core.registry import load
from storage import members, outbox, practices, rooms
from storage.inbox import Kind
from storage.outbox import Action, Delivered, OutboxRow
from storage.rooms import Room
from tests import golden
from tests.commands.practices.network import WINTER, WINTER_DE, register
from tests.transcript import ADA, BEN, BOT, HUB, MIA, Chat

MODS = "!mods:test.localhost"
TOM = "@tom:test.localhost"  # another moderator
TITLE = "#1 Cycling in winter"


@pytest.fixture
def reviewing(chat: Chat) -> Chat:
    """A network that reviews, with two moderators in a room of their own; Ada and Ben are members."""
    for user in (ADA, BEN):
        register(chat, user)
    with chat.database.write("room") as tx:
        hub = rooms.get(tx, HUB)
        assert hub
        hub.power_levels = {"users": {BOT: 100, MIA: 50, TOM: 50}}
        tx.session.add(Room(room_id=MODS, version="12", name="Moderators", people=3, since=tx.now))
        tx.session.add(Room(room_id=chat.dm(TOM), version="12", direct_with=TOM, people=2, since=tx.now))
        rooms.keep_member(tx, HUB, TOM, "join", "Tom")
        rooms.keep_member(tx, chat.dm(TOM), TOM, "join", "Tom")
        for user in (MIA, TOM, BOT):
            rooms.keep_member(tx, MODS, user, "join", user[1:4].title())
    return _with(chat, review=True, review_room=MODS)


def _with(chat: Chat, **settings: Any) -> Chat:
    chat.network = replace(chat.network, **settings)
    chat.conversation = Conversation(load(), chat.network)
    return chat


def deliver(chat: Chat) -> None:
    """Let everything that waits arrive, each as an event of its own."""
    with chat.database.write("deliver") as tx:
        for lane in outbox.waiting_lanes(tx):
            rows = outbox.pending(tx, [lane], 100)[lane]
            outbox.mark_sent(tx, [Delivered(row.key, lane, f"$sent-{row.key}") for row in rows])


def cards(chat: Chat) -> list[OutboxRow]:
    """The cards of submissions among what the bot said last."""
    return [row for row in chat.answers if (row.topic or "").startswith("review:")]


def tap(chat: Chat, user: str, card: OutboxRow, emoji: str) -> str:
    """Tap something on a card, wherever it is."""
    deliver(chat)
    relation = {"rel_type": "m.annotation", "event_id": f"$sent-{card.key}", "key": emoji}
    return chat.event(user, Kind.REACTION, {"m.relates_to": relation}, room=card.lane)


def reply(chat: Chat, user: str, to: OutboxRow, text: str) -> str:
    """Reply to a message of the bot, wherever it is."""
    deliver(chat)
    relation: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": f"$sent-{to.key}"}}}
    return chat.say(user, text, room=to.lane, **relation)


def status(chat: Chat) -> str:
    """Where practice #1 is in its life."""
    with chat.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        return practice.status


def told(chat: Chat, user: str) -> list[str]:
    """What the bot said last in somebody's direct chat."""
    return [
        str(row.content["body"])
        for row in chat.answers
        if row.lane == chat.dm(user) and row.action == Action.MESSAGE
    ]


def test_the_queue_is_read_at_once(reviewing: Chat) -> None:
    """However much waits, and from however many."""
    reviewing.say(ADA, WINTER)
    few = reviewing.statements(MIA, "review")
    for number, user in enumerate((ADA, BEN, BEN)):
        reviewing.say(user, WINTER.replace("winter", f"winter {number}"))
    assert reviewing.statements(MIA, "review") == few


def test_what_is_shared_waits_for_a_moderator(reviewing: Chat) -> None:
    """Its author hears what happens now; the moderators get a card in their room; nobody else sees it."""
    answer = reviewing.say(ADA, WINTER)
    (card,) = cards(reviewing)
    assert card.lane == MODS
    assert card.content["body"] == (
        f"Submitted: {TITLE}\nGhent, Belgium · Climate adaptation · Mobility & urban planning\n\n"
        "Ghent clears its main cycle paths before seven in the morning.\n\n"
        "Shared by Ada Byron, City of Ghent\n!review 1 shows all of it.\n\n"
        "✅ publishes it. ↩️ returns it to the author; I then ask you for the reason."
    )
    assert [row.content["key"] for row in reviewing.answers if row.action == Action.REACTION] == ["✅", "↩️"]
    assert answer.split("\n---\n")[-1] == (
        f"Thank you! {TITLE} is submitted. A moderator reads it before it is published; I will tell you in"
        " our direct chat.\n\n• Until then you can still change it with edit 1.\n"
        "• mine shows how far it has come."
    )
    assert "submitted" in reviewing.say(ADA, "mine")
    assert reviewing.say(BEN, "practice 1").startswith("There is no practice with the number #1.")
    assert TITLE not in reviewing.say(BEN, "search cycling in winter")
    assert reviewing.say(ADA, "practice 1").startswith(
        f"Status: submitted. Only those who wrote it and the moderators can see this.\n\n{TITLE}"
    )


def test_a_draft_shown_in_a_room_goes_to_the_direct_chat(reviewing: Chat) -> None:
    """Others read the room."""
    reviewing.say(ADA, WINTER)
    reviewing.in_hub(ADA, "!practice 1")
    assert [row.content["body"] for row in reviewing.answers if row.lane == HUB] == [
        "I have answered you in our direct chat."
    ]
    assert told(reviewing, ADA)[0].startswith("Status: submitted.")


def test_approved_by_a_tap(reviewing: Chat) -> None:
    """The card says so in its place, the author is told once, everybody can find it."""
    reviewing.say(ADA, WINTER)
    (card,) = cards(reviewing)
    said = tap(reviewing, MIA, card, "✅")
    assert said.split("\n---\n") == [
        f"✅ {TITLE} was approved by Mia and is published.",
        f"Good news: {TITLE} is approved and published, and everyone in the network can find it.\n\n"
        "• practice 1 shows it.\n• edit 1 changes it; earlier versions are kept.",
    ]
    assert [(row.action, row.lane, row.target_key) for row in reviewing.answers] == [
        (Action.EDIT, MODS, card.key),
        (Action.MESSAGE, reviewing.dm(ADA), None),
    ]
    assert status(reviewing) == "published"
    assert "#1 Cycling in winter" in reviewing.say(BEN, "search winter")
    with reviewing.reading() as tx:
        assert [(step.status, step.by) for step in practices.steps(tx, 1)] == [
            ("submitted", ADA),
            ("published", MIA),
        ]


def test_returned_by_a_tap_with_the_reason_in_reply(reviewing: Chat) -> None:
    """Back and forth: the reason reaches the author, who changes it and submits it once more."""
    reviewing.say(ADA, WINTER)
    (card,) = cards(reviewing)
    assert tap(reviewing, MIA, card, "↩️") == (
        f"What should change in {TITLE}? The author will read your words. Reply to this message, or write:"
        " !return 1 …"
    )
    question = reviewing.answers[0]
    assert tap(reviewing, MIA, card, "↩") == ""  # once is enough
    said = reply(reviewing, MIA, question, "Please say what it cost.")
    assert said.split("\n---\n") == [
        f"↩️ {TITLE} was returned by Mia:\n\n> Please say what it cost.",
        f"Mia has read {TITLE} and asks for changes before it is published:\n\n> Please say what it cost.\n\n"
        "You can change it with edit 1. When you are done, submit it once more with submit 1.",
        f"{TITLE} is returned, and its author is told why.",
    ]
    assert status(reviewing) == "changes_requested"
    assert reviewing.say(ADA, "edit 1 resources 0.4 M€ a year").endswith(
        "When it is ready, submit it with submit 1."
    )
    reviewing.say(ADA, "submit 1")
    (again,) = cards(reviewing)
    assert "It was returned before; !history 1 shows what has changed." in again.content["body"]
    assert status(reviewing) == "submitted"
    assert tap(reviewing, MIA, card, "✅") == (
        "This card is about an earlier submission; a newer one waits. !review 1 shows it."
    )
    assert status(reviewing) == "submitted"
    tap(reviewing, MIA, again, "✅")
    assert status(reviewing) == "published"


def test_the_reason_may_also_stand_under_the_card(reviewing: Chat) -> None:
    """But only from who wanted to return it: moderators talk about a submission under its card."""
    reviewing.say(ADA, WINTER)
    (card,) = cards(reviewing)
    assert reply(reviewing, TOM, card, "I like this one.") == ""
    tap(reviewing, MIA, card, "↩️")
    assert reply(reviewing, TOM, card, "So do I not.") == ""
    assert status(reviewing) == "submitted"
    reply(reviewing, MIA, card, "Please say what it cost.")
    assert status(reviewing) == "changes_requested"


def test_by_command(reviewing: Chat) -> None:
    """The queue, oldest first, one in full, and both answers; a reason is needed to return."""
    assert reviewing.say(MIA, "review") == "No practice waits for a review."
    reviewing.say(ADA, WINTER)
    reviewing.clock.forward(days=3)
    reviewing.say(BEN, WINTER.replace("winter", "summer"))
    assert reviewing.say(MIA, "review") == (
        "2 practices wait for a review, the longest-waiting first:\n\n"
        f"{TITLE}\n   Ada Byron, City of Ghent · waiting for 3 days\n"
        "#2 Cycling in summer\n   Ben Okri, City of Ghent · just submitted\n\n"
        "To read one and decide, write for example review 1."
    )
    whole = reviewing.say(MIA, "review 1")
    assert whole.startswith(TITLE)
    assert "Or write: approve 1, return 1 …" in whole
    assert "In winter people left their bicycles at home" in reviewing.say(MIA, "more")
    assert reviewing.say(MIA, "return 1").startswith("Something is missing: reason.")
    assert reviewing.say(MIA, "return 1 Say more.").endswith("is returned, and its author is told why.")
    assert reviewing.say(MIA, "approve 2").endswith(
        "#2 Cycling in summer is published, and its author is told."
    )
    assert reviewing.say(MIA, "review") == "No practice waits for a review."
    assert reviewing.say(MIA, "return 1 " + "x" * 1001).startswith("You have returned #1 already")


def test_a_long_queue_is_paged(reviewing: Chat) -> None:
    """In the moderators' room in the open, elsewhere in the direct chat."""
    for number in range(12):
        reviewing.say(ADA, WINTER.replace("in winter", f"in winter {number}", 1))
    first = reviewing.say(MIA, "!review", room=MODS)
    assert [row.lane for row in reviewing.answers] == [MODS]
    assert first.startswith("12 practices wait for a review, the longest-waiting first:")
    assert "#10 " in first
    assert "#11 " not in first
    assert reviewing.say(MIA, "!more", room=MODS).startswith("#11 Cycling in winter 10")
    reviewing.in_hub(MIA, "!review")
    assert [row.lane for row in reviewing.answers] == [HUB, reviewing.dm(MIA)]


def test_the_card_of_review_can_be_tapped_too(reviewing: Chat) -> None:
    """And says what became of it, as the one in the room does."""
    reviewing.say(ADA, WINTER)
    (in_room,) = cards(reviewing)
    reviewing.say(MIA, "review 1")
    (asked_for,) = cards(reviewing)
    said = tap(reviewing, MIA, asked_for, "✅")
    assert [row.target_key for row in reviewing.answers if row.action == Action.EDIT] == [
        in_room.key,
        asked_for.key,
    ]
    assert said.count("was approved by Mia") == 2


def test_the_second_moderator_is_told_who_was_quicker(reviewing: Chat) -> None:
    """By tap and by command; nothing happens twice, and nobody is told twice."""
    reviewing.say(ADA, WINTER)
    (card,) = cards(reviewing)
    tap(reviewing, TOM, card, "↩️")
    tap(reviewing, MIA, card, "✅")
    quicker = "Mia was quicker: #1 was approved on Monday, 1 March 2027, 10:00 (Europe/Berlin)."
    for said in (
        tap(reviewing, TOM, card, "✅"),
        tap(reviewing, TOM, card, "↩️"),
        reply(reviewing, TOM, card, "Not yet"),
        reviewing.say(TOM, "approve 1"),
        reviewing.say(TOM, "return 1 Not yet"),
    ):
        assert said == quicker
    assert tap(reviewing, MIA, card, "✅").startswith("You have approved #1 already")
    assert len(told(reviewing, ADA)) == 0
    with reviewing.reading() as tx:
        assert len(practices.steps(tx, 1)) == 2


def test_only_moderators_review(reviewing: Chat) -> None:
    """Members are told whom to ask; their taps and replies mean nothing."""
    reviewing.say(ADA, WINTER)
    (card,) = cards(reviewing)
    for words in ("review", "approve 1", "return 1 Not yet, please."):
        assert "moderators" in reviewing.in_hub(ADA, f"!{words}")
    assert tap(reviewing, ADA, card, "✅") == ""
    assert reply(reviewing, ADA, card, "Please publish it.") == ""
    assert status(reviewing) == "submitted"


def test_without_a_room_the_moderators_get_the_card_in_their_direct_chats(reviewing: Chat) -> None:
    """Each in their own language; whoever decides, all cards say so."""
    _with(reviewing, review_room=None)
    with reviewing.database.write("language") as tx:
        members.keep_preference(tx, members.Preference(user_id=TOM, locale="de"))
    reviewing.say(ADA, WINTER)
    mias, toms = cards(reviewing)
    assert (mias.lane, toms.lane) == (reviewing.dm(MIA), reviewing.dm(TOM))
    assert toms.content["body"].startswith(f"Eingereicht: {TITLE}")
    said = tap(reviewing, TOM, toms, "✅").split("\n---\n")
    assert said[0] == f"✅ {TITLE} was approved by Tom and is published."
    assert said[1] == f"✅ {TITLE} ist von Tom freigegeben und veröffentlicht."


def test_what_is_said_under_a_card_in_the_direct_chat_is_asked_about(reviewing: Chat) -> None:
    """There it is meant for the bot, but not said for which of the two."""
    _with(reviewing, review_room=None)
    reviewing.say(ADA, WINTER)
    mias, _toms = cards(reviewing)
    assert reply(reviewing, MIA, mias, "What did it cost?") == (
        f"Shall {TITLE} be published or returned? approve 1 publishes it, return 1 What did it cost? returns"
        " it with your words."
    )
    assert status(reviewing) == "submitted"


def test_a_card_in_a_room_that_was_upgraded_is_left(reviewing: Chat) -> None:
    """Nobody reads it there, and the bot may not be able to write there."""
    reviewing.say(ADA, WINTER)
    with reviewing.database.write("upgrade") as tx:
        old, new = rooms.get(tx, MODS), Room(room_id="!new:test.localhost", version="12", people=3)
        tx.session.add(new)
        assert old
        rooms.moved(tx, old, new)
    reviewing.say(MIA, "approve 1")
    assert [row for row in reviewing.answers if row.lane == MODS] == []
    reviewing.say(BEN, WINTER)
    (card,) = cards(reviewing)
    assert card.lane == "!new:test.localhost"


def test_everybody_is_told_in_their_own_language(reviewing: Chat) -> None:
    """A German author, an English moderator."""
    reviewing.say(ADA, "sprache deutsch")
    reviewing.say(ADA, WINTER_DE)
    assert (
        reviewing.answers[-1].content["body"].startswith("Vielen Dank! #1 Radwege im Winter ist eingereicht.")
    )
    reviewing.say(MIA, "return 1 Please say what it cost.")
    assert told(reviewing, ADA) == [
        "Mia hat #1 Radwege im Winter gelesen und bittet vor der Veröffentlichung um Änderungen:\n\n"
        "> Please say what it cost.\n\n"
        "Mit bearbeiten 1 können Sie es ändern. Wenn Sie fertig sind, reichen Sie es mit einreichen 1 noch"
        " einmal ein."
    ]


def test_a_submission_that_is_changed_is_changed_on_its_card(reviewing: Chat) -> None:
    reviewing.say(ADA, WINTER)
    (card,) = cards(reviewing)
    reviewing.say(ADA, "edit 1 title Cycling in snow")
    edits = [row for row in reviewing.answers if row.action == Action.EDIT]
    assert [row.target_key for row in edits] == [card.key]
    assert edits[0].content["body"].startswith("Submitted: #1 Cycling in snow")


def test_a_change_after_publication_is_live_and_moderators_see_it(reviewing: Chat) -> None:
    reviewing.say(ADA, WINTER)
    reviewing.say(MIA, "approve 1")
    reviewing.say(ADA, "edit 1 title Cycling in snow")
    assert [row.content["body"] for row in reviewing.answers if row.lane == MODS] == [
        "#1 Cycling in snow was changed after it was published: Title. !history 1 shows what is different."
    ]
    assert "#1 Cycling in snow" in reviewing.say(BEN, "search snow")
    reviewing.say(MIA, "edit 1 title Cycling in ice")
    assert [row for row in reviewing.answers if row.lane == MODS] == []


def test_a_draft_is_kept_for_its_author(ada: Chat) -> None:
    """At the end of the dialog or from the form, with review or without; published when it is submitted."""
    assert ada.say(ADA, WINTER.replace("share", "draft", 1)) == (
        f"{TITLE} is kept as a draft. Only you, your co-authors and the moderators can see it.\n\n"
        "• edit 1 changes it.\n• submit 1 submits it when it is ready."
    )
    assert status(ada) == "draft"
    assert ada.say(BEN, "practice 1").startswith("There is no practice with the number #1.")
    assert ada.say(ADA, WINTER).startswith(f"You have written this already: {TITLE}.")
    assert ada.say(ADA, "submit 1").startswith(f"Thank you! {TITLE} is published")
    assert ada.say(ADA, "submit 1").startswith("#1 is published already")
    assert TITLE in ada.say(BEN, "search winter")


def skip_to_the_end(chat: Chat) -> None:
    """Take what is proposed until everything is shown once more."""
    while "Is it right?" not in chat.say(ADA, "skip"):
        pass


def test_the_dialog_ends_with_a_draft_on_request(ada: Chat) -> None:
    """In the words of each language, though they are a command elsewhere."""
    for words in ("draft", "als Entwurf behalten"):
        ada.say(ADA, WINTER.replace("Transfer", "Resources", 1))
        ada.say(ADA, "Two machines.")
        skip_to_the_end(ada)
        assert "is kept as a draft" in ada.say(ADA, words)
        ada.clock.forward(days=2)
    with ada.reading() as tx:
        assert [one.status for one in practices.by_author(tx, ADA)] == ["draft", "draft"]


@pytest.mark.parametrize("word", ["draft", "entwurf", "!draft"])
def test_half_a_practice_is_kept_for_later(ada: Chat, word: str) -> None:
    """In the middle of the questions: it says what becomes of it, `mine` shows that there is one, and it goes
    on to a draft."""
    ada.say(ADA, "language en")
    ada.say(ADA, "share")
    ada.say(ADA, "Trees in the street")
    assert ada.say(ADA, word) == (
        "A draft needs a few more answers. Those you gave are kept, for you alone: resume goes on whenever"
        " you like, and in the end I keep everything as a draft."
    )
    assert ada.say(ADA, "mine").endswith(
        "You have also begun a practice that is not complete yet. share goes on with it."
    )
    assert "Summary (2/18)" in ada.say(ADA, "share")
    ada.say(ADA, WINTER.split("\n", 2)[2])
    skip_to_the_end(ada)
    assert "is kept as a draft" in ada.say(ADA, "yes")
    assert status(ada) == "draft"
    assert "also begun" not in ada.say(ADA, "mine")


def test_a_draft_that_was_begun_as_one_stays_one(ada: Chat) -> None:
    """`draft` without a form asks, and keeps what was said."""
    ada.say(ADA, "draft")
    ada.say(ADA, WINTER.removeprefix("share\n"))
    skip_to_the_end(ada)
    assert "is kept as a draft" in ada.say(ADA, "yes")


@pytest.mark.parametrize("language", ["en", "de"])
def test_how_it_looks(reviewing: Chat, language: str) -> None:
    """The card, what became of it, the letters, the history: plain and HTML, in each language."""
    for user in (ADA, MIA):
        reviewing.say(user, f"language {language}")
    with reviewing.database.write("language") as tx:
        room = rooms.get(tx, MODS)
        assert room
        room.language = language
    shown: list[OutboxRow] = []
    for user, words in (
        (ADA, WINTER),
        (MIA, "return 1 Please say what it cost."),
        (ADA, "edit 1 resources 0.4 M€ a year"),
        (ADA, "submit 1"),
        (MIA, "review 1"),
        (MIA, "approve 1"),
        (ADA, "history 1"),
    ):
        reviewing.say(user, words)
        shown += [row for row in reviewing.answers if row.action in (Action.MESSAGE, Action.EDIT)]
    for form in ("body", "formatted_body"):
        said = "\n\n---\n\n".join(f"{row.lane}\n\n{row.content[form]}" for row in shown)
        golden.check(f"practices/review.{language}.{'txt' if form == 'body' else 'html'}", said)


GERMAN = (
    (ADA, WINTER_DE.replace("teilen", "Entwurf", 1), "ist als Entwurf gespeichert"),
    (ADA, "einreichen 1", "ist eingereicht"),
    (MIA, "prüfen", "Ein Praxisbeispiel wartet auf eine Prüfung"),
    (MIA, "zurückgeben 1 Was hat es gekostet?", "ist zurückgegeben"),
    (ADA, "bearbeiten 1 Ressourcen 0,4 Mio. € im Jahr", "reichen Sie es mit einreichen 1 ein"),
    (ADA, "mitautor hinzufügen 1 Ben Okri", "kann #1 Radwege im Winter ab jetzt bearbeiten"),
    (BEN, "einreichen 1", "ist eingereicht"),
    (MIA, "freigeben 1", "ist veröffentlicht"),
    (ADA, "verlauf 1", "Der Verlauf von #1 Radwege im Winter"),
    (ADA, "archivieren 1 Das Projekt ist beendet.", "ist archiviert"),
    (ADA, "wiederherstellen 1", "ist zurück"),
    (ADA, "meine", "veröffentlicht"),
)


def test_a_whole_life_in_german(reviewing: Chat) -> None:
    """In the words that a native would type."""
    for user in (ADA, BEN, MIA):
        reviewing.say(user, "sprache deutsch")
    for user, said, answered in GERMAN:
        assert answered in reviewing.say(user, said)
    with reviewing.reading() as tx:
        assert [step.status for step in practices.steps(tx, 1)] == [
            "draft",
            "submitted",
            "changes_requested",
            "submitted",
            "published",
            "archived",
            "published",
        ]


def test_who_speaks_of_a_return_in_free_words_searches(reviewing: Chat) -> None:
    """The word alone makes no moderator's command of a member's sentence."""
    assert "Only moderators" not in reviewing.say(BEN, "return of refugees to their cities")


IN_GERMAN = """
Titel: Radwege im Winter
Zusammenfassung: Gent räumt seine Radwege vor sieben."""


def test_nobody_else_learns_the_title_of_a_draft(reviewing: Chat) -> None:
    """What is done to it in a room is answered in the direct chat; archived, it is not there for others."""
    reviewing.say(ADA, WINTER.replace("share", "draft", 1))
    for said in (
        f"!author add 1 {BEN}",
        f"!author remove 1 {BEN}",
        "!edit 1 city Gent",
        f"!translate 1 de{IN_GERMAN}",
        "!translate 1 de -",
        "!attachment remove 1 1",
        "!submit 1",
        "!archive 1 Not ready",
        "!edit 1 city Ghent",
        "!restore 1",
        "!submit 1",
    ):
        reviewing.in_hub(ADA, said)
        assert any(row.lane == HUB for row in reviewing.answers), said
        for row in reviewing.answers:
            if row.lane == HUB:
                assert "Cycling in winter" not in str(row.content), said
    reviewing.in_hub(MIA, "!return 1 What did it cost?")
    assert [row.content["body"] for row in reviewing.answers if row.lane == HUB] == [
        "I have answered you in our direct chat."
    ]
    reviewing.say(ADA, "submit 1")
    returned = reviewing.say(MIA, "!return 1 And where?", room=MODS)
    assert f"{TITLE} is returned" in returned
    assert status(reviewing) == "changes_requested"
    reviewing.say(ADA, "archive 1 It was a bad idea")
    for asked in ("practice 1", "history 1", "attachments 1", "restore 1", "similar 1", "bookmark 1"):
        assert reviewing.say(BEN, asked).startswith("There is no practice with the number #1."), asked
    assert "#1 is archived. To change it" in reviewing.say(ADA, "edit 1 city Gent")
