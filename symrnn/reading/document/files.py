"""Files of text: read, within a limit, and decoded."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from symrnn.language.errors import InputError

#: The largest file that is read, in bytes.
LARGEST_FILE = 5_000_000

# What a TeX file calls its encoding, where Python has another name for it.
_INPUTENC = re.compile(rb"\\usepackage\s*\[([a-z0-9]+)\]\s*\{inputenc\}")
_ENCODINGS = {
    "latin1": "latin-1", "latin2": "iso8859-2", "latin9": "iso8859-15", "ansinew": "cp1252", "cp1252": "cp1252",
    "applemac": "mac-roman", "cp1251": "cp1251", "koi8-r": "koi8-r",
}  # fmt: skip


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        InputError: it is missing, a directory, too large or cannot be read.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a directory; name a Markdown or TeX file in it")
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise InputError(f"{path}: has {size:,} bytes, the limit is {LARGEST_FILE:,}; split it into smaller files")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); check the path and its permissions") from None


def decoded(data: bytes, name: str) -> str:
    """The text of a file, with ends of lines made alike and without a byte order mark.

    It is UTF-8, or what it names by ``\\usepackage[...]{inputenc}``.

    Raises:
        InputError: it is neither.
    """
    zero = data.find(b"\0")
    if zero >= 0:
        raise InputError(f"{name}: is a binary file (a zero byte at offset {zero:,}); give Markdown or TeX text")
    try:
        return normalized(data.decode())
    except UnicodeDecodeError as error:
        named = _INPUTENC.search(data)
        if named and named[1].decode() in _ENCODINGS:
            return normalized(data.decode(_ENCODINGS[named[1].decode()], errors="replace"))
        line = data.count(b"\n", 0, error.start) + 1
        where = f"byte 0x{data[error.start]:02x} at offset {error.start:,}"
        raise InputError(f"{name}:{line}: is not UTF-8 ({where}); save the file as UTF-8") from None


def normalized(text: str) -> str:
    """Ends of lines made alike, and no byte order mark."""
    return text.removeprefix(codecs.BOM_UTF8.decode()).replace("\r\n", "\n").replace("\r", "\n")
