"""Text that comes from elsewhere, made fit to be printed."""

from __future__ import annotations


def clean(text: str) -> str:
    """`text` on one line without control characters: a document must not steer the reader's terminal."""
    return "".join(c if c.isprintable() else " " if c in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" for c in text)
