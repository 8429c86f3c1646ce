"""People and practices for the conversations of these tests."""

from __future__ import annotations

from commands.practices.transfer import Outcome, import_record
from config.data import read_json
from storage import members
from storage.members import Member
from tests.transcript import ADA, BEN, MIA, Chat

WINTER = """share
Title: Cycling in winter
Summary: Ghent clears its main cycle paths before seven in the morning.
Challenge: In winter people left their bicycles at home because the paths were icy.
Solution: A small team with brine machines clears forty kilometres of cycle paths.
Evidence: Not measured yet.
Lessons: Start small, and tell people which paths are cleared.
Transfer: Two machines, four people and a map.
Themes: climate adaptation, mobility"""

WINTER_DE = """teilen
Titel: Radwege im Winter
Zusammenfassung: Gent räumt seine wichtigsten Radwege vor sieben Uhr morgens.
Herausforderung: Im Winter ließen die Menschen ihr Fahrrad stehen, weil die Wege vereist waren.
Lösung: Ein kleines Team mit Solemaschinen räumt vierzig Kilometer Radwege.
Wirkung: Noch nicht gemessen.
Lehren: Klein anfangen und sagen, welche Wege geräumt sind.
Übertragbarkeit: Zwei Maschinen, vier Leute und ein Plan.
Themen: Klimaanpassung, Mobilität"""


def register(
    chat: Chat,
    user: str = ADA,
    *,
    contact_visible: bool = False,
    city: str = "Ghent",
    country: str = "BE",
) -> None:
    """Make someone a member without the dialog, which is another capability's."""
    with chat.database.write(f"member-{user}") as tx:
        members.keep(
            tx,
            Member(
                user_id=user,
                name={ADA: "Ada Byron", BEN: "Ben Okri", MIA: "Mia Kaya"}[user],
                organisation=f"City of {city}",
                kind="city",
                city=city,
                country=country,
                population=260_000,
                languages=["en"],
                themes=["mobility"],
                consent_version="1",
                consent_at=tx.now,
                contact_visible=contact_visible,
                registered_at=tx.now,
                updated_at=tx.now,
            ),
        )


def bring(chat: Chat, *records: dict[str, object]) -> list[Outcome]:
    """Import records, one transaction each."""
    outcomes = []
    for record in records:
        with chat.database.write(f"import-{record.get('id')}") as tx:
            outcomes.append(import_record(tx, record))
    return outcomes


def starter(*identities: str) -> list[dict[str, object]]:
    """The records of the starter library with these ids; without any, all of them."""
    records: list[dict[str, object]] = read_json("practices.json")["practices"]
    return [record for record in records if not identities or record["id"] in identities]
