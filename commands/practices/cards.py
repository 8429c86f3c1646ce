"""The cards that stand for practices in rooms: posted, pinned, kept current, taken away."""

from __future__ import annotations

from commands.core.context import Context, Network
from commands.core.render import content, render
from commands.practices import views
from commands.practices.reuse.views import cities
from config.languages import ui_language
from config.texts import texts
from storage import attachments, outbox, practices, translations
from storage.database import Tx
from storage.outbox import Json
from storage.practices import Practice, PracticeCard
from storage.rooms import Room

LONGEST_REASON = 300


def pin(ctx: Context, room: Room, practice: Practice, reason: str) -> bool:
    """Post a practice's card and pin it; one that is here already gets the new reason, if there is one.

    Returns whether it is a new card.
    """
    card = practices.card(ctx.tx, practice.number, room.room_id)
    known = card is not None and _is_there(ctx.tx, card)
    if card and known:
        card.reason = reason or card.reason
        card.by, card.at = ctx.sender, ctx.now
        _renew(ctx.tx, practice, card)
    else:
        card = PracticeCard(
            practice=practice.number,
            room_id=room.room_id,
            message="",
            language=ui_language(room.language, ctx.network.default_language),
            prefix=ctx.network.prefix,
            by=ctx.sender,
            at=ctx.now,
            reason=reason,
        )
        card.message = outbox.message(
            ctx.tx, room.room_id, _content(ctx.tx, practice, card), topic=views.topic(practice)
        )
    practices.keep_card(ctx.tx, card)
    # Once more for a card that is here: someone may have taken the pin away.
    outbox.pin(ctx.tx, room.room_id, key=card.message)
    return not known


def keep_current(tx: Tx, practice: Practice) -> None:
    """Let all cards of a practice show what it says now."""
    for card in practices.cards(tx, practice.number):
        _renew(tx, practice, card)


def move(tx: Tx, _network: Network, old: Room, new: Room) -> None:
    """Post and pin the cards of a room again in the one that took its place; the old messages stay."""
    for card in practices.cards_in(tx, old.room_id):
        practice = practices.get(tx, card.practice)
        if practice and practices.card(tx, card.practice, new.room_id) is None:
            values = card.model_dump(exclude={"room_id", "message"})
            moved = PracticeCard(**values, room_id=new.room_id, message="")
            moved.message = outbox.message(
                tx, new.room_id, _content(tx, practice, moved), topic=views.topic(practice)
            )
            outbox.pin(tx, new.room_id, key=moved.message)
            practices.keep_card(tx, moved)
        practices.remove_card(tx, card)


def take_away(tx: Tx, card: PracticeCard) -> None:
    """Take the pin from a card and the card from its room; nobody would keep it current."""
    outbox.unpin(tx, card.room_id, key=card.message)
    outbox.redact(tx, card.room_id, "", key=card.message)
    practices.remove_card(tx, card)


def _renew(tx: Tx, practice: Practice, card: PracticeCard) -> None:
    outbox.edit(tx, card.room_id, _content(tx, practice, card), key=card.message)
    # Cards from before messages had topics have none: what people do under them was for nobody.
    outbox.set_topic(tx, card.message, views.topic(practice))


def _content(tx: Tx, practice: Practice, card: PracticeCard) -> Json:
    other = practice.language != card.language
    short = translations.get(tx, practice.number, card.language) if other else None
    taken_over = cities(tx, texts(card.language), practice)
    files = attachments.count(tx, practice.number)
    return content(render(views.card(practice, card, taken_over, short=short, files=files)))


def _is_there(tx: Tx, card: PracticeCard) -> bool:
    return outbox.arrives(tx, card.message)
