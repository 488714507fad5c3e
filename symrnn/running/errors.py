"""What is said when a model has no program, or an array cannot be used."""

from __future__ import annotations

from symrnn.language.errors import InputError


class CannotCompile(InputError, ValueError):
    """There is no program for a model: the message says which equation stands in the way and why; `about` is the key of what it defines."""

    def __init__(self, message: str, about: str = "") -> None:
        super().__init__(message)
        self.about = about


class BadArray(InputError, ValueError):
    """An array cannot be used: the message names it, what it must be and what to do."""


class NotFinite(BadArray):
    """An entry, or the loss, is infinite or no number: in a training run, its numbers have grown out of hand."""
