"""Verdicts that are kept on disk, by content: by the network, the claim, the options and the source of symrnn itself.

What is read back is confirmed before it is believed: the kernel accepts the proof again, the two sides differ at the point again. A file
that is damaged, of another version, or not confirmed is dropped, and the verdict is made anew. Files are written whole or not at all,
so that several processes may share the folder.
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import is_dataclass
from fractions import Fraction
from functools import cache as once_in_a_process
from hashlib import sha256
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from platformdirs import user_cache_path

import symrnn
from symrnn.judging.kept.memory import Memory, digest
from symrnn.language.errors import InputError
from symrnn.language.model import Model
from symrnn.language.saving import save
from symrnn.proving.kernel.proofs import Lemma

#: The variable of the environment that names another folder.
PLACE = "SYMRNN_CACHE"
MOST_BYTES = 200_000_000
_MOST_OF_ONE = 20_000_000
_PLAIN = {("fractions", "Fraction"): Fraction, ("builtins", "frozenset"): frozenset, ("builtins", "set"): set}


def place() -> Path:
    """The folder of all that is kept."""
    return Path(os.environ.get(PLACE) or user_cache_path("symrnn"))


@once_in_a_process
def version() -> str:
    """What stands for the source of symrnn in the names of folders."""
    package = Path(symrnn.__file__).parent
    names = sorted(path for path in package.rglob("*") if path.suffix in (".py", ".lark", ".json"))
    found = sha256()
    for path in names:
        found.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def clear() -> int:
    """Removes all that is kept; how many bytes that was."""
    folder = place()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
    shutil.rmtree(folder, ignore_errors=True)
    return size


class _Writer(pickle.Pickler):
    """Models and lemmas are named by their content: verdicts on a network speak of the same one, and rest on the same lemmas."""

    def __init__(self, buffer: io.BytesIO, whole: object, named: Callable[[Lemma], str]) -> None:
        super().__init__(buffer, pickle.HIGHEST_PROTOCOL)
        self.whole, self.named = whole, named

    def persistent_id(self, obj: Any) -> str | None:
        if isinstance(obj, Model):
            return digest(obj)
        return self.named(obj) if isinstance(obj, Lemma) and obj is not self.whole else None


class _Reader(pickle.Unpickler):
    """Makes values of symrnn's own records and of plain data, and calls nothing else."""

    def __init__(self, data: bytes, models: dict[str, Model], lemma: Callable[[str], Lemma]) -> None:
        super().__init__(io.BytesIO(data))
        self.models, self.lemma = models, lemma

    def persistent_load(self, pid: Any) -> Model | Lemma:
        return self.models[pid] if pid in self.models else self.lemma(pid)

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return _PLAIN[module, name]
        found = super().find_class(module, name) if module.startswith("symrnn.") and "." not in name else None
        if not (isinstance(found, type) and (is_dataclass(found) or hasattr(found, "_fields"))):
            raise pickle.UnpicklingError(f"{module}.{name} is no record")
        return found


class Cache(Memory):
    """A memory that keeps on disk what it is given."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self.folder = (folder or place()) / version()
        self._models: dict[str, Model] = {}
        self._lemmas: WeakValueDictionary[str, Lemma] = WeakValueDictionary()

    def know(self, model: Model) -> None:
        self._models[digest(model)] = model

    def recall(self, key: str, confirmed: Callable[[Any], bool]) -> object:
        value = self.get(key)
        if value is not None:
            return value
        found = self._read(key)
        if found is None or not confirmed(found):
            self._drop(key)
            return None
        super().put(key, found)
        self.found += 1
        self.made -= 1
        return found

    def put(self, key: str, value: object) -> None:
        super().put(key, value)
        self._write(key, self._pickled(value))

    def _pickled(self, value: object) -> bytes:
        buffer = io.BytesIO()
        _Writer(buffer, value, self._named).dump(value)
        return buffer.getvalue()

    def _named(self, lemma: Lemma) -> str:
        """What a lemma is kept under, in a file of its own."""
        data = self._pickled(lemma)
        key = sha256(data).hexdigest()
        if key not in self._lemmas:
            self._write(key, data)
            self._lemmas[key] = lemma
        return key

    def _lemma(self, key: str) -> Lemma:
        lemma = self._lemmas.get(key) or self._read(key)
        if not isinstance(lemma, Lemma):
            self._drop(key)
            raise pickle.UnpicklingError("a lemma is lost")
        self._lemmas[key] = lemma
        return lemma

    def _write(self, key: str, data: bytes) -> None:
        # A full disk, a folder that may not be written or that another process has just removed: what is kept only saves time.
        with suppress(OSError, InputError):
            self._path(key).parent.mkdir(parents=True, exist_ok=True)
            save(self._path(key), sha256(data).digest() + data)

    def trim(self, most: int = MOST_BYTES) -> None:
        """Removes what other versions of symrnn have kept, and the oldest files over a number of bytes."""
        with suppress(OSError):
            for other in self.folder.parent.iterdir():
                if other != self.folder:
                    shutil.rmtree(other, ignore_errors=True)
            files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in self.folder.glob("*/*"))
            total = sum(size for _, size, _ in files)
            for _, size, path in files:
                if total <= most:
                    break
                path.unlink(missing_ok=True)
                total -= size

    def _drop(self, key: str) -> None:
        with suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]

    def _read(self, key: str) -> object:
        try:
            data = self._path(key).read_bytes()
            check, payload = data[:32], data[32:]
            if len(data) > _MOST_OF_ONE or sha256(payload).digest() != check:
                return None
            found: object = _Reader(payload, self._models, self._lemma).load()
        except Exception:  # whatever stands in a file that something has damaged
            return None
        return found
