"""The declaration of commands, forms, topics, jobs, holdings and the like, and how they are found.

Nothing registers itself: the packages under `commands/` are looked through once, at start.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, get_type_hints

import commands
from commands.core.arguments import Args, NoArgs
from commands.core.belongings import Belonging
from commands.core.context import Context, Role
from commands.core.forms import Form
from commands.core.helping import Helping
from commands.core.holdings import Holding
from commands.core.jobs import Job
from commands.core.reply import Listing, Reply
from commands.core.topics import Topic
from config.languages import UI_LANGUAGES
from config.texts import texts
from storage.search import is_filler

Handler = Callable[..., Reply | None]

PUNCTUATION = ":,.!?"
_LONGEST_WISH = 8  # words; who says more than "ich möchte gern ein eigenes" wants more than the command
_MOST_COURTESIES = 3
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!\n]+|\Z)")  # that is no question
_A_NUMBER = re.compile(r"\s*#?[0-9]{1,9}(?:[.,:!\s]+|\Z)")
_SHADES = re.compile("[\N{VARIATION SELECTOR-16}\U0001f3fb-\U0001f3ff]")


class Courtesy(StrEnum):
    """What is said to be polite."""

    GREETING = "greeting"  # what follows is what is asked
    THANKS = "thanks"  # what follows says what for, to the end of its sentence


@dataclass(frozen=True)
class Command:
    """Something a person can say.

    `repeatable` commands only read: an edited one is simply run again and its answer replaced.
    What is not `listed` is understood, but needs no place in help. A `courtesy` may stand before whatever
    is really asked. What is only `until` a role is of no more use to who has it. A `numbered` command is
    meant where a number stands behind its word, which may mean something else otherwise: "thanks 12". More
    behind the number is for one that takes more: "ask 12 how many?". Of a `private` one refusals
    go to the direct chat as well.
    """

    name: str
    handler: Handler
    args: type[Args]
    requires: Role
    repeatable: bool
    listed: bool
    summary: str
    capability: str
    courtesy: Courtesy | None = None
    until: Role | None = None
    numbered: bool = False
    private: bool = False

    @property
    def text_key(self) -> str:
        """Where its texts stand in the catalogues: `command.<key>.words` and so on."""
        return f"command.{self.name.replace(' ', '_')}"

    def words(self, language: str) -> list[str]:
        """What people type for it in a language; the first is the one that help shows."""
        return [word.strip() for word in texts(language).raw(f"{self.text_key}.words").split("|")]

    def called(self) -> set[str]:
        """Its name and all words for it, folded."""
        return {fold(self.name), *(fold(word) for language in UI_LANGUAGES for word in self.words(language))}

    def phrases(self, language: str) -> list[str]:
        """What people also say for it in a language, though nobody need be told so."""
        spoken, key = texts(language), f"{self.text_key}.phrases"
        return [phrase.strip() for phrase in spoken.raw(key).split("|")] if spoken.has(key) else []

    def fits(self, arguments: str) -> bool:
        """Whether a numbered command can be meant with this behind its word."""
        number = _A_NUMBER.match(arguments)
        return number is not None and (number.end() == len(arguments) or len(self.args.specs()) > 1)

    def run(self, ctx: Context, arguments: str) -> Reply | None:
        """Read the arguments and carry the command out."""
        return self.handler(ctx, self.args.read(arguments, ctx))


def command(
    name: str,
    *,
    requires: Role = Role.GUEST,
    repeatable: bool = False,
    listed: bool = True,
    courtesy: Courtesy | None = None,
    until: Role | None = None,
    numbered: bool = False,
    private: bool = False,
) -> Callable[[Handler], Command]:
    """Declare a command; the handler takes the context and, if it has any, its arguments."""

    def declare(handler: Handler) -> Command:
        hints = get_type_hints(handler)
        args = hints.get("args", NoArgs)

        def run(ctx: Context, read: Args) -> Reply | None:
            return handler(ctx) if args is NoArgs else handler(ctx, read)

        return Command(
            name=name,
            handler=run,
            args=args,
            requires=requires,
            repeatable=repeatable,
            listed=listed,
            summary=inspect.getdoc(handler) or "",
            capability=handler.__module__.split(".")[1],
            courtesy=courtesy,
            until=until,
            numbered=numbered,
            private=private,
        )

    return declare


@dataclass(frozen=True)
class Spoken:
    """A text understood as a command: which one, in which language it was said, what stands after it, and
    the word for it without punctuation."""

    command: Command
    language: str | None
    arguments: str
    word: str


@dataclass
class Registry:
    """Everything that the capabilities declare."""

    commands: dict[str, Command] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    helping: dict[str, Helping] = field(default_factory=dict)
    holdings: list[Holding] = field(default_factory=list)
    belongings: list[Belonging] = field(default_factory=list)

    def add(self, found: Any) -> None:
        """Take in a declaration, and pass over everything else; two of one name are a bug."""
        match found:
            case Command():
                _put(self.commands, found.name, found)
            case Form():
                _put(self.forms, found.name, found)
            case Topic():
                _put(self.topics, found.name, found)
            case Job():
                _put(self.jobs, found.name, found)
            case Listing():
                _put(self.listings, found.name, found)
            case Helping():
                _put(self.helping, found.name, found)
            case Holding():
                if found not in self.holdings:
                    self.holdings.append(found)
            case Belonging():
                if found not in self.belongings:
                    self.belongings.append(found)

    @cached_property
    def words(self) -> dict[str, tuple[Command, str | None]]:
        """Every word for every command, folded, with the language that it is said in (None: several)."""
        return self._words_of([declared for declared in self.commands.values() if not declared.numbered])

    @cached_property
    def numbered(self) -> dict[str, tuple[Command, str | None]]:
        """The same for the commands that are only meant with a number behind them."""
        return self._words_of([declared for declared in self.commands.values() if declared.numbered])

    @staticmethod
    def _words_of(commands: list[Command]) -> dict[str, tuple[Command, str | None]]:
        words: dict[str, tuple[Command, str | None]] = {}
        for language in UI_LANGUAGES:
            for declared in commands:
                for word in [*declared.words(language), *declared.phrases(language)]:
                    known = words.get(fold(word))
                    if known and known[0] is not declared:
                        raise ValueError(f"{word!r} means both {known[0].name!r} and {declared.name!r}")
                    shared = known is not None and known[1] != language
                    words[fold(word)] = (declared, None if shared else language)
        for declared in commands:
            known = words.get(fold(declared.name))
            if known and known[0] is not declared:
                raise ValueError(f"{declared.name!r} means both {known[0].name!r} and itself")
            if declared.listed:
                # These names are the outside contract and say nothing about the speaker's language.
                words[fold(declared.name)] = (declared, None)
        return words

    def topic(self, written: str | None) -> tuple[Topic, str] | None:
        """What a message's topic (`practice:12`) stands for, and which one of them it is about."""
        name, _, reference = (written or "").partition(":")
        found = self.topics.get(name)
        return (found, reference) if found else None

    @cached_property
    def longest(self) -> int:
        """How many words the longest command has."""
        return max((len(word.split()) for word in (*self.words, *self.numbered)), default=1)

    def understand(self, text: str) -> Spoken | None:
        """The command that `text` begins with, if any; the longest fitting one."""
        starts = list(re.finditer(r"\S+", text[:200]))[: self.longest]
        for count in range(len(starts), 0, -1):
            end = starts[count - 1].end()
            word = text[starts[0].start() : end]
            for spelled in dict.fromkeys((word, word.rstrip(PUNCTUATION))):
                called = fold(spelled)
                found = self.numbered.get(called)
                if found is None or not found[0].fits(text[end:]):
                    found = self.words.get(called)
                if found:
                    return Spoken(found[0], found[1], text[end:], spelled)
        return None

    def meanings(self, typed: str) -> list[Command]:
        """All commands that are called so, or else are also said so; with those that share a word with one,
        and are told from it by what is typed behind it."""
        called = {name: declared.called() for name, declared in self.commands.items()}
        found = {name for name, words in called.items() if fold(typed) in words}
        tables = (self.words, self.numbered)
        found = found or {table[fold(typed)][0].name for table in tables if fold(typed) in table}
        words = {word for name in found for word in called[name]}
        return [one for name, one in self.commands.items() if words & called[name]]

    def wished(self, text: str) -> Spoken | None:
        """The command without arguments that a sentence comes down to: "How can I register, please?"."""
        starts = [piece.start() for piece in re.finditer(r"\S+", text)]
        for start in starts[:_LONGEST_WISH]:
            spoken = self.understand(text[start:])
            if spoken and not spoken.command.args.required() and not says_something(spoken.arguments):
                return replace(spoken, arguments="")
            if says_something(text[start:].split()[0]):
                return None
        return None

    def courtesy(self, text: str) -> tuple[Spoken | None, str]:
        """The greeting or thanks that a text begins with, if it does, and what was said besides."""
        polite: Spoken | None = None
        for _ in range(_MOST_COURTESIES):
            spoken = self.understand(text)
            if spoken is None or not spoken.command.courtesy:
                break
            polite, text = spoken, spoken.arguments.lstrip(PUNCTUATION + " \t\n–-")
            if spoken.command.courtesy is Courtesy.THANKS and (told := _SENTENCE.match(text)):
                text = text[told.end() :].lstrip()
        return polite, text


def fold(word: str) -> str:
    """Case, runs of spaces, the shape of an apostrophe and the colour of a hand don't matter."""
    return " ".join(_SHADES.sub("", word).replace("’", "'").casefold().split())


def says_something(text: str) -> bool:
    """Whether there is more in a text than words that hold sentences together or only ask."""
    return any(not is_filler(word) for word in re.findall(r"\w+", text))


@cache
def load() -> Registry:
    """Look through the capabilities for what they declare; once."""
    registry = Registry()
    for module in _modules():
        for found in vars(module).values():  # in the order of the file, which is the order in help
            registry.add(found)
    return registry


def _modules() -> Iterator[Any]:
    found = pkgutil.walk_packages(commands.__path__, "commands.")
    # A capability's own modules come before those of its parts: this is the order in help.
    for info in sorted(found, key=lambda info: (info.name.count("."), info.name)):
        if info.name.rsplit(".", 1)[-1] in ("handlers", "forms", "jobs", "holdings", "helping"):
            yield importlib.import_module(info.name)


def _put(table: dict[str, Any], name: str, found: Any) -> None:
    if table.get(name, found) is not found:
        raise ValueError(f"{name!r} is declared twice")
    table[name] = found
