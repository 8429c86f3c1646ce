"""Running the bot, furnishing its network, and looking after its database."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence

from bot import app, logs
from bot.cli.errors import CommandFailed
from bot.matrix.gateway import GatewayError, Session
from bot.matrix.identity import STORE_KEY_FILE, forget_device
from bot.matrix.session import LoginFailed, load_session, log_out, session_path
from bot.meaning import meaning_from
from bot.setup import Plan, set_up
from config.settings import Settings, StorageSettings, load_settings, load_storage_settings
from storage import devices, outbox, rooms
from storage.database import Database
from storage.lock import only_process
from storage.migrate import migrate
from storage.outbox import OutboxRow


def run() -> int:
    """Be the bot until SIGTERM or SIGINT; a second signal ends the process at once."""
    settings = load_settings(need_hub=True)
    logs.configure(settings.log_format, settings.log_level)
    meaning_from(settings)  # a model that can't be used is told now
    with opened(settings):
        pass  # a database that can't be reached is told before anything else is tried
    asyncio.run(_run(settings))
    return 0


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_soon() -> None:
        stop.set()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(one)
            signal.signal(one, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop_soon)
    await app.run(settings, stop=stop)


def setup(language: str | None, moderators: Sequence[str], *, public: bool) -> int:
    """Make or complete the network's space and rooms, and say what to put into the settings."""
    settings = load_settings()
    logs.configure(settings.log_format, settings.log_level)
    plan = Plan(
        network_name=settings.network_name,
        language=language or settings.default_language,
        moderators=moderators,
        public=public,
        relabel=language is not None,
    )
    hub = asyncio.run(_set_up(settings, plan))
    say("")
    say("The rooms are ready. In the settings:")
    say(f"PROXENOS_HUB_ROOM={hub}")
    return 0


async def _set_up(settings: Settings, plan: Plan) -> str:
    with opened(settings) as database, only_process(database, settings.data_dir):
        migrate(database)
        gateway = await app.enter(settings, database)
        try:
            hub, *_others = await set_up(gateway, database, plan, tell=say)
        finally:
            await gateway.close()
    return hub.alias


def upgrade() -> int:
    """Bring the database to the shape that this version needs."""
    settings = load_storage_settings()
    with opened(settings) as database, only_process(database, settings.data_dir):
        changed = migrate(database)
    say("The database has been brought up to date." if changed else "The database is up to date already.")
    return 0


def new_device(*, sure: bool) -> int:
    """Have the bot come back as another device, when the keys of this one are lost."""
    settings = load_settings()
    if not sure:
        raise CommandFailed(
            f"{settings.user_id} would come back as a new device. What was encrypted for the present one and"
            " not read yet could never be read; what is on its way at this moment might be said twice;"
            " without the store key, people who have verified the bot would have to do so again. Nothing has"
            " been changed: to go on, run `proxenos new-device --yes`."
        )
    given = settings.store_key.get_secret_value() if settings.store_key else None
    file = settings.data_dir / STORE_KEY_FILE
    key = given or (file.read_text("utf-8").strip() if file.exists() else None)
    with opened(settings) as database, only_process(database, settings.data_dir):
        migrate(database)
        with database.write() as tx:
            known = devices.of(tx, settings.user_id)
            forget_device(tx, settings.user_id, key)
        # The file goes last: until then a second try still finds the token.
        stored = _stored_session(settings)
        ended = stored.device_id if stored and asyncio.run(_log_out(settings, stored)) else None
        session_path(settings.data_dir).unlink(missing_ok=True)
    old = list(dict.fromkeys(filter(None, (known, stored and stored.device_id))))
    for device in old:
        say(f"{settings.user_id} is no longer the device {device}.")
        if device != ended:
            say(
                f"The homeserver may still have it: delete the device {device} of this account by hand, in a"
                " Matrix app as the bot or as an administrator of the homeserver."
            )
    if not old:
        say("There was no device yet.")
    say("With its next start the bot logs in as a new one, for which it needs PROXENOS_PASSWORD.")
    if settings.access_token or settings.device_id:
        say("Take PROXENOS_ACCESS_TOKEN and PROXENOS_DEVICE_ID out of the settings: they are the old one's.")
    say("What was encrypted for the old device and not read yet stays unread.")
    return 0


def _stored_session(settings: Settings) -> Session | None:
    """The session of the bot's account, if there is one that can be read."""
    try:
        stored = load_session(session_path(settings.data_dir))
    except LoginFailed:
        return None
    return stored if stored and stored.user_id == settings.user_id else None


async def _log_out(settings: Settings, session: Session) -> bool:
    if not session.access_token:
        return False
    try:
        await log_out(settings.homeserver_url, session)
    except GatewayError as error:
        say(f"The homeserver could not be told: {error}.")
        return False
    return True


def dead_letters() -> int:
    """List what could never be delivered: since when, what, where and why, but not what it said."""
    settings = load_storage_settings()
    with opened(settings) as database:
        migrate(database)
        with database.read() as tx:
            letters = outbox.dead_letters(tx)
            names = {room.room_id: room.name or room.alias for room in rooms.these(tx, _lanes(letters))}
    for letter in letters:
        name = names.get(letter.lane)
        where = f"{letter.lane} ({name})" if name else letter.lane
        why = " ".join((letter.error or "").split())
        say(f"{letter.created_at:%Y-%m-%d %H:%M} UTC  {letter.action:<9}  {where}  {why}")
    if not letters:
        say("Everything could be delivered.")
    return 0


def _lanes(letters: list[OutboxRow]) -> list[str]:
    return list({letter.lane for letter in letters})


@contextlib.contextmanager
def opened(settings: StorageSettings) -> Iterator[Database]:
    """The database of the settings; raises `CommandFailed` when it can't be reached."""
    try:
        database = Database(settings.database_url)
    except ModuleNotFoundError as missing:
        raise CommandFailed(
            f"DATABASE_URL needs {missing.name}, which is not installed: pip install 'proxenos[postgres]'"
        ) from missing
    try:
        try:
            database.check()
        except Exception as error:  # the driver decides what it raises
            # The driver's own words, without SQLAlchemy's statement and its link to a web page.
            why = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
            raise CommandFailed(f"The database can't be opened: {why[0]}") from error
        yield database
    finally:
        database.close()


def say(line: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
