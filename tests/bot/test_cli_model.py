"""What an operator gets who checks or loads a model of the self-assessment."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.__main__ import main
from commands.assessment import service
from config.data import read_json
from config.settings import PREFIX
from storage.database import Database


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory without settings."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


def write(name: str, **changes: object) -> str:
    Path(name).write_text(json.dumps({**read_json("maturity_model.json"), **changes}), "utf-8")
    return name


def test_a_sound_model(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what is in it."""
    assert main(["model", "check", write("model.json")]) == 0
    assert "sound" in (told := capsys.readouterr().out)
    assert "8 processes, 34 basic questions (about 29 minutes), at most 194" in told


def test_a_sound_model_from_an_editor_that_marks_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    """The mark stands in front of the text and is no part of it."""
    Path("model.json").write_text(json.dumps(read_json("maturity_model.json")), "utf-8-sig")
    assert main(["model", "check", "model.json"]) == 0
    assert "sound" in capsys.readouterr().out


def test_an_unsound_model_is_not_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    """Each error stands on a line of its own, and the exit code says so."""
    file = write("model.json", version=None, levels=[])
    for what in ("check", "load"):
        assert main(["model", what, file]) == 1
        told = capsys.readouterr()
        assert "model.json: version: is missing" in told.err
        assert "Not usable" in told.out


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"{", "no JSON, line 1"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "nested"),
        (b'{"id": ' + b"1" * 5_000 + b"}", "a number that is far too long"),
    ],
)
def test_no_model_at_all(content: bytes, error: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence, and no traceback."""
    Path("model.json").write_bytes(content)
    assert main(["model", "check", "model.json"]) == 1
    assert error in capsys.readouterr().err


def test_a_loaded_model_is_used_and_its_version_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """The same version with other content is refused; with a new one it is taken."""
    assert main(["model", "load", write("ours.json", id="ours", version="1")]) == 0
    assert "Loaded. ours, version 1" in capsys.readouterr().out
    changed = {"en": "Other", "de": "Anders"}
    assert main(["model", "load", write("again.json", id="ours", version="1", title=changed)]) == 1
    assert "raise `version`" in capsys.readouterr().err
    assert main(["model", "load", write("two.json", id="ours", version="2", title=changed)]) == 0
    assert main(["model", "load", "ours.json"]) == 0
    database = Database("sqlite:///data/proxenos.db")
    with database.read() as tx:
        assert service.current(tx).key == "ours 1"
        assert service.model_of(tx, "ours 2").title == changed
    database.close()
