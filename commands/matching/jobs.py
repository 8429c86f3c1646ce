"""What the clock does for those who are introduced to each other."""

from __future__ import annotations

from typing import Any

from commands.core.context import Network
from commands.core.jobs import Job
from commands.matching import introductions
from commands.matching.people import letter, one_of_them
from storage import matching
from storage.database import Tx


def request(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Ask somebody whether they want to meet the others."""
    found = matching.person(tx, payload["person"])
    if found and found[0].state == "open" and found[1].answer is None and found[1].told_at is None:
        introductions.request(tx, network, *found)


def expiry(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Wait no longer for somebody's answer."""
    if found := matching.person(tx, payload["person"]):
        introductions.expire(tx, network, *found)


def ended(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """Tell somebody in their working hours that it did not work out."""
    if found := matching.person(tx, payload["person"]):
        introductions.tell_ended(tx, network, *found)


def forgotten(tx: Tx, network: Network, payload: dict[str, Any]) -> None:
    """See what becomes of an introduction of which somebody was forgotten."""
    row = matching.introduction(tx, payload["number"])
    if row is None:
        return
    introductions.settle(tx, network, row)
    if len(matching.introduced(tx, row)) < 2:
        matching.remove(tx, row)


introduction_request = letter("introduction_request", one_of_them, request)
introduction_expiry = letter("introduction_expiry", one_of_them, expiry)
introduction_ended = letter("introduction_ended", one_of_them, ended)
introduction_forgotten = Job("introduction_forgotten", forgotten)
