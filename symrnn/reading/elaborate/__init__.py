"""From notation to meaning: a formula becomes a tensor expression under one reading.

`indices` knows what index letters count, `quantities` what a letter with scripts is, `sums` what sums and products reach over,
`derivatives` and `applications` what is differentiated and applied, `rules` everything else. Whatever notation leaves open is
decided by asking `Choices`; `readings` enumerates all decisions that give a formula a meaning.
"""

from symrnn.reading.elaborate.derivatives import is_vec
from symrnn.reading.elaborate.elaboration import SOME_STEP, Elaborator, Variable
from symrnn.reading.elaborate.indices import index_of
from symrnn.reading.elaborate.quantities import concrete
from symrnn.reading.elaborate.readings import Forms, readings, tried
from symrnn.reading.elaborate.rules import elaborating

__all__ = [
    "SOME_STEP",
    "Elaborator",
    "Forms",
    "Variable",
    "concrete",
    "elaborating",
    "index_of",
    "is_vec",
    "readings",
    "tried",
]
