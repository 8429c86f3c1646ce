"""A process of its own that draws one round: `python -m bot.draw`, told on its standard input what.

Nothing else imports what drawing needs, so that the memory is gone with the process. It only reads; what it
found goes to whoever started it, on its standard output. It ends when that one is gone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from itertools import combinations
from types import TracebackType

from commands.matching import rules
from commands.matching.rounds import drawing, service
from commands.matching.rounds.outcome import Group, Outcome
from commands.matching.rules import Past, Peer
from storage import rounds
from storage.database import Database

_NICE = 10  # whoever talks to the bot goes first


def main() -> None:
    """Draw what is asked for; what goes wrong is told by its kind and place, never with people's words."""
    answer, sys.stdout = sys.stdout, sys.stderr

    def tell(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
        where = traceback.extract_tb(trace)[-1]
        json.dump({"error": f"{kind.__name__} in {where.name}, line {where.lineno}"}, answer)
        answer.flush()
        os._exit(1)

    sys.excepthook = tell
    os.nice(_NICE)
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    database = Database(asked["database"], workers=1)
    json.dump(outcome(database, asked["round"], asked["hub"]).as_json(), answer)
    answer.flush()
    os._exit(0)  # nothing is left to be tidied up


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing more is said: it ends with whoever holds the other end
    os._exit(1)


def outcome(database: Database, number: int, hub_room: str) -> Outcome:
    """Read who takes part, in one transaction, and draw."""
    with database.read() as tx:
        row = rounds.get(tx, number)
        if row is None:
            raise LookupError(number)
        seed = row.seed
        peers, past, digest = service.everyone(tx, hub_room, row)
    return Outcome(digest, groups(peers, past, seed))


def groups(peers: list[Peer], past: Past, seed: int) -> tuple[Group, ...]:
    """Draw: those who are to meet, and after them those who are left over."""
    found = drawing.draw(peers, past, seed=seed)
    known = {one.user_id: one for one in peers}
    together = (_group([known[user] for user in people], past) for people in found.groups)
    return (*together, *(Group((user,)) for user in found.left))


def _group(people: list[Peer], past: Past) -> Group:
    values = [rules.score(one, other, past) for one, other in combinations(people, 2)]
    sorts = (
        min(
            (rules.reasons(one, other, past.now).sort for other in people if other is not one),
            key=_BEST_FIRST.index,
        )
        for one in people
    )
    return Group(tuple(one.user_id for one in people), sum(values) / len(values), tuple(sorts))


_BEST_FIRST = list(rules.Sort)


if __name__ == "__main__":
    main()
