"""Arguments of commands: declared as annotated fields, read from what a person typed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Self, TypeVar, dataclass_transform, get_type_hints

from commands.core.context import Context
from commands.core.errors import UserError
from config.languages import UI_LANGUAGES
from config.texts import Texts, texts

T = TypeVar("T", bound="Args")
Parse = Callable[[str, Context], Any]

_TOKEN = re.compile(r'"(?P<straight>[^"]*)"|“(?P<curly>[^”]*)”|„(?P<german>[^“”]*)[“”]|(?P<bare>\S+)')
_PLACEHOLDER = re.compile(r"\s*(?:…|\.{3})\.?\s*")
_OPTION = re.compile(r"(?:--|—|–)(?P<name>\w[\w-]*)(?:=(?P<value>\S+))?")  # telephones turn -- into a dash


def unfilled(text: str) -> bool:
    """Whether a text is only the dots, or "…", with which answers show where something is to be written."""
    return bool(_PLACEHOLDER.fullmatch(text))


def _as_typed(text: str, _ctx: Context) -> str:
    return text


@dataclass(frozen=True)
class Positional:
    """One word, or several in quotation marks."""

    parse: Parse = _as_typed


@dataclass(frozen=True)
class RestOf:
    """Everything to the end of the message, to the letter."""

    parse: Parse = _as_typed


@dataclass(frozen=True)
class Option:
    """`--name value` or `--name=value`."""

    parse: Parse = _as_typed


@dataclass(frozen=True)
class Flag:
    """`--name`."""


def whole_number(text: str) -> int | None:
    """The number that up to nine digits from 0 to 9 make; None for all else that `int` reads or fails on."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def practice_number(text: str, _ctx: Context) -> int:
    """`12` or `#12`."""
    number = whole_number(text.removeprefix("#").rstrip(".,:!"))
    if number is None:
        raise UserError("argument.number", typed=text)
    return number


Word = Annotated[str, Positional()]
Rest = Annotated[str, RestOf()]
PracticeNumber = Annotated[int, Positional(practice_number)]


class ArgumentError(UserError):
    """The arguments don't fit the command; the answer adds a working example.

    In free words it may have been no command at all, and is taken for a search.
    """


@dataclass_transform(frozen_default=True)
class Args:
    """The base of all arguments: fields in the order in which they are typed.

    A field's annotation says how it is read (`Word`, `PracticeNumber`, `Rest`, or `Annotated` with
    `Positional`, `RestOf`, `Option`, `Flag`); a default makes it optional. In the name of an option `_`
    is typed as `-`.
    """

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True)(cls)

    @classmethod
    def specs(cls) -> dict[str, Positional | RestOf | Option | Flag]:
        """How each field is read."""
        return _specs(cls)

    @classmethod
    def required(cls) -> set[str]:
        """The fields that must be given."""
        return {
            field.name
            for field in dataclasses.fields(cls)  # type: ignore[arg-type]  # a subclass is a dataclass
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        }

    @classmethod
    def read(cls, text: str, ctx: Context) -> Self:
        """Read `text`, what stands after the command's word.

        Raises `ArgumentError` where something is missing, left over, unknown or refused by its parser.
        """
        specs = cls.specs()
        values: dict[str, Any] = {}
        text, options = cls._take_options(text, ctx)
        values.update(options)
        rest = text.strip("\n").strip(" \t")
        for name, spec in specs.items():
            if isinstance(spec, RestOf):
                if spec.parse is _as_typed and unfilled(rest):
                    rest = ""
                if rest.strip():
                    values[name] = _parsed(spec, rest, ctx)
                    rest = ""
            elif isinstance(spec, Positional):
                token = _TOKEN.match(rest)
                if token:
                    typed = next(group for group in token.groups() if group is not None)
                    values[name] = _parsed(spec, typed, ctx)
                    rest = rest[token.end() :].lstrip(" \t")
                    rest = rest.removeprefix("\n")
        if rest.strip():
            raise ArgumentError("argument.left_over", typed=_short(rest))
        for name in specs:
            if name in cls.required() and name not in values:
                raise ArgumentError("argument.missing", argument=ctx.texts.get(f"argument.{name}"))
        return cls(**values)

    @classmethod
    def _take_options(cls, text: str, ctx: Context) -> tuple[str, dict[str, Any]]:
        specs = cls.specs()
        named = {name.replace("_", "-"): name for name, s in specs.items() if isinstance(s, Option | Flag)}
        values: dict[str, Any] = {}
        if not named:
            return text, values
        offered = [f"--{ctx.texts.get(f'argument.{name}')}" for name in named.values()]
        # As with commands, everybody may use the words of every language.
        for language in UI_LANGUAGES:
            named |= {texts(language).get(f"argument.{name}").casefold(): name for name in named.values()}
        while match := _OPTION.match(text.lstrip()):
            name = named.get(match["name"].casefold(), "")
            if not name:
                options = ctx.texts.list(offered, "or")
                raise ArgumentError("argument.unknown_option", typed=match.group(), options=options)
            text = text.lstrip()[match.end() :]
            spec = specs[name]
            if isinstance(spec, Flag):
                values[name] = True
                continue
            value = match["value"]
            if value is None:
                token = _TOKEN.match(text.lstrip())
                if not token:
                    raise ArgumentError("argument.missing", argument=ctx.texts.get(f"argument.{name}"))
                value = next(group for group in token.groups() if group is not None)
                text = text.lstrip()[token.end() :]
            if isinstance(spec, Option):
                values[name] = _parsed(spec, value, ctx)
        return text, values


class NoArgs(Args):
    """For commands that take nothing."""


_known: dict[type[Args], dict[str, Positional | RestOf | Option | Flag]] = {}


def _specs(cls: type[Args]) -> dict[str, Positional | RestOf | Option | Flag]:
    if cls not in _known:
        _known[cls] = {
            name: next(m for m in hint.__metadata__ if isinstance(m, Positional | RestOf | Option | Flag))
            for name, hint in get_type_hints(cls, include_extras=True).items()
        }
    return _known[cls]


def _parsed(spec: Positional | RestOf | Option, typed: str, ctx: Context) -> Any:
    try:
        return spec.parse(typed, ctx)
    except UserError as error:
        raise ArgumentError(error.message_id, **error.parameters) from None


def usage(args: type[Args], spoken: Texts) -> str:
    """The arguments as help writes them: `<number> [reason]`."""
    words = []
    for name, spec in args.specs().items():
        label = spoken.get(f"argument.{name}")
        match spec:
            case Flag():
                label = f"--{label}"
            case Option():
                label = f"--{label} …"
            case RestOf():
                label = f"{label} …"
        words.append(f"<{label}>" if name in args.required() else f"[{label}]")
    return " ".join(words)


def _short(text: str, limit: int = 40) -> str:
    first = text.strip().split("\n")[0]
    return first if len(first) <= limit else first[: limit - 1] + "…"
