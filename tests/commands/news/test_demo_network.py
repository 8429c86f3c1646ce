"""The digests of a week in the demo's network, in English and German, letter for letter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from commands.events.transfer import import_event
from commands.members.service import import_member
from commands.practices.transfer import import_record
from config.data import read_json
from storage import digest, events, members, practices, reuse, rooms, translations
from storage.database import Tx
from storage.digest import Pick
from storage.events import EventCard
from storage.outbox import OutboxRow
from storage.reuse import Adoption, Thanks
from storage.rooms import Room
from storage.translations import PracticeTranslation
from tests import golden
from tests.commands.news.network import run
from tests.transcript import HUB, MIA, Chat

MONDAY = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)  # nine o'clock in Berlin
READER = "@demo-01:test.localhost"  # Jule Musterbrück: buildings, twinning, recovery
DIRECT = "!dm-jule:test.localhost"
#: The practices that were published in this week, the first of them last.
NEW = (
    "heidelberg-bahnstadt",
    "lviv-unbroken",
    "strasbourg-tram-kehl",
    "milan-urban-food-policy-pact",
    "paris-cours-oasis",
    "osnabrueck-staedtebotschafter",
    "cape-town-water-demand",
    "kigali-car-free-day",
)
#: Who took over what in this week, how far they are, and what came of it.
REUSED = (
    ("porto-alegre-participatory-budgeting", "Lublin", "PL", "planned", None),
    ("rotterdam-water-square", "Freiburg im Breisgau", "DE", "under_way", None),
    (
        "porto-alegre-participatory-budgeting",
        "Lviv",
        "UA",
        "done",
        "2,400 people voted, and eleven of twelve projects are built.",
    ),
    ("leipzig-kyjiw-solidaritaet", "Gdańsk", "PL", "under_way", None),
)
SHORT = {
    "heidelberg-bahnstadt": ("en", "Bahnstadt Heidelberg: a whole quarter built to passive house standard"),
    "lviv-unbroken": ("de", "Unbroken: Lwiw baut Versorgung und Reha mit Partnerstädten auf"),
    "strasbourg-tram-kehl": ("de", "Mit der Tram über den Rhein: Straßburg und Kehl rücken zusammen"),
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_digests_of_the_demo(request: pytest.FixtureRequest, language: str) -> None:
    """That of the main room and that of a member by their themes, as plain text and as HTML."""
    chat: Chat = request.getfixturevalue("chat" if language == "en" else "chat_de")
    furnish(chat, language)
    chat.in_hub(MIA, "!digest on")
    chat.say(READER, "digest on", room=DIRECT)
    with chat.database.write("week") as tx:
        happens(tx)
    chat.clock.now = MONDAY
    run(chat)
    for name, lane, messages in (("room", HUB, 2), ("own", DIRECT, 1)):
        with chat.reading() as tx:
            digests = col(OutboxRow.key).startswith("digest:")
            found = select(OutboxRow.content).where(OutboxRow.lane == lane, digests)
            said = tx.session.exec(found.order_by(col(OutboxRow.id))).all()
        assert len(said) == messages
        for form, key in (("txt", "body"), ("html", "formatted_body")):
            text = "\n\n---\n\n".join(str(content[key]) for content in said)
            golden.check(f"digest/{name}.{language}.{form}", text)


def furnish(chat: Chat, language: str) -> None:
    """The demo's members, events and older practices, as they have long been there."""
    new = {*NEW}
    chat.clock.now = MONDAY - timedelta(days=60)
    network = read_json("network.json")
    older = [record for record in read_json("practices.json")["practices"] if record["id"] not in new]
    with chat.database.write("furnish") as tx:
        for record in network["members"]:
            import_member(tx, record, "test.localhost")
        for record in network["events"]:
            import_event(tx, record, chat.network)
        for record in older:
            import_record(tx, record)
        tx.session.add(Room(room_id=DIRECT, direct_with=READER, people=2))
        for room in (HUB, DIRECT):
            rooms.keep_member(tx, room, READER, "join", "Jule")
        preferred = members.preference(tx, READER)
        preferred.locale = language
        members.keep_preference(tx, preferred)
    chat.clock.now = MONDAY - timedelta(days=6)


def happens(tx: Tx) -> None:
    """A week in the network."""
    records = {record["id"]: record for record in read_json("practices.json")["practices"]}
    for name in NEW[::-1]:
        import_record(tx, records[name])
    number = {name: one.number for name in records if (one := practices.by_external_id(tx, name))}
    for name, (language, title) in SHORT.items():
        short = PracticeTranslation(
            practice=number[name], language=language, title=title, summary="…", at=tx.now
        )
        translations.keep(tx, short)
    digest.keep(tx, Pick(practice=number["paris-cours-oasis"], reason="any school can begin", at=tx.now))
    for name, city, country, state, outcome in REUSED:
        adoption = Adoption(
            practice=number[name],
            user_id=None,
            city=city,
            country=country,
            place=city.casefold(),
            state=state,
            outcome=outcome,
            outcome_at=tx.now if outcome else None,
            created_at=tx.now,
            updated_at=tx.now,
        )
        reuse.keep(tx, adoption)
    for user in ("@demo-03:test.localhost", "@demo-04:test.localhost"):
        reuse.keep(tx, Thanks(practice=number["osnabrueck-staedtebotschafter"], user_id=user, at=tx.now))
    for user in ("@demo-02:test.localhost", "@demo-05:test.localhost"):
        member = members.get(tx, user)
        assert member is not None
        member.greeted_at = tx.now
        members.keep(tx, member)
    summit = events.by_source(tx, "demo-event-summit")
    assert summit is not None
    events.keep_card(tx, EventCard(event=summit.number, room_id=HUB, message="card", at=tx.now))
