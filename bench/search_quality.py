"""How well the search finds: nDCG@10 and Recall@10, clean, misspelt and across languages.

    python -m bench.search_quality [--corpus DIR] [--languages en,de,es] [--database URL] [--missed]

DIR holds one file a language (`en.json`, …) in the form of SQuAD, each with the same paragraphs in the same
order. A paragraph is a document; a question asks for the paragraph that it stands under. After it come the
sixty practices with the queries of `bench/judged`, which this project wrote and judged itself.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from config.data import read_json
from storage import search
from storage.database import Database

_DEPTH = 10
_TEXTS = ("summary", "challenge", "solution", "evidence", "lessons", "transfer", "resources")
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "data" / "xquad"
_JUDGED = Path(__file__).parent / "judged" / "practices.json"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

Question = tuple[str, int]
Grades = Mapping[int, int]  # number of a document -> how well it answers; 0 is left out


class Quality(NamedTuple):
    """Means over some queries, in percent."""

    ndcg: float
    recall: float

    def __str__(self) -> str:
        return f"{self.ndcg:.1f} / {self.recall:.1f}"


@dataclass(frozen=True)
class Judged:
    """A query and the practices that answer it: 2 what was looked for, 1 of use; `held_out` from tuning."""

    language: str
    text: str
    grades: Grades
    held_out: bool


def measure(found: Sequence[int], grades: Grades) -> Quality:
    """How well a ranking answers one query."""
    best = sorted(grades.values(), reverse=True)
    gained = _gain(grades.get(number, 0) for number in found[:_DEPTH])
    held = len(grades.keys() & set(found[:_DEPTH]))
    return Quality(100 * gained / _gain(best[:_DEPTH]), 100 * held / min(_DEPTH, len(grades)))


def average(measured: Iterable[Quality]) -> Quality:
    """The means."""
    known = list(measured)
    return Quality(mean(each.ndcg for each in known), mean(each.recall for each in known))


def _gain(grades: Iterable[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def read_corpus(file: Path) -> tuple[list[str], list[Question]]:
    """The paragraphs of a file, and its questions with the number of the paragraph each asks for."""
    paragraphs: list[str] = []
    questions: list[Question] = []
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            paragraphs.append(paragraph["context"])
            questions += [(entry["question"], len(paragraphs)) for entry in paragraph["qas"]]
    return paragraphs, questions


def misspell(question: str, chance: random.Random) -> str:
    """The question with one slip in its longest word: a letter lost, doubled, changed or swapped."""
    words = question.split(" ")
    place = max(range(len(words)), key=lambda at: sum(map(str.isalpha, words[at])))
    word = words[place]
    inner = [at for at in range(1, len(word) - 1) if word[at].isalpha() and word[at - 1].isalpha()]
    if len(inner) < 2:
        return question
    at = chance.choice(inner)
    words[place] = chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + chance.choice(_LETTERS) + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        )
    )
    return " ".join(words)


def read_practices() -> list[search.Document]:
    """The sixty practices, numbered from 1 in the order of their file."""
    return [
        search.Document(
            number=number,
            language=record["language"],
            title=record["title"],
            fields={name: record[name] for name in _TEXTS if record.get(name)},
            city=record["city"],
            country=record["country"],
            themes=tuple(record["themes"]),
        )
        for number, record in enumerate(read_json("practices.json")["practices"], 1)
    ]


def read_judged() -> list[Judged]:
    """The queries of `bench/judged`."""
    records = read_json("practices.json")["practices"]
    numbers = {record["id"]: number for number, record in enumerate(records, 1)}
    return [
        Judged(
            query["language"],
            query["text"],
            {numbers[name]: grade for name, grade in need["relevant"].items()},
            need["held_out"],
        )
        for need in json.loads(_JUDGED.read_text(encoding="utf-8"))["needs"]
        for query in need["queries"]
    ]


class Outcome(NamedTuple):
    """What came of one judged query: as a whole, for the practices in each language by themselves, and for
    those in all `others` than its own."""

    query: Judged
    found: list[int]
    whole: Quality
    by_language: dict[str, Quality]


def ask_judged(database: Database) -> list[Outcome]:
    """Ask a library of the sixty practices all judged queries.

    Practices in other languages than the one that is looked at are neither right nor wrong for nDCG and take
    no place in its ranking; for recall the first ten of all count.
    """
    languages = {each.number: each.language for each in read_practices()}
    outcomes = []
    for query in read_judged():
        found = _ask(database, query.text, limit=len(languages))
        wanted: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for number, grade in query.grades.items():
            wanted[languages[number]][number] = grade
            if languages[number] != query.language:
                wanted["others"][number] = grade
        by_language = {}
        for language, grades in wanted.items():
            counted = [number for number in found if number in grades or number not in query.grades]
            by_language[language] = Quality(measure(counted, grades).ndcg, measure(found, grades).recall)
        outcomes.append(Outcome(query, found[:_DEPTH], measure(found, query.grades), by_language))
    return outcomes


def ask_corpus(database: Database, questions: Iterable[Question]) -> Quality:
    """The means over all questions."""
    return average(measure(_ask(database, text), {wanted: 1}) for text, wanted in questions)


def _ask(database: Database, text: str, limit: int = _DEPTH) -> list[int]:
    with database.read() as tx:
        return [hit.number for hit in search.find(tx, search.Query(text), limit=limit).hits]


def fill(database: Database, documents: Sequence[search.Document]) -> None:
    """Make these the whole library."""
    with database.write() as tx:
        search.rebuild(tx, lambda: documents)


@contextlib.contextmanager
def library(url: str | None = None) -> Iterator[Database]:
    """An empty database with an index, at this URL or in a temporary file."""
    with tempfile.TemporaryDirectory() as directory:
        database = Database(url or f"sqlite:///{directory}/search.db")
        with database.engine.connect().execution_options(writes=True) as connection:
            search.create(connection)
            connection.commit()
        yield database
        database.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="nDCG@10 and Recall@10 of the search, in percent")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="directory with en.json, de.json, …")
    parser.add_argument("--database", help="an empty database to use; SQLite in a temporary file by default")
    parser.add_argument("--languages", default="en,de,es", help="which files of the corpus to use")
    parser.add_argument("--missed", action="store_true", help="name what was tuned for and not found")
    options = parser.parse_args()
    with library(options.database) as database:
        _print_corpus(database, options.corpus, options.languages.split(","))
        fill(database, read_practices())
        _print_judged(ask_judged(database), missed=options.missed)


def _print_corpus(database: Database, directory: Path, languages: Sequence[str]) -> None:
    if not directory.is_dir():
        print(f"no corpus in {directory}: see --corpus")
        return
    corpora = {language: read_corpus(directory / f"{language}.json") for language in languages}
    for language, (paragraphs, questions) in corpora.items():
        fill(
            database,
            [
                search.Document(number, language, "", {"text": text})
                for number, text in enumerate(paragraphs, 1)
            ],
        )
        chance = random.Random(20)
        misspelt = [(misspell(text, chance), wanted) for text, wanted in questions]
        asked = {
            f"{language}→{language}": questions,
            "with a typo": misspelt,
            **{f"{other}→{language}": corpora[other][1] for other in languages if other != language},
        }
        print(
            f"{language}: {len(paragraphs)} paragraphs, {len(questions)} questions, nDCG@10 / Recall@10: "
            + ", ".join(f"{name} {ask_corpus(database, of)}" for name, of in asked.items()),
            flush=True,
        )


def _print_judged(outcomes: list[Outcome], *, missed: bool) -> None:
    parts: dict[str, Callable[[Outcome], bool]] = {
        "all": lambda _: True,
        "tuned": lambda outcome: not outcome.query.held_out,
        "held out": lambda outcome: outcome.query.held_out,
    }
    print("the sixty practices, queries judged by this project, nDCG@10 / Recall@10:")
    for name, belongs in parts.items():
        chosen = list(filter(belongs, outcomes))
        across = [each.by_language["others"] for each in chosen if "others" in each.by_language]
        within = [
            outcome.by_language[outcome.query.language]
            for outcome in chosen
            if outcome.query.language in outcome.by_language
        ]
        print(
            f"  {name}: {len(chosen)} queries {average(outcome.whole for outcome in chosen)};"
            f" within a language ({len(within)}) {average(within)};"
            f" across languages ({len(across)}) {average(across)}"
        )
    pairs: defaultdict[str, list[Quality]] = defaultdict(list)
    for outcome in outcomes:
        for language, quality in outcome.by_language.items():
            pairs[f"{outcome.query.language}→{language}"].append(quality)
    for pair, measured in sorted(pairs.items()):
        if not pair.endswith("others"):
            print(f"  {pair} ({len(measured)}) {average(measured)}")
    for outcome in outcomes:
        lost = sorted(outcome.query.grades.keys() - set(outcome.found))
        if missed and lost and not outcome.query.held_out:
            print(f"  missed: {outcome.query.language} {outcome.query.text}: {lost} in {outcome.found}")


if __name__ == "__main__":
    main()
