"""What an operator gets from the command line: exit codes, sentences, files."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from config.data import read_json
from config.settings import PREFIX
from storage import outbox
from storage.database import Database
from storage.lock import only_process
from storage.rooms import Room

ACCOUNT = {
    "HOMESERVER_URL": "http://127.0.0.1:9",
    "USER_ID": "@proxenos:example.org",
    "PASSWORD": "secret-word",
    "HUB_ROOM": "#ud-hub:example.org",
}


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without settings."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that are enough to run."""
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(PREFIX + name, value)


def practice(**changes: object) -> dict[str, object]:
    """A record that is fine, but for the changes."""
    record: dict[str, object] = read_json("practices.json")["practices"][0]
    return {**record, **changes}


def write(path: Path, records: Any) -> str:
    path.write_text(json.dumps(records), "utf-8")
    return str(path)


# --- what can be typed


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is there without any settings."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("proxenos 0.")


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "demo",
        "setup",
        "import practices",
        "export practices",
        "export calendar",
        "dead-letters",
        "db upgrade",
    ],
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help needs no settings, and the overview names the command with an example."""
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert f"proxenos {command}" in told or command.split()[0] in told


@pytest.mark.parametrize(
    "line", ["", "fly", "import", "export practices", "setup --language fr", "import cities x"]
)
def test_wrong_arguments(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no command ends with exit code 2 and the usage."""
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2
    assert "usage: proxenos" in capsys.readouterr().err


def test_a_moderator_is_a_matrix_id(capsys: pytest.CaptureFixture[str]) -> None:
    """A name alone is refused before anything is done."""
    with pytest.raises(SystemExit) as ended:
        main(["setup", "--moderator", "mia"])
    assert ended.value.code == 2
    assert "'mia' is no Matrix id; one looks like @name:example.org" in capsys.readouterr().err


# --- settings


@pytest.mark.parametrize(("command", "missing"), [("run", 4), ("setup", 3)])
def test_missing_settings(command: str, missing: int, capsys: pytest.CaptureFixture[str]) -> None:
    """All that is missing is named, a line each, with exit code 2."""
    assert main([command]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == missing
    assert all(line.startswith("PROXENOS_") and ": not set, expected " in line for line in lines)


def test_a_wrong_setting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The database commands complain of what they need, and of that alone."""
    monkeypatch.setenv("PROXENOS_DATABASE_URL", "mysql://secret-word@host/x")
    monkeypatch.setenv("PROXENOS_USER_ID", "nobody")
    assert main(["db", "upgrade"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("PROXENOS_DATABASE_URL: found a value that is not shown here")
    assert len(told.splitlines()) == 1


# --- what can be foreseen


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("command", ["run", "setup", "db upgrade"])
def test_only_one_process(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside a running bot nothing starts that would disturb it."""
    database = Database("sqlite:///data/proxenos.db")
    with only_process(database, Path("data")):
        assert main(command.split()) == 1
    database.close()
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith(
        f"Another Proxenos process (number {os.getpid()}) works in data. Stop it first"
    )


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("command", ["run", "setup", "db upgrade", "export practices --format csv"])
def test_a_database_from_a_newer_version(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A newer database is left alone."""
    assert main(["db", "upgrade"]) == 0
    database = sqlite3.connect("data/proxenos.db")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    capsys.readouterr()
    assert main(command.split()) == 1
    assert "newer version of Proxenos" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://u:secret-word@127.0.0.1:9/x", "sqlite:////proc/nowhere/x.db"]
)
def test_a_database_that_is_not_there(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, without the password."""
    monkeypatch.setenv("PROXENOS_DATABASE_URL", url)
    assert main(["db", "upgrade"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "secret-word" not in line


def test_a_file_that_is_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged database is named as one."""
    Path("data").mkdir()
    Path("data/proxenos.db").write_bytes(b"no database at all " * 100)
    assert main(["db", "upgrade"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The database can't be opened: file is not a database")


def test_an_upgrade_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The second time there is nothing to do."""
    assert main(["db", "upgrade"]) == 0
    assert main(["db", "upgrade"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "The database has been brought up to date.",
        "The database is up to date already.",
    ]


def test_dead_letters_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """When, what, where and why, but nothing of what was said."""
    assert main(["dead-letters"]) == 0
    assert capsys.readouterr().out == "Everything could be delivered.\n"
    database = Database("sqlite:///data/proxenos.db", clock=lambda: datetime(2027, 3, 1, 9, 30, tzinfo=UTC))
    with database.write("$command") as tx:
        tx.session.add(Room(room_id="!lobby:x", name="Lobby"))
        tx.session.flush()
        for lane, why in (("!lobby:x", "403 M_FORBIDDEN\nUser not in room"), ("@ada:x", "413 too large")):
            outbox.mark_dead(tx, outbox.message(tx, lane, {"body": "between us"}), why)
        outbox.message(tx, "!lobby:x", {"body": "still waits"})
    database.close()
    assert main(["dead-letters"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2027-03-01 09:30 UTC  message    !lobby:x (Lobby)  403 M_FORBIDDEN User not in room",
        "2027-03-01 09:30 UTC  message    @ada:x  413 too large",
    ]


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(again: signal.Signals, tmp_path: Path) -> None:
    """A bot that can't end in order, because its homeserver is away, can still be ended."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    env |= {PREFIX + name: value for name, value in ACCOUNT.items()}
    command = [sys.executable, "-P", "-m", "bot", "run"]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as bot:
        assert bot.stderr
        for line in bot.stderr:
            if "homeserver" in line:  # it waits for the homeserver
                break
        bot.send_signal(signal.SIGTERM)
        while bot.poll() is None:
            bot.send_signal(again)
            try:
                bot.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
    assert bot.returncode in (0, -signal.SIGTERM, -again)


# --- import and export


def test_import_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The practices that come with the program are all taken; a second time nothing changes."""
    file = write(tmp_path / "practices.json", read_json("practices.json"))
    assert main(["import", "practices", file]) == 0
    assert main(["import", "practices", file]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "60 added, 0 updated, 0 unchanged",
        "0 added, 0 updated, 60 unchanged",
    ]


def test_bad_records_are_named_and_good_ones_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each bad record is named by its place and id, with the reason."""
    records = [
        practice(),
        practice(id="long", title="x" * 101),
        3,
        practice(id="fine"),
        practice(id="no", city=None),
    ]
    assert main(["import", "practices", write(tmp_path / "p.json", records)]) == 1
    captured = capsys.readouterr()
    assert captured.out == "2 added, 0 updated, 0 unchanged, 3 not taken\n"
    complaints = captured.err.splitlines()
    assert complaints[0].startswith("record 2 (id long): title: ")
    assert complaints[1].startswith("record 3 (id missing): ")
    assert complaints[2] == "record 5 (id no): city: missing"


def test_a_changed_record_updates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same id with other words is the same practice."""
    for record in (practice(), practice(title="Another title")):
        assert main(["import", "practices", write(tmp_path / "p.json", [record])]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 added, 1 updated, 0 unchanged"
    assert main(["export", "practices", "--format", "json"]) == 0
    (exported,) = json.loads(capsys.readouterr().out)["practices"]
    assert exported["title"] == "Another title"


@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_export_can_be_imported(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What goes out comes in again unchanged, in another network as well."""
    records = read_json("practices.json")["practices"][::6]
    main(["import", "practices", write(tmp_path / "p.json", records)])
    assert main(["export", "practices", "--format", form, "--output", f"out.{form}"]) == 0
    capsys.readouterr()
    assert main(["import", "practices", f"out.{form}"]) == 0
    monkeypatch.setenv("PROXENOS_DATA_DIR", "another")
    assert main(["import", "practices", f"out.{form}"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 added, 0 updated, 10 unchanged",
        "10 added, 0 updated, 0 unchanged",
    ]


def test_an_export_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole library as one page, or as one text, with headings in the language that was asked for."""
    records = read_json("practices.json")["practices"][:3]
    main(["import", "practices", write(tmp_path / "p.json", records)])
    assert main(["export", "practices", "--format", "html", "--language", "de", "--output", "p.html"]) == 0
    page = Path("p.html").read_text("utf-8")
    assert page.startswith('<!DOCTYPE html>\n<html lang="de">')
    assert page.count("<article ") == 3
    assert "<h1>3 Praxisbeispiele</h1>\n<p>Aus der Bibliothek des Netzwerks, " in page
    capsys.readouterr()
    assert main(["export", "practices", "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("# 3 good practices\n\nFrom the library of the network, ")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("p.json", b"{", "p.json: This is not JSON"),
        ("p.json", b"\xff", "p.json: not UTF-8"),
        ("p.json", b"3", "p.json: Expected a list of practices"),
        ("p.txt", b"[]", "p.txt: the name of a file to import ends in .json or .csv"),
        ("p.json", None, "p.json: No such file or directory"),
    ],
)
def test_a_file_that_can_not_be_read(
    name: str, content: bytes | None, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence says what is wrong with the file."""
    if content is not None:
        Path(name).write_bytes(content)
    assert main(["import", "practices", name]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(sentence)


def test_an_output_that_can_not_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    """So it is for the file to export to."""
    assert main(["export", "practices", "--format", "csv", "--output", "nowhere/x.csv"]) == 1
    assert capsys.readouterr().err == "nowhere/x.csv: No such file or directory\n"
