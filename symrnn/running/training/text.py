"""The text that a network learns: characters as numbers, and pieces of it as one-hot vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.language.errors import InputError

Array = npt.NDArray[Any]

#: A text is kept in memory as numbers; beyond this it is no text to learn from in one go.
MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Text:
    """A text: its different characters in order, and the text as positions in them."""

    characters: str
    numbers: npt.NDArray[np.intp]

    @staticmethod
    def of(text: str) -> Text:
        """The text in numbers. Raises InputError for one with nothing to predict.

        >>> Text.of("abba").numbers.tolist()
        [0, 1, 1, 0]
        """
        characters = "".join(sorted(set(text)))
        if len(characters) < 2:
            raise InputError("the text needs at least two different characters; there is nothing to predict in it")
        place = {character: number for number, character in enumerate(characters)}
        return Text(characters, np.array([place[character] for character in text], dtype=np.intp))

    def spell(self, numbers: list[int]) -> str:
        return "".join(self.characters[number] for number in numbers)

    def pieces(self, length: int) -> Iterator[tuple[int, Array, Array]]:
        """The text in pieces of at most `length` characters, over and over.

        Each piece is the number of the pass, the characters as one-hot rows, and the characters after them: (T, K)
        both.
        """
        rows = np.eye(len(self.characters))
        last = len(self.numbers) - 1
        for number in range(2**62):
            for start in range(0, last, length):
                stop = min(start + length, last)
                yield number, rows[self.numbers[start:stop]], rows[self.numbers[start + 1 : stop + 1]]

    def steps_per_pass(self, length: int) -> int:
        """How many pieces one pass has."""
        return -(-(len(self.numbers) - 1) // length)


def sample() -> str:
    """The text that symrnn brings along."""
    return files(__package__).joinpath("sample.txt").read_text(encoding="utf-8")


def read(path: str) -> str:
    """A text file. Raises InputError."""
    try:
        size = Path(path).stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"{path} has {size} bytes; give a text of at most {MOST_BYTES}")
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a text in UTF-8 (byte {error.start}); convert it first") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    if "\0" in text:
        raise InputError(f"{path} is not a text: it has a NUL character at position {text.index(chr(0))}")
    if not text:
        raise InputError(f"{path} is empty; give a text to learn")
    return text
