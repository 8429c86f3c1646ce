"""Beginning anew as another device, when the keys of the old one are lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.matrix.cross_signing import SigningKeys
from bot.matrix.machine import Machine
from storage import crypto, devices
from storage.database import Database
from storage.migrate import migrate

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
    assert main(["new-device"]) == 0
    told = capsys.readouterr().out
    assert f"{BOT} is no longer the device OLD." in told
    assert "needs PROXENOS_PASSWORD" in told
    assert not (data_dir / "session.json").exists()
    database = Database(f"sqlite:///{data_dir}/proxenos.db")
    with database.read() as tx:
        assert devices.of(tx, BOT) is None
        left = {kind: crypto.keys(tx, kind) for kind in ("account", "olm", "megolm", "user", "cross_signing")}
    database.close()
    assert left.pop("cross_signing") == (["own"] if store_key == KEY else [])
    assert not any(left.values())


def test_only_the_owner_can_read_the_database(data_dir: Path) -> None:
    assert data_dir.stat().st_mode & 0o777 == 0o700
    assert (data_dir / "proxenos.db").stat().st_mode & 0o777 == 0o600
