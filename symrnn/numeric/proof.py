"""Statements that a program is made of, each with its proof."""

from __future__ import annotations

from dataclasses import dataclass

from symrnn.decide import Decider, Fails, Holds
from symrnn.claims import Claim
from symrnn.evaluate import Instance
from symrnn.model import Model
from symrnn.numeric.adjoint import Equation
from symrnn.numeric.errors import CannotCompile
from symrnn.numeric.writing import as_latex, written
from symrnn.tensors import Tensor
from symrnn.verdict import Extent, Scope

_TIME = (("t", "time", ""),)


@dataclass(frozen=True)
class Statement:
    """An equation that was proven without hypotheses: its tensors, its LaTeX, where it holds, and the identity that showed it."""

    left: Tensor
    right: Tensor
    latex: str
    extent: Extent
    identity: str

    @property
    def scope(self) -> str:
        """The scope in words."""
        return "every length and every size" if self.extent == "all" else _in_words(self.extent)


def claim_of(equation: Equation) -> Claim:
    """The equation as a claim, for every time step where it has a free time."""
    free = equation.left.free | equation.right.free
    return Claim(equation.left, equation.right, _TIME if "t" in free else ())


class Prover:
    """Proves statements about one model."""

    def __init__(self, model: Model, instance: Instance) -> None:
        self.model = model
        self._decider = Decider(model, instance)

    def prove(self, equation: Equation) -> Statement:
        """The equation with its proof. Raises CannotCompile when there is none."""
        latex = as_latex(written(equation.left, equation.right, self.model))
        outcome = self._decider.decide(claim_of(equation))
        if isinstance(outcome, Holds) and not outcome.hypotheses:
            return Statement(equation.left, equation.right, latex, self._decider.scope(), outcome.identity)
        if isinstance(outcome, Holds):
            reason = "it holds only if " + " and ".join(h.text for h in outcome.hypotheses)
        elif isinstance(outcome, Fails):
            reason = f"it is false: the two sides differ by {outcome.point.gap}"
        else:
            reason = outcome.reason
        raise CannotCompile(f"{latex} is not proven: {reason}")


def _in_words(scope: Scope) -> str:
    sizes = ", ".join(f"{label} {size}" for label, size in scope.sizes)
    return f"{scope.steps} steps, {sizes}"
