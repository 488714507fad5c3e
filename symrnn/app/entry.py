"""The entry point. `symrnn code` starts without what reads and proves documents, which takes a second to load."""

from __future__ import annotations

import sys

if sys.argv[1:2] == ["code"]:
    from symrnn.app.code_command import main
else:
    from symrnn.app.cli import main

__all__ = ["main"]
