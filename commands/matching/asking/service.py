"""The way of a question to those who know most about it, and of their answers back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta

from commands.core import letters
from commands.core.context import Context, Network, Role, holds
from commands.core.errors import UserError
from commands.core.forms import fitting
from commands.core.nodes import Block
from commands.core.values import find_theme
from commands.matching import introductions
from commands.matching import rules as matching_rules
from commands.matching.asking import rules, views
from commands.matching.asking.rules import Candidate
from commands.matching.peers import peer
from commands.matching.people import soon
from commands.matching.rules import Subject
from config.languages import CONTENT_LANGUAGES
from config.themes import themes
from storage import asking, matching, members, practices, rooms
from storage.asking import AnswerRequest, NetworkQuestion, QuestionState, RequestState
from storage.database import Tx
from storage.members import Member
from storage.practices import VISIBLE
from storage.search import Query, detect_language, find, meaning, senses

LONGEST_QUESTION = 500  # characters
LONGEST_ANSWER = 1500  # characters
FEWEST_WORDS = 3  # of a question
MOST_ASKED = 5  # people at a time
MOST_EVER = 10  # people of one question
MOST_A_WEEK = 3  # questions of one person
WEEK = timedelta(weeks=1)
KEPT = timedelta(days=180)  # since it was asked, unless the network may read it

# What messages are about.
QUESTION = "network_question"  # with the number of the question
ANSWER = "network_answer"  # with the id of the request that was answered
FOLLOW_UP = "network_follow_up"  # the same
SOLVED = "network_solved"  # with the number of the question

_LOOKED_AT_CLOSELY = 200  # people whose offers are read word by word; until then only themes are compared
_PRACTICES = 20  # that are looked at for their authors
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n")
_MOST_READ = 1000  # questions with answers, the newest
_ENOUGH = 0.5  # of what the words of a search weigh together
_THEME = 1.0  # what counts the theme that is searched for, beside the words


# --- who is asked


def who_knows(
    tx: Tx,
    network: Network,
    asker: str,
    words: str,
    theme: str,
    *,
    known: frozenset[str] = frozenset(),
    language: str | None = None,
) -> list[str]:
    """The members who know most about a question and may be asked now, best first, without who is `known`.

    They speak its language, or the one that is given.
    """
    language = language or language_of(tx, network, asker, words)
    parts = matching.participations(tx)
    here = {person.user_id for person in rooms.people(tx, network.hub_room)}
    apart = {asker, *known}
    for row in matching.all_blocked(tx):
        if asker in (row.user_id, row.blocked_id):
            apart |= {row.user_id, row.blocked_id}
    asked = matching.all_requests_since(tx, tx.now - WEEK)
    able = [
        one
        for one in members.everyone(tx)
        if one.user_id in here
        and one.user_id not in apart
        and language in one.languages
        and (one.user_id not in parts or parts[one.user_id].active(tx.now))
        and len(asked.get(one.user_id, ())) < introductions.MOST_A_WEEK
    ]
    offers = matching.lines_of_all(tx, "offer")
    shared = _practices_on(tx, words)
    of = {one.user_id: one for one in able}

    def see(one: Member, read: Callable[[str], tuple[str, ...]]) -> Candidate:
        return Candidate(
            peer(one, offers.get(one.user_id, ()), (), read=read),
            tuple(shared.get(one.user_id, ())),
            len(asked.get(one.user_id, ())),
        )

    from_afar = rules.best(
        Subject(theme, words), (see(one, _unread) for one in able), _LOOKED_AT_CLOSELY, least=0
    )
    asks = Subject(theme, words, senses(words))
    closely = (see(of[one.peer.user_id], senses) for one in from_afar)
    return [one.peer.user_id for one in rules.best(asks, closely, MOST_ASKED)]


def language_of(tx: Tx, network: Network, asker: str, words: str) -> str:
    """The language of a question, as far as it can be told."""
    spoken = members.preference(tx, asker).locale or network.default_language
    return detect_language(words, CONTENT_LANGUAGES) or spoken


def _unread(_text: str) -> tuple[str, ...]:
    return ()


def _practices_on(tx: Tx, words: str) -> dict[str, list[Subject]]:
    """What was found in the library for a question, by who wrote it."""
    found: defaultdict[str, list[Subject]] = defaultdict(list)
    for hit in find(tx, Query(words), limit=_PRACTICES).hits:
        practice = practices.get(tx, hit.number) if hit.direct else None
        if practice is None or practice.status not in VISIBLE:
            continue
        tokens = senses(practice.title)
        about = [Subject(theme, practice.title, tokens) for theme in practice.themes]
        for author in (practice.author, *practices.coauthors(tx, practice.number)):
            if author:
                found[author] += about
    return found


def would_ask(
    tx: Tx, network: Network, asker: str, words: str, theme: str, *, language: str | None = None
) -> list[str]:
    """Whom a new question would be brought to: who knows most, or else who knows of the theme above."""
    above = matching_rules.upper(theme)
    found = who_knows(tx, network, asker, words, theme, language=language)
    if found or above == theme:
        return found
    return who_knows(tx, network, asker, words, above, language=language)


def in_other_languages(
    tx: Tx, network: Network, asker: Member, words: str, theme: str
) -> tuple[str, int] | None:
    """In which other language of the asker most people could be asked, and how many; None where nobody."""
    asked_in = language_of(tx, network, asker.user_id, words)
    counts = {
        one: len(would_ask(tx, network, asker.user_id, words, theme, language=one))
        for one in asker.languages
        if one != asked_in
    }
    best = max(counts, key=lambda one: counts[one], default=None)
    return (best, counts[best]) if best and counts[best] else None


# --- asking


def room_for_more(ctx: Context) -> None:
    """Refuse more questions than the network bears from one person in a week."""
    if asking.count_since(ctx.tx, ctx.sender, ctx.now - WEEK) >= MOST_A_WEEK:
        raise UserError("asking.too_many", most=str(MOST_A_WEEK))


def ask(
    ctx: Context, words: str, theme: str, *, named: bool, asked_in: str | None, asked_room: str | None
) -> tuple[NetworkQuestion, int]:
    """Bring a question to those who know most about it, or to the moderators where nobody does.

    The second value tells how many are asked. Raises `UserError`.
    """
    room_for_more(ctx)
    question = NetworkQuestion(
        asker=ctx.sender,
        text=words,
        tokens=_tokens(words),
        language=language_of(ctx.tx, ctx.network, ctx.sender, words),
        theme=theme,
        named=named,
        asked_in=asked_in,
        asked_room=asked_room,
        asked_at=ctx.now,
    )
    asking.keep(ctx.tx, question)
    count = _ask_more(ctx.tx, ctx.network, question, MOST_ASKED)
    if count:
        _look_again(ctx.tx, ctx.network, question)
    else:
        _tell_moderators(ctx.tx, ctx.network, question)
    return question, count


def _ask_more(tx: Tx, network: Network, question: NetworkQuestion, most: int, *, wider: bool = False) -> int:
    """Have more people asked, at most so many; on the theme above where nobody is left on this one, and
    `wider` on that one at once. Returns how many."""
    known = frozenset(one.user_id for one in asking.requests(tx, question.number) if one.user_id)
    most = min(most, MOST_EVER - asking.count_requests(tx, question.number))
    above = matching_rules.upper(question.theme)
    for theme in dict.fromkeys([above] if wider else [question.theme, above]):
        found = who_knows(tx, network, question.asker or "", question.text, theme, known=known)[:most]
        for user_id in found:
            row = AnswerRequest(question=question.number, user_id=user_id, asked_at=tx.now)
            asking.keep(tx, row)
            _bring_soon(tx, network, row, QUESTION)
        if found:
            return len(found)
    return 0


def _bring_soon(tx: Tx, network: Network, row: AnswerRequest, what: str) -> None:
    """Bring something to who was asked, in their working hours."""
    if row.user_id:
        payload = {"request": row.id, "what": what}
        soon(tx, network, "bring_to_answer", payload, [row.user_id])


def bring(tx: Tx, network: Network, row: AnswerRequest, what: str) -> None:
    """Bring a question, what was asked back, or thanks to who answers; unless something came between."""
    question = asking.question(tx, row.question)
    if question is None or row.user_id is None or question.asker is None:
        return
    if what == QUESTION and row.state != RequestState.WAITING:
        return
    if not _both_here(tx, network, question.asker, row.user_id) or (
        what == QUESTION
        and (
            question.state == QuestionState.CLOSED
            or not matching.participation(tx, row.user_id).active(tx.now)
            or len(matching.requests_since(tx, row.user_id, tx.now - WEEK, told=True))
            >= introductions.MOST_A_WEEK
        )
    ):
        _drop(tx, network, question, row)
        return
    to, asker = letters.to_person(tx, network, row.user_id), members.get(tx, question.asker)
    if asker is None:
        return
    match what:
        case "network_question":
            row.state = RequestState.TOLD
            asking.keep(tx, row)
            blocks = views.question(to, question, asker)
            letters.write(to, blocks, about=asker.user_id, topic=topic(question), reactions=(views.OTHERS,))
        case "network_follow_up":
            blocks = views.follow_up(to, question, row, asker)
            letters.write(to, blocks, about=asker.user_id, topic=f"{FOLLOW_UP}:{row.id}")
        case _:
            letters.write(to, [views.thanked(to, question, asker)], about=asker.user_id)


def _drop(tx: Tx, network: Network, question: NetworkQuestion, row: AnswerRequest) -> None:
    """Take back a request that nobody has heard of; somebody else is asked, if the asker still waits."""
    if row.state != RequestState.WAITING:
        return
    row.state = RequestState.DROPPED
    asking.keep(tx, row)
    if question.asker and holds(tx, network, question.asker, Role.MEMBER):
        _ask_another(tx, network, question)


def _ask_another(tx: Tx, network: Network, question: NetworkQuestion) -> bool:
    """Have one more asked in the place of who can't or does not want to answer."""
    waits = question.state in (QuestionState.OPEN, QuestionState.WIDENED)
    return waits and _ask_more(tx, network, question, 1) > 0


def _both_here(tx: Tx, network: Network, asker: str, answerer: str) -> bool:
    """Whether two people can be brought together: both members, and neither blocked the other."""
    apart = matching_rules.pair(asker, answerer)
    blocked = any(
        matching_rules.pair(row.user_id, row.blocked_id) == apart for row in matching.all_blocked(tx)
    )
    return not blocked and all(holds(tx, network, one, Role.MEMBER) for one in (asker, answerer))


# --- when nobody answers


def _look_again(tx: Tx, network: Network, question: NetworkQuestion) -> None:
    """See in a week whether there is an answer, while the asker works."""
    if question.asker:
        payload, asker = {"question": question.number}, [question.asker]
        soon(tx, network, "look_after_network_question", payload, asker, after=tx.now + WEEK)


def look_after(tx: Tx, network: Network, question: NetworkQuestion) -> None:
    """Ask more members once where nobody has answered, and after that tell the moderators and the asker."""
    if question.state not in (QuestionState.OPEN, QuestionState.WIDENED) or question.asker is None:
        return
    if asking.answers(tx, question.number):
        return
    if not holds(tx, network, question.asker, Role.MEMBER):
        _look_again(tx, network, question)  # they may come back, as long as it is kept
        return
    to = letters.to_person(tx, network, question.asker)
    if question.state == QuestionState.OPEN:
        question.state = QuestionState.WIDENED
        asking.keep(tx, question)
        if count := _ask_more(tx, network, question, MOST_ASKED, wider=True):
            _write_under(to, views.widened(to, question, count), question)
            _look_again(tx, network, question)
            return
    _tell_moderators(tx, network, question)
    _write_under(to, views.unanswered(to, question), question)


def _tell_moderators(tx: Tx, network: Network, question: NetworkQuestion) -> None:
    question.state = QuestionState.UNANSWERED
    asking.keep(tx, question)
    asker = members.get(tx, question.asker) if question.asker else None
    for to in letters.to_moderators(tx, network, without=question.asker):
        # In their direct chat they can simply reply.
        letters.write(
            to, views.for_moderators(to, question, asker), about=question.asker, topic=topic(question)
        )


def _write_under(
    to: Context, blocks: Sequence[Block], question: NetworkQuestion, row: AnswerRequest | None = None
) -> None:
    """Tell the asker what came of their question; with an answer, what they can do under it.

    In a thread under the question, if it is in the direct chat of today: anywhere else the homeserver would
    refuse the thread for good.
    """
    here = question.asked_room == rooms.direct_chat(to.tx, to.sender)
    root = question.asked_in if here else None
    letters.write(
        to,
        blocks,
        about=row.user_id if row else None,
        topic=f"{ANSWER}:{row.id}" if row else None,
        reactions=(views.THANKS, views.DONE, views.MEET) if row else (),
        reply_to=root,
        thread=root,
    )


# --- answering


def topic(question: NetworkQuestion) -> str:
    """What messages to who may answer a question are about."""
    return f"{QUESTION}:{question.number}"


def put_to(ctx: Context, number: int) -> bool:
    """Whether the sender may answer the question with this number: they were asked, everyone was, or nobody
    else knows and they moderate."""
    question = asking.question(ctx.tx, number)
    if question is None or question.asker in (None, ctx.sender):
        return False
    row = asking.request_to(ctx.tx, number, ctx.sender)
    asked = row is not None and row.state != RequestState.DROPPED
    moderates = question.state == QuestionState.UNANSWERED and Role.MODERATOR in ctx.roles
    return asked or moderates or (question.readable and question.state != QuestionState.CLOSED)


def waits(ctx: Context, number: int) -> bool | None:
    """Whether a question waits for the sender's answer, or what was asked back; None if it isn't theirs."""
    if not put_to(ctx, number):
        return None
    row = asking.request_to(ctx.tx, number, ctx.sender)
    return row is None or row.answer is None or bool(row.follow_up and row.follow_up_answer is None)


def may_be_kept(ctx: Context, number: int) -> bool | None:
    """Whether the sender has still to say if all may read what they asked or answered; None if it isn't
    theirs to say."""
    question, row = asking.question(ctx.tx, number), asking.request_to(ctx.tx, number, ctx.sender)
    if question and question.asker == ctx.sender:
        return question.shown is None and bool(asking.answers(ctx.tx, number))
    return row.kept is None if question and row and row.answer is not None else None


def answer(ctx: Context, number: int, words: str) -> tuple[NetworkQuestion, AnswerRequest]:
    """Bring the sender's answer to who asked, at once; or what they answer to what was asked back.

    Raises `UserError`.
    """
    question = _question(ctx, number)
    asker = _asker(ctx, question)
    row = asking.request_to(ctx.tx, number, ctx.sender) or AnswerRequest(
        question=number, user_id=ctx.sender, asked_at=ctx.now
    )
    words = fitting(words, LONGEST_ANSWER)
    again = row.answer is not None
    if not again:
        # Who looks for questions to answer by themselves has not been asked for anything.
        told = row.state in (RequestState.TOLD, RequestState.PASSED)
        row.state = RequestState.ANSWERED if told else RequestState.VOLUNTEERED
        row.answer, row.answered_at, row.tokens = words, ctx.now, _tokens(words)
    elif row.follow_up and row.follow_up_answer is None:
        row.follow_up_answer = words
    else:
        raise UserError("asking.answered_already", number=str(number))
    asking.keep(ctx.tx, row)
    to, answerer = letters.to_person(ctx.tx, ctx.network, asker), members.get(ctx.tx, ctx.sender)
    if answerer:
        blocks = views.answer(to, question, row, answerer, words)
        _write_under(to, blocks, question, row)
    return question, row


def pass_on(ctx: Context, number: int) -> bool:
    """Leave a question to others; tells whether somebody else is asked now. Raises `UserError`."""
    question = _question(ctx, number)
    row = asking.request_to(ctx.tx, number, ctx.sender)
    if row is None:
        raise UserError("asking.not_found", number=str(number))
    if row.answer is not None:
        raise UserError("asking.answered_already", number=str(number))
    if row.state == RequestState.PASSED:
        return False
    row.state = RequestState.PASSED
    asking.keep(ctx.tx, row)
    return _ask_another(ctx.tx, ctx.network, question)


def keep_for_all(ctx: Context, number: int, *, yes: bool) -> tuple[NetworkQuestion, bool]:
    """Let the network read one's question, or one's answer to another's, or not.

    The second value tells whether both stand there now. Raises `UserError`.
    """
    question = _question(ctx, number)
    if question.asker == ctx.sender:
        question.shown = yes
        asking.keep(ctx.tx, question)
        stands = any(one.kept for one in asking.answers(ctx.tx, number))
        return question, question.readable and stands
    row = asking.request_to(ctx.tx, number, ctx.sender)
    if row is None or row.answer is None:
        raise UserError("asking.not_found", number=str(number))
    row.kept = yes
    asking.keep(ctx.tx, row)
    return question, yes and question.readable


def _question(ctx: Context, number: int) -> NetworkQuestion:
    question = asking.question(ctx.tx, number)
    if question is None or not (question.asker == ctx.sender or put_to(ctx, number)):
        raise UserError("asking.not_found", number=str(number))
    return question


def _asker(ctx: Context, question: NetworkQuestion) -> str:
    """Who asked, if an answer can still come to them."""
    if question.asker == ctx.sender:
        raise UserError("asking.own_question", number=str(question.number))
    if question.asker is None or not _both_here(ctx.tx, ctx.network, question.asker, ctx.sender):
        raise UserError("asking.gone")  # that they blocked somebody is nobody else's business
    return question.asker


# --- what the asker does with an answer


def answered(ctx: Context, request: int) -> tuple[NetworkQuestion, AnswerRequest]:
    """An answer that the sender was given; raises `UserError`."""
    row = asking.request(ctx.tx, request)
    question = asking.question(ctx.tx, row.question) if row else None
    if row is None or question is None or question.asker != ctx.sender:
        raise UserError("asking.gone")
    return question, row


def thank(ctx: Context, row: AnswerRequest) -> bool:
    """Have someone thanked for an answer, once; whether this is the first time."""
    if row.thanked:
        return False
    row.thanked = True
    asking.keep(ctx.tx, row)
    _bring_soon(ctx.tx, ctx.network, row, "thanks")
    return True


def ask_back(ctx: Context, question: NetworkQuestion, row: AnswerRequest, words: str) -> None:
    """Bring a question on an answer to who gave it, once; raises `UserError`."""
    if row.follow_up:
        raise UserError("asking.asked_back_already", meet=views.MEET)
    if row.user_id is None or not _both_here(ctx.tx, ctx.network, ctx.sender, row.user_id):
        raise UserError("asking.gone")
    row.follow_up = fitting(words, LONGEST_QUESTION)
    asking.keep(ctx.tx, row)
    _bring_soon(ctx.tx, ctx.network, row, FOLLOW_UP)


def close(ctx: Context, number: int) -> NetworkQuestion:
    """Let no more people be asked; raises `UserError`."""
    question = asking.question(ctx.tx, number)
    if question is None or question.asker != ctx.sender:
        raise UserError("asking.not_yours", number=str(number))
    question.state = QuestionState.CLOSED
    asking.keep(ctx.tx, question)
    for row in asking.requests(ctx.tx, number):
        if row.state == RequestState.WAITING:
            row.state = RequestState.DROPPED
            asking.keep(ctx.tx, row)
    return question


# --- what the network may read


def readable(tx: Tx) -> list[tuple[NetworkQuestion, list[AnswerRequest]]]:
    """What was asked and answered and may be read by all, the newest first."""
    return asking.readable_answers(tx, _MOST_READ)


def waiting(ctx: Context) -> list[NetworkQuestion]:
    """Questions of others that wait for their first answer and that everyone may answer, oldest first."""
    return [one for one in asking.without_answer(ctx.tx) if one.asker != ctx.sender]


def search(tx: Tx, words: str) -> list[tuple[NetworkQuestion, list[AnswerRequest]]]:
    """What of it is about these words, in any language, or on the theme that they name; best first."""
    theme = find_theme(words).theme
    wanted = themes().expand(theme.id) if theme else set()
    tokens = set(meaning(words))
    whole = matching_rules.total(tokens)
    valued = []
    for question, answers in readable(tx):
        said = {*question.tokens, *(token for one in answers for token in one.tokens)}
        found = matching_rules.total(tokens & said) / whole if whole else 0.0
        if found >= _ENOUGH or question.theme in wanted:
            valued.append((found + _THEME * (question.theme in wanted), question, answers))
    valued.sort(key=lambda one: (-one[0], -one[1].number))
    return [(question, answers) for _, question, answers in valued]


def _tokens(text: str) -> list[str]:
    """What a text means, read sentence by sentence: of a long one, a search reads only the beginning."""
    return list(dict.fromkeys(token for sentence in _SENTENCES.split(text) for token in meaning(sentence)))


def show(ctx: Context, number: int) -> tuple[NetworkQuestion, list[str]]:
    """One question with what the sender may read of its answers; raises `UserError`."""
    question = asking.question(ctx.tx, number)
    given = asking.answers(ctx.tx, number)
    if question and question.asker == ctx.sender:
        return question, [str(one.answer) for one in given]
    kept = [str(one.answer) for one in given if one.kept]
    if question is None or not question.readable or (given and not kept):
        raise UserError("asking.not_readable", number=str(number), answers=ctx.call("answers"))
    return question, kept


def remove(ctx: Context, number: int) -> NetworkQuestion:
    """Take a question and its answers from what all may read; raises `UserError`."""
    question = asking.question(ctx.tx, number)
    if question is None or not question.readable:
        raise UserError("asking.not_readable", number=str(number), answers=ctx.call("answers"))
    question.removed = True
    asking.keep(ctx.tx, question)
    return question
