"""The chat: what is typed goes to Matrix, what the bot answers comes back, one person at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.demo.network import BOT, MEMBER, MODERATOR, DemoFailed, DemoNetwork
from bot.demo.person import Person
from bot.demo.screen import Screen, lines_of
from bot.matrix.gateway import Json, Limited, Refused, Unavailable
from commands.core import message
from commands.core.registry import load

ANSWER = 60.0  # seconds until the chat says that no answer came
QUIET = 0.6  # seconds without anything new, after which an answer counts as complete

HELP = """\
/lobby      speak in the network's lobby, where commands begin with !
/direct     speak with Proxenos alone; commands need no ! there
/moderator  be the moderator, who may pin practices
/member     be the member
/react ✅   tap a reaction under the last message
/who        how to join in with any Matrix client
/quit       end the demo (so do Ctrl-D and Ctrl-C); the next one goes on from here
A message with several lines, such as a form: end a line with \\ or press Alt-Enter."""


class Chat:
    """Who one is, where one speaks, and whether what was said has been answered."""

    def __init__(self, network: DemoNetwork, screen: Screen) -> None:
        self.network = network
        self.screen = screen
        self.people = {name: Person(network, name, self._heard) for name in (MEMBER, MODERATOR)}
        self.person = self.people[MEMBER]
        self.room = "direct"
        self._last_message: dict[str, str] = {}
        self._awaited: str | None = None
        self._answered: set[str] = set()  # the events that somebody's message refers to
        self._news = asyncio.Event()
        self._offered: dict[str, list[str]] = {}  # messages with what can be tapped under them
        self._offers_to_show: list[str] = []
        self._saving: set[asyncio.Task[None]] = set()

    @property
    def bot(self) -> str:
        """The bot's Matrix id."""
        return self.network.accounts[BOT].user_id

    @property
    def prompt(self) -> str:
        """What stands before a typed line: who one is, and where."""
        who = "you" if self.person.name == MEMBER else self.person.name
        return f"{who} @lobby> " if self.room == "lobby" else f"{who}> "

    async def begin(self) -> None:
        """Everyone arrives."""
        await asyncio.gather(*(person.arrive(self.bot) for person in self.people.values()))

    async def listen(self) -> None:
        """Show what is said, until cancelled; raises `DemoFailed` when the bot or the homeserver is gone."""
        async with asyncio.TaskGroup() as tasks:
            for person in self.people.values():
                tasks.create_task(person.listen())
            tasks.create_task(self._watch())

    async def wait_for_bot(self) -> None:
        """Wait until the bot is in both direct chats and has said what it says there first."""
        await asyncio.gather(*(person.wait_for(self.bot) for person in self.people.values()))
        await self.settle()

    async def end(self) -> None:
        """Everyone leaves."""
        for person in self.people.values():
            await person.leave()

    async def take(self, words: str) -> bool:
        """Do what a typed line says: a command of the chat, or a message; returns whether to go on."""
        words = words.strip()
        try:
            match words.split(maxsplit=1):
                case []:
                    pass
                case ["/quit"]:
                    return False
                case ["/lobby" | "/direct" as room]:
                    self.room = room[1:]
                    self.screen.note(
                        f"You are in {'the lobby' if self.room == 'lobby' else 'the direct chat'}."
                    )
                case ["/member" | "/moderator" as name]:
                    self.person = self.people[name[1:]]
                    self.screen.note(f"You are the {name[1:]}, {self.person.user_id}.")
                case ["/help"]:
                    self.screen.show(HELP)
                case ["/who"]:
                    self.introduce()
                case ["/react", emoji]:
                    await self._react(emoji)
                case [command, *_] if command.startswith("/"):
                    self.screen.note(f"{command} is not a command of this chat; /help lists them.")
                case _:
                    await self._say(words)
        except (Refused, Limited, Unavailable) as error:
            self.screen.note(f"That could not be sent: {error}")
        return True

    def introduce(self) -> None:
        """Say where the homeserver is and who can log in there."""
        self.screen.note(f"Homeserver  {self.network.synapse.url}  (any Matrix client on this machine)")
        for name in (MEMBER, MODERATOR):
            account = self.network.accounts[name]
            self.screen.note(f"{name.title():<11} {account.user_id}  password {account.password}")
        self.screen.note(f"Rooms       {self.network.hub} and its space; the bot is {self.bot}")

    async def settle(self) -> None:
        """Wait for the answer to what was said last, and until nothing more comes after it."""
        try:
            async with asyncio.timeout(ANSWER):
                while self._awaited is not None and self._awaited not in self._answered:
                    await self._next_news()
        except TimeoutError:
            self.screen.note(f"(no answer within {ANSWER:.0f} seconds)")
        self._awaited = None
        quiet = False
        while not quiet or self._saving:
            try:
                async with asyncio.timeout(QUIET):
                    await self._next_news()
            except TimeoutError:
                quiet = True
        self._show_offers()

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    # --- speaking

    async def _say(self, words: str) -> None:
        mentions = [self.bot] if "proxenos" in words.casefold() else []
        event_id = await self.person.say(self.room, words, mentions=mentions)
        answered = self.room == "direct" or is_for(self.bot, words, mentions)
        self._awaited = event_id if answered else None

    async def _react(self, emoji: str) -> None:
        target = self._last_message.get(self.person.rooms[self.room])
        if target is None:
            self.screen.note("There is nothing to react to yet.")
            return
        self._answered.discard(target)
        await self.person.react(self.room, target, emoji)
        self._awaited = target if target in self._offered else None

    # --- hearing

    def _heard(self, person: Person, room_id: str, event: Json) -> None:
        """An event in one of a person's rooms; the lobby is heard through whoever one is."""
        room = next((name for name, known in person.rooms.items() if known == room_id), None)
        if room is None or (room == "lobby" and person is not self.person):
            return
        own = "transaction_id" in event.get("unsigned", {})  # only the client that sent it is told this
        content = event.get("content", {})
        if own or not content:
            return
        self._news.set()
        where = self._where(person, room)
        match event["type"]:
            case "m.room.message":
                self._show_offers()
                self._message(person, where, event, content)
                self._last_message[room_id] = event["event_id"]
                self._answered |= _related(content)
            case "m.reaction" if event["sender"] == self.bot:
                self._offer(content.get("m.relates_to", {}))
            case "m.room.pinned_events":
                count = len(content.get("pinned", []))
                self.screen.note(f"({self._name(event)} changed the pins{where}: {count} pinned now)")

    def _message(self, person: Person, where: str, event: Json, content: Json) -> None:
        who = f"{self._name(event)}{where}"
        style = "bold blue" if event["sender"] == self.bot else "bold magenta"
        if content.get("m.relates_to", {}).get("rel_type") == "m.replace":
            who, content = f"{who} (edited)", content.get("m.new_content", {})
        self.screen.heard(who, lines_of(content), style=style)
        if isinstance(content.get("url"), str):
            saving = asyncio.create_task(self._save(person, who, content))
            self._saving.add(saving)
            saving.add_done_callback(self._saving.discard)

    async def _save(self, person: Person, who: str, content: Json) -> None:
        name = str(content.get("filename") or content.get("body"))
        try:
            path = await person.save(content["url"], name)
        except DemoFailed as error:
            self.screen.note(str(error))
        else:
            self.screen.note(f"(saved as {path})")

    def _offer(self, relation: Json) -> None:
        emoji = str(relation.get("key"))
        self._offered.setdefault(relation.get("event_id", ""), []).append(emoji)
        self._offers_to_show.append(emoji)

    def _show_offers(self) -> None:
        if self._offers_to_show:
            offered = " ".join(self._offers_to_show)
            self.screen.note(f"(to tap: {offered}  with /react {self._offers_to_show[0]})")
            self._offers_to_show = []

    def _where(self, person: Person, room: str) -> str:
        if room == "lobby":
            return " @lobby"
        return "" if person is self.person else f" to the {person.name}"

    def _name(self, event: Json) -> str:
        if event["sender"] == self.bot:
            return "Proxenos"
        return str(event["sender"]).split(":", 1)[0]

    async def _watch(self) -> None:
        while True:
            self.network.check()
            await asyncio.sleep(0.5)


def is_for(bot: str, words: str, mentions: Sequence[str]) -> bool:
    """Whether the bot answers this in the lobby, where people also talk with each other."""
    content: Json = {"body": words, "m.mentions": {"user_ids": list(mentions)}}
    said = message.read(content, user_id=bot, prefix="!")
    return said.called or (said.addressed and load().understand(said.text) is not None)


def _related(content: Json) -> set[str]:
    """The events that a message answers or belongs to."""
    relation = content.get("m.relates_to", {})
    return {relation.get("event_id", ""), relation.get("m.in_reply_to", {}).get("event_id", "")}
