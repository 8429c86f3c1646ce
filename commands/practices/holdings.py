"""Whose data the tables of practices hold, what export and erasure do with it, and what moves with a room."""

from __future__ import annotations

from typing import Any

from commands.core.belongings import Belonging
from commands.core.holdings import Holding
from commands.practices import cards, service
from commands.practices.files.service import take_away
from storage import attachments, practices, search
from storage.database import Tx
from storage.practices import VISIBLE


def _practices_of(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    versions, steps = practices.versions_of(tx, user_id), practices.steps_of(tx, user_id)
    return [
        {
            "number": practice.number,
            "status": practice.status,
            **service.content_of(practice),
            "shared_at": practice.created_at.isoformat(),
            "changed_at": practice.updated_at.isoformat(),
            "earlier_versions": [
                {"version": version.version, "replaced_at": version.at.isoformat(), **version.content}
                for version in versions.get(practice.number, [])
            ],
            "steps": [
                {"status": step.status, "at": step.at.isoformat(), "reason": step.reason}
                for step in steps.get(practice.number, [])
            ],
        }
        for practice in reversed(practices.by_author(tx, user_id))
    ]


def _erase_practices(tx: Tx, user_id: str, practices_too: bool) -> None:
    for practice in practices.by_author(tx, user_id):
        steps = practices.steps(tx, practice.number)
        read = practice.status in VISIBLE or any(step.status in VISIBLE for step in steps)
        others = [one for one in practices.coauthors(tx, practice.number) if one != user_id]
        if not practices_too and others:
            practices.remove_coauthor(tx, practice.number, others[0])
            practice.author = others[0]
        if not practices_too and (others or read):
            continue  # what nobody but its author has read, nobody could take over
        for card in practices.cards(tx, practice.number):
            cards.take_away(tx, card)
        for file in attachments.of(tx, practice.number):
            take_away(tx, file)
        search.remove(tx, practice.number)
        practices.remove(tx, practice)
    practices.hand_over(tx, user_id)


def _steps_by(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {"practice": step.practice, "status": step.status, "at": step.at.isoformat(), "reason": step.reason}
        for step in practices.steps_by(tx, user_id)
    ]


def _versions_by(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {"practice": version.practice, "replaced_version": version.version, "at": version.at.isoformat()}
        for version in practices.versions_by(tx, user_id)
    ]


def _cards_by(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    return [
        {"practice": card.practice, "room": card.room_id, "at": card.at.isoformat(), "reason": card.reason}
        for card in practices.cards_by(tx, user_id)
    ]


PRACTICE = Holding(
    "practice",
    "The practices that a member shared, and their entries in the search index; erased, or handed over to"
    " the network without the name, as the member chooses.",
    export=_practices_of,
    erase=_erase_practices,
)
PRACTICE_STEP = Holding(
    "practice_step",
    "Who published, curated or archived a practice, and why; the step stays, the name goes.",
    export=_steps_by,
    erase=lambda tx, user_id, _practices_too: practices.forget_steps_by(tx, user_id),
)
PRACTICE_VERSION = Holding(
    "practice_version",
    "What a practice said before an edit, and who made the edit; the version stays, the name goes.",
    export=_versions_by,
    erase=lambda tx, user_id, _practices_too: practices.forget_versions_by(tx, user_id),
)
PRACTICE_CARD = Holding(
    "practice_card",
    "Which practices are pinned in which rooms, and by whom; the card stays, the name goes.",
    export=_cards_by,
    erase=lambda tx, user_id, _practices_too: practices.forget_cards_by(tx, user_id),
)
CARDS_MOVE = Belonging(
    "practice_card", "Pinned practices are posted and pinned again in the new room.", cards.move
)
