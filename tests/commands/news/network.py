"""A week in a small network: members, practices, and what happens to them."""

from __future__ import annotations

from sqlmodel import col, select

from bot.pipeline.scheduler import Scheduler
from commands.core.registry import load
from storage import members, practices
from storage.database import Tx
from storage.members import Member
from storage.outbox import Action, OutboxRow
from storage.practices import Practice, Status
from tests.transcript import ADA, BEN, MIA, Chat

NAMES = {ADA: "Ada Byron", BEN: "Ben Okri", MIA: "Mia Kaya"}


def join(
    chat: Chat,
    user: str,
    *,
    city: str = "Ghent",
    country: str = "BE",
    themes: tuple[str, ...] = ("mobility",),
    greeted: bool = False,
) -> None:
    """Make someone a member without the dialog, which is another capability's."""
    with chat.database.write(f"member-{user}") as tx:
        members.keep(
            tx,
            Member(
                user_id=user,
                name=NAMES.get(user, user),
                organisation=f"City of {city}",
                kind="city",
                city=city,
                country=country,
                languages=["en"],
                themes=list(themes),
                consent_version="1",
                consent_at=tx.now,
                greeted_at=tx.now if greeted else None,
                registered_at=tx.now,
                updated_at=tx.now,
            ),
        )


def publish(
    tx: Tx,
    title: str,
    *,
    theme: str = "mobility",
    author: str | None = None,
    language: str = "en",
    city: str = "Oslo",
    country: str = "NO",
) -> int:
    """Have a practice published, as the import does; returns its number."""
    practice = practices.add(
        tx,
        Practice(
            title=title,
            author=author,
            language=language,
            city=city,
            country=country,
            themes=[theme],
            summary="Some words.",
            challenge="Some words.",
            solution="Some words.",
            evidence="Some words.",
            lessons="Some words.",
            transfer="Some words.",
            created_at=tx.now,
            updated_at=tx.now,
            status=Status.PUBLISHED,
        ),
    )
    practices.add_step(tx, practice, author)
    return practice.number


def put(chat: Chat, *titles: str, **how: str) -> list[int]:
    """Publish some practices."""
    with chat.database.write("publish") as tx:
        return [publish(tx, title, **how) for title in titles]


def run(chat: Chat) -> list[tuple[str, str]]:
    """Have the scheduler do all that is due; returns what the bot says, each with where."""
    scheduler = Scheduler(chat.database, load().jobs, chat.network, on_done=lambda _lanes: None)
    before = len(said(chat))
    while scheduler._run_one() is not None:
        pass
    return said(chat)[before:]


def said(chat: Chat) -> list[tuple[str, str]]:
    """All that the bot ever said, each with where."""
    with chat.database.read() as tx:
        found = tx.session.exec(
            select(OutboxRow).where(OutboxRow.action == Action.MESSAGE).order_by(col(OutboxRow.id))
        )
        return [(row.lane, str(row.content["body"])) for row in found]


def wait(chat: Chat, **by: float) -> list[tuple[str, str]]:
    """Let time pass at once, as if the program had not run meanwhile."""
    chat.clock.forward(**by)
    return run(chat)
