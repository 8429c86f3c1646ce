"""Practices into and out of the library as files: records of JSON, rows of CSV."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from commands.core.context import Context, Network
from commands.core.errors import UserError
from commands.core.forms import Answers
from commands.core.message import storable
from commands.core.nodes import Code
from commands.practices import index, service
from commands.practices.cards import LONGEST_REASON
from commands.practices.forms import SHARE
from commands.practices.translations import service as short_versions
from commands.practices.translations.forms import TRANSLATION
from commands.practices.translations.service import ShortVersions
from config.languages import find_language
from config.texts import texts
from storage import practices, translations
from storage.database import Tx
from storage.practices import VISIBLE, Practice, Status

COLUMNS = (
    "id",
    *service.CONTENT,
    "sources",
    "status",
    "curated_because",
    "created_at",
    "updated_at",
)
_BETWEEN = " | "
_LONGEST_ID = 100
_MOST_SOURCES = 20
_LONGEST_SOURCE = 500
_STATUS = tuple(str(status) for status in VISIBLE)
# What a spreadsheet would take for a formula, and what was marked so that it doesn't.
_FORMULA = re.compile(r"'*[=+\-@]")
_MARKED = re.compile(r"'+[=+\-@]")


class Outcome(StrEnum):
    """What became of a record."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Past:
    """What a record says of the life that a practice has had elsewhere."""

    status: str | None = None
    curated_because: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class BadRecord(ValueError):
    """A record that can't be imported; `reasons` say why, each beginning with its field, in English."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def import_record(tx: Tx, record: dict[str, object]) -> Outcome:
    """Add a practice from a record, or update the one that came from a record with the same `id`.

    Its fields follow the rules of the form. The same record again changes nothing, not even what was
    edited here since. What it says of status and dates counts when it is new here. Raises `BadRecord`.
    """
    clean: dict[str, object] = storable(record)
    identity, answers, sources, past = _read(tx, clean)
    short = _short(tx, clean, answers)
    content = service.content_from(answers)
    said = {} if short is None else {"short_versions": short}
    fingerprint = _fingerprint({**content, "sources": sources, **said})
    known = practices.by_external_id(tx, identity)
    if known is None:
        practice = service.publish(tx, answers, author=None, external_id=identity, sources=sources)
        practice.imported = fingerprint
        practices.flush(tx)
        short_versions.replace(tx, practice, short or {})
        _live_through(tx, practice, past)
        return Outcome.ADDED
    if known.imported == fingerprint:
        return Outcome.UNCHANGED
    known.imported = fingerprint
    same_sources = sources is None or sources == known.sources
    if sources is not None:
        known.sources = sources
    changed = service.edit(tx, known, _complete(answers), by=None)
    practices.flush(tx)
    same_short = short is None or not short_versions.replace(tx, known, short)
    return Outcome.UNCHANGED if same_sources and same_short and not changed else Outcome.UPDATED


def _live_through(tx: Tx, practice: Practice, past: Past) -> None:
    """Give a new practice the life that it has had elsewhere."""
    practice.created_at = past.created_at or tx.now
    practice.updated_at = past.updated_at or past.created_at or tx.now
    if past.status == Status.CURATED:
        practice.status = Status.CURATED
        practices.add_step(tx, practice, None, past.curated_because)
    index.renew(tx, practice)


def export_json(tx: Tx) -> str:
    """All practices that everyone can see, in the shape that the import takes; without their authors."""
    records = [
        {name: value for name, value in _record(tx, one).items() if value is not None} for one in _all(tx)
    ]
    return json.dumps({"practices": records}, ensure_ascii=False, indent=1) + "\n"


def export_csv(tx: Tx) -> str:
    """The same as a table for spreadsheets: lists joined by ` | `, nothing that would run as a formula."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for practice in _all(tx):
        record = _record(tx, practice)
        writer.writerow([_cell(record[name]) for name in COLUMNS])
    return table.getvalue()


def read_json(text: str) -> list[dict[str, object]]:
    """The records of a JSON file: a list, or an object with a list of `practices`; raises `BadRecord`."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadRecord([f"This is not JSON: {error}"]) from None
    records = found.get("practices") if isinstance(found, dict) else found
    if not isinstance(records, list):
        raise BadRecord(["Expected a list of practices, or an object with a list named practices"])
    return [record if isinstance(record, dict) else {"": record} for record in records]


def read_csv(text: str) -> list[dict[str, object]]:
    """The records of a CSV file with a line of column names, separated by commas or semicolons.

    Raises `BadRecord` for what is no table.
    """
    text = text.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise BadRecord([f"This is not CSV: {error}"]) from None
    return [
        {
            name: _unmarked(cell)
            for name, cell in row.items()
            if isinstance(name, str) and isinstance(cell, str)
        }
        for row in rows
    ]


def _read(tx: Tx, record: dict[str, object]) -> tuple[str, Answers, list[str] | None, Past]:
    """The record's id, its answers to the form, its sources (None: it says nothing of them), its past."""
    ctx = _operator(tx)
    reasons: list[str] = []
    identity = record.get("id")
    if not isinstance(identity, str) or not identity.strip() or len(identity) > _LONGEST_ID:
        reasons.append(f"id: required, text of at most {_LONGEST_ID} characters")
    answers: Answers = {}
    for field in SHARE.fields:
        typed = _typed(record.get(field.name))
        if typed is None:
            reasons.append(f"{field.name}: {type(record[field.name]).__name__} is not expected here")
        elif typed and field.name == "translation_of":
            original = practices.by_external_id(tx, typed)
            if original is None or typed == identity:
                reasons.append(f"translation_of: there is no practice with the id {typed[:60]!r} yet")
            else:
                answers[field.name] = original.number
        elif typed:
            try:
                answers[field.name] = SHARE.read_field(field, typed, ctx)
            except UserError as error:
                reasons.append(f"{field.name}: {_in_words(error)}")
    if "language" not in answers:
        answers = SHARE.propose(ctx, answers)
    named = {reason.partition(":")[0] for reason in reasons}
    reasons += [f"{field.name}: missing" for field in SHARE.missing(answers) if field.name not in named]
    sources = _sources(record, reasons)
    past = _past(tx, record, reasons)
    if reasons:
        raise BadRecord(reasons)
    return str(identity).strip(), answers, sources, past


def _operator(tx: Tx) -> Context:
    # The operator reads English and stands in no room; the rules ask a context for nothing else.
    return Context(
        tx, Network(user_id="@import:localhost", hub_room=""), sender="", room_id="", language="en"
    )


def _typed(value: object) -> str | None:
    """A value of a record as a person would type it; empty for none, None for what nobody could type."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value.strip()
        case int():
            return str(value)
        case list() if all(isinstance(one, str | int) and not isinstance(one, bool) for one in value):
            return _BETWEEN.join(str(one) for one in value)
        case _:
            return None


def _sources(record: dict[str, object], reasons: list[str]) -> list[str] | None:
    value = record.get("sources")
    if value is None:
        return None
    between = "\n" if isinstance(value, str) and "\n" in value else _BETWEEN.strip()
    pieces = value.split(between) if isinstance(value, str) else value
    if not isinstance(pieces, list) or not all(isinstance(one, str) for one in pieces):
        reasons.append("sources: expected a list of texts")
        return None
    sources = [" ".join(one.split()) for one in pieces if one.strip()]
    if len(sources) > _MOST_SOURCES or any(len(one) > _LONGEST_SOURCE for one in sources):
        reasons.append(f"sources: at most {_MOST_SOURCES} of at most {_LONGEST_SOURCE} characters each")
    return sources


def _short(tx: Tx, record: dict[str, object], answers: Answers) -> ShortVersions | None:
    """The short versions in other languages by their codes (None: the record says nothing of them)."""
    given = record.get("short_versions")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise BadRecord(["short_versions: expected an object with a language for each"])
    ctx = _operator(tx)
    short: ShortVersions = {}
    reasons: list[str] = []
    for language, texts_in_it in given.items():
        found = texts_in_it if isinstance(texts_in_it, dict) else {}
        if find_language(str(language)) != language or language == answers["language"]:
            reasons.append(f"short_versions: {str(language)[:40]!r} is not the code of another language")
            continue
        short[language] = {}
        for field in TRANSLATION.fields:
            try:
                short[language][field.name] = field.parse(_typed(found.get(field.name)) or "", ctx)
            except UserError as error:
                reasons.append(f"short_versions: {language}: {field.name}: {_in_words(error)}")
    if reasons:
        raise BadRecord(reasons)
    return short


def _past(tx: Tx, record: dict[str, object], reasons: list[str]) -> Past:
    def said(name: str) -> str | None:
        value = record.get(name)
        return value.strip() or None if isinstance(value, str) else None

    status, because = said("status"), said("curated_because")
    if status not in (None, *_STATUS):
        reasons.append(f"status: expected {' or '.join(_STATUS)}, or nothing")
    if because and len(because) > LONGEST_REASON:
        reasons.append(f"curated_because: at most {LONGEST_REASON} characters")
    moments: dict[str, datetime | None] = {}
    for name in ("created_at", "updated_at"):
        written = said(name)
        try:
            moment = datetime.fromisoformat(written) if written else None
        except ValueError:
            moment = None
            reasons.append(f"{name}: expected a moment such as 2027-03-01T09:00:00+00:00")
        # A spreadsheet may have taken the zone away; what is exported is UTC.
        moment = moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
        # Clocks differ a little; beyond that, what is yet to come did not happen.
        moments[name] = tx.now if moment and moment > tx.now + timedelta(days=1) else moment
    return Past(status, because, **moments)


def _in_words(error: UserError) -> str:
    parameters = {
        name: value.text if isinstance(value, Code) else value for name, value in error.parameters.items()
    }
    return texts("en").get(error.message_id, **parameters)


def _complete(answers: Answers) -> Answers:
    """Answers for every field: a record without a field says that it is empty."""
    return {field.name: answers.get(field.name) for field in SHARE.fields}


def _fingerprint(content: dict[str, Any]) -> str:
    written = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(written.encode()).hexdigest()


def _all(tx: Tx) -> list[Practice]:
    """All that everyone can see; originals before their translations, as the import needs them."""
    visible = [practice for practice in practices.everything(tx) if practice.status in VISIBLE]
    return sorted(visible, key=lambda practice: (practice.translation_of is not None, practice.number))


def _record(tx: Tx, practice: Practice) -> dict[str, Any]:
    original = practices.get(tx, practice.translation_of) if practice.translation_of else None
    return {
        "id": practice.external_id,
        **service.content_of(practice),
        # Numbers are this library's own.
        "translation_of": original.external_id if original and original.status in VISIBLE else None,
        "sources": practice.sources,
        "short_versions": {
            one.language: {"title": one.title, "summary": one.summary}
            for one in translations.of(tx, practice.number)
        }
        or None,
        "status": practice.status,
        "curated_because": service.curated_because(tx, practice) or None,
        "created_at": practice.created_at.isoformat(),
        "updated_at": practice.updated_at.isoformat(),
    }


def _cell(value: Any) -> str:
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case list() if any(_BETWEEN.strip() in str(one) for one in value):
            text = "".join(f"{one}\n" for one in value)
        case list():
            text = _BETWEEN.join(str(one) for one in value)
        case _:
            text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _unmarked(cell: str) -> str:
    return cell[1:] if _MARKED.match(cell) else cell
