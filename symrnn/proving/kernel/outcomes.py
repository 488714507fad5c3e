"""What can become of a proof that is not accepted."""

from __future__ import annotations


class Refused(Exception):
    """What was given is no proof, and why."""


class Declined(Exception):
    """This kernel cannot judge what was given: another format, or larger than its bounds."""
