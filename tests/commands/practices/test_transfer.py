"""Practices as files: what comes in is checked as the form is, what goes out comes in unchanged."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from commands.practices import transfer
from commands.practices.transfer import (
    BadRecord,
    Outcome,
    export_csv,
    export_json,
    import_record,
    read_csv,
    read_json,
)
from storage import practices
from storage.outbox import OutboxRow
from tests.commands.practices.network import WINTER, bring, starter
from tests.transcript import ADA, HUB, MIA, Chat

RECORD: dict[str, object] = {
    "id": "ghent-winter",
    "title": "Cycling in winter",
    "summary": "Ghent clears its main cycle paths before seven in the morning.",
    "challenge": "In winter people left their bicycles at home because the paths were icy.",
    "solution": "A small team with brine machines clears forty kilometres of cycle paths.",
    "evidence": "Not measured yet.",
    "lessons": "Start small.",
    "transfer": "Two machines.",
    "city": "Ghent",
    "country": "BE",
    "themes": ["climate.adaptation", "mobility"],
    "sources": ["Somebody's page - https://example.org"],
}


def test_the_starter_library_comes_in_once(library: Chat) -> None:
    """All sixty, and nothing of them when they come again."""
    with library.reading() as tx:
        assert practices.count(tx) == 60
        oslo = practices.by_external_id(tx, "oslo-climate-budget")
        assert oslo is not None
        assert (oslo.author, oslo.size_class, oslo.year_started, len(oslo.sources)) == (None, "L", 2017, 4)
    again = bring(library, *starter())
    assert set(again) == {Outcome.UNCHANGED}


def test_a_changed_record_becomes_a_new_version(chat: Chat) -> None:
    """The earlier one is kept, index and cards follow."""
    assert bring(chat, RECORD) == [Outcome.ADDED]
    chat.in_hub(MIA, "!pin 1 clear")
    assert bring(chat, {**RECORD, "title": "Bikes on ice"}) == [Outcome.UPDATED]
    with chat.reading() as tx:
        assert [one.content["title"] for one in practices.versions(tx, 1)] == ["Cycling in winter"]
        bodies = [
            row.content["body"].split("\n")[0]
            for row in tx.session.exec(select(OutboxRow))
            if row.action == "edit" and row.lane == HUB
        ]
    assert bodies == ["#1 Bikes on ice"]
    assert chat.say(ADA, "bikes on ice").startswith("One practice\n\n#1 Bikes on ice")


def test_the_same_record_does_not_undo_what_was_edited_here(chat: Chat) -> None:
    """A second import of the same file changes nothing, whatever happened in between."""
    bring(chat, RECORD)
    chat.say(MIA, "edit 1 title Bikes on ice")
    assert bring(chat, RECORD) == [Outcome.UNCHANGED]
    assert chat.say(ADA, "#1").startswith("#1 Bikes on ice\n")
    assert bring(chat, {**RECORD, "lessons": "Start very small."}) == [Outcome.UPDATED]
    assert chat.say(ADA, "#1").startswith("#1 Cycling in winter\n")


def test_new_sources_alone_are_an_update(chat: Chat) -> None:
    """Sources are no part of the text, so there is no new version."""
    bring(chat, RECORD)
    assert bring(chat, {**RECORD, "sources": ["Another page"]}) == [Outcome.UPDATED]
    with chat.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        assert (practice.sources, practice.version) == (["Another page"], 1)


def test_a_bad_record_is_told_all_its_reasons(chat: Chat) -> None:
    """In English, each with its field, by the rules of the form; nothing is written."""
    bad: dict[str, object] = {
        **RECORD,
        "id": 7,
        "title": "x" * 101,
        "summary": " ",
        "country": "Germny",
        "themes": ["housing", "culture", "mobility", "poverty"],
        "sdgs": [18],
        "links": ["javascript:alert(1)"],
        "size_class": "huge",
        "year_started": 1066,
        "seeking_partners": {"yes": 1},
        "translation_of": "unknown",
        "sources": [1],
    }
    with pytest.raises(BadRecord) as caught:
        bring(chat, bad)
    assert caught.value.reasons == [
        "id: required, text of at most 100 characters",
        "title: That is 101 characters; at most 100 fit. Please shorten it by 1.",
        "country: I don't know a country “Germny”. Did you mean Germany or Guernsey?",
        "themes: That is 4 themes; please choose at most 3.",
        "year_started: Please give a year between 1900 and 2028.",
        "sdgs: Please give the numbers of the goals, from 1 to 17, for example 7, 11.",
        "size_class: Please choose one: S (under 100,000), M (100,000 to 500,000),"
        " L (500,000 to 1 million) or XL (1 million and more). The number is enough.",
        "links: “javascript:alert(1)” is not a web address. It has to begin with https:// or http://.",
        "seeking_partners: dict is not expected here",
        "translation_of: there is no practice with the id 'unknown' yet",
        "summary: missing",
        "sources: expected a list of texts",
    ]
    with chat.reading() as tx:
        assert practices.everything(tx) == []


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_round_trip_changes_nothing(library: Chat, form: str) -> None:
    """What members shared as well as what was imported, odd cells included."""
    with library.database.write("odd") as tx:
        import_record(
            tx, {**RECORD, "title": "=SUM(A1)", "summary": '\'-1, "quoted"', "lessons": "+ a\n- b | c"}
        )
        import_record(tx, {**RECORD, "id": "german", "title": "@Radwege", "translation_of": "ghent-winter"})
    with library.database.write("again") as tx:
        text = export_json(tx) if form == "json" else export_csv(tx)
        records = read_json(text) if form == "json" else read_csv(text)
        assert len(records) == 62
        assert {import_record(tx, record) for record in records} == {Outcome.UNCHANGED}
        assert {practice.version for practice in practices.everything(tx)} == {1}


def test_an_export_is_a_library_elsewhere(ada: Chat, library_de: Chat) -> None:
    """What a member shared here can be imported there, without the member."""
    ada.say(ADA, WINTER + "\nSeeking partners: yes\nSDGs: 11")
    with ada.reading() as tx:
        exported = export_json(tx)
    assert ADA not in exported
    assert bring(library_de, *read_json(exported)) == [Outcome.ADDED]
    with library_de.reading() as tx:
        practice = practices.get(tx, 61)
        assert practice is not None
        assert (practice.seeking_partners, practice.sdgs, practice.size_class) == (True, [11], "M")
        assert json.loads(export_json(tx))["practices"][-1:] == json.loads(exported)["practices"]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_whole_library_comes_out_as_it_went_in(ada: Chat, elsewhere: Chat, form: str) -> None:
    """Texts, sources, status and dates; the second export is the first one to the letter."""
    ada.say(ADA, WINTER)
    bring(ada, {**RECORD, "sources": ["One | two", "three"]}, *starter("oslo-climate-budget"))
    bring(ada, {**RECORD, "id": "german", "title": "Radwege", "translation_of": "ghent-winter"})
    ada.clock.forward(days=40)
    ada.in_hub(MIA, "!pin 1 clear and reusable")
    ada.say(ADA, "edit 1 title Cycling on ice")
    elsewhere.clock.forward(days=100)
    with ada.reading() as tx:
        text = export_json(tx) if form == "json" else export_csv(tx)
    records = read_json(text) if form == "json" else read_csv(text)
    assert bring(elsewhere, *records) == [Outcome.ADDED] * 4
    with elsewhere.reading() as tx:
        assert (export_json(tx) if form == "json" else export_csv(tx)) == text
        practice = practices.get(tx, 1)
        assert practice is not None
        assert (practice.status, practice.created_at.month, practice.updated_at.month) == ("curated", 3, 4)
    assert "📌 Kuratiert: clear and reusable" in elsewhere.say(ADA, "praxis 1")
    assert "Cycling on ice" in elsewhere.say(ADA, "suche curated:ja")


def test_a_past_that_cannot_be(chat: Chat) -> None:
    """An unknown status and what is no moment are told; a day that is yet to come counts as today."""
    with pytest.raises(BadRecord) as caught:
        bring(chat, {**RECORD, "status": "draft", "curated_because": "x" * 301, "created_at": "yesterday"})
    assert caught.value.reasons == [
        "status: expected published or curated, or nothing",
        "curated_because: at most 300 characters",
        "created_at: expected a moment such as 2027-03-01T09:00:00+00:00",
    ]
    bring(chat, {**RECORD, "created_at": "2099-01-01", "updated_at": "2026-05-04"})
    with chat.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        assert (practice.created_at, practice.updated_at.isoformat()) == (tx.now, "2026-05-04T00:00:00+00:00")


def test_no_cell_is_a_formula(chat: Chat) -> None:
    """A spreadsheet shows what was written and runs nothing."""
    bring(chat, {**RECORD, "title": '=HYPERLINK("https://example.org")', "summary": "-1 degrees"})
    with chat.reading() as tx:
        row = next(csv.DictReader(io.StringIO(export_csv(tx))))
    assert row["title"] == '\'=HYPERLINK("https://example.org")'
    assert row["summary"] == "'-1 degrees"
    assert row["themes"] == "climate.adaptation | mobility"
    assert row["seeking_partners"] == "no"


@given(st.text(alphabet="'=+-@ab ", max_size=8))
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    """Whatever it begins with, and never as a formula."""
    cell = transfer._cell(text)
    assert transfer._unmarked(cell) == text
    assert not cell.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "This is not JSON"),
        ('{"other": 1}', "Expected a list of practices"),
        ("3", "Expected a list"),
    ],
)
def test_a_file_that_holds_no_practices(text: str, reason: str) -> None:
    """Said in one sentence."""
    with pytest.raises(BadRecord, match=reason):
        read_json(text)


def test_a_table_from_a_spreadsheet(chat: Chat) -> None:
    """With a byte order mark, semicolons and labels instead of ids."""
    row = {**RECORD, "themes": "Klimaanpassung | Mobilität", "sources": "a | b", "country": "Belgien"}
    table = io.StringIO()
    writer = csv.DictWriter(table, list(row), delimiter=";")
    writer.writeheader()
    writer.writerow(row)
    assert bring(chat, *read_csv("\ufeff" + table.getvalue())) == [Outcome.ADDED]
    with chat.reading() as tx:
        practice = practices.get(tx, 1)
        assert practice is not None
        assert (practice.country, practice.sources) == ("BE", ["a", "b"])
        assert practice.themes == ["climate.adaptation", "mobility"]
