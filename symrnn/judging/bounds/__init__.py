"""Relations that are no equations: bounds by norms and by the ranges of functions, numbers that are rounded, and what only restricts."""

from symrnn.judging.bounds.comparing import COMPARISONS
from symrnn.judging.bounds.numbers import exact, is_so, shown
from symrnn.judging.bounds.statements import Bounds

__all__ = ["COMPARISONS", "Bounds", "exact", "is_so", "shown"]
