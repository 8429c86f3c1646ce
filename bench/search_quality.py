"""How well the search finds: nDCG@10 on paragraphs and questions, clean, misspelt and across languages.

    python -m bench.search_quality --corpus DIR [--database URL] [--languages en,de]

DIR holds one file a language (`en.json`, …) in the form of SQuAD, each with the same paragraphs in the same
order. A paragraph is a document; a question asks for the paragraph that it stands under.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from storage import search
from storage.database import Database

_DEPTH = 10
Question = tuple[str, int]


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
    """The question with one slip in one of its longer words: a letter lost, doubled, changed or swapped."""
    words = question.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 5]
    if not long:
        return question
    place = chance.choice(long)
    word = words[place]
    at = chance.randrange(1, len(word) - 1)
    words[place] = chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        )
    )
    return " ".join(words)


def quality(database: Database, questions: Iterable[Question]) -> tuple[float, list[float]]:
    """The mean nDCG@10 in percent, and the milliseconds that each search took."""
    gains: list[float] = []
    times: list[float] = []
    for question, wanted in questions:
        with database.read() as tx:
            start = time.perf_counter()
            found = search.find(tx, search.Query(question), limit=_DEPTH)
            times.append((time.perf_counter() - start) * 1000)
        numbers = [hit.number for hit in found.hits]
        gains.append(1 / math.log2(numbers.index(wanted) + 2) if wanted in numbers else 0.0)
    return 100 * statistics.mean(gains), times


def fill(database: Database, paragraphs: Sequence[str], language: str) -> float:
    """Put all paragraphs into the index; returns the milliseconds that one took."""
    with database.write() as tx:
        search.rebuild(tx, [])
        start = time.perf_counter()
        for number, text in enumerate(paragraphs, 1):
            search.put(tx, search.Document(number, language, "", {"text": text}))
        return (time.perf_counter() - start) * 1000 / len(paragraphs)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="nDCG@10 of the search")
    parser.add_argument("--corpus", type=Path, required=True, help="directory with en.json, de.json, …")
    parser.add_argument("--database", help="an empty database to use; SQLite in a temporary file by default")
    parser.add_argument("--languages", default="en,de,es", help="which files to use")
    options = parser.parse_args()
    languages = options.languages.split(",")
    corpora = {language: read_corpus(options.corpus / f"{language}.json") for language in languages}
    with tempfile.TemporaryDirectory() as directory:
        database = Database(options.database or f"sqlite:///{directory}/search.db")
        with database.engine.connect().execution_options(writes=True) as connection:
            search.create(connection)
            connection.commit()
        for language, (paragraphs, questions) in corpora.items():
            put = fill(database, paragraphs, language)
            clean, times = quality(database, questions)
            chance = random.Random(20)
            typo, _ = quality(database, [(misspell(text, chance), wanted) for text, wanted in questions])
            across = {
                other: quality(database, corpora[other][1])[0] for other in languages if other != language
            }
            times.sort()
            print(
                f"{language}: {len(paragraphs)} paragraphs, {len(questions)} questions · "
                f"nDCG@10 {clean:.1f}, with a typo {typo:.1f}, "
                + ", ".join(f"asked in {other} {value:.1f}" for other, value in across.items())
                + f" · put {put:.2f} ms, find p50 {times[len(times) // 2]:.2f} ms, "
                f"p99 {times[len(times) * 99 // 100]:.2f} ms"
            )
        database.close()


if __name__ == "__main__":
    main()
