"""What practices mean as vectors, as an operator's embedding model sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from sqlalchemy import LargeBinary, delete, func
from sqlmodel import Field, SQLModel, col, or_, select

from storage.database import Tx
from storage.practices import VISIBLE, Practice

_AT_ONCE = 5_000  # databases take only so many parameters


class PracticeVector(SQLModel, table=True):
    """The vector of one practice: little-endian float32, of length 1.

    `model` is the fingerprint of the model that it was made with, `version` that of the practice then.
    `serial` is made of all of this: a copy in memory can tell by it what is to be brought up to date.
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
    kept = 0
    for one, vector in made.items():
        practice = tx.session.get(Practice, one.number)
        if practice is None or practice.version != one.version or practice.status not in VISIBLE:
            continue
        kept += 1
        tx.session.merge(
            PracticeVector(
                practice=one.number,
                model=model,
                version=one.version,
                serial=_serial(model, one, vector),
                vector=vector,
            )
        )
    tx.session.flush()
    return kept


def _serial(model: str, of: Behind, vector: bytes) -> int:
    return crc32(vector, crc32(f"{model} {of.number} {of.version}".encode())) >> 1  # fits a signed integer


def remove(tx: Tx, number: int) -> None:
    """Forget what a practice meant, if that was known."""
    tx.session.execute(delete(PracticeVector).where(col(PracticeVector.practice) == number))


def state(tx: Tx) -> tuple[int, int]:
    """How many vectors there are, and the sum of their serials: another one when anything has changed."""
    count, total = tx.session.exec(
        select(func.count(PracticeVector.serial), func.coalesce(func.sum(PracticeVector.serial), 0))  # type: ignore[arg-type]
    ).one()
    return count, int(total)


def serials(tx: Tx, model: str) -> dict[int, int]:
    """The serials of a model's vectors, by the number of the practice."""
    rows = tx.session.exec(
        select(PracticeVector.practice, PracticeVector.serial).where(PracticeVector.model == model)
    )
    return dict(rows.all())


def of(tx: Tx, numbers: Sequence[int]) -> dict[int, bytes]:
    """The vectors of these practices."""
    found: dict[int, bytes] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        rows = tx.session.exec(
            select(PracticeVector.practice, PracticeVector.vector).where(
                col(PracticeVector.practice).in_(numbers[start : start + _AT_ONCE])
            )
        )
        found |= dict(rows.all())
    return found
