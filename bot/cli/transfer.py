"""Good practices into and out of the library, and events into calendars."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import track

from bot.cli.errors import CommandFailed
from bot.cli.operate import opened, say
from commands.events import calendars
from commands.practices import transfer
from commands.practices.files.service import library
from commands.practices.transfer import BadRecord, Outcome
from config.settings import load_storage_settings
from storage.database import Database
from storage.migrate import migrate

_READERS = {".json": transfer.read_json, ".csv": transfer.read_csv}
_WRITERS = {"json": transfer.export_json, "csv": transfer.export_csv}


def import_practices(file: Path) -> int:
    """Take the good records of a file and name the bad ones; the exit code is 1 if there was any."""
    settings = load_storage_settings()
    records = _read(file)
    outcomes: Counter[Outcome] = Counter()
    complaints: list[str] = []
    with opened(settings) as database:
        migrate(database)
        run = time.time_ns()  # two imports of one record are two causes
        console = Console(stderr=True)
        for place, record in enumerate(
            track(records, "Importing", console=console, disable=not console.is_terminal, transient=True), 1
        ):
            try:
                outcomes[_import(database, record, f"import/{run}/{place}")] += 1
            except BadRecord as bad:
                complaints.append(f"record {place} (id {record.get('id') or 'missing'}): {bad}")
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    told = [f"{outcomes[outcome]} {outcome}" for outcome in Outcome]
    say(", ".join([*told, *([f"{len(complaints)} not taken"] if complaints else [])]))
    return 1 if complaints else 0


def export_practices(form: str, output: Path | None, language: str) -> int:
    """Write all practices that everyone can see, as JSON, CSV, HTML or Markdown, to a file or to standard
    output; documents have the words of the language `language`."""
    settings = load_storage_settings()
    with opened(settings) as database:
        migrate(database)
        with database.read() as tx:
            text = _WRITERS[form](tx) if form in _WRITERS else library(tx, form, language)
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        # CSV brings its own line ends.
        output.write_text(text, "utf-8", newline="")
    return 0


def export_calendar(output: Path | None, language: str) -> int:
    """Write the announced events that are ahead as iCalendar to a file or to standard output."""
    settings = load_storage_settings()
    with opened(settings) as database:
        migrate(database)
        with database.read() as tx:
            file = calendars.everything(tx, settings.network_name, language)
    if output is None:
        sys.stdout.buffer.write(file)
        sys.stdout.flush()
    else:
        output.write_bytes(file)
    return 0


def _read(file: Path) -> list[dict[str, object]]:
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise CommandFailed(f"{file}: the name of a file to import ends in .json or .csv")
    try:
        return reader(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{file}: not UTF-8 ({error.reason} at byte {error.start})") from error
    except BadRecord as bad:
        raise CommandFailed(f"{file}: {bad}") from bad


def _import(database: Database, record: dict[str, object], source: str) -> Outcome:
    """One record, one transaction: the bot can work in between, and what is taken stays taken."""
    with database.write(source) as tx:
        return transfer.import_record(tx, record)
