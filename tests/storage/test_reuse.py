"""What becomes of practices, in both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from storage import practices, reuse
from storage.database import Database, Tx
from storage.practices import Practice
from storage.reuse import Adoption, Question, QuestionState, Thanks

ADA, BEN = "@ada:x", "@ben:x"


def practice(tx: Tx, author: str | None = ADA) -> int:
    added = Practice(
        author=author,
        language="en",
        title="Shade",
        summary="Trees on every square.",
        challenge="Heat.",
        solution="Trees.",
        evidence="Not measured yet.",
        lessons="Water them.",
        transfer="Trees and water.",
        city="Ghent",
        country="BE",
        created_at=tx.now,
        updated_at=tx.now,
    )
    return practices.add(tx, added).number


def adoption(tx: Tx, number: int, city: str = "Lyon", user_id: str = BEN) -> Adoption:
    return Adoption(
        practice=number,
        user_id=user_id,
        city=city,
        country="FR",
        place=city.lower(),
        created_at=tx.now,
        updated_at=tx.now,
    )


def test_one_adoption_for_a_city(database: Database) -> None:
    """The database itself sees to it; a city is known however it is written."""
    with database.write("first") as tx:
        number = practice(tx)
        reuse.keep(tx, adoption(tx, number))
        assert reuse.adoption_by(tx, number, "  LYON", "FR")
        assert reuse.adoption_by(tx, number, "Lyon", "BE") is None
    with pytest.raises(IntegrityError), database.write("second") as tx:
        reuse.keep(tx, adoption(tx, number, user_id=ADA))


def test_everything_goes_with_its_practice(database: Database) -> None:
    with database.write("first") as tx:
        number = practice(tx)
        reuse.keep(tx, adoption(tx, number))
        reuse.keep(tx, Thanks(practice=number, user_id=BEN, at=tx.now))
        reuse.keep(tx, Question(practice=number, asker=BEN, answerer=ADA, text="Why?", asked_at=tx.now))
    with database.write("second") as tx:
        found = practices.get(tx, number)
        assert found
        practices.remove(tx, found)
        assert reuse.adoptions_of(tx, BEN) == []
        assert reuse.thanks_of(tx, BEN) == []
        assert reuse.questions_of(tx, BEN) == []


@pytest.mark.parametrize("outright", [False, True])
def test_forgetting_who_adopted(database: Database, outright: bool) -> None:
    with database.write("first") as tx:
        number = practice(tx)
        reuse.keep(tx, adoption(tx, number))
        reuse.keep(tx, adoption(tx, number, "Graz", ADA))
        reuse.forget_adoptions(tx, BEN, outright=outright)
        left = [(one.city, one.user_id) for one in reuse.adoptions(tx, number)]
        assert left == ([("Graz", ADA)] if outright else [("Lyon", None), ("Graz", ADA)])


def test_thanks_are_told_once(database: Database) -> None:
    with database.write("first") as tx:
        number = practice(tx)
        assert reuse.thanks_told_at(tx, number) is None
        reuse.keep(tx, Thanks(practice=number, user_id=BEN, at=tx.now))
        reuse.keep(tx, Thanks(practice=number, user_id=ADA, at=tx.now + timedelta(seconds=1)))
        assert [one.user_id for one in reuse.tell_thanks(tx, number)] == [BEN, ADA]
        assert reuse.tell_thanks(tx, number) == []
        assert reuse.thanks_told_at(tx, number) == tx.now
        assert reuse.count_thanks(tx, number) == 2
        reuse.forget_thanks(tx, BEN)
        assert reuse.count_thanks(tx, number) == 1


def test_forgetting_who_asked_or_answered(database: Database) -> None:
    """What stands stays without the name; an open question stays its asker's; all else goes."""
    with database.write("first") as tx:
        number = practice(tx)
        for text, answer, agree in (("stands", "So.", True), ("answered", "So.", None), ("open", None, None)):
            reuse.keep(
                tx,
                Question(
                    practice=number,
                    asker=BEN,
                    answerer=ADA,
                    text=text,
                    answer=answer,
                    state=QuestionState.ANSWERED if answer else QuestionState.OPEN,
                    asker_agrees=agree,
                    answerer_agrees=agree,
                    asked_at=tx.now,
                ),
            )
        assert reuse.count_open_questions(tx, BEN) == 1
        reuse.forget_questions(tx, ADA, outright=False)
        left = [(one.text, one.answer, one.answerer) for one in reuse.questions(tx, number)]
        assert left == [("stands", "So.", None), ("answered", None, None), ("open", None, None)]
        reuse.forget_questions(tx, BEN, outright=False)
        assert [(one.text, one.asker) for one in reuse.questions(tx, number)] == [("stands", None)]
