"""Getting into the account, with one device for ever."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import string
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

import structlog
from nio import Api

from bot.matrix.gateway import Limited, LoggedOut, Refused, Session, Unavailable
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.transport import NO_TOKEN, Transport
from storage import devices
from storage.database import Database

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]

DEVICE_NAME = "Proxenos"
LONGEST_PAUSE = 60.0  # seconds between two attempts to reach the homeserver
LOGOUT_TIMEOUT = 20.0  # seconds; an operator is waiting
LOGINS_AN_HOUR = 3  # while running; homeservers allow few, and who is logged out more often has an enemy

log = structlog.get_logger(__name__)


class LoginFailed(Exception):
    """The bot can't get into its account; the message tells the operator why and what to do."""


def session_path(data_dir: Path) -> Path:
    """Where the session is kept."""
    return data_dir / "session.json"


def load_session(path: Path) -> Session | None:
    """The stored session; None when there is none. A file that can't be understood is `LoginFailed`,
    because its token may be the only way in."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        return _decode(text)
    except (ValueError, TypeError, KeyError) as error:
        raise LoginFailed(
            f"{path} does not hold a session. Restore it from a backup; if there is none, delete it and set"
            " PASSWORD: the bot then logs in again as the device that the database names."
        ) from error


def _decode(text: str) -> Session:
    stored = json.loads(text)
    session = Session(stored["user_id"], stored["device_id"], stored["access_token"])
    if not all(isinstance(value, str) for value in asdict(session).values()):
        raise TypeError("a session is made of texts")
    return session


def save_session(path: Path, session: Session) -> None:
    """Store the session; see `write_private`."""
    write_private(path, json.dumps(asdict(session), indent=2))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; after a crash or a power cut it is the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def log_out(homeserver_url: str, session: Session) -> None:
    """End the session; the homeserver forgets its token and its device. Tried once; raises `GatewayError`."""
    transport = Transport(homeserver_url, request_timeout=LOGOUT_TIMEOUT)
    transport.access_token = session.access_token
    try:
        await transport.request(Api.logout(NO_TOKEN))
    finally:
        await transport.close()


async def open_gateway(
    homeserver_url: str,
    user_id: str,
    *,
    password: str | None,
    access_token: str | None,
    device_id: str | None,
    data_dir: Path,
    database: Database | None = None,
    sleep: Sleep = asyncio.sleep,
) -> NioGateway:
    """A gateway with a token that the homeserver has confirmed.

    The stored session comes first, then `access_token`, then `password`. The device is the one that the
    `database` names, if there is one. Waits for a homeserver that can't be reached or limits the login. With
    a password, the gateway logs in again when its token is revoked. Raises `LoginFailed`.
    """
    entrance = _entrance(homeserver_url, user_id, data_dir, database, sleep)
    gateway = await _enter(entrance, password, access_token, device_id)
    if password:
        again = _Again(entrance, password)
        gateway.log_in_again_with(lambda: again.log_in(gateway.session))
    return gateway


def _entrance(
    homeserver_url: str, user_id: str, data_dir: Path, database: Database | None, sleep: Sleep
) -> _Entrance:
    if not homeserver_url.startswith(("http://", "https://")):
        raise LoginFailed(f"HOMESERVER_URL must begin with https:// or http://, not {homeserver_url!r}.")
    return _Entrance(homeserver_url, user_id, session_path(data_dir), database, sleep)


async def _enter(
    entrance: _Entrance, password: str | None, access_token: str | None, device_id: str | None
) -> NioGateway:
    user_id = entrance.user_id
    stored = load_session(entrance.path)
    if stored and stored.user_id != user_id:
        log.warning("session.of_another_user", stored=stored.user_id, user=user_id)
        stored = None
    known = await entrance.known_device()
    if known and stored and stored.device_id != known:
        raise LoginFailed(
            f"{entrance.path} holds a session of the device {stored.device_id}. {_belongs_to(known)} Move"
            f" that file away and set PASSWORD: the bot then logs in as {known}. Or restore the database that"
            " belongs to the file."
        )
    if known and device_id and device_id != known:
        raise LoginFailed(
            f"DEVICE_ID is {device_id}. {_belongs_to(known)} Set DEVICE_ID={known} with an ACCESS_TOKEN"
            " of that device; or take both out of the settings and set PASSWORD: the bot then logs in as"
            f" {known}."
        )
    if stored and stored.access_token and (gateway := await entrance.with_token(stored)):
        return gateway
    if access_token:
        given = Session(user_id, device_id or (stored.device_id if stored else ""), access_token)
        if gateway := await entrance.with_token(given):
            return gateway
    if password:
        # The device is stored before the login: a bot that is killed in between comes back as the same one.
        device = stored or Session(user_id, known or device_id or new_device_id(), "")
        return await entrance.with_password(device, password)
    if stored or access_token:
        raise LoginFailed(
            f"The homeserver does not know the access token of {user_id} any more. "
            "Set PASSWORD, or a new ACCESS_TOKEN with its DEVICE_ID."
        )
    raise LoginFailed(f"No way into {user_id}: set PASSWORD, or ACCESS_TOKEN with its DEVICE_ID.")


def new_device_id() -> str:
    """A device id as homeservers make them: ten capital letters."""
    return "".join(secrets.choice(string.ascii_uppercase) for _ in range(10))


class _Again:
    """Logging in again while the program runs; what can't be mended is not tried a second time."""

    def __init__(self, entrance: _Entrance, password: str) -> None:
        self.entrance = entrance
        self.password = password
        self._logins: list[float] = []
        self._failed: LoginFailed | None = None

    async def log_in(self, device: Session) -> Session:
        """A new session of the same device; raises `LoginFailed`."""
        user = self.entrance.user_id
        if self._failed:
            raise self._failed
        log.warning("session.logged_out", user=user, hint="the token was revoked; logging in again")
        now = time.monotonic()
        self._logins = [*(login for login in self._logins if now - login < 3600), now]
        try:
            self._check_count(user)
            session = await self.entrance.log_in(device, self.password)
        except LoginFailed as failed:
            self._failed = failed
            raise
        try:
            save_session(self.entrance.path, session)
        except OSError as error:
            # Without it the next start logs in with the password, as the same device.
            log.warning("session.not_saved", path=str(self.entrance.path), why=error.strerror)
        return session

    def _check_count(self, user: str) -> None:
        if len(self._logins) > LOGINS_AN_HOUR:
            raise LoginFailed(
                f"{user} was logged out {len(self._logins)} times within an hour. Find out who does that: "
                "an administrator, or somebody who knows the password (then change it). Then start again."
            )


def _belongs_to(device_id: str) -> str:
    return f"But the database belongs to the device {device_id}, and another one would say things twice."


class _Entrance:
    def __init__(
        self, homeserver_url: str, user_id: str, path: Path, database: Database | None, sleep: Sleep
    ) -> None:
        self.homeserver_url = homeserver_url
        self.user_id = user_id
        self.path = path
        self.database = database
        self.sleep = sleep

    async def known_device(self) -> str | None:
        """The device that the database belongs to."""
        return await self.database.run(self._known_device, self.database) if self.database else None

    def _known_device(self, database: Database) -> str | None:
        with database.read() as tx:
            return devices.of(tx, self.user_id)

    async def _claim(self, device_id: str) -> str:
        """Let the database belong to this device; returns the one that it belongs to, if there is another."""
        return (
            await self.database.run(self._write_claim, self.database, device_id)
            if self.database
            else device_id
        )

    async def _check_claim(self, device_id: str) -> None:
        if device_id and (known := await self._claim(device_id)) != device_id:
            raise LoginFailed(
                f"The access token belongs to the device {device_id}. {_belongs_to(known)} Set an"
                f" ACCESS_TOKEN of {known}; or take it out of the settings and set PASSWORD: the bot then"
                f" logs in as {known}."
            )

    def _write_claim(self, database: Database, device_id: str) -> str:
        with database.write() as tx:
            return devices.claim(tx, self.user_id, device_id)

    async def with_token(self, session: Session) -> NioGateway | None:
        """The gateway of this session, stored; None when its token is not valid any more."""
        gateway = NioGateway(self.homeserver_url, session)
        try:
            who = await self._patiently(gateway.whoami)
            confirmed = self._confirmed(session, who.get("user_id"), who.get("device_id"))
            await self._check_claim(confirmed.device_id)
        except LoggedOut:
            log.warning("session.token_not_valid", user=self.user_id)
            await gateway.close()
            return None
        except Refused as refusal:
            await gateway.close()
            raise LoginFailed(
                f"The homeserver {self.homeserver_url} does not accept {self.user_id}: {refusal}."
            ) from refusal
        except BaseException:
            await gateway.close()
            raise
        if confirmed != session:
            await gateway.close()
            gateway = NioGateway(self.homeserver_url, confirmed)
        save_session(self.path, confirmed)
        return gateway

    async def with_password(self, device: Session, password: str) -> NioGateway:
        """The gateway of a new session of this device, or of the one that another process was sooner with."""
        device = replace(device, device_id=await self._claim(device.device_id))
        save_session(self.path, replace(device, access_token=""))
        session = await self.log_in(device, password)
        save_session(self.path, session)
        return NioGateway(self.homeserver_url, session)

    async def log_in(self, device: Session, password: str) -> Session:
        """A new session of this device; raises `LoginFailed`."""
        transport = Transport(self.homeserver_url)
        login = Api.login(self.user_id, password, DEVICE_NAME, device.device_id)
        try:
            answer = await self._patiently(lambda: transport.request(login))
        except (Refused, LoggedOut) as refusal:
            raise LoginFailed(self._why(refusal)) from refusal
        finally:
            await transport.close()
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise LoginFailed(
                f"{self.homeserver_url} answered the login with something that is no Matrix login."
            )
        session = self._confirmed(
            replace(device, access_token=token), answer.get("user_id"), answer.get("device_id")
        )
        log.info("session.logged_in", user=session.user_id, device=session.device_id)
        return session

    def _confirmed(self, session: Session, user_id: object, device_id: object) -> Session:
        if user_id != self.user_id:
            raise LoginFailed(
                f"This is the account {user_id}, not {self.user_id}: set USER_ID to the account's exact id."
            )
        if isinstance(device_id, str) and session.device_id and device_id != session.device_id:
            raise LoginFailed(
                f"The access token belongs to the device {device_id}, not {session.device_id}: "
                "set DEVICE_ID to the device with which the token was made."
            )
        return replace(
            session, device_id=session.device_id or (device_id if isinstance(device_id, str) else "")
        )

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """The answer, whenever it comes: the homeserver may start later than the bot, or limit logins."""
        pause = 1.0
        told = False
        while True:
            try:
                return await call()
            except (Unavailable, Limited) as obstacle:
                wait = pause
                if isinstance(obstacle, Limited) and obstacle.retry_after is not None:
                    wait = max(obstacle.retry_after, 0.1)
                if not told:
                    log.warning("homeserver.waiting", url=self.homeserver_url, reason=str(obstacle))
                    told = True
            await self.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _why(self, refusal: Refused | LoggedOut) -> str:
        errcode = refusal.errcode if isinstance(refusal, Refused) else "M_UNKNOWN_TOKEN"
        match errcode:
            case "M_FORBIDDEN":
                return (
                    f"The homeserver refuses the password of {self.user_id}: the password or the user id "
                    "is wrong, or it allows no logins with passwords."
                )
            case "M_USER_DEACTIVATED":
                return f"The account {self.user_id} has been deactivated."
            case "M_INVALID_USERNAME" | "M_INVALID_PARAM":
                return f"The homeserver takes {self.user_id!r} for no user id: one looks like @name:server."
            case "M_UNRECOGNIZED" | "M_UNKNOWN" | "M_NOT_FOUND":
                return (
                    f"{self.homeserver_url} does not offer logins with passwords ({refusal}). "
                    "Check HOMESERVER_URL, or set ACCESS_TOKEN with its DEVICE_ID."
                )
            case _:
                return f"The homeserver refuses to log {self.user_id} in: {refusal}."
