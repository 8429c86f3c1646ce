"""A private Synapse on a loopback port, for the demo and for tests; it is no homeserver for real people."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import hmac
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

HOST = "127.0.0.1"
PATIENCE = 120.0  # seconds for a start; on an idle machine it takes four
LAST_CALL = 15.0  # seconds for an orderly end

Limits = Literal["none", "default"]


class SynapseFailed(Exception):
    """Synapse did not do what was asked; the message says what, with the end of its log."""


class Synapse:
    """A matrix-synapse with SQLite and everything it owns in `folder`, without federation.

    `limits` are Synapse's own rate limits (`"default"`) or none. All methods block; from asyncio call them
    with `asyncio.to_thread`. Port, keys and accounts survive `stop`, `kill` and a new object on the same
    folder. The process ends with its parent, and a Ctrl-C in the terminal does not reach it.
    """

    def __init__(self, folder: Path, *, server_name: str = "demo.localhost", limits: Limits = "none") -> None:
        self.folder = folder.resolve()
        self.server_name = server_name
        self.limits = limits
        self.port = 0
        self._secrets: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The homeserver's address."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_path(self) -> Path:
        """What Synapse has to say, warnings and worse."""
        return self.folder / "homeserver.log"

    def user_id(self, name: str) -> str:
        """The Matrix id of an account here."""
        return f"@{name}:{self.server_name}"

    def start(self) -> None:
        """Start Synapse and wait until it answers; raises `SynapseFailed`."""
        if self._process is not None:
            raise SynapseFailed("Synapse has been started already")
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = self._lock()
        try:
            self._remember()
            config = self._write_config()
            with self.log_path.open("ab") as log:
                process = self._process = subprocess.Popen(
                    # -P: a folder named config or bot where the program was started must not be imported.
                    [sys.executable, "-P", "-m", "bot.demo.synapse_child", "--config-path", str(config)],
                    cwd=self.folder,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=[lock],  # held by the child alone: the folder is free when Synapse is gone
                )
        finally:
            os.close(lock)
        self._wait_until_ready(process)

    def stop(self) -> None:
        """End Synapse in order, by force if need be; nothing happens if it does not run."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End Synapse at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start again, on the same port."""
        self.stop()
        self.start()

    def register(self, name: str, password: str, *, admin: bool = False) -> str:
        """Create an account and return its Matrix id; an account that is there already stays as it is.

        Source: https://element-hq.github.io/synapse/latest/admin_api/register_api.html
        """
        path = "/_synapse/admin/v1/register"
        nonce = str(self._call("GET", path)[1]["nonce"])
        signed = "\0".join([nonce, name, password, "admin" if admin else "notadmin"])
        mac = hmac.new(self._secrets["registration"].encode(), signed.encode(), hashlib.sha1).hexdigest()
        status, body = self._call(
            "POST",
            path,
            {
                "nonce": nonce,
                "username": name,
                "password": password,
                "admin": admin,
                "mac": mac,
                "inhibit_login": True,
            },
        )
        if status != 200 and body.get("errcode") != "M_USER_IN_USE":
            raise SynapseFailed(f"no account {name}: {status} {body}")
        return self.user_id(name)

    def join(self, name: str, password: str, room: str) -> None:
        """Let an account be in a room that everybody may join; `room` is its alias or id."""
        who = {"type": "m.id.user", "user": name}
        status, body = self._call(
            "POST",
            "/_matrix/client/v3/login",
            {"type": "m.login.password", "identifier": who, "password": password},
        )
        if status == 200:
            token = str(body["access_token"])
            status, body = self._call("POST", f"/_matrix/client/v3/join/{quote(room)}", {}, token=token)
            self._call("POST", "/_matrix/client/v3/logout", {}, token=token)
        if status != 200:
            raise SynapseFailed(f"{name} is not in {room}: {status} {body}")

    def _call(
        self, method: str, path: str, body: Any = None, *, token: str = ""
    ) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        return response.status, answer

    def _lock(self) -> int:
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + LAST_CALL
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # Perhaps the one before is about to end, because its parent did.
                if time.monotonic() > until:
                    os.close(lock)
                    raise SynapseFailed(f"another Synapse runs in {self.folder}") from None
                time.sleep(0.1)
            else:
                return lock

    def _remember(self) -> None:
        path = self.folder / "state.json"
        state: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        state.setdefault(
            "secrets", {name: secrets.token_hex(16) for name in ("registration", "macaroon", "form")}
        )
        state["port"] = _free_port(state.get("port", 0))
        self.port, self._secrets = state["port"], state["secrets"]
        _write_private(path, json.dumps(state))

    def _write_config(self) -> Path:
        key = self.folder / "signing.key"
        if not key.exists():
            seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
            _write_private(key, f"ed25519 a_{secrets.token_hex(2)} {seed}\n")
        log_config = self.folder / "log.yaml"
        log_config.write_text(json.dumps(_log_config(self.log_path)), "utf-8")
        config = self.folder / "homeserver.yaml"
        _write_private(config, json.dumps(self._config(key, log_config), indent=2))  # JSON is YAML
        return config

    def _config(self, key: Path, log_config: Path) -> dict[str, Any]:
        return {
            "server_name": self.server_name,
            "public_baseurl": f"{self.url}/",
            "listeners": [
                {
                    "port": self.port,
                    "type": "http",
                    "bind_addresses": [HOST],
                    "resources": [{"names": ["client"]}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(self.folder / "homeserver.db")}},
            "media_store_path": str(self.folder / "media"),
            "pid_file": str(self.folder / "homeserver.pid"),
            "log_config": str(log_config),
            "signing_key_path": str(key),
            "registration_shared_secret": self._secrets["registration"],
            "macaroon_secret_key": self._secrets["macaroon"],
            "form_secret": self._secrets["form"],
            "enable_registration": False,
            "bcrypt_rounds": 4,
            "default_room_version": "12",
            "federation_domain_whitelist": [],
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "report_stats": False,
            "url_preview_enabled": False,
            "presence": {"enabled": False},
        } | (_unlimited() if self.limits == "none" else {})

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if process.poll() is not None:
                self._let_go()
                raise SynapseFailed(f"Synapse ended during its start:\n{self._last_words()}")
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                if self._call("GET", "/_matrix/client/versions")[0] == 200:
                    return
            time.sleep(0.05)
        self.kill()
        raise SynapseFailed(f"Synapse did not answer within {PATIENCE:.0f} s:\n{self._last_words()}")

    def _last_words(self) -> str:
        return "\n".join(self.log_path.read_text("utf-8", "replace").splitlines()[-15:])

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(LAST_CALL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
        self._process = None


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise SynapseFailed("no free port on loopback")


def _write_private(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text, "utf-8")


def _log_config(path: Path) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {
            "file": {
                "class": "logging.FileHandler",
                "filename": str(path),
                "formatter": "line",
                "delay": True,
            }
        },
        "root": {"level": "WARNING", "handlers": ["file"]},
    }


def _unlimited() -> dict[str, Any]:
    free = {"per_second": 1_000_000, "burst_count": 1_000_000}
    return {
        "rc_message": free,
        "rc_registration": free,
        "rc_admin_redaction": free,
        "rc_login": {"address": free, "account": free, "failed_attempts": free},
        "rc_joins": {"local": free, "remote": free},
        "rc_joins_per_room": free,
        "rc_invites": {"per_room": free, "per_user": free, "per_issuer": free},
        "rc_media_create": free,
        "rc_room_creation": free,
        "rc_profile": free,
        "rc_presence": {"per_user": free},
        "rc_user_directory": free,
        "rc_reports": free,
        "max_pending_media_uploads": 1_000_000,
    }
