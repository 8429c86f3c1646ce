"""What answering, looking at a result, comparing it and answering together mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commands.assessment import rules
from commands.assessment.rules import Climb
from commands.core.context import Network, Role, holds
from config.maturity import UNKNOWN, Model, Process, bundled, read_model
from config.words import fold
from storage import assessment as stored
from storage import members
from storage.assessment import Assessment, AssessmentTeam
from storage.database import Tx
from storage.members import Member

CITIES = ("city", "region", "municipality")  # the kinds of members whose results are compared
ONE_DAY = timedelta(days=1)
SECONDS_A_QUESTION = 50  # the model's own "half an hour" for its 34 basic questions


# --- the model


def current(tx: Tx) -> Model:
    """The model whose questions are asked of who begins now."""
    loaded = stored.loaded_model(tx)
    return _read(loaded.document) if loaded else model_of(tx, bundled()[0].key)


def model_of(tx: Tx, key: str) -> Model:
    """The model of this key, as it was when it was first used."""
    kept = stored.model(tx, key)
    return _read(kept.document) if kept else bundled()[0]


def _read(document: Any) -> Model:
    model, own = bundled()
    return model if document == own else read_model(document)  # to read takes longer than to compare


def keep_model(tx: Tx, model: Model) -> None:
    """Keep the model that comes with the program, so that results stay with it when it changes."""
    if stored.model(tx, model.key) is None:
        stored.keep_model(tx, model.key, bundled()[1], loaded=False)


def counting(tx: Tx, rows: Iterable[Assessment], model: Model) -> list[Assessment]:
    """Those results that count under a model: its own, and those of its other versions in processes whose
    questions are the same to the letter."""
    rows = list(rows)
    models = {key: model_of(tx, key) for key in {row.model for row in rows} - {model.key}}
    return [
        row for row in rows if row.model == model.key or _asks_the_same(models[row.model], model, row.process)
    ]


def _asks_the_same(one: Model, other: Model, process_id: str) -> bool:
    old, new = one.process(process_id), other.process(process_id)
    if one.id != other.id or old is None or new is None:
        return False
    return [(q.id, q.attribute, q.text) for q in old.questions] == [
        (q.id, q.attribute, q.text) for q in new.questions
    ]


class OtherContent(Exception):
    """There is another model with the same id and version."""


def load_model(tx: Tx, document: Any) -> Model:
    """Take a model for all who begin from now on.

    Raises `ModelUnsound`, and `OtherContent` where the same version is known with other content.
    """
    model = read_model(document)
    known = stored.model(tx, model.key)
    before = known.document if known else bundled()[1] if model.key == bundled()[0].key else document
    if before != document:
        raise OtherContent
    stored.keep_model(tx, model.key, document, loaded=True)
    return model


# --- answering


def minutes(questions: int) -> int:
    """About how many minutes so many questions take."""
    return -(-questions * SECONDS_A_QUESTION // 60)


def field_name(process: Process, question_id: str) -> str:
    """What a question is called among those of all processes."""
    return f"{process.id}/{question_id}"


def answers_on(process: Process, answers: Mapping[str, Any]) -> dict[str, str]:
    """The answers on one process, by the question's id."""
    begin = f"{process.id}/"
    return {name.removeprefix(begin): said for name, said in answers.items() if name.startswith(begin)}


def unfinished(tx: Tx, user_id: str, model: Model) -> dict[str, str]:
    """What somebody has begun to answer and not finished, by the names of `field_name`."""
    newest = {row.process: row for row in counting(tx, stored.of(tx, user_id), model)}
    return {
        field_name(process, question): said
        for process in model.processes
        if (row := newest.get(process.id)) and row.finished_at is None
        for question, said in row.answers.items()
    }


def keep_answers(
    tx: Tx,
    user_id: str,
    model: Model,
    processes: Iterable[Process],
    answers: Mapping[str, Any],
    since: datetime,
) -> None:
    """Keep what somebody answered in a dialog that began at `since`; only what the rules ask for."""
    rows = stored.of(tx, user_id)
    for process in processes:
        given = answers_on(process, answers)
        climbed = rules.climb(process, given)
        said = {question.id: given[question.id] for question in climbed.asked if question.id in given}
        mine = [row for row in rows if (row.model, row.process) == (model.key, process.id)]
        row = mine[-1] if mine else None
        if row and row.finished_at and row.changed_at <= since:
            row = None  # the result of an earlier time stays as it is
        if not said or (row and row.answers == said):
            continue
        keep_model(tx, model)
        row = row or Assessment(
            user_id=user_id, model=model.key, process=process.id, begun_at=tx.now, changed_at=tx.now
        )
        row.answers = said
        row.finished_at = tx.now if climbed.finished else None
        stored.keep(tx, row)


def reopen(tx: Tx, user_id: str) -> str | None:
    """Take back the last answer of the process that somebody finished last, within a day; returns which."""
    rows = [row for row in stored.of(tx, user_id) if row.finished_at and tx.now - row.finished_at < ONE_DAY]
    row = max(rows, key=lambda row: (row.finished_at, row.id), default=None)
    process = model_of(tx, row.model).process(row.process) if row else None
    if row is None or process is None:
        return None
    last = rules.climb(process, row.answers).asked[-1].id
    row.answers = {question: said for question, said in row.answers.items() if question != last}
    row.finished_at = None
    stored.keep(tx, row)
    return process.id


# --- results


@dataclass(frozen=True)
class Result:
    """How far one process has come; `at` is when it was answered, None if it was not."""

    process: Process
    climb: Climb
    at: datetime | None = None
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether anything was answered."""
        return self.at is not None


@dataclass(frozen=True)
class Profile:
    """The results of all processes of a model, in its order."""

    model: Model
    results: tuple[Result, ...]

    @property
    def known(self) -> list[Result]:
        """Those about which something was answered."""
        return [result for result in self.results if result.known]

    def result(self, process_id: str) -> Result:
        """That of one process."""
        return next(result for result in self.results if result.process.id == process_id)


def profile(tx: Tx, user_id: str, *, at: datetime | None = None, key: str | None = None) -> Profile | None:
    """Somebody's profile, now or as it was at a moment, in the model of `key` or of their last answers.

    Of each process the last result that is finished, or else what was answered of it. None if there is none.
    """
    rows = [row for row in stored.of(tx, user_id) if at is None or row.begun_at <= at]
    if not rows:
        return None
    model = model_of(tx, key or max(rows, key=lambda row: row.changed_at).model)
    rows = counting(tx, rows, model)
    if not rows:
        return None
    return Profile(model, tuple(_result(process, rows, at) for process in model.processes))


def _result(process: Process, rows: list[Assessment], at: datetime | None) -> Result:
    mine = [row for row in rows if row.process == process.id]
    finished = [row for row in mine if row.finished_at and (at is None or row.finished_at <= at)]
    if not (finished or mine):
        return Result(process, rules.climb(process, {}))
    row = (finished or mine)[-1]
    at_last = row.finished_at or row.changed_at
    return Result(process, rules.climb(process, row.answers), at_last, row.answers)


def before_repeats(tx: Tx, user_id: str, model: Model) -> datetime | None:
    """When somebody had finished what they did before they first repeated a process; None if they did not."""
    seen: set[str] = set()
    last: datetime | None = None
    rows = [row for row in counting(tx, stored.of(tx, user_id), model) if row.finished_at]
    for row in sorted(rows, key=lambda row: (row.finished_at, row.id)):
        if row.process in seen:
            return last
        seen.add(row.process)
        last = row.finished_at
    return None


def earlier_models(tx: Tx, user_id: str, model: Model) -> list[str]:
    """The other models in which somebody has results that do not count under this one, the newest last."""
    rows = stored.of(tx, user_id)
    here = {row.id for row in counting(tx, rows, model)}
    return list(dict.fromkeys(row.model for row in rows if row.id not in here))


def delete(tx: Tx, user_id: str, process_id: str | None = None) -> None:
    """Delete what somebody answered, on one process or at all; with all goes what hangs on it."""
    stored.forget_answers(tx, user_id, process_id)
    if process_id is None:
        stored.forget_consent(tx, user_id)
        stored.forget_team(tx, user_id)
        stored.forget_goals(tx, user_id)


# --- comparing


@dataclass(frozen=True)
class Compared:
    """One's own level beside the quartiles of the other cities that count; None where they are too few."""

    process: Process
    own: int
    quartiles: tuple[float, float, float] | None
    cities: int


def city_of(member: Member) -> str:
    """The city that a member is from, in the way that cities are compared."""
    return f"{member.country} {fold(member.city)}"


def week_of(tx: Tx, network: Network) -> datetime:
    """The moment at which the week began, on the network's Monday."""
    today = tx.now.astimezone(ZoneInfo(network.timezone)).date()
    monday = today - timedelta(days=today.weekday())
    return datetime.combine(monday, time(), ZoneInfo(network.timezone)).astimezone(UTC)


def compare(tx: Tx, network: Network, member: Member, own: Profile) -> list[Compared]:
    """A member's finished results beside those of the other cities that agreed to count, process by process.

    A city counts once, with what somebody there finished last; below five others there is nothing to see.
    One's own is not among them: who answers anew could tell the others' levels from how the figures move.
    For the same reason what is new counts from the next Monday on, together: who asks before and after
    somebody joins sees the same. What is taken back or deleted is gone at once.
    """
    monday = week_of(tx, network)
    cities = {
        one: city_of(other)
        for one in stored.consenting(tx, monday)
        if (other := members.get(tx, one))
        and other.kind in CITIES
        and city_of(other) != city_of(member)
        and holds(tx, network, one, Role.MEMBER)
    }
    levels: dict[str, dict[str, int]] = {}
    for row in counting(
        tx, stored.finished_of(tx, list(cities), monday), own.model
    ):  # the last one of a city stays
        process = own.model.process(row.process)
        if process:
            levels.setdefault(process.id, {})[cities[row.user_id]] = rules.climb(process, row.answers).level
    compared = []
    for result in own.known:
        theirs = list(levels.get(result.process.id, {}).values())
        enough = len(theirs) >= rules.ENOUGH_CITIES and result.climb.finished
        quartiles = rules.quartiles(theirs) if enough else None
        compared.append(Compared(result.process, result.climb.level, quartiles, len(theirs)))
    return compared


# --- answering together


@dataclass(frozen=True)
class Difference:
    """A question that people of one city answered differently: how many gave which rating."""

    process: Process
    question: str
    given: Mapping[str, int]

    @property
    def spread(self) -> int:
        """How far the answers are apart: 1 to 3."""
        places = [rules.RATINGS.index(rating) for rating in self.given]
        return max(places) - min(places)


@dataclass(frozen=True)
class Joint:
    """What the people of a city answered together, and where they differ, the widest first."""

    profile: Profile
    differences: tuple[Difference, ...]
    people: int


def still_there(tx: Tx, network: Network, row: AssessmentTeam) -> bool:
    """Whether somebody is in the network, and from the city for which they answer."""
    member = members.get(tx, row.user_id)
    return member is not None and city_of(member) == row.city and holds(tx, network, row.user_id, Role.MEMBER)


def team_of(tx: Tx, network: Network, member: Member) -> list[str]:
    """Who answers for a member's city together, themselves among them; empty if they are not let in yet."""
    city = city_of(member)
    team = [row.user_id for row in stored.team(tx, city) if row.joined and still_there(tx, network, row)]
    return team if member.user_id in team else []


def joint(tx: Tx, network: Network, member: Member) -> Joint | None:
    """The joint result of a member's city, of what two or more have finished; None if there is nothing."""
    team = team_of(tx, network, member)
    rows = [row for one in team for row in stored.of(tx, one) if row.finished_at]
    if not rows:
        return None
    model = model_of(tx, max(rows, key=lambda row: row.changed_at).model)
    rows = counting(tx, rows, model)
    results, differences = [], []
    people: set[str] = set()
    for process in model.processes:
        mine = [row for row in rows if row.process == process.id]
        last = {row.user_id: row for row in mine}  # of each the newest
        if len(last) < 2:
            results.append(Result(process, rules.climb(process, {})))
            continue
        people |= set(last)
        pooled: dict[str, list[str]] = {}
        for row in last.values():
            for question, said in row.answers.items():
                pooled.setdefault(question, []).append(said)
        at = max(row.changed_at for row in last.values())
        results.append(Result(process, rules.climb(process, pooled), at))
        differences += _differences(process, pooled)
    differences.sort(key=lambda one: -one.spread)
    return Joint(Profile(model, tuple(results)), tuple(differences), len(people)) if people else None


def _differences(process: Process, pooled: Mapping[str, list[str]]) -> list[Difference]:
    found = []
    for question in process.questions:
        said = [one for one in pooled.get(question.id, []) if one != UNKNOWN]
        given = {rating: said.count(rating) for rating in rules.RATINGS if rating in said}
        if len(given) > 1:
            found.append(Difference(process, question.id, given))
    return found
