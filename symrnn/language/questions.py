"""What notation leaves open, as values: the questions whose answers are the reading of a formula.

A question is asked by `choices.Choices`, pinned by a declaration, and told by the reports; its words are made at the end, by `str`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What may be read in more than one way: words with places for the letter it is about and for what that letter belongs to.

    >>> str(SUBSCRIPT.about("k", "h"))
    'subscript k of h'
    >>> SUBSCRIPT.about("k", "h").is_kind_of(SUBSCRIPT), LAYOUT.is_kind_of(SUBSCRIPT)
    (True, False)
    """

    words: str
    letter: str = ""
    of: str = ""

    def __str__(self) -> str:
        return self.words.format(letter=self.letter, of=self.of)

    def about(self, letter: str, of: str = "") -> Question:
        """The question of this kind about a letter."""
        return Question(self.words, letter, of)

    def is_kind_of(self, kind: Question) -> bool:
        """Whether it is a question of that kind, about whatever letter."""
        return self.words == kind.words


#: Questions with their answers, in the order in which they were asked: a reading.
Answers = tuple[tuple[Question, str], ...]

# Layouts.
LAYOUT = Question("layout")
CHAIN_ORDER = Question("chain order")
GRADIENT = Question("gradient")
SHORTHAND = Question("shorthand")
JACOBIANS = Question("layout of Jacobians")

# Indices, steps and ranges.
SUBSCRIPT = Question("subscript {letter} of {of}")
COUNTS = Question("the subscript {letter} counts")
UNITS = Question("the units that {letter} counts")
RANK = Question("rank of {letter}")
TIME_LEFT_OUT = Question("time left out")
WITHOUT_AN_INDEX = Question("{letter} without an index")
WITH_A_LETTER_BELOW = Question("{letter} with a letter below")
WITH_A_TIME = Question("{letter} with a time")
LAST_STEP = Question("the last step")
STATED = Question("stated beside it")
RANGE = Question("range")
DIRECTION_OF_PRODUCT = Question("direction of Π")
ORDER_OF_PRODUCT = Question("order of Π")
FACTORS_WITHOUT_INDEX = Question("factors behind Π without its index")
DOTS = Question("dots in a sum")
DIRECTION_OF_DOTS = Question("direction of the dots")

# Vectors, matrices and batches.
SIDE_BY_SIDE = Question("two vectors side by side")
READ_AS_ROW = Question("a vector left of a matrix")
TAKEN_FIRST = Question("an elementwise product before another")
ADDED_SCALAR = Question("a scalar added to a vector")
ADDED_VECTOR = Question("a vector in a sum of matrices")
SCALED = Question("an elementwise product of a vector and a matrix")
SLOPE_BESIDE_MATRIX = Question("the derivative of a function beside a matrix")
BESIDE_A_BATCH = Question("a vector beside a batch")
DERIVATIVE_OF_BATCH = Question("derivative of a batch")
OF_PARTS = Question("a vector of several parts where one is due")
SUM_OVER_EXAMPLES = Question("a sum over a batch")
SOFTMAX_OF_COMPONENT = Question("softmax of a component")
BASIS_VECTOR = Question("e with an index")
END_OF_BLOCK = Question("{letter} at the end of a block")

# Letters, functions and derivatives.
STACKED = Question("vec of a matrix")
IMMEDIATE = Question("a vector for a derivative by a matrix")
EXPLICIT_BESIDE_TOTAL = Question("∂ beside d")
BY_THE_EQUATION = Question("∂⁺ by an earlier state")
BEFORE_A_LETTER = Question("{letter} before a letter")
BEFORE = Question("{letter} before {of}")
PART_OF_GRADIENT = Question("{letter}")
AS_A_NUMBER = Question("{letter} as a number")
#: The answer to it: the letter is the number of a class, and where it stands as a vector that is one-hot.
RIGHT_CLASS = "the class that is right at that step"
LEFT_OUT = Question("an argument that is left out")
NORM = Question("the norm")
NORM_OF_TRANSPOSE = Question("the norm of a transpose")
OPEN_FUNCTION = Question("the function {letter}")
ARGUMENTS = Question("the arguments of {letter}")
OPEN_LOSS = Question("the loss {letter}")
OPEN_QUANTITY = Question("the {of} {letter}")
NETWORK = Question("the network")
BETWEEN_THE_LINES = Question("{letter}, which no equation gives")
ERROR = Question("the error {letter}")
PARAMETER = Question("the parameter {letter}")
KINK = Question("kink of {letter}")
NONZERO = Question("taken as not zero")
IDENTITY = Question("I")
INDEX = Question("the index {letter}")
T_ABOVE = Question("T above")
LETTER = Question("the letter {letter}")
