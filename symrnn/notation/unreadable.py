"""The one error of the reader, and the limits that it names."""

from __future__ import annotations

MAX_DEPTH = 200
MAX_LENGTH = 100_000


class Unreadable(Exception):
    """The source is not a formula this reader knows.

    `position` is the offset in the source of `piece`, which stopped the reader; `message` says why. `remark` is true of what claims
    nothing of a network, such as a formula that goes on in words.
    """

    def __init__(self, message: str, position: int, piece: str, remark: bool = False) -> None:
        super().__init__(message)
        self.remark = remark
        self.message = message
        self.position = position
        self.piece = piece


def several_arguments(position: int, piece: str) -> Unreadable:
    """What to say about a comma between the arguments of a function."""
    return Unreadable("a comma inside brackets: functions of several arguments are not read", position, piece)
