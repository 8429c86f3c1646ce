"""The demo's network: a homeserver, its accounts and rooms, what is in the library, and the bot."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from bot.demo.synapse import Synapse
from bot.matrix.gateway import Refused
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import open_gateway
from bot.setup import Plan, set_up
from commands.core.context import Network
from commands.events.transfer import import_event
from commands.members.service import import_member
from commands.practices.transfer import import_record
from config.data import read_json
from config.settings import PREFIX, Settings
from storage.database import Database
from storage.migrate import migrate

HUB = "#ud-hub"
BOT, MEMBER, MODERATOR = "proxenos", "member", "moderator"
# Of the fictional members, those who are in the network's rooms: with them one is matched and drawn.
COLLEAGUES = tuple(f"demo-{number:02}" for number in range(1, 13))
Language = Literal["en", "de"]
LAST_CALL = 15.0  # seconds for an orderly end


class DemoFailed(Exception):
    """The demo can't go on; the text says why, and where to read more."""


@dataclass(frozen=True)
class Account:
    """Somebody at the demo's homeserver."""

    name: str
    user_id: str
    password: str


class DemoNetwork:
    """Everything the demo needs, kept in `folder`; what was made once is found again.

    `tell` gets a line for each thing that takes a moment. After `start`, always `stop`.
    """

    def __init__(self, folder: Path, language: Language, tell: Callable[[str], None]) -> None:
        self.folder = folder.resolve()
        self.language = language
        self.tell = tell
        self.synapse = Synapse(self.folder / "synapse")
        self.accounts: dict[str, Account] = {}
        self._bot: subprocess.Popen[bytes] | None = None

    @property
    def hub(self) -> str:
        """The hub room's alias."""
        return f"{HUB}:{self.synapse.server_name}"

    @property
    def bot_log(self) -> Path:
        """What the bot has to say to its operator."""
        return self.folder / "bot.log"

    @property
    def files(self) -> Path:
        """Where files that the bot sends are saved."""
        return self.folder / "files"

    def start(self) -> None:
        """Start the homeserver and make the accounts; blocks. Raises `SynapseFailed`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tell("Starting a private homeserver …")
        self.synapse.start()
        passwords = self._passwords()
        for name in (BOT, MEMBER, MODERATOR, *COLLEAGUES):
            user_id = self.synapse.register(name, passwords[name])
            self.accounts[name] = Account(name, user_id, passwords[name])

    async def furnish(self) -> None:
        """Make the rooms and fill the library, unless an earlier demo has; an earlier demo's changes stay."""
        note = self.folder / "furnished.json"
        if note.exists() and json.loads(note.read_text("utf-8")) == {"language": self.language}:
            return
        first = not note.exists()
        database = Database(self._settings().database_url)
        try:
            await database.run(migrate, database)
            if first:
                self.tell("Making the rooms and filling the library …")
                await asyncio.gather(self._make_rooms(database), database.run(self._fill, database))
                await asyncio.to_thread(self._gather_colleagues)
            else:
                self.tell("Changing the rooms' language …")
                await self._make_rooms(database)
        finally:
            database.close()
        note.write_text(json.dumps({"language": self.language}), "utf-8")

    def start_bot(self) -> None:
        """Start the bot as a process of its own, as an operator would."""
        self.tell("Starting the bot …")
        with self.bot_log.open("ab") as log:
            self._bot = subprocess.Popen(
                # -P: a folder named config or bot where the program was started must not be imported.
                [sys.executable, "-P", "-m", "bot.demo.bot_child"],
                cwd=self.folder,  # where no .env and no proxenos.toml of an operator are
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise `DemoFailed` if the bot has ended."""
        if self._bot is None or self._bot.poll() is None:
            return
        last = self.bot_log.read_text("utf-8", "replace").splitlines()[-5:]
        raise DemoFailed("\n".join(["The bot has ended. The end of its log:", *last]))

    def stop(self) -> None:
        """End the bot and the homeserver in order, by force if need be."""
        if self._bot is not None:
            self._bot.terminate()
            try:
                self._bot.wait(LAST_CALL)
            except subprocess.TimeoutExpired:
                self._bot.kill()
                self._bot.wait()
            if self._bot.stdin:
                self._bot.stdin.close()
            self._bot = None
        self.synapse.stop()

    async def log_in(self, name: str) -> NioGateway:
        """A client for one of the accounts, in the hub room."""
        account = self.accounts[name]
        gateway = await open_gateway(
            self.synapse.url,
            account.user_id,
            password=account.password,
            access_token=None,
            device_id=None,
            data_dir=self.folder / "people" / name,
        )
        try:
            await gateway.join(self.hub)
        except Refused as refused:
            await gateway.close()
            raise DemoFailed(f"{account.user_id} can't join {self.hub}: {refused}") from refused
        return gateway

    async def _make_rooms(self, database: Database) -> None:
        bot = self.accounts[BOT]
        gateway = await open_gateway(
            self.synapse.url,
            bot.user_id,
            password=bot.password,
            access_token=None,
            device_id=None,
            data_dir=self._settings().data_dir,
            database=database,
        )
        plan = Plan(
            network_name=self._settings().network_name,
            language=self.language,
            moderators=[self.accounts[MODERATOR].user_id],
            public=True,
            relabel=True,
        )
        try:
            await set_up(gateway, database, plan, tell=lambda line: None)
        finally:
            await gateway.close()

    def _gather_colleagues(self) -> None:
        for name in COLLEAGUES:
            self.synapse.join(name, self.accounts[name].password, self.hub)

    def _fill(self, database: Database) -> None:
        for record in read_json("practices.json")["practices"]:
            with database.write(f"demo/{record['id']}") as tx:
                import_record(tx, record)
        for record in read_json("network.json")["members"]:
            with database.write(f"demo/{record['id']}") as tx:
                import_member(tx, record, self.synapse.server_name)
        network = Network(
            user_id=self.accounts[BOT].user_id, hub_room=self.hub, default_language=self.language
        )
        for record in read_json("network.json")["events"]:
            with database.write(f"demo/{record['id']}") as tx:
                import_event(tx, record, network)

    def _passwords(self) -> dict[str, str]:
        path = self.folder / "accounts.json"
        known: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        for name in (BOT, MEMBER, MODERATOR, *COLLEAGUES):
            known.setdefault(name, secrets.token_urlsafe(9))
        path.touch(0o600)
        path.write_text(json.dumps(known, indent=2), "utf-8")
        return known

    def _settings(self) -> Settings:
        bot = self.accounts[BOT]
        return Settings(
            homeserver_url=self.synapse.url,
            user_id=bot.user_id,
            password=SecretStr(bot.password),
            data_dir=self.folder / "data",
            hub_room=self.hub,
            default_language=self.language,
            encrypt_direct_chats=False,  # the chat in the terminal does not decrypt
            sender_limit=0,  # whoever tries the bot with a script is not to be held up
        )

    def _environment(self) -> dict[str, str]:
        settings: dict[str, Any] = self._settings().model_dump(
            include={
                "homeserver_url",
                "user_id",
                "data_dir",
                "hub_room",
                "default_language",
                "encrypt_direct_chats",
                "sender_limit",
            }
        )
        settings["password"] = self.accounts[BOT].password
        others = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
        return others | {PREFIX + name.upper(): str(value) for name, value in settings.items()}
