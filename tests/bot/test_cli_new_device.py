"""Beginning anew as another device, when the keys of the old one are lost."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.matrix.cross_signing import SigningKeys
from bot.matrix.machine import Machine
from storage import crypto, devices
from storage.database import Database
from storage.migrate import migrate
from tests.fakes.scripted_homeserver import Answer, ScriptedHomeserver

BOT = "@proxenos:test.localhost"
KEY = "the key to the store"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data of a bot that was the device OLD, with keys of all kinds."""
    monkeypatch.chdir(tmp_path)
    settings = {"HOMESERVER_URL": "http://127.0.0.1:9", "USER_ID": BOT, "PASSWORD": "secret"}
    for name, value in settings.items():
        monkeypatch.setenv(f"PROXENOS_{name}", value)
    folder = tmp_path / "data"
    database = Database(f"sqlite:///{folder}/proxenos.db")
    migrate(database)
    with database.write() as tx:
        devices.claim(tx, BOT, "OLD")
        Machine(BOT, "OLD", KEY).identity_keys(tx)
        crypto.put(tx, "cross_signing", "own", SigningKeys.create().sealed(KEY))
        for kind in ("olm", "megolm", "user"):
            crypto.put(tx, kind, "somebody", b"{}")
    database.close()
    session = {"user_id": BOT, "device_id": "OLD", "access_token": "token"}
    (folder / "session.json").write_text(json.dumps(session))
    return folder


@pytest.mark.parametrize("store_key", [KEY, "another key", None])
def test_what_is_left(data_dir: Path, capsys: pytest.CaptureFixture[str], store_key: str | None) -> None:
    """No device and no keys; those that sign devices stay if they can be opened, and sign the next one."""
    if store_key:
        (data_dir / "store.key").write_text(f"{store_key}\n")
    assert main(["new-device", "--yes"]) == 0
    told = capsys.readouterr().out
    assert f"{BOT} is no longer the device OLD." in told
    assert "delete the device OLD of this account by hand" in told, "nobody answers at this address"
    assert "needs PROXENOS_PASSWORD" in told
    assert not (data_dir / "session.json").exists()
    database = Database(f"sqlite:///{data_dir}/proxenos.db")
    with database.read() as tx:
        assert devices.of(tx, BOT) is None
        left = {kind: crypto.keys(tx, kind) for kind in ("account", "olm", "megolm", "user", "cross_signing")}
    database.close()
    assert left.pop("cross_signing") == (["own"] if store_key == KEY else [])
    assert not any(left.values())


def test_it_asks_first(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `--yes` an operator hears what would be lost, and everything stays."""
    assert main(["new-device"]) == 1
    told = capsys.readouterr().err
    assert "could never be read" in told
    assert "proxenos new-device --yes" in told
    assert (data_dir / "session.json").exists()
    assert _device(data_dir) == "OLD"


async def test_the_old_device_is_logged_out(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody can go on with its token, and there is nothing left to do by hand."""
    async with ScriptedHomeserver() as server:
        monkeypatch.setenv("PROXENOS_HOMESERVER_URL", server.url)
        server.script("POST", "/logout$", Answer(200, {}))
        assert await asyncio.to_thread(main, ["new-device", "--yes"]) == 0
        (logout,) = server.seen
    assert logout.headers["Authorization"] == "Bearer token"
    told = capsys.readouterr().out
    assert f"{BOT} is no longer the device OLD." in told
    assert "by hand" not in told
    assert not (data_dir / "session.json").exists()


@pytest.mark.parametrize(
    "session",
    [
        None,
        "no session",
        json.dumps({"user_id": BOT, "device_id": "OLD", "access_token": ""}),
        json.dumps({"user_id": "@other:test.localhost", "device_id": "OTHER", "access_token": "token"}),
    ],
)
async def test_a_device_without_a_token(
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    session: str | None,
) -> None:
    """What the program can't do, the operator is asked to do; another account is left alone."""
    file = data_dir / "session.json"
    file.unlink() if session is None else file.write_text(session)
    async with ScriptedHomeserver() as server:
        monkeypatch.setenv("PROXENOS_HOMESERVER_URL", server.url)
        assert await asyncio.to_thread(main, ["new-device", "--yes"]) == 0
        assert server.seen == []
    assert "delete the device OLD of this account by hand" in capsys.readouterr().out
    assert _device(data_dir) is None


async def test_a_token_that_is_not_valid_any_more(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The device may be there without it; and a token in the settings would lead back to it."""
    monkeypatch.setenv("PROXENOS_ACCESS_TOKEN", "token")
    monkeypatch.setenv("PROXENOS_DEVICE_ID", "OLD")
    async with ScriptedHomeserver() as server:
        monkeypatch.setenv("PROXENOS_HOMESERVER_URL", server.url)
        server.script("POST", "/logout$", Answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": ""}))
        assert await asyncio.to_thread(main, ["new-device", "--yes"]) == 0
    told = capsys.readouterr().out
    assert "delete the device OLD of this account by hand" in told
    assert "Take PROXENOS_ACCESS_TOKEN and PROXENOS_DEVICE_ID out of the settings" in told


def _device(data_dir: Path) -> str | None:
    database = Database(f"sqlite:///{data_dir}/proxenos.db")
    with database.read() as tx:
        device = devices.of(tx, BOT)
    database.close()
    return device


def test_only_the_owner_can_read_the_database(data_dir: Path) -> None:
    assert data_dir.stat().st_mode & 0o777 == 0o700
    assert (data_dir / "proxenos.db").stat().st_mode & 0o777 == 0o600
