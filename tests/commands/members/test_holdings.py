"""Every table says whose data it holds; what it says it exports is exported, and what it erases is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from commands.core import registry
from commands.core.holdings import Holding
from commands.members import service
from config.words import fold
from storage import (
    announcements,
    asking,
    assessment,
    attachments,
    crypto,
    dialogs,
    digest,
    events,
    files,
    matching,
    members,
    outbox,
    practices,
    reuse,
    rooms,
    rounds,
    tables,
    trainings,
    translations,
    watching,
)
from storage.announcements import Announcement
from storage.assessment import Assessment, AssessmentConsent, AssessmentOffer, AssessmentTeam
from storage.database import Tx, rows
from storage.events import (
    Answer,
    Event,
    EventAnswer,
    EventCard,
    EventFeedback,
    EventKind,
    EventMaterial,
    EventState,
    EventTap,
)
from storage.outbox import Action, Delivered, OutboxRow
from storage.practices import Practice, PracticeCard
from storage.reuse import Adoption, Question, Thanks
from storage.rooms import Room
from storage.rounds import Round
from storage.trainings import TrainingRecord, TrainingResult
from storage.translations import PracticeTranslation
from storage.watching import Watch
from tests.commands.members.people import FORMS, register
from tests.storage.conftest import KINDS, new_database, postgres_url
from tests.transcript import ADA, BEN, BOT, HUB, MIA, Chat

__all__ = ["postgres_url"]  # a fixture that `new_database` asks for

LEFT = "!left:test.localhost"  # a room that Ada has left
A_WEEK = timedelta(days=7)
GONE = "!gone:test.localhost"  # a room that the bot has left

HOLDINGS = {holding.table: holding for holding in registry.load().holdings}


@pytest.fixture
def full(chat: Chat) -> Chat:
    """A network in which every table that can hold something of Ada does, and something of Ben beside it."""
    chat.begin(furnished)
    return chat


@pytest.fixture(params=KINDS)
def full_anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chat]:
    """The same, in SQLite and in PostgreSQL."""
    with new_database(request.param, tmp_path, request) as database:
        yield furnished(Chat(database))


def furnished(chat: Chat) -> Chat:
    register(chat)
    chat.say(ADA, "profile edit contact visible yes")
    chat.say(BEN, "profile Ada")
    chat.say(BEN, "!who")
    chat.in_hub(BEN, "!profile Ada")
    chat.say(BEN, "who")
    chat.say(BEN, "who climate adaptation")
    chat.say(MIA, "profile ADA LOVELACE")
    chat.say(MIA, "who ada lovelace in Atlantis")
    chat.say(BEN, f"profile {ADA}")
    chat.in_hub(ADA, "!ping")
    chat.say(ADA, "form register")
    chat.say(ADA, "profile edit city")
    chat.say(ADA, "pause")
    with chat.database.write("$introduction") as tx:
        outbox.add(tx, "room:1", Action.ROOM, {"invite": [ADA, BEN]})
    deliver(chat)
    with chat.database.write("$more-setup") as tx:
        fill(tx)
        fill_news(tx)
    chat.say(ADA, "ping")
    return chat


def fill(tx: Tx) -> None:
    for room_id, membership, own in ((LEFT, "leave", "join"), (GONE, "join", "leave")):
        room = Room(room_id=room_id, membership=own, people=2)
        if own == "leave":
            room.inviter = room.direct_with = ADA
            room.creators = [ADA, BEN]
            room.power_levels = {"users": {ADA: 100, BEN: 50}}
        tx.session.add(room)
        rooms.keep_member(tx, room_id, ADA, membership, "Ada")
        rooms.keep_member(tx, room_id, BEN, "join", "Ben")
    crypto.put(tx, "user", ADA, b"{}", person=ADA)
    for user, sessions in ((ADA, 2), (BEN, 1)):
        for session in range(sessions):
            crypto.put(tx, "megolm", f"{HUB}|{user[1:4]}{session}", b"[]", person=user)
    dialogs.keep_pages(tx, ADA, Chat.dm(ADA), [["a page for Ada", "<p>a page</p>"]])
    dialogs.keep_pages(tx, BEN, HUB, [[f"a page that names {ADA}", ""]])
    dialogs.keep_pages(tx, BEN, GONE, [["a page on Ada\nLovelace", ""]])
    dialogs.keep_pages(tx, MIA, HUB, [["a page that names nobody", ""]])
    outbox.message(tx, HUB, {"body": "Ada is new here"}, about=ADA)  # still to be sent
    key = outbox.message(tx, ADA, {"body": "to a direct chat that is not there yet"})
    outbox.reaction(tx, ADA, "x", key=key)
    shown_to(tx, ADA)
    shown_to(tx, BEN)
    outbox.message(tx, HUB, {"body": "Ben is new here"}, about=BEN)
    matching.keep(tx, matching.Participation(user_id=ADA, named=False, shown=[BEN, MIA]))
    matching.keep(tx, matching.Participation(user_id=BEN, takes_part=False, shown=[ADA, MIA]))
    matching.block(tx, ADA, BEN)
    matching.block(tx, BEN, MIA)
    matching.introduce(tx, [ADA, MIA], asker=ADA)
    matching.introduce(tx, [MIA, BEN], asker=MIA)
    rounds.add(tx, Round(local_time="2027-04-06T09:00:00", timezone="UTC", seed=1, wanted_by=[ADA]))
    rounds.keep_places(
        tx,
        1,
        [
            {"user_id": ADA, "number": 1, "value": 0.5, "sort": "gets"},
            {"user_id": BEN, "number": 1, "value": 0.5, "sort": "gives"},
        ],
    )
    fill_events(tx, key)
    for user, city, others in ((ADA, "FR lyon", (BEN,)), (BEN, "DE koln", (ADA, MIA))):
        row = Assessment(user_id=user, model="ours 1", process="UD.1", begun_at=tx.now, changed_at=tx.now)
        row.answers = {"UD.1.BP1": "F" if user == ADA else "N"}
        assessment.keep(tx, row)
        assessment.set_goal(tx, user, "UD.1", len(others), "2027-06-30")
        for other in others:
            assessment.shown(tx, assessment.share(tx, user, other), [key])
        assessment.keep_offer(tx, AssessmentOffer(user_id=user, process=f"UD.{len(others)}", asked_at=tx.now))
        tx.session.add(AssessmentConsent(user_id=user, since=tx.now - timedelta(days=len(others))))
        assessment.keep_team(tx, AssessmentTeam(user_id=user, city=city, since=tx.now))
    for author, other in ((ADA, BEN), (BEN, ADA)):
        shared = practices.add(tx, practice(tx, author))
        practices.add_step(tx, shared, author, "submitted")
        practices.add_step(tx, shared, other, "checked")
        practices.keep_version(tx, shared, {"title": "before"}, other)
        translations.keep(
            tx,
            PracticeTranslation(
                practice=shared.number, language="de", title="kurz", summary="kürzer", by=other, at=tx.now
            ),
        )
        if author == BEN:  # Ada's own goes to the network
            practices.add_coauthor(tx, shared.number, ADA, BEN)
        card = PracticeCard(
            practice=shared.number, room_id=HUB, message=key, language="en", prefix="!", by=other, at=tx.now
        )
        practices.keep_card(tx, card)
        reuse.keep(
            tx,
            Adoption(
                practice=shared.number,
                user_id=other,
                city=f"City of {other[1:4]}",
                country="FR",
                place=f"city of {other[1:4]}",
                created_at=tx.now,
                updated_at=tx.now,
            ),
        )
        reuse.keep(tx, Thanks(practice=shared.number, user_id=other, at=tx.now))
        reuse.keep(
            tx,
            Question(
                practice=shared.number, asker=other, answerer=MIA, text=f"Why, {other[1:4]}?", asked_at=tx.now
            ),
        )
        asked = asking.NetworkQuestion(
            asker=other,
            text=f"Who knows, {other[1:4]}?",
            language="en",
            theme="housing",
            named=True,
            asked_at=tx.now,
        )
        asking.keep(tx, asked)
        asking.keep(
            tx,
            asking.AnswerRequest(
                question=asked.number,
                user_id=ADA if other == BEN else MIA,
                state="answered",
                answer="I do.",
                asked_at=tx.now,
            ),
        )
        watching.bookmark(tx, other, shared.number)
        watching.keep_watch(
            tx,
            Watch(user_id=other, number=1, typed=f"{other[1:4]} trees", created_at=tx.now, seen_until=tx.now),
        )
        for number, by in enumerate((author, other), 1):
            attachments.add(
                tx, shared.number, name=f"{number}.pdf", content_type="application/pdf", data=b"%PDF", by=by
            )


def shown_to(tx: Tx, user: str) -> None:
    """Let a picture wait for somebody, in the direct chat that they have."""
    content = {"body": f"{user}: level 2, Done", "info": {}}
    to = Chat.dm(user)
    files.send(tx, to, b"<svg/>", content_type="image/png", filename="a.png", content=content, painted=True)


def fill_events(tx: Tx, key: str) -> None:
    """Events that Ada and Ben each host, for which the other does all the rest."""
    start = datetime(2027, 4, 1, 10, 0)  # noqa: DTZ001 - local on purpose
    for host, other in ((ADA, BEN), (BEN, ADA)):
        event = events.keep(
            tx,
            Event(
                uid=f"event-{host[1:4]}",
                kind=EventKind.TRAINING,
                state=EventState.ANNOUNCED,
                title={"en": f"Training by {host[1:4]}"},
                summary={"en": "We learn."},
                start=start,
                timezone="Europe/Berlin",
                minutes=60,
                host=host,
                created_at=tx.now,
                updated_at=tx.now,
            ),
        ).number
        events.keep_card(tx, EventCard(event=event, room_id=HUB, message=key, by=other, at=tx.now))
        events.keep_answer(tx, EventAnswer(event=event, user_id=other, answer=Answer.GOING, at=tx.now))
        events.keep_tap(
            tx, EventTap(reaction=f"$by-{other[1:4]}", event=event, user_id=other, answer=Answer.GOING)
        )
        events.keep_feedback(tx, EventFeedback(event=event, start=start, user_id=other, at=tx.now))
        events.keep_material(tx, EventMaterial(event=event, words="slides", by=other, at=tx.now))
        trainings.keep_result(
            tx, TrainingResult(event=event, user_id=other, answers={"1": [2]}, score=1, total=1, at=tx.now)
        )
        trainings.keep_record(
            tx,
            TrainingRecord(
                user_id=other,
                event=event,
                start=start,
                title={"en": "Heat plans"},
                held_at=tx.now,
                timezone="Europe/Berlin",
            ),
        )
    events.allow(tx, ADA, BEN)
    events.allow(tx, MIA, ADA)


def fill_news(tx: Tx) -> None:
    """Digests, picks, greetings and announcements of Ada and of Ben."""
    for place, user in enumerate((ADA, BEN), 1):
        digest.keep(
            tx, digest.Digest(lane=user, weekday=place, hour=9, since=tx.now, next_at=tx.now + A_WEEK)
        )
        digest.keep(tx, digest.Pick(practice=place, reason="cheap", by=user, at=tx.now))
        announcements.keep(
            tx,
            Announcement(
                text=f"Number {place}",
                rooms=[HUB],
                start=datetime(2027, 4, place),  # noqa: DTZ001 - local on purpose
                timezone="Europe/Berlin",
                by=user,
                created_at=tx.now,
                next_at=tx.now,
            ),
        )


def practice(tx: Tx, author: str) -> Practice:
    return Practice(
        author=author,
        language="en",
        title=f"Shade by {author[1:4]}",
        summary="Trees on every square.",
        challenge="Heat.",
        solution="Trees.",
        evidence="Not measured yet.",
        lessons="Water them.",
        transfer="Trees and water.",
        city="Lyon",
        country="FR",
        themes=["climate.adaptation"],
        created_at=tx.now,
        updated_at=tx.now,
    )


def deliver(chat: Chat) -> None:
    """Have the homeserver take everything that waits."""
    with chat.database.write("$deliver") as tx:
        outbox.mark_sent(tx, [Delivered(row.key, row.lane, f"$sent-{row.id}") for row in waiting(tx)])


def waiting(tx: Tx) -> list[OutboxRow]:
    """What the bot is still going to say and do."""
    lanes = outbox.pending(tx, outbox.waiting_lanes(tx), limit=1000)
    return [row for rows_ in lanes.values() for row in rows_]


def everything(tx: Tx) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table in the database, the search index and all."""
    found = inspect(tx.connection).get_table_names()
    return {name: rows(tx, f'SELECT * FROM "{name}"') for name in found}  # noqa: S608 - our own tables


def naming(tx: Tx, user: str, name: str = "") -> set[tuple[str, str]]:
    """The tables and rooms in which a user id or a name still stands."""
    return {
        (table, str(row.get("room_id")))
        for table, found in everything(tx).items()
        for row in found
        if user in repr(list(row.values()))
        or (name and name.casefold() in " ".join(repr(list(row.values())).casefold().split()))
    }


def forget(chat: Chat, user: str, *, practices_too: bool = False) -> None:
    with chat.database.write(f"$forget-{user[1:4]}") as tx:
        service.forget(tx, user, practices_too=practices_too, reason="on request")


@pytest.mark.parametrize("table", sorted(tables.names()))
def test_every_table_says_whose_data_it_holds(table: str) -> None:
    """A new table without an answer to export and erasure is not let in."""
    assert table in HOLDINGS, f"declare a Holding for {table!r} in the capability that it belongs to"
    holding = HOLDINGS[table]
    assert holding.why.endswith(".")
    assert (holding.export is None) == (holding.erase is None)


def test_holdings_are_of_tables_that_exist() -> None:
    assert set(HOLDINGS) <= tables.names()


PERSONAL = [holding for holding in registry.load().holdings if holding.export]


@pytest.mark.parametrize("holding", PERSONAL, ids=lambda holding: holding.table)
def test_export_holds_what_the_table_holds(full: Chat, holding: Holding) -> None:
    """What the table has of Ada is in the file, ready for JSON, and it differs from what it has of Ben."""
    assert holding.export
    with full.reading() as tx:
        of_ada, of_ben = (json.dumps(holding.export(tx, user), sort_keys=True) for user in (ADA, BEN))
        nobody = json.dumps(holding.export(tx, "@nobody:test.localhost"))
    assert of_ada != nobody
    assert of_ada != of_ben
    if holding.table not in ("outbox", "room", "room_member", "practice_step"):
        assert BEN not in of_ada


def test_the_words_of_a_picture_are_exported(full: Chat) -> None:
    """They say what it shows: the levels of a self-assessment."""
    with full.reading() as tx:
        said = [row["text"] for row in HOLDINGS["outbox"].export(tx, ADA)]  # type: ignore[misc]
    assert f"{ADA}: level 2, Done" in said
    assert f"{BEN}: level 2, Done" not in said


@pytest.mark.parametrize("practices_too", [False, True])
def test_nothing_names_the_person_afterwards(full_anywhere: Chat, practices_too: bool) -> None:
    """Only that we share rooms is still known: the homeserver says so, and being a guest depends on it; and
    the keys to what will be said there."""
    full = full_anywhere
    with full.reading() as tx:
        assert {table for table, _ in naming(tx, ADA)} == {holding.table for holding in PERSONAL}
    forget(full, ADA, practices_too=practices_too)
    with full.reading() as tx:
        assert naming(tx, ADA, "Ada Lovelace") == {
            ("room_member", HUB),
            ("room_member", Chat.dm(ADA)),
            ("room", Chat.dm(ADA)),
            ("crypto", "None"),
        }
        assert rooms.display_name(tx, HUB, ADA) is None
        assert members.get(tx, ADA) is None


def test_what_belongs_to_others_stays(full: Chat) -> None:
    """Ben's profile, dialogs, messages and practices are as they were."""
    with full.reading() as tx:
        before = {t: h.export(tx, BEN) for t, h in HOLDINGS.items() if h.export and t not in SHARED}
    forget(full, ADA)
    with full.reading() as tx:
        after = {t: h.export(tx, BEN) for t, h in HOLDINGS.items() if h.export and t not in SHARED}
        assert after == before
        assert HOLDINGS["participation"].export(tx, BEN) == {  # type: ignore[misc]
            "takes_part": False,
            "snoozed_until": None,
            "named": True,
            "shown": [None, "Mia Ferrer"],
            "unanswered": 0,
        }
        assert [pages.rest for pages in (dialogs.pages(tx, MIA, HUB),) if pages] == [
            [["a page that names nobody", ""]]
        ]
        pending = [row.content for row in waiting(tx)]
    assert {"body": "Ben is new here"} in pending
    assert {"body": "Ada is new here"} not in pending


SHARED = (
    "assessment_share",
    "inbox",
    "network_question",
    "outbox",
    "pages",
    "participation",
)  # what names somebody else goes there as well


@pytest.mark.parametrize("name", ["Zoë Ünal", 'O\'Brian "Bo"', "Мер Київ", "Li"])
def test_names_of_all_kinds_are_found(chat: Chat, name: str) -> None:
    """However a database writes them; and nothing that merely holds the same letters is lost."""
    chat.say(ADA, FORMS[ADA].replace("Ada Lovelace", name))
    register(chat, BEN)
    chat.say(BEN, f"who {name.upper()}")
    chat.say(BEN, "who climate adaptation")
    chat.say(BEN, "who Lights and climate")
    deliver(chat)
    forget(chat, ADA)
    with chat.reading() as tx:
        kept = [row["text"] for row in HOLDINGS["inbox"].export(tx, BEN)]  # type: ignore[misc]
        said = "\n".join(row["text"] or "" for row in HOLDINGS["outbox"].export(tx, BEN))  # type: ignore[misc]
    assert None in kept
    assert kept[-1] == "who Lights and climate"
    assert f" {fold(name)} " not in f" {fold(said)} "


def test_practices_go_or_stay_as_the_person_chose(full: Chat) -> None:
    forget(full, ADA, practices_too=True)
    forget(full, BEN, practices_too=False)
    with full.reading() as tx:
        assert [(one.title, one.author) for one in practices.everything(tx)] == [("Shade by ben", None)]


def test_messages_about_the_person_are_redacted(full: Chat) -> None:
    """What is in Matrix already is taken back there: in the direct chats, whoever asked for it."""
    with full.reading() as tx:
        told = {(row.room_id, row.event_id) for row in outbox.said_about(tx, ADA)}
    assert {room for room, _ in told} == {Chat.dm(ADA), Chat.dm(BEN), Chat.dm(MIA)}
    forget(full, ADA)
    with full.reading() as tx:
        redactions = {
            (row.lane, row.target_event, row.content["reason"])
            for row in waiting(tx)
            if row.action == Action.REDACTION
        }
    assert redactions == {(room, event, "on request") for room, event in told}


def test_what_still_waits_is_carried_out(full: Chat) -> None:
    """Somebody who asks to be forgotten and says something more at once still gets an answer to it."""
    with full.database.write("$forget") as tx:
        tx.connection.execute(text("UPDATE inbox SET state = 'new' WHERE seq = (SELECT MAX(seq) FROM inbox)"))
        service.forget(tx, ADA, practices_too=False, reason="on request")
        assert [row["sender"] for row in rows(tx, "SELECT sender FROM inbox WHERE state = 'new'")] == [ADA]


def test_who_leaves_the_rooms_is_not_known_at_all(full: Chat) -> None:
    """Forgotten and gone from the rooms: no trace."""
    with full.database.write("$leaving") as tx:
        for room_id in (HUB, Chat.dm(ADA)):
            rooms.keep_member(tx, room_id, ADA, "leave")
        direct = rooms.get(tx, Chat.dm(ADA))
        assert direct
        direct.membership = "leave"
        rooms.keep_member(tx, Chat.dm(ADA), BOT, "leave")
    forget(full, ADA)
    with full.reading() as tx:
        assert naming(tx, ADA) == set()
