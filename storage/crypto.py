"""What end-to-end encryption has to remember: keys and sessions, the secret ones encrypted beforehand.

What a value means is the business of `bot.matrix.olm_store`; here it is bytes under a kind and a key, written
in the transaction of the moment: keys are kept together with the position up to which they were heard.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, LargeBinary, bindparam, delete, func, select, text, update
from sqlmodel import Field, SQLModel

from storage.database import Tx, UtcDateTime

USED_AGAIN = timedelta(days=1)  # so exactly is it known when something was used last


class CryptoRow(SQLModel, table=True):
    """One thing to remember: `kind` says what it is, `key` which one, `person` whose device it came from."""

    __tablename__ = "crypto"

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    used_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    person: str | None = Field(default=None, index=True)


crypto = CryptoRow.__table__  # type: ignore[attr-defined]
# Statements of the hot path are built once: building one costs more than running it.
_GET = select(crypto.c.value, crypto.c.used_at).where(
    crypto.c.kind == bindparam("kind"), crypto.c.key == bindparam("key")
)
_PUT = text(
    "INSERT INTO crypto (kind, key, value, used_at, person) VALUES (:kind, :key, :value, :used_at, :person)"
    " ON CONFLICT (kind, key) DO UPDATE SET"
    " value = excluded.value, used_at = excluded.used_at, person = excluded.person"
).bindparams(bindparam("used_at", type_=UtcDateTime))


def get(tx: Tx, kind: str, key: str) -> bytes | None:
    """What is remembered under this key."""
    row = tx.connection.execute(_GET, {"kind": kind, "key": key}).first()
    return None if row is None else bytes(row.value)


def use(tx: Tx, kind: str, key: str) -> bytes | None:
    """Like `get`, and remembers that it was needed, for `forget_unused`."""
    row = tx.connection.execute(_GET, {"kind": kind, "key": key}).first()
    if row is None:
        return None
    if tx.now - row.used_at > USED_AGAIN:
        tx.connection.execute(
            update(crypto).where(crypto.c.kind == kind, crypto.c.key == key).values(used_at=tx.now)
        )
    return bytes(row.value)


def put(tx: Tx, kind: str, key: str, value: bytes, *, person: str | None = None) -> None:
    """Remember a value under a key, in the place of what was there."""
    tx.connection.execute(
        _PUT, {"kind": kind, "key": key, "value": value, "used_at": tx.now, "person": person}
    )


def keys(tx: Tx, kind: str) -> list[str]:
    """Under which keys something of this kind is remembered."""
    return list(tx.connection.scalars(select(crypto.c.key).where(crypto.c.kind == kind)))


def forget_kind(tx: Tx, kind: str) -> None:
    """Forget everything of a kind."""
    tx.connection.execute(delete(crypto).where(crypto.c.kind == kind))


def forget_unused(tx: Tx, kind: str, moment: datetime) -> int:
    """Forget what was not needed since `moment`; returns how many."""
    result = tx.connection.execute(delete(crypto).where(crypto.c.kind == kind, crypto.c.used_at < moment))
    return result.rowcount


def of_person(tx: Tx, user_id: str) -> dict[str, int]:
    """How many things of each kind are remembered that came from somebody's devices."""
    counts = tx.connection.execute(
        select(crypto.c.kind, func.count()).where(crypto.c.person == user_id).group_by(crypto.c.kind)
    )
    return {kind: int(count) for kind, count in counts}
