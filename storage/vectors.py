"""What practices mean as vectors, as an operator's embedding model sees it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import LargeBinary, delete, func
from sqlmodel import Field, SQLModel, col, or_, select

from storage.database import Tx
from storage.practices import VISIBLE, Practice


class PracticeVector(SQLModel, table=True):
    """The vector of one practice: little-endian float32, of length 1.

    `model` is the fingerprint of the model that it was made with, `version` that of the practice then.
    `serial` rises with each vector that is kept, so that a copy in memory can be brought up to date.
    """

    __tablename__ = "practice_vector"

    practice: int = Field(primary_key=True, foreign_key="practice.number", ondelete="CASCADE")
    model: str
    version: int
    serial: int = Field(index=True)
    vector: bytes = Field(sa_type=LargeBinary)


class Behind(NamedTuple):
    """A practice without a vector of this model and version, with what it says."""

    number: int
    version: int
    text: str


def behind(tx: Tx, model: str, limit: int) -> list[Behind]:
    """Practices that everyone may see and whose vector is missing or old."""
    rows = tx.session.exec(
        select(Practice)
        .outerjoin(PracticeVector, col(PracticeVector.practice) == Practice.number)
        .where(
            col(Practice.status).in_(VISIBLE),
            or_(
                col(PracticeVector.practice).is_(None),
                PracticeVector.model != model,
                PracticeVector.version != Practice.version,
            ),
        )
        .order_by(col(Practice.number))
        .limit(limit)
    )
    return [
        Behind(one.number, one.version, "\n".join((one.title, one.summary, one.challenge, one.solution)))
        for one in rows
    ]


def keep(tx: Tx, model: str, made: dict[Behind, bytes]) -> int:
    """Keep vectors of practices that still say what they were made from; returns how many."""
    serial = tx.session.exec(select(func.coalesce(func.max(PracticeVector.serial), 0))).one()
    kept = 0
    for one, vector in made.items():
        practice = tx.session.get(Practice, one.number)
        if practice is None or practice.version != one.version or practice.status not in VISIBLE:
            continue
        kept += 1
        tx.session.merge(
            PracticeVector(
                practice=one.number, model=model, version=one.version, serial=serial + kept, vector=vector
            )
        )
    tx.session.flush()
    return kept


def remove(tx: Tx, number: int) -> None:
    """Forget what a practice meant, if that was known."""
    tx.session.execute(delete(PracticeVector).where(col(PracticeVector.practice) == number))


def state(tx: Tx) -> tuple[int, int]:
    """How many vectors there are, and the serial of the last one."""
    count, last = tx.session.exec(
        select(func.count(PracticeVector.serial), func.coalesce(func.max(PracticeVector.serial), 0))  # type: ignore[arg-type]
    ).one()
    return count, last


def since(tx: Tx, model: str, serial: int) -> list[tuple[int, bytes]]:
    """The numbers and vectors of a model that were kept after a serial."""
    rows = tx.session.exec(
        select(PracticeVector.practice, PracticeVector.vector)
        .where(PracticeVector.model == model, PracticeVector.serial > serial)
        .order_by(col(PracticeVector.serial))
    )
    return list(rows)
