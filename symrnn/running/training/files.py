"""Saving what was learnt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np
import numpy.typing as npt

from symrnn.language.errors import InputError

Array = npt.NDArray[Any]


def check_target(path: str, what: str) -> None:
    """Raises InputError when nothing can be written there, before any work is done."""
    target = Path(path)
    if target.is_dir():
        raise InputError(f"{what} {path} is a directory; give the name of a file")
    if not target.parent.is_dir():
        raise InputError(f"{what} {path}: there is no directory {target.parent}; create it first")
    if not os.access(target.parent, os.W_OK):
        raise InputError(f"{what} {path}: the directory {target.parent} cannot be written to")


def save(path: str, params: Mapping[str, Array], characters: str) -> None:
    """Writes parameters and characters as an ``.npz`` file, whole or not at all. Raises InputError.

    `numpy.load` reads it without pickle; ``characters`` holds one character a row of V.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as stream:
            arrays: dict[str, Any] = {"characters": np.array(list(characters)), **params}
            np.savez(stream, **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
