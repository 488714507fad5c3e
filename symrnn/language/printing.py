"""Text that comes from elsewhere, made fit to be printed."""

from __future__ import annotations

from collections.abc import Mapping


def clean(text: str) -> str:
    """`text` on one line without control characters: a document must not steer the reader's terminal."""
    return "".join(c if c.isprintable() else " " if c in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" for c in text)


def workflow_command(command: str, properties: Mapping[str, object], message: str) -> str:
    """What tells a workflow on GitHub to annotate a place: the command, where and what, and a message of some lines.

    >>> workflow_command("error", {"file": "a.md", "title": "wrong: 1"}, "50 %")
    '::error file=a.md,title=wrong%3A 1::50 %25'
    """
    written = {name: _escaped(clean(str(value))).replace(":", "%3A").replace(",", "%2C") for name, value in properties.items()}
    return f"::{command} {','.join(f'{name}={value}' for name, value in written.items())}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
