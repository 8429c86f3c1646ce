"""The program put together: the one place where the parts meet."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import structlog

from bot.matrix.gateway import Gateway, Refused
from bot.matrix.identity import store_key
from bot.matrix.nio_gateway import NioGateway
from bot.matrix.session import open_gateway
from bot.meaning import keep_up, meaning_from
from bot.pipeline.dispatcher import Dispatcher
from bot.pipeline.encryption import Encryption
from bot.pipeline.journal import Journal, Journaled
from bot.pipeline.patience import Patience
from bot.pipeline.receiver import Receiver
from bot.pipeline.scheduler import Scheduler
from bot.pipeline.sender import Sender
from bot.rounds import draw_when_wanted
from commands.core import message
from commands.core.context import Network
from commands.core.conversation import Conversation
from commands.core.registry import load
from commands.core.upgrades import Upgrades
from commands.practices import index
from config.settings import Settings, SettingsError
from storage import outbox, rooms, search
from storage.database import Database, DatabaseAway, LeadLost
from storage.lock import Seat, seat_at
from storage.migrate import DatabaseIsOlder, migrate, up_to_date

T = TypeVar("T")
log = structlog.get_logger("proxenos")

GRACE = 10.0  # seconds that a stop gives to what is on its way
HELP_AFTER = 0.05  # seconds; what the leader does at once, nobody need help with
LONGEST_PAUSE = 5.0  # seconds between two attempts to reach the database


class Stopped(Exception):
    """The program is to end before it has begun."""


class HubRoomUnknown(Exception):
    """A room that the settings name does not exist, or the bot may not see it."""


class App:
    """The four parts, wired: what one has done wakes the next."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        network: Network,
        *,
        gap_max_age: timedelta = timedelta(days=14),
        patience: Patience | None = None,
        encryption: Encryption | None = None,
    ) -> None:
        registry = load()
        self.patience = patience = patience or Patience()
        self.encryption = encryption
        self._arrived = asyncio.Event()
        self._came_into: set[str] = set()
        self.database = database
        self.gateway = gateway
        self.network = network
        self.sender = Sender(
            database,
            gateway,
            patience,
            Upgrades(registry.belongings, network),
            encryption=encryption,
            encrypt_direct_chats=network.encrypt_direct_chats,
        )
        self.dispatcher = Dispatcher(database, Conversation(registry, network), on_done=self.sender.notify)
        self.sender.on_fetched = self.dispatcher.notify
        self.scheduler = Scheduler(database, registry.jobs, network, on_done=self.sender.notify)
        self.receiver = Receiver(
            database,
            gateway,
            Journal(network, gap_max_age, encryption.machine if encryption else None),
            on_journaled=self._journaled,
            patience=patience,
        )

    def _journaled(self, journaled: Journaled) -> None:
        if journaled.arrived:
            self._came_into |= journaled.arrived
            self._arrived.set()
        if self.encryption:
            self.encryption.heard(
                keys=journaled.keys,
                devices=journaled.devices,
                people_changed=journaled.people_changed,
                encrypted=journaled.encrypted,
            )
        if journaled.rooms:
            self.scheduler.give_way()
        self.dispatcher.notify(journaled.rooms)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish the running command and what is on its way, keep the rest.

        Raises what ended a part before its time, such as `LoggedOut`. When it is cancelled, nothing more is
        sent.
        """
        hub = await self.database.run(self._hub)
        if hub != self.network.hub_room:
            log.warning("hub_room_moved", old=self.network.hub_room, new=hub, hint=f"set HUB_ROOM to {hub}")
        try:
            if self.encryption:
                await _unless(stop, self.encryption.prepare())
            await _unless(stop, self._learn_who_is_in_the_hub())
        except Stopped:
            return
        parts = {
            name: asyncio.create_task(part, name=name)
            for name, part in (
                ("receiver", self.receiver.run()),
                ("dispatcher", self.dispatcher.run()),
                ("scheduler", self.scheduler.run(self._heard)),
                ("sender", self.sender.run()),
                ("hub", self._learn_again()),
                *((("encryption", self.encryption.run()),) if self.encryption else ()),
            )
        }
        log.info("running", user=self.network.user_id)
        try:
            await self.database.run(self._tell_of_dead_letters)
            await _first_of(stop, set(parts.values()))
            if stop.is_set():
                await self._stop(parts)
        finally:
            for working in (self.dispatcher, self.scheduler, self.sender):
                working.stop()
            for part in parts.values():
                part.cancel()
            await asyncio.gather(*parts.values(), return_exceptions=True)
        for part in parts.values():
            if not part.cancelled() and (error := part.exception()):
                raise _first(error)

    async def _heard(self) -> None:
        """Wait until what was said while nobody listened has been heard and carried out."""
        await self.receiver.heard.wait()
        await self.dispatcher.idle.wait()

    def _tell_of_dead_letters(self) -> None:
        with self.database.read() as tx:
            count = outbox.count_dead(tx)
        if count:
            log.warning("dead_letters", count=count, hint="`proxenos dead-letters` lists them")

    async def _stop(self, parts: dict[str, asyncio.Task[None]]) -> None:
        log.info("stopping")
        parts["receiver"].cancel()
        self.dispatcher.stop()
        self.scheduler.stop()
        await asyncio.wait({parts["dispatcher"], parts["scheduler"]}, timeout=GRACE)
        self.sender.stop()
        await asyncio.wait({parts["sender"]}, timeout=GRACE)
        log.info("stopped")

    async def _learn_again(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            came_into, self._came_into = self._came_into, set()
            if await self.database.run(self._hub) in came_into:
                await self._learn_who_is_in_the_hub()

    def _hub(self) -> str:
        with self.database.read() as tx:
            return rooms.current(tx, self.network.hub_room)

    async def _learn_who_is_in_the_hub(self) -> None:
        """Lazy loading tells only of those who speak; roles need everyone who is in the hub."""
        hub = await self.database.run(self._hub)
        try:
            await self.patience.insist(lambda: self.gateway.join(hub), "join")
            people = await self.patience.insist(lambda: self.gateway.joined_members(hub), "joined_members")
        except Refused as refused:
            log.warning("not_in_the_hub_room", room=hub, errcode=refused.errcode, hint="invite the bot to it")
            return
        await self.database.run(self._keep_people, hub, people)

    def _keep_people(self, hub: str, people: dict[str, str | None]) -> None:
        with self.database.lead() as tx:
            known = {person.user_id for person in rooms.people(tx, hub)}
            found = {user: ("join", name) for user, name in message.storable(people).items()}
            found |= dict.fromkeys(known - set(people), ("leave", None))
            rooms.keep_members(
                tx,
                [
                    {
                        "room_id": hub,
                        "user_id": user,
                        "membership": membership,
                        "display_name": name,
                    }
                    for user, (membership, name) in found.items()
                ],
            )


async def run(settings: Settings, *, stop: asyncio.Event) -> None:
    """The whole program, from settings to a graceful end.

    Raises `DatabaseIsNewer`, `DatabaseIsOlder`, `AlreadyRunning`, `LoginFailed`, `HubRoomUnknown`, each with
    a sentence for the operator.
    """
    database = Database(settings.database_url)
    try:
        with contextlib.suppress(Stopped):
            while not stop.is_set():
                await _work(settings, database, stop)
    finally:
        database.close()


async def _work(settings: Settings, database: Database, stop: asyncio.Event) -> None:
    """Stand by and lead until `stop` is set, or until the database is lost and found again.

    What is cut off by that is taken up again as after a kill: every step can be repeated.
    """
    seat = seat_at(database, settings.data_dir)
    try:
        await _unless(stop, seat.enter(partial(_prepare, database)))
        if not await seat.lead():
            await _unless(stop, _stand_by(settings, database, seat, stop))
        await _lead(settings, database, seat, stop)
    except LeadLost:
        log.warning("lead_lost")
    except DatabaseAway as away:
        log.warning("database_away", why=str(away))
        await _unless(stop, _wait_for(database))
        log.info("database_back")
    finally:
        await asyncio.to_thread(seat.close)


async def _stand_by(settings: Settings, database: Database, seat: Seat, stop: asyncio.Event) -> None:
    """Help with the commands until the lead is free, and take it."""
    # Whoever can't get in, or can't read the keys, should say so now and not when the others are gone.
    async with _entered(settings, database, stop) as (gateway, network):
        encryption = await database.run(encryption_from, settings, database, gateway, Patience())
        await database.run(encryption.identity.own_keys)
    dispatcher = Dispatcher(database, Conversation(load(), network), on_done=lambda _lanes: None)
    helping = asyncio.create_task(dispatcher.run())
    preparing = asyncio.create_task(database.run(_read_for_good, database))
    try:
        log.info("standing_by", user=network.user_id)
        while not await seat.lead():
            dispatcher.notify((await seat.listen(HELP_AFTER)).rooms)
            if helping.done():
                helping.result()
    except ExceptionGroup as group:
        raise _first(group) from None
    finally:
        dispatcher.stop()
        for task in (helping, preparing):
            task.cancel()
        await asyncio.gather(helping, preparing, return_exceptions=True)
    log.info("taking_the_lead")


async def _lead(settings: Settings, database: Database, seat: Seat, stop: asyncio.Event) -> None:
    """Be the bot as long as this process leads."""
    async with _entered(settings, database, stop) as (gateway, network):
        patience = Patience()
        app = App(
            database,
            gateway,
            network,
            gap_max_age=timedelta(days=settings.gap_max_age_days),
            patience=patience,
            encryption=await database.run(encryption_from, settings, database, gateway, patience),
        )
        port = settings.calendar_port
        try:
            async with asyncio.TaskGroup() as tasks:
                aside = [
                    tasks.create_task(_watch(seat, app)),  # when it raises, the app is cut off at once
                    tasks.create_task(_prepare_to_search(app)),
                    tasks.create_task(draw_when_wanted(database, network, on_done=app.sender.notify)),
                    *((tasks.create_task(keep_up(database, network.meaning)),) if network.meaning else ()),
                    *((tasks.create_task(_serve_calendar(settings, database, port)),) if port else ()),
                ]
                await app.run(stop)
                for task in aside:
                    task.cancel()
        except ExceptionGroup as group:
            raise _first(group) from None


async def _serve_calendar(settings: Settings, database: Database, port: int) -> None:
    from bot.feed import Feed  # a server is nothing that most need

    await Feed(database, settings.network_name, settings.default_language).serve(port)


async def _watch(seat: Seat, app: App) -> None:
    """Pass on what other processes have written. Raises `DatabaseAway` when the lead may be another's."""
    while True:
        waiting = await seat.listen()
        app.dispatcher.notify(waiting.rooms)
        app.sender.notify(waiting.lanes)
        if waiting.planned:
            app.scheduler.notify()


async def _wait_for(database: Database) -> None:
    pause = 0.5
    while True:
        await asyncio.sleep(pause)
        try:
            await database.run(database.check)
        except DatabaseAway:
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return


async def enter(settings: Settings, database: Database) -> NioGateway:
    """The way to the homeserver that the settings name; raises `LoginFailed`."""
    return await open_gateway(
        settings.homeserver_url,
        settings.user_id,
        password=settings.password.get_secret_value() if settings.password else None,
        access_token=settings.access_token.get_secret_value() if settings.access_token else None,
        device_id=settings.device_id,
        data_dir=settings.data_dir,
        database=database,
    )


@contextlib.asynccontextmanager
async def _entered(
    settings: Settings, database: Database, stop: asyncio.Event
) -> AsyncIterator[tuple[NioGateway, Network]]:
    """The way to the homeserver, and what the commands have to know of the network."""
    gateway = await _unless(stop, enter(settings, database))
    try:
        hub_room = await _unless(stop, _room_id(gateway, "HUB_ROOM", settings.hub_room or ""))
        network = network_from(settings, hub_room)
        if settings.review_room:
            review_room = await _unless(stop, _room_id(gateway, "REVIEW_ROOM", settings.review_room))
            network = reviewing_in(network, review_room)
        yield gateway, network
    finally:
        await gateway.close()


def _prepare(database: Database, alone: bool) -> None:
    """Bring the tables and the search index to what this version of the program reads."""
    if not alone:
        with database.read() as tx:
            if up_to_date(database) and not search.outdated(tx):
                return
        raise DatabaseIsOlder(
            "An older version of Proxenos works on this database. Stop all its processes; the first one of"
            " this version that is started then brings the database up to date."
        )
    migrate(database)
    with database.write() as tx:
        if index.rebuild_if_outdated(tx):
            log.info("search_index_rebuilt")


async def _prepare_to_search(app: App) -> None:
    """Read what a search needs before somebody waits for it; but not at the same time as a first sync, as
    in a large network both together need much memory."""
    await app.receiver.heard.wait()
    await app.database.run(_read_for_good, app.database)


def _read_for_good(database: Database) -> None:
    search.prepare()
    with database.read() as tx:
        search.warm(tx)
    # What is in memory now stays there: from here on the collector need not look through all of it.
    gc.collect()
    gc.freeze()
    # A search makes thousands of objects and hardly a circle: looking once in several searches will do.
    gc.set_threshold(10_000, 20, 20)


async def _first_of(stop: asyncio.Event, tasks: set[asyncio.Task[T]]) -> None:
    """Wait until `stop` is set or one of the tasks has ended."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T:
    """What comes of `work`, which may wait for a homeserver for ever; raises `Stopped` when `stop` is set."""
    task = asyncio.create_task(work)
    try:
        await _first_of(stop, {task})
    finally:
        task.cancel()
        await asyncio.wait({task})
    if task.cancelled():
        raise Stopped
    return task.result()


def encryption_from(
    settings: Settings, database: Database, gateway: NioGateway, patience: Patience
) -> Encryption:
    """The bot's device, as an end of encryption; raises `KeysLost`."""
    given = settings.store_key.get_secret_value() if settings.store_key else None
    return Encryption.of_device(
        database,
        gateway,
        patience,
        store_key=store_key(settings.data_dir, given, database),
        password=settings.password.get_secret_value() if settings.password else None,
        signed_only=settings.signed_devices_only,
    )


def reviewing_in(network: Network, room_id: str) -> Network:
    """The network with the room in which moderators review; raises `SettingsError` if it is the hub room."""
    if room_id == network.hub_room:
        raise SettingsError(
            "PROXENOS_REVIEW_ROOM is the hub room, where everyone would read drafts:"
            " set a room of the moderators, or none"
        )
    return replace(network, review_room=room_id)


def network_from(settings: Settings, hub_room: str) -> Network:
    """What the commands need to know of the settings."""
    return Network(
        user_id=settings.user_id,
        hub_room=hub_room,
        name=settings.network_name,
        prefix=settings.command_prefix,
        default_language=settings.default_language,
        timezone=settings.timezone,
        allowed_servers=settings.allowed_servers,
        consent_version=settings.consent_version,
        responsible=settings.responsible.strip(),
        keep_messages=timedelta(days=settings.keep_messages_days),
        encrypt_direct_chats=settings.encrypt_direct_chats,
        sender_limit=settings.sender_limit,
        room_limit=settings.room_limit,
        message_limit=settings.message_limit,
        meaning=meaning_from(settings),
        attachment_limit=settings.attachment_limit * 1_000_000,
        export_limit=settings.export_limit,
        review=settings.review,
    )


async def _room_id(gateway: Gateway, setting: str, room: str) -> str:
    if room.startswith("!"):
        return room
    found = await Patience().insist(lambda: gateway.resolve_alias(room), setting.lower())
    if found is None:
        create = "Create it with `proxenos setup`, or" if setting == "HUB_ROOM" else "Create it, or"
        raise HubRoomUnknown(
            f"{setting} is {room}, but the homeserver knows no such room. {create} correct the setting."
        )
    return found


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
