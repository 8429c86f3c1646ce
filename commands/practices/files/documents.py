"""Practices as documents to print, to file and to pass on: HTML that is complete in itself, and Markdown.

Nothing in them names a person: whoever has the file need not be a member.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from urllib.parse import quote

from config.countries import country_name
from config.languages import language_name
from config.texts import Texts
from config.themes import themes
from storage.practices import Practice, Status
from storage.reuse import Adoption
from storage.translations import PracticeTranslation

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARKS = re.compile(r"[\\`*_\[\]<>&|~]")
_LINE_START = re.compile(r"\A(?:[#+=>-]|(\d{1,9})(?=[.)]))")
_TEXTS = ("challenge", "solution", "evidence", "lessons", "transfer", "resources")

STYLE = """
@page { size: A4; margin: 20mm 18mm; }
* { box-sizing: border-box; }
body { max-width: 44rem; margin: 0 auto; padding: 1.5rem; color: #1c1c1c; background: #fff;
  font: 11pt/1.5 "Noto Sans", "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; }
h1, h2, h3 { line-height: 1.25; break-after: avoid; overflow-wrap: anywhere; }
h1 { font-size: 1.8em; margin: 0 0 .4em; }
h2 { font-size: 1.3em; margin: 1.4em 0 .3em; }
h3 { font-size: 1.05em; margin: 1.2em 0 .2em; }
p, li, dd { orphans: 3; widows: 3; overflow-wrap: anywhere; }
p { margin: 0 0 .6em; }
a { color: #0b4f8a; }
.where { color: #454545; }
.summary { font-size: 1.1em; padding-inline-start: .8em; border-inline-start: .25em solid #0b4f8a; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1em; margin: .8em 0; }
dt { font-weight: 600; }
dd { margin: 0; }
figure { margin: 1em 0; break-inside: avoid; }
figure img { max-width: 100%; max-height: 120mm; }
figcaption, footer { color: #454545; font-size: .85em; }
footer { margin-top: 2em; padding-top: .5em; border-top: 1px solid #b5b5b5; }
.cover { padding-block: 12vh 2em; }
.cover h1 { font-size: 2.4em; }
article + article { margin-top: 4em; }
@media print {
  body { max-width: none; padding: 0; }
  .cover { padding-top: 60mm; }
  .cover, article:not(:last-of-type) { break-after: page; }
  article + article { margin-top: 0; }
  a { color: inherit; }
}
""".strip()


@dataclass(frozen=True)
class Picture:
    """A picture that belongs to a practice."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Exported:
    """A practice on its way into a document.

    `original` is the practice that it translates, if everyone may see it; `short` are its short versions,
    `adoptions` what other cities make of it; `others` are the names of the files that belong to it and are
    not in the document.
    """

    practice: Practice
    original: Practice | None = None
    short: tuple[PracticeTranslation, ...] = ()
    adoptions: tuple[Adoption, ...] = ()
    pictures: tuple[Picture, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """What stands above all: of what day the document tells, and of which network, if that is known."""

    day: date
    network: str | None = None


# --- HTML


def as_html(exported: Sequence[Exported], heading: Heading, spoken: Texts) -> str:
    """One page of HTML 5 that needs nothing beside itself; several practices get a title page."""
    alone = len(exported) == 1
    title = exported[0].practice.title if alone else _title(exported, spoken)
    parts = [] if alone else [_cover(exported, heading, title, spoken)]
    parts += [_article(one, 1 if alone else 2, spoken) for one in exported]
    # Should somebody ever find a way to put a script in here: it would not run.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{spoken.language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_html(title)}</title>",
            f"<style>\n{STYLE}\n</style>",
            "</head>",
            "<body>",
            "<main>",
            *parts,
            "</main>",
            f"<footer><p>{_html(_origin(heading, spoken))}</p></footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _cover(exported: Sequence[Exported], heading: Heading, title: str, spoken: Texts) -> str:
    entries = "\n".join(
        f'<li><a href="#practice-{one.practice.number}">#{one.practice.number}'
        f" <span{_speaks(one.practice)}>{_html(one.practice.title)}</span></a>,"
        f" {_html(_place(one, spoken))}</li>"
        for one in exported
    )
    contents = _html(spoken.get("export.contents"))
    return (
        f'<header class="cover">\n<h1>{_html(title)}</h1>\n<p>{_html(_origin(heading, spoken))}</p>\n'
        f'<nav aria-label="{contents}">\n<h2>{contents}</h2>\n<ul>\n{entries}\n</ul>\n</nav>\n</header>'
    )


def _article(one: Exported, level: int, spoken: Texts) -> str:
    practice = one.practice
    named = f"h{level}"
    part = f"h{level + 1}"
    anchor = f"practice-{practice.number}"
    lines = [
        f'<article id="{anchor}" aria-labelledby="{anchor}-title">',
        f'<{named} id="{anchor}-title"{_speaks(practice)}>{_html(practice.title)}</{named}>',
        f'<p class="where">{_html(" · ".join(_where(one, spoken)))}</p>',
        f'<div class="summary"{_speaks(practice)}>{_paragraphs(practice.summary)}</div>',
    ]
    if facts := _facts(one, spoken):
        told = "\n".join(f'<dt>{_html(name)}</dt><dd dir="auto">{_html(value)}</dd>' for name, value in facts)
        lines.append(f"<dl>\n{told}\n</dl>")
    for short in one.short:
        lines.append(f"<{part}>{_html(_short_version(short, spoken))}</{part}>")
        lines.append(
            f"<div{_speaks(short)}>"
            f'<p dir="auto"><strong>{_html(short.title)}</strong></p>{_paragraphs(short.summary)}</div>'
        )
    for name in _TEXTS:
        if text := getattr(practice, name):
            lines.append(f"<{part}>{_html(spoken.get(f'form.share.{name}.label'))}</{part}>")
            lines.append(f"<div{_speaks(practice)}>{_paragraphs(text)}</div>")
    taken = [_html(adoption) for adoption in _adoptions(one, spoken)]
    lines += _html_list(part, spoken.get("export.adoptions"), taken)
    lines += [_figure(picture) for picture in one.pictures]
    lines += _html_list(
        part, spoken.get("form.share.links.label"), [_html_link(link) for link in practice.links]
    )
    lines += _html_list(part, spoken.get("practice.sources"), [_html(source) for source in practice.sources])
    lines += _html_list(part, spoken.get("export.files"), [_html(name) for name in one.others])
    return "\n".join([*lines, "</article>"])


def _figure(picture: Picture) -> str:
    data = base64.b64encode(picture.data).decode()
    name = _html(picture.name)
    return (
        f'<figure><img src="data:{picture.content_type};base64,{data}" alt="{name}">'
        f'<figcaption dir="auto">{name}</figcaption></figure>'
    )


def _html_list(heading: str, label: str, items: list[str]) -> list[str]:
    if not items:
        return []
    return [
        f"<{heading}>{_html(label)}</{heading}>",
        "<ul>",
        *(f'<li dir="auto">{item}</li>' for item in items),
        "</ul>",
    ]


def _html_link(link: str) -> str:
    if not link.startswith(("https://", "http://")):
        return _html(link)
    return f'<a href="{_html(link)}" rel="noopener noreferrer">{_html(link)}</a>'


def _speaks(written: Practice | PracticeTranslation) -> str:
    """The language of what its author wrote, and the direction in which that runs."""
    return f' lang="{_html(written.language)}" dir="auto"'


def _paragraphs(text: str) -> str:
    pieces = [piece.strip() for piece in re.split(r"\n\s*\n", _clean(text)) if piece.strip()]
    return "".join(f'<p dir="auto">{_html(piece)}</p>' for piece in pieces).replace("\n", "<br>\n")


def _html(text: str) -> str:
    return escape(_clean(text), quote=True)


# --- Markdown


def as_markdown(exported: Sequence[Exported], heading: Heading, spoken: Texts) -> str:
    """CommonMark; whatever an author wrote stands there as it is, and is never taken for markup."""
    alone = len(exported) == 1
    blocks: list[str] = []
    if not alone:
        blocks += [_heading("#", _title(exported, spoken)), _markdown(_origin(heading, spoken))]
    for one in exported:
        blocks += _markdown_blocks(one, "#" if alone else "##", spoken)
    if alone:
        blocks += ["---", _markdown(_origin(heading, spoken))]
    return "\n\n".join(blocks) + "\n"


def _markdown_blocks(one: Exported, marks: str, spoken: Texts) -> list[str]:
    practice = one.practice
    blocks = [_heading(marks, practice.title), _markdown(" · ".join(_where(one, spoken)))]
    blocks += _markdown_paragraphs(practice.summary)
    if facts := _facts(one, spoken):
        blocks.append("\n".join(f"- {_markdown(name)}: {_within_line(value)}" for name, value in facts))
    for short in one.short:
        blocks.append(_heading(f"{marks}#", _short_version(short, spoken)))
        blocks += [f"**{_markdown(short.title)}**", *_markdown_paragraphs(short.summary)]
    for name in _TEXTS:
        if text := getattr(practice, name):
            blocks.append(_heading(f"{marks}#", spoken.get(f"form.share.{name}.label")))
            blocks += _markdown_paragraphs(text)
    for label, items in (
        (spoken.get("export.adoptions"), [_markdown(taken) for taken in _adoptions(one, spoken)]),
        (spoken.get("form.share.links.label"), [_markdown_link(link) for link in practice.links]),
        (spoken.get("practice.sources"), [_markdown(source) for source in practice.sources]),
        (
            spoken.get("export.files"),
            [_markdown(name) for name in (*(picture.name for picture in one.pictures), *one.others)],
        ),
    ):
        if items:
            blocks += [_heading(f"{marks}#", label), "\n".join(f"- {item}" for item in items)]
    return blocks


def _markdown_paragraphs(text: str) -> list[str]:
    pieces = [piece.strip() for piece in re.split(r"\n\s*\n", _clean(text)) if piece.strip()]
    # Two spaces at the end of a line would be lost on the way through some editors; a backslash is not.
    return ["\\\n".join(_markdown(line.strip()) for line in piece.split("\n")) for piece in pieces]


def _within_line(text: str) -> str:
    return _MARKS.sub(r"\\\g<0>", _one_line(_clean(text)))


def _heading(marks: str, text: str) -> str:
    # Number signs at the end of a heading belong to its markup, unless the last of them is escaped.
    return re.sub(r"#\Z", r"\\#", f"{marks} {_within_line(text)}")


def _markdown(text: str) -> str:
    """One line of text as the beginning of a block."""
    text = _within_line(text)
    return _LINE_START.sub(lambda found: f"{found[1]}\\" if found[1] else f"\\{found[0]}", text)


def _markdown_link(link: str) -> str:
    if not link.startswith(("https://", "http://")):
        return _markdown(link)
    return f"<{quote(_clean(link), safe='%/:=&?~#+!$,;@()*[]-._' + chr(39))}>"


# --- both


def _title(exported: Sequence[Exported], spoken: Texts) -> str:
    return spoken.plural("export.title", len(exported))


def _origin(heading: Heading, spoken: Texts) -> str:
    day = spoken.date(heading.day)
    if heading.network is None:
        return spoken.get("export.origin_unnamed", date=day)
    return spoken.get("export.origin", network=heading.network, date=day)


def _place(one: Exported, spoken: Texts) -> str:
    return f"{one.practice.city}, {country_name(one.practice.country, spoken.language)}"


def _where(one: Exported, spoken: Texts) -> list[str]:
    practice = one.practice
    items = [f"#{practice.number}", _place(one, spoken)]
    if practice.year_started:
        items.append(spoken.get("practice.since", year=practice.year_started))
    return items + [themes().label(theme, spoken.language) for theme in practice.themes]


def _facts(one: Exported, spoken: Texts) -> list[tuple[str, str]]:
    """What is known of a practice besides its texts, each with its name."""
    practice = one.practice
    facts: list[tuple[str, str]] = []

    def add(label: str, value: str) -> None:
        facts.append((spoken.get(label), value))

    if practice.language != spoken.language:
        add("form.share.language.label", language_name(practice.language, spoken.language))
    if one.original:
        add("form.share.translation_of.label", f"#{one.original.number} {one.original.title}")
    if practice.size_class:
        size = spoken.get(f"choice.share.size_class.{practice.size_class.lower()}")
        add("form.share.size_class.label", size)
    if practice.sdgs:
        add("form.share.sdgs.label", ", ".join(str(number) for number in practice.sdgs))
    if practice.seeking_partners:
        add("form.share.seeking_partners.label", spoken.get("choice.share.seeking_partners.yes"))
    if practice.status == Status.CURATED:
        add("practice.curated", spoken.get("choice.share.seeking_partners.yes"))
    add("export.as_of", spoken.date(practice.updated_at.date()))
    return facts


def _short_version(short: PracticeTranslation, spoken: Texts) -> str:
    return spoken.get("export.short_version", language=language_name(short.language, spoken.language))


def _adoptions(one: Exported, spoken: Texts) -> list[str]:
    """What other cities make of it, a line for each: how far they have come, and what came of it."""
    return [
        _one_line(
            f"{adoption.city}, {country_name(adoption.country, spoken.language)}"
            f" · {spoken.get(f'adoption.state.{adoption.state}')}"
            + (f" · {adoption.outcome}" if adoption.outcome else "")
        )
        for adoption in one.adoptions
    ]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
