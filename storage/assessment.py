"""Self-assessments: the models that were used, what members answered, and with whom they share it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint, delete
from sqlmodel import Field, SQLModel, col, select

from storage.database import JsonColumn, Tx, UtcDateTime


class AssessmentModel(SQLModel, table=True):
    """A model as it was when somebody first answered its questions, or an operator loaded it.

    `loaded_at` is None for the one that comes with the program; of the others the last loaded is used.
    """

    __tablename__ = "assessment_model"

    key: str = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_column=Column(JsonColumn, nullable=False))
    loaded_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class Assessment(SQLModel, table=True):
    """What somebody answered on one process of a model: N, P, L, F or unknown, by the question's id.

    `finished_at` is when nothing was left to ask.
    """

    __tablename__ = "assessment"
    __table_args__ = (Index("assessment_user", "user_id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    user_id: str
    model: str
    process: str
    answers: dict[str, str] = Field(default_factory=dict, sa_column=Column(JsonColumn, nullable=False))
    begun_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


class AssessmentShare(SQLModel, table=True):
    """A result that somebody shows to a person or a room (`lane`), in the messages `keys` of the outbox.

    There are none yet while it waits for the morning there.
    """

    __tablename__ = "assessment_share"
    __table_args__ = (Index("assessment_share_user", "user_id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    user_id: str
    lane: str
    keys: list[str] = Field(sa_column=Column(JsonColumn, nullable=False))
    shared_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AssessmentConsent(SQLModel, table=True):
    """Somebody who agreed that their result counts in the comparison of cities; without a row it does not."""

    __tablename__ = "assessment_consent"

    user_id: str = Field(primary_key=True)
    since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AssessmentTeam(SQLModel, table=True):
    """Somebody who answers for a city with others; `city` is its country and folded name.

    They see the joint result once one who is `joined` already has let them in.
    """

    __tablename__ = "assessment_team"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(unique=True)
    city: str = Field(index=True)
    joined: bool = False
    since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AssessmentGoal(SQLModel, table=True):
    """A level that somebody wants to reach in a process by the end of a day (ISO 8601) of theirs."""

    __tablename__ = "assessment_goal"
    __table_args__ = (UniqueConstraint("user_id", "process"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    user_id: str
    process: str
    level: int
    due: str
    set_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AssessmentOffer(SQLModel, table=True):
    """Somebody who has come far in a process, and was asked whether others may be introduced to them.

    `willing` is what they said, None while they have not. What they offer is among their offers (`line`).
    """

    __tablename__ = "assessment_offer"

    user_id: str = Field(primary_key=True)
    process: str = Field(primary_key=True, index=True)
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    willing: bool | None = None


# --- models


def model(tx: Tx, key: str) -> AssessmentModel | None:
    """A model that is kept."""
    return tx.session.get(AssessmentModel, key)


def loaded_model(tx: Tx) -> AssessmentModel | None:
    """The model that was loaded last, if there is one."""
    loaded = select(AssessmentModel).where(col(AssessmentModel.loaded_at).is_not(None))
    return tx.session.exec(loaded.order_by(col(AssessmentModel.loaded_at).desc()).limit(1)).first()


def keep_model(tx: Tx, key: str, document: Any, *, loaded: bool) -> None:
    """Keep a model; `loaded` makes it the one that is used from now on."""
    row = model(tx, key) or AssessmentModel(key=key, document=document)
    if loaded:
        row.loaded_at = tx.now
    tx.session.add(row)
    tx.session.flush()


# --- answers


def of(tx: Tx, user_id: str) -> list[Assessment]:
    """All that somebody answered, oldest first."""
    return list(
        tx.session.exec(select(Assessment).where(Assessment.user_id == user_id).order_by(col(Assessment.id)))
    )


def finished_of(tx: Tx, users: list[str], until: datetime) -> list[Assessment]:
    """What these people had finished at a moment, oldest first."""
    mine = select(Assessment).where(
        col(Assessment.user_id).in_(users),
        col(Assessment.finished_at) <= until,
    )
    return list(tx.session.exec(mine.order_by(col(Assessment.finished_at), col(Assessment.id))))


def keep(tx: Tx, row: Assessment) -> None:
    """Insert or update what somebody answered on a process."""
    row.changed_at = tx.now
    tx.session.add(row)
    tx.session.flush()


# --- sharing and comparing


def shares(tx: Tx, user_id: str) -> list[AssessmentShare]:
    """With whom somebody shares their result, in the order in which they did."""
    mine = select(AssessmentShare).where(AssessmentShare.user_id == user_id)
    return list(tx.session.exec(mine.order_by(col(AssessmentShare.id))))


def shares_with(tx: Tx, lane: str) -> list[AssessmentShare]:
    """What others show a person or a room."""
    return list(tx.session.exec(select(AssessmentShare).where(AssessmentShare.lane == lane)))


def share(tx: Tx, user_id: str, lane: str) -> AssessmentShare:
    """Write down that a result is to be shown."""
    row = AssessmentShare(user_id=user_id, lane=lane, keys=[], shared_at=tx.now)
    tx.session.add(row)
    tx.session.flush()
    return row


def share_entry(tx: Tx, number: int) -> AssessmentShare | None:
    """The same by its number."""
    return tx.session.get(AssessmentShare, number)


def shown(tx: Tx, row: AssessmentShare, keys: list[str]) -> None:
    """Write down in which messages it was."""
    row.keys = keys
    tx.session.add(row)
    tx.session.flush()


def end_share(tx: Tx, row: AssessmentShare) -> None:
    """Write down that it no longer is."""
    tx.session.delete(row)
    tx.session.flush()


def consent(tx: Tx, user_id: str) -> AssessmentConsent | None:
    """Since when somebody's result counts in the comparison, if it does."""
    return tx.session.get(AssessmentConsent, user_id)


def consenting(tx: Tx, until: datetime) -> list[str]:
    """Whose results count in the comparison, and did so at a moment."""
    return list(tx.session.exec(select(AssessmentConsent.user_id).where(AssessmentConsent.since <= until)))


def agree(tx: Tx, user_id: str) -> None:
    """Let somebody's result count."""
    if consent(tx, user_id) is None:
        tx.session.add(AssessmentConsent(user_id=user_id, since=tx.now))
        tx.session.flush()


# --- answering together


def team_row(tx: Tx, user_id: str) -> AssessmentTeam | None:
    """For which city somebody answers."""
    return tx.session.exec(select(AssessmentTeam).where(AssessmentTeam.user_id == user_id)).first()


def team_entry(tx: Tx, number: int) -> AssessmentTeam | None:
    """The same by its number."""
    return tx.session.get(AssessmentTeam, number)


def team(tx: Tx, city: str) -> list[AssessmentTeam]:
    """Who answers for a city, in the order in which they came."""
    theirs = select(AssessmentTeam).where(AssessmentTeam.city == city)
    return list(tx.session.exec(theirs.order_by(col(AssessmentTeam.id))))


def keep_team(tx: Tx, row: AssessmentTeam) -> None:
    """Insert or update for which city somebody answers."""
    tx.session.add(row)
    tx.session.flush()


# --- goals


def goals(tx: Tx, user_id: str) -> list[AssessmentGoal]:
    """What somebody wants to reach, the nearest day first."""
    mine = select(AssessmentGoal).where(AssessmentGoal.user_id == user_id)
    return list(tx.session.exec(mine.order_by(col(AssessmentGoal.due), col(AssessmentGoal.id))))


def goal(tx: Tx, number: int) -> AssessmentGoal | None:
    """The goal of this number."""
    return tx.session.get(AssessmentGoal, number)


def set_goal(tx: Tx, user_id: str, process: str, level: int, due: str) -> AssessmentGoal:
    """Write down a goal, in the place of an earlier one on the same process."""
    remove_goal(tx, user_id, process)
    row = AssessmentGoal(user_id=user_id, process=process, level=level, due=due, set_at=tx.now)
    tx.session.add(row)
    tx.session.flush()
    return row


def remove_goal(tx: Tx, user_id: str, process: str) -> bool:
    """Take a goal away; False if there was none."""
    known = [row for row in goals(tx, user_id) if row.process == process]
    for row in known:
        tx.session.delete(row)
    tx.session.flush()
    return bool(known)


# --- offering help


def offers(tx: Tx, user_id: str) -> list[AssessmentOffer]:
    """About which processes somebody was asked whether others may be introduced to them."""
    mine = select(AssessmentOffer).where(AssessmentOffer.user_id == user_id)
    return list(tx.session.exec(mine.order_by(col(AssessmentOffer.process))))


def willing(tx: Tx, process: str) -> frozenset[str]:
    """Who agreed to that on a process."""
    theirs = select(AssessmentOffer.user_id).where(
        AssessmentOffer.process == process, col(AssessmentOffer.willing).is_(True)
    )
    return frozenset(tx.session.exec(theirs))


def keep_offer(tx: Tx, row: AssessmentOffer) -> None:
    """Insert or update what somebody was asked, and said."""
    tx.session.add(row)
    tx.session.flush()


# --- being forgotten


def forget_answers(tx: Tx, user_id: str, process: str | None = None) -> None:
    """Delete what somebody answered, on one process or at all, and what they were asked about it."""
    theirs = col(Assessment.user_id) == user_id
    if process is not None:
        theirs &= col(Assessment.process) == process
    tx.session.execute(delete(Assessment).where(theirs))
    forget_offers(tx, user_id, process)


def forget_offers(tx: Tx, user_id: str, process: str | None = None) -> None:
    """Forget what somebody was asked about offering help, on one process or at all."""
    theirs = col(AssessmentOffer.user_id) == user_id
    if process is not None:
        theirs &= col(AssessmentOffer.process) == process
    tx.session.execute(delete(AssessmentOffer).where(theirs))
    tx.session.expire_all()


def forget_shares(tx: Tx, user_id: str) -> None:
    """Forget with whom somebody shared."""
    _forget(tx, AssessmentShare, user_id)


def forget_consent(tx: Tx, user_id: str) -> None:
    """Let somebody's result no longer count."""
    _forget(tx, AssessmentConsent, user_id)


def forget_team(tx: Tx, user_id: str) -> None:
    """Take somebody out of those who answer for their city."""
    _forget(tx, AssessmentTeam, user_id)


def forget_goals(tx: Tx, user_id: str) -> None:
    """Forget what somebody wants to reach."""
    _forget(tx, AssessmentGoal, user_id)


def _forget(
    tx: Tx,
    table: type[AssessmentShare | AssessmentConsent | AssessmentTeam | AssessmentGoal],
    user_id: str,
) -> None:
    tx.session.execute(delete(table).where(col(table.user_id) == user_id))
    tx.session.expire_all()
