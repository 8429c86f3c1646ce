"""Forms in one message: taken apart, read, and told what is wrong, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from commands.core.context import Context, Network
from commands.core.errors import UserError
from commands.core.forms import Form, FormFieldsError, text
from commands.core.registry import load
from storage.database import Database
from tests.blank import blank_database

LETTERS = st.characters(exclude_characters="*", exclude_categories=["Cs"])
REGISTER = load().forms["register"]
SHARE = load().forms["share"]


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    database = Database(blank_database(tmp_path / "empty.db"))
    with database.read() as tx:
        network = Network("@bot:test.localhost", "!hub:test.localhost")
        yield Context(tx, network, "@ada:test.localhost", "!dm:test.localhost", "en")
    database.close()


def test_a_form_is_taken_apart_at_its_labels(ctx: Context) -> None:
    """In either language, decorated as people do, values on several lines, empty ones too."""
    message = """
    Name: Ada: Countess
    * **Organisation:** Office
      of the Mayor

    > kind : city
    Stadt\uff1a Lyon
    COUNTRY:
    time_zone: Paris
    contact-visible: yes"""
    assert REGISTER.split(message, ctx) == {
        "name": "Ada: Countess",
        "organisation": "Office\n      of the Mayor",
        "kind": "city",
        "city": "Lyon",
        "country": "",
        "timezone": "Paris",
        "contact_visible": "yes",
    }


def test_a_label_that_is_nearly_ours_is_asked_about(ctx: Context) -> None:
    with pytest.raises(UserError) as error:
        REGISTER.split("Name: Ada\nCoutnry: France", ctx)
    assert error.value.message_id == "form.unknown_field"
    assert error.value.parameters == {"typed": "Coutnry", "meant": "Country"}


def test_a_field_that_is_there_twice_is_asked_about(ctx: Context) -> None:
    """Which of the two holds nobody knows but who wrote them."""
    with pytest.raises(UserError) as error:
        REGISTER.split("City: Lyon\nCountry: France\nStadt: Paris", ctx)
    assert error.value.message_id == "form.twice"
    assert error.value.parameters == {"label": "City"}


@pytest.mark.parametrize("line", ["foo: bar", "Best regards"])
def test_a_line_behind_a_choice_belongs_nowhere(ctx: Context, line: str) -> None:
    """It is that line that is wrong, not the choice; which may stand on a line of its own."""
    with pytest.raises(UserError) as error:
        REGISTER.read(f"Name: Ada\nConsent: yes\n\n{line}", ctx)
    assert error.value.message_id == "form.line_unknown"
    assert error.value.parameters == {"typed": line}
    assert REGISTER.read("Consent:\n  yes\n\nName: Ada", ctx) == {"consent": "yes", "name": "Ada"}


def test_text_before_the_first_label_belongs_nowhere(ctx: Context) -> None:
    with pytest.raises(UserError) as error:
        REGISTER.split("Dear bot,\nName: Ada", ctx)
    assert error.value.message_id == "form.no_label"


def test_what_only_looks_like_a_label_belongs_to_the_text(ctx: Context) -> None:
    split = SHARE.split("Summary: Two parts:\nfirst: plant\nthen: water\nhttps://example.org", ctx)
    assert split == {"summary": "Two parts:\nfirst: plant\nthen: water\nhttps://example.org"}


@pytest.mark.parametrize(
    ("message", "is_form"),
    [("Name: Ada", True), ("\n  stadt: x", True), ("Ada", False), ("", False), ("Hello: you", False)],
)
def test_what_looks_like_a_form(message: str, is_form: bool) -> None:
    assert REGISTER.looks_like(message) == is_form


def test_all_errors_come_at_once(ctx: Context) -> None:
    with pytest.raises(FormFieldsError) as error:
        REGISTER.read("Name: Ada\nKind: castle\nPopulation: many\nCountry: Atlantis", ctx)
    assert [field.name for field, _ in error.value.errors] == ["kind", "population", "country"]
    assert error.value.answers == {"name": "Ada"}


@pytest.mark.parametrize("typed", ["2", "2.", "2)", "2️⃣", "region", "Region", " REGION ", "reg"])
def test_choices_by_number_name_start_or_keycap(ctx: Context, typed: str) -> None:
    assert REGISTER.read_field(REGISTER.field("kind"), typed, ctx) == "region"


@pytest.mark.parametrize("typed", ["0", "7", "-1", "", "r e", "²", "x", "12345678901234567890", "1" * 5000])
def test_what_is_no_choice(ctx: Context, typed: str) -> None:
    with pytest.raises(UserError, match=r"form\.choose"):
        REGISTER.read_field(REGISTER.field("kind"), typed, ctx)


def test_an_unclear_start_is_no_choice(ctx: Context) -> None:
    """`Wissen` is, and `C` is city only as long as nothing else begins so."""
    kind = REGISTER.field("kind")
    assert REGISTER.read_field(kind, "wissen", ctx) == "science"
    with pytest.raises(UserError, match=r"form\.choose"):
        REGISTER.read_field(REGISTER.field("consent"), "", ctx)


def test_limits_of_text(ctx: Context) -> None:
    """On the letter, and told by how much."""
    parse = text(10)
    assert parse("  ten chars\n", ctx) == "ten chars"
    assert parse("x" * 10, ctx) == "x" * 10
    with pytest.raises(UserError) as error:
        parse("x" * 12, ctx)
    assert error.value.parameters == {"length": "12", "limit": "10", "over": "2"}
    with pytest.raises(UserError, match=r"form\.empty"):
        parse(" \n ", ctx)
    assert text(20, lines=False)("one\n  line ", ctx) == "one line"


def test_proposals_fill_what_is_open_and_nothing_else(ctx: Context) -> None:
    known = {"city": "Lyon", "country": "FR", "locale": "de"}
    assert REGISTER.propose(ctx, known) == {
        **known,
        "timezone": "Europe/Paris",
        "contact_visible": "no",
    }
    missing = [field.name for field in REGISTER.missing(REGISTER.propose(ctx, known))]
    assert missing == ["name", "organisation", "kind", "languages", "themes", "consent"]


@pytest.mark.parametrize("form", [REGISTER, SHARE], ids=lambda form: form.name)
def test_the_empty_form_has_every_label_once(ctx: Context, form: Form) -> None:
    """And sent back as it is, it says nothing."""
    written = form.written(ctx)
    assert written.split("\n") == [f"{form.label(field, ctx.texts)}:" for field in form.fields]
    assert form.read(written, ctx) == {}


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
def test_no_message_breaks_a_form(ctx: Context, message: str) -> None:
    for form in (REGISTER, SHARE):
        form.looks_like(message)
        try:
            form.split(message, ctx)
        except UserError as error:
            told = ("form.no_label", "form.unknown_field", "form.twice", "form.line_unknown")
            assert error.message_id in told  # noqa: PT017


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(LETTERS, max_size=80), st.text(LETTERS, max_size=80))
def test_a_text_comes_through_a_form_unchanged(ctx: Context, name: str, organisation: str) -> None:
    """Whatever it holds on its line, but for stars, which people put around labels."""
    answers = {"name": " ".join(name.split()), "organisation": " ".join(organisation.split())}
    assume(all(answers.values()))
    assert REGISTER.read(REGISTER.written(ctx, answers), ctx) == answers
