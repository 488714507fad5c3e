"""Certificates as programs that need mpmath alone: a sceptic can run them, and read them, without symrnn."""

from symrnn.showing.replay.judged import for_judgement
from symrnn.showing.replay.program import Unplayable, program
from symrnn.showing.replay.shapes import shape_program

__all__ = ["Unplayable", "for_judgement", "program", "shape_program"]
