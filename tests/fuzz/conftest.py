"""The long run, by name: `pytest tests/fuzz --hypothesis-profile=long`."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("long", max_examples=100_000)
