"""What a handler knows of the moment in which it is called."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from commands.core.errors import UserError
from commands.core.nodes import Code, Inline, Paragraph, Span
from config.languages import ui_language
from config.texts import Placeholder, Texts, parts, texts
from storage import members, rooms
from storage.database import Tx
from storage.members import Member
from storage.rooms import Room, RoomMember

if TYPE_CHECKING:
    from storage.meaning import Meaning  # needs what only comes with an extra

MODERATOR_LEVEL = 50  # DOMAIN.md: power level >= 50 in the hub room, creators included


class Role(StrEnum):
    """Who may do something (`DOMAIN.md`, The network). Anyone may talk to the bot."""

    ANYONE = "anyone"
    GUEST = "guest"  # in the hub room, registered or not
    MEMBER = "member"  # in the hub room and registered
    MODERATOR = "moderator"  # power level >= 50 in the hub room


@dataclass(frozen=True)
class Network:
    """What the program was told about itself and the network that it serves."""

    user_id: str
    hub_room: str
    name: str = "Urban Diplomacy"
    prefix: str = "!"
    default_language: str = "en"
    timezone: str = "Europe/Berlin"
    allowed_servers: tuple[str, ...] = ()
    consent_version: str = "1"
    responsible: str = ""  # for what is stored, with an address
    keep_messages: timedelta = timedelta(days=30)
    encrypt_direct_chats: bool = False
    # How many messages in a minute are read of one person and in one room (0: no limit), and of how many
    # characters one may be.
    sender_limit: int = 120
    room_limit: int = 600
    message_limit: int = 16_000
    # How many bytes a file of a practice may have, and how many practices are put into one document.
    attachment_limit: int = 10_000_000
    export_limit: int = 20
    # Whether practices are published after a moderator has approved them, and where moderators see what waits
    # (None: in their direct chats).
    review: bool = False
    review_room: str | None = None
    # The operator's own embedding model, if there is one.
    meaning: Meaning | None = None

    @property
    def server(self) -> str:
        """The bot's own homeserver."""
        return self.user_id.split(":", 1)[1]


def with_current_hub(tx: Tx, network: Network) -> Network:
    """The network as it is now: the hub room of the settings may have been upgraded since."""
    hub_room = rooms.current(tx, network.hub_room)
    return network if hub_room == network.hub_room else replace(network, hub_room=hub_room)


@dataclass
class Context:
    """One command in one transaction.

    `answer_to` is the event that is answered, `sent_at` when it was sent, `thread` the root of the thread
    that it stands in. `own_name` is what the bot is called in the room, `locale` the language in which the
    sender prefers to be answered, `in_hub` whether they are in the hub room (None: not looked up). Words are
    `confided` that may be an answer to what the bot asked: what they find invites nobody to pass them on.
    """

    tx: Tx
    network: Network
    sender: str
    room_id: str
    language: str
    answer_to: str | None = None
    sent_at: datetime | None = None
    thread: str | None = None
    room: Room | None = None
    own_name: str | None = None
    locale: str | None = None
    in_hub: bool | None = None
    command: str = ""
    invoked: str = ""
    aside: bool = False  # whether this is about what goes to the direct chat, wherever it was asked for
    confided: bool = False
    replaces: str | None = field(default=None)  # outbox key of the answer that this one takes the place of

    @property
    def now(self) -> datetime:
        """The moment at which the command is carried out, in UTC."""
        return self.tx.now

    @property
    def texts(self) -> Texts:
        """The texts in the language of the answer."""
        return texts(self.language)

    @property
    def direct(self) -> bool:
        """Whether only the sender and the bot read the answer."""
        here = self.room is not None and self.room.direct and self.room.direct_with == self.sender
        return self.aside or here

    def privately(self) -> Context:
        """The same moment as the direct chat sees it: what is private speaks the sender's language."""
        if self.direct:
            return self
        language = self.locale or (None if self.room_language else self.language)
        return replace(self, aside=True, language=ui_language(language, self.network.default_language))

    @cached_property
    def member(self) -> Member | None:
        """The sender as a registered member."""
        return members.get(self.tx, self.sender)

    @property
    def room_language(self) -> str | None:
        """The language of a room that others read too, if it has one."""
        return None if self.room is None or self.room.direct or self.aside else self.room.language

    def holds(self, role: Role) -> bool:
        """Whether the sender has a role."""
        if role is Role.GUEST and self.in_hub is not None:
            return self.in_hub
        return holds(self.tx, self.network, self.sender, role)

    def need(self, role: Role) -> None:
        """Refuse what only those may do who have a role; raises `UserError`."""
        if self.holds(role):
            return
        if role is Role.MODERATOR:
            raise UserError("role.moderator_needed", moderators=self.moderators())
        if not self.holds(Role.GUEST):
            raise UserError("role.hub_needed", room=self.hub())
        raise UserError("role.member_needed", register=self.call("register"))

    @cached_property
    def roles(self) -> frozenset[Role]:
        """All of the sender's roles."""
        return frozenset(role for role in Role if self.holds(role))

    def moderators(self) -> str:
        """Whom to ask for what only moderators may do: a few of them by name."""
        found = [person.display_name or person.user_id for person in moderators(self.tx, self.network)]
        return self.texts.list(found[:5], "or") if found else self.texts.get("role.no_moderator")

    def hub(self) -> str:
        """What people call the network's main room, so that they can join it."""
        room = rooms.get(self.tx, self.network.hub_room)
        return (room and (room.alias or room.name)) or self.network.hub_room

    @property
    def timezone(self) -> str:
        """The sender's time zone, or the network's."""
        return zone_of(self.tx, self.network, self.sender)

    def t(self, message_id: str, /, **values: Inline) -> Inline:
        """A text with nodes in its placeholders."""
        return fill(self.texts.raw(message_id), values)

    def n(self, message_id: str, count: int, /, **values: Inline) -> Inline:
        """A text in the form that `count` asks for; `{count}` is there."""
        return fill(self.texts.raw_plural(message_id, count), {"count": self.texts.number(count), **values})

    def p(self, message_id: str, /, **values: Inline) -> Paragraph:
        """A paragraph of one text."""
        return Paragraph((self.t(message_id, **values),))

    def word(self, name: str) -> str:
        """What a command is called in the reader's language."""
        return self.texts.raw(f"command.{name.replace(' ', '_')}.words").split("|")[0].strip()

    def call(self, name: str, arguments: str = "") -> Code:
        """A command as it is to be typed here: in the reader's language, with the prefix where needed."""
        return self.code(f"{self.word(name)} {arguments}".strip())

    def code(self, text: str) -> Code:
        """Something to be typed here, with the prefix where one is needed."""
        return Code(text if self.direct else self.network.prefix + text)


def zone_of(tx: Tx, network: Network, user_id: str) -> str:
    """The time zone that somebody lives in, as far as is known; the network's otherwise."""
    return members.preference(tx, user_id).timezone or network.timezone


@lru_cache(maxsize=4096)
def _parts(pattern: str) -> tuple[str | Placeholder, ...]:
    return tuple(parts(pattern))


def fill(pattern: str, values: dict[str, Inline]) -> Inline:
    """A pattern of the catalogues with nodes in its placeholders."""
    filled = tuple(part if isinstance(part, str) else values[part.name] for part in _parts(pattern))
    return filled[0] if len(filled) == 1 else Span(filled)


def moderators(tx: Tx, network: Network) -> list[RoomMember]:
    """The people who moderate the network."""
    return [
        person
        for person in rooms.people(tx, network.hub_room)
        if person.user_id != network.user_id and holds(tx, network, person.user_id, Role.MODERATOR)
    ]


def holds(tx: Tx, network: Network, user_id: str, role: Role) -> bool:
    """Whether someone has a role, by the hub room's real state and the members' list."""
    if role is Role.ANYONE:
        return True
    if rooms.membership(tx, network.hub_room, user_id) != "join":
        return False
    match role:
        case Role.MEMBER:
            return members.get(tx, user_id) is not None
        case Role.MODERATOR:
            hub = rooms.get(tx, network.hub_room)
            return hub is not None and hub.power(user_id) >= MODERATOR_LEVEL
        case _:
            return True
