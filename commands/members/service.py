"""What registering, searching for people, exporting and forgetting mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from commands.core import letters, registry, values
from commands.core.forms import Answers
from commands.members import rules
from commands.members.rules import Facet, Known, Wanted
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.themes import themes
from config.words import fold, spellings
from storage import digest, members, outbox, persons, practices, rooms
from storage.database import Tx
from storage.members import Member

KINDS = ("city", "region", "municipality", "politics", "science", "business")  # DOMAIN.md, Member
V = TypeVar("V", bound=str)
_LONGEST_NAME = 255  # of a Matrix id, too
_COLUMNS = ("name", "organisation", "kind", "city", "country", "population", "languages", "themes")


def register(tx: Tx, user_id: str, answers: Answers, consent_version: str) -> Member:
    """Make someone a member from complete answers."""
    member = members.keep(
        tx,
        Member(
            user_id=user_id,
            name=answers["name"],
            organisation=answers["organisation"],
            kind=answers["kind"],
            city=answers["city"],
            country=answers["country"],
            population=answers.get("population"),
            languages=answers["languages"],
            themes=answers["themes"],
            contact_visible=answers.get("contact_visible") == "yes",
            consent_version=consent_version,
            consent_at=tx.now,
            registered_at=tx.now,
            updated_at=tx.now,
        ),
    )
    _keep_the_rest(tx, member, answers)
    return member


def change(tx: Tx, member: Member, answers: Answers) -> None:
    """Change what the answers name, and nothing else."""
    for column in _COLUMNS:
        if column in answers:
            setattr(member, column, answers[column])
    if "contact_visible" in answers:
        member.contact_visible = answers["contact_visible"] == "yes"
    if "greeting" in answers:
        agreed = answers["greeting"] == "yes"
        member.greeted_at = (member.greeted_at or tx.now) if agreed else None
    member.updated_at = tx.now
    _keep_the_rest(tx, members.keep(tx, member), answers)


def _keep_the_rest(tx: Tx, member: Member, answers: Answers) -> None:
    for name, side in _SIDES:
        if name in answers:
            settled = settle(answers[name] or [], member.themes)
            members.replace_lines(tx, member.user_id, side, [(theme, words) for theme, words in settled])
    if "locale" in answers or "timezone" in answers:
        prefer(tx, member.user_id, locale=answers.get("locale"), timezone=answers.get("timezone"))


_SIDES: tuple[tuple[str, members.Side], ...] = (("offers", "offer"), ("needs", "need"))


def settle(lines: list[list[str]], own: list[str]) -> list[list[str]]:
    """Lines with a theme each: where none was said what their words are about, or the member's first."""
    return [[theme or values.likely_theme(words, own) or own[0], words] for theme, words in lines]


def answers_of(tx: Tx, member: Member) -> Answers:
    """A member as the answers of the form."""
    preferred = members.preference(tx, member.user_id)
    answers: Answers = {column: getattr(member, column) for column in _COLUMNS}
    answers |= {
        name: [[line.theme, line.text] for line in members.lines(tx, member.user_id, side)]
        for name, side in _SIDES
    }
    answers |= {"timezone": preferred.timezone, "locale": preferred.locale}
    answers["contact_visible"] = "yes" if member.contact_visible else "no"
    answers["greeting"] = "yes" if member.greeted_at else "no"
    return answers


def prefer(tx: Tx, user_id: str, *, locale: str | None = None, timezone: str | None = None) -> None:
    """Remember how someone wants to be spoken to; None leaves it as it is."""
    preferred = members.preference(tx, user_id)
    preferred.locale = locale or preferred.locale
    preferred.timezone = timezone or preferred.timezone
    members.keep_preference(tx, preferred)
    if timezone:
        digest.plan_anew(tx, user_id)


def import_member(tx: Tx, record: dict[str, Any], server: str) -> bool:
    """Load one fictional member of `network.json` as `@<id>:<server>`; False if they are there already."""
    user_id = f"@{record['id']}:{server}"
    if members.get(tx, user_id):
        return False
    answers = {column: record.get(column) for column in (*_COLUMNS, "timezone", "locale")}
    for name, _side in _SIDES:
        answers[name] = [[line["theme"], line["text"]] for line in record.get(name, [])]
    register(tx, user_id, answers, consent_version="fictional")
    return True


# --- finding people


def named(tx: Tx, text: str) -> list[Member]:
    """The members that a name means, narrowed down by words of their organisation and city, or the Matrix id
    of somebody who shows it."""
    text = text.strip()[:_LONGEST_NAME]
    if text.startswith("@"):
        found = members.get(tx, text.rstrip(".,"))
        return [found] if found and found.contact_visible else []
    everyone = members.everyone(tx)
    keys = spellings(text) - {""}
    exactly = [member for member in everyone if keys & spellings(member.name)]
    if exactly or not keys:
        return exactly
    words = fold(text).split()
    containing = [
        member
        for member in everyone
        if _begun(words, fold(member.name))
        and len(_begun(words, fold(f"{member.name} {member.organisation} {member.city}"))) == len(words)
    ]
    if containing:
        return containing
    wanted = rules.understand(
        f'name:"{text}"', Known(names=_folded(everyone, "name"), labels={"name": Facet.NAME})
    )
    return [member for member in everyone if wanted.facets and _fits(member, wanted)]


def _begun(words: list[str], text: str) -> list[str]:
    """Those of the words that a word of the text begins with."""
    return [word for word in words if f" {word}" in f" {text}"]


@dataclass(frozen=True)
class Search:
    """What was understood of a search for people, and who was found."""

    wanted: Wanted
    found: list[Member]


def search(tx: Tx, text: str) -> Search:
    """The members that a search means, by name; all of them for an empty one."""
    everyone = members.everyone(tx)
    wanted = rules.understand(
        text,
        Known(
            cities={key: member.city for member in everyone for key in spellings(member.city) if key},
            names=_folded(everyone, "name"),
            organisations=_folded(everyone, "organisation"),
            kinds=_words({kind: f"member.kind_words.{kind}" for kind in KINDS}),
            labels=_words({facet: f"member.facet_words.{facet}" for facet in Facet}),
        ),
    )
    if wanted.unknown:
        return Search(wanted, [])
    return Search(wanted, [member for member in everyone if _fits(member, wanted)])


def _folded(everyone: list[Member], attribute: str) -> frozenset[str]:
    return frozenset(key for member in everyone for key in spellings(getattr(member, attribute)) if key)


def _words(values: dict[V, str]) -> dict[str, V]:
    """The words for each value in all our languages, as the catalogues list them under its id."""
    return {
        key: value
        for language in UI_LANGUAGES
        for value, message_id in values.items()
        for word in texts(language).raw(message_id).split("|")
        for key in spellings(word)
    }


def _fits(member: Member, wanted: Wanted) -> bool:
    def fits(facet: Facet, value: str) -> bool:
        match facet:
            case Facet.KIND:
                return member.kind == value
            case Facet.COUNTRY:
                return member.country == value
            case Facet.THEME:
                return bool(themes().expand(value) & set(member.themes))
            case Facet.CITY:
                return rules.city_begins_with(member.city, value)
            case Facet.NAME:
                return any(f" {value}" in f" {key}" for key in spellings(member.name))
            case Facet.ORGANISATION:
                return any(f" {value}" in f" {key}" for key in spellings(member.organisation))

    return all(any(fits(facet, value) for value in values) for facet, values in wanted.facets.items())


def wider(tx: Tx, wanted: Wanted) -> list[tuple[Wanted, int]]:
    """Searches with a little less in them that do find somebody, and how many; two at most."""
    tries = [
        {other: values for other, values in wanted.facets.items() if other is not facet}
        for facet in wanted.facets
        if len(wanted.facets) > 1
    ]
    parents = [themes().get(theme).parent or theme for theme in wanted.facets.get(Facet.THEME, ())]
    if parents:
        tries.insert(0, {**wanted.facets, Facet.THEME: tuple(dict.fromkeys(parents))})
    everyone = members.everyone(tx)
    counted = [(Wanted(facets), sum(_fits(m, Wanted(facets)) for m in everyone)) for facets in tries]
    if wanted.unknown and wanted.facets:
        counted.append((Wanted(wanted.facets), sum(_fits(m, Wanted(wanted.facets)) for m in everyone)))
    return [(one, count) for one, count in counted if count][:2]


def members_of_themes(tx: Tx) -> dict[str, int]:
    """How many members work on each theme; an upper one counts those of its children as well."""
    everyone = [set(member.themes) for member in members.everyone(tx)]
    return {theme.id: sum(1 for own in everyone if themes().expand(theme.id) & own) for theme in themes()}


def others_on(tx: Tx, member: Member) -> tuple[str, int] | None:
    """The member's theme that most others share, and how many they are; None if nobody does."""
    everyone = [other for other in members.everyone(tx) if other.user_id != member.user_id]
    counts = {theme: sum(1 for other in everyone if theme in other.themes) for theme in member.themes}
    best = max(counts, key=lambda theme: counts[theme], default=None)
    return (best, counts[best]) if best and counts[best] else None


def set_room_language(tx: Tx, room_id: str, language: str) -> None:
    """Have the bot speak this language in a room, whoever asks."""
    room = rooms.get(tx, room_id)
    if room:
        room.language = language
        tx.session.add(room)
        tx.session.flush()


# --- what is known about a person


#: What someone noted on practices: what their city takes over, thanks, questions, bookmarks, watches.
NOTES = ("adoption", "thanks", "question", "bookmark", "watch")
#: What someone has to do with events: those that they host, answers, what they said afterwards, material,
#: their quizzes and their record of trainings.
EVENTS = (
    "event",
    "event_answer",
    "event_feedback",
    "event_material",
    "training_result",
    "training_record",
)


@dataclass(frozen=True)
class Stock:
    """How much is stored about a person, counted."""

    member: bool
    lines: int
    practices: int
    notes: int
    events: int
    announcements: int
    assessments: int
    said: int
    messages: int


def export(tx: Tx, user_id: str) -> dict[str, Any]:
    """Everything that the tables hold of a person, by table, ready for JSON."""
    return {
        holding.table: holding.export(tx, user_id)
        for holding in sorted(registry.load().holdings, key=lambda holding: holding.table)
        if holding.export
    }


def stock(tx: Tx, user_id: str) -> Stock:
    """Count what would go if this person asked to be forgotten."""
    held = export(tx, user_id)
    return Stock(
        member=members.get(tx, user_id) is not None,
        lines=len(held["line"]),
        practices=len(practices.by_author(tx, user_id)),
        notes=sum(len(held[table]) for table in NOTES),
        events=sum(len(held[table]) for table in EVENTS),
        announcements=sum(1 for one in held["announcement"] if one["next_at"]),
        assessments=len(held["assessment"]),
        said=len(held["inbox"]),
        # What was blanked already is gone, though which message it was is still known.
        messages=sum(1 for one in held["outbox"] if one["text"]),
    )


def withdraw(tx: Tx, user_id: str) -> None:
    """Take back what somebody said who does not agree to its being kept, and what they were asked."""
    persons.forget_messages(tx, user_id)
    persons.forget_events(tx, user_id)


def forget(tx: Tx, user_id: str, *, practices_too: bool, reason: str) -> bool:
    """Take a person out of every table, and redact what the bot said about them in Matrix.

    `reason` is what the redactions give. Practices stay with the network unless `practices_too`. Returns
    whether all could be redacted: not in rooms that the bot is no longer in.
    """
    stays = [row for row in outbox.said_about(tx, user_id) if not letters.take_back(tx, row, reason)]
    for holding in registry.load().holdings:
        if holding.erase:
            holding.erase(tx, user_id, practices_too)
    tx.session.expire_all()
    return not stays
