"""Relations that are no equations: bounds by norms and by the ranges of functions, numbers that are rounded, and what only restricts."""

from symrnn.judging.bounds.insides import bounding
from symrnn.judging.bounds.numbers import exact, is_so
from symrnn.judging.bounds.remarks import claims_nothing

__all__ = ["bounding", "claims_nothing", "exact", "is_so"]
