"""Writes docs/commands.md from the declarations: `python -m commands.core.reference > docs/commands.md`."""

from __future__ import annotations

import sys

from commands.core.arguments import usage
from commands.core.context import Network, Role
from commands.core.forms import Form
from commands.core.registry import Command, Registry, load
from config.languages import UI_LANGUAGES
from config.texts import texts

_LANGUAGES = {"en": "English", "de": "German"}
_WHO = {
    Role.ANYONE: "anyone",
    Role.GUEST: "anyone in the main room",
    Role.MEMBER: "registered members",
    Role.MODERATOR: "moderators",
}
_INTRO = """\
# Commands

<!-- Written by `make docs` from the program's own declarations; change those instead. -->

In rooms a command begins with `{prefix}` or with a mention of the bot; in a direct chat with it neither is
needed. `<…>` has to be given, `[…]` may be left out. Everybody can use the words of every language.
"""


def reference(registry: Registry) -> str:
    """All commands and forms as one Markdown page."""
    prefix = Network("@bot:server", "").prefix
    parts = [_INTRO.format(prefix=prefix)]
    for capability in sorted({command.capability for command in registry.commands.values()}):
        parts.append(f"## {texts('en').get(f'capability.{capability}')}\n")
        for name, command in sorted(registry.commands.items()):
            if command.capability == capability:
                parts.append(_command(command, prefix))
                if name in registry.forms:
                    parts.append(_form(registry.forms[name]))
    return "\n".join(parts)


def _command(command: Command, prefix: str) -> str:
    lines = [
        f"### `{prefix}{command.name}`\n",
        f"{command.summary}\nFor {_WHO[command.requires]}.\n",
        "| | " + " | ".join(_LANGUAGES[language] for language in UI_LANGUAGES) + " |",
        "|---" * (len(UI_LANGUAGES) + 1) + "|",
    ]
    written, others, meanings, examples = [], [], [], []
    for language in UI_LANGUAGES:
        spoken = texts(language)
        first, *also = command.words(language)
        written.append(_code(f"{prefix}{first} {usage(command.args, spoken)}"))
        others.append(", ".join(_code(f"{prefix}{word}") for word in also))
        meanings.append(spoken.raw(f"{command.text_key}.help"))
        example = f"{command.text_key}.example"
        examples.append(_code(f"{prefix}{first} {spoken.raw(example)}") if spoken.has(example) else "")
    rows = {"write": written, "or": others, "to get": meanings, "for example": examples}
    lines += [f"| {title} | {' | '.join(cells)} |" for title, cells in rows.items() if any(cells)]
    return "\n".join(lines) + "\n"


def _form(form: Form) -> str:
    lines = [
        "The one-message form has these fields, one a line, with a colon behind the name:\n",
        "| field | " + " | ".join(_LANGUAGES[language] for language in UI_LANGUAGES) + " | |",
        "|---" * (len(UI_LANGUAGES) + 2) + "|",
    ]
    for field in form.fields:
        labels = [form.label(field, texts(language)) for language in UI_LANGUAGES]
        notes = [] if field.required and not field.propose else ["may be left out"]
        notes += [" / ".join(field.choices)] if field.choices else []
        lines.append(f"| `{field.name}` | {' | '.join(labels)} | {'; '.join(notes)} |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    escaped = text.strip().replace("|", "\\|").replace("\n", "⏎")
    return f"`{escaped}`"


if __name__ == "__main__":
    sys.stdout.write(reference(load()))
