"""What stops an exact run."""

from __future__ import annotations


class Refused(Exception):
    """The code does something that has no exact rule here; nothing is concluded. The message says what, without the line."""
