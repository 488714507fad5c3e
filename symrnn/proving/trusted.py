"""What a proof for every length rests on, in lines of code: the kernel, and all that makes a claim of a page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_KERNEL = _PACKAGE / "proving" / "kernel"
#: What reads a page, decides what an equation says, and hands it over; the kernel prints what it was handed.
_READING = ("language", "notation", "reading", "proving/translation.py", "proving/certificates.py")


@cache
def trusted_lines() -> tuple[int, int]:
    """The lines of the kernel, and of what is between a page and the kernel: reading and elaboration."""
    return _lines(_KERNEL), sum(_lines(_PACKAGE / place) for place in _READING)


def _lines(place: Path) -> int:
    files = [place] if place.is_file() else place.rglob("*.py")
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def trusted_base() -> str:
    """The trusted base in words."""
    kernel, reading = trusted_lines()
    return f"a kernel of {kernel:,} lines, and {reading:,} lines that read a page and say what it claims"
