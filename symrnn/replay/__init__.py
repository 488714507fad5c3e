"""Certificates as programs that need mpmath alone: a sceptic can run them, and read them, without symrnn."""

from symrnn.replay.judged import for_judgement
from symrnn.replay.program import Unplayable, program
from symrnn.replay.shapes import shape_program

__all__ = ["Unplayable", "for_judgement", "program", "shape_program"]
