"""Text of a document inside a program that people run: comments that no parser of Python can take for anything else."""

from __future__ import annotations

import re

#: The first line of every program. Python believes the first line that names a coding, so that nothing below can name another.
CODING = "# -*- coding: utf-8 -*-"
_LINE_ENDS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def remark(text: str) -> str:
    r"""One comment of printable ASCII, on one line; what is not ASCII is escaped, and a backslash is doubled.

    A doubled backslash starts no escape in any coding that knows escapes.

    >>> remark("eq\u2202, \\frac\n1")
    '# eq\\u2202, \\\\frac 1'
    """
    escaped = " ".join(_LINE_ENDS.split(text.strip())).replace("\\", "\\\\").encode("ascii", "backslashreplace").decode("ascii")
    return f"# {''.join(c if c.isprintable() else ' ' for c in escaped)}".rstrip()


def beside(text: str) -> str:
    """A comment that may stand behind code: one line of printable Unicode, with nothing that moves what a reader sees.

    >>> beside("h\u209c = 1\u2028os\u202e")
    '# h\u209c = 1 os'
    """
    return f"# {''.join(c if c.isprintable() else ' ' for c in ' '.join(_LINE_ENDS.split(text.strip())))}".rstrip()


def remarks(text: str) -> list[str]:
    """A comment for each line of a text."""
    return [remark(line) for line in _LINE_ENDS.split(text.strip())]
