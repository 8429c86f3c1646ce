"""The search for good practices: stems, concepts in six languages, facets, and repair of typos.

The index is written in the transaction of the practice itself, in SQLite (FTS5) or PostgreSQL (`tsvector`).
"""

from storage.search.analysis import (
    Document,
    FacetValue,
    Query,
    label_concepts,
    meaning,
    senses,
    themes_named,
    themes_touched,
)
from storage.search.engine import (
    Found,
    Hit,
    Searched,
    create,
    find,
    fingerprint,
    fitting,
    matching,
    outdated,
    put,
    rebuild,
    remove,
    similar,
    warm,
)
from storage.search.languages import detect_language
from storage.search.lexicon import prepare
from storage.search.passages import Passage, Run, explain, in_common
from storage.search.stopwords import is_filler

__all__ = [
    "Document",
    "FacetValue",
    "Found",
    "Hit",
    "Passage",
    "Query",
    "Run",
    "Searched",
    "create",
    "detect_language",
    "explain",
    "find",
    "fingerprint",
    "fitting",
    "in_common",
    "is_filler",
    "label_concepts",
    "matching",
    "meaning",
    "outdated",
    "prepare",
    "put",
    "rebuild",
    "remove",
    "senses",
    "similar",
    "themes_named",
    "themes_touched",
    "warm",
]
