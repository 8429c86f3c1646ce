"""The files that belong to practices, kept whole: the server that they came from may be gone one day."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Column, LargeBinary, func, update
from sqlmodel import Field, SQLModel, col, select

from storage.database import Tx, UtcDateTime


class PracticeAttachment(SQLModel, table=True):
    """A picture or PDF that belongs to a practice; its content type is what its bytes say."""

    __tablename__ = "practice_attachment"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    practice: int = Field(foreign_key="practice.number", index=True, ondelete="CASCADE")
    name: str
    content_type: str
    size: int  # bytes
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    by: str | None = Field(default=None, index=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AttachmentCopy(SQLModel, table=True):
    """A message with which a file was sent into a room: `message` is its outbox key."""

    __tablename__ = "practice_attachment_copy"

    id: int | None = Field(default=None, primary_key=True)
    attachment: int = Field(foreign_key="practice_attachment.id", index=True, ondelete="CASCADE")
    room_id: str
    message: str


class Attached(NamedTuple):
    """A file of a practice without its bytes."""

    id: int
    practice: int
    name: str
    content_type: str
    size: int
    by: str | None
    at: datetime

    @property
    def picture(self) -> bool:
        """Whether it can be shown in place."""
        return self.content_type.startswith("image/")


_table = PracticeAttachment.__table__  # type: ignore[attr-defined]
_LISTED = select(*(_table.c[name] for name in Attached._fields)).order_by(_table.c.id)


def add(tx: Tx, practice: int, *, name: str, content_type: str, data: bytes, by: str) -> None:
    """Keep a file with a practice."""
    tx.session.add(
        PracticeAttachment(
            practice=practice,
            name=name,
            content_type=content_type,
            size=len(data),
            data=data,
            by=by,
            at=tx.now,
        )
    )
    tx.session.flush()


def of(tx: Tx, practice: int) -> list[Attached]:
    """The files of a practice in the order in which they came."""
    found = tx.connection.execute(_LISTED.where(_table.c.practice == practice))
    return [Attached._make(row) for row in found]


def by(tx: Tx, user_id: str) -> list[Attached]:
    """The files that one person sent."""
    return [Attached._make(row) for row in tx.connection.execute(_LISTED.where(_table.c.by == user_id))]


def count(tx: Tx, practice: int) -> int:
    """How many files a practice has."""
    return tx.connection.scalar(select(func.count()).where(_table.c.practice == practice)) or 0


def data(tx: Tx, attachment: int) -> bytes:
    """The bytes of a file."""
    found: bytes = tx.connection.execute(select(_table.c.data).where(_table.c.id == attachment)).scalar_one()
    return found


def holds(tx: Tx, practice: int, content: bytes) -> bool:
    """Whether a practice has a file with just these bytes."""
    same = (_table.c.practice == practice) & (_table.c.size == len(content)) & (_table.c.data == content)
    return tx.connection.scalar(select(_table.c.id).where(same).limit(1)) is not None


def remove(tx: Tx, attachment: int) -> None:
    """Forget a file, and where it was uploaded."""
    found = tx.session.get(PracticeAttachment, attachment)
    if found is not None:
        tx.session.delete(found)
        tx.session.flush()


def forget_by(tx: Tx, user_id: str) -> None:
    """Forget who sent these files."""
    tx.session.execute(
        update(PracticeAttachment).where(col(PracticeAttachment.by) == user_id).values(by=None)
    )
    tx.session.expire_all()


def copies(tx: Tx, attachment: int) -> list[AttachmentCopy]:
    """The messages with which a file was sent, in their order."""
    return list(
        tx.session.exec(
            select(AttachmentCopy)
            .where(AttachmentCopy.attachment == attachment)
            .order_by(col(AttachmentCopy.id))
        )
    )


def keep_copy(tx: Tx, attachment: int, room_id: str, message: str) -> None:
    """Remember with which message a file came into a room."""
    tx.session.add(AttachmentCopy(attachment=attachment, room_id=room_id, message=message))
    tx.session.flush()
