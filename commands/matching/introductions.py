"""Introducing members to each other: each is asked, and once they agreed a room is opened for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from commands.core import letters
from commands.core.context import Context, Network, Role, holds
from commands.core.errors import UserError
from commands.matching import rules, service, views
from commands.matching.meeting import service as meeting
from commands.matching.meeting.views import NO, YES
from commands.matching.people import as_peer, at_work, in_working_hours, named, peer_of
from commands.matching.rounds.views import alone
from storage import matching, members, outbox
from storage.database import Tx
from storage.matching import Introduction, IntroductionPerson
from storage.members import Member

TOPIC = "introduction"
MOST_A_WEEK = 2  # requests to one person
MOST_ASKED_FOR = 5  # people whom one person has asked in a week
WEEK = timedelta(weeks=1)
TIME_TO_ANSWER = timedelta(days=7)
MOST_UNANSWERED = 3  # in a row; then somebody rests until they come back
ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


# --- proposing


def ask(ctx: Context, member: Member, asked: Member) -> bool:
    """Have someone asked whether they want to meet the sender; in their working hours.

    Returns whether it has to wait for these. Raises `UserError` where it can't be.
    """
    for row, own in matching.introductions_of(ctx.tx, member.user_id):
        # Of what they have not been asked yet they need not know; it is not possible, for some reason.
        if row.state == "open" and own.knows and asked.user_id in _ids(matching.introduced(ctx.tx, row)):
            raise UserError("introduce.open")
    me, other = as_peer(ctx.tx, ctx.network, member), as_peer(ctx.tx, ctx.network, asked)
    if rules.obstacle(me, other, service.past_of(ctx.tx, (member.user_id, asked.user_id))):
        # Which one it is says more about the other than they may want to be known.
        raise UserError("introduce.not_possible", match=ctx.call("match"))
    lately = matching.requests_since(ctx.tx, asked.user_id, ctx.now - WEEK)
    if len(lately) >= MOST_A_WEEK:
        raise UserError("introduce.too_many", day=_a_week_after(ctx, lately[-MOST_A_WEEK]))
    mine = [row.proposed_at for row, own in matching.introductions_of(ctx.tx, member.user_id) if own.asker]
    lately = [moment for moment in mine if moment > ctx.now - WEEK]
    if len(lately) >= MOST_ASKED_FOR:
        day, most = _a_week_after(ctx, lately[-MOST_ASKED_FOR]), ctx.texts.number(MOST_ASKED_FOR)
        raise UserError("introduce.asked_enough", most=most, day=day)
    propose(ctx.tx, ctx.network, (member.user_id, asked.user_id), asker=member.user_id)
    return not at_work(ctx.tx, ctx.network, asked.user_id)


def _a_week_after(ctx: Context, moment: datetime) -> str:
    """The first day on which that is a week ago all day long."""
    again = (moment + WEEK).astimezone(ZoneInfo(ctx.timezone)).date()
    return ctx.texts.date(again + timedelta(days=1), weekday=True)


def propose(
    tx: Tx,
    network: Network,
    people: Sequence[str],
    *,
    asker: str | None = None,
    round_id: int | None = None,
) -> Introduction:
    """Have two or three people, by their Matrix ids, asked whether they want to meet; each in their own
    working hours, `asker` not at all. Whether they may meet is looked at again when they are asked."""
    row = matching.introduce(tx, people, asker=asker, round_id=round_id)
    for person in matching.introduced(tx, row):
        if person.answer is None:
            in_working_hours(tx, network, "introduction_request", person)
    return row


def request(tx: Tx, network: Network, row: Introduction, me: IntroductionPerson) -> None:
    """Ask one of them whether they want to meet the others, those who still could."""
    _leave_out(tx, network, row, me)
    settle(tx, network, row)
    if me.answer is not None:
        return
    if row.state != "open":
        # They have heard nothing of it; but that there was a round, everyone has.
        if row.round_id and holds(tx, network, me.user_id, Role.MEMBER):
            to = letters.to_person(tx, network, me.user_id)
            letters.write(to, alone(to), about=me.user_id)
        return
    lately = matching.requests_since(tx, me.user_id, tx.now - WEEK, told=True)
    if len(lately) >= MOST_A_WEEK:
        in_working_hours(tx, network, "introduction_request", me, after=lately[-MOST_A_WEEK] + WEEK)
        return
    me.told_at = tx.now
    tx.flush()
    in_working_hours(tx, network, "introduction_expiry", me, after=tx.now + TIME_TO_ANSWER)
    _write_request(tx, network, row, me)


def _leave_out(tx: Tx, network: Network, row: Introduction, me: IntroductionPerson) -> None:
    """Take out of an introduction who can't be met any more, now that somebody is to be asked: who pauses or
    left, who has blocked the other, and where something else lies between two, the one who is to be asked."""
    them = matching.introduced(tx, row)
    peers = {one.user_id: as_peer(tx, network, one) for one in _members(tx, them)}
    for one in them:
        if one.answer in (None, "yes") and not (one.user_id in peers and peers[one.user_id].takes_part):
            one.answers("away", tx.now)
    past = service.past_of(tx, _ids(them), without=row.id)
    for one in them:
        if one.user_id == me.user_id or one.answer not in (None, "yes") or me.answer is not None:
            continue
        if rules.obstacle(peers[me.user_id], peers[one.user_id], past):
            blocked = {blocked.blocked_id for blocked in matching.blocked_by(tx, one.user_id)}
            (one if me.user_id in blocked else me).answers("away", tx.now)


def _write_request(tx: Tx, network: Network, row: Introduction, me: IntroductionPerson) -> None:
    mine = _members(tx, [me])[0]
    others = [one for one in still_in(tx, network, row) if one.user_id != me.user_id]
    known = _members(tx, others)
    askers = {one.user_id for one in others if one.asker}
    to = letters.to_person(tx, network, me.user_id)
    proposals = [
        views.Proposal(
            one,
            named(tx, one.user_id),
            rules.reasons(as_peer(tx, network, mine), as_peer(tx, network, one), tx.now),
            wished=one.user_id in askers and named(tx, one.user_id),
        )
        for one in known
    ]
    blocks = views.request(to, proposals, by_round=not askers, number=row.id or 0)
    about = tuple(one.user_id for one in known)
    letters.write(to, blocks, about=about, topic=f"{TOPIC}:{row.id}", reactions=(YES, NO))


def ask_anew(tx: Tx, network: Network, row: Introduction, me: IntroductionPerson) -> None:
    """Ask somebody once more who has not answered: what they read first is taken back, because it named one
    who is forgotten."""
    if row.state != "open" or me.answer is not None or not holds(tx, network, me.user_id, Role.MEMBER):
        return
    _write_request(tx, network, row, me)


# --- answering


def open_to(tx: Tx, user_id: str) -> list[tuple[Introduction, IntroductionPerson]]:
    """The proposals that wait for someone's answer, oldest first; only those that they have been told of."""
    return [
        (row, person)
        for row, person in matching.introductions_of(tx, user_id)
        if row.state == "open"
        and person.answer is None
        and person.told_at
        # Of who has been forgotten in between there is nobody left to meet.
        and len(matching.introduced(tx, row)) > 1
    ]


def accept(tx: Tx, network: Network, row: Introduction, person: IntroductionPerson) -> list[Member] | None:
    """Take a yes; returns whom they will meet now, or None while others have not answered.

    Raises `UserError` when none of the others is here any more.
    """
    others = [one for one in still_in(tx, network, row) if one.user_id != person.user_id]
    if not others:
        raise UserError("introduce.gone")
    _answer(tx, person, "yes")
    settle(tx, network, row, by=person.user_id)
    if row.state != "accepted":
        return None
    return [one for one in meeting.of(tx, network, row).members if one.user_id != person.user_id]


def decline(tx: Tx, network: Network, row: Introduction, person: IntroductionPerson) -> None:
    """Take a no, and tell the others kindly."""
    _answer(tx, person, "no")
    settle(tx, network, row)


def keep_reason(tx: Tx, row: Introduction, person: IntroductionPerson, reason: str) -> None:
    """Keep why somebody declined, one of `views.WHY_NOT`: of a theme that is not theirs, which one it was."""
    if reason == "theme":
        mine = members.get(tx, person.user_id)
        others = [one.user_id for one in matching.introduced(tx, row) if one.user_id != person.user_id]
        theirs = [found for one in others if (found := members.get(tx, one))]
        themes = [
            theme
            for one in theirs
            if mine
            for theme in rules.meets_on(peer_of(tx, mine), peer_of(tx, one), tx.now)
        ]
        person.reason = themes[0] if themes else None
    else:
        person.reason = reason
    tx.flush()


def _answer(tx: Tx, person: IntroductionPerson, answer: str) -> None:
    person.answers(answer, tx.now)
    part = matching.participation(tx, person.user_id)
    if part.unanswered:
        part.unanswered = 0
        matching.keep(tx, part)
    tx.flush()


def expire(tx: Tx, network: Network, row: Introduction, person: IntroductionPerson) -> None:
    """Wait no longer for an answer; after several without one in a row they rest, and are told so."""
    if row.state == "open" and person.answer is None:
        person.answers("silent", tx.now)
        if len(still_in(tx, network, row)) < 2:
            _nor_who_had_their_week_too(tx, network, row)
        settle(tx, network, row)
    if person.answer != "silent":
        return
    part = matching.participation(tx, person.user_id)
    part.unanswered += 1
    resting = part.unanswered >= MOST_UNANSWERED and part.active(tx.now)
    if resting:
        part.takes_part, part.unanswered = False, 0
    matching.keep(tx, part)
    if resting:
        withdraw_from_all(tx, network, person.user_id)
        if holds(tx, network, person.user_id, Role.MEMBER):
            to = letters.to_person(tx, network, person.user_id)
            letters.write(to, views.resting(to, MOST_UNANSWERED))


def _nor_who_had_their_week_too(tx: Tx, network: Network, row: Introduction) -> None:
    """Of who did not answer either, it would be no news that it did not work out: their week ends within the
    same day, by their own working hours, and then their silence counts as well."""
    until = tx.now - TIME_TO_ANSWER + timedelta(days=1)
    for one in still_in(tx, network, row):
        if one.answer is None and one.told_at and one.told_at < until:
            one.answers("silent", tx.now)
    tx.flush()


def withdraw_from_all(tx: Tx, network: Network, user_id: str) -> None:
    """Take someone out of everything that is not agreed yet: they take part no longer."""
    for row, person in matching.introductions_of(tx, user_id):
        _withdraw(tx, network, row, person)


def withdraw_between(tx: Tx, network: Network, user_id: str, other: str) -> None:
    """Take someone out of what is not agreed yet and the other is in, too."""
    for row, person in matching.introductions_of(tx, user_id):
        if other in _ids(matching.introduced(tx, row)):
            _withdraw(tx, network, row, person)


def _withdraw(tx: Tx, network: Network, row: Introduction, person: IntroductionPerson) -> None:
    # Of who has not been asked yet, that shows when they would be: until then it would only tell the others
    # that something has happened just now.
    if row.state == "open" and person.answer in (None, "yes") and person.knows:
        person.answers("away", tx.now)
        settle(tx, network, row)


def settle(tx: Tx, network: Network, row: Introduction, *, by: str | None = None) -> None:
    """See what the answers so far come to: all have answered and two or more want to meet, or it ends
    because that can't happen any more, or it still waits. `by` is who reads what it comes to anyway."""
    tx.flush()
    if row.state != "open":
        return
    them = still_in(tx, network, row)
    wanting = [one for one in them if one.answer == "yes"]
    if len(them) < 2:
        answers = {one.answer for one in matching.introduced(tx, row)}
        row.state = "declined" if "no" in answers else "expired" if "silent" in answers else "withdrawn"
        tx.flush()
        for one in them:
            if one.knows:
                one.untold = True
                tell_ended(tx, network, row, one)
    elif len(wanting) == len(them):
        _open_room(tx, network, row, wanting, by)


def still_in(tx: Tx, network: Network, row: Introduction) -> list[IntroductionPerson]:
    """Those of an introduction who have not said no, and are members."""
    return [
        one
        for one in matching.introduced(tx, row)
        if one.answer in (None, "yes") and holds(tx, network, one.user_id, Role.MEMBER)
    ]


def tell_ended(tx: Tx, network: Network, row: Introduction, person: IntroductionPerson) -> None:
    """Tell somebody kindly that it did not work out, in their working hours and without a reason."""
    if not at_work(tx, network, person.user_id):
        in_working_hours(tx, network, "introduction_ended", person)
        return
    person.untold = False
    tx.flush()
    if not holds(tx, network, person.user_id, Role.MEMBER):
        return
    to = letters.to_person(tx, network, person.user_id)
    others = [one.user_id for one in matching.introduced(tx, row) if one.user_id != person.user_id]
    known = [(found, named(tx, other)) for other in others if (found := members.get(tx, other))]
    about = tuple(found.user_id for found, _ in known)
    letters.write(to, views.did_not_work_out(to, known), about=about)


# --- the room


def _open_room(
    tx: Tx, network: Network, row: Introduction, them: list[IntroductionPerson], by: str | None
) -> None:
    row.state = "accepted"
    for person in matching.introduced(tx, row):
        if person.answer == "yes" and person not in them:
            person.answers("away", tx.now)  # they have left the network since
    known = _members(tx, them)
    request: dict[str, object] = {
        "preset": "private_chat",
        "visibility": "private",
        "name": meeting.named_for([one.city for one in known]),
        "invite": [one.user_id for one in known],
    }
    if network.encrypt_direct_chats:
        request["initial_state"] = [ENCRYPTED]
    row.room_key = outbox.room(tx, request)
    tx.flush()
    meeting.greet_soon(tx, row.id or 0, attempt=1)
    absent = len(matching.introduced(tx, row)) > len(them)
    for one in known:
        if one.user_id != by:
            to = letters.to_person(tx, network, one.user_id)
            others = [other for other in known if other != one]
            about = tuple(other.user_id for other in others)
            letters.write(to, views.said_yes(to, others, absent=absent), about=about)


def _members(tx: Tx, them: Sequence[IntroductionPerson]) -> list[Member]:
    return [found for one in them if (found := members.get(tx, one.user_id))]


def _ids(them: Sequence[IntroductionPerson]) -> list[str]:
    return [one.user_id for one in them]
