"""Conversations that go on: guided dialogs and the pages behind `more`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, bindparam, delete, text, update
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime, detached
from storage.statements import Statement


class Dialog(SQLModel, table=True):
    """Where someone is in a guided dialog; one at a time is open, others may be paused."""

    __tablename__ = "dialog"

    user_id: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    locale: str
    step: str
    answers: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    context: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    prompt: str | None = None  # the outbox key of the question, whose reactions are answers
    paused: bool = False
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Pages(SQLModel, table=True):
    """What is still to be shown when someone says `more` in a room.

    `private` is whether only they may read it, `about` the person of whom it tells.
    """

    __tablename__ = "pages"

    user_id: str = Field(primary_key=True)
    room_id: str = Field(primary_key=True)
    rest: list[Any] = Field(default_factory=list, sa_column=Column(JsonColumn, nullable=False))
    private: bool = False
    about: str | None = None
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


_pages = Pages.__table__  # type: ignore[attr-defined]
_here = (_pages.c.user_id == bindparam("user")) & (_pages.c.room_id == bindparam("room"))
_PAGES = select(_pages).where(_here)
_FORGET_PAGES = Statement(delete(_pages).where(_here))
_KEEP_PAGES = Statement(
    text(
        "INSERT INTO pages (user_id, room_id, rest, private, about, updated_at)"
        " VALUES (:user, :room, :rest, :private, :about, :moment)"
        " ON CONFLICT (user_id, room_id) DO UPDATE SET rest = excluded.rest, private = excluded.private,"
        " about = excluded.about, updated_at = excluded.updated_at"
    ).bindparams(bindparam("rest", type_=JsonColumn), bindparam("moment", type_=UtcDateTime))
)


def active(tx: Tx, user_id: str) -> Dialog | None:
    """The dialog that someone is in the middle of."""
    return tx.session.exec(
        select(Dialog)
        .where(Dialog.user_id == user_id, col(Dialog.paused).is_(False))
        .order_by(col(Dialog.updated_at).desc())
    ).first()


def get(tx: Tx, user_id: str, name: str) -> Dialog | None:
    """Someone's dialog of this name, active or paused."""
    return tx.session.get(Dialog, (user_id, name))


def of(tx: Tx, user_id: str) -> list[Dialog]:
    """All dialogs of a person, newest first."""
    return list(
        tx.session.exec(
            select(Dialog).where(Dialog.user_id == user_id).order_by(col(Dialog.updated_at).desc())
        )
    )


def by_prompt(tx: Tx, key: str) -> Dialog | None:
    """The dialog whose open question is this message (an outbox key)."""
    return tx.session.exec(select(Dialog).where(Dialog.prompt == key)).first()


def keep(tx: Tx, dialog: Dialog) -> None:
    """Insert or update a dialog."""
    dialog.updated_at = tx.now
    tx.session.merge(dialog)
    tx.session.flush()


def remove(tx: Tx, dialog: Dialog) -> None:
    """End a dialog."""
    tx.session.execute(
        delete(Dialog).where(col(Dialog.user_id) == dialog.user_id, col(Dialog.name) == dialog.name)
    )
    tx.session.expire_all()


def pages(tx: Tx, user_id: str, room_id: str) -> Pages | None:
    """What `more` would show to this person in this room."""
    row = tx.connection.execute(_PAGES, {"user": user_id, "room": room_id}).mappings().first()
    return detached(Pages, row) if row else None


def keep_pages(
    tx: Tx, user_id: str, room_id: str, rest: list[Any], *, private: bool = False, about: str | None = None
) -> None:
    """Remember the pages to come; none are remembered as nothing."""
    if rest:
        values = {"user": user_id, "room": room_id, "rest": rest, "private": private, "about": about}
        _KEEP_PAGES.run(tx, {**values, "moment": tx.now})
    else:
        forget_pages(tx, user_id, room_id)


def forget_pages(tx: Tx, user_id: str, room_id: str) -> None:
    """Remember no more pages for this person in this room."""
    _FORGET_PAGES.run(tx, {"user": user_id, "room": room_id})


def move_pages(tx: Tx, old_room: str, new_room: str) -> None:
    """Let `more` go on in the room that took the place of another."""
    tx.connection.execute(delete(_pages).where(_pages.c.room_id == new_room))
    tx.connection.execute(update(_pages).where(_pages.c.room_id == old_room).values(room_id=new_room))


def forget_before(tx: Tx, moment: datetime) -> int:
    """Delete dialogs and pages that nobody touched since `moment`; returns how many."""
    gone = tx.session.execute(delete(Dialog).where(col(Dialog.updated_at) < moment))
    pages = tx.session.execute(delete(Pages).where(col(Pages.updated_at) < moment))
    return int(gone.rowcount) + int(pages.rowcount)  # type: ignore[attr-defined]


def forget_person(tx: Tx, user_id: str) -> None:
    """Delete all dialogs and pages of a person."""
    tx.session.execute(delete(Dialog).where(col(Dialog.user_id) == user_id))
    tx.session.execute(delete(Pages).where(col(Pages.user_id) == user_id))
    tx.session.expire_all()
