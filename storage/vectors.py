"""What practices mean as vectors, as an operator's embedding model sees it; searched exactly, in memory."""

from __future__ import annotations

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel


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
