"""The model of the self-assessment: whether a file is sound, and using it from now on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bot.cli.errors import CommandFailed
from bot.cli.operate import opened, say
from commands.assessment import service
from config.maturity import Model, ModelUnsound, read_model
from config.settings import load_storage_settings
from storage.migrate import migrate


def check(file: Path) -> int:
    """Say whether a model can be used; every error is named by its place, and the exit code is then 1."""
    try:
        model = read_model(_read(file))
    except ModelUnsound as unsound:
        return _told(file, unsound)
    say(f"{file}: sound. {_described(model)}")
    return 0


def load(file: Path) -> int:
    """Let everybody who begins from now on answer the questions of a model."""
    document = _read(file)
    settings = load_storage_settings()
    with opened(settings) as database:
        migrate(database)
        try:
            with database.write("model") as tx:
                model = service.load_model(tx, document)
        except ModelUnsound as unsound:
            return _told(file, unsound)
        except service.OtherContent:
            raise CommandFailed(
                f"{file}: this id and version are known already, with other content. Results"
                " stay with their version: raise `version` and load it again."
            ) from None
    say(f"Loaded. {_described(model)}")
    say("Whoever begins now answers this model; what was begun goes on, and results stay, with theirs.")
    return 0


def _described(model: Model) -> str:
    basic = sum(len(list(process.on(1))) for process in model.processes)
    every = sum(len(process.questions) for process in model.processes)
    return (
        f"{model.id}, version {model.version}: {len(model.processes)} processes, {basic} basic questions"
        f" (about {service.minutes(basic)} minutes), at most {every}, levels up to {model.top}."
    )


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"))  # some editors put a mark in front
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{file}: not UTF-8 ({error.reason} at byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise CommandFailed(
            f"{file}: no JSON, line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except ValueError as error:
        raise CommandFailed(f"{file}: no model; it holds a number that is far too long") from error
    except RecursionError as error:
        raise CommandFailed(f"{file}: no model; it is nested too deeply") from error


def _told(file: Path, unsound: ModelUnsound) -> int:
    for error in unsound.errors:
        sys.stderr.write(f"{file}: {error}\n")
    count = len(unsound.errors)
    say(f"Not usable: {count} {'error' if count == 1 else 'errors'}.")
    return 1
