"""Markdown that people write, as HTML that every Matrix client may show."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# What the specification lets clients show of HTML (`m.room.message`, `org.matrix.custom.html`) and Markdown
# can make. No pictures: what is fetched from elsewhere tells who has read it.
_TAGS = set(
    """a b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i li ol p pre s strong table tbody td th thead tr
    ul""".split()  # noqa: SIM905 - as the specification lists them
)
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "code": {"class"}}
_SCHEMES = {"http", "https", "mailto"}


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def to_html(text: str) -> str:
    """The HTML of Markdown; HTML in it is shown as it was typed."""
    import nh3

    return nh3.clean(
        _reader().render(text).strip(),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
    )
