"""``python -m symrnn.proving.kernel FILE …``: exit status 0 where all is accepted, 1 where a proof is refused, 2 where one is declined."""

from __future__ import annotations

import sys
from pathlib import Path

from symrnn.proving.kernel.development import judge
from symrnn.proving.kernel.outcomes import Declined, Refused

ACCEPTED, REFUSED, DECLINED = 0, 1, 2


def main(files: list[str]) -> int:
    """Judges files; the highest exit status of all."""
    if not files:
        print("usage: python -m symrnn.proving.kernel FILE ...", file=sys.stderr)
        return DECLINED
    return max(map(_status, files))


def _status(file: str) -> int:
    try:
        said = judge(Path(file).read_text(encoding="utf-8"))
    except Refused as reason:
        print(f"{file}: refused: {reason}", file=sys.stderr)
        return REFUSED
    except (Declined, OSError, UnicodeDecodeError) as reason:
        print(f"{file}: declined: {reason}", file=sys.stderr)
        return DECLINED
    print("\n".join(said))
    return ACCEPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
