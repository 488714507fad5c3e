"""Tensor expressions to numbers, in any algebra.

`Evaluator` knows their values, `pulled` their derivatives in reverse mode, `World` the unrolled network of a model. What an
algebra does not override is the same for all of them.
"""

from symrnn.deciding.evaluate.evaluator import (
    BadRange,
    Env,
    Evaluator,
    Instance,
    Key,
    OutOfRange,
    Unsupported,
    entry_name,
    key_of,
    references,
)
from symrnn.deciding.evaluate.pullbacks import pulled
from symrnn.deciding.evaluate.world import World, backwards, topological

__all__ = [
    "BadRange",
    "Env",
    "Evaluator",
    "Instance",
    "Key",
    "OutOfRange",
    "Unsupported",
    "World",
    "backwards",
    "entry_name",
    "key_of",
    "pulled",
    "references",
    "topological",
]
