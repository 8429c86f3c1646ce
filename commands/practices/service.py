"""What can be done with practices: sharing, reading, changing, curating."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from commands.core.context import Context, Role
from commands.core.errors import UserError
from commands.core.forms import Answers, within
from commands.core.reply import Reply
from commands.practices import cards, index
from storage import practices, rooms, translations
from storage.database import Tx
from storage.practices import VISIBLE, Practice, Status
from storage.rooms import Room

SAME_TITLE_WITHIN = timedelta(days=1)
PINNED_EVENTS = "m.room.pinned_events"
#: What a practice says: everything that an edit can change and a version keeps.
CONTENT = (
    "title",
    "summary",
    "challenge",
    "solution",
    "evidence",
    "lessons",
    "transfer",
    "city",
    "country",
    "themes",
    "language",
    "resources",
    "year_started",
    "sdgs",
    "size_class",
    "links",
    "seeking_partners",
    "translation_of",
)

#: What the short versions in other languages say, too.
SHORT = frozenset({"title", "summary"})


def visible(tx: Tx, number: int) -> Practice:
    """The practice with this number, if everyone may see it; raises `UserError`."""
    practice = practices.get(tx, number)
    if practice is None or never_published(tx, practice):
        raise UserError("practice.not_found", number=f"#{number}")
    if practice.status == Status.ARCHIVED:
        raise UserError("practice.archived", number=f"#{number}", title=practice.title)
    return practice


def never_published(tx: Tx, practice: Practice) -> bool:
    """Whether a practice has never been in the library, so that not even its title is for everyone."""
    if practice.status != Status.ARCHIVED:
        return practice.status not in VISIBLE
    return not any(step.status in VISIBLE for step in practices.steps(tx, practice.number))


def discreetly(ctx: Context, practice: Practice, look: Callable[[Context], Reply]) -> Reply:
    """An answer that names a practice; in the direct chat if it has never been published."""
    if not never_published(ctx.tx, practice):
        return look(ctx)
    return replace(look(ctx.privately()), private=True)


def may_read(ctx: Context, practice: Practice | None) -> bool:
    """Whether the sender may read it: what isn't published, only those who wrote it and moderators may."""
    if practice is None:
        return False
    return practice.status in VISIBLE or writes(ctx, practice) or Role.MODERATOR in ctx.roles


def readable(ctx: Context, number: int) -> Practice:
    """The practice with this number, if the sender may read it; raises `UserError`."""
    practice = practices.get(ctx.tx, number)
    return practice if practice and may_read(ctx, practice) else visible(ctx.tx, number)


def writes(ctx: Context, practice: Practice) -> bool:
    """Whether the sender is the author or a co-author of a practice."""
    return practice.author == ctx.sender or ctx.sender in practices.coauthors(ctx.tx, practice.number)


def original(tx: Tx, practice: Practice) -> Practice | None:
    """The practice that this one translates, if everyone may see it."""
    if practice.translation_of is None:
        return None
    found = practices.get(tx, practice.translation_of)
    return found if found and found.status in VISIBLE else None


def share(tx: Tx, author: str, answers: Answers, status: Status = Status.PUBLISHED) -> tuple[Practice, bool]:
    """Add a member's practice; one that the author shared within a day under the same title is given back.

    The second value tells whether it was there already.
    """
    title = answers["title"].casefold()
    for known in practices.shared_since(tx, author, tx.now - SAME_TITLE_WITHIN):
        if known.title.casefold() == title:
            return known, True
    # The id by which other libraries will know it, the same when this transaction is repeated.
    identity = hashlib.sha256(tx.next_key().encode()).hexdigest()[:16]
    return publish(tx, answers, author=author, external_id=f"px-{identity}", status=status), False


def publish(
    tx: Tx,
    answers: Answers,
    *,
    author: str | None,
    external_id: str,
    sources: list[str] | None = None,
    status: Status = Status.PUBLISHED,
) -> Practice:
    """Add a practice; once it is published, everyone can see and find it."""
    practice = practices.add(
        tx,
        Practice(
            external_id=external_id,
            author=author,
            status=status,
            sources=sources or [],
            created_at=tx.now,
            updated_at=tx.now,
            **content_from(answers),
        ),
    )
    practices.add_step(tx, practice, author)
    index.renew(tx, practice)
    return practice


def editable(ctx: Context, number: int) -> Practice:
    """The practice with this number, if the sender may change it; raises `UserError`."""
    practice = readable(ctx, number)
    if practice.status == Status.ARCHIVED:
        raise UserError(
            "practice.archived_restore",
            number=f"#{number}",
            restore=ctx.call("restore", str(number)),
        )
    if not writes(ctx, practice) and Role.MODERATOR not in ctx.roles:
        raise UserError("practice.not_yours", number=f"#{number}", moderators=ctx.moderators())
    return practice


def edit(tx: Tx, practice: Practice, changes: Answers, *, by: str | None) -> list[str]:
    """Change what a practice says and keep what it said before; returns the fields that are different now.

    Index and cards follow in the same transaction.
    """
    before = content_of(practice)
    after = before | content_from(changes, only_given=True)
    if after["translation_of"] == practice.number:
        raise UserError("practice.own_translation")
    changed = [name for name in CONTENT if before[name] != after[name]]
    if not changed:
        return []
    practices.keep_version(tx, practice, before, by)
    for name in changed:
        setattr(practice, name, after[name])
    practice.version += 1
    practice.updated_at = tx.now
    if SHORT.intersection(changed):
        translations.mark_outdated(tx, practice.number)
    index.renew(tx, practice)
    cards.keep_current(tx, practice)
    return changed


def content_of(practice: Practice) -> dict[str, Any]:
    """What a practice says, ready for JSON."""
    return {name: getattr(practice, name) for name in CONTENT}


def content_from(answers: Answers, *, only_given: bool = False) -> dict[str, Any]:
    """The answers of a form as what a practice says; what is left out is empty, or stays out."""
    content: dict[str, Any] = {}
    for name in CONTENT:
        if only_given and name not in answers:
            continue
        value = answers.get(name)
        match name:
            case "size_class":
                content[name] = value.upper() if value else None
            case "seeking_partners":
                content[name] = value == "yes"
            case "sdgs" | "links" | "themes":
                content[name] = list(value or [])
            case _:
                content[name] = value
    return content


def answers_of(practice: Practice) -> Answers:
    """What a practice says, as the answers of a form."""
    return answers_from(content_of(practice))


def answers_from(content: dict[str, Any]) -> Answers:
    """What a practice says, or some of it, as the answers of a form."""
    answers = dict(content)
    if size_class := answers.get("size_class"):
        answers["size_class"] = size_class.lower()
    if "seeking_partners" in answers:
        answers["seeking_partners"] = "yes" if answers["seeking_partners"] else "no"
    return {name: value for name, value in answers.items() if value not in (None, [])}


def pin(ctx: Context, number: int, reason: str) -> tuple[Practice, bool]:
    """Post and pin a practice's card in the room, and mark the practice as curated.

    The second value tells whether the card is new here.
    """
    room = _room_to_pin_in(ctx)
    practice = visible(ctx.tx, number)
    reason = within(" ".join(reason.split()), cards.LONGEST_REASON)
    already = practice.status == Status.CURATED
    practice.status = Status.CURATED
    if not already or reason:
        practices.add_step(ctx.tx, practice, ctx.sender, reason or None)
    index.renew(ctx.tx, practice)
    return practice, cards.pin(ctx, room, practice, reason)


def unpin(ctx: Context, number: int) -> Practice:
    """Take a practice's card from the room; a practice without any card is no longer curated."""
    room = _room_to_pin_in(ctx)
    practice = practices.get(ctx.tx, number)
    card = practices.card(ctx.tx, number, room.room_id)
    if practice is None or card is None:
        raise UserError("pin.not_here", number=f"#{number}")
    cards.take_away(ctx.tx, card)
    if practice.status == Status.CURATED and not practices.cards(ctx.tx, number):
        practice.status = Status.PUBLISHED
        practices.add_step(ctx.tx, practice, ctx.sender)
        index.renew(ctx.tx, practice)
    return practice


def curated_because(tx: Tx, practice: Practice) -> str | None:
    """Why a practice was last marked as curated; None if it isn't, empty if nobody said."""
    if practice.status != Status.CURATED:
        return None
    steps = [step for step in practices.steps(tx, practice.number) if step.status == Status.CURATED]
    return next((step.reason for step in reversed(steps) if step.reason), "")


def _room_to_pin_in(ctx: Context) -> Room:
    if ctx.room is None or ctx.room.direct_with is not None:
        raise UserError("pin.in_a_room", pin=ctx.network.prefix + ctx.word("pin") + " 12")
    own, needed = ctx.room.power(ctx.network.user_id), ctx.room.needed_for_state(PINNED_EVENTS)
    if own < needed:
        raise UserError(
            "pin.power",
            own=f"{own:g}",
            needed=f"{needed:g}",
            people=_who_can_grant(ctx, ctx.room, needed),
        )
    return ctx.room


def _who_can_grant(ctx: Context, room: Room, level: float) -> str:
    """Those in the room who may give someone this power level."""
    # Nobody can give away more than they have themselves.
    least = max(level, room.needed_for_state("m.room.power_levels"))
    able = [
        person.display_name or person.user_id
        for person in sorted(rooms.people(ctx.tx, room.room_id), key=lambda one: -room.power(one.user_id))
        if person.user_id != ctx.network.user_id and room.power(person.user_id) >= least
    ]
    return ctx.texts.list(able[:5], "or") if able else ctx.texts.get("pin.nobody")
