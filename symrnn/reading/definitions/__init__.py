"""The model of a document: which of its equations define the network, and the shapes that follow from them.

Ranks are first guessed from the letters (capital: matrix, small: vector, small Greek without a time: number), then
corrected until every defining equation has a meaning; the sizes of axes follow by unification.
"""

from symrnn.reading.definitions.building import Understanding
from symrnn.reading.definitions.doubts import Doubt
from symrnn.reading.definitions.finding import introduced
from symrnn.reading.definitions.renewals import Site, beginning, explains, is_abstract, renewals
from symrnn.reading.definitions.restrictions import (
    is_approximate,
    is_condition,
    is_doubted,
    is_of_one_kind,
    is_said_to_follow,
    is_start,
    is_supposed,
)
from symrnn.reading.definitions.scalars import gives_values, need_vectors, say_numbers
from symrnn.reading.definitions.understanding import Declared, understand

__all__ = [
    "Declared",
    "Doubt",
    "Site",
    "Understanding",
    "beginning",
    "explains",
    "gives_values",
    "introduced",
    "is_abstract",
    "is_approximate",
    "is_condition",
    "is_doubted",
    "is_of_one_kind",
    "is_said_to_follow",
    "is_start",
    "is_supposed",
    "need_vectors",
    "renewals",
    "say_numbers",
    "understand",
]
