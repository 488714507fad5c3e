"""From notation to meaning: a formula becomes a tensor expression under one reading.

`indices` knows what index letters count, `quantities` what a letter with scripts is, `sums` what sums and products reach over,
`elaborator` everything else. Whatever notation leaves open is decided by asking `Choices`; `readings` enumerates all
decisions that give a formula a meaning.
"""

from symrnn.reading.elaborate.elaborator import Elaborator, Forms, is_vec, readings, tried
from symrnn.reading.elaborate.indices import SOME_STEP, Variable
from symrnn.reading.elaborate.quantities import with_indices

__all__ = ["SOME_STEP", "Elaborator", "Forms", "Variable", "is_vec", "readings", "tried", "with_indices"]
