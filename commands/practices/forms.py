"""The forms of practices: the one that shares, and the one that changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from commands.core import dialog, values
from commands.core.arguments import practice_number
from commands.core.context import Context
from commands.core.forms import Answers, Changes, Form, FormField, FormFieldsError, text
from commands.core.nodes import Inline, joined
from commands.core.reply import Reply
from commands.practices import rules, service, views
from commands.practices.review import service as review
from commands.practices.review import views as review_views
from commands.practices.translations.views import out_of_date
from config.countries import country_name
from config.languages import language_name
from config.themes import themes
from storage import dialogs, translations
from storage.practices import Practice, Status


def _shown_themes(value: list[str], ctx: Context) -> Inline:
    return joined([themes().label(theme, ctx.language) for theme in value])


def _written_themes(value: list[str], ctx: Context) -> str:
    return "; ".join(themes().label(theme, ctx.language) for theme in value)


def _own_city(ctx: Context, _answers: Answers) -> str | None:
    return ctx.member.city if ctx.member else None


def _own_country(ctx: Context, answers: Answers) -> str | None:
    return ctx.member.country if ctx.member and _at_home(ctx, answers) else None


def _own_size(ctx: Context, answers: Answers) -> str | None:
    people = ctx.member.population if ctx.member and _at_home(ctx, answers) else None
    return values.size_class(people) if people else None


def _at_home(ctx: Context, answers: Answers) -> bool:
    # A practice may be about another city than the author's own.
    city = str(answers.get("city", ""))
    return ctx.member is not None and city.casefold() == ctx.member.city.casefold()


def _language(ctx: Context, answers: Answers) -> str:
    return rules.language_of(answers) or ctx.language


def _joined(separator: str) -> Any:
    return lambda value, _ctx: separator.join(str(item) for item in value)


def _original(typed: str, ctx: Context) -> int:
    return service.visible(ctx.tx, practice_number(typed.strip(), ctx)).number


def _any_number(typed: str, ctx: Context) -> int:
    return practice_number(typed.strip(), ctx)


def _number(value: int, _ctx: Context) -> str:
    return f"#{value}"


FIELDS = (
    FormField("title", text(100, lines=False)),
    FormField("summary", text(300, lines=False), prose=True),
    FormField("challenge", text(1000), prose=True),
    FormField("solution", text(1500), prose=True),
    FormField("evidence", text(500), prose=True),
    FormField("lessons", text(500), prose=True),
    FormField("transfer", text(1000), prose=True),
    FormField("city", text(80, lines=False), propose=_own_city),
    FormField(
        "country",
        values.country,
        show=lambda value, ctx: country_name(value, ctx.language),
        propose=_own_country,
        filled=lambda value, ctx: country_name(value, ctx.language),
    ),
    FormField("themes", values.theme_ids(rules.MOST_THEMES), show=_shown_themes, filled=_written_themes),
    FormField(
        "language",
        values.language,
        show=lambda value, ctx: language_name(value, ctx.language),
        propose=_language,
        filled=lambda value, ctx: language_name(value, ctx.language),
    ),
    FormField("resources", text(300), required=False, prose=True),
    FormField("year_started", rules.year, required=False),
    FormField("sdgs", rules.sdgs, show=_joined(", "), required=False, filled=_joined(", ")),
    FormField(
        "size_class",
        text(2, lines=False),
        required=False,
        choices=values.SIZE_CLASSES,
        propose=_own_size,
    ),
    FormField("links", rules.links, show=_joined(" "), required=False, filled=_joined(" ")),
    FormField("seeking_partners", text(10, lines=False), required=False, choices=("yes", "no")),
    FormField("translation_of", _original, show=_number, required=False, filled=_number),
)


def begin(ctx: Context, typed: str, *, ending: str | None = None) -> Reply:
    """Take a new practice from the form in one message, or ask for what it leaves open."""
    hidden = {"ending": ending} if ending else {}
    begun = dialogs.active(ctx.tx, ctx.sender)
    asked = begun is not None and begun.name == SHARE.name and begun.step != dialog.CONFIRM
    if not typed.strip() and ending and begun and asked:
        return dialog.set_aside(ctx, SHARE, begun, ending)
    if not typed.strip():
        return dialog.start(ctx, SHARE, hidden=hidden)
    try:
        answers = SHARE.read(typed, ctx)
    except FormFieldsError as wrong:
        return dialog.mend(ctx, wrong, hidden=hidden)
    complete = SHARE.propose(ctx, answers)
    if SHARE.missing(complete):
        return dialog.fill(ctx, SHARE, answers, hidden=hidden)
    return SHARE.finish(ctx, complete | hidden)


def _share(ctx: Context, answers: Answers) -> Reply:
    draft = answers.get("ending") == "draft"
    status = Status.DRAFT if draft else review.first_status(ctx.network)
    practice, known = service.share(ctx.tx, ctx.sender, answers, status)
    if known:
        return views.known_already(ctx, practice)
    if status == Status.SUBMITTED:
        review.post(ctx, practice)
    return entered(ctx, practice)


def entered(ctx: Context, practice: Practice) -> Reply:
    """What an author is told who has shared, submitted or kept a practice."""
    match practice.status:
        case Status.DRAFT:
            return review_views.kept(ctx, practice)
        case Status.SUBMITTED:
            return review_views.submitted(ctx, practice)
        case _:
            return views.shared(ctx, practice)


SHARE = Form("share", FIELDS, _share, endings=("draft",))


def _change(ctx: Context, answers: Answers) -> Reply:
    number = int(answers["practice"])
    changes = {name: value for name, value in answers.items() if name != "practice"}
    return change(ctx, number, changes)


def change(ctx: Context, number: int, changes: Answers) -> Reply:
    """Make changes to a practice, and say what has changed."""
    practice = service.editable(ctx, number)
    original = changes.get("translation_of")
    if original and original != practice.translation_of:
        service.visible(ctx.tx, original)
    changed = service.edit(ctx.tx, practice, changes, by=ctx.sender)
    review.edited(ctx, practice, changed)
    return service.discreetly(ctx, practice, lambda here: _changed(here, practice, changed))


def _changed(ctx: Context, practice: Practice, changed: list[str]) -> Reply:
    told = views.changed(ctx, practice, [CHANGE.label(CHANGE.field(name), ctx.texts) for name in changed])
    short = translations.of(ctx.tx, practice.number) if service.SHORT.intersection(changed) else []
    if not short:
        return told
    return replace(told, blocks=(*told.blocks, out_of_date(ctx, practice, short)))


CHANGE = Changes.to(
    SHARE,
    "practice_change",
    # Which practice it is that may go on naming its original, though that is archived, shows only at the end.
    [replace(one, parse=_any_number) if one.name == "translation_of" else one for one in FIELDS],
    _change,
)
