"""Practices in the search index: written in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Iterable

from storage import practices, search, translations, vectors
from storage.database import Tx
from storage.practices import VISIBLE, Listed, Practice, Status
from storage.search import Document
from storage.translations import PracticeTranslation, Short

_TEXTS = ("summary", "challenge", "solution", "evidence", "lessons", "transfer", "resources")


def renew(tx: Tx, practice: Practice) -> None:
    """Put what the practice says now into the index, or take it out when not everyone may see it."""
    practices.flush(tx)
    if practice.status in VISIBLE:
        search.put(tx, document(practice, translations.of(tx, practice.number)))
    else:
        search.remove(tx, practice.number)
        vectors.remove(tx, practice.number)


def rebuild_if_outdated(tx: Tx) -> bool:
    """Build the index anew after an update of the program or the glossary; returns whether it had to be."""
    if not search.outdated(tx):
        return False
    rebuild(tx)
    return True


def rebuild(tx: Tx) -> None:
    """Build the index anew from what everyone may see."""
    short = translations.everything(tx)
    search.rebuild(
        tx,
        lambda: (
            document(one, short.get(one.number, ()))
            for one in practices.everything(tx)
            if one.status in VISIBLE
        ),
    )


def texts_of(practice: Practice | Listed) -> dict[str, str]:
    """The texts of a practice by their fields, the title aside."""
    return {name: text for name in _TEXTS if (text := getattr(practice, name))}


def document(practice: Practice, short: Iterable[PracticeTranslation] = ()) -> Document:
    """The practice as the search sees it, with its short versions in other languages."""
    return Document(
        number=practice.number,
        language=practice.language,
        title=practice.title,
        fields=texts_of(practice),
        city=practice.city,
        country=practice.country,
        themes=tuple(practice.themes),
        facets={
            "year": (practice.year_started,) if practice.year_started else (),
            "sdg": tuple(practice.sdgs),
            "size": (practice.size_class,) if practice.size_class else (),
            "partners": (practice.seeking_partners,),
            "curated": (practice.status == Status.CURATED,),
        },
        short=tuple(Short(one.language, one.title, one.summary) for one in short),
    )


def found(practice: Listed, short: Short | None = None) -> Document:
    """A practice in a list of results, or a short version of it, as far as an explanation needs it."""
    return Document(
        number=practice.number,
        language=short.language if short else practice.language,
        title=short.title if short else practice.title,
        fields={"summary": short.summary} if short else texts_of(practice),
        city=practice.city,
        country=practice.country,
        themes=practice.themes,
    )
