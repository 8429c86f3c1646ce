"""Arguments: what people type after a command's word, as tables and as properties."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.core.arguments import (
    Args,
    ArgumentError,
    Flag,
    NoArgs,
    Option,
    PracticeNumber,
    Rest,
    Word,
    practice_number,
    usage,
)
from commands.core.context import Context, Network
from commands.core.errors import UserError
from config.texts import texts
from storage.database import Database


class Pinning(Args):
    """A number, then whatever follows."""

    practice: PracticeNumber
    form: Rest = ""


class Naming(Args):
    """Two words and options before them."""

    topic: Word
    person: Word = "nobody"
    room: Annotated[bool, Flag()] = False
    language: Annotated[str, Option()] = "en"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with database.read() as tx:
        yield context(tx, "en")
    database.close()


def context(tx: object, language: str) -> Context:
    network = Network("@bot:test.localhost", "!hub:test.localhost")
    return Context(tx, network, "@ada:test.localhost", "!dm:test.localhost", language)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" 12", Pinning(12, "")),
        (" #12 clear and reusable", Pinning(12, "clear and reusable")),
        ("\n12\nline one\n\n  line two ", Pinning(12, "line one\n\n  line two")),
        (" 12: ", Pinning(12, "")),
        (' "12"', Pinning(12, "")),
    ],
)
def test_a_number_and_the_rest(ctx: Context, typed: str, expected: Pinning) -> None:
    assert Pinning.read(typed, ctx) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" one", Naming("one")),
        (" one two", Naming("one", "two")),
        (' "one and a half" two', Naming("one and a half", "two")),
        (" “one and a half” „zwei drei“", Naming("one and a half", "zwei drei")),
        (" „eins zwei”", Naming("eins zwei")),
        (" --room one", Naming("one", room=True)),
        (" --language de one", Naming("one", language="de")),
        (" --language=de --room one", Naming("one", room=True, language="de")),
        (" —room one", Naming("one", room=True)),
        (" –LANGUAGE de one", Naming("one", language="de")),
        (' --language "de at" one', Naming("one", language="de at")),
        (" don't", Naming("don't")),
    ],
)
def test_words_and_options(ctx: Context, typed: str, expected: Naming) -> None:
    assert Naming.read(typed, ctx) == expected


def test_options_are_understood_in_the_language_of_the_answer(ctx: Context) -> None:
    assert Naming.read("--raum eins", context(ctx.tx, "de")) == Naming("eins", room=True)
    assert Naming.read("--Sprache fr eins", context(ctx.tx, "de")) == Naming("eins", language="fr")
    assert Naming.read("--room eins", context(ctx.tx, "de")) == Naming("eins", room=True)


@pytest.mark.parametrize(
    ("args", "typed", "message_id"),
    [
        (NoArgs, " too much", "argument.left_over"),
        (Naming, "", "argument.missing"),
        (Naming, " one two three", "argument.left_over"),
        (Naming, " --colour red one", "argument.unknown_option"),
        (Naming, " --language", "argument.missing"),
        (Pinning, "  \n ", "argument.missing"),
    ],
)
def test_what_is_wrong_is_said(ctx: Context, args: type[Args], typed: str, message_id: str) -> None:
    with pytest.raises(ArgumentError) as error:
        args.read(typed, ctx)
    assert error.value.message_id == message_id


@pytest.mark.parametrize(("typed", "number"), [("12", 12), ("#12", 12), ("#7,", 7), ("12.", 12), ("012", 12)])
def test_numbers_of_practices(ctx: Context, typed: str, number: int) -> None:
    assert practice_number(typed, ctx) == number


@pytest.mark.parametrize("typed", ["", "#", "twelve", "-1", "1.5", "##1", "٣", "12345678901", "²"])
def test_what_is_no_number_of_a_practice(ctx: Context, typed: str) -> None:
    with pytest.raises(UserError, match=r"argument\.number"):
        practice_number(typed, ctx)


def test_usage_shows_what_is_needed() -> None:
    assert usage(Pinning, texts("en")).startswith("<")
    assert usage(Naming, texts("en")) == "<command> [name or Matrix id] [--room] [--language …]"
    assert usage(Naming, texts("de")) == "<Befehl> [Name oder Matrix-Adresse] [--raum] [--Sprache …]"
    assert usage(NoArgs, texts("en")) == ""


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_reading_never_fails_but_for_a_reason(ctx: Context, typed: str) -> None:
    """Whatever is typed, the person is told what is wrong with it."""
    for args in (Pinning, Naming, NoArgs):
        try:
            args.read(typed, ctx)
        except UserError as error:
            assert error.message_id.startswith("argument.")  # noqa: PT017 - no error is as good


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 10**8), st.text())
def test_the_rest_is_kept_to_the_letter(ctx: Context, number: int, rest: str) -> None:
    """Only space at its ends goes."""
    read = Pinning.read(f"{number} {rest}", ctx)
    assert read.practice == number
    assert read.form == rest.strip("\n").strip(" \t") or read.form.strip() == rest.strip()
