"""What is known of a formula while it is given its meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symrnn.language.budget import spend
from symrnn.language.choices import Choices, Inadmissible
from symrnn.language.model import Model, Name, Quantity
from symrnn.language.tensors import Affine
from symrnn.language.terms import Term
from symrnn.reading.elaborate.operand import Labels, Operand
from symrnn.reading.elaborate.operands import Combiner
from symrnn.reading.lexicon import Lexicon

_OPERAND_COST = 200
#: The time of a quantity that is written without one, where no index of the formula can be meant.
SOME_STEP = "τ"


class Unknown(Inadmissible):
    """A letter that nothing defines stands where only a known one can."""


@dataclass
class Variable:
    """An index variable: its unique name, and what it counts once that is known (``time``, ``component`` of an axis).

    `lower` and `upper` are the bounds that are written, where it is bound by a sum or a product.
    """

    name: str
    letter: str
    role: str = ""
    label: str = ""
    bound: bool = False
    lower: Affine | None = None
    upper: Affine | None = None


class Elaborator:
    """One formula while it is given its meaning: what its letters are, what each index counts as far as is known, and what is asked.

    `rules` has one for each node of notation.
    """

    def __init__(
        self,
        model: Model,
        lexicon: Lexicon,
        choices: Choices,
        rules: Mapping[type, Callable[[Elaborator, Any], Operand]],
        labels: Labels | None = None,
    ) -> None:
        self.model = model
        self.lexicon = lexicon
        self.choices = choices
        self.rules = rules
        self.labels = labels or Labels()
        self.combine = Combiner(choices, self.labels, model.row_vectors, model.batch)
        self.variables: dict[str, Variable] = {}
        self.declared: dict[str, Variable] = {}
        self.unknown: dict[str, Quantity] = {}
        self.count = 0
        self.argument: dict[str, Operand] = {}
        self.inlined: set[str] = set()
        self.counts_components = False
        self.tells_total = False
        self.prefixed: tuple[Name, ...] = ()
        self.arguments: dict[tuple[Name, tuple[Term, ...]], tuple[Term, ...]] = {}

    def declare(self, letter: str, variable: Variable) -> None:
        """Makes an index variable known under a letter."""
        self.variables.setdefault(letter, variable)
        self.declared.setdefault(variable.name, variable)

    def operand(self, term: Term) -> Operand:
        """The meaning of a term. Raises Inadmissible and TooLarge."""
        spend(_OPERAND_COST)
        return self.rules[type(term)](self, term)
