"""The Matrix device that the bot is: one for ever, on whichever machine and with whichever token it runs."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from storage.database import Tx


class OwnDevice(SQLModel, table=True):
    """The device of one of the bot's accounts; there is one account, unless the bot has moved to another."""

    __tablename__ = "own_device"

    user_id: str = Field(primary_key=True)
    device_id: str


def of(tx: Tx, user_id: str) -> str | None:
    """The device that this account has always had; None when it never had one."""
    known = tx.session.get(OwnDevice, user_id)
    return known.device_id if known else None


def forget(tx: Tx, user_id: str) -> str | None:
    """Let the account begin with another device; returns the one that it had."""
    known = tx.session.get(OwnDevice, user_id)
    if known is None:
        return None
    tx.session.delete(known)
    return known.device_id


def claim(tx: Tx, user_id: str, device_id: str) -> str:
    """Make this the account's device for ever, unless it has one; returns the one that it has now."""
    known = of(tx, user_id)
    if known is None:
        tx.session.add(OwnDevice(user_id=user_id, device_id=device_id))
    return known or device_id
