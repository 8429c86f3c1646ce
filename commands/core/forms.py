"""Forms: the fields that a person fills in, one by one in a dialog or all at once in one message.

One declaration serves the guided dialog, the one-message form, the empty form that the bot hands out, and
later changes of single fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz, process

from commands.core.arguments import ArgumentError, unfilled, whole_number
from commands.core.context import Context
from commands.core.errors import UserError, told
from commands.core.nodes import Block, Bullets, Inline, span, strong
from commands.core.reply import Reply
from config.languages import UI_LANGUAGES
from config.texts import Texts, texts
from storage.dialogs import Dialog

Answers = dict[str, Any]
Finish = Callable[[Context, Answers], Reply]

# A label is short and stands at the start of a line. Asian colons come from some telephones.
_LABELLED = re.compile(
    r"^[ \t>*_•-]*(?P<label>[^\W\d_][\w /-]{0,30}?)[ \t*_]*[:\uff1a]\**[ \t]*(?P<value>.*)$"
)
_LONGEST_LABEL = 4  # words
DASHES = ("-", "–", "—")  # what people write to say that a field shall be empty
LINES_LOOKED_AT = 200
#: A number as it is tapped.
KEYCAP = re.compile("([1-9])\N{VARIATION SELECTOR-16}?\N{COMBINING ENCLOSING KEYCAP}")


class FormFieldsError(UserError):
    """Some fields need a change; told all at once, so that nobody mends them one message at a time.

    `errors` are the fields with what is wrong, `answers` what was right.
    """

    def __init__(self, form: Form, errors: list[tuple[FormField, UserError]], answers: Answers) -> None:
        super().__init__("form.errors")
        self.form = form
        self.errors = errors
        self.answers = answers

    def listed(self, ctx: Context) -> Bullets:
        """Each of these fields with what is wrong."""
        return Bullets(
            tuple(
                span(strong(self.form.label(field, ctx.texts)), ": ", told(ctx, error))
                for field, error in self.errors
            )
        )


def plain(value: Any, _ctx: Context) -> Inline:
    """A value as it was typed."""
    return str(value)


def text(limit: int, *, lines: bool = True) -> Callable[[str, Context], str]:
    """A parser for free text of at most `limit` characters; without `lines` on one line."""

    def parse(typed: str, _ctx: Context) -> str:
        cleaned = typed.strip() if lines else " ".join(typed.split())
        if not cleaned or unfilled(cleaned):
            raise UserError("form.empty")
        return within(cleaned, limit)

    return parse


def within(text: str, limit: int) -> str:
    """A text without the white space around it, of at most `limit` characters; raises `UserError`."""
    text = text.strip()
    if over := max(0, len(text) - limit):
        raise UserError("form.too_long", length=str(len(text)), limit=str(limit), over=str(over))
    return text


def fitting(text: str, limit: int) -> str:
    """The same of a text that says something."""
    if not text.strip():
        raise UserError("form.empty")
    return within(text, limit)


@dataclass(frozen=True)
class FormField:
    """One field: how it is read and shown.

    `parse` gives something that JSON can hold, or raises `UserError`. `choices` are values to pick from by
    number, name or reaction. `propose` gives a value that is taken when the person says nothing.
    `filled` writes the value as it would be typed. `ends` gives the reply with which an answer, such as a
    refusal, ends the form at once and throws the rest away; None goes on. `prose` is answered in sentences,
    and a `question` with one.
    `taps` are reactions that the bot offers under the question where the chat is not encrypted; each is also
    a name of a choice.
    """

    name: str
    parse: Callable[[str, Context], Any]
    show: Callable[[Any, Context], Inline] = plain
    required: bool = True
    choices: tuple[str, ...] = ()
    propose: Callable[[Context, Answers], Any] | None = None
    filled: Callable[[Any, Context], str] = lambda value, _ctx: str(value)
    ends: Callable[[Any, Context], Reply | None] | None = None
    prose: bool = False
    question: bool = False
    taps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form by its name, its fields in order, and what is done with a complete one.

    `note` is what people should read before they fill it in. With a `last_look`, a dialog shows all that was
    answered once more before it is taken; `endings` are other ways than "yes" to end it there, by their
    names: the one that was chosen is handed to `finish` as the answer `ending`. `begun_by` is the command
    that asks for it field by field, where that is not the one of its name. What there is only one of, such as
    a person's profile, is filled in `once`: all that is said on it belongs together.
    """

    name: str
    fields: tuple[FormField, ...]
    finish: Finish
    note: Callable[[Context], Inline] | None = None
    last_look: bool = True
    endings: tuple[str, ...] = ()
    begun_by: str | None = None
    once: bool = False

    # A form whose questions depend on the answers, or on more than the program, says so in these.

    def as_begun(self, ctx: Context, begun: Dialog) -> Form:
        """The form as a dialog that was begun asks it."""
        return self

    def about(self, ctx: Context, begun: Dialog) -> Inline | None:
        """What a dialog is about, where the answers don't tell."""
        return None

    def asked(self, answers: Answers, only: Sequence[str]) -> list[FormField]:
        """What a dialog asks, in order, as far as the answers tell; `only` some unless it is empty."""
        return [field for field in self.fields if not only or field.name in only]

    def keep(self, ctx: Context, begun: Dialog) -> None:
        """Keep the answers so far somewhere else than in the dialog; called whenever there are new ones."""

    def shows(self, field: FormField, answers: Answers, ctx: Context, *, again: bool) -> tuple[Block, ...]:
        """How a dialog puts a question; () for its label, its place, its text and the choices.

        `again` is whether it was put just before, as when help was asked for.
        """
        return ()

    def help(self, field: FormField, ctx: Context) -> tuple[Block, ...]:
        """What helps to answer a question; () where that is only what one can say in any dialog."""
        return ()

    def cancelled(self, ctx: Context) -> Block:
        """What is said when a dialog is cancelled."""
        return ctx.p("dialog.cancelled")

    def field(self, name: str) -> FormField:
        """The field of this name."""
        return next(field for field in self.fields if field.name == name)

    def label(self, field: FormField, spoken: Texts) -> str:
        """What a field is called in a language."""
        return spoken.get(f"form.{self.name}.{field.name}.label")

    def question(self, field: FormField, ctx: Context) -> Inline:
        """How a dialog asks for it."""
        return ctx.t(f"form.{self.name}.{field.name}.ask")

    def choice(self, field: FormField, value: str, spoken: Texts) -> str:
        """What a choice is called in a language."""
        return spoken.get(f"choice.{self.name}.{field.name}.{value}")

    def choice_names(self, field: FormField, value: str, spoken: Texts) -> list[str]:
        """What people call a choice in a language."""
        also = f"choice.{self.name}.{field.name}.{value}.also"
        return [self.choice(field, value, spoken), *(spoken.raw(also).split("|") if spoken.has(also) else ())]

    def shown(self, field: FormField, value: Any, ctx: Context) -> Inline:
        """A value for the reader."""
        if field.choices:
            return self.choice(field, value, ctx.texts)
        return field.show(value, ctx)

    def names(self, field: FormField, spoken: Texts) -> list[str]:
        """What people call a field in a language: its label first."""
        also = f"form.{self.name}.{field.name}.also"
        return [self.label(field, spoken), *(spoken.raw(also).split("|") if spoken.has(also) else ())]

    def find_field(self, label: str) -> FormField | None:
        """The field that a person means by `label`, in any of our languages."""
        return self._by_name.get(_fold(label))

    def nearest_field(self, label: str, ctx: Context) -> FormField | None:
        """The field whose name looks most like a label that is none."""
        names = self._by_language[ctx.language]
        best = process.extractOne(_fold(label), names.keys(), scorer=fuzz.ratio, score_cutoff=80)
        return names[best[0]] if best else None

    @cached_property
    def _by_name(self) -> dict[str, FormField]:
        # Folded once: somebody may send thousands of lines with something like a label in each.
        return self._named(UI_LANGUAGES)

    @cached_property
    def _by_language(self) -> dict[str, dict[str, FormField]]:
        return {code: self._named((code,)) for code in UI_LANGUAGES}

    def _named(self, languages: Sequence[str]) -> dict[str, FormField]:
        """The fields by what they are called, folded: what they are also called stands back behind labels."""
        spoken = [texts(code) for code in languages]
        backwards = self.fields[::-1]
        also = {_fold(n): field for field in backwards for one in spoken for n in self.names(field, one)[1:]}
        labels = {_fold(self.label(field, one)): field for field in backwards for one in spoken}
        return also | labels | {_fold(field.name): field for field in backwards}

    def begins_with(self, words: str) -> tuple[FormField, str] | None:
        """The field whose label a text begins with, and what stands behind it ("" for mere dots)."""
        pieces = words.split()
        for count in range(min(_LONGEST_LABEL, len(pieces)), 0, -1):
            # The dash of "offers -" is no part of the label, though labels are compared without dashes.
            field = self.find_field(" ".join(pieces[:count])) if _fold(pieces[count - 1]) else None
            if field:
                rest = words.split(maxsplit=count)
                value = rest[count] if len(rest) > count else ""
                return field, "" if unfilled(value) else value
        return None

    def read_field(self, field: FormField, typed: str, ctx: Context) -> Any:
        """What a person typed (or tapped) for one field; raises `UserError`."""
        if field.choices:
            return self._read_choice(field, typed, ctx)
        return field.parse(typed, ctx)

    def _read_choice(self, field: FormField, typed: str, ctx: Context) -> str:
        wanted = KEYCAP.sub(r"\1", typed).strip().rstrip(".)").casefold()
        number = whole_number(wanted)
        if number and number <= len(field.choices):
            return field.choices[number - 1]
        names = self._choices(field)
        if wanted in names:
            return names[wanted]
        begun = {value for name, value in names.items() if wanted and name.startswith(wanted)}
        if len(begun) == 1:
            return begun.pop()
        raise UserError("form.choose", options=self.options(field, ctx))

    def _choices(self, field: FormField) -> dict[str, str]:
        return {
            name.casefold(): value
            for value in field.choices
            for code in UI_LANGUAGES
            for name in [value, *self.choice_names(field, value, texts(code))]
        }

    def names_choice(self, field: FormField, typed: str) -> bool:
        """Whether a text is the whole name of one of a field's choices."""
        return typed.strip().rstrip(".!").casefold() in self._choices(field)

    def options(self, field: FormField, ctx: Context) -> str:
        """What can be chosen, in a sentence."""
        return ctx.texts.list([self.choice(field, value, ctx.texts) for value in field.choices], "or")

    def split(self, message: str, ctx: Context, *, asks: Inline | None = None) -> dict[str, str]:
        """A one-message form taken apart: field names with what stands after their labels.

        A value goes on until the next known label; a choice only to the end of its line. Raises `UserError`
        for lines that belong nowhere, for a label that is nearly one of ours and for one that is there twice.
        `asks` is what begins the dialog of a form that is not handed out empty.
        """
        values: dict[str, list[str]] = {}
        current: list[str] | None = None
        chosen = False
        for line in message.strip().splitlines():
            labelled = _LABELLED.match(line)
            field = self.find_field(labelled["label"]) if labelled else None
            if labelled and field:
                if field.name in values:
                    raise UserError("form.twice", label=self.label(field, ctx.texts))
                current = values[field.name] = [labelled["value"]]
                chosen = bool(field.choices)
                continue
            if (
                labelled
                and (meant := self.nearest_field(labelled["label"], ctx))
                and meant.name not in values
            ):
                raise UserError(
                    "form.unknown_field", typed=labelled["label"].strip(), meant=self.label(meant, ctx.texts)
                )
            if chosen and current and line.strip() and "".join(current).strip():
                raise UserError("form.line_unknown", typed=line.strip()[:60])
            if current is not None:
                current.append(line)
            elif line.strip():
                raise self._no_label(line.strip()[:60], ctx, asks)
        return {name: "\n".join(lines).strip() for name, lines in values.items()}

    def _no_label(self, typed: str, ctx: Context, asks: Inline | None) -> UserError:
        if asks is None:
            form = ctx.code(f"{ctx.word('form')} {ctx.word(self.name)}")
            return ArgumentError("form.no_label", typed=typed, form=form)
        label = self.label(self.fields[0], ctx.texts)
        return UserError("form.no_label_asked", typed=typed, label=label, asks=asks)

    def recognised(self, message: str) -> int:
        """How many of the form's labels stand at the beginnings of lines."""
        lines = message.splitlines()[:LINES_LOOKED_AT]
        labelled = [found for line in lines if (found := _LABELLED.match(line))]
        return len({field.name for found in labelled if (field := self.find_field(found["label"]))})

    def looks_like(self, message: str) -> bool:
        """Whether a text begins with one of the form's labels."""
        labelled = _LABELLED.match(message.strip().split("\n")[0])
        return bool(labelled and self.find_field(labelled["label"]))

    def read(self, message: str, ctx: Context, *, asks: Inline | None = None) -> Answers:
        """The answers of a one-message form; empty fields are left out. Raises `FormFieldsError`, and what
        `split` raises."""
        answers: Answers = {}
        errors: list[tuple[FormField, UserError]] = []
        for name, typed in self.split(message, ctx, asks=asks).items():
            if not typed or unfilled(typed):
                continue
            field = self.field(name)
            try:
                answers[name] = self.read_field(field, typed, ctx)
            except UserError as error:
                errors.append((field, error))
        if errors:
            raise FormFieldsError(self, errors, answers)
        return answers

    def propose(self, ctx: Context, answers: Answers) -> Answers:
        """The answers with what can be proposed for the fields that they leave open."""
        complete = dict(answers)
        for field in self.fields:
            if field.name not in complete and field.propose:
                value = field.propose(ctx, complete)
                if value is not None:
                    complete[field.name] = value
        return complete

    def ended_by(self, answers: Answers, ctx: Context) -> Reply | None:
        """The reply of the first answer that ends the form at once, if there is one."""
        for field in self.fields:
            if field.ends and field.name in answers and (reply := field.ends(answers[field.name], ctx)):
                return reply
        return None

    def missing(self, answers: Answers) -> list[FormField]:
        """The required fields that have no answer."""
        return [field for field in self.fields if field.required and field.name not in answers]

    def written(self, ctx: Context, answers: Answers | None = None) -> str:
        """The form as text to fill in, with the answers that are known."""
        lines = []
        for field in self.fields:
            value = (answers or {}).get(field.name)
            if value is None:
                filled = ""
            elif field.choices:
                filled = self.choice(field, value, ctx.texts)
            else:
                filled = field.filled(value, ctx)
            lines.append(f"{self.label(field, ctx.texts)}: {filled}".rstrip())
        return "\n".join(lines)


@dataclass(frozen=True)
class Changes(Form):
    """The fields of something that exists: each may stay as it is, and speaks as it does in the form `of`."""

    _: KW_ONLY
    of: Form

    @classmethod
    def to(cls, of: Form, name: str, fields: Sequence[FormField], finish: Finish) -> Changes:
        """A form that changes what the form `of` made."""
        return cls(
            name,
            tuple(replace(one, required=False, propose=None) for one in fields),
            finish,
            of=of,
            once=of.once,
        )

    def about(self, ctx: Context, begun: Dialog) -> Inline | None:
        return self.of.about(ctx, begun)

    def label(self, field: FormField, spoken: Texts) -> str:
        return self.of.label(field, spoken)

    def names(self, field: FormField, spoken: Texts) -> list[str]:
        return self.of.names(field, spoken)

    def question(self, field: FormField, ctx: Context) -> Inline:
        return self.of.question(field, ctx)

    def choice(self, field: FormField, value: str, spoken: Texts) -> str:
        return self.of.choice(field, value, spoken)

    def read_field(self, field: FormField, typed: str, ctx: Context) -> Any:
        if typed.strip() in DASHES:
            if self.of.field(field.name).required:
                raise UserError("dialog.not_skippable")
            return None  # emptied
        return super().read_field(field, typed, ctx)


def _fold(label: str) -> str:
    return " ".join(label.casefold().replace("_", " ").replace("-", " ").split())
