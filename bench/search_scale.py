"""How the search holds up with many practices: building the index, finding, adding one, memory and disk.

    python -m bench.search_scale [--documents 1000,100000] [--words 90] [--postgresql] [--corpus DIR]

The documents are made up: sentences of the sixty practices and of the corpus of `bench.search_quality`, in
four languages, in which one word in twelve is replaced by another, half of them names that hardly any other
document holds. Each size is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import json
import multiprocessing
import os
import random
import re
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.figures import machine, percentile
from bench.postgresql import new_server
from bench.scenes import searches
from bench.search_quality import CORPUS, misspell, read_practices
from config.themes import themes
from storage import search
from storage.database import Database

_REPLACED = 0.08  # part of the words
_NAMES = 2_000_000
#: The least number of words of a document.
WORDS = 90
_LANGUAGES = {"en": 50, "de": 25, "es": 15, "fr": 10}
_SYLLABLES = [first + vowel for first in "bcdfghjklmnprstvwz" for vowel in ("a", "e", "i", "o", "u", "ei")]
_QUERIES = 1_000
_FACET = re.compile(r"(theme|country|language):(\S+)")


class Writer:
    """Writes documents like practices; the same ones every time."""

    def __init__(self, corpus: Path, words: int) -> None:
        self._words = words
        self._sentences: dict[str, list[list[str]]] = {}
        for language in _LANGUAGES:
            texts = [
                text
                for each in read_practices()
                if each.language == language
                for text in (each.title, *each.fields.values())
            ]
            file = corpus / f"{language}.json"
            if file.exists():
                articles = json.loads(file.read_text(encoding="utf-8"))["data"]
                texts += [paragraph["context"] for each in articles for paragraph in each["paragraphs"]]
            self._sentences[language] = [
                sentence.split() for text in texts for sentence in re.split(r"(?<=[.!?])\s+", text)
            ]
        self._vocabulary = {
            language: sorted({word for sentence in known for word in sentence})
            for language, known in self._sentences.items()
        }
        self._themes = [theme.id for theme in themes()]
        self._countries = sorted({each.country for each in read_practices()})

    def documents(self, count: int) -> Iterator[search.Document]:
        """So many documents, numbered from 1."""
        for number in range(1, count + 1):
            yield self.document(number)

    def document(self, number: int) -> search.Document:
        """The document of this number."""
        chance = random.Random(number)
        language = chance.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
        city = _name(chance.randrange(20_000))
        summary = self._text(language, 25, chance)
        return search.Document(
            number=number,
            language=language,
            title=f"{city}: {' '.join(self._text(language, 8, chance)[:10])}",
            fields={
                "summary": " ".join(summary),
                "solution": " ".join(self._text(language, max(0, self._words - 35), chance)),
            },
            city=city,
            country=chance.choice(self._countries),
            themes=tuple(chance.sample(self._themes, chance.randint(1, 3))),
            facets={"year": (chance.randint(1990, 2026),), "sdg": (chance.randint(1, 17),)},
        )

    def _text(self, language: str, least: int, chance: random.Random) -> list[str]:
        words: list[str] = []
        while len(words) < least:
            words += chance.choice(self._sentences[language])
        for place in range(len(words)):
            if chance.random() < _REPLACED:
                known = self._vocabulary[language]
                words[place] = (
                    chance.choice(known)
                    if chance.random() < 0.5
                    else _name(int(_NAMES * chance.random() ** 4))
                )
        return words

    def queries(self, documents: int) -> list[search.Query]:
        """What people look for: topics, topics in a city, and words that some document holds, some with a
        slip."""
        chance = random.Random(7)
        topics = searches()
        topics = topics[: len(topics) // 20]
        found = []
        for number in range(_QUERIES):
            kind = number % 3
            if kind == 2:
                one = self.document(chance.randint(1, documents))
                words = " ".join(chance.sample(one.fields["summary"].split(), 3))
                found.append(search.Query(misspell(words, chance) if chance.random() < 0.3 else words))
                continue
            topic = chance.choice(topics)
            facets = dict(_FACET.findall(topic))
            text = " ".join(_FACET.sub("", topic).split())
            if kind == 1:
                text += f" {_name(chance.randrange(20_000))}"
            found.append(
                search.Query(
                    text,
                    themes=_only(facets.get("theme")),
                    countries=_only(facets.get("country")),
                    languages=_only(facets.get("language")),
                )
            )
        return found


def _only(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _name(number: int) -> str:
    """A made-up name for each number."""
    parts = []
    while True:
        number, part = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[part])
        if number == 0 and len(parts) > 1:
            return "".join(parts).capitalize()


@dataclass(frozen=True)
class Job:
    """One measurement."""

    documents: int
    words: int
    corpus: Path
    url: str | None


def measure(job: Job) -> None:
    """Build an index, search it, change it; print what that took."""
    writer = Writer(job.corpus, job.words)
    search.prepare()
    gc.collect()
    gc.freeze()  # as the running bot does
    sample = list(itertools.islice(writer.documents(job.documents), 200))
    length = sum(len(" ".join((each.title, *each.fields.values())).split()) for each in sample) / len(sample)
    start = time.perf_counter()
    for _ in writer.documents(min(job.documents, 2_000)):
        pass
    # The documents are gone through twice.
    writing = 2 * (time.perf_counter() - start) / min(job.documents, 2_000) * job.documents
    before = _resident()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(job.url or f"sqlite:///{folder}/search.db")
        with database.engine.connect().execution_options(writes=True) as connection:
            search.create(connection)
            connection.commit()
        start, working = time.perf_counter(), time.process_time()
        with database.write() as tx:
            search.rebuild(tx, lambda: writer.documents(job.documents))
        built = time.perf_counter() - start
        worked = time.process_time() - working - writing
        read = resource.getrusage(resource.RUSAGE_CHILDREN)
        reading = read.ru_utime + read.ru_stime
        after_build = _peak()
        first = _find(database, search.Query("cycle paths"))
        queries = writer.queries(job.documents)
        for query in queries[::20]:
            _find(database, query)
        found = [_find(database, query) for query in queries]
        times, work = [each.took for each in found], [each.worked for each in found]
        puts = [_put(database, writer.document(job.documents + number)) for number in range(1, 21)]
        after_put = _find(database, search.Query("cycle paths"))
        rate = job.documents / (built - writing)
        print(
            f"{database.engine.dialect.name}, {job.documents:,} documents of {length:.0f} words\n"
            f"  built in {built:.0f} s, {rate:,.0f} a second without the {writing:.0f} s of writing them;"
            f" CPU {worked / job.documents * 1e3:.2f} ms each, and {reading / job.documents * 1e3:.2f} ms in"
            " the processes that read\n"
            f"  find p50 {_ms(times, 50)}, p99 {_ms(times, 99)}, at most {_ms(times, 100)};"
            f" CPU of this process p50 {_ms(work, 50)}, p99 {_ms(work, 99)};"
            f" the first {first.took * 1e3:.0f} ms\n"
            f"  put {_ms(puts, 50)}, at most {_ms(puts, 100)}, find after it {after_put.took * 1e3:.0f} ms\n"
            f"  memory {before:.0f} MB before, {after_build:.0f} MB at most while building,"
            f" {_peak():.0f} MB at most; disk {_disk(database, Path(folder)):.0f} MB",
            flush=True,
        )
        database.close()


class Took(NamedTuple):
    """Seconds on the clock, and of this process's CPU."""

    took: float
    worked: float


def _find(database: Database, query: search.Query) -> Took:
    with database.read() as tx:
        start, working = time.perf_counter(), time.process_time()
        search.find(tx, query, limit=15, prefer_language="en")
        return Took(time.perf_counter() - start, time.process_time() - working)


def _ms(seconds: Sequence[float], percent: float) -> str:
    return f"{percentile(seconds, percent) * 1e3:.1f} ms"


def _put(database: Database, document: search.Document) -> float:
    start = time.perf_counter()
    with database.write() as tx:
        search.put(tx, document)
    return time.perf_counter() - start


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _disk(database: Database, folder: Path) -> float:
    if database.engine.dialect.name == "sqlite":
        return sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    with database.engine.connect() as connection:
        return (
            float(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
            / 1e6
        )


def main() -> None:
    """Measure each size and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", default="1000,100000", help="the sizes, with commas")
    parser.add_argument("--words", type=int, default=WORDS, help="of a document, at least")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="directory with en.json, de.json, …")
    parser.add_argument("--postgresql", action="store_true", help="in a PostgreSQL server of its own")
    options = parser.parse_args()
    print(machine())
    for count in map(int, options.documents.split(",")):
        with contextlib.ExitStack() as stack:
            url = None
            if options.postgresql:
                server = stack.enter_context(new_server())
                url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            process = multiprocessing.get_context("spawn").Process(
                target=measure, args=(Job(count, options.words, options.corpus, url),)
            )
            process.start()
            process.join()
            if process.exitcode:
                raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
