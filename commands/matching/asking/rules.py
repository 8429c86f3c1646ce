"""Who knows most about a question (`DOMAIN.md`, Matching). Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commands.matching.rules import BY_FIELD, Peer, Subject, fit, nearness, worth

# Less than this is not worth a busy person's time: someone who works on the theme, or on the one above it.
LEAST = 0.1


@dataclass(frozen=True)
class Candidate:
    """Someone who may know: with what they offer, the practices of theirs that were found for the question,
    and how often they have been asked something lately."""

    peer: Peer
    practices: tuple[Subject, ...] = ()
    asked: int = 0


def knows(question: Subject, candidate: Candidate) -> float:
    """How much someone knows about a question, by what they offer, shared and work on: 0 to 1."""
    parts = (
        max((worth(fit(question, offer)) for offer in candidate.peer.offers), default=0.0),
        max((worth(fit(question, practice)) for practice in candidate.practices), default=0.0),
        max((BY_FIELD * nearness(question.theme, theme) for theme in candidate.peer.themes), default=0.0),
    )
    unknown = 1.0
    for part in parts:
        unknown *= 1 - part
    return 1 - unknown


def best(
    question: Subject, candidates: Iterable[Candidate], limit: int, *, least: float = LEAST
) -> list[Candidate]:
    """Those who know most, and at least so much, best first; of two who know as much, who was asked less
    lately."""
    valued = [(round(knows(question, one), 2), one) for one in candidates]
    worth = [(value, one) for value, one in valued if value >= least]
    worth.sort(key=lambda pair: (-pair[0], pair[1].asked, pair[1].peer.user_id))
    return [one for _, one in worth[:limit]]
