"""Where things stand that tests read."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
DOCUMENTS = TESTS / "documents"
CLAIMS = TESTS / "claims"
#: Functions with gradients as people write them.
SAMPLES = TESTS / "code" / "samples"
