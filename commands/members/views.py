"""How members, lists of them and what is known about a person look."""

from __future__ import annotations

from string import capwords
from typing import Any
from zoneinfo import ZoneInfo

from commands.core.context import Context
from commands.core.forms import Answers, Form, FormField
from commands.core.nodes import (
    Block,
    Bullets,
    Entries,
    Inline,
    Paragraph,
    Person,
    joined,
    paragraph,
    span,
    strong,
)
from commands.core.reply import Reply
from commands.core.values import size_class
from commands.members import service
from commands.members.rules import Facet, Wanted
from commands.members.service import EVENTS, NOTES, Search, Stock
from config.countries import country_name
from config.languages import UI_LANGUAGES, language_name
from config.texts import Texts, texts
from config.themes import Theme, themes
from storage import members
from storage.members import Line, Member

PAGE = 8


# --- registering


def consent(ctx: Context) -> Inline:
    """The text that is agreed to: what is stored, who sees it, how to have it erased."""
    text = ctx.t(
        f"consent.text.{ctx.network.consent_version}",
        network=ctx.network.name,
        days=str(ctx.network.keep_messages.days),
        mydata=ctx.call("mydata"),
        forgetme=ctx.call("forgetme"),
    )
    responsible = ctx.network.responsible
    return span(text, " ", ctx.t("consent.responsible", who=responsible)) if responsible else text


def welcome(ctx: Context, member: Member, *, agreed_unseen: bool) -> Reply:
    """To somebody who has just registered: the two or three best things to do next."""
    ctx = ctx.privately()
    blocks: list[Block] = [ctx.p("register.welcome", name=strong(member.name))]
    if agreed_unseen:
        blocks.append(Paragraph((ctx.t("register.agreed"), consent(ctx))))
    blocks += [ctx.p("register.next"), Bullets(tuple(_next_steps(ctx, member)[:3]))]
    label, yes = ctx.texts.get("form.register.greeting.label"), ctx.texts.get("choice.register.greeting.yes")
    blocks.append(ctx.p("register.greeting", yes=ctx.call("profile edit", f"{label} {yes}")))
    return Reply(tuple(blocks), private=True, about=member.user_id)


def _next_steps(ctx: Context, member: Member) -> list[Inline]:
    steps: list[Inline] = []
    if peers := service.others_on(ctx.tx, member):
        theme, count = peers
        label = themes().label(theme, ctx.language)
        steps.append(ctx.n("register.next_who", count, theme=label, who=ctx.call("who", label)))
    if not members.lines(ctx.tx, member.user_id, "offer"):
        offer = f"{ctx.texts.get('form.register.offers.label')}"
        steps.append(ctx.t("register.next_offers", edit=ctx.call("profile edit", offer)))
    label = themes().label(member.themes[0], ctx.language)
    steps.append(ctx.t("register.next_search", search=ctx.call("search", label)))
    steps.append(ctx.t("register.next_share", share=ctx.call("share")))
    return steps


def registered_already(ctx: Context, member: Member) -> Reply:
    """To somebody who registers twice."""
    ctx = ctx.privately()
    text = ctx.p(
        "register.already",
        name=strong(member.name),
        edit=ctx.call("profile edit"),
        profile=ctx.call("profile"),
    )
    return Reply((text,), private=True, about=member.user_id)


def leaving(ctx: Context) -> Reply:
    """What one can leave, and how."""

    def first(key: str) -> str:
        return ctx.texts.raw(key).split("|")[0]

    own = ctx.call("events", first("events.words.mine"))
    ways = (
        ctx.t("leave.event", notgoing=ctx.call("notgoing", "3"), events=own),
        ctx.t("leave.digest", digest=ctx.call("digest", first("digest.words.off"))),
        ctx.t("leave.matching", matching=ctx.call("matching", first("matching.words.off"))),
        ctx.t("leave.network", forgetme=ctx.call("forgetme")),
    )
    return Reply((ctx.p("leave.which"), Bullets(ways)), private=True)


# --- profiles


def place(ctx: Context, member: Member) -> str:
    """City and country, with the size class where the population is known."""
    size = f" ({size_class(member.population).upper()})" if member.population else ""
    return f"{member.city}, {country_name(member.country, ctx.language)}{size}"


def _theme_names(ctx: Context, member: Member) -> Inline:
    return joined([themes().label(theme, ctx.language) for theme in member.themes])


def _kind(ctx: Context, kind: str) -> str:
    return ctx.texts.get(f"choice.register.kind.{kind}")


def _public(ctx: Context, member: Member) -> list[Block]:
    """What every member may see."""
    lines: list[Inline] = [
        strong(member.name),
        f"{member.organisation} · {_kind(ctx, member.kind)}",
        place(ctx, member),
        _theme_names(ctx, member),
    ]
    if member.contact_visible:
        lines.append(ctx.t("profile.contact", person=Person(member.user_id, member.user_id)))
    return [Paragraph(tuple(lines)), *_listed(ctx, "profile.offers", _offers(ctx, member))]


def _offers(ctx: Context, member: Member) -> list[Line]:
    return members.lines(ctx.tx, member.user_id, "offer")


def _listed(ctx: Context, title: str, lines: list[Line]) -> list[Block]:
    if not lines:
        return []
    items = [f"{themes().label(line.theme, ctx.language)}: {line.text}" for line in lines]
    return [paragraph(strong(ctx.t(title))), Bullets(tuple(items))]


def profile(ctx: Context, member: Member) -> Reply:
    """Another member, as every member may see them."""
    ctx = ctx.privately()
    return Reply(tuple(_public(ctx, member)), private=True, about=member.user_id)


def own_profile(ctx: Context, member: Member) -> Reply:
    """One's own profile: what others see, and what only oneself sees."""
    ctx = ctx.privately()
    preferred = members.preference(ctx.tx, member.user_id)
    languages = ctx.texts.list([language_name(code, ctx.language) for code in member.languages])
    hidden: list[Inline] = [
        strong(ctx.t("profile.only_you")),
        ctx.t("profile.languages", languages=languages),
        ctx.t("profile.timezone", zone=preferred.timezone)
        if preferred.timezone
        else ctx.t("profile.timezone_default", zone=ctx.network.timezone),
    ]
    if member.population:
        hidden.append(ctx.t("profile.population", population=ctx.texts.number(member.population)))
    if member.greeted_at:
        hidden.append(ctx.t("profile.greeted"))
    if not member.contact_visible:
        hidden.append(ctx.t("profile.contact_hidden"))
    needs = members.lines(ctx.tx, member.user_id, "need")
    return Reply(
        (
            paragraph(strong(ctx.t("profile.others_see"))),
            *_public(ctx, member),
            Paragraph(tuple(hidden)),
            *_listed(ctx, "profile.needs", needs),
            ctx.p("profile.change", edit=ctx.call("profile edit")),
        ),
        private=True,
        about=member.user_id,
    )


def several(ctx: Context, typed: str, found: list[Member]) -> Reply:
    """Members that a name may mean, to choose from."""
    ctx = ctx.privately()
    first = found[0]
    narrowed = ctx.call("profile", f"{first.name} {first.city}")
    return Reply(
        (
            ctx.p("profile.several", typed=typed, example=narrowed),
            Entries(tuple(entry(ctx, member) for member in found[:PAGE])),
        ),
        private=True,
    )


def changed(ctx: Context, form: Form, fields: list[FormField], known: Answers) -> Reply:
    """What a profile says now in the fields that were changed."""
    ctx = ctx.privately()
    if not fields:
        return Reply((ctx.p("profile.unchanged"),), private=True)
    lines = [
        span(strong(form.label(field, ctx.texts)), ": ", _shown(ctx, form, field, known[field.name]))
        for field in fields
    ]
    blocks: list[Block] = [ctx.p("profile.changed"), Bullets(tuple(lines))]
    names = {field.name for field in fields}
    if "city" in names and not names & {"country", "population"}:
        edits = {
            name: ctx.call("profile edit", form.label(form.field(name), ctx.texts))
            for name in ("country", "population")
        }
        blocks.append(ctx.p("profile.moved", **edits))
    return Reply(tuple(blocks), private=True, about=ctx.sender)


def _shown(ctx: Context, form: Form, field: FormField, value: object) -> Inline:
    if field.name == "city" and ctx.member:
        return place(ctx, ctx.member)  # the country is easily forgotten
    return "–" if value is None else form.shown(field, value, ctx)


# --- finding people


def entry(ctx: Context, member: Member) -> tuple[Inline, ...]:
    """A member in a list: name and organisation, place and themes."""
    return (
        span(strong(member.name), f" · {member.organisation}"),
        span(f"{place(ctx, member)} · ", _theme_names(ctx, member)),
    )


def found(ctx: Context, result: Search) -> Reply:
    """The members who were found, or what would help to find somebody."""
    ctx = ctx.privately()
    notes: list[Inline] = [
        ctx.t("who.repaired", typed=typed, meant=_meant(ctx, facet, value))
        for typed, facet, value in result.wanted.repaired
    ]
    if not result.found:
        return _nobody(ctx, result, notes)
    meant = _all_meant(ctx, result.wanted)
    count = len(result.found)
    head = ctx.n("who.found", count, wanted=meant) if meant else ctx.n("who.everyone", count)
    pages: list[tuple[Block, ...]] = [
        (Entries(tuple(entry(ctx, member) for member in result.found[start : start + PAGE])),)
        for start in range(0, count, PAGE)
    ]
    more = ctx.p("who.profile", profile=ctx.call("profile", result.found[0].name))
    blocks: list[Block] = [Paragraph((*notes, head)), *pages[0]]
    if len(pages) == 1:
        blocks.append(more)
    about = result.found[0].user_id if count == 1 else None
    return Reply(tuple(blocks), pages=tuple(pages[1:]), private=True, about=about)


def _nobody(ctx: Context, result: Search, notes: list[Inline]) -> Reply:
    wanted = result.wanted
    lines = list(notes)
    if wanted.unknown:
        lines.append(ctx.t("who.unknown", typed=", ".join(wanted.unknown)))
    else:
        lines.append(ctx.t("who.nobody", wanted=_all_meant(ctx, wanted) or "–"))
    hints: list[Inline] = [
        ctx.n("who.wider", count, who=ctx.call("who", _typed(ctx, wider)))
        for wider, count in service.wider(ctx.tx, wanted)
    ]
    if not hints:
        example = ctx.texts.raw("command.who.example")
        several = len(" ".join((*wanted.unknown, *wanted.facets)).split()) > 1
        key = "who.try" if several else "who.try_theme"
        hints.append(ctx.t(key, example=ctx.call("who", example), themes=ctx.call("themes")))
    return Reply((Paragraph(tuple(lines)), Paragraph(tuple(hints))), pages=(), private=True)


def _all_meant(ctx: Context, wanted: Wanted) -> str:
    return " · ".join(
        ctx.texts.list([_meant(ctx, facet, value) for value in values], "or")
        for facet, values in wanted.facets.items()
    )


def _meant(ctx: Context, facet: Facet, value: str) -> str:
    match facet:
        case Facet.THEME:
            return themes().label(value, ctx.language)
        case Facet.COUNTRY:
            return country_name(value, ctx.language)
        case Facet.KIND:
            return _kind(ctx, value)
        case Facet.CITY:
            return value
    return capwords(value)


def _typed(ctx: Context, wanted: Wanted) -> str:
    """A search as it is to be typed: `theme:"Climate & energy" country:Germany`."""
    typed = []
    for facet, values in wanted.facets.items():
        label = ctx.texts.raw(f"member.facet_words.{facet}").split("|")[0].casefold()
        meant = [_meant(ctx, facet, value) for value in values]
        typed += [f'{label}:"{value}"' if " " in value else f"{label}:{value}" for value in meant]
    return " ".join(typed)


def upper_themes(ctx: Context) -> Reply:
    """The themes of the upper level."""
    counts = service.members_of_themes(ctx.tx)
    items = [
        span(
            strong(themes().label(theme.id, ctx.language)),
            " – ",
            ctx.n("themes.below", len(themes().children(theme.id))),
            _members(ctx, counts[theme.id]),
        )
        for theme in themes().upper()
    ]
    example = themes().label("climate", ctx.language)
    return Reply((Bullets(tuple(items)), ctx.p("themes.how", example=ctx.call("themes", example))))


def theme(ctx: Context, shown: Theme) -> Reply:
    """A theme with those below it, or with the one above."""
    counts = service.members_of_themes(ctx.tx)
    label = themes().label(shown.id, ctx.language)
    blocks: list[Block] = [paragraph(span(strong(label), _members(ctx, counts[shown.id])))]
    children = themes().children(shown.id)
    if shown.parent:
        blocks.append(ctx.p("themes.part_of", parent=themes().label(shown.parent, ctx.language)))
    if children:
        names = [
            span(themes().label(child.id, ctx.language), _members(ctx, counts[child.id]))
            for child in children
        ]
        blocks.append(Bullets(tuple(names)))
    if counts[shown.id]:
        blocks.append(ctx.p("themes.who", who=ctx.call("who", label)))
    return Reply(tuple(blocks))


def _members(ctx: Context, count: int) -> Inline:
    return span(" · ", ctx.n("themes.members", count)) if count else ""


# --- preferences


def language(ctx: Context) -> Reply:
    """Which language the bot speaks here."""
    others = [code for code in UI_LANGUAGES if code != ctx.language]
    calls = joined([ctx.call("language", code) for code in others], ", ")
    return Reply((ctx.p("language.now", language=language_name(ctx.language, ctx.language), change=calls),))


def timezone(ctx: Context) -> Reply:
    """Which time zone the sender lives in, or that nobody has said so yet."""
    ctx = ctx.privately()
    chosen = members.preference(ctx.tx, ctx.sender).timezone
    change = ctx.call("timezone", ctx.texts.raw("command.timezone.example"))
    text = "timezone.now" if chosen else "timezone.default"
    return Reply((ctx.p(text, zone=ctx.timezone, now=_now(ctx), change=change),), private=True)


def timezone_set(ctx: Context) -> Reply:
    """The time zone that was taken, with the time there, so that an error is seen."""
    ctx = ctx.privately()
    return Reply((ctx.p("timezone.set", zone=ctx.timezone, now=_now(ctx)),), private=True)


def _now(ctx: Context) -> str:
    return ctx.texts.time(ctx.now.astimezone(ZoneInfo(ctx.timezone)))


# --- what is known about a person


def stock(ctx: Context, held: Stock) -> Inline:
    """What would go, counted."""
    parts: list[Inline] = []
    if held.member:
        parts.append(ctx.t("forgetme.profile"))
    counted = (
        ("forgetme.lines", held.lines),
        ("forgetme.practices", held.practices),
        ("forgetme.notes", held.notes),
        ("forgetme.events", held.events),
        ("forgetme.announcements", held.announcements),
        ("forgetme.assessments", held.assessments),
        ("forgetme.said", held.said),
        ("forgetme.messages", held.messages),
    )
    parts += [ctx.n(message_id, count) for message_id, count in counted if count]
    children: list[Inline] = [ctx.t("forgetme.goes")]
    for part in parts:
        children += ["\n• ", part]
    return span(*children)


def summary(ctx: Context, held: dict[str, Any]) -> dict[str, list[str]]:
    """What stands in someone's file, in short, in each of our languages: it is read by whoever gets it."""
    return {language_name(code, code): _summary(texts(code), ctx, held) for code in UI_LANGUAGES}


def _summary(spoken: Texts, ctx: Context, held: dict[str, Any]) -> list[str]:
    moment = spoken.datetime(ctx.now, ctx.timezone)
    counted = (
        ("forgetme.lines", "line"),
        ("mydata.practices", "practice"),
        ("forgetme.assessments", "assessment"),
        ("forgetme.said", "inbox"),
        ("forgetme.messages", "outbox"),
        ("mydata.rooms", "room"),
    )
    counts = [spoken.plural(text, len(held[table])) for text, table in counted if held[table]]
    if notes := sum(len(held[table]) for table in NOTES):
        counts.append(spoken.plural("forgetme.notes", notes))
    if events := sum(len(held[table]) for table in EVENTS):
        counts.append(spoken.plural("forgetme.events", events))
    lines = [
        spoken.get("mydata.summary", name=ctx.member.name, user=ctx.sender, moment=moment)
        if ctx.member
        else spoken.get("mydata.summary_guest", user=ctx.sender, moment=moment),
        spoken.get("mydata.counts", counts=spoken.list(counts)),
    ]
    if ctx.member:
        agreed = spoken.datetime(ctx.member.consent_at, ctx.timezone)
        lines.append(spoken.get("mydata.consent", version=ctx.member.consent_version, moment=agreed))
    else:
        lines.append(spoken.get("mydata.no_consent"))
    return lines
