"""Guided dialogs: a form asked field by field, kept in the database, so that it survives everything.

At every question one can go back, skip, pause and cancel; before the end everything is shown once more.
Words that may not be meant as an answer are neither taken nor thrown away: they are held, until a "yes".
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from commands.core.context import Context
from commands.core.errors import UserError
from commands.core.forms import Answers, Form, FormField, FormFieldsError
from commands.core.nodes import Block, Bullets, Choices, Code, Inline, Paragraph, span, strong
from commands.core.reply import Reply
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import CONTROLS
from storage import dialogs, rooms
from storage.dialogs import Dialog

CONFIRM = "confirm"
FORGOTTEN = timedelta(hours=1)
_SHORT = 60  # characters that are enough to recognise one's own words
_TAPPED = {
    "\N{WHITE HEAVY CHECK MARK}": "yes",
    "\N{THUMBS UP SIGN}": "yes",
    "\N{CROSS MARK}": "cancel",
    "\N{LEFTWARDS BLACK ARROW}": "back",
    "\N{BLACK RIGHT-POINTING DOUBLE TRIANGLE WITH VERTICAL BAR}": "skip",
    "\N{DOUBLE VERTICAL BAR}": "pause",
}
_WITH_NUMBER = re.compile(r"\s*\S+\s+#?[0-9]")
YES = ("\N{WHITE HEAVY CHECK MARK}",)
RUN = "\N{BLACK RIGHT-POINTING TRIANGLE}\N{VARIATION SELECTOR-16}"
_TOLD = re.compile(r"\S+(?:\s+\S+){3,}[.!…]\s*", re.DOTALL)  # four words or more, and an end
_ASKED = re.compile(r"\S+(?:\s+\S+){2,}\?", re.DOTALL)
_NO = ("\N{CROSS MARK}", "\N{THUMBS DOWN SIGN}")


def start(
    ctx: Context,
    form: Form,
    answers: Answers | None = None,
    *,
    only: tuple[str, ...] = (),
    hidden: dict[str, Any] | None = None,
    present: Answers | None = None,
    opening: tuple[Block, ...] | None = None,
    review: bool = False,
    whole: bool = False,
) -> Reply:
    """Begin a dialog in the direct chat, or go on with one of the same form that was begun earlier.

    `answers` are known already, `only` limits it to some of the fields, `hidden` is handed to the form's
    `finish` among the answers without being asked. `present` is what stands there now: each may be kept.
    `opening` is said first, in the place of what is usual. For a `review`, what may be left out and was is
    not asked for any more. `whole` is whether `only` is the rest of a whole form.

    A form that is about something else, or would be lost to a part of it, is kept and pointed to instead.
    """
    ctx = ctx.privately()
    known = dialogs.get(ctx.tx, ctx.sender, form.name)
    part = known and known.context.get("only") and not known.context.get("whole")
    anew = not answers and not only
    in_the_way = (bool(only) and not whole) or (anew and known is not None and _is_other(known, hidden))
    if known and known.answers and not part and in_the_way:
        known.paused = True  # what is said next is as little meant for it as this is
        dialogs.keep(ctx.tx, known)
        return _refer(ctx, form.as_begun(ctx, known), known, [])
    for other in dialogs.of(ctx.tx, ctx.sender):
        if not other.paused and other.name != form.name:
            other.paused = True
            dialogs.keep(ctx.tx, other)
    if known and anew and not part and not _is_other(known, hidden):
        return resume(ctx, form.as_begun(ctx, known), known)
    dialog = Dialog(
        user_id=ctx.sender,
        name=form.name,
        locale=ctx.language,
        step="",
        answers=dict(answers or {}),
        context={
            "only": list(only),
            "hidden": hidden or {},
            "reviewed": review,
            "whole": whole,
            "present": {name: value for name, value in (present or {}).items() if name in only},
        },
        updated_at=ctx.now,
    )
    if opening is None:
        asks = not review or bool(form.missing(answers or {}))
        opening = _opening(ctx, form, rest=bool(answers)) if not only and asks else ()
    return _ask_next(ctx, form.as_begun(ctx, dialog), dialog, opening, passed=None)


def _opening(ctx: Context, form: Form, *, rest: bool) -> tuple[Block, ...]:
    intro = f"form.{form.name}.intro"
    said = (ctx.p(intro, network=ctx.network.name),) if ctx.texts.has(intro) else ()
    return (*said, ctx.p("dialog.rest_missing")) if rest else said


def fill(
    ctx: Context,
    form: Form,
    answers: Answers,
    *,
    hidden: dict[str, Any] | None = None,
    review: bool = False,
) -> Reply:
    """Ask for what a one-message form leaves open; for a `review` take what is proposed, and show it all."""
    begun = dialogs.get(ctx.tx, ctx.sender, form.name)
    if begun and _waits(form, begun, hidden):
        missing = form.missing(form.propose(ctx, answers))
        return _refer(ctx, form, begun, [(field, UserError("form.empty")) for field in missing])
    answers = {**(begun.answers if begun else {}), **answers}
    if review:
        answers = form.propose(ctx, answers)
    return start(ctx, form, answers, hidden=hidden, review=review)


def mend(
    ctx: Context,
    wrong: FormFieldsError,
    *,
    hidden: dict[str, Any] | None = None,
    present: Answers | None = None,
) -> Reply:
    """Keep what is right in a one-message form, and ask for the rest."""
    form = wrong.form
    begun = dialogs.get(ctx.tx, ctx.sender, form.name)
    if begun and _waits(form, begun, hidden):
        return _refer(ctx, form, begun, wrong.errors)
    faulty = {field.name for field, _ in wrong.errors}
    proposed = form.propose(ctx, {**(begun.answers if begun else {}), **wrong.answers})
    answers = {name: value for name, value in proposed.items() if name not in faulty}
    asked = faulty.union(field.name for field in form.missing(answers))
    # In the order of the form.
    only = tuple(field.name for field in form.fields if field.name in asked)
    opening = _faults(ctx, wrong)
    return start(ctx, form, answers, only=only, hidden=hidden, present=present, opening=opening, whole=True)


def _waits(form: Form, begun: Dialog, hidden: dict[str, Any] | None) -> bool:
    """Whether a form was begun that is about something else than the next of its kind, or may be, as it was
    set aside."""
    return (begun.paused or _is_other(begun, hidden)) and bool(begun.answers) and not form.once


def _is_other(begun: Dialog, hidden: dict[str, Any] | None) -> bool:
    """Whether a form was begun about something else than the next of its kind."""
    before, now = ({**some, "ending": None} for some in (begun.context.get("hidden", {}), hidden or {}))
    return before != now


def _refer(ctx: Context, form: Form, begun: Dialog, errors: list[tuple[FormField, UserError]]) -> Reply:
    """Point to the form that would be lost if another of its kind took its place; that has these errors."""
    ctx = ctx.privately()
    named = next(field for field in form.fields if field.name in begun.answers)
    named = next((f for f in form.fields if f.name in begun.answers and not f.choices), named)
    title = _shown(ctx, form, named, begun.answers[named.name])
    wrong = FormFieldsError(form, errors, {})
    faults = (Paragraph((ctx.n("form.errors", len(errors)),)), wrong.listed(ctx)) if errors else ()
    waits = ctx.p("dialog.form_waits", title=title, resume=ctx.call("resume"), cancel=_word(ctx, "cancel"))
    return Reply((*faults, waits), private=True, about=ctx.sender)


def _faults(ctx: Context, wrong: FormFieldsError) -> tuple[Block, ...]:
    return Paragraph((ctx.n("form.rest_kept", len(wrong.errors)),)), wrong.listed(ctx)


def resume(ctx: Context, form: Form, dialog: Dialog, opening: str = "dialog.resumed") -> Reply:
    """Go on where the person stopped; `opening` is the text that is said first."""
    ctx = ctx.privately()
    dialog.paused = False
    return _ask(ctx, form, dialog, (ctx.p(opening), *_about(ctx, form, dialog)))


def put_again(ctx: Context, form: Form, dialog: Dialog, opening: str = "") -> Reply:
    """Put the open question once more, to who is in the middle of it; the text `opening` is said first."""
    ctx = ctx.privately()
    return _ask(ctx, form, dialog, (ctx.p(opening),) if opening else (), again=True)


def set_aside(ctx: Context, form: Form, dialog: Dialog, ending: str) -> Reply:
    """Keep the answers so far for later; gone on with, the form ends in this other way."""
    dialog.paused = True
    dialog.context = {**dialog.context, "hidden": {**dialog.context.get("hidden", {}), "ending": ending}}
    dialogs.keep(ctx.tx, dialog)
    told = ctx.p(f"form.{form.name}.ending.{ending}.begun", resume=ctx.call("resume"))
    return Reply((told,), private=True)


def control(text: str) -> str | None:
    """The control word or tapped sign that `text` is, in any of our languages; None if it is an answer."""
    word = text.replace("\N{VARIATION SELECTOR-16}", "").strip().rstrip(".!").casefold()
    if word in _TAPPED:
        return _TAPPED[word]
    for name in CONTROLS:
        for language in UI_LANGUAGES:
            if word in (w.strip() for w in texts(language).raw(f"dialog.words.{name}").split("|")):
                return name
    return None


def chooses(ctx: Context, form: Form, dialog: Dialog, text: str) -> bool:
    """Whether the text is one of the choices of the question that is asked."""
    field = form.field(dialog.step) if dialog.step != CONFIRM else None
    if field is None or not field.choices:
        return False
    try:
        form.read_field(field, text, ctx)
    except UserError:
        return False
    return True


def certain(ctx: Context, form: Form, dialog: Dialog, text: str) -> bool:
    """Whether the text can only be meant for the dialog, whatever else it may look like and however late."""
    named = _ending(form, text) is not None or (dialog.step == CONFIRM and form.find_field(text) is not None)
    return named or bool(control(text)) or chooses(ctx, form, dialog, text) or form.looks_like(text)


def tells(form: Form, dialog: Dialog, text: str) -> bool:
    """Whether a whole sentence, such as "Wer mag, übernimmt eine Baumscheibe.", answers a question that asks
    for some, or a question, such as "Who pays for it?", one that asks for one; behind a command's word there
    would be a number."""
    if dialog.step == CONFIRM or _WITH_NUMBER.match(text):
        return False
    field, said = form.field(dialog.step), text.strip()
    return (field.prose and bool(_TOLD.fullmatch(said))) or (field.question and bool(_ASKED.fullmatch(said)))


def late(ctx: Context, dialog: Dialog) -> bool:
    """Whether the question was asked so long before the text was sent that it may be forgotten."""
    return (ctx.sent_at or ctx.now) - dialog.updated_at > FORGOTTEN


def ask_back(ctx: Context, form: Form, dialog: Dialog, text: str, command: Code) -> Reply:
    """Ask whether a command is meant or an answer to the question; the words are held for a "yes"."""
    words = {"command": command, "run": _word(ctx, "run")}
    held = {name: value for name, value in dialog.context.items() if name != "held"}
    dialog.context = {**held, "command": text}
    if not readable(ctx, form, dialog, text):
        told = ctx.p("dialog.command_not_answer", cancel=_word(ctx, "cancel"), **words)
        asked = _ask(ctx, form, dialog, (told,), again=True)
        return replace(asked, reactions=(RUN, *asked.reactions))
    _hold(ctx, dialog, text)
    dialogs.keep(ctx.tx, dialog)
    told = ctx.p("dialog.command_meant", typed=shortened(text), take=_word(ctx, "take"), **words)
    return Reply((told,), private=True, reactions=(*YES, RUN), about=ctx.sender, asks=form.name)


def only_a_command(dialog: Dialog) -> str | None:
    """The command that was asked back about and can be no answer: a yes to that is none either."""
    return None if "held" in dialog.context else dialog.context.get("command")


def brief(text: str) -> bool:
    """Whether the text is the word that takes what is proposed, or a single letter, as choices have."""
    said = text.strip().casefold()
    takes = [texts(language).raw("dialog.words.take").split("|") for language in UI_LANGUAGES]
    return len(said) < 2 or any(said in words for words in takes)


def command_meant(dialog: Dialog, text: str) -> str | None:
    """The command that was asked back about, if the text or tapped sign says that it is meant; it is not
    asked about any more."""
    command: str | None = dialog.context.get("command")
    dialog.context = {name: value for name, value in dialog.context.items() if name != "command"}
    sign = "\N{VARIATION SELECTOR-16}"
    said = " ".join(text.replace(sign, "").strip().rstrip(".!").casefold().split())
    known = [texts(language).raw("dialog.words.run").casefold().split("|") for language in UI_LANGUAGES]
    means = said == RUN.replace(sign, "") or any(said in words for words in known)
    if command is None or not means:
        return None
    dialog.context = {name: value for name, value in dialog.context.items() if name != "held"}
    return command


def correct(ctx: Context, form: Form, dialog: Dialog, event_id: str, text: str) -> Reply:
    """Take the new words of an edited message in the place of the answer that it gave."""
    given = dialog.context.get("given", {})
    name = next((name for name, event in given.items() if event == event_id), None)
    if name is None or control(text):
        raise UserError("dialog.not_corrected", back=_word(ctx, "back"))
    field = form.field(name)
    value = form.read_field(field, _unquoted(text), ctx)
    dialog.answers = {**dialog.answers, name: value}
    if ended := form.ended_by(dialog.answers, ctx):
        dialogs.remove(ctx.tx, dialog)
        return replace(ended, private=True)
    label = strong(form.label(field, ctx.texts))
    told = ctx.p("dialog.corrected", label=label, value=_shown(ctx, form, field, value))
    form.keep(ctx, dialog)
    fields = _fields(form, dialog)
    if dialog.step != CONFIRM and form.field(dialog.step) not in fields:
        if any(field.name not in dialog.answers for field in fields):
            return _ask_next(ctx, form, dialog, (told,), passed=None)
        # An edit may be a slip as well: the end comes with the answer to the last question.
        dialog.step = fields[-1].name
    return _ask(ctx, form, dialog, (told,))


def cancel(ctx: Context, form: Form, dialog: Dialog) -> Reply:
    """End a dialog without its end."""
    dialogs.remove(ctx.tx, dialog)
    return Reply((form.cancelled(ctx),))


def answer(ctx: Context, form: Form, dialog: Dialog, text: str) -> Reply:
    """Take what the person typed or tapped, and ask the next question or finish."""
    if dialog.step != CONFIRM and (ending := _ending(form, text)):
        return set_aside(ctx, form, dialog, ending)
    text = _unquoted(text)
    if late(ctx, dialog) and not certain(ctx, form, dialog, text):
        # Who comes back after a while may begin with something else than the answer to yesterday's question.
        if dialog.step == CONFIRM:
            return resume(ctx, form, dialog)
        if readable(ctx, form, dialog, text):
            _hold(ctx, dialog, text)
            return resume(ctx, form, dialog)
    said, given_by = control(text), ctx.answer_to
    if held := dialog.context.get("held"):
        dialog.context = {name: value for name, value in dialog.context.items() if name != "held"}
        if said == "yes":
            said, (text, given_by) = None, held
    choices = form.field(dialog.step).choices if dialog.step != CONFIRM else ()
    if choices and form.names_choice(form.field(dialog.step), text):
        said = None  # "keep" may be one of them
    elif said == "yes" and "yes" in choices:
        said, text = None, "yes"  # the answer itself, not the consent to what was proposed
    elif text.startswith(_NO) and "no" in choices:
        said, text = None, "no"
    match said:
        case "cancel":
            return cancel(ctx, form, dialog)
        case "pause":
            dialog.paused = True
            dialogs.keep(ctx.tx, dialog)
            return Reply((ctx.p("dialog.paused", resume=ctx.call("resume")),))
        case "back":
            return _back(ctx, form, dialog)
        case "help":
            told = form.help(form.field(dialog.step), ctx) if dialog.step != CONFIRM else ()
            return _ask(ctx, form, dialog, told or (_help(ctx, form, dialog),), again=True)
    if dialog.step == CONFIRM:
        return _confirm(ctx, form, dialog, text, said)
    labelled = form.split(text, ctx) if form.looks_like(text) else {}
    if list(labelled) == [dialog.step]:
        text = labelled[dialog.step]  # a line of the form, as it was handed out
    elif len(labelled) > 1:
        return _take_form(ctx, form, dialog, text)
    field = form.field(dialog.step)
    known = _known(dialog, field) is not None
    proposed = field.propose(ctx, dialog.answers) if field.propose and not known else None
    if said == "skip" or (said == "yes" and (known or proposed is not None)):
        if proposed is not None:
            dialog.answers = {**dialog.answers, field.name: proposed}
        elif not _may_be_skipped(dialog, field):
            return _ask(ctx, form, dialog, (ctx.p("dialog.not_skippable"),), again=True)
        return _ask_next(ctx, form, dialog, (), passed=field)
    if said == "yes" and not field.choices:
        return _ask(ctx, form, dialog, (ctx.p("dialog.nothing_to_take"),))  # one "ok" too many
    dialog.answers = {**dialog.answers, field.name: _read(ctx, form, field, text)}
    dialog.context = {**dialog.context, "given": {**dialog.context.get("given", {}), field.name: given_by}}
    return _ask_next(ctx, form, dialog, (), passed=field)


def _take_form(ctx: Context, form: Form, dialog: Dialog, text: str) -> Reply:
    """Take several answers in one message, as far as they are right."""
    try:
        dialog.answers = {**dialog.answers, **form.read(text, ctx)}
    except FormFieldsError as wrong:
        dialog.answers = {**dialog.answers, **wrong.answers}
        if only := dialog.context.get("only"):  # who says something on another field wants it asked, too
            faulty = [field.name for field, _ in wrong.errors]
            dialog.context = {**dialog.context, "only": list(dict.fromkeys([*only, *faulty]))}
        asked = _fields(form, dialog)
        step = next((field.name for field, _ in wrong.errors if field in asked), None)
        if step is None:
            return _ask_next(ctx, form, dialog, _faults(ctx, wrong), passed=None)
        dialog.step = step
        return _ask(ctx, form, dialog, _faults(ctx, wrong))
    return _ask_next(ctx, form, dialog, (), passed=None)


def readable(ctx: Context, form: Form, dialog: Dialog, text: str) -> bool:
    """Whether the text could be the answer to the open question."""
    if dialog.step == CONFIRM:
        return False
    try:
        form.read_field(form.field(dialog.step), text, ctx)
    except UserError:
        return False
    return True


def _hold(ctx: Context, dialog: Dialog, text: str) -> None:
    """Keep words that may be the answer, with the event that they came in."""
    dialog.context = {**dialog.context, "held": [text, ctx.answer_to]}


def _read(ctx: Context, form: Form, field: FormField, text: str) -> Any:
    try:
        return form.read_field(field, text, ctx)
    except UserError:
        if not field.choices:
            raise
        options = form.options(field, ctx)
        raise UserError("dialog.choose", options=options, cancel=_word(ctx, "cancel")) from None


def _known(dialog: Dialog, field: FormField) -> Any:
    """What was answered, or else what stands there now; None if neither is the case."""
    return dialog.answers.get(field.name, dialog.context.get("present", {}).get(field.name))


def _fields(form: Form, dialog: Dialog) -> list[FormField]:
    return form.asked(dialog.answers, dialog.context.get("only") or ())


def _ask_next(
    ctx: Context, form: Form, dialog: Dialog, opening: tuple[Block, ...], *, passed: FormField | None
) -> Reply:
    """Ask the next open field behind `passed`; at the end show everything."""
    form.keep(ctx, dialog)
    if ended := form.ended_by(dialog.answers, ctx):
        dialogs.remove(ctx.tx, dialog)
        return replace(ended, private=True)
    fields = _fields(form, dialog)
    begin = fields.index(passed) + 1 if passed else 0
    # Someone who changes one answer at the end wants to come back to the end, not through all the rest.
    after = [field for field in fields[begin:] if field.name not in dialog.answers]
    before = [field for field in fields[:begin] if field.required and _known(dialog, field) is None]
    if dialog.context.get("reviewed"):
        after = [field for field in after if field.required]
    upcoming = after + before
    if upcoming:
        dialog.step = upcoming[0].name
        return _ask(ctx, form, dialog, opening)
    if not form.last_look or not dialog.answers:
        return _finish(ctx, form, dialog)
    dialog.step = CONFIRM
    dialog.context = {**dialog.context, "reviewed": True}
    return _ask(ctx, form, dialog, opening)


def _ask(
    ctx: Context, form: Form, dialog: Dialog, opening: tuple[Block, ...], *, again: bool = False
) -> Reply:
    dialogs.keep(ctx.tx, dialog)
    blocks: list[Block] = list(opening)
    reactions: tuple[str, ...] = ()
    if dialog.step == CONFIRM:
        blocks += _summary(ctx, form, dialog)
        reactions = (*YES, "\N{CROSS MARK}")
    else:
        blocks += _question(ctx, form, dialog, again=again)
        reactions = YES if "held" in dialog.context else tappable(ctx, form.field(dialog.step).taps)
    return Reply(tuple(blocks), private=True, reactions=reactions, about=ctx.sender, asks=form.name)


def tappable(ctx: Context, signs: tuple[str, ...]) -> tuple[str, ...]:
    """What is offered to be tapped; nothing in an encrypted chat, as homeservers can read reactions."""
    chat = rooms.direct_chat(ctx.tx, ctx.sender) if signs else None
    room = rooms.get(ctx.tx, chat) if chat else None
    encrypted = room.encrypted if room else ctx.network.encrypt_direct_chats
    return () if encrypted else signs


def _question(ctx: Context, form: Form, dialog: Dialog, *, again: bool) -> list[Block]:
    field = form.field(dialog.step)
    fields = _fields(form, dialog)
    place = f"{fields.index(field) + 1}/{len(fields)}"
    title = strong(form.label(field, ctx.texts))
    head = title if len(fields) == 1 else span(title, f" ({place})")
    blocks: list[Block] = list(form.shows(field, dialog.answers, ctx, again=again))
    if not blocks:
        blocks.append(Paragraph((head, form.question(field, ctx))))
        if field.choices:
            blocks.append(Choices(tuple(form.choice(field, value, ctx.texts) for value in field.choices)))
    value = _known(dialog, field)
    proposed = field.propose(ctx, dialog.answers) if field.propose and value is None else None
    if held := dialog.context.get("held"):
        blocks.append(ctx.p("dialog.held", typed=shortened(held[0]), take=_word(ctx, "take")))
    elif value is not None:
        blocks.append(_offer(ctx, form, field, "dialog.so_far", value))
    elif proposed is not None:
        blocks.append(_offer(ctx, form, field, "dialog.proposed", proposed))
    elif not field.required:
        blocks.append(ctx.p("dialog.optional", skip=_word(ctx, "skip")))
    if field is fields[0] and len(fields) > 1:
        blocks.append(
            ctx.p(
                "dialog.controls",
                back=_word(ctx, "back"),
                pause=_word(ctx, "pause"),
                cancel=_word(ctx, "cancel"),
            )
        )
    return blocks


def _offer(ctx: Context, form: Form, field: FormField, message: str, value: Any) -> Block:
    """A value to take, and the word that takes it: "ok", or a choice's own name where "ok" would be "yes"."""
    if not value:  # emptied
        return ctx.p("dialog.so_far_nothing", take=_word(ctx, "take"))
    shown = form.shown(field, value, ctx)
    return ctx.p(message, value=shown, take=strong(shown) if "yes" in field.choices else _word(ctx, "take"))


def _summary(ctx: Context, form: Form, dialog: Dialog) -> list[Block]:
    shown = [
        span(strong(form.label(field, ctx.texts)), ": ", _shown(ctx, form, field, dialog.answers[field.name]))
        for field in form.fields
        if field.name in dialog.answers
    ]
    example = form.label(_fields(form, dialog)[0], ctx.texts)
    return [
        ctx.p("dialog.summary"),
        *_about(ctx, form, dialog),
        Bullets(tuple(shown)),
        ctx.p("dialog.confirm", yes=_word(ctx, "yes"), cancel=_word(ctx, "cancel"), label=example),
        *(_offered_ending(ctx, form, name) for name in form.endings),
    ]


def _about(ctx: Context, form: Form, dialog: Dialog) -> tuple[Block, ...]:
    what = form.about(ctx, dialog)
    return (ctx.p("dialog.about", what=what),) if what else ()


def _offered_ending(ctx: Context, form: Form, name: str) -> Block:
    word = ctx.texts.raw(f"form.{form.name}.ending.{name}.words").split("|")[0].strip()
    return ctx.p(f"form.{form.name}.ending.{name}.offer", word=strong(word))


def _ending(form: Form, text: str) -> str | None:
    """The other way to end the form that a text names, in any of our languages."""
    word = " ".join(text.strip().rstrip(".!").casefold().split())
    for name in form.endings:
        for language in UI_LANGUAGES:
            words = texts(language).raw(f"form.{form.name}.ending.{name}.words").split("|")
            if word in (one.strip() for one in words):
                return name
    return None


def _confirm(ctx: Context, form: Form, dialog: Dialog, text: str, said: str | None) -> Reply:
    if said == "yes" or text.strip() == "1":
        return _finish(ctx, form, dialog)
    if ending := _ending(form, text):
        dialog.answers = {**dialog.answers, "ending": ending}
        return _finish(ctx, form, dialog)
    if form.looks_like(text):
        return _take_form(ctx, form, dialog, text)
    field = form.find_field(text)
    if field in _fields(form, dialog):
        dialog.step = field.name
        return _ask(ctx, form, dialog, ())
    raise UserError(
        "dialog.confirm_unclear",
        yes=_word(ctx, "yes"),
        cancel=_word(ctx, "cancel"),
        label=form.label(_fields(form, dialog)[0], ctx.texts),
    )


def _finish(ctx: Context, form: Form, dialog: Dialog) -> Reply:
    answers = {**dialog.answers, **dialog.context.get("hidden", {})}
    dialogs.remove(ctx.tx, dialog)  # first, as `finish` may forget the person; comes back should it raise
    return replace(form.finish(ctx, answers), private=True)


def _may_be_skipped(dialog: Dialog, field: FormField) -> bool:
    return not field.required or _known(dialog, field) is not None


def _help(ctx: Context, form: Form, dialog: Dialog) -> Paragraph:
    field = form.field(dialog.step) if dialog.step != CONFIRM else None
    skippable = field is None or _may_be_skipped(dialog, field) or field.propose is not None
    text = "dialog.help" if skippable else "dialog.help_required"
    words = {
        name: _word(ctx, name) for name in ("back", *(("skip",) if skippable else ()), "pause", "cancel")
    }
    return ctx.p(text, prefix=Code(ctx.network.prefix), **words)


def _back(ctx: Context, form: Form, dialog: Dialog) -> Reply:
    fields = [field.name for field in _fields(form, dialog)]
    place = len(fields) if dialog.step == CONFIRM else fields.index(dialog.step)
    if place == 0:
        raise UserError("dialog.at_start", cancel=_word(ctx, "cancel"))
    dialog.step = fields[place - 1]
    return _ask(ctx, form, dialog, ())


def shortened(text: str) -> str:
    """As much of a text as is needed to recognise it."""
    first = text.strip().split("\n")[0]
    return first if len(first) <= _SHORT and first == text.strip() else f"{first[: _SHORT - 1].rstrip()}…"


def _shown(ctx: Context, form: Form, field: FormField, value: Any) -> Inline:
    return "–" if value is None else form.shown(field, value, ctx)  # an optional field that was emptied


def _unquoted(text: str) -> str:
    """An answer without the quotation marks that keep it from being read as a command."""
    quoted = re.fullmatch(r"\s*[\"“„«](.+)[\"”“»]\s*", text, re.DOTALL)
    return quoted[1] if quoted and not re.search(r"[\"“„”«»]", quoted[1]) else text


def _word(ctx: Context, name: str) -> Any:
    return strong(ctx.texts.raw(f"dialog.words.{name}").split("|")[0].strip())
