"""What the letters of a document are for: which subscripts are indices, which count time, which belong to a name.

Everything here is read off the document as a whole, before any formula has a meaning.
"""

from symrnn.reading.lexicon.lexicon import (
    ERRORS,
    SMALL_GREEK,
    Evidence,
    Lexicon,
    Occurrence,
    derivative_numerators,
    function_name,
    is_membership,
    script_text,
)
from symrnn.reading.lexicon.prefixes import BEFORE_ITS_FUNCTION, part_of, unprefixed, without_prefix
from symrnn.reading.lexicon.roles import build_lexicon, last_step

__all__ = [
    "BEFORE_ITS_FUNCTION",
    "ERRORS",
    "SMALL_GREEK",
    "Evidence",
    "Lexicon",
    "Occurrence",
    "build_lexicon",
    "derivative_numerators",
    "function_name",
    "is_membership",
    "last_step",
    "part_of",
    "script_text",
    "unprefixed",
    "without_prefix",
]
